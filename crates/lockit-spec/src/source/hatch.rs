//! `[tool.hatch.envs]`: what Hatch installs into its environments besides the project.

use super::draft::Draft;
use super::pep621;
use crate::toml_tree::Table;

pub(super) fn read(draft: &mut Draft<'_>, environments: Table<'_>) {
    for (key, item) in environments.entries() {
        let Some(table) = item.as_table() else { continue };
        // Hatch works in `default` unless it is told otherwise.
        let category = match key.text {
            "default" => "dev",
            other => pep621::category(other),
        };
        for name in ["dependencies", "extra-dependencies"] {
            if let Some(item) = table.get(name) {
                pep621::list(draft, name, &item, category);
            }
        }
    }
}
