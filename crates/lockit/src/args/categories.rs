//! Which part of a lock is meant, as conda-lock has it: `main` always, `dev` unless it is left out, others
//! when they are named.

use clap::Args;
use lockit_project::categories::Categories;

/// Categories to keep.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct CategoryArgs {
    /// Leave out what only developers need
    #[arg(long = "no-dev-dependencies", visible_alias = "no-dev", overrides_with = "dev")]
    no_dev: bool,
    /// Keep what developers need (the default)
    #[arg(long = "dev-dependencies", alias = "dev", overrides_with = "no_dev", hide = true)]
    dev: bool,
    /// Keep this category as well; several may be given
    #[arg(
        short,
        short_alias = 'E',
        long = "extras",
        visible_alias = "category",
        value_name = "CATEGORY"
    )]
    extras: Vec<String>,
}

impl CategoryArgs {
    /// What these ask for.
    pub(crate) fn categories(&self) -> Categories {
        Categories { no_dev: self.no_dev, extras: self.extras.clone() }
    }
}
