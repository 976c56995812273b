//! `conda-lock.yml`: all platforms of one environment in one file (CEP 37, version 1).
//!
//! The file has conda-lock's own key order and PyYAML's style, so that a project that moves over
//! sees a diff of packages only. conda-lock's models forbid unknown keys; what version 1 has no key
//! for goes into `metadata.custom_metadata`, a map of strings that every reader accepts.
//!
//! A dependency is written with its build string (`3.12.* *_cp312`), as CEP 37 allows: micromamba
//! and rattler put name and text together and parse them as a MatchSpec, conda-lock 4 itself only
//! looks at the keys. conda-lock's own files leave the build out, and so cannot tell variants apart;
//! `lockit check` can. Several constraints on one package are merged with a comma, as conda-lock
//! does it, since a map has one place per name.
//!
//! The rows of pip follow those of conda, as conda-lock writes them. A commit has its address in `source`, as there,
//! and its id where a digest would be. Folders of the project are `file:./…`, which pip takes from the folder it runs
//! in; what rows cannot say of a package (extras, index, editable) is in `custom_metadata`.

mod dependencies;
mod document;
mod other_tools;
mod read;
mod rows;
mod write;

pub use other_tools::refused_by_conda_lock;
pub use read::read;
pub use write::write;

/// Keys of `custom_metadata`. All platforms that agree share the bare key; otherwise each has its
/// own, with `/<platform>` behind it.
mod key {
    /// Domains whose credentials were taken out of addresses.
    pub(super) const AUTHENTICATION: &str = "authentication";
    /// Always `lockit`.
    pub(super) const GENERATED_BY: &str = "generated_by";
    pub(super) const ENVIRONMENT: &str = "environment";
    pub(super) const EXCLUDE_NEWER: &str = "exclude_newer";
    /// What held for some packages besides that, one a line.
    pub(super) const EXCLUDE_NEWER_PACKAGE: &str = "exclude_newer_package";
    pub(super) const INPUT_HASH: &str = "input_hash";
    /// Platforms whose content hash stands for the packages because conda-lock's is not known. A file that
    /// has neither this key nor input hashes is of a time when content hashes were lockit's input hashes.
    pub(super) const NO_CONTENT_HASH: &str = "no_content_hash";
    /// In files of that time, platforms whose content hash stands for the packages.
    pub(super) const NO_INPUT_HASH: &str = "no_input_hash";
    /// Names of PyPI packages that are installed from their folders.
    pub(super) const PIP_EDITABLE: &str = "pip_editable";
    /// PyPI packages that an index besides the public one has: `name=index`.
    pub(super) const PIP_INDEX: &str = "pip_index";
    /// PyPI packages with the extras that were asked for: `name[extra,other]`.
    pub(super) const PIP_EXTRAS: &str = "pip_extras";
    pub(super) const REGENERATE: &str = "regenerate";
    pub(super) const REQUESTED: &str = "requested";
    pub(super) const SKIPPED_PIP: &str = "skipped_pip";
    pub(super) const VIRTUAL_PACKAGES: &str = "virtual_packages";

    /// All of them; other keys are the user's.
    pub(super) const ALL: [&str; 15] = [
        AUTHENTICATION,
        GENERATED_BY,
        ENVIRONMENT,
        EXCLUDE_NEWER,
        EXCLUDE_NEWER_PACKAGE,
        INPUT_HASH,
        NO_CONTENT_HASH,
        NO_INPUT_HASH,
        PIP_EDITABLE,
        PIP_EXTRAS,
        PIP_INDEX,
        REGENERATE,
        REQUESTED,
        SKIPPED_PIP,
        VIRTUAL_PACKAGES,
    ];
}

/// Whether lockit keeps facts of its own under a key of `custom_metadata`.
pub fn is_reserved(custom_key: &str) -> bool {
    key::ALL.contains(&custom_key.split('/').next().unwrap_or(custom_key))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockit_diagnostic::SourceFile;
    use lockit_spec::Platform;
    use proptest::prelude::*;

    use super::*;
    use crate::{Lock, Record, sample};

    fn read_text(text: &str) -> (Lock, Vec<lockit_diagnostic::Diagnostic>) {
        read(&SourceFile::new("conda-lock.yml", text)).unwrap_or_else(|error| {
            panic!("{}", lockit_diagnostic::render(&[*error], false));
        })
    }

    /// A lock with what only this format keeps.
    fn with_metadata(mut lock: Lock) -> Lock {
        for (platform, chosen) in &mut lock.platforms {
            if *platform == Platform::Linux64 {
                chosen.content_hash = Some(crate::hex_sha256(b"what is wanted"));
            }
        }
        let digests = crate::InputDigests { md5: Some("0f".into()), sha256: None };
        lock.metadata = crate::Metadata {
            created_at: Some("2026-01-31T23:59:59Z".parse().unwrap()),
            git_user_name: Some("yes".into()),
            git_sha: Some("00ff-dirty".into()),
            inputs: [("environment.yml".to_owned(), digests)].into(),
            custom: [("ticket".to_owned(), "42".to_owned())].into(),
            ..crate::Metadata::default()
        };
        lock
    }

    /// What the format keeps of a lock.
    fn kept(mut lock: Lock) -> Lock {
        for chosen in lock.platforms.values_mut() {
            for record in chosen.records_mut() {
                let depends = dependencies::merged(record.depends.as_deref().unwrap())
                    .into_iter()
                    .map(|(name, constraint)| dependencies::join(name, &constraint))
                    .collect();
                *record = Record {
                    sha256: record.sha256.clone(),
                    md5: record.md5.clone(),
                    depends: Some(depends),
                    categories: vec!["main".into()],
                    ..Record::from_url(record.url.as_deref().unwrap()).unwrap()
                };
            }
            crate::order::sort(&mut chosen.records);
            for record in &mut chosen.pip {
                let depends = crate::pip::requirement::merged(record.depends.as_deref().unwrap())
                    .iter()
                    .map(|(name, constraint)| crate::pip::requirement::join(name, constraint))
                    .collect();
                record.depends = Some(depends);
                record.categories = vec!["main".into()];
            }
        }
        lock
    }

    #[test]
    fn written_text() {
        let text = write(&sample::lock(), "conda-lock.yml").unwrap();
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-lockfile"),
            prepend_module_to_snapshot => false,
        }, { insta::assert_snapshot!("conda-lock.yml", text) });
    }

    #[test]
    fn what_is_written_is_read_back() {
        let lock = with_metadata(sample::lock());
        let text = write(&lock, "conda-lock.yml").unwrap();
        let (read_back, warnings) = read_text(&text);
        assert_eq!(warnings, []);
        assert_eq!(read_back, kept(lock));
        assert_eq!(write(&read_back, "conda-lock.yml").unwrap(), text);
    }

    #[test]
    fn categories_are_rows_of_version_1_and_lists_of_version_2() {
        let mut lock = sample::lock();
        let chosen = lock.platforms.values_mut().next().unwrap();
        Arc::make_mut(&mut chosen.records[0]).categories = vec!["dev".into(), "docs".into()];
        Arc::make_mut(&mut chosen.records[1]).categories = vec!["dev".into(), "main".into()];
        let name = chosen.records[0].name.clone();
        let text = write(&lock, "conda-lock.yml").unwrap();
        assert_eq!(text.matches("category: docs\n  optional: true\n").count(), 1);
        assert_eq!(text.matches("category: dev\n  optional: true\n").count(), 1, "main absorbs");
        let categories = |lock: &Lock| -> Vec<String> {
            let records = &lock.platforms.values().next().unwrap().records;
            records.iter().find(|record| record.name == name).unwrap().categories.clone()
        };
        assert_eq!(categories(&read_text(&text).0), ["dev", "docs"]);
        let preview = text
            .replace("version: 1\n", "version: 2\n")
            .replace("  category: dev\n  optional: true\n", "  categories:\n  - dev\n  - docs\n");
        assert_eq!(categories(&read_text(&preview).0), ["dev", "docs"]);
    }

    proptest! {
        #[test]
        fn any_lock_is_read_back(lock in sample::any_lock()) {
            let mut lock = with_metadata(lock);
            // What the list does not have is written behind it.
            lock.channels = lock.every_channel();
            let text = write(&lock, "conda-lock.yml").unwrap();
            prop_assert!(text.lines().count() > 5);
            let (read_back, warnings) = read_text(&text);
            prop_assert_eq!(warnings, []);
            prop_assert_eq!(write(&read_back, "conda-lock.yml").unwrap(), text);
            prop_assert_eq!(read_back, kept(lock));
        }
    }

    #[test]
    fn what_platforms_do_not_share_is_kept_apart() {
        let mut lock = sample::lock();
        let osx = lock.platforms.get_mut(&Platform::OsxArm64).unwrap();
        osx.requested = Some(Vec::new());
        osx.exclude_newer = None;
        osx.input_hash = None;
        osx.skipped_pip = 0;
        osx.records.clear();
        osx.pip.clear();
        lock.sources.clear();
        let text = write(&lock, "x.conda-lock.yml").unwrap();
        assert_eq!(read_text(&text).0, kept(lock));
        let empty = Lock::default();
        assert_eq!(read_text(&write(&empty, "conda-lock.yml").unwrap()).0, empty);
    }

    /// What lockit wrote when it kept its input hashes where conda-lock keeps content hashes.
    #[test]
    fn files_of_earlier_versions_are_read() {
        let text = "\
version: 1
metadata:
  content_hash: {linux-64: aa, osx-64: bb}
  channels: []
  platforms: [linux-64, osx-64]
  sources: [environment.yml]
  custom_metadata: {generated_by: lockit, no_input_hash: osx-64}
package: []
";
        let (lock, _) = read_text(text);
        let hashes = |platform| {
            let chosen = &lock.platforms[&platform];
            (chosen.input_hash.as_deref(), chosen.content_hash.as_deref())
        };
        assert_eq!(hashes(Platform::Linux64), (Some("aa"), None));
        assert_eq!(hashes(Platform::Osx64), (None, None));
    }

    /// Made by hand: what CEP 37 and its preview allow beyond what `foreign.rs` has of conda-lock itself.
    #[test]
    fn other_notations_are_read() {
        let text = "\
version: 2
metadata:
  content_hash: {linux-64: abc}
  channels: [conda-forge, {url: 'https://u:s3cret@host/c', used_env_vars: []}]
  platforms: [linux-64]
  sources: [environment.yml]
package:
- {name: a, version: '1', manager: conda, platform: linux-64, dependencies: {b: '', __glibc: '>=2.17'},
   url: 'https://host/c/linux-64/a-1-0.conda', hash: {md5: '00'}, categories: [main, dev]}
- {name: a, version: '1', manager: conda, platform: linux-64, dependencies: {b: ''},
   url: 'https://host/c/linux-64/a-1-0.conda', hash: {md5: '00'}, category: dev, optional: true}
- {name: b, version: 2.0, manager: conda, platform: linux-64,
   url: 'https://host/c/noarch/b-2.0-0.tar.bz2', hash: {md5: '', sha256: '11'}, category: main}
- {name: c, version: '3.0', manager: pip, platform: linux-64, dependencies: {}, url: 'https://host/c.whl',
   hash: {sha256: '33'}, category: main, optional: false}
- {name: Six_X, version: '1', manager: pip, platform: linux-64, dependencies: {Tool: '>=1', absent: '*', c: '3.0'},
   url: 'https://host/six.whl', hash: {sha256: '22'}, category: main, optional: false}
- {name: tool, version: '2', manager: pip, platform: linux-64, dependencies: {}, url: 'git+https://host/tool@0123',
   hash: {sha256: '0123'}, source: {type: url, url: 'git+https://host/tool@0123'}, category: main, optional: false}
- {name: tool, version: '2', manager: pip, platform: linux-64, dependencies: {}, url: 'git+https://host/tool@0123',
   hash: {sha256: '0123'}, source: {type: url, url: 'git+https://host/tool@0123'}, category: dev, optional: true}
";
        let (lock, warnings) = read_text(text);
        let chosen = &lock.platforms[&Platform::Linux64];
        assert_eq!(chosen.input_hash.as_deref(), None);
        let [_, six, tool] = chosen.pip.as_slice() else { panic!("{:?}", chosen.pip) };
        assert_eq!((six.label().as_str(), six.sha256.as_deref()), ("six-x 1", Some("22")));
        assert_eq!(six.depends.as_deref().unwrap(), ["c==3.0", "tool>=1"]);
        assert_eq!((tool.address().as_str(), &tool.sha256), ("git+https://host/tool@0123", &None));
        assert_eq!(tool.categories, ["dev", "main"]);
        assert_eq!(chosen.content_hash.as_deref(), Some("abc"));
        let names: Vec<&str> = chosen.records.iter().map(|record| record.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(
            chosen.records[1].depends.as_deref(),
            Some(&["__glibc >=2.17".to_owned(), "b".to_owned()][..])
        );
        assert_eq!(
            (chosen.records[0].version.as_str(), chosen.records[0].md5.as_deref()),
            ("2.0", None)
        );
        assert_eq!(lock.channels[1].url, "https://host/c");
        let shown = lockit_diagnostic::render(&warnings, false);
        assert!(!shown.contains("s3cret"));
        assert_eq!(warnings.len(), 1, "{shown}");
    }
}
