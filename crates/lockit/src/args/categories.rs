//! Which part of a lock is meant, as conda-lock has it: `main` always, `dev` unless it is left out, others
//! when they are named.

use std::collections::BTreeSet;

use clap::Args;
use lockit_spec::did_you_mean;

use crate::args::which_lock::Chosen;
use crate::project::categories::Categories;
use crate::terminal::command_error::CommandError;

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

    /// Leaves out what nobody asked for.
    ///
    /// # Errors
    /// A category that the lock does not have.
    pub(crate) fn apply(&self, chosen: &mut Chosen) -> Result<(), CommandError> {
        let known: BTreeSet<String> =
            chosen.lock.categories().into_iter().map(str::to_owned).collect();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let categories = self.categories();
        if let Some(extra) = categories.unknown(&known) {
            let error = CommandError::error(format!("{} has no category `{extra}`", chosen.name));
            return Err(match did_you_mean(extra, names.iter().copied()) {
                Some(hint) => error.hint(hint),
                None if names.is_empty() => error.hint("this kind of lockfile keeps none"),
                None => error.hint(format!("it has {}", names.join(", "))),
            });
        }
        chosen.lock.retain_categories(&categories.names());
        Ok(())
    }
}
