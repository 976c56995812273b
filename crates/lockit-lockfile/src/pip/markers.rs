//! Environment markers (PEP 508) for a platform that is not this one.

use std::str::FromStr;
use std::sync::Arc;

use lockit_spec::Platform;
use pep508_rs::{ExtraName, MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};
use url::Url;

use crate::Record;

/// What environment markers see on a platform of a lock: its system, and the python that it locks.
#[derive(Debug, Clone)]
pub struct Markers {
    environment: Option<MarkerEnvironment>,
}

impl Markers {
    /// Those of a platform with these conda packages. Without a python among them, nothing can be said about any
    /// marker.
    pub fn of(platform: Platform, records: &[Arc<Record>]) -> Self {
        let python = records.iter().find(|record| record.name == "python");
        let environment = python.and_then(|python| {
            let version = python.version.as_str();
            let pypy = records.iter().any(|record| record.name == "pypy");
            let short = version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
            let (os_name, sys_platform, platform_system) = system(platform);
            MarkerEnvironmentBuilder {
                implementation_name: if pypy { "pypy" } else { "cpython" },
                implementation_version: version,
                os_name,
                platform_machine: machine(platform),
                platform_python_implementation: if pypy { "PyPy" } else { "CPython" },
                platform_release: "",
                platform_system,
                platform_version: "",
                python_full_version: version,
                python_version: &short,
                sys_platform,
            }
            .try_into()
            .ok()
        });
        Self { environment }
    }

    /// Whether a marker holds with these extras. What cannot be decided holds.
    pub fn hold(&self, marker: &str, extras: &[String]) -> bool {
        let Some(environment) = &self.environment else { return true };
        let Ok(tree) = MarkerTree::parse_str::<Url>(marker) else { return true };
        let extras: Vec<ExtraName> =
            extras.iter().filter_map(|extra| ExtraName::from_str(extra).ok()).collect();
        tree.evaluate(environment, &extras)
    }
}

/// `os_name`, `sys_platform`, `platform_system`.
pub(crate) fn system(platform: Platform) -> (&'static str, &'static str, &'static str) {
    match platform.only_platform() {
        Some("win") => ("nt", "win32", "Windows"),
        Some("osx") => ("posix", "darwin", "Darwin"),
        Some("emscripten") => ("posix", "emscripten", "Emscripten"),
        _ => ("posix", "linux", "Linux"),
    }
}

/// `platform_machine`.
pub(crate) fn machine(platform: Platform) -> &'static str {
    match platform {
        Platform::Linux32 => "i686",
        Platform::Win32 => "x86",
        Platform::LinuxAarch64 => "aarch64",
        Platform::OsxArm64 => "arm64",
        Platform::Win64 => "AMD64",
        Platform::WinArm64 => "ARM64",
        Platform::LinuxPpc64le => "ppc64le",
        Platform::LinuxPpc64 => "ppc64",
        Platform::LinuxS390X => "s390x",
        Platform::LinuxRiscv64 => "riscv64",
        Platform::EmscriptenWasm32 => "wasm32",
        Platform::LinuxArmV6l => "armv6l",
        Platform::LinuxArmV7l => "armv7l",
        _ => "x86_64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn markers_see_the_platform_and_the_locked_python() {
        let markers = |platform| Markers::of(platform, &sample::platform(platform).records);
        let linux = markers(Platform::Linux64);
        let osx = markers(Platform::OsxArm64);
        assert!(linux.hold("python_version == '3.12' and sys_platform == 'linux'", &[]));
        assert!(!linux.hold("python_version < '3.10' or platform_machine == 'arm64'", &[]));
        assert!(osx.hold("platform_system == 'Darwin' and platform_machine == 'arm64'", &[]));
        assert!(osx.hold("python_full_version == '3.12.7'", &[]));
        assert!(!linux.hold("extra == 'dev'", &[]));
        assert!(linux.hold("extra == 'dev'", &["dev".to_owned()]));
        let unknown = Markers::of(Platform::Linux64, &[]);
        assert!(unknown.hold("python_version < '3'", &[]));
    }

    /// What `os.name`, `sys.platform`, `platform.system()` and `platform.machine()` are there.
    #[test]
    fn each_platform_is_what_its_python_says_of_itself() {
        for (platform, os, sys, name, machine_of) in [
            (Platform::Linux64, "posix", "linux", "Linux", "x86_64"),
            (Platform::Linux32, "posix", "linux", "Linux", "i686"),
            (Platform::LinuxAarch64, "posix", "linux", "Linux", "aarch64"),
            (Platform::LinuxArmV6l, "posix", "linux", "Linux", "armv6l"),
            (Platform::LinuxArmV7l, "posix", "linux", "Linux", "armv7l"),
            (Platform::LinuxPpc64, "posix", "linux", "Linux", "ppc64"),
            (Platform::LinuxPpc64le, "posix", "linux", "Linux", "ppc64le"),
            (Platform::LinuxRiscv64, "posix", "linux", "Linux", "riscv64"),
            (Platform::LinuxS390X, "posix", "linux", "Linux", "s390x"),
            (Platform::Osx64, "posix", "darwin", "Darwin", "x86_64"),
            (Platform::OsxArm64, "posix", "darwin", "Darwin", "arm64"),
            (Platform::Win64, "nt", "win32", "Windows", "AMD64"),
            (Platform::WinArm64, "nt", "win32", "Windows", "ARM64"),
            (Platform::Win32, "nt", "win32", "Windows", "x86"),
            (Platform::EmscriptenWasm32, "posix", "emscripten", "Emscripten", "wasm32"),
        ] {
            assert_eq!(system(platform), (os, sys, name), "{platform}");
            assert_eq!(machine(platform), machine_of, "{platform}");
        }
    }

    #[test]
    fn pypy_is_another_implementation() {
        let mut chosen = sample::platform(Platform::Linux64);
        let cpython = Markers::of(Platform::Linux64, &chosen.records);
        chosen.records.push(sample::record("linux-64", "pypy", "7.3.15", "0", &[]));
        let pypy = Markers::of(Platform::Linux64, &chosen.records);
        for (marker, holds) in [
            ("implementation_name == 'pypy'", [false, true]),
            ("platform_python_implementation == 'CPython'", [true, false]),
        ] {
            assert_eq!([&cpython, &pypy].map(|one| one.hold(marker, &[])), holds, "{marker}");
        }
    }
}
