//! The proof that an installation stays in its prefix, made before a file of the prefix is touched.
//!
//! Each path by itself is looked at in `place.rs`. Here they meet each other and what is there already: a link that one
//! package makes must not carry the files of another elsewhere, and neither must one that lies in the prefix.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use rattler::install::PythonInfo;
use rattler_conda_types::prefix_record::PathType;
use rattler_conda_types::utils::ensure_safe_path_component;
use rattler_conda_types::{PrefixRecord, RepoDataRecord};
use rayon::prelude::*;

use crate::links::{End, Endless, Links};
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
            ground.carries(&one.label, &one.files)?;
            ground.carries_places(&one.label, one.links.iter().map(|(place, _)| place))?;
        }
        contents.iter().try_for_each(|one| has_room(self.prefix, one))?;
        let owned: BTreeSet<&String> = recorded.iter().flatten().collect();
        let in_the_way =
            if ground.is_there() { self.in_the_way(&contents, &owned) } else { Vec::new() };
        let clashes = self.clashes(&contents, &recorded);
        let commands: BTreeSet<&Path> =
            contents.iter().flat_map(|one| &one.commands).map(Path::new).collect();
        let writes_over = clashes.iter().any(|clash| commands.contains(&*clash.file));
        Ok(Proven { clashes, in_the_way, writes_over })
    }

    /// Follows every link that packages bring, and those of packages that stay: what is new may lead them elsewhere. Says
    /// of each package which of its links lead out.
    fn links_end(
        &self,
        contents: &[Contents],
        recorded: &[Vec<String>],
    ) -> Result<Vec<Vec<bool>>, Stray> {
        let mut now = Links::new(self.prefix, self.rules);
        let mut then = Links::new(self.prefix, self.rules);
        for (package, files) in self.there.iter().zip(recorded) {
            if !self.stays.contains(name(package)) {
                files.iter().for_each(|place| then.remove(place));
            }
        }
        let mut found = Vec::with_capacity(contents.len());
        for one in contents {
            let mut own = Vec::with_capacity(one.links.len());
            for (place, aim) in &one.links {
                let stray = |_: Endless| endless(&one.label, place);
                let places = now.places(place).map_err(stray)?;
                places.iter().for_each(|at| then.make(at, aim));
                own.push(places);
            }
            found.push(own);
        }
        let mut staying = Vec::new();
        for (package, place, shown) in self.links_there() {
            // A record may list what is none, and one that is hidden may come to light.
            let Ok(aim) = fs_err::read_link(self.prefix.join(place)) else { continue };
            let Ok(places) = now.places(shown) else { continue };
            if place != shown {
                places.iter().for_each(|at| then.make(at, &aim));
            }
            staying.push((label(&package.repodata_record), shown, aim, places));
        }
        let mut leads_out = Vec::with_capacity(contents.len());
        for (one, own) in contents.iter().zip(found) {
            let mut out = Vec::with_capacity(own.len());
            for ((place, aim), places) in one.links.iter().zip(own) {
                out.push(self.ends_well(&mut then, &one.label, place, aim, &places)?);
            }
            leads_out.push(out);
        }
        for (label, place, aim, places) in staying {
            // One that leads out already is not the doing of this run.
            if let Err(stray) = self.ends_well(&mut then, &label, place, &aim, &places)
                && self.ends_well(&mut now, &label, place, &aim, &places).is_ok()
            {
                return Err(stray);
            }
        }
        self.modules_stay(&mut now, &mut then)?;
        Ok(leads_out)
    }

    /// The links of packages that stay: where they are, and where they are once nothing hides them.
    fn links_there(&self) -> impl Iterator<Item = (&PrefixRecord, &str, &str)> {
        let stays = self.there.iter().filter(|one| self.stays.contains(name(one)));
        stays.flat_map(|package| {
            let links = package.paths_data.paths.iter();
            let links = links.filter(|entry| entry.path_type == PathType::SoftLink);
            links.filter_map(move |entry| {
                let place = entry.relative_path.to_str()?;
                let shown = entry.original_path.as_ref().map_or(Some(place), |path| path.to_str())?;
                Some((package, place, shown))
            })
        })
    }

    /// Whether a link leads out of the prefix, to where it may.
    fn ends_well(
        &self,
        links: &mut Links,
        label: &str,
        place: &str,
        aim: &Path,
        places: &[PathBuf],
    ) -> Result<bool, Stray> {
        let stray =
            |reason: String| Stray { package: label.to_owned(), path: place.to_owned(), reason };
        let mut leads_out = false;
        for at in places {
            for end in links.ends(at, aim).map_err(|_| endless(label, place))? {
                match links.inside(&end.path) {
                    Some(inside) if inside.is_empty() => {}
                    Some(inside) => self
                        .rules
                        .place(&inside)
                        .map(drop)
                        .map_err(|why| stray(format!("is a link to `{inside}`, which {why}")))?,
                    None => {
                        leads_out = true;
                        self.may_lead_out(&end).map_err(stray)?;
                    }
                }
            }
        }
        Ok(leads_out)
    }

    /// Where modules and commands of python are to lie is a folder of the prefix, whatever links lead there: PyPI packages
    /// are put there, too.
    fn modules_stay(&self, now: &mut Links, then: &mut Links) -> Result<(), Stray> {
        let Some(python) = self.python else { return Ok(()) };
        for folder in [&python.site_packages_path, &python.bin_dir] {
            let folder = folder.to_string_lossy();
            let leads = |links: &mut Links| {
                let ends = links.start(&folder).unwrap_or_default();
                let is_right = |end: &End| {
                    links.inside(&end.path).is_some_and(|inside| self.rules.place(&inside).is_ok())
                };
                ends.iter().find(|end| !is_right(end)).map(|end| end.path.clone())
            };
            if let Some(end) = leads(then)
                && leads(now).is_none()
            {
                return Err(Stray {
                    package: "python".to_owned(),
                    path: folder.into_owned(),
                    reason: format!("would be `{}` by way of a link", end.display()),
                });
            }
        }
        Ok(())
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
    /// it later, by whomever, is written there. The same goes for one that climbs out to where something can be read or
    /// written: no package knows what is above a prefix. And what is copied is to be whole.
    fn may_lead_out(&self, end: &End) -> Result<(), String> {
        let (path, shown) = (&end.path, end.path.display());
        if path.is_dir() {
            return Err(format!("is a link to the folder `{shown}`, out of the environment"));
        }
        let is_there = path.symlink_metadata().is_ok();
        if end.climbed && (is_there || path.parent().is_some_and(Path::is_dir)) {
            return Err(format!("is a link to `{shown}`, out of the environment"));
        }
        if self.copies && is_there {
            return Err(format!(
                "is a link to `{shown}`, out of the environment, and `--copy` leaves none of those"
            ));
        }
        Ok(())
    }

    fn in_the_way(&self, contents: &[Contents], owned: &BTreeSet<&String>) -> Vec<PathBuf> {
        let files = contents.iter().flat_map(|one| &one.files);
        let links = files
            .filter(|place| !owned.contains(place))
            .map(|place| self.prefix.join(place))
            .filter(|path| path.is_symlink());
        // They are written over whatever is there, whosever it is.
        let commands = contents.iter().flat_map(|one| &one.commands);
        let written = commands
            .map(|place| self.prefix.join(place))
            .filter(|path| path.symlink_metadata().is_ok_and(|about| !about.is_dir()));
        let all: BTreeSet<PathBuf> = links.chain(written).collect();
        all.into_iter().collect()
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

fn endless(package: &str, place: &str) -> Stray {
    Stray {
        package: package.to_owned(),
        path: place.to_owned(),
        reason: "leads through more links than anything follows".to_owned(),
    }
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
