//! From the text of a recipe to single builds.

mod expand;
mod source;
mod template;

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use rattler_conda_types::Subdir;

pub(crate) use expand::Build;
pub(crate) use source::{Digest, FileContent};

use crate::Error;

/// A channel as its author wrote it: all packages in one YAML file that a person can read.
///
/// ```
/// # let recipe = lockit_testkit::Recipe::parse("channel.yml", r#"
/// platforms: [linux-64, osx-arm64]        # where packages that are not noarch are built
/// subdirs: [win-64]                       # has an index, but no package of its own
/// shared:                                 # a place for anchors, otherwise ignored
///   compiled: &compiled
///     - linux: [__glibc >=2.17, libgcc >=14]
///     - osx: __osx >=11.0
/// packages:
///   click:
///     versions: {8.1.8: 2025-01-01, 8.3.0: 2025-09-20T10:30:00Z, 8.3.1: ~}
///     noarch: python
///     depends: [python >=3.10, __unix]
///   numpy:
///     versions: [2.3.1]
///     python: ["3.12", "3.13"]            # built once for each, with `python` and `python_abi`
///     depends: [*compiled, libblas >=3.9]
///   libblas:
///     versions: [3.9.0]
///     variants:                           # several builds of one version
///       - {build: $number_$hash_openblas, depends: libopenblas}
///       - {build: $number_$hash_mkl, platforms: [linux], track_features: [blas_mkl]}
/// # "#)?;
/// # assert_eq!(recipe.render()?.files().count(), 4 + 3 + 4 + 3);
/// # Ok::<(), lockit_testkit::Error>(())
/// ```
///
/// A package is one entry or a list of entries. Its keys:
///
/// | key | means |
/// | --- | --- |
/// | `versions` | a list, or a mapping to the date of the build; `~` is a record without a timestamp, no mapping is 2025-01-01 |
/// | `noarch` | `python` or `generic` |
/// | `platforms` | where it is built: platforms, or `linux`, `osx`, `win`, `unix` |
/// | `python` | interpreters it is built for |
/// | `variants` | builds with `platforms`, `build`, `number`, `depends`, `constrains`, `track_features` of their own; lists add to the entry's, values replace them |
/// | `build`, `number` | build string and build number; the default string is made of the interpreter, a hash of the dependencies and the number |
/// | `depends`, `constrains` | one or a list; lists inside are flattened, so that anchors work; a mapping holds only where its key matches, as in `platforms` |
/// | `track_features`, `license` | as in repodata; a `license` beside `packages` is everybody's |
/// | `digests` | which of `sha256` and `md5` the record has, both by default |
/// | `format` | `conda` (default) or `tar.bz2` |
/// | `yanked` | only named in the list of removed files |
/// | `files` | files of the archive, besides or instead of its one: a mapping of path to text, or to `{link: TARGET}` for a symbolic link |
///
/// `$version`, `$number` and, with `python`, `$python` (`3.12`), `$py` (`py312`) and `$cp` (`cp312`)
/// stand for their values in `build`, `depends` and `constrains`; `build` knows `$hash` too.
#[derive(Debug)]
pub struct Recipe {
    pub(crate) subdirs: Vec<Subdir>,
    pub(crate) builds: Vec<Build>,
}

impl Recipe {
    /// Reads a recipe file.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Decode`] when the file cannot be read, else as [`Recipe::parse`].
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::from_source(&SourceFile::read(path)?)
    }

    /// Parses recipe text; `name` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Recipe`], which shows the line.
    pub fn parse(name: &str, text: &str) -> Result<Self, Error> {
        Self::from_source(&SourceFile::new(name, text))
    }

    fn from_source(file: &SourceFile) -> Result<Self, Error> {
        let source: source::Source = serde_yaml::from_str(file.text())
            .map_err(|error| Error::Recipe(Box::new(explain(file, &error))))?;
        let builds = expand::expand(&source).map_err(|mistake| {
            let diagnostic = Diagnostic::error(mistake.message);
            Error::Recipe(Box::new(match package_key(file, &mistake.package) {
                Some(span) => diagnostic.label(file, span, "in this package"),
                None => diagnostic.note(format!("in package `{}`", mistake.package)),
            }))
        })?;
        Ok(Self { subdirs: source.all_subdirs(), builds })
    }
}

/// Turns what serde_yaml says into a diagnostic with a place.
fn explain(file: &SourceFile, error: &serde_yaml::Error) -> Diagnostic {
    let text = error.to_string();
    let Some(location) = error.location() else {
        return Diagnostic::error(format!("{}: {text}", file.name()));
    };
    // The place is shown by the label.
    let place = format!(" at line {} column {}", location.line(), location.column());
    let message = text.replacen(&place, "", 1);
    let Some(line) = file.line_span(location.line()) else {
        return Diagnostic::error(message);
    };
    // serde_yaml counts characters, a span counts bytes.
    let line_text = &file.text()[line.start..line.end];
    let column = location.column().saturating_sub(1);
    let skip: usize = line_text.chars().take(column).map(char::len_utf8).sum();
    let start = line.start + skip;
    let rest = line_text[skip..].split(" #").next().unwrap_or_default().trim_end();
    let token = match rest.chars().next() {
        Some('[' | '{') => rest,
        // The end of a flow sequence or mapping around it.
        _ => rest.split([']', '}']).next().unwrap_or_default(),
    };
    Diagnostic::error(message).label(file, Span::new(start, start + token.len()), "here")
}

/// The first line that opens the entry of a package. Names are unique below `packages`.
fn package_key(file: &SourceFile, package: &str) -> Option<Span> {
    let text = file.text();
    let mut start = text.find("packages:")?;
    for line in text[start..].split_inclusive('\n') {
        let key = line.trim_start();
        let indent = line.len() - key.len();
        let bare = key.trim_start_matches(['"', '\'']);
        if indent > 0
            && bare
                .strip_prefix(package)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).starts_with(':'))
        {
            let begin = start + indent + (key.len() - bare.len());
            return Some(Span::new(begin, begin + package.len()));
        }
        start += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Recipe::parse("channel.yml", text).unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_dependency_is_shown_where_it_stands() {
        insta::assert_snapshot!(error("platforms: [linux-64]\npackages:\n  app:\n    versions: [1.0]\n    depends:\n      - python >=3.12\n      - linux: [glibc >>2]\n"), @"
        error: packages.app.depends[1].linux[0]: `glibc >>2` is not a dependency: unable to parse version spec: >>2
         --> channel.yml:7:17
          |
        7 |       - linux: [glibc >>2]
          |                 ^^^^^^^^^ here
        ");
    }

    #[test]
    fn an_unknown_key_names_the_known_ones() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: [1.0]\n    dependz: []\n"), @"
        error: packages.app: unknown field `dependz`, expected one of `versions`, `noarch`, `platforms`, `python`, `variants`, `build`, `number`, `depends`, `constrains`, `track_features`, `license`, `digests`, `format`, `yanked`, `files`
         --> channel.yml:4:5
          |
        4 |     dependz: []
          |     ^^^^^^^^^^ here
        ");
    }

    #[test]
    fn an_unknown_platform_is_refused() {
        insta::assert_snapshot!(error("platforms: [linux-46]\npackages: {}\n"), @"
        error: platforms[0]: `linux-46` is not a platform
         --> channel.yml:1:13
          |
        1 | platforms: [linux-46]
          |             ^^^^^^^^ here
        ");
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: [1.0]\n    build: $numbr_x\n"), @"
        error: packages.app.build: unknown placeholder `$numbr`, expected one of `$version`, `$number`, `$hash`, `$python`, `$py`, `$cp`
         --> channel.yml:4:12
          |
        4 |     build: $numbr_x
          |            ^^^^^^^^ here
        ");
    }

    #[test]
    fn a_wrong_date_is_refused() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: {1.0: 2025-13-01}\n"), @"
        error: packages.app.versions.1.0: `2025-13-01` is not a date (`2025-01-31`) or an instant (`2025-01-31T12:00:00Z`)
         --> channel.yml:3:21
          |
        3 |     versions: {1.0: 2025-13-01}
          |                     ^^^^^^^^^^ here
        ");
    }

    #[test]
    fn a_package_twice_is_refused() {
        insta::assert_snapshot!(error("packages:\n  app: {versions: [1.0], noarch: generic}\n  app: {versions: [2.0], noarch: generic}\n"), @"
        error: packages: `app` is there twice
         --> channel.yml:3:3
          |
        3 |   app: {versions: [2.0], noarch: generic}
          |   ^^^^^^^^^^^^^^^^^^^^ here
        ");
    }

    #[test]
    fn two_builds_of_one_file_name_are_refused() {
        insta::assert_snapshot!(error("platforms: [linux-64]\npackages:\n  zlib: {versions: [1.0]}\n  app:\n    - {versions: [1.0], build: a_0}\n    - {versions: [1.0], build: a_0}\n"), @"
        error: `linux-64/app-1.0-a_0.conda` comes out twice
         --> channel.yml:4:3
          |
        4 |   app:
          |   ^^^ in this package
        ");
    }

    #[test]
    fn a_noarch_package_has_no_platforms() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: [1.0]\n    noarch: python\n    depends: [{linux: libgcc}]\n"), @"
        error: a noarch package is the same on all platforms, so it cannot select some
         --> channel.yml:2:3
          |
        2 |   app:
          |   ^^^ in this package
        ");
    }

    #[test]
    fn a_build_for_no_platform_is_refused() {
        insta::assert_snapshot!(error("platforms: [linux-64]\npackages:\n  app:\n    versions: [1.0]\n    platforms: [osx]\n"), @"
        error: no version or no platform is left to build
         --> channel.yml:3:3
          |
        3 |   app:
          |   ^^^ in this package
        ");
    }
}
