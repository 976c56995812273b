//! How far a version is from another one.

/// The part of a version that a newer one changes, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Step {
    /// Something behind the second part.
    Patch,
    /// The second part.
    Minor,
    /// The first part, or the epoch.
    #[default]
    Major,
}

impl Step {
    /// How far apart two spellings of versions are, whichever is newer. Parts end at `.`, `_` and `-`;
    /// what one of them lacks is 0.
    ///
    /// ```
    /// use lockit_spec::Step;
    ///
    /// assert_eq!(Step::between("1.2.3", "1.2.10"), Step::Patch);
    /// assert_eq!(Step::between("1.2", "1.10"), Step::Minor);
    /// assert_eq!(Step::between("1.2", "1!1.2"), Step::Major);
    /// ```
    pub fn between(before: &str, after: &str) -> Self {
        let [(old_epoch, old), (new_epoch, new)] =
            [before, after].map(|text| text.split_once('!').unwrap_or(("0", text)));
        let mut parts = [old, new].map(|text| text.split(['.', '_', '-']));
        let mut same = || {
            let [old, new] = &mut parts;
            old.next().unwrap_or("0") == new.next().unwrap_or("0")
        };
        if old_epoch != new_epoch || !same() {
            Self::Major
        } else if same() {
            Self::Patch
        } else {
            Self::Minor
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_as_far_apart_as_their_first_difference() {
        for (before, after, step) in [
            ("1.2.3", "2.0", Step::Major),
            ("1.2.3", "1.10", Step::Minor),
            ("1.2.3", "1.2.10", Step::Patch),
            ("1", "1.0.1", Step::Patch),
            ("1", "1.1", Step::Minor),
            ("1.2", "1.2.post1", Step::Patch),
            ("1.2", "1.2", Step::Patch),
            ("1!1.0", "2!1.0", Step::Major),
            ("2024a", "2024b", Step::Major),
            ("9e", "10a", Step::Major),
        ] {
            assert_eq!(Step::between(before, after), step, "{before} {after}");
            assert_eq!(Step::between(after, before), step, "{after} {before}");
        }
    }
}
