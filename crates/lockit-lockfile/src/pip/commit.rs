//! Commits and repositories, which tools write in more than one way.
//!
//! pip and conda-lock keep what somebody wrote, uv and pixi what git makes of it. Only what git itself takes for the same is
//! the same here: a tag is not known to be a commit.

use std::borrow::Cow;

use lockit_spec::credentials::without_credentials;
use url::Url;

/// The fewest digits that git writes for a commit.
const SHORT: usize = 7;

/// Whether two texts name one commit: in small or capital letters, whole or cut off.
pub fn is_same_commit(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let is_id = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if short.len() < SHORT || !is_id(short) || !is_id(long) {
        return a == b;
    }
    long[..short.len()].eq_ignore_ascii_case(short)
}

/// Whether two addresses are those of one repository: with or without `.git`, a slash at the end, a login.
pub fn is_same_repository(a: &str, b: &str) -> bool {
    a == b || repository(a) == repository(b)
}

fn repository(address: &str) -> Cow<'_, str> {
    let address = without_credentials(address);
    // The parser writes scheme and host in small letters, and leaves out a port that goes without saying.
    let text = Url::parse(&address).map_or(address, |url| Cow::Owned(url.to_string()));
    let end = text.trim_end_matches('/');
    Cow::Owned(end.strip_suffix(".git").unwrap_or(end).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_compared_as_git_reads_them() {
        let whole = "1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0";
        for same in [whole, "1f0c4a6", "1F0C4A6DE1C3"] {
            assert!(is_same_commit(whole, same) && is_same_commit(same, whole), "{same}");
        }
        for other in ["1f0c4a", "", "2f0c4a6de1", "v1.0", "1f0c4a6x", "main"] {
            assert!(!is_same_commit(whole, other) && !is_same_commit(other, whole), "{other}");
        }
        assert!(is_same_commit("v1.0", "v1.0") && !is_same_commit("v1.0", "v1.0.1"));
    }

    #[test]
    fn repositories_are_compared_by_where_they_are() {
        let one = "https://git.example.org/tool";
        for same in [
            "https://git.example.org/tool.git",
            "https://git.example.org/tool/",
            "https://Git.Example.org:443/tool",
            "https://${TOKEN}@git.example.org/tool.git",
        ] {
            assert!(is_same_repository(one, same), "{same}");
        }
        for other in [
            "http://git.example.org/tool",
            "ssh://git@git.example.org/tool",
            "https://git.example.org/Tool",
            "https://git.example.org:8443/tool",
            "https://git.example.org/tool2",
        ] {
            assert!(!is_same_repository(one, other), "{other}");
        }
    }
}
