//! Credentials that a person hands over for one run, in the form that conda-lock has for them.

use std::collections::BTreeMap;

use lockit_solver::learn_url;
use url::Url;

/// Logins by `domain` or `domain/path`.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, String>);

/// The text is no mapping of domains to logins. What is wrong with it is not said: that would quote it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "it is no mapping such as `{{\"host.example/channel\": \"user:password\"}}`, as JSON or YAML"
)]
pub struct CredentialsError;

impl Credentials {
    /// Reads JSON or YAML.
    ///
    /// # Errors
    /// [`CredentialsError`]
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        serde_yaml::from_str(text).map(Self).map_err(|_| CredentialsError)
    }

    /// The address with the login of the longest domain that it lies below. One that has a login keeps it.
    pub(crate) fn apply(&self, address: String) -> String {
        let Some((_, place)) = address.split_once("://") else { return address };
        let below = |domain: &str| {
            place.strip_prefix(domain).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let logins = self.0.iter().map(|(domain, login)| (domain.trim_matches('/'), login));
        let found =
            logins.filter(|(domain, _)| below(domain)).max_by_key(|(domain, _)| domain.len());
        let (Some((_, login)), Ok(mut url)) = (found, Url::parse(&address)) else { return address };
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login.as_str(), None),
        };
        // Only addresses without a host have no place for a login.
        if url.set_username(user).is_err() || url.set_password(password).is_err() {
            return address;
        }
        learn_url(&url);
        url.into()
    }
}

impl std::fmt::Debug for Credentials {
    /// Never shows a login.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_domain_wins() {
        let text = r#"{"host.example": "joe:p@ss", "host.example/private": "ann:secret"}"#;
        let credentials = Credentials::parse(text).unwrap();
        for (address, expected) in [
            ("https://host.example/a/x.conda", "https://joe:p%40ss@host.example/a/x.conda"),
            ("https://host.example/private/x", "https://ann:secret@host.example/private/x"),
            ("https://host.example/privately/x", "https://joe:p%40ss@host.example/privately/x"),
            ("https://host.example.org/x", "https://host.example.org/x"),
            ("https://own:login@host.example/x", "https://own:login@host.example/x"),
            ("file:///host.example/x", "file:///host.example/x"),
        ] {
            assert_eq!(credentials.apply(address.to_owned()), expected);
        }
        assert!(!format!("{credentials:?}").contains("secret"));
        assert!(Credentials::parse("host.example: joe:secret").is_ok());
        assert_eq!(Credentials::parse("[secret]").unwrap_err(), CredentialsError);
    }
}
