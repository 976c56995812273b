//! Words of a known set: shells complete them, and a wrong one is told as lockit tells everything.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};
use lockit_diagnostic::{Diagnostic, render};
use lockit_lockfile::pixi::PixiVersion;
use lockit_lockfile::{Format, RenderKind};
use lockit_spec::{Platform, parse_platform};

/// Reads one word.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<T> {
    read: fn(&str) -> Result<T, Diagnostic>,
    all: fn() -> Vec<&'static str>,
}

/// A platform to lock for, such as `linux-64`.
pub(crate) fn platform() -> Word<Platform> {
    let all = || {
        let machines = Platform::all().filter(|platform| *platform != Platform::NoArch);
        machines.map(Platform::as_str).collect()
    };
    Word { read: |word| parse_platform(word).map_err(|error| Diagnostic::of(&error)), all }
}

/// A kind of lockfile.
pub(crate) fn format() -> Word<Format> {
    let all = || Format::ALL.map(Format::as_str).to_vec();
    Word { read: |word| word.parse().map_err(|error| Diagnostic::of(&error)), all }
}

/// Anything that a lock can be written as.
pub(crate) fn render_kind() -> Word<RenderKind> {
    let all = || RenderKind::ALL.map(RenderKind::as_str).to_vec();
    Word { read: |word| word.parse().map_err(|error| Diagnostic::of(&error)), all }
}

/// A version of pixi.lock.
pub(crate) fn pixi_version() -> Word<PixiVersion> {
    let all = || PixiVersion::ALL.map(|(name, _)| name).to_vec();
    Word {
        read: |word| {
            let known = PixiVersion::ALL.into_iter().find(|(name, _)| *name == word);
            known.map(|(_, version)| version).ok_or_else(|| {
                Diagnostic::error(format!("version {word} of pixi.lock cannot be written"))
                    .hint(format!("use {}", PixiVersion::ALL.map(|(name, _)| name).join(" or ")))
            })
        },
        all,
    }
}

/// Each value once, in the order in which they were given.
pub(crate) fn each_once<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut once: Vec<T> = Vec::new();
    for value in values {
        if !once.contains(value) {
            once.push(*value);
        }
    }
    once
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Word<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        _argument: Option<&Arg>,
        word: &OsStr,
    ) -> Result<T, Error> {
        (self.read)(&word.to_string_lossy()).map_err(|diagnostic| {
            let text = render(&[diagnostic], false);
            // clap says by itself that it is an error.
            let text = text.strip_prefix("error: ").unwrap_or(&text);
            Error::raw(ErrorKind::InvalidValue, text).with_cmd(command)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.all)().into_iter().map(PossibleValue::new)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Clone + Send + Sync + 'static>(word: &Word<T>, text: &str) -> Result<T, String> {
        let command = Command::new("lockit");
        word.parse_ref(&command, None, OsStr::new(text)).map_err(|error| error.to_string())
    }

    #[test]
    fn every_word_that_shells_complete_is_understood() {
        for one in platform().possible_values().unwrap() {
            assert!(read(&platform(), one.get_name()).is_ok(), "{one:?}");
        }
        for one in render_kind().possible_values().unwrap() {
            assert!(read(&render_kind(), one.get_name()).is_ok(), "{one:?}");
        }
        for one in format().possible_values().unwrap() {
            assert!(read(&format(), one.get_name()).is_ok(), "{one:?}");
        }
    }

    #[test]
    fn a_wrong_word_is_told_with_what_was_meant() {
        let wrong = [
            read(&platform(), "linx-64").unwrap_err(),
            read(&platform(), "noarch").unwrap_err(),
            read(&format(), "explict").unwrap_err(),
            read(&render_kind(), "requirement").unwrap_err(),
        ];
        insta::assert_snapshot!(wrong.concat(), @"
        error: the platform `linx-64` is not known
         = hint: did you mean `linux-64`?
        error: `noarch` is not a platform to lock for
         = hint: packages without a platform are part of every platform's lock
        error: `explict` is no lockfile kind; use one of `explicit`, `lock`, `pixi`, `env`
         = hint: did you mean `explicit`?
        error: `requirement` is nothing that can be rendered
         = hint: did you mean `requirements`?
         = hint: use one of `explicit`, `lock`, `pixi`, `env`, `requirements`, `pylock`
        ");
    }
}
