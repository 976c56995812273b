//! Options of every command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of every command.
#[derive(Debug, Args, Clone)]
pub(crate) struct GlobalArgs {
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Say more; twice for what the libraries do
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: ColorWhen,
    /// Show no progress bars
    #[arg(long, global = true, env = "LOCKIT_NO_PROGRESS", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) no_progress: bool,
    /// Let files have this variable sent to this host, and to no other; also LOCKIT_ALLOW_VARIABLES
    /// and `allow-variables` in lockit's configuration of the user
    #[arg(
        long = "allow-variable",
        global = true,
        value_name = "NAME=HOST",
        help_heading = "Network"
    )]
    pub(crate) allow_variables: Vec<String>,
    /// Work as if started in this folder
    #[arg(long, global = true, value_name = "DIR", help_heading = "Output")]
    pub(crate) directory: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
