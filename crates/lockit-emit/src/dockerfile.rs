//! The Dockerfile: the environment from the lock first, then the project, then what runs.

use jiff::civil::Date;
use lockit_lockfile::Format;
use lockit_spec::{is_one_line, loads_code};
use minijinja::{Environment, Value};
use serde::Serialize;

use crate::choices::DEBIAN;
use crate::docker_path::{copy, is_word, json};
use crate::project::AppPlan;
use crate::{App, Builder, Bytecode, Choices, EmitError, Facts, KnownImage, ProjectFolder, Trim};
use crate::{activation, mirrors, trim};

const TEMPLATE: &str = include_str!("../templates/Dockerfile.jinja");

/// A Dockerfile, and what a person should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emitted {
    /// The text.
    pub text: String,
    /// What could not be checked, or will be a problem: a message and advice.
    pub remarks: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Alias<'a> {
    docker: &'a str,
    /// Behind `COPY`.
    copy: String,
}

#[derive(Serialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Deletion {
    name: &'static str,
    why: &'static str,
    saves: &'static str,
    command: String,
}

/// What the template is filled with.
#[derive(Serialize)]
struct Page<'a> {
    command: &'a str,
    snippet: bool,
    aliases: Vec<Alias<'a>>,
    /// Behind `COPY`, where there is one lockfile for all.
    single: String,
    lock_name: &'a str,
    builder: String,
    become_root: bool,
    pixi: bool,
    environment: &'a str,
    cache: &'a str,
    /// Expressions of sed that put mirrors into the lockfile.
    mirrors: Vec<String>,
    install: String,
    pip: bool,
    prefix: &'a str,
    check_activation: bool,
    variables: Vec<Pair>,
    /// Variables that somebody gave; what scripts make of them does not matter.
    given: Vec<&'a str>,
    package: bool,
    slim: bool,
    rules: Vec<Deletion>,
    bytecode: &'a str,
    library: Option<String>,
    frozen: bool,
    libc: Option<String>,
    runtime: String,
    labels: Vec<Pair>,
    last: &'a str,
    activation_notes: Vec<String>,
    env: Vec<Pair>,
    /// Behind `COPY`, each.
    copies: Vec<String>,
    user: &'a str,
    port: Option<u16>,
    healthcheck: Option<String>,
    cmd: Option<String>,
}

/// Writes a Dockerfile. `command` is what makes it again; `today` tells which images are out of
/// support and does not change the text.
///
/// With `snippet` only the lines about the environment are written, to be pasted.
///
/// # Errors
/// Choices that do not fit the lock: an image with an older glibc, a builder that cannot read the
/// format, a project that cannot be installed.
pub fn write(
    facts: &Facts,
    choices: &Choices,
    folder: &ProjectFolder,
    command: &str,
    snippet: bool,
    today: Date,
) -> Result<Emitted, EmitError> {
    choices.check()?;
    choices.builder.check(facts.format)?;
    check_facts(facts)?;
    let mut choices = choices.clone();
    if choices.builder == Builder::Pixi {
        pixi_prefix(facts, &mut choices, folder)?;
    }
    let choices = &choices;
    let plan = folder.plan(facts, choices)?;
    let mut remarks = Vec::new();
    if !snippet {
        check_image(facts, choices, today, &mut remarks)?;
    }
    let variables = activation::variables(facts, &choices.prefix);
    let unknown = activation::unknown(facts);
    remark_activation(&unknown, choices, &mut remarks);
    let spec_variables = spec_variables(facts, choices, &variables, &mut remarks);
    remark_project(&plan, facts, choices, snippet, &mut remarks);
    let prefix = &choices.prefix;
    let rules: Vec<Deletion> = trim::RULES
        .iter()
        .filter(|rule| rule.matches(facts, choices.trim))
        .map(|rule| Deletion {
            name: rule.name,
            why: rule.why,
            saves: rule.saves,
            command: rule.command(facts, prefix),
        })
        .collect();
    let bytecode = match (&facts.python, choices.bytecode) {
        (None, _) | (_, Bytecode::Keep) => "keep",
        (_, Bytecode::Strip) => "strip",
        (_, Bytecode::UncheckedHash) => "hash",
    };
    let slim = choices.trim > Trim::Nothing || bytecode != "keep";
    let paths = distinct_paths(facts);
    let several = paths.len() > 1;
    let lock_name = match facts.format {
        Format::CondaLock => "conda-lock.yml",
        Format::Pixi => "pixi.lock",
        _ => "environment.lock",
    };
    let mirrors = mirrors::expressions(&choices.rewrites)?;
    if !mirrors.is_empty() && choices.builder == Builder::Pixi {
        remarks.push((
            "the builder `pixi` does not use `[rewrite]` of lockit.toml".into(),
            "name the mirrors in `[mirrors]` of pixi's configuration".into(),
        ));
    }
    let runtime = choices.runtime_image();
    let scratch = runtime == "scratch";
    let aliases = facts
        .architectures
        .iter()
        .map(|one| {
            let copy = copy(&[&one.path], &format!("/{lock_name}"))?;
            Ok(Alias { docker: one.docker, copy })
        })
        .collect::<Result<Vec<Alias<'_>>, EmitError>>()?;
    let path = paths.first().copied().unwrap_or_default();
    let single = if choices.builder == Builder::Pixi {
        copy(&["pixi.toml", path], "./")?
    } else {
        copy(&[path], &format!("/tmp/{lock_name}"))?
    };
    let page = Page {
        command,
        snippet,
        aliases: if several { aliases } else { Vec::new() },
        single,
        lock_name,
        builder: choices.builder_reference(),
        become_root: choices.builder == Builder::Micromamba,
        pixi: choices.builder == Builder::Pixi,
        environment: if facts.environment.is_empty() { "default" } else { &facts.environment },
        cache: choices.builder.cache(),
        mirrors,
        install: install(choices, lock_name),
        pip: facts.has_pip_packages(),
        prefix,
        check_activation: choices.builder != Builder::Pixi,
        variables: pairs(
            variables
                .iter()
                .filter(|(name, _)| !choices.env.contains_key(*name))
                .map(|(name, value)| (*name, value.as_str())),
        ),
        given: choices.env.keys().map(String::as_str).collect(),
        package: plan.app == App::Package,
        slim,
        rules,
        bytecode,
        library: facts.python.as_ref().map(|python| format!("{prefix}/{}", python.library())),
        frozen: choices.trim < Trim::Expert,
        libc: scratch.then(|| choices.digests.pin(DEBIAN)),
        runtime: if scratch { "scratch".to_owned() } else { choices.digests.pin(runtime) },
        labels: labels(facts, choices, runtime),
        last: if slim { "slim" } else { "environment" },
        activation_notes: notes(&variables, &unknown),
        env: environment_variables(facts, choices, &plan, &spec_variables, &variables),
        copies: plan.copies.iter().map(|(from, to)| copy(&[from], to)).collect::<Result<_, _>>()?,
        user: &choices.user,
        port: plan.port,
        healthcheck: healthcheck(facts, choices, &plan),
        cmd: (!plan.command.is_empty()).then(|| json(&plan.command)),
    };
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    let rendered = environment
        .template_from_str(TEMPLATE)
        .and_then(|template| template.render(Value::from_serialize(&page)))
        .map_err(|error| EmitError::Io(std::io::Error::other(error)))?;
    Ok(Emitted { text: rendered, remarks })
}

/// What comes from the lock and becomes a word of a command.
fn check_facts(facts: &Facts) -> Result<(), EmitError> {
    if !facts.environment.is_empty() && !is_word(&facts.environment) {
        return Err(EmitError::Value {
            what: "the environment",
            value: facts.environment.clone(),
            hint: "use letters, digits, `-`, `_` and `.` in its name".into(),
        });
    }
    let Some(python) = &facts.python else { return Ok(()) };
    let is_path = |path: &str| !path.starts_with('/') && path.split('/').all(is_word);
    for path in [python.library(), &python.site_packages, &python.series] {
        if !is_path(path) {
            return Err(EmitError::Value {
                what: "the directory of python",
                value: path.to_owned(),
                hint: "lock again: no python has such a directory".into(),
            });
        }
    }
    Ok(())
}

/// pixi decides itself where an environment lies, and its path is written into many files.
fn pixi_prefix(
    facts: &Facts,
    choices: &mut Choices,
    folder: &ProjectFolder,
) -> Result<(), EmitError> {
    if !folder.has_pixi_manifest {
        return Err(EmitError::Project {
            reason: "pixi installs from a pixi.lock and its manifest, and there is no pixi.toml"
                .into(),
            hint: "lock with `-k explicit` and leave `--builder` out".into(),
        });
    }
    let name = if facts.environment.is_empty() { "default" } else { &facts.environment };
    let prefix = format!("/pixi/.pixi/envs/{name}");
    if choices.prefix != Choices::default().prefix && choices.prefix != prefix {
        return Err(EmitError::Value {
            what: "the path of the environment",
            value: choices.prefix.clone(),
            hint: format!("with the builder `pixi` it is `{prefix}`"),
        });
    }
    choices.prefix = prefix;
    Ok(())
}

/// Lockfiles, each once, in the order of architectures.
fn distinct_paths(facts: &Facts) -> Vec<&str> {
    let mut paths: Vec<&str> = Vec::new();
    for architecture in &facts.architectures {
        if !paths.contains(&architecture.path.as_str()) {
            paths.push(&architecture.path);
        }
    }
    paths
}

/// Copies files out of the cache: hard links cannot leave it.
fn install(choices: &Choices, lock_name: &str) -> String {
    let program = match choices.builder {
        Builder::Micromamba => "micromamba",
        Builder::Miniforge => "mamba",
        Builder::Pixi => "pixi",
    };
    let prefix = &choices.prefix;
    format!(
        "{program} create --yes --quiet --always-copy --prefix {prefix} --file /tmp/{lock_name}"
    )
}

fn check_image(
    facts: &Facts,
    choices: &Choices,
    today: Date,
    remarks: &mut Vec<(String, String)>,
) -> Result<(), EmitError> {
    let runtime = choices.runtime_image();
    let image = if runtime == "scratch" { DEBIAN } else { runtime };
    if !choices.digests.is_empty() && runtime != "scratch" && !choices.digests.has(runtime) {
        remarks.push((
            format!("`{runtime}` has no digest in the file of digests"),
            "add its line, so that the base cannot change unseen".into(),
        ));
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    if !name.contains([':', '@']) {
        remarks.push((
            format!("`{image}` names no version, so that it changes with time"),
            "write `IMAGE:TAG`".into(),
        ));
    }
    let Some(known) = KnownImage::find(image) else {
        let needs = facts.glibc.as_ref().map_or_else(
            || "which glibc the lock needs and which `IMAGE` has".to_owned(),
            |glibc| format!("whether `IMAGE` has glibc {}", glibc.version),
        );
        remarks.push((
            format!("it is not known {}", needs.replace("IMAGE", image)),
            "`ldd --version` in the image tells".into(),
        ));
        return Ok(());
    };
    let Some(has) = known.glibc else {
        return Err(EmitError::NoGlibc { image: image.to_owned() });
    };
    match &facts.glibc {
        Some(glibc) if known.has_glibc(&glibc.version) == Some(false) => {
            return Err(EmitError::Glibc {
                needed: glibc.version.clone(),
                package: glibc.package.clone(),
                image: image.to_owned(),
                has: has.to_owned(),
            });
        }
        Some(_) => {}
        None if facts.tells_needs() => {}
        None => remarks.push((
            "the lockfile does not say which glibc its packages need".into(),
            "lock again with lockit, which writes it down".into(),
        )),
    }
    if let Some(end) = known.ended(today) {
        remarks.push((
            format!("`{image}` has had no security updates since {end}"),
            "choose another one with `--runtime`".into(),
        ));
    }
    Ok(())
}

fn remark_activation(
    unknown: &[&'static str],
    choices: &Choices,
    remarks: &mut Vec<(String, String)>,
) {
    if unknown.is_empty() {
        return;
    }
    let verb = if unknown.len() == 1 { "sets" } else { "set" };
    remarks.push((
        format!(
            "{} {verb} variables on activation that are not known, and `{}` activates nothing",
            unknown.join(", "),
            choices.runtime_image()
        ),
        "the build stops and shows them; give them with `--env NAME=VALUE`".into(),
    ));
}

fn remark_project(
    plan: &AppPlan,
    facts: &Facts,
    choices: &Choices,
    snippet: bool,
    remarks: &mut Vec<(String, String)>,
) {
    let only_python = plan.command.len() == 1 && plan.command[0].ends_with("/bin/python");
    if !snippet && choices.cmd.is_none() && (plan.command.is_empty() || only_python) {
        remarks.push((
            "nothing beside the spec says how the service is started".into(),
            "say it with `--cmd 'uvicorn main:app --host 0.0.0.0 --port 8000' --port 8000`".into(),
        ));
    }
    if let Some(first) = plan.command.first() {
        let program = first.strip_prefix(&format!("{}/bin/", choices.prefix));
        if let Some(program) =
            program.filter(|name| ["uvicorn", "gunicorn", "hypercorn"].contains(name))
            && !facts.has(program)
        {
            remarks.push((
                format!("the command starts `{program}`, which is not in the lock"),
                "add it to the spec and lock again".into(),
            ));
        }
    }
}

/// The variables of the spec, as activation sets them.
fn spec_variables(
    facts: &Facts,
    choices: &Choices,
    activated: &[(&'static str, String)],
    remarks: &mut Vec<(String, String)>,
) -> Vec<(String, String)> {
    let mut set = Vec::new();
    for (name, value) in &facts.variables {
        let upper = name.to_ascii_uppercase();
        if choices.env.contains_key(&upper) {
            continue;
        }
        if activated.iter().any(|(known, own)| **known == *upper && own != value) {
            remarks.push((
                format!(
                    "the spec sets `{upper}`, but the activation script of a package sets it again"
                ),
                format!("use `--env {upper}=VALUE` to set it in the image"),
            ));
            continue;
        }
        if !is_one_line(value) {
            remarks.push((
                format!("the variable `{upper}` of the spec is left out: its value has a line break or another control character, which a Dockerfile cannot hold"),
                format!("set it when the container starts, or give another value with `--env {upper}=VALUE`"),
            ));
            continue;
        }
        if loads_code(&upper) {
            remarks.push((
                format!("the spec sets `{upper}`, which decides which code every program in the image loads"),
                "remove it from `variables:` unless that is intended".into(),
            ));
        }
        set.push((upper, value.clone()));
    }
    set
}

fn environment_variables(
    facts: &Facts,
    choices: &Choices,
    plan: &AppPlan,
    of_spec: &[(String, String)],
    variables: &[(&'static str, String)],
) -> Vec<Pair> {
    let prefix = &choices.prefix;
    let project = if plan.app == App::Package { "/app/bin:" } else { "" };
    let mut env = vec![
        ("CONDA_PREFIX".to_owned(), prefix.clone()),
        ("PATH".to_owned(), format!("{project}{prefix}/bin:/usr/local/bin:/usr/bin:/bin")),
    ];
    if facts.python.is_some() {
        // Nobody may write there, and logs are read while they are written.
        env.push(("PYTHONDONTWRITEBYTECODE".into(), "1".into()));
        env.push(("PYTHONUNBUFFERED".into(), "1".into()));
    }
    if let Some(path) = &plan.python_path {
        env.push(("PYTHONPATH".into(), path.clone()));
    }
    let activated = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    // Scripts of packages run behind the variables of the spec, and people have the last word.
    let given = choices.env.iter().map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in of_spec.iter().cloned().chain(activated).chain(given) {
        env.retain(|(known, _)| *known != name);
        env.push((name, value));
    }
    env.into_iter().map(|(name, value)| Pair { name, value: quoted(&value) }).collect()
}

fn labels(facts: &Facts, choices: &Choices, runtime: &str) -> Vec<Pair> {
    let mut labels = vec![
        ("dev.lockit.lock.sha256".to_owned(), facts.digest.clone()),
        ("org.opencontainers.image.base.name".to_owned(), runtime.to_owned()),
    ];
    if runtime == "scratch" {
        labels.pop();
    } else if let Some(digest) = choices.digests.of(runtime) {
        labels.push(("org.opencontainers.image.base.digest".to_owned(), digest));
    }
    for (name, value) in &choices.labels {
        labels.retain(|(known, _)| known != name);
        labels.push((name.clone(), value.clone()));
    }
    labels.into_iter().map(|(name, value)| Pair { name, value: quoted(&value) }).collect()
}

fn pairs<'a>(of: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Pair> {
    of.map(|(name, value)| Pair { name: name.to_owned(), value: value.to_owned() }).collect()
}

fn notes(variables: &[(&'static str, String)], unknown: &[&'static str]) -> Vec<String> {
    let mut notes = Vec::new();
    if !variables.is_empty() {
        let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
        notes.push(format!("Activation scripts of packages would set {}.", names.join(", ")));
    }
    if !unknown.is_empty() {
        notes.push(format!("Not known what these set on activation: {}.", unknown.join(", ")));
    }
    notes
}

/// A check in exec form: there is no shell and no curl.
fn healthcheck(facts: &Facts, choices: &Choices, plan: &AppPlan) -> Option<String> {
    let port = plan.port?;
    facts.python.as_ref()?;
    let code = match choices.healthcheck.as_deref() {
        Some("") => return None,
        Some(path) => format!(
            "import urllib.request; urllib.request.urlopen('http://127.0.0.1:{port}/{}', timeout=4)",
            path.trim_start_matches('/')
        ),
        None => format!("import socket; socket.create_connection(('127.0.0.1', {port}), 4)"),
    };
    Some(json(&[format!("{}/bin/python", choices.prefix), "-c".into(), code]))
}

/// A value as ENV and LABEL take it.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+,=".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    let mut out = String::from("\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$') {
            out.push('\\');
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out.push('"');
    out
}
