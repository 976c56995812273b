//! The copies of lockfiles that both sides of a merge changed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lockit_diagnostic::SourceFile;
use lockit_diff::merge::Copies;
use lockit_lockfile::detect;

use crate::terminal::command_error::CommandError;

/// Lockfiles that both sides changed, by absolute path, with our side's text.
pub(super) type Copied = BTreeMap<PathBuf, (Copies, SourceFile)>;

/// Whether both sides are lockfiles.
pub(super) fn is_lockfile([_, ours, theirs]: &[Option<Vec<u8>>; 3]) -> bool {
    [ours, theirs].into_iter().all(|side| {
        side.as_deref()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .is_some_and(detect::is_lockfile)
    })
}

/// Reads the copies of one lockfile.
pub(super) fn copies(
    name: &str,
    [base, ours, theirs]: [Option<Vec<u8>>; 3],
) -> Result<(Copies, SourceFile), CommandError> {
    let decode = |bytes: &[u8], side: &str| SourceFile::decode(format!("{name} ({side})"), bytes);
    let ours_text = decode(&ours.unwrap_or_default(), "ours")?;
    let theirs_text = decode(&theirs.unwrap_or_default(), "theirs")?;
    let (ours, theirs) = (detect::read_source(&ours_text)?, detect::read_source(&theirs_text)?);
    if ours.format != theirs.format {
        return Err(CommandError::error(format!(
            "`{name}` is a lockfile of kind `{}` on our side and of kind `{}` on theirs",
            ours.format, theirs.format
        ))
        .hint("take either side as a whole, then run `lockit` again"));
    }
    // Git gives an empty file when there is no ancestor. A broken one tells nothing either.
    let base = base
        .filter(|bytes| !bytes.is_empty())
        .and_then(|bytes| detect::read_source(&decode(&bytes, "ancestor").ok()?).ok())
        .filter(|base| base.format == ours.format);
    Ok((Copies { base, ours, theirs }, ours_text))
}
