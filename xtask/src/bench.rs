//! `cargo xtask bench`: lockit against programs that do the same work, on a real index.
//!
//! Prints Markdown. Contenders take turns, so that a change in the machine's mood hits all alike;
//! what counts are the ratios. The index is served by this process over loopback.

mod contender;
mod index;
mod install;
mod many;
mod measure;
mod reference;
mod refresh;
mod report;
mod review;
mod server;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use contender::{Arena, Contender, Programs, available, py_rattler_installed};
use index::{Form, prepare};
use measure::{Cost, measure, median};
use report::{Row, millis, render};

/// Measure lockit against py-rattler and against the floor
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

    /// Measure only what review costs: lint and diff
    #[arg(long)]
    review: bool,

    /// Measure only what it costs to install
    #[arg(long, conflicts_with = "review")]
    install: bool,

    /// Measure only what projects of many environments cost
    #[arg(long, conflicts_with_all = ["review", "install"])]
    many: bool,

    /// Take the release builds that are there
    #[arg(long)]
    no_build: bool,
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
    if !arguments.install && !source.join("serve.py").exists() {
        let source = source.display();
        return Err(format!("no index in `{source}`: say where it is with `--channel DIR`").into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    if !arguments.no_build {
        build(
            workspace,
            if arguments.install {
                &["-p", "lockit-installer", "--example", "install"]
            } else {
                &["-p", "lockit-solver", "--example", "floor"]
            },
        )?;
    }
    let programs = Programs {
        lockit: target.join("release/lockit"),
        floor: target.join("release/examples/floor"),
        install: target.join("release/examples/install"),
        py_rattler: workspace.join("xtask/bench/py_rattler.py"),
    };
    if arguments.install {
        println!("{}", install::install(&programs, arguments.runs.max(1))?);
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.many {
        let folder = prepare(&source, &target.join("bench-index"), Form::Plain, false)?;
        let index = server::serve(&folder)?;
        println!("{}", many::many(&programs.lockit, index, arguments.runs.max(1))?);
        return Ok(ExitCode::SUCCESS);
    }
    let specs = source.join("../environment-files");
    let parser = workspace.join("xtask/bench/read_yaml.py");
    println!("{}", review::review(&programs.lockit, &specs, &parser, arguments.runs.max(1))?);
    if arguments.review {
        return Ok(ExitCode::SUCCESS);
    }
    let mut contenders = Vec::new();
    for (contender, program) in
        [(Contender::Lockit, &programs.lockit), (Contender::Floor, &programs.floor)]
    {
        if program.exists() {
            contenders.push(contender);
        } else {
            eprintln!("warning: {} is left out: there is no release build", contender.name());
        }
    }
    if py_rattler_installed(&programs.py_rattler) {
        contenders.push(Contender::PyRattler);
    } else {
        eprintln!("warning: py-rattler is left out: `pip install py-rattler`");
    }
    if available("pixi") {
        contenders.push(Contender::Pixi);
    }
    let scales: &[bool] = if arguments.scaled { &[false, true] } else { &[false] };
    for &scaled in scales {
        for form in Form::ALL {
            let folder = prepare(&source, &target.join("bench-index"), form, scaled)?;
            let title =
                if scaled { format!("scaled, {}", form.name()) } else { form.name().to_owned() };
            eprintln!("{title}: {} runs of {} contenders", arguments.runs, contenders.len());
            let text = compare(&title, &folder, &contenders, &programs, arguments.runs.max(1))?;
            println!("{text}");
            if !scaled {
                let index = server::serve(&folder)?;
                println!("{}", refresh::refresh(&programs, index, arguments.runs.max(1))?);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One build of all that is wanted: features are those of all, so no crate is built twice.
fn build(workspace: &Path, wanted: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(env!("CARGO"))
        .current_dir(workspace)
        .args(["build", "--release", "--locked", "-p", "lockit", "--bin", "lockit"])
        .args(wanted)
        .status()?;
    if status.success() { Ok(()) } else { Err("the release build failed".into()) }
}

/// Measures all contenders on one index.
fn compare(
    title: &str,
    folder: &Path,
    contenders: &[Contender],
    programs: &Programs,
    runs: usize,
) -> Result<String, Box<dyn Error>> {
    let address = server::serve(folder)?;
    let scratch = tempfile::Builder::new().prefix("lockit-bench").tempdir()?;
    let mut arenas = Vec::new();
    for &contender in contenders {
        let folder = scratch.path().join(contender.name());
        arenas.push(Arena::new(contender, programs, folder, address)?);
    }
    let mut costs: BTreeMap<(&str, bool), Vec<Cost>> = BTreeMap::new();
    // Cold first: the last of those runs leaves the caches that the warm ones find.
    for cold in [true, false] {
        for _ in 0..runs {
            for arena in &arenas {
                arena.reset(cold)?;
                let cost = measure(&mut arena.lock())?;
                costs.entry((arena.contender.name(), cold)).or_default().push(cost);
            }
        }
    }
    let mut rows = Vec::new();
    for &contender in contenders {
        let middle = |cold| costs.get(&(contender.name(), cold)).and_then(|runs| median(runs));
        if let (Some(warm), Some(cold)) = (middle(false), middle(true)) {
            rows.push(Row { contender, warm, cold });
        }
    }
    let mut text = render(title, &rows);
    if let Some(lockit) = arenas.iter().find(|arena| arena.contender == Contender::Lockit) {
        text.push_str(&idle(lockit, runs)?);
    }
    Ok(text)
}

/// What it costs to find that nothing is to be done.
fn idle(lockit: &Arena<'_>, runs: usize) -> Result<String, Box<dyn Error>> {
    let mut text = "\n| nothing to do | CPU | wall | peak |\n|---|---:|---:|---:|\n".to_owned();
    for (name, checks) in [("`lockit check`", true), ("`lockit`", false)] {
        let runs = (0..runs)
            .map(|_| measure(&mut if checks { lockit.check() } else { lockit.lock() }))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(cost) = median(&runs) {
            let (cpu, wall, peak) = (millis(cost.cpu), millis(cost.wall), cost.peak >> 20);
            let _ = writeln!(text, "| {name} | {cpu} (at most 30 ms) | {wall} | {peak} MiB |");
        }
    }
    Ok(text)
}
