//! One line of a requirements file: a requirement, or options (pip's requirements file format).
//!
//! Items of a `pip:` section are read in the same way: conda writes them into a requirements file.

use pep508_rs::MarkerTree;

use crate::archive_choice::ArchiveRule;
use crate::{SpecError, pip, spelling};

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PipLine {
    /// A package, in words that pip and uv take.
    Package(Package),
    /// `-r FILE`
    Requirements(String),
    /// `-c FILE`
    Constraints(String),
    /// `--index-url URL`: instead of the public index.
    Index(String),
    /// `--extra-index-url URL`
    ExtraIndex(String),
    /// `--no-index`
    NoIndex,
    /// `--find-links PLACE`
    FindLinks(String),
    /// `--pre`
    Prereleases,
    /// `--only-binary NAMES`, `--no-binary NAMES` and uv's `--no-build`
    Archives(ArchiveRule),
    /// An option that changes nothing, and why.
    NoEffect(&'static str, &'static str),
}

/// A wanted package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    /// The line.
    pub(crate) text: String,
    /// Its environment marker; true when it has none.
    pub(crate) marker: MarkerTree,
}

/// Options that take a value, with the option that a short form stands for.
const WITH_VALUE: [(&str, &str); 16] = [
    ("-r", "--requirement"),
    ("--requirement", "--requirement"),
    ("-c", "--constraint"),
    ("--constraint", "--constraint"),
    ("-e", "--editable"),
    ("--editable", "--editable"),
    ("-i", "--index-url"),
    ("--index-url", "--index-url"),
    ("--pypi-url", "--index-url"),
    ("--extra-index-url", "--extra-index-url"),
    ("-f", "--find-links"),
    ("--find-links", "--find-links"),
    ("--no-binary", "--no-binary"),
    ("--only-binary", "--only-binary"),
    ("--trusted-host", "--trusted-host"),
    ("--use-feature", "--use-feature"),
];

/// The same for options about the build of a package, which can stand behind a requirement as well.
const SETTINGS: [(&str, &str); 4] = [
    ("-C", "--config-settings"),
    ("--config-setting", "--config-settings"),
    ("--config-settings", "--config-settings"),
    ("--global-option", "--global-option"),
];

const FLAGS: [&str; 9] = [
    "--no-index",
    "--pre",
    "--no-build",
    "--prefer-binary",
    "--require-hashes",
    "--no-deps",
    "--no-use-pep517",
    "--use-pep517",
    "--no-build-isolation",
];

/// Why a spec gives nothing to build backends.
const NO_SETTINGS: &str = "settings of a build are not taken from a spec";

/// Reads a line without its comment. A line of options may hold several.
///
/// # Errors
/// [`SpecError`] for what is no requirement, and for options that lockit cannot follow.
pub(crate) fn parse(text: &str) -> Result<Vec<PipLine>, SpecError> {
    if !text.starts_with('-') {
        let (text, mut lines) = own_options(text);
        let marker = pip::check(&text)?;
        lines.insert(0, PipLine::Package(Package { text, marker }));
        return Ok(lines);
    }
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(option) = next_word(text, &mut at) {
        let start = at - option.len();
        lines.push(self::option(text, option, start, &mut at)?);
    }
    Ok(lines)
}

/// A requirement with the options behind it in one notation: `--hash sha256:…` is `--hash=sha256:…`. Those that are about
/// its build are taken out.
fn own_options(text: &str) -> (String, Vec<PipLine>) {
    let start = [" --", " -C"].iter().filter_map(|option| text.find(option)).min();
    let has_settings = |at: usize| SETTINGS.iter().any(|(name, _)| text[at..].contains(name));
    let Some(at) = start.filter(|at| text.contains(" --hash ") || has_settings(*at)) else {
        return (text.to_owned(), Vec::new());
    };
    let (mut kept, mut lines) = (text[..at].trim_end().to_owned(), Vec::new());
    let mut words = at;
    while let Some(word) = next_word(text, &mut words) {
        let (option, glued) = split(word);
        if let Some((_, meaning)) = SETTINGS.iter().find(|(name, _)| *name == option) {
            if glued.is_none() {
                next_word(text, &mut words);
            }
            lines.push(PipLine::NoEffect(meaning, NO_SETTINGS));
            continue;
        }
        kept.push(' ');
        kept.push_str(word);
        if word == "--hash"
            && let Some(value) = next_word(text, &mut words)
        {
            kept.push('=');
            kept.push_str(value);
        }
    }
    (kept, lines)
}

fn option(text: &str, word: &str, start: usize, at: &mut usize) -> Result<PipLine, SpecError> {
    if FLAGS.contains(&word) {
        return flag(text, word, start);
    }
    let (option, glued) = split(word);
    let mut known = WITH_VALUE.iter().chain(&SETTINGS);
    let Some((_, meaning)) = known.find(|(name, _)| *name == option) else {
        return Err(unknown(text, option, start));
    };
    let value = match glued {
        Some(value) => value.to_owned(),
        // What follows belongs to the option: a path may hold blanks, a requirement has markers.
        None if *meaning == "--editable" => {
            let rest = text[*at..].trim().to_owned();
            *at = text.len();
            rest
        }
        None => next_word(text, at).unwrap_or_default().to_owned(),
    };
    let value = value.trim_matches(['"', '\'']).to_owned();
    if value.is_empty() {
        let mut error = SpecError::new(text, format!("`{option}` needs a value"));
        error.range = start..start + word.len();
        return Err(error);
    }
    Ok(match *meaning {
        "--requirement" => PipLine::Requirements(value),
        "--constraint" => PipLine::Constraints(value),
        "--index-url" => PipLine::Index(value),
        "--extra-index-url" => PipLine::ExtraIndex(value),
        "--find-links" => PipLine::FindLinks(value),
        "--editable" => {
            let marker = pip::check_editable(&value).map_err(|mut error| {
                error.range = 0..text.len();
                error
            })?;
            PipLine::Package(Package { text: format!("-e {value}"), marker })
        }
        "--only-binary" | "--no-binary" => {
            let rule = ArchiveRule::parse(*meaning == "--only-binary", &value);
            PipLine::Archives(rule.map_err(|mut error| {
                error.range = start..*at;
                error
            })?)
        }
        "--trusted-host" => {
            PipLine::NoEffect("--trusted-host", "say it where lockit runs, not in a spec")
        }
        "--use-feature" => PipLine::NoEffect("--use-feature", "it is about pip itself"),
        setting => PipLine::NoEffect(setting, NO_SETTINGS),
    })
}

fn flag(text: &str, word: &str, start: usize) -> Result<PipLine, SpecError> {
    Ok(match word {
        "--no-index" => PipLine::NoIndex,
        "--pre" => PipLine::Prereleases,
        "--no-build" => PipLine::Archives(ArchiveRule::only_wheels()),
        "--prefer-binary" => PipLine::NoEffect("--prefer-binary", "wheels are preferred anyway"),
        "--require-hashes" => {
            PipLine::NoEffect("--require-hashes", "a lock holds the hashes of everything")
        }
        "--no-use-pep517" => PipLine::NoEffect("--no-use-pep517", "it is about pip itself"),
        "--use-pep517" => PipLine::NoEffect("--use-pep517", "packages are built so anyway"),
        "--no-build-isolation" => PipLine::NoEffect(
            "--no-build-isolation",
            "builds have an environment of their own here",
        ),
        _ => {
            let mut error = SpecError::new(
                text,
                "a lock cannot leave out what a package depends on",
            )
            .unsupported()
            .hint(
                "drop `--no-deps`; what one package must not bring can be listed for conda instead",
            );
            error.range = start..start + word.len();
            return Err(error);
        }
    })
}

/// `--option=value`, `-rvalue` and a word that is only an option.
fn split(word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
    }
    match word.char_indices().nth(2) {
        Some((at, _)) => {
            let value = &word[at..];
            (&word[..at], Some(value.strip_prefix('=').unwrap_or(value)))
        }
        None => (word, None),
    }
}

fn unknown(text: &str, option: &str, start: usize) -> SpecError {
    let known = WITH_VALUE.iter().chain(&SETTINGS).map(|(name, _)| *name).chain(FLAGS);
    let mut error =
        SpecError::new(text, format!("the pip option `{option}` cannot stand in a spec"));
    error.range = start..start + option.len();
    match spelling::did_you_mean(option, known.filter(|name| name.len() > 2)) {
        Some(hint) => error.hint(hint),
        None => error.hint("requirements can stand here, for example `requests >=2`, and options such as `-r FILE`, `-e PATH` and `--extra-index-url URL`"),
    }
}

/// The word that begins at or behind an offset, which is moved behind it. Blanks between quotes are part of it.
fn next_word<'t>(text: &'t str, at: &mut usize) -> Option<&'t str> {
    let rest = text[*at..].trim_start();
    let mut quote = None;
    let blank = rest.find(|c: char| {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => return c.is_whitespace(),
        }
        false
    });
    // A quote that nothing closes is none.
    let blank = if quote.is_some() { rest.find(char::is_whitespace) } else { blank };
    let length = blank.unwrap_or(rest.len());
    *at = text.len() - rest.len() + length;
    (length > 0).then(|| &rest[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> PipLine {
        let mut lines = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(lines.len(), 1, "{text}");
        lines.remove(0)
    }

    #[test]
    fn options_are_read_in_every_notation() {
        for text in ["-r a/b.txt", "-ra/b.txt", "--requirement a/b.txt", "--requirement=a/b.txt"] {
            assert_eq!(one(text), PipLine::Requirements("a/b.txt".into()), "{text}");
        }
        assert_eq!(one("-c pins.txt"), PipLine::Constraints("pins.txt".into()));
        assert_eq!(one("-i https://host/simple"), PipLine::Index("https://host/simple".into()));
        assert_eq!(
            one("--extra-index-url=https://host/simple?a=b"),
            PipLine::ExtraIndex("https://host/simple?a=b".into())
        );
        assert_eq!(one("-c 'my pins.txt'"), PipLine::Constraints("my pins.txt".into()));
        assert_eq!(
            parse("-c it's.txt -r b.txt").unwrap(),
            [PipLine::Constraints("it's.txt".into()), PipLine::Requirements("b.txt".into())]
        );
        assert_eq!(one("-f ./wheels"), PipLine::FindLinks("./wheels".into()));
        assert_eq!(
            parse("--no-index --pre --find-links=wheels").unwrap(),
            [PipLine::NoIndex, PipLine::Prereleases, PipLine::FindLinks("wheels".into())]
        );
        for text in ["--only-binary :all:", "--only-binary=:all:", "--no-build"] {
            assert_eq!(one(text), PipLine::Archives(ArchiveRule::only_wheels()), "{text}");
        }
        assert_eq!(
            one("--no-binary a,B"),
            PipLine::Archives(ArchiveRule::parse(false, "a,b").unwrap())
        );
        let PipLine::Package(package) = one("--editable=./x[dev]") else { panic!("a package") };
        assert_eq!(package.text, "-e ./x[dev]");
        for (line, expected) in [
            (
                "six==1 --hash sha256:00 --hash=sha256:11",
                "six==1 --hash=sha256:00 --hash=sha256:11",
            ),
            ("six==1 --config-settings \"--a=b --c\" --hash=sha256:00", "six==1 --hash=sha256:00"),
            ("six==1 --config-settings=k=\"a b\" --hash=sha256:00", "six==1 --hash=sha256:00"),
            ("six==1 --config-setting 'k=a b' -C k=v --hash sha256:00", "six==1 --hash=sha256:00"),
            ("six -Ck=v --hash=sha256:00", "six --hash=sha256:00"),
            ("six --config-settings=\"x=1 2\" --global-option='y z'", "six"),
            ("six ; os_name == 'nt' --global-option y", "six ; os_name == 'nt'"),
        ] {
            let lines = parse(line).unwrap();
            assert!(
                matches!(&lines[0], PipLine::Package(one) if one.text == expected),
                "{lines:?}"
            );
            let told = lines[1..].iter().all(|one| matches!(one, PipLine::NoEffect(..)));
            let settings =
                ["-setting", "-option", " -C"].map(|one| usize::from(line.contains(one)));
            assert!(told && lines.len() == 1 + settings.iter().sum::<usize>(), "{lines:?}");
        }
        for line in [
            "--use-pep517",
            "-C key=value",
            "--config-settings=key=value",
            "--config-setting \"key=a b\"",
            "--no-build-isolation",
        ] {
            assert!(matches!(one(line), PipLine::NoEffect(..)), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_advice() {
        let explain = |text: &str| {
            let error = parse(text).unwrap_err();
            format!(
                "{error} | {} | {}",
                &text[error.range.clone()],
                error.hint.clone().unwrap_or_default()
            )
        };
        assert!(
            explain("--no-deps").starts_with("a lock cannot leave out what a package depends on")
        );
        assert!(explain("--extra-index https://x").ends_with("did you mean `--extra-index-url`?"));
        assert!(
            explain("--only-binary :all")
                .starts_with("`:all` is not the name of a package | --only-binary :all")
        );
        assert!(explain("-r").starts_with("`-r` needs a value | -r"));
        assert!(explain("-é").starts_with("the pip option `-é` cannot stand in a spec"));
    }
}
