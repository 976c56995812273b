//! The things that may be absent, by the words of `LOCKIT_REQUIRE`.

use std::fmt::Display;

use crate::skipped::Skipped;

/// Something of the machine that some tests cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The client for HTTP.
    Curl,
    /// Git's own server for HTTP.
    Git,
    /// Root, and a mount namespace of one's own.
    Mounts,
    /// A Python with `.ci/peers.txt` installed.
    Peers,
    /// A `python3` that packages of a test can link to.
    Python,
    /// Files beside the checkout that are too many for it.
    Shared,
    /// A strace that may trace.
    Strace,
    /// The uv of the peers.
    Uv,
}

impl Need {
    const ALL: [Self; 8] = [
        Self::Curl,
        Self::Git,
        Self::Mounts,
        Self::Peers,
        Self::Python,
        Self::Shared,
        Self::Strace,
        Self::Uv,
    ];

    /// What `LOCKIT_REQUIRE` calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Git => "git",
            Self::Mounts => "mounts",
            Self::Peers => "peers",
            Self::Python => "python",
            Self::Shared => "shared",
            Self::Strace => "strace",
            Self::Uv => "uv",
        }
    }

    /// What `LOCKIT_REQUIRE` says must be there; nothing when it is not set.
    ///
    /// # Errors
    /// When a word of it is unknown: a misspelt requirement would be none.
    pub fn required() -> Result<Vec<Self>, String> {
        parse(&std::env::var("LOCKIT_REQUIRE").unwrap_or_default())
    }

    /// What was found. Otherwise the test that runs is written down as skipped and has to end.
    ///
    /// # Panics
    /// With the reason, when `LOCKIT_REQUIRE` names this.
    #[track_caller]
    pub fn or_skip<T>(self, found: Result<T, impl Display>) -> Option<T> {
        let required = match Self::required() {
            Ok(required) => required,
            Err(error) => panic!("{error}"),
        };
        match found {
            Ok(found) => Some(found),
            Err(reason) if required.contains(&self) => {
                panic!("LOCKIT_REQUIRE says `{}`, but {reason}", self.word())
            }
            Err(reason) => {
                Skipped::of_this_run().add(self.word(), &reason.to_string());
                None
            }
        }
    }
}

fn parse(words: &str) -> Result<Vec<Need>, String> {
    let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            Need::ALL.into_iter().find(|need| need.word() == word).ok_or_else(|| {
                let known = Need::ALL.map(Need::word).join(", ");
                format!("LOCKIT_REQUIRE says `{word}`, which is not one of: {known}")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Need, parse};

    #[test]
    fn words_are_known_or_refused() {
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("peers, uv,"), Ok(vec![Need::Peers, Need::Uv]));
        insta::assert_snapshot!(parse("peers,strase").unwrap_err(), @"LOCKIT_REQUIRE says `strase`, which is not one of: curl, git, mounts, peers, python, shared, strace, uv");
    }

    /// Run by the test below, which sets `LOCKIT_REQUIRE`.
    #[test]
    #[ignore = "part of another test"]
    fn lacks_something() {
        assert_eq!(Need::Mounts.or_skip(Err::<(), _>("it is absent")), None);
    }

    #[test]
    fn what_is_required_is_not_skipped() {
        let said = |required: &str| {
            let name = "need::tests::lacks_something";
            let output = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", name])
                .env("LOCKIT_REQUIRE", required)
                .output()
                .unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        let (passed, text) = said("peers,mounts");
        assert!(!passed, "{text}");
        assert!(text.contains("LOCKIT_REQUIRE says `mounts`, but it is absent\n"), "{text}");
        // A requirement that nothing answers to would be forgotten otherwise.
        let (passed, text) = said("mount");
        assert!(!passed, "{text}");
        assert!(text.contains("LOCKIT_REQUIRE says `mount`, which is not one of"), "{text}");
    }
}
