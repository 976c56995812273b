//! Which part of a lock is meant, as conda-lock has it: `main` always, `dev` unless it is left out, others
//! when they are named.

use std::collections::BTreeSet;

use clap::Args;
use lockit_lockfile::{DEV, MAIN};
use lockit_spec::did_you_mean;

use crate::args::which_lock::Chosen;
use crate::project::inputs::shell_word;
use crate::terminal::command_error::CommandError;

/// Whether a category may be asked for where nothing is in it.
pub(crate) fn is_usual(category: &str) -> bool {
    matches!(category, MAIN | DEV)
}

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
    /// Whether developers' packages are kept.
    pub(crate) fn dev(&self) -> bool {
        !self.no_dev
    }

    /// Whether anybody said what to keep.
    pub(crate) fn chosen(&self) -> bool {
        self.no_dev || !self.extras.is_empty()
    }

    /// The categories that are named besides `main` and `dev`.
    pub(crate) fn extras(&self) -> &[String] {
        &self.extras
    }

    /// Whether requirements of a category are kept.
    pub(crate) fn wants(&self, category: &str) -> bool {
        match category {
            MAIN => true,
            DEV if self.dev() => true,
            other => self.extras.iter().any(|extra| extra == other),
        }
    }

    /// All that are kept.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.extras.iter().cloned().collect();
        names.insert(MAIN.to_owned());
        if self.dev() {
            names.insert(DEV.to_owned());
        }
        names
    }

    /// The flags that say so, each after a blank.
    pub(crate) fn flags(&self) -> String {
        let mut flags = String::new();
        if !self.dev() {
            flags.push_str(" --no-dev-dependencies");
        }
        for extra in &self.extras {
            flags.push_str(" --extras ");
            flags.push_str(&shell_word(extra));
        }
        flags
    }

    /// Leaves out what nobody asked for.
    ///
    /// # Errors
    /// A category that the lock does not have.
    pub(crate) fn apply(&self, chosen: &mut Chosen) -> Result<(), CommandError> {
        let known: BTreeSet<String> =
            chosen.lock.categories().into_iter().map(str::to_owned).collect();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let mut extras = self.extras.iter();
        if let Some(extra) = extras.find(|extra| !is_usual(extra) && !known.contains(*extra)) {
            let error = CommandError::error(format!("{} has no category `{extra}`", chosen.name));
            return Err(match did_you_mean(extra, names.iter().copied()) {
                Some(hint) => error.hint(hint),
                None if names.is_empty() => error.hint("this kind of lockfile keeps none"),
                None => error.hint(format!("it has {}", names.join(", "))),
            });
        }
        chosen.lock.retain_categories(&self.names());
        Ok(())
    }
}
