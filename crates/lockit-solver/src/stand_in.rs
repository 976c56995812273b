//! Addresses that stand for those with a secret in them.
//!
//! rattler writes the address of every index into the cache that all its tools share, and jobs keep that cache where
//! others can read it. So the gateway is given another address, and the one with the secret is put in its place when a
//! request leaves for the network.

use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lockit_lockfile::hex;
use lockit_spec::credentials::percent_decoded;
use rattler_digest::{Sha256, compute_bytes_digest};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};
use url::Url;

use crate::secrets::learn;

/// What stands for a channel, and its address with the secret. One for the process, as the secrets themselves are.
static KNOWN: RwLock<Vec<(Url, Url)>> = RwLock::new(Vec::new());

/// An address without secrets that stands for the base address of a channel, which ends with a slash.
///
/// It differs from secret to secret, so that a wrong one is not answered from what the right one has brought into the
/// cache. `public` is what people see of the channel.
pub(crate) fn stand_in(secret: &Url, public: &str) -> Url {
    let mut base = Url::parse(public)
        .ok()
        .filter(|url| !public.contains('$') && url.host() == secret.host())
        .unwrap_or_else(|| {
            let mut origin = secret.clone();
            origin.set_path("/");
            origin
        });
    // Neither can fail for an address with a host.
    let _ = base.set_username("");
    let _ = base.set_password(None);
    base.set_query(None);
    base.set_fragment(None);
    let digest = compute_bytes_digest::<Sha256>(secret.as_str());
    let mark = hex(&digest[..4]);
    base.set_path(&format!("{}/secret-{mark}/", base.path().trim_end_matches('/')));
    learn(base.as_str(), public);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.iter().all(|(one, _)| *one != base) {
        known.push((base.clone(), secret.clone()));
    }
    base
}

/// The address that is asked for.
fn real(asked: &Url) -> Option<Url> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().find_map(|(base, secret)| {
        let rest = asked.as_str().strip_prefix(base.as_str())?;
        Url::parse(&format!("{secret}{rest}")).ok()
    })
}

/// Asks the address that another one stands for.
pub(crate) struct AskTheRealOne;

#[async_trait::async_trait]
impl Middleware for AskTheRealOne {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if let Some(mut real) = real(request.url()) {
            if let Some(login) = take_login(&mut real) {
                request.headers_mut().entry(AUTHORIZATION).or_insert(login);
            }
            *request.url_mut() = real;
        }
        next.run(request, extensions).await
    }
}

/// Takes the login out of an address and makes a header of it, as reqwest does when a request is begun.
fn take_login(url: &mut Url) -> Option<HeaderValue> {
    let (user, password) = (url.username(), url.password());
    if user.is_empty() && password.is_none() {
        return None;
    }
    let (user, password) = (percent_decoded(user), percent_decoded(password.unwrap_or_default()));
    let login = BASE64_STANDARD.encode(format!("{user}:{password}"));
    // Neither can fail for an address that has a login.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let mut header = HeaderValue::try_from(format!("Basic {login}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn it_holds_no_secret_and_leads_to_it() {
        for (secret, public, expected) in [
            ("https://host/t/tk-1/chan/", "https://host/t/${T}/chan/", "https://host/secret-"),
            (
                "https://joe:pw-1@host:8/chan/",
                "https://host:8/chan/",
                "https://host:8/chan/secret-",
            ),
            ("https://tk-1@host/a/b/", "https://${T}@host/a/b/", "https://host/secret-"),
            ("https://host/tk-1/chan/", "${BASE}/chan/", "https://host/secret-"),
        ] {
            let base = stand_in(&url(secret), public);
            assert!(base.as_str().starts_with(expected), "{base}");
            assert!(!base.as_str().contains("tk-1") && !base.as_str().contains("pw-1"), "{base}");
            let asked = base.join("noarch/repodata.json?a=b").unwrap();
            assert_eq!(real(&asked), Some(url(&format!("{secret}noarch/repodata.json?a=b"))));
            assert_eq!(crate::secrets::conceal(base.as_str()), public);
        }
        assert_eq!(real(&url("https://host/chan/noarch/repodata.json")), None);
    }

    #[test]
    fn a_login_becomes_a_header() {
        let mut address = url("https://joe:p%40ss@host/chan/");
        assert_eq!(take_login(&mut address).unwrap(), "Basic am9lOnBAc3M=");
        assert_eq!(address.as_str(), "https://host/chan/");
        assert_eq!(take_login(&mut address), None);
    }

    /// Neither another token nor the channel without one is answered from the same place in the cache.
    #[test]
    fn each_secret_has_its_own() {
        let public = "https://host/chan/";
        let one = stand_in(&url("https://host/t/tk-one/chan/"), public);
        let other = stand_in(&url("https://host/t/tk-two/chan/"), public);
        assert_ne!(one, other);
        assert_ne!(one.as_str(), public);
    }
}
