//! One conda dependency: MatchSpec text (CEP 29) to a spec that a solver can take.
//!
//! rattler's lenient parser does the reading. What is added here is the judgement of what a solver
//! cannot take, and words for the usual mistakes, most of which come from pip.

use std::ops::Range;

use rattler_conda_types::{MatchSpec, PackageName, PackageNameMatcher, ParseStrictness};

/// Why a dependency, of conda or of pip, cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// The wrong part, as byte offsets into the text.
    pub range: Range<usize>,
    /// What is said at the wrong part; may be empty.
    pub label: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl SpecError {
    pub(crate) fn new(text: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), range: 0..text.len(), label: String::new(), hint: None }
    }

    fn at(mut self, range: Range<usize>, label: impl Into<String>) -> Self {
        self.range = range;
        self.label = label.into();
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The bracket of `name[extra1,extra2]`, pip's notation for extras, and the text without it.
///
/// conda takes such a text and ignores the bracket; so do real environment files.
pub(crate) fn without_extras(text: &str) -> Option<(String, Range<usize>)> {
    let range = pip_extras(text)?;
    Some((format!("{}{}", &text[..range.start], &text[range.end..]), range))
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
    let without = without_extras(text);
    let plain = without.as_ref().map_or(text, |(plain, _)| plain);
    let spec = MatchSpec::from_str(plain, ParseStrictness::Lenient)
        .map_err(|error| explain(text, &error))?;
    match &spec.name {
        PackageNameMatcher::Exact(name) => {
            let name = name.clone();
            Ok((name, spec))
        }
        other => Err(name_pattern(text, &other.to_string())),
    }
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

/// pip's and poetry's notations, refused before a lenient parser makes something else of them.
fn refuse_other_languages(text: &str) -> Result<(), SpecError> {
    let trimmed = text.trim();
    if let Some(at) = text.find('[').filter(|at| !text[*at..].contains(']')) {
        return Err(SpecError::new(text, "`[` is opened and never closed")
            .at(at..text.len(), "expected `]`"));
    }
    if trimmed.is_empty() {
        return Err(SpecError::new(text, "a dependency is empty")
            .hint("write a package name, or remove the item"));
    }
    if trimmed.starts_with('-') {
        return Err(SpecError::new(text, "pip options cannot stand among conda dependencies")
            .hint("packages for pip go into a `pip:` section: `- pip: [...]`; local packages are installed separately"));
    }
    if trimmed.starts_with("git+") {
        return Err(SpecError::new(text, "conda cannot install from a git repository")
            .hint(format!("put it into a `pip:` section: `- pip: [\"{trimmed}\"]`")));
    }
    if let Some(at) = text.find(" @ ") {
        return Err(SpecError::new(text, "`name @ url` is a pip requirement")
            .at(at + 1..text.len(), "conda has no such form")
            .hint("put the line into a `pip:` section"));
    }
    if let Some(at) = marker_start(text) {
        return Err(SpecError::new(text, "environment markers exist only in pip requirements")
            .at(at..text.len(), "conda does not understand this")
            .hint("use a selector in a comment, for example `# [win]`, or put the line into a `pip:` section"));
    }
    refuse_operators(text)
}

/// The `;` of `name; python_version < "3.9"`.
fn marker_start(text: &str) -> Option<usize> {
    let at = text.find(';')?;
    let after = text[at + 1..].trim_start();
    let word = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    let markers = [
        "python_version",
        "python_full_version",
        "os_name",
        "sys_platform",
        "platform_system",
        "platform_machine",
        "platform_release",
        "platform_version",
        "platform_python_implementation",
        "implementation_name",
        "implementation_version",
        "extra",
    ];
    (markers.contains(&word) || after.starts_with('(')).then_some(at)
}

/// The bracket of `name[extra1,extra2]`: no `=` in it.
fn pip_extras(text: &str) -> Option<Range<usize>> {
    let open = text.find('[')?;
    let close = open + text[open..].find(']')?;
    let inner = &text[open + 1..close];
    let names = !inner.trim().is_empty()
        && inner
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',' | ' '));
    (names && !text[..open].contains(['=', '<', '>', ' '])).then_some(open..close + 1)
}

/// Operators that conda does not have, and two of them in a row.
fn refuse_operators(text: &str) -> Result<(), SpecError> {
    // Brackets may hold anything in quotes.
    let positional = &text[..text.find('[').unwrap_or(text.len())];
    let find = |operator: &str| positional.find(operator).map(|at| at..at + operator.len());
    let swap = |range: Range<usize>, right: &str| {
        let wrong = &text[range.clone()];
        Err(SpecError::new(text, format!("`{wrong}` is not an operator"))
            .at(range.clone(), format!("expected `{right}`"))
            .hint(format!("write `{}{right}{}`", &text[..range.start], &text[range.end..])))
    };
    if let Some(range) = find("===") {
        return swap(range, "==");
    }
    for (wrong, right) in [
        ("=>", ">="),
        ("=<", "<="),
        ("= =", "=="),
        ("> =", ">="),
        ("< =", "<="),
        ("! =", "!="),
        ("~ =", "~="),
        ("=!", "!="),
        ("><", "!="),
        ("<>", "!="),
    ] {
        if let Some(range) = find(wrong) {
            return swap(range, right);
        }
    }
    if let Some(at) = positional.find('^')
        && !positional.contains('$')
    {
        let version = positional[at + 1..].trim();
        return Err(SpecError::new(text, "conda has no `^` operator")
            .at(at..at + 1, "poetry's and npm's notation")
            .hint(caret(version).map_or_else(
                || "write the range out, for example `>=1.2,<2`".to_owned(),
                |range| {
                    format!("write `{} {range}`", positional[..at].trim_end_matches(['=', ' ']))
                },
            )));
    }
    if let Some(at) = missing_comma(positional) {
        return Err(SpecError::new(text, "two version constraints without a comma between them")
            .at(at..at + 1, "expected `,` before this")
            .hint(format!("write `{},{}`", text[..at].trim_end(), &text[at..])));
    }
    Ok(())
}

/// The range that poetry's `^1.2.3` means.
fn caret(version: &str) -> Option<String> {
    let parts: Vec<u64> =
        version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let at = parts.iter().position(|part| *part > 0).unwrap_or(parts.len() - 1);
    let mut upper = parts[..=at].to_vec();
    upper[at] = upper[at].checked_add(1)?;
    let upper = upper.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    Some(format!(">={version},<{upper}"))
}

/// Where an operator follows a version: `>3.8<3.10`, `>=3.8 <3.10`.
fn missing_comma(text: &str) -> Option<usize> {
    let mut in_version = false;
    let mut seen_operator = false;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            ',' | '|' | '(' => {
                in_version = false;
                seen_operator = false;
            }
            '<' | '>' => {
                if in_version && seen_operator {
                    return Some(at);
                }
                seen_operator = true;
                in_version = false;
            }
            '!' | '~' if text[at + 1..].starts_with('=') => {
                if in_version && seen_operator {
                    return Some(at);
                }
                seen_operator = true;
                in_version = false;
            }
            '=' if matches!(previous, '<' | '>' | '!' | '~') => {}
            // `==1.2=build` and `name=1=build` are fine: a `=` starts the build there.
            '=' => seen_operator = seen_operator || !in_version,
            c if !c.is_whitespace() => in_version = seen_operator,
            _ => {}
        }
        previous = c;
    }
    None
}

fn refuse_package_urls(text: &str) -> Result<(), SpecError> {
    let path = text.split(['#', '[']).next().unwrap_or("").trim();
    let archive = [".conda", ".tar.bz2", ".whl"].into_iter().find(|end| path.ends_with(end));
    let Some(archive) = archive.filter(|_| !text.contains("::")) else {
        if let Some(at) = text.find("://")
            && !text.contains("::")
        {
            return Err(SpecError::new(text, "a URL is no dependency")
                .at(0..at + 3, "expected a package name")
                .hint("to take a package from a channel URL write `https://host/channel::name`"));
        }
        return Ok(());
    };
    if archive == ".whl" {
        return Err(SpecError::new(text, "a wheel cannot stand among conda dependencies")
            .hint("put it into a `pip:` section"));
    }
    let error = SpecError::new(text, "the URL of a package file cannot be a dependency")
        .at(0..path.len().min(text.len()), "a lock chooses the file itself, for each platform");
    Err(match pinned(path.strip_suffix(archive).unwrap_or(path)) {
        Some(spec) => error.hint(format!("write `{spec}` to ask for exactly this package")),
        None => error.hint("write the package's name and version, for example `xz=5.2.6`"),
    })
}

/// `https://host/channel/linux-64/name-version-build` as a spec.
fn pinned(url: &str) -> Option<String> {
    let (folder, file) = url.rsplit_once('/')?;
    let (channel, _subdir) = folder.rsplit_once('/')?;
    let mut parts = file.rsplitn(3, '-');
    let (build, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    let channel = channel.strip_prefix("https://conda.anaconda.org/").unwrap_or(channel);
    let channel = if channel.contains('@') {
        return Some(format!("{name}={version}={build}"));
    } else {
        channel
    };
    Some(format!("{channel}::{name}={version}={build}"))
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
            let operator = trimmed.trim_end_matches(['<', '>', '=', '!', '~']);
            if operator.len() < trimmed.len() {
                let operator = &trimmed[operator.len()..];
                return SpecError::new(text, format!("the version after `{operator}` is missing"))
                    .at(place.end - operator.len()..place.end, "expected a version behind this");
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
            ("A_B", "a_b * *"),
        ] {
            assert_eq!(version(text), meaning, "{text}");
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

    #[test]
    fn commas_between_constraints_are_asked_for() {
        assert_eq!(missing_comma("python>3.8<3.10"), Some(10));
        assert_eq!(missing_comma("python >=3.8 <3.10"), Some(13));
        assert_eq!(missing_comma("python >=3.8,<3.10"), None);
        assert_eq!(missing_comma("python >3.8|<3"), None);
        assert_eq!(missing_comma("python >=3.8=build"), None);
        assert_eq!(missing_comma("python 3.8 >2"), None);
    }

    #[test]
    fn poetry_ranges_are_spelled_out() {
        assert_eq!(caret("1.2.3").as_deref(), Some(">=1.2.3,<2"));
        assert_eq!(caret("0.2.3").as_deref(), Some(">=0.2.3,<0.3"));
        assert_eq!(caret("0").as_deref(), Some(">=0,<1"));
        assert_eq!(caret("x"), None);
    }
}
