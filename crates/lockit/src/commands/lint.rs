//! `lockit lint`: what is wrong with specs and lockfiles, and mending it. Starts no network.

#[cfg(feature = "solve")]
mod channel_index;
mod files;
mod mend;
mod standing;

use lockit_diff::fix::Pins;
use lockit_diff::lint::{FileReport, LintOptions, Linter};
use lockit_diff::output::{self, OutputFormat};

use crate::args::lint::{LintArgs, PinsArg};
use crate::args::word::each_once;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BAD, GOOD, paint};
use crate::world::context::Context;

pub(crate) fn execute(args: &LintArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let project = context.around.files.project(context.directory())?;
    let (project, warnings) = match project {
        Some(parsed) => (Some(parsed.value), parsed.warnings),
        None => (None, Vec::new()),
    };
    context.printer.diagnostics(&warnings);
    let platforms = each_once(&args.platforms);
    let options =
        LintOptions { select: args.select.clone(), ignore: args.ignore.clone(), platforms };
    let linter = Linter::new(options, project.clone())?
        .with_specs(Box::new(standing::SpecsAround { context: context.clone() }));
    let inputs = files::gather(args, project.as_ref(), context)?;
    let mut reports: Vec<FileReport> = Vec::with_capacity(inputs.len());
    for input in &inputs {
        if let Some(report) = input.lint(&linter, context) {
            reports.push(report);
        }
    }
    if args.fix || args.diff {
        let pins = match args.pins {
            PinsArg::Keep => Pins::Keep,
            PinsArg::Minor => Pins::Minor,
            PinsArg::None => Pins::None,
        };
        #[cfg(feature = "solve")]
        let (channels, session) = (channels(args), session(args, &reports, context)?);
        let knowledge = mend::Knowledge {
            pins,
            #[cfg(feature = "solve")]
            channels: &channels,
            #[cfg(feature = "solve")]
            channel_names: &context.around.conda.channel_names,
            #[cfg(feature = "solve")]
            session: session.as_ref(),
            #[cfg(feature = "solve")]
            could_ask: !args.online && !args.network.offline,
            #[cfg(feature = "solve")]
            asks: args.online && !args.network.offline,
            #[cfg(feature = "solve")]
            is_stuck: std::cell::Cell::default(),
            #[cfg(not(feature = "solve"))]
            nothing: std::marker::PhantomData,
        };
        let changed = mend::mend(&linter, &mut reports, &knowledge, args.diff, context)?;
        #[cfg(feature = "solve")]
        if knowledge.is_stuck.get() {
            return Ok(ExitStatus::Error);
        }
        if args.diff {
            let failed = changed > 0 && !args.exit_zero;
            return Ok(if failed { ExitStatus::Failure } else { ExitStatus::Success });
        }
    }
    let color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    let text = output::write(&reports, args.format, &context.folder_in_workspace(), color);
    if !text.is_empty() {
        let text = text.trim_end_matches('\n');
        match args.format {
            OutputFormat::Text | OutputFormat::Concise => context.printer.text(text),
            OutputFormat::Json | OutputFormat::Sarif => context.printer.json(text),
            OutputFormat::Github | OutputFormat::Markdown => context.printer.data(text),
        }
    }
    Ok(summarise(&reports, args, context))
}

#[cfg(feature = "solve")]
fn channels(args: &LintArgs) -> Vec<lockit_spec::ChannelRef> {
    args.channels.iter().map(|text| lockit_spec::ChannelRef::new(text.as_str())).collect()
}

/// The way to channels, when there is an export to mend: nothing else needs one.
#[cfg(feature = "solve")]
fn session(
    args: &LintArgs,
    reports: &[FileReport],
    context: &Context,
) -> Result<Option<lockit_solver::Session>, CommandError> {
    let exports = reports
        .iter()
        .filter_map(|report| report.spec.as_ref())
        .any(|(_, verdict)| verdict.is_export());
    if !exports {
        return Ok(None);
    }
    // Whose file it is nobody knows, and it says which channels are asked.
    let mut network = args.network.clone();
    network.offline |= !args.online;
    crate::relock::solve::session(&network, context).map(Some)
}

/// The last line, and the exit code.
fn summarise(reports: &[FileReport], args: &LintArgs, context: &Context) -> ExitStatus {
    let findings: usize = reports.iter().map(|report| report.findings.len()).sum();
    let files = count(reports.len(), "file");
    if findings == 0 {
        context.printer.status(&format!("{} {files}", paint(GOOD, "ok")));
    } else {
        let with = reports.iter().filter(|report| !report.findings.is_empty()).count();
        let fixable = reports
            .iter()
            .flat_map(|report| &report.findings)
            .filter(|finding| finding.fix.is_some() || finding.rule.name == "env-export")
            .count();
        let advice = if fixable > 0 && !args.fix {
            format!("; {fixable} can be mended with `--fix`")
        } else {
            String::new()
        };
        context.printer.status(&format!(
            "{} in {with} of {files}{advice}",
            paint(BAD, format!("found {}", count(findings, "problem")))
        ));
    }
    if reports.iter().any(|report| report.broken) {
        ExitStatus::Error
    } else if findings > 0 && !args.exit_zero {
        ExitStatus::Failure
    } else {
        ExitStatus::Success
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
