//! PEP 508 requirements, as specs and lockfiles hold them.
//!
//! They are taken apart here and not by `pep508_rs`, whose parser refuses what pip takes (a relative path
//! behind `@`) and panics at a name that ends in a dash. Versions and markers are for the libraries.

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use lockit_spec::{normalise_pypi_name, split_pypi_name};

/// A requirement without its meaning: name, extras and what follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    /// Normalised name.
    pub(crate) name: String,
    /// Normalised extras, sorted.
    pub(crate) extras: Vec<String>,
    /// What follows, without its marker: version specifiers, or `@` and an address.
    pub(crate) rest: &'a str,
    /// The marker.
    pub(crate) marker: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Takes a requirement apart. `None` when it does not begin with a name.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let (name, rest) = split_pypi_name(text.trim());
        let name = valid_name(name)?;
        let mut rest = rest.trim_start();
        let mut extras = Vec::new();
        if let Some(inner) = rest.strip_prefix('[') {
            let (list, after) = inner.split_once(']')?;
            for extra in list.split(',').map(str::trim).filter(|extra| !extra.is_empty()) {
                extras.push(valid_name(extra)?);
            }
            rest = after.trim_start();
        }
        extras.sort();
        extras.dedup();
        // The marker of an address stands behind a blank, as the address may have a semicolon itself.
        let cut = if rest.starts_with('@') { rest.find(" ;") } else { rest.find(';') };
        let (rest, marker) = match cut {
            Some(at) => {
                (rest[..at].trim_end(), Some(rest[at..].trim_start_matches([' ', ';']).trim()))
            }
            None => (rest.trim_end(), None),
        };
        // `name (>=1)` is an old spelling.
        let rest = rest
            .strip_prefix('(')
            .and_then(|inner| inner.strip_suffix(')'))
            .map_or(rest, str::trim);
        Some(Self { name, extras, rest, marker })
    }

    /// The address behind `@`.
    pub(crate) fn address(&self) -> Option<&'a str> {
        self.rest.strip_prefix('@').map(str::trim)
    }

    /// Whether a version fits. What nobody can read is no reason to doubt it; neither is an address, nor a
    /// version that is not known.
    pub(crate) fn allows(&self, version: &str) -> bool {
        if self.rest.is_empty() || self.rest.starts_with('@') || version.is_empty() {
            return true;
        }
        match (VersionSpecifiers::from_str(self.rest), Version::from_str(version)) {
            (Ok(specifiers), Ok(version)) => specifiers.contains(&version),
            _ => true,
        }
    }
}

/// One constraint per name: `*` where there is none, and where it is an address.
pub(crate) fn merged(requirements: &[String]) -> BTreeMap<String, String> {
    let mut by_name: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for Parts { name, rest, .. } in requirements.iter().filter_map(|text| Parts::of(text)) {
        let constraints = by_name.entry(name).or_default();
        if !rest.is_empty() && !rest.starts_with('@') && !constraints.contains(&rest) {
            constraints.push(rest);
        }
    }
    let joined = |list: Vec<&str>| if list.is_empty() { "*".to_owned() } else { list.join(",") };
    by_name.into_iter().map(|(name, constraints)| (name, joined(constraints))).collect()
}

/// Puts a name and its constraint together again. conda-lock writes `1.2` for exactly this version.
pub(crate) fn join(name: &str, constraint: &str) -> String {
    let name = normalise_pypi_name(name);
    match constraint.trim() {
        "" | "*" => name,
        exact if exact.starts_with(|c: char| c.is_ascii_digit()) => format!("{name}=={exact}"),
        constraint => format!("{name}{constraint}"),
    }
}

/// The normalised name of the package that a line of a `pip:` section asks for; `None` for addresses and folders
/// without one.
pub fn asked_name(line: &str) -> Option<String> {
    match Ask::of(line) {
        Ask::Named(Parts { name, .. }) => Some(name),
        Ask::Address { name, .. } => name,
    }
}

/// The environment marker of a line of a `pip:` section.
pub fn asked_marker(line: &str) -> Option<&str> {
    Ask::of(line).marker()
}

/// The address or path that a line of a `pip:` section asks for; `None` where it asks for any version that fits.
pub fn asked_address(line: &str) -> Option<&str> {
    match Ask::of(line) {
        Ask::Named(_) => None,
        Ask::Address { address, .. } => Some(address),
    }
}

/// The extras, normalised, that a line of a `pip:` section asks for.
pub fn asked_extras(line: &str) -> Vec<String> {
    let before = |line: &str| -> Vec<String> {
        let listed = line.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']'));
        listed
            .into_iter()
            .flat_map(|(list, _)| list.split(','))
            .filter_map(|one| valid_name(one.trim()))
            .collect()
    };
    match Ask::of(line) {
        Ask::Named(parts) => parts.extras,
        Ask::Address { address, .. } => match line.split_once(address) {
            Some((name, rest)) if name.contains('[') || rest.starts_with('[') => {
                let behind = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                let behind =
                    behind.map(|(list, _)| before(&format!("[{list}]"))).unwrap_or_default();
                [before(name), behind].concat()
            }
            _ => Vec::new(),
        },
    }
}

/// What one line of a `pip:` section asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask<'a> {
    /// A package by its name, of any version that fits.
    Named(Parts<'a>),
    /// What lies at an address; its name where the line says it.
    Address {
        /// Normalised name.
        name: Option<String>,
        /// The address as pip takes it behind `name @`, without the extras of a folder.
        address: &'a str,
        /// The extras, normalised.
        extras: Vec<String>,
        /// The marker.
        marker: Option<&'a str>,
    },
}

impl<'a> Ask<'a> {
    /// Reads a line: a PEP 508 requirement, `-e address`, an address alone, with options such as `--hash=` behind it.
    pub(crate) fn of(line: &'a str) -> Self {
        let line = line.trim();
        let line =
            line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")).unwrap_or(line);
        let line = line.find(" --").map_or(line, |at| &line[..at]).trim();
        if let Some(parts) = Parts::of(line)
            && !line.contains("://") | parts.rest.starts_with('@')
            && (parts.rest.is_empty() || parts.rest.starts_with(['@', '=', '<', '>', '!', '~']))
        {
            return match parts.address() {
                Some(address) => {
                    // One with a scheme may have brackets of its own.
                    let is_path = !address.contains(':');
                    let (address, more) =
                        if is_path { split_extras(address) } else { (address, Vec::new()) };
                    let extras = parts.extras.into_iter().chain(more).collect();
                    Self::Address { name: Some(parts.name), address, extras, marker: parts.marker }
                }
                None => Self::Named(parts),
            };
        }
        let (address, marker) = match line.split_once(" ;") {
            Some((address, marker)) => (address.trim_end(), Some(marker.trim())),
            None => (line, None),
        };
        let egg = address.split_once('#').and_then(|(_, fragment)| {
            fragment.split('&').find_map(|part| part.strip_prefix("egg="))
        });
        let name = egg.and_then(Parts::of).map(|parts| parts.name);
        let (address, extras) = split_extras(address);
        Self::Address { name, address, extras, marker }
    }

    /// The marker.
    pub(crate) fn marker(&self) -> Option<&'a str> {
        match self {
            Self::Named(parts) => parts.marker,
            Self::Address { marker, .. } => *marker,
        }
    }
}

/// The address and its extras: `./lib[extra]` is pip's way to ask for those of a folder.
fn split_extras(address: &str) -> (&str, Vec<String>) {
    let is_path = !address.contains(':');
    let end = address.find(['#', ';']).filter(|_| is_path).unwrap_or(address.len());
    match address[..end].trim_end().rsplit_once('[') {
        Some((folder, extras)) if extras.ends_with(']') && !folder.is_empty() => {
            let extras = extras.trim_end_matches(']').split(',');
            (folder, extras.filter_map(|extra| valid_name(extra.trim())).collect())
        }
        _ => (address, Vec::new()),
    }
}

fn valid_name(text: &str) -> Option<String> {
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let valid = ends(text.chars().next())
        && ends(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    valid.then(|| normalise_pypi_name(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_addresses() {
        for (line, name) in [
            ("Foo_Bar[x] >=1", Some("foo-bar")),
            ("a.b==1 --hash=sha256:00", Some("a-b")),
            ("thing @ git+https://h/r", Some("thing")),
            ("git+https://h/r", None),
            ("https://h/a-1.0.tar.gz", None),
            ("./local", None),
            ("-e .", None),
            ("wheels/a-1-py3-none-any.whl", None),
        ] {
            assert_eq!(asked_name(line).as_deref(), name, "{line}");
        }
    }

    #[test]
    fn markers_and_addresses_stand_before_options() {
        for (line, address, marker) in [
            ("six==1; os_name == 'nt' --hash=sha256:00", None, Some("os_name == 'nt'")),
            (
                "six @ https://h/a;b.whl ; os_name == 'nt'",
                Some("https://h/a;b.whl"),
                Some("os_name == 'nt'"),
            ),
            ("six @ https://h/a;b.whl", Some("https://h/a;b.whl"), None),
            ("./dist/six-1.0.tar.gz --hash=sha256:00", Some("./dist/six-1.0.tar.gz"), None),
        ] {
            assert_eq!((asked_address(line), asked_marker(line)), (address, marker), "{line}");
        }
    }

    #[test]
    fn extras_of_a_folder_are_no_part_of_its_path() {
        for (line, asked) in [
            ("-e ./lib[x]", ["x"].as_slice()),
            ("./lib[X_1, y]", &["x-1", "y"]),
            ("-e ./lib[x] ; python_version > '3'", &["x"]),
            ("./lib", &[]),
            ("./lib[x]#egg=thing", &["x"]),
            ("./lib[x];python_version > '3'", &["x"]),
            ("thing @ ./lib[x]", &["x"]),
            ("thing[y] @ ./lib", &["y"]),
            ("thing[y] @ ./lib[x] ; python_version > '3'", &["y", "x"]),
        ] {
            let Ask::Address { address, extras, .. } = Ask::of(line) else { panic!("{line}") };
            assert_eq!(
                (address, extras),
                ("./lib", asked.iter().map(|one| (*one).to_owned()).collect()),
                "{line}"
            );
        }
    }

    #[test]
    fn extras_of_every_kind_of_line_are_known() {
        for (line, extras) in [
            ("a[B_c]>=1", &["b-c"][..]),
            ("-e ./lib[x, y]", &["x", "y"]),
            ("./lib[x];python_version > '3'", &["x"]),
            ("thing[y] @ ./lib[x] ; python_version > '3'", &["y", "x"]),
            ("thing[y] @ ./lib", &["y"]),
            ("-e ./lib", &[]),
        ] {
            assert_eq!(asked_extras(line), extras, "{line}");
        }
    }

    #[test]
    fn requirements_are_taken_apart() {
        let shown: Vec<String> = [
            "Requests",
            "uvicorn[standard, Foo_Bar] >=0.3,<1 ; python_version < '3.11'",
            "six (>=1.16)",
            "repo @ git+https://h/r;x@v1#subdirectory=a ; sys_platform == 'win32'",
            "thing@./thing",
        ]
        .into_iter()
        .map(|text| {
            let Parts { name, extras, rest, marker } = Parts::of(text).unwrap();
            format!("{name} {extras:?} {rest:?} {marker:?}")
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        requests [] "" None
        uvicorn ["foo-bar", "standard"] ">=0.3,<1" Some("python_version < '3.11'")
        six [] ">=1.16" None
        repo [] "@ git+https://h/r;x@v1#subdirectory=a" Some("sys_platform == 'win32'")
        thing [] "@./thing" None
        "#);
        for text in ["", "-e .", "a- >1", "a[b-]", "./x", "é", "a[b"] {
            assert_eq!(Parts::of(text), None, "{text}");
        }
    }

    #[test]
    fn lines_ask_for_names_or_addresses() {
        let shown: Vec<String> = [
            "Six ==1.16.0 --hash=sha256:00",
            "a[b]",
            "-e ./pkg",
            "-e git+https://h/r@v1#egg=R_x",
            "https://h/a-1.zip ; sys_platform == 'win32'",
            "a @ ./a",
            ".",
        ]
        .into_iter()
        .map(|line| match Ask::of(line) {
            Ask::Named(parts) => format!("{} {}", parts.name, parts.rest),
            Ask::Address { name, address, marker, .. } => {
                format!("{name:?} {address} {marker:?}")
            }
        })
        .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        six ==1.16.0
        a 
        None ./pkg None
        Some("r-x") git+https://h/r@v1#egg=R_x None
        None https://h/a-1.zip Some("sys_platform == 'win32'")
        Some("a") ./a None
        None . None
        "#);
    }

    #[test]
    fn a_map_has_one_constraint_per_name() {
        let texts = ["a>=1", "b", "c @ https://h/c.zip", "A[x] <2", "a>=1", "d ==1.*"];
        let merged = merged(&texts.map(str::to_owned));
        let shown: Vec<String> =
            merged.iter().map(|(name, constraint)| join(name, constraint)).collect();
        assert_eq!(shown, ["a>=1,<2", "b", "c", "d==1.*"]);
        assert_eq!(join("PyYAML", "6.0"), "pyyaml==6.0");
    }

    #[test]
    fn versions_fit_or_are_unknown() {
        let allows = |text: &str, version: &str| Parts::of(text).unwrap().allows(version);
        assert!(allows("a >=1,<2", "1.5") && !allows("a >=1,<2", "2.0"));
        assert!(allows("a ~=1.4", "1.9") && !allows("a==1.*", "2"));
        assert!(allows("a==1.0", "1.0+cpu") && allows("a>=1", "2.0rc1"));
        assert!(allows("a >=1", "") && allows("a @ https://h/a.zip", "1") && allows("a >=x", "1"));
    }
}
