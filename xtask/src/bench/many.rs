//! What many environments cost: a project of 300 that share most of their packages, on four platforms.
//!
//! Each environment asks for a python and three of twenty usual packages. Of the combinations in order, each is taken
//! that lies an equal step behind the one before, and pythons take turns: nothing is drawn by lot, so that every run
//! measures the same project.

use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::contender::surround;
use super::measure::{Cost, measure, median};
use super::reference::PLATFORMS;
use super::report::millis;

/// How many environments the project has.
const ALL: usize = 300;

/// How many a small project has; as many of these as are needed have the same environments as the large one.
const FEW: usize = 10;

/// What solving all at once may cost at most, as a share of what the small projects cost together, in CPU time.
const CPU_OF_SMALL: f64 = 1.15;

/// What it may cost to find that nothing is to be done, in milliseconds of CPU.
const IDLE_CPU: u128 = 300;

/// The peak of memory that no run may go over, in MiB.
const PEAK: u64 = 250;

/// In order of names.
const PACKAGES: [&str; 20] = [
    "click",
    "dask",
    "fastapi",
    "flask",
    "httpx",
    "jinja2",
    "lightgbm",
    "matplotlib",
    "networkx",
    "numpy",
    "pandas",
    "pillow",
    "pyarrow",
    "pytest",
    "pyyaml",
    "requests",
    "scikit-learn",
    "scipy",
    "sqlalchemy",
    "uvicorn",
];

const PYTHONS: [&str; 3] = ["3.10", "3.11", "3.12"];

/// Measures projects whose lockfiles are explicit files, and one whose lockfiles are one `pixi.lock`.
pub(crate) fn many(
    lockit: &Path,
    index: SocketAddr,
    runs: usize,
) -> Result<String, Box<dyn Error>> {
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let folder = |name: &str| scratch.path().join(name);
    let whole = Project::new(lockit, folder("whole"), index, 0..ALL, "explicit")?;
    let shared = Project::new(lockit, folder("pixi"), index, 0..ALL, "pixi")?;
    let small: Vec<Project<'_>> = (0..ALL / FEW)
        .map(|nth| {
            let range = nth * FEW..(nth + 1) * FEW;
            Project::new(lockit, folder(&format!("small-{nth}")), index, range, "explicit")
        })
        .collect::<Result<_, _>>()?;
    // Caches are filled before anything counts.
    whole.solve()?;
    for project in &small {
        project.solve()?;
    }
    let (mut first, mut apart) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        first.push(whole.solve()?);
        let costs = small.iter().map(Project::solve).collect::<Result<Vec<_>, _>>()?;
        apart.push(together(&costs));
    }
    let again = costs(runs, || whole.lockit(&["--quiet", "--upgrade"]))?;
    let mut rows = vec![
        ("first solve".to_owned(), median(&first), u128::MAX),
        (format!("first solve, {} times {FEW}", ALL / FEW), median(&apart), u128::MAX),
        ("solved again".to_owned(), median(&again), u128::MAX),
    ];
    shared.solve()?;
    for (project, kind) in [(&whole, ""), (&shared, ", pixi.lock")] {
        for (name, words) in [("`lockit check`", "check"), ("`lockit`", "lock")] {
            let costs = costs(runs, || project.lockit(&[words, "--quiet"]))?;
            let limit = if kind.is_empty() { IDLE_CPU } else { u128::MAX };
            rows.push((format!("{name}{kind}"), median(&costs), limit));
        }
    }
    let mut text = format!(
        "### many\n\n| {ALL} environments, {} platforms | CPU | wall | peak (at most {PEAK} MiB) |\n|---|---:|---:|---:|\n",
        PLATFORMS.len()
    );
    for (name, cost, limit) in rows {
        let Some(cost) = cost else { continue };
        let told =
            if limit == u128::MAX { String::new() } else { format!(" (at most {limit} ms)") };
        let _ = writeln!(
            text,
            "| {name} | {}{told}{} | {} | {} MiB{} |",
            millis(cost.cpu),
            over(cost.cpu.as_millis() > limit),
            millis(cost.wall),
            cost.peak >> 20,
            over(cost.peak >> 20 > PEAK),
        );
    }
    if let (Some(first), Some(apart)) = (median(&first), median(&apart)) {
        let ratio = first.cpu.as_secs_f64() / apart.cpu.as_secs_f64();
        let _ = writeln!(
            text,
            "\n{ALL} at once / {} times {FEW}, CPU: {ratio:.2} (at most {CPU_OF_SMALL}){}",
            ALL / FEW,
            over(ratio > CPU_OF_SMALL)
        );
    }
    Ok(text)
}

fn over(is_over: bool) -> &'static str {
    if is_over { " **over**" } else { "" }
}

fn costs(runs: usize, command: impl Fn() -> Command) -> Result<Vec<Cost>, Box<dyn Error>> {
    (0..runs).map(|_| measure(&mut command())).collect()
}

/// What several processes cost, one after the other.
fn together(costs: &[Cost]) -> Cost {
    Cost {
        wall: costs.iter().map(|cost| cost.wall).sum::<Duration>(),
        cpu: costs.iter().map(|cost| cost.cpu).sum::<Duration>(),
        peak: costs.iter().map(|cost| cost.peak).max().unwrap_or_default(),
    }
}

/// What an environment of the project asks for: its python, and three packages.
fn specs(number: usize) -> [String; 4] {
    let count = PACKAGES.len();
    let mut triples = (0..count)
        .flat_map(|a| (a + 1..count).flat_map(move |b| (b + 1..count).map(move |c| [a, b, c])));
    let all = count * (count - 1) * (count - 2) / 6;
    let [a, b, c] = triples.nth(number * all / ALL).unwrap_or_default();
    let python = PYTHONS[number % PYTHONS.len()];
    [
        format!("python {python}.*"),
        PACKAGES[a].to_owned(),
        PACKAGES[b].to_owned(),
        PACKAGES[c].to_owned(),
    ]
}

/// A project in a folder of its own, with its own cache.
struct Project<'a> {
    lockit: &'a Path,
    folder: PathBuf,
}

impl<'a> Project<'a> {
    fn new(
        lockit: &'a Path,
        folder: PathBuf,
        index: SocketAddr,
        environments: std::ops::Range<usize>,
        kind: &str,
    ) -> Result<Self, Box<dyn Error>> {
        fs_err::create_dir_all(folder.join("project/specs"))?;
        fs_err::create_dir_all(folder.join("config/rattler"))?;
        fs_err::write(
            folder.join("config/rattler/config.toml"),
            format!(
                "[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = [\"http://{index}/conda-forge\"]\n"
            ),
        )?;
        let mut settings = format!(
            "platforms = {PLATFORMS:?}\nchannels = [\"conda-forge\"]\nkinds = [\"{kind}\"]\n"
        );
        for number in environments {
            let name = format!("env-{number:03}");
            let _ = write!(settings, "\n[environments.{name}]\nfiles = [\"specs/{name}.yml\"]\n");
            let lines = specs(number).map(|spec| format!("  - {spec}\n")).concat();
            fs_err::write(
                folder.join(format!("project/specs/{name}.yml")),
                format!("dependencies:\n{lines}"),
            )?;
        }
        fs_err::write(folder.join("project/lockit.toml"), settings)?;
        Ok(Self { lockit, folder })
    }

    fn lockit(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.lockit);
        command.args(words);
        surround(&mut command, &self.folder);
        command
    }

    /// Locks all environments as if for the first time.
    fn solve(&self) -> Result<Cost, Box<dyn Error>> {
        for entry in fs_err::read_dir(self.folder.join("project"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "lock") {
                fs_err::remove_file(path)?;
            }
        }
        measure(&mut self.lockit(&["--quiet"]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_differ_and_stay_what_they_are() {
        let all: std::collections::BTreeSet<[String; 4]> = (0..ALL).map(specs).collect();
        assert_eq!(all.len(), ALL);
        assert_eq!(specs(0), ["python 3.10.*", "click", "dask", "fastapi"]);
        assert_eq!(specs(ALL - 1), ["python 3.12.*", "scikit-learn", "scipy", "sqlalchemy"]);
        let count =
            |name: &str| (0..ALL).filter(|nth| specs(*nth).iter().any(|one| one == name)).count();
        assert!(PACKAGES.iter().all(|name| count(name) > ALL / 10));
    }
}
