//! lockit: renders conda environment specs into lockfiles for every platform.
//!
//! This binary is thin: it reads flags, asks the libraries, and prints.

mod args;
mod cli;
mod commands;
mod emit;
mod relock;
mod terminal;
mod world;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::CommandFactory;

use crate::args::global::{ColorWhen, GlobalArgs};
use crate::cli::{Cli, Command};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{Printer, Verbosity};
use crate::world::context::Context;
use crate::world::variables::Variables;
use lockit_diagnostic::Diagnostic;
use lockit_project::confined::top_of;
use lockit_project::files::Files;
use lockit_project::surroundings::Surroundings;
use lockit_spec::{CondaConfig, CondaPlaces, plain_path};

fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return shown(&error),
    };
    let printer = printer(&cli.global);
    let result = context(&cli.global, printer).and_then(|context| dispatch(cli, &context));
    let status = result.unwrap_or_else(|error| error.report(printer));
    // Said last, whatever the run came to: data that is cut short must not look whole.
    match printer.failure() {
        None => status.into(),
        Some(reason) => {
            CommandError::error(format!("cannot write to stdout: {reason}")).report(printer).into()
        }
    }
}

/// Shows what clap has to say: help, the version, or what is wrong with the command line.
fn shown(answer: &clap::Error) -> ExitCode {
    let written = answer.print().and_then(|()| io::stdout().flush());
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitStatus::Error.into(),
        _ if answer.use_stderr() => ExitStatus::Error.into(),
        _ => ExitStatus::Success.into(),
    }
}

fn dispatch(cli: Cli, context: &Context) -> Result<ExitStatus, CommandError> {
    if cli.command.as_ref().is_none_or(Command::looks_at_environments) {
        tell_of_conda(context);
    }
    match cli.command {
        None => commands::lock::execute(&cli.lock, context),
        Some(Command::Lock(args)) => commands::lock::execute(&args, context),
        Some(Command::Check(args)) => commands::check::execute(&args, context),
        Some(Command::Update(args)) => commands::lock::execute(&args.into(), context),
        #[cfg(feature = "solve")]
        Some(Command::Refresh(args)) => commands::refresh::execute(&args, context),
        Some(Command::Lint(args)) => commands::lint::execute(&args, context),
        Some(Command::Rule(args)) => commands::rule::execute(&args, context),
        Some(Command::Diff(args)) => commands::diff::execute(&args, context),
        Some(Command::Merge(args)) => commands::merge::execute(&args, context),
        Some(Command::Dockerfile(args)) => commands::dockerfile::execute(&args, context),
        Some(Command::Init(args)) => commands::init::execute(&args, context),
        #[cfg(feature = "solve")]
        Some(Command::Install(args)) => commands::install::execute(&args, context),
        #[cfg(feature = "solve")]
        Some(Command::Import(args)) => commands::import::execute(&args, context),
        Some(Command::Render(args)) => commands::render::execute(&args, context),
        Some(Command::RenderLockSpec(args)) => commands::render_lock_spec::execute(&args, context),
        Some(Command::List(args)) => commands::list::execute(&args, context),
        Some(Command::Tree(args)) => commands::tree::execute(&args, context),
        Some(Command::Why(args)) => commands::why::execute(&args, context),
        Some(Command::Sbom(args)) => commands::sbom::execute(&args, context),
        Some(Command::Completions { shell }) => {
            Ok(commands::completions::execute(Cli::command(), shell, context))
        }
        Some(Command::Man { folder }) => commands::man::execute(Cli::command(), &folder, context),
    }
}

fn printer(args: &GlobalArgs) -> Printer {
    match args.color {
        ColorWhen::Auto => anstream::ColorChoice::Auto,
        ColorWhen::Always => anstream::ColorChoice::Always,
        ColorWhen::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, 0) => Verbosity::Default,
        _ => Verbosity::Verbose,
    };
    Printer { verbosity }
}

fn context(args: &GlobalArgs, printer: Printer) -> Result<Context, CommandError> {
    let level = match (args.quiet, args.verbose) {
        // What libraries warn about, such as an old entry of a cache, is no advice to anybody.
        (true, _) => "error",
        (_, 0) => "error,lockit_solver=warn",
        (_, 1) => "warn",
        (_, 2) => "info",
        _ => "debug",
    };
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for variables")]
    let mut variables = Variables::new(std::env::vars_os());
    variables
        .allow(&args.allow_variables)
        .map_err(|error| CommandError::error(error.to_string()))?;
    let filter = variables
        .get("LOCKIT_LOG")
        .and_then(|filter| tracing_subscriber::EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| tracing_subscriber::EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Concealing(anstream::stderr()))
        .without_time()
        .with_target(false)
        .init();

    let gone =
        |error: io::Error| CommandError::error(format!("the current folder is gone: {error}"));
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for the folder")]
    let (mut here, mut directory) = {
        let here = std::env::current_dir().map_err(gone)?;
        (here.clone(), here)
    };
    if let Some(chosen) = &args.directory {
        directory = here.join(chosen);
        // Paths in flags are relative to it, as with `git -C`.
        std::env::set_current_dir(&directory).map_err(|error| {
            CommandError::error(format!("cannot work in `{}`: {error}", directory.display()))
        })?;
        #[expect(clippy::disallowed_methods, reason = "the one place that asks for the folder")]
        let now = std::env::current_dir();
        here = now.map_err(gone)?;
    }
    let conda = conda_config(&variables, &directory);
    let around = Surroundings {
        directory,
        here,
        files: Files::on_disk(),
        secrets: Arc::new(variables.known_secrets()),
        conda: Arc::new(conda),
        #[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
        now: jiff::Timestamp::now(),
    };
    Ok(Context {
        around,
        variables: Arc::new(variables),
        printer,
        progress: !args.no_progress && printer.verbosity == Verbosity::Default,
    })
}

/// The user's configuration of conda. `LOCKIT_NO_CONDARC` leaves it out, or only that of the machine (`system`).
fn conda_config(variables: &Variables, directory: &Path) -> CondaConfig {
    let left_out = variables.get("LOCKIT_NO_CONDARC").unwrap_or_default();
    if !matches!(left_out, "" | "0" | "false" | "system") {
        return CondaConfig::default();
    }
    let real = |path: &Path| fs_err::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let directory = real(directory);
    let top = top_of(&directory);
    CondaConfig::read(&CondaPlaces {
        variable: &|name| variables.get(name).map(str::to_owned),
        of_machine: left_out != "system",
        is_of_repository: &|path| plain_path(path).starts_with(top) || real(path).starts_with(top),
    })
}

/// Says what conda's configuration comes to, and what is wrong with it.
fn tell_of_conda(context: &Context) {
    let (config, printer) = (&context.around.conda, context.printer);
    let warnings = config.warnings.iter().map(|text| Diagnostic::warning(text.clone()));
    printer.diagnostics(&warnings.collect::<Vec<_>>());
    if printer.verbosity == Verbosity::Verbose {
        for (setting, place) in &config.taken {
            printer.status(&format!("`{setting}` of conda is from {place}"));
        }
    }
}

/// The log without secrets and without what a terminal or a job's system obeys: libraries below quote URLs as they are
/// requested, and what servers answer.
struct Concealing<W>(W);

impl<W: Write> Write for Concealing<W> {
    /// Gets whole events, so no secret is cut in two.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        #[cfg(feature = "solve")]
        let text = lockit_solver::conceal(&text);
        #[cfg(not(feature = "solve"))]
        let text = lockit_spec::credentials::masked(&text);
        self.0.write_all(lockit_diagnostic::harmless(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
