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
        let found = self.or_reason(found, Self::required()).map_err(|reason| {
            Skipped::of_this_run().add(self.word(), &reason);
        });
        found.ok()
    }

    /// What was found, or why the test is skipped; panics where it may not be.
    #[track_caller]
    fn or_reason<T>(
        self,
        found: Result<T, impl Display>,
        required: Result<Vec<Self>, String>,
    ) -> Result<T, String> {
        let required = match required {
            Ok(required) => required,
            Err(error) => panic!("{error}"),
        };
        found.map_err(|reason| {
            let word = self.word();
            assert!(!required.contains(&self), "LOCKIT_REQUIRE says `{word}`, but {reason}");
            reason.to_string()
        })
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

    fn without_mounts(required: &str) -> Result<(), String> {
        Need::Mounts.or_reason(Err("it is absent"), parse(required))
    }

    #[test]
    fn what_is_not_required_is_skipped_for_its_reason() {
        assert_eq!(without_mounts("peers"), Err("it is absent".to_owned()));
        assert_eq!(Need::Mounts.or_reason(Ok::<_, &str>(1), parse("mounts")), Ok(1));
    }

    #[test]
    #[should_panic(expected = "LOCKIT_REQUIRE says `mounts`, but it is absent")]
    fn what_is_required_is_not_skipped() {
        let _ = without_mounts("peers,mounts");
    }

    /// A requirement that nothing answers to would be forgotten otherwise.
    #[test]
    #[should_panic(expected = "LOCKIT_REQUIRE says `mount`, which is not one of")]
    fn an_unknown_requirement_fails() {
        let _ = without_mounts("mount");
    }
}
