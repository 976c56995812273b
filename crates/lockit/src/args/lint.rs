//! Arguments of `lint`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, ValueEnum};
use lockit_diff::output::OutputFormat;
use lockit_spec::Platform;

use crate::args::word;

/// Arguments of `lint`.
#[derive(Debug, Args, Clone)]
#[command(
    after_help = "Exit codes: 0 nothing found, 1 findings, 2 usage or a file that cannot be read.\n\
    A comment `# lockit: allow NAME` takes a finding away: at the end of a line for that line, on a line\n\
    before the first key for the whole file. `lockit rule NAME` explains a rule."
)]
pub(crate) struct LintArgs {
    /// Specs, lockfiles or folders; without any, those of lockit.toml, else the environment files
    /// here; `-` is standard input
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Mend what can be mended
    #[arg(long)]
    pub(crate) fix: bool,
    /// Show what --fix would change; write nothing
    #[arg(long, conflicts_with = "fix")]
    pub(crate) diff: bool,
    /// How --fix treats the versions of an export
    #[arg(long, value_enum, default_value = "keep")]
    pub(crate) pins: PinsArg,
    /// How to show findings
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = PossibleValuesParser::new(OutputFormat::ALL.map(OutputFormat::as_str)).try_map(|word| word.parse::<OutputFormat>()))]
    pub(crate) format: OutputFormat,
    /// Apply only these rules: codes, beginnings of codes, names, or `all`
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Leave these rules out
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Platform that specs are meant for; replaces those of files and lockit.toml
    #[arg(short, long = "platform", value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    pub(crate) platforms: Vec<Platform>,
    /// Channel to look packages of an export up in; replaces those of the file
    #[cfg(feature = "solve")]
    #[arg(short, long = "channel", value_name = "CHANNEL")]
    pub(crate) channels: Vec<String>,
    /// Let --fix and --diff ask channels about packages; without it, only what is cached is looked at
    #[cfg(feature = "solve")]
    #[arg(long, help_heading = "Network")]
    pub(crate) online: bool,
    #[cfg(feature = "solve")]
    #[command(flatten)]
    pub(crate) network: crate::args::network::NetworkArgs,
    /// Skip named files that are neither specs nor lockfiles
    #[arg(long)]
    pub(crate) skip_others: bool,
    /// Exit with 0 whatever is found
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// What to call standard input
    #[arg(long, value_name = "PATH", default_value = "environment.yml")]
    pub(crate) stdin_filename: PathBuf,
}

/// `--pins`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PinsArg {
    /// As they are
    Keep,
    /// Major and minor version
    Minor,
    /// Names only
    None,
}
