//! `lockit tree`: what depends on what, from the specs downwards or from one package upwards.

use std::collections::BTreeSet;

use clap::Args;
use lockit_diagnostic::visible;
use lockit_lockfile::{Graph, Manager};

use super::why::{known, no_dependencies};
use lockit_spec::Platform;

use crate::args::which_lock::WhichLock;
use crate::args::word;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BOLD, DIM, paint};
use crate::world::context::Context;

/// Arguments of `tree`.
#[derive(Debug, Args, Clone)]
pub(crate) struct TreeArgs {
    #[command(flatten)]
    lock: WhichLock,
    /// Platform to show [default: this machine's, if it is locked]
    #[arg(short, long, value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platform: Option<Platform>,
    /// Start from this package
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Show what needs the package instead of what it needs
    #[arg(long, requires = "package")]
    invert: bool,
    /// How many levels to show below the first
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
}

pub(crate) fn execute(args: &TreeArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let chosen = args.lock.read(context)?;
    let platform = chosen.platform_to_show(args.platform, context)?;
    let graph = Graph::of(&chosen.lock.platforms[&platform])
        .ok_or_else(|| no_dependencies(&chosen.name))?;
    let roots = match &args.package {
        Some(name) => vec![known(&graph, name)?],
        None => graph.roots(),
    };
    let mut tree = Tree {
        graph: &graph,
        invert: args.invert,
        depth: args.depth.unwrap_or(usize::MAX),
        shown: BTreeSet::new(),
        repeats: false,
        lines: Vec::new(),
    };
    for root in roots {
        tree.package(root, "", "", None, 0);
    }
    context.printer.text(&tree.lines.join("\n"));
    if tree.repeats {
        context.printer.status(&paint(DIM, "(*) shown above"));
    }
    Ok(ExitStatus::Success)
}

struct Tree<'a> {
    graph: &'a Graph<'a>,
    invert: bool,
    depth: usize,
    /// Packages whose branches are there already.
    shown: BTreeSet<&'a str>,
    repeats: bool,
    lines: Vec<String>,
}

impl<'a> Tree<'a> {
    /// A package and what is below it. `first` stands before its own line, `rest` before the others;
    /// `asked` is what the package above asks for.
    fn package(
        &mut self,
        name: &'a str,
        first: &str,
        rest: &str,
        asked: Option<&str>,
        level: usize,
    ) {
        let Some(package) = self.graph.package(name) else { return };
        let mut line = format!("{first}{} {}", paint(BOLD, name), visible(package.version()));
        if package.manager() == Manager::Pip {
            line.push_str(&paint(DIM, " pip"));
        }
        if let Some(asked) = asked {
            line.push_str(&paint(DIM, format_args!("  asks for {asked}")));
        }
        let below: Vec<(&str, Option<&str>)> = if self.invert {
            self.graph.dependents(name).map(|(name, asked)| (name, Some(asked))).collect()
        } else {
            self.graph.dependencies(name).into_iter().map(|name| (name, None)).collect()
        };
        let repeated = !self.shown.insert(name) && !below.is_empty();
        if repeated {
            line.push_str(&paint(DIM, " (*)"));
            self.repeats = true;
        }
        self.lines.push(line);
        if repeated || level >= self.depth {
            return;
        }
        let last = below.len().saturating_sub(1);
        for (nth, (name, asked)) in below.into_iter().enumerate() {
            let (branch, stem) =
                if nth == last { ("└── ", "    ") } else { ("├── ", "│   ") };
            self.package(
                name,
                &format!("{rest}{branch}"),
                &format!("{rest}{stem}"),
                asked,
                level + 1,
            );
        }
    }
}
