//! The machine that packages are chosen for, in uv's words: what conda calls a platform, together with the
//! virtual packages that it is assumed to have.

use std::sync::Arc;

use lockit_lockfile::Record;
use lockit_spec::{Platform, VirtualPackage};
use uv_platform_tags::{Arch, Os, Platform as TagPlatform, Tags, TagsOptions};

use crate::PypiError;

/// What wheels must fit to.
#[derive(Debug)]
pub(crate) struct Target {
    /// The value of uv's `--python-platform`.
    pub(crate) platform: String,
    /// The value of uv's `--python-version`.
    pub(crate) python: String,
    /// The oldest macOS to work on, for uv's environment.
    pub(crate) macos: Option<String>,
    /// The wheels that fit, best first (PEP 425).
    pub(crate) tags: Tags,
}

/// The glibc versions that uv has a target for.
const MANYLINUX: [u16; 12] = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];

impl Target {
    /// The target of a platform with the python that conda has chosen for it.
    pub(crate) fn new(
        platform: Platform,
        conda: &[Arc<Record>],
        virtual_packages: &[VirtualPackage],
    ) -> Result<Self, PypiError> {
        let python = conda
            .iter()
            .find(|record| record.name == "python")
            .ok_or(PypiError::NoPython { platform })?;
        if python.build.contains("pypy") || python.build.contains("graalpy") {
            return Err(PypiError::Implementation { platform, build: python.build.clone() });
        }
        let unreadable = || PypiError::PythonVersion { version: python.version.clone() };
        let version = parts(&python.version).ok_or_else(unreadable)?;
        let version = (
            u8::try_from(version.0).map_err(|_| unreadable())?,
            u8::try_from(version.1).map_err(|_| unreadable())?,
        );
        let virtual_version = |name: &str| {
            let package = virtual_packages.iter().find(|package| package.name == name)?;
            parts(&package.version)
        };
        let unsupported = || PypiError::Platform { platform };
        let mut macos = None;
        let (name, os, arch) = match platform {
            Platform::Linux64 | Platform::LinuxAarch64 => {
                let (major, minor) = virtual_version("__glibc").ok_or_else(unsupported)?;
                let uvs = MANYLINUX.iter().rev().find(|known| major > 2 || **known <= minor);
                let (word, arch) = match platform {
                    Platform::Linux64 => ("x86_64", Arch::X86_64),
                    _ => ("aarch64", Arch::Aarch64),
                };
                // Older than any target of uv: what fits is told by the wheel's own tags.
                let uvs = uvs.copied().unwrap_or(MANYLINUX[0]);
                (format!("{word}-manylinux_2_{uvs}"), Os::Manylinux { major, minor }, arch)
            }
            Platform::Osx64 | Platform::OsxArm64 => {
                let (major, minor) = virtual_version("__osx").ok_or_else(unsupported)?;
                macos = Some(format!("{major}.{minor}"));
                let (word, arch) = match platform {
                    Platform::Osx64 => ("x86_64", Arch::X86_64),
                    _ => ("aarch64", Arch::Aarch64),
                };
                (format!("{word}-apple-darwin"), Os::Macos { major, minor }, arch)
            }
            Platform::Win64 => ("x86_64-pc-windows-msvc".into(), Os::Windows, Arch::X86_64),
            Platform::WinArm64 => ("aarch64-pc-windows-msvc".into(), Os::Windows, Arch::Aarch64),
            Platform::Win32 => ("i686-pc-windows-msvc".into(), Os::Windows, Arch::X86),
            _ => return Err(unsupported()),
        };
        let options = TagsOptions {
            manylinux_compatible: true,
            // `cp313t` at the end of the build says that there is no global lock.
            gil_disabled: python
                .build
                .rsplit('_')
                .any(|part| part.starts_with("cp") && part.ends_with('t')),
            debug_enabled: false,
            is_cross: true,
        };
        let tags = Tags::from_env(TagPlatform::new(os, arch), version, "cpython", version, options)
            .map_err(|_| unsupported())?;
        Ok(Self { platform: name, python: python.version.clone(), macos, tags })
    }
}

/// The first two numbers of a version.
fn parts(version: &str) -> Option<(u16, u16)> {
    let mut numbers = version.split('.');
    let major = numbers.next()?.parse().ok()?;
    let minor = match numbers.next() {
        Some(minor) => minor.parse().ok()?,
        None => 0,
    };
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(version: &str, build: &str) -> Vec<Arc<Record>> {
        vec![Arc::new(Record {
            name: "python".into(),
            version: version.into(),
            build: build.into(),
            ..Record::default()
        })]
    }

    fn assumed(name: &str, version: &str) -> Vec<VirtualPackage> {
        vec![VirtualPackage { name: name.into(), version: version.into(), build: "0".into() }]
    }

    #[test]
    fn glibc_decides_about_wheels_and_uv_gets_the_nearest_it_knows() {
        let target = |glibc: &str| {
            let assumed = assumed("__glibc", glibc);
            Target::new(Platform::Linux64, &python("3.12.4", "h1_0_cpython"), &assumed).unwrap()
        };
        assert_eq!(target("2.17").platform, "x86_64-manylinux_2_17");
        assert_eq!(target("2.30").platform, "x86_64-manylinux_2_28");
        assert_eq!(target("2.99").platform, "x86_64-manylinux_2_40");
        assert_eq!(target("2.12").platform, "x86_64-manylinux_2_17");
        let fits = |glibc: &str, wheel: &str| {
            let wheel: uv_distribution_filename::WheelFilename = wheel.parse().unwrap();
            wheel.is_compatible(&target(glibc).tags)
        };
        assert!(fits("2.30", "a-1-cp312-cp312-manylinux_2_30_x86_64.whl"));
        assert!(!fits("2.29", "a-1-cp312-cp312-manylinux_2_30_x86_64.whl"));
        assert!(!fits("2.30", "a-1-cp312-cp312-manylinux_2_17_aarch64.whl"));
        assert!(!fits("2.30", "a-1-cp311-cp311-manylinux_2_17_x86_64.whl"));
    }

    #[test]
    fn macos_is_told_by_its_oldest_version() {
        let target = Target::new(
            Platform::OsxArm64,
            &python("3.13.1", "h1_1_cp313t"),
            &assumed("__osx", "13"),
        )
        .unwrap();
        assert_eq!(
            (target.platform.as_str(), target.macos.as_deref()),
            ("aarch64-apple-darwin", Some("13.0"))
        );
        assert!(target.tags.is_freethreaded());
    }

    #[test]
    fn what_cannot_be_resolved_says_why() {
        let why = |platform, records: &[Arc<Record>], assumed: &[VirtualPackage]| {
            Target::new(platform, records, assumed).unwrap_err().to_string()
        };
        insta::assert_snapshot!(why(Platform::Linux64, &[], &[]), @"there is no python on linux-64 for the PyPI packages");
        insta::assert_snapshot!(why(Platform::Linux64, &python("3.9.1", "1_73_pypy"), &assumed("__glibc", "2.17")), @"PyPI packages cannot be resolved for linux-64: the python there is `1_73_pypy`, not CPython");
        insta::assert_snapshot!(why(Platform::LinuxPpc64le, &python("3.9.1", "0"), &assumed("__glibc", "2.17")), @"PyPI packages cannot be resolved for linux-ppc64le: uv has no such target, or the virtual packages do not say which system it is");
    }
}
