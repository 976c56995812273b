//! Platforms of a pixi workspace: subdirs, or tables that give one a name and say which virtual packages its machines
//! have.

use lockit_diagnostic::Span;

use super::environments::Feature;
use crate::source::draft::Draft;
use crate::toml_tree::{Table, TomlItem};
use crate::{Platform, Selector, VirtualPackageOverrides, parse_platform};

/// A platform that a workspace declares.
pub(super) struct Declared {
    /// What features, targets and lockfiles call it: its own name, that of its subdir, or one made from both.
    pub(super) name: String,
    pub(super) subdir: Platform,
    /// What its machines have besides what every machine of the subdir has.
    pub(super) virtual_packages: VirtualPackageOverrides,
    pub(super) span: Span,
}

/// Keys of a platform that are virtual packages, in the order in which they become part of its name.
const PACKAGES: [&str; 7] = ["cuda", "archspec", "glibc", "linux", "macos", "osx", "windows"];

/// All platforms of a workspace.
pub(super) fn declared(draft: &mut Draft<'_>, workspace: Option<Table<'_>>) -> Vec<Declared> {
    let item = workspace.and_then(|table| table.get("platforms"));
    let items = item.and_then(|item| item.as_list()).unwrap_or_default();
    items.iter().filter_map(|item| platform(draft, item)).collect()
}

fn platform(draft: &mut Draft<'_>, item: &TomlItem<'_>) -> Option<Declared> {
    let Some(table) = item.as_table() else {
        let (subdir, span) = subdir(draft, item)?;
        let name = subdir.as_str().to_owned();
        return Some(Declared {
            name,
            subdir,
            virtual_packages: VirtualPackageOverrides::default(),
            span,
        });
    };
    let Some(named) = table.get("platform").or_else(|| table.get("name")) else {
        draft.toml.error(
            "a platform needs its subdir".into(),
            item.span,
            "of which system?",
            "add for example `platform = \"linux-64\"`".into(),
        );
        return None;
    };
    let (subdir, span) = subdir(draft, &named)?;
    let mut virtual_packages = VirtualPackageOverrides::default();
    let mut name = subdir.as_str().to_owned();
    let is_package = |key: &str| PACKAGES.contains(&key) || key.starts_with("__");
    let mut packages: Vec<_> =
        table.entries().into_iter().filter(|(key, _)| is_package(key.text)).collect();
    packages.sort_by_key(|(key, _)| PACKAGES.iter().position(|one| *one == key.text));
    for (key, value) in packages {
        // `cuda = { driver = "12", arch = "8.6" }`
        let parts = match value.as_table() {
            Some(parts) if key.text == "cuda" => {
                vec![("cuda", parts.get("driver")), ("__cuda_arch", parts.get("arch"))]
            }
            _ => vec![(key.text, Some(value))],
        };
        for (package, value) in parts {
            let Some(value) = value else { continue };
            let read = VirtualPackageOverrides::one(
                &mut draft.toml,
                package,
                key.span,
                &value,
                Some(subdir),
            );
            virtual_packages = virtual_packages.then(&read);
            if let Some(text) = value.as_str() {
                name = format!(
                    "{name}-{}-{}",
                    package.trim_start_matches('_'),
                    text.replace('.', "-")
                );
            }
        }
    }
    if let Some(given) = table.get("name").and_then(|item| item.as_str()) {
        given.clone_into(&mut name);
    }
    Some(Declared { name, subdir, virtual_packages, span })
}

fn subdir(draft: &mut Draft<'_>, item: &TomlItem<'_>) -> Option<(Platform, Span)> {
    let Some(text) = item.as_str() else {
        draft.toml.error(
            "a platform must be text in quotes".into(),
            item.span,
            format!("found {}", item.kind()),
            String::new(),
        );
        return None;
    };
    match parse_platform(text) {
        Ok(platform) => Some((platform, item.span)),
        Err(error) => {
            draft.toml.refuse(&error, item.span, error.label());
            None
        }
    }
}

/// The platforms of an environment: those that every feature of it supports. A feature that says nothing supports all,
/// and one that names a subdir supports every platform of it; but where some feature names a platform of a subdir, only
/// platforms that are named remain of that subdir.
pub(super) fn of_environment<'d>(
    declared: &'d [Declared],
    features: &[Feature<'_>],
) -> Vec<&'d Declared> {
    let lists: Vec<Vec<&str>> = features
        .iter()
        .filter(|feature| !feature.is_default)
        .filter_map(|feature| feature.table.get("platforms")?.as_list())
        .map(|items| items.iter().filter_map(TomlItem::as_str).collect())
        .collect();
    let is_named = |one: &Declared| lists.iter().any(|list| list.contains(&one.name.as_str()));
    let supports = |list: &Vec<&str>, one: &Declared| {
        list.contains(&one.name.as_str()) || list.contains(&one.subdir.as_str())
    };
    declared
        .iter()
        .filter(|one| lists.iter().all(|list| supports(list, one)))
        .filter(|one| {
            let mut siblings = declared.iter().filter(|other| other.subdir == one.subdir);
            is_named(one) || !siblings.any(is_named)
        })
        .collect()
}

/// Takes platforms as those of the file. Lockfiles have one list of packages for each subdir, so an environment cannot
/// have two platforms of one. Without an environment the file is only looked at.
pub(super) fn take(draft: &mut Draft<'_>, chosen: &[&Declared], environment: Option<&str>) {
    for (nth, one) in chosen.iter().enumerate() {
        let other = chosen[..nth].iter().find(|other| other.subdir == one.subdir);
        if let (Some(other), Some(environment)) = (other, environment) {
            let mut names = [other.name.as_str(), one.name.as_str()];
            names.sort_unstable();
            draft.toml.error(
                format!(
                    "`{environment}` has two platforms of {}: `{}` and `{}`",
                    one.subdir, names[0], names[1]
                ),
                one.span,
                "lockit has one list of packages for each subdir",
                format!(
                    "give each an environment of its own: `platforms = [\"{}\"]` in a feature that only one of them has",
                    names[0]
                ),
            );
            continue;
        }
        draft.platform(one.subdir, one.span);
        let stated = &mut draft.out.stated.virtual_packages;
        *stated = stated.then(&one.virtual_packages);
    }
}

/// The platforms that a target stands for, when it is the name of one.
pub(super) fn target(declared: &[Declared], name: &str) -> Option<Selector> {
    let one = declared.iter().find(|one| one.name == name)?;
    Selector::parse(one.subdir.as_str()).ok()
}

/// A selector for the platforms of a feature.
pub(super) fn one_of(
    draft: &mut Draft<'_>,
    declared: &[Declared],
    item: &TomlItem<'_>,
) -> Option<Selector> {
    let mut all: Option<Selector> = None;
    for text in draft.toml.strings("platforms", item) {
        let one = target(declared, &text.value).map_or_else(
            || parse_platform(&text.value).map(|platform| Selector::parse(platform.as_str())),
            |selector| Ok(Ok(selector)),
        );
        match one {
            Ok(Ok(one)) => all = Some(all.map_or_else(|| one.clone(), |all| all.or(&one))),
            Ok(Err(error)) => draft.toml.refuse(&error, text.span, ""),
            Err(error) => draft.toml.refuse(&error, text.span, error.label()),
        }
    }
    all
}

/// `[system-requirements]`, the older way to say which virtual packages there are. Of what several features require the
/// highest counts.
pub(super) fn system_requirements(draft: &mut Draft<'_>, table: Table<'_>) {
    for (key, item) in table.entries() {
        let (name, value) = match (key.text, item.as_table()) {
            ("libc", Some(libc)) => {
                let family = libc.get("family").and_then(|item| item.as_str()).unwrap_or("glibc");
                if family != "glibc" {
                    draft.warn(
                        format!("`{family}` is not followed"),
                        item.span,
                        "lockit knows glibc alone",
                        "",
                    );
                    continue;
                }
                let Some(version) = libc.get("version") else { continue };
                ("__glibc", version)
            }
            ("libc", None) => ("__glibc", item),
            (name, _) => (name, item),
        };
        let read = VirtualPackageOverrides::one(&mut draft.toml, name, key.span, &value, None);
        let stated = &mut draft.out.stated.virtual_packages;
        *stated = stated.at_least(&read);
    }
}
