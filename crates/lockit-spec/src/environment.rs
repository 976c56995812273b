//! What is wanted: the merged view of one or several files.

use std::path::PathBuf;

use crate::{
    ActivationVariables, ChannelNames, ChannelRef, NameMap, PipRequirement, PipSources, Platform,
    Requirement, SolveOptions, parse_conda_spec,
};

/// A named group of specs that are locked together.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Name, for example `dev`.
    pub name: String,
    /// The files it was merged from, as given (relative to the project root where possible).
    pub files: Vec<PathBuf>,
    /// Channels, highest priority first, without `nodefaults` and without repeats.
    pub channels: Vec<ChannelRef>,
    /// What names of channels stand for.
    pub channel_names: ChannelNames,
    /// Platforms, in the order they were asked for.
    pub platforms: Vec<Platform>,
    /// Conda requirements of all files, in file order.
    pub requirements: Vec<Requirement>,
    /// PyPI requirements of all files, in file order.
    pub pip: Vec<PipRequirement>,
    /// What pip constrains without asking for it (`-c`), of all files.
    pub pip_constraints: Vec<PipRequirement>,
    /// What counts in the place of every requirement on its package (uv's overrides), of all files.
    pub pip_overrides: Vec<PipRequirement>,
    /// Where PyPI packages are looked for.
    pub pip_sources: PipSources,
    /// What packages are called on PyPI and in channels.
    pub names: NameMap,
    /// CEP 24 `variables`, later files win.
    pub variables: ActivationVariables,
    /// Every package of this environment is the very record that the named one has.
    pub same_versions_as: Option<String>,
    /// How to solve.
    pub options: SolveOptions,
}

impl Environment {
    /// The conda requirements that apply to a platform, in file order.
    pub fn requirements_for(&self, platform: Platform) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(move |requirement| requirement.applies_to(platform))
    }

    /// Asks for `pip` wherever PyPI packages are asked for, unless a file does: conda, mamba and conda-lock
    /// install those packages with the pip of the environment.
    pub fn require_installer(&mut self) {
        let asked = self.requirements.iter().filter(|one| one.name.as_normalized() == "pip");
        if asked.clone().any(|one| one.selector.is_none()) {
            return;
        }
        let mut added: Vec<Requirement> = Vec::new();
        for pip in &self.pip {
            if added.iter().any(|known| known.selector == pip.selector) {
                continue;
            }
            let Ok((name, spec)) = parse_conda_spec("pip") else { continue };
            added.push(Requirement {
                name,
                spec,
                text: "pip".to_owned(),
                file: pip.file.clone(),
                span: pip.span,
                selector: pip.selector.clone(),
                category: pip.category.clone(),
                implied: true,
                may_come_from: Vec::new(),
            });
        }
        self.requirements.extend(added);
    }

    /// The PyPI requirements that apply to a platform, in file order.
    pub fn pip_for(&self, platform: Platform) -> impl Iterator<Item = &PipRequirement> {
        self.pip.iter().filter(move |requirement| requirement.applies_to(platform))
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;

    use super::*;
    use crate::{EnvironmentFile, EnvironmentRequest, PipSection};

    /// Where pip is asked for, of an environment with some lines.
    fn pip_of(items: &str) -> Vec<(Option<String>, bool)> {
        let file =
            SourceFile::new("environment.yml", format!("channels: [c]\ndependencies:\n{items}"));
        let read = EnvironmentFile::parse(&file, PipSection::Check).unwrap().value;
        let mut environment =
            Environment::merge(EnvironmentRequest::default(), &[read]).unwrap().value;
        environment.require_installer();
        let pip = environment.requirements.iter().filter(|one| one.name.as_normalized() == "pip");
        pip.map(|one| (one.selector.as_ref().map(ToString::to_string), one.implied)).collect()
    }

    #[test]
    fn pip_is_asked_for_where_pypi_packages_are() {
        assert_eq!(pip_of("  - python\n"), []);
        assert_eq!(pip_of("  - pip:\n    - six\n    - flask\n"), [(None, true)]);
        let linux = || Some("linux".to_owned());
        let some = "  - pip:\n    - six  # [linux]\n    - flask  # [linux]\n    - click  # [win]\n";
        assert_eq!(pip_of(some), [(linux(), true), (Some("win".to_owned()), true)]);
        // Somebody asks for it, everywhere or in places.
        assert_eq!(pip_of("  - pip\n  - pip:\n    - six\n"), [(None, false)]);
        let partly = "  - pip  # [linux]\n  - pip:\n    - six\n";
        assert_eq!(pip_of(partly), [(linux(), false), (None, true)]);
    }
}
