//! `cargo xtask bench`: lockit against programs that do the same work, on a real index.
//!
//! Prints Markdown. Contenders take turns, so that a change in the machine's mood hits all alike;
//! what counts are the ratios. The index is served by this process over loopback.

mod choice;
mod contender;
mod index;
mod install;
mod judge;
mod many;
mod measure;
mod readme;
mod reference;
mod refresh;
mod report;
mod review;
mod section;
mod server;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use choice::same_choice;
use contender::{
    Arena, Contender, Programs, available, idle_interpreter, py_rattler_installed, work,
};
use index::{Form, prepare};
use judge::Judge;
use measure::{Cost, measure, measure_printing, median};
use report::{Figures, Row, render};
use section::Section;

/// Measure lockit against programs that do the same work; fails when it costs more than it may, or when they choose
/// different packages
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder with the packed index [default: ../shared/channel beside the workspace]
    #[arg(long, value_name = "DIR")]
    channel: Option<PathBuf>,

    /// Runs of each contender, warm and cold; the medians are printed
    #[arg(long, value_name = "N", default_value_t = 7)]
    runs: usize,

    /// Also measure on the index scaled to the public channel's size (1.5 GB on disk)
    #[arg(long)]
    scaled: bool,

    /// Measure only these parts [default: all but `many`]
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,

    /// Write the figures into README.md; parts that are not measured keep theirs
    #[arg(long)]
    readme: bool,

    /// Take the release builds that are there
    #[arg(long)]
    no_build: bool,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Lint and diff.
    Review,
    /// To lock one environment on four platforms, and to find that nothing is to be done.
    Lock,
    /// To refresh three environments.
    Refresh,
    /// To install a lock.
    Install,
    /// Projects of many environments.
    Many,
}

impl Part {
    const USUAL: [Self; 4] = [Self::Review, Self::Lock, Self::Refresh, Self::Install];
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to the person who runs it"
)]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the workspace of this chore is gone")?;
    let source = arguments.channel.clone().unwrap_or_else(|| workspace.join("../shared/channel"));
    let parts = if arguments.only.is_empty() { &Part::USUAL[..] } else { &arguments.only };
    let wants = |part| parts.contains(&part);
    if parts.iter().any(|part| *part != Part::Install) && !source.join("serve.py").exists() {
        let source = source.display();
        return Err(format!("no index in `{source}`: say where it is with `--channel DIR`").into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    if !arguments.no_build {
        build(workspace)?;
    }
    let programs = Programs {
        lockit: target.join("release/lockit"),
        baseline: target.join("release/examples/baseline"),
        install: target.join("release/examples/install"),
        py_rattler: workspace.join("xtask/bench/py_rattler.py"),
    };
    let runs = arguments.runs.max(1);
    let has_py_rattler = py_rattler_installed(&programs.py_rattler);
    if !has_py_rattler {
        eprintln!("warning: py-rattler is left out: `pip install py-rattler`");
    }
    let mut judge = Judge::default();
    let mut summary = Vec::new();
    let mut take = |section: Section| {
        println!("{}", section.text);
        summary.extend(section.summary);
    };
    if wants(Part::Review) {
        let specs = source.join("../environment-files");
        let parser = workspace.join("xtask/bench/read_yaml.py");
        take(review::review(&programs.lockit, &specs, &parser, runs, &mut judge)?);
    }
    if wants(Part::Install) {
        take(install::install(&programs, runs, &mut judge)?);
    }
    let mut contenders = vec![Contender::Lockit, Contender::Baseline];
    contenders.extend(has_py_rattler.then_some(Contender::PyRattler));
    contenders.extend(available("pixi").then_some(Contender::Pixi));
    let scales: &[bool] = if arguments.scaled { &[false, true] } else { &[false] };
    for &scaled in scales {
        for form in Form::ALL {
            if !wants(Part::Lock) && !wants(Part::Refresh) {
                continue;
            }
            let folder = prepare(&source, &target.join("bench-index"), form, scaled)?;
            let title =
                if scaled { format!("scaled, {}", form.name()) } else { form.name().to_owned() };
            if wants(Part::Lock) {
                eprintln!("{title}: {runs} runs of {} contenders", contenders.len());
                let mut section =
                    compare(&title, &folder, &contenders, &programs, runs, &mut judge)?;
                // README tells of the index that everybody has.
                if scaled {
                    section.summary.clear();
                }
                take(section);
            }
            if wants(Part::Refresh) && !scaled {
                let index = server::serve(&folder)?;
                take(refresh::refresh(form.name(), &programs, index, runs, &mut judge)?);
            }
        }
    }
    if wants(Part::Many) {
        let folder = prepare(&source, &target.join("bench-index"), Form::Plain, false)?;
        let index = server::serve(&folder)?;
        take(many::many(&programs, index, runs, &mut judge)?);
    }
    if arguments.readme {
        readme::write(&workspace.join("README.md"), &summary)?;
    }
    if judge.over() == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: {} figures are over their limits; they are printed in bold", judge.over());
    Ok(ExitCode::FAILURE)
}

/// One build of all that is wanted: features are those of all, so no crate is built twice.
fn build(workspace: &Path) -> Result<(), Box<dyn Error>> {
    let status = Command::new(env!("CARGO"))
        .current_dir(workspace)
        .args(["build", "--release", "--locked", "-p", "conda-lockit", "--bin", "lockit"])
        .args(["-p", "lockit-installer", "--example", "install"])
        .args(["-p", "lockit-solver", "--example", "baseline"])
        .status()?;
    if status.success() { Ok(()) } else { Err("the release build failed".into()) }
}

/// What one run cost, and how long its work took if it says so.
type Run = (Cost, Option<Duration>);

/// Measures all contenders on one index.
fn compare(
    title: &str,
    folder: &Path,
    contenders: &[Contender],
    programs: &Programs,
    runs: usize,
    judge: &mut Judge,
) -> Result<Section, Box<dyn Error>> {
    let address = server::serve(folder)?;
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let mut arenas = Vec::new();
    for &contender in contenders {
        let folder = scratch.path().join(contender.name().replace(' ', "-"));
        arenas.push(Arena::new(contender, programs, folder, address)?);
    }
    let mut measured: BTreeMap<(&str, bool), Vec<Run>> = BTreeMap::new();
    let mut chosen = BTreeMap::new();
    // Cold first: the last of those runs leaves the caches that the warm ones find.
    for cold in [true, false] {
        for _ in 0..runs {
            for arena in &arenas {
                arena.reset(cold)?;
                let (cost, printed) = measure_printing(&mut arena.lock())?;
                let name = arena.contender.name();
                measured.entry((name, cold)).or_default().push((cost, work(&printed)));
                if let Some(packages) = arena.chosen(&printed)? {
                    chosen.insert(name, packages);
                }
            }
        }
    }
    same_choice(&chosen)?;
    let mut rows = Vec::new();
    for &contender in contenders {
        let middle = |cold| {
            let runs = measured.get(&(contender.name(), cold))?;
            let costs: Vec<Cost> = runs.iter().map(|(cost, _)| *cost).collect();
            let mut works: Vec<_> = runs.iter().filter_map(|(_, work)| *work).collect();
            works.sort_unstable();
            Some(Figures { cost: median(&costs)?, work: works.get(works.len() / 2).copied() })
        };
        if let (Some(warm), Some(cold)) = (middle(false), middle(true)) {
            rows.push(Row { contender, warm, cold });
        }
    }
    let idle = if contenders.contains(&Contender::PyRattler) {
        let costs = (0..runs)
            .map(|_| measure(&mut idle_interpreter(programs)))
            .collect::<Result<Vec<_>, _>>()?;
        median(&costs)
    } else {
        None
    };
    let mut text = render(title, &rows, idle, judge);
    let mut summary = vec![(format!("lock, {title}"), readme::lock(title, &rows))];
    if let Some(lockit) = arenas.iter().find(|arena| arena.contender == Contender::Lockit) {
        let (table, told) = nothing_to_do(lockit, runs, idle, judge)?;
        text.push_str(&table);
        summary.push(("nothing to do".to_owned(), told));
    }
    Ok(Section { text, summary })
}

/// What it may cost to find that nothing is to be done, as a share of what an interpreter costs that imports rattler.
const IDLE_OF_INTERPRETER: f64 = 0.2;

/// What it costs to find that nothing is to be done: a table, and a sentence.
fn nothing_to_do(
    lockit: &Arena<'_>,
    runs: usize,
    interpreter: Option<Cost>,
    judge: &mut Judge,
) -> Result<(String, String), Box<dyn Error>> {
    let mut text =
        "\n| nothing to do | CPU | wall | peak | CPU / idle interpreter |\n|---|---:|---:|---:|---:|\n".to_owned();
    let mut told = Vec::new();
    for (name, checks) in [("`lockit check`", true), ("`lockit`", false)] {
        let runs = (0..runs)
            .map(|_| measure(&mut if checks { lockit.check() } else { lockit.lock() }))
            .collect::<Result<Vec<_>, _>>()?;
        let cost = median(&runs).ok_or("there were no runs")?;
        let ratio = interpreter.map_or_else(String::new, |idle| {
            judge.ratio(cost.cpu.as_secs_f64(), idle.cpu.as_secs_f64(), Some(IDLE_OF_INTERPRETER))
        });
        let _ = writeln!(text, "| {name} | {} | {ratio} |", report::cost(cost));
        told.push(format!("{name} takes {} of CPU", report::millis(cost.cpu)));
    }
    Ok((text, format!("With nothing to do, {}.", told.join(" and "))))
}
