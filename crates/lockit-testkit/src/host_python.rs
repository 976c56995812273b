//! The machine's python as a conda package, so that a prefix in a test can run python.

use std::fmt::Write as _;
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

    /// What conda calls the platform of this machine.
    pub fn platform(&self) -> &'static str {
        match (cfg!(target_os = "macos"), cfg!(target_arch = "aarch64")) {
            (true, true) => "osx-arm64",
            (true, false) => "osx-64",
            (false, true) => "linux-aarch64",
            (false, false) => "linux-64",
        }
    }

    /// The entry of a recipe's `packages`: a package `python` with links to it. `pyvenv.cfg` makes the prefix its
    /// own, modules and all. For the platforms `others`, which this machine is not, the package is empty.
    pub fn recipe(&self, others: &[&str]) -> String {
        let (program, minor) = (self.program.display(), self.minor());
        let home = self.program.parent().unwrap_or(&self.program).display();
        let (version, here) = (&self.version, self.platform());
        let mut recipe = format!(
            "  python:\n  - versions: [{version}]\n    platforms: [{here}]\n    files:\n      bin/python: {{link: \
             '{program}'}}\n      bin/python{minor}: {{link: '{program}'}}\n      pyvenv.cfg: \"home = {home}\\n\"\n"
        );
        if !others.is_empty() {
            let _ = writeln!(
                recipe,
                "  - versions: [{version}]\n    platforms: [{}]",
                others.join(", ")
            );
        }
        recipe
    }
}
