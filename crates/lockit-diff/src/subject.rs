//! What a rule sees.

use lockit_diagnostic::{SourceFile, Span};
use lockit_lockfile::detect::Lockfile;
use lockit_spec::{EnvironmentFile, Item, ItemKind, Platform, Requirement, Survey};

use crate::export::Verdict;
use crate::standing::Standing;

/// An environment file and what is known around it.
#[derive(Debug)]
pub struct SpecSubject<'a> {
    /// What the file says, item by item.
    pub survey: &'a Survey,
    /// What could be understood of it; of the same file as `survey`.
    pub environment: &'a EnvironmentFile,
    /// Whether it is an export. Rules that look at single lines are silent in one: the whole file
    /// has to go.
    pub verdict: &'a Verdict,
    /// The platforms it is meant for.
    pub platforms: &'a [Platform],
    /// What this file should be a part of (`predict` of `dev`), if there is such a thing.
    pub base: Option<&'a Base>,
}

/// An environment that another one must be a part of.
#[derive(Debug)]
pub struct Base {
    /// What to call it.
    pub name: String,
    /// Its files.
    pub files: Vec<EnvironmentFile>,
}

/// A lockfile.
#[derive(Debug)]
pub struct LockSubject<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What it holds.
    pub lockfile: &'a Lockfile,
    /// How it stands to its specs, where they are known.
    pub standing: Option<&'a Standing>,
}

impl<'a> SpecSubject<'a> {
    /// The conda items that could be read, with what they ask for.
    pub fn requirements(&self) -> impl Iterator<Item = (&'a Item, &'a Requirement)> {
        let requirements = &self.environment.requirements;
        self.survey
            .items
            .iter()
            .filter(|item| item.kind == ItemKind::Conda)
            .filter_map(|item| Some((item, requirements.get(item.index?)?)))
    }

    /// The line of a place with its line end, for edits that remove it.
    pub(crate) fn whole_line(&self, span: Span) -> Span {
        let text = self.survey.file.text();
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at + 1);
        Span::new(start, end)
    }

    /// The end of what is written on the line of a place, without blanks and line end.
    pub(crate) fn line_end(&self, span: Span) -> usize {
        let text = self.survey.file.text();
        let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
        text[..end].trim_end().len().max(span.end)
    }
}

/// Whether the line of a requirement may be shown: one with a secret may not.
pub(crate) fn may_show(requirement: &Requirement) -> bool {
    matches!(requirement.public_text(), std::borrow::Cow::Borrowed(_))
}
