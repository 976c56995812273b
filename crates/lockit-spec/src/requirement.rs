//! One wanted package.

use std::borrow::Cow;

use lockit_diagnostic::{SourceFile, Span};
use rattler_conda_types::{MatchSpec, PackageName};

use crate::channel::without_secrets;
use crate::{Platform, Selector, SpecError, parse_conda_spec};

/// A conda package that a file asks for.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The exact package name.
    pub name: PackageName,
    /// The parsed spec.
    pub spec: MatchSpec,
    /// The text as written, without selector, for example `pandas >=2.3`.
    pub text: String,
    /// The file it stands in.
    pub file: SourceFile,
    /// The place of `text` in it.
    pub span: Span,
    /// The platforms it is wanted on; `None` is all of them.
    pub selector: Option<Selector>,
    /// CEP 24 `category` of the file, `main` unless it says otherwise.
    pub category: String,
}

impl Requirement {
    /// A requirement that stands in no file, for example from the command line; `origin` names the
    /// place for messages.
    ///
    /// # Errors
    /// [`SpecError`] when the text is no conda spec.
    pub fn from_text(text: &str, origin: &str) -> Result<Self, SpecError> {
        let (name, spec) = parse_conda_spec(text)?;
        Ok(Self {
            name,
            spec,
            text: text.to_owned(),
            file: SourceFile::new(origin, text),
            span: Span::new(0, text.len()),
            selector: None,
            category: "main".into(),
        })
    }

    /// Whether it is wanted on a platform.
    pub fn applies_to(&self, platform: Platform) -> bool {
        self.selector.as_ref().is_none_or(|selector| selector.matches(platform))
    }

    /// The text without a login or token that is written out in a URL. Fit for lockfiles and
    /// messages; `text` is not.
    pub fn public_text(&self) -> Cow<'_, str> {
        without_secrets(&self.text)
    }

    /// `environment.yml:12`, for messages.
    pub fn place(&self) -> String {
        self.file.place(self.span)
    }
}

/// A PyPI package that a file asks for: a line of a requirements file, which pip and uv take as it is
/// (PEP 508, `-e ./folder`, `git+https://…`, with `--hash=` behind it).
#[derive(Debug, Clone)]
pub struct PipRequirement {
    /// The text as written.
    pub text: String,
    /// The file it stands in.
    pub file: SourceFile,
    /// The place of `text` in it.
    pub span: Span,
    /// The platforms it is wanted on; `None` is all of them.
    pub selector: Option<Selector>,
    /// The category of the file or of the group it stands in, `main` unless that says otherwise.
    pub category: String,
}

impl PipRequirement {
    /// Whether it is wanted on a platform.
    pub fn applies_to(&self, platform: Platform) -> bool {
        self.selector.as_ref().is_none_or(|selector| selector.matches(platform))
    }

    /// The text without a login or token that is written out in a URL. Fit for lockfiles and
    /// messages; `text` is not.
    pub fn public_text(&self) -> Cow<'_, str> {
        without_secrets(&self.text)
    }

    /// `environment.yml:12`, for messages.
    pub fn place(&self) -> String {
        self.file.place(self.span)
    }
}
