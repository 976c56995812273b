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
    /// Seconds after which a request that is still running is given up
    #[arg(long, value_name = "SECONDS", env = "LOCKIT_HTTP_REQUEST_TIMEOUT", default_value = "1800", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Network")]
    pub(crate) http_request_timeout: u64,
    /// MiB that the `repodata.json` of a channel may have, unpacked; a shard may have an eighth of it
    #[arg(long, value_name = "MIB", env = "LOCKIT_MAX_REPODATA", default_value = "2048", value_parser = clap::value_parser!(u64).range(1..=1_048_576), help_heading = "Network")]
    pub(crate) max_repodata: u64,
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

#[cfg(feature = "solve")]
impl NetworkArgs {
    /// What is on this machine, and nothing else.
    pub(crate) fn offline() -> Self {
        let bounds = lockit_solver::Bounds::default();
        Self {
            offline: true,
            http_timeout: 1,
            http_request_timeout: bounds.request_time.as_secs(),
            max_repodata: bounds.repodata / (1024 * 1024),
            http_retries: 0,
            no_sharded: false,
        }
    }
}
