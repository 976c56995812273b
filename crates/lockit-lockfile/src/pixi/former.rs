//! The pixi.lock that a new one takes the place of: what it says and a run is not about stays as it is.
//!
//! The lock model holds what lockit works with. The file may say more (`run_exports`, names and virtual packages of
//! platforms, packages that are built from source), and pixi counts on it.

use std::collections::HashMap;

use lockit_diagnostic::SourceFile;
use lockit_spec::Platform;
use lockit_spec::credentials::has_secret;
use rattler_lock::{
    CondaBinaryData, CondaPackageData, EnvironmentPackages, LockFile, LockFileBuilder,
    LockedPackage, PackageHandle, PlatformData, PypiPackageData, UrlOrPath,
};

use crate::digest::hex;
use crate::error::FormatError;
use crate::{PipRecord, PipSource};

/// A file that is read once more, as rattler has it.
pub(super) struct Former {
    file: LockFile,
    binary: HashMap<UrlOrPath, usize>,
    pypi: HashMap<UrlOrPath, usize>,
}

impl Former {
    /// Reads it. `None` for what cannot be read, which a run may be told to forget, and for a file with credentials:
    /// nothing of it may be written as it stands.
    pub(super) fn read(file: &SourceFile) -> Option<Self> {
        let file = LockFile::from_str_with_base_directory(file.text(), None).ok()?;
        let channels = file.environments().any(|(_, environment)| {
            environment.channels().iter().any(|channel| has_secret(&channel.url))
        });
        let in_package = |package: &LockedPackage| has_secret(&package.location().to_string());
        if channels || file.packages().iter().any(in_package) {
            return None;
        }
        let binary = file.packages().iter().enumerate().filter_map(|(place, package)| {
            Some((package.as_binary_conda()?.location.clone(), place))
        });
        let binary = binary.collect();
        let pypi = file.packages().iter().enumerate().filter_map(|(place, package)| {
            Some((package.as_pypi()?.location().inner().clone(), place))
        });
        let pypi = pypi.collect();
        Some(Self { file, binary, pypi })
    }

    /// Whether it has an environment.
    pub(super) fn has(&self, environment: &str) -> bool {
        self.file.environment(environment).is_some()
    }

    /// What it calls the platform of a subdir: in this environment, else wherever there is only one.
    pub(super) fn platform(&self, environment: &str, subdir: Platform) -> Option<PlatformData> {
        let of_environment = self.file.environment(environment).and_then(|environment| {
            environment.platforms().find(|platform| platform.subdir() == subdir)
        });
        let of_file = || {
            let mut all = self.file.platforms().filter(|platform| platform.subdir() == subdir);
            all.next().filter(|_| all.next().is_none())
        };
        of_environment.or_else(of_file).map(data)
    }

    /// The platforms of an environment.
    pub(super) fn platforms(&self, environment: &str) -> Vec<PlatformData> {
        let environment = self.file.environment(environment);
        environment.map(|one| one.platforms().map(data).collect()).unwrap_or_default()
    }

    /// What it says of an archive, when that is the very same one and needs the same.
    pub(super) fn binary(&self, ours: &CondaBinaryData) -> Option<CondaBinaryData> {
        let place = self.binary.get(&ours.location)?;
        let theirs = self.file.packages().get(*place)?.as_binary_conda()?;
        let (new, old) = (&ours.package_record, &theirs.package_record);
        let same_archive = match (new.sha256, old.sha256) {
            (Some(new), Some(old)) => new == old,
            _ => new.md5.is_some() && new.md5 == old.md5,
        };
        if !same_archive || new.depends != old.depends || new.constrains != old.constrains {
            return None;
        }
        let mut kept = theirs.clone();
        if kept.package_record.purls.is_none() {
            kept.package_record.purls.clone_from(&new.purls);
        }
        Some(kept)
    }

    /// What it says that an archive may need, when that is the very same one. Of a folder nothing: it may have changed.
    pub(super) fn requires_dist(&self, location: &str, record: &PipRecord) -> Option<Vec<String>> {
        let place = self.pypi.get(&location.parse::<UrlOrPath>().ok()?)?;
        let theirs = self.file.packages().get(*place)?.as_pypi()?.as_wheel()?;
        let digest = theirs.hash.as_ref().and_then(|hash| hash.sha256()).map(|digest| hex(digest));
        let same = match &record.source {
            PipSource::Git { .. } => true,
            PipSource::Archive { .. } => digest.is_some() && digest == record.sha256,
            PipSource::Folder { .. } => false,
        };
        same.then(|| theirs.requires_dist.iter().map(ToString::to_string).collect())
    }

    /// Takes an environment over as it stands, under a name of its own.
    pub(super) fn keep(
        &self,
        builder: &mut LockFileBuilder,
        from: &str,
        to: &str,
    ) -> Result<(), FormatError> {
        let Some(environment) = self.file.environment(from) else { return Ok(()) };
        builder.set_channels(to, environment.channels().iter().cloned());
        if let Some(indexes) = environment.pypi_indexes() {
            builder.set_pypi_indexes(to, indexes.clone());
        }
        builder.set_options(to, environment.solve_options().clone());
        for (platform, packages) in environment.packages_by_platform() {
            let name = platform.name().as_str();
            builder.add_environment_platform(to, name).map_err(|error| failed(from, &error))?;
            for package in packages {
                // What is built from source comes with what it is built with.
                self.register(builder, package).map_err(|error| failed(from, &error))?;
                builder
                    .add_package(to, name, package.clone())
                    .map_err(|error| failed(from, &error))?;
            }
        }
        Ok(())
    }

    fn register(
        &self,
        builder: &mut LockFileBuilder,
        package: &LockedPackage,
    ) -> Result<PackageHandle, Box<dyn std::error::Error>> {
        Ok(match package {
            LockedPackage::Conda(CondaPackageData::Source(source)) => {
                let build = self.all(builder, &source.source_data.build_packages)?;
                let host = self.all(builder, &source.source_data.host_packages)?;
                builder.register_conda_source_package((**source).clone(), build, host)?
            }
            LockedPackage::Conda(binary) => builder.register_conda_package(binary.clone()),
            LockedPackage::Pypi(PypiPackageData::Source(source)) => {
                let build = self.all(builder, &source.source_data.build_packages)?;
                let host = self.all(builder, &source.source_data.host_packages)?;
                builder.register_pypi_source_package((**source).clone(), build, host)?
            }
            LockedPackage::Pypi(archive) => builder.register_pypi_package(archive.clone()),
        })
    }

    fn all(
        &self,
        builder: &mut LockFileBuilder,
        packages: &EnvironmentPackages,
    ) -> Result<Vec<PackageHandle>, Box<dyn std::error::Error>> {
        packages.iter(&self.file).map(|package| self.register(builder, package?)).collect()
    }
}

fn failed(environment: &str, error: &dyn std::fmt::Display) -> FormatError {
    FormatError::Value {
        what: format!("environment `{environment}` of pixi.lock"),
        reason: error.to_string(),
    }
}

fn data(platform: rattler_lock::Platform<'_>) -> PlatformData {
    PlatformData {
        name: platform.name().clone(),
        subdir: platform.subdir(),
        virtual_packages: platform.virtual_packages().to_vec(),
    }
}
