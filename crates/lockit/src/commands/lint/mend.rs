//! `--fix` and `--diff`.

#[cfg(feature = "solve")]
use std::cell::Cell;
use std::path::Path;

#[cfg(feature = "solve")]
use lockit_diagnostic::Diagnostic;
use lockit_diff::fix::{BuiltIn, ExportFix, Installed, Pins, apply_fixes, rewrite_export};
use lockit_diff::lint::{FileReport, Linter};
#[cfg(feature = "solve")]
use lockit_solver::{Failure, Session};
#[cfg(feature = "solve")]
use lockit_spec::{ChannelNames, ChannelRef};
use similar::TextDiff;

#[cfg(feature = "solve")]
use super::channel_index::ChannelIndex;
use crate::terminal::command_error::CommandError;
use crate::terminal::printer::{GOOD, paint};
use crate::world::context::Context;
use crate::world::outputs::write;
use crate::world::texts::Texts;

/// Mends files, or shows how. Gives the number of files that change; the reports become those of the
/// mended files.
pub(super) fn mend(
    linter: &Linter,
    reports: &mut [FileReport],
    knowledge: &Knowledge<'_>,
    show: bool,
    context: &Context,
) -> Result<usize, CommandError> {
    let mut changed = 0;
    for report in reports {
        let Some(fixed) =
            apply_fixes(linter, report, &mut |report| knowledge.rewrite(report, context))
        else {
            continue;
        };
        changed += 1;
        let name = report.file.name();
        if show {
            let diff = TextDiff::from_lines(report.file.text(), &fixed.text);
            let mut unified = diff.unified_diff();
            let text = unified.header(&format!("a/{name}"), &format!("b/{name}")).to_string();
            context.printer.text(text.trim_end_matches('\n'));
            continue;
        }
        // Files in other encodings become UTF-8: that is what conda reads.
        write(Texts::of(&[(report.path.clone(), fixed.text)])?, context)?;
        context.printer.status(&format!("{} {name}", paint(GOOD, "mended")));
        for line in &fixed.done {
            context.printer.status(&format!("  {line}"));
        }
        *report = fixed.report;
    }
    Ok(changed)
}

/// What is known about packages: the environment itself, if it is on this machine, else the
/// channels, else a table.
pub(super) struct Knowledge<'a> {
    pub(super) pins: Pins,
    #[cfg(feature = "solve")]
    pub(super) channels: &'a [ChannelRef],
    /// What names of channels stand for.
    #[cfg(feature = "solve")]
    pub(super) channel_names: &'a ChannelNames,
    #[cfg(feature = "solve")]
    pub(super) session: Option<&'a Session>,
    /// Whether channels would be asked if somebody said so.
    #[cfg(feature = "solve")]
    pub(super) could_ask: bool,
    /// Whether channels are asked, so that one that does not answer is worth a word.
    #[cfg(feature = "solve")]
    pub(super) asks: bool,
    /// Set when a channel did not answer and nothing could be mended without it.
    #[cfg(feature = "solve")]
    pub(super) is_stuck: Cell<bool>,
    #[cfg(not(feature = "solve"))]
    pub(super) nothing: std::marker::PhantomData<&'a ()>,
}

impl Knowledge<'_> {
    /// Turns an export into a spec.
    #[cfg_attr(
        not(feature = "solve"),
        expect(unused_variables, reason = "says what a channel could be asked")
    )]
    fn rewrite(&self, report: &FileReport, context: &Context) -> Option<ExportFix> {
        let (survey, _) = report.spec.as_ref()?;
        let prefix = survey.environment.as_ref()?.prefix.as_ref();
        if let Some(installed) = prefix.and_then(|prefix| Installed::read(Path::new(&prefix.value)))
        {
            return rewrite_export(report, &installed, self.pins);
        }
        #[cfg(feature = "solve")]
        let asked = self
            .session
            .map(|session| ChannelIndex::ask(session, report, self.channels, self.channel_names));
        #[cfg(feature = "solve")]
        match asked {
            Some(Ok(Some(index))) => return rewrite_export(report, &index, self.pins),
            Some(Err(failure)) if self.asks => {
                let fix = rewrite_export(report, &BuiltIn, self.pins);
                self.is_stuck.set(self.is_stuck.get() || fix.is_none());
                let said = unanswered(&failure, report.file.name(), fix.is_some());
                context.printer.diagnostics(&[said]);
                return fix;
            }
            _ => {}
        }
        #[cfg(feature = "solve")]
        if self.could_ask
            && (!self.channels.is_empty()
                || survey.environment.as_ref().is_some_and(|one| !one.channels.is_empty()))
        {
            context.printer.status(&format!(
                "note: what the packages of `{}` need is not cached; `--online` asks its channels",
                report.file.name()
            ));
        }
        rewrite_export(report, &BuiltIn, self.pins)
    }
}

/// What is said of a channel that does not answer: a warning where the file is mended all the same.
#[cfg(feature = "solve")]
fn unanswered(failure: &Failure, file: &str, is_mended: bool) -> Diagnostic {
    let (channel, reason) = match failure {
        Failure::Fetch(failure) => (failure.channel.as_deref(), failure.detail.as_str()),
        Failure::Channel { channel, reason, .. } => (Some(channel.as_str()), reason.as_str()),
        _ => (None, "its index contradicts itself"),
    };
    let channel =
        channel.map_or_else(|| "a channel".to_owned(), |name| format!("channel `{name}`"));
    let title = format!("{channel} cannot be asked about the packages of `{file}`: {reason}");
    if is_mended {
        Diagnostic::warning(title)
            .note("the file is fixed by what is known without it")
            .hint("to fix it by what the channel says, restore the file and run it again")
    } else {
        Diagnostic::error(title).hint("check the network and the channel, and run it again")
    }
}
