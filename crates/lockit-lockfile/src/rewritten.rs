//! Locks with the addresses of mirrors ([`Rewrites`]). Digests stay, so it is the same lock.

use std::collections::BTreeSet;

use lockit_spec::{PUBLIC_INDEX, Platform, Rewrites, channel_identities, rewritten_hosts};

use crate::{Lock, LockedChannel, PipRecord, PipSource, PlatformLock, Record};

impl Lock {
    /// Puts mirrors in the place of addresses of packages, channels and indexes. Gives back which addresses were replaced.
    pub fn rewrite(&mut self, rewrites: &Rewrites) -> BTreeSet<String> {
        let mut used = Used { rewrites, used: BTreeSet::new() };
        if rewrites.is_empty() {
            return used.used;
        }
        let platforms: Vec<Platform> = self.platforms.keys().copied().collect();
        let listed = std::mem::take(&mut self.channels);
        self.channels = listed.into_iter().flat_map(|one| used.channel(one, &platforms)).collect();
        for chosen in self.platforms.values_mut() {
            for record in &mut chosen.records {
                // Records of several locks are one in memory.
                if let Some(new) = used.record(record) {
                    *record = std::sync::Arc::new(new);
                }
            }
            chosen.pip.iter_mut().for_each(|record| used.pip(record));
        }
        used.used
    }

    /// The hosts that packages of the lock come from.
    pub fn hosts(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for PlatformLock { records, pip, .. } in self.platforms.values() {
            found
                .extend(rewritten_hosts(records.iter().filter_map(|record| record.url.as_deref())));
            for record in pip {
                found.extend(rewritten_hosts([record.address().as_str()]));
            }
        }
        let channels = self.channels.iter().map(|channel| channel.url.as_str());
        let platforms: Vec<Platform> = self.platforms.keys().copied().collect();
        let places = channel_identities(channels, &platforms);
        found.extend(rewritten_hosts(places.iter().map(String::as_str)));
        found
    }
}

struct Used<'a> {
    rewrites: &'a Rewrites,
    used: BTreeSet<String>,
}

impl Used<'_> {
    fn address(&mut self, address: &str) -> Option<String> {
        let (new, from) = self.rewrites.apply(address)?;
        self.used.insert(from.to_owned());
        Some(new)
    }

    /// A name becomes the addresses that it stands for, where one of them has a mirror.
    fn channel(&mut self, channel: LockedChannel, platforms: &[Platform]) -> Vec<LockedChannel> {
        if let Some(new) = self.address(&channel.url) {
            return vec![LockedChannel::new(&new)];
        }
        if channel.url.contains("://") {
            return vec![channel];
        }
        let places = channel_identities([channel.url.as_str()], platforms);
        let new: Vec<Option<String>> = places.iter().map(|place| self.address(place)).collect();
        if new.iter().all(Option::is_none) {
            return vec![channel];
        }
        let all = places.into_iter().zip(new);
        all.map(|(place, new)| LockedChannel::new(&new.unwrap_or(place))).collect()
    }

    fn record(&mut self, record: &Record) -> Option<Record> {
        let url = record.url.as_deref().and_then(|url| self.address(url));
        let channel = record.channel.as_deref().and_then(|channel| self.address(channel));
        if url.is_none() && channel.is_none() {
            return None;
        }
        let mut new = record.clone();
        if let Some(url) = url {
            // What is replaced may be a part of the channel, or reach into it.
            new.channel = Record::from_url(&url).and_then(|record| record.channel);
            new.url = Some(url);
        } else {
            new.channel = channel;
        }
        Some(new)
    }

    fn pip(&mut self, record: &mut PipRecord) {
        match &mut record.source {
            PipSource::Archive { url, index } => {
                let of_public =
                    index.is_none() && url.starts_with("https://files.pythonhosted.org/");
                let asked = if of_public { Some(PUBLIC_INDEX) } else { index.as_deref() };
                let new_index = asked.and_then(|asked| self.address(asked));
                if let Some(new) = self.address(url) {
                    *url = new;
                }
                if let Some(new) = new_index {
                    *index = (new.trim_end_matches('/') != PUBLIC_INDEX).then_some(new);
                }
            }
            PipSource::Git { url, .. } => {
                if let Some(new) = self.address(url) {
                    *url = new;
                }
            }
            PipSource::Folder { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn rewrites(pairs: &[&str]) -> Rewrites {
        let mut all = Rewrites::default();
        for pair in pairs {
            all.add_pair(pair).unwrap();
        }
        all
    }

    #[test]
    fn every_address_is_rewritten_and_comes_back() {
        let all = rewrites(&[
            "https://conda.anaconda.org=https://${WHO}:${PASS}@mirror.example/conda",
            "https://repo.example.org/team=https://mirror.example/team",
            "https://files.pythonhosted.org=https://mirror.example/files",
            "https://pypi.org/simple=https://mirror.example/simple",
            "https://pypi.example.org=https://mirror.example/own",
            "https://git.example.org=https://mirror.example/git",
        ]);
        let lock = sample::lock();
        let mut new = lock.clone();
        let used = new.rewrite(&all);
        assert_eq!(used.len(), 6, "{used:?}");
        let hosts: Vec<String> = new.hosts().into_iter().collect();
        assert_eq!(hosts, ["https://mirror.example"]);
        assert_eq!(
            new.channels.iter().map(|one| one.url.as_str()).collect::<Vec<_>>(),
            [
                "https://${WHO}:${PASS}@mirror.example/conda/conda-forge",
                "https://mirror.example/team"
            ]
        );
        assert_eq!(new.channels[0].used_env_vars, ["PASS", "WHO"]);
        for (platform, chosen) in &lock.platforms {
            for (old, new) in chosen.records.iter().zip(&new.platforms[platform].records) {
                assert_eq!(
                    (&old.sha256, &old.md5, &old.subdir),
                    (&new.sha256, &new.md5, &new.subdir)
                );
                let channel = new.channel.as_deref().unwrap();
                assert!(new.url.as_deref().unwrap().starts_with(&format!("{channel}/")));
            }
        }
        let mut back = new.clone();
        back.rewrite(&all.undone());
        assert_eq!(
            back.platforms[&Platform::Linux64].records,
            lock.platforms[&Platform::Linux64].records
        );
        let pip = |lock: &Lock| lock.platforms[&Platform::Linux64].pip.clone();
        assert_eq!(pip(&back)[0], pip(&lock)[0], "the public index has no name");
        assert_eq!(back.rewrite(&all.undone()), BTreeSet::new());
    }

    #[test]
    fn names_of_several_become_addresses_only_where_one_has_a_mirror() {
        let mut lock = sample::lock();
        lock.channels = vec![LockedChannel::new("defaults"), LockedChannel::new("bioconda")];
        let all = rewrites(&["https://repo.anaconda.com/pkgs/main=https://m/main"]);
        lock.rewrite(&all);
        let texts: Vec<&str> = lock.channels.iter().map(|one| one.url.as_str()).collect();
        assert_eq!(texts, ["https://m/main", "https://repo.anaconda.com/pkgs/r", "bioconda"]);
    }
}
