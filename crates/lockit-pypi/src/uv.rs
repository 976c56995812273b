//! The `uv` program: where it is, whether it is new enough, how it is started.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use lockit_diagnostic::Hint;

use crate::surroundings;

/// Variables that say which uv to take, most important first. uv itself sets the second for what it starts.
const NAMED_BY: [&str; 2] = ["LOCKIT_UV", "UV"];

/// The oldest uv that knows every option which lockit gives it.
const OLDEST: UvVersion = UvVersion { major: 0, minor: 8, patch: 0 };

/// A uv that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uv {
    program: PathBuf,
    version: UvVersion,
}

/// The version of a uv, without what may follow the three numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UvVersion {
    /// The first number.
    pub major: u64,
    /// The second: what changes when options do, as long as the first is 0.
    pub minor: u64,
    /// The third.
    pub patch: u64,
}

/// There is no uv that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UvError {
    /// None is named, and none is on the path.
    #[error("PyPI packages need `uv`, which is not on the PATH")]
    Missing,
    /// The one that a variable names is not there.
    #[error("there is no `{program}`, which the environment variable `{variable}` names")]
    NotThere {
        /// The variable.
        variable: &'static str,
        /// What it says.
        program: String,
    },
    /// It does not start.
    #[error("`{}` cannot be run", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        reason: std::io::Error,
    },
    /// It starts and says something else than a version of uv.
    #[error("`{} --version` does not answer as uv does, but `{answer}`", program.display())]
    Other {
        /// The program.
        program: PathBuf,
        /// The first line of what it said.
        answer: String,
    },
    /// It is too old.
    #[error("`{}` is uv {found}, and lockit needs {OLDEST} or newer", program.display())]
    Old {
        /// The program.
        program: PathBuf,
        /// Its version.
        found: UvVersion,
    },
}

impl Hint for UvError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NotThere { .. } => {
                "set it to the path of uv, or unset it so that uv is looked for on the PATH"
            }
            _ => {
                "get it with `pip install uv`, from conda-forge as `uv`, or as \
                 https://docs.astral.sh/uv/getting-started/installation/ says"
            }
        };
        vec![hint.to_owned()]
    }
}

impl Uv {
    /// Finds uv: by the variable `LOCKIT_UV`, else `UV`, else on the `PATH`; and asks for its version.
    /// `variable` looks up an environment variable.
    ///
    /// # Errors
    /// See [`UvError`].
    pub fn find(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, UvError> {
        let program = located(variable)?;
        let started = surrounded(&program).arg("--version").output();
        let output = match started {
            Ok(output) => output,
            Err(reason) => return Err(UvError::Start { program, reason }),
        };
        let answer = String::from_utf8_lossy(&output.stdout);
        let Some(version) = UvVersion::told(&answer) else {
            let answer = answer.lines().next().unwrap_or_default().to_owned();
            return Err(UvError::Other { program, answer });
        };
        if version < OLDEST {
            return Err(UvError::Old { program, found: version });
        }
        Ok(Self { program, version })
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Which one it is.
    pub fn version(&self) -> UvVersion {
        self.version
    }

    /// A start of uv that does the same on every machine: without the user's configuration files, without progress and
    /// colours. Of the variables around it has only those that are known to hold no login and to change nothing of what
    /// uv chooses: what uv builds is somebody else's code, and has the same.
    pub fn command(&self) -> Command {
        let mut command = surrounded(&self.program);
        command.args(["--no-config", "--no-progress", "--color", "never"]);
        command
    }

    /// Whether it refuses to build editable folders as well when it is told to build nothing.
    pub(crate) fn refuses_editables(&self) -> bool {
        self.version >= UvVersion { major: 0, minor: 13, patch: 0 }
    }
}

/// The program with what it may know of the variables around.
fn surrounded(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(surroundings::harmless());
    command
}

fn located(variable: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, UvError> {
    for name in NAMED_BY {
        let Some(program) = variable(name).filter(|program| !program.is_empty()) else { continue };
        let path = PathBuf::from(&program);
        let is_path = path.components().count() > 1;
        let there =
            if is_path { path.is_file().then_some(path) } else { on_path(&program, variable) };
        return there.ok_or(UvError::NotThere { variable: name, program });
    }
    on_path("uv", variable).ok_or(UvError::Missing)
}

fn on_path(program: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let mut file = OsString::from(program);
    if !std::env::consts::EXE_SUFFIX.is_empty() && !program.ends_with(std::env::consts::EXE_SUFFIX)
    {
        file.push(std::env::consts::EXE_SUFFIX);
    }
    let path = variable("PATH")?;
    // A relative folder on the path would make the working folder decide which program runs.
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&file))
        .find(|candidate| candidate.is_file())
}

impl UvVersion {
    /// From `uv 0.8.3 (7e78f54e7 2025-07-24)`.
    fn told(answer: &str) -> Option<Self> {
        let mut words = answer.split_whitespace();
        if words.next() != Some("uv") {
            return None;
        }
        let text = words.next()?;
        let number = |text: &str| {
            let digits = text.find(|one: char| !one.is_ascii_digit()).unwrap_or(text.len());
            text[..digits].parse().ok()
        };
        let mut numbers = text.splitn(3, '.').map(number);
        let mut next = || numbers.next().flatten();
        Some(Self { major: next()?, minor: next()?, patch: next()? })
    }
}

impl fmt::Display for UvVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let version = |major, minor, patch| Some(UvVersion { major, minor, patch });
        for (answer, expected) in [
            ("uv 0.8.3 (7e78f54e7 2025-07-24)\n", version(0, 8, 3)),
            ("uv 0.13.9 (x86_64-unknown-linux-gnu)", version(0, 13, 9)),
            ("uv 1.0.0-rc.1", version(1, 0, 0)),
            ("uv 0.8", None),
            ("pip 24.0 from /usr/lib", None),
            ("", None),
        ] {
            assert_eq!(UvVersion::told(answer), expected, "{answer}");
        }
    }

    #[test]
    fn nothing_named_and_nothing_on_the_path() {
        let found = Uv::find(&|name| (name == "PATH").then(|| "relative".to_owned()));
        assert!(matches!(found, Err(UvError::Missing)), "{found:?}");
        let found = Uv::find(&|name| (name == "UV").then(|| "./not-there/uv".to_owned()));
        let error = found.unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no `./not-there/uv`, which the environment variable `UV` names"
        );
        assert!(error.hints()[0].starts_with("set it"));
    }

    #[cfg(unix)]
    #[test]
    fn the_named_one_goes_before_the_path_and_must_be_new_enough() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str, answer: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
            fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path.to_string_lossy().into_owned()
        };
        program("uv", "uv 0.9.1");
        let old = program("old", "uv 0.7.22");
        let other = program("other", "hello");
        let path = folder.path().to_string_lossy().into_owned();
        let find = |named: Option<String>| {
            let lookup = |name: &str| match name {
                "PATH" => Some(path.clone()),
                "LOCKIT_UV" => named.clone(),
                _ => None,
            };
            Uv::find(&lookup)
        };
        let uv = find(None).unwrap();
        assert_eq!(uv.version().to_string(), "0.9.1");
        assert_eq!(uv.program(), folder.path().join("uv"));
        assert!(matches!(find(Some(old)), Err(UvError::Old { .. })));
        assert!(
            matches!(find(Some(other)), Err(UvError::Other { answer, .. }) if answer == "hello")
        );
        // A bare name is looked for on the path.
        assert!(find(Some("uv".to_owned())).is_ok());
    }
}
