//! The decision.
//!
//! What gives an export away is its closure: it lists what nobody types, because every package that
//! was installed is in it. Hand-written specs of any length name few such packages (at most one in
//! ten in the files this was measured on), exports at least one in three. How exact the pins are only
//! decides how much closure is needed, so that a person who pins everything is not taken for one.

use lockit_spec::Survey;

use super::evidence::Evidence;

/// What kind of output a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    /// `conda env export`: `name=version=build`.
    Builds,
    /// `conda env export --no-builds`, or builds that were cut off: `name=version`.
    Versions,
    /// The whole closure without exact versions.
    Names,
    /// A list of package archives.
    Addresses,
}

/// The answer, with what it rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the file is an export, and of what kind.
    pub kind: Option<ExportKind>,
    /// What was counted.
    pub evidence: Evidence,
}

impl Verdict {
    /// Whether the file is an export.
    pub fn is_export(&self) -> bool {
        self.kind.is_some()
    }
}

/// Judges a file.
pub fn judge(survey: &Survey) -> Verdict {
    let evidence = Evidence::of(survey);
    Verdict { kind: kind(&evidence), evidence }
}

fn kind(evidence: &Evidence) -> Option<ExportKind> {
    let Evidence { items, builds, exact, addresses, come_along, .. } = *evidence;
    let low_level = evidence.low_level.len();
    // In parts of a hundred, so that no float decides.
    let share = |part: usize| part * 100 / items.max(1);
    if addresses >= 5 && share(addresses) >= 50 {
        return Some(ExportKind::Addresses);
    }
    let sorted = evidence.ordered * 100 >= 90 * items.saturating_sub(1);
    // Build strings are typed by hand at times, libraries of the system hardly ever: both together
    // are an export. Environments of R or with many python packages have a smaller share of libraries.
    if builds >= 3
        && share(builds) >= 40
        && low_level >= 2
        && (share(come_along) >= 25
            || share(builds) >= 85 && come_along >= 6 && share(come_along) >= 12)
    {
        return Some(ExportKind::Builds);
    }
    if share(exact) >= 60
        && low_level >= 3
        && (come_along >= 5 && share(come_along) >= 25
            || share(exact) >= 95 && sorted && come_along >= 10 && share(come_along) >= 12)
    {
        return Some(ExportKind::Versions);
    }
    // Names alone say less: it takes a long sorted list of which a good part is closure.
    (items >= 20
        && low_level >= 8
        && share(come_along) >= 35
        && (sorted || share(come_along) >= 45))
        .then_some(ExportKind::Names)
}
