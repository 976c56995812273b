//! A run as a line of words: what a lockfile records about its making, and what messages tell people to type.

use std::path::Path;

use clap::{Parser, Subcommand, ValueEnum};
use lockit_lockfile::lock_specification::Cuda;

use crate::args::lock::LockArgs;
use crate::args::selection::{PriorityArg, StrategyArg};
use lockit_project::error::ProjectError;
use lockit_project::selection::{GivenEnvironment, Selection};
use lockit_project::standing::Writing;

/// `lockit …`, the words of which lock.
#[derive(Debug, Parser)]
#[command(name = "lockit")]
struct Line {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    lock: LockArgs,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Lock(Box<LockArgs>),
}

/// The command that makes lockfiles again. It is read by [`parse()`], and by a POSIX shell.
pub(crate) fn write(asked: &Selection, writing: Writing) -> String {
    let mut line = Words::default();
    for file in &asked.files {
        line.path("-f", file);
    }
    for given in &asked.given {
        line.option("--env", &given_text(given));
    }
    for name in &asked.environments {
        line.option("--environment", name);
    }
    for channel in &asked.channels {
        line.option("-c", channel);
    }
    if let Some(priority) = asked.channel_priority {
        line.option("--channel-priority", &value_name(&PriorityArg::from(priority)));
    }
    if let Some(strategy) = asked.strategy {
        line.option("--strategy", &value_name(&StrategyArg::from(strategy)));
    }
    if let Some(strategy) = asked.index_strategy {
        line.option("--index-strategy", strategy.as_str());
    }
    if let Some(cutoff) = &asked.exclude_newer {
        line.option("--exclude-newer", &cutoff.text);
    }
    for exception in &asked.exclude_newer_package {
        line.option("--exclude-newer-package", &exception.to_string());
    }
    if let Some(spec) = &asked.virtual_package_spec {
        line.path("--virtual-package-spec", spec);
    }
    match &asked.cuda {
        Cuda::Default => {}
        Cuda::Version(version) => line.option("--with-cuda", version),
        Cuda::Absent => line.word("--without-cuda"),
    }
    if let Some(names) = &asked.pypi_to_conda {
        line.option("--pypi_to_conda_lookup_file", names);
    }
    if asked.filter_categories {
        line.word("--filter-categories");
        asked.categories.words().iter().for_each(|word| line.word(word));
    }
    if asked.skip_pip {
        line.word("--skip-pip");
    }
    if let Some(lockfile) = &asked.lockfile {
        line.path("--lockfile", lockfile);
    }
    if let Some(template) = &asked.filename_template {
        line.option("--filename-template", template);
    }
    for platform in &asked.platforms {
        line.option("-p", platform.as_str());
    }
    if !asked.kinds.is_empty() {
        let kinds: Vec<&str> = asked.kinds.iter().map(|kind| kind.as_str()).collect();
        line.option("-k", &kinds.join(","));
    }
    if !asked.filter_categories {
        asked.categories.words().iter().for_each(|word| line.word(word));
    }
    if writing.md5 {
        line.word("--md5");
    }
    if writing.strip_auth {
        line.word("--strip-auth");
    }
    line.0
}

/// Reads a command that [`write()`] wrote.
///
/// # Errors
/// It is not one of this lockit.
pub(crate) fn parse(command: &str) -> Result<(Selection, Writing), ProjectError> {
    let unclear = || {
        ProjectError::new(format!("the recorded command `{command}` is not one of this lockit"))
            .hint("lock again with `lockit`")
    };
    let words = shlex::split(command).ok_or_else(unclear)?;
    let line = Line::try_parse_from(words).map_err(|_| unclear())?;
    let args = match line.verb {
        Some(Verb::Lock(args)) => *args,
        None => line.lock,
    };
    Ok((args.selection.selection().map_err(|_| unclear())?, args.write.writing()))
}

/// A line of words, each as a POSIX shell takes it.
struct Words(String);

impl Default for Words {
    fn default() -> Self {
        Self("lockit".to_owned())
    }
}

impl Words {
    fn word(&mut self, word: &str) {
        self.0.push(' ');
        self.0.push_str(&shell_word(word));
    }

    fn option(&mut self, option: &str, value: &str) {
        self.word(option);
        self.word(value);
    }

    fn path(&mut self, option: &str, path: &Path) {
        self.option(option, &path.to_string_lossy());
    }
}

fn given_text(given: &GivenEnvironment) -> String {
    let files: Vec<_> = given.files.iter().map(|file| file.to_string_lossy()).collect();
    let base = given.same_versions_as.as_ref().map(|base| format!(":{base}")).unwrap_or_default();
    format!("{}={}{base}", given.name, files.join(","))
}

fn value_name(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A word as a POSIX shell takes it. shlex would also quote `{`, `,` and `=`, which no shell minds in the middle of a
/// word and which stand in every template and `--env`.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{ArgAction, Args, Command, CommandFactory};

    use super::*;
    use crate::args::selection::SelectionArgs;
    use crate::args::write::WriteArgs;

    /// A value that each option takes.
    fn value_of(id: &str) -> &'static str {
        match id {
            "env" => "dev=a.yml,b c.yml:base",
            "platforms" => "osx-arm64",
            "kinds" => "pixi",
            "channel_priority" => "disabled",
            "strategy" => "lowest-direct",
            "index_strategy" => "unsafe-best-match",
            "exclude_newer" => "7d",
            "exclude_newer_package" => "polars ==1.43.1=false",
            "filename_template" => "it's {platform}.lock",
            _ => "some thing",
        }
    }

    /// Options that do not change what comes out, or that are about where it goes only now. No file that records a command
    /// has versions.
    const NOT_RECORDED: [&str; 3] = ["dry_run", "all_or_nothing", "pixi_lock_version"];

    #[test]
    fn every_option_of_a_selection_is_recorded_and_read_back() {
        let of_selection = SelectionArgs::augment_args(Command::new("lockit"));
        let of_writing = WriteArgs::augment_args(Command::new("lockit"));
        let known: BTreeSet<String> =
            Line::command().get_arguments().map(|arg| arg.get_id().to_string()).collect();
        for arg in of_selection.get_arguments().chain(of_writing.get_arguments()) {
            let id = arg.get_id().as_str();
            if NOT_RECORDED.contains(&id) || arg.is_hide_set() {
                continue;
            }
            assert!(known.contains(id));
            let flag = format!("--{}", arg.get_long().expect("every option has a long name"));
            let mut words = vec!["lockit".to_owned(), flag];
            if !matches!(arg.get_action(), ArgAction::SetTrue) {
                words.push(value_of(id).to_owned());
            }
            let line = shlex::try_join(words.iter().map(String::as_str)).unwrap();
            let asked = parse(&line).unwrap_or_else(|_| panic!("{line} is understood"));
            assert_ne!(asked, (Selection::default(), Writing::default()), "{line} is forgotten");
            let written = write(&asked.0, asked.1);
            assert_eq!(parse(&written).unwrap(), asked, "{line} became {written}");
        }
    }

    #[test]
    fn a_line_with_everything_is_read_as_it_was_meant() {
        let line = "lockit -f a.yml -f 'b c.yml' -c ./x -c conda-forge --channel-priority strict \
                    --strategy lowest --exclude-newer 2026-01-31 --without-cuda \
                    --filter-categories --no-dev-dependencies --extras docs --skip-pip \
                    --lockfile l.yml --filename-template '{platform} x' -p linux-64 -p win-64 \
                    -k lock,explicit --md5 --strip-auth";
        let (asked, writing) = parse(line).unwrap();
        assert_eq!(write(&asked, writing), line);
        let line = "lockit --env dev=a.yml,b.yml --env predict=c.yml:dev --with-cuda 12.4 \
                    -p linux-64 --no-dev-dependencies";
        let (asked, writing) = parse(line).unwrap();
        assert_eq!(write(&asked, writing), line);
    }

    #[test]
    fn what_is_not_a_lock_is_refused() {
        for line in ["lockit check", "lockit --no-such-option", "lockit -f 'a", "rm -rf /"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
