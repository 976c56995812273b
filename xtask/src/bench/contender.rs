//! The programs that do the same work, and how to start each.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::reference::{PLATFORMS, SPECS};

/// A program that locks the reference spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    Lockit,
    Baseline,
    PyRattler,
    Pixi,
}

impl Contender {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lockit => "lockit",
            Self::Baseline => "gateway and solver",
            Self::PyRattler => "py-rattler",
            Self::Pixi => "pixi",
        }
    }
}

/// Begins the line on which a program says how many seconds its work took.
const WORK: &str = "work ";

/// How long the work of a program took, as it says itself; without starting and importing.
pub(crate) fn work(printed: &str) -> Option<Duration> {
    let seconds = printed.lines().find_map(|line| line.strip_prefix(WORK))?;
    seconds.trim().parse().ok().map(Duration::from_secs_f64)
}

/// Where the built programs are.
#[derive(Debug, Clone)]
pub(crate) struct Programs {
    pub(crate) lockit: PathBuf,
    /// Gateway and solver alone.
    pub(crate) baseline: PathBuf,
    pub(crate) install: PathBuf,
    pub(crate) py_rattler: PathBuf,
}

/// A folder in which one contender works against one index.
pub(crate) struct Arena<'a> {
    pub(crate) contender: Contender,
    programs: &'a Programs,
    folder: PathBuf,
    url: String,
}

impl<'a> Arena<'a> {
    pub(crate) fn new(
        contender: Contender,
        programs: &'a Programs,
        folder: PathBuf,
        index: SocketAddr,
    ) -> Result<Self, Box<dyn Error>> {
        let url = format!("http://{index}/conda-forge");
        let arena = Self { contender, programs, folder, url };
        let config = arena.config().join("rattler");
        fs_err::create_dir_all(&config)?;
        fs_err::create_dir_all(arena.project())?;
        fs_err::write(
            config.join("config.toml"),
            format!(
                "[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = [\"{}\"]\n",
                arena.url
            ),
        )?;
        match contender {
            Contender::Lockit => fs_err::write(
                arena.project().join("predict-environment.yml"),
                format!(
                    "channels:\n  - conda-forge\n  - nodefaults\ndependencies:\n{}",
                    SPECS.map(|spec| format!("  - {spec}\n")).concat()
                ),
            )?,
            Contender::Pixi => fs_err::write(
                arena.project().join("pixi.toml"),
                format!(
                    "[workspace]\nname = \"predict\"\nchannels = [\"{}\"]\nplatforms = {:?}\n\n\
                     [system-requirements]\nmacos = \"13.0\"\n\n[dependencies]\n{}",
                    arena.url,
                    PLATFORMS,
                    SPECS.map(|spec| format!("{spec} = \"*\"\n")).concat()
                ),
            )?,
            Contender::Baseline | Contender::PyRattler => {}
        }
        Ok(arena)
    }

    fn project(&self) -> PathBuf {
        self.folder.join("project")
    }

    fn config(&self) -> PathBuf {
        self.folder.join("config")
    }

    fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Forgets what was locked; and what was downloaded, if the next run is to be a cold one.
    pub(crate) fn reset(&self, cold: bool) -> Result<(), Box<dyn Error>> {
        for entry in fs_err::read_dir(self.project())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "lock") {
                fs_err::remove_file(path)?;
            }
        }
        if cold && self.cache().exists() {
            fs_err::remove_dir_all(self.cache())?;
        }
        fs_err::create_dir_all(self.cache())?;
        Ok(())
    }

    /// The command that locks.
    pub(crate) fn lock(&self) -> Command {
        let programs = self.programs;
        let mut command = match self.contender {
            Contender::Lockit => {
                let mut command = Command::new(&programs.lockit);
                for platform in PLATFORMS {
                    command.args(["-p", platform]);
                }
                command.args(["-f", "predict-environment.yml"]);
                command
            }
            Contender::Baseline => {
                let mut command = Command::new(&programs.baseline);
                command.arg(&self.url).arg(self.cache()).args(SPECS);
                command
            }
            Contender::PyRattler => {
                let mut command = Command::new("python3");
                command.arg(&programs.py_rattler).arg(&self.url).arg(self.cache()).args(SPECS);
                command
            }
            Contender::Pixi => {
                let mut command = Command::new("pixi");
                command.args(["lock", "--quiet"]);
                command
            }
        };
        surround(&mut command, &self.folder);
        command
    }

    /// What the last run chose, as lines of a platform and an archive. `printed` is what it said. `None` where a
    /// contender does not tell.
    pub(crate) fn chosen(&self, printed: &str) -> Result<Option<BTreeSet<String>>, Box<dyn Error>> {
        if self.contender == Contender::Pixi {
            return Ok(None);
        }
        if self.contender != Contender::Lockit {
            let lines = printed.lines().filter(|line| !line.starts_with(WORK));
            return Ok(Some(lines.map(str::to_owned).collect()));
        }
        let mut chosen = BTreeSet::new();
        for platform in PLATFORMS {
            let file = self.project().join(format!("predict-{platform}.lock"));
            let text = fs_err::read_to_string(file)?;
            let addresses = text.lines().filter(|line| line.starts_with("http"));
            for address in addresses {
                let address = address.split('#').next().unwrap_or_default();
                let archive = address.rsplit('/').next().unwrap_or_default();
                chosen.insert(format!("{platform} {archive}"));
            }
        }
        Ok(Some(chosen))
    }

    /// `lockit check` on what the last run locked.
    pub(crate) fn check(&self) -> Command {
        let mut command = Command::new(&self.programs.lockit);
        command.arg("check");
        for platform in PLATFORMS {
            command.args(["-p", platform]);
        }
        command.args(["-f", "predict-environment.yml"]);
        surround(&mut command, &self.folder);
        command
    }
}

/// The surroundings of every contender, all in one folder: its own project, cache and configuration,
/// nothing of the host's.
pub(crate) fn surround(command: &mut Command, folder: &Path) {
    command
        .current_dir(folder.join("project"))
        .env("RATTLER_CACHE_DIR", folder.join("cache"))
        .env("PIXI_CACHE_DIR", folder.join("cache"))
        .env("PIXI_HOME", folder.join("pixi"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY")
        .env_remove("all_proxy")
        .env_remove("ALL_PROXY");
}

/// Starts an interpreter that imports rattler and ends.
pub(crate) fn idle_interpreter(programs: &Programs) -> Command {
    let mut command = Command::new("python3");
    command.arg(&programs.py_rattler);
    command
}

/// Whether a program is on `PATH` and runs.
pub(crate) fn available(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Whether the module behind [`Contender::PyRattler`] can be imported.
pub(crate) fn py_rattler_installed(script: &Path) -> bool {
    script.exists()
        && Command::new("python3")
            .args(["-c", "import rattler"])
            .output()
            .is_ok_and(|output| output.status.success())
}
