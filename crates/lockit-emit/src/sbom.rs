//! Bills of materials of a lock: what is in the image, before it is built.

mod cyclonedx;
mod spdx;
mod standard;

pub use cyclonedx::cyclonedx;
pub use spdx::spdx;
pub use standard::Standard;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use lockit_lockfile::order::dependency_name;
use lockit_lockfile::{Lock, Package, PipRecord, PipSource, Record, provided_names};
use lockit_spec::{Platform, normalise_pypi_name};

/// The packages of one platform in the order of a bill, and who they are to each other.
struct Contents<'a> {
    packages: Vec<Package<'a>>,
    /// Package URLs of conda packages by name.
    conda: BTreeMap<&'a str, String>,
    /// Package URLs by PyPI name, of whatever kind.
    pypi: BTreeMap<String, String>,
}

impl<'a> Contents<'a> {
    fn of(lock: &'a Lock, platform: Platform) -> Self {
        let chosen = lock.platforms.get(&platform);
        let conda = chosen.into_iter().flat_map(|chosen| &chosen.records);
        let pip = chosen.into_iter().flat_map(|chosen| &chosen.pip);
        let mut packages: Vec<Package<'_>> =
            conda.map(Package::Conda).chain(pip.map(Package::Pip)).collect();
        packages.sort_by_key(|one| (one.name(), one.version(), one.build(), one.manager()));
        let mut contents = Self { packages, conda: BTreeMap::new(), pypi: BTreeMap::new() };
        for package in &contents.packages {
            let purl = purl(*package);
            match package {
                Package::Conda(record) => {
                    for name in provided_names(record, &lockit_spec::NameMap::default()) {
                        contents.pypi.entry(name).or_insert_with(|| purl.clone());
                    }
                    contents.conda.insert(&record.name, purl);
                }
                Package::Pip(record) => {
                    contents.pypi.insert(record.name.clone(), purl);
                }
            }
        }
        contents
    }

    /// The package URLs of what a package needs.
    fn needs(&self, package: Package<'_>) -> BTreeSet<&str> {
        let depends = package.depends().unwrap_or_default().iter();
        let found = depends.filter_map(|text| match package {
            Package::Conda(_) => self.conda.get(dependency_name(text)),
            Package::Pip(_) => self.pypi.get(&required_name(text)),
        });
        found.map(String::as_str).collect()
    }
}

/// The normalised name that a PEP 508 requirement begins with.
fn required_name(text: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    normalise_pypi_name(&text[..text.find(|c| !is_name(c)).unwrap_or(text.len())])
}

/// The package URL of a package.
fn purl(package: Package<'_>) -> String {
    match package {
        Package::Conda(record) => conda_purl(record),
        Package::Pip(record) => pypi_purl(record),
    }
}

/// The package URL of a PyPI package (purl-spec `pypi-definition`).
fn pypi_purl(record: &PipRecord) -> String {
    let version = match record.version.as_str() {
        "" => String::new(),
        version => format!("@{}", encoded(version)),
    };
    let qualifier = match &record.source {
        PipSource::Archive { index: Some(index), .. } => {
            format!("?repository_url={}", encoded(index))
        }
        PipSource::Git { .. } => format!("?vcs_url={}", encoded(&record.address())),
        _ => String::new(),
    };
    format!("pkg:pypi/{}{version}{qualifier}", encoded(&record.name))
}

/// The package URL of a conda package (`pkg:conda/name@version?…`, purl-spec `conda-definition`).
fn conda_purl(record: &Record) -> String {
    let mut qualifiers = Vec::new();
    if !record.build.is_empty() {
        qualifiers.push(format!("build={}", encoded(&record.build)));
    }
    if let Some(channel) = record.channel.as_deref() {
        let name = channel.trim_end_matches('/').rsplit('/').next().unwrap_or(channel);
        qualifiers.push(format!("channel={}", encoded(name)));
    }
    if !record.subdir.is_empty() {
        qualifiers.push(format!("subdir={}", encoded(&record.subdir)));
    }
    let file = record.file_name();
    let kind = if file.ends_with(".tar.bz2") { "tar.bz2" } else { "conda" };
    qualifiers.push(format!("type={kind}"));
    format!(
        "pkg:conda/{}@{}?{}",
        encoded(&record.name),
        encoded(&record.version),
        qualifiers.join("&")
    )
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What a recipe says about its licence.
enum License {
    /// One identifier of the SPDX list.
    Id(String),
    /// An SPDX expression.
    Expression(String),
    /// Something else.
    Name(String),
}

fn license(record: &Record) -> Option<License> {
    let text = record.license.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    if let Some(id) = ::spdx::license_id(text) {
        return Some(License::Id(id.name.to_owned()));
    }
    match ::spdx::Expression::parse(text) {
        Ok(_) => Some(License::Expression(text.to_owned())),
        Err(_) => Some(License::Name(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;

    #[test]
    fn pypi_packages_are_in_the_bill() {
        let conda = |name: &str, depends: &[&str]| {
            let url = format!("https://conda.anaconda.org/c/noarch/{name}-1-0.conda");
            Arc::new(Record {
                depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
                ..Record::from_url(&url).unwrap()
            })
        };
        let pip = |name: &str, address: &str, depends: &[&str]| PipRecord {
            version: "1.0".to_owned(),
            depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
            ..PipRecord::from_address(name, address)
        };
        let digest = "0a".repeat(32);
        let chosen = lockit_lockfile::PlatformLock {
            records: vec![conda("python", &[]), conda("click", &["python"])],
            pip: vec![
                pip(
                    "app",
                    &format!("https://h/app-1.0-py3-none-any.whl#sha256={digest}"),
                    &["Click>=8", "tool"],
                ),
                pip("tool", "git+https://h/tool@0123", &[]),
            ],
            ..lockit_lockfile::PlatformLock::default()
        };
        let lock = Lock { platforms: [(Platform::Linux64, chosen)].into(), ..Lock::default() };
        let bill: Value = serde_json::from_str(&cyclonedx(&lock, Platform::Linux64, None)).unwrap();
        let lines = |list: &Value| {
            list.as_array().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        insta::assert_snapshot!(lines(&bill["dependencies"]), @r#"
        {"ref":"environment@linux-64","dependsOn":["pkg:pypi/app@1.0"]}
        {"ref":"pkg:pypi/app@1.0","dependsOn":["pkg:conda/click@1?build=0&channel=c&subdir=noarch&type=conda","pkg:pypi/tool@1.0?vcs_url=git%2Bhttps%3A%2F%2Fh%2Ftool%400123"]}
        {"ref":"pkg:conda/click@1?build=0&channel=c&subdir=noarch&type=conda","dependsOn":["pkg:conda/python@1?build=0&channel=c&subdir=noarch&type=conda"]}
        {"ref":"pkg:conda/python@1?build=0&channel=c&subdir=noarch&type=conda","dependsOn":[]}
        {"ref":"pkg:pypi/tool@1.0?vcs_url=git%2Bhttps%3A%2F%2Fh%2Ftool%400123","dependsOn":[]}
        "#);
        insta::assert_snapshot!(bill["components"][0], @r#"{"type":"library","bom-ref":"pkg:pypi/app@1.0","name":"app","version":"1.0","purl":"pkg:pypi/app@1.0","hashes":[{"alg":"SHA-256","content":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"}],"externalReferences":[{"type":"distribution","url":"https://h/app-1.0-py3-none-any.whl"}]}"#);
        let bill: Value = serde_json::from_str(&spdx(&lock, Platform::Linux64, None)).unwrap();
        insta::assert_snapshot!(bill["packages"][1], @r#"{"SPDXID":"SPDXRef-PyPI-app","name":"app","versionInfo":"1.0","downloadLocation":"https://h/app-1.0-py3-none-any.whl","filesAnalyzed":false,"licenseDeclared":"NOASSERTION","licenseConcluded":"NOASSERTION","copyrightText":"NOASSERTION","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:pypi/app@1.0"}],"checksums":[{"algorithm":"SHA256","checksumValue":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"}]}"#);
        let needs: Vec<String> = bill["relationships"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["relationshipType"] == "DEPENDS_ON")
            .map(|one| format!("{} {}", one["spdxElementId"], one["relatedSpdxElement"]))
            .collect();
        insta::assert_snapshot!(needs.join("\n"), @r#"
        "SPDXRef-PyPI-app" "SPDXRef-Package-click"
        "SPDXRef-PyPI-app" "SPDXRef-PyPI-tool"
        "SPDXRef-Package-click" "SPDXRef-Package-python"
        "#);
    }

    /// A scanner that knows the archive by its md5 finds it, and none is told a digest that nobody knows.
    #[test]
    fn a_bill_has_the_digests_that_there_are() {
        let record = |name: &str, md5: Option<&str>, sha256: Option<&str>| {
            let url = format!("https://conda.anaconda.org/c/noarch/{name}-1-0.conda");
            Arc::new(Record {
                md5: md5.map(str::to_owned),
                sha256: sha256.map(str::to_owned),
                ..Record::from_url(&url).unwrap()
            })
        };
        let records = vec![
            record("a", Some("0a"), None),
            record("b", Some("0b"), Some("1b")),
            record("c", None, None),
        ];
        let chosen =
            lockit_lockfile::PlatformLock { records, ..lockit_lockfile::PlatformLock::default() };
        let lock = Lock { platforms: [(Platform::Linux64, chosen)].into(), ..Lock::default() };
        let all = |text: &str, list: &str, key: &str| {
            let bill: Value = serde_json::from_str(text).unwrap();
            let packages = bill[list].as_array().unwrap().iter();
            packages
                .map(|one| format!("{} {}\n", one["name"], one[key]))
                .collect::<Vec<_>>()
                .concat()
        };
        let cyclonedx = cyclonedx(&lock, Platform::Linux64, None);
        insta::assert_snapshot!(all(&cyclonedx, "components", "hashes"), @r#"
        "a" [{"alg":"MD5","content":"0a"}]
        "b" [{"alg":"MD5","content":"0b"},{"alg":"SHA-256","content":"1b"}]
        "c" null
        "#);
        let spdx = spdx(&lock, Platform::Linux64, None);
        insta::assert_snapshot!(all(&spdx, "packages", "checksums"), @r#"
        "environment for linux-64" null
        "a" [{"algorithm":"MD5","checksumValue":"0a"}]
        "b" [{"algorithm":"MD5","checksumValue":"0b"},{"algorithm":"SHA256","checksumValue":"1b"}]
        "c" null
        "#);
    }
}
