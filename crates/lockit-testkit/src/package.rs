//! A package archive that says of itself whatever a test wants, true or not.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rattler_conda_types::compression_level::CompressionLevel;
use rattler_package_streaming::write::{write_conda_package, write_tar_bz2_package};
use serde_json::{Map, Value, json};

use crate::archive::link;
use crate::digest::{md5, sha256};

/// The time of all files: 2023-01-01.
const TIME: Timestamp = Timestamp::constant(1_672_531_200, 0);

/// A package that is put together by hand. [`Recipe`](crate::Recipe) makes well-formed ones.
#[derive(Debug, Clone)]
pub struct Package {
    name: String,
    index: Map<String, Value>,
    files: Vec<(String, Content)>,
    listed: Vec<Value>,
    /// Whether it has no `paths.json`, as packages of old.
    is_old: bool,
    tar_bz2: bool,
}

#[derive(Debug, Clone)]
enum Content {
    Bytes(Vec<u8>),
    Link(String),
}

impl Package {
    /// Version 1.0, build 0, for linux-64, with nothing in it.
    pub fn new(name: &str) -> Self {
        let Value::Object(index) = json!({
            "build": "0", "build_number": 0, "depends": [], "name": name, "subdir": "linux-64", "version": "1.0"
        }) else {
            unreachable!("an object is written above")
        };
        Self {
            name: name.to_owned(),
            index,
            files: Vec::new(),
            listed: Vec::new(),
            is_old: false,
            tar_bz2: false,
        }
    }

    /// A key of `index.json`. The version is also that of the file name.
    pub fn index(mut self, key: &str, value: Value) -> Self {
        self.index.insert(key.to_owned(), value);
        self
    }

    /// A noarch package of python.
    pub fn noarch_python(self) -> Self {
        self.index("noarch", json!("python")).index("subdir", json!("noarch"))
    }

    /// A file in the archive that no list names, such as `info/link.json`.
    pub fn holds(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.to_owned(), Content::Bytes(bytes.into())));
        self
    }

    /// A link in the archive that no list names.
    pub fn holds_link(mut self, path: &str, aim: &str) -> Self {
        self.files.push((path.to_owned(), Content::Link(aim.to_owned())));
        self
    }

    /// An entry of the list of files, whatever the archive holds.
    pub fn lists(mut self, entry: Value) -> Self {
        self.listed.push(entry);
        self
    }

    /// An entry of the list of files with this path.
    pub fn lists_path(self, path: &str) -> Self {
        self.lists(json!({"_path": path, "path_type": "hardlink"}))
    }

    /// A file as packages have them.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.holds(path, text).lists_path(path)
    }

    /// A link as packages have them.
    pub fn link(self, path: &str, aim: &str) -> Self {
        self.holds_link(path, aim).lists(json!({"_path": path, "path_type": "softlink"}))
    }

    /// Without `paths.json`: `info/files` lists the paths.
    pub fn old(mut self) -> Self {
        self.is_old = true;
        self
    }

    /// As `.tar.bz2`.
    pub fn tar_bz2(mut self) -> Self {
        self.tar_bz2 = true;
        self
    }

    /// `name-1.0-0.conda`
    pub fn file_name(&self) -> String {
        let end = if self.tar_bz2 { "tar.bz2" } else { "conda" };
        format!("{}.{end}", self.stem())
    }

    fn stem(&self) -> String {
        let version = self.index["version"].as_str().unwrap_or("1.0");
        format!("{}-{version}-0", self.name)
    }

    /// The archive.
    ///
    /// # Errors
    /// As writing files does.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        let root = tempfile::tempdir()?;
        let mut paths = Vec::new();
        let mut place = |path: &str| -> io::Result<PathBuf> {
            let target = root.path().join(path);
            if let Some(parent) = target.parent() {
                fs_err::create_dir_all(parent)?;
            }
            paths.push(target.clone());
            Ok(target)
        };
        for (path, content) in &self.files {
            match content {
                Content::Bytes(bytes) => fs_err::write(place(path)?, bytes)?,
                Content::Link(aim) => link(aim, &place(path)?)?,
            }
        }
        let mut info = vec![("info/index.json", Value::Object(self.index.clone()).to_string())];
        let lines = self.listed.iter().filter_map(|entry| entry["_path"].as_str());
        info.push(("info/files", lines.collect::<Vec<_>>().join("\n")));
        if !self.is_old {
            let list = json!({"paths": self.listed, "paths_version": 1});
            info.push(("info/paths.json", list.to_string()));
        }
        for (path, text) in info {
            // A test may have its own.
            if self.files.iter().all(|(own, _)| own != path) {
                fs_err::write(place(path)?, text)?;
            }
        }
        let mut bytes = Cursor::new(Vec::new());
        let (level, top) = (CompressionLevel::Default, root.path());
        if self.tar_bz2 {
            write_tar_bz2_package(&mut bytes, top, &paths, level, Some(&TIME), None)?;
        } else {
            let stem = self.stem();
            write_conda_package(&mut bytes, top, &paths, level, Some(1), &stem, Some(&TIME), None)?;
        }
        Ok(bytes.into_inner())
    }

    /// Writes it into a folder, and says where to, and its sha256 and md5.
    ///
    /// # Errors
    /// As writing files does.
    pub fn write(&self, folder: &Path) -> io::Result<(PathBuf, String, String)> {
        let (path, bytes) = (folder.join(self.file_name()), self.bytes()?);
        fs_err::create_dir_all(folder)?;
        fs_err::write(&path, &bytes)?;
        Ok((path, sha256(&bytes), md5(&bytes)))
    }
}
