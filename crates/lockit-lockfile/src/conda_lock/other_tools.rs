//! What other tools make of a file in this format. Not every file that it has a place for is one that they take.
//!
//! conda-lock 4.0.3 demands an md5 of every conda package. micromamba 2.8.1 decides by the end of the name whether a file is
//! a lockfile at all (`is_env_lockfile_name`), wants a digest in every row and an address that it can take apart
//! (`read_package_info`, `PackageInfo::from_url`), and fills no variable in. One row that it does not take and it refuses
//! the file.

use std::collections::BTreeSet;

use lockit_diagnostic::Diagnostic;
use lockit_spec::credentials::variables;

use crate::{Lock, PipRecord, PipSource, PlatformLock, Record};

/// How many packages a message names.
const NAMED: usize = 3;

/// The ends of names that micromamba takes for lockfiles.
const LOCKFILE_ENDS: [&str; 2] = ["-lock.yml", "-lock.yaml"];

/// The ends of addresses that micromamba takes apart.
const ARCHIVE_ENDS: [&str; 4] = [".conda", ".tar.bz2", ".whl", ".tar.gz"];

/// A warning when conda-lock would refuse the file: it demands an md5 of every conda package, and channels may have only
/// the sha256 that repodata demands (CEP 36). `file_name` is that of the file.
pub fn refused_by_conda_lock(locks: &[&Lock], file_name: &str) -> Option<Diagnostic> {
    let names = without_md5(locks);
    if names.is_empty() {
        return None;
    }
    Some(
        Diagnostic::warning(format!("conda-lock cannot read `{file_name}`: it requires an md5 of every package"))
            .note(format!("the channels have no md5 of {}", listed(&names)))
            .hint("lockit installs from it; for other tools use `-k explicit` or `-k pixi`, which need the sha256 only"),
    )
}

/// The comment that says how to install a file: only by tools that take this very file, and why not by the others.
pub(super) fn how_to_install(lock: &Lock, file_name: &str) -> String {
    let no_md5 = without_md5(&[lock]);
    let refused = refused_by_micromamba(lock);
    let is_known = LOCKFILE_ENDS.iter().any(|end| file_name.ends_with(end));
    let mut commands = Vec::new();
    if no_md5.is_empty() {
        commands.push("conda-lock install -n NAME ");
    }
    if is_known && refused.is_empty() {
        commands.push("micromamba create -n NAME -f ");
    }
    // Where both can, nothing else is said, as in files of conda-lock.
    if commands.len() < 2 {
        commands.push("lockit install -n NAME ");
    }
    let which = if commands.len() > 1 { "with either of:" } else { "with:" };
    let mut out = format!("# Install this environment as \"NAME\" {which}\n");
    for command in commands {
        out.extend(["#     ", command, file_name, "\n"]);
    }
    if !no_md5.is_empty() {
        let reason =
            format!("it requires an md5, which the channels do not have of {}", listed(&no_md5));
        out.extend(["# conda-lock cannot read this file: ", &reason, ".\n"]);
    }
    if !refused.is_empty() {
        out.extend(["# micromamba cannot read this file: ", &refused.join("; "), ".\n"]);
    } else if !is_known {
        let name = name_for_micromamba(file_name);
        out.push_str(
            "# micromamba creates an empty environment from a file whose name does not end in `-lock.yml`. Rename it first:\n",
        );
        out.extend(["#     micromamba create -n NAME -f ", &name, "\n"]);
    }
    out
}

/// The conda packages that have no md5, each once.
fn without_md5<'a>(locks: &[&'a Lock]) -> BTreeSet<&'a str> {
    let platforms = locks.iter().flat_map(|lock| lock.platforms.values());
    let records = platforms.flat_map(|chosen| &chosen.records);
    records.filter(|record| record.md5.is_none()).map(|record| record.name.as_str()).collect()
}

/// Why a row is not taken by micromamba, as the end of a sentence about packages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Folder,
    File,
    Git,
    Address,
    Digest,
}

impl Why {
    fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "it takes no local directory",
            Self::File => "it takes no file of the project",
            Self::Git => "of git addresses it takes `https` only",
            Self::Address => "it takes no archive of this type",
            Self::Digest => "it requires a hash",
        }
    }

    fn of_pip(record: &PipRecord) -> Option<Self> {
        match &record.source {
            PipSource::Folder { .. } => Some(Self::Folder),
            PipSource::Git { url, .. } if !url.starts_with("https://") => Some(Self::Git),
            PipSource::Git { commit, .. } => commit.is_empty().then_some(Self::Digest),
            PipSource::Archive { url, .. } if !is_remote(url) => Some(Self::File),
            PipSource::Archive { url, .. } if !ends_as_archive(url) => Some(Self::Address),
            PipSource::Archive { .. } => record.sha256.is_none().then_some(Self::Digest),
        }
    }

    fn of_conda(record: &Record) -> Option<Self> {
        let url = record.url.as_deref()?;
        let is_relative = !url.contains("://") && !url.starts_with("file:");
        is_relative.then_some(Self::File)
    }
}

fn is_remote(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn ends_as_archive(url: &str) -> bool {
    ARCHIVE_ENDS.iter().any(|end| url.ends_with(end))
}

/// Why micromamba does not take the rows of a lock; empty where it does.
fn refused_by_micromamba(lock: &Lock) -> Vec<String> {
    let mut rows: BTreeSet<(Why, &str)> = BTreeSet::new();
    let mut placeholders: BTreeSet<String> = BTreeSet::new();
    for PlatformLock { records, pip, .. } in lock.platforms.values() {
        for record in records {
            rows.extend(Why::of_conda(record).map(|why| (why, record.name.as_str())));
            placeholders.extend(record.url.iter().flat_map(|url| variables(url)));
        }
        for record in pip {
            rows.extend(Why::of_pip(record).map(|why| (why, record.name.as_str())));
            placeholders.extend(variables(&record.address()));
        }
    }
    let mut reasons: Vec<String> = Vec::new();
    for why in [Why::Folder, Why::File, Why::Git, Why::Address, Why::Digest] {
        let names: BTreeSet<&str> =
            rows.iter().filter(|(one, _)| *one == why).map(|(_, name)| *name).collect();
        if !names.is_empty() {
            reasons.push(format!("{} ({})", why.as_str(), listed(&names)));
        }
    }
    if !placeholders.is_empty() {
        let names: Vec<String> = placeholders.iter().map(|name| format!("${{{name}}}")).collect();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        reasons.push(format!("it fills in no variables ({})", listed(&names)));
    }
    reasons
}

/// Some names, and how many more there are.
fn listed(names: &BTreeSet<&str>) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// The name under which micromamba takes a file for a lockfile.
fn name_for_micromamba(file_name: &str) -> String {
    let stem = [".yml", ".yaml", ".lock"].iter().find_map(|end| file_name.strip_suffix(end));
    match stem.unwrap_or(file_name) {
        "" | "lock" => "conda-lock.yml".to_owned(),
        stem => format!("{stem}-lock.yml"),
    }
}

#[cfg(test)]
mod tests {
    use lockit_spec::Platform;

    use super::*;
    use crate::sample;

    /// The sample as conda packages and one wheel, which every tool takes.
    fn plain() -> Lock {
        let mut lock = sample::lock();
        lock.platforms.retain(|platform, _| *platform == Platform::Linux64);
        let chosen = lock.platforms.get_mut(&Platform::Linux64).unwrap();
        chosen.pip.truncate(1);
        lock
    }

    fn with_pip(name: &str, address: &str) -> Lock {
        let mut lock = plain();
        let pip = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().pip;
        pip.push(PipRecord::from_address(name, address));
        lock
    }

    fn each_record(mut lock: Lock, change: impl Fn(&mut Record)) -> Lock {
        lock.platforms.values_mut().flat_map(PlatformLock::records_mut).for_each(change);
        lock
    }

    #[test]
    fn packages_without_md5_are_named() {
        let lock = sample::lock();
        assert_eq!(refused_by_conda_lock(&[&lock], "conda-lock.yml"), None);
        let lock = each_record(lock, |record| record.md5 = None);
        let warning = refused_by_conda_lock(&[&lock], "conda-lock.yml").unwrap();
        assert!(!warning.is_error());
        assert_eq!(
            warning.notes[0],
            "the channels have no md5 of `click`, `libzlib`, `pip` and 3 more"
        );
    }

    #[test]
    fn what_both_take_has_conda_lock_s_two_lines() {
        insta::assert_snapshot!(how_to_install(&plain(), "dev.conda-lock.yml"), @r#"
        # Install this environment as "NAME" with either of:
        #     conda-lock install -n NAME dev.conda-lock.yml
        #     micromamba create -n NAME -f dev.conda-lock.yml
        "#);
        for name in ["x-lock.yaml", "conda-lock.yaml"] {
            assert!(
                how_to_install(&plain(), name)
                    .contains(&format!("micromamba create -n NAME -f {name}\n"))
            );
        }
    }

    #[test]
    fn another_name_is_one_that_micromamba_does_not_look_into() {
        insta::assert_snapshot!(how_to_install(&plain(), "deps.yml"), @r#"
        # Install this environment as "NAME" with either of:
        #     conda-lock install -n NAME deps.yml
        #     lockit install -n NAME deps.yml
        # micromamba creates an empty environment from a file whose name does not end in `-lock.yml`. Rename it first:
        #     micromamba create -n NAME -f deps-lock.yml
        "#);
        for (name, renamed) in [
            ("lock.yml", "conda-lock.yml"),
            ("dev.lock.yaml", "dev.lock-lock.yml"),
            ("conda-linux.lock", "conda-linux-lock.yml"),
            ("conda-lock.yml.txt", "conda-lock.yml.txt-lock.yml"),
            ("Conda-Lock.YML", "Conda-Lock.YML-lock.yml"),
        ] {
            let text = how_to_install(&plain(), name);
            assert!(text.ends_with(&format!("micromamba create -n NAME -f {renamed}\n")), "{text}");
        }
    }

    #[test]
    fn rows_that_micromamba_refuses_are_told() {
        let reason = |lock: &Lock| {
            let text = how_to_install(lock, "conda-lock.yml");
            assert!(!text.contains("micromamba create"), "{text}");
            assert!(text.contains("#     conda-lock install -n NAME conda-lock.yml\n"), "{text}");
            assert!(text.contains("#     lockit install -n NAME conda-lock.yml\n"), "{text}");
            let reason = text.lines().last().unwrap().split_once("cannot read this file: ");
            reason.unwrap().1.to_owned()
        };
        let sha = "0a".repeat(32);
        let at = |address: &str| reason(&with_pip("thing", address));
        assert_eq!(at("./thing"), "it takes no local directory (`thing`).");
        assert_eq!(
            at(&format!("file:./w/thing-1.0-py3-none-any.whl#sha256={sha}")),
            "it takes no file of the project (`thing`)."
        );
        assert_eq!(
            at("git+ssh://git@h/thing@01"),
            "of git addresses it takes `https` only (`thing`)."
        );
        assert_eq!(
            at("git+http://h/thing@01"),
            "of git addresses it takes `https` only (`thing`)."
        );
        assert_eq!(
            at(&format!("https://h/thing-1.0.zip#sha256={sha}")),
            "it takes no archive of this type (`thing`)."
        );
        assert_eq!(at("https://h/thing-1.0.tar.gz"), "it requires a hash (`thing`).");
        assert_eq!(
            at(&format!("https://u:${{PASS}}@h/thing-1.0.tar.gz#sha256={sha}")),
            "it fills in no variables (`${PASS}`)."
        );
        let token = each_record(plain(), |record| {
            record.url = record.url.take().map(|url| url.replace(".org/", ".org/t/${TOKEN}/"));
        });
        assert_eq!(reason(&token), "it fills in no variables (`${TOKEN}`).");
        let relative = each_record(plain(), |record| {
            record.url = Some(format!("./chan/noarch/{}", record.file_name()));
        });
        assert_eq!(
            reason(&relative),
            "it takes no file of the project (`click`, `libzlib`, `pip` and 3 more)."
        );
        // Each by itself is enough, and all are told; a name that is no lockfile's does not matter then.
        let text = how_to_install(&sample::lock(), "deps.yml");
        insta::assert_snapshot!(text, @r#"
        # Install this environment as "NAME" with either of:
        #     conda-lock install -n NAME deps.yml
        #     lockit install -n NAME deps.yml
        # micromamba cannot read this file: it takes no local directory (`local`); it fills in no variables (`${PASS}`, `${USER}`).
        "#);
    }

    #[test]
    fn commits_at_https_and_wheels_are_taken() {
        let sha = "0a".repeat(32);
        for address in [
            "git+https://h/thing@01#subdirectory=x",
            &format!("https://h/thing-1.0-py3-none-any.whl#sha256={sha}"),
        ] {
            let text = how_to_install(&with_pip("thing", address), "conda-lock.yml");
            assert_eq!(text, how_to_install(&plain(), "conda-lock.yml"), "{address}");
        }
    }

    #[test]
    fn without_md5_conda_lock_is_not_named() {
        let lock = each_record(plain(), |record| {
            record.md5 = (record.name != "click").then(|| "0a".repeat(16));
        });
        insta::assert_snapshot!(how_to_install(&lock, "conda-lock.yml"), @r#"
        # Install this environment as "NAME" with either of:
        #     micromamba create -n NAME -f conda-lock.yml
        #     lockit install -n NAME conda-lock.yml
        # conda-lock cannot read this file: it requires an md5, which the channels do not have of `click`.
        "#);
        insta::assert_snapshot!(how_to_install(&lock, "deps.yml"), @r#"
        # Install this environment as "NAME" with:
        #     lockit install -n NAME deps.yml
        # conda-lock cannot read this file: it requires an md5, which the channels do not have of `click`.
        # micromamba creates an empty environment from a file whose name does not end in `-lock.yml`. Rename it first:
        #     micromamba create -n NAME -f deps-lock.yml
        "#);
    }
}
