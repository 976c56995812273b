//! How to reach channels.

use clap::Args;

/// How to reach channels.
#[derive(Debug, Args, Clone)]
pub(crate) struct NetworkArgs {
    /// Use only what is cached
    #[arg(long, env = "LOCKIT_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Network")]
    pub(crate) offline: bool,
    /// Seconds of silence after which a server is given up
    #[arg(long, value_name = "SECONDS", env = "LOCKIT_HTTP_TIMEOUT", default_value = "30", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Network")]
    pub(crate) http_timeout: u64,
    /// How often a request is repeated after a passing fault
    #[arg(
        long,
        value_name = "N",
        env = "LOCKIT_HTTP_RETRIES",
        default_value = "3",
        help_heading = "Network"
    )]
    pub(crate) http_retries: u32,
    /// Do not ask for sharded repodata
    #[arg(long, env = "LOCKIT_NO_SHARDED", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Network")]
    pub(crate) no_sharded: bool,
}
