//! Platforms in a sentence.

use lockit_spec::Platform;

/// Their names, with commas between them.
pub(super) fn platform_names(platforms: &[Platform]) -> String {
    platforms.iter().map(|platform| platform.as_str()).collect::<Vec<_>>().join(", ")
}
