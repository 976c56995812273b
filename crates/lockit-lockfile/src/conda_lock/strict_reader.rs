//! What conda-lock itself does not read, though the format has a place for it.

use lockit_diagnostic::Diagnostic;

use crate::Lock;

/// How many packages a message names.
const NAMED: usize = 3;

/// A warning when conda-lock would refuse the file: it demands an md5 of every conda package, and channels may have only
/// the sha256 that repodata demands (CEP 36). `file_name` is that of the file.
pub fn refused_by_conda_lock(locks: &[&Lock], file_name: &str) -> Option<Diagnostic> {
    let records = locks.iter().flat_map(|lock| lock.platforms.values());
    let mut names: Vec<&str> = records
        .flat_map(|chosen| &chosen.records)
        .filter(|record| record.md5.is_none())
        .map(|record| record.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let count = names.len();
    if count == 0 {
        return None;
    }
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
    Some(
        Diagnostic::warning(format!("conda-lock cannot read `{file_name}`: it requires an md5 of every package"))
            .note(format!("the channels have no md5 of {}{more}", shown.join(", ")))
            .hint("lockit installs from it; for other tools use `-k explicit` or `-k pixi`, which need the sha256 only"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn packages_without_md5_are_named() {
        let mut lock = sample::lock();
        assert_eq!(refused_by_conda_lock(&[&lock], "conda-lock.yml"), None);
        for record in lock.platforms.values_mut().flat_map(crate::PlatformLock::records_mut) {
            record.md5 = None;
        }
        let warning = refused_by_conda_lock(&[&lock], "conda-lock.yml").unwrap();
        assert!(!warning.is_error());
        assert!(warning.notes[0].starts_with("the channels have no md5 of `"), "{warning:?}");
    }
}
