//! Several files, one environment.

use std::path::PathBuf;

use indexmap::IndexMap;
use lockit_diagnostic::{Diagnostic, Spanned};

use crate::parsed::{ParseResult, Parsed};
use crate::{
    ChannelRef, Environment, EnvironmentFile, IndexStrategy, NameMap, PipSources, Platform,
    SolveOptions, VirtualPackageOverrides, VirtualPackageSpec, contradictions, platform,
    resolve_virtual_packages,
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
    /// - Channels: the longest list where every other one is its end, as conda-lock has it. conda-lock refuses
    ///   other files; they get the union, the first file's first, which is what its documentation promises.
    /// - Platforms: `request.platforms`, else the union over the files, else
    ///   `request.fallback_platforms`, else the default four.
    /// - Constraints on the same package are all kept; the solver intersects them. What can be seen
    ///   to contradict on a wanted platform without asking a channel is an error that shows both lines.
    /// - Variables of later files win.
    ///
    /// # Errors
    /// One diagnostic for each contradiction, and one when there is no channel at all.
    pub fn merge(request: EnvironmentRequest, files: &[EnvironmentFile]) -> ParseResult<Self> {
        let mut diagnostics = Vec::new();
        let mut channels: Vec<ChannelRef> = Vec::new();
        let wanted_channels = if request.channels.is_empty() {
            let from_files = channels_of(files);
            if from_files.is_empty() {
                request.fallback_channels.iter().collect()
            } else {
                from_files
            }
        } else {
            request.channels.iter().collect()
        };
        for channel in wanted_channels {
            if !channels.iter().any(|known| known.text == channel.text) {
                channels.push(channel.clone());
            }
        }
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
        let mut variables: IndexMap<String, String> = IndexMap::new();
        for (name, Spanned { value, .. }) in files.iter().flat_map(|file| &file.variables) {
            variables.insert(name.clone(), value.clone());
        }
        let mut pip_sources = PipSources::merge(files.iter().map(|file| &file.pip_sources));
        pip_sources.index_strategy = request.index_strategy.or(pip_sources.index_strategy);
        let environment = Self {
            name: request.name,
            files: files.iter().map(|file| PathBuf::from(file.file.name())).collect(),
            channels,
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

fn channels_of(files: &[EnvironmentFile]) -> Vec<&ChannelRef> {
    let lists = || files.iter().map(|file| file.channels.as_slice());
    // The first of several that are equally long.
    let longest = lists().rev().max_by_key(|list| list.len()).unwrap_or_default();
    let texts = |list: &[ChannelRef]| list.iter().map(|one| one.text.clone()).collect::<Vec<_>>();
    let all_end_it = lists().all(|list| texts(longest).ends_with(&texts(list)));
    if all_end_it { longest.iter().collect() } else { lists().flatten().collect() }
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
        assert_eq!(channels, ["x", "y", "z"]);
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
    fn the_longest_list_of_channels_counts_when_the_others_end_it() {
        let merged = |lists: &[&str]| {
            let files: Vec<EnvironmentFile> = lists
                .iter()
                .map(|list| file("a.yml", &format!("channels: [{list}]\ndependencies: []\n")))
                .collect();
            let channels = Environment::merge(request(), &files).unwrap().value.channels;
            channels.iter().map(|one| one.text.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(merged(&["x", "y, x", ""]), "y x");
        assert_eq!(merged(&["y, x", "x"]), "y x");
        assert_eq!(merged(&["x", "x, y"]), "x y");
        assert_eq!(merged(&["x, y", "z, y"]), "x y z");
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
