//! Proxies and certificates as the user's configuration of conda has them.
//!
//! What rattler's configuration says goes before it.

use lockit_spec::{Certificates, CondaConfig};
use rattler_config::config::CommonConfig;
use reqwest::{Certificate, ClientBuilder, Proxy};
use url::Url;

use crate::secrets::learn_url;

/// The client as conda would make it, where rattler's configuration says nothing else.
pub(crate) fn apply(
    mut http: ClientBuilder,
    conda: &CondaConfig,
    config: &CommonConfig,
) -> ClientBuilder {
    if config.proxy_config.is_default() {
        http = proxies(conda).into_iter().fold(http, ClientBuilder::proxy);
    }
    if config.tls_no_verify.is_none() && config.tls_root_certs.is_none() {
        http = certificates(http, conda);
    }
    http
}

/// `https://host` goes before `https`, as conda has it.
fn proxies(conda: &CondaConfig) -> Vec<Proxy> {
    let mut proxies = Vec::new();
    for (scope, text) in conda.proxies.iter().rev() {
        let Ok(address) = Url::parse(text) else {
            tracing::warn!(
                "the proxy for `{scope}` in conda's configuration is left out: it is no address"
            );
            continue;
        };
        learn_url(&address);
        let (scheme, host) = match scope.split_once("://") {
            Some((scheme, host)) => {
                (scheme.to_owned(), Some(host.trim_end_matches('/').to_owned()))
            }
            None => (scope.trim_end_matches(':').to_owned(), None),
        };
        let is_for = move |url: &Url| {
            (scheme == "all" || url.scheme() == scheme)
                && host.as_deref().is_none_or(|host| url.host_str() == Some(host))
        };
        proxies.push((
            scope.contains("://"),
            Proxy::custom(move |url| is_for(url).then(|| address.clone())),
        ));
    }
    proxies.sort_by_key(|(of_host, _)| !of_host);
    proxies.into_iter().map(|(_, proxy)| proxy).collect()
}

fn certificates(http: ClientBuilder, conda: &CondaConfig) -> ClientBuilder {
    match &conda.certificates {
        Some(Certificates::Unverified) => {
            tracing::warn!(
                "TLS certificates are not verified (`ssl_verify` in conda's configuration)"
            );
            http.danger_accept_invalid_certs(true)
        }
        Some(Certificates::File(path)) => {
            let read = fs_err::read(path).map_err(|error| error.to_string());
            let roots = read.and_then(|bytes| {
                Certificate::from_pem_bundle(&bytes).map_err(|error| error.to_string())
            });
            match roots {
                Ok(roots) => http.tls_certs_merge(roots),
                Err(error) => {
                    tracing::warn!(
                        "the certificates of conda's `ssl_verify` are left out: {error}"
                    );
                    http
                }
            }
        }
        Some(Certificates::System) | None => http,
    }
}
