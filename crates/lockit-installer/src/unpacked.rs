//! What an unpacked package would put into a prefix, read from it before anything is.
//!
//! The paths are those that rattler's installer makes of the package: from `paths.json` or the older lists of files, moved
//! to where python looks for modules, and the commands of `link.json`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rattler::install::PythonInfo;
use rattler_conda_types::package::{
    IndexJson, LinkJson, NoArchLinks, PackageFile, PathType, PathsJson,
};

use crate::place::{Rules, Stray};

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
    /// Files, by their place in the prefix.
    pub(crate) files: Vec<String>,
    /// Symbolic links, by their place, and where they lead as the package has it.
    pub(crate) links: Vec<(String, PathBuf)>,
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
        for file in ["info", "info/index.json", "info/paths.json", "info/link.json", "info/files"] {
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
        let inside = links_in(&self.folder).map_err(unreadable("info/paths.json")).map_err(told)?;
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
            if let Some(link) = parents(&source).find(|parent| inside.contains_key(*parent)) {
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
            match inside.get(&source) {
                Some(aim) => contents.links.push((place, aim.clone())),
                None if entry.path_type == PathType::Directory => {}
                None => contents.files.push(place),
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
                    contents.files.push(format!("{place}-script.py"));
                    contents.files.push(format!("{place}.exe"));
                } else {
                    contents.files.push(place);
                }
            }
        }
        Ok(contents)
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

/// The symbolic links below a folder, and where they lead.
fn links_in(top: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut links = BTreeMap::new();
    let mut folders = vec![(top.to_path_buf(), String::new())];
    while let Some((folder, name)) = folders.pop() {
        for entry in fs_err::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if !kind.is_dir() && !kind.is_symlink() {
                continue;
            }
            let file = entry.file_name();
            let name = format!("{name}{}", file.to_string_lossy());
            if kind.is_symlink() {
                links.insert(name, fs_err::read_link(entry.path())?);
            } else {
                folders.push((entry.path(), format!("{name}/")));
            }
        }
    }
    Ok(links)
}
