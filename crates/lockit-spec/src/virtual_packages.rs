//! The virtual packages a solve assumes (CEP 30): a fixed baseline plus what the user states.

use std::collections::BTreeMap;

use lockit_diagnostic::Span;
use rattler_conda_types::Version;

use crate::spelling::did_you_mean;
use crate::toml_tree::{Table, Toml};
use crate::virtual_package_text::{is_virtual_name, version_and_build};
use crate::{Platform, VirtualPackage, VirtualPackageSpec, parse_platform};

/// What `[virtual-packages]` says: changes to the baseline, in the order they apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VirtualPackageOverrides {
    changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    name: String,
    /// `None` is every platform on which the package makes sense.
    platform: Option<Platform>,
    /// Version and build string; `None` removes the package.
    value: Option<(String, String)>,
}

/// The virtual packages that every machine of a platform is assumed to have, sorted by name.
///
/// Equal to what rattler assumes (`VirtualPackages::baseline_for_platform`), which pixi uses as
/// well: RHEL 8's kernel 4.18 and glibc 2.28, macOS 13, Windows 10, the smallest processor. No
/// platform is assumed to have a GPU. Versions of the host play no part.
pub fn baseline(platform: Platform) -> Vec<VirtualPackage> {
    let mut packages = Vec::new();
    let mut add = |name: &str, version: &str, build: &str| {
        packages.push(VirtualPackage {
            name: name.into(),
            version: version.into(),
            build: build.into(),
        });
    };
    if platform.is_android() {
        add("__android", "0", "0");
    }
    if let Some(archspec) = smallest_processor(platform) {
        add("__archspec", "1", archspec);
    }
    if platform.is_linux() {
        add("__glibc", if platform == Platform::LinuxRiscv64 { "2.39" } else { "2.28" }, "0");
    }
    if platform.is_ios() {
        add("__ios", "0", "0");
    }
    if platform.is_linux() {
        add("__linux", "4.18", "0");
    }
    if platform.is_osx() {
        add("__osx", "13.0", "0");
    }
    if platform.is_unix() {
        add("__unix", "0", "0");
    }
    if platform.is_windows() {
        add("__win", "10.0", "0");
    }
    packages
}

/// The archspec name of the oldest processor that a platform runs on.
fn smallest_processor(platform: Platform) -> Option<&'static str> {
    Some(match platform {
        Platform::Win32 | Platform::Linux32 | Platform::Android32 => "x86",
        Platform::Win64
        | Platform::Osx64
        | Platform::Linux64
        | Platform::IosSimulator64
        | Platform::Android64 => "x86_64",
        Platform::LinuxAarch64
        | Platform::LinuxArmV6l
        | Platform::LinuxArmV7l
        | Platform::WinArm64
        | Platform::IosArm64
        | Platform::IosSimulatorArm64
        | Platform::AndroidAarch64 => "aarch64",
        Platform::OsxArm64 => "m1",
        Platform::LinuxLoongArch64 => "loongarch64",
        Platform::LinuxPpc64le => "ppc64le",
        Platform::LinuxPpc64 => "ppc64",
        Platform::LinuxPpc => "ppc",
        Platform::LinuxS390X => "s390x",
        Platform::LinuxRiscv32 => "riscv32",
        Platform::LinuxRiscv64 => "riscv64",
        _ => return None,
    })
}

/// The assumed virtual packages of each platform, sorted by name.
///
/// A platform that `spec` lists has that set and nothing else: the file comes from the command line
/// and describes machines completely. Every other platform has the baseline with `overrides` applied.
pub fn resolve_virtual_packages(
    platforms: &[Platform],
    spec: Option<&VirtualPackageSpec>,
    overrides: &VirtualPackageOverrides,
) -> BTreeMap<Platform, Vec<VirtualPackage>> {
    platforms
        .iter()
        .map(|platform| {
            let stated = spec.and_then(|spec| spec.platforms.get(platform)).cloned();
            (*platform, stated.unwrap_or_else(|| overrides.apply(*platform)))
        })
        .collect()
}

impl VirtualPackageOverrides {
    /// States the version of CUDA, or that there is none, wherever there could be one.
    ///
    /// # Errors
    /// The text is no version.
    pub fn cuda(version: Option<&str>) -> Result<Self, String> {
        let value = version.map(version_and_build).transpose()?;
        Ok(Self { changes: vec![Change { name: "__cuda".into(), platform: None, value }] })
    }

    /// These changes, and then the other ones.
    pub fn then(&self, other: &Self) -> Self {
        Self { changes: [self.changes.as_slice(), other.changes.as_slice()].concat() }
    }

    /// What one line says, of one platform or of every one on which the package makes sense. Nothing after an error.
    pub(crate) fn one(
        toml: &mut Toml<'_>,
        key: &str,
        span: Span,
        value: &crate::toml_tree::TomlItem<'_>,
        platform: Option<Platform>,
    ) -> Self {
        Self { changes: Self::change(toml, key, span, value, platform).into_iter().collect() }
    }

    /// These changes, and of the other ones those that state a higher version or something new.
    pub(crate) fn at_least(&self, other: &Self) -> Self {
        let mut changes = self.changes.clone();
        for change in &other.changes {
            let version = |one: &Change| {
                one.value.as_ref().and_then(|(version, _)| version.parse::<Version>().ok())
            };
            let same =
                |one: &&mut Change| one.name == change.name && one.platform == change.platform;
            match changes.iter_mut().find(same) {
                Some(known) if version(known) >= version(change) => {}
                Some(known) => *known = change.clone(),
                None => changes.push(change.clone()),
            }
        }
        Self { changes }
    }

    fn apply(&self, platform: Platform) -> Vec<VirtualPackage> {
        let mut packages: BTreeMap<String, VirtualPackage> =
            baseline(platform).into_iter().map(|package| (package.name.clone(), package)).collect();
        for change in &self.changes {
            let applies = match change.platform {
                Some(wanted) => wanted == platform,
                None => makes_sense(&change.name, platform),
            };
            if !applies {
                continue;
            }
            if let Some((version, build)) = &change.value {
                let package = VirtualPackage {
                    name: change.name.clone(),
                    version: version.clone(),
                    build: build.clone(),
                };
                packages.insert(change.name.clone(), package);
            } else {
                packages.remove(&change.name);
            }
        }
        packages.into_values().collect()
    }

    /// Reads `[virtual-packages]`: names to versions for every platform, and tables for one.
    pub(crate) fn read(toml: &mut Toml<'_>, table: Table<'_>) -> Self {
        let mut changes = Vec::new();
        let mut tables = Vec::new();
        for (key, value) in table.entries() {
            if let Some(inner) = value.as_table() {
                match parse_platform(key.text) {
                    Ok(platform) => tables.push((platform, inner)),
                    Err(error) => toml.refuse(&error, key.span, "expected a platform"),
                }
                continue;
            }
            let Some(change) = Self::change(toml, key.text, key.span, &value, None) else {
                continue;
            };
            if change.name == "__archspec" && change.value.is_some() {
                toml.error(
                    "the processor cannot be the same on every platform".into(),
                    key.span,
                    "which platform's?",
                    "put it into a table of its own, for example `[virtual-packages.linux-64]`"
                        .into(),
                );
                continue;
            }
            changes.push(change);
        }
        // What is said about one platform wins over what is said about all.
        for (platform, table) in tables {
            for (key, value) in table.entries() {
                changes.extend(Self::change(toml, key.text, key.span, &value, Some(platform)));
            }
        }
        Self { changes }
    }

    fn change(
        toml: &mut Toml<'_>,
        key: &str,
        span: Span,
        value: &crate::toml_tree::TomlItem<'_>,
        platform: Option<Platform>,
    ) -> Option<Change> {
        let Some(name) = package_name(key) else {
            let hint = did_you_mean(key, KEYS.iter().map(|(key, _)| *key)).unwrap_or_else(|| {
                format!(
                    "write the full name, `__{}`, if there is such a package",
                    key.trim_start_matches('_')
                )
            });
            toml.error(format!("the virtual package `{key}` is not known"), span, "", hint);
            return None;
        };
        if value.as_bool() == Some(false) {
            return Some(Change { name, platform, value: None });
        }
        let text = value.as_str().or_else(|| value.number());
        let Some(text) = text else {
            toml.error(
                format!("`{key}` must be a version or `false`"),
                value.span,
                format!("found {}", value.kind()),
                "write for example `\"2.28\"`; `false` removes the package".into(),
            );
            return None;
        };
        let parsed = if name == "__archspec" && !text.contains(' ') {
            Ok(("1".to_owned(), text.to_owned()))
        } else {
            version_and_build(text)
        };
        match parsed {
            Ok(value) => Some(Change { name, platform, value: Some(value) }),
            Err(message) => {
                toml.error(message, value.span, "", "write a version such as `\"2.28\"`".into());
                None
            }
        }
    }
}

/// Short names of the packages people state most.
const KEYS: &[(&str, &str)] = &[
    ("archspec", "__archspec"),
    ("cuda", "__cuda"),
    ("glibc", "__glibc"),
    ("linux", "__linux"),
    ("macos", "__osx"),
    ("osx", "__osx"),
    ("unix", "__unix"),
    ("win", "__win"),
    ("windows", "__win"),
];

fn package_name(key: &str) -> Option<String> {
    if is_virtual_name(key) {
        return Some(key.to_owned());
    }
    KEYS.iter().find(|(short, _)| *short == key).map(|(_, name)| (*name).to_owned())
}

/// Whether a machine of a platform can have the package.
fn makes_sense(name: &str, platform: Platform) -> bool {
    match name {
        "__glibc" | "__linux" => platform.is_linux(),
        "__osx" => platform.is_osx(),
        "__win" => platform.is_windows(),
        "__unix" => platform.is_unix(),
        "__cuda" | "__cuda_arch" => platform.is_linux() || platform.is_windows(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;

    use super::*;

    fn show(packages: &[VirtualPackage]) -> String {
        packages
            .iter()
            .map(|package| format!("{}={}={}", package.name, package.version, package.build))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_baseline_is_the_one_of_rattler() {
        for platform in Platform::all() {
            let mut theirs: Vec<VirtualPackage> =
                rattler_virtual_packages::VirtualPackages::baseline_for_platform(platform)
                    .into_generic_virtual_packages()
                    .map(|package| VirtualPackage {
                        name: package.name.as_normalized().to_owned(),
                        version: package.version.to_string(),
                        build: package.build_string.to_string(),
                    })
                    .collect();
            theirs.sort_unstable();
            assert_eq!(show(&baseline(platform)), show(&theirs), "{platform}");
        }
    }

    #[test]
    fn a_spec_file_replaces_the_whole_set_of_its_platforms() {
        let text = "subdirs:\n  linux-64:\n    packages:\n      __glibc: 2.17\n      __archspec: \"1 x86_64\"\n";
        let spec = VirtualPackageSpec::parse(&SourceFile::new("v.yml", text)).unwrap().value;
        let resolved = resolve_virtual_packages(
            &[Platform::Linux64, Platform::OsxArm64],
            Some(&spec),
            &VirtualPackageOverrides::default(),
        );
        assert_eq!(show(&resolved[&Platform::Linux64]), "__archspec=1=x86_64 __glibc=2.17=0");
        assert_eq!(show(&resolved[&Platform::OsxArm64]), "__archspec=1=m1 __osx=13.0=0 __unix=0=0");
    }

    #[test]
    fn a_package_is_changed_where_a_machine_can_have_it() {
        for (name, on) in [
            ("__glibc", &[Platform::Linux64][..]),
            ("__linux", &[Platform::Linux64]),
            ("__osx", &[Platform::Osx64]),
            ("__win", &[Platform::Win64]),
            ("__unix", &[Platform::Linux64, Platform::Osx64, Platform::EmscriptenWasm32]),
            ("__cuda", &[Platform::Linux64, Platform::Win64]),
            ("__cuda_arch", &[Platform::Linux64, Platform::Win64]),
            (
                "__archspec",
                &[
                    Platform::Linux64,
                    Platform::Osx64,
                    Platform::Win64,
                    Platform::EmscriptenWasm32,
                    Platform::NoArch,
                ],
            ),
        ] {
            let found: Vec<Platform> = [
                Platform::Linux64,
                Platform::Osx64,
                Platform::Win64,
                Platform::EmscriptenWasm32,
                Platform::NoArch,
            ]
            .into_iter()
            .filter(|platform| makes_sense(name, *platform))
            .collect();
            assert_eq!(found, on, "{name}");
        }
    }
}
