//! Whether a lock asks for more of the machine than it did.

use rattler_conda_types::Version;

/// Whether a constraint such as `>=2.28` goes beyond another one. What was not needed at all and is
/// now goes beyond; what is not understood does so too.
pub(super) fn raised(before: &str, after: &str) -> bool {
    if after.is_empty() {
        return false;
    }
    match (lowest(before), lowest(after)) {
        (Some(before), Some(after)) => after > before,
        _ => before != after,
    }
}

/// The version behind the highest `>=`.
fn lowest(constraint: &str) -> Option<Version> {
    constraint.split([',', ' ']).filter_map(|part| part.strip_prefix(">=")?.parse().ok()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_told_from_less() {
        assert!(raised(">=2.17,<3.0.a0", ">=2.28,<3.0.a0"));
        assert!(raised("", ">=10.13"));
        assert!(raised("", "any"));
        assert!(raised("any", "=3"));
        assert!(!raised(">=2.28", ">=2.9"));
        assert!(!raised(">=2.28", ""));
    }
}
