//! Findings as text, JSON, SARIF, GitHub annotations or Markdown.
//!
//! Each form is one file with a `write` function. What is shown of a file is its public side: findings
//! about secrets have no place in the text, and so nothing of the line is printed.

mod concise;
mod github;
mod json;
mod markdown;
mod place;
mod sarif;
mod text;

use std::str::FromStr;

use lockit_spec::credentials::masked;

use crate::lint::FileReport;

pub use github::annotations;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OutputFormat {
    /// With the line shown and underlined.
    #[default]
    Text,
    /// One line each: `path:line:column: CODE message`.
    Concise,
    /// One JSON document; see `json.rs` for its fields.
    Json,
    /// SARIF 2.1.0, which code scanners and editors read.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A comment for a pull request.
    Markdown,
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Concise, Self::Json, Self::Sarif, Self::Github, Self::Markdown];

    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
        }
    }
}

impl FromStr for OutputFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| format!("expected one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

/// Writes the findings of all files. Empty when a form has nothing to say about no findings. `folder` is
/// where relative names start, as seen from the top of the repository; annotations want that.
pub fn write(reports: &[FileReport], format: OutputFormat, folder: &str, color: bool) -> String {
    let reports = &public(reports);
    match format {
        OutputFormat::Text => text::write(reports, color),
        OutputFormat::Concise => concise::write(reports),
        OutputFormat::Json => json::write(reports),
        OutputFormat::Sarif => sarif::write(reports),
        OutputFormat::Github => github::write(reports, folder),
        OutputFormat::Markdown => markdown::write(reports),
    }
}

/// The findings without the secrets that are in the lines they point at.
fn public(reports: &[FileReport]) -> Vec<FileReport> {
    let mut reports = reports.to_vec();
    for finding in reports.iter_mut().flat_map(|report| &mut report.findings) {
        let concealed = lockit_spec::conceal_diagnostics(vec![finding.diagnostic.clone()]);
        finding.diagnostic = concealed.into_iter().next().expect("as many come out as go in");
        for edit in finding.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.replacement = masked(&edit.replacement).into_owned();
        }
    }
    reports
}
