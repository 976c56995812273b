//! The proof that an installation stays in its prefix, made before a file of the prefix is touched.
//!
//! Each path by itself is looked at in `place.rs`. Here they meet each other and what is there already: a link that one
//! package makes must not carry the files of another elsewhere, and neither must one that lies in the prefix.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rattler::install::PythonInfo;
use rattler_conda_types::utils::ensure_safe_path_component;
use rattler_conda_types::{PrefixRecord, RepoDataRecord};
use rayon::prelude::*;

use crate::ground::Ground;
use crate::place::{Rules, Stray};
use crate::room::{Cramped, has_room};
use crate::unpacked::{Contents, Unpacked, parents};

/// A file that several packages bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The file, as the prefix names it.
    pub file: PathBuf,
    /// The packages, by name and in order.
    pub packages: Vec<String>,
    /// The one whose file is there, where that is known.
    pub winner: Option<String>,
}

/// What is known once nothing leads out of the prefix.
#[derive(Debug, Default)]
pub(crate) struct Proven {
    /// Files that several packages bring. No fault of theirs: it is told, and rattler chooses.
    pub(crate) clashes: Vec<Clash>,
    /// Links and files that lie where a file is to be, and that what writes the file would write through: to where the link
    /// leads, or into the cache that shares the file.
    pub(crate) in_the_way: Vec<PathBuf>,
    /// Whether a command is written over a file that another package brings at the same time.
    pub(crate) writes_over: bool,
}

/// Why nothing is installed.
#[derive(Debug)]
pub(crate) enum Refusal {
    Stray(Stray),
    Cramped(Cramped),
}

impl From<Stray> for Refusal {
    fn from(stray: Stray) -> Self {
        Self::Stray(stray)
    }
}

impl From<Cramped> for Refusal {
    fn from(cramped: Cramped) -> Self {
        Self::Cramped(cramped)
    }
}

/// Everything that has a say.
pub(crate) struct Plan<'a> {
    pub(crate) prefix: &'a Path,
    pub(crate) rules: Rules,
    /// What is linked.
    pub(crate) unpacked: &'a [Unpacked],
    /// What the prefix holds. All of it can be removed or moved.
    pub(crate) there: &'a [PrefixRecord],
    /// The names of those that stay.
    pub(crate) stays: &'a BTreeSet<String>,
    /// The python that modules are moved to.
    pub(crate) python: Option<&'a PythonInfo>,
    /// Whether links become copies of what they lead to.
    pub(crate) copies: bool,
}

impl Plan<'_> {
    /// Looks at every path that will be made, changed or removed.
    ///
    /// # Errors
    /// The first that does not lie in the prefix or has no room there, in order of packages.
    pub(crate) fn prove(&self) -> Result<Proven, Refusal> {
        let read = self.unpacked.par_iter().map(|one| one.contents(self.python, self.rules));
        let contents =
            read.collect::<Vec<_>>().into_iter().collect::<Result<Vec<Contents>, _>>()?;
        let recorded = self.there.par_iter().map(|one| recorded(one, self.rules));
        let recorded = recorded.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, _>>()?;
        let leads_out = self.links_end(&contents, &recorded)?;
        self.nothing_behind_links(&contents, &leads_out)?;
        let mut ground = Ground::new(self.prefix, self.rules);
        for (package, files) in self.there.iter().zip(&recorded) {
            if !self.stays.contains(name(package)) {
                ground.carries(&label(&package.repodata_record), files)?;
            }
        }
        for one in &contents {
            ground.carries(&one.label, one.places())?;
        }
        contents.iter().try_for_each(|one| has_room(self.prefix, one))?;
        let owned: BTreeSet<&String> = recorded.iter().flatten().collect();
        let in_the_way =
            if ground.is_there() { self.in_the_way(&contents, &owned) } else { Vec::new() };
        let writes_over = self.commands_fit(&contents)?;
        let clashes = self.clashes(&contents, &recorded);
        Ok(Proven { clashes, in_the_way, writes_over })
    }

    /// No command is to be written where a folder is. Says whether one is written where a package has a file: rattler gives
    /// way for other files and not for these.
    fn commands_fit(&self, contents: &[Contents]) -> Result<bool, Stray> {
        if contents.iter().all(|one| one.commands.is_empty()) {
            return Ok(false);
        }
        let (mut files, mut folders) = (HashSet::new(), HashSet::new());
        for one in contents {
            for place in one.places() {
                let key = self.rules.key(place);
                folders.extend(parents(&key).map(str::to_owned));
            }
            let links = one.links.iter().map(|(place, _)| place);
            files.extend(one.files.iter().chain(links).map(|place| self.rules.key(place)));
        }
        let mut writes_over = false;
        for one in contents {
            for place in &one.commands {
                let key = self.rules.key(place);
                let stray = |reason: &str| Stray {
                    package: one.label.clone(),
                    path: place.clone(),
                    reason: reason.to_owned(),
                };
                let there = self.prefix.join(place).symlink_metadata();
                if folders.contains(&key) || there.is_ok_and(|about| about.is_dir()) {
                    return Err(stray("is a command, and there is a folder of that name"));
                }
                if parents(&key).any(|parent| files.contains(parent)) {
                    return Err(stray("is a command, and its folder is a file of a package"));
                }
                writes_over |= files.contains(&key);
            }
        }
        Ok(writes_over)
    }

    /// No package puts anything behind a link of a package, or in the place of one that leads out.
    fn nothing_behind_links(
        &self,
        contents: &[Contents],
        leads_out: &[Vec<bool>],
    ) -> Result<(), Stray> {
        // Who makes it, where, and whether it leads out.
        let mut links: BTreeMap<String, (&str, &str, bool)> = BTreeMap::new();
        for (one, out) in contents.iter().zip(leads_out) {
            for ((place, _), out) in one.links.iter().zip(out) {
                let entry = links.entry(self.rules.key(place)).or_insert((&one.label, place, *out));
                entry.2 |= out;
            }
        }
        if links.is_empty() {
            return Ok(());
        }
        for one in contents {
            let mut looked_at = BTreeSet::new();
            let written = one.written().map(|place| (place, true));
            for (place, is_file) in written.chain(one.places().map(|place| (place, false))) {
                let key = self.rules.key(place);
                let stray = |reason: String| Stray {
                    package: one.label.clone(),
                    path: place.clone(),
                    reason,
                };
                if is_file && let Some((owner, _, true)) = links.get(&key) {
                    let reason = format!("is a link out of the environment in `{owner}`");
                    return Err(stray(reason));
                }
                for parent in parents(&key) {
                    if !looked_at.insert(parent.to_owned()) {
                        continue;
                    }
                    if let Some((owner, link, _)) = links.get(parent) {
                        return Err(stray(format!("lies behind the link `{link}` of `{owner}`")));
                    }
                }
            }
        }
        Ok(())
    }

    /// Files of nobody are written over anyway, and commands over whosever files.
    fn in_the_way(&self, contents: &[Contents], owned: &BTreeSet<&String>) -> Vec<PathBuf> {
        let files = contents.iter().flat_map(Contents::written);
        let files = files.filter(|place| !owned.contains(place));
        let commands = contents.iter().flat_map(|one| &one.commands);
        let places: BTreeSet<&String> = files.chain(commands).collect();
        let paths = places.into_iter().map(|place| self.prefix.join(place));
        paths.filter(|path| path.symlink_metadata().is_ok_and(|about| !about.is_dir())).collect()
    }

    fn clashes(&self, contents: &[Contents], recorded: &[Vec<String>]) -> Vec<Clash> {
        let mut first: HashMap<String, (&str, &str)> = HashMap::new();
        for (package, files) in self.there.iter().zip(recorded) {
            if self.stays.contains(name(package)) {
                let own = files.iter().map(|file| (self.rules.key(file), (&**file, name(package))));
                first.extend(own);
            }
        }
        let mut clashes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (one, unpacked) in contents.iter().zip(self.unpacked) {
            let places = one.written().chain(one.links.iter().map(|(place, _)| place));
            for place in places {
                let mine = (&**place, &*unpacked.name);
                match first.entry(self.rules.key(place)) {
                    std::collections::hash_map::Entry::Vacant(free) => {
                        free.insert(mine);
                    }
                    std::collections::hash_map::Entry::Occupied(taken) => {
                        let (file, other) = *taken.get();
                        if other != unpacked.name || file != place {
                            clashes.entry(file).or_default().extend([other, &unpacked.name]);
                        }
                    }
                }
            }
        }
        let told = clashes.into_iter().map(|(file, packages)| Clash {
            file: PathBuf::from(file),
            packages: packages.into_iter().map(str::to_owned).collect(),
            winner: None,
        });
        told.collect()
    }
}

/// The paths of an installed package: by these it is removed, and files of it are moved.
fn recorded(record: &PrefixRecord, rules: Rules) -> Result<Vec<String>, Stray> {
    let package = label(&record.repodata_record);
    let stray = |path: &str, reason: &str| Stray {
        package: package.clone(),
        path: path.to_owned(),
        reason: format!("{reason}, as `conda-meta` has it"),
    };
    let place = |path: &Path| {
        let text = path.to_string_lossy();
        rules.recorded(&text).map_err(|reason| stray(&text, reason))
    };
    let file = record.file_name();
    ensure_safe_path_component(&file).map_err(|_| stray(&file, "is no name of a record"))?;
    if let Some(told) = &record.repodata_record.package_record.python_site_packages_path {
        rules.place(told).map_err(|reason| stray(told, reason))?;
    }
    for path in &record.files {
        place(path)?;
    }
    let mut places = Vec::with_capacity(record.paths_data.paths.len());
    for entry in &record.paths_data.paths {
        if let Some(path) = &entry.original_path {
            place(path)?;
        }
        places.push(place(&entry.relative_path)?);
    }
    Ok(places)
}

/// The name of an installed package, as names are compared.
pub(crate) fn name(record: &PrefixRecord) -> &str {
    record.repodata_record.package_record.name.as_normalized()
}

/// `app 1.0 0`
pub(crate) fn label(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!("{} {} {}", package.name.as_normalized(), package.version, package.build)
        .trim_end()
        .to_owned()
}
