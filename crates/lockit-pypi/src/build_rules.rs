//! How uv is told what it may build: source distributions, folders and repositories whose metadata is not written down
//! run their build backend to say what they need.

use std::collections::BTreeSet;

use lockit_spec::{ArchiveChoice, Builds, normalise_pypi_name};

/// The arguments for what may be built and which archives may be taken. Where only named packages may be built, `needed`
/// are those of them that there is no other way for: uv takes no wheel of what it may build then.
pub(crate) fn arguments(
    builds: &Builds,
    archives: &ArchiveChoice,
    needed: &BTreeSet<String>,
) -> Vec<String> {
    let (wheels, sources) = archives.chosen();
    let mut only_wheels = wheels.packages;
    only_wheels.extend(builds.refused.iter().cloned());
    let mut only_sources = sources.packages;
    only_sources.extend(needed.iter().cloned());
    only_sources.retain(|name| builds.permit(name, archives));
    let option = |option: &'static str, all: bool, names: BTreeSet<String>| {
        let names = if all { BTreeSet::new() } else { names };
        let all = all.then(|| ":all:".to_owned());
        all.into_iter().chain(names).map(move |one| format!("--{option}={one}"))
    };
    option("only-binary", wheels.all || builds.only_named(), only_wheels)
        .chain(option("no-binary", sources.all, only_sources))
        .collect()
}

/// The packages that uv's words name as those which have to be built.
pub(crate) fn must_be_built(words: &str) -> BTreeSet<String> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = BTreeSet::new();
    // `Wheels are required for …` since 0.5; the second since 0.9, before it only the line around says the name.
    for before in ["Wheels are required for `", "Building source distributions for `"] {
        found.extend(
            words.match_indices(before).map(|(at, _)| name_at(&words[at + before.len()..])),
        );
    }
    if words.contains("Building source distributions is disabled") {
        let failed = ["Failed to build `", "Failed to download and build `"];
        for before in failed {
            found.extend(
                words.match_indices(before).map(|(at, _)| name_at(&words[at + before.len()..])),
            );
        }
    }
    found.remove("");
    found
}

fn name_at(text: &str) -> String {
    normalise_pypi_name(lockit_spec::split_pypi_name(text).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_has_no_other_way_is_built_only_if_it_may() {
        let builds =
            Builds { in_general: Some(false), allowed: names(&["mine"]), ..Builds::default() };
        let archives = ArchiveChoice::default();
        let of = |builds: &Builds, needed: &[&str]| {
            arguments(builds, &archives, &names(needed)).join(" ")
        };
        assert_eq!(of(&builds, &[]), "--only-binary=:all:");
        assert_eq!(of(&builds, &["mine", "evil"]), "--only-binary=:all: --no-binary=mine");
        assert_eq!(of(&Builds { none: true, ..builds }, &["mine"]), "--only-binary=:all:");
        let refused = Builds { refused: names(&["x"]), ..Builds::default() };
        assert_eq!(of(&refused, &[]), "--only-binary=x");
        assert_eq!(of(&Builds::default(), &[]), "");
    }

    #[test]
    fn specs_choose_archives() {
        let mut archives = ArchiveChoice::default();
        archives.only_sources_of(["six".to_owned(), "lib".to_owned()]);
        let refused = Builds { refused: names(&["lib"]), ..Builds::default() };
        let none = names(&[]);
        assert_eq!(
            arguments(&Builds::default(), &archives, &none),
            ["--no-binary=lib", "--no-binary=six"]
        );
        assert_eq!(arguments(&refused, &archives, &none), ["--only-binary=lib", "--no-binary=six"]);
    }

    #[test]
    fn uv_says_which_packages_must_be_built() {
        for (words, expected) in [
            (
                "hint: Wheels are required for `Six_Like` because building from\nsource is disabled for all packages",
                vec!["six-like"],
            ),
            (
                "Failed to build `dyn @ file:///x/dyn`\nBuilding source distributions for `dyn` is disabled",
                vec!["dyn"],
            ),
            (
                "Failed to build `dyn @ file:///x/dyn`\nBuilding source distributions is disabled",
                vec!["dyn"],
            ),
            ("Failed to build `dyn==1`\nthe build backend returned an error", vec![]),
        ] {
            assert_eq!(must_be_built(words), names(&expected), "{words}");
        }
    }
}
