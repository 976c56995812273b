//! What to say where the kinds of lockfile of one environment disagree.

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::Format;

use crate::project::agreement::KindsDisagree;
use crate::project::plan::Entry;
use crate::world::context::Context;

/// The fault, with an example.
pub(crate) fn fault(entry: &Entry, found: &KindsDisagree) -> Diagnostic {
    let [one, other] = found.kinds;
    Diagnostic::error(format!(
        "the lockfiles of `{}` disagree: {}",
        entry.wanted.environment.name,
        example(entry, found, [one, other])
    ))
}

/// Says of a lock that is only looked at which of its lockfiles is shown.
pub(crate) fn say(entry: &Entry, context: &Context) {
    let Some(found) = entry.disagreements().into_iter().next() else { return };
    context.printer.status(&format!(
        "note: the lockfiles of `{}` disagree: {}; the newest is taken (kind `{}`), and `lockit` renews the others",
        entry.wanted.environment.name,
        example(entry, &found, found.kinds),
        found.kinds[0]
    ));
}

/// `numpy is 2.1.0 in pixi.lock and 2.2.0 in conda-linux-64.lock`
fn example(entry: &Entry, found: &KindsDisagree, kinds: [Format; 2]) -> String {
    let what = &found.what;
    let places = kinds.map(|kind| entry.file_text(kind, what.platform));
    let [one, other] = &what.versions;
    let text = |version: &Option<String>| {
        version.as_ref().map_or_else(|| "missing".to_owned(), |version| format!("`{version}`"))
    };
    format!(
        "`{}` is {} in {} and {} in {}",
        what.name,
        text(one),
        places[0],
        text(other),
        places[1]
    )
}
