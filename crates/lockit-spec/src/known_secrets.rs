//! Secrets that are written out in an address and are the value of an environment variable.
//!
//! As with conda-lock they become `${VAR}`: a channel can be given with its secrets filled in, as a shell does that
//! expands `$TOKEN`, and the lockfile names the variables all the same.

use std::collections::BTreeMap;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::credentials::{self, CredentialKind, has_secret};
use crate::placeholder::is_name;
use crate::{ChannelRef, EnvironmentFile, Parsed, Project, code, parse_conda_spec};

/// Values shorter than this are part of too many words.
const SHORTEST: usize = 4;

/// How names of variables end that hold a user name, most telling first. These are conda-lock's.
const USER: &[&str] = &["USERNAME", "USER"];
/// The same of passwords.
const PASSWORD: &[&str] = &["PASSWORD", "PASS", "TOKEN", "KEY"];
/// The same of tokens (`/t/<token>/`).
const TOKEN: &[&str] = &["TOKEN", "CRED", "PASSWORD", "PASS", "KEY"];

/// Environment variables by their values.
#[derive(Clone, Default)]
pub struct KnownSecrets(BTreeMap<String, Vec<String>>);

impl KnownSecrets {
    /// Takes names and values.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in variables {
            if value.len() >= SHORTEST && is_name(&name) {
                known.entry(value).or_default().push(name);
            }
        }
        // Which of several names is taken must not depend on their order.
        for names in known.values_mut() {
            names.sort_unstable();
        }
        Self(known)
    }

    /// The variable that has a value: the first one of those with the most telling end.
    fn name(&self, value: &str, ends: &[&str]) -> Option<&str> {
        let names = self.0.get(value)?;
        let has_end =
            |end: &&str| names.iter().find(|name| name.to_ascii_uppercase().ends_with(*end));
        ends.iter().find_map(has_end).or(names.first()).map(String::as_str)
    }

    /// A text with `${VAR}` in the place of the secrets of its addresses; `None` when none of them is known.
    ///
    /// A user name beside a placeholder is no secret, and stays.
    pub fn named(&self, text: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut named = text.to_owned();
        for one in credentials::find(text).into_iter().rev().filter(|one| !one.is_placeholder) {
            let secret = &text[one.value.clone()];
            let ends = match &one.kind {
                CredentialKind::Login { user: Some(_) } => PASSWORD,
                CredentialKind::Login { user: None } => USER,
                CredentialKind::Token | CredentialKind::Parameter => TOKEN,
            };
            let Some(name) = self.name(secret, ends) else { continue };
            named.replace_range(one.value, &format!("${{{name}}}"));
            if let CredentialKind::Login { user: Some(user) } = one.kind
                && let Some(name) = self.name(&text[user.clone()], USER)
            {
                named.replace_range(user, &format!("${{{name}}}"));
            }
        }
        (named != text).then_some(named)
    }

    /// Puts `${VAR}` into channels and indexes, and takes back the warnings about what is no secret any more.
    fn name_all<'a>(
        &self,
        places: impl Iterator<Item = &'a mut ChannelRef>,
        warnings: &mut Vec<Diagnostic>,
    ) {
        for place in places {
            let Some(named) = self.named(&place.text) else { continue };
            place.text = named;
            let Some((file, span)) = place.origin.as_ref().filter(|_| !place.holds_secret()) else {
                continue;
            };
            no_warning(warnings, file, *span);
        }
    }
}

/// Takes back the warning about a place.
fn no_warning(warnings: &mut Vec<Diagnostic>, file: &SourceFile, span: Span) {
    // The line is not shown, so a note says where it is.
    let at = format!("it stands at {};", file.place(span));
    warnings.retain(|warning| {
        warning.code != Some(code::URL_CREDENTIALS)
            || !warning.notes.iter().any(|note| note.starts_with(&at))
    });
}

impl std::fmt::Debug for KnownSecrets {
    /// Never shows a value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.values().flatten()).finish()
    }
}

impl Parsed<EnvironmentFile> {
    /// Puts `${VAR}` in the place of known secrets in channels and indexes.
    pub fn name_secrets(&mut self, known: &KnownSecrets) {
        let sources = &mut self.value.pip_sources;
        let places = self.value.channels.iter_mut().chain(sources.places_mut());
        known.name_all(places, &mut self.warnings);
        for requirement in &mut self.value.requirements {
            let Some(text) = known.named(&requirement.text) else { continue };
            let Ok((_, spec)) = parse_conda_spec(&text) else { continue };
            requirement.text = text;
            requirement.spec = spec;
            if !has_secret(&requirement.text) {
                no_warning(&mut self.warnings, &requirement.file, requirement.span);
            }
        }
    }
}

impl Parsed<Project> {
    /// Puts `${VAR}` in the place of known secrets in channels.
    pub fn name_secrets(&mut self, known: &KnownSecrets) {
        let environments = self.value.environments.values_mut();
        let channels = environments.flat_map(|environment| &mut environment.settings.channels);
        known.name_all(self.value.settings.channels.iter_mut().chain(channels), &mut self.warnings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PipSection;

    fn known(variables: &[(&str, &str)]) -> KnownSecrets {
        KnownSecrets::new(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    /// conda-lock's own cases (`tests/test_channel.py`): however it is written, the address is the same.
    #[test]
    fn three_forms_of_an_address_are_one() {
        let known = known(&[
            ("TEST_REPO_USERNAME", "theuser"),
            ("TEST_REPO_PASSWORD", "thepassword"),
            ("TEST_REPO_TOKEN", "tk-123-456"),
        ]);
        let named = |text: &str| known.named(text).unwrap_or_else(|| text.to_owned());
        for text in [
            "http://theuser:thepassword@host/prefix",
            "http://${TEST_REPO_USERNAME}:thepassword@host/prefix",
            "http://${TEST_REPO_USERNAME}:${TEST_REPO_PASSWORD}@host/prefix",
        ] {
            assert_eq!(
                named(text),
                "http://${TEST_REPO_USERNAME}:${TEST_REPO_PASSWORD}@host/prefix"
            );
        }
        for text in ["http://host/t/tk-123-456/prefix/", "http://host/t/${TEST_REPO_TOKEN}/prefix/"]
        {
            assert_eq!(named(text), "http://host/t/${TEST_REPO_TOKEN}/prefix/");
        }
        assert_eq!(
            named("-c https://h/sub/t/tk-123-456/c -c http://h/c?sig=tk-123-456"),
            "-c https://h/sub/t/${TEST_REPO_TOKEN}/c -c http://h/c?sig=${TEST_REPO_TOKEN}"
        );
        assert_eq!(named("http://theuser@host/c"), "http://${TEST_REPO_USERNAME}@host/c");
        for same in [
            "conda-forge",
            "http://host/theuser/thepassword",
            "http://theuser:another@host/c",
            "http://theuser:${OTHER}@host/c",
            "http://host/t/another/c",
        ] {
            assert_eq!(known.named(same), None, "{same}");
        }
    }

    #[test]
    fn the_most_telling_variable_is_taken() {
        let known = known(&[
            ("ZZ", "value-of-several"),
            ("A_KEY", "value-of-several"),
            ("MY_PASSWORD", "value-of-several"),
            ("B_CRED", "value-of-several"),
            ("FOO", "just-foo"),
            ("BAR", "just-foo"),
            ("SHORT", "abc"),
            ("NO-NAME", "of-no-variable"),
        ]);
        for (text, expected) in [
            ("https://u:value-of-several@h/c", Some("https://u:${MY_PASSWORD}@h/c")),
            ("https://h/t/value-of-several/c", Some("https://h/t/${B_CRED}/c")),
            ("https://value-of-several@h/c", Some("https://${A_KEY}@h/c")),
            ("https://u:just-foo@h/c", Some("https://u:${BAR}@h/c")),
            ("https://u:abc@h/c", None),
            ("https://u:of-no-variable@h/c", None),
        ] {
            assert_eq!(known.named(text).as_deref(), expected, "{text}");
        }
        assert!(!format!("{known:?}").contains("value-of-several"));
    }

    /// A variable may hold `1` or `dev`, and a password that is the same says nothing about it.
    #[test]
    fn a_value_of_four_characters_is_the_shortest_that_is_known() {
        let known = known(&[("THREE_KEY", "abc"), ("FOUR_KEY", "abcd"), ("EMPTY_KEY", "")]);
        let named = |text: &str| known.named(text);
        assert_eq!(named("https://u:abc@h/c"), None);
        assert_eq!(named("https://u:abcd@h/c").as_deref(), Some("https://u:${FOUR_KEY}@h/c"));
        assert_eq!(named("https://h/t/abc/c"), None);
        assert_eq!(named("https://h/t/abcd/c").as_deref(), Some("https://h/t/${FOUR_KEY}/c"));
        // The whole value, not a part of it.
        assert_eq!(named("https://u:abcde@h/c"), None);
    }

    #[test]
    fn what_has_a_name_is_no_finding() {
        let text = "channels:\n  - https://joe:known-one@h/a\n  - https://joe:unknown@h/b\n\
                    pip-repositories: ['https://joe:known-one@h/pypi']\ndependencies: []\n";
        let file = SourceFile::new("environment.yml", text);
        let mut parsed = EnvironmentFile::parse(&file, PipSection::Check).unwrap();
        let before = parsed.warnings.len();
        parsed.name_secrets(&known(&[("PASS", "known-one")]));
        assert_eq!(parsed.warnings.len() + 1, before);
        let texts: Vec<_> = parsed.value.channels.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["https://joe:${PASS}@h/a", "https://joe:unknown@h/b"]);
        assert_eq!(parsed.value.pip_sources.indexes[0].text, "https://joe:${PASS}@h/pypi");
    }

    #[test]
    fn channels_of_a_project_and_of_its_environments_are_named() {
        let text = "channels = ['https://joe:known-one@h/a']\n[environments.dev]\nfiles = ['x.yml']\nchannels = ['https://joe:known-one@h/b']\n";
        let file = SourceFile::new("lockit.toml", text);
        let mut parsed = Project::parse(&file, std::path::Path::new("")).unwrap();
        let before = parsed.warnings.len();
        parsed.name_secrets(&known(&[("PASS", "known-one")]));
        let channel = |settings: &crate::Settings| settings.channels[0].text.clone();
        assert_eq!(channel(&parsed.value.settings), "https://joe:${PASS}@h/a");
        assert_eq!(channel(&parsed.value.environments["dev"].settings), "https://joe:${PASS}@h/b");
        assert_eq!(parsed.warnings.len() + 2, before, "they are no findings any more");
    }
}
