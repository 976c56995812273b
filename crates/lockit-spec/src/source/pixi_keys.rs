//! The keys of a pixi manifest: one that nothing here reads is never silent.
//!
//! They are those of pixi's `schema/schema.json` (November 2026).

use super::draft::Draft;
use crate::toml_tree::Table;

/// Keys of one kind of table.
struct Keys {
    /// Those that are read, and those that change nothing of what is locked.
    known: &'static [&'static str],
    /// Those that change what pixi locks, and that are not followed, with the reason.
    not_followed: &'static [(&'static str, &'static str)],
}

const NO_CONSTRAINTS: (&str, &str) =
    ("constraints", "lockit knows no constraints on what is not asked for");
const NO_SOURCES: (&str, &str) = ("dev", "lockit takes conda packages from channels");

const ROOT: Keys = Keys {
    known: &[
        "$schema",
        "activation",
        "build-dependencies",
        "dependencies",
        "environments",
        "feature",
        "host-dependencies",
        "package",
        "project",
        "pypi-dependencies",
        "pypi-options",
        "system-requirements",
        "target",
        "tasks",
        "tool",
        "workspace",
    ],
    not_followed: &[
        NO_CONSTRAINTS,
        NO_SOURCES,
        ("exclude-newer", "say it in `[workspace.exclude-newer]`"),
        (
            "pypi-exclude-newer",
            "say it in `[workspace.exclude-newer]`, which counts for PyPI as well",
        ),
    ],
};

const WORKSPACE: Keys = Keys {
    known: &[
        "authors",
        "build-variants",
        "build-variants-files",
        "channel-priority",
        "channels",
        "archive",
        "dependencies",
        "description",
        "documentation",
        "exclude-newer",
        "homepage",
        "license",
        "license-file",
        "name",
        "platforms",
        "preview",
        "pypi-options",
        "readme",
        "repository",
        "requires-pixi",
        "solve-strategy",
        "version",
    ],
    not_followed: &[
        ("conda-pypi-map", "names on PyPI are those of `[pypi-to-conda]` in lockit.toml"),
        ("s3-options", "how a bucket is reached is said in rattler's configuration"),
        ("target", "packages of a workspace are not built"),
    ],
};

const FEATURE: Keys = Keys {
    known: &[
        "activation",
        "build-dependencies",
        "channel-priority",
        "channels",
        "dependencies",
        "host-dependencies",
        "platforms",
        "pypi-dependencies",
        "pypi-options",
        "solve-strategy",
        "system-requirements",
        "target",
        "tasks",
    ],
    not_followed: &[NO_CONSTRAINTS, NO_SOURCES],
};

const TARGET: Keys = Keys {
    known: &[
        "activation",
        "build-dependencies",
        "dependencies",
        "host-dependencies",
        "pypi-dependencies",
        "tasks",
    ],
    not_followed: &[NO_CONSTRAINTS, NO_SOURCES],
};

const ENVIRONMENT: Keys = Keys {
    known: &[
        "activation",
        "channel-priority",
        "channels",
        "dependencies",
        "features",
        "no-default-feature",
        "platforms",
        "pypi-dependencies",
        "pypi-options",
        "solve-group",
        "solve-strategy",
        "target",
        "tasks",
    ],
    not_followed: &[NO_CONSTRAINTS, NO_SOURCES],
};

const PYPI_DEPENDENCY: Keys = Keys {
    known: &[
        "branch",
        "editable",
        "env-markers",
        "extras",
        "git",
        "index",
        "path",
        "rev",
        "subdirectory",
        "tag",
        "url",
        "version",
    ],
    not_followed: &[("lfs", "files of git's large file storage are not fetched")],
};

/// Warns of keys that nothing reads, in the table that all of pixi's keys are in and those below it.
pub(super) fn warn(draft: &mut Draft<'_>, root: Table<'_>) {
    ROOT.of(draft, root);
    for name in ["workspace", "project"] {
        if let Some(table) = root.table(&[name]) {
            WORKSPACE.of(draft, table);
        }
    }
    level(draft, root);
    for (below, keys) in [("feature", FEATURE), ("environments", ENVIRONMENT)] {
        for table in tables(root, below) {
            keys.of(draft, table);
            level(draft, table);
        }
    }
}

/// What a level of a manifest holds: targets and dependencies.
fn level(draft: &mut Draft<'_>, table: Table<'_>) {
    for target in tables(table, "target") {
        TARGET.of(draft, target);
        packages(draft, target);
    }
    packages(draft, table);
}

fn packages(draft: &mut Draft<'_>, table: Table<'_>) {
    for package in tables(table, "pypi-dependencies") {
        PYPI_DEPENDENCY.of(draft, package);
    }
}

/// The tables of a table.
fn tables<'t>(table: Table<'t>, name: &str) -> Vec<Table<'t>> {
    let table = table.table(&[name]);
    let entries = table.map(Table::entries).unwrap_or_default();
    entries.into_iter().filter_map(|(_, item)| item.as_table()).collect()
}

impl Keys {
    fn of(&self, draft: &mut Draft<'_>, table: Table<'_>) {
        for (key, _) in table.entries() {
            if self.known.contains(&key.text) {
                continue;
            }
            match self.not_followed.iter().find(|(name, _)| *name == key.text) {
                Some((_, why)) => draft.not_followed(&key, why),
                None => draft.toml.ignored_key(&key, self.known),
            }
        }
    }
}
