//! A PyPI package of a lock as a line of a requirements file.

use std::path::Path;

use lockit_lockfile::{PipRecord, PipSource, is_wheel};
use lockit_spec::plain_path;
use url::Url;

/// How uv is asked for one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UvRequirement {
    /// The package, normalised.
    pub(crate) name: String,
    /// The line; secrets are `${VAR}` placeholders.
    pub(crate) line: String,
    /// Whether the line has a digest that uv must hold the archive against.
    pub(crate) hashed: bool,
    /// Whether nothing says what the archive or the checkout has to be.
    pub(crate) unproven: bool,
    /// Whether it is no wheel: it is built, and that runs code of it.
    pub(crate) built: bool,
    /// Whether only uv can tell if it is up to date: sources in a folder, which may have changed.
    pub(crate) may_change: bool,
}

impl UvRequirement {
    /// `folder` is what relative paths start from.
    ///
    /// # Errors
    /// Why the record cannot be asked for.
    pub(crate) fn new(record: &PipRecord, folder: &Path) -> Result<Self, String> {
        let name = record.name.clone();
        let local = |path: &str| {
            let path = plain_path(&folder.join(path));
            Url::from_file_path(&path)
                .map_err(|()| format!("`{}` is no absolute path", path.display()))
        };
        let (line, may_change) = match &record.source {
            PipSource::Archive { url, .. } if url.is_empty() => {
                return Err("the lockfile has no address".to_owned());
            }
            PipSource::Archive { url, .. } if url.contains("://") => {
                // A digest behind the address would be read as part of it.
                let address = url.split_once("#sha256=").map_or(&**url, |(address, _)| address);
                (format!("{name} @ {address}"), false)
            }
            PipSource::Archive { url, .. } => (format!("{name} @ {}", local(url)?), false),
            PipSource::Git { url, commit, subdirectory } => {
                let part = subdirectory.as_ref().map(|part| format!("#subdirectory={part}"));
                (format!("{name} @ git+{url}@{commit}{}", part.unwrap_or_default()), false)
            }
            PipSource::Folder { path, editable: true } => {
                (format!("--editable {}", local(path)?), false)
            }
            PipSource::Folder { path, editable: false } => {
                (format!("{name} @ {}", local(path)?), true)
            }
        };
        if line.contains(['\n', '\r', '\\']) {
            return Err("its address cannot stand in a requirements file".to_owned());
        }
        let built = !matches!(&record.source, PipSource::Archive { url, .. } if is_wheel(url));
        let archive = matches!(record.source, PipSource::Archive { .. });
        // A folder is the user's own, as it is now. A commit is the digest of a repository; a branch is none.
        let unproven = match &record.source {
            PipSource::Archive { .. } => record.sha256.is_none(),
            PipSource::Git { commit, .. } => !is_commit(commit),
            PipSource::Folder { .. } => false,
        };
        Ok(match &record.sha256 {
            Some(digest) if archive => {
                let line = format!("{line} --hash=sha256:{digest}");
                Self { name, line, hashed: true, unproven, built, may_change }
            }
            _ => Self { name, line, hashed: false, unproven, built, may_change },
        })
    }
}

/// The whole name of a commit, by SHA-1 or SHA-256.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn line(source: PipSource, sha256: Option<&str>) -> Result<String, String> {
        let sha256 = sha256.map(str::to_owned);
        let record = PipRecord { name: "six".into(), sha256, source, ..PipRecord::default() };
        UvRequirement::new(&record, Path::new("/project/env")).map(|one| one.line)
    }

    fn archive(url: &str) -> PipSource {
        PipSource::Archive { url: url.to_owned(), index: None }
    }

    #[test]
    fn archives_need_a_digest_and_checkouts_a_commit() {
        let unproven = |source: PipSource, sha256: Option<&str>| {
            let sha256 = sha256.map(str::to_owned);
            let record = PipRecord { name: "six".into(), sha256, source, ..PipRecord::default() };
            UvRequirement::new(&record, Path::new("/project")).unwrap().unproven
        };
        let git = |commit: &str| PipSource::Git {
            url: "https://host/six".to_owned(),
            commit: commit.to_owned(),
            subdirectory: None,
        };
        assert!(
            unproven(archive("https://h/six.whl"), None) && unproven(archive("./six.whl"), None)
        );
        assert!(!unproven(archive("https://h/six.whl"), Some("00")));
        assert!(unproven(git("main"), None) && unproven(git("abc1234"), None));
        assert!(!unproven(git(&"a".repeat(40)), None));
        let folder = PipSource::Folder { path: ".".to_owned(), editable: false };
        assert!(!unproven(folder, None));
    }

    #[test]
    fn every_source_has_its_line() {
        let git = |subdirectory: Option<&str>| PipSource::Git {
            url: "https://host/six".to_owned(),
            commit: "abc".to_owned(),
            subdirectory: subdirectory.map(str::to_owned),
        };
        let folder = |editable| PipSource::Folder { path: "../pkg".to_owned(), editable };
        for (source, expected) in [
            (archive("https://h/six.whl"), "six @ https://h/six.whl --hash=sha256:00"),
            (archive("https://h/six.whl#sha256=00"), "six @ https://h/six.whl --hash=sha256:00"),
            (archive("./six.whl"), "six @ file:///project/env/six.whl --hash=sha256:00"),
            (git(None), "six @ git+https://host/six@abc"),
            (git(Some("src")), "six @ git+https://host/six@abc#subdirectory=src"),
            (folder(false), "six @ file:///project/pkg"),
            (folder(true), "--editable file:///project/pkg"),
        ] {
            assert_eq!(line(source, Some("00")).unwrap(), expected);
        }
        assert!(line(archive(""), None).is_err());
        assert!(line(archive("https://h/\n--index-url=x"), None).is_err());
    }
}
