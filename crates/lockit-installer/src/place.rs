//! A path that a package names, proved to lie in the prefix by its letters alone.
//!
//! Packages are built by strangers, and what joins their paths to the prefix takes them as they are. Both kinds of slash
//! part a path, whatever the machine: a lock may be for another platform, and a prefix may be moved to one.

use lockit_spec::Platform;

/// Folders of a prefix that belong to whoever installs. Who writes into them decides what is removed next time.
const RESERVED: [&str; 3] = ["conda-meta", CLOBBERED, ".trash"];

/// Where rattler keeps the files that another package's file hides.
const CLOBBERED: &str = "__clobbers__";

/// How long a name may be in bytes (`NAME_MAX`); Windows counts in units of UTF-16.
const LONGEST_NAME: usize = 255;

/// Names that are devices in every folder of Windows, whatever their extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A path that is not one below the prefix, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stray {
    /// The package, as it is shown.
    pub(crate) package: String,
    /// The path as the package has it.
    pub(crate) path: String,
    /// What is wrong with it, as the end of a sentence that starts with the path.
    pub(crate) reason: String,
}

/// The rules for paths of one platform.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) windows: bool,
    /// Whether two names that differ in case are one file.
    pub(crate) folds: bool,
}

impl Rules {
    /// The machine counts as well as the platform: it is there that the files are made.
    pub(crate) fn new(platform: Platform) -> Self {
        let windows = cfg!(windows) || platform.is_windows();
        Self { windows, folds: windows || cfg!(target_os = "macos") || platform.is_osx() }
    }

    /// The path with its parts separated by `/`, and without those that mean nothing.
    ///
    /// # Errors
    /// What is wrong with it, as [`Stray::reason`].
    pub(crate) fn place(self, path: &str) -> Result<String, &'static str> {
        let parts = self.parts(path)?;
        if RESERVED.contains(&bare(parts[0]).as_str()) || self.is_short_name(parts[0]) {
            return Err("lies in a folder that belongs to the installer");
        }
        Ok(parts.join("/"))
    }

    /// The same for a path in a record of a prefix, where hidden files have their place.
    ///
    /// # Errors
    /// As [`Rules::place`].
    pub(crate) fn recorded(self, path: &str) -> Result<String, &'static str> {
        match self.parts(path)?.as_slice() {
            [CLOBBERED, _, rest @ ..] if !rest.is_empty() => {
                self.place(&rest.join("/"))?;
                Ok(self.parts(path)?.join("/"))
            }
            _ => self.place(path),
        }
    }

    /// Whether a folder may be cloned as a whole, with what no list names. rattler does that on macOS.
    pub(crate) fn clones(self) -> bool {
        self.folds && !self.windows
    }

    /// The text by which two paths are the same file.
    pub(crate) fn key(self, place: &str) -> String {
        if self.folds { place.to_lowercase() } else { place.to_owned() }
    }

    fn parts(self, path: &str) -> Result<Vec<&str>, &'static str> {
        if path.contains('\0') {
            return Err("has a NUL character in it");
        }
        if path.starts_with(['/', '\\']) {
            return Err("is absolute");
        }
        if has_drive(path, self.windows) {
            return Err("names a drive");
        }
        let parts: Vec<&str> =
            path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
        if parts.is_empty() {
            return Err("names no file");
        }
        if parts.contains(&"..") {
            return Err("leads out of the environment with `..`");
        }
        if parts.iter().any(|part| is_too_long(part)) {
            return Err("has a name in it that is longer than 255 bytes");
        }
        if self.windows {
            parts.iter().try_for_each(|part| on_windows(part))?;
        }
        Ok(parts)
    }

    /// `CONDA-~1`, by which Windows knows a longer name as well.
    fn is_short_name(self, part: &str) -> bool {
        let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
        self.windows && part.split_once('~').is_some_and(|(_, rest)| digit(rest))
    }
}

fn is_too_long(part: &str) -> bool {
    let units = if cfg!(windows) { part.encode_utf16().count() } else { part.len() };
    units > LONGEST_NAME
}

fn has_drive(path: &str, windows: bool) -> bool {
    let mut chars = path.chars();
    let (first, second, third) = (chars.next(), chars.next(), chars.next());
    first.is_some_and(|c| c.is_ascii_alphabetic())
        && second == Some(':')
        && (windows || matches!(third, None | Some('/' | '\\')))
}

/// What Windows reads into a name.
fn on_windows(part: &str) -> Result<(), &'static str> {
    if part.ends_with(['.', ' ']) {
        return Err("has a part that ends in a dot or a blank, which Windows leaves out");
    }
    if part.contains(':') {
        return Err("has a colon in it, which Windows gives a meaning");
    }
    let stem = part.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"]
        .iter()
        .any(|start| stem.strip_prefix(start).is_some_and(|rest| rest.len() == 1 && rest != "0"));
    if DEVICES.contains(&stem.as_str()) || numbered {
        return Err("names a device of Windows");
    }
    Ok(())
}

/// A name as a file system may compare it: without case, and without letters that some leave out (`conda\u{200c}-meta`).
fn bare(part: &str) -> String {
    part.chars().filter(char::is_ascii).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: Platform = Platform::Linux64;

    #[test]
    fn paths_below_the_prefix_are_places() {
        for (path, place) in [
            ("bin/app", "bin/app"),
            ("./share//app/./x", "share/app/x"),
            ("man/man3/File::Spec.3", "man/man3/File::Spec.3"),
            ("lib/..hidden", "lib/..hidden"),
            ("lib/x..", "lib/x.."),
            ("share/conda-meta/x", "share/conda-meta/x"),
            ("conda-metadata/x", "conda-metadata/x"),
            ("lib/systemd/dev-x2d.device", "lib/systemd/dev-x2d.device"),
            ("info/test/é", "info/test/é"),
            (&"n".repeat(255), &"n".repeat(255)),
        ] {
            assert_eq!(Rules::new(LINUX).place(path).as_deref(), Ok(place), "{path}");
        }
        let windows = Rules::new(Platform::Win64);
        for path in ["Lib/site-packages/console.py", "Library\\bin\\x.dll", "a/company.txt"] {
            assert!(windows.place(path).is_ok(), "{path}");
        }
    }

    #[test]
    fn all_others_are_strays() {
        for path in [
            "",
            ".",
            "..",
            "../x",
            "a/../../x",
            "a/../b",
            "a\\..\\..\\x",
            "/etc/passwd",
            "\\\\host\\share\\x",
            "\\x",
            "C:/x",
            "c:\\x",
            "a\0b",
            "conda-meta/python-3.12-0.json",
            "./conda-meta/history",
            "conda-meta",
            "Conda-Meta/x",
            "conda\u{200c}-meta/x",
            "conda-meta\\x",
            ".trash",
            "__clobbers__/a/b",
            &format!("share/{}", "n".repeat(256)),
        ] {
            assert!(Rules::new(LINUX).place(path).is_err(), "{path:?}");
        }
        let windows = Rules::new(Platform::Win64);
        for path in
            ["C:x", "a/b:c", "conda-meta./x", "a/.. /x", "CONDA-~1/x", "a/NUL", "a/com1.txt", "aux"]
        {
            assert!(windows.place(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn records_have_hidden_files_and_nothing_else_of_the_installer() {
        let rules = Rules::new(LINUX);
        assert!(rules.recorded("__clobbers__/app/share/x").is_ok());
        for path in ["__clobbers__/app/conda-meta/x", "__clobbers__/x", "conda-meta/x", "../x"] {
            assert!(rules.recorded(path).is_err(), "{path}");
        }
    }
}
