//! Arguments of `check`.

use clap::{Args, ValueEnum};

use crate::args::selection::SelectionArgs;

/// Arguments of `check`.
#[derive(Debug, Args, Clone)]
pub(crate) struct CheckArgs {
    /// How to show what is stale
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: CheckFormat,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
}

/// `check --format`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum CheckFormat {
    /// With the lines shown
    #[default]
    Text,
    /// Annotations of GitHub Actions, at the lines of the specs
    Github,
}
