//! What an unpacked package would put into a prefix, read from it before anything is.
//!
//! The paths are those that rattler's installer makes of the package: from `paths.json` or the older lists of files, moved
//! to where python looks for modules, and the commands of `link.json`.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use rattler::install::PythonInfo;
use rattler_conda_types::package::{
    FileMode, IndexJson, LinkJson, NoArchLinks, PackageFile, PathType, PathsEntry, PathsJson,
};

use crate::place::{Rules, Stray};
use crate::tree::{Behind, Kind, Tree};

/// What says of a package what is to be made of it.
const LISTS: [&str; 8] = [
    "info",
    "info/index.json",
    "info/paths.json",
    "info/link.json",
    "info/files",
    "info/has_prefix",
    "info/no_link",
    "info/no_softlink",
];

/// A package that is about to be linked.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// The package, as it is shown.
    pub(crate) label: String,
    /// Its name in the lock, as names are compared.
    pub(crate) name: String,
    /// The folder that it was unpacked to.
    pub(crate) folder: PathBuf,
    /// What it says of itself, where the cache has just read it.
    pub(crate) read: Option<(IndexJson, PathsJson)>,
}

/// What one package would make.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The package, as it is shown.
    pub(crate) label: String,
    /// Files that are linked or copied, by their place in the prefix.
    pub(crate) files: Vec<String>,
    /// Commands of python modules, which are written into what is there.
    pub(crate) commands: Vec<String>,
    /// Symbolic links, by their place, and where they lead as the package has it.
    pub(crate) links: Vec<(String, PathBuf)>,
    /// Links of the list that are left out. The folders that they would be in are made all the same.
    pub(crate) left_out: Vec<String>,
    /// Those of the files that the prefix is written into without changing their length.
    pub(crate) stamped: Vec<Stamped>,
}

impl Contents {
    /// What has contents.
    pub(crate) fn written(&self) -> impl Iterator<Item = &String> {
        self.files.iter().chain(&self.commands)
    }

    /// Everything.
    pub(crate) fn places(&self) -> impl Iterator<Item = &String> {
        let links = self.links.iter().map(|(place, _)| place);
        self.written().chain(links).chain(&self.left_out)
    }
}

/// A binary file that names the prefix.
#[derive(Debug)]
pub(crate) struct Stamped {
    /// Its path as the package has it.
    pub(crate) path: String,
    /// Where it is now.
    pub(crate) file: PathBuf,
    /// The text in it that makes room for the prefix.
    pub(crate) placeholder: String,
}

impl Unpacked {
    /// Reads it. `python` is that of the prefix to come.
    ///
    /// # Errors
    /// The first path that does not lie below the prefix. What cannot be read is told as a stray, too: nobody knows what
    /// it would do.
    pub(crate) fn contents(
        &self,
        python: Option<&PythonInfo>,
        rules: Rules,
    ) -> Result<Contents, Stray> {
        let stray = |path: &str, reason: String| Stray {
            package: self.label.clone(),
            path: path.to_owned(),
            reason,
        };
        let unreadable =
            |path: &'static str| move |error: io::Error| (path, format!("cannot be read: {error}"));
        let told = |(path, reason): (&str, String)| stray(path, reason);
        for file in LISTS {
            if self.folder.join(file).is_symlink() {
                return Err(stray(
                    file,
                    "is a link, so it is not the package that says it".to_owned(),
                ));
            }
        }
        let read;
        let (index, paths) = if let Some((index, paths)) = &self.read {
            (index, paths)
        } else {
            read = self
                .lists()
                .map_err(|(path, error)| stray(path, format!("cannot be read: {error}")))?;
            (&read.0, &read.1)
        };
        if index.name.as_normalized() != self.name {
            let reason = format!("says that the package is `{}`", index.name.as_normalized());
            return Err(stray("info/index.json", reason));
        }
        let tree = Tree::read(&self.folder).map_err(unreadable("info/paths.json")).map_err(told)?;
        let moved = python.filter(|_| index.noarch.is_python());
        let mut contents = Contents { label: self.label.clone(), ..Contents::default() };
        for entry in &paths.paths {
            let Some(path) = entry.relative_path.to_str() else {
                return Err(stray(
                    &entry.relative_path.to_string_lossy(),
                    "is not UTF-8".to_owned(),
                ));
            };
            let source = rules.place(path).map_err(|reason| stray(path, reason.to_owned()))?;
            let name = name_on_disk(path, &source);
            let mut behind = parents(&source).chain(parents(&name));
            if let Some(link) = behind.find(|parent| tree.links.contains_key(*parent)) {
                return Err(stray(path, format!("lies behind the link `{link}` of the package")));
            }
            if entry.prefix_placeholder.as_ref().is_some_and(|one| one.placeholder.is_empty()) {
                return Err(stray(path, "has an empty text for the prefix".to_owned()));
            }
            let place = match moved {
                None => source.clone(),
                Some(python) => {
                    let place = python.get_python_noarch_target_path(&entry.relative_path);
                    let place = rules.place(&place.to_string_lossy());
                    place.map_err(|reason| stray(path, reason.to_owned()))?
                }
            };
            self.add(&mut contents, &tree, entry, &name, place)
                .map_err(|reason| stray(path, reason.to_owned()))?;
        }
        if rules.windows {
            // There the prefix is written into texts alone.
            contents.stamped.clear();
        }
        // With its folder gets into the prefix what no list names.
        if rules.clones() && moved.is_none() {
            let listed: HashSet<String> =
                contents.links.iter().map(|(place, _)| place.clone()).collect();
            for (name, aim) in &tree.links {
                if !name.starts_with("info/") && !listed.contains(name) {
                    let place = rules.place(name).map_err(|why| stray(name, why.to_owned()))?;
                    contents.links.push((place, aim.clone()));
                }
            }
        }
        if let Some(python) = moved {
            for command in self.commands().map_err(unreadable("info/link.json")).map_err(told)? {
                let name = python.bin_dir.join(&command);
                let place = rules
                    .place(&name.to_string_lossy())
                    .map_err(|reason| stray(&command, reason.to_owned()))?;
                if command.contains(['/', '\\']) {
                    return Err(stray(&command, "is no name of a command".to_owned()));
                }
                if python.platform.is_windows() {
                    contents.commands.push(format!("{place}-script.py"));
                    contents.commands.push(format!("{place}.exe"));
                } else {
                    contents.commands.push(place);
                }
            }
        }
        Ok(contents)
    }

    /// Adds what is made of one entry of the list: what it says it is may not be what it is, and rattler goes now by the
    /// one and now by the other.
    fn add(
        &self,
        contents: &mut Contents,
        tree: &Tree,
        entry: &PathsEntry,
        name: &str,
        place: String,
    ) -> Result<(), &'static str> {
        let is_link = entry.path_type == PathType::SoftLink;
        // A file is made of what is read there.
        let is_copied = entry.prefix_placeholder.is_some() || entry.no_link;
        match tree.kind(name) {
            // It is left out with a warning. Archives are unpacked without links where there are none.
            None if is_link && entry.prefix_placeholder.is_none() => {
                contents.left_out.push(place);
                return Ok(());
            }
            None => return Err("is not in the archive"),
            Some(Kind::Folder) => return Err("is a folder, which nothing can make of a list"),
            Some(Kind::File) if is_link && !is_copied => {
                return Err("is listed as a link and is a file");
            }
            Some(Kind::File) => {}
            Some(Kind::Link(_)) if name.contains('\\') => {
                return Err("is a link with a backslash in its name, which parts a path elsewhere");
            }
            Some(Kind::Link(aim)) => {
                if is_copied || !is_link {
                    match tree.behind(name) {
                        Behind::File => {}
                        Behind::Nothing if is_link && entry.prefix_placeholder.is_none() => {
                            contents.left_out.push(place);
                            return Ok(());
                        }
                        Behind::Nothing => {
                            return Err("is listed as a file and is a link to nothing");
                        }
                        Behind::Other => {
                            return Err(
                                "is listed as a file and is a link to what is no file of the package",
                            );
                        }
                    }
                }
                let stays_link = !is_copied && entry.path_type != PathType::Directory;
                if stays_link {
                    contents.links.push((place.clone(), aim));
                }
                if stays_link && is_link {
                    return Ok(());
                }
            }
        }
        if let Some(one) = &entry.prefix_placeholder
            && one.file_mode == FileMode::Binary
        {
            contents.stamped.push(Stamped {
                path: name.to_owned(),
                file: self.folder.join(name),
                placeholder: one.placeholder.clone(),
            });
        }
        contents.files.push(place);
        Ok(())
    }

    fn lists(&self) -> Result<(IndexJson, PathsJson), (&'static str, io::Error)> {
        let index = IndexJson::from_package_directory(&self.folder)
            .map_err(|error| ("info/index.json", error))?;
        let paths = PathsJson::from_package_directory_with_deprecated_fallback(&self.folder)
            .map_err(|error| ("info/paths.json", error))?;
        Ok((index, paths))
    }

    fn commands(&self) -> io::Result<Vec<String>> {
        match LinkJson::from_package_directory(&self.folder).map(|link| link.noarch) {
            Ok(NoArchLinks::Python(python)) => {
                Ok(python.entry_points.into_iter().map(|one| one.command).collect())
            }
            // rattler takes this for impossible.
            Ok(NoArchLinks::Generic) => {
                Err(io::Error::other("it is for a generic package, and this is one of python"))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// `a` and `a/b` of `a/b/c`.
pub(crate) fn parents(place: &str) -> impl Iterator<Item = &str> {
    place.match_indices('/').map(|(at, _)| &place[..at])
}

/// The name by which the package has a file. Where a backslash parts no path, a name may have one.
fn name_on_disk(path: &str, place: &str) -> String {
    if cfg!(windows) {
        return place.to_owned();
    }
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}
