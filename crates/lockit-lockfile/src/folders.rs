//! Channels that are folders, named by relative paths.
//!
//! A lockfile names such a channel and what is in it from its own folder, so that it says the same in every checkout. In a
//! run these texts start at the folder of the project, as those of specs do; a lock that was read keeps those of its file.
//! What somebody names by an absolute path or a `file://` address stays that.
//!
//! Every reader of a format that installs takes them: rattler (pixi) a path in the place of an address, from the folder
//! of pixi.lock; conda (`misc.py`, `explicit`), and conda-lock through it, a path from the folder that it runs in.
//! micromamba and rattler take none in an explicit file.

use std::path::{Component, Path, PathBuf};

use lockit_spec::{dotted, is_dotted, plain_path};
use url::Url;

use crate::{Lock, LockedChannel, PlatformLock};

/// Whether two channels are one folder as far as can be told from paths that start in different folders.
pub(crate) fn may_be_one(one: &str, other: &str) -> bool {
    if !is_dotted(one) || !is_dotted(other) {
        return false;
    }
    let (first, second) = (names(one), names(other));
    first.ends_with(&second) || second.ends_with(&first)
}

/// The names of a path.
fn names(text: &str) -> Vec<&str> {
    text.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect()
}

impl Lock {
    /// Names folders from another folder. Both are relative to the project's, or absolute.
    pub fn moved(&mut self, from: &Path, to: &Path) {
        if plain_path(from) != plain_path(to) {
            self.each_relative(&mut |text| named_from(&from.join(text), to));
        }
    }

    /// Gives folders the addresses that they have when the lockfile lies in this one, which is absolute.
    pub fn located(&mut self, folder: &Path) {
        self.each_relative(&mut |text| {
            let path = plain_path(&folder.join(text));
            Url::from_file_path(&path).map_or_else(|()| slashes(&path), String::from)
        });
    }

    fn each_relative(&mut self, rename: &mut dyn FnMut(&str) -> String) {
        for channel in &mut self.channels {
            if is_dotted(&channel.url) {
                *channel = LockedChannel::new(&rename(&channel.url));
            }
        }
        for record in self.platforms.values_mut().flat_map(PlatformLock::relative_mut) {
            for text in record.url.iter_mut().chain(&mut record.channel) {
                if is_dotted(text) {
                    let renamed = rename(text);
                    *text = renamed.trim_end_matches('/').into();
                }
            }
        }
    }
}

/// A path from a folder, with `./` or `../` in front. What has nothing in common with it stays absolute.
fn named_from(path: &Path, folder: &Path) -> String {
    let (path, folder) = (plain_path(path), plain_path(folder));
    if path.is_absolute() != folder.is_absolute() {
        return slashes(&path);
    }
    let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(common);
    // Of a folder above nobody knows what it is called.
    if up.clone().any(|part| part == Component::ParentDir) {
        return slashes(&path);
    }
    let rest: PathBuf = path.components().skip(common).collect();
    let up = "../".repeat(up.count());
    dotted(format!("{up}{}", slashes(&rest)))
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockit_spec::Platform;

    use super::*;
    use crate::Record;

    fn lock(channel: &str) -> Lock {
        let record = Record::from_url(&format!("{channel}/noarch/a-1-0.conda")).unwrap();
        let chosen = PlatformLock { records: vec![Arc::new(record)], ..PlatformLock::default() };
        Lock {
            channels: vec![LockedChannel::new(channel)],
            platforms: [(Platform::Linux64, chosen)].into(),
            ..Lock::default()
        }
    }

    fn channel_of(lock: &Lock) -> String {
        let record = &lock.platforms[&Platform::Linux64].records[0];
        let channel = record.channel.clone().unwrap();
        assert_eq!(lock.channels[0].url, channel);
        assert_eq!(record.url.clone().unwrap(), format!("{channel}/noarch/a-1-0.conda"));
        channel
    }

    #[test]
    fn folders_are_named_from_the_lockfile() {
        for (channel, from, to, named) in [
            ("./chan", "", "locks", "../chan"),
            ("./chan", "", "locks/deep", "../../chan"),
            ("./locks/chan", "", "locks", "./chan"),
            ("../chan", "", "locks", "../../chan"),
            ("../chan", "locks", "", "./chan"),
            ("./chan", "locks", "other", "../locks/chan"),
            ("./chan", "", ".", "./chan"),
            ("./chan", "/a/b", "/a/c", "../b/chan"),
            ("/srv/chan", "", "locks", "/srv/chan"),
            ("file:///srv/chan", "", "locks", "file:///srv/chan"),
            ("https://host/chan", "", "locks", "https://host/chan"),
        ] {
            let mut lock = lock(channel);
            lock.moved(Path::new(from), Path::new(to));
            assert_eq!(channel_of(&lock), named, "{channel} from {from} to {to}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_has_an_address_where_the_lockfile_lies() {
        for (channel, named) in [
            ("./my chan", "file:///home/joe/my%20chan"),
            ("../chan", "file:///home/chan"),
            ("https://host/chan", "https://host/chan"),
        ] {
            let mut lock = lock(channel);
            lock.located(Path::new("/home/joe"));
            assert_eq!(channel_of(&lock), named);
        }
    }

    #[test]
    fn one_folder_has_several_names() {
        assert!(may_be_one("./chan", "../chan") && may_be_one("./a/chan", "./chan/"));
        assert!(!may_be_one("./chan", "./other") && !may_be_one("./chan", "chan"));
        assert!(!may_be_one("./chan", "file:///srv/chan"));
    }
}
