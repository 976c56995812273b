//! ARCHITECTURE.md is a map: what it names is there.

use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files and folders of the workspace.
fn places(folder: &Path, place: &str, found: &mut Vec<String>) {
    for entry in fs_err::read_dir(folder).unwrap().map(Result::unwrap) {
        let place = format!("{place}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            places(&entry.path(), &place, found);
        }
        found.push(place);
    }
}

/// Whether a place ends with what the map says. `<name>` stands for any name.
fn is_meant(place: &str, said: &str) -> bool {
    let mut parts = place.rsplit('/');
    said.rsplit('/').all(|said| {
        let Some(part) = parts.next() else { return false };
        match said.split_once('<').zip(said.split_once('>')) {
            Some(((before, _), (_, after))) => part.starts_with(before) && part.ends_with(after),
            None => part == said,
        }
    })
}

#[test]
fn every_path_of_the_map_is_there() {
    let mut found = Vec::new();
    for folder in ["crates", "xtask", "test-data"] {
        places(&workspace().join(folder), folder, &mut found);
    }
    let map = fs_err::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let said = map.split('`').skip(1).step_by(2).filter(|said| {
        let is_path = Path::new(said).extension().is_some_and(|end| end == "rs")
            || ["test-data", "templates", "/src"].iter().any(|part| said.contains(part));
        is_path && !said.contains(' ')
    });
    let mut missing: Vec<&str> = said
        .filter(|said| !found.iter().any(|place| is_meant(place, said.trim_end_matches('/'))))
        .collect();
    // `lockit_project::plan` is a file of its own.
    missing.extend(map.split('`').skip(1).step_by(2).filter(|said| {
        let mut names = said.split("::");
        let (Some(krate), Some(module)) = (names.next(), names.next()) else { return false };
        let file = format!("{}/src/{module}.rs", krate.replace('_', "-"));
        krate.starts_with("lockit_") && !found.iter().any(|place| is_meant(place, &file))
    }));
    assert_eq!(missing, [""; 0], "ARCHITECTURE.md names what is not there");
}
