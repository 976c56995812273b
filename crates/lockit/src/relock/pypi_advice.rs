//! Words for what might help with PyPI packages that cannot be resolved: lockit's options, not uv's.

use lockit_pypi::Advice;
use lockit_spec::Platform;

/// The hint; `None` when the error says it already.
pub(super) fn hint(advice: &Advice, platform: Platform) -> Option<String> {
    Some(match advice {
        Advice::OtherIndex { package, found, next } => {
            let next = if next.is_empty() { "another index" } else { next };
            format!(
                "`{package}` is taken from {found}, which is asked before {next}: if both are trusted alike, \
                 `--index-strategy unsafe-best-match` compares their versions"
            )
        }
        Advice::Prerelease { package } => format!(
            "only versions of `{package}` before a final one fit: name one (`{package} >=2.0rc1`), or add `--pre` to the \
             `pip:` section"
        ),
        Advice::NoIndex => {
            "no index is asked: drop `--no-index`, or name a place with `--find-links PLACE` in the `pip:` section".into()
        }
        Advice::Offline => "drop `--offline`: the cache does not hold what is needed".into(),
        Advice::Platforms { package, tags } => platforms(package, tags, platform),
        Advice::Pythons { package, tags } => format!(
            "the wheels of `{package}` are for {}: choose such a python among the conda dependencies",
            tags.join(", ")
        ),
        Advice::RequiresPython { package, supports } => format!(
            "{package} needs python {supports}: ask for such a python among the conda dependencies"
        ),
        Advice::Cutoff { package, latest } => match latest {
            Some(latest) => format!(
                "`{package}` {latest} would fit, and `--exclude-newer` leaves it out: take a later date"
            ),
            None => format!("`--exclude-newer` leaves out versions of `{package}`: take a later date"),
        },
        Advice::NoBinary { package } => {
            format!("`{package}` has no source distribution here, and `--no-binary` takes no wheel")
        }
        Advice::Other(text) => fragment(text),
        _ => return None,
    })
}

/// What wheels need of a platform. A glibc or a macOS can be assumed to be newer.
fn platforms(package: &str, tags: &[String], platform: Platform) -> String {
    let there = format!("`{package}` has wheels for {}", tags.join(", "));
    let of_machine: Vec<&String> = tags.iter().filter(|tag| machine(platform, tag)).collect();
    let Some((key, version)) = of_machine.iter().filter_map(|tag| needed(tag)).min() else {
        return format!("{there}: choose a version that has some for {platform}");
    };
    format!(
        "{there}: if every machine has that, write `{} = \"{}.{}\"` below `[virtual-packages]` in lockit.toml",
        key, version.0, version.1
    )
}

/// The virtual package of a tag (PEP 600: `manylinux_2_34_x86_64`; `macosx_14_0_arm64`) and its version.
fn needed(tag: &str) -> Option<(&'static str, (u16, u16))> {
    let (key, rest) = match (tag.strip_prefix("manylinux_"), tag.strip_prefix("macosx_")) {
        (Some(rest), _) => ("glibc", rest),
        (_, Some(rest)) => ("osx", rest),
        _ => return None,
    };
    let mut numbers = rest.splitn(3, '_').map(|part| part.parse().ok());
    Some((key, (numbers.next()??, numbers.next()??)))
}

/// Whether a tag is about the system and processor of a platform.
fn machine(platform: Platform, tag: &str) -> bool {
    let (system, ends): (&str, &[&str]) = match platform.as_str().split_once('-') {
        Some(("linux", "64")) => ("manylinux_", &["x86_64"]),
        Some(("linux", "32")) => ("manylinux_", &["i686"]),
        Some(("linux", processor)) => ("manylinux_", &[processor]),
        Some(("osx", "64")) => ("macosx_", &["x86_64", "universal2", "intel"]),
        Some(("osx", _)) => ("macosx_", &["arm64", "universal2"]),
        _ => return false,
    };
    let is_for = |end: &&str| tag.strip_suffix(end).is_some_and(|rest| rest.ends_with('_'));
    tag.starts_with(system) && ends.iter().any(is_for)
}

/// A sentence in the manner of our messages.
fn fragment(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_for_a_newer_system_name_the_virtual_package() {
        let hint = |tags: &[&str], platform| {
            let tags = tags.iter().map(|one| (*one).to_owned()).collect();
            hint(&Advice::Platforms { package: "x".into(), tags }, platform).unwrap()
        };
        let newer = hint(
            &["manylinux_2_39_x86_64", "manylinux_2_34_x86_64", "win_amd64"],
            Platform::Linux64,
        );
        assert!(
            newer.ends_with("write `glibc = \"2.34\"` below `[virtual-packages]` in lockit.toml"),
            "{newer}"
        );
        for (tag, platform) in [
            ("manylinux_2_39_aarch64", Platform::LinuxAarch64),
            ("manylinux_2_39_ppc64le", Platform::LinuxPpc64le),
            ("manylinux_2_39_s390x", Platform::LinuxS390X),
            ("manylinux_2_39_i686", Platform::Linux32),
        ] {
            let newer = hint(&[tag, "manylinux_2_17_x86_64"], platform);
            assert!(newer.contains("`glibc = \"2.39\"`"), "{newer}");
        }
        let newer = hint(&["macosx_14_0_arm64"], Platform::OsxArm64);
        assert!(newer.contains("`osx = \"14.0\"`"), "{newer}");
        for (tag, platform) in [
            ("manylinux_2_34_aarch64", Platform::Linux64),
            ("macosx_14_0_arm64", Platform::Linux64),
            ("win_amd64", Platform::Osx64),
            ("macosx_11_0_arm64", Platform::Osx64),
            ("manylinux_2_34_x86_64", Platform::Linux32),
            ("musllinux_1_2_x86_64", Platform::Linux64),
        ] {
            let other = hint(&[tag], platform);
            assert!(
                other.ends_with(&format!("choose a version that has some for {platform}")),
                "{other}"
            );
        }
    }
}
