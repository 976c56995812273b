//! `lockit init --ci`: the jobs that refresh locks and refuse stale ones.

use std::path::{Component, Path, PathBuf};

use clap::ValueEnum;
use lockit_emit::{Forge, Workflow};

use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BOLD, paint};
use crate::world::context::Context;
use crate::world::git::Git;
use crate::world::outputs::put;
use lockit_project::spec_names::is_spec_name;

/// `--ci`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Ci {
    /// .github/workflows/lockit.yml
    Github,
    /// .gitlab/lockit.yml, included by .gitlab-ci.yml
    Gitlab,
}

/// What includes the jobs of GitLab.
const INCLUDE: &str = "include:\n  - local: .gitlab/lockit.yml\n";

pub(super) fn execute(ci: Ci, context: &Context) -> Result<ExitStatus, CommandError> {
    let forge = match ci {
        Ci::Github => Forge::Github,
        Ci::Gitlab => Forge::Gitlab,
    };
    let git = Git::new(context);
    let top = git.top().ok_or_else(|| {
        CommandError::error("there is no git repository here").hint("`git init` makes one")
    })?;
    let specs = specs(context)?;
    if specs.is_empty() {
        return Err(CommandError::error("there is no spec whose lock could be kept fresh")
            .hint("`lockit init` writes one"));
    }
    let folder = below(context.directory(), &top).filter(|folder| !folder.is_empty());
    let workflow = Workflow {
        paths: specs
            .iter()
            .filter_map(|path| below(&context.directory().join(path), &top))
            .collect(),
        branch: git.default_branch(),
        folder,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let path = top.join(forge.file());
    if path.exists() {
        return Err(CommandError::error(format!(
            "`{}` is there already",
            context.shown(&path).display()
        ))
        .hint("move it away to see what lockit would write now"));
    }
    let text = workflow.text(forge)?;
    let mut files = vec![(path, text)];
    let entry = top.join(".gitlab-ci.yml");
    let to_include = forge == Forge::Gitlab && entry.exists();
    if forge == Forge::Gitlab && !to_include {
        files.push((entry, INCLUDE.to_owned()));
    }
    put(&files, context)?;
    if to_include {
        context.printer.status(&format!(
            "{} add this to .gitlab-ci.yml:\n{}",
            paint(BOLD, "next:"),
            INCLUDE.trim_end()
        ));
    } else {
        context.printer.status(&format!(
            "{} its first lines say what the repository must allow",
            paint(BOLD, "next:")
        ));
    }
    Ok(ExitStatus::Success)
}

/// Files that make locks stale, relative to the folder.
fn specs(context: &Context) -> Result<Vec<PathBuf>, CommandError> {
    let mut found = Vec::new();
    if let Some(project) =
        context.around.files.project(context.directory())?.map(|found| found.value)
    {
        let environments = project.environments.values();
        found.extend(
            environments.flat_map(|one| &one.files).map(|file| project.root.join(&file.value)),
        );
        let name = Path::new(project.file.name()).file_name().unwrap_or_default();
        found.push(project.root.join(name));
    }
    if found.is_empty() {
        let entries = fs_err::read_dir(context.directory())?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        found.extend(names.filter(|name| is_spec_name(name)).map(PathBuf::from));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// A path seen from the top, with `/`; `None` when it is not below it.
fn below(path: &Path, top: &Path) -> Option<String> {
    let path = fs_err::canonicalize(path).ok()?;
    let top = fs_err::canonicalize(top).ok()?;
    let names: Option<Vec<&str>> = path
        .strip_prefix(&top)
        .ok()?
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    names.map(|names| names.join("/"))
}
