//! Locks without secrets, as every reader gives them, and locks without any credential, for those who keep all of them in a store (`--strip-auth`).
//!
//! conda-lock leaves logins out of explicit files and says above them which domains want one. Here it is every
//! credential, placeholders and tokens too, in every format.

use std::borrow::Cow;
use std::collections::BTreeSet;

use lockit_spec::credentials::{without_credentials, without_secrets};

use crate::{Lock, LockedChannel, PipSource, PlatformLock, Record};

impl Lock {
    /// Takes logins and tokens out of every address, also where they are `${VAR}` placeholders. The domains that they
    /// were for go into [`Lock::authenticated`].
    pub fn strip_credentials(&mut self) {
        let mut domains = std::mem::take(&mut self.authenticated);
        self.each_text(&mut |text| strip(text, &mut domains));
        for record in self.platforms.values_mut().flat_map(PlatformLock::records_mut) {
            record.each_text(&mut |text| strip(text, &mut domains));
        }
        for channel in &mut self.channels {
            *channel = LockedChannel::new(&channel.url);
        }
        self.authenticated = domains;
    }

    /// Takes out what is written out in an address, wherever it stands; placeholders stay. Says whether there was
    /// something. Records are without when they are read ([`Pooled::new`](crate::pool::Pooled::new)).
    pub(crate) fn drop_secrets(&mut self) -> bool {
        let mut dropped = false;
        self.each_text(&mut |text| dropped |= drop_secret(text));
        dropped
    }

    /// Every text that may be an address or hold one, but those of conda packages.
    fn each_text(&mut self, see: &mut dyn FnMut(&mut String)) {
        self.channels.iter_mut().for_each(|channel| see(&mut channel.url));
        if let Some(indexes) = &mut self.pip_indexes {
            let all = indexes.indexes.iter_mut().chain(&mut indexes.of_packages);
            all.chain(&mut indexes.find_links).for_each(&mut *see);
        }
        for locked in self.platforms.values_mut() {
            for record in &mut locked.pip {
                match &mut record.source {
                    PipSource::Archive { url, index } => {
                        see(url);
                        index.iter_mut().for_each(&mut *see);
                    }
                    PipSource::Git { url, .. } => see(url),
                    PipSource::Folder { path, .. } => see(path),
                }
                let needs = record.depends.iter_mut().chain(&mut record.requires_dist);
                needs.flatten().for_each(&mut *see);
            }
            locked.requested.iter_mut().flatten().for_each(&mut *see);
        }
        self.command.iter_mut().chain(&mut self.sources).for_each(&mut *see);
        self.metadata.custom.values_mut().for_each(see);
    }

    /// Whether an address holds a placeholder for a credential.
    pub fn has_credentials(&self) -> bool {
        let mut copy = self.clone();
        copy.authenticated.clear();
        copy.strip_credentials();
        !copy.authenticated.is_empty()
    }
}

impl Record {
    /// Takes out what is written out in an address. Says whether there was something.
    pub(crate) fn drop_secrets(&mut self) -> bool {
        let mut dropped = false;
        self.each_text(&mut |text| dropped |= drop_secret(text));
        dropped
    }

    fn each_text(&mut self, see: &mut dyn FnMut(&mut String)) {
        let addresses = self.url.iter_mut().chain(&mut self.channel);
        let needs = self.depends.iter_mut().chain(&mut self.constrains).flatten();
        addresses.chain(needs).chain(self.purls.iter_mut().flatten()).for_each(see);
    }
}

/// Takes out what is written out in the addresses of a text. Says whether there was something.
fn drop_secret(text: &mut String) -> bool {
    if text.contains("://")
        && let Cow::Owned(public) = without_secrets(text)
    {
        *text = public;
        return true;
    }
    false
}

/// Takes the credentials out of the addresses in a text, which is an address, a requirement or a command.
fn strip(text: &mut String, domains: &mut BTreeSet<String>) {
    if !text.contains("://") {
        return;
    }
    let words = text.split(' ').map(|word| {
        let stripped = without_credentials(word);
        if let Cow::Owned(stripped) = &stripped {
            domains.extend(domain(stripped));
        }
        stripped
    });
    *text = words.collect::<Vec<_>>().join(" ");
}

/// Host and port of an address.
fn domain(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let domain = rest.split(['/', '?', '#', '\'']).next().unwrap_or(rest);
    (!domain.is_empty()).then(|| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_spec::Platform;

    use super::*;
    use crate::{
        ExplicitOptions, conda_lock, explicit, pixi, pylock, rendered_env, requirements, sample,
    };

    #[test]
    fn credentials_and_their_domains() {
        for (text, expected, wanted) in [
            ("https://${USER}:${PASS}@host:80/c", "https://host:80/c", "host:80"),
            ("https://joe:pw@host/c", "https://host/c", "host"),
            ("https://host/t/$TOKEN/c", "https://host/c", "host"),
            ("https://host/conda/t/${TOKEN}/c/t/x", "https://host/conda/c/t/x", "host"),
            ("tool @ git+https://${T}@host/x@ab", "tool @ git+https://host/x@ab", "host"),
            ("lockit -c 'https://${T}@host' -p x", "lockit -c 'https://host' -p x", "host"),
            ("https://host/c/t/x", "https://host/c/t/x", ""),
            ("git+ssh://git@host/x", "git+ssh://git@host/x", ""),
            ("conda-forge", "conda-forge", ""),
        ] {
            let (mut address, mut domains) = (text.to_owned(), BTreeSet::new());
            strip(&mut address, &mut domains);
            assert_eq!(address, expected);
            assert_eq!(domains.into_iter().collect::<Vec<_>>().join(","), wanted, "{text}");
        }
    }

    /// No gaps: whatever the format, nothing is left.
    #[test]
    fn no_format_keeps_a_placeholder() {
        let mut lock = sample::lock();
        assert!(lock.has_credentials());
        lock.strip_credentials();
        assert!(!lock.has_credentials());
        let domains = ["pypi.example.org", "repo.example.org"].map(str::to_owned);
        assert_eq!(lock.authenticated, BTreeSet::from(domains));
        let platform = Platform::OsxArm64;
        let explicit_text = explicit::write(&lock, platform, ExplicitOptions::default()).unwrap();
        let env_text = rendered_env::write(&lock, platform).unwrap();
        let lock_text = conda_lock::write(&lock, "conda-lock.yml").unwrap();
        let of_pip = requirements::write(&lock, platform).unwrap();
        let pylock_text = pylock::write(&lock, platform).unwrap();
        let pixi_text = pixi::write(&[&lock], pixi::WriteOptions::default()).unwrap();
        for text in [&explicit_text, &env_text, &lock_text, &of_pip, &pylock_text, &pixi_text] {
            assert!(!text.contains('$') && !text.contains("/t/"), "{text}");
        }
        // What conda-lock puts on top, and is read back.
        let top = "# The following domains require authentication:\n# - pypi.example.org\n# - repo.example.org\n# Generated by lockit.\n";
        assert!(explicit_text.starts_with(top) && env_text.starts_with(top), "{explicit_text}");
        let file = |text: &str| SourceFile::new("x", text);
        let read = [
            explicit::read(&file(&explicit_text)).unwrap(),
            rendered_env::read(&file(&env_text)).unwrap(),
            conda_lock::read(&file(&lock_text)).unwrap(),
        ];
        for (read, warnings) in read {
            assert_eq!(read.authenticated, lock.authenticated);
            assert_eq!(read.environment, lock.environment);
            assert_eq!(warnings, []);
        }
    }
}
