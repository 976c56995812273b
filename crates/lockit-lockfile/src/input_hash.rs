//! The digest of everything that decides what is locked for one platform.
//!
//! Packages show whether they satisfy the versions that are asked for, and nothing of the rest: channel priority, indexes,
//! constraints and so on. Lockfiles of every kind carry this digest for it: the same inputs give the same digest, on
//! every machine. It is four digests in one ([`InputArea`]), so that what packages show can be left to them.

mod areas;
mod asked;
mod places;

use std::collections::BTreeSet;

use lockit_spec::{ChannelPriority, Environment, PipRequirement, Platform, Strategy};
use serde::Serialize;

pub use self::areas::InputArea;
use self::places::pip_sources;
use crate::digest::hex_sha256;
use crate::header::virtual_package_text;
use lockit_spec::credentials::without_secrets;

/// Rises when the content of [`Inputs`] changes its meaning, so that old digests never match by
/// accident.
const VERSION: u32 = 1;

/// The inputs of one platform of an environment, as lockfiles record them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputHash {
    /// The digests of all areas.
    text: String,
    /// One digest of everything, which lockit recorded before it had areas. Those locks hold as long as this is the same.
    former: String,
}

impl InputHash {
    /// What a lock that is made now records: 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What earlier versions of lockit recorded of the same inputs.
    pub fn former(&self) -> &str {
        &self.former
    }

    /// Whether a recorded hash stands for the same inputs.
    pub fn is(&self, recorded: &str) -> bool {
        recorded == self.text || recorded == self.former
    }

    /// What the inputs that changed since a hash was recorded are about; empty when none did.
    pub fn changes(&self, recorded: &str) -> Vec<InputArea> {
        if self.is(recorded) { Vec::new() } else { areas::differing(&self.text, recorded) }
    }

    /// The same, where local folders say themselves what they need (PEP 621). Nothing changes where there are none.
    #[must_use]
    pub fn with_folders(mut self, needs: &[String]) -> Self {
        let needs: Vec<String> = needs.iter().map(|text| asked::canonical(text)).collect();
        self.text = areas::with_more(&self.text, InputArea::Pypi, &needs);
        self
    }

    /// That of files that hold a part of what was solved; see [`input_hash_of_part`].
    #[must_use]
    pub fn of_part(&self, categories: &BTreeSet<String>) -> Self {
        let part: Vec<&str> = categories.iter().map(String::as_str).collect();
        Self {
            text: input_hash_of_part(&self.text, categories),
            former: hex_sha256(format!("{} {}", self.former, part.join(" ")).as_bytes()),
        }
    }
}

/// The input hash that files record which hold a part of what was solved: its categories, such as `main` and `dev`. It is
/// made from the one that a file of everything records.
///
/// What was left out had a say in which versions were chosen, so a change of it can change the part.
pub fn input_hash_of_part(recorded: &str, categories: &BTreeSet<String>) -> String {
    let categories: Vec<&str> = categories.iter().map(String::as_str).collect();
    areas::of_part(recorded, &categories.join(" "))
}

/// Keys are in alphabetical order, so the JSON is canonical.
#[derive(Serialize)]
struct Inputs<'a> {
    channel_priority: &'static str,
    channels: Vec<String>,
    constraints: Vec<&'a str>,
    exclude_newer: Option<&'a str>,
    /// Left out where it says nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exclude_newer_package: Vec<String>,
    pip: Vec<String>,
    pip_is_skipped: bool,
    /// Left out where it says nothing, as in digests from before there were any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pip_sources: Vec<String>,
    platform: &'a str,
    requirements: Vec<String>,
    same_versions_as: Option<&'a str>,
    strategy: &'static str,
    version: u32,
    virtual_packages: Vec<String>,
}

/// The input hash of one platform of an environment.
///
/// `constraints` are canonical texts of what other environments impose (`same-versions-as`).
/// Order and spelling of requirements, file names and comments do not matter; channel order does.
pub fn input_hash(
    environment: &Environment,
    platform: Platform,
    constraints: &[String],
    skip_pip: bool,
) -> InputHash {
    let options = &environment.options;
    let mut requirements: Vec<String> = environment
        .requirements_for(platform)
        .filter(|requirement| !(skip_pip && requirement.implied))
        // What has no canonical form (a file name, for example) is hashed as it is shown.
        .map(|r| r.spec.to_canonical_string().unwrap_or_else(|_| r.spec.to_string()))
        .collect();
    requirements.sort_unstable();
    requirements.dedup();
    let mut pip: Vec<String> = environment.pip_for(platform).map(public_line).collect();
    pip.sort_unstable();
    pip.dedup();
    let mut constraints: Vec<&str> = constraints.iter().map(String::as_str).collect();
    constraints.sort_unstable();
    constraints.dedup();
    let mut virtual_packages: Vec<String> = options
        .virtual_packages
        .get(&platform)
        .into_iter()
        .flatten()
        .map(virtual_package_text)
        .collect();
    virtual_packages.sort_unstable();
    let inputs = Inputs {
        channel_priority: match options.channel_priority {
            ChannelPriority::Strict => "strict",
            ChannelPriority::Flexible => "flexible",
            ChannelPriority::Disabled => "disabled",
        },
        channels: environment
            .channels
            .iter()
            .map(|c| without_secrets(c.text.trim_end_matches('/')).into_owned())
            .collect(),
        constraints,
        exclude_newer: options.exclude_newer.as_ref().map(|limit| limit.text.as_str()),
        exclude_newer_package: options
            .exclude_newer_package
            .iter()
            .map(ToString::to_string)
            .collect(),
        pip_is_skipped: skip_pip && !pip.is_empty(),
        pip_sources: if skip_pip || pip.is_empty() {
            Vec::new()
        } else {
            pip_sources(environment, platform, public_line)
        },
        pip,
        platform: platform.as_str(),
        requirements,
        same_versions_as: environment.same_versions_as.as_deref(),
        strategy: match options.strategy {
            Strategy::Highest => "highest",
            Strategy::Lowest => "lowest",
            Strategy::LowestDirect => "lowest-direct",
        },
        version: VERSION,
        virtual_packages,
    };
    let json = serde_json::to_string(&inputs).expect("strings, numbers and lists always serialise");
    let inputs =
        serde_json::to_value(&inputs).expect("strings, numbers and lists always serialise");
    InputHash {
        text: areas::digests(&inputs, environment, platform, skip_pip),
        former: hex_sha256(json.as_bytes()),
    }
}

/// A line for pip: who has another password, or none, asks for the same.
fn public_line(line: &PipRequirement) -> String {
    line.public_text().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_spec::{
        ChannelRef, EnvironmentFile, ExcludeNewer, IndexStrategy, PipSection, Prereleases,
        VirtualPackage,
    };

    use super::*;
    use crate::sample;

    fn hash(environment: &Environment) -> InputHash {
        input_hash(environment, Platform::Linux64, &[], false)
    }

    /// Whether two are others in both notations.
    fn differ(hashes: &[InputHash]) {
        for notation in [InputHash::as_str, InputHash::former] {
            let different: BTreeSet<&str> = hashes.iter().map(notation).collect();
            assert_eq!(different.len(), hashes.len());
        }
    }

    /// A change here makes every lockfile without dependencies look stale: raise `VERSION` with it.
    #[test]
    fn golden() {
        let environment = sample::environment(&["pandas >=2.3", "python=3.12"]);
        insta::assert_snapshot!(hash(&environment).former(), @"b3be307168bd9669c55ac73345e3dc6e3dbc213592c0382c4f0e747e049ae6d2");
    }

    #[test]
    fn spelling_and_order_do_not_matter() {
        let expected = hash(&sample::environment(&["pandas >=2.3", "python=3.12"]));
        let mut other = sample::environment(&["python 3.12.*", "pandas  >=2.3", "pandas >=2.3"]);
        other.name = "other".to_owned();
        other.files = vec!["other.yml".into()];
        other.platforms.push(Platform::Win64);
        assert_eq!(hash(&other), expected);
    }

    #[test]
    fn everything_that_decides_matters() {
        let base = || sample::environment(&["pandas >=2.3"]);
        let with = |change: &dyn Fn(&mut Environment)| {
            let mut environment = base();
            change(&mut environment);
            hash(&environment)
        };
        let hashes = vec![
            hash(&base()),
            hash(&sample::environment(&["pandas >=2.4"])),
            input_hash(&base(), Platform::OsxArm64, &[], false),
            input_hash(&base(), Platform::Linux64, &["numpy[version=\"==2\"]".to_owned()], false),
            with(&|e| e.channels.insert(0, ChannelRef::new("bioconda"))),
            with(&|e| e.channels.push(ChannelRef::new("bioconda"))),
            with(&|e| e.same_versions_as = Some("dev".to_owned())),
            with(&|e| e.options.strategy = Strategy::Lowest),
            with(&|e| e.options.strategy = Strategy::LowestDirect),
            with(&|e| e.options.channel_priority = ChannelPriority::Flexible),
            with(&|e| e.options.channel_priority = ChannelPriority::Disabled),
            with(&|e| {
                e.options.exclude_newer = Some(sample::exclude_newer("2026-01-31T23:59:59Z"));
            }),
            with(&|e| e.options.exclude_newer_package = vec!["numpy=false".parse().unwrap()]),
            with(&|e| {
                let cuda = VirtualPackage {
                    name: "__cuda".into(),
                    version: "12".into(),
                    build: "0".into(),
                };
                e.options.virtual_packages.get_mut(&Platform::Linux64).unwrap().push(cuda);
            }),
        ];
        differ(&hashes);
    }

    /// The environment with lines for pip.
    fn with_pip(lines: &[&str]) -> Environment {
        let mut text = "channels: [conda-forge]\ndependencies:\n  - pip\n  - pip:\n".to_owned();
        for line in lines {
            text.extend(["    - ", line, "\n"]);
        }
        let file = SourceFile::new("environment.yml", text);
        let read = EnvironmentFile::parse(&file, PipSection::Check).unwrap().value;
        Environment { pip: read.pip, ..sample::environment(&["pandas >=2.3"]) }
    }

    /// As `golden`, for what is in the digest only where there are PyPI packages.
    #[test]
    fn golden_with_pypi_packages() {
        let mut environment = with_pip(&["six", "flask >=3"]);
        insta::assert_snapshot!(hash(&environment).former(), @"59894661e08b06cd3efa7091b09a57550b1a4022f23c4972becae6d520327ca4");
        environment.pip_sources.indexes = vec![ChannelRef::new("https://h/simple/")];
        environment.pip_sources.find_links = vec![ChannelRef::new("https://h/links")];
        environment.pip_sources.public = false;
        environment.pip_sources.prereleases = Prereleases::Allow;
        environment.pip_constraints = with_pip(&["click <8"]).pip;
        insta::assert_snapshot!(hash(&environment).former(), @"033c006c2e10e3be7aaab4c3e3d0367cc79b7e11025ac8a64ea35e7365048e99");
    }

    #[test]
    fn everything_that_decides_about_pypi_packages_matters() {
        let with = |change: &dyn Fn(&mut Environment)| {
            let mut environment = with_pip(&["six", "flask"]);
            change(&mut environment);
            hash(&environment)
        };
        let one = || ChannelRef::new("https://one.example.org/simple");
        let two = || ChannelRef::new("https://two.example.org/simple");
        let hashes = vec![
            with(&|_| {}),
            hash(&with_pip(&["six"])),
            hash(&with_pip(&["six", "flask >=3"])),
            with(&|e| e.pip_constraints = with_pip(&["click <8"]).pip),
            with(&|e| e.pip_overrides = with_pip(&["click <8"]).pip),
            with(&|e| e.pip_sources.public = false),
            with(&|e| e.pip_sources.prereleases = Prereleases::Allow),
            with(&|e| e.pip_sources.prereleases = Prereleases::Disallow),
            with(&|e| e.pip_sources.index_strategy = Some(IndexStrategy::UnsafeBestMatch)),
            with(&|e| e.pip_sources.index_strategy = Some(IndexStrategy::UnsafeFirstMatch)),
            with(&|e| e.pip_sources.indexes = vec![one()]),
            // The first one that has a package decides.
            with(&|e| e.pip_sources.indexes = vec![one(), two()]),
            with(&|e| e.pip_sources.indexes = vec![two(), one()]),
            with(&|e| e.pip_sources.find_links = vec![one()]),
            // Left out, but there: whoever locks them as well has something to do.
            input_hash(&with_pip(&["six", "flask"]), Platform::Linux64, &[], true),
        ];
        differ(&hashes);
    }

    #[test]
    fn what_decides_nothing_about_pypi_packages_does_not_matter() {
        let expected = hash(&with_pip(&["six", "flask"]));
        assert_eq!(hash(&with_pip(&["flask", "six", "six"])), expected, "order");
        let elsewhere = with_pip(&["six", "flask", "sel(osx): pyobjc"]);
        assert_eq!(hash(&elsewhere), expected, "lines of another platform");
        let mut constrained = with_pip(&["six", "flask"]);
        constrained.pip_constraints = with_pip(&["sel(osx): click <8"]).pip;
        assert_eq!(hash(&constrained), expected, "constraints of another platform");
        // Without a package there is nothing that an index or a constraint could change.
        let mut none = sample::environment(&["pandas >=2.3"]);
        let expected = hash(&none);
        none.pip_sources.public = false;
        none.pip_constraints = with_pip(&["click"]).pip;
        assert_eq!(hash(&none), expected);
        assert_eq!(input_hash(&none, Platform::Linux64, &[], true), expected);
        // Nor where they are left out.
        let skipped = |lines: &[&str], index: &str| {
            let mut environment = with_pip(lines);
            environment.pip_sources.indexes = vec![ChannelRef::new(index)];
            input_hash(&environment, Platform::Linux64, &[], true)
        };
        assert_eq!(skipped(&["six"], "https://h/a"), skipped(&["six"], "https://h/b"));
    }

    /// What a requirement on PyPI packages brings along is no input of a lock without them.
    #[test]
    fn an_implied_requirement_goes_with_what_implies_it() {
        let mut environment = sample::environment(&["pandas >=2.3", "pip"]);
        environment.requirements[1].implied = true;
        let without = sample::environment(&["pandas >=2.3"]);
        let skipped = |environment| input_hash(environment, Platform::Linux64, &[], true);
        assert_eq!(skipped(&environment), skipped(&without));
        assert_ne!(hash(&environment), hash(&without));
    }

    /// Loosening a spec is the packages' business; the rest they do not show.
    #[test]
    fn what_changed_is_known() {
        let base = hash(&sample::environment(&["pandas >=2.3"]));
        let changes = |environment: &Environment| hash(environment).changes(base.as_str());
        let with = |change: &dyn Fn(&mut Environment)| {
            let mut environment = sample::environment(&["pandas >=2.3"]);
            change(&mut environment);
            changes(&environment)
        };
        assert_eq!(with(&|_| {}), []);
        assert_eq!(changes(&sample::environment(&["pandas >=2.4"])), [InputArea::Versions]);
        assert_eq!(changes(&sample::environment(&["pandas 2.3 *_0"])), [InputArea::Versions]);
        let both = [InputArea::Names, InputArea::Versions];
        assert_eq!(changes(&sample::environment(&["numpy >=2.3"])), both);
        assert_eq!(changes(&sample::environment(&["bioconda::pandas >=2.3"])), both);
        assert_eq!(with(&|e| e.options.strategy = Strategy::Lowest), [InputArea::Solve]);
        assert_eq!(with(&|e| drop(e.variables.insert("A".into(), "1".into()))), [InputArea::Solve]);
        assert_eq!(with(&|e| e.requirements[0].category = "dev".into()), [InputArea::Names]);
        let limit = |text: &'static str| {
            move |e: &mut Environment| {
                e.options.exclude_newer = Some(ExcludeNewer::parse(text).unwrap());
            }
        };
        assert_eq!(with(&limit("2026-01-31")), [InputArea::Solve]);
        let dated = |text: &'static str| {
            let mut environment = sample::environment(&["pandas >=2.3"]);
            limit(text)(&mut environment);
            hash(&environment)
        };
        assert_eq!(dated("2026-01-31").as_str(), dated("2026-02-01T00:00:00Z").as_str());
        assert_eq!(dated("7d").as_str(), dated("1 week").as_str());
        // A name or an address, with or without a slash behind it.
        let from = |channel: &str| with(&|e| e.channels[0] = ChannelRef::new(channel));
        assert_eq!(from("https://conda.anaconda.org/conda-forge/"), []);
        assert_eq!(from("bioconda"), [InputArea::Solve]);
        // Of earlier versions only all or nothing is known.
        assert_eq!(base.changes(base.former()), []);
        assert_eq!(base.changes(&hex_sha256(b"other")), InputArea::ALL);
        assert_eq!(base.changes("00"), InputArea::ALL);
    }

    #[test]
    fn what_changed_of_pypi_packages_is_known() {
        let base = hash(&with_pip(&["six", "flask >=3"]));
        let changes = |lines: &[&str]| hash(&with_pip(lines)).changes(base.as_str());
        assert_eq!(changes(&["flask>=3", "Six"]), []);
        assert_eq!(changes(&["six", "flask >=2"]), [InputArea::Versions]);
        let both = [InputArea::Names, InputArea::Versions];
        assert_eq!(changes(&["six", "flask[async] >=3"]), both);
        assert_eq!(changes(&["six", "flask >=3; python_version > '3'"]), both);
        let digest = format!("six --hash=sha256:{}", "0".repeat(64));
        assert_eq!(changes(&[&digest, "flask >=3"]), [InputArea::Pypi]);
        let mut mapped = with_pip(&["six", "flask >=3"]);
        mapped.names.add([("flask", "flask-conda")]);
        assert_eq!(hash(&mapped).changes(base.as_str()), [InputArea::Pypi]);
        let folders = |needs: &[&str]| {
            base.clone().with_folders(&needs.iter().map(|&one| one.to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(folders(&[]), base);
        assert_eq!(folders(&["lib"]).changes(base.as_str()), [InputArea::Pypi]);
        assert_eq!(folders(&["Lib >= 1"]), folders(&["lib>=1"]));
        assert!(folders(&["lib"]).is(base.former()), "what was not recorded is no reason");
    }

    #[test]
    fn constraints_of_other_environments_count_once_in_any_order() {
        let environment = sample::environment(&["pandas"]);
        let with = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
            input_hash(&environment, Platform::Linux64, &texts, false)
        };
        assert_eq!(with(&["numpy", "scipy"]), with(&["scipy", "numpy", "numpy"]));
        assert_ne!(with(&["numpy"]), with(&["scipy"]));
    }

    #[test]
    fn a_part_is_told_from_other_parts_and_from_the_whole() {
        let part = |hash: &InputHash, categories: &[&str]| {
            hash.of_part(&categories.iter().map(|&one| one.to_owned()).collect())
        };
        let whole = hash(&sample::environment(&["pandas"]));
        let other = hash(&sample::environment(&["numpy"]));
        assert_eq!(part(&whole, &["main", "dev"]), part(&whole, &["dev", "main"]));
        let both = ["dev", "main"];
        differ(&[part(&whole, &both), part(&whole, &["main"]), part(&other, &both), whole.clone()]);
        // The packages of a part do not show what is left out.
        let narrower = hash(&sample::environment(&["pandas >=2"]));
        let changes = part(&narrower, &both).changes(part(&whole, &both).as_str());
        assert_eq!(changes, [InputArea::Names, InputArea::Versions]);
    }

    #[test]
    fn a_clear_text_credential_does_not_matter() {
        let with = |channel: &str| {
            let mut environment = sample::environment(&["pandas"]);
            environment.channels = vec![ChannelRef::new(channel)];
            hash(&environment)
        };
        assert_eq!(with("https://u:p@host/c/"), with("https://host/c"));
        assert_ne!(with("https://${T}@host/c/"), with("https://host/c"));
        let line = |url: &str| hash(&with_pip(&[&format!("six @ {url}")]));
        assert_eq!(line("https://u:p@host/six.whl"), line("https://host/six.whl"));
        assert_ne!(line("https://${T}@host/six.whl"), line("https://host/six.whl"));
        let constraint = |url: &str| {
            let mut environment = with_pip(&["six"]);
            environment.pip_constraints = with_pip(&[&format!("six @ {url}")]).pip;
            hash(&environment)
        };
        assert_eq!(constraint("https://u:p@host/six.whl"), constraint("https://host/six.whl"));
    }
}
