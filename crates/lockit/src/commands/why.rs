//! `lockit why NAME`: how a package comes in, and who asks for which version.

use std::collections::BTreeMap;

use clap::Args;
use lockit_diagnostic::visible;
use lockit_lockfile::{Graph, Manager, Package};
use lockit_spec::{Platform, did_you_mean, normalise_pypi_name};

use crate::args::which_lock::WhichLock;
use crate::args::word;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BOLD, DIM, paint};
use crate::world::context::Context;

/// Arguments of `why`.
#[derive(Debug, Args, Clone)]
pub(crate) struct WhyArgs {
    /// The package
    name: String,
    #[command(flatten)]
    lock: WhichLock,
    /// Only this platform [default: all]
    #[arg(short, long, value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platform: Vec<Platform>,
}

/// How many ways are told; there may be one from each package that specs name.
const WAYS: usize = 10;

pub(crate) fn execute(args: &WhyArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let chosen = args.lock.read(context)?;
    let platforms = chosen.platforms(&args.platform)?;
    let name = args.name.to_lowercase();
    // Platforms on which the answer is the same share it.
    let mut answers: BTreeMap<Vec<String>, Vec<Platform>> = BTreeMap::new();
    let mut missing = Vec::new();
    let mut error = None;
    for platform in &platforms {
        let graph = Graph::of(&chosen.lock.platforms[platform])
            .ok_or_else(|| no_dependencies(&chosen.name))?;
        match known(&graph, &name) {
            Ok(name) => answers.entry(answer(&graph, name)).or_default().push(*platform),
            Err(unknown) => {
                missing.push(*platform);
                error = Some(unknown);
            }
        }
    }
    let told = |platforms: &[Platform]| {
        let names: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
        names.join(", ")
    };
    if let Some(error) = error.filter(|_| answers.is_empty()) {
        return Err(error);
    }
    let several = answers.len() > 1 || !missing.is_empty();
    for (lines, platforms) in &answers {
        if several {
            context.printer.text(&paint(BOLD, told(platforms)));
        }
        context.printer.text(&lines.join("\n"));
    }
    if !missing.is_empty() {
        context.printer.status(&format!("{name} is not there on {}", told(&missing)));
    }
    Ok(ExitStatus::Success)
}

fn answer(graph: &Graph<'_>, name: &str) -> Vec<String> {
    let package = graph.package(name);
    let version = package.map(Package::version).unwrap_or_default();
    let mut lines =
        vec![format!("{} {}", paint(BOLD, name), visible(version)).trim_end().to_owned()];
    if package.is_some_and(|package| package.manager() == Manager::Pip) {
        lines.push("  from PyPI".to_owned());
    }
    if graph.is_requested(name) == Some(true) {
        lines.push("  named in a spec".to_owned());
    }
    let mut ways = graph.ways_to(name);
    ways.retain(|way| way.len() > 1);
    if !ways.is_empty() {
        lines.push("  comes in by".to_owned());
        let way = |way: &Vec<&str>| format!("    {}", visible(&way.join(" → ")));
        lines.extend(ways.iter().take(WAYS).map(way));
        if ways.len() > WAYS {
            lines.push(paint(DIM, format_args!("    and {} more", ways.len() - WAYS)));
        }
    }
    let mut asked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (dependent, text) in graph.dependents(name) {
        let end = text.find([' ', '<', '>', '=', '!', '~', '@']).unwrap_or(text.len());
        let limit = text[end..].trim();
        asked.entry(limit).or_default().push(dependent);
    }
    if !asked.is_empty() {
        lines.push("  asked for".to_owned());
        for (limit, dependents) in asked {
            let limit = if limit.is_empty() { "any version" } else { limit };
            let line = format!("    {limit}  by {}", dependents.join(", "));
            lines.push(visible(&line).into_owned());
        }
    }
    lines
}

/// A package that is there, by its name.
pub(super) fn known<'a>(graph: &Graph<'a>, name: &str) -> Result<&'a str, CommandError> {
    let name = name.to_lowercase();
    // `Zope_Interface` is `zope-interface` on PyPI.
    if let Some(package) =
        graph.package(&name).or_else(|| graph.package(&normalise_pypi_name(&name)))
    {
        return Ok(package.name());
    }
    let error = CommandError::error(format!("`{name}` is not locked"));
    Err(match did_you_mean(&name, graph.names()) {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// Why there can be no answer.
pub(super) fn no_dependencies(name: &str) -> CommandError {
    CommandError::error(format!("{name} keeps no dependencies"))
        .hint("`lockit --renew` writes explicit lockfiles that do; pixi.lock and conda-lock.yml always do")
}
