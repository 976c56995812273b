//! What a set of locks says about the image that holds them.

use std::collections::{BTreeMap, BTreeSet};

use lockit_lockfile::detect::Lockfile;
use lockit_lockfile::{Format, Lock, PipSource, PlatformLock, hex_sha256};
use lockit_spec::{ActivationVariables, Platform};
use rattler_conda_types::Version;

use crate::EmitError;

/// One lockfile and where it lies.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its path as the Dockerfile names it: relative to the build context, with `/`.
    pub path: String,
    /// What it holds. Of a pixi.lock, only the environment that is meant.
    pub lockfile: Lockfile,
    /// Its text, for the digest that labels the image.
    pub text: String,
}

/// One architecture of the image.
#[derive(Debug, Clone)]
pub struct Architecture {
    /// The platform of the lock.
    pub platform: Platform,
    /// What Docker calls it (`TARGETARCH`).
    pub docker: &'static str,
    /// The lockfile, as the Dockerfile names it.
    pub path: String,
    /// What is locked for it.
    pub lock: PlatformLock,
}

/// The python of the locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Python {
    /// `3.12`
    pub series: String,
    /// Where its modules are, relative to the prefix: `lib/python3.12/site-packages`.
    pub site_packages: String,
}

impl Python {
    /// What people call it: `3.13`, and `3.13t` when it is free-threaded.
    fn shown(&self) -> String {
        let name = self.library().rsplit('/').next().and_then(|name| name.strip_prefix("python"));
        name.unwrap_or(&self.series).to_owned()
    }

    /// The folder of the standard library, relative to the prefix.
    pub fn library(&self) -> &str {
        self.site_packages.strip_suffix("/site-packages").unwrap_or(&self.site_packages)
    }
}

/// The newest glibc that any package asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glibc {
    /// Version, for example `2.28`.
    pub version: String,
    /// A package that asks for it; `None` where the lockfile keeps no dependencies.
    pub package: Option<String>,
}

/// Everything that a Dockerfile depends on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The environment's name; empty where the locks keep none.
    pub environment: String,
    /// The format of all lockfiles.
    pub format: Format,
    /// Architectures in the order of their Docker names, each once.
    pub architectures: Vec<Architecture>,
    /// `None` when the environment has no python.
    pub python: Option<Python>,
    /// `None` when nothing says.
    pub glibc: Option<Glibc>,
    /// Names of all packages, on any architecture, with a version of each.
    pub packages: BTreeMap<String, String>,
    /// What the spec sets when the environment is activated.
    pub variables: ActivationVariables,
    /// Hex sha256 over the lockfiles.
    pub digest: String,
}

impl Facts {
    /// Gathers them.
    ///
    /// # Errors
    /// What cannot be put into a Linux container: no lock, a lock of another system, two locks of one
    /// platform, PyPI packages that a build could not install, locks that contradict each other.
    pub fn of(inputs: &[Input]) -> Result<Self, EmitError> {
        let first = inputs.first().ok_or(EmitError::NoLock)?;
        let format = first.lockfile.format;
        let mut facts = Self {
            environment: String::new(),
            format,
            architectures: Vec::new(),
            python: None,
            glibc: None,
            packages: BTreeMap::new(),
            variables: ActivationVariables::new(),
            digest: digest(inputs),
        };
        for input in inputs {
            let path = &input.path;
            if input.lockfile.format != format {
                return Err(EmitError::Formats { path: path.clone(), first: first.path.clone() });
            }
            let [lock] = input.lockfile.locks.as_slice() else {
                let names = input.lockfile.locks.iter().map(|lock| lock.environment.clone());
                return Err(EmitError::Environments {
                    path: path.clone(),
                    names: names.collect::<Vec<_>>().join(", "),
                });
            };
            facts.lock(path, lock)?;
        }
        if facts.architectures.is_empty() {
            let platforms = inputs.iter().flat_map(|input| &input.lockfile.locks);
            let platforms: BTreeSet<Platform> =
                platforms.flat_map(|lock| lock.platforms.keys().copied()).collect();
            let path = first.path.clone();
            return Err(match platforms.first() {
                Some(platform) => EmitError::NotLinux { path, platform: *platform },
                None => EmitError::NoLock,
            });
        }
        facts.architectures.sort_by_key(|one| one.docker);
        facts.python = facts.find_python()?;
        facts.glibc = facts.find_glibc();
        Ok(facts)
    }

    /// Whether the environment has a package.
    pub fn has(&self, name: &str) -> bool {
        self.packages.contains_key(name)
    }

    /// Whether it has any of some packages.
    pub fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// Whether the locks tell what their packages ask of the machine.
    pub fn tells_needs(&self) -> bool {
        self.architectures.iter().all(|one| {
            // What lockit writes names the requested packages, and the needs if there are any.
            one.lock.requested.is_some()
                || one.lock.records.iter().all(|record| record.depends.is_some())
        })
    }

    fn lock(&mut self, path: &str, lock: &Lock) -> Result<(), EmitError> {
        if !lock.environment.is_empty() {
            if !self.environment.is_empty() && self.environment != lock.environment {
                return Err(EmitError::Environments {
                    path: path.to_owned(),
                    names: format!("{}, {}", self.environment, lock.environment),
                });
            }
            self.environment.clone_from(&lock.environment);
        }
        let alone = lock.platforms.len() == 1;
        for (platform, chosen) in &lock.platforms {
            let Some(docker) = docker_name(*platform) else {
                // A lockfile of all platforms is fine, one for another system was not meant.
                if alone {
                    return Err(EmitError::NotLinux { path: path.to_owned(), platform: *platform });
                }
                continue;
            };
            self.pip(path, chosen)?;
            if let Some(other) = self.architectures.iter().find(|one| one.platform == *platform) {
                return Err(EmitError::Twice {
                    platform: *platform,
                    paths: [other.path.clone(), path.to_owned()],
                });
            }
            for record in &chosen.records {
                self.packages.insert(record.name.clone(), record.version.clone());
            }
            self.architectures.push(Architecture {
                platform: *platform,
                docker,
                path: path.to_owned(),
                lock: chosen.clone(),
            });
        }
        Ok(())
    }

    /// PyPI packages are installed by the environment's own pip, from the lines of an explicit file.
    fn pip(&mut self, path: &str, chosen: &PlatformLock) -> Result<(), EmitError> {
        let path = path.to_owned();
        if chosen.skipped_pip > 0 {
            return Err(EmitError::PipSkipped { path });
        }
        if chosen.pip.is_empty() {
            return Ok(());
        }
        if self.format != Format::Explicit {
            return Err(EmitError::PipFormat { path });
        }
        if chosen.records.iter().all(|record| record.name != "pip") {
            return Err(EmitError::NoPip { path });
        }
        let near = chosen.pip.iter().find(|one| match &one.source {
            PipSource::Archive { url, .. } => !url.contains("://") || url.starts_with("file:"),
            PipSource::Git { .. } => false,
            PipSource::Folder { .. } => true,
        });
        if let Some(near) = near {
            return Err(EmitError::PipFolder { path, package: near.name.clone() });
        }
        for record in &chosen.pip {
            self.packages.insert(record.name.clone(), record.version.clone());
        }
        Ok(())
    }

    /// Whether PyPI packages are to be installed.
    pub fn has_pip_packages(&self) -> bool {
        self.architectures.iter().any(|one| !one.lock.pip.is_empty())
    }

    fn find_python(&self) -> Result<Option<Python>, EmitError> {
        let mut found: Option<(Platform, Option<Python>)> = None;
        for architecture in &self.architectures {
            let python = python(&architecture.lock);
            match &found {
                Some((platform, other)) if *other != python => {
                    let series = |python: &Option<Python>| {
                        python.as_ref().map_or_else(|| "none".into(), Python::shown)
                    };
                    return Err(EmitError::Pythons {
                        first: (*platform, series(other)),
                        second: (architecture.platform, series(&python)),
                    });
                }
                _ => found = Some((architecture.platform, python)),
            }
        }
        Ok(found.and_then(|(_, python)| python))
    }

    fn find_glibc(&self) -> Option<Glibc> {
        let mut newest: Option<(Version, Glibc)> = None;
        for architecture in &self.architectures {
            let needs = architecture.lock.needs();
            let Some(version) = needs.get("__glibc").and_then(|need| lower_bound(need)) else {
                continue;
            };
            let Ok(parsed) = version.parse::<Version>() else { continue };
            if newest.as_ref().is_none_or(|(known, _)| parsed > *known) {
                let asks = |depends: &String| {
                    depends.strip_prefix("__glibc").and_then(lower_bound) == Some(version)
                };
                let package = architecture
                    .lock
                    .records
                    .iter()
                    .find(|record| record.depends.iter().flatten().any(asks))
                    .map(|record| record.name.clone());
                newest = Some((parsed, Glibc { version: version.to_owned(), package }));
            }
        }
        newest.map(|(_, glibc)| glibc)
    }
}

#[cfg(test)]
impl Facts {
    /// Facts of an environment that has some packages (`proj 9.6.2`, or a name alone), and where `python` is one of
    /// them its folders.
    pub(crate) fn with_packages(packages: &[&str]) -> Self {
        let packages: BTreeMap<String, String> = packages
            .iter()
            .map(|text| text.split_once(' ').unwrap_or((text, "1.0")))
            .map(|(name, version)| (name.to_owned(), version.to_owned()))
            .collect();
        Self {
            environment: String::new(),
            format: Format::Explicit,
            architectures: Vec::new(),
            python: packages.contains_key("python").then(|| Python {
                series: "3.12".into(),
                site_packages: "lib/python3.12/site-packages".into(),
            }),
            glibc: None,
            packages,
            variables: ActivationVariables::new(),
            digest: String::new(),
        }
    }
}

/// What Docker calls a platform that it can run.
fn docker_name(platform: Platform) -> Option<&'static str> {
    Some(match platform {
        Platform::Linux64 => "amd64",
        Platform::LinuxAarch64 => "arm64",
        Platform::LinuxPpc64le => "ppc64le",
        Platform::LinuxS390X => "s390x",
        Platform::LinuxRiscv64 => "riscv64",
        _ => return None,
    })
}

fn python(lock: &PlatformLock) -> Option<Python> {
    let record = lock.records.iter().find(|record| record.name == "python")?;
    let mut parts = record.version.split('.');
    let series = format!("{}.{}", parts.next()?, parts.next()?);
    let site_packages = record.python_site_packages_path.clone().unwrap_or_else(|| {
        // A free-threaded build has folders of its own.
        let threaded = record.build.contains(&format!("cp{}t", series.replace('.', "")));
        format!("lib/python{series}{}/site-packages", if threaded { "t" } else { "" })
    });
    Some(Python { series, site_packages })
}

/// `2.28` of `>=2.28,<3.0.a0`.
fn lower_bound(need: &str) -> Option<&str> {
    need.split(',').map(str::trim).find_map(|part| part.strip_prefix(">=")).map(str::trim)
}

fn digest(inputs: &[Input]) -> String {
    let texts: Vec<&str> = inputs.iter().map(|input| input.text.as_str()).collect();
    hex_sha256(texts.concat().as_bytes())
}

#[cfg(test)]
mod tests {
    use lockit_lockfile::Record;

    use super::*;

    #[test]
    fn a_free_threaded_python_has_folders_of_its_own() {
        let folder = |file: &str, said: Option<&str>| {
            let url = format!("https://h/c/linux-64/{file}.conda");
            let record = Record {
                python_site_packages_path: said.map(str::to_owned),
                ..Record::from_url(&url).unwrap()
            };
            let found =
                python(&PlatformLock { records: vec![record.into()], ..PlatformLock::default() });
            found.map(|python| format!("{} {}", python.series, python.site_packages))
        };
        let plain = "python-3.13.5-hec9711d_102_cp313";
        let threaded = "python-3.13.5-h71033d7_2_cp313t";
        assert_eq!(folder(plain, None).unwrap(), "3.13 lib/python3.13/site-packages");
        assert_eq!(folder(threaded, None).unwrap(), "3.13 lib/python3.13t/site-packages");
        // Another series in the build string is not this one's.
        assert_eq!(
            folder("python-3.1.5-0_cp313t", None).unwrap(),
            "3.1 lib/python3.1/site-packages"
        );
        // What python itself says counts.
        assert_eq!(folder(plain, Some("lib/x")).unwrap(), "3.13 lib/x");
        assert_eq!(folder("python_abi-3.13-8_cp313t", None), None);
    }

    /// A lock says what its packages need where it keeps their dependencies, or names what was asked for as lockit does.
    #[test]
    fn a_lock_without_dependencies_says_nothing_of_needs() {
        let tells = |depends: [Option<Vec<String>>; 2], requested: Option<Vec<String>>| {
            let records = depends.into_iter().map(|depends| {
                let url = "https://h/c/linux-64/a-1-0.conda";
                std::sync::Arc::new(Record { depends, ..Record::from_url(url).unwrap() })
            });
            let mut facts = Facts::with_packages(&[]);
            facts.architectures.push(Architecture {
                platform: Platform::Linux64,
                docker: "amd64",
                path: "x.lock".into(),
                lock: PlatformLock {
                    records: records.collect(),
                    requested,
                    ..PlatformLock::default()
                },
            });
            facts.tells_needs()
        };
        assert!(tells([Some(vec![]), Some(vec![])], None));
        assert!(!tells([Some(vec![]), None], None));
        assert!(tells([None, None], Some(vec![])));
        assert!(Facts::with_packages(&[]).tells_needs());
    }

    #[test]
    fn docker_runs_linux_of_some_machines() {
        for (platform, name) in [
            (Platform::Linux64, Some("amd64")),
            (Platform::LinuxAarch64, Some("arm64")),
            (Platform::LinuxPpc64le, Some("ppc64le")),
            (Platform::LinuxS390X, Some("s390x")),
            (Platform::LinuxRiscv64, Some("riscv64")),
            (Platform::Osx64, None),
            (Platform::OsxArm64, None),
            (Platform::Win64, None),
            (Platform::NoArch, None),
        ] {
            assert_eq!(docker_name(platform), name, "{platform}");
        }
    }
}
