//! Everything that can be said about an environment file, also when parts of it are wrong.
//!
//! A lock needs a file without errors; a rule must speak about files that have some. Both read the
//! same way: [`EnvironmentFile::parse`](crate::EnvironmentFile::parse) is a survey that refuses errors.

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};

use crate::{EnvironmentFile, Selector};

/// One environment file as it stands, item by item.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The file.
    pub file: SourceFile,
    /// Top-level keys in file order, each with the place of its value.
    pub keys: Vec<(Spanned<String>, Span)>,
    /// The text after each `#`, in file order; the span begins at `#`.
    pub comments: Vec<Spanned<String>>,
    /// Items of `dependencies` and of `pip:` sections in file order, wrong ones too.
    pub items: Vec<Item>,
    /// Where the keys of `pip:` sections stand.
    pub pip_sections: Vec<Span>,
    /// What could be understood. `None` when this is no environment file at all, or no YAML.
    pub environment: Option<EnvironmentFile>,
    /// Every error and warning of the reading, in file order.
    pub diagnostics: Vec<Diagnostic>,
}

/// One line of `dependencies` or of a `pip:` section.
#[derive(Debug, Clone)]
pub struct Item {
    /// The text without quotes, selector and comment.
    pub text: String,
    /// The place of `text`.
    pub span: Span,
    /// The place of the whole value, with its quotes.
    pub whole: Span,
    /// The language it is written in.
    pub kind: ItemKind,
    /// The platforms it is wanted on; `None` is all of them.
    pub selector: Option<Selector>,
    /// The notations that the selector was written in, outermost first, with their places.
    pub notations: Vec<(SelectorNotation, Span)>,
    /// Index into [`EnvironmentFile::requirements`] or [`EnvironmentFile::pip`]; `None` when the text
    /// could not be read.
    pub index: Option<usize>,
}

/// The language of an [`Item`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// A conda spec.
    Conda,
    /// A PyPI requirement.
    Pip,
}

/// How a selector is written (CEP 24: a file should not mix both).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SelectorNotation {
    /// `name  # [linux]`
    Comment,
    /// `sel(linux): name`
    Section,
}

impl Survey {
    /// A survey of which nothing is known but why.
    pub(crate) fn failed(file: &SourceFile, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            file: file.clone(),
            keys: Vec::new(),
            comments: Vec::new(),
            items: Vec::new(),
            pip_sections: Vec::new(),
            environment: None,
            diagnostics,
        }
    }

    /// The items in conda's language.
    pub fn conda_items(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.kind == ItemKind::Conda)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnvironmentFile, PipSection};

    fn survey(text: &str) -> Survey {
        EnvironmentFile::survey(&SourceFile::new("environment.yml", text), PipSection::Check)
    }

    #[test]
    fn wrong_items_do_not_hide_the_others() {
        let text = "name: x\ndependencies:\n  - 'numpy >=1'  # [linux]\n  - a b c d\n  - sel(osx):\n    - llvm-openmp\n  - pip:\n    - requests==2\n    - '=='\n";
        let survey = survey(text);
        let items: Vec<(&str, ItemKind, Option<usize>)> =
            survey.items.iter().map(|item| (item.text.as_str(), item.kind, item.index)).collect();
        assert_eq!(
            items,
            [
                ("numpy >=1", ItemKind::Conda, Some(0)),
                ("a b c d", ItemKind::Conda, None),
                ("llvm-openmp", ItemKind::Conda, Some(1)),
                ("requests==2", ItemKind::Pip, Some(0)),
                ("==", ItemKind::Pip, None),
            ]
        );
        let first = &survey.items[0];
        assert_eq!(&text[first.span.start..first.span.end], "numpy >=1");
        assert_eq!(&text[first.whole.start..first.whole.end], "'numpy >=1'");
        let notations: Vec<SelectorNotation> = survey
            .items
            .iter()
            .flat_map(|item| &item.notations)
            .map(|(notation, _)| *notation)
            .collect();
        assert_eq!(notations, [SelectorNotation::Comment, SelectorNotation::Section]);
        assert_eq!(survey.diagnostics.len(), 2);
        assert_eq!(survey.pip_sections.len(), 1);
        assert_eq!(
            survey.keys.iter().map(|(key, _)| key.value.as_str()).collect::<Vec<_>>(),
            ["name", "dependencies"]
        );
    }

    #[test]
    fn what_is_no_environment_file_has_no_environment() {
        for text in ["", "- a\n", "a: [\n", "services: {}\n", "@EXPLICIT\n"] {
            let survey = survey(text);
            assert!(survey.environment.is_none(), "{text}");
            assert!(survey.diagnostics.iter().any(Diagnostic::is_error), "{text}");
        }
    }
}
