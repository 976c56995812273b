//! `lockit merge`: two changed copies of a lockfile become one, by locking again from the merged specs.
//!
//! As git's merge driver it runs before git has written anything, so it asks git what the merged specs
//! are going to be. Without arguments it resolves what a merge has left in conflict, and the specs are
//! those on the disk.

mod copies;
mod outcome;
mod resolve;
mod revisions;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use self::copies::{Copied, copies, is_lockfile};
use self::resolve::resolve;
use self::revisions::Revisions;
use crate::args::network::NetworkArgs;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BOLD, paint};
use crate::world::context::Context;
use crate::world::git::{Git, NESTED, Unmerged};
use crate::world::merged_files::Merged;
use crate::world::outputs::write;
use crate::world::texts::Texts;
use lockit_project::files::absolute;

/// Arguments of `merge`.
#[derive(Debug, Args, Clone)]
#[command(
    override_usage = "lockit merge [OPTIONS]\n       lockit merge [OPTIONS] <BASE> <OURS> <THEIRS> [PATH] [BASE_LABEL] [THEIR_LABEL]",
    after_help = "Without arguments it resolves every lockfile that a merge has left in conflict; \
    mend the specs first.\n\n\
    To have git call it by itself:\n  \
    git config merge.lockit.name 'lock again from the merged specs'\n  \
    git config merge.lockit.driver 'lockit merge %O %A %B %P %S %Y'\n  \
    echo 'conda-lock.yml merge=lockit' >> .gitattributes\n  \
    echo '*.lock merge=lockit' >> .gitattributes"
)]
pub(crate) struct MergeArgs {
    /// The common ancestor (%O)
    #[arg(requires = "theirs")]
    base: Option<PathBuf>,
    /// Our copy, which gets the result (%A)
    ours: Option<PathBuf>,
    /// Their copy (%B)
    theirs: Option<PathBuf>,
    /// Where the lockfile lies [default: OURS] (%P)
    path: Option<PathBuf>,
    /// What git calls the ancestor (%S)
    #[arg(value_name = "BASE_LABEL")]
    base_label: Option<String>,
    /// What git calls their side: a branch or a commit (%Y)
    #[arg(value_name = "THEIR_LABEL")]
    their_label: Option<String>,
    #[command(flatten)]
    network: NetworkArgs,
}

pub(crate) fn execute(args: &MergeArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    if context.variables.has(NESTED) {
        return Ok(ExitStatus::Failure);
    }
    match (&args.base, &args.ours, &args.theirs) {
        (Some(base), Some(ours), Some(theirs)) => drive([base, ours, theirs], args, context),
        _ => resolve_all(args, context),
    }
}

/// One lockfile, for git.
fn drive(
    files: [&PathBuf; 3],
    args: &MergeArgs,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let files = files.map(|file| context.directory().join(file));
    let [base, ours, theirs] = &files;
    let path = absolute(&context.directory().join(args.path.as_ref().unwrap_or(ours)));
    let name = context.shown(&path).display().to_string();
    let text = || -> Result<String, CommandError> {
        let read = |file: &Path| -> Result<Option<Vec<u8>>, CommandError> {
            Ok(Some(fs_err::read(file)?))
        };
        let lockfile = copies(&name, [read(base)?, read(ours)?, read(theirs)?])?;
        let mut lockfiles = BTreeMap::new();
        let merged = in_progress(args, context, &mut lockfiles)?;
        lockfiles.insert(path.clone(), lockfile);
        resolve(&path, &lockfiles, merged, &args.network, context)
    };
    match text() {
        Ok(text) => {
            // Git opens the file again by its name, so a new one may take its place.
            write(Texts::of(&[(ours.clone(), text)])?, context)?;
            Ok(ExitStatus::Success)
        }
        Err(error) => {
            error.report(context.printer);
            // Left as it is, the file would look as if our side were right.
            Git::new(context).merge_file([ours, base, theirs], ["ours", "ancestor", "theirs"])?;
            // Git knows three versions of the file for as long as the merge lasts, and nobody else does.
            let next = if args.path.is_some() {
                "once what is said above is settled in the specs, run `lockit merge`"
            } else {
                "resolve them by hand, or merge the three files again"
            };
            context.printer.status(&format!("`{name}` has conflict markers now: {next}"));
            Ok(ExitStatus::Failure)
        }
    }
}

/// The merge that git is about to make, and the other lockfiles that both sides changed.
fn in_progress(
    args: &MergeArgs,
    context: &Context,
    lockfiles: &mut Copied,
) -> Result<Merged, CommandError> {
    let git = Git::new(context);
    let Some(top) = git.top() else {
        let top = context.directory().to_path_buf();
        return Ok(Merged { git, top, tree: None, lockfiles: BTreeMap::new() });
    };
    let git = git.at(top.clone());
    let label = |label: &Option<String>| label.clone().unwrap_or_default();
    let (base, theirs) = (label(&args.base_label), label(&args.their_label));
    let tree = match Revisions::find(&git, &base, &theirs, &context.variables)? {
        None => None,
        Some(revisions) => {
            let Revisions { base, ours, theirs } = &revisions;
            let tree = git.merge_tree(base.as_deref(), ours, theirs)?;
            let ancestor = base.clone().or_else(|| git.merge_base(ours, theirs));
            for conflict in &tree.conflicts {
                let of = |revision: &str| git.file_of(revision, conflict);
                let before = ancestor.as_deref().map(of).transpose()?.flatten();
                let sides = [before, of(ours)?, of(theirs)?];
                // Everything else matters when somebody reads it.
                if is_lockfile(&sides)
                    && let Ok(copies) = copies(conflict, sides)
                {
                    lockfiles.insert(top.join(conflict), copies);
                }
            }
            Some(tree)
        }
    };
    Ok(Merged { git, top, tree, lockfiles: BTreeMap::new() })
}

/// Every lockfile that a merge has left in conflict.
fn resolve_all(args: &MergeArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let git = Git::new(context);
    let top = git.top().ok_or_else(|| {
        CommandError::error("this folder is in no git repository")
            .hint("`lockit merge BASE OURS THEIRS` merges three files")
    })?;
    let git = git.at(top.clone());
    let mut found = Copied::new();
    for Unmerged { path, stages } in git.unmerged()? {
        let mut sides = [None, None, None];
        for (side, stage) in sides.iter_mut().zip(&stages) {
            *side = stage.as_deref().map(|id| git.blob(id)).transpose()?;
        }
        if is_lockfile(&sides) {
            found.insert(top.join(&path), copies(&path, sides)?);
        }
    }
    if found.is_empty() {
        context.printer.status("no lockfile is in conflict");
        return Ok(ExitStatus::Success);
    }
    let mut written = Vec::new();
    let mut errors = Vec::new();
    for path in found.keys() {
        let merged =
            Merged { git: git.clone(), top: top.clone(), tree: None, lockfiles: BTreeMap::new() };
        match resolve(path, &found, merged, &args.network, context) {
            Ok(text) => written.push((path.clone(), text)),
            Err(error) => errors.push(error),
        }
    }
    write(Texts::of(&written)?, context)?;
    if !written.is_empty() {
        let names: Vec<String> =
            written.iter().map(|(path, _)| context.shown(path).display().to_string()).collect();
        let command = format!("git add {}", names.join(" "));
        context.printer.status(&format!("look at it, then {}", paint(BOLD, command)));
    }
    match errors.into_iter().reduce(CommandError::and) {
        Some(error) => Err(error),
        None => Ok(ExitStatus::Success),
    }
}
