//! `--fix` and `--diff`.

use std::path::Path;

use lockit_diff::fix::{BuiltIn, ExportFix, Installed, Pins, apply_fixes, rewrite_export};
use lockit_diff::lint::{FileReport, Linter};
#[cfg(feature = "solve")]
use lockit_solver::Session;
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
        if let Some(index) = self.session.and_then(|session| {
            ChannelIndex::ask(session, report, self.channels, self.channel_names)
        }) {
            return rewrite_export(report, &index, self.pins);
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
