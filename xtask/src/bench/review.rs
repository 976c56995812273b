//! What review costs: `lockit lint` of many specs, `lockit diff` of two large locks.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::contender::available;
use super::judge::Judge;
use super::measure::{Cost, measure, measure_ending, median};
use super::reference::PLATFORMS;
use super::report::cost;
use super::section::Section;

/// What lockit may cost at most, as a share of what PyYAML costs that reads the same files event by event, in CPU time.
const LINT: f64 = 0.5;
const DIFF: f64 = 0.25;

/// How many packages a large lock has for each platform.
const PACKAGES: usize = 1000;

/// Measures both against a program that only reads the same files.
pub(crate) fn review(
    lockit: &Path,
    specs: &Path,
    parser: &Path,
    runs: usize,
    judge: &mut Judge,
) -> Result<Section, Box<dyn Error>> {
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let has_parser = available("python3")
        && Command::new("python3")
            .args(["-c", "import yaml; yaml.CSafeLoader"])
            .status()?
            .success();
    let mut text = String::from(
        "### review\n\n| | CPU | wall | peak | CPU / PyYAML's events |\n|---|---:|---:|---:|---:|\n",
    );
    let mut cases: Vec<(String, Vec<PathBuf>, Command, f64)> = Vec::new();
    let files = yaml_files(specs)?;
    if !files.is_empty() {
        let mut lint = Command::new(lockit);
        lint.args(["lint", "--format", "concise", "--exit-zero", "--skip-others"]).args(&files);
        cases.push((format!("lint of {} specs", files.len()), files, lint, LINT));
    }
    for (format, write) in
        [("conda-lock.yml", conda_lock as fn(usize) -> String), ("pixi.lock", pixi_lock)]
    {
        let paths: Vec<PathBuf> = (0..2)
            .map(|step| {
                let path = scratch.path().join(format!("{step}-{format}"));
                fs_err::write(&path, write(step)).map(|()| path)
            })
            .collect::<Result<_, _>>()?;
        let mut diff = Command::new(lockit);
        diff.arg("diff").args(&paths);
        let name = format!("diff of {format}, {PACKAGES} x {}", PLATFORMS.len());
        cases.push((name, paths, diff, DIFF));
    }
    for (name, files, mut command, limit) in cases {
        let mut parse = Command::new("python3");
        parse.arg(parser).args(&files);
        let (mut ours, mut theirs): (Vec<Cost>, Vec<Cost>) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            // Some of the specs are broken, which is an error of theirs.
            ours.push(measure_ending(&mut command, &[0, 2])?);
            if has_parser {
                theirs.push(measure(&mut parse)?);
            }
        }
        let ours = median(&ours).ok_or("there were no runs")?;
        let ratio = median(&theirs).map_or_else(String::new, |other| {
            judge.ratio(ours.cpu.as_secs_f64(), other.cpu.as_secs_f64(), Some(limit))
        });
        let _ = writeln!(text, "| {name} | {} | {ratio} |", cost(ours));
    }
    Ok(Section { text, summary: Vec::new() })
}

/// Environment files below a folder, in order of their names.
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs_err::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yml" || end == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Name, version, file name, address of a package; every tenth is newer in the second lock.
fn package(number: usize, step: usize, platform: &str) -> (String, String, String) {
    let name = format!("package-{number}");
    let patch = if number.is_multiple_of(10) { step } else { 0 };
    let version = format!("1.{}.{patch}", number % 17);
    let url = format!(
        "https://conda.anaconda.org/conda-forge/{platform}/{name}-{version}-h{number:07x}_0.conda"
    );
    (name, version, url)
}

/// Names of what a package depends on.
fn dependencies(number: usize) -> impl Iterator<Item = String> {
    (number.saturating_sub(4)..number).map(|number| format!("package-{number}"))
}

fn conda_lock(step: usize) -> String {
    let mut text = String::from(
        "version: 1\nmetadata:\n  content_hash: {}\n  channels:\n  - url: conda-forge\n    used_env_vars: []\n  platforms:\n",
    );
    for platform in PLATFORMS {
        let _ = writeln!(text, "  - {platform}");
    }
    text.push_str("  sources:\n  - environment.yml\npackage:\n");
    for number in 0..PACKAGES {
        for platform in PLATFORMS {
            let (name, version, url) = package(number, step, platform);
            let _ = writeln!(
                text,
                "- name: {name}\n  version: {version}\n  manager: conda\n  platform: {platform}\n  dependencies:\n    __unix: ''"
            );
            for name in dependencies(number) {
                let _ = writeln!(text, "    {name}: '>=1.0,<2.0a0'");
            }
            let _ = writeln!(
                text,
                "  url: {url}\n  hash:\n    md5: {number:032x}\n    sha256: {number:064x}\n  category: main\n  optional: false"
            );
        }
    }
    text
}

fn pixi_lock(step: usize) -> String {
    let mut text = String::from(
        "version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://conda.anaconda.org/conda-forge/\n    packages:\n",
    );
    for platform in PLATFORMS {
        let _ = writeln!(text, "      {platform}:");
        for number in 0..PACKAGES {
            let _ = writeln!(text, "      - conda: {}", package(number, step, platform).2);
        }
    }
    text.push_str("packages:\n");
    for number in 0..PACKAGES {
        for platform in PLATFORMS {
            let url = package(number, step, platform).2;
            let _ = writeln!(
                text,
                "- conda: {url}\n  sha256: {number:064x}\n  md5: {number:032x}\n  depends:\n  - __unix"
            );
            for name in dependencies(number) {
                let _ = writeln!(text, "  - {name} >=1.0,<2.0a0");
            }
            let _ = writeln!(
                text,
                "  license: BSD-3-Clause\n  size: {number}\n  timestamp: 1700000000000"
            );
        }
    }
    text
}
