//! Arguments of `dockerfile`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `dockerfile`.
#[derive(Debug, Args, Clone, Default)]
#[command(after_help = "Examples:\n  \
    lockit dockerfile predict-linux-64.lock predict-linux-aarch64.lock > Dockerfile\n  \
    lockit dockerfile -o Dockerfile   the environment of lockit.toml, refreshed in place\n  \
    lockit dockerfile --snippet       only the lines about the environment\n\n\
    Every option is a key of [dockerfile] in lockit.toml, too.")]
pub(crate) struct DockerfileArgs {
    /// Lockfiles, one for each architecture; without any, those of lockit.toml
    #[arg(value_name = "LOCKFILE")]
    pub(crate) lockfiles: Vec<PathBuf>,
    /// Environment of lockit.toml, or of a lockfile that holds several
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// What installs the environment: micromamba, miniforge or pixi [default: micromamba]
    #[arg(long, value_name = "NAME")]
    pub(crate) builder: Option<String>,
    /// Image of the builder
    #[arg(long, value_name = "IMAGE")]
    pub(crate) builder_image: Option<String>,
    /// Image to run on: distroless, debian-slim, scratch, builder, or any image [default: distroless]
    #[arg(long, value_name = "IMAGE")]
    pub(crate) runtime: Option<String>,
    /// Where the environment lies [default: /env]
    #[arg(long, value_name = "PATH")]
    pub(crate) prefix: Option<String>,
    /// What becomes of the project: none, package or copy [default: what lies beside the spec]
    #[arg(long, value_name = "HOW")]
    pub(crate) app: Option<String>,
    /// Port the service listens on
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<String>,
    /// Command that starts it [default: what the project shows]
    #[arg(long, value_name = "COMMAND")]
    pub(crate) cmd: Option<String>,
    /// Who runs it [default: 65532:65532]
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Label of the image
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub(crate) labels: Vec<String>,
    /// Variable of the service
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub(crate) env: Vec<String>,
    /// Path to ask for over HTTP, or `none` [default: whether the port is open]
    #[arg(long, value_name = "PATH")]
    pub(crate) healthcheck: Option<String>,
    /// File with a line `IMAGE@sha256:…` for each base image
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_digests: Option<String>,
    /// What to leave out: none, safe or expert [default: safe]
    #[arg(long, value_name = "LEVEL")]
    pub(crate) trim: Option<String>,
    /// Byte code of python: keep, unchecked-hash or strip [default: unchecked-hash]
    #[arg(long, value_name = "HOW")]
    pub(crate) bytecode: Option<String>,
    /// File to write, and .dockerignore beside it; only the part between markers is replaced
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["snippet", "explain"])]
    pub(crate) output: Option<String>,
    /// Only the lines about the environment, to paste
    #[arg(long, conflicts_with = "explain")]
    pub(crate) snippet: bool,
    /// What would be left out, why, and what that saves
    #[arg(long)]
    pub(crate) explain: bool,
}
