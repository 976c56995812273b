//! Finds out what a file is, and reads it.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, ReadError, SourceFile, conflict_marker, our_side};

use lockit_spec::code;
use lockit_spec::credentials::has_secret;

use crate::alphabet::Odd;
use crate::{
    Format, Lock, Pool, clear_text, conda_lock, explicit, pixi, rendered_env, write::is_leftover,
};

/// A lockfile as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Lockfile {
    /// Its format.
    pub format: Format,
    /// Its locks: several for `pixi.lock`, one for every other format.
    pub locks: Vec<Lock>,
    /// What a person should know: credentials in clear text.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a lockfile of any format.
///
/// # Errors
/// A file that cannot be read, that is no lockfile (the message says what it is instead), or that is
/// a broken one (the message shows the line).
pub fn read(path: &Path) -> Result<Lockfile, Box<Diagnostic>> {
    read_by(path, SourceFile::read)
}

/// The same for a file whose text comes from somewhere else than the disk.
///
/// # Errors
/// As [`read`].
pub fn read_by(
    path: &Path,
    text: impl FnOnce(&Path) -> Result<SourceFile, ReadError>,
) -> Result<Lockfile, Box<Diagnostic>> {
    let name = path.display();
    if path.file_name().and_then(|name| name.to_str()).is_some_and(is_leftover) {
        return Err(Box::new(
            Diagnostic::error(format!("`{name}` is the leftover of a run that was killed"))
                .hint("delete it; no lockfile was harmed"),
        ));
    }
    if path.is_dir() {
        return Err(Box::new(
            Diagnostic::error(format!("`{name}` is a folder")).hint("name the lockfile in it"),
        ));
    }
    match text(path) {
        Ok(file) => read_source(&file),
        Err(ReadError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => Err(Box::new(
            Diagnostic::error(format!("there is no file `{name}`"))
                .hint("make it with `lockit lock`"),
        )),
        Err(ReadError::Io(error)) => Err(Box::new(
            Diagnostic::error(format!("cannot read `{name}`")).note(error.to_string()),
        )),
        Err(error) => Err(Box::new(
            Diagnostic::error(format!("`{name}` is no lockfile")).note(error.to_string()),
        )),
    }
}

/// Reads the text of a lockfile of any format. The file's name matters only for messages.
///
/// # Errors
/// As [`read`].
pub fn read_source(file: &SourceFile) -> Result<Lockfile, Box<Diagnostic>> {
    read_into(file, &mut Pool::default())
}

/// The same for one of many: what is in several of them is taken from the pool.
///
/// # Errors
/// As [`read`].
pub fn read_into(file: &SourceFile, pool: &mut Pool) -> Result<Lockfile, Box<Diagnostic>> {
    let mut read = match read_format(file, pool) {
        Ok(read) => read,
        Err(error) => {
            let mut concealed = lockit_spec::conceal_diagnostics(vec![*error]);
            return Err(Box::new(concealed.pop().expect("as many come out as go in")));
        }
    };
    if let Some(odd) = read.locks.iter().find_map(Odd::of) {
        let mut concealed = lockit_spec::conceal_diagnostics(vec![odd.diagnostic(file)]);
        return Err(Box::new(concealed.pop().expect("as many come out as go in")));
    }
    let dropped = read.locks.iter_mut().map(Lock::drop_secrets).fold(false, |all, one| all | one);
    let is_told = |one: &Diagnostic| one.code == Some(code::URL_CREDENTIALS);
    // The others have looked at each address.
    let is_unseen = read.format == Format::Env && has_secret(file.text());
    if !read.warnings.iter().any(is_told) && (dropped || is_unseen) {
        read.warnings.push(clear_text::holds_credentials(file));
    }
    read.warnings = lockit_spec::conceal_diagnostics(read.warnings);
    Ok(read)
}

fn read_format(file: &SourceFile, pool: &mut Pool) -> Result<Lockfile, Box<Diagnostic>> {
    let one = |format, (lock, warnings)| Lockfile { format, locks: vec![lock], warnings };
    match recognise(file.text()) {
        Kind::Lockfile(Format::Explicit) => {
            explicit_file(file, pool).map(|read| one(Format::Explicit, read))
        }
        Kind::Lockfile(Format::CondaLock) => {
            conda_lock::read(file).map(|read| one(Format::CondaLock, read))
        }
        Kind::Lockfile(Format::Env) => rendered_env::read(file).map(|read| one(Format::Env, read)),
        Kind::Lockfile(Format::Pixi) => pixi::read(file).map(|(locks, warnings)| Lockfile {
            format: Format::Pixi,
            locks,
            warnings,
        }),
        Kind::Conflict => Err(Box::new(conflict(file))),
        Kind::Other(what, hint) => {
            let diagnostic =
                Diagnostic::error(format!("`{}` is no lockfile, it is {what}", file.name()));
            Err(Box::new(match hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic.hint(
                    "lockit reads explicit files, conda-lock.yml, pixi.lock and rendered environments",
                ),
            }))
        }
    }
}

/// An explicit file. Its lines are so plain that one with merge conflicts cannot be read, so they are looked for only
/// then.
fn explicit_file(
    file: &SourceFile,
    pool: &mut Pool,
) -> Result<(Lock, Vec<Diagnostic>), Box<Diagnostic>> {
    explicit::read_into(file, pool).map_err(|error| match conflict_marker(file.text()) {
        Some(_) => Box::new(conflict(file)),
        None => error,
    })
}

/// What to say of a file with both sides of a merge.
fn conflict(file: &SourceFile) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("`{}` has merge conflicts", file.name()));
    let diagnostic = match conflict_marker(file.text()) {
        Some(span) => diagnostic.label(file, span, "the first one"),
        None => diagnostic,
    };
    diagnostic.hint("`lockit merge` resolves it as soon as the specs are resolved")
}

/// Whether a text never was a lockfile, so that nobody can mean to have it written over.
///
/// What begins like a lockfile is one, cut short or broken.
pub fn is_foreign(text: &str) -> bool {
    const BEGINNINGS: [&str; 5] = [
        "# Generated by ",
        "# This lock file was generated by ",
        "# This file may be used to create an environment",
        "version:",
        explicit::MARKER,
    ];
    let text = text.trim_start();
    let begins_like_one = BEGINNINGS.iter().any(|beginning| text.starts_with(beginning));
    !text.is_empty() && !begins_like_one && matches!(recognise(text), Kind::Other(..))
}

/// Whether a text is a lockfile of a kind that lockit reads, broken or not.
pub fn is_lockfile(text: &str) -> bool {
    match recognise(text) {
        Kind::Lockfile(_) => true,
        Kind::Conflict => matches!(recognise(&our_side(text)), Kind::Lockfile(_)),
        Kind::Other(..) => false,
    }
}

enum Kind {
    Lockfile(Format),
    /// Both sides of a merge.
    Conflict,
    /// What it is instead, and what to do.
    Other(&'static str, Option<&'static str>),
}

fn recognise(text: &str) -> Kind {
    let other = |what| Kind::Other(what, None);
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return Kind::Other("empty", Some("make it again with `lockit lock`"));
    }
    if text.contains('\0') {
        return other("a binary file");
    }
    if trimmed.starts_with('<') {
        return Kind::Other(
            "a web page",
            Some("look at it: a download may have ended at a login page"),
        );
    }
    if first_line(text).is_some_and(|line| line.trim_end() == explicit::MARKER) {
        return Kind::Lockfile(Format::Explicit);
    }
    if conflict_marker(text).is_some() {
        return Kind::Conflict;
    }
    if trimmed.starts_with('{') {
        return other(json_kind(trimmed));
    }
    let Some(first) = first_line(text) else {
        return other("only comments");
    };
    let has_key = |key: &str| {
        text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
    };
    if first.starts_with("http") && text.contains(explicit::MARKER) {
        return Kind::Lockfile(Format::Explicit);
    }
    if has_key("version") && has_key("metadata") && has_key("package") {
        // pixi wrote conda-lock.yml at first, and went its own way from version 2 on: dependencies
        // became a list.
        let version = text.lines().find_map(|line| line.strip_prefix("version:"));
        let listed = ["\n  dependencies: []\n", "\n  dependencies:\n  - "];
        let of_pixi = match version.map(str::trim) {
            Some("3") => true,
            Some("2") => listed.iter().any(|form| text.contains(form)),
            _ => false,
        };
        if of_pixi {
            return Kind::Lockfile(Format::Pixi);
        }
        return Kind::Lockfile(Format::CondaLock);
    }
    if has_key("version") && has_key("environments") {
        return Kind::Lockfile(Format::Pixi);
    }
    if has_key("dependencies") {
        // conda-lock and lockit name the platform in a comment; nobody else does.
        let rendered = text.lines().any(|line| line.starts_with("# platform:"));
        return if rendered {
            Kind::Lockfile(Format::Env)
        } else {
            Kind::Other("an environment file", Some("lock it with `lockit lock -f FILE`"))
        };
    }
    if has_key("version") && has_key("package") || has_key("version") && has_key("metadata") {
        // A conda-lock.yml that lacks a part is explained best by its own reader.
        return Kind::Lockfile(Format::CondaLock);
    }
    if has_key("lockfileVersion") {
        return other("a lockfile of pnpm");
    }
    toml_or_rest(text, first)
}

/// The first line that is no comment decides. Keys stand at the start of a line.
fn first_line(text: &str) -> Option<&str> {
    let is_key = |line: &&str| !line.starts_with(['#', ' ', '\t', '-', '\r']) && !line.is_empty();
    text.lines().find(is_key)
}

fn json_kind(text: &str) -> &'static str {
    let has = |key: &str| text.contains(&format!("\"{key}\""));
    if has("lockfileVersion") {
        "a lockfile of npm"
    } else if has("_meta") && has("default") {
        "a lockfile of Pipenv"
    } else if has("repodata_version") || has("packages.conda") {
        "the index of a channel"
    } else {
        "JSON"
    }
}

fn toml_or_rest(text: &str, first: &str) -> Kind {
    let other = |what| Kind::Other(what, None);
    if text.contains("[[package]]") {
        return other(
            if text.contains("@generated by Poetry") || text.contains("[metadata]\nlock-version") {
                "a lockfile of Poetry"
            } else if text.contains("requires-python") {
                "a lockfile of uv"
            } else {
                "a lockfile of Cargo"
            },
        );
    }
    if text.contains("[[packages]]") && text.contains("lock-version") {
        return other("a Python lockfile (PEP 751)");
    }
    if first.starts_with('[')
        && (text.contains("[dependencies]")
            || text.contains("[project]")
            || text.contains("[tool."))
    {
        return Kind::Other("a project file", Some("lock it with `lockit lock -f FILE`"));
    }
    if text.contains("://") && text.contains(".conda") {
        return Kind::Other(
            "a list of package addresses without the line `@EXPLICIT`",
            Some("add `@EXPLICIT` before the first address"),
        );
    }
    if first.contains("==") || text.contains("--hash=sha256:") {
        return other("a requirements file of pip");
    }
    other("text of an unknown kind")
}

#[cfg(test)]
mod tests {
    use lockit_spec::Platform;

    use super::*;
    use crate::sample;

    #[test]
    fn every_written_format_is_recognised() {
        let mut lock = sample::lock();
        lock.channels.truncate(1);
        // pixi.lock has no place for variables.
        for chosen in lock.platforms.values_mut() {
            chosen.pip.retain(|record| record.name != "inner");
        }
        let texts = [
            (
                Format::Explicit,
                explicit::write(&lock, Platform::Linux64, explicit::ExplicitOptions::default())
                    .unwrap(),
            ),
            (Format::CondaLock, conda_lock::write(&lock, "conda-lock.yml").unwrap()),
            (Format::Pixi, pixi::write(&[&lock], pixi::WriteOptions::default()).unwrap()),
            (Format::Env, rendered_env::write(&lock, Platform::Linux64).unwrap()),
        ];
        let folder = tempfile::tempdir().unwrap();
        for (format, text) in texts {
            for text in [text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
                let path = folder.path().join("file");
                fs_err::write(&path, text).unwrap();
                let read = read(&path).unwrap_or_else(|error| {
                    panic!("{format}: {}", lockit_diagnostic::render(&[*error], false))
                });
                assert_eq!(read.format, format);
                assert_eq!(read.locks[0].platforms[&Platform::Linux64].records.len(), 6);
            }
        }
    }

    #[test]
    fn files_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let message = |name: &str| {
            let error = read(&folder.path().join(name)).unwrap_err();
            error.message.replace(&folder.path().display().to_string(), "")
        };
        fs_err::write(folder.path().join("bytes"), b"\x1f\x8b\x08\x00\xff").unwrap();
        assert_eq!(message("missing.lock"), "there is no file `/missing.lock`");
        assert_eq!(message(""), "`/` is a folder");
        assert_eq!(
            message(".lockit-tmp-x"),
            "`/.lockit-tmp-x` is the leftover of a run that was killed"
        );
        assert_eq!(message("bytes"), "`/bytes` is no lockfile");
    }

    fn what(text: &str) -> String {
        match recognise(text) {
            Kind::Lockfile(format) => format!("a lockfile: {format}"),
            Kind::Conflict => "a merge".to_owned(),
            Kind::Other(what, hint) => {
                format!("{what}{}", hint.map(|hint| format!("; {hint}")).unwrap_or_default())
            }
        }
    }

    #[test]
    fn every_kind_of_file_is_called_what_it_is() {
        for (text, expected) in [
            (" \n", "empty; make it again with `lockit lock`"),
            ("# nothing\n", "only comments"),
            ("a\0b", "a binary file"),
            ("<html>", "a web page; look at it: a download may have ended at a login page"),
            ("@EXPLICIT\n", "a lockfile: explicit"),
            ("# platform: linux-64\n@EXPLICIT\n", "a lockfile: explicit"),
            ("https://h/c/noarch/a-1-0.conda\n@EXPLICIT\n", "a lockfile: explicit"),
            (
                "<<<<<<< ours\nversion: 1\n=======\nversion: 2\n>>>>>>> theirs\n",
                "a web page; look at it: a download may have ended at a login page",
            ),
            ("name: x\n<<<<<<< ours\n=======\n>>>>>>> theirs\n", "a merge"),
            ("version: 1\nmetadata:\npackage:\n", "a lockfile: lock"),
            ("version: 1\npackage:\n", "a lockfile: lock"),
            ("version: 1\nmetadata:\n", "a lockfile: lock"),
            ("metadata:\npackage:\n", "text of an unknown kind"),
            // pixi's first files, which look like conda-lock's.
            ("version: 3\nmetadata:\npackage: []\n", "a lockfile: pixi"),
            (
                "version: 2\nmetadata:\npackage:\n- name: a\n  dependencies: []\n",
                "a lockfile: pixi",
            ),
            (
                "version: 2\nmetadata:\npackage:\n- name: a\n  dependencies:\n  - b\n",
                "a lockfile: pixi",
            ),
            (
                "version: 2\nmetadata:\npackage:\n- name: a\n  dependencies: {}\n",
                "a lockfile: lock",
            ),
            (
                "version: 1\nmetadata:\npackage:\n- name: a\n  dependencies: []\n",
                "a lockfile: lock",
            ),
            ("version: 6\nenvironments:\n", "a lockfile: pixi"),
            ("environments:\n", "text of an unknown kind"),
            ("# platform: linux-64\ndependencies:\n", "a lockfile: env"),
            ("dependencies:\n", "an environment file; lock it with `lockit lock -f FILE`"),
            ("lockfileVersion: '9.0'\n", "a lockfile of pnpm"),
            ("{\"lockfileVersion\": 3}", "a lockfile of npm"),
            ("{\"_meta\": {}, \"default\": {}}", "a lockfile of Pipenv"),
            ("{\"_meta\": {}}", "JSON"),
            ("{\"default\": {}}", "JSON"),
            ("{\"packages.conda\": {}}", "the index of a channel"),
            ("{\"repodata_version\": 1}", "the index of a channel"),
            ("# @generated by Poetry\n[[package]]\n", "a lockfile of Poetry"),
            ("[metadata]\nlock-version = \"2\"\n[[package]]\n", "a lockfile of Poetry"),
            ("requires-python = \">=3\"\n[[package]]\n", "a lockfile of uv"),
            ("[[package]]\n", "a lockfile of Cargo"),
            ("lock-version = \"1.0\"\n[[packages]]\n", "a Python lockfile (PEP 751)"),
            ("[[packages]]\n", "text of an unknown kind"),
            ("[project]\n", "a project file; lock it with `lockit lock -f FILE`"),
            ("[dependencies]\n", "a project file; lock it with `lockit lock -f FILE`"),
            ("[tool.pixi]\n", "a project file; lock it with `lockit lock -f FILE`"),
            ("[other]\n", "text of an unknown kind"),
            ("x = \"[project]\"\n", "text of an unknown kind"),
            (
                "https://h/c/noarch/a-1-0.conda\n",
                "a list of package addresses without the line `@EXPLICIT`; add `@EXPLICIT` before the first address",
            ),
            ("see https://h/c\n", "text of an unknown kind"),
            ("six==1.16\n", "a requirements file of pip"),
            ("six \\\n  --hash=sha256:00\n", "a requirements file of pip"),
        ] {
            assert_eq!(what(text), expected, "{text}");
        }
    }

    /// What a run may write over: what is empty, and what is or was a lockfile.
    #[test]
    fn a_file_that_never_was_a_lockfile_is_nobodys_to_write_over() {
        for foreign in ["Dear all,\n", "dependencies:\n", "{\"a\": 1}", "\n\n[project]\n", "<html>"]
        {
            assert!(is_foreign(foreign), "{foreign}");
        }
        for ours in [
            "",
            " \n",
            "@EXPLICIT\n",
            "# Generated by lockit.\n",
            "\n# This lock file was generated by conda-lock\n",
            "# This file may be used to create an environment using:\n",
            "version: 1\nmeta",
            "# platform: linux-64\ndependencies:\n",
            "name: x\n<<<<<<< ours\n=======\n>>>>>>> theirs\n",
        ] {
            assert!(!is_foreign(ours), "{ours}");
        }
    }
}
