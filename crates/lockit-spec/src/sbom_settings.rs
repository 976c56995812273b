//! `[sbom]` of `lockit.toml`: where bills of materials are kept.

use lockit_diagnostic::Spanned;

use crate::toml_tree::{Toml, TomlItem};

/// `[sbom]`: what `lockit sbom` writes when it is given no lockfile.
#[derive(Debug, Clone, Default)]
pub struct SbomSettings {
    /// `output`: the name of the files, with `{environment}` and `{platform}`.
    pub output: Option<Spanned<String>>,
    /// `format`: the standard. Checked by those who write bills of materials.
    pub format: Option<Spanned<String>>,
}

impl SbomSettings {
    pub(crate) fn read(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Self {
        let mut settings = Self::default();
        let Some(table) = item.as_table() else {
            toml.error(
                "`sbom` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[sbom]` and below it `output = \"sbom/{environment}-{platform}.json\"`"
                    .into(),
            );
            return settings;
        };
        for (key, item) in table.entries() {
            match key.text {
                "output" => settings.output = toml.string(key.text, &item),
                "format" => settings.format = toml.string(key.text, &item),
                _ => toml.unknown_key(&key, &["output", "format"]),
            }
        }
        settings
    }
}
