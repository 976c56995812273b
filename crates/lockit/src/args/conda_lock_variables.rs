//! Environment variables of conda-lock that lockit has no use for: each says what takes its place.

use crate::args::conda_lock::note;
use crate::world::context::Context;

/// What conda-lock would be about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    Locking,
    #[cfg(feature = "solve")]
    Installing,
}

const SOLVER: &str = "lockit solves and installs by itself";
const LOUDNESS: &str = "`-q` says less and `-v` more";

/// The variables with what is to be said of them.
const VARIABLES: [(&str, &str); 6] = [
    ("CONDA_LOCK_CONDA", SOLVER),
    ("CONDA_LOCK_MAMBA", SOLVER),
    ("CONDA_LOCK_MICROMAMBA", SOLVER),
    ("CONDA_FLAGS", "no conda is run; `--help` lists what lockit can be told"),
    ("CONDA_LOCK_SUBPROCESS_STDERR_LOG_LEVEL_OVERRIDE", LOUDNESS),
    ("CONDA_LOCK_SUBPROCESS_STDERR_DEFAULT_LOG_LEVEL", LOUDNESS),
];

/// Where conda-lock looks for private indexes when it locks.
const POETRY: (&str, &str) =
    ("POETRY_CONFIG_DIR", "a spec names its own indexes: `pip-repositories: [URL]`");

/// Says which variables that are set have no effect.
pub(crate) fn tell(doing: Doing, context: &Context) {
    let poetry = (doing == Doing::Locking).then_some(POETRY);
    for (name, why) in VARIABLES.into_iter().chain(poetry) {
        // What switches off what is off anyway needs no word.
        let is_on = |value: &String| {
            !matches!(value.to_ascii_lowercase().as_str(), "0" | "false" | "no" | "off" | "f" | "n")
        };
        if context.variable(name).as_ref().is_some_and(is_on) {
            note(context, name, why);
        }
    }
}
