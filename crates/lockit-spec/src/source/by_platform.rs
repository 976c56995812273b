//! What a recipe asks for on each platform, put together into requirements with selectors.
//!
//! A recipe is a program: it is run once for each platform that conda knows, and what comes out of one line in the
//! same words is one requirement.

use indexmap::IndexMap;
use lockit_diagnostic::Span;

use super::draft::Draft;
use crate::{Platform, Selector};

/// The platforms recipes are run for.
pub(super) const PLATFORMS: [Platform; 12] = [
    Platform::Linux64,
    Platform::LinuxAarch64,
    Platform::LinuxPpc64le,
    Platform::LinuxRiscv64,
    Platform::LinuxS390X,
    Platform::LinuxArmV7l,
    Platform::Linux32,
    Platform::Osx64,
    Platform::OsxArm64,
    Platform::Win64,
    Platform::WinArm64,
    Platform::Win32,
];

/// Selectors that people write, for sets of platforms that they describe.
const USUAL: [&str; 8] =
    ["linux", "osx", "win", "not win", "not osx", "not linux", "linux64", "linux and not x86_64"];

/// Variables of recipes that tell about the platform.
const VARIABLES: [&str; 15] = [
    "linux",
    "osx",
    "win",
    "unix",
    "emscripten",
    "linux32",
    "linux64",
    "osx64",
    "win32",
    "win64",
    "x86",
    "x86_64",
    "aarch64",
    "arm64",
    "ppc64le",
];

/// What is asked for, by its words and its place.
#[derive(Default)]
pub(super) struct ByPlatform {
    items: IndexMap<(Span, String, &'static str), Vec<Platform>>,
}

impl ByPlatform {
    pub(super) fn add(
        &mut self,
        platform: Platform,
        text: String,
        span: Span,
        category: &'static str,
    ) {
        let platforms = self.items.entry((span, text, category)).or_default();
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }

    /// Asks for everything that was collected, in the order of the file.
    pub(super) fn ask(self, draft: &mut Draft<'_>) {
        let mut items: Vec<_> = self.items.into_iter().collect();
        items.sort_by_key(|((span, ..), _)| span.start);
        for ((span, text, category), platforms) in items {
            draft.conda(&text, span, selector(&platforms), category);
        }
    }
}

/// The values of [`VARIABLES`] on a platform, for templates.
pub(super) fn variables(platform: Platform) -> Vec<(&'static str, bool)> {
    VARIABLES
        .into_iter()
        .map(|name| {
            let value = Selector::parse(name).is_ok_and(|selector| selector.matches(platform));
            (name, value)
        })
        .collect()
}

/// The shortest selector for a set of platforms; `None` for all of them.
fn selector(platforms: &[Platform]) -> Option<Selector> {
    if platforms.len() == PLATFORMS.len() {
        return None;
    }
    let usual = USUAL.iter().filter_map(|text| Selector::parse(text).ok()).find(|selector| {
        PLATFORMS.iter().all(|platform| selector.matches(*platform) == platforms.contains(platform))
    });
    usual.or_else(|| Selector::any_of(platforms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_platforms_have_short_names() {
        let text = |platforms: &[Platform]| selector(platforms).map(|selector| selector.text);
        let where_true = |text: &str| -> Vec<Platform> {
            let selector = Selector::parse(text).unwrap();
            PLATFORMS.into_iter().filter(|platform| selector.matches(*platform)).collect()
        };
        assert_eq!(text(&PLATFORMS), None);
        assert_eq!(text(&where_true("linux")).unwrap(), "linux");
        assert_eq!(text(&where_true("not win")).unwrap(), "not win");
        assert_eq!(text(&[Platform::Osx64, Platform::Win64]).unwrap(), "osx-64 or win-64");
    }
}
