//! What a conda-lock.yml says about its making when it is asked to, as with conda-lock.
//!
//! By default it says nothing: the same inputs give the same bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockit_diagnostic::Diagnostic;
use lockit_lockfile::{InputDigests, Lock, Metadata, read_custom};

use crate::args::metadata::{Fact, MetadataArgs};
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::git::Git;
use lockit_project::plan::Entry;

impl MetadataArgs {
    /// Collects what is asked for about the lock of an environment.
    ///
    /// # Errors
    /// A spec or a file of additions that cannot be read.
    pub(crate) fn tell(
        &self,
        entry: &Entry,
        lock: &Lock,
        context: &Context,
    ) -> Result<Metadata, CommandError> {
        let is_wanted = |fact: Fact| self.metadata.contains(&fact);
        let git = Git::new(context);
        let setting = |fact: Fact, name: &str| is_wanted(fact).then(|| git.setting(name)).flatten();
        let mut metadata = Metadata {
            created_at: is_wanted(Fact::Timestamp).then(|| whole_seconds(context.around.now)),
            git_user_name: setting(Fact::GitUserName, "user.name"),
            git_user_email: setting(Fact::GitUserEmail, "user.email"),
            git_sha: is_wanted(Fact::GitSha).then(|| commit(&git, entry, lock)).flatten(),
            ..Metadata::default()
        };
        let (md5, sha256) = (is_wanted(Fact::InputMd5), is_wanted(Fact::InputSha));
        if md5 || sha256 {
            for source in &lock.sources {
                let file = context.around.files.spec(&entry.source_path(source))?;
                metadata.inputs.insert(source.clone(), InputDigests::of(file.text(), md5, sha256));
            }
        }
        metadata.custom = self.custom(context)?;
        Ok(metadata)
    }

    fn custom(&self, context: &Context) -> Result<BTreeMap<String, String>, CommandError> {
        let mut all = BTreeMap::new();
        for path in &self.metadata_yaml {
            let file = context.around.files.spec(path)?;
            for (name, text) in read_custom(&file)? {
                if all.insert(name.clone(), text).is_some() {
                    let twice = Diagnostic::warning(format!(
                        "`{name}` is in several files of metadata; what `{}` says is taken",
                        file.name()
                    ));
                    context.printer.diagnostics(&[twice]);
                }
            }
        }
        Ok(all)
    }
}

/// The newest commit that touches a source, or the one that is checked out when a source has changed since.
fn commit(git: &Git, entry: &Entry, lock: &Lock) -> Option<String> {
    let mut newest = None;
    for source in &lock.sources {
        match git.last_commit(&entry.source_path(source)) {
            Some(found) => newest = newest.max(Some(found)),
            None => return git.commit("HEAD").map(|head| format!("{head}-dirty")),
        }
    }
    newest.map(|(_, commit)| commit)
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
