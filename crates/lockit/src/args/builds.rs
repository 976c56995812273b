//! Whether packages may be built in this run.

use clap::Args;
use lockit_project::plan::Plan;
use lockit_spec::{Builds, normalise_pypi_name};

/// Whether packages may be built in this run. It is not recorded: it permits, and prefers nothing.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct BuildArgs {
    /// Build no PyPI package, whatever lockit.toml allows: builds run code of the package
    #[arg(long, env = "LOCKIT_NO_BUILD", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Builds")]
    pub(crate) no_build: bool,
    /// Do not build this PyPI package
    #[arg(long, value_name = "NAME", help_heading = "Builds")]
    pub(crate) no_build_package: Vec<String>,
}

impl BuildArgs {
    /// What holds for this run. `in_general` is what the command does where nobody says anything.
    pub(crate) fn apply_to(&self, builds: &mut Builds, in_general: bool) {
        builds.in_general.get_or_insert(in_general);
        builds.none |= self.no_build;
        builds.refused.extend(self.no_build_package.iter().map(|name| normalise_pypi_name(name)));
    }

    /// The same for every environment of a plan.
    pub(crate) fn apply(&self, plan: &mut Plan, in_general: bool) {
        let entries = plan.entries.iter_mut().map(|entry| &mut entry.wanted.environment);
        let groups = plan.groups.iter_mut().map(|group| &mut group.environment);
        for environment in entries.chain(groups) {
            self.apply_to(&mut environment.options.builds, in_general);
        }
    }
}
