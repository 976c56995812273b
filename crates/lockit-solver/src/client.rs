//! The one HTTP client, built on first use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lockit_spec::{AllowedVariables, CondaConfig};
use rattler_config::config::tls::TlsRootCerts;
use rattler_config::config::{CommonConfig, ConfigBase, LoadError};
use rattler_config::locations::{ConfigLocation, config_search_paths};
use rattler_networking::authentication_storage::backends::file::FileStorage;
use rattler_networking::{
    AuthenticationMiddleware, AuthenticationStorage, LazyClient, MirrorMiddleware, OciMiddleware,
    OfflineMiddleware,
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;

use crate::bounded::Bounded;
use crate::bounds::Bounds;
use crate::conda_network;
use crate::own_config::OwnConfig;
use crate::retry_after::{UnlessToldToWaitLong, WaitAsTold};
use crate::secrets::learn_config;
use crate::stand_in::AskTheRealOne;
use crate::validators::KeepValidators;

/// How to reach channels.
#[derive(Debug, Clone)]
pub struct Network {
    /// Use what is cached and nothing else.
    pub offline: bool,
    /// Longest silence of a server before it is given up, also the limit for connecting.
    pub timeout: Duration,
    /// How often a request is repeated after a passing fault (5xx, 408, 429, lost connection).
    pub retries: u32,
    /// Ask for sharded repodata (CEP 16) where a channel has it.
    pub sharded: bool,
    /// How much an answer may be, and how long it may take.
    pub bounds: Bounds,
    /// Where repodata is kept; `None` is the folder shared by all rattler-based tools
    /// (`RATTLER_CACHE_DIR` or the user's cache folder).
    pub cache_dir: Option<PathBuf>,
    /// The user's configuration of conda, for proxies and certificates that rattler's does not speak of.
    pub conda: Arc<CondaConfig>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            offline: false,
            timeout: Duration::from_secs(30),
            retries: 3,
            sharded: true,
            bounds: Bounds::default(),
            cache_dir: None,
            conda: Arc::default(),
        }
    }
}

/// A configuration file of the rattler family cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the configuration {file} cannot be used: {reason}")]
pub struct ConfigError {
    /// The file in backticks, or that it is one of several.
    file: String,
    /// Line, column and what is wrong there; no secrets, which the line itself might hold.
    reason: String,
}

impl ConfigError {
    /// The loader does not say which file it was, so each is asked alone.
    fn new(error: &LoadError, locations: &[ConfigLocation]) -> Self {
        let broken = locations.iter().find(|location| load([(*location).clone()]).is_err());
        Self {
            file: broken.map_or_else(
                || "that rattler-based tools share".to_owned(),
                |location| format!("`{}`", location.path.display()),
            ),
            reason: match error {
                LoadError::ParseError(error) => without_line(&error.to_string()),
                LoadError::IoError(error) => error.to_string(),
                other => other.to_string(),
            },
        }
    }
}

/// `TOML parse error at line 1, column 9`, the line with a mark below it, and the message, made
/// into one line.
fn without_line(text: &str) -> String {
    let place = text.lines().next().and_then(|first| first.split_once(" at "));
    let message = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or(text);
    match place {
        Some((_, place)) if text.lines().count() > 1 => format!("{message} ({place})"),
        _ => message.to_owned(),
    }
}

/// A client as [`Session`](crate::Session) has one, for those who fetch archives: mirrors, credentials
/// and retries are the same. It is built when the first request is made.
///
/// # Errors
/// A shared configuration file is broken.
pub fn archive_client(network: &Network) -> Result<LazyClient, ConfigError> {
    let config = load_config()?;
    learn_config(&config);
    Ok(lazy_client(network, &config))
}

/// Reads mirrors, proxies, TLS roots, concurrency and authentication file from the files that all
/// rattler-based tools share, and from lockit's own.
///
/// # Errors
/// When one of the files exists but cannot be read or understood.
pub(crate) fn load_config() -> Result<CommonConfig, ConfigError> {
    Ok(load_all()?.common)
}

/// The hosts that variables may be sent to, as lockit's own configuration files have them.
///
/// # Errors
/// When one of the files exists but cannot be read or understood.
pub fn allowed_variables() -> Result<AllowedVariables, ConfigError> {
    Ok(load_all()?.extensions.allowed_variables())
}

fn load_all() -> Result<ConfigBase<OwnConfig>, ConfigError> {
    let locations: Vec<ConfigLocation> = config_search_paths("lockit")
        .into_iter()
        .filter(|location| location.path.is_file())
        .collect();
    load(locations.iter().cloned()).map_err(|error| ConfigError::new(&error, &locations))
}

fn load(
    locations: impl IntoIterator<Item = ConfigLocation>,
) -> Result<ConfigBase<OwnConfig>, LoadError> {
    ConfigBase::<OwnConfig>::load_from_locations(locations)
}

/// A client that is built when the first request is made. TLS setup and the credential store are
/// not touched by runs that need no network.
pub(crate) fn lazy_client(network: &Network, config: &CommonConfig) -> LazyClient {
    let (network, config) = (network.clone(), config.clone());
    LazyClient::new(move || client(&network, &config))
}

fn client(network: &Network, config: &CommonConfig) -> ClientWithMiddleware {
    // A second installation is an error that says one is there already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("lockit/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(network.timeout)
        .read_timeout(network.timeout)
        .referer(false);
    if config.tls_no_verify == Some(true) {
        tracing::warn!("TLS certificates are not verified (`tls-no-verify` in the configuration)");
        http = http.danger_accept_invalid_certs(true);
    }
    if matches!(config.tls_root_certs, Some(TlsRootCerts::Webpki)) {
        tracing::debug!(
            "`tls-root-certs = \"webpki\"` is not built in, the system's roots are used"
        );
    }
    match rattler_networking::proxy::proxies_from_config(&config.proxy_config) {
        Ok(proxies) => http = proxies.into_iter().fold(http, reqwest::ClientBuilder::proxy),
        Err(error) => tracing::warn!("the configured proxy is left out: {error}"),
    }
    http = conda_network::apply(http, &network.conda, config);
    let http = http.build().expect("the TLS provider is installed and no option can be refused");

    let credentials = credentials(config);
    let oci = OciMiddleware::new(http.clone()).with_authentication_storage(credentials.clone());
    // First, so that mirrors, credentials and retries go by the address that is asked in the end.
    let mut builder = ClientBuilder::new(http).with(AskTheRealOne);
    if network.offline {
        builder = builder.with(OfflineMiddleware);
    }
    // Before the mirrors, so that a repeated request may go to another mirror.
    builder = builder
        .with(RetryTransientMiddleware::new_with_policy_and_strategy(
            backoff(network.retries),
            UnlessToldToWaitLong,
        ))
        .with(WaitAsTold { retries: network.retries })
        .with(Bounded(network.bounds));
    if !config.mirrors.is_empty() {
        builder = builder.with(MirrorMiddleware::from_config(config));
    }
    builder
        .with(oci)
        .with(AuthenticationMiddleware::from_auth_storage(credentials))
        // Next to the network, so that everything above sees whole answers.
        .with(KeepValidators)
        .build()
}

/// When to try again.
pub(crate) fn backoff(retries: u32) -> ExponentialBackoff {
    ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(250), Duration::from_secs(10))
        .build_with_max_retries(retries)
}

fn credentials(config: &CommonConfig) -> AuthenticationStorage {
    let mut storage = AuthenticationStorage::from_env_and_defaults().unwrap_or_else(|error| {
        tracing::warn!("no stored credentials are used: {error}");
        AuthenticationStorage::empty()
    });
    if let Some(path) = &config.authentication_override_file {
        match FileStorage::from_path(path.clone()) {
            Ok(file) => {
                storage = AuthenticationStorage::empty();
                storage.add_backend(Arc::new(file));
            }
            Err(error) => {
                tracing::warn!("credentials in `{}` are left out: {error}", path.display());
            }
        }
    }
    storage
}
