//! What a refresh costs beside the solving it needs: three environments on four platforms, half a year of
//! changes, with the report.

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::contender::{Programs, surround};
use super::judge::Judge;
use super::measure::{Cost, measure, median};
use super::reference::PLATFORMS;
use super::report::cost;
use super::section::Section;

/// What a refresh may cost at most, as a share of gateway and solver alone.
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
    form: &str,
    programs: &Programs,
    index: SocketAddr,
    runs: usize,
    judge: &mut Judge,
) -> Result<Section, Box<dyn Error>> {
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
    let mut solve = Command::new(&programs.baseline);
    solve.arg(&url).arg(folder.join("cache")).args(groups.split(' '));
    surround(&mut solve, folder);
    let (mut ours, mut baseline): (Vec<Cost>, Vec<Cost>) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        for (path, text) in &locked {
            fs_err::write(path, text)?;
        }
        ours.push(measure(&mut lockit(&["refresh", "--quiet", "--report", "pr.md"]))?);
        if locks(&project)? == locked {
            return Err("the refresh changed nothing".into());
        }
        baseline.push(measure(&mut solve)?);
    }
    let (Some(ours), Some(baseline)) = (median(&ours), median(&baseline)) else {
        return Err("there were no runs".into());
    };
    let ratio =
        judge.ratio(ours.wall.as_secs_f64(), baseline.wall.as_secs_f64(), Some(WALL_OF_SOLVING));
    let text = format!(
        "### refresh, {form}\n\n| {} environments, {} platforms | CPU | wall | peak |\n|---|---:|---:|---:|\n\
         | `lockit refresh --report` | {} |\n| gateway and solver alone | {} |\n\n\
         lockit / gateway and solver: {ratio}\n",
        ENVIRONMENTS.len(),
        PLATFORMS.len(),
        cost(ours),
        cost(baseline),
    );
    let told = format!(
        "A refresh of three environments on four platforms ({form} index), half a year of changes with the report, takes {:.2} of what gateway and solver alone take for the same solves.",
        ours.wall.as_secs_f64() / baseline.wall.as_secs_f64()
    );
    Ok(Section { text, summary: vec![(format!("refresh, {form}"), told)] })
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
