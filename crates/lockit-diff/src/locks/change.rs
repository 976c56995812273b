//! One package before and after.

use lockit_lockfile::{
    Manager, Package, PipRecord, PipSource, Record, is_same_commit, is_same_repository,
};
use lockit_spec::{Platform, Step};
use rattler_conda_types::Version;

/// What happened to a package, the most alarming first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The same file name with another digest: the archive was replaced.
    Digest,
    /// The same version and build from another channel.
    Channel,
    /// The same package from the other side: a conda package that was one of PyPI, or the other way round.
    Moved,
    /// An older version.
    Downgraded,
    /// A newer version: the first part of it changed, or the epoch.
    Major,
    /// A newer version: the second part changed.
    Minor,
    /// A newer version: something further behind changed.
    Patch,
    /// The same version, built again or in another way.
    Build,
    /// The same package in other categories: needed by another group of the spec.
    Category,
    /// New.
    Added,
    /// Gone.
    Removed,
}

impl Kind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Channel => "channel",
            Self::Moved => "moved",
            Self::Downgraded => "downgrade",
            Self::Major => "major",
            Self::Minor => "minor",
            Self::Patch => "patch",
            Self::Build => "build",
            Self::Category => "category",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// What is told of a package on one side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Side {
    /// Version as the channel spells it.
    pub version: String,
    /// Who installs it.
    pub manager: Manager,
    /// Build string, commit or file name, where it is what changed.
    pub build: Option<String>,
    /// Channel, index or address, where it is what changed.
    pub channel: Option<String>,
    /// Categories, where they are what changed.
    pub categories: Option<String>,
}

/// One package before and after, on the platforms on which both are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Package name.
    pub name: String,
    /// What happened.
    pub kind: Kind,
    /// `None` for a new package.
    pub before: Option<Side>,
    /// `None` for a package that is gone.
    pub after: Option<Side>,
    /// Where, in order of their names.
    pub platforms: Vec<Platform>,
    /// Whether specs name the package. `None` where the lock does not tell.
    pub direct: Option<bool>,
    /// The channel or the index it comes from, or came from when it is gone.
    pub channel: Option<String>,
}

impl Change {
    /// Who installs the package, or did when it is gone.
    pub fn manager(&self) -> Manager {
        self.after.as_ref().or(self.before.as_ref()).map(|side| side.manager).unwrap_or_default()
    }
}

impl Side {
    /// The version of a package, and nothing else.
    pub(super) fn of(package: Package<'_>) -> Self {
        Self {
            version: package.version().to_owned(),
            manager: package.manager(),
            ..Self::default()
        }
    }
}

/// The difference of two packages that are the same one; `None` when there is none.
pub(super) fn change(before: Package<'_>, after: Package<'_>) -> Option<(Kind, Side, Side)> {
    match (before, after) {
        (Package::Conda(before), Package::Conda(after)) => conda_change(before, after),
        (Package::Pip(before), Package::Pip(after)) => pip_change(before, after),
        _ => Some((Kind::Moved, Side::of(before), Side::of(after))),
    }
}

fn pip_change(before: &PipRecord, after: &PipRecord) -> Option<(Kind, Side, Side)> {
    let side = |record: &PipRecord| Side::of(Package::Pip(record));
    // A version that is made when the package is built is not known.
    if before.version != after.version && !before.version.is_empty() && !after.version.is_empty() {
        return Some((version_kind(&before.version, &after.version), side(before), side(after)));
    }
    let place = |record: &PipRecord| match &record.source {
        PipSource::Archive { index, .. } => index.clone().unwrap_or_else(|| "PyPI".to_owned()),
        PipSource::Git { url, .. } => url.clone(),
        PipSource::Folder { path, .. } => path.clone(),
    };
    let same_kind = std::mem::discriminant(&before.source) == std::mem::discriminant(&after.source);
    // Explicit files keep no index, so one that is missing says nothing.
    let known =
        |record: &PipRecord| !matches!(record.source, PipSource::Archive { index: None, .. });
    let same_place = match (&before.source, &after.source) {
        (PipSource::Git { url: a, .. }, PipSource::Git { url: b, .. }) => is_same_repository(a, b),
        _ => place(before) == place(after),
    };
    if !same_kind || (known(before) && known(after) && !same_place) {
        let channel = |record: &PipRecord| Side { channel: Some(place(record)), ..side(record) };
        return Some((Kind::Channel, channel(before), channel(after)));
    }
    let build =
        |text: &str, record: &PipRecord| Side { build: Some(text.to_owned()), ..side(record) };
    match (&before.source, &after.source) {
        (PipSource::Git { commit: a, .. }, PipSource::Git { commit: b, .. })
            if !is_same_commit(a, b) =>
        {
            let short = |commit: &str| commit.get(..12).unwrap_or(commit).to_owned();
            return Some((Kind::Build, build(&short(a), before), build(&short(b), after)));
        }
        (PipSource::Archive { url: a, .. }, PipSource::Archive { url: b, .. })
            if !before.is_same_as(after) =>
        {
            let file = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
            let (a, b) = (file(a), file(b));
            return Some(if a == b {
                (Kind::Digest, side(before), side(after))
            } else {
                (Kind::Build, build(&a, before), build(&b, after))
            });
        }
        _ => {}
    }
    let known = !before.categories.is_empty() && !after.categories.is_empty();
    let categories = |record: &PipRecord| Side {
        categories: Some(record.categories.join(", ")),
        ..side(record)
    };
    (known && before.categories != after.categories)
        .then(|| (Kind::Category, categories(before), categories(after)))
}

fn conda_change(before: &Record, after: &Record) -> Option<(Kind, Side, Side)> {
    let side = |record: &Record| Side { version: record.version.clone(), ..Side::default() };
    // From other sources, or no longer from a channel: whatever the version, that is another package.
    if before.built_from != after.built_from {
        let place = |record: &Record| Side {
            channel: record.built_from.clone().or_else(|| record.channel.clone()),
            ..side(record)
        };
        return Some((Kind::Channel, place(before), place(after)));
    }
    if before.version != after.version {
        return Some((version_kind(&before.version, &after.version), side(before), side(after)));
    }
    // Formats that do not keep a field say nothing about it.
    let differ = |a: &str, b: &str| !a.is_empty() && !b.is_empty() && a != b;
    if differ(&before.build, &after.build) || differ(&before.subdir, &after.subdir) {
        let build = |record: &Record| Side { build: Some(record.build.clone()), ..side(record) };
        return Some((Kind::Build, build(before), build(after)));
    }
    if let (Some(a), Some(b)) = (&before.channel, &after.channel)
        && channel_name(a) != channel_name(b)
    {
        let channel = |record: &Record| Side { channel: record.channel.clone(), ..side(record) };
        return Some((Kind::Channel, channel(before), channel(after)));
    }
    if !before.is_same_as(after) {
        return Some((Kind::Digest, side(before), side(after)));
    }
    let known = !before.categories.is_empty() && !after.categories.is_empty();
    let categories =
        |record: &Record| Side { categories: Some(record.categories.join(", ")), ..side(record) };
    (known && before.categories != after.categories)
        .then(|| (Kind::Category, categories(before), categories(after)))
}

/// The channel without its host: a mirror serves the same one.
fn channel_name(channel: &str) -> &str {
    let channel = channel.trim_end_matches('/');
    channel.rsplit('/').next().unwrap_or(channel)
}

/// How far apart two different spellings of a version are.
fn version_kind(before: &str, after: &str) -> Kind {
    let (Ok(old), Ok(new)) = (before.parse::<Version>(), after.parse::<Version>()) else {
        return Kind::Major;
    };
    if new < old {
        return Kind::Downgraded;
    }
    match Step::between(before, after) {
        Step::Major => Kind::Major,
        Step::Minor => Kind::Minor,
        Step::Patch => Kind::Patch,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn record(file: &str) -> Arc<Record> {
        let url = format!("https://conda.anaconda.org/conda-forge/linux-64/{file}");
        Arc::new(Record::from_url(&url).unwrap())
    }

    #[test]
    fn newer_versions_are_told_from_older_ones() {
        for (before, after, kind) in [
            ("1.2.3", "2.0", Kind::Major),
            ("1.2.3", "1.10", Kind::Minor),
            ("1.2.3", "1.2.10", Kind::Patch),
            ("2.0", "1.9", Kind::Downgraded),
            ("1!1.0", "2.0", Kind::Downgraded),
            ("9e", "10a", Kind::Major),
        ] {
            assert_eq!(version_kind(before, after), kind, "{before} {after}");
        }
    }

    #[test]
    fn what_changed_is_told_apart() {
        let kind = |a: &Arc<Record>, b: &Arc<Record>| {
            change(Package::Conda(a), Package::Conda(b)).map(|(kind, ..)| kind)
        };
        let old = record("a-1.0-h1234567_0.conda");
        assert_eq!(kind(&old, &old), None);
        assert_eq!(kind(&old, &record("a-1.0-h1234567_1.conda")), Some(Kind::Build));
        assert_eq!(kind(&old, &record("a-1.1-h1234567_0.conda")), Some(Kind::Minor));
        let changed = |change: &dyn Fn(&mut Record)| {
            let mut other = old.clone();
            change(Arc::make_mut(&mut other));
            other
        };
        let from = |url: &str| changed(&|record| record.channel = Some(url.into()));
        let bioconda = from("https://conda.anaconda.org/bioconda");
        assert_eq!(kind(&old, &bioconda), Some(Kind::Channel));
        let mirror = from("https://mirror.example.com/conda-forge/");
        assert_eq!(kind(&old, &mirror), None, "a mirror");
        let digest = |text: &str| changed(&|record| record.sha256 = Some(text.into()));
        assert_eq!(kind(&digest("aa"), &digest("bb")), Some(Kind::Digest));
        assert_eq!(kind(&old, &digest("bb")), None, "one format keeps no digest");
        let md5 = |text: &str| changed(&|record| record.md5 = Some(text.into()));
        assert_eq!(kind(&md5("aa"), &md5("bb")), Some(Kind::Digest));
        assert_eq!(kind(&md5("aa"), &md5("aa")), None);
        assert_eq!(kind(&md5("aa"), &digest("bb")), None, "no digest that both have");
        let category = |text: &str| changed(&|record| record.categories = vec![text.into()]);
        assert_eq!(kind(&category("dev"), &category("main")), Some(Kind::Category));
        assert_eq!(kind(&old, &category("main")), None, "one format keeps no categories");
    }

    #[test]
    fn what_changed_of_a_pypi_package_is_told_apart() {
        let change = |a: &PipRecord, b: &PipRecord| change(Package::Pip(a), Package::Pip(b));
        let kind = |a: &PipRecord, b: &PipRecord| change(a, b).map(|(kind, ..)| kind);
        let at = |address: &str| PipRecord::from_address("six", address);
        let wheel = at("https://files.pythonhosted.org/a/six-1.16.0-py3-none-any.whl#sha256=aa");
        assert_eq!(kind(&wheel, &wheel), None);
        let other = at("https://files.pythonhosted.org/b/six-1.17.0-py3-none-any.whl#sha256=bb");
        assert_eq!(kind(&wheel, &other), Some(Kind::Minor));
        let replaced = PipRecord { sha256: Some("cc".into()), ..wheel.clone() };
        assert_eq!(kind(&wheel, &replaced), Some(Kind::Digest));
        let source = at("https://files.pythonhosted.org/a/six-1.16.0.tar.gz#sha256=dd");
        let (kind_of, _, after) = change(&wheel, &source).unwrap();
        assert_eq!((kind_of, after.build.as_deref()), (Kind::Build, Some("six-1.16.0.tar.gz")));
        let commit = |id: &str| at(&format!("git+https://host/six@{id}"));
        let (kind_of, before, _) = change(&commit("0123456789abcdef"), &commit("1")).unwrap();
        assert_eq!((kind_of, before.build.as_deref()), (Kind::Build, Some("0123456789ab")));
        assert_eq!(kind(&wheel, &commit("1")), Some(Kind::Channel));
        let moved =
            super::change(Package::Conda(&record("six-1.16.0-0.conda")), Package::Pip(&wheel));
        let (kind_of, before, after) = moved.unwrap();
        assert_eq!(
            (kind_of, before.manager, after.manager),
            (Kind::Moved, Manager::Conda, Manager::Pip)
        );
    }

    #[test]
    fn what_one_side_does_not_know_of_a_pypi_package_is_no_change() {
        let kind = |a: &PipRecord, b: &PipRecord| {
            change(Package::Pip(a), Package::Pip(b)).map(|(kind, ..)| kind)
        };
        let wheel = PipRecord::from_address("six", "https://h/six-1.0-py3-none-any.whl#sha256=aa");
        let versioned = |version: &str| PipRecord { version: version.into(), ..wheel.clone() };
        assert_eq!(kind(&versioned(""), &versioned("2.0")), None);
        assert_eq!(kind(&versioned("2.0"), &versioned("")), None);
        let from = |index: Option<&str>| PipRecord {
            source: PipSource::Archive {
                url: "https://h/six-1.0-py3-none-any.whl".into(),
                index: index.map(str::to_owned),
            },
            ..wheel.clone()
        };
        assert_eq!(kind(&from(Some("https://a")), &from(Some("https://b"))), Some(Kind::Channel));
        assert_eq!(kind(&from(Some("https://a")), &from(None)), None);
        let grouped = |categories: &[&str]| PipRecord {
            categories: categories.iter().map(|&one| one.to_owned()).collect(),
            ..wheel.clone()
        };
        assert_eq!(kind(&grouped(&["main"]), &grouped(&["dev"])), Some(Kind::Category));
        assert_eq!(kind(&grouped(&["main"]), &grouped(&["main"])), None);
        assert_eq!(kind(&grouped(&["main"]), &grouped(&[])), None);
        assert_eq!(kind(&grouped(&[]), &grouped(&["main"])), None);
        let commit = PipRecord::from_address("six", "git+https://h/six@0123");
        assert_eq!(kind(&commit, &commit), None);
        let written = |address: &str| PipRecord::from_address("six", address);
        let whole = written("git+https://h/six.git@0123456789abcdef0123456789abcdef01234567");
        let short = written("git+https://h/six@0123456789AB");
        assert_eq!(kind(&whole, &short), None, "one commit, written in two ways");
        let elsewhere = PipRecord::from_address("six", "git+https://h/other@0123");
        assert_eq!(kind(&commit, &elsewhere), Some(Kind::Channel));
    }
}
