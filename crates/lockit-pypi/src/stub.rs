//! Wheels that stand for what conda provides.
//!
//! uv takes a requirement with an address as decided: nothing else of that name can be chosen, and what
//! depends on it must accept its version. So each package that conda provides becomes a wheel without contents
//! and without dependencies (conda has solved those) in a temporary folder.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::Provided;

/// Where the wheel of a package is.
pub(crate) fn path(folder: &Path, package: &Provided) -> PathBuf {
    folder.join(format!("{}-py3-none-any.whl", stem(package)))
}

/// Name and version as file names have them.
fn stem(package: &Provided) -> String {
    format!("{}-{}", package.name.replace('-', "_"), package.version)
}

/// Writes the wheel of a package (binary distribution format, version 1.0) into a folder.
pub(crate) fn write(folder: &Path, package: &Provided) -> io::Result<()> {
    let mut wheel = ZipWriter::new(fs_err::File::create(path(folder, package))?);
    // The same name and version are the same bytes, so that uv's cache of metadata knows them again.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    let info = format!("{}.dist-info", stem(package));
    let files = [
        (
            "METADATA",
            format!(
                "Metadata-Version: 2.1\nName: {}\nVersion: {}\n",
                package.name, package.version
            ),
        ),
        (
            "WHEEL",
            "Wheel-Version: 1.0\nGenerator: lockit\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
                .to_owned(),
        ),
        ("RECORD", String::new()),
    ];
    for (file, text) in files {
        wheel.start_file(format!("{info}/{file}"), options).map_err(io::Error::other)?;
        wheel.write_all(text.as_bytes())?;
    }
    wheel.finish().map_err(io::Error::other)?;
    Ok(())
}
