//! Where PyPI packages are looked for, and which of their archives count.

use lockit_spec::credentials::without_secrets;
use lockit_spec::{Environment, IndexStrategy, PipRequirement, Platform, Prereleases};

/// What of the places of PyPI packages is not the default, and what holds for those packages without asking
/// for them.
pub(super) fn pip_sources(
    environment: &Environment,
    platform: Platform,
    line: impl Fn(&PipRequirement) -> String,
) -> Vec<String> {
    let sources = &environment.pip_sources;
    let public = |text: &str| without_secrets(text.trim_end_matches('/')).into_owned();
    let indexes = sources.default.iter().chain(&sources.indexes).filter(|_| !sources.no_index);
    let indexes = indexes.map(|one| format!("index {}", public(&one.text)));
    let links = sources.find_links.iter().map(|one| format!("find-links {}", public(&one.text)));
    let mut all: Vec<String> = indexes.chain(links).collect();
    if !sources.asks_public() {
        all.push("no public index".to_owned());
    }
    match sources.index_strategy.unwrap_or_default() {
        IndexStrategy::FirstIndex => {}
        other => all.push(format!("index-strategy {}", other.as_str())),
    }
    match sources.prereleases {
        Prereleases::IfNecessaryOrExplicit => {}
        Prereleases::Allow => all.push("prereleases".to_owned()),
        other => all.push(format!("prereleases {}", other.as_str())),
    }
    let (wheels, sources_only) = sources.archives.chosen();
    for (option, chosen) in [("only-binary", wheels), ("no-binary", sources_only)] {
        let everything = chosen.all.then(|| ":all:".to_owned());
        all.extend(
            everything.into_iter().chain(chosen.packages).map(|one| format!("{option} {one}")),
        );
    }
    let constraints = environment.pip_constraints.iter().filter(|one| one.applies_to(platform));
    let mut constraints: Vec<String> =
        constraints.map(|one| format!("constraint {}", line(one))).collect();
    let overrides = environment.pip_overrides.iter().filter(|one| one.applies_to(platform));
    constraints.extend(overrides.map(|one| format!("override {}", line(one))));
    constraints.sort_unstable();
    all.extend(constraints);
    all
}
