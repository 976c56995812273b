//! The `dependencies` section: conda specs, `pip:` lists and both kinds of selectors.

use std::borrow::Cow;

use lockit_diagnostic::{Diagnostic, Severity, SourceFile, Span};

use crate::channel_address::spec_with_address;
use crate::conda_spec::{parse_conda_spec, without_extras};
use crate::credentials::without_secrets;
use crate::pip_section::PipSection;
use crate::requirements_file::{self, Around, PipLines};
use crate::selector_comment::{self, CommentSelector, SelectorComments};
use crate::spec_error::SpecError;
use crate::yaml::{Comment, Node, Value};
use crate::{
    Item as Surveyed, ItemKind, ReadBytes, Requirement, Selector, SelectorError, SelectorNotation,
    code, spelling, yaml_error,
};

/// Reads the section, with the comments of the whole file at hand.
pub(crate) struct Dependencies<'a> {
    file: &'a SourceFile,
    comments: SelectorComments<'a>,
    category: &'a str,
    pip_section: PipSection,
    requirements: Vec<Requirement>,
    pip: PipLines<'a>,
    items: Vec<Surveyed>,
    pip_sections: Vec<Span>,
    diagnostics: Vec<Diagnostic>,
}

/// What the section holds.
pub(crate) struct Section<'a> {
    pub(crate) requirements: Vec<Requirement>,
    pub(crate) pip: PipLines<'a>,
    pub(crate) items: Vec<Surveyed>,
    pub(crate) pip_sections: Vec<Span>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Text of an item without what surrounds it.
struct Item<'n> {
    text: &'n str,
    span: Span,
}

/// The selectors that hold for an item from outside: its section's, and the comment they came from.
#[derive(Clone, Default)]
struct Scope {
    selector: Option<Selector>,
    comment: Option<usize>,
    notations: Vec<(SelectorNotation, Span)>,
}

impl Scope {
    fn and(&self, selector: Option<Selector>) -> Option<Selector> {
        match (&self.selector, selector) {
            (Some(outer), Some(inner)) => Some(outer.and(&inner)),
            (Some(outer), None) => Some(outer.clone()),
            (None, inner) => inner,
        }
    }
}

impl<'a> Dependencies<'a> {
    pub(crate) fn new(
        file: &'a SourceFile,
        comments: &'a [Comment<'a>],
        category: &'a str,
        pip_section: PipSection,
        follow: Option<&'a ReadBytes<'a>>,
    ) -> Self {
        Self {
            file,
            comments: SelectorComments::new(file, comments),
            category,
            pip_section,
            requirements: Vec::new(),
            pip: PipLines::new(file, follow),
            items: Vec::new(),
            pip_sections: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Reads the value of `dependencies`.
    pub(crate) fn read(&mut self, key: &Node<'_>, value: &Node<'_>) {
        match &value.value {
            Value::Sequence(items) => {
                for item in items {
                    self.item(item, &Scope::default(), ItemKind::Conda);
                }
            }
            Value::Null => self.diagnostics.push(
                Diagnostic::error("`dependencies` is empty")
                    .label(self.file, key.span, "expected a list of packages below")
                    .hint(
                        "add items such as `  - python`; for none at all write `dependencies: []`",
                    ),
            ),
            Value::Mapping(entries) => {
                let span = entries.first().map_or(value.span, |(key, _)| key.span);
                self.diagnostics.push(
                    Diagnostic::error(
                        "`dependencies` must be a list, found a mapping of keys to values",
                    )
                    .label(self.file, span, "expected `- ` in front")
                    .hint("write each package as an item: `- name >=1.2`"),
                );
            }
            Value::Scalar(_) => self.diagnostics.push(
                Diagnostic::error("`dependencies` must be a list, found a single value")
                    .label(self.file, value.span, "expected items that start with `- `")
                    .hint("write each package on a line of its own: `- name`"),
            ),
        }
    }

    /// What was read, and what is to be said. Selectors that nothing used are warned of.
    pub(crate) fn finish(mut self) -> Section<'a> {
        self.diagnostics.extend(self.comments.unused());
        self.diagnostics.append(&mut self.pip.diagnostics);
        Section {
            requirements: self.requirements,
            pip: self.pip,
            items: self.items,
            pip_sections: self.pip_sections,
            diagnostics: self.diagnostics,
        }
    }

    fn item(&mut self, node: &Node<'_>, scope: &Scope, language: ItemKind) {
        match &node.value {
            Value::Scalar(text) => self.scalar(text, node.span, scope, language),
            // Helm charts and others: a mapping with fields, none of which is ours.
            Value::Mapping(entries)
                if entries.len() > 1 && !entries.iter().any(|(key, _)| is_section(key)) =>
            {
                self.diagnostics.push(
                    Diagnostic::error("an item with several keys is not a dependency")
                        .label(self.file, self.first_line(node.span), "expected a package, `pip:` or `sel(...):`")
                        .hint("this may be a file for another tool; an item here is written `- name >=1.2`"),
                );
            }
            Value::Mapping(entries) => {
                for (key, value) in entries {
                    self.section(key, value, scope, language);
                }
            }
            Value::Null => {
                let at = self.file.text()[..node.span.start].rfind('-').unwrap_or(node.span.start);
                self.diagnostics.push(
                    Diagnostic::error("a dependency is empty")
                        .label(self.file, Span::new(at, at + 1), "nothing follows the `-`")
                        .hint("write a package name, or remove the item"),
                );
            }
            Value::Sequence(_) => self.diagnostics.push(
                Diagnostic::error("a list inside the list of dependencies")
                    .label(self.file, self.first_line(node.span), "expected a package")
                    .hint("write the items directly below `dependencies:`"),
            ),
        }
    }

    fn scalar(&mut self, text: &str, span: Span, scope: &Scope, language: ItemKind) {
        let mut item = self.inner(text, span);
        let surveyed = self.items.len();
        self.items.push(Surveyed {
            text: item.text.to_owned(),
            span: item.span,
            whole: span,
            kind: language,
            selector: scope.selector.clone(),
            notations: scope.notations.clone(),
            index: None,
        });
        let mut own = None;
        if let Some(index) =
            self.comments.after(span.end).filter(|index| scope.comment != Some(*index))
        {
            let Ok(selector) = self.comment_selector(index) else { return };
            if selector.is_some() {
                let place = self.comments.place(index);
                self.items[surveyed].notations.push((SelectorNotation::Comment, place));
            }
            own = selector;
        }
        if language == ItemKind::Conda
            && let Some(at) = item.text.find('#')
        {
            // `name#[linux]` and `"name # [linux]"`: part of the text for YAML, a comment for conda.
            let comment = &item.text[at + 1..];
            let offset = item.span.start + at + 1;
            let whole = Span::new(offset - 1, item.span.end);
            let before = self.diagnostics.len();
            let Ok(selector) = self.judge(comment, offset, whole) else { return };
            let silent = self.diagnostics.len() == before;
            if silent && selector.is_none() && !item.text[..at].contains(['[', '/']) {
                self.diagnostics.push(
                    Diagnostic::warning("what follows `#` in this item is ignored")
                        .code(code::IGNORED_TEXT)
                        .label(self.file, whole, "a comment, as conda reads it")
                        .hint("put a blank in front of `#`, and the comment outside of quotes"),
                );
            }
            if own.is_none() && selector.is_some() {
                self.items[surveyed].notations.push((SelectorNotation::Comment, whole));
            }
            own = own.or(selector);
            if !item.text[..at].contains(['[', '/']) {
                let text = item.text[..at].trim_end();
                item =
                    Item { text, span: Span::new(item.span.start, item.span.start + text.len()) };
            }
        }
        // pip cuts a line there, quotes or not, once the section is a requirements file.
        if language == ItemKind::Pip
            && let Some(at) = requirements_file::comment(item.text).filter(|at| *at > 0)
        {
            let text = item.text[..at].trim_end();
            item = Item { text, span: Span::new(item.span.start, item.span.start + text.len()) };
        }
        let selector = scope.and(own);
        let out = &mut self.items[surveyed];
        item.text.clone_into(&mut out.text);
        out.span = item.span;
        out.selector.clone_from(&selector);
        let before = (self.requirements.len(), self.pip.requirements.len());
        match language {
            ItemKind::Conda => self.conda(&item, selector),
            ItemKind::Pip => self.pip_item(&item, selector.as_ref()),
        }
        self.items[surveyed].index = match language {
            ItemKind::Conda => (self.requirements.len() > before.0).then_some(before.0),
            ItemKind::Pip => (self.pip.requirements.len() > before.1).then_some(before.1),
        };
    }

    fn conda(&mut self, item: &Item<'_>, selector: Option<Selector>) {
        let text = spec_with_address(item.text);
        let item = &Item { text: &text, span: item.span };
        match parse_conda_spec(item.text) {
            Ok((name, spec)) => {
                if let Some((plain, range)) = without_extras(item.text) {
                    self.diagnostics.push(
                        Diagnostic::warning("conda packages have no extras; the bracket is ignored, as conda does")
                            .code(code::IGNORED_TEXT)
                            .label(self.file, self.part(item, &range), "pip's notation")
                            .hint(format!(
                                "write `{plain}` and list what the extra brings, or put the line into a `pip:` section"
                            )),
                    );
                }
                self.warn_of_secret(item);
                self.requirements.push(Requirement {
                    name,
                    spec,
                    text: item.text.to_owned(),
                    file: self.file.clone(),
                    span: item.span,
                    selector,
                    category: self.category.to_owned(),
                    implied: false,
                    may_come_from: Vec::new(),
                });
            }
            Err(error) => {
                if let Some(template) = yaml_error::template(self.file, item.span) {
                    self.diagnostics.push(template);
                    return;
                }
                if let Some(runaway) = self.runaway(item) {
                    self.diagnostics.push(runaway);
                    return;
                }
                self.refuse(Severity::Error, item, error);
            }
        }
    }

    /// Reports a wrong item. One that holds a secret is not shown.
    fn refuse(&mut self, severity: Severity, item: &Item<'_>, error: SpecError) {
        if matches!(without_secrets(item.text), Cow::Owned(_)) {
            let mut diagnostic =
                Diagnostic::new(severity, "an item that holds a secret cannot be read")
                    .note(self.hidden(item.span));
            if severity == Severity::Error {
                diagnostic =
                    diagnostic.hint("replace the secret with a placeholder to see what is wrong");
            }
            self.diagnostics.push(diagnostic);
            return;
        }
        let mut diagnostic = Diagnostic::new(severity, error.message).label(
            self.file,
            self.part(item, &error.range),
            error.label,
        );
        if let Some(hint) = error.hint {
            diagnostic = diagnostic.hint(hint);
        }
        if severity == Severity::Warning && !error.unsupported {
            diagnostic = diagnostic.code(code::INVALID_FILE);
        }
        self.diagnostics.push(diagnostic);
    }

    fn hidden(&self, span: Span) -> String {
        format!("it stands at {}; the line is not shown here", self.file.place(span))
    }

    fn warn_of_secret(&mut self, item: &Item<'_>) {
        if let Cow::Owned(public) = without_secrets(item.text) {
            self.diagnostics.push(
                Diagnostic::warning(format!(
                    "`{public}` is given with a secret that is written out"
                ))
                .code(code::URL_CREDENTIALS)
                .note(self.hidden(item.span))
                .hint("put a placeholder such as `${TOKEN}` in its place, and set the variable"),
            );
        }
    }

    /// The usual reason for a wrong item of several lines: an indentation that joins them.
    fn runaway(&self, item: &Item<'_>) -> Option<Diagnostic> {
        let first = self.file.line_column(item.span.start).line;
        let last = self.file.line_column(item.span.end).line;
        let next = (first < last).then(|| self.file.line_span(first + 1)).flatten()?;
        let text = &self.file.text()[next.start..next.end];
        let start = next.end - text.trim_start().len();
        Some(
            Diagnostic::error("this line continues the item above")
                .label(
                    self.file,
                    Span::new(start, next.end),
                    "indented deeper than the item it follows",
                )
                .label(self.file, self.first_line(item.span), "")
                .hint("indent it exactly like its neighbours"),
        )
    }

    fn pip_item(&mut self, item: &Item<'_>, selector: Option<&Selector>) {
        let around = Around { selector, category: self.category, constrains: false };
        if let Err(error) = self.pip.line(self.file, item.text, item.span, around) {
            let severity = match self.pip_section {
                PipSection::Check => Severity::Error,
                PipSection::Skip => Severity::Warning,
            };
            self.refuse(severity, item, error);
        }
    }

    /// `pip: [...]`, `sel(linux): ...`, or a mistake.
    fn section(&mut self, key: &Node<'_>, value: &Node<'_>, scope: &Scope, language: ItemKind) {
        let name = key.text().unwrap_or_default().trim();
        let mut inner = scope.clone();
        if let Some(index) =
            self.comments.after_key(key.span.end).filter(|index| scope.comment != Some(*index))
        {
            let Ok(selector) = self.comment_selector(index) else { return };
            let mut notations = scope.notations.clone();
            if selector.is_some() {
                notations.push((SelectorNotation::Comment, self.comments.place(index)));
            }
            inner = Scope { selector: scope.and(selector), comment: Some(index), notations };
        }
        if let Some(expression) = name.strip_prefix("sel(").and_then(|rest| rest.strip_suffix(')'))
        {
            let offset = self.inner(name, key.span).span.start + "sel(".len();
            match Selector::parse(expression) {
                Ok(selector) => {
                    inner.selector = inner.and(Some(selector));
                    inner.notations.push((SelectorNotation::Section, key.span));
                    self.children(name, value, &inner, language);
                }
                Err(error) => self.wrong_selector(&error, offset),
            }
        } else if name == "pip" && language == ItemKind::Conda {
            self.pip_sections.push(key.span);
            self.children(name, value, &inner, ItemKind::Pip);
        } else {
            self.unknown_section(name, key, value, language);
        }
    }

    fn children(&mut self, name: &str, value: &Node<'_>, scope: &Scope, language: ItemKind) {
        match &value.value {
            Value::Sequence(items) => {
                for item in items {
                    self.item(item, scope, language);
                }
            }
            Value::Null => {}
            Value::Scalar(text) if name.starts_with("sel(") => {
                self.scalar(text, value.span, scope, language);
            }
            Value::Mapping(entries) if name.starts_with("sel(") => {
                for (key, value) in entries {
                    self.section(key, value, scope, language);
                }
            }
            _ => self.diagnostics.push(
                Diagnostic::error(format!("`{name}` must hold a list, found {}", value.kind()))
                    .label(
                        self.file,
                        self.first_line(value.span),
                        "expected items that start with `- `",
                    ),
            ),
        }
    }

    fn unknown_section(
        &mut self,
        name: &str,
        key: &Node<'_>,
        value: &Node<'_>,
        language: ItemKind,
    ) {
        let span = self.first_line(Span::new(key.span.start, value.span.end.max(key.span.end)));
        if let Some(template) = yaml_error::template(self.file, span) {
            self.diagnostics.push(template);
            return;
        }
        let diagnostic = match value.text() {
            // `- python: 3.9`, `- numpy: >=1`.
            Some(version) => {
                let operator =
                    if version.starts_with(['<', '>', '=', '!', '~']) { " " } else { "=" };
                let operator = match (language, operator) {
                    _ if name.starts_with('-') => " ",
                    (ItemKind::Pip, "=") => "==",
                    _ => operator,
                };
                Diagnostic::error(format!("`{name}: {version}` is not a dependency"))
                    .label(self.file, span, "a `:` cannot separate name and version")
                    .hint(format!("write `- {name}{operator}{version}`"))
            }
            None if value.is_null() => Diagnostic::error(format!("`{name}:` is not a dependency"))
                .label(self.file, span, "the `:` makes this a section of its own")
                .hint(if name.starts_with("--") {
                    format!("put it in quotes: `- \"{name}:\"`")
                } else {
                    format!("write `- {name}` without the `:`")
                }),
            None => {
                let diagnostic =
                    Diagnostic::error(format!("there is no section `{name}` in `dependencies`"))
                        .code(code::UNKNOWN_KEY)
                        .label(self.file, key.span, "only `pip` and `sel(...)` are known");
                match spelling::did_you_mean(name, ["pip", "sel"]) {
                    Some(hint) => diagnostic.hint(hint),
                    None => diagnostic.hint("remove it; lockit cannot install these packages"),
                }
            }
        };
        self.diagnostics.push(diagnostic);
    }

    /// The selector a comment holds; `Err` after an error was reported.
    fn comment_selector(&mut self, index: usize) -> Result<Option<Selector>, ()> {
        let (comment, first) = self.comments.take(index);
        match selector_comment::from_comment(&comment.text) {
            // Several items on one line share the comment; one message is enough.
            CommentSelector::Selector(selector) => Ok(Some(selector)),
            CommentSelector::None => Ok(None),
            CommentSelector::NotAnExpression { .. } if !first => Ok(None),
            CommentSelector::Wrong { .. } if !first => Err(()),
            _ => self.judge(&comment.text, comment.span.start + 1, comment.span),
        }
    }

    /// Reads a comment's text that starts at an offset of the file.
    fn judge(&mut self, text: &str, offset: usize, whole: Span) -> Result<Option<Selector>, ()> {
        match selector_comment::from_comment(text) {
            CommentSelector::None => Ok(None),
            CommentSelector::Selector(selector) => Ok(Some(selector)),
            CommentSelector::NotAnExpression { offset: at, length } => {
                let span = Span::new(offset + at, (offset + at + length).min(whole.end));
                self.diagnostics.push(
                    Diagnostic::warning("this is not taken for a selector")
                        .code(code::IGNORED_TEXT)
                        .label(self.file, span, "conda-lock would drop the line")
                        .hint("put a word in front of the bracket if it is only a remark"),
                );
                Ok(None)
            }
            CommentSelector::Wrong { error, offset: at } => {
                self.wrong_selector(&error, offset + at);
                Err(())
            }
        }
    }

    fn wrong_selector(&mut self, error: &SelectorError, offset: usize) {
        let (at, length) = error.place();
        let end = self.file.text().len();
        let start = (offset + at).min(end);
        let stop = self.file.text()[start..]
            .chars()
            .next()
            .map_or(end, |c| start + length.max(c.len_utf8()));
        self.diagnostics.push(Diagnostic::of(error).label(
            self.file,
            Span::new(start, stop.min(end)),
            "",
        ));
    }

    /// The item's text without blanks and quotes, and its place.
    fn inner<'n>(&self, text: &'n str, span: Span) -> Item<'n> {
        let trimmed = text.trim();
        let source = self.file.text().get(span.start..span.end).unwrap_or_default();
        // Escapes and folded lines differ from the source; then the whole item is the place.
        match source.find(trimmed) {
            Some(at) => Item {
                text: trimmed,
                span: Span::new(span.start + at, span.start + at + trimmed.len()),
            },
            None => Item {
                text: trimmed,
                span: Span::new(span.start, span.start + source.trim_end().len()),
            },
        }
    }

    /// A part of an item as a place in the file.
    fn part(&self, item: &Item<'_>, range: &std::ops::Range<usize>) -> Span {
        let source = self.file.text().get(item.span.start..item.span.end).unwrap_or_default();
        if source == item.text && !range.is_empty() {
            Span::new(item.span.start + range.start, item.span.start + range.end)
        } else {
            item.span
        }
    }

    fn first_line(&self, span: Span) -> Span {
        let line = self.file.line_column(span.start).line;
        let end = self.file.line_span(line).map_or(span.end, |line| line.end);
        Span::new(span.start, span.end.min(end))
    }
}

/// Whether a key starts a section that is known.
fn is_section(key: &Node<'_>) -> bool {
    key.text().is_some_and(|name| name == "pip" || name.starts_with("sel("))
}
