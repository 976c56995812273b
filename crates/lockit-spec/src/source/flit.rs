//! `[tool.flit.metadata]`, flit's own table from before PEP 621.

use super::draft::Draft;
use super::pep621;
use crate::toml_tree::Table;

pub(super) fn read(draft: &mut Draft<'_>, table: Table<'_>) {
    pep621::requires_python(draft, table);
    if let Some(item) = table.get("requires") {
        pep621::list(draft, "requires", &item, "main");
    }
    let name = table.get("dist-name").or_else(|| table.get("module"));
    pep621::optional(draft, table, "requires-extra", name.and_then(|item| item.as_str()));
}
