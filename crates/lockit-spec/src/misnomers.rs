//! Names that people write for a conda package, and that no public channel has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::NameMap;
use crate::channel_names::without_platform;

static MISNOMERS: LazyLock<BTreeMap<&'static str, Option<&'static str>>> = LazyLock::new(|| {
    include_str!("misnomers.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut names = line.split_whitespace();
            Some((names.next()?, names.next()))
        })
        .collect()
});

/// Channels that have no package of such a name.
const PUBLIC: &[&str] = &[
    "anaconda",
    "bioconda",
    "conda-forge",
    "defaults",
    "main",
    "pkgs/main",
    "pkgs/r",
    "pytorch",
    "r",
];

/// What conda calls the package that somebody means by `name`, best first: one that is called so on PyPI, or whose module
/// is. Empty where nothing is known. Whether a channel has one of them is not known here.
///
/// ```
/// use lockit_spec::{NameMap, conda_names};
///
/// assert_eq!(conda_names("torch", &NameMap::default())[0], "pytorch");
/// assert_eq!(conda_names("sklearn", &NameMap::default()), ["scikit-learn"]);
/// assert!(conda_names("numpy", &NameMap::default()).is_empty());
/// ```
pub fn conda_names(name: &str, names: &NameMap) -> Vec<String> {
    let meant = MISNOMERS.get(name).copied().flatten().map(str::to_owned);
    let mut found = names.conda_names(name);
    found.extend(meant);
    found.retain(|conda| conda != name);
    found
}

/// What conda calls the package that is meant, where no public channel has one called `name` and all the `channels` are public.
pub fn misnomer<'a>(
    name: &str,
    channels: impl IntoIterator<Item = &'a str>,
    names: &NameMap,
) -> Option<String> {
    let is_public = |channel: &str| {
        let channel = without_platform(channel).unwrap_or(channel).trim_end_matches('/');
        let channel = channel.strip_prefix("https://conda.anaconda.org/").unwrap_or(channel);
        PUBLIC.contains(&channel)
    };
    if !MISNOMERS.contains_key(name) || !channels.into_iter().all(is_public) {
        return None;
    }
    conda_names(name, names).into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_name_leads_to_another() {
        let lines = include_str!("misnomers.txt").lines().filter(|line| !line.starts_with('#'));
        let lines: Vec<&str> = lines.collect();
        assert!(lines.is_sorted() && lines.len() == MISNOMERS.len());
        for name in MISNOMERS.keys() {
            let meant = conda_names(name, &NameMap::default());
            assert!(!meant.is_empty(), "{name}");
            assert!(meant.iter().all(|one| !MISNOMERS.contains_key(one.as_str())), "{meant:?}");
        }
    }

    #[test]
    fn a_private_channel_may_have_a_package_called_so() {
        let ask =
            |channels: &[&str]| misnomer("torch", channels.iter().copied(), &NameMap::default());
        let pytorch = || Some("pytorch".to_owned());
        assert_eq!(ask(&["conda-forge", "defaults"]), pytorch());
        assert_eq!(
            ask(&["https://conda.anaconda.org/conda-forge/", "pytorch/linux-64"]),
            pytorch()
        );
        assert_eq!(ask(&["conda-forge", "https://conda.example.org/team"]), None);
        assert_eq!(misnomer("graphviz", ["conda-forge"], &NameMap::default()), None);
    }
}
