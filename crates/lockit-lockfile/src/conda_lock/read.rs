//! `conda-lock.yml` as a lock: version 1, and version 2 as conda-lock's preview wrote it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use lockit_spec::Platform;

use super::document::{Channel, Document, Head, Package};
use super::{dependencies, key, rows};
use crate::header::parse_virtual_package;
use crate::pip::{provided_names, requirement};
use crate::{Lock, LockedChannel, Manager, PipRecord, PipSource, PlatformLock, Record, order};
use lockit_spec::check_yaml_bounds;
use lockit_spec::credentials::{has_secret, without_secrets};

/// Reads a `conda-lock.yml`, together with what a person should know about it.
///
/// A package that is there once per category becomes one record. Clear-text credentials are dropped.
///
/// # Errors
/// Text that is no YAML, a missing or mistyped key, an unknown version, manager or platform, a
/// package whose address is none.
pub fn read(file: &SourceFile) -> Result<(Lock, Vec<Diagnostic>), Box<Diagnostic>> {
    check_yaml_bounds(file)?;
    known_version(file)?;
    let document = match regular(file.text()) {
        Some(document) => document,
        None => {
            serde_yaml::from_str(file.text()).map_err(|error| Box::new(yaml_error(file, &error)))?
        }
    };
    let mut lock = Lock::default();
    let mut reader = Reader {
        file,
        platforms: BTreeMap::new(),
        seen: BTreeMap::new(),
        seen_pip: BTreeMap::new(),
        secrets: false,
    };
    for name in &document.metadata.platforms {
        reader.platform(name, name)?;
    }
    for row in document.package {
        reader.package(row)?;
    }
    lock.channels =
        document.metadata.channels.into_iter().map(|channel| reader.channel(channel)).collect();
    lock.sources =
        document.metadata.sources.into_iter().filter(|source| !source.is_empty()).collect();
    let Reader { platforms, secrets, .. } = reader;
    lock.platforms = platforms;
    for chosen in lock.platforms.values_mut() {
        order::sort(&mut chosen.records);
        chosen.pip.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let custom = document.metadata.custom_metadata.unwrap_or_default();
    let hashes = document.metadata.content_hash;
    for (platform, chosen) in &mut lock.platforms {
        chosen.content_hash = hashes.get(platform.as_str()).cloned();
    }
    let by_lockit = custom.get(key::GENERATED_BY).is_some_and(|producer| producer == "lockit");
    if by_lockit {
        apply_custom(&mut lock, &custom);
    } else {
        lock.platforms.values_mut().for_each(forget_what_is_not_needed);
    }
    let git = document.metadata.git_metadata.unwrap_or_default();
    lock.metadata = crate::Metadata {
        created_at: document.metadata.time_metadata.and_then(|at| at.created_at.parse().ok()),
        git_user_name: git.git_user_name,
        git_user_email: git.git_user_email,
        git_sha: git.git_sha,
        inputs: document
            .metadata
            .inputs_metadata
            .unwrap_or_default()
            .into_iter()
            .map(|(source, one)| (source, crate::InputDigests { md5: one.md5, sha256: one.sha256 }))
            .collect(),
        custom: custom
            .into_iter()
            .filter(|(name, _)| !by_lockit || !super::is_reserved(name))
            .collect(),
    };
    let mut warnings = Vec::new();
    if secrets {
        warnings.push(crate::clear_text::holds_credentials(file));
    }
    Ok((lock, warnings))
}

/// A file in the regular form that conda-lock and lockit write; see [`rows`].
fn regular(text: &str) -> Option<Document> {
    let (head, list) = rows::split(text)?;
    let Head { metadata } = serde_yaml::from_str(head).ok()?;
    Some(Document { metadata, package: rows::parse(list)? })
}

/// Looks at the version before anything else: a file of another version may differ in everything.
fn known_version(file: &SourceFile) -> Result<(), Box<Diagnostic>> {
    let mut start = 0;
    for line in file.text().split_inclusive('\n') {
        if let Some(version) = line.strip_prefix("version:").map(str::trim)
            && !matches!(version, "1" | "2")
        {
            let span = Span::new(start, start + line.trim_end().len());
            return Err(Box::new(
                Diagnostic::error(format!("conda-lock.yml of version {version} cannot be read"))
                    .label(file, span, "only 1 and 2 are known")
                    .hint("update lockit, or write the file again with `lockit lock -k lock`"),
            ));
        }
        start += line.len();
    }
    Ok(())
}

struct Reader<'a> {
    file: &'a SourceFile,
    platforms: BTreeMap<Platform, PlatformLock>,
    /// Where the record of an address is: a package of several categories has several rows.
    seen: BTreeMap<(Platform, String), usize>,
    /// The same for PyPI packages, with their names before the address.
    seen_pip: BTreeMap<(Platform, String), usize>,
    secrets: bool,
}

impl Reader<'_> {
    fn platform(&mut self, text: &str, needle: &str) -> Result<Platform, Box<Diagnostic>> {
        let platform = text.parse().map_err(|_| {
            let diagnostic = Diagnostic::error(format!("`{text}` is no platform"));
            Box::new(
                at(self.file, diagnostic, needle).hint("a platform is, for example, `linux-64`"),
            )
        })?;
        self.platforms.entry(platform).or_default();
        Ok(platform)
    }

    fn channel(&mut self, channel: Channel) -> LockedChannel {
        let (url, vars) = match channel {
            Channel::Url(url) => (url, Vec::new()),
            Channel::Full { url, used_env_vars } => (url, used_env_vars),
        };
        self.secrets |= has_secret(&url);
        let mut channel = LockedChannel::as_written(&url);
        channel.used_env_vars.extend(vars);
        channel.used_env_vars.sort();
        channel.used_env_vars.dedup();
        channel
    }

    fn package(&mut self, row: Package) -> Result<(), Box<Diagnostic>> {
        let platform = self.platform(&row.platform, &format!("platform: {}", row.platform))?;
        if row.manager == Manager::Pip {
            self.pip(row, platform);
            return Ok(());
        }
        self.secrets |= has_secret(&row.url);
        let Some(mut record) = Record::from_url(&row.url) else {
            let diagnostic = Diagnostic::error(format!(
                "the URL of `{}` is no address of a conda package",
                row.name
            ));
            let diagnostic =
                if has_secret(&row.url) { diagnostic } else { at(self.file, diagnostic, &row.url) };
            return Err(Box::new(
                diagnostic
                    .hint("expected `…/<subdir>/<name>-<version>-<build>.conda` or `.tar.bz2`"),
            ));
        };
        record.name = row.name;
        record.version = row.version;
        record.md5 = row.hash.md5.filter(|md5| !md5.is_empty());
        record.sha256 = row.hash.sha256.filter(|sha256| !sha256.is_empty());
        let depends = row.dependencies.iter().map(|(name, constraint)| {
            dependencies::join(name, constraint.as_deref().unwrap_or_default())
        });
        record.depends = Some(depends.collect());
        let url = record.url.clone().unwrap_or_default();
        let Some(chosen) = self.platforms.get_mut(&platform) else { return Ok(()) };
        let at = *self.seen.entry((platform, url)).or_insert(chosen.records.len());
        if at == chosen.records.len() {
            chosen.records.push(Arc::new(record));
        }
        let record = Arc::make_mut(&mut chosen.records[at]);
        add_categories(&mut record.categories, row.category, row.categories);
        Ok(())
    }

    fn pip(&mut self, row: Package, platform: Platform) {
        let address = row.source.map_or(row.url, |source| source.url);
        self.secrets |= has_secret(&address);
        let mut record = PipRecord::from_address(&row.name, &address);
        record.version = row.version;
        // The hash of a commit is its id.
        if matches!(record.source, PipSource::Archive { .. }) {
            record.sha256 = row.hash.sha256.filter(|sha256| !sha256.is_empty()).or(record.sha256);
        }
        let mut depends: Vec<String> = row
            .dependencies
            .iter()
            .map(|(name, constraint)| {
                requirement::join(name, constraint.as_deref().unwrap_or_default())
            })
            .collect();
        depends.sort_unstable();
        record.depends = Some(depends);
        let Some(chosen) = self.platforms.get_mut(&platform) else { return };
        let key = (platform, format!("{} @ {}", record.name, record.address()));
        let at = *self.seen_pip.entry(key).or_insert(chosen.pip.len());
        if at == chosen.pip.len() {
            chosen.pip.push(record);
        }
        add_categories(&mut chosen.pip[at].categories, row.category, row.categories);
    }
}

/// conda-lock lists what a PyPI package needs on any system and for any extra; what is not there is not needed here.
fn forget_what_is_not_needed(chosen: &mut PlatformLock) {
    let there: BTreeSet<String> = chosen
        .records
        .iter()
        .flat_map(|record| provided_names(record, &lockit_spec::NameMap::default()))
        .chain(chosen.pip.iter().map(|record| record.name.clone()))
        .collect();
    for depends in chosen.pip.iter_mut().filter_map(|record| record.depends.as_mut()) {
        depends.retain(|text| {
            requirement::Parts::of(text).is_some_and(|parts| there.contains(&parts.name))
        });
    }
}

fn add_categories(to: &mut Vec<String>, one: Option<String>, several: Option<Vec<String>>) {
    to.extend(one);
    to.extend(several.into_iter().flatten());
    to.sort_unstable();
    to.dedup();
}

fn apply_custom(lock: &mut Lock, custom: &BTreeMap<String, String>) {
    lock.environment = custom.get(key::ENVIRONMENT).cloned().unwrap_or_default();
    lock.command = custom.get(key::REGENERATE).cloned();
    let domains = custom.get(key::AUTHENTICATION).into_iter();
    lock.authenticated =
        domains.flat_map(|list| list.split_whitespace()).map(str::to_owned).collect();
    let platforms_of = |key: &str| -> BTreeSet<&str> {
        custom.get(key).map(|list| list.split(' ').collect()).unwrap_or_default()
    };
    let (no_content_hash, no_input_hash) =
        (platforms_of(key::NO_CONTENT_HASH), platforms_of(key::NO_INPUT_HASH));
    let is_old = !custom
        .keys()
        .any(|name| name.starts_with(key::INPUT_HASH) || name.as_str() == key::NO_CONTENT_HASH);
    for (platform, chosen) in &mut lock.platforms {
        let value =
            |key: &str| custom.get(key).or_else(|| custom.get(&format!("{key}/{platform}")));
        if is_old {
            chosen.input_hash =
                chosen.content_hash.take().filter(|_| !no_input_hash.contains(platform.as_str()));
        } else {
            chosen.input_hash = value(key::INPUT_HASH).cloned();
            chosen.content_hash.take_if(|_| no_content_hash.contains(platform.as_str()));
        }
        chosen.requested =
            value(key::REQUESTED).map(|list| list.split_whitespace().map(str::to_owned).collect());
        chosen.virtual_packages = value(key::VIRTUAL_PACKAGES)
            .map(|list| list.split_whitespace().filter_map(parse_virtual_package).collect())
            .unwrap_or_default();
        chosen.exclude_newer =
            value(key::EXCLUDE_NEWER).and_then(|at| at.parse::<Timestamp>().ok());
        let exceptions = value(key::EXCLUDE_NEWER_PACKAGE).into_iter();
        chosen.exclude_newer_package =
            exceptions.flat_map(|list| list.lines()).map(str::to_owned).collect();
        chosen.skipped_pip =
            value(key::SKIPPED_PIP).and_then(|count| count.parse().ok()).unwrap_or(0);
        let words = |key: &str| value(key).into_iter().flat_map(|list| list.split_whitespace());
        let extras: BTreeMap<String, Vec<String>> = words(key::PIP_EXTRAS)
            .filter_map(requirement::Parts::of)
            .map(|parts| (parts.name, parts.extras))
            .collect();
        let editable: BTreeSet<&str> = words(key::PIP_EDITABLE).collect();
        let indexes: BTreeMap<&str, &str> =
            words(key::PIP_INDEX).filter_map(|word| word.split_once('=')).collect();
        for record in &mut chosen.pip {
            record.extras = extras.get(&record.name).cloned().unwrap_or_default();
            match &mut record.source {
                PipSource::Folder { editable: is_editable, .. } => {
                    *is_editable = editable.contains(record.name.as_str());
                }
                PipSource::Archive { index, .. } => {
                    *index = indexes
                        .get(record.name.as_str())
                        .map(|index| without_secrets(index).into_owned());
                }
                PipSource::Git { .. } => {}
            }
        }
    }
}

/// Points at the first place of `needle`, without showing more when it is not there.
fn at(file: &SourceFile, diagnostic: Diagnostic, needle: &str) -> Diagnostic {
    match file.text().find(needle) {
        Some(start) => diagnostic.label(file, Span::new(start, start + needle.len()), ""),
        None => diagnostic,
    }
}

/// A YAML error with its place, in words of the file.
fn yaml_error(file: &SourceFile, error: &serde_yaml::Error) -> Diagnostic {
    let text = error.to_string();
    // The place is shown with the line itself.
    let message = text.split(" at line ").next().unwrap_or(&text);
    let diagnostic = Diagnostic::error(format!("`{}` is no valid conda-lock.yml", file.name()));
    let span = error.location().and_then(|place| {
        let line = file.line_span(place.line())?;
        let start = file.text()[line.start..line.end]
            .char_indices()
            .nth(place.column().saturating_sub(1))
            .map_or(line.start, |(offset, _)| line.start + offset);
        (!has_secret(&file.text()[line.start..line.end])).then(|| Span::new(start, line.end))
    });
    match span {
        Some(span) => diagnostic.label(file, span, message),
        None => diagnostic.note(message),
    }
    .hint("write the file again with `lockit lock -k lock`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{conda_lock, sample};

    #[test]
    fn written_files_are_regular() {
        let text = conda_lock::write(&sample::lock(), "conda-lock.yml").unwrap();
        assert_eq!(regular(&text), Some(serde_yaml::from_str(&text).unwrap()));
    }

    /// A line that replaces another, or is put before it.
    fn edits() -> impl Strategy<Value = Vec<(usize, bool, String)>> {
        let value = "('?[a-z0-9.:*>=~!&#%@{}\\[\\]|,' -]{0,9}'?|null|true|1e3|''|a''b|'a''b')";
        let key = "(name|version|url|category|hash|md5|dependencies|optional|python|null|1|a b)";
        let line =
            proptest::string::string_regex(&format!("(- |  |    |      )({key}: ?)?{value}"))
                .unwrap();
        proptest::collection::vec((0usize..400, any::<bool>(), line), 1..3)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
        #[test]
        fn the_line_reader_never_differs_from_yaml(edits in edits()) {
            let text = conda_lock::write(&sample::lock(), "conda-lock.yml").unwrap();
            let (head, list) = rows::split(&text).unwrap();
            let mut lines: Vec<&str> = list.lines().take(60).collect();
            for (at, replace, line) in &edits {
                let at = at % lines.len();
                if *replace { lines[at] = line } else { lines.insert(at, line) }
            }
            let text = format!("{head}package:\n{}\n", lines.join("\n"));
            if let Some(document) = regular(&text) {
                let by_yaml: Result<Document, _> = serde_yaml::from_str(&text);
                prop_assert_eq!(Some(document), by_yaml.ok(), "{}", text);
            }
        }
    }
}
