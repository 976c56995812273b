//! A package index as pip reads it (PEP 503).

use std::path::Path;

use tempfile::TempDir;

use crate::Wheel;
use crate::digest::sha256;
use crate::zip_archive::zip_archive;

/// An index in a temporary folder, which goes when it is dropped. [`Server`](crate::Server) serves it: its address has
/// `/simple/` behind that of the folder.
#[derive(Debug)]
pub struct PypiIndex {
    folder: TempDir,
}

impl PypiIndex {
    /// An index without packages.
    ///
    /// # Errors
    /// As making a folder does.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self { folder: TempDir::with_prefix("pypi-index-")? })
    }

    /// The folder to serve.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a wheel.
    ///
    /// # Errors
    /// As writing files does.
    pub fn publish(&self, wheel: &Wheel) -> std::io::Result<()> {
        let digest = format!("sha256={}", wheel.sha256());
        self.publish_file(&wheel.file_name, &wheel.bytes, &digest)
    }

    /// Adds any archive; `digest` is what the page says of it, such as `sha256=…`. A file of this name is replaced, and its
    /// line on the page stays beside the new one.
    ///
    /// # Errors
    /// As writing files does.
    pub fn publish_file(&self, file: &str, bytes: &[u8], digest: &str) -> std::io::Result<()> {
        let name = file.split('-').next().unwrap_or(file).replace('_', "-");
        let folder = self.path().join("simple").join(name);
        fs_err::create_dir_all(&folder)?;
        fs_err::write(folder.join(file), bytes)?;
        let page = folder.join("index.html");
        let before = fs_err::read_to_string(&page).unwrap_or("<!DOCTYPE html>\n".to_owned());
        fs_err::write(page, format!("{before}<a href=\"{file}#{digest}\">{file}</a>\n"))
    }

    /// Adds a source distribution that says itself what it needs, so that nobody has to build it (PEP 643).
    ///
    /// # Errors
    /// As writing files does. Gives its sha256.
    pub fn publish_source(&self, name: &str, version: &str) -> std::io::Result<String> {
        let about = format!("Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n");
        let project = format!("[project]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let path = |file: &str| format!("{name}-{version}/{file}");
        let (about_path, project_path) = (path("PKG-INFO"), path("pyproject.toml"));
        let bytes = zip_archive([(&*about_path, &*about), (&*project_path, &*project)])?;
        let digest = sha256(&bytes);
        self.publish_file(&format!("{name}-{version}.zip"), &bytes, &format!("sha256={digest}"))?;
        Ok(digest)
    }
}
