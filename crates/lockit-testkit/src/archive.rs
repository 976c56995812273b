//! One build as a package archive.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rattler_conda_types::compression_level::CompressionLevel;
use rattler_package_streaming::write::{write_conda_package, write_tar_bz2_package};
use serde_json::{Map, Value, json};

use crate::{
    digest::sha256,
    recipe::{Build, FileContent},
};

/// The time of files in archives of builds without a timestamp: 2023-01-01.
const NO_TIMESTAMP: Timestamp = Timestamp::constant(1_672_531_200, 0);

/// In the files of a recipe: the folder that the package was built in. Whoever installs it writes the prefix there.
const BUILT_AT: &str = "/built/here/and/moved/by/whoever/installs/it";

/// `info/index.json`, which is also what repodata starts from.
pub(crate) fn index_json(build: &Build) -> Map<String, Value> {
    let mut index = Map::new();
    // Inserted in alphabetical order, so that serde_json's `preserve_order` changes nothing.
    let mut put = |key: &str, value: Value| drop(index.insert(key.to_owned(), value));
    put("build", json!(build.build));
    put("build_number", json!(build.number));
    if !build.constrains.is_empty() {
        put("constrains", json!(build.constrains));
    }
    put("depends", json!(build.depends));
    if let Some(license) = &build.license {
        put("license", json!(license));
    }
    put("name", json!(build.name));
    if let Some(noarch) = build.noarch {
        put("noarch", json!(noarch));
    }
    put("subdir", json!(build.subdir.as_str()));
    if let Some(timestamp) = build.timestamp {
        put("timestamp", json!(timestamp.as_millisecond()));
    }
    if !build.track_features.is_empty() {
        put("track_features", json!(build.track_features.join(" ")));
    }
    put("version", json!(build.version));
    index
}

/// Writes the archive. The same build gives the same bytes: the order of files, their times and
/// modes are fixed, and the compressor runs in one thread.
pub(crate) fn archive(build: &Build) -> io::Result<Vec<u8>> {
    let root = tempfile::tempdir()?;
    let mut paths = Vec::new();
    let place = |path: &str| -> io::Result<PathBuf> {
        let target = root.path().join(path);
        if let Some(parent) = target.parent() {
            fs_err::create_dir_all(parent)?;
        }
        Ok(target)
    };
    let mut write = |path: &str, bytes: &[u8]| -> io::Result<()> {
        let target = place(path)?;
        fs_err::write(&target, bytes)?;
        paths.push(target);
        Ok(())
    };
    let (first, text) = payload(build);
    let mut files = build.files.clone();
    if files.iter().all(|(path, _)| *path != first) {
        files.insert(0, (first, FileContent::Text(text)));
    }
    let mut links = Vec::new();
    for (path, file) in &files {
        match file {
            FileContent::Text(text) => write(path, text.as_bytes())?,
            FileContent::Link(aim) => {
                let target = place(path)?;
                link(aim, &target)?;
                links.push(target);
            }
        }
    }
    write("info/index.json", &pretty(&Value::Object(index_json(build)))?)?;
    write("info/about.json", &pretty(&about(build))?)?;
    let mut listed: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    listed.push("");
    write("info/files", listed.join("\n").as_bytes())?;
    write("info/paths.json", &pretty(&paths_json(&files))?)?;
    if build.noarch == Some("python") {
        let link = json!({"noarch": {"entry_points": [], "type": "python"}, "package_metadata_version": 1});
        write("info/link.json", &pretty(&link)?)?;
    }

    paths.append(&mut links);

    let time = build.timestamp.unwrap_or(NO_TIMESTAMP);
    let mut bytes = Cursor::new(Vec::new());
    if build.tar_bz2 {
        write_tar_bz2_package(
            &mut bytes,
            root.path(),
            &paths,
            CompressionLevel::Highest,
            Some(&time),
            None,
        )?;
    } else {
        write_conda_package(
            &mut bytes,
            root.path(),
            &paths,
            CompressionLevel::Highest,
            Some(1),
            &build.stem(),
            Some(&time),
            None,
        )?;
    }
    Ok(bytes.into_inner())
}

/// The one file that every package installs, unless the recipe says another text for it.
fn payload(build: &Build) -> (String, String) {
    let Build { name, version, .. } = build;
    match &build.site_packages {
        Some(directory) => (
            format!("{directory}/{}/__init__.py", name.replace(['-', '.'], "_")),
            format!("__version__ = \"{version}\"\n"),
        ),
        None => (format!("share/{name}/VERSION"), format!("{version}\n")),
    }
}

fn about(build: &Build) -> Value {
    let summary = format!("A stand-in for {} in tests", build.name);
    match &build.license {
        Some(license) => json!({"license": license, "summary": summary}),
        None => json!({"summary": summary}),
    }
}

fn paths_json(files: &[(String, FileContent)]) -> Value {
    let entry = |(path, file): &(String, FileContent)| {
        let (kind, text) = match file {
            FileContent::Text(text) => ("hardlink", text),
            FileContent::Link(aim) => ("softlink", aim),
        };
        let mut entry = json!({"_path": path, "path_type": kind, "sha256": sha256(text), "size_in_bytes": text.len()});
        if kind == "hardlink" && text.contains(BUILT_AT) {
            entry["prefix_placeholder"] = json!(BUILT_AT);
            entry["file_mode"] = json!("text");
        }
        entry
    };
    json!({"paths": files.iter().map(entry).collect::<Vec<_>>(), "paths_version": 1})
}

/// A symbolic link in what becomes a package.
#[cfg(unix)]
pub(crate) fn link(aim: &str, path: &Path) -> io::Result<()> {
    fs_err::os::unix::fs::symlink(aim, path)
}

#[cfg(not(unix))]
pub(crate) fn link(_: &str, _: &Path) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "symbolic links in packages need a unix"))
}

fn pretty(value: &Value) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
