//! uv's advice (`hint: …`) as facts. Its words are about uv's own options, which nobody gave: what is told to a person
//! is about lockit's. What is not known is kept as far as it names no option and not uv.

/// Something that might help.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// A package is in an index that is asked first, and another index may have the version.
    OtherIndex {
        /// The package.
        package: String,
        /// The index whose versions alone count.
        found: String,
        /// One that is asked later.
        next: String,
    },
    /// Only versions before a final one fit.
    Prerelease {
        /// The package.
        package: String,
    },
    /// No index is asked, and no other place is named.
    NoIndex,
    /// The network is not to be used, and the cache does not have what is needed.
    Offline,
    /// There are wheels for other platforms.
    Platforms {
        /// The package.
        package: String,
        /// Platform tags (PEP 425): `manylinux_2_34_x86_64`.
        tags: Vec<String>,
    },
    /// There are wheels for other pythons.
    Pythons {
        /// The package.
        package: String,
        /// Python or ABI tags (PEP 425): `cp313`.
        tags: Vec<String>,
    },
    /// A package is made for other versions of python.
    RequiresPython {
        /// The package with its version.
        package: String,
        /// Versions of python (PEP 440).
        supports: String,
    },
    /// The cut-off leaves out what would fit.
    Cutoff {
        /// The package.
        package: String,
        /// The version that would fit, where uv says it.
        latest: Option<String>,
    },
    /// A package has no source distribution, and its wheels may not be taken.
    NoBinary {
        /// The package.
        package: String,
    },
    /// What else uv says, without what is about its options.
    Other(String),
}

impl Advice {
    /// From the words behind `hint: `. `None` when nothing of it is of use.
    pub(crate) fn told(words: &str) -> Option<Self> {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = words.strip_prefix("hint: ").unwrap_or(&words);
        let package = || quoted(words).first().map(|one| (*one).to_owned()).unwrap_or_default();
        let tags = |after: &str| quoted(after).into_iter().map(str::to_owned).collect::<Vec<_>>();
        if words.contains("but not at the requested version") {
            let found = between(words, "was found on ", ", but")?.to_owned();
            let next = words.split("subsequent index").nth(1);
            let next = next.and_then(|rest| between(rest, "(e.g., ", ")")).unwrap_or_default();
            return Some(Self::OtherIndex { package: package(), found, next: next.to_owned() });
        }
        if words.contains("pre-releases weren't enabled") {
            return Some(Self::Prerelease { package: package() });
        }
        if words.contains("index lookups were disabled") {
            return Some(Self::NoIndex);
        }
        if words.contains("the network was disabled") {
            return Some(Self::Offline);
        }
        if let Some((_, after)) = words.split_once(" on the following platform") {
            return Some(Self::Platforms { package: package(), tags: tags(after) });
        }
        if let Some((before, after)) = words.split_once(" with the following Python ") {
            let before = before.rsplit("wheels for ").next().unwrap_or(before);
            let name = quoted(before).first().map(|one| (*one).to_owned()).unwrap_or_default();
            return Some(Self::Pythons { package: name, tags: tags(after) });
        }
        if let Some(example) = between(words, "(e.g., ", ")")
            && let Some((package, supports)) = example.split_once(" only supports ")
        {
            let (package, supports) = (package.to_owned(), supports.to_owned());
            return Some(Self::RequiresPython { package, supports });
        }
        if words.contains(" was filtered by ") {
            let latest = between(words, "the requirement is ", ",");
            let latest = latest.or_else(|| between(words, "The requested version, ", ","));
            let latest = latest.map(|one| one.trim_start_matches('v').trim_end_matches('.'));
            return Some(Self::Cutoff { package: package(), latest: latest.map(str::to_owned) });
        }
        if words.contains("using pre-built wheels is disabled") {
            return Some(Self::NoBinary { package: package() });
        }
        // Told by the error itself, which names what lockit has to say about it.
        if words.starts_with("Wheels are required for") {
            return None;
        }
        let kept = without_options(words);
        (!kept.is_empty()).then_some(Self::Other(kept))
    }
}

/// The sentences of a text that name no option of uv, no variable of uv's, and not uv itself. Options that lockit
/// calls differently get lockit's names.
pub(crate) fn without_options(text: &str) -> String {
    let mut text = text.to_owned();
    for (theirs, ours) in TRANSLATED {
        text = text.replace(theirs, ours);
    }
    let sentences = text.split_inclusive(". ").filter(|sentence| !is_about_uv(sentence));
    sentences.collect::<String>().trim().to_owned()
}

/// Options of uv, and how lockit says the same. They are replaced wherever they stand, so that
/// `--resolution lowest-direct` is one of them too.
const TRANSLATED: [(&str, &str); 5] = [
    ("--resolution lowest", "--strategy lowest"),
    ("--resolution=lowest", "--strategy lowest"),
    ("--prerelease=allow", "--pre"),
    ("--prerelease allow", "--pre"),
    ("--no-build-package", "no-build-package"),
];

/// Options that mean in lockit, or in a `pip:` section, what they mean in uv.
const SHARED: [&str; 11] = [
    "--strategy",
    "--pre",
    "--index-strategy",
    "--exclude-newer",
    "--offline",
    "--index-url",
    "--extra-index-url",
    "--find-links",
    "--no-index",
    "--no-build",
    "--no-binary",
];

fn is_about_uv(sentence: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let foreign = sentence.match_indices("--").any(|(at, _)| {
        let before = sentence[..at].chars().next_back();
        let rest = &sentence[at..];
        let option = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        before.is_none_or(|c| c.is_whitespace() || matches!(c, '`' | '\'' | '"' | '('))
            && option.len() > 2
            && !SHARED.contains(&option)
    });
    let words = || sentence.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
    foreign
        || words()
            .any(|word| word == "uv" || word.starts_with("UV_") || word.starts_with("tool.uv"))
}

/// What stands in backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    // A version has dots and an address has colons, but neither ends the sentence.
    Some(rest.split_once(after).map_or(rest, |(found, _)| found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(tags: &[&str]) -> Vec<String> {
        tags.iter().map(|one| (*one).to_owned()).collect()
    }

    /// Each as uv 0.13 writes it.
    #[test]
    fn advice_is_told_by_its_words() {
        let package = || "glib".to_owned();
        for (words, expected) in [
            (
                "`glib` was found on http://h/a/simple, but not at the requested version (glib>=1.5). A compatible version may be available on a subsequent index (e.g., http://h/b/simple). By default, uv will only consider versions that are published on the first index that contains a given package, to avoid dependency confusion attacks. If all indexes are equally trusted, use `--index-strategy unsafe-best-match` to consider all versions from all indexes, regardless of the order in which they were defined.",
                Some(Advice::OtherIndex {
                    package: package(),
                    found: "http://h/a/simple".into(),
                    next: "http://h/b/simple".into(),
                }),
            ),
            (
                "Pre-releases are available for `glib` in the requested range (e.g., 2.0rc1), but pre-releases weren't enabled (try: `--prerelease=allow`)",
                Some(Advice::Prerelease { package: package() }),
            ),
            (
                "Packages were unavailable because the network was disabled. When the network is disabled, registry packages may only be read from the cache.",
                Some(Advice::Offline),
            ),
            (
                "Wheels are available for `glib` (v1) on the following platforms: `manylinux_2_34_x86_64`, `win_amd64`",
                Some(Advice::Platforms {
                    package: package(),
                    tags: texts(&["manylinux_2_34_x86_64", "win_amd64"]),
                }),
            ),
            (
                "You require CPython 3.12 (`cp312`), but we only found wheels for `glib` (v1) with the following Python ABI tag: `cp313`",
                Some(Advice::Pythons { package: package(), tags: texts(&["cp313"]) }),
            ),
            (
                "The `--python-version` value (>=3.9) includes Python versions that are not supported by your dependencies (e.g., glib==2 only supports >=3.13). Consider using a higher `--python-version` value.",
                Some(Advice::RequiresPython {
                    package: "glib==2".into(),
                    supports: ">=3.13".into(),
                }),
            ),
            (
                "hint: `glib` was filtered by `exclude-newer` to only include packages uploaded before 2020-01-01T00:00:00Z. The latest version satisfying the requirement is v1.2, published at 2021-01-01T00:00:00Z. Consider using `exclude-newer-package` to override the cutoff for this package.",
                Some(Advice::Cutoff { package: package(), latest: Some("1.2".into()) }),
            ),
            (
                "An index URL (http://h/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized).",
                Some(Advice::Other(
                    "An index URL (http://h/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized).".into(),
                )),
            ),
            ("Wheels are required for `glib` because building from source is disabled", None),
            ("Try `uv self update`", None),
            ("Use `--link-mode=copy` to suppress this warning", None),
        ] {
            assert_eq!(Advice::told(words), expected, "{words}");
        }
    }

    #[test]
    fn options_of_uv_are_not_passed_on() {
        for (words, expected) in [
            (
                "The dependency `a` is unpinned. Consider setting a lower bound when using `--resolution lowest`.",
                "The dependency `a` is unpinned. Consider setting a lower bound when using `--strategy lowest`.",
            ),
            ("Use `--resolution lowest-direct`.", "Use `--strategy lowest-direct`."),
            ("It failed. Set `UV_HTTP_TIMEOUT` to a larger value.", "It failed."),
            ("It failed. See `tool.uv.sources`", "It failed."),
            ("a--b and 1--2 are names", "a--b and 1--2 are names"),
        ] {
            assert_eq!(without_options(words), expected);
        }
    }
}
