//! The machine's python as a conda package, so that a prefix in a test can run python.

use std::path::PathBuf;
use std::process::Command;

/// A python that is installed on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPython {
    program: PathBuf,
    /// `3.11.7`
    pub version: String,
}

impl HostPython {
    /// The `python3` on the path, if there is one and this is a unix.
    pub fn find() -> Option<Self> {
        if !cfg!(unix) {
            return None;
        }
        // The real one: a shim of a version manager finds its own modules from anywhere.
        let script = "import os, platform, sys\n\
                      base = os.path.join(sys.base_prefix, 'bin', 'python%d.%d' % sys.version_info[:2])\n\
                      program = base if os.path.exists(base) else sys.executable\n\
                      print(os.path.realpath(program)); print(platform.python_version())";
        let output = Command::new("python3").args(["-c", script]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let mut lines = text.lines();
        let (program, version) = (PathBuf::from(lines.next()?), lines.next()?.to_owned());
        let is_release = version.split('.').all(|part| part.parse::<u32>().is_ok());
        (program.is_absolute() && is_release).then_some(Self { program, version })
    }

    /// `3.11`
    pub fn minor(&self) -> &str {
        self.version.rsplit_once('.').map_or(&*self.version, |(minor, _)| minor)
    }

    /// The entry of a recipe's `packages`: a package `python` with links to it. `pyvenv.cfg` makes the prefix its
    /// own, modules and all.
    pub fn recipe(&self) -> String {
        let (program, minor) = (self.program.display(), self.minor());
        let home = self.program.parent().unwrap_or(&self.program).display();
        format!(
            "  python:\n    versions: [{}]\n    files:\n      bin/python: {{link: '{program}'}}\n      \
             bin/python{minor}: {{link: '{program}'}}\n      pyvenv.cfg: \"home = {home}\\n\"\n",
            self.version
        )
    }
}
