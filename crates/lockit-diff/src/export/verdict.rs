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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file with some counts is: items, builds, exact, addresses, come_along, low_level, ordered.
    fn of(counts: [usize; 7]) -> Option<ExportKind> {
        let [items, builds, exact, addresses, come_along, low_level, ordered] = counts;
        kind(&Evidence {
            items,
            builds,
            exact,
            addresses,
            come_along,
            low_level: vec!["openssl".to_owned(); low_level],
            ordered,
            ..Evidence::default()
        })
    }

    /// Each line after the first of a kind is one step short of it in one count.
    #[test]
    fn each_count_has_its_limit() {
        use ExportKind::{Addresses, Builds, Names, Versions};
        for (counts, expected) in [
            ([10, 0, 0, 5, 0, 0, 0], Some(Addresses)),
            ([8, 0, 0, 4, 0, 0, 0], None),
            ([11, 0, 0, 5, 0, 0, 0], None),
            // Builds, with a quarter of closure …
            ([7, 3, 3, 0, 2, 2, 0], Some(Builds)),
            ([5, 2, 2, 0, 2, 2, 0], None),
            ([8, 3, 3, 0, 2, 2, 0], None),
            ([7, 3, 3, 0, 2, 1, 0], None),
            ([25, 10, 10, 0, 6, 2, 0], None),
            // … or hardly anything without a build, and an eighth.
            ([50, 43, 43, 0, 6, 2, 0], Some(Builds)),
            ([50, 42, 42, 0, 6, 2, 0], None),
            ([40, 36, 36, 0, 5, 2, 0], None),
            ([60, 54, 54, 0, 7, 2, 0], None),
            // Versions, with a quarter of closure …
            ([20, 0, 12, 0, 5, 3, 0], Some(Versions)),
            ([20, 0, 11, 0, 5, 3, 0], None),
            ([20, 0, 12, 0, 5, 2, 0], None),
            ([16, 0, 12, 0, 4, 3, 0], None),
            ([21, 0, 14, 0, 5, 3, 0], None),
            // … or all pinned and sorted, and an eighth.
            ([80, 0, 76, 0, 10, 3, 72], Some(Versions)),
            ([80, 0, 75, 0, 10, 3, 72], None),
            ([80, 0, 76, 0, 10, 3, 71], None),
            ([75, 0, 75, 0, 9, 3, 74], None),
            ([84, 0, 84, 0, 10, 3, 83], None),
            // Names, long and sorted, with a third of closure …
            ([20, 0, 0, 0, 7, 8, 18], Some(Names)),
            ([19, 0, 0, 0, 7, 8, 18], None),
            ([20, 0, 0, 0, 7, 7, 18], None),
            ([50, 0, 0, 0, 17, 8, 49], None),
            ([20, 0, 0, 0, 7, 8, 17], None),
            // … or unsorted with nearly half.
            ([20, 0, 0, 0, 9, 8, 0], Some(Names)),
            ([25, 0, 0, 0, 11, 8, 0], None),
            ([0; 7], None),
        ] {
            assert_eq!(of(counts), expected, "{counts:?}");
        }
    }
}
