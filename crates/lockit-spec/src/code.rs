//! Codes of what this crate finds itself. `lockit rule CODE` explains each.

/// The file cannot be read as an environment file, or a part of it is wrong.
pub const INVALID_FILE: &str = "LK000";
/// A key or section that means nothing (CEP 24).
pub const UNKNOWN_KEY: &str = "LK007";
/// Two constraints on one package that exclude each other.
pub const CONTRADICTION: &str = "LK010";
/// A login or token that is written out.
pub const URL_CREDENTIALS: &str = "LK014";
/// A name that conda refuses or keeps for itself.
pub const ENVIRONMENT_NAME: &str = "LK018";
/// A part of an item that has no effect.
pub const IGNORED_TEXT: &str = "LK019";
/// A variable that activation does not set as it is written, or that decides which code runs.
pub const ACTIVATION_VARIABLE: &str = "LK021";
