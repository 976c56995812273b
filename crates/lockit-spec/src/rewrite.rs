//! Addresses of mirrors in the place of public ones, as `render --rewrite` and `[rewrite]` of lockit.toml say them.
//!
//! pixi has `[mirrors]` and conda `channel_alias` for what they download, but an address in a lockfile is taken as it is. So the
//! file itself is written with other addresses. What is replaced is the beginning of an address as a parser sees it: scheme,
//! host, port and whole segments of the path. A login or a token belongs to the host that it was for and is left out.

use std::collections::BTreeSet;

use crate::credentials::{has_secret, variables, without_credentials};
use crate::filled::{NotFilled, fill};
use crate::toml_tree::{Toml, TomlItem};

/// What stands in the place of what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrites(Vec<Rewrite>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rewrite {
    from: String,
    to: String,
    from_place: Place,
    to_place: Place,
}

/// Where an address leads, without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Scheme, host and port in one spelling.
    host: String,
    segments: Vec<String>,
}

/// Addresses that are no rewrite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// There are not two addresses.
    #[error("`{0}` is not a rewrite: expected two addresses, `FROM=TO`")]
    Pair(String),
    /// One of them is none.
    #[error("`{0}` is not an address: expected a scheme and a host, and no `?` or `#`")]
    Address(String),
    /// What is replaced has a login or a token.
    #[error("`{0}` has credentials, which are not compared")]
    Credentials(String),
    /// The new address has a secret that is written out; it is not shown.
    #[error("the mirror for `{0}` has a secret in its address")]
    Secret(String),
    /// A variable stands where none is filled in.
    #[error(transparent)]
    Variable(NotFilled),
    /// One address has two mirrors.
    #[error("`{0}` has two mirrors")]
    Twice(String),
    /// Two addresses would become one, so nobody could tell what a rewritten file was.
    #[error("`{0}` and `{1}` have the same mirror `{2}`")]
    Same(String, String, String),
}

impl RewriteError {
    /// What to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Pair(_) | Self::Address(_) => {
                "write for example `https://conda.anaconda.org=https://mirror.example.org/conda`"
                    .into()
            }
            Self::Credentials(_) => "leave them out: an address with any login is replaced".into(),
            Self::Secret(_) => {
                "write `${VARIABLE}` for it, such as `https://${USER}:${PASSWORD}@host`".into()
            }
            Self::Variable(error) => {
                lockit_diagnostic::Hint::hints(error).into_iter().next().unwrap_or_default()
            }
            Self::Twice(_) => "keep one of them".into(),
            Self::Same(..) => "give each a directory of its own on the mirror".into(),
        }
    }
}

impl Place {
    fn of(address: &str) -> Option<Self> {
        let address = without_credentials(address);
        let address = address.strip_prefix("git+").unwrap_or(&address);
        let (scheme, rest) = address.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let scheme = scheme.to_ascii_lowercase();
        let usual_port = match scheme.as_str() {
            "https" => ":443",
            "http" => ":80",
            _ => "",
        };
        let host = host.strip_suffix(usual_port).unwrap_or(host).to_ascii_lowercase();
        let is_scheme = !scheme.is_empty()
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let is_whole = |text: &str| !text.contains(['?', '#', '$', '\\', ' ']);
        if !is_scheme || !is_whole(&host) || (host.is_empty() && scheme != "file") {
            return None;
        }
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let segments: Vec<String> =
            path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        // A parser would go elsewhere.
        let is_plain = segments.iter().all(|part| !matches!(part.as_str(), "." | ".."));
        is_plain.then_some(Self { host: format!("{scheme}://{host}"), segments })
    }

    /// Whether an address that leads there begins so.
    fn is_above(&self, other: &Self) -> bool {
        self.host == other.host && other.segments.starts_with(&self.segments)
    }
}

impl Rewrites {
    /// Takes `FROM=TO`.
    ///
    /// # Errors
    /// [`RewriteError`]
    pub fn add_pair(&mut self, pair: &str) -> Result<(), RewriteError> {
        // A path may hold the sign as well.
        let parts = pair.match_indices('=').map(|(at, _)| (&pair[..at], &pair[at + 1..])).find(
            |(_, to)| to.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['=', '/'])),
        );
        let (from, to) =
            parts.ok_or_else(|| RewriteError::Pair(without_credentials(pair).into_owned()))?;
        self.add(from, to)
    }

    /// Takes an address and what stands in its place.
    ///
    /// # Errors
    /// [`RewriteError`]
    pub fn add(&mut self, from: &str, to: &str) -> Result<(), RewriteError> {
        let (from, to) = (from.trim().trim_end_matches('/'), to.trim().trim_end_matches('/'));
        let shown = || without_credentials(from).into_owned();
        if has_secret(to) {
            return Err(RewriteError::Secret(shown()));
        }
        let place = |text: &str| {
            let place = Place::of(text).filter(|_| !text.contains(['?', '#']));
            place.ok_or_else(|| RewriteError::Address(without_credentials(text).into_owned()))
        };
        let (from_place, to_place) = (place(from)?, place(to)?);
        if without_credentials(from) != from || !variables(from).is_empty() {
            return Err(RewriteError::Credentials(shown()));
        }
        fill(to, &|_: &str| Some("x".to_owned())).map_err(RewriteError::Variable)?;
        for known in &self.0 {
            if known.from_place == from_place {
                return Err(RewriteError::Twice(from.to_owned()));
            }
            if known.to_place == to_place {
                return Err(RewriteError::Same(
                    known.from.clone(),
                    from.to_owned(),
                    without_credentials(to).into_owned(),
                ));
            }
        }
        let one = Rewrite { from: from.to_owned(), to: to.to_owned(), from_place, to_place };
        self.0.push(one);
        Ok(())
    }

    /// Whether nothing is replaced.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Addresses and their mirrors, in the order in which they were given.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|one| (one.from.as_str(), one.to.as_str()))
    }

    /// The addresses that are replaced, in the order in which they were given.
    pub fn replaced(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|one| one.from.as_str())
    }

    /// The same the other way round: what a rewritten file was before.
    pub fn undone(&self) -> Self {
        let turned = self.0.iter().map(|one| Rewrite {
            from: without_credentials(&one.to).into_owned(),
            to: one.from.clone(),
            from_place: one.to_place.clone(),
            to_place: one.from_place.clone(),
        });
        Self(turned.collect())
    }

    /// An address with another beginning, and which one was replaced: the longest that it has. `None` where it stays.
    pub fn apply(&self, address: &str) -> Option<(String, &str)> {
        let place = Place::of(address)?;
        let fits = self.0.iter().filter(|one| one.from_place.is_above(&place));
        let one = fits.max_by_key(|one| one.from_place.segments.len())?;
        let mut new = String::new();
        if address.starts_with("git+") && !one.to.starts_with("git+") {
            new.push_str("git+");
        }
        new.push_str(&one.to);
        for segment in &place.segments[one.from_place.segments.len()..] {
            new.extend(["/", segment.as_str()]);
        }
        if let Some(at) = without_credentials(address).find(['?', '#']) {
            new.push_str(&without_credentials(address)[at..]);
        }
        Some((new, &one.from))
    }

    /// Reads `[rewrite]` of lockit.toml.
    pub(crate) fn read(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Self {
        let mut rewrites = Self::default();
        let Some(table) = item.as_table() else {
            toml.error(
                "`rewrite` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[rewrite]` and below it `\"https://conda.anaconda.org\" = \"https://mirror.example.org/conda\"`"
                    .into(),
            );
            return rewrites;
        };
        for (key, item) in table.entries() {
            let Some(to) = toml.string(key.text, &item) else { continue };
            if let Err(error) = rewrites.add(key.text, &to.value) {
                toml.error(error.to_string(), key.span, "", error.hint());
            }
        }
        rewrites
    }
}

/// The hosts of addresses, for messages.
pub fn hosts<'a>(addresses: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    addresses.into_iter().filter_map(Place::of).map(|place| place.host).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrites(pairs: &[&str]) -> Rewrites {
        let mut all = Rewrites::default();
        for pair in pairs {
            all.add_pair(pair).unwrap_or_else(|error| panic!("{pair}: {error}"));
        }
        all
    }

    fn applied(all: &Rewrites, address: &str) -> String {
        all.apply(address).map_or_else(|| "stays".to_owned(), |(new, _)| new)
    }

    #[test]
    fn beginnings_are_whole_parts_of_addresses() {
        let all = rewrites(&["https://conda.anaconda.org=https://mirror.example.org/conda"]);
        for (address, new) in [
            (
                "https://conda.anaconda.org/conda-forge/noarch/a-1-0.conda",
                "https://mirror.example.org/conda/conda-forge/noarch/a-1-0.conda",
            ),
            ("HTTPS://Conda.Anaconda.org:443/x/", "https://mirror.example.org/conda/x"),
            ("https://conda.anaconda.org", "https://mirror.example.org/conda"),
            ("https://conda.anaconda.org.evil.example/x", "stays"),
            ("https://conda.anaconda.org:8443/x", "stays"),
            ("http://conda.anaconda.org/x", "stays"),
            ("https://other.example/?u=https://conda.anaconda.org/x", "stays"),
            ("https://conda.anaconda.org@other.example/x", "stays"),
            ("https://conda.anaconda.org/../x", "stays"),
            ("conda-forge", "stays"),
            ("./conda.anaconda.org/x", "stays"),
        ] {
            assert_eq!(applied(&all, address), new, "{address}");
        }
    }

    #[test]
    fn the_longest_wins_and_segments_are_whole() {
        let all = rewrites(&[
            "https://c/=https://m/all",
            "https://c/team=https://m/own",
            "https://c/team/x=file:///srv/x",
        ]);
        for (address, new) in [
            ("https://c/team/y/z", "https://m/own/y/z"),
            ("https://c/team/x/z", "file:///srv/x/z"),
            ("https://c/teams/x", "https://m/all/teams/x"),
            ("https://c/a%2Bb-1.whl#sha256=00&x=1", "https://m/all/a%2Bb-1.whl#sha256=00&x=1"),
            ("git+https://c/team/r.git", "git+https://m/own/r.git"),
        ] {
            assert_eq!(applied(&all, address), new, "{address}");
            assert_eq!(applied(&all.undone(), new), address, "back");
        }
    }

    #[test]
    fn credentials_belong_to_the_host_that_they_were_for() {
        let all = rewrites(&["https://c=https://${USER}:${PASS}@m/x"]);
        for address in
            ["https://c/y", "https://${A}:${B}@c/y", "https://c/t/${TOKEN}/y", "https://${ONE}@c/y"]
        {
            assert_eq!(applied(&all, address), "https://${USER}:${PASS}@m/x/y", "{address}");
        }
        assert_eq!(applied(&all.undone(), "https://${USER}:${PASS}@m/x/y"), "https://c/y");
        assert_eq!(applied(&all.undone(), "https://m/x/y"), "https://c/y");
    }

    #[test]
    fn what_is_no_rewrite() {
        let said = |pairs: &[&str]| {
            let mut all = Rewrites::default();
            let errors: Vec<RewriteError> =
                pairs.iter().filter_map(|pair| all.add_pair(pair).err()).collect();
            let [error] = errors.as_slice() else { panic!("{pairs:?}: {errors:?}") };
            assert!(!error.hint().is_empty());
            error.to_string()
        };
        let all: Vec<String> = [
            &["https://c"][..],
            &["c=m"],
            &["c=https://m"],
            &["https://c=https://m?x=1"],
            &["https://c?x=1=https://m"],
            &["https://joe:pw@c=https://m"],
            &["https://${T}@c=https://m"],
            &["https://c=https://joe:secret@m"],
            &["https://c=https://m/${PART}/x"],
            &["https://c=https://${GITHUB_TOKEN}@m"],
            &["https://c=https://m", "https://C/=https://n"],
            &["https://c=https://m", "https://d=https://${T}@m/"],
        ]
        .into_iter()
        .map(said)
        .collect();
        insta::assert_snapshot!(all.join("\n"), @"
        `https://c` is not a rewrite: expected two addresses, `FROM=TO`
        `c=m` is not a rewrite: expected two addresses, `FROM=TO`
        `c` is not an address: expected a scheme and a host, and no `?` or `#`
        `https://m?x=1` is not an address: expected a scheme and a host, and no `?` or `#`
        `https://c?x=1` is not an address: expected a scheme and a host, and no `?` or `#`
        `https://c` has credentials, which are not compared
        `https://c` has credentials, which are not compared
        the mirror for `https://c` has a secret in its address
        the environment variable `PART` stands in the path, where none is filled in
        the environment variable `GITHUB_TOKEN` belongs to a CI system or to another tool, and no file may have it sent to a host
        `https://C` has two mirrors
        `https://c` and `https://d` have the same mirror `https://m`
        ");
        assert!(!all.join("").contains("secret@"));
    }

    #[test]
    fn hosts_are_told_once() {
        let all = ["https://A/x", "https://a:443/y", "http://a/x", "conda-forge"];
        assert_eq!(hosts(all).into_iter().collect::<Vec<_>>(), ["http://a", "https://a"]);
    }
}
