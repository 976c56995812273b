//! A spec that is being put together from a file of another kind than `environment.yml`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};
use pep508_rs::{MarkerTree, Requirement as Pep508};
use url::Url;

use crate::channel_address::spec_with_address;
use crate::credentials::{has_secret, without_secrets};
use crate::environment_file::EnvironmentFile;
use crate::marker::{self, Applies};
use crate::parsed::{ParseResult, Parsed};
use crate::python_version;
use crate::repetition::shorten;
use crate::settings::secret_warning;
use crate::toml_tree::{Key, Toml, TomlItem};
use crate::{
    ChannelRef, NameMap, PipRequirement, Platform, Requirement, Selector, SpecError, code,
    normalise_pypi_name, parse_conda_spec, parse_platform, pip,
};

/// Where packages come from when a file does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registry {
    Conda,
    Pypi,
}

/// Collects what a file asks for, and what is wrong with it.
pub(super) struct Draft<'a> {
    pub(super) out: EnvironmentFile,
    pub(super) toml: Toml<'a>,
    names: Cow<'a, NameMap>,
    /// What `[workspace.dependencies]` says of packages, part by part, for lines with `workspace = true`.
    pub(super) shared: BTreeMap<String, Vec<(String, String)>>,
    /// Where PyPI names come from unless they are told apart.
    pub(super) origin: Registry,
    /// Names, normalised, that come from PyPI in any case, with their places; and whether something was
    /// asked for by that name.
    pub(super) from_pypi: Vec<(Spanned<String>, bool)>,
}

/// A distribution of PyPI as a file asks for it.
#[derive(Debug, Clone, Default)]
pub(super) struct Distribution {
    pub(super) name: String,
    pub(super) extras: Vec<String>,
    /// A version constraint as PEP 440 has it; may be empty.
    pub(super) version: String,
    /// The same for conda, where the file's language is another one.
    pub(super) conda_version: Option<String>,
    /// An environment marker as written.
    pub(super) marker: Option<String>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(file: &'a SourceFile, names: &'a NameMap) -> Self {
        Self {
            out: EnvironmentFile::new(file),
            toml: Toml { file, diagnostics: Vec::new() },
            names: Cow::Borrowed(names),
            shared: BTreeMap::new(),
            origin: Registry::Conda,
            from_pypi: Vec::new(),
        }
    }

    /// Adds names that win over those there are.
    pub(super) fn add_names(&mut self, names: Vec<(String, String)>) {
        self.names.to_mut().add(names);
    }

    pub(super) fn finish(mut self) -> ParseResult<EnvironmentFile> {
        for (name, used) in &self.from_pypi {
            if !used {
                self.toml.diagnostics.push(
                    Diagnostic::warning(format!("nothing here asks for `{}`", name.value))
                        .code(code::IGNORED_TEXT)
                        .label(self.toml.file, name.span, "to be taken from PyPI")
                        .hint("list it among the dependencies, or remove the line"),
                );
            }
        }
        Parsed::finish(self.out, shorten(self.toml.diagnostics))
    }

    /// The place of a text without the quotes around it.
    pub(super) fn inside(&self, text: &str, span: Span) -> Span {
        let source = self.toml.file.text().get(span.start..span.end).unwrap_or_default();
        match source.find(text) {
            Some(at) if !text.is_empty() => {
                Span::new(span.start + at, span.start + at + text.len())
            }
            _ => span,
        }
    }

    pub(super) fn warn(&mut self, message: String, span: Span, label: &str, hint: &str) {
        let warning = Diagnostic::warning(message).code(code::IGNORED_TEXT).label(
            self.toml.file,
            span,
            label,
        );
        self.toml.diagnostics.push(if hint.is_empty() { warning } else { warning.hint(hint) });
    }

    /// A key that changes what another tool chooses, and not what is locked here.
    pub(super) fn not_followed(&mut self, key: &Key<'_>, why: &str) {
        self.warn(format!("`{}` is not followed", key.text), key.span, why, "");
    }

    pub(super) fn refuse(&mut self, text: &str, span: Span, error: SpecError) {
        if has_secret(text) {
            self.toml.diagnostics.push(
                Diagnostic::error("a requirement that holds a secret cannot be read")
                    .note(format!(
                        "it stands at {}; the line is not shown here",
                        self.toml.file.place(span)
                    ))
                    .hint("replace the secret with a placeholder to see what is wrong"),
            );
            return;
        }
        let exact = self.toml.file.text().get(span.start..span.end) == Some(text);
        let place = if exact && !error.range.is_empty() {
            Span::new(span.start + error.range.start, span.start + error.range.end)
        } else {
            span
        };
        let mut diagnostic =
            Diagnostic::error(error.message).label(self.toml.file, place, error.label);
        if let Some(hint) = error.hint {
            diagnostic = diagnostic.hint(hint);
        }
        self.toml.diagnostics.push(diagnostic);
    }

    fn warn_of_secret(&mut self, text: &str, span: Span) {
        if has_secret(text) {
            self.toml.diagnostics.push(
                Diagnostic::warning(format!(
                    "`{}` is given with a secret that is written out",
                    without_secrets(text)
                ))
                .code(code::URL_CREDENTIALS)
                .note(format!(
                    "it stands at {}; the line is not shown here",
                    self.toml.file.place(span)
                ))
                .hint("put a placeholder such as `${TOKEN}` in its place, and set the variable"),
            );
        }
    }

    /// Asks for a conda package.
    pub(super) fn conda(
        &mut self,
        text: &str,
        span: Span,
        selector: Option<Selector>,
        category: &str,
    ) {
        let text = &*spec_with_address(text);
        match parse_conda_spec(text) {
            Ok((name, spec)) => {
                self.warn_of_secret(text, span);
                self.out.requirements.push(Requirement {
                    name,
                    spec,
                    text: text.to_owned(),
                    file: self.toml.file.clone(),
                    span,
                    selector,
                    category: category.to_owned(),
                    implied: false,
                    may_come_from: Vec::new(),
                });
            }
            Err(error) => self.refuse(text, span, error),
        }
    }

    /// Asks for a PyPI package with a line that pip takes.
    pub(super) fn pip(
        &mut self,
        text: &str,
        span: Span,
        selector: Option<Selector>,
        category: &str,
    ) {
        let checked = match text.strip_prefix("-e ") {
            Some(target) => pip::check_editable(target),
            None => pip::check(text),
        };
        match checked {
            Ok(_) => {
                self.warn_of_secret(text, span);
                let requirement = self.requirement(text, span, selector, category);
                self.out.pip.push(requirement);
            }
            Err(error) => self.refuse(text, span, error),
        }
    }

    /// Takes a line for pip as an override: it counts in the place of what anything asks for of its package.
    pub(super) fn pip_override(&mut self, text: &str, span: Span) {
        match pip::check(text) {
            Ok(_) => {
                self.warn_of_secret(text, span);
                let requirement = self.requirement(text, span, None, "main");
                self.out.pip_overrides.push(requirement);
            }
            Err(error) => self.refuse(text, span, error),
        }
    }

    /// Takes a line for pip as a constraint.
    pub(super) fn pip_constraint(&mut self, text: &str, span: Span) {
        match pip::check(text) {
            Ok(marker) => {
                let requirement = self.requirement(text, span, selector_of(&marker), "main");
                self.out.pip_constraints.push(requirement);
            }
            Err(error) => self.refuse(text, span, error),
        }
    }

    fn requirement(
        &self,
        text: &str,
        span: Span,
        selector: Option<Selector>,
        category: &str,
    ) -> PipRequirement {
        let folder = Path::new(self.toml.file.name()).parent().unwrap_or(Path::new(""));
        PipRequirement {
            text: text.to_owned(),
            file: self.toml.file.clone(),
            span,
            folder: folder.to_path_buf(),
            selector,
            category: category.to_owned(),
        }
    }

    /// Asks for what a PEP 508 requirement says, from where the file takes its packages.
    pub(super) fn pep508(&mut self, text: &str, span: Span, category: &str) {
        let trimmed = text.trim();
        let marker = match pip::check(trimmed) {
            Ok(marker) => marker,
            Err(error) => {
                self.refuse(trimmed, span, error);
                return;
            }
        };
        let parsed = Pep508::<Url>::from_str(trimmed).ok().filter(|parsed| {
            !matches!(parsed.version_or_url, Some(pep508_rs::VersionOrUrl::Url(_)))
        });
        // An address or a path is only known to PyPI's tools.
        let Some(parsed) = parsed else {
            self.pip(trimmed, span, selector_of(&marker), category);
            return;
        };
        let distribution = Distribution {
            name: parsed.name.to_string(),
            extras: parsed.extras.iter().map(ToString::to_string).collect(),
            version: python_version::of_requirement(trimmed),
            conda_version: None,
            marker: None,
        };
        if self.comes_from_pypi(&distribution.name) {
            self.pip(trimmed, span, selector_of(&marker), category);
            return;
        }
        self.as_conda(&distribution, &marker, span, category);
    }

    /// Whether a distribution is to come from PyPI; it counts as asked for then.
    pub(super) fn comes_from_pypi(&mut self, name: &str) -> bool {
        let (pypi, conda) = (normalise_pypi_name(name), self.names.conda_name(name).into_owned());
        let mut forced = false;
        for (wanted, used) in &mut self.from_pypi {
            if normalise_pypi_name(&wanted.value) == pypi || wanted.value == conda {
                *used = true;
                forced = true;
            }
        }
        forced || self.origin == Registry::Pypi
    }

    /// Asks conda for the package of a distribution.
    pub(super) fn as_conda(
        &mut self,
        wanted: &Distribution,
        marker: &MarkerTree,
        span: Span,
        category: &str,
    ) {
        let says = marker::platforms(marker);
        let selector = match says.applies {
            Applies::Nowhere => return,
            Applies::Everywhere => None,
            Applies::On(selector) => Some(selector),
        };
        if !says.ignored.is_empty() {
            self.warn(
                format!("the marker's `{}` is not looked at", says.ignored.join("`, `")),
                span,
                "the package is wanted whatever it says",
                "which Python there will be is not known when conda packages are chosen",
            );
        }
        let conda = self.names.conda_name(&wanted.name).into_owned();
        if !wanted.extras.is_empty() {
            self.warn(
                format!(
                    "conda packages have no extras; `{}` of `{}` is ignored",
                    wanted.extras.join("`, `"),
                    wanted.name
                ),
                span,
                "pip's notation",
                "list what the extra brings, or take the package from PyPI",
            );
        }
        let version = wanted
            .conda_version
            .clone()
            .unwrap_or_else(|| python_version::to_conda(&wanted.version));
        let text =
            if version.is_empty() || version == "*" { conda } else { format!("{conda} {version}") };
        self.conda(&text, span, selector, category);
    }

    /// The text of a version. `None` after an error.
    pub(super) fn version<'t>(
        &mut self,
        name: &str,
        item: &TomlItem<'t>,
    ) -> Option<(&'t str, Span)> {
        if let Some(text) = item.as_str() {
            return Some((text, self.inside(text, item.span)));
        }
        self.toml.error(
            format!("the version of `{name}` must be text in quotes"),
            item.span,
            format!("found {}", item.kind()),
            format!("write `{name} = \"*\"` for any version"),
        );
        None
    }

    /// A channel that a file names.
    pub(super) fn channel(&mut self, text: String, span: Span) {
        if text == "nodefaults" {
            self.out.nodefaults.get_or_insert(span);
            return;
        }
        let channel = ChannelRef::at(text, self.toml.file, span);
        if self.out.channels.iter().any(|known| known.text == channel.text) {
            return;
        }
        self.toml.diagnostics.extend(secret_warning(self.toml.file, &channel, span));
        self.out.channels.push(channel);
    }

    /// An index that PyPI packages may come from.
    pub(super) fn index(&mut self, text: String, span: Span) {
        let index = ChannelRef { text, origin: Some((self.toml.file.clone(), span)) };
        self.warn_of_secret(&index.text, span);
        self.out.pip_sources.add_index(index);
    }

    /// An index that one PyPI package names.
    pub(super) fn index_of_package(&mut self, text: String, span: Span) {
        let index = ChannelRef { text, origin: Some((self.toml.file.clone(), span)) };
        self.warn_of_secret(&index.text, span);
        self.out.pip_sources.add_index_of_package(index);
    }

    /// The index that PyPI packages come from in the place of the public one.
    pub(super) fn default_index(&mut self, text: String, span: Span) {
        let index = ChannelRef { text, origin: Some((self.toml.file.clone(), span)) };
        self.warn_of_secret(&index.text, span);
        self.out.pip_sources.replace_public(index);
    }

    /// A folder or a page that lists archives.
    pub(super) fn find_links(&mut self, text: String, span: Span) {
        let place = ChannelRef { text, origin: Some((self.toml.file.clone(), span)) };
        self.warn_of_secret(&place.text, span);
        self.out.pip_sources.find_links.push(place);
    }

    /// A list of platforms.
    pub(super) fn platforms(&mut self, item: &TomlItem<'_>) {
        for text in self.toml.strings("platforms", item) {
            match parse_platform(&text.value) {
                Ok(platform) => self.platform(platform, text.span),
                Err(error) => self.toml.refuse(&error, text.span, error.label()),
            }
        }
    }

    pub(super) fn platform(&mut self, platform: Platform, span: Span) {
        if !self.out.platforms.iter().any(|known| known.value == platform) {
            self.out.platforms.push(Spanned::new(platform, span));
        }
    }
}

/// The platforms a marker leaves, for a line that keeps its marker.
pub(super) fn selector_of(marker: &MarkerTree) -> Option<Selector> {
    match marker::platforms(marker).applies {
        Applies::On(selector) => Some(selector),
        Applies::Everywhere | Applies::Nowhere => None,
    }
}

impl Distribution {
    /// The line that pip takes.
    pub(super) fn line(&self) -> String {
        let marker = self.marker.as_ref().map_or(String::new(), |marker| format!(" ; {marker}"));
        format!("{}{}{}{marker}", self.name, self.extras_bracket(), self.version)
    }

    /// `[a,b]`, or nothing.
    pub(super) fn extras_bracket(&self) -> String {
        if self.extras.is_empty() { String::new() } else { format!("[{}]", self.extras.join(",")) }
    }
}
