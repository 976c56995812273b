//! Whether lockfiles are up to date, and why not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lockit_diagnostic::Diagnostic;
use lockit_diff::output;
use lockit_lockfile::Format;
use lockit_lockfile::satisfaction::Basis;
use lockit_spec::Platform;

use crate::args::check::CheckFormat;
use crate::args::recorded;
use crate::relock::disagreement;
use crate::relock::explained::explained;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{GOOD, INFO, paint};
use crate::world::context::Context;
use lockit_project::existing::Existing;
use lockit_project::plan::{Entry, Plan};
use lockit_project::selection::Selection;
use lockit_project::standing::{Staleness, Writing};

/// Prints why lockfiles are not up to date, or that they are. `how` is how the run would write them (`--locked`).
pub(crate) fn verdict(
    plan: &Plan,
    asked: &Selection,
    how: Option<Writing>,
    format: CheckFormat,
    context: &Context,
) -> ExitStatus {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    let mut checks: Vec<String> = Vec::new();
    let mut asks_more_of_machines = false;
    let mut unknown = Unknown::default();
    for entry in &plan.entries {
        let kinds = entry.kinds();
        let skipping = |kind: &Format| entry.existing(*kind).is_some_and(Existing::skips_pip);
        if how.is_none() && !plan.skip_pip && kinds.iter().any(skipping) {
            context.printer.status(&format!(
                "note: the lock of `{}` leaves out PyPI packages (`--skip-pip`)",
                entry.wanted.environment.name
            ));
        }
        for kind in kinds {
            let Some(rewritten) = entry.existing(*kind).and_then(|one| one.rewritten.as_ref())
            else {
                continue;
            };
            context.printer.status(&format!(
                "note: {}: {}",
                entry.files_text(*kind),
                explained(&rewritten.mirrors)
            ));
        }
        let mut stale = Vec::new();
        // Several kinds of lockfile with the same fault say so once.
        let mut faults: Vec<(Diagnostic, Vec<Format>)> = Vec::new();
        let staleness = plan.staleness(entry, kinds, how);
        unknown.look_at(entry, &staleness);
        for staleness in staleness {
            asks_more_of_machines |= staleness.asks_more_of_machines;
            if !staleness.diagnostics.is_empty() {
                stale.push(staleness.kind);
            }
            for diagnostic in staleness.diagnostics {
                match faults.iter_mut().find(|(other, _)| *other == diagnostic) {
                    Some((_, of)) => of.push(staleness.kind),
                    None => faults.push((diagnostic, vec![staleness.kind])),
                }
            }
        }
        if stale.is_empty()
            && let Some(found) = entry.disagreement()
        {
            // Each holds by itself, but what was tested with one is not what another installs.
            faults.push((disagreement::fault(entry, &found), kinds.to_vec()));
            stale.extend(kinds);
        }
        if !stale.is_empty() {
            let Advice { command, check } = advice(entry, &stale, asked, how);
            if !commands.contains(&command) {
                commands.push(command);
            }
            checks.extend(check.filter(|check| !checks.contains(check)));
        }
        for (diagnostic, of) in faults {
            let diagnostic = if of.len() < kinds.len() {
                let files: Vec<String> = of.iter().map(|kind| entry.files_text(*kind)).collect();
                diagnostic.note(format!("in {}", files.join(", ")))
            } else {
                diagnostic
            };
            // Two environments with the same file have the same fault.
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    for note in unknown.notes(context) {
        context.printer.status(&note);
    }
    if diagnostics.is_empty() {
        let what = match plan.entries.len() {
            1 => "the lock is".to_owned(),
            environments => format!("the locks of {environments} environments are"),
        };
        context.printer.status(&format!("{} {what} up to date", paint(GOOD, "ok")));
        return ExitStatus::Success;
    }
    let commands: Vec<String> = commands.iter().map(|command| format!("`{command}`")).collect();
    let mut advice = format!("{} to bring the lock up to date", commands.join(" and "));
    if asks_more_of_machines {
        advice.push_str(", once the specs and what is assumed of the machines go together");
    }
    match format {
        CheckFormat::Text => context.printer.diagnostics(&diagnostics),
        CheckFormat::Github => {
            let advised: Vec<Diagnostic> =
                diagnostics.into_iter().map(|one| one.hint(format!("run {advice}"))).collect();
            let text = output::annotations(&advised, &context.folder_in_workspace(), "stale lock");
            context.printer.data(text.trim_end_matches('\n'));
        }
    }
    context.printer.status(&format!("{} {advice}", paint(INFO, "run")));
    for check in checks {
        context.printer.status(&format!(
            "note: the lock was made with options that this run was not given; with them it is `{check}`"
        ));
    }
    ExitStatus::Failure
}

/// What to type where a lock does not hold.
struct Advice {
    /// The command that makes it again.
    command: String,
    /// The one that checks it as it was made, where that is another one than was typed.
    check: Option<String>,
}

/// The run that made the lock says with which options; what was typed now goes before them.
fn advice(entry: &Entry, stale: &[Format], asked: &Selection, how: Option<Writing>) -> Advice {
    let now = entry.recorded(stale, None);
    let told = stale.iter().find_map(|kind| entry.existing(*kind)?.lock.command.as_deref());
    // What no longer lies where it was is no way out, nor is a run without the project where there is one now.
    let has_all = |told: &Selection| {
        told.named_files().all(|file| entry.has_source(file))
            && told.files.is_empty() == now.files.is_empty()
            && told.given.is_empty() == now.given.is_empty()
    };
    let told = told.and_then(|command| recorded::parse(command).ok());
    let Some((told, writing)) = told.filter(|(told, _)| has_all(told)) else {
        let command = recorded::write(&now, how.unwrap_or_default());
        return Advice { command, check: None };
    };
    let continued = now.continuing(&told, asked);
    let command = recorded::write(&continued, how.unwrap_or(writing));
    let line = recorded::write(&continued, Writing::default());
    let check = line.replacen("lockit", "lockit check", 1);
    Advice { command, check: (continued != now).then_some(check) }
}

/// Lockfiles that do not say what their packages depend on, by kind.
#[derive(Default)]
struct Unknown(BTreeMap<&'static str, Vec<PathBuf>>);

impl Unknown {
    /// Takes the files of an entry that had to be judged by the input hash.
    fn look_at(&mut self, entry: &Entry, staleness: &[Staleness]) {
        // Kinds that disagree are a fault, so one that holds the dependencies answers for those beside it.
        let is_answered = |platform: &Platform| {
            staleness.iter().any(|one| {
                one.diagnostics.is_empty()
                    && one.basis.get(platform) == Some(&Basis::Dependencies)
                    && entry.part(one.kind).is_none()
            })
        };
        for one in staleness {
            let is_unknown = |platform: &Platform| {
                one.basis.get(platform) == Some(&Basis::InputHash) && !is_answered(platform)
            };
            for (platform, path) in entry.files(one.kind) {
                let unknown = match platform {
                    Some(platform) => is_unknown(&platform),
                    None => one.basis.keys().any(is_unknown),
                };
                let files = self.0.entry(one.kind.as_str()).or_default();
                if unknown && !files.contains(&path) {
                    files.push(path);
                }
            }
        }
    }

    /// What was not checked, and the way out.
    fn notes(&self, context: &Context) -> Vec<String> {
        let files = self.0.iter().filter_map(|(kind, files)| Some((kind, files.split_first()?)));
        files
            .map(|(kind, (first, others))| {
                let others = match others.len() {
                    0 => " keeps".to_owned(),
                    1 => " and one more keep".to_owned(),
                    more => format!(" and {more} more keep"),
                };
                let way_out = if *kind == Format::Env.as_str() {
                    "`lockit -k env,explicit` writes one beside it that does"
                } else {
                    "`lockit --renew` writes them"
                };
                format!(
                    "note: `{}`{others} no dependencies: what the specs ask for is checked, the input hash \
                     vouches for the rest; {way_out}",
                    context.shown(first).display()
                )
            })
            .collect()
    }
}
