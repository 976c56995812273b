//! conda-lock's `--virtual-package-spec` file.

use std::collections::BTreeMap;
use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::parsed::{ParseResult, Parsed, read_source};
use crate::spelling::did_you_mean;
use crate::virtual_package_text::{is_virtual_name, version_and_build};
use crate::yaml::{self, Node, Value};
use crate::{Platform, VirtualPackage, parse_platform};

/// What conda-lock's `--virtual-package-spec` file says: the whole set of each platform it lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VirtualPackageSpec {
    /// The sets, each sorted by name.
    pub platforms: BTreeMap<Platform, Vec<VirtualPackage>>,
}

impl VirtualPackageSpec {
    /// Reads a file from disk; see [`VirtualPackageSpec::parse`].
    ///
    /// # Errors
    /// Diagnostics; a file that cannot be read gives one without a place. conda-lock ignores a
    /// missing file and takes its defaults.
    pub fn read(path: &Path) -> ParseResult<Self> {
        Self::parse(&read_source(path)?)
    }

    /// Parses conda-lock's file format: `subdirs: {linux-64: {packages: {__glibc: "2.17"}}}`, each
    /// value `version` or `version build`.
    ///
    /// # Errors
    /// Every error of the file.
    pub fn parse(file: &SourceFile) -> ParseResult<Self> {
        let document = yaml::parse(file)?;
        let mut reader = SpecReader { file, spec: Self::default(), diagnostics: Vec::new() };
        match &document.root {
            Some(root) => reader.root(root),
            None => reader.wrong("the file is empty", Span::default(), "expected `subdirs:`"),
        }
        Parsed::finish(reader.spec, reader.diagnostics)
    }
}

struct SpecReader<'a> {
    file: &'a SourceFile,
    spec: VirtualPackageSpec,
    diagnostics: Vec<Diagnostic>,
}

const SPEC_EXAMPLE: &str = "the format is `subdirs: {linux-64: {packages: {__glibc: \"2.28\"}}}`";

impl SpecReader<'_> {
    fn wrong(&mut self, message: impl Into<String>, span: Span, label: impl Into<String>) {
        self.diagnostics
            .push(Diagnostic::error(message).label(self.file, span, label).hint(SPEC_EXAMPLE));
    }

    fn root(&mut self, root: &Node<'_>) {
        let Some(entries) = self.mapping(root, "the file") else { return };
        let mut found = false;
        for (key, value) in entries {
            if key.text() == Some("subdirs") {
                found = true;
                for (platform, value) in self.mapping(value, "`subdirs`").into_iter().flatten() {
                    self.platform(platform, value);
                }
            } else {
                self.unknown_key(key, "subdirs");
            }
        }
        if !found {
            let end = self.file.text().lines().next().map_or(0, str::len);
            self.wrong(
                "the key `subdirs` is missing",
                Span::new(0, end),
                "not a virtual package spec",
            );
        }
    }

    fn mapping<'n>(
        &mut self,
        node: &'n Node<'n>,
        what: &str,
    ) -> Option<&'n [(Node<'n>, Node<'n>)]> {
        if let Value::Mapping(entries) = &node.value {
            return Some(entries);
        }
        self.wrong(
            format!("{what} must be a mapping of keys to values"),
            node.span,
            format!("found {}", node.kind()),
        );
        None
    }

    fn unknown_key(&mut self, key: &Node<'_>, known: &str) {
        let name = key.text().unwrap_or_default();
        let mut warning =
            Diagnostic::warning(format!("the key `{name}` is not known and is ignored"))
                .label(self.file, key.span, "");
        if let Some(hint) = did_you_mean(name, [known]) {
            warning = warning.hint(hint);
        }
        self.diagnostics.push(warning);
    }

    fn platform(&mut self, key: &Node<'_>, value: &Node<'_>) {
        let platform = match parse_platform(key.text().unwrap_or_default()) {
            Ok(platform) => platform,
            Err(error) => {
                let error = Diagnostic::of(&error);
                self.diagnostics.push(error.label(self.file, key.span, "expected a platform"));
                return;
            }
        };
        let mut packages = Vec::new();
        for (key, value) in self.mapping(value, "a platform").into_iter().flatten() {
            if key.text() == Some("packages") {
                for (name, value) in self.mapping(value, "`packages`").into_iter().flatten() {
                    packages.extend(self.package(name, value));
                }
            } else {
                self.unknown_key(key, "packages");
            }
        }
        packages.sort_unstable();
        self.spec.platforms.insert(platform, packages);
    }

    fn package(&mut self, key: &Node<'_>, value: &Node<'_>) -> Option<VirtualPackage> {
        let name = key.text().unwrap_or_default();
        if !is_virtual_name(name) {
            self.wrong(
                format!("`{name}` is not the name of a virtual package"),
                key.span,
                "names start with two underscores",
            );
            return None;
        }
        let Some(text) = value.text() else {
            self.wrong(
                format!("`{name}` must be a version, or a version and a build"),
                if value.is_null() { key.span } else { value.span },
                format!("found {}", value.kind()),
            );
            return None;
        };
        match version_and_build(text) {
            Ok((version, build)) => Some(VirtualPackage { name: name.to_owned(), version, build }),
            Err(message) => {
                self.wrong(message, value.span, "");
                None
            }
        }
    }
}
