//! Wheels of one module (PEP 427).

use std::fmt::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rattler_digest::{Sha256, compute_bytes_digest};

use crate::digest::sha256;
use crate::zip_archive::zip_archive;

/// A wheel for every python, with one module of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wheel {
    /// `six_like-1.0-py3-none-any.whl`
    pub file_name: String,
    /// The archive.
    pub bytes: Vec<u8>,
}

impl Wheel {
    /// A wheel whose module says its version in `__version__`. `name` must be a python identifier.
    ///
    /// # Errors
    /// None that a zip in memory can have; its library does not promise so.
    pub fn new(name: &str, version: &str) -> std::io::Result<Self> {
        Self::with_needs(name, version, &[])
    }

    /// The same with requirements (PEP 508).
    ///
    /// # Errors
    /// As [`Wheel::new`].
    pub fn with_needs(name: &str, version: &str, needs: &[&str]) -> std::io::Result<Self> {
        Self::with(name, version, needs, &[])
    }

    /// The same with files for the top of an environment (`NAME-VERSION.data/data`), each with a text.
    ///
    /// # Errors
    /// As [`Wheel::new`].
    pub fn with_data(name: &str, version: &str, data: &[(&str, &str)]) -> std::io::Result<Self> {
        Self::with(name, version, &[], data)
    }

    fn with(
        name: &str,
        version: &str,
        needs: &[&str],
        data: &[(&str, &str)],
    ) -> std::io::Result<Self> {
        let needs =
            needs.iter().fold(String::new(), |lines, one| lines + "Requires-Dist: " + one + "\n");
        let about = format!("{name}-{version}.dist-info");
        let mut files = vec![
            (format!("{name}.py"), format!("__version__ = \"{version}\"\n")),
            (
                format!("{about}/METADATA"),
                format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"),
            ),
            (
                format!("{about}/WHEEL"),
                "Wheel-Version: 1.0\nGenerator: testkit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                    .to_owned(),
            ),
        ];
        let placed = |path: &str| format!("{name}-{version}.data/data/{path}");
        files.extend(data.iter().map(|(path, text)| (placed(path), (*text).to_owned())));
        let mut record = String::new();
        for (path, text) in &files {
            let digest = URL_SAFE_NO_PAD.encode(compute_bytes_digest::<Sha256>(text));
            // Writing to a string cannot fail.
            let _ = writeln!(record, "{path},sha256={digest},{}", text.len());
        }
        let _ = writeln!(record, "{about}/RECORD,,");
        files.push((format!("{about}/RECORD"), record));
        let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
        let bytes = zip_archive(texts)?;
        Ok(Self { file_name: format!("{name}-{version}-py3-none-any.whl"), bytes })
    }

    /// Hex sha256 of the archive.
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Writes it into a folder.
    ///
    /// # Errors
    /// As writing a file does.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        fs_err::write(folder.join(&self.file_name), &self.bytes)
    }
}
