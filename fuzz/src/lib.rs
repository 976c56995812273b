//! What the fuzz targets hold every reader to: that which the tests hold them to, with other texts.

use lockit_diagnostic::SourceFile;

#[allow(dead_code)]
#[path = "../../crates/lockit-lockfile/tests/it/readers.rs"]
mod lockfiles;
#[allow(dead_code)]
#[path = "../../crates/lockit-spec/tests/it/readers.rs"]
mod specs;

/// The text that some bytes are in a file of this name, if they are text at all.
fn text(name: &str, bytes: &[u8]) -> Option<String> {
    SourceFile::decode(name, bytes).ok().map(|file| file.text().to_owned())
}

/// Reads a spec, and merges what it asks for.
pub fn spec(name: &str, bytes: &[u8]) {
    if let Some(text) = text(name, bytes) {
        specs::spec(name, &text);
    }
}

/// Reads an environment file as linters do.
pub fn survey(bytes: &[u8]) {
    if let Some(text) = text("environment.yml", bytes) {
        specs::survey(&text);
    }
}

/// Reads `lockit.toml`.
pub fn settings(bytes: &[u8]) {
    if let Some(text) = text("lockit.toml", bytes) {
        specs::settings(&text);
    }
}

/// Reads a lockfile, writes it, and reads it again.
pub fn lockfile(name: &str, bytes: &[u8]) {
    if let Some(text) = text(name, bytes) {
        lockfiles::lockfile(name, &text);
    }
}
