//! What changed, counted.

use super::Kind;
use super::rows::Row;

/// `3 upgraded, 1 added`; empty when no package changed.
pub(super) fn counts(rows: &[Row<'_>]) -> String {
    let count = |of: &dyn Fn(Kind) -> bool| rows.iter().filter(|row| of(row.change.kind)).count();
    let counts: Vec<String> = [
        (count(&|kind| matches!(kind, Kind::Major | Kind::Minor | Kind::Patch)), "upgraded"),
        (count(&|kind| kind == Kind::Downgraded), "downgraded"),
        (count(&|kind| kind == Kind::Added), "added"),
        (count(&|kind| kind == Kind::Removed), "removed"),
        (count(&|kind| kind == Kind::Build), "rebuilt"),
        (count(&|kind| kind == Kind::Category), "in other categories"),
        (count(&|kind| kind == Kind::Moved), "moved between conda and pip"),
        (count(&|kind| kind == Kind::Channel), "from other channels"),
        (count(&|kind| kind == Kind::Digest), "replaced"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    counts.join(", ")
}
