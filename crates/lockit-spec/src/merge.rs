//! Several files, one environment.

use std::collections::HashSet;
use std::path::PathBuf;

use lockit_diagnostic::{Diagnostic, Spanned};

use crate::channel_names::without_platform;
use crate::channel_order::in_one_order;
use crate::parsed::{ParseResult, Parsed};
use crate::{
    ActivationVariables, ChannelNames, ChannelRef, Environment, EnvironmentFile, IndexStrategy,
    NameMap, PipSources, Platform, SolveOptions, VirtualPackageOverrides, VirtualPackageSpec,
    contradictions, platform, resolve_virtual_packages,
};

/// What an environment is made of, besides its files.
#[derive(Debug, Clone, Default)]
pub struct EnvironmentRequest {
    /// Name, for example `dev`.
    pub name: String,
    /// Platforms that are asked for from outside (`-p`, or `platforms` of the environment in
    /// `lockit.toml`). They replace what the files say.
    pub platforms: Vec<Platform>,
    /// Platforms when neither `platforms` nor a file names one; when this is empty as well,
    /// [`DEFAULT_PLATFORMS`](crate::DEFAULT_PLATFORMS).
    pub fallback_platforms: Vec<Platform>,
    /// Channels that are asked for from outside (`-c`, or `channels` of the environment in
    /// `lockit.toml`). They replace what the files say.
    pub channels: Vec<ChannelRef>,
    /// Channels when neither `channels` nor a file names one.
    pub fallback_channels: Vec<ChannelRef>,
    /// What names of channels stand for.
    pub channel_names: ChannelNames,
    /// See [`Environment::same_versions_as`].
    pub same_versions_as: Option<String>,
    /// Changes to the baseline of virtual packages, from `lockit.toml`.
    pub virtual_packages: VirtualPackageOverrides,
    /// Whole sets of virtual packages, from `--virtual-package-spec`.
    pub virtual_package_spec: Option<VirtualPackageSpec>,
    /// What packages are called on PyPI and in channels.
    pub names: NameMap,
    /// What counts of a PyPI package that several indexes have; goes before what files say.
    pub index_strategy: Option<IndexStrategy>,
    /// How to solve. Its virtual packages are filled in by the merge, once the platforms are known.
    pub options: SolveOptions,
}

impl Environment {
    /// Merges files into one environment. Later files add to earlier ones.
    ///
    /// - Channels: the union in an order that holds what every file says of it; where no file says it, the first file's goes
    ///   first. Where one list ends with every other one, that is what conda-lock has; it refuses all else. Each channel is there
    ///   once, however it is spelled, and without a platform behind it. Names that the user's configuration gives another meaning
    ///   have become the addresses that they stand for.
    /// - Platforms: `request.platforms`, else the union over the files, else
    ///   `request.fallback_platforms`, else the default four.
    /// - Constraints on the same package are all kept; the solver intersects them. What can be seen
    ///   to contradict on a wanted platform without asking a channel is an error that shows both lines.
    /// - Variables of later files win.
    ///
    /// # Errors
    /// One diagnostic for each contradiction, also of orders of channels, and one when there is no channel at all.
    pub fn merge(request: EnvironmentRequest, files: &[EnvironmentFile]) -> ParseResult<Self> {
        let mut diagnostics = Vec::new();
        let mut wanted_channels: Vec<&ChannelRef> = if request.channels.is_empty() {
            in_one_order(files, &request.channel_names, &request.name, &mut diagnostics)
        } else {
            request.channels.iter().collect()
        };
        if wanted_channels.is_empty() {
            wanted_channels = request.fallback_channels.iter().collect();
        }
        let channels = each_once(&wanted_channels, &request.channel_names, &mut diagnostics);
        let requirements: Vec<_> =
            files.iter().flat_map(|file| file.requirements.iter().cloned()).collect();
        let unbound = requirements.iter().find(|requirement| requirement.spec.channel.is_none());
        if channels.is_empty()
            && let Some(requirement) = unbound
        {
            diagnostics.push(
                Diagnostic::error(format!("the environment `{}` names no channel", request.name))
                    .label(&requirement.file, requirement.span, "where should this come from?")
                    .hint("add `channels: [conda-forge]` to the file, or pass `-c conda-forge`"),
            );
        }
        let platforms = choose_platforms(&request, files);
        diagnostics.extend(contradictions(&requirements, &platforms));
        let mut options = request.options;
        options.virtual_packages = resolve_virtual_packages(
            &platforms,
            request.virtual_package_spec.as_ref(),
            &request.virtual_packages,
        );
        let mut variables = ActivationVariables::new();
        for (name, Spanned { value, .. }) in files.iter().flat_map(|file| &file.variables) {
            variables.insert(name.clone(), value.clone());
        }
        let mut pip_sources = PipSources::merge(files.iter().map(|file| &file.pip_sources));
        pip_sources.index_strategy = request.index_strategy.or(pip_sources.index_strategy);
        let environment = Self {
            name: request.name,
            files: files.iter().map(|file| PathBuf::from(file.file.name())).collect(),
            channels,
            channel_names: request.channel_names,
            platforms,
            requirements,
            pip: files.iter().flat_map(|file| file.pip.iter().cloned()).collect(),
            pip_constraints: files
                .iter()
                .flat_map(|file| file.pip_constraints.iter().cloned())
                .collect(),
            pip_overrides: files
                .iter()
                .flat_map(|file| file.pip_overrides.iter().cloned())
                .collect(),
            pip_sources,
            names: request.names,
            variables,
            same_versions_as: request.same_versions_as,
            options,
        };
        // Not sorted by place: the labels may be in different files.
        if diagnostics.iter().any(Diagnostic::is_error) {
            Err(diagnostics)
        } else {
            Ok(Parsed { value: environment, warnings: diagnostics })
        }
    }
}

/// Channels without platforms behind them, each once, in the first of its spellings. What a configuration has changed is said by
/// its address, so that it means the same to all who read it.
fn each_once(
    wanted: &[&ChannelRef],
    names: &ChannelNames,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ChannelRef> {
    let mut channels: Vec<ChannelRef> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    for channel in wanted {
        let mut channel = (*channel).clone();
        if let Some(plain) = without_platform(&channel.text) {
            let plain = ChannelRef { text: plain.to_owned(), origin: channel.origin.clone() };
            diagnostics.push(platform_behind(&channel, &plain));
            channel = plain;
        }
        let meant: Vec<ChannelRef> = if names.is_changed(&channel.text) {
            let place = |text| ChannelRef { text, origin: channel.origin.clone() };
            let places = names.places(&channel.text, &[Platform::Win64]);
            places.into_iter().map(place).collect()
        } else {
            vec![channel]
        };
        for channel in meant {
            if known.insert(names.identity(&channel.text)) {
                channels.push(channel);
            }
        }
    }
    channels
}

fn platform_behind(written: &ChannelRef, plain: &ChannelRef) -> Diagnostic {
    let warning = Diagnostic::warning(format!(
        "the channel `{}` is read as `{}`",
        written.public(),
        plain.public()
    ))
    .hint("leave the platform out of the channel; `platforms` and `-p` say which are locked");
    match &written.origin {
        Some((file, span)) if !written.holds_secret() => {
            warning.label(file, *span, "a platform is no part of a channel's name")
        }
        _ => warning,
    }
}

fn choose_platforms(request: &EnvironmentRequest, files: &[EnvironmentFile]) -> Vec<Platform> {
    let mut platforms: Vec<Platform> = Vec::new();
    let named: Vec<Platform> = files
        .iter()
        .flat_map(|file| file.platforms.iter().map(|platform| platform.value))
        .collect();
    let wanted = [&request.platforms, &named, &request.fallback_platforms]
        .into_iter()
        .find(|list| !list.is_empty())
        .map_or(platform::DEFAULT_PLATFORMS.as_slice(), Vec::as_slice);
    for platform in wanted {
        if !platforms.contains(platform) {
            platforms.push(*platform);
        }
    }
    platforms
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;

    use super::*;
    use crate::PipSection;

    fn file(name: &str, text: &str) -> EnvironmentFile {
        EnvironmentFile::parse(&SourceFile::new(name, text), PipSection::Check).unwrap().value
    }

    fn request() -> EnvironmentRequest {
        EnvironmentRequest { name: "dev".into(), ..EnvironmentRequest::default() }
    }

    #[test]
    fn later_files_add() {
        let files = [
            file(
                "a.yml",
                "channels: [x, y]\nplatforms: [osx-64]\nvariables: {A: 1, B: 2}\ndependencies: [numpy >=1, {pip: [six]}]\n",
            ),
            file(
                "b.yml",
                "channels: [z, x]\nplatforms: [linux-64, osx-64]\nvariables: {B: 3}\ndependencies: [numpy <2]\n",
            ),
        ];
        let merged = Environment::merge(request(), &files).unwrap().value;
        let channels: Vec<&str> =
            merged.channels.iter().map(|channel| channel.text.as_str()).collect();
        assert_eq!(channels, ["z", "x", "y"]);
        assert_eq!(merged.platforms, [Platform::Osx64, Platform::Linux64]);
        let texts: Vec<&str> =
            merged.requirements.iter().map(|requirement| requirement.text.as_str()).collect();
        assert_eq!(texts, ["numpy >=1", "numpy <2"]);
        assert_eq!(merged.variables["B"], "3");
        assert_eq!(merged.pip.len(), 1);
    }

    #[test]
    fn platforms_and_channels_have_a_fixed_precedence() {
        let bare = file("a.yml", "dependencies: [numpy]\n");
        let named = file("b.yml", "channels: [x]\nplatforms: [win-64]\ndependencies: []\n");
        let mut request =
            EnvironmentRequest { fallback_channels: vec![ChannelRef::new("f")], ..request() };
        let merged =
            Environment::merge(request.clone(), std::slice::from_ref(&bare)).unwrap().value;
        assert_eq!(merged.platforms, platform::DEFAULT_PLATFORMS);
        assert_eq!(merged.channels[0].text, "f");
        request.fallback_platforms = vec![Platform::Osx64];
        let merged =
            Environment::merge(request.clone(), std::slice::from_ref(&bare)).unwrap().value;
        assert_eq!(merged.platforms, [Platform::Osx64]);
        let merged =
            Environment::merge(request.clone(), &[bare.clone(), named.clone()]).unwrap().value;
        assert_eq!(merged.platforms, [Platform::Win64]);
        assert_eq!(merged.channels[0].text, "x");
        request.platforms = vec![Platform::OsxArm64, Platform::OsxArm64];
        request.channels = vec![ChannelRef::new("c")];
        let merged = Environment::merge(request, &[bare, named]).unwrap().value;
        assert_eq!(merged.platforms, [Platform::OsxArm64]);
        assert_eq!(merged.channels.len(), 1);
    }

    #[test]
    fn a_channel_is_there_once_however_it_is_spelled() {
        let list = "conda-forge, x/linux-64, conda-forge/, 'https://conda.anaconda.org/conda-forge', \
                    pkgs/main, 'https://repo.anaconda.com/pkgs/main/', defaults, x";
        let file = file("a.yml", &format!("channels: [{list}]\ndependencies: []\n"));
        let merged = Environment::merge(request(), &[file]).unwrap();
        let texts: Vec<&str> = merged.value.channels.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["conda-forge", "x", "pkgs/main", "defaults"]);
        let messages: Vec<&str> = merged.warnings.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(messages, ["the channel `x/linux-64` is read as `x`"]);
    }

    #[test]
    fn what_a_configuration_changes_is_said_by_address() {
        let channel_names = ChannelNames::new(&crate::ConfiguredNames {
            alias: Some("https://mirror.example".to_owned()),
            default_channels: Some(vec!["https://a.example/x".to_owned(), "y".to_owned()]),
            ..crate::ConfiguredNames::default()
        });
        let request = EnvironmentRequest { channel_names, ..request() };
        let list = "conda-forge, defaults, 'https://host/c', ./d";
        let file = file("a.yml", &format!("channels: [{list}]\ndependencies: []\n"));
        let merged = Environment::merge(request, &[file]).unwrap().value;
        let texts: Vec<&str> = merged.channels.iter().map(|one| one.text.as_str()).collect();
        let expected = [
            "https://mirror.example/conda-forge",
            "https://a.example/x",
            "https://mirror.example/y",
            "https://host/c",
            "./d",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn without_any_channel_nothing_can_be_found() {
        let errors =
            Environment::merge(request(), &[file("a.yml", "dependencies: [numpy]\n")]).unwrap_err();
        assert_eq!(errors[0].message, "the environment `dev` names no channel");
        let bound = file("a.yml", "dependencies: ['x::numpy']\n");
        assert!(Environment::merge(request(), &[bound]).is_ok());
    }
}
