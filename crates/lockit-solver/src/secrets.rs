//! What must never be printed.
//!
//! Libraries below put URLs into their errors and logs as they were requested, with the tokens in
//! them. So every secret of a run is learnt when it is read, and every such text passes
//! [`conceal`] before a person sees it.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use lockit_spec::credentials::{self, CredentialKind};
use url::Url;

/// Secrets and what stands for them. One for the process, because the log is one for the process.
static KNOWN: RwLock<Vec<(String, String)>> = RwLock::new(Vec::new());

/// Texts shorter than this are part of too many words; nobody keeps a channel safe with them.
const SHORTEST: usize = 4;

/// Secrets of this length are not found in longer words by chance.
const NO_WORD: usize = 12;

/// Stands for a secret that has no name.
const HIDDEN: &str = "***";

/// Remembers a secret and what to print in its place. What was learnt first stays.
pub(crate) fn learn(secret: &str, placeholder: &str) {
    if secret.len() < SHORTEST || secret == placeholder {
        return;
    }
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if known.iter().all(|(one, _)| one != secret) {
        known.push((secret.to_owned(), placeholder.to_owned()));
        // A URL goes before the token in it, and a token before another one that it contains.
        known.sort_by_key(|(one, _)| std::cmp::Reverse(one.len()));
    }
}

/// Remembers the credentials that a URL holds, and gives the token in its path (`/t/<token>/`).
pub fn learn_url(url: &Url) -> Option<String> {
    let text = url.as_str();
    let found = credentials::find(text);
    for one in &found {
        let secret = &text[one.value.clone()];
        learn(secret, HIDDEN);
        learn(&credentials::percent_decoded(secret), HIDDEN);
    }
    let token = found.into_iter().find(|one| one.kind == CredentialKind::Token)?;
    Some(text[token.value].to_owned())
}

/// The text with everything learnt so far replaced by what stands for it, and what nobody has learnt masked where it
/// stands in an address.
pub fn conceal(text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let text = replace(text, &known);
    match credentials::masked(&text) {
        Cow::Owned(masked) => Cow::Owned(masked),
        Cow::Borrowed(_) => text,
    }
}

fn replace<'a>(text: &'a str, known: &[(String, String)]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for (secret, placeholder) in known {
        if !text.contains(secret.as_str()) {
            continue;
        }
        if secret.len() >= NO_WORD {
            text = Cow::Owned(text.replace(secret.as_str(), placeholder));
        } else if let Cow::Owned(replaced) = replace_word(&text, secret, placeholder) {
            text = Cow::Owned(replaced);
        }
    }
    text
}

/// Replaces what is no part of a longer word: a password `main` leaves `domain` alone.
fn replace_word<'a>(text: &'a str, secret: &str, placeholder: &str) -> Cow<'a, str> {
    let mut replaced = Cow::Borrowed(text);
    for (at, _) in text.rmatch_indices(secret) {
        let (before, after) = (&text[..at], &text[at + secret.len()..]);
        if !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric) {
            replaced.to_mut().replace_range(at..at + secret.len(), placeholder);
        }
    }
    replaced
}

/// The secrets of mirrors and proxies.
pub(crate) fn learn_config(config: &rattler_config::config::CommonConfig) {
    for mirror in config.mirrors.values().flatten() {
        learn_url(mirror);
    }
    for proxy in [&config.proxy_config.http, &config.proxy_config.https].into_iter().flatten() {
        learn_url(proxy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_secret_goes_first() {
        let known = [
            ("http://h/t/abcdef/".to_owned(), "http://h/t/${T}/".to_owned()),
            ("abcdef".to_owned(), "${T}".to_owned()),
        ];
        assert_eq!(
            replace("get http://h/t/abcdef/x: abcdef", &known),
            "get http://h/t/${T}/x: ${T}"
        );
        assert!(matches!(replace("nothing", &known), Cow::Borrowed(_)));
    }

    #[test]
    fn a_short_secret_leaves_longer_words_alone() {
        let known = [("main".to_owned(), "${P}".to_owned())];
        assert_eq!(
            replace("domain mains https://u:main@h/main (main)", &known),
            "domain mains https://u:${P}@h/${P} (${P})"
        );
        assert!(matches!(replace("domain", &known), Cow::Borrowed(_)));
    }

    #[test]
    fn logins_and_tokens_of_urls_are_found() {
        learn_url(&"https://joe:p%40ssw0rd@host/t/tk-123456/chan".parse().unwrap());
        learn_url(&"https://lonely-token@host/chan".parse().unwrap());
        let text = conceal("p%40ssw0rd p@ssw0rd tk-123456 lonely-token joe host chan");
        assert_eq!(text, "*** *** *** *** joe host chan");
        assert_eq!(conceal("get https://h/sub/t/never-learnt/c"), "get https://h/sub/t/***/c");
    }

    #[test]
    fn short_words_stay() {
        learn("a", "${A}");
        learn("abc", "${A}");
        assert_eq!(conceal("abc"), "abc");
    }
}
