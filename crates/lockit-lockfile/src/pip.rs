//! What a PyPI package of a lock knows about itself, and its address as pip takes it.

mod commit;
pub(crate) mod line;
pub(crate) mod markers;
mod provided;
pub(crate) mod requirement;

use std::path::Path;

pub use self::commit::{is_same_commit, is_same_repository};
pub use self::markers::Markers;
pub use self::provided::provided_names;
pub use self::requirement::{asked_address, asked_extras, asked_marker, asked_name};
use lockit_spec::{Platform, is_dotted, normalise_pypi_name};

use crate::error::FormatError;
use crate::{PipRecord, PipSource};
use lockit_spec::credentials::{has_secret, percent_decoded, without_secrets};

impl PipRecord {
    /// Makes a record from an address as pip takes it behind `name @`: of an archive, of a commit
    /// (`git+…@…`), of a folder (`file:…`, `./…`).
    ///
    /// The version is that of the archive's name. A `#sha256=` goes into the record. Clear-text credentials
    /// are dropped, `${VAR}` placeholders stay.
    pub fn from_address(name: &str, address: &str) -> Self {
        let clean = without_secrets(address.trim());
        let (place, fragment) = clean.split_once('#').unwrap_or((&clean, ""));
        let mut sha256 = None;
        let mut subdirectory = None;
        let mut rest = Vec::new();
        for part in fragment.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("sha256", digest)) => sha256 = Some(digest.to_ascii_lowercase()),
                Some(("egg", _)) => {}
                Some(("subdirectory", folder)) => {
                    subdirectory = Some(folder.to_owned());
                    rest.push(part);
                }
                _ => rest.push(part),
            }
        }
        let name = normalise_pypi_name(name);
        if let Some(repository) = place.strip_prefix("git+") {
            let (url, commit) = split_commit(repository);
            let source = PipSource::Git { url, commit, subdirectory };
            return Self { name, source, ..Self::default() };
        }
        let local = local_path(place);
        if let Some(path) = local.clone().filter(|_| !is_archive(place)) {
            let source = PipSource::Folder { path, editable: false };
            return Self { name, source, ..Self::default() };
        }
        let version = archive_version(place).unwrap_or_default();
        let mut url = match local {
            Some(path) if is_dotted(&path) => path,
            _ => place.to_owned(),
        };
        if !rest.is_empty() {
            url.push('#');
            url.push_str(&rest.join("&"));
        }
        Self {
            name,
            version,
            source: PipSource::Archive { url, index: None },
            sha256,
            ..Self::default()
        }
    }

    /// The address as pip takes it behind `name @`, without a digest. What is relative to the project's folder
    /// is `file:./…`, which pip takes from the folder that it runs in.
    pub fn address(&self) -> String {
        match &self.source {
            PipSource::Archive { url, .. } if is_dotted(url) => format!("file:{}", escape(url)),
            PipSource::Archive { url, .. } => url.clone(),
            PipSource::Git { url, commit, subdirectory } => {
                let at = if commit.is_empty() { "" } else { "@" };
                let mut address = format!("git+{url}{at}{commit}");
                if let Some(folder) = subdirectory {
                    address.extend(["#subdirectory=", folder]);
                }
                address
            }
            PipSource::Folder { path, .. } => {
                let path = path.replace('\\', "/");
                if is_dotted(&path) {
                    format!("file:{}", escape(&path))
                } else {
                    format!("file:///{}", escape(path.trim_start_matches('/')))
                }
            }
        }
    }

    /// The address, when it may be written to a file.
    pub(crate) fn public_address(&self, platform: Platform) -> Result<String, FormatError> {
        let address = self.address();
        if address.is_empty() {
            return Err(FormatError::NoUrl { package: self.label(), platform });
        }
        let index = match &self.source {
            PipSource::Archive { index: Some(index), .. } => index,
            _ => "",
        };
        if has_secret(&address) || has_secret(index) {
            return Err(FormatError::Secret { what: format!("the URL of `{}`", self.label()) });
        }
        Ok(address)
    }

    /// `name version`, for messages.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.version).trim_end().to_owned()
    }

    /// Whether it is an archive of the public index, so that pip finds it by name, version and digest.
    pub(crate) fn is_public(&self) -> bool {
        match &self.source {
            PipSource::Archive { url, index: None } => {
                url.is_empty() || url.starts_with("https://files.pythonhosted.org/")
            }
            _ => false,
        }
    }

    /// Whether both are the same artefact: same name, no version, digest or commit that both know differs.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        self.name == other.name
            && agree(&self.version, &other.version)
            && agree(
                self.sha256.as_deref().unwrap_or_default(),
                other.sha256.as_deref().unwrap_or_default(),
            )
            && match (&self.source, &other.source) {
                (
                    PipSource::Git { url, commit, subdirectory },
                    PipSource::Git { url: url2, commit: commit2, subdirectory: subdirectory2 },
                ) => {
                    is_same_repository(url, url2)
                        && is_same_commit(commit, commit2)
                        && subdirectory == subdirectory2
                }
                (PipSource::Folder { path, .. }, PipSource::Folder { path: path2, .. }) => {
                    path == path2
                }
                (PipSource::Archive { .. }, PipSource::Archive { .. }) => true,
                _ => false,
            }
    }
}

/// The address of a repository and the commit behind its last `@`.
fn split_commit(repository: &str) -> (String, String) {
    let path = repository.find("://").map_or(0, |at| at + 3);
    let path = path + repository[path..].find('/').unwrap_or(0);
    match repository[path..].rfind('@') {
        Some(at) => (repository[..path + at].to_owned(), repository[path + at + 1..].to_owned()),
        None => (repository.to_owned(), String::new()),
    }
}

/// The path of an address on this machine.
fn local_path(address: &str) -> Option<String> {
    if let Some(rest) = address.strip_prefix("file:") {
        let path = match rest.strip_prefix("//") {
            // A host may stand between; only this machine's own files are paths.
            Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
            None => rest,
        };
        let path = percent_decoded(path).into_owned();
        // `/C:/folder`
        let is_drive = path.as_bytes().get(2) == Some(&b':');
        return Some(if is_drive { path[1..].to_owned() } else { path });
    }
    let is_path = !address.contains("://")
        && (address.starts_with(['.', '/', '~'])
            || address.as_bytes().get(1) == Some(&b':')
            || is_archive(address));
    is_path.then(|| address.to_owned())
}

/// The endings that pip takes for an archive.
const ARCHIVES: [&str; 8] =
    [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.lzma", ".tar"];

fn is_archive(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    ARCHIVES.iter().any(|ending| path.ends_with(ending))
}

/// Whether a file name, or that at the end of an address, is that of a wheel. It ends in small letters (the binary
/// distribution format).
pub fn is_wheel(address: &str) -> bool {
    let name = address.split(['?', '#']).next().unwrap_or(address);
    Path::new(name).extension().is_some_and(|ending| ending == "whl")
}

/// The version in the name of a wheel or a source distribution.
fn archive_version(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let file = path.rsplit('/').next()?;
    let ending = ARCHIVES.iter().find(|ending| file.ends_with(**ending))?;
    let stem = file.strip_suffix(ending)?;
    let version = if *ending == ".whl" {
        stem.split('-').nth(1)?
    } else {
        let (_, version) = stem.rsplit_once('-')?;
        version
    };
    let version = percent_decoded(version).into_owned();
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
}

/// Escapes what would end a path inside of an address.
fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            ' ' => out.push_str("%20"),
            '%' => out.push_str("%25"),
            '#' => out.push_str("%23"),
            '?' => out.push_str("%3F"),
            // pip takes brackets at the end for extras.
            '[' => out.push_str("%5B"),
            ']' => out.push_str("%5D"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wheels_are_told_by_the_end_of_their_names() {
        for (url, wheel) in [
            ("https://h/six.whl#sha256=00", true),
            ("./six-1.0-py3-none-any.whl", true),
            ("https://h/six.tar.gz", false),
            ("https://h/six.tar.gz#x.whl", false),
            ("https://h/six.zip?x=a.whl", false),
            ("https://h/six", false),
        ] {
            assert_eq!(is_wheel(url), wheel, "{url}");
        }
    }

    #[test]
    fn names_have_one_spelling() {
        assert_eq!(normalise_pypi_name("Zope.Interface"), "zope-interface");
        assert_eq!(normalise_pypi_name(" a__b-.c "), "a-b-c");
    }

    #[test]
    fn addresses_are_taken_apart_and_put_together() {
        let sha = "ab".repeat(32);
        let shown: Vec<String> = [
            &format!("https://files.pythonhosted.org/packages/a/Six-1.16.0-py2.py3-none-any.whl#sha256={sha}"),
            "https://${U}:${P}@host/x/torch-2.1%2Bcpu-cp312-cp312-linux_x86_64.whl",
            "https://joe:pw@host/x/tool-name-1.0.tar.gz#subdirectory=py&egg=tool",
            "git+https://host/org/repo.git@0123abc#subdirectory=sub",
            "git+ssh://git@host/org/repo@0123abc",
            "git+https://host/org/repo",
            "./pkgs/my%20app",
            "file:./pkgs/my%20app",
            "file:///opt/app",
            "file:///opt/app-1.0.zip",
            "file:../wheels/app-1.0-py3-none-any.whl",
            "C:/src/app",
            ".",
        ]
        .into_iter()
        .map(|address| {
            let record = PipRecord::from_address("Tool_X", address);
            let again = PipRecord::from_address("tool-x", &record.address());
            assert_eq!(again, PipRecord { sha256: None, ..record.clone() }, "{address}");
            format!("{} {:?}", record.label(), record.source)
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        tool-x 1.16.0 Archive { url: "https://files.pythonhosted.org/packages/a/Six-1.16.0-py2.py3-none-any.whl", index: None }
        tool-x 2.1+cpu Archive { url: "https://${U}:${P}@host/x/torch-2.1%2Bcpu-cp312-cp312-linux_x86_64.whl", index: None }
        tool-x 1.0 Archive { url: "https://host/x/tool-name-1.0.tar.gz#subdirectory=py", index: None }
        tool-x Git { url: "https://host/org/repo.git", commit: "0123abc", subdirectory: Some("sub") }
        tool-x Git { url: "ssh://git@host/org/repo", commit: "0123abc", subdirectory: None }
        tool-x Git { url: "https://host/org/repo", commit: "", subdirectory: None }
        tool-x Folder { path: "./pkgs/my%20app", editable: false }
        tool-x Folder { path: "./pkgs/my app", editable: false }
        tool-x Folder { path: "/opt/app", editable: false }
        tool-x 1.0 Archive { url: "file:///opt/app-1.0.zip", index: None }
        tool-x 1.0 Archive { url: "../wheels/app-1.0-py3-none-any.whl", index: None }
        tool-x Folder { path: "C:/src/app", editable: false }
        tool-x Folder { path: ".", editable: false }
        "#);
    }

    #[test]
    fn a_digest_of_the_address_is_the_record_s() {
        let record = PipRecord::from_address("a", "https://host/a-1.zip#sha256=AB");
        assert_eq!(record.sha256.as_deref(), Some("ab"));
    }

    #[test]
    fn two_of_one_name_are_the_same_unless_something_that_both_know_differs() {
        let at = |address: &str| PipRecord::from_address("six", address);
        let wheel = at("https://h/six-1.16.0-py3-none-any.whl#sha256=aa");
        assert!(wheel.is_same_as(&at("https://mirror/six-1.16.0-py3-none-any.whl#sha256=aa")));
        assert!(wheel.is_same_as(&PipRecord { sha256: None, ..wheel.clone() }));
        assert!(wheel.is_same_as(&PipRecord { version: String::new(), ..wheel.clone() }));
        for other in [
            PipRecord { name: "seven".into(), ..wheel.clone() },
            PipRecord { version: "1.17.0".into(), ..wheel.clone() },
            PipRecord { sha256: Some("bb".into()), ..wheel.clone() },
        ] {
            assert!(!wheel.is_same_as(&other), "{other:?}");
        }
        let commit = |url: &str, commit: &str, folder: Option<&str>| PipRecord {
            source: PipSource::Git {
                url: url.into(),
                commit: commit.into(),
                subdirectory: folder.map(str::to_owned),
            },
            ..PipRecord::default()
        };
        let folder = |path: &str| PipRecord {
            source: PipSource::Folder { path: path.into(), editable: false },
            ..PipRecord::default()
        };
        let one = commit("https://h/six", "01", None);
        assert!(one.is_same_as(&commit("https://h/six", "01", None)));
        for other in [
            commit("https://h/other", "01", None),
            commit("https://h/six", "02", None),
            commit("https://h/six", "01", Some("python")),
            folder("./six"),
            PipRecord { name: String::new(), version: String::new(), sha256: None, ..wheel },
        ] {
            assert!(!one.is_same_as(&other), "{other:?}");
        }
        assert!(folder("./six").is_same_as(&folder("./six")));
        assert!(!folder("./six").is_same_as(&folder("./seven")));
    }
}
