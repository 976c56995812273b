//! The proof that an installation stays in its prefix, made before a file of the prefix is touched.
//!
//! Each path by itself is looked at in `place.rs`. Here they meet each other and what is there already: a link that one
//! package makes must not carry the files of another elsewhere, and neither must one that lies in the prefix.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rattler::install::PythonInfo;
use rattler_conda_types::utils::ensure_safe_path_component;
use rattler_conda_types::{PrefixRecord, RepoDataRecord};
use rayon::prelude::*;

use crate::place::{Rules, Stray};
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
    /// Links out of the prefix that lie where a file is to be, and that what writes the file would follow.
    pub(crate) in_the_way: Vec<PathBuf>,
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
    /// The first that does not lie in the prefix, in order of packages.
    pub(crate) fn prove(&self) -> Result<Proven, Stray> {
        let read = self.unpacked.par_iter().map(|one| one.contents(self.python, self.rules));
        let contents =
            read.collect::<Vec<_>>().into_iter().collect::<Result<Vec<Contents>, _>>()?;
        let recorded = self.there.par_iter().map(|one| recorded(one, self.rules));
        let recorded = recorded.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, _>>()?;
        self.links_stay(&contents)?;
        let mut ground = Ground::new(self.prefix, self.rules);
        for (package, files) in self.there.iter().zip(&recorded) {
            if !self.stays.contains(name(package)) {
                ground.carries(&label(&package.repodata_record), files)?;
            }
        }
        for one in &contents {
            ground.carries(&one.label, &one.files)?;
            ground.carries_places(&one.label, one.links.iter().map(|(place, _)| place))?;
        }
        let owned: BTreeSet<&String> = recorded.iter().flatten().collect();
        let in_the_way =
            if ground.is_there() { self.in_the_way(&contents, &owned) } else { Vec::new() };
        Ok(Proven { clashes: self.clashes(&contents, &recorded), in_the_way })
    }

    /// No package puts anything behind a link of a package, or in the place of one that leads out.
    fn links_stay(&self, contents: &[Contents]) -> Result<(), Stray> {
        // Who makes it, where, and whether it leads out.
        let mut links: BTreeMap<String, (&str, &str, bool)> = BTreeMap::new();
        for one in contents {
            for (place, aim) in &one.links {
                let out = leads_out(place, aim);
                if out {
                    self.may_lead_out(&one.label, place, aim)?;
                }
                let entry = links.entry(self.rules.key(place)).or_insert((&one.label, place, out));
                entry.2 |= out;
            }
        }
        if links.is_empty() {
            return Ok(());
        }
        for one in contents {
            let mut looked_at = BTreeSet::new();
            let of_links = one.links.iter().map(|(place, _)| (place, false));
            for (place, is_file) in one.files.iter().map(|place| (place, true)).chain(of_links) {
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

    /// Packages of drivers have links to files of the machine. A link to a folder is another thing: what is written into
    /// it later, by whomever, is written there. And a link that is copied brings what it leads to.
    fn may_lead_out(&self, label: &str, place: &str, aim: &Path) -> Result<(), Stray> {
        let stray =
            |reason: String| Stray { package: label.to_owned(), path: place.to_owned(), reason };
        let shown = aim.display();
        let from = self.prefix.join(place);
        let aim = from.parent().unwrap_or(self.prefix).join(aim);
        if aim.is_dir() {
            return Err(stray(format!(
                "is a link to the folder `{shown}`, out of the environment"
            )));
        }
        if self.copies && aim.exists() {
            return Err(stray(format!(
                "is a link to `{shown}`, out of the environment, whose contents `--copy` would bring in"
            )));
        }
        Ok(())
    }

    fn in_the_way(&self, contents: &[Contents], owned: &BTreeSet<&String>) -> Vec<PathBuf> {
        let files = contents.iter().flat_map(|one| &one.files);
        files
            .filter(|place| !owned.contains(place))
            .map(|place| self.prefix.join(place))
            .filter(|path| path.is_symlink())
            .collect()
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
            let places = one.files.iter().chain(one.links.iter().map(|(place, _)| place));
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

fn name(record: &PrefixRecord) -> &str {
    record.repodata_record.package_record.name.as_normalized()
}

/// `app 1.0 0`
pub(crate) fn label(record: &RepoDataRecord) -> String {
    let package = &record.package_record;
    format!("{} {} {}", package.name.as_normalized(), package.version, package.build)
        .trim_end()
        .to_owned()
}

/// Whether a link at this place leads out of the prefix, by its letters.
fn leads_out(place: &str, aim: &Path) -> bool {
    let mut depth = parents(place).count();
    let text = aim.to_string_lossy();
    if aim.has_root() || aim.is_absolute() || text.starts_with(['/', '\\']) {
        return true;
    }
    for part in text.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// The folders of the prefix as it is.
pub(crate) struct Ground {
    prefix: PathBuf,
    /// The prefix without links on the way to it. `None`: it is not there.
    real: Option<PathBuf>,
    rules: Rules,
    /// Folders that were looked at: whether they are there.
    known: HashMap<String, bool>,
}

impl Ground {
    pub(crate) fn new(prefix: &Path, rules: Rules) -> Self {
        let real = fs_err::canonicalize(prefix).ok();
        Self { prefix: prefix.to_path_buf(), real, rules, known: HashMap::new() }
    }

    fn is_there(&self) -> bool {
        self.real.is_some()
    }

    /// The folders that these lie in are not elsewhere by way of a link.
    ///
    /// # Errors
    /// The first that is.
    pub(crate) fn carries(&mut self, package: &str, places: &[String]) -> Result<(), Stray> {
        self.carries_places(package, places.iter())
    }

    fn carries_places<'a>(
        &mut self,
        package: &str,
        places: impl Iterator<Item = &'a String>,
    ) -> Result<(), Stray> {
        let Some(real) = self.real.clone() else { return Ok(()) };
        let mut last = "";
        for place in places {
            let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folder == last {
                continue;
            }
            last = folder;
            for parent in parents(place) {
                let is_there = match self.known.get(parent) {
                    Some(known) => *known,
                    None => self.look(&real, parent).map_err(|aim| Stray {
                        package: package.to_owned(),
                        path: place.clone(),
                        reason: format!(
                            "lies behind `{parent}`, a link in the environment to `{}`",
                            aim.display()
                        ),
                    })?,
                };
                if !is_there {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether a folder is there. The error is where it leads, if that is no place for files of packages.
    fn look(&mut self, real: &Path, folder: &str) -> Result<bool, PathBuf> {
        let path = self.prefix.join(folder);
        let there = match path.symlink_metadata() {
            Err(_) => false,
            Ok(about) if !about.is_symlink() => true,
            Ok(_) => {
                let aim = fs_err::read_link(&path).unwrap_or_else(|_| path.clone());
                let end = fs_err::canonicalize(&path).map_err(|_| aim.clone())?;
                let inside = end.strip_prefix(real).map_err(|_| aim.clone())?;
                let inside = inside.to_string_lossy();
                // A link to the top would be a second name for all that is reserved.
                if self.rules.place(&inside).is_err() {
                    return Err(aim);
                }
                true
            }
        };
        self.known.insert(folder.to_owned(), there);
        Ok(there)
    }

    /// The folders of the installer are in the prefix.
    ///
    /// # Errors
    /// One that is a link out of it, and where that leads.
    pub(crate) fn is_sound(&self) -> Result<(), (PathBuf, PathBuf)> {
        let Some(real) = &self.real else { return Ok(()) };
        for folder in ["conda-meta", "__clobbers__", ".trash"] {
            let path = self.prefix.join(folder);
            if path.is_symlink()
                && !fs_err::canonicalize(&path).is_ok_and(|end| end.starts_with(real))
            {
                let aim = fs_err::read_link(&path).unwrap_or_default();
                return Err((path, aim));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_out_by_their_letters() {
        for (place, aim, out) in [
            ("lib/libx.so", "libx.so.1", false),
            ("lib/python/x", "../../bin/x", false),
            ("lib/python/x", "../../../x", true),
            ("x", "..", true),
            ("a/x", "./..", false),
            ("a/x", "/etc/passwd", true),
            ("a/x", "b/../../..", true),
        ] {
            assert_eq!(leads_out(place, Path::new(aim)), out, "{place} -> {aim}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_prefix_carry_files_only_inside() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("env");
        fs_err::create_dir_all(prefix.join("lib")).unwrap();
        fs_err::create_dir_all(prefix.join("conda-meta")).unwrap();
        let link =
            |aim: &str, at: &str| fs_err::os::unix::fs::symlink(aim, prefix.join(at)).unwrap();
        link("lib", "lib64");
        link("..", "out");
        link("conda-meta", "meta");
        link("not-there", "gone");
        link(".", "self");
        let carries = |place: &str| {
            let mut ground = Ground::new(&prefix, Rules::new(rattler_conda_types::Subdir::Linux64));
            ground.carries("app", &[place.to_owned()]).is_ok()
        };
        for (place, is_right) in [
            ("lib/x", true),
            ("lib64/x", true),
            ("new/folder/x", true),
            ("out/x", false),
            ("meta/x.json", false),
            ("gone/x", false),
            ("self/conda-meta/x", false),
        ] {
            assert_eq!(carries(place), is_right, "{place}");
        }
    }
}
