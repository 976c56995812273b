//! What can go wrong.

use std::{path::PathBuf, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};

/// A way to misbehave.
///
/// [`Unauthorized`](Self::Unauthorized) with the right credentials, [`Delay`](Self::Delay),
/// [`Hold`](Self::Hold) and [`SwitchAfter`](Self::SwitchAfter) go on to the next fault that matches,
/// or to the proper answer; all others are the answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The proper answer: with [`Server::fault_times`](crate::Server::fault_times), in front of an
    /// older fault that is to happen later.
    None,
    /// This status with a short text: 403 of a proxy, 404, 503 …
    Status(u16),
    /// This status, and when to come again (`Retry-After`).
    Later(u16, String),
    /// Sends these bytes, whatever belongs there.
    Bytes(Vec<u8>),
    /// 401, unless the request has these credentials.
    Unauthorized(Credentials),
    /// Waits before the first byte.
    Delay(Duration),
    /// Sends the body this slowly.
    Drip {
        /// At least 1.
        bytes_per_second: usize,
    },
    /// Waits until [`Server::clear_faults`](crate::Server::clear_faults).
    Hold,
    /// Takes the request and never answers.
    Hang,
    /// Promises the whole body, sends so many bytes of it and closes the connection.
    Truncate(usize),
    /// Sends so many bytes of the body and says that this is all.
    Shorten(usize),
    /// Sends nothing and says that this is all.
    Empty,
    /// Sends the body with a bit flipped in its middle: the length is right, the digest is not.
    Corrupt,
    /// Sends what belongs to another path, such as `conda-forge/noarch/repodata.json`: well-formed,
    /// but not what was asked for.
    Instead(String),
    /// 200 and a page of HTML, as a captive portal does.
    CaptivePortal,
    /// Resets the connection (RST) instead of an answer.
    Reset,
    /// 302 to an absolute URL or to a path that starts with `/`.
    Redirect(String),
    /// The body is the same, the `ETag` is another one for every answer, nothing is ever 304.
    NewEtag,
    /// Answers properly, and serves the channel from this folder from then on: an index that was
    /// replaced between two requests. Use it with [`Server::fault_times`](crate::Server::fault_times).
    SwitchAfter(PathBuf),
}

/// What a request must have.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// `Authorization: Basic …`
    Basic {
        /// The name before the colon.
        user: String,
        /// What follows the colon.
        password: String,
    },
    /// `Authorization: Bearer …`
    Bearer(String),
    /// `/t/<token>/` before the channel.
    PathToken(String),
}

impl Credentials {
    /// Whether a request has them.
    pub(super) fn fit(&self, authorization: Option<&str>, path_token: Option<&str>) -> bool {
        match self {
            Self::Basic { user, password } => {
                let expected = STANDARD.encode(format!("{user}:{password}"));
                authorization.and_then(|text| text.strip_prefix("Basic ")) == Some(&expected)
            }
            Self::Bearer(token) => {
                authorization.and_then(|text| text.strip_prefix("Bearer ")) == Some(token)
            }
            Self::PathToken(token) => path_token == Some(token),
        }
    }

    /// The value of `WWW-Authenticate`.
    pub(super) fn challenge(&self) -> &'static str {
        match self {
            Self::Basic { .. } => "Basic realm=\"channel\"",
            Self::Bearer(_) | Self::PathToken(_) => "Bearer realm=\"channel\"",
        }
    }
}

/// Where and how often a fault happens.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: String,
    /// `None` is for ever.
    pub(super) left: Option<usize>,
    pub(super) fault: Fault,
}

/// Whether `*`-pattern and text match as a whole.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| glob(tail, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text() {
        assert!(glob("*", ""));
        assert!(glob("*/linux-64/*", "conda-forge/linux-64/repodata.json"));
        assert!(glob("*.zst", "a/b.zst"));
        assert!(glob("a*b*c", "a-b-b-c"));
        assert!(!glob("a*b*c", "a-c-b"));
        assert!(!glob("linux-64", "conda-forge/linux-64"));
    }
}
