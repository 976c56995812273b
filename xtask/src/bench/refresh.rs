//! What a refresh costs beside the solving it needs: three environments on four platforms, half a year of
//! changes, with the report.

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::contender::{Programs, surround};
use super::measure::{Cost, measure, median};
use super::reference::PLATFORMS;
use super::report::millis;

/// What a refresh may cost at most, as a share of gateway and solver alone (issue 5).
const WALL_OF_SOLVING: f64 = 1.3;

const ENVIRONMENTS: [(&str, &[&str]); 3] = [
    (
        "service",
        &[
            "pip",
            "click",
            "fastapi",
            "lightgbm",
            "pandas",
            "scikit-learn",
            "setuptools_scm",
            "uvicorn",
        ],
    ),
    ("notebook", &["python", "jupyterlab", "dask"]),
    ("data", &["pyarrow", "xarray", "scipy", "requests"]),
];

/// The day before which everything that is to be refreshed was locked.
const LOCKED: &str = "2025-06-30";

pub(crate) fn refresh(
    programs: &Programs,
    index: SocketAddr,
    runs: usize,
) -> Result<String, Box<dyn Error>> {
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let folder = scratch.path();
    let url = format!("http://{index}/conda-forge");
    let project = folder.join("project");
    fs_err::create_dir_all(&project)?;
    fs_err::create_dir_all(folder.join("config/rattler"))?;
    fs_err::write(
        folder.join("config/rattler/config.toml"),
        format!("[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = [\"{url}\"]\n"),
    )?;
    let mut settings =
        format!("platforms = {PLATFORMS:?}\nchannels = [\"conda-forge\"]\nkinds = [\"lock\"]\n");
    for (name, specs) in ENVIRONMENTS {
        let _ = write!(settings, "\n[environments.{name}]\nfiles = [\"{name}.yml\"]\n");
        let spec = format!("dependencies: [{}]\n", specs.join(", "));
        fs_err::write(project.join(format!("{name}.yml")), spec)?;
    }
    fs_err::write(project.join("lockit.toml"), settings)?;
    let lockit = |args: &[&str]| {
        let mut command = Command::new(&programs.lockit);
        command.args(args);
        surround(&mut command, folder);
        command
    };
    measure(&mut lockit(&["--quiet", "--exclude-newer", LOCKED]))?;
    let locked = locks(&project)?;
    let groups = ENVIRONMENTS.map(|(_, specs)| specs.join(" ")).join(" , ");
    let mut solve = Command::new(&programs.floor);
    solve.arg(&url).arg(folder.join("cache")).args(groups.split(' '));
    surround(&mut solve, folder);
    let (mut ours, mut floor): (Vec<Cost>, Vec<Cost>) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        for (path, text) in &locked {
            fs_err::write(path, text)?;
        }
        ours.push(measure(&mut lockit(&["refresh", "--quiet", "--report", "pr.md"]))?);
        if locks(&project)? == locked {
            return Err("the refresh changed nothing".into());
        }
        if programs.floor.exists() {
            floor.push(measure(&mut solve)?);
        }
    }
    let (Some(ours), Some(floor)) = (median(&ours), median(&floor)) else {
        return Ok(String::new());
    };
    let ratio = ours.wall.as_secs_f64() / floor.wall.as_secs_f64();
    let over = if ratio > WALL_OF_SOLVING { " **over**" } else { "" };
    let row = |name: &str, cost: Cost| {
        format!(
            "| {name} | {} | {} | {} MiB |\n",
            millis(cost.wall),
            millis(cost.cpu),
            cost.peak >> 20
        )
    };
    Ok(format!(
        "### refresh\n\n| {} environments, {} platforms | wall | CPU | peak |\n|---|---:|---:|---:|\n{}{}\n\
         lockit / floor: {ratio:.2} (at most {WALL_OF_SOLVING}){over}\n",
        ENVIRONMENTS.len(),
        PLATFORMS.len(),
        row("`lockit refresh --report`", ours),
        row("gateway and solver alone", floor),
    ))
}

/// The lockfiles with their texts, in order of names.
fn locks(project: &Path) -> Result<Vec<(std::path::PathBuf, String)>, Box<dyn Error>> {
    let mut found = Vec::new();
    for (name, _) in ENVIRONMENTS {
        let path = project.join(format!("{name}.conda-lock.yml"));
        let text = fs_err::read_to_string(&path)?;
        found.push((path, text));
    }
    Ok(found)
}
