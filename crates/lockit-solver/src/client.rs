//! The one HTTP client, built on first use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rattler_config::config::tls::TlsRootCerts;
use rattler_config::config::{CommonConfig, ConfigBase, LoadError, NoExtension};
use rattler_networking::authentication_storage::backends::file::FileStorage;
use rattler_networking::{
    AuthenticationMiddleware, AuthenticationStorage, LazyClient, MirrorMiddleware, OciMiddleware,
    OfflineMiddleware,
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;

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
    /// Where repodata is kept; `None` is the folder shared by all rattler-based tools
    /// (`RATTLER_CACHE_DIR` or the user's cache folder).
    pub cache_dir: Option<PathBuf>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            offline: false,
            timeout: Duration::from_secs(30),
            retries: 3,
            sharded: true,
            cache_dir: None,
        }
    }
}

/// A configuration file of the rattler family cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the shared rattler configuration: {0}")]
pub struct ConfigError(#[from] LoadError);

/// Reads mirrors, proxies, TLS roots, concurrency and authentication file from the files that all
/// rattler-based tools share, and from lockit's own.
///
/// # Errors
/// When one of the files exists but cannot be read or understood.
pub(crate) fn load_config() -> Result<CommonConfig, ConfigError> {
    Ok(ConfigBase::<NoExtension>::load_from_default_locations("lockit")?.common)
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
        tracing::debug!("`tls-root-certs = \"webpki\"` is not built in, the system's roots are used");
    }
    match rattler_networking::proxy::proxies_from_config(&config.proxy_config) {
        Ok(proxies) => http = proxies.into_iter().fold(http, reqwest::ClientBuilder::proxy),
        Err(error) => tracing::warn!("the configured proxy is left out: {error}"),
    }
    let http = http.build().expect("the TLS provider is installed and no option can be refused");

    let credentials = credentials(config);
    let oci = OciMiddleware::new(http.clone()).with_authentication_storage(credentials.clone());
    let mut builder = ClientBuilder::new(http);
    if network.offline {
        builder = builder.with(OfflineMiddleware);
    }
    // Before the mirrors, so that a repeated request may go to another mirror.
    builder = builder.with(RetryTransientMiddleware::new_with_policy(
        ExponentialBackoff::builder()
            .retry_bounds(Duration::from_millis(250), Duration::from_secs(10))
            .build_with_max_retries(network.retries),
    ));
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
            Err(error) => tracing::warn!(
                "credentials in `{}` are left out: {error}",
                path.display()
            ),
        }
    }
    storage
}
