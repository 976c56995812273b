//! The recipe: a whole channel in one YAML file that a person can read.
//!
//! ```yaml
//! platforms: [linux-64, osx-arm64]        # where packages that are not noarch are built
//! shared:                                 # a place for anchors, otherwise ignored
//!   compiled: &compiled
//!     - linux: [__glibc >=2.17, libgcc >=14]
//!     - osx: __osx >=11.0
//! packages:
//!   click:
//!     versions: {8.1.8: 2025-01-01, 8.3.0: 2025-09-20}
//!     noarch: python
//!     depends: [python >=3.10, __unix]
//!   numpy:
//!     versions: [2.3.1]
//!     python: ["3.12", "3.13"]            # built once for each, with `python` and `python_abi`
//!     depends: [*compiled, libblas >=3.9]
//!   libblas:
//!     versions: [3.9.0]
//!     variants:                           # several builds of one version
//!       - {build: $number_$hash_openblas, depends: [libopenblas]}
//!       - {build: $number_$hash_mkl, platforms: [linux-64], track_features: [blas_mkl]}
//! ```
//!
//! A package is one entry or a list of entries. Lists inside `depends` are flattened, so that
//! anchors work; a mapping adds its dependencies only where its key matches: a platform, or one of
//! `linux`, `osx`, `win`, `unix`. `$version`, `$number` and, with `python`, `$python` (`3.12`),
//! `$py` (`py312`), `$cp` (`cp312`) stand for their values; `build` knows `$hash` too.

mod expand;
mod source;

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use rattler_conda_types::Subdir;

pub(crate) use expand::Build;
pub(crate) use source::Digest;

use crate::{Error, RenderedChannel};

/// A channel as its author wrote it.
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

    /// Makes every file of the channel.
    ///
    /// # Errors
    /// [`Error::Io`] when the archives cannot be put together in the temporary directory.
    pub fn render(&self) -> Result<RenderedChannel, Error> {
        RenderedChannel::new(self)
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
    let token = line_text[skip..].split(" #").next().unwrap_or_default().trim_end();
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
        insta::assert_snapshot!(error("platforms: [linux-64]\npackages:\n  app:\n    versions: [1.0]\n    depends:\n      - python >=3.12\n      - linux: [glibc >>2]\n"), @"");
    }

    #[test]
    fn an_unknown_key_names_the_known_ones() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: [1.0]\n    dependz: []\n"), @"");
    }

    #[test]
    fn an_unknown_platform_is_refused() {
        insta::assert_snapshot!(error("platforms: [linux-46]\npackages: {}\n"), @"");
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: [1.0]\n    build: $numbr_x\n"), @"");
    }

    #[test]
    fn a_wrong_date_is_refused() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: {1.0: 2025-13-01}\n"), @"");
    }

    #[test]
    fn a_package_twice_is_refused() {
        insta::assert_snapshot!(error("packages:\n  app: {versions: [1.0], noarch: generic}\n  app: {versions: [2.0], noarch: generic}\n"), @"");
    }

    #[test]
    fn two_builds_of_one_file_name_are_refused() {
        insta::assert_snapshot!(error("platforms: [linux-64]\npackages:\n  zlib: {versions: [1.0]}\n  app:\n    - {versions: [1.0], build: a_0}\n    - {versions: [1.0], build: a_0}\n"), @"");
    }

    #[test]
    fn a_noarch_package_has_no_platforms() {
        insta::assert_snapshot!(error("packages:\n  app:\n    versions: [1.0]\n    noarch: python\n    depends: [{linux: libgcc}]\n"), @"");
    }

    #[test]
    fn a_build_for_no_platform_is_refused() {
        insta::assert_snapshot!(error("platforms: [linux-64]\npackages:\n  app:\n    versions: [1.0]\n    platforms: [osx]\n"), @"");
    }
}
