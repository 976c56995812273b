//! conda-lock's `content_hash`: a digest of what is wanted, by which `--check-input-hash` tells that nothing
//! has to be locked again.

use std::collections::BTreeSet;
use std::io;

use lockit_spec::Platform;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Value, json};

use super::LockSpecification;
use super::virtual_repodata::{Spelling, VirtualRepodata};
use crate::hex_sha256;

/// The content hash of one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentHash {
    /// What is written, hex sha256.
    pub value: String,
    /// What is accepted as the same: earlier versions of conda-lock hashed a little differently.
    accepted: BTreeSet<String>,
}

impl ContentHash {
    /// Whether a recorded hash stands for the same inputs.
    pub fn accepts(&self, recorded: &str) -> bool {
        self.accepted.contains(recorded)
    }
}

impl LockSpecification {
    /// The content hash of a platform. `None` when there is no such platform, or when conda-lock refuses the
    /// specification.
    pub fn content_hash(
        &self,
        platform: Platform,
        virtual_packages: &VirtualRepodata,
    ) -> Option<ContentHash> {
        if !self.refused.is_empty() || !self.dependencies.contains_key(&platform) {
            return None;
        }
        let hash = |repodata: &VirtualRepodata, spelling: Spelling, nulls: bool| {
            let value = self.hashed(platform, &repodata.hashed(platform, spelling), nulls);
            hex_sha256(&python_json(value))
        };
        let mut accepted = BTreeSet::new();
        for repodata in virtual_packages.with_and_without_second_osx(platform) {
            for spelling in [Spelling::WithNumber, Spelling::Plain] {
                for nulls in [false, true] {
                    accepted.insert(hash(&repodata, spelling, nulls));
                }
            }
        }
        let value = hash(virtual_packages, Spelling::WithNumber, false);
        Some(ContentHash { value, accepted })
    }

    /// What is hashed. Keys that came with version 3 are there only with `nulls`, where they say nothing.
    fn hashed(&self, platform: Platform, virtual_package_hash: &Value, nulls: bool) -> Value {
        let mut sorted: Vec<_> = self.dependencies[&platform].iter().collect();
        sorted.sort_by_key(|dependency| dependency.key());
        let specs: Vec<Value> = sorted
            .into_iter()
            .map(|dependency| {
                let mut value = json!(dependency);
                if let Some(fields) = value.as_object_mut().filter(|_| !nulls) {
                    let new = |key: &str| matches!(key, "markers" | "subdirectory");
                    fields.retain(|key, value| !(new(key) && value.is_null()));
                }
                value
            })
            .collect();
        // Channels are texts of JSON in the JSON: pydantic's, which has no blanks.
        let channels: Vec<String> = self
            .channels
            .iter()
            .map(|one| json!({ "url": one.url, "used_env_vars": one.used_env_vars }).to_string())
            .collect();
        let mut hashed = json!({
            "channels": channels,
            "specs": specs,
            "virtual_package_hash": virtual_package_hash,
        });
        if !self.pip_repositories.is_empty() {
            let repositories: Vec<String> =
                self.pip_repositories.iter().map(|url| json!({ "url": url }).to_string()).collect();
            hashed["pip_repositories"] = json!(repositories);
        }
        hashed
    }
}

/// JSON as Python's `json.dumps(value, sort_keys=True)` writes it.
fn python_json(mut value: Value) -> Vec<u8> {
    value.sort_all_objects();
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, PythonFormatter);
    value.serialize(&mut serializer).expect("a value can be written, and memory takes it");
    out
}

/// Blanks behind `,` and `:`, and nothing but ASCII.
struct PythonFormatter;

fn separate<W: io::Write + ?Sized>(writer: &mut W, first: bool) -> io::Result<()> {
    if first { Ok(()) } else { writer.write_all(b", ") }
}

impl Formatter for PythonFormatter {
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        separate(to, first)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        separate(to, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        text: &str,
    ) -> io::Result<()> {
        for c in text.chars() {
            if matches!(c, ' '..='~') {
                write!(to, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_spec::VirtualPackageSpec;

    use super::super::tests::specification;
    use super::super::{Cuda, VirtualRepodata};
    use super::*;

    fn defaults() -> VirtualRepodata {
        VirtualRepodata::conda_lock_default(&Cuda::Default)
    }

    fn empty() -> LockSpecification {
        let mut specification = specification(&[(
            "e.yml",
            "channels: [c]\nplatforms: [linux-64, linux-aarch64, linux-ppc64le, osx-64, osx-arm64, win-64]\ndependencies: []\n",
        )]);
        specification.channels.clear();
        specification
    }
    /// An empty specification: conda-lock's own golden values.
    #[test]
    fn an_empty_specification_has_the_hash_of_conda_lock() {
        let specification = empty();
        for (platform, expected) in [
            ("linux-64", "a949aac83da089258ce729fcd54dc0a3a1724ea325d67680d7a6d7cc9c0f1d1b"),
            ("linux-aarch64", "f68603a3a28dbb03d20a25e1dacda3c42b6acc8a93bd31e13c4956115820cfa6"),
            ("linux-ppc64le", "ababb6bc556ac8c9e27a499bf9b83b5757f6ded385caa0c3d7bf3f360dfe358d"),
            ("osx-64", "b7eebe4be0654740f67e3023f2ede298f390119ef225f50ad7e7288ea22d5c93"),
            ("osx-arm64", "cc82018d1b1809b9aebacacc5ed05ee6a4318b3eba039607d2a6957571f8bf2b"),
            ("win-64", "44239e9f0175404e62e4a80bb8f4be72e38c536280d6d5e484e52fa04b45c9f6"),
        ] {
            let hash = specification.content_hash(platform.parse().unwrap(), &defaults()).unwrap();
            assert_eq!(hash.value, expected, "{platform}");
            assert!(hash.accepts(expected));
        }
        assert!(specification.content_hash(Platform::WinArm64, &defaults()).is_none());
    }

    #[test]
    fn cuda_and_files_of_virtual_packages_change_it() {
        let specification = empty();
        let hash = |repodata: &VirtualRepodata, platform: Platform| {
            specification.content_hash(platform, repodata).unwrap().value
        };
        let absent = VirtualRepodata::conda_lock_default(&Cuda::Absent);
        assert_eq!(
            hash(&absent, Platform::Linux64),
            "3179885015a0f5bdb113f6c1aeac58d5c6ff9252e4f4b9a310ca960432ae6da1"
        );
        let newer = VirtualRepodata::conda_lock_default(&Cuda::Version("12.4".into()));
        assert_eq!(
            hash(&newer, Platform::Win64),
            "fc93edfeb5cba90d237e10226aec2e3ed5102c85df357ac5b6b7ebcf54dc9994"
        );
        let text = "subdirs:\n  linux-64:\n    packages:\n      __glibc: '2.17'\n      __archspec: '1 haswell'\n";
        let spec = VirtualPackageSpec::parse(&SourceFile::new("v.yml", text)).unwrap().value;
        let stated = VirtualRepodata::from_spec(&spec);
        assert_eq!(
            hash(&stated, Platform::Linux64),
            "2b7b131448f99386c21d89517b0472f8b18518e9345b1fac9a6cbd0f1a592c7d"
        );
        assert_eq!(
            hash(&stated, Platform::Osx64),
            "6c424fa81e19c8389da06e157075e40625878735580252e8e6c49a5c469edf0d"
        );
    }

    #[test]
    fn what_earlier_versions_wrote_is_accepted() {
        let hash = empty().content_hash(Platform::Osx64, &defaults()).unwrap();
        for earlier in [
            "299baa3722a4746b1b45e16468ff24696dc6824f172a16a4b185774b7d70bd00",
            "686dd209bf423104ef7ccfbc473cf91a76524fd8fe20d8ca60d39b53e4f3adfc",
            "e2236a55963b8a15f6702e885eb44c7ce3f294c638cc91aa770e23435f77d18e",
        ] {
            assert!(hash.accepts(earlier), "{earlier}");
        }
        assert!(!hash.accepts("299baa"));
    }

    /// Every kind of dependency, and placeholders in channels; the values are those of conda-lock 4.0.3.
    #[test]
    fn a_specification_with_everything_in_it() {
        let specification = specification(&[(
            "environment.yml",
            "channels: ['https://$USER_A:${PASS_B}@host/chan', conda-forge, 'https://host/t/$TOK/x']
platforms: [linux-64, osx-arm64]
pip-repositories: ['https://host/simple']
dependencies:
  - python >=3.9, <3.13
  - numpy=1.26=py*_0
  - conda-forge::zlib
  - pip:
    - requests[socks, use]>=2, <3
    - r @ git+https://h/o/r.git@v1#subdirectory=d
    - t @ https://h/t-1.zip#sha256=ab
    - p @ ./p
    - wa; python_version < '3'
    - cowsay ; sys_platform == 'darwin'
",
        )]);
        let hash = |platform| specification.content_hash(platform, &defaults()).unwrap().value;
        assert_eq!(
            hash(Platform::Linux64),
            "b8638f0e01d5a5afdeea23af078cec8e9a739ebaaf9fd273969c1a4fca1c80ce"
        );
        assert_eq!(
            hash(Platform::OsxArm64),
            "7bdd8648130cdf2511cc2bbb7985c05d6c67eae8787e3ff428ab6c868c8e285e"
        );
    }

    #[test]
    fn text_is_written_as_python_writes_it() {
        let value = json!({ "b": [null, true, 1], "a": "\"\\\n\u{7f}é😀" });
        assert_eq!(
            String::from_utf8(python_json(value)).unwrap(),
            r#"{"a": "\"\\\n\u007f\u00e9\ud83d\ude00", "b": [null, true, 1]}"#
        );
    }
}
