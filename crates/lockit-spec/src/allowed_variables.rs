//! Which hosts a variable may be sent to, as the person who runs lockit says it.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

/// A host that a variable may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AllowedHost {
    /// As URLs spell it: lower case, IDNA, IPv6 in brackets.
    host: String,
    /// The only port; `None` is any.
    port: Option<u16>,
}

/// Pairs `NAME=HOST`. A variable that has some is sent to these hosts and to no other; there it may stand wherever
/// an address has room for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedVariables(BTreeMap<String, Vec<AllowedHost>>);

/// A text is no pair of a variable and a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{pair}` is no variable with its host: write `NAME=HOST` or `NAME=HOST:PORT`, without `$`, scheme and path"
)]
pub struct PairError {
    /// The text.
    pair: String,
}

impl AllowedHost {
    /// Whether an address leads there.
    pub fn is_of(&self, url: &Url) -> bool {
        // Addresses such as `git+https://` keep the spelling of their host.
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        host == self.host && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }

    fn parse(text: &str) -> Option<Self> {
        let is_bare = !text.is_empty()
            && !text.contains(|c: char| {
                c.is_whitespace() || matches!(c, '/' | '\\' | '@' | '?' | '#' | '$' | '*')
            });
        // A scheme without a default port keeps every port that is named.
        let address = is_bare.then(|| Url::parse(&format!("http://{text}/")).ok())??;
        let host = address.host_str().filter(|host| !host.is_empty())?.to_owned();
        let (_, behind) = text.rsplit_once(']').unwrap_or(("", text));
        let port = match behind.rsplit_once(':') {
            Some((_, port)) => Some(port.parse().ok()?),
            None => None,
        };
        Some(Self { host, port })
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

impl AllowedVariables {
    /// Takes one pair.
    ///
    /// # Errors
    /// [`PairError`]
    pub fn allow(&mut self, pair: &str) -> Result<(), PairError> {
        let error = || PairError { pair: pair.to_owned() };
        let (name, host) = pair.split_once('=').ok_or_else(error)?;
        let is_name = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let host = AllowedHost::parse(host).filter(|_| is_name).ok_or_else(error)?;
        let hosts = self.0.entry(spelled(name)).or_default();
        if !hosts.contains(&host) {
            hosts.push(host);
        }
        Ok(())
    }

    /// Takes pairs that are separated by commas or white space, as a variable holds them.
    ///
    /// # Errors
    /// [`PairError`] of the first that is none.
    pub fn allow_all(&mut self, pairs: &str) -> Result<(), PairError> {
        let pairs = pairs.split(|c: char| c == ',' || c.is_whitespace());
        pairs.filter(|pair| !pair.is_empty()).try_for_each(|pair| self.allow(pair))
    }

    /// Takes the pairs of another one.
    pub fn extend(&mut self, other: Self) {
        for (name, hosts) in other.0 {
            let known = self.0.entry(name).or_default();
            for host in hosts {
                if !known.contains(&host) {
                    known.push(host);
                }
            }
        }
    }

    /// The hosts of a variable; empty when nothing was said of it.
    pub fn hosts(&self, name: &str) -> &[AllowedHost] {
        self.0.get(&spelled(name)).map_or(&[], Vec::as_slice)
    }
}

/// A name as the system knows it: Windows minds no case.
fn spelled(name: &str) -> String {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_names_a_host_and_may_name_its_port() {
        let mut allowed = AllowedVariables::default();
        allowed.allow_all("A=Host.Example, A=other:8443\n\tB=[::1]:80,,C=127.0.0.1").unwrap();
        let is_allowed = |name: &str, url: &str| {
            let url = Url::parse(url).unwrap();
            allowed.hosts(name).iter().any(|host| host.is_of(&url))
        };
        for (name, url, expected) in [
            ("A", "https://host.example/x", true),
            ("A", "https://HOST.example:81/x", true),
            ("A", "https://other:8443/x", true),
            ("A", "https://other/x", false),
            ("A", "https://sub.host.example/x", false),
            ("A", "https://host.example.org/x", false),
            ("A", "https://host.example@evil/x", false),
            ("B", "http://[::1]/x", true),
            ("B", "https://[::1]/x", false),
            ("C", "http://127.0.0.1:4/x", true),
            ("D", "https://host.example/x", false),
        ] {
            assert_eq!(is_allowed(name, url), expected, "{name} {url}");
        }
        assert_eq!(allowed.hosts("A")[1].to_string(), "other:8443");
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for pair in [
            "A",
            "=host",
            "A=",
            "$A=host",
            "1A=host",
            "A=https://host",
            "A=host/path",
            "A=u@host",
            "A=*",
            "A=host:x",
            "A-B=host",
            "A=ho st",
        ] {
            let error = AllowedVariables::default().allow(pair).unwrap_err();
            assert!(error.to_string().contains(pair), "{error}");
        }
    }
}
