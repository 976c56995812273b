//! `[tool.uv]` in `pyproject.toml`, as far as it says what of PyPI is taken.

use super::draft::Draft;
use super::pep621;
use crate::toml_tree::Table;

/// Keys that change what uv locks, and that are not followed, with the reason.
const NOT_FOLLOWED: [(&str, &str); 19] = [
    ("sources", "packages come from the indexes; name another place in the requirement"),
    ("index", "name the index in `pip-repositories` of a spec"),
    ("index-url", "name the index in `pip-repositories` of a spec"),
    ("extra-index-url", "name the index in `pip-repositories` of a spec"),
    ("find-links", "name the place in a `pip:` section"),
    ("no-index", "say it in a `pip:` section"),
    ("index-strategy", "say it in lockit.toml"),
    ("prerelease", "say `--pre` in a `pip:` section"),
    ("resolution", "say `strategy` in lockit.toml"),
    ("exclude-newer", "say it in lockit.toml"),
    ("exclude-newer-package", "say it in lockit.toml"),
    ("no-build", "say it in lockit.toml"),
    ("no-build-package", "say it in lockit.toml"),
    ("no-binary", "say it in a `pip:` section"),
    ("no-binary-package", "say it in lockit.toml"),
    ("exclude-dependencies", "a lock cannot leave out what a package depends on"),
    ("dependency-metadata", "what a package needs is what it says itself"),
    ("no-build-isolation", "builds have an environment of their own here"),
    ("conflicts", "the groups of a project are locked together"),
];

/// Reads dependencies for developers (from before PEP 735), constraints and overrides.
pub(super) fn read(draft: &mut Draft<'_>, table: Table<'_>) {
    if let Some(item) = table.get("dev-dependencies") {
        pep621::list(draft, "dev-dependencies", &item, "dev");
    }
    if draft.out.pip.is_empty() {
        // The rest is about PyPI packages, and there are none.
        return;
    }
    for (key, item) in table.entries() {
        match key.text {
            "constraint-dependencies" => {
                for text in draft.toml.strings(key.text, &item) {
                    draft.pip_constraint(text.value.trim(), text.span);
                }
            }
            "override-dependencies" => {
                for text in draft.toml.strings(key.text, &item) {
                    draft.pip_override(text.value.trim(), text.span);
                }
            }
            name => {
                let reason = NOT_FOLLOWED.iter().find(|(known, _)| *known == name);
                if let Some((_, why)) = reason {
                    draft.not_followed(&key, why);
                }
            }
        }
    }
}
