//! Which locks are compared.

use std::collections::BTreeSet;
use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, read_bytes};
use lockit_lockfile::agreement::disagreement;
use lockit_lockfile::detect::{self, is_lockfile};
use lockit_lockfile::names::DEFAULT_ENVIRONMENT;
use lockit_lockfile::{Format, Lock};

use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::git::Git;

/// Where the files of one side come from.
enum Source {
    WorkingTree,
    Revision(String),
}

/// Reads both sides.
pub(super) fn read(
    words: &[String],
    context: &Context,
) -> Result<(Vec<Lock>, Vec<Lock>), CommandError> {
    let git = Git::new(context);
    if let [old, new] = words
        && Path::new(old).is_file()
        && Path::new(new).is_file()
    {
        // Two large files are read at the same time.
        return std::thread::scope(|scope| {
            let before = scope.spawn(|| one(old));
            let after = one(new);
            let before = before.join().map_err(|_| CommandError::error("reading a file failed"))?;
            Ok((before?, after?))
        });
    }
    let (first, rest) =
        words.split_first().map_or(("", words), |(first, rest)| (first.as_str(), rest));
    if let Some((old, new)) = first.split_once("..")
        && git.is_revision(if old.is_empty() { "HEAD" } else { old })
    {
        let revision = |text: &str| {
            let text = text.trim_start_matches('.');
            Source::Revision(if text.is_empty() { "HEAD".into() } else { text.to_owned() })
        };
        return both(&git, &revision(old), &revision(new), rest);
    }
    // `REVISION:path`, on either side.
    if let [old, new] = words
        && (named(old).is_some() || named(new).is_some())
    {
        return Ok((place(&git, old)?, place(&git, new)?));
    }
    if Path::new(first).is_file() && rest.is_empty() {
        let head = Source::Revision("HEAD".into());
        return both(&git, &head, &Source::WorkingTree, words);
    }
    if git.is_revision(first) {
        if let [second] = rest
            && !Path::new(second).is_file()
            && git.is_revision(second)
        {
            let second = Source::Revision(second.clone());
            return both(&git, &Source::Revision(first.to_owned()), &second, &[]);
        }
        return both(&git, &Source::Revision(first.to_owned()), &Source::WorkingTree, rest);
    }
    let missing = words.iter().find(|word| !Path::new(word).is_file()).map_or(first, |word| word);
    Err(CommandError::error(format!("there is no file and no revision of git called `{missing}`"))
        .hint("name two lockfiles, or a revision such as `HEAD~1`"))
}

/// The locks that several lockfiles hold together.
pub(super) fn parts(paths: &[String]) -> Result<Vec<Lock>, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        let read = detect::read(Path::new(path))?;
        files.push((path.clone(), (read.format, read.locks)));
    }
    Ok(unite(files))
}

/// The two parts of `REVISION:path`. A letter before `:` is a drive.
fn named(word: &str) -> Option<(&str, &str)> {
    word.split_once(':').filter(|(revision, path)| revision.len() > 1 && !path.is_empty())
}

fn place(git: &Git, word: &str) -> Result<Vec<Lock>, CommandError> {
    match named(word) {
        Some((revision, path)) => {
            let bytes = git.show(revision, path)?.ok_or_else(|| {
                CommandError::error(format!("there is no file `{path}` in `{revision}`"))
            })?;
            decode(word, &bytes)
        }
        None => one(word),
    }
}

/// One lockfile of the working tree.
fn one(path: &str) -> Result<Vec<Lock>, CommandError> {
    Ok(detect::read(Path::new(path))?.locks)
}

fn decode(name: &str, bytes: &[u8]) -> Result<Vec<Lock>, CommandError> {
    let file = SourceFile::decode(name, bytes)?;
    Ok(detect::read_source(&file)?.locks)
}

/// The same files on two sides: those that are named, else all lockfiles.
fn both(
    git: &Git,
    before: &Source,
    after: &Source,
    names: &[String],
) -> Result<(Vec<Lock>, Vec<Lock>), CommandError> {
    let names: Vec<String> = if names.is_empty() {
        let mut all = lockfiles(git, before)?;
        all.extend(lockfiles(git, after)?);
        all.sort_unstable();
        all.dedup();
        all
    } else {
        names.to_vec()
    };
    let mut found = false;
    let mut side = |source: &Source| -> Result<Vec<(Format, Lock)>, CommandError> {
        let mut locks = Vec::new();
        for name in &names {
            if let Some(bytes) = bytes(git, source, name)? {
                found = true;
                locks.push((name.clone(), decode_any(name, &bytes)?));
            }
        }
        Ok(by_format(locks))
    };
    let (mut before, mut after) = (side(before)?, side(after)?);
    call_by_one_name(&mut before, &mut after);
    if found {
        Ok(paired(&before, &after))
    } else {
        Err(CommandError::from(
            Diagnostic::error("there is no lockfile on either side")
                .hint("name two lockfiles, or lock first with `lockit lock`"),
        ))
    }
}

fn bytes(git: &Git, source: &Source, name: &str) -> Result<Option<Vec<u8>>, CommandError> {
    match source {
        Source::Revision(revision) => git.show(revision, name),
        Source::WorkingTree if Path::new(name).is_file() => Ok(Some(read_bytes(Path::new(name))?)),
        Source::WorkingTree => Ok(None),
    }
}

/// The lockfiles of a side, known by their names and by what they hold.
fn lockfiles(git: &Git, source: &Source) -> Result<Vec<String>, CommandError> {
    let mut names = match source {
        Source::Revision(revision) => git.files(revision)?,
        Source::WorkingTree => git.working_files()?,
    };
    names.retain(|name| {
        [".lock", ".lock.yml", "conda-lock.yml", "conda-lock.yaml"]
            .iter()
            .any(|end| name.ends_with(end))
    });
    let mut ours = Vec::new();
    for name in names {
        let bytes = bytes(git, source, &name)?.unwrap_or_default();
        if std::str::from_utf8(&bytes).is_ok_and(is_lockfile) {
            ours.push(name);
        }
    }
    Ok(ours)
}

fn decode_any(name: &str, bytes: &[u8]) -> Result<(Format, Vec<Lock>), CommandError> {
    let file = SourceFile::decode(name, bytes)?;
    let read = detect::read_source(&file)?;
    Ok((read.format, read.locks))
}

/// Puts files of one platform each together, and tells an environment of several formats once: by
/// the format that keeps most.
fn unite(files: Vec<(String, (Format, Vec<Lock>))>) -> Vec<Lock> {
    let mut united: Vec<Lock> = Vec::new();
    for (_, lock) in by_format(files) {
        if !united.iter().any(|known| known.environment == lock.environment) {
            united.push(lock);
        }
    }
    united
}

/// Puts files of one platform each together. Formats that keep most come first.
fn by_format(mut files: Vec<(String, (Format, Vec<Lock>))>) -> Vec<(Format, Lock)> {
    let rank = |format: Format| Format::MOST_FIRST.iter().position(|one| *one == format);
    files.sort_by_key(|(_, (format, _))| rank(*format));
    let mut united: Vec<(Format, Lock)> = Vec::new();
    for (name, (format, locks)) in files {
        for mut lock in locks {
            if lock.environment.is_empty() {
                lock.environment = environment_of(&name);
            }
            let same = |(of, known): &&mut (Format, Lock)| {
                *of == format && known.environment == lock.environment
            };
            match united.iter_mut().find(same) {
                Some((_, known)) => known.absorb(lock),
                None => united.push((format, lock)),
            }
        }
    }
    united
}

/// What is compared with what: each environment in the format that keeps most and that both sides have, else in the
/// one of either that keeps most. Every other format is told by its name where it says something else, on either
/// side, so that nothing is hidden; where a side does not have it, the first one stands in for it.
fn paired(before: &[(Format, Lock)], after: &[(Format, Lock)]) -> (Vec<Lock>, Vec<Lock>) {
    let mut sides = (Vec::new(), Vec::new());
    let mut names: Vec<&str> = Vec::new();
    for (_, lock) in before.iter().chain(after) {
        if !names.contains(&lock.environment.as_str()) {
            names.push(&lock.environment);
        }
    }
    for name in names {
        let old = |format| of(before, name, format);
        let new = |format| of(after, name, format);
        let first_of = |is_there: &dyn Fn(Format) -> bool| {
            Format::MOST_FIRST.into_iter().find(|format| is_there(*format))
        };
        let in_both = first_of(&|format| old(format).is_some() && new(format).is_some());
        let in_old = in_both.or_else(|| first_of(&|format| old(format).is_some()));
        let in_new = in_both.or_else(|| first_of(&|format| new(format).is_some()));
        let first = (in_old.and_then(old), in_new.and_then(new));
        let differ = |one: Option<&Lock>, other: Option<&Lock>| {
            one.zip(other).is_some_and(|(one, other)| disagreement(one, other).is_some())
        };
        let mut told = vec![(in_new.or(in_old), first)];
        for format in Format::MOST_FIRST {
            let pair = (old(format).or(first.0), new(format).or(first.1));
            if differ(first.0, pair.0) || differ(first.1, pair.1) {
                told.push((Some(format), pair));
            }
        }
        let several = told.len() > 1;
        for (format, (old, new)) in told {
            let named = |lock: &Lock| {
                let mut lock = lock.clone();
                if let Some(format) = format.filter(|_| several) {
                    lock.environment = format!("{name} (kind {format})");
                }
                lock
            };
            sides.0.extend(old.map(named));
            sides.1.extend(new.map(named));
        }
    }
    sides
}

/// An environment that nobody gave a name is `default` in pixi.lock, and is called as its spec in other files and in those
/// of earlier releases. Where there is but one other name, it is that one.
fn call_by_one_name(before: &mut [(Format, Lock)], after: &mut [(Format, Lock)]) {
    let all = before.iter().chain(after.iter()).map(|(_, lock)| lock.environment.as_str());
    let names: BTreeSet<String> =
        all.filter(|name| *name != DEFAULT_ENVIRONMENT).map(str::to_owned).collect();
    let (Some(name), 1) = (names.first(), names.len()) else { return };
    // A file that has both has two environments.
    let has = |side: &[(Format, Lock)], name: &str| {
        side.iter().any(|(format, lock)| format.is_shared() && lock.environment == name)
    };
    let has_both = |side: &[(Format, Lock)]| has(side, name) && has(side, DEFAULT_ENVIRONMENT);
    if has_both(before) || has_both(after) {
        return;
    }
    for (_, lock) in before.iter_mut().chain(after).filter(|(format, _)| format.is_shared()) {
        lock.environment.clone_from(name);
    }
}

/// What a side has of an environment in a format.
fn of<'a>(side: &'a [(Format, Lock)], name: &str, format: Format) -> Option<&'a Lock> {
    let found = side.iter().find(|(of, lock)| *of == format && lock.environment == name);
    found.map(|(_, lock)| lock)
}

/// What a lockfile without a name inside is about: `predict` of `locks/predict-linux-64.lock`.
fn environment_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let stem = name.split('.').next().unwrap_or(name);
    let system =
        ["-linux-", "-osx-", "-win-", "-noarch"].iter().filter_map(|part| stem.find(part)).min();
    let stem = &stem[..system.unwrap_or(stem.len())];
    if folder.is_empty() { stem.to_owned() } else { format!("{folder}/{stem}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_environment() {
        for (path, name) in [
            ("conda-linux-64.lock", "conda"),
            ("locks/predict-osx-arm64.lock", "locks/predict"),
            ("predict.conda-lock.yml", "predict"),
            ("conda-lock.yml", "conda-lock"),
        ] {
            assert_eq!(environment_of(path), name, "{path}");
        }
        assert_eq!(named("HEAD~1:conda-lock.yml"), Some(("HEAD~1", "conda-lock.yml")));
        assert_eq!(named("c:\\conda-lock.yml"), None);
    }
}
