//! pixi's own tests of what satisfies a manifest, and what `lockit check` says of the same files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::context::{TestContext, files_below, test_data};

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = test_data().join("foreign/pixi").join(kind);
    let mut found: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(found.len() > 5, "{kind}");
    found
}

/// What `check` says of a case; `None` where the lockfile holds.
fn reason(case: &Path) -> Option<String> {
    let context = TestContext::new();
    for (name, path) in files_below(case) {
        context.write(&name, &fs_err::read_to_string(path).unwrap());
    }
    let manifests = ["pixi.toml", "pyproject.toml"];
    let manifest = manifests.into_iter().find(|name| context.path(name).exists()).unwrap();
    let shown = context.show(&["check", "-f", manifest, "-k", "pixi"]);
    (!shown.starts_with("exit: 0\n")).then_some(shown)
}

/// Where lockit says another thing than pixi, with the reason. One that is no longer so has to go.
#[test]
fn check_agrees_with_pixi() {
    let text = fs_err::read_to_string(test_data().join("foreign/pixi/differences.toml")).unwrap();
    let mut known: BTreeMap<String, String> = toml::from_str(&text).unwrap();
    let mut unknown = String::new();
    for (kind, holds) in [("satisfiability", true), ("non-satisfiability", false)] {
        for case in cases(kind) {
            let name = format!("{kind}/{}", case.file_name().unwrap().to_string_lossy());
            let reason = reason(&case);
            let known = known.remove(&name);
            if reason.is_none() != holds && known.is_none() {
                let pixi = fs_err::read_to_string(case.join("said.txt")).unwrap_or_default();
                let reason = reason.unwrap_or_default();
                unknown.extend(["## ", &name, "\n", &pixi, &reason, "\n"]);
            } else if reason.is_none() == holds && known.is_some() {
                unknown.extend(["## ", &name, ": both say the same now\n"]);
            }
        }
    }
    assert!(unknown.is_empty() && known.is_empty(), "{unknown}\n{known:?}");
}
