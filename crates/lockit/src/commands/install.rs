//! `lockit install`: a prefix that holds what the lock says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use lockit_diagnostic::Diagnostic;
use lockit_installer::{
    Clash, Credentials, Damage, InstallProgress, Installation, Look, NoInstallProgress,
};
use lockit_solver::Network;
use lockit_spec::{Platform, loads_code};

use crate::args::builds::BuildArgs;
use crate::args::categories::CategoryArgs;
use crate::args::conda_lock::SolverFlags;
use crate::args::conda_lock_variables::{self, Doing};
use crate::args::network::NetworkArgs;
use crate::args::which_lock::WhichLock;
use crate::args::word;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BOLD, paint};
use crate::terminal::progress::InstallBar;
use crate::world::context::Context;
use crate::world::prefix::prefix;
use lockit_project::files::absolute;

/// Arguments of `install`.
#[derive(Debug, Args, Clone)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    lock: WhichLock,
    /// Folder of the environment
    #[arg(short, long, value_name = "DIR", required_unless_present = "name")]
    prefix: Option<PathBuf>,
    /// Name of the environment, below `envs` of the installation of conda or mamba
    #[arg(short, long, value_name = "NAME", conflicts_with = "prefix")]
    name: Option<String>,
    /// Platform to install for [default: this machine's]
    #[arg(long, visible_alias = "force-platform", value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platform: Option<Platform>,
    #[command(flatten)]
    categories: CategoryArgs,
    #[command(flatten)]
    conda_lock: SolverFlags,
    /// Logins by domain or domain/path, `{"host/channel": "user:password"}` in JSON or YAML
    #[arg(long, value_name = "TEXT", help_heading = "Network")]
    auth: Option<String>,
    /// The same in a file, which does not show in the list of processes; `--auth` wins
    #[arg(long, value_name = "FILE", help_heading = "Network")]
    auth_file: Option<PathBuf>,
    #[arg(long, alias = "no-validate-platform", hide = true)]
    validate_platform: bool,
    /// Read every file that is there, and put back what was changed; without it, what is gone is put back
    #[arg(long)]
    verify: bool,
    /// Copy files instead of linking them to the cache of packages
    #[arg(long)]
    copy: bool,
    /// Leave PyPI packages as they are
    #[arg(long)]
    skip_pip: bool,
    /// Compile the modules of PyPI packages to bytecode, as conda does for its own
    #[arg(long)]
    compile: bool,
    /// Run the scripts that packages bring along for after they are linked
    #[arg(long)]
    run_link_scripts: bool,
    /// Install archives that the lockfile has no digest of, whatever is at their addresses
    #[arg(long)]
    allow_missing_digests: bool,
    /// Size that any archive may unpack to, in bytes or with K, M, G or T [default: 1G, and 32 times its own size]
    #[arg(long, value_name = "SIZE", env = "LOCKIT_MAX_UNPACKED", value_parser = size)]
    max_unpacked: Option<u64>,
    #[command(flatten)]
    builds: BuildArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// `20G` and `500 MiB`, in bytes; a unit is 1024 times the one before it.
fn size(text: &str) -> Result<u64, String> {
    let wrong = || "expected a number of bytes, such as `20G` or `500M`".to_owned();
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let power = match unit.strip_suffix("ib").or(unit.strip_suffix('b')).unwrap_or(&unit) {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    number.checked_mul(1 << (10 * power)).ok_or_else(wrong)
}

pub(crate) fn execute(args: &InstallArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let started = Instant::now();
    args.conda_lock.tell(context);
    conda_lock_variables::tell(Doing::Installing, context);
    // A lockfile for another platform is never taken for one of this.
    let _ = args.validate_platform;
    let credentials = credentials(args, context)?;
    let mut chosen = args.lock.read(context)?;
    let platform = match (args.platform, Platform::current()) {
        (None, Some(here)) => chosen
            .platform(Some(here))
            .map_err(|error| error.hint("`--platform` installs for another machine"))?,
        (wanted, _) => chosen.platform(wanted)?,
    };
    args.categories.apply(&mut chosen)?;
    chosen.with_variables(context);
    let folder = chosen.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
    let folder = absolute(&context.directory().join(folder));
    chosen.lock.located(&folder);
    let locked = &chosen.lock.platforms[&platform];
    let prefix = prefix(args.prefix.as_deref(), args.name.as_deref(), context)?;
    let mut builds = context
        .around
        .files
        .project(context.directory())?
        .map(|project| project.value.settings_of(&chosen.lock.environment).builds)
        .unwrap_or_default();
    args.builds.apply_to(&mut builds, true);
    let installation = Installation {
        lock: locked,
        platform,
        prefix: prefix.clone(),
        look: if args.verify { Look::Contents } else { Look::Presence },
        copy: args.copy,
        compile: args.compile,
        // A lock that leaves them out does not say which there are.
        pip: locked.skipped_pip == 0 && !args.skip_pip,
        builds,
        folder,
        link_scripts: args.run_link_scripts,
        missing_digests: args.allow_missing_digests,
        max_unpacked: args.max_unpacked,
        authenticated: &chosen.lock.authenticated,
        credentials,
        network: Network {
            conda: Arc::clone(&context.around.conda),
            ..Network::from(&args.network)
        },
    };
    let progress: Box<dyn InstallProgress> =
        if context.progress { Box::new(InstallBar::new()) } else { Box::new(NoInstallProgress) };
    let installed = if args.skip_pip { 0 } else { locked.pip.len() };
    context.variables.allow_configured()?;
    let done = installation.run(&*context.variables, progress.as_ref())?;
    for damage in &done.repaired {
        context.printer.status(&described(damage));
    }
    context.printer.diagnostics(&clashing(&done.clashes));
    if platform.is_osx() && !cfg!(target_os = "macos") && done.added + done.changed > 0 {
        context.printer.diagnostics(&[unsigned()]);
    }
    let parts: Vec<String> = [
        (done.added, "added"),
        (done.changed, "changed"),
        (done.removed, "removed"),
        (done.repaired.len(), "repaired"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    let what = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    context.printer.status(&format!(
        "{} holds {}: {what} in {:.1}s",
        paint(BOLD, context.shown(&prefix).display()),
        counted(locked.records.len(), installed),
        started.elapsed().as_secs_f64()
    ));
    context.printer.diagnostics(&loading_code(&done.variables_set));
    for (names, what) in
        [(&done.variables_set, "sets"), (&done.variables_removed, "no longer sets")]
    {
        if !names.is_empty() {
            context.printer.status(&format!("activation {what} {}", names.join(", ")));
        }
    }
    if !done.with_link_scripts.is_empty() {
        context.printer.status(&format!(
            "scripts of {} were not run: `--run-link-scripts` runs them",
            done.with_link_scripts.join(", ")
        ));
    }
    Ok(ExitStatus::Success)
}

fn credentials(args: &InstallArgs, context: &Context) -> Result<Credentials, CommandError> {
    let (flag, text) = match (&args.auth, &args.auth_file) {
        (Some(text), _) => ("--auth", text.clone()),
        (None, Some(file)) => {
            let text = fs_err::read_to_string(context.directory().join(file))?;
            ("--auth-file", text)
        }
        (None, None) => return Ok(Credentials::default()),
    };
    Credentials::parse(&text)
        .map_err(|error| CommandError::error(format!("`{flag}` cannot be understood: {error}")))
}

/// `app 1.0: bin/app was missing, etc/app.conf and 2 others were changed`
fn described(damage: &Damage) -> String {
    let parts = [(&damage.missing, "missing"), (&damage.changed, "changed")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(files, what)| match files.as_slice() {
            [] => None,
            [one] => Some(format!("{} was {what}", one.display())),
            [one, two] => Some(format!("{} and {} were {what}", one.display(), two.display())),
            [one, others @ ..] => {
                Some(format!("{} and {} others were {what}", one.display(), others.len()))
            }
        })
        .collect();
    format!("{}: {}", damage.package, parts.join(", "))
}

/// What a spec makes every program of the environment load is not set without a word.
fn loading_code(names: &[String]) -> Vec<Diagnostic> {
    let loading = names.iter().filter(|name| loads_code(name));
    let told = loading.map(|name| {
        Diagnostic::warning(format!(
            "the spec sets `{name}`, which decides which code every program of the environment loads"
        ))
        .hint("remove it from `variables:` and install again, unless that is intended")
    });
    told.collect()
}

/// One warning for the files that the same packages bring.
fn clashing(clashes: &[Clash]) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<(&[String], Option<&str>), Vec<&Path>> = BTreeMap::new();
    for clash in clashes {
        let group = (clash.packages.as_slice(), clash.winner.as_deref());
        groups.entry(group).or_default().push(&clash.file);
    }
    let told = groups.into_iter().map(|((packages, winner), files)| {
        let names: Vec<String> = packages.iter().map(|name| format!("`{name}`")).collect();
        let others = match files.len() - 1 {
            0 => String::new(),
            1 => " and 1 other file".to_owned(),
            count => format!(" and {count} other files"),
        };
        let used = winner.map_or(String::new(), |winner| {
            format!(
                "; {} of `{winner}`",
                if files.len() == 1 { "it is that" } else { "they are those" }
            )
        });
        let message =
            format!("{} bring `{}`{others}{used}", names.join(" and "), files[0].display());
        Diagnostic::warning(message)
    });
    told.collect()
}

/// A Mac runs no program whose signature does not fit, and none fits where the path of a prefix was written in.
fn unsigned() -> Diagnostic {
    Diagnostic::warning("programs of this prefix are not signed: only a Mac can sign them")
        .hint("before they are run, sign each there: `codesign --force --sign - FILE`")
}

/// `5 packages and 2 from PyPI`
fn counted(conda: usize, pip: usize) -> String {
    let conda = if conda == 1 { "1 package".to_owned() } else { format!("{conda} packages") };
    if pip == 0 { conda } else { format!("{conda} and {pip} from PyPI") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("20G", 20 << 30),
            ("500 MiB", 500 << 20),
            ("1kb", 1024),
            ("2T", 2 << 40),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1", "1.5G", "1X", "99999999999T", "20 G G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
