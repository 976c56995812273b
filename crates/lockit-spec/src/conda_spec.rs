//! One conda dependency: MatchSpec text (CEP 29) to a spec that a solver can take.
//!
//! rattler's lenient parser does the reading. What is added here is the judgement of what a solver
//! cannot take, and words for the usual mistakes, most of which come from pip.

use std::borrow::Cow;
use std::ops::Range;

use rattler_conda_types::{
    MatchSpec, MatchSpecCondition, PackageName, PackageNameMatcher, ParseMatchSpecOptions,
    ParseStrictness,
};

use crate::filled::loses_segments;
use crate::foreign_notation::{pip_extras, refuse_other_languages, refuse_package_urls};
use crate::spec_error::SpecError;

/// The bracket of `name[extra1,extra2]`, pip's notation for extras, and the text without it.
///
/// conda takes such a text and ignores the bracket; so do real environment files.
pub(crate) fn without_extras(text: &str) -> Option<(String, Range<usize>)> {
    let range = pip_extras(text)?;
    Some((format!("{}{}", &text[..range.start], &text[range.end..]), range))
}

/// `>1.2.*` as `>1.2`: conda ignores a glob behind `>`, rattler would make `>=1.2` of it.
fn without_superfluous_globs(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    let mut from = 0;
    while let Some(at) = plain[from..].find('>').map(|at| from + at) {
        from = at + 1;
        let version = &plain[from..];
        let start = version.len() - version.trim_start().len();
        let length = version[start..]
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '!' | '+' | '-'))
            .unwrap_or(version.len() - start);
        let end = start + length;
        if length > 0 && version[end..].starts_with('*') {
            let dot = usize::from(version[..end].ends_with('.'));
            plain.to_mut().replace_range(from + end - dot..=from + end, "");
        }
    }
    plain
}

/// Parses a dependency as conda does.
///
/// The MatchSpec has an exact name; globs in names and package URLs are refused, since a lock needs
/// to know which package was asked for.
///
/// # Errors
/// [`SpecError`] with the wrong part and advice.
pub fn parse_conda_spec(text: &str) -> Result<(PackageName, MatchSpec), SpecError> {
    refuse_other_languages(text)?;
    refuse_package_urls(text)?;
    if loses_segments(text) {
        // Its parser would take them out before anybody sees where the variable stands.
        return Err(SpecError::new(text, "an address with a variable has `.` or `..` in its path")
            .hint("write the address without them"));
    }
    let without = without_extras(text);
    let plain = without.as_ref().map_or(text, |(plain, _)| plain);
    let plain = without_superfluous_globs(plain);
    let options = ParseMatchSpecOptions::new(ParseStrictness::Lenient)
        .with_conditionals(true)
        .with_extras(true)
        .with_flags(true);
    let spec = MatchSpec::from_str(&plain, options).map_err(|error| explain(text, &error))?;
    refuse_newer_parts(text, &spec)?;
    if let Some(build) = spec.build.as_ref().map(ToString::to_string)
        && let Some((first, rest)) = build.split_once(char::is_whitespace)
    {
        let start = text.find(&build).map_or(0, |at| at + build.len() - rest.len());
        let end = if start == 0 { text.len() } else { start + rest.len() };
        return Err(SpecError::new(text, "a spec has at most a name, a version and a build")
            .at(start..end, format!("`{first}` is read as the build, this is left over")));
    }
    match &spec.name {
        PackageNameMatcher::Exact(name) => {
            let name = name.clone();
            Ok((name, spec))
        }
        other => Err(name_pattern(text, &other.to_string())),
    }
}

fn is_nested(condition: &MatchSpecCondition) -> bool {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => spec.condition.is_some() || spec.extras.is_some(),
        MatchSpecCondition::And(one, other) | MatchSpecCondition::Or(one, other) => {
            is_nested(one) || is_nested(other)
        }
    }
}

/// What only repodata of version 3 could answer: its records say which packages an extra stands for, and which flags they have.
fn refuse_newer_parts(text: &str, spec: &MatchSpec) -> Result<(), SpecError> {
    if spec.condition.as_ref().is_some_and(is_nested) {
        return Err(SpecError::new(text, "a condition cannot have a condition")
            .hint("join both with `and`: `six[when=\"python >=3.9 and __unix\"]`"));
    }
    let (key, hint) = if spec.extras.is_some() {
        ("extras", "list the packages that the extra stands for")
    } else if spec.flags.is_some() {
        ("flags", "choose the variant by its build: `name=*=*cuda*`")
    } else {
        return Ok(());
    };
    let at = text.find(key).map_or(0..text.len(), |at| at..at + key.len());
    Err(SpecError::new(text, format!("`{key}` of a conda package cannot be locked"))
        .at(at, "needs repodata of version 3, which lockit does not read")
        .hint(hint))
}

fn name_pattern(text: &str, pattern: &str) -> SpecError {
    let start = text.find(pattern).unwrap_or(0);
    let range = start..(start + pattern.len()).min(text.len());
    let error = SpecError::new(text, "a dependency needs the full name of one package")
        .at(range, "this is a pattern");
    match pattern.split_once('*').or_else(|| pattern.split_once('=')) {
        Some((name, rest)) if rest.is_empty() && name.len() > 1 => error.hint(format!(
            "write `{}`, or list each package that is wanted",
            name.trim_end_matches(['-', '_', '.'])
        )),
        _ => error.hint("list each package that is wanted"),
    }
}

/// Puts rattler's error into our words, at the part that is wrong.
fn explain(text: &str, error: &rattler_conda_types::ParseMatchSpecError) -> SpecError {
    use rattler_conda_types::ParseMatchSpecError as Error;

    let cause = error.to_string();
    let positional_end = text.find('[').unwrap_or(text.len());
    let bracket = positional_end..text.len();
    let name_start = text[..positional_end].rfind("::").map_or(0, |at| at + 2);
    let name_end = text[name_start..positional_end]
        .find(|c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '!' | '~'))
        .map_or(positional_end, |at| name_start + at);
    let version = name_end..positional_end;
    match error {
        Error::OnlyExactPackageNameMatchersAllowedGlob(_)
        | Error::OnlyExactPackageNameMatchersAllowedRegex(_) => {
            name_pattern(text, text[name_start..name_end].trim())
        }
        Error::MissingPackageName => SpecError::new(text, "the package name is missing")
            .hint("start with the name, for example `python >=3.9`"),
        Error::InvalidBracket | Error::MultipleBracketSectionsNotAllowed => {
            SpecError::new(text, "the part in brackets cannot be read")
                .at(bracket, "expected `[key=value, key=\"value\"]`")
                .hint("quote values that hold commas, spaces or `=`: `numpy[version=\">=1.2,<2\"]`")
        }
        Error::InvalidBracketKey(key) => {
            let known = [
                "version",
                "build",
                "build_number",
                "channel",
                "subdir",
                "md5",
                "sha256",
                "fn",
                "url",
                "license",
                "license_family",
                "track_features",
                "namespace",
                "when",
            ];
            let at = text.find(key.as_str()).map_or(bracket, |at| at..at + key.len());
            let error = SpecError::new(text, format!("the key `{key}` is not known"))
                .at(at, "not a part of a spec");
            match crate::spelling::did_you_mean(key, known) {
                Some(hint) => error.hint(hint),
                None => error.hint(format!("known keys are `{}`", known.join("`, `"))),
            }
        }
        Error::InvalidHashDigest => SpecError::new(text, "the hash is not valid")
            .at(bracket, "an md5 has 32 hexadecimal digits, a sha256 has 64"),
        Error::InvalidPackageNameMatcher(_)
        | Error::InvalidVersionAndBuild(_)
        | Error::InvalidVersionSpec(_) => {
            if matches!(error, Error::InvalidPackageNameMatcher(_)) {
                return SpecError::new(
                    text,
                    format!("`{}` is not a package name", &text[name_start..name_end]),
                )
                .at(name_start..name_end, "names hold only letters, digits, `-`, `_` and `.`");
            }
            let range = if version.is_empty() { 0..text.len() } else { version };
            let trimmed = text[range.clone()].trim();
            let start =
                text[range.clone()].find(trimmed).map_or(range.start, |at| range.start + at);
            let place = start..start + trimmed.len();
            if let Some(star) = trimmed.find("*.") {
                let star = place.start + star;
                return SpecError::new(text, "a `*` in the middle of a version is not supported")
                    .at(star..star + 1, "only the end of a version can be open")
                    .hint("write a range, for example `>=1.2,<1.4`");
            }
            // This variant only repeats the text.
            let label = if matches!(error, Error::InvalidVersionAndBuild(_)) {
                String::new()
            } else {
                short(&cause)
            };
            SpecError::new(text, format!("`{trimmed}` is not a version constraint"))
                .at(place, label)
                .hint("write for example `=1.2` (1.2 and all 1.2.x), `==1.2.3`, `>=1.2,<2` or `1.2.*`")
        }
        Error::ParseChannelError(_) => {
            SpecError::new(text, "the channel in front of `::` is not valid")
                .at(0..if name_start == 0 { text.len() } else { name_start }, short(&cause))
        }
        Error::InvalidStringMatcher(_) | Error::InvalidBuildString(_) => {
            SpecError::new(text, "the build string is not valid").at(version, short(&cause))
        }
        _ => SpecError::new(text, "this is not a package spec").at(0..text.len(), short(&cause)),
    }
}

/// The first line of a cause, without what it repeats.
fn short(cause: &str) -> String {
    cause.lines().next().unwrap_or("").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> String {
        let (name, spec) = parse_conda_spec(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        format!(
            "{} {} {}",
            name.as_normalized(),
            spec.version.map_or("*".into(), |version| version.to_string()),
            spec.build.map_or("*".into(), |build| build.to_string())
        )
    }

    #[test]
    fn versions_mean_what_they_mean_in_conda() {
        // Normal forms that conda's own MatchSpec gives (via conda-lock's `render-lock-spec`).
        for (text, meaning) in [
            ("numpy 1.26", "numpy ==1.26 *"),
            ("numpy==1.26", "numpy ==1.26 *"),
            ("numpy=1.26", "numpy 1.26.* *"),
            ("numpy =1.26", "numpy 1.26.* *"),
            ("numpy = 1.26", "numpy 1.26.* *"),
            ("numpy=1.26.*", "numpy 1.26.* *"),
            ("numpy 1.26*", "numpy 1.26.* *"),
            ("numpy==1.26.*", "numpy 1.26.* *"),
            ("numpy=1.26=py312_0", "numpy ==1.26 py312_0"),
            ("numpy==1.26=py312_0", "numpy ==1.26 py312_0"),
            ("numpy 1.26 py312_0", "numpy ==1.26 py312_0"),
            ("numpy=1.26=*cuda*", "numpy ==1.26 *cuda*"),
            ("numpy=*=*cuda*", "numpy * *cuda*"),
            ("numpy * *cuda*", "numpy * *cuda*"),
            ("python >= 3.8, < 3.9", "python >=3.8,<3.9 *"),
            ("python >=3.8,<3.9", "python >=3.8,<3.9 *"),
            ("python 3.8|3.9", "python ==3.8|==3.9 *"),
            ("python !=3.9", "python !=3.9 *"),
            ("python ~=3.9", "python ~=3.9 *"),
            ("python[version='>=3']", "python >=3 *"),
            ("python >3.*", "python >3 *"),
            ("python > 3.8*,<4", "python >3.8,<4 *"),
            ("python[version='>3.*']", "python >3 *"),
            ("A_B", "a_b * *"),
        ] {
            assert_eq!(version(text), meaning, "{text}");
        }
    }

    #[test]
    fn an_address_with_a_variable_is_the_one_that_is_asked() {
        for text in [
            "https://host/t/./${A}/c::six",
            "https://host/t/x/../${A}/c::six",
            "https://host/t/${A}/c/%2E%2e::six",
            "six[channel='https://host/t/./$A/c']",
            "six[channel=https://host/t/${A}/c/..]",
        ] {
            assert!(parse_conda_spec(text).is_err(), "{text}");
        }
        for text in ["https://host/t/${A}/c::six", "https://host/x/../c::six"] {
            assert!(parse_conda_spec(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_condition_is_kept_and_what_needs_newer_indexes_is_refused() {
        let (_, spec) = parse_conda_spec("tomli >=2[when=\"python <3.11\"]").unwrap();
        assert_eq!(spec.condition.unwrap().to_string(), "python<3.11");
        for (text, said) in [
            ("aiohttp[extras=[speedups]]", "`extras` of a conda package cannot be locked"),
            ("pytorch[flags=[cuda]]", "`flags` of a conda package cannot be locked"),
        ] {
            assert_eq!(parse_conda_spec(text).unwrap_err().message, said);
        }
    }

    #[test]
    fn channels_subdirs_and_hashes_are_kept() {
        let (_, spec) =
            parse_conda_spec("conda-forge/linux-64::xz[md5=8b1a9953c4611296a827abf8c47804d7]")
                .unwrap();
        assert_eq!(spec.subdir.as_deref(), Some("linux-64"));
        assert!(spec.md5.is_some());
        let (_, spec) = parse_conda_spec("https://repo.prefix.dev/foo::bar >=1").unwrap();
        assert_eq!(spec.channel.unwrap().base_url.as_str(), "https://repo.prefix.dev/foo/");
    }
}
