//! Where symbolic links lead in the prefix that is to be, found as a kernel finds it: part by part, and through every other
//! link on the way, whether a package brings it, one that stays has it, or it lies on the disk.
//!
//! A place may have several links, since packages may bring the same file. Then a link leads wherever one of them does.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

use crate::place::Rules;

/// How many links may be followed one within the other. Linux follows 40 in all.
const DEEPEST: usize = 40;

/// How many parts of paths are looked at before it is given up. Real environments come to some ten thousand.
const STEPS: usize = 1 << 22;

/// Where a link ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct End {
    /// Absolute, and not through a link. Nothing need be there.
    pub(crate) path: PathBuf,
    /// Whether it went out of the prefix by `..`. A package cannot know what is there.
    pub(crate) climbed: bool,
}

/// There are more links on the way than anything follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endless;

/// All links that have a say.
#[derive(Debug)]
pub(crate) struct Links {
    /// The prefix without links on the way to it.
    top: PathBuf,
    rules: Rules,
    /// Links that are to be made, by the key of their place.
    made: HashMap<String, Vec<PathBuf>>,
    /// Keys of places whose links on the disk are removed.
    gone: HashSet<String>,
    /// What was read from the disk: where the links lead, `None` for what is none.
    disk: HashMap<PathBuf, Option<PathBuf>>,
    /// Where links end that were followed before.
    known: HashMap<PathBuf, BTreeSet<End>>,
    /// Those that are being followed. One that comes to itself leads nowhere.
    active: Vec<PathBuf>,
    /// Whether one of the active links has come to itself: what is found then is not all.
    has_looped: bool,
    steps: usize,
}

impl Links {
    /// Those on the disk. The prefix need not be there.
    pub(crate) fn new(prefix: &Path, rules: Rules) -> Self {
        Self {
            top: real(prefix),
            rules,
            made: HashMap::new(),
            gone: HashSet::new(),
            disk: HashMap::new(),
            known: HashMap::new(),
            active: Vec::new(),
            has_looped: false,
            steps: 0,
        }
    }

    /// A link that is to be made at a path that [`Links::places`] gave.
    pub(crate) fn make(&mut self, at: &Path, aim: &Path) {
        if let Some(place) = self.inside(at) {
            self.made.entry(self.rules.key(&place)).or_default().push(aim.to_path_buf());
            self.known.clear();
        }
    }

    /// A place of the prefix whose file is removed.
    pub(crate) fn remove(&mut self, place: &str) {
        self.gone.insert(self.rules.key(place));
        self.known.clear();
    }

    /// Where a place of the prefix really is.
    ///
    /// # Errors
    /// See [`Endless`].
    pub(crate) fn places(&mut self, place: &str) -> Result<Vec<PathBuf>, Endless> {
        let (folder, name) = place.rsplit_once('/').unwrap_or(("", place));
        let folders = self.start(folder)?;
        Ok(folders.into_iter().map(|end| end.path.join(name)).collect())
    }

    /// Where a folder of the prefix is.
    ///
    /// # Errors
    /// See [`Endless`].
    pub(crate) fn start(&mut self, folder: &str) -> Result<BTreeSet<End>, Endless> {
        let top = End { path: self.top.clone(), climbed: false };
        self.anew();
        self.follow(top, Path::new(folder))
    }

    /// Where a link ends that is at this path. Nowhere, if it comes to itself.
    ///
    /// # Errors
    /// See [`Endless`].
    pub(crate) fn ends(&mut self, at: &Path, aim: &Path) -> Result<BTreeSet<End>, Endless> {
        let folder = at.parent().unwrap_or(at).to_path_buf();
        self.anew();
        let mut ends = BTreeSet::new();
        for aim in self.readings(aim) {
            let start = End { path: folder.clone(), climbed: false };
            ends.append(&mut self.follow(start, &aim)?);
        }
        Ok(ends)
    }

    /// The place in the prefix that a path is, empty for the prefix itself. `None` outside.
    pub(crate) fn inside(&self, path: &Path) -> Option<String> {
        let parts = path.strip_prefix(&self.top).ok()?.components();
        let parts = parts.map(|part| part.as_os_str().to_string_lossy().into_owned());
        Some(parts.collect::<Vec<_>>().join("/"))
    }

    fn anew(&mut self) {
        self.active.clear();
        self.has_looped = false;
    }

    /// A prefix for Windows may be moved to where a backslash parts a path.
    fn readings(&self, aim: &Path) -> Vec<PathBuf> {
        let text = aim.to_string_lossy();
        let mut readings = vec![aim.to_path_buf()];
        if self.rules.windows && text.contains('\\') {
            readings.push(PathBuf::from(text.replace('\\', "/")));
        }
        readings
    }

    fn follow(&mut self, start: End, aim: &Path) -> Result<BTreeSet<End>, Endless> {
        let mut here = BTreeSet::from([start]);
        for part in aim.components() {
            let mut next = BTreeSet::new();
            for at in here {
                self.steps += 1;
                if self.steps > STEPS {
                    return Err(Endless);
                }
                match part {
                    Component::CurDir => {
                        next.insert(at);
                    }
                    Component::ParentDir => {
                        next.insert(self.above(at));
                    }
                    Component::RootDir | Component::Prefix(_) => {
                        let path = at.path.join(part);
                        next.insert(End { path, climbed: false });
                    }
                    Component::Normal(name) => {
                        let path = at.path.join(name);
                        next.append(&mut self.enter(path, at.climbed)?);
                    }
                }
            }
            here = next;
        }
        Ok(here)
    }

    fn above(&self, at: End) -> End {
        let leaves = at.path == self.top;
        match at.path.parent() {
            Some(parent) => End {
                path: parent.to_path_buf(),
                climbed: leaves || self.is_out(at.climbed, parent),
            },
            None => at,
        }
    }

    /// Coming back into the prefix makes it good again.
    fn is_out(&self, climbed: bool, path: &Path) -> bool {
        climbed && !path.starts_with(&self.top)
    }

    fn enter(&mut self, path: PathBuf, climbed: bool) -> Result<BTreeSet<End>, Endless> {
        let climbed = self.is_out(climbed, &path);
        let aims = self.aims(&path);
        if aims.is_empty() {
            return Ok(BTreeSet::from([End { path, climbed }]));
        }
        let ends = self.through(&path, &aims)?;
        let marked = ends.into_iter().map(|end| {
            let climbed = end.climbed || self.is_out(climbed, &end.path);
            End { climbed, ..end }
        });
        Ok(marked.collect())
    }

    fn through(&mut self, link: &Path, aims: &[PathBuf]) -> Result<BTreeSet<End>, Endless> {
        if let Some(known) = self.known.get(link) {
            return Ok(known.clone());
        }
        if self.active.iter().any(|one| one == link) {
            self.has_looped = true;
            return Ok(BTreeSet::new());
        }
        if self.active.len() == DEEPEST {
            return Err(Endless);
        }
        self.active.push(link.to_path_buf());
        let folder = link.parent().unwrap_or(link);
        let mut ends = BTreeSet::new();
        for aim in aims {
            let start = End { path: folder.to_path_buf(), climbed: false };
            ends.append(&mut self.follow(start, aim)?);
        }
        self.active.pop();
        if self.active.is_empty() {
            self.has_looped = false;
        }
        if !self.has_looped {
            self.known.insert(link.to_path_buf(), ends.clone());
        }
        Ok(ends)
    }

    /// Where the links at a path lead. Empty: it is none.
    fn aims(&mut self, path: &Path) -> Vec<PathBuf> {
        let mut aims = Vec::new();
        let mut is_read = true;
        if let Some(place) = self.inside(path) {
            let key = self.rules.key(&place);
            for aim in self.made.get(&key).into_iter().flatten() {
                aims.extend(self.readings(aim));
            }
            is_read = !self.gone.contains(&key);
        }
        if is_read {
            let read = || fs_err::read_link(path).ok();
            aims.extend(self.disk.entry(path.to_path_buf()).or_insert_with(read).clone());
        }
        aims
    }
}

/// A path without links, as far as it is there.
fn real(path: &Path) -> PathBuf {
    for there in path.ancestors() {
        if let Ok(real) = fs_err::canonicalize(there) {
            return real.join(path.strip_prefix(there).unwrap_or_else(|_| Path::new("")));
        }
    }
    path.to_path_buf()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    /// A prefix with these links, some of them on the disk.
    fn links(folder: &Path, made: &[(&str, &str)], disk: &[(&str, &str)]) -> Links {
        let prefix = folder.join("env");
        for (at, aim) in disk {
            let path = prefix.join(at);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            symlink(aim, path).unwrap();
        }
        let mut links = Links::new(&prefix, Rules::new(rattler_conda_types::Subdir::Linux64));
        let places: Vec<_> = made
            .iter()
            .flat_map(|(at, aim)| links.places(at).unwrap().into_iter().map(move |at| (at, *aim)))
            .collect();
        for (at, aim) in places {
            links.make(&at, Path::new(aim));
        }
        links
    }

    /// Where a link ends, with the prefix as `env`.
    fn ends(made: &[(&str, &str)], disk: &[(&str, &str)], at: &str, aim: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mut links = links(folder.path(), made, disk);
        let start = links.places(at).unwrap().remove(0);
        let top = folder.path().canonicalize().unwrap();
        let Ok(ends) = links.ends(&start, Path::new(aim)) else { return "endless".to_owned() };
        let shown = ends.iter().map(|end| {
            let path = end.path.strip_prefix(&top).unwrap_or(&end.path).display();
            format!("{path}{}", if end.climbed { " climbed" } else { "" })
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn links_end_where_a_kernel_finds_them() {
        let chain = [("a/b/c/s", "../../..")];
        let below = [("p", "deep/er")];
        for (made, at, aim, end) in [
            (&[][..], "lib/libx.so", "libx.so.1", "env/lib/libx.so.1"),
            (&[], "lib/python/x", "../../bin/x", "env/bin/x"),
            (&[], "lib/python/x", "../../../x", "x climbed"),
            (&[], "x", "..", " climbed"),
            (&[], "x", "../env/lib", "env/lib"),
            (&[], "x", "/etc/no-such-file", "/etc/no-such-file"),
            // By its letters it stays inside.
            (&chain, "out", "a/b/c/s/../victim", "victim climbed"),
            (&chain, "in", "a/b/c/s/lib", "env/lib"),
            // And here it leaves by its letters, and the kernel finds it inside.
            (&below, "q", "p/../../lib", "env/lib"),
            (&[("lib64", "lib")], "x", "lib64/libx.so", "env/lib/libx.so"),
            (&[("a", "b"), ("b", "c"), ("c", "a")], "x", "a/../..", ""),
            (&[("a", "b"), ("b", "a"), ("b", "../out")], "x", "a", "out climbed"),
            (&[("a", "/usr/no-such-folder")], "x", "a/y", "/usr/no-such-folder/y"),
            (&[("self", ".")], "x", "self/../y", "y climbed"),
        ] {
            assert_eq!(ends(made, &[], at, aim), end, "{at} -> {aim}");
            // The same with the others on the disk, which has one link at a place.
            let places: BTreeSet<&str> = made.iter().map(|(at, _)| *at).collect();
            if places.len() == made.len() {
                assert_eq!(ends(&[], made, at, aim), end, "{at} -> {aim} on the disk");
            }
        }
    }

    #[test]
    fn a_link_behind_one_of_the_disk_is_where_that_leads() {
        let disk = [("p/q/r", "../../lib")];
        assert_eq!(ends(&[("p/q/r/s", "..")], &disk, "x", "lib/s/../y"), "y climbed");
        assert_eq!(ends(&[], &disk, "p/q/r/x", "../../y"), "y climbed");
    }

    #[test]
    fn no_chain_is_followed_for_ever() {
        let made: Vec<(String, String)> =
            (0..100).map(|n| (format!("l{n}"), format!("l{}", n + 1))).collect();
        let made: Vec<(&str, &str)> = made.iter().map(|(at, aim)| (&**at, &**aim)).collect();
        assert_eq!(ends(&made, &[], "x", "l0"), "endless");
        assert_eq!(ends(&made, &[], "x", "l90"), "env/l100");
        // Each of two ways has two ways.
        let made: Vec<(String, String)> = (0..30)
            .flat_map(|n| ["a", "b"].map(|to| (format!("l{n}"), format!("{to}/../l{}", n + 1))))
            .collect();
        let made: Vec<(&str, &str)> = made.iter().map(|(at, aim)| (&**at, &**aim)).collect();
        assert_eq!(ends(&made, &[], "x", "l0"), "env/l30");
    }
}
