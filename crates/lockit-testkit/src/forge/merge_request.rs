//! What GitLab keeps of a merge request.

use serde::Serialize;

/// A merge request, by the names of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "they are those of the API")]
pub struct MergeRequest {
    pub iid: usize,
    pub state: String,
    pub source_branch: String,
    pub target_branch: String,
    pub title: String,
    pub description: String,
    pub should_remove_source_branch: bool,
}

impl MergeRequest {
    /// Adds one with the next number.
    pub(super) fn open<'a>(
        all: &'a mut Vec<Self>,
        source: &str,
        target: &str,
        title: &str,
    ) -> &'a mut Self {
        let iid = all.len() + 1;
        all.push(Self {
            iid,
            state: "opened".to_owned(),
            source_branch: source.to_owned(),
            target_branch: target.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            should_remove_source_branch: false,
        });
        &mut all[iid - 1]
    }
}
