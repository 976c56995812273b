//! Reading an environment file (CEP 24), item by item.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};

use crate::dependencies::Dependencies;
use crate::parsed::{ParseResult, Parsed, from_disk, read_source};
use crate::pip_section::PipSection;
use crate::platform::parse_platform;
use crate::repetition::shorten;
use crate::settings::secret_warning;
use crate::yaml::{Node, Value};
use crate::{
    ChannelRef, EnvironmentFile, PipSources, ReadBytes, Survey, activation_variables, code,
    foreign, spelling, yaml,
};

/// The keys that mean something, CEP 24's first, then conda-lock's.
const KEYS: &[&str] = &[
    "name",
    "prefix",
    "channels",
    "dependencies",
    "variables",
    "platforms",
    "category",
    "pip-repositories",
    "allow-pypi-requests",
];

impl EnvironmentFile {
    /// Reads an environment file from disk; see [`EnvironmentFile::parse`].
    ///
    /// # Errors
    /// Diagnostics; a file that cannot be read gives one without a place.
    pub fn read(path: &Path, pip: PipSection) -> ParseResult<Self> {
        Self::parse(&read_source(path)?, pip)
    }

    /// Parses the text of an environment file. What its `pip:` section includes is read from disk.
    /// [`read_spec`](crate::read_spec) takes specs of every kind.
    ///
    /// # Errors
    /// Every error of the file, not only the first; after a syntax error of YAML nothing more can
    /// be said. Warnings are among them.
    pub fn parse(file: &SourceFile, pip: PipSection) -> ParseResult<Self> {
        let follow = (pip == PipSection::Check).then_some(&from_disk as &ReadBytes<'_>);
        Self::parse_following(file, pip, follow)
    }

    pub(crate) fn parse_following(
        file: &SourceFile,
        pip: PipSection,
        follow: Option<&ReadBytes<'_>>,
    ) -> ParseResult<Self> {
        let survey = Self::survey_following(file, pip, follow);
        let diagnostics = shorten(survey.diagnostics);
        match survey.environment {
            Some(environment) => Parsed::finish(environment, diagnostics),
            None => Err(diagnostics),
        }
    }

    /// Reads what can be read of a file, whatever is wrong with the rest. What a `pip:` section includes is left
    /// alone.
    pub fn survey(file: &SourceFile, pip: PipSection) -> Survey {
        Self::survey_following(file, pip, None)
    }

    fn survey_following(
        file: &SourceFile,
        pip: PipSection,
        follow: Option<&ReadBytes<'_>>,
    ) -> Survey {
        let failed = |diagnostics| Survey::failed(file, diagnostics);
        if let Some(error) = foreign::by_text(file) {
            return failed(vec![error]);
        }
        let document = match yaml::parse(file) {
            Ok(document) => document,
            Err(diagnostics) => return failed(diagnostics),
        };
        let mut reader = Reader { out: Self::new(file), diagnostics: Vec::new() };
        let Some(root) = &document.root else { return failed(vec![empty(file)]) };
        let Value::Mapping(entries) = &root.value else {
            return failed(vec![not_a_mapping(file, root)]);
        };
        if let Some(error) = foreign::by_keys(file, root) {
            return failed(vec![error]);
        }
        let found = entries.iter().find(|(key, _)| key.text() == Some("dependencies"));
        let Some((key, dependencies)) = found else {
            return failed(vec![no_dependencies(file, entries)]);
        };
        for (key, value) in entries {
            reader.top_level(key, value);
        }
        let category =
            reader.out.category.as_ref().map_or("main", |category| category.value.as_str());
        let mut section = Dependencies::new(file, &document.comments, category, pip, follow);
        section.read(key, dependencies);
        let section = section.finish();
        reader.out.requirements = section.requirements;
        reader.out.pip = section.pip.requirements;
        reader.out.pip_constraints = section.pip.constraints;
        let declared = std::mem::take(&mut reader.out.pip_sources);
        reader.out.pip_sources = PipSources::merge([&section.pip.sources, &declared].into_iter());
        let mut diagnostics = reader.diagnostics;
        diagnostics.extend(section.diagnostics);
        diagnostics
            .sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span.start));
        Survey {
            file: file.clone(),
            keys: entries
                .iter()
                .filter_map(|(key, value)| {
                    Some((Spanned::new(key.text()?.to_owned(), key.span), value.span))
                })
                .collect(),
            comments: document
                .comments
                .iter()
                .map(|comment| Spanned::new(comment.text.to_string(), comment.span))
                .collect(),
            items: section.items,
            pip_sections: section.pip_sections,
            environment: Some(reader.out),
            diagnostics,
        }
    }
}

fn empty(file: &SourceFile) -> Diagnostic {
    Diagnostic::error("the environment file is empty")
        .label(file, Span::new(0, 0), "expected at least `dependencies:`")
        .hint("a small one is `dependencies: [python]`")
}

/// A file that is no mapping; `key` without its `:` is the likeliest reason.
fn not_a_mapping(file: &SourceFile, root: &Node<'_>) -> Diagnostic {
    let line = file.line_column(root.span.start).line;
    let span = file.line_span(line).map_or(root.span, |line| {
        Span::new(root.span.start, line.end.min(root.span.end.max(root.span.start + 1)))
    });
    if let Some(word) = root
        .text()
        .and_then(|text| text.split_whitespace().next())
        .filter(|word| KEYS.contains(word))
    {
        let end = root.span.start + word.len();
        return Diagnostic::error(format!("expected `:` after `{word}`"))
            .label(file, Span::new(root.span.start, end), "a key ends with `:`")
            .hint(format!("write `{word}:`"));
    }
    Diagnostic::error(format!("an environment file is a mapping of keys to values, found {}", root.kind()))
        .label(file, span, "expected `dependencies:` or another key")
        .hint("a small one is `dependencies: [python]`; a list of requirements for pip goes into a `pip:` section or a `requirements.txt`")
}

fn no_dependencies(file: &SourceFile, entries: &[(Node<'_>, Node<'_>)]) -> Diagnostic {
    let first = entries.first().map_or_else(Span::default, |(key, _)| key.span);
    let near = entries.iter().find(|(key, _)| {
        key.text().is_some_and(|key| !spelling::nearest(key, ["dependencies"]).is_empty())
    });
    if let Some((key, _)) = near {
        return Diagnostic::error("the key `dependencies` is missing").label(
            file,
            key.span,
            "did you mean `dependencies`?",
        );
    }
    let known = entries.iter().any(|(key, _)| key.text().is_some_and(|key| KEYS.contains(&key)));
    let diagnostic = if known {
        Diagnostic::error("the key `dependencies` is missing").label(
            file,
            first,
            "this file has no list of what to install",
        )
    } else {
        Diagnostic::error("this is not an environment file: the key `dependencies` is missing")
            .label(file, first, "none of the top-level keys is known")
    };
    diagnostic.hint("add `dependencies:` with a list of packages, or pass another file")
}

/// The last part of a path, with what a name cannot hold replaced.
fn plain_name(name: &str) -> String {
    let last = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or("env");
    last.replace([' ', ':', '#'], "-")
}

struct Reader {
    out: EnvironmentFile,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn top_level(&mut self, key: &Node<'_>, value: &Node<'_>) {
        let Some(name) = key.text() else {
            self.error("a top-level key must be plain text", key.span, "this is not", "");
            return;
        };
        match name {
            "name" => {
                self.out.name = self.string(name, value).inspect(|name| self.check_name(name));
            }
            "prefix" => self.out.prefix = self.string(name, value),
            "category" => {
                self.out.category =
                    self.string(name, value).filter(|category| !category.value.trim().is_empty());
            }
            "channels" => self.channels(value),
            "platforms" => self.platforms(value),
            "variables" => {
                self.out.variables =
                    activation_variables::read(&self.out.file, value, &mut self.diagnostics);
            }
            "pip-repositories" => {
                self.out.pip_sources.indexes = self
                    .strings(name, value)
                    .into_iter()
                    .map(|item| ChannelRef {
                        text: item.value,
                        origin: Some((self.out.file.clone(), item.span)),
                    })
                    .collect();
            }
            "allow-pypi-requests" => match value.text() {
                Some("true" | "True" | "TRUE" | "yes" | "on") => {
                    self.out.pip_sources.public = true;
                }
                Some("false" | "False" | "FALSE" | "no" | "off") => {
                    self.out.pip_sources.public = false;
                }
                _ => self.error(
                    "`allow-pypi-requests` must be `true` or `false`",
                    value.span,
                    &format!("found {}", value.kind()),
                    "",
                ),
            },
            "dependencies" => {}
            "<<" => self.error(
                "YAML merge keys (`<<`) are not supported",
                key.span,
                "",
                "write the keys out",
            ),
            other => self.unknown_key(other, key.span),
        }
    }

    fn unknown_key(&mut self, name: &str, span: Span) {
        let mut warning =
            Diagnostic::warning(format!("the key `{name}` is not known and is ignored"))
                .code(code::UNKNOWN_KEY)
                .label(&self.out.file, span, "no part of an environment file");
        if let Some(hint) = spelling::did_you_mean(name, KEYS.iter().copied()) {
            warning = warning.hint(hint);
        }
        self.diagnostics.push(warning);
    }

    fn error(&mut self, message: &str, span: Span, label: &str, hint: &str) {
        let mut error = Diagnostic::error(message).label(&self.out.file, span, label);
        if !hint.is_empty() {
            error = error.hint(hint);
        }
        self.diagnostics.push(error);
    }

    fn string(&mut self, key: &str, value: &Node<'_>) -> Option<Spanned<String>> {
        if value.is_null() {
            return None;
        }
        if let Some(text) = value.text() {
            return Some(Spanned::new(text.to_owned(), value.span));
        }
        self.error(
            &format!("`{key}` must be a single value"),
            value.span,
            &format!("found {}", value.kind()),
            "",
        );
        None
    }

    /// A list of plain values; an absent one is empty.
    fn strings(&mut self, key: &str, value: &Node<'_>) -> Vec<Spanned<String>> {
        let items = match &value.value {
            Value::Null => return Vec::new(),
            Value::Sequence(items) => items,
            _ => {
                let hint =
                    value.text().map(|text| format!("write `{key}: [{text}]`")).unwrap_or_default();
                self.error(
                    &format!("`{key}` must be a list"),
                    value.span,
                    &format!("found {}", value.kind()),
                    &hint,
                );
                return Vec::new();
            }
        };
        let mut strings = Vec::with_capacity(items.len());
        for item in items {
            match item.text().map(str::trim).filter(|text| !text.is_empty()) {
                Some(text) => strings.push(Spanned::new(text.to_owned(), item.span)),
                None if item.text().is_some() || item.is_null() => {
                    self.error(
                        &format!("an item of `{key}` is empty"),
                        item.span,
                        "",
                        "remove the line or fill it",
                    );
                }
                None => self.error(
                    &format!("an item of `{key}` must be a single value"),
                    item.span,
                    &format!("found {}", item.kind()),
                    "",
                ),
            }
        }
        strings
    }

    fn check_name(&mut self, name: &Spanned<String>) {
        // CEP 24: `/`, space, `:` and `#` are forbidden.
        if let Some((at, bad)) =
            name.value.char_indices().find(|(_, c)| matches!(c, '/' | ' ' | ':' | '#'))
        {
            let slice = &self.out.file.text()[name.span.start..name.span.end];
            let start = if slice == name.value { name.span.start + at } else { name.span.start };
            let end = if slice == name.value { start + bad.len_utf8() } else { name.span.end };
            // Only a warning: micromamba's exports hold paths here, and a lock does not use the name.
            self.diagnostics.push(
                Diagnostic::warning(format!("the name of an environment cannot hold `{bad}`"))
                    .code(code::ENVIRONMENT_NAME)
                    .label(&self.out.file, Span::new(start, end), "conda refuses such a name")
                    .hint(format!("write for example `name: {}`", plain_name(&name.value))),
            );
        } else if matches!(name.value.as_str(), "base" | "root") {
            self.diagnostics.push(
                Diagnostic::warning(format!(
                    "the name `{}` belongs to conda's own environment",
                    name.value
                ))
                .code(code::ENVIRONMENT_NAME)
                .label(&self.out.file, name.span, "reserved")
                .hint("choose another name, so that nobody overwrites their conda installation"),
            );
        }
    }

    fn channels(&mut self, value: &Node<'_>) {
        for item in self.strings("channels", value) {
            if item.value == "nodefaults" {
                self.out.nodefaults.get_or_insert(item.span);
            } else if item.value.contains(char::is_whitespace) {
                self.error(
                    "a channel cannot hold a blank",
                    item.span,
                    "this reads as one channel",
                    "write each channel on a line of its own",
                );
            } else {
                let channel = ChannelRef::at(item.value, &self.out.file, item.span);
                if self.out.channels.iter().any(|known| known.text == channel.text) {
                    continue;
                }
                self.diagnostics.extend(secret_warning(&self.out.file, &channel, item.span));
                self.out.channels.push(channel);
            }
        }
    }

    fn platforms(&mut self, value: &Node<'_>) {
        for item in self.strings("platforms", value) {
            match parse_platform(&item.value) {
                Ok(platform) => {
                    if !self.out.platforms.iter().any(|known| known.value == platform) {
                        self.out.platforms.push(Spanned::new(platform, item.span));
                    }
                }
                Err(error) => {
                    let place = error.label();
                    let error = Diagnostic::of(&error).label(&self.out.file, item.span, place);
                    self.diagnostics.push(error);
                }
            }
        }
    }
}
