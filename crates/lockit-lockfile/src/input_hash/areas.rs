//! The inputs of a platform by what they are about, each area with a digest of its own.
//!
//! So a lock can tell a spec that was loosened, which its packages still satisfy, from a change that no package shows.

use std::collections::BTreeMap;
use std::fmt;

use lockit_spec::credentials::without_secrets;
use lockit_spec::{Cutoff, Environment, Platform, Requirement, channel_identities};
use serde_json::Value;

use super::asked::Asked;
use super::places::pip_sources;
use crate::digest::hex_sha256;

/// What an input is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputArea {
    /// Where packages are looked for and how they are chosen: channels, priorities, strategy, age, virtual packages.
    Solve,
    /// The same of PyPI packages: indexes, constraints, pre-releases, digests, what local folders ask for.
    Pypi,
    /// Which packages are asked for, apart from their versions.
    Names,
    /// The versions and builds that are asked for. Packages show whether they still satisfy them.
    Versions,
}

impl InputArea {
    /// In the order in which a hash has them.
    pub const ALL: [Self; 4] = [Self::Solve, Self::Pypi, Self::Names, Self::Versions];
}

impl fmt::Display for InputArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Solve => "the settings of the solve (channels, priority, strategy, `exclude-newer`, virtual packages, variables)",
            Self::Pypi => "the settings of PyPI packages (indexes, constraints, pre-releases, hashes, names map, local folders)",
            Self::Names => "the set of required packages",
            Self::Versions => "the required versions",
        })
    }
}

/// Hexadecimal digits of each area.
const DIGITS: usize = 16;

/// Keys of the inputs that are about requirements, or are said otherwise here. Every other key is about the solve, also one
/// that is added later.
const OF_REQUIREMENTS: [&str; 7] =
    ["constraints", "pip", "pip_is_skipped", "pip_sources", "requirements", "version", "channels"];

/// The digests of all areas, one behind the other. `inputs` are all inputs as they are digested as a whole.
pub(super) fn digests(
    inputs: &Value,
    environment: &Environment,
    platform: Platform,
    skip_pip: bool,
) -> String {
    let wanted = |one: &&Requirement| !(skip_pip && one.implied);
    let requirements: Vec<&Requirement> =
        environment.requirements_for(platform).filter(wanted).collect();
    let pip: Vec<Asked> = environment.pip_for(platform).map(Asked::of).collect();
    let areas = InputArea::ALL.map(|area| {
        let mut lines = match area {
            InputArea::Solve => of_solve(inputs, environment, platform),
            InputArea::Pypi if skip_pip => vec!["left out".to_owned()],
            InputArea::Pypi => {
                let mut lines =
                    pip_sources(environment, platform, |one| Asked::of(one).to_string());
                lines.extend(pip.iter().flat_map(|asked| &asked.digests).cloned());
                let names = environment.names.own();
                lines.extend(names.iter().map(|(pypi, conda)| format!("name {pypi} {conda}")));
                lines
            }
            InputArea::Names => {
                let of_conda =
                    requirements.iter().map(|one| in_category(&one.category, &name(one)));
                let of_pip = environment.pip_for(platform).zip(&pip);
                let of_pip = of_pip
                    .map(|(one, asked)| in_category(&one.category, &format!("pip {}", asked.name)));
                sorted(of_conda.chain(of_pip))
            }
            InputArea::Versions => {
                let of_conda = requirements.iter().map(|one| versions(one));
                let of_pip =
                    pip.iter().map(|asked| format!("pip {} {}", asked.name, asked.versions));
                let imposed = inputs.get("constraints").map(ToString::to_string);
                sorted(of_conda.chain(of_pip).chain(imposed))
            }
        };
        if area == InputArea::Pypi && pip.is_empty() {
            lines.clear();
        }
        digest(&lines)
    });
    areas.concat()
}

/// The same, where one area has more that decides.
pub(super) fn with_more(digests: &str, area: InputArea, more: &[String]) -> String {
    changed(digests, |one, digits| {
        if one == area && !more.is_empty() {
            digest(&[&[digits.to_owned()], more].concat())
        } else {
            digits.to_owned()
        }
    })
}

/// The same for a part of what is locked. The packages of a part do not show whether what was left out is satisfied, so
/// there versions decide as names do.
pub(super) fn of_part(digests: &str, part: &str) -> String {
    let all = digests.to_owned();
    changed(digests, |area, digits| {
        let of_area = if area == InputArea::Names { &all } else { digits };
        digest(&[of_area.to_owned(), part.to_owned()])
    })
}

/// The areas in which a recorded hash differs.
pub(super) fn differing(now: &str, recorded: &str) -> Vec<InputArea> {
    let digits =
        |text: &'_ str, nth: usize| text.get(nth * DIGITS..(nth + 1) * DIGITS).map(str::to_owned);
    let differs = |(nth, _): &(usize, InputArea)| {
        recorded.len() != now.len() || digits(now, *nth) != digits(recorded, *nth)
    };
    InputArea::ALL.into_iter().enumerate().filter(differs).map(|(_, area)| area).collect()
}

fn changed(digests: &str, change: impl Fn(InputArea, &str) -> String) -> String {
    let digits = |nth: usize| digests.get(nth * DIGITS..(nth + 1) * DIGITS).unwrap_or_default();
    InputArea::ALL.into_iter().enumerate().map(|(nth, area)| change(area, digits(nth))).collect()
}

fn digest(lines: &[String]) -> String {
    // The length tells one line with a line end in it from two.
    let mut text = String::new();
    for line in lines {
        text.extend([&line.len().to_string(), " ", line, "\n"]);
    }
    hex_sha256(text.as_bytes())[..DIGITS].to_owned()
}

fn of_solve(inputs: &Value, environment: &Environment, platform: Platform) -> Vec<String> {
    let all = inputs.as_object().into_iter().flatten();
    let mut lines: BTreeMap<&str, String> = all
        .filter(|(key, _)| !OF_REQUIREMENTS.contains(&key.as_str()))
        .map(|(key, value)| (key.as_str(), value.to_string()))
        .collect();
    // One channel is written in many ways, and so is a moment.
    let texts: Vec<_> =
        environment.channels.iter().map(|channel| without_secrets(&channel.text)).collect();
    let channels = channel_identities(texts.iter().map(AsRef::as_ref), &[platform]);
    lines.insert("channels", channels.join(" "));
    if let Some(limit) = &environment.options.exclude_newer {
        lines.insert(
            "exclude_newer",
            match limit.cutoff {
                Cutoff::Instant(instant) => instant.to_string(),
                Cutoff::Age(age) => format!("{} s ago", age.as_secs()),
            },
        );
    }
    let mut lines: Vec<String> =
        lines.into_iter().map(|(key, value)| format!("{key} {value}")).collect();
    let variables: BTreeMap<&String, &String> = environment.variables.iter().collect();
    lines.extend(variables.into_iter().map(|(name, value)| format!("variable {name}={value}")));
    lines
}

fn in_category(category: &str, name: &str) -> String {
    if category == crate::MAIN { name.to_owned() } else { format!("{category}: {name}") }
}

fn sorted(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<String> = lines.collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// A requirement without what every lock shows of the package that it chose.
fn name(requirement: &Requirement) -> String {
    let mut spec = requirement.spec.clone();
    spec.version = None;
    spec.build = None;
    spec.build_number = None;
    spec.to_canonical_string().unwrap_or_else(|_| spec.to_string())
}

fn versions(requirement: &Requirement) -> String {
    // What has no canonical form (a file name, for example) is hashed as it is shown.
    requirement.spec.to_canonical_string().unwrap_or_else(|_| requirement.spec.to_string())
}
