//! What it costs to bring a prefix in line, against py-rattler's installer on the same lock and the same cache.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use lockit_testkit::{Server, channel_from_yaml};

use super::choice::same_choice;
use super::contender::{Programs, surround};
use super::judge::Judge;
use super::measure::{Cost, measure, measure_printing, median};
use super::report::millis;
use super::section::Section;

/// How many packages a prefix gets besides python, and how many files each of them has.
const PACKAGES: usize = 110;
const FILES: usize = 40;

const PLATFORM: &str = "linux-64";

/// What an install may cost at most, as a share of py-rattler's: process of process, process of its work alone, and
/// installer of installer.
const NEW: [f64; 3] = [0.7, 1.2, 1.1];

/// The same when nothing is to be done. lockit looks then whether every file is there, which py-rattler does not.
const NOTHING: [f64; 3] = [0.3, 2.5, 1.5];

/// One program in one of the two situations.
struct Runs {
    whole: Vec<Cost>,
    /// The installer alone, as the program measures it.
    inner: Vec<Duration>,
}

/// Measures an install from a warm cache, and one that has nothing to do.
pub(crate) fn install(
    programs: &Programs,
    runs: usize,
    judge: &mut Judge,
) -> Result<Section, Box<dyn Error>> {
    let channel = channel_from_yaml(&recipe());
    let server = Server::builder(channel.path()).start()?;
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let folder = scratch.path();
    fs_err::create_dir_all(folder.join("config/rattler"))?;
    fs_err::create_dir_all(folder.join("project"))?;
    fs_err::create_dir_all(folder.join("cache"))?;
    fs_err::write(folder.join("config/rattler/config.toml"), server.mirror_config())?;
    let names: Vec<String> = (0..PACKAGES).map(|index| format!("package-{index}")).collect();
    fs_err::write(
        folder.join("project/environment.yml"),
        format!("channels: [conda-forge]\ndependencies: [python, {}]\n", names.join(", ")),
    )?;
    let started = |program: &Path, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args);
        surround(&mut command, folder);
        command
    };
    let lock = ["-p", PLATFORM, "-k", "pixi", "--quiet"];
    measure(&mut started(&programs.lockit, &lock))?;
    let from = ["pixi.lock", "--platform", PLATFORM, "--quiet"];
    // What fills the cache, and what py-rattler's lockfile leads to when it is not there.
    measure(&mut started(&programs.lockit, &[&["install", "-p", "first"], &from[..]].concat()))?;
    let cache = folder.join("cache");
    let cache = cache.to_string_lossy();
    let prefix = |who: &str| folder.join("project").join(who);
    let command = |who: &str| match who {
        "lockit" => started(&programs.lockit, &[&["install", "-p", "lockit"], &from[..]].concat()),
        "lockit's installer" => started(
            &programs.install,
            &["pixi.lock", PLATFORM, &prefix(who).to_string_lossy(), &cache],
        ),
        _ => started(
            Path::new("python3"),
            &[
                &programs.py_rattler.with_file_name("install.py").to_string_lossy(),
                "pixi.lock",
                &prefix(who).to_string_lossy(),
                &cache,
            ],
        ),
    };
    let mut text = format!(
        "### install of {} packages with {} files, warm cache\n\n| | process | installer alone | CPU | peak |\n|---|---:|---:|---:|---:|\n",
        PACKAGES + 1,
        PACKAGES * (FILES + 1) + 1,
    );
    let contenders = ["lockit", "lockit's installer", "py-rattler"];
    let mut ratios = String::new();
    let mut told = Vec::new();
    for (situation, new) in [("New prefix", true), ("nothing to do", false)] {
        let mut all: Vec<Runs> =
            contenders.map(|_| Runs { whole: Vec::new(), inner: Vec::new() }).into();
        for _ in 0..runs {
            for (who, runs) in contenders.iter().zip(&mut all) {
                let there: PathBuf = prefix(who);
                if new && there.exists() {
                    fs_err::remove_dir_all(&there)?;
                }
                let (cost, said) = timed(&mut command(who))?;
                runs.whole.push(cost);
                runs.inner.extend(said);
            }
        }
        let mut walls = Vec::new();
        for (who, runs) in contenders.iter().zip(&mut all) {
            let whole = median(&runs.whole).ok_or("there were no runs")?;
            runs.inner.sort_unstable();
            let inner = runs.inner.get(runs.inner.len() / 2).copied();
            let _ = writeln!(
                text,
                "| {who}, {situation} | {} | {} | {} | {} MiB |",
                millis(whole.wall),
                inner.map_or_else(String::new, millis),
                millis(whole.cpu),
                whole.peak >> 20,
            );
            walls.push((whole.wall, inner));
        }
        let [(lockit, _), (_, Some(ours)), (py_rattler, Some(theirs))] = walls.as_slice() else {
            return Err("an installer did not say how long it took".into());
        };
        let figures = [
            ("process / process", lockit, py_rattler),
            ("process / its installer alone", lockit, theirs),
            ("installer / its installer alone", ours, theirs),
        ];
        let limits = if new { NEW } else { NOTHING };
        for ((what, ours, theirs), limit) in figures.into_iter().zip(limits) {
            let ratio = judge.ratio(ours.as_secs_f64(), theirs.as_secs_f64(), Some(limit));
            let _ = writeln!(ratios, "* {situation}, {what}: {ratio}");
        }
        told.push(format!(
            "{situation}: {} as a process where py-rattler's takes {}, {} of it work",
            millis(*lockit),
            millis(*py_rattler),
            millis(*theirs)
        ));
    }
    let installed = contenders.iter().map(|who| Ok((*who, records(&prefix(who))?)));
    same_choice(&installed.collect::<Result<_, Box<dyn Error>>>()?)?;
    let told = format!(
        "`lockit install` of {} packages with {} files from a warm cache. {}.",
        PACKAGES + 1,
        PACKAGES * (FILES + 1) + 1,
        told.join("; ")
    );
    Ok(Section { text: format!("{text}\n{ratios}"), summary: vec![("install".to_owned(), told)] })
}

/// The records of a prefix, which are called after its packages.
fn records(prefix: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    let mut names = BTreeSet::new();
    for entry in fs_err::read_dir(prefix.join("conda-meta"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json") {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

/// Runs it, and reads the seconds that it prints, if it prints some.
fn timed(command: &mut Command) -> Result<(Cost, Option<Duration>), Box<dyn Error>> {
    let (cost, printed) = measure_printing(command)?;
    let seconds: Option<f64> = printed.trim().parse().ok();
    Ok((cost, seconds.map(Duration::from_secs_f64)))
}

/// Packages of some dozens of files, a third of them noarch python.
fn recipe() -> String {
    let mut text =
        format!("platforms: [{PLATFORM}]\npackages:\n  python: {{versions: [3.13.5]}}\n");
    for index in 0..PACKAGES {
        let (kind, depends, folder) = if index % 3 == 0 {
            ("noarch: python, ", "python", "site-packages")
        } else {
            ("", "python", "lib/python3.13/site-packages")
        };
        let _ = write!(
            text,
            "  package-{index}: {{versions: [1.0], {kind}depends: {depends}, files: {{"
        );
        for file in 0..FILES {
            let part = file / 10;
            let _ = write!(
                text,
                "{folder}/package_{index}/part{part}/module{file}.py: \"value = {index}\\n\", "
            );
        }
        text.push_str("}}\n");
    }
    text
}
