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

use super::contender::{Programs, idle_interpreter, surround};
use super::judge::Judge;
use super::measure::{Cost, measure, median};
use super::reference::PLATFORMS;
use super::report::{cost, millis};
use super::section::Section;

/// How many environments the largest project has.
const ALL: usize = 300;

/// How many smaller ones have. As many of the smallest as are needed have the same environments as the largest.
const SMALLER: [usize; 2] = [10, 100];
const FEW: usize = SMALLER[0];

/// What solving all at once may cost at most, as a share of what the small projects cost together, in CPU time.
const CPU_OF_SMALL: f64 = 1.15;

/// What finding that nothing is to be done may cost for each environment of the largest project, as a share of what it
/// costs for each of a smaller one that has a hundred.
const IDLE_OF_SMALLER: f64 = 1.15;

/// What that may cost for all of the largest, as a share of an interpreter that imports rattler.
const IDLE_OF_INTERPRETER: f64 = 2.0;

/// What memory a run of the largest may have at its peak, as a share of what one of ten environments has.
const PEAK_OF_SMALL: f64 = 3.0;

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
    programs: &Programs,
    index: SocketAddr,
    runs: usize,
    judge: &mut Judge,
) -> Result<Section, Box<dyn Error>> {
    let lockit = programs.lockit.as_path();
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let folder = |name: &str| scratch.path().join(name);
    let project = |count: usize, kind: &str| {
        Project::new(lockit, folder(&format!("{count}-{kind}")), index, 0..count, kind)
    };
    let whole = project(ALL, "explicit")?;
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
    let middle = |costs: &[Cost]| median(costs).ok_or("there were no runs");
    let (first, apart) = (middle(&first)?, middle(&apart)?);
    let again = middle(&costs(runs, || whole.lockit(&["--quiet", "--upgrade"]))?)?;
    let interpreter = middle(&costs(runs, || idle_interpreter(programs))?)?;
    let few = format!("first solve, {} times {FEW}", ALL / FEW);
    let mut rows = vec![
        (format!("first solve, {ALL}"), first, String::new()),
        (few, apart, String::new()),
        (format!("solved again, {ALL}"), again, String::new()),
    ];
    let cpu = |ours: Cost, times: f64, theirs: Cost| {
        (ours.cpu.as_secs_f64(), theirs.cpu.as_secs_f64() * times)
    };
    let (ours, theirs) = cpu(first, 1.0, apart);
    rows[0].2 = format!("{} of them apart", judge.ratio(ours, theirs, Some(CPU_OF_SMALL)));
    let peaks: Vec<String> =
        [first, again].map(|cost| judge.peaks(cost, apart, 0, Some(PEAK_OF_SMALL))).into();
    let mut told = Vec::new();
    for kind in ["explicit", "pixi"] {
        let mut smaller = None;
        for count in SMALLER.into_iter().chain([ALL]) {
            let project =
                if (count, kind) == (ALL, "explicit") { None } else { Some(project(count, kind)?) };
            let project = project.as_ref().unwrap_or(&whole);
            if !std::ptr::eq(project, &raw const whole) {
                project.solve()?;
            }
            for (name, word) in [("`lockit check`", "check"), ("`lockit`", "lock")] {
                let idle = middle(&costs(runs, || project.lockit(&[word, "--quiet"]))?)?;
                let mut ratio = String::new();
                if word == "check" {
                    if let (ALL, Some((before, count))) = (count, smaller) {
                        #[expect(clippy::cast_precision_loss, reason = "hundreds")]
                        let (ours, theirs) = cpu(idle, ALL as f64 / count as f64, before);
                        let of_smaller = judge.ratio(ours, theirs, Some(IDLE_OF_SMALLER));
                        ratio = format!("{of_smaller} of {count} for each");
                    }
                    smaller = Some((idle, count));
                }
                if count == ALL && kind == "explicit" {
                    let (ours, theirs) = cpu(idle, 1.0, interpreter);
                    let of_interpreter = judge.ratio(ours, theirs, Some(IDLE_OF_INTERPRETER));
                    let _ = write!(ratio, " {of_interpreter} of an idle interpreter");
                    told.push(format!("{name} takes {} of CPU", millis(idle.cpu)));
                }
                rows.push((format!("nothing to do, {name}, {count}, {kind}"), idle, ratio));
            }
        }
    }
    let mut text = format!(
        "### many\n\n| environments, {} platforms | CPU | wall | peak | CPU, ratio |\n|---|---:|---:|---:|---|\n",
        PLATFORMS.len()
    );
    for (name, figures, ratio) in rows {
        let _ = writeln!(text, "| {name} | {} | {} |", cost(figures), ratio.trim());
    }
    let _ = writeln!(text, "\npeaks of {ALL} / {FEW}: {}", peaks.join(", "));
    let told = format!(
        "A project of {ALL} environments on four platforms: solved in {}, {} MiB; with nothing to do {}.",
        millis(first.wall),
        first.peak >> 20,
        told.join(" and ")
    );
    Ok(Section { text, summary: vec![("many".to_owned(), told)] })
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
