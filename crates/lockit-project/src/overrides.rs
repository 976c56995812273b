//! What was asked for and goes before what files say.

use std::path::PathBuf;

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_lockfile::lock_specification::Cuda;
use lockit_spec::{
    ChannelNames, ChannelRef, EnvironmentRequest, MachinePlace, NameMap, Project,
    VirtualPackageOverrides, VirtualPackageSpec,
};

use super::error::ProjectError;
use super::selection::Selection;
use super::surroundings::Surroundings;

/// What was asked for, with the files that it names.
pub(super) struct Overrides {
    pub(super) channels: Vec<ChannelRef>,
    pub(super) virtual_packages: Option<VirtualPackageSpec>,
    machine_place: MachinePlace,
    pub(super) cuda: VirtualPackageOverrides,
    pub(super) names: NameMap,
    pub(super) channel_names: ChannelNames,
}

impl Overrides {
    pub(super) fn read(
        asked: &Selection,
        project: Option<&Project>,
        around: &Surroundings,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Self, ProjectError> {
        let (file, virtual_packages) = virtual_packages(asked, around, warnings)?.unzip();
        let machine_place = match (file, &asked.cuda) {
            (Some(file), _) => MachinePlace::File(file.to_string_lossy().into_owned()),
            (None, Cuda::Absent) => MachinePlace::WithoutCuda,
            (None, _) => MachinePlace::Settings,
        };
        if virtual_packages.is_some() && asked.cuda != Cuda::Default {
            warnings.push(
                Diagnostic::warning(
                    "what is said about CUDA does not hold for the platforms that the file of virtual packages lists",
                )
                .hint("write `__cuda` into that file"),
            );
        }
        let mut names = project.map_or_else(NameMap::default, |project| project.names.clone());
        if let Some(place) = &asked.pypi_to_conda {
            names.add_lookup_file(&lookup_file(place, around)?).map_err(|error| vec![*error])?;
        }
        warnings
            .extend(asked.channels.iter().filter_map(|channel| folder_as_name(channel, around)));
        let named = |text: &String| {
            ChannelRef::new(around.secrets.named(text).unwrap_or_else(|| text.clone()))
        };
        let channels = asked.channels.iter().filter(|channel| *channel != "nodefaults").map(named);
        Ok(Self {
            channels: channels.collect(),
            virtual_packages,
            machine_place,
            cuda: cuda(&asked.cuda)?,
            names,
            channel_names: around.conda.channel_names.clone(),
        })
    }

    /// What was asked for goes before what files say.
    pub(super) fn apply(&self, asked: &Selection, request: &mut EnvironmentRequest) {
        if !asked.platforms.is_empty() {
            request.platforms.clone_from(&asked.platforms);
        }
        if !asked.channels.is_empty() {
            request.channels.clone_from(&self.channels);
        }
        request.channel_names.clone_from(&self.channel_names);
        request.virtual_package_spec.clone_from(&self.virtual_packages);
        request.virtual_packages = request.virtual_packages.then(&self.cuda);
        request.index_strategy = asked.index_strategy.or(request.index_strategy);
        let options = &mut request.options;
        options.machine_place.clone_from(&self.machine_place);
        options.channel_priority = asked.channel_priority.unwrap_or(options.channel_priority);
        options.strategy = asked.strategy.unwrap_or(options.strategy);
        if let Some(cutoff) = &asked.exclude_newer {
            options.exclude_newer = Some(cutoff.clone());
        }
        options.exclude_newer_package.extend(asked.exclude_newer_package.iter().cloned());
    }
}

/// A channel given as `a/b` is a name (a label of a channel), also when a folder is called so.
fn folder_as_name(channel: &str, around: &Surroundings) -> Option<Diagnostic> {
    let is_name = !channel.contains(':') && !channel.starts_with(['.', '/', '~', '$']);
    (is_name && around.directory.join(channel).join("noarch").is_dir()).then(|| {
        Diagnostic::warning(format!("`{channel}` is taken as the name of a channel"))
            .hint(format!("for the folder of that name write `./{channel}`"))
    })
}

fn cuda(asked: &Cuda) -> Result<VirtualPackageOverrides, ProjectError> {
    let version = match asked {
        Cuda::Default => return Ok(VirtualPackageOverrides::default()),
        Cuda::Absent => None,
        Cuda::Version(version) => Some(version.as_str()),
    };
    VirtualPackageOverrides::cuda(version).map_err(|message| {
        ProjectError::new(format!("`--with-cuda`: {message}"))
            .hint("write for example `--with-cuda 12.4`")
    })
}

/// The file of `--pypi_to_conda_lookup_file`: a path or a `file://` address.
fn lookup_file(place: &str, around: &Surroundings) -> Result<SourceFile, ProjectError> {
    if place.starts_with("http://") || place.starts_with("https://") {
        return Err(ProjectError::new(format!(
            "names are not fetched from `{}`",
            ChannelRef::new(place).public()
        ))
        .hint("download the file and name it: `--pypi_to_conda_lookup_file FILE`")
        .hint("for a few names write `[pypi-to-conda]` into lockit.toml; many are known anyway"));
    }
    let path = place.strip_prefix("file://").unwrap_or(place);
    Ok(around.files.spec(&around.shown(&around.directory.join(path)))?)
}

fn virtual_packages(
    asked: &Selection,
    around: &Surroundings,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Option<(PathBuf, VirtualPackageSpec)>, ProjectError> {
    let path = match &asked.virtual_package_spec {
        Some(path) => path.clone(),
        // conda-lock looks for these two as well.
        None => match ["virtual-packages.yml", "virtual-packages.yaml"]
            .into_iter()
            .find(|name| around.files.has(&around.directory.join(name)))
        {
            Some(name) => PathBuf::from(name),
            None => return Ok(None),
        },
    };
    let file = around.files.spec(&around.shown(&around.directory.join(&path)))?;
    let parsed = VirtualPackageSpec::parse(&file)?;
    warnings.extend(parsed.warnings);
    Ok(Some((path, parsed.value)))
}
