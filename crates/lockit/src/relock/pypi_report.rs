//! Words for PyPI packages that cannot be resolved: the lines that ask for them, and those by which conda
//! decided otherwise.

use lockit_diagnostic::{Diagnostic, Hint as _};
use lockit_lockfile::asked_name;
use lockit_pypi::{
    DemandedDigests, MissingExtra, OfferedArchive, OtherDigests, Provided, PypiError, Shadowed,
};
use lockit_spec::{ArchiveDigest, Environment, Platform, mentions, platform_names};

use super::pypi_advice::hint;
use super::pypi_task::{Task, TaskError};

/// How many lines are pointed at before it gets noise.
const LABELS: usize = 12;

/// What failed and what uv warns of. What is the same on several platforms is said once.
pub(super) fn pypi_failures(tasks: &[Task<'_>]) -> Vec<Diagnostic> {
    let mut told: Vec<(String, &Task<'_>, Vec<Platform>)> = Vec::new();
    for task in tasks {
        let key = match &task.result {
            Ok(_) | Err(TaskError::NoBase) => continue,
            Err(TaskError::NotInBase { name, base }) => format!("{name} {base}"),
            Err(TaskError::Pypi(PypiError::NoPython { .. })) => "no python".to_owned(),
            Err(TaskError::Pypi(
                PypiError::Unsatisfiable { explanation, .. }
                | PypiError::Failed { explanation, .. }
                | PypiError::Unreachable { explanation },
            )) => explanation.clone(),
            Err(TaskError::Pypi(PypiError::OtherDigests(other))) => {
                format!("{} {}", other.name, other.version)
            }
            Err(TaskError::Pypi(PypiError::NotToBeBuilt { packages, .. })) => packages.join(" "),
            Err(TaskError::Pypi(other)) => other.to_string(),
        };
        let same = told.iter_mut().find(|(known, first, _)| {
            *known == key && first.environment.name == task.environment.name
        });
        match same {
            Some((_, _, platforms)) => platforms.push(task.platform),
            None => told.push((key, task, vec![task.platform])),
        }
    }
    told.iter().filter_map(|(_, task, platforms)| failure(task, platforms)).collect()
}

/// Extras that nobody brings, and what uv warns of besides, each once.
pub(super) fn pypi_warnings(tasks: &[Task<'_>]) -> Vec<Diagnostic> {
    let mut extras: Vec<(&str, &MissingExtra)> = Vec::new();
    let mut texts: Vec<&str> = Vec::new();
    let mut shadowed: Vec<&Shadowed> = Vec::new();
    let mut diagnostics = Vec::new();
    for task in tasks {
        let Ok(resolution) = &task.result else { continue };
        for missing in &resolution.missing_extras {
            let key = (task.environment.name.as_str(), missing);
            if !extras.contains(&key) {
                extras.push(key);
                diagnostics.push(missing_extra(task, missing));
            }
        }
        for one in &resolution.shadowed {
            if !shadowed.contains(&one) {
                shadowed.push(one);
                let Shadowed { name, version, index, newer, elsewhere } = one;
                diagnostics.push(Diagnostic::warning(format!(
                    "`{name}` {version} is from {index}, which is asked before {elsewhere} with {newer}; \
                     `--index-strategy unsafe-best-match` compares both"
                )));
            }
        }
        for warning in &resolution.warnings {
            if !texts.contains(&warning.as_str()) {
                texts.push(warning);
                diagnostics.push(Diagnostic::warning(format!("uv says: {warning}")));
            }
        }
    }
    diagnostics
}

/// A line that asks PyPI for what only conda calls so.
fn name_on_pypi(
    environment: &Environment,
    platform: Platform,
    explanation: &str,
) -> Option<String> {
    environment.pip_for(platform).find_map(|line| {
        let name = asked_name(&line.text)?;
        let unknown = format!("{name} was not found in");
        let at = explanation.find(&unknown)?;
        // Not the end of a longer name.
        let before = explanation[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || "-_.".contains(c)) {
            return None;
        }
        let names = environment.names.names_on_pypi(&name);
        let first = names.first()?;
        let all: Vec<String> = names.iter().take(3).map(|one| format!("`{one}`")).collect();
        Some(format!(
            "`{name}` is the name in conda: PyPI calls it {}; write `{first}`, or list `{name}` outside of `pip:`",
            all.join(" or ")
        ))
    })
}

fn missing_extra(task: &Task<'_>, missing: &MissingExtra) -> Diagnostic {
    let MissingExtra { provided: Provided { name, version, conda }, extra } = missing;
    let diagnostic = Diagnostic::warning(format!(
        "`{name}[{extra}]` brings nothing more than `{name}`: conda provides {name} {version}, and conda packages \
         have no extras"
    ));
    let diagnostic = asked_for(diagnostic, task.environment, task.platform, name);
    diagnostic.hint(format!(
        "ask by name for what `{extra}` stands for, or leave `{conda}` to PyPI and out of the conda dependencies"
    ))
}

fn failure(task: &Task<'_>, platforms: &[Platform]) -> Option<Diagnostic> {
    let Err(error) = &task.result else { return None };
    let environment = task.environment;
    let on = platform_names(platforms);
    let title = format!("the PyPI packages of `{}` cannot be resolved for {on}", environment.name);
    Some(match error {
        TaskError::NoBase => return None,
        TaskError::NotInBase { name, base } => {
            let mut diagnostic = Diagnostic::error(format!(
                "`{}` needs `{name}` from PyPI on {on}, which `{base}`, whose versions it takes, does not have",
                environment.name
            ));
            diagnostic = asked_for(diagnostic, environment, task.platform, name);
            diagnostic.hint(format!("add `{name}` to the `pip:` section of `{base}`"))
        }
        TaskError::Pypi(PypiError::NoPython { .. }) => {
            let mut diagnostic = Diagnostic::error(title);
            if let Some(first) = environment.pip_for(task.platform).next() {
                diagnostic = diagnostic.label(&first.file, first.span, "needs a python");
            }
            diagnostic
                .note("no conda package brings python")
                .hint("add `python` to the conda dependencies")
        }
        TaskError::Pypi(PypiError::Unsatisfiable { explanation, provided, advice }) => {
            let mut diagnostic =
                asked_for(Diagnostic::error(title), environment, task.platform, explanation);
            diagnostic = decided(diagnostic, environment, task.platform, provided);
            diagnostic = diagnostic.note(explanation.clone());
            let hints: Vec<String> =
                advice.iter().filter_map(|one| hint(one, task.platform)).collect();
            if !hints.is_empty() {
                return Some(hints.into_iter().fold(diagnostic, Diagnostic::hint));
            }
            let names: Vec<String> =
                provided.iter().map(|one| format!("`{}`", one.conda)).collect();
            if names.is_empty() {
                let unknown = explanation.contains("was not found in");
                if let Some(hint) = name_on_pypi(environment, task.platform, explanation) {
                    return Some(diagnostic.hint(hint));
                }
                return Some(diagnostic.hint(if unknown {
                    "check the spelling, or name the index that has it: `--extra-index-url URL` in the `pip:` section"
                } else {
                    "loosen what the `pip:` section asks for"
                }));
            }
            diagnostic.hint(format!(
                "what conda provides is decided first: ask for another version of {} among the conda \
                 dependencies, or take the PyPI package from a conda channel as well",
                names.join(", ")
            ))
        }
        TaskError::Pypi(PypiError::NotToBeBuilt { packages, none }) => {
            not_to_be_built(packages, *none, &on, environment, task.platform)
        }
        TaskError::Pypi(PypiError::OtherDigests(other)) => other_digests(other, &on),
        TaskError::Pypi(PypiError::Unreachable { explanation }) => {
            asked_for(Diagnostic::error(title), environment, task.platform, explanation)
                .note(explanation.clone())
                .hint("check the network and the URL of the index, and run it again")
        }
        TaskError::Pypi(PypiError::Failed { explanation, advice }) => {
            let diagnostic =
                asked_for(Diagnostic::error(title), environment, task.platform, explanation)
                    .note(explanation.clone());
            if explanation.contains("o interpreter found") || explanation.contains("No Python") {
                diagnostic.hint(
                    "uv wants some python on this machine, of whatever version: it reads with it what \
                     source distributions need",
                )
            } else {
                let hints = advice.iter().filter_map(|one| hint(one, task.platform));
                hints.fold(diagnostic, Diagnostic::hint)
            }
        }
        TaskError::Pypi(other) => {
            let diagnostic = Diagnostic::error(title).note(other.to_string());
            match other {
                PypiError::NotFilled(error) => {
                    error.hints().into_iter().fold(diagnostic, Diagnostic::hint)
                }
                PypiError::OldForNoBuilds { .. } => diagnostic.hint("get uv 0.13 or newer"),
                _ => diagnostic,
            }
        }
    })
}

/// Archives that are none of those that lines demand, with what there is.
fn other_digests(other: &OtherDigests, on: &str) -> Diagnostic {
    let OtherDigests { name, version, demanded, archives } = other;
    let mut diagnostic =
        Diagnostic::error(format!("`{name}` has no archive with an allowed hash on {on}"));
    for one in demanded.iter().take(LABELS) {
        let first = one.digests.first().map(ToString::to_string).unwrap_or_default();
        let label = match one.digests.len() {
            1 => format!("allows only {first}"),
            count => format!("allows only {count} hashes, such as {first}"),
        };
        diagnostic = diagnostic.label(&one.file, one.span, label);
    }
    let offered: Vec<String> = archives
        .iter()
        .map(|one| {
            if one.digests.is_empty() {
                format!("{}, of which no hash is known", one.file)
            } else {
                let digests: Vec<String> = one.digests.iter().map(ToString::to_string).collect();
                format!("{} {}", one.file, digests.join(" "))
            }
        })
        .collect();
    let what = format!("{name} {version}");
    let diagnostic = match offered.as_slice() {
        [] => diagnostic.note(format!("{} has no archive that could be hashed", what.trim_end())),
        _ => diagnostic.note(format!("{} is there as\n{}", what.trim_end(), offered.join("\n"))),
    };
    diagnostic.hint(help(demanded, archives))
}

/// What to do about archives that are none of those that lines demand.
fn help(demanded: &[DemandedDigests], archives: &[OfferedArchive]) -> String {
    if archives.is_empty() {
        return "name an archive instead of a folder or a repository, or drop `--hash`".to_owned();
    }
    let offered = || archives.iter().flat_map(|one| &one.digests);
    if offered().next().is_none() {
        return "get uv 0.13 or newer, which computes what the index does not say, or drop `--hash`".to_owned();
    }
    let is_there = |digest: &ArchiveDigest| offered().any(|one| one == digest);
    let is_known = |digest: &ArchiveDigest| offered().any(|one| one.algorithm == digest.algorithm);
    // Lines that say something of these archives, all of it wrong.
    let mut denied = demanded
        .iter()
        .filter(|one| one.digests.iter().any(is_known) && !one.digests.iter().any(is_there));
    let unknown = demanded.iter().find(|one| !one.digests.iter().any(is_known));
    match unknown.and_then(|one| one.digests.first()) {
        Some(ArchiveDigest { algorithm, .. }) if denied.next().is_none() => format!(
            "{algorithm} is not known of them: write a hash that is, of the archive that you trust"
        ),
        _ => "an archive that was replaced is a reason to stop: find out where the hash came from. If one of these \
              archives is right, list its hash"
            .to_owned(),
    }
}

/// Packages that nobody allowed to be built, with the key that does.
fn not_to_be_built(
    packages: &[String],
    none: bool,
    on: &str,
    environment: &Environment,
    platform: Platform,
) -> Diagnostic {
    let names = |quote: &str| {
        let quoted: Vec<String> =
            packages.iter().map(|name| format!("{quote}{name}{quote}")).collect();
        quoted.join(", ")
    };
    let diagnostic = Diagnostic::error(format!(
        "{} of `{}` must be built to be locked on {on}, which is not allowed",
        names("`"),
        environment.name
    ));
    let diagnostic = asked_for(diagnostic, environment, platform, &packages.join(" "))
        .note("no wheel fits, and what a source distribution, a folder or a repository requires is known only to its build backend: code of the package");
    if none {
        return diagnostic.hint("drop `--no-build` (LOCKIT_NO_BUILD) if you trust it, or choose a version that has wheels");
    }
    let builds = &environment.options.builds;
    if packages.iter().any(|name| builds.refused.contains(name)) {
        return diagnostic.hint("`no-build-package` refuses it: choose a version that has wheels");
    }
    diagnostic.hint(format!(
        "if you trust it, write `allow-builds = [{}]` into lockit.toml; otherwise choose a version that has wheels",
        names("\"")
    ))
}

/// Points at the lines of `pip:` sections whose packages a text is about.
fn asked_for(
    mut diagnostic: Diagnostic,
    environment: &Environment,
    platform: Platform,
    text: &str,
) -> Diagnostic {
    let lines = environment
        .pip_for(platform)
        .filter(|one| asked_name(&one.text).is_some_and(|name| mentions(text, &name)));
    for line in lines.take(LABELS) {
        diagnostic = diagnostic.label(&line.file, line.span, "asked for here");
    }
    diagnostic
}

/// Points at the lines by which conda came to what it provides; what no line names is a note.
fn decided(
    mut diagnostic: Diagnostic,
    environment: &Environment,
    platform: Platform,
    provided: &[Provided],
) -> Diagnostic {
    for one in provided {
        let what = format!("conda provides {} {}", one.name, one.version);
        let mut lines = environment
            .requirements_for(platform)
            .filter(|line| line.name.as_normalized() == one.conda)
            .peekable();
        if lines.peek().is_none() {
            diagnostic = diagnostic.note(format!("{what}: other conda packages bring it along"));
        }
        for line in lines.take(LABELS) {
            diagnostic = diagnostic.label(&line.file, line.span, what.clone());
        }
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::{SourceFile, Span};

    use super::*;

    #[test]
    fn what_helps_depends_on_what_is_known_of_archives() {
        let digests = |texts: &[&str]| {
            let parts = texts.iter().map(|text| text.split_once(':').unwrap());
            let digest = |(algorithm, hex): (&str, &str)| ArchiveDigest {
                algorithm: algorithm.into(),
                hex: hex.into(),
            };
            parts.map(digest).collect::<Vec<_>>()
        };
        let help = |lines: &[&[&str]], archives: &[&[&str]]| {
            let line = |texts: &&[&str]| DemandedDigests {
                file: SourceFile::new("environment.yml", ""),
                span: Span::default(),
                digests: digests(texts),
            };
            let archive = |texts: &&[&str]| OfferedArchive {
                file: "six.whl".into(),
                digests: digests(texts),
            };
            let demanded: Vec<_> = lines.iter().map(line).collect();
            help(&demanded, &archives.iter().map(archive).collect::<Vec<_>>())
        };
        let replaced = "an archive that was replaced is a reason to stop";
        let unknown = "sha512 is not known of them";
        let (wrong, long) = ("sha256:00", "sha512:00");
        for (lines, archives, expected) in [
            (&[&[wrong][..]][..], &[&["sha256:11"][..]][..], replaced),
            (&[&[wrong, long]], &[&["sha256:11"]], replaced),
            (&[&[long, wrong]], &[&["sha256:11"]], replaced),
            (&[&[long]], &[&["sha256:11"]], unknown),
            // One line has its way, the other cannot be answered; or one is wrong.
            (&[&["sha256:11"], &[long]], &[&["sha256:11"]], unknown),
            (&[&[long], &[wrong]], &[&["sha256:11"]], replaced),
            // Each has its way, with another archive.
            (&[&["sha256:11"], &["sha256:22"]], &[&["sha256:11"], &["sha256:22"]], replaced),
            // Of one of them nothing is known.
            (&[&[wrong]], &[&[], &["sha256:11"]], replaced),
            (&[&[wrong]], &[&[]], "get uv 0.13 or newer"),
            (&[&[wrong]], &[], "name an archive instead of a folder"),
        ] {
            let said = help(lines, archives);
            assert!(said.starts_with(expected), "{lines:?} {archives:?}: {said}");
        }
    }
}
