//! Why a dependency cannot be taken.

use std::ops::Range;

/// Why a dependency, of conda or of pip, cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SpecError {
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// The wrong part, as byte offsets into the text.
    pub range: Range<usize>,
    /// What is said at the wrong part; may be empty.
    pub label: String,
    /// What to write instead.
    pub hint: Option<String>,
    /// Whether the text is right and only lockit cannot follow it yet. No rule speaks of such text.
    pub unsupported: bool,
}

impl SpecError {
    pub(crate) fn new(text: &str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            range: 0..text.len(),
            label: String::new(),
            hint: None,
            unsupported: false,
        }
    }

    pub(crate) fn unsupported(mut self) -> Self {
        self.unsupported = true;
        self
    }

    pub(crate) fn at(mut self, range: Range<usize>, label: impl Into<String>) -> Self {
        self.range = range;
        self.label = label.into();
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
