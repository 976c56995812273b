//! Options of conda-lock that lockit has no use for, so that a command line written for conda-lock works or
//! says what takes its place.

use clap::Args;

use crate::context::Context;
use crate::making::MetadataArgs;

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
    #[arg(long, hide = true, value_name = "LEVEL")]
    log_level: Option<String>,
    #[arg(long, hide = true)]
    preserve_temp_dirs: bool,
}

/// The other options of `conda-lock lock`.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct CondaLockFlags {
    #[command(flatten)]
    solver: SolverFlags,
    #[arg(long, hide = true)]
    check_input_hash: bool,
    #[arg(long, hide = true)]
    pdb: bool,
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
    #[arg(long, hide = true)]
    pdb: bool,
    #[arg(long = "md", alias = "metadata", hide = true, value_name = "WHAT")]
    metadata: Vec<String>,
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
            (self.pdb, "--pdb"),
            (!self.metadata.is_empty(), "--metadata"),
        ] {
            if given {
                note(context, flag, "nothing is locked, specs are only read");
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
        if self.log_level.is_some() {
            note(context, "--log-level", "`-q` says less and `-v` more");
        }
        if self.preserve_temp_dirs {
            note(context, "--preserve-temp-dirs", "there are none");
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
        if self.pdb {
            note(context, "--pdb", "there is no Python to look into; `-vv` says what is done");
        }
    }
}

fn note(context: &Context, flag: &str, why: &str) {
    context.printer.status(&format!("note: `{flag}` has no effect: {why}"));
}
