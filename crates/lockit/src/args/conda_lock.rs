//! Options of conda-lock that lockit has no use for, so that a command line written for conda-lock works or
//! says what takes its place.

use clap::Args;

use crate::args::metadata::MetadataArgs;
use crate::world::context::Context;

/// Which program solves or installs, and how it is watched.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct SolverFlags {
    #[arg(long, hide = true, value_name = "PATH")]
    conda: Option<String>,
    #[arg(long, hide = true)]
    mamba: bool,
    #[arg(long, hide = true)]
    micromamba: bool,
    #[arg(long, alias = "no-micromamba", hide = true)]
    no_mamba: bool,
    #[arg(long, hide = true)]
    preserve_temp_dirs: bool,
    #[command(flatten)]
    watching: WatchFlags,
}

/// How a run is watched.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct WatchFlags {
    #[arg(long, hide = true, value_name = "LEVEL")]
    log_level: Option<String>,
    #[arg(long, hide = true)]
    pdb: bool,
}

/// The other options of `conda-lock lock`.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct CondaLockFlags {
    #[command(flatten)]
    solver: SolverFlags,
    #[arg(long, hide = true)]
    check_input_hash: bool,
    #[command(flatten)]
    pub(crate) metadata: MetadataArgs,
}

/// Options that `conda-lock render-lock-spec` takes and ignores, as those of a lock.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct IgnoredSpecFlags {
    #[arg(long, hide = true, value_name = "FILE")]
    lockfile: Option<String>,
    #[arg(long, hide = true, value_name = "TEMPLATE")]
    filename_template: Option<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    update: Vec<String>,
    #[arg(long, hide = true)]
    check_input_hash: bool,
    #[arg(long, hide = true)]
    strip_auth: bool,
    #[arg(long = "md", alias = "metadata", hide = true, value_name = "WHAT")]
    metadata: Vec<String>,
    #[arg(long = "mdy", aliases = ["metadata-yaml", "metadata-json"], hide = true, value_name = "FILE")]
    metadata_yaml: Vec<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    pixi_project_name: Option<String>,
    #[arg(long, hide = true, value_name = "NAME=PATH")]
    editable: Vec<String>,
}

impl IgnoredSpecFlags {
    /// Says what has no effect.
    pub(crate) fn tell(&self, context: &Context) {
        for (given, flag) in [
            (self.lockfile.is_some(), "--lockfile"),
            (self.filename_template.is_some(), "--filename-template"),
            (!self.update.is_empty(), "--update"),
            (self.check_input_hash, "--check-input-hash"),
            (self.strip_auth, "--strip-auth"),
            (!self.metadata.is_empty(), "--metadata"),
            (!self.metadata_yaml.is_empty(), "--metadata-yaml"),
        ] {
            if given {
                note(context, flag, "nothing is locked, specs are only read");
            }
        }
        for (given, flag) in [
            (self.pixi_project_name.is_some(), "--pixi-project-name"),
            (!self.editable.is_empty(), "--editable"),
        ] {
            if given {
                note(context, flag, "it is about `pixi.toml`, which lockit does not write");
            }
        }
    }
}

impl SolverFlags {
    /// Says what has no effect.
    pub(crate) fn tell(&self, context: &Context) {
        let programs = [
            (self.conda.is_some(), "--conda"),
            (self.mamba, "--mamba"),
            (self.micromamba, "--micromamba"),
        ];
        for (_, flag) in programs.iter().filter(|(given, _)| *given) {
            note(context, flag, "lockit solves and installs by itself");
        }
        // `--no-mamba` asks for what is so anyway.
        let _ = self.no_mamba;
        if self.preserve_temp_dirs {
            note(context, "--preserve-temp-dirs", "there are none");
        }
        self.watching.tell(context);
    }
}

impl WatchFlags {
    /// Says what has no effect.
    pub(crate) fn tell(&self, context: &Context) {
        if self.log_level.is_some() {
            note(context, "--log-level", "`-q` says less and `-v` more");
        }
        if self.pdb {
            note(context, "--pdb", "there is no Python to look into; `-vv` says what is done");
        }
    }
}

impl CondaLockFlags {
    /// Whether a recorded hash of the inputs is reason enough not to solve.
    pub(crate) fn check_input_hash(&self) -> bool {
        self.check_input_hash
    }

    /// Says what has no effect.
    pub(crate) fn tell(&self, context: &Context) {
        self.solver.tell(context);
    }
}

/// Says that something of conda-lock has no effect.
pub(crate) fn note(context: &Context, name: &str, why: &str) {
    context.printer.status(&format!("note: `{name}` has no effect: {why}"));
}
