//! `pixi.lock`: every environment and platform in one file, with full records.
//!
//! Read and written by `rattler_lock`. It keeps more of a record than any other format, and nothing
//! of how it came to be: no sources, no requested names. The input hash and the command are in comments (`comments.rs`).

mod comments;
mod convert;
mod former;
mod options;
mod pip;
mod platforms;
mod version;

use std::collections::BTreeMap;
use std::sync::Arc;

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_spec::{Platform, channel_identities, check_yaml_bounds};
use rattler_lock::{CondaBinaryData, CondaPackageData, LockFile, LockedPackage, PlatformData};
use rustc_hash::FxHashMap;

use self::former::Former;
pub use self::version::PixiVersion;
use crate::error::FormatError;
use crate::names::DEFAULT_ENVIRONMENT;
use crate::pool::Pooled;
use crate::{Lock, LockedChannel, order};
use lockit_spec::credentials::{has_secret, variables};

/// What a pixi.lock is written with besides its locks.
#[derive(Debug, Clone, Copy, Default)]
pub struct WriteOptions<'a> {
    /// The file that it takes the place of. What that says of a package or a platform, and lockit has no place for,
    /// is said again.
    pub replaces: Option<&'a SourceFile>,
    /// Environments of that file which stay as they are.
    pub kept: &'a [Kept<'a>],
    /// The version of the format; that of the file before where nobody says, and the newest where there is none.
    pub version: Option<PixiVersion>,
}

/// An environment that stays as it is.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// What the file called it.
    pub from: &'a str,
    /// What is known of it, called as it is to be called.
    pub lock: &'a Lock,
}

/// Writes environments into one file. An environment without a name becomes `default`.
///
/// # Errors
/// A record without address, digest or dependencies, or with a part that rattler cannot hold; a
/// credential, also as a placeholder: pixi expands none. Extras of PyPI packages, and whether one is installed from
/// its folder, are not in the file: pixi takes both from its manifest.
pub fn write(locks: &[&Lock], options: WriteOptions<'_>) -> Result<String, FormatError> {
    let failed = |error: &dyn std::error::Error| FormatError::Value {
        what: "pixi.lock".to_owned(),
        reason: error.to_string(),
    };
    let former = options.replaces.and_then(Former::read);
    // What the old file has can stay as it stands; what it was made of is for when it cannot.
    let (kept, again): (Vec<&Kept<'_>>, Vec<&Kept<'_>>) =
        options.kept.iter().partition(|one| former.as_ref().is_some_and(|file| file.has(one.from)));
    // Whatever the order in which they were locked.
    let mut locks: Vec<&Lock> =
        locks.iter().copied().chain(again.into_iter().map(|one| one.lock)).collect();
    locks.sort_by(|a, b| a.environment.cmp(&b.environment));
    let mut data: Vec<PlatformData> = Vec::new();
    for one in &kept {
        data.extend(former.iter().flat_map(|file| file.platforms(one.from)));
    }
    let mut names: BTreeMap<(&str, Platform), String> = BTreeMap::new();
    for lock in &locks {
        for (subdir, chosen) in &lock.platforms {
            let former = former.as_ref();
            let known = former.and_then(|file| file.platform(&lock.environment, *subdir));
            let platform = known.unwrap_or_else(|| platforms::of_subdir(*subdir));
            let platform = platforms::assuming(platform, &chosen.virtual_packages);
            names.insert((&lock.environment, *subdir), platform.name.to_string());
            data.push(platform);
        }
    }
    data.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
    data.dedup_by(|a, b| a.name == b.name);
    let mut builder = LockFile::builder().with_platforms(data).map_err(|error| failed(&error))?;
    let comments = comments::of(locks.iter().copied().chain(kept.iter().map(|one| one.lock)));
    for one in kept {
        if let Some(file) = &former {
            file.keep(&mut builder, one.from, &one.lock.environment)?;
        }
    }
    let needs = pip::Needs::of(locks.iter().copied(), |location, record| {
        former.as_ref()?.requires_dist(location, record)
    });
    for lock in locks {
        let name = match lock.environment.as_str() {
            "" => DEFAULT_ENVIRONMENT,
            name => name,
        };
        lock.refuse_channel_secrets()?;
        lock.refuse_odd_texts()?;
        let channels = lock.every_channel();
        if let Some(channel) = channels.iter().find(|channel| !variables(&channel.url).is_empty()) {
            return Err(FormatError::Placeholder { what: format!("channel `{}`", channel.url) });
        }
        let platforms: Vec<Platform> = lock.platforms.keys().copied().collect();
        builder.set_channels(name, places(&channels, &platforms));
        if let Some(indexes) = pip::indexes(lock)? {
            builder.set_pypi_indexes(name, indexes);
        }
        builder.set_options(name, options::to_rattler(lock.options));
        for (platform, chosen) in &lock.platforms {
            let called = names[&(lock.environment.as_str(), *platform)].as_str();
            builder.add_environment_platform(name, called).map_err(|error| failed(&error))?;
            for record in order::sorted(&chosen.records) {
                let data = convert::to_rattler(record, *platform)?;
                let known = former.as_ref().and_then(|file| file.binary(&data));
                let data: CondaPackageData = known.unwrap_or(data).into();
                builder.add_conda_package(name, called, data).map_err(|error| failed(&error))?;
            }
            for record in &chosen.pip {
                let data = pip::to_rattler(record, *platform, &needs, lock.pip_indexes.as_ref())?;
                builder.add_pypi_package(name, called, data).map_err(|error| failed(&error))?;
            }
        }
    }
    let text = builder.finish().render_to_string().map_err(|error| failed(&error))?;
    let of_former = || options.replaces.and_then(|file| PixiVersion::of(file.text()));
    let text = match options.version.or_else(of_former) {
        Some(PixiVersion::V6) => version::as_version_6(&text)?,
        Some(PixiVersion::V7) | None => text,
    };
    Ok(comments + &text)
}

/// pixi writes channels as full URLs with a slash at the end, and knows no name of several.
fn places(channels: &[LockedChannel], platforms: &[Platform]) -> Vec<String> {
    let texts = channels.iter().map(|channel| channel.url.as_str());
    let places = channel_identities(texts, platforms).into_iter();
    places.map(|place| format!("{}/", place.trim_end_matches('/'))).collect()
}

/// Reads every environment of a `pixi.lock`, together with what a person should know about it.
///
/// # Errors
/// Text that rattler cannot read as one of its versions; an environment with two platforms of one subdir.
pub fn read(file: &SourceFile) -> Result<(Vec<Lock>, Vec<Diagnostic>), Box<Diagnostic>> {
    check_yaml_bounds(file)?;
    let of_workspaces = version::of_conda_workspaces(file.text());
    let text = of_workspaces.as_deref().unwrap_or(file.text());
    let lock_file = LockFile::from_str_with_base_directory(text, None).map_err(|error| {
        let name = file.name();
        Box::new(if of_workspaces.is_some() {
            Diagnostic::error(format!("`{name}` is not a valid conda.lock of conda-workspaces"))
                .note(error.to_string())
                .hint("write the file again with `conda workspace lock`, or lock its conda.toml: `lockit -f conda.toml`")
        } else {
            Diagnostic::error(format!("`{name}` is no valid pixi.lock"))
                .note(error.to_string())
                .hint("write the file again with `lockit lock -k pixi`, or `pixi lock`")
        })
    })?;
    let mut making = comments::read(file.text());
    let mut locks = Vec::new();
    let mut secrets = false;
    // Environments name the packages that they have in common by handles of one table.
    let mut read: FxHashMap<*const CondaBinaryData, Pooled> = FxHashMap::default();
    // rattler hands them out in the order of a hash table.
    let mut environments: Vec<_> = lock_file.environments().collect();
    environments.sort_by_key(|(name, _)| *name);
    for (name, environment) in environments {
        let mut lock = Lock {
            environment: name.to_owned(),
            options: options::from_rattler(environment.solve_options()),
            pip_indexes: environment.pypi_indexes().map(pip::indexes_from_rattler),
            ..Lock::default()
        };
        for channel in environment.channels() {
            secrets |= has_secret(&channel.url);
            lock.channels.push(LockedChannel::new(&channel.url));
        }
        let mut platforms = BTreeMap::new();
        let mut called: BTreeMap<Platform, String> = BTreeMap::new();
        let mut on_platforms: Vec<_> = environment.packages_by_platform().collect();
        on_platforms.sort_by_key(|(platform, _)| platform.name().to_string());
        for (platform, packages) in on_platforms {
            let own = platform.name().to_string();
            if let Some(other) = called.insert(platform.subdir(), own.clone()) {
                return Err(Box::new(two_of_a_subdir(
                    file,
                    name,
                    platform.subdir(),
                    [&other, &own],
                )));
            }
            let chosen: &mut crate::PlatformLock = platforms.entry(platform.subdir()).or_default();
            let mut pip_packages = Vec::new();
            for package in packages {
                match package {
                    LockedPackage::Pypi(data) => {
                        secrets |= has_secret(data.location().inner().as_str());
                        pip_packages.push(data);
                    }
                    LockedPackage::Conda(CondaPackageData::Binary(data)) => {
                        let pooled = read.entry(std::ptr::from_ref(&**data)).or_insert_with(|| {
                            let had_secret = has_secret(data.location.as_str());
                            Pooled::new(convert::from_rattler(data), had_secret)
                        });
                        secrets |= pooled.had_secret;
                        chosen.records.push(Arc::clone(&pooled.record));
                    }
                    LockedPackage::Conda(CondaPackageData::Source(data)) => {
                        secrets |= has_secret(&data.location.to_string());
                        chosen.records.push(Arc::new(convert::from_source(data)));
                    }
                }
            }
            order::sort(&mut chosen.records);
            chosen.pip = pip::from_rattler(&pip_packages, platform.subdir(), chosen);
        }
        // An environment of nothing is locked wherever the file is about.
        if platforms.is_empty() {
            let all =
                lock_file.platforms().map(|one| (one.subdir(), crate::PlatformLock::default()));
            platforms.extend(all);
        }
        let mut made = making.remove(name).unwrap_or_default();
        for (platform, chosen) in &mut platforms {
            chosen.input_hash = made.input_hashes.remove(platform);
        }
        lock.command = made.command;
        lock.platforms = platforms;
        locks.push(lock);
    }
    let mut warnings = Vec::new();
    if secrets {
        warnings.push(crate::clear_text::holds_credentials(file));
    }
    Ok((locks, warnings))
}

/// lockit has one list of packages for each subdir: poured together, one machine would get the packages of the other.
fn two_of_a_subdir(
    file: &SourceFile,
    environment: &str,
    subdir: Platform,
    mut names: [&str; 2],
) -> Diagnostic {
    names.sort_unstable();
    Diagnostic::error(format!(
        "`{environment}` in `{}` has two platforms of {subdir}: `{}` and `{}`",
        file.name(),
        names[0],
        names[1]
    ))
    .note("lockit has one list of packages for each subdir, and cannot tell which is meant")
    .hint("give each platform an environment of its own in pixi.toml, and run `pixi lock`")
}

#[cfg(test)]
mod tests {
    use lockit_spec::{ChannelPriority, Strategy};

    use super::*;
    use lockit_spec::Prereleases;

    use crate::{LockedOptions, PipSource, sample};

    fn locks() -> [Lock; 2] {
        let mut dev = sample::lock();
        dev.channels.truncate(1);
        for record in dev.platforms.values_mut().flat_map(|chosen| &mut chosen.pip) {
            record.categories.clear();
            record.extras.clear();
            match &mut record.source {
                PipSource::Archive { url, index: Some(index) } => {
                    *url = url.replace("${USER}:${PASS}@", "");
                    *index = index.replace("${USER}:${PASS}@", "");
                }
                PipSource::Folder { editable, .. } => {
                    *editable = false;
                    record.version.clear();
                }
                _ => {}
            }
        }
        let mut predict = dev.clone();
        predict.environment = "predict".to_owned();
        for chosen in predict.platforms.values_mut() {
            chosen.records.retain(|record| record.name != "click");
        }
        predict.platforms.remove(&Platform::OsxArm64);
        [dev, predict]
    }

    fn text(locks: &[Lock]) -> String {
        write(&locks.iter().collect::<Vec<_>>(), WriteOptions::default()).unwrap()
    }

    fn read_text(text: &str) -> Vec<Lock> {
        let (locks, warnings) = read(&SourceFile::new("pixi.lock", text)).unwrap();
        assert_eq!(warnings, []);
        locks
    }

    #[test]
    fn a_conda_lock_of_conda_workspaces_is_read() {
        let [mut lock, _] = locks();
        lock.platforms.values_mut().for_each(|chosen| chosen.pip.clear());
        let version = Some(PixiVersion::V6);
        let text = write(&[&lock], WriteOptions { version, ..WriteOptions::default() }).unwrap();
        let of_pixi = read(&SourceFile::new("pixi.lock", text.as_str())).unwrap();
        let theirs = text.replace("version: 6\n", "version: 1\n");
        let read_back = crate::detect::read_source(&SourceFile::new("conda.lock", theirs.as_str()));
        assert_eq!(read_back.unwrap().locks, of_pixi.0);
        let broken = theirs.replace("packages:\n- conda:", "packages:\n- other:");
        let error = read(&SourceFile::new("conda.lock", broken)).unwrap_err();
        assert_eq!(error.message, "`conda.lock` is not a valid conda.lock of conda-workspaces");
    }

    #[test]
    fn written_text() {
        let text = text(&locks());
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-lockfile"),
            prepend_module_to_snapshot => false,
        }, { insta::assert_snapshot!("pixi.lock", text) });
    }

    #[test]
    fn records_are_read_back_whole() {
        let mut written = locks();
        for record in written
            .iter_mut()
            .flat_map(|lock| lock.platforms.values_mut())
            .flat_map(crate::PlatformLock::records_mut)
        {
            record.constrains = Some(vec!["six <2".to_owned()]);
            record.license_family = Some("BSD".to_owned());
            record.track_features = vec!["slow".to_owned()];
            record.purls = Some(match record.name.as_str() {
                "python" => Vec::new(),
                name => vec![format!("pkg:pypi/{name}")],
            });
            record.python_site_packages_path =
                (record.name == "python").then(|| "lib/python3.12/site-packages".to_owned());
        }
        let text = text(&written);
        let read_back = read_text(&text);
        for (lock, expected) in read_back.iter().zip(&written) {
            assert_eq!(lock.environment, expected.environment);
            assert_eq!(lock.channels[0].url, "https://conda.anaconda.org/conda-forge");
            for (platform, chosen) in &expected.platforms {
                assert_eq!(lock.platforms[platform].records, chosen.records);
                let mut pip = lock.platforms[platform].pip.clone();
                for record in &mut pip {
                    assert!(record.requires_dist.take().is_some(), "the file says it");
                }
                assert_eq!(pip, chosen.pip);
            }
            assert_eq!(lock.platforms.len(), expected.platforms.len());
        }
        assert_eq!(super::tests::text(&read_back), text, "byte-stable");
    }

    #[test]
    fn how_it_was_made_is_in_comments_that_other_readers_skip() {
        let written = locks();
        let text = text(&written);
        for (lock, read_back) in written.iter().zip(read_text(&text)) {
            assert!(lock.command.is_some());
            assert_eq!(read_back.command, lock.command);
            for (platform, chosen) in &lock.platforms {
                assert!(chosen.input_hash.is_some());
                assert_eq!(read_back.platforms[platform].input_hash, chosen.input_hash);
            }
        }
        // As pixi writes it again.
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let body = lines.join("\n") + "\n";
        for lock in read_text(&body) {
            assert!(lock.platforms.values().all(|chosen| chosen.input_hash.is_none()));
            assert!(!super::tests::text(&[lock]).starts_with('#'));
        }
    }

    #[test]
    fn what_environments_have_in_common_is_one_record() {
        let read = read_text(&text(&locks()));
        let records = |lock: &Lock| lock.platforms[&Platform::Linux64].records.clone();
        let (dev, predict) = (records(&read[0]), records(&read[1]));
        assert!(predict.iter().all(|one| dev.iter().any(|other| Arc::ptr_eq(one, other))));
        assert!(!predict.is_empty() && predict.len() < dev.len());
    }

    #[test]
    fn what_is_needed_here_and_not_there_has_a_marker() {
        let mut written = locks();
        let needs = |lock: &mut Lock, platform, needed: &[&str]| {
            let record = &mut lock.platforms.get_mut(&platform).unwrap().pip[1];
            assert_eq!(record.name, "inner");
            record.depends = Some(needed.iter().map(|&text| text.to_owned()).collect());
        };
        needs(&mut written[0], Platform::Linux64, &["both>=1", "jeepney"]);
        needs(&mut written[0], Platform::OsxArm64, &["both>=1", "tomli"]);
        needs(&mut written[1], Platform::Linux64, &["both>=1", "jeepney", "old"]);
        let chosen = written[1].platforms.get_mut(&Platform::Linux64).unwrap();
        let python = chosen.records_mut().find(|record| record.name == "python").unwrap();
        python.url = python.url.as_ref().map(|url| url.replace("3.12.7", "3.10.2"));
        python.version = "3.10.2".to_owned();
        let text = text(&written);
        let listed: Vec<&str> = text
            .lines()
            .skip_while(|line| *line != "  name: inner")
            .skip_while(|line| *line != "  requires_dist:")
            .skip(1)
            .take_while(|line| line.starts_with("  - "))
            .collect();
        insta::assert_snapshot!(listed.join("\n"), @"
        - both>=1
        - jeepney ; sys_platform == 'linux'
        - old ; python_full_version == '3.10.*'
        - tomli ; sys_platform == 'darwin'
        ");
        for (lock, expected) in read_text(&text).iter().zip(&written) {
            for (platform, chosen) in &expected.platforms {
                let depends = |chosen: &crate::PlatformLock| chosen.pip[1].depends.clone();
                assert_eq!(depends(&lock.platforms[platform]), depends(chosen), "{platform}");
            }
        }
    }

    #[test]
    fn an_empty_platform_and_options_are_kept() {
        let mut lock = locks()[0].clone();
        let osx = lock.platforms.get_mut(&Platform::OsxArm64).unwrap();
        (osx.records, osx.pip) = (Vec::new(), Vec::new());
        for (strategy, channel_priority, prereleases, written) in [
            (
                Strategy::LowestDirect,
                ChannelPriority::Flexible,
                Prereleases::Disallow,
                ["lowest-version-direct", "flexible", "disallow"],
            ),
            (
                Strategy::Lowest,
                ChannelPriority::Disabled,
                Prereleases::Explicit,
                ["lowest-version", "disabled", "explicit"],
            ),
        ] {
            lock.options = LockedOptions { strategy, channel_priority, prereleases };
            let text = write(&[&lock], WriteOptions::default()).unwrap();
            let [strategy, priority, prereleases] = written;
            let options = format!(
                "    options:\n      strategy: {strategy}\n      channel-priority: {priority}\n      \
                 pypi-prerelease-mode: {prereleases}\n"
            );
            assert!(text.contains(&options), "{text}");
            let read_back = read_text(&text).remove(0);
            assert_eq!(read_back.platforms.len(), 2);
            assert_eq!(read_back.options, lock.options);
            assert_eq!(
                write(&[&read_back], WriteOptions::default()).unwrap(),
                text,
                "rendered again"
            );
        }
    }

    #[test]
    fn local_channels_are_kept() {
        let mut lock = locks()[1].clone();
        lock.channels = vec![LockedChannel::new("file:///srv/channel")];
        for record in lock.platforms.values_mut().flat_map(crate::PlatformLock::records_mut) {
            let local = |text: &Option<String>| {
                text.as_ref().map(|url| {
                    url.replace("https://conda.anaconda.org/conda-forge", "file:///srv/channel")
                })
            };
            record.url = local(&record.url);
            record.channel = local(&record.channel);
        }
        let read_back = read_text(&text(std::slice::from_ref(&lock)));
        assert_eq!(read_back[0].channels, lock.channels);
        assert_eq!(
            read_back[0].platforms[&Platform::Linux64].records,
            lock.platforms[&Platform::Linux64].records
        );
    }

    /// Made by hand in the shape of `test-data/conda-lock/v3` of rattler: no release in a package registry writes these.
    /// The later versions are in `foreign.rs`.
    #[test]
    fn versions_before_4_are_read() {
        let url = "https://conda.anaconda.org/conda-forge/linux-64/libzlib-1.3.1-hb9d3cd8_2.conda";
        let md5 = "edb0dca6bc32e4f4789199455a1dbeb8";
        let sha256 = "d4bfe88d7cb447768e31650f06257995601f89076080e76df55e3112d4e47dc4";
        for version in [2, 3] {
            let text = format!(
                "version: {version}\nmetadata:\n  content_hash:\n    linux-64: 00\n  channels:\n  - url: https://conda.anaconda.org/conda-forge/\n    used_env_vars: []\n  platforms:\n  - linux-64\n  sources: []\n  time_metadata: null\n  git_metadata: null\n  inputs_metadata: null\n  custom_metadata: null\npackage:\n- platform: linux-64\n  name: libzlib\n  version: 1.3.1\n  category: main\n  manager: conda\n  dependencies:\n  - libgcc >=13\n  url: {url}\n  hash:\n    md5: {md5}\n    sha256: {sha256}\n  build: hb9d3cd8_2\n  arch: x86_64\n  subdir: linux-64\n  build_number: 2\n  license: Zlib\n  size: 60963\n  timestamp: 1727963148474\n"
            );
            let file = SourceFile::new("pixi.lock", text);
            let read = crate::detect::read_source(&file).unwrap_or_else(|error| {
                panic!("{version}: {}", lockit_diagnostic::render(&[*error], false))
            });
            assert_eq!(read.format, crate::Format::Pixi, "{version}");
            assert_eq!(read.locks[0].environment, "default", "{version}");
            let record = &read.locks[0].platforms[&Platform::Linux64].records[0];
            assert_eq!(record.file_name(), "libzlib-1.3.1-hb9d3cd8_2.conda", "{version}");
            let depends = record.depends.as_deref();
            assert_eq!(depends, Some(&["libgcc >=13".to_owned()][..]), "{version}");
            assert_eq!((record.md5.as_deref(), record.size), (Some(md5), Some(60963)), "{version}");
            assert_eq!(record.license.as_deref(), Some("Zlib"), "{version}");
        }
    }

    #[test]
    fn placeholders_are_refused() {
        let lock = sample::lock();
        let error = write(&[&lock], WriteOptions::default()).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"channel `https://repo.example.org/t/${TOKEN}/team` has credentials as `${VARIABLE}`, which pixi.lock cannot hold; keep them in the credential store instead");
    }
}
