//! What a part of the bench has to say.

/// What was measured of one part.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// Markdown for who runs it.
    pub(crate) text: String,
    /// What README says of it; each under a name that stays.
    pub(crate) summary: Vec<(String, String)>,
}
