//! Whether there is room for what a package brings: for its paths below the prefix, and for the prefix in its files.
//!
//! Both are found out by the one who writes the file, when others are written already.

use std::path::Path;

use rattler::install::link::find_cstring_occurrences;
use rattler_conda_types::package::OffsetEncoding;

use crate::unpacked::{Contents, Stamped};

/// How long a path may be in bytes, with the zero byte at its end (`PATH_MAX`).
const LONGEST: usize = if cfg!(windows) {
    32_767
} else if cfg!(target_os = "macos") {
    1024
} else {
    4096
};

/// What has no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cramped {
    /// The package, as it is shown.
    pub(crate) package: String,
    /// The path as the package has it.
    pub(crate) path: String,
    /// What is wrong, as the end of a sentence that starts with the path.
    pub(crate) reason: String,
    /// How long the path of a prefix may be in bytes. `None`: none is short enough.
    pub(crate) most: Option<usize>,
}

/// Everything has room.
///
/// # Errors
/// The first that has none.
pub(crate) fn has_room(prefix: &Path, contents: &Contents) -> Result<(), Cramped> {
    let length = prefix.as_os_str().len();
    let cramped = |path: &str, reason: String, most: Option<usize>| Cramped {
        package: contents.label.clone(),
        path: path.to_owned(),
        reason,
        most: most.filter(|most| *most > 0),
    };
    // Of a file that two packages bring, one lies in `__clobbers__/NAME`. And there is a record.
    let hidden = "//__clobbers__/\0".len() + contents.label.len();
    for place in contents.places() {
        let most = LONGEST.checked_sub(hidden + place.len());
        if most.is_none_or(|most| length > most) {
            let reason = format!(
                "would be one of {} bytes here, and {} are the most",
                length + 1 + place.len(),
                LONGEST - 1
            );
            return Err(cramped(place, reason, most));
        }
    }
    let prefix = prefix.to_string_lossy();
    for Stamped { path, file, placeholder } in &contents.stamped {
        let grows =
            |one: &OffsetEncoding| one.encode(&prefix).len() > one.encode(placeholder).len();
        if !OffsetEncoding::DEFINED.iter().any(grows) {
            continue;
        }
        // What is not in the file needs no room in it.
        let Ok(bytes) = fs_err::read(file) else { continue };
        let found = find_cstring_occurrences(&bytes, placeholder);
        if found.iter().any(|one| grows(&one.encoding)) {
            let most = placeholder.len();
            let reason =
                format!("has room for a prefix of {most} bytes, and `{prefix}` has {length}");
            return Err(cramped(path, reason, Some(most)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_room_below_a_prefix() {
        let contents = |length: usize| Contents {
            label: "app 1.0 0".to_owned(),
            files: vec!["x".repeat(length)],
            ..Contents::default()
        };
        let prefix = Path::new("/opt/env");
        assert_eq!(has_room(prefix, &contents(200)), Ok(()));
        let cramped = has_room(prefix, &contents(LONGEST - 30)).unwrap_err();
        assert!(cramped.most.is_some_and(|most| most < 50), "{cramped:?}");
        assert_eq!(has_room(prefix, &contents(LONGEST)).unwrap_err().most, None);
    }

    #[test]
    fn a_prefix_has_room_in_a_file_that_names_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool");
        let contents = |placeholder: &str| Contents {
            label: "app 1.0 0".to_owned(),
            stamped: vec![Stamped {
                path: "bin/tool".to_owned(),
                file: file.clone(),
                placeholder: placeholder.to_owned(),
            }],
            ..Contents::default()
        };
        fs_err::write(&file, b"\0/old/lib\0").unwrap();
        assert_eq!(has_room(Path::new("/new"), &contents("/old")), Ok(()));
        let cramped = has_room(Path::new("/newer"), &contents("/old")).unwrap_err();
        assert_eq!((&*cramped.path, cramped.most), ("bin/tool", Some(4)));
        // Listed, and not there.
        assert_eq!(has_room(Path::new("/newer"), &contents("/els")), Ok(()));
    }
}
