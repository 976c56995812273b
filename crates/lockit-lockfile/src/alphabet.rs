//! Which characters names, versions and builds are made of, and what of a lock keeps to it.
//!
//! They become parts of file names, of lines, of YAML, of Dockerfiles and of pull requests. CEP 26 says what they are
//! made of, and nothing of that means anything in any of these. So what is made of something else is no package: an
//! index is read without it, and a lockfile with it is refused.

use lockit_diagnostic::{Diagnostic, SourceFile, Span, is_hidden, visible};
use lockit_spec::credentials::has_secret;

use crate::error::FormatError;
use crate::{Lock, PipRecord, PipSource, Record};

/// Whether a text can be the name of a conda package. Capital letters are let through: old channels have them.
pub fn is_package_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && is_made_of(text, "_.-+")
}

/// Whether a text can be the version of a conda package.
pub fn is_version(text: &str) -> bool {
    !text.is_empty() && is_made_of(text, "_.!+")
}

/// Whether a text can be the build string of a conda package. Where a format keeps none it is empty.
pub fn is_build(text: &str) -> bool {
    is_made_of(text, "_.+")
}

/// Whether a text can be the name of an archive.
pub fn is_file_name(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('.') && is_made_of(text, "_.!+-")
}

fn is_made_of(text: &str, besides: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || besides.as_bytes().contains(&byte))
}

/// A part of a lock that is made of something else.
pub(crate) struct Odd<'a> {
    /// What it is a part of, `name version`.
    package: String,
    what: &'static str,
    value: &'a str,
    /// What stands in a file beside it, for the place.
    beside: Option<&'a str>,
}

impl<'a> Odd<'a> {
    /// The first one of a lock.
    pub(crate) fn of(lock: &'a Lock) -> Option<Self> {
        let channel = lock.channels.iter().find(|channel| channel.url.contains(is_hidden));
        if let Some(channel) = channel {
            let (what, value) = ("the address", channel.url.as_str());
            return Some(Self { package: "a channel".to_owned(), what, value, beside: None });
        }
        lock.platforms.values().find_map(|chosen| {
            let conda = chosen.records.iter().find_map(|record| Self::of_conda(record));
            conda.or_else(|| chosen.pip.iter().find_map(Self::of_pip))
        })
    }

    fn of_conda(record: &'a Record) -> Option<Self> {
        let odd = |what, value| Self {
            package: format!("`{}`", visible(&record.label())),
            what,
            value,
            beside: record.url.as_deref(),
        };
        if !is_package_name(&record.name) {
            return Some(odd("the name", &record.name));
        }
        // What is not built yet may have none.
        let is_unbuilt = record.built_from.is_some() && record.version.is_empty();
        if !is_unbuilt && !is_version(&record.version) {
            return Some(odd("the version", &record.version));
        }
        if !is_build(&record.build) {
            return Some(odd("the build string", &record.build));
        }
        let texts = [
            ("the address", &record.url),
            ("the channel", &record.channel),
            ("the place of the sources", &record.built_from),
        ];
        for (what, text) in texts {
            if let Some(text) = text.as_deref().filter(|text| is_odd_address(text)) {
                return Some(odd(what, text));
            }
        }
        let path = record.python_site_packages_path.as_deref();
        path.filter(|path| !is_plain_path(path))
            .map(|path| odd("the folder of python modules", path))
    }

    fn of_pip(record: &'a PipRecord) -> Option<Self> {
        let odd = |what, value| Self {
            package: format!("`{}`", visible(&record.label())),
            what,
            value,
            beside: Some(&record.name),
        };
        if !is_package_name(&record.name) {
            return Some(odd("the name", &record.name));
        }
        if !is_made_of(&record.version, "_.!+-") {
            return Some(odd("the version", &record.version));
        }
        if let Some(extra) = record.extras.iter().find(|extra| !is_made_of(extra, "_.-")) {
            return Some(odd("an extra", extra));
        }
        let (texts, folder) = match &record.source {
            PipSource::Archive { url, index } => ([Some(url), index.as_ref()], None),
            PipSource::Git { url, commit, subdirectory } => {
                ([Some(url), Some(commit)], subdirectory.as_ref())
            }
            PipSource::Folder { path, .. } => ([Some(path), None], None),
        };
        let text = texts.into_iter().flatten().find(|text| is_odd_address(text));
        let text = text.or_else(|| folder.filter(|folder| folder.contains(is_hidden)));
        text.map(|text| odd("the address", text))
    }

    /// What to say of the file that it was read from, at its place.
    pub(crate) fn diagnostic(&self, file: &SourceFile) -> Diagnostic {
        let diagnostic = Diagnostic::error(format!(
            "{} of {} has characters that are not allowed",
            self.what, self.package
        ));
        let text = file.text();
        let places = [Some(self.value), self.beside].into_iter().flatten();
        let place = places.filter(|place| !place.is_empty()).find_map(|place| {
            let start = text.find(place)?;
            Some(Span::new(start, start + place.len()))
        });
        let diagnostic = match place {
            Some(span) if !has_secret(&text[span.start..span.end]) => {
                diagnostic.label(file, span, self.allowed())
            }
            _ => diagnostic.note(format!("in `{}`; {}", file.name(), self.allowed())),
        };
        diagnostic.hint("no channel has such a package: lock again from the specs")
    }

    fn allowed(&self) -> &'static str {
        match self.what {
            "the name" | "an extra" => "names have letters, digits, `-`, `_` and `.`",
            "the version" => "versions have letters, digits, `.`, `_`, `!` and `+`",
            "the build string" => "build strings have letters, digits, `_`, `.` and `+`",
            _ => "addresses have no blanks and nothing invisible",
        }
    }
}

/// What would end a line, or a word in a line. Paths may have blanks.
fn is_odd_address(text: &str) -> bool {
    text.contains(is_hidden) || (text.contains("://") && text.contains(char::is_whitespace))
}

/// `lib/python3.12/site-packages`: it becomes a part of commands.
fn is_plain_path(path: &str) -> bool {
    is_made_of(path, "_.-+/")
        && !path.starts_with(['/', '-'])
        && !path.split('/').any(|part| part == "..")
}

impl Lock {
    /// Nothing is written that would be read as something else.
    pub(crate) fn refuse_odd_texts(&self) -> Result<(), FormatError> {
        match Odd::of(self) {
            None => Ok(()),
            Some(odd) => Err(FormatError::Value {
                what: format!("{} `{}` of {}", odd.what, visible(odd.value), odd.package),
                reason: odd.allowed().to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockit_spec::Platform;
    use proptest::prelude::*;

    use super::*;
    use crate::{detect, explicit, rendered_env, sample};

    #[test]
    fn what_packages_are_called() {
        for name in ["numpy", "_libgcc_mutex", "r-base", "ruamel.yaml", "libstdcxx-ng", "PyYAML"] {
            assert!(is_package_name(name), "{name}");
        }
        for name in ["", "-x", "..", "a b", "a\nb", "a/b", "a`b", "@org", "a:b", "é", "a\u{202e}b"]
        {
            assert!(!is_package_name(name), "{name}");
        }
        for version in ["1.0", "2024b", "1!2.0+local.1", "9e", "1.0_rc1", "3.12.0rc1"] {
            assert!(is_version(version), "{version}");
        }
        for version in ["", "1 0", "1\n", "1-0", "1|2", "1*", "<1", "1;x"] {
            assert!(!is_version(version), "{version}");
        }
        for build in ["", "0", "py312h1234567_0", "h0_0_cpython", "1_cuda12.4+x"] {
            assert!(is_build(build), "{build}");
        }
        for build in ["h 0", "h\n- evil=1", "h`0", "<b>", "a-b", "[x](y)", "h:0"] {
            assert!(!is_build(build), "{build}");
        }
    }

    /// A lock with one text of its first package changed.
    fn with(change: impl FnOnce(&mut Record)) -> Lock {
        let mut lock = sample::lock();
        let records = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().records;
        change(Arc::make_mut(&mut records[0]));
        lock
    }

    #[test]
    fn a_lock_with_other_texts_is_not_written() {
        let hostile = "h0_0\n  - evil=1=0";
        let lock = with(|record| record.build = hostile.to_owned());
        let error = rendered_env::write(&lock, Platform::Linux64).unwrap_err().to_string();
        insta::assert_snapshot!(error, @r"the build string `h0_0\n  - evil=1=0` of `libzlib 1.3.1 h0_0\n  - evil=1=0` cannot be written: build strings have letters, digits, `_`, `.` and `+`");
        for lock in [
            lock,
            with(|record| record.name = "a\n- b".into()),
            with(|record| record.version = "1\u{2028}".into()),
            with(|record| record.url = Some("https://h/c/noarch/a-1-0.conda\n# pip x".into())),
            with(|record| record.channel = Some("https://h/c\u{85}".into())),
            with(|record| record.python_site_packages_path = Some("lib; rm -rf /".into())),
        ] {
            assert!(lock.refuse_odd_texts().is_err());
            let options = explicit::ExplicitOptions::default();
            assert!(explicit::write(&lock, Platform::Linux64, options).is_err());
            assert!(rendered_env::write(&lock, Platform::Linux64).is_err());
            assert!(crate::conda_lock::write(&lock, "conda-lock.yml").is_err());
            assert!(crate::pixi::write(&[&lock], crate::pixi::WriteOptions::default()).is_err());
        }
        assert!(sample::lock().refuse_odd_texts().is_ok());
    }

    #[test]
    fn a_lockfile_with_other_texts_is_refused_at_its_place() {
        let head = "# platform: linux-64\n@EXPLICIT\n";
        let refused = |text: &str| {
            let file = SourceFile::new("x.lock", text);
            lockit_diagnostic::render(&[*detect::read_source(&file).unwrap_err()], false)
        };
        let shown = refused(&format!("{head}https://h/c/noarch/a-1-h%0A0.conda\n"));
        insta::assert_snapshot!(shown, @r"
        error: the build string of `a 1 h\n0` has characters that are not allowed
         --> x.lock:3:1
          |
        3 | https://h/c/noarch/a-1-h%0A0.conda
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ build strings have letters, digits, `_`, `.` and `+`
          |
          = hint: no channel has such a package: lock again from the specs
        ");
        let shown = refused("# platform: linux-64\ndependencies:\n  - a=1=h`0|@org\n");
        insta::assert_snapshot!(shown, @"
        error: the build string of `a 1 h`0|@org` has characters that are not allowed
         --> x.lock:3:9
          |
        3 |   - a=1=h`0|@org
          |         ^^^^^^^^ build strings have letters, digits, `_`, `.` and `+`
          |
          = hint: no channel has such a package: lock again from the specs
        ");
        let shown = refused(
            "version: 1\nmetadata:\n  content_hash: {linux-64: a}\n  channels: []\n  platforms: [linux-64]\n  sources: []\npackage:\n\
             - name: \"a\\nb\"\n  version: '1'\n  manager: conda\n  platform: linux-64\n  dependencies: {}\n  \
             url: https://h/c/noarch/a-1-0.conda\n  hash: {md5: 00}\n  category: main\n  optional: false\n",
        );
        insta::assert_snapshot!(shown, @r"
        error: the name of `a\nb 1 0` has characters that are not allowed
          --> x.lock:13:8
           |
        13 |   url: https://h/c/noarch/a-1-0.conda
           |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ names have letters, digits, `-`, `_` and `.`
           |
           = hint: no channel has such a package: lock again from the specs
        ");
    }

    proptest! {
        /// Whatever a build is, the lines of an environment are as many as there are packages.
        #[test]
        fn no_build_adds_a_line(build in "(\\PC|[\n\r\u{85}\u{2028}]|: |- |#){0,8}") {
            let lock = with(|record| record.build.clone_from(&build));
            if let Ok(text) = rendered_env::write(&lock, Platform::Linux64) {
                let lines = |text: &str| text.lines().count();
                let usual = rendered_env::write(&sample::lock(), Platform::Linux64).unwrap();
                prop_assert_eq!(lines(&text), lines(&usual));
                let document: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
                let first = &document["dependencies"];
                prop_assert!(first.as_sequence().unwrap().iter().all(|one| one.is_string() || one.is_mapping()));
            }
        }
    }
}
