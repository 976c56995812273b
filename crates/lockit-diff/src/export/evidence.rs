//! What can be counted in a file.

use lockit_spec::{Item, ItemKind, Survey};

use super::build_string::names_one_build;
use super::names::{OsFamily, comes_along, is_low_level, os_of};

/// An item as `conda env export` would write it, taken apart without judging it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pin<'a> {
    /// The channel in front of `::`.
    pub(crate) channel: Option<&'a str>,
    /// The package name, as written.
    pub(crate) name: &'a str,
    /// What follows the first `=`.
    pub(crate) version: Option<&'a str>,
    /// What follows the second `=`.
    pub(crate) build: Option<&'a str>,
}

impl<'a> Pin<'a> {
    /// Takes an item apart. Anything that is not `name`, `name=version` or `name=version=build` has
    /// neither version nor build.
    pub(crate) fn of(text: &'a str) -> Self {
        let (channel, rest) = match text.split_once("::") {
            Some((channel, rest)) => (Some(channel), rest),
            None => (None, text),
        };
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '=' | '<' | '>' | '!' | '~' | '['))
            .unwrap_or(rest.len());
        let (name, constraint) = rest.split_at(end);
        let mut pin = Self { channel, name, version: None, build: None };
        let Some(constraint) = constraint.strip_prefix('=') else { return pin };
        // `==1.2` is as exact, and nobody's export.
        let (version, build) =
            match constraint.strip_prefix('=').unwrap_or(constraint).split_once('=') {
                Some((version, build)) => (version, Some(build)),
                None => (constraint.strip_prefix('=').unwrap_or(constraint), None),
            };
        let plain = |text: &str| {
            !text.is_empty() && !text.contains(['<', '>', '!', '~', '|', ',', ' ', '='])
        };
        // `1!152.2018` has an epoch.
        let behind_epoch = match version.split_once('!') {
            Some((epoch, rest))
                if !epoch.is_empty() && epoch.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                rest
            }
            _ => version,
        };
        if plain(behind_epoch) && !version.contains('*') {
            pin.version = Some(version);
            pin.build = build.filter(|build| plain(build));
        }
        pin
    }

    /// Whether it names one build of one version.
    pub(crate) fn is_full(&self) -> bool {
        self.build.is_some_and(names_one_build)
    }
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Items in conda's language.
    pub items: usize,
    /// Of them, those that name one build: `name=version=build`.
    pub builds: usize,
    /// Those that are pinned to one version, with or without a build.
    pub exact: usize,
    /// Addresses of package archives.
    pub addresses: usize,
    /// Low-level packages.
    pub low_level: Vec<String>,
    /// Packages that usually come along with others; the low-level ones are among them.
    pub come_along: usize,
    /// Pairs of neighbours in alphabetical order.
    pub ordered: usize,
    /// Packages that exist for one system only and stand there without a selector.
    pub systems: Vec<(OsFamily, String)>,
    /// The value of `prefix:`.
    pub prefix: Option<String>,
}

impl Evidence {
    /// Counts.
    pub(super) fn of(survey: &Survey) -> Self {
        let mut evidence = Self::default();
        let mut before = String::new();
        for item in survey.items.iter().filter(|item| item.kind == ItemKind::Conda) {
            evidence.item(item, &mut before);
        }
        evidence.prefix = survey
            .environment
            .as_ref()
            .and_then(|environment| environment.prefix.as_ref())
            .map(|prefix| prefix.value.clone());
        evidence
    }

    fn item(&mut self, item: &Item, before: &mut String) {
        self.items += 1;
        if is_address(&item.text) {
            self.addresses += 1;
            return;
        }
        let pin = Pin::of(&item.text);
        let name = pin.name.to_lowercase();
        self.builds += usize::from(pin.is_full());
        self.exact += usize::from(pin.version.is_some());
        if comes_along(&name) {
            self.come_along += 1;
        }
        if item.selector.is_none()
            && let Some(family) = os_of(&name)
        {
            self.systems.push((family, name.clone()));
        }
        if is_low_level(&name) {
            self.low_level.push(name.clone());
        }
        self.ordered += usize::from(!before.is_empty() && *before <= name);
        *before = name;
    }

    /// The system that the file was written on, and by what that is known: the prefix's form, else
    /// packages that exist there only.
    pub fn system(&self) -> Option<(OsFamily, Vec<&str>)> {
        let named = |family: OsFamily| -> Vec<&str> {
            let of = self.systems.iter().filter(|(of, _)| *of == family);
            of.map(|(_, name)| name.as_str()).collect()
        };
        if let Some(family) = self.prefix.as_deref().and_then(system_of_path) {
            return Some((family, named(family)));
        }
        let mut counts = [OsFamily::Linux, OsFamily::Osx, OsFamily::Win]
            .map(|family| (named(family).len(), family));
        counts.sort_unstable();
        match counts {
            // A file that was edited into a mix of systems came from none.
            [_, (second, _), (first, family)] if first > 0 && first > 2 * second => {
                Some((family, named(family)))
            }
            _ => None,
        }
    }
}

/// The system whose paths look like this.
fn system_of_path(path: &str) -> Option<OsFamily> {
    let bytes = path.as_bytes();
    if bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/')
    {
        return Some(OsFamily::Win);
    }
    let begins =
        |beginnings: &[&str]| beginnings.iter().any(|beginning| path.starts_with(beginning));
    if begins(&["/Users/", "/opt/homebrew/", "/usr/local/Caskroom/", "/Applications/", "/Volumes/"])
    {
        Some(OsFamily::Osx)
    } else if begins(&["/home/", "/root/", "/mnt/", "/scratch/", "/gpfs/", "/usr/share/"]) {
        Some(OsFamily::Linux)
    } else {
        None
    }
}

/// The address of one package archive in the place of a spec.
fn is_address(text: &str) -> bool {
    let path = text.split(['#', '?']).next().unwrap_or(text);
    // Package archives have these endings in lower case.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "as conda compares")]
    let archive = path.ends_with(".conda") || path.ends_with(".tar.bz2");
    text.contains("://") && archive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_taken_apart() {
        let of = |text| {
            let pin = Pin::of(text);
            (pin.name, pin.version, pin.build)
        };
        assert_eq!(of("numpy=1.21.2=py39_0"), ("numpy", Some("1.21.2"), Some("py39_0")));
        assert_eq!(of("conda-forge::numpy=1.21.2"), ("numpy", Some("1.21.2"), None));
        assert_eq!(of("numpy==1.21.2"), ("numpy", Some("1.21.2"), None));
        assert_eq!(of("numpy=1.21.*"), ("numpy", None, None));
        assert_eq!(of("numpy >=1.21"), ("numpy", None, None));
        assert_eq!(of("numpy=*=*cuda*"), ("numpy", None, None));
        assert_eq!(of("numpy=1.2|1.3"), ("numpy", None, None));
        assert!(!Pin::of("pytorch=2.1=*cuda*").is_full());
    }

    #[test]
    fn paths_tell_the_system() {
        assert_eq!(system_of_path("C:\\Users\\ada\\miniconda3"), Some(OsFamily::Win));
        assert_eq!(system_of_path("d:/envs/x"), Some(OsFamily::Win));
        assert_eq!(system_of_path("/Users/ada/miniforge3"), Some(OsFamily::Osx));
        assert_eq!(system_of_path("/home/ada/.conda/envs/x"), Some(OsFamily::Linux));
        assert_eq!(system_of_path("/opt/conda"), None);
    }

    #[test]
    fn an_epoch_is_a_part_of_a_version_and_other_signs_are_not() {
        let version = |text| Pin::of(text).version;
        assert_eq!(version("x=1!152.2018"), Some("1!152.2018"));
        assert_eq!(version("x=a!1"), None);
        assert_eq!(version("x=!1.0"), None);
    }

    #[test]
    fn a_file_came_from_the_system_that_most_of_its_names_are_of() {
        let from = |linux: usize, osx: usize, prefix: Option<&str>| {
            let of = |family, count| vec![(family, "x".to_owned()); count];
            let evidence = Evidence {
                systems: [of(OsFamily::Linux, linux), of(OsFamily::Osx, osx)].concat(),
                prefix: prefix.map(str::to_owned),
                ..Evidence::default()
            };
            evidence.system().map(|(family, names)| (family, names.len()))
        };
        assert_eq!(from(0, 0, None), None);
        assert_eq!(from(1, 0, None), Some((OsFamily::Linux, 1)));
        assert_eq!(from(3, 1, None), Some((OsFamily::Linux, 3)));
        // A mix of systems came from none.
        assert_eq!(from(2, 1, None), None);
        assert_eq!(from(0, 1, Some("/home/ada/x")), Some((OsFamily::Linux, 0)));
        assert_eq!(from(0, 1, Some("/opt/conda")), Some((OsFamily::Osx, 1)));
        for no_drive in ["C:", "1:/x", "C|/x", "C:x"] {
            assert_eq!(system_of_path(no_drive), None, "{no_drive}");
        }
    }

    #[test]
    fn the_address_of_an_archive_is_no_spec() {
        for address in
            ["https://h/c/a-1-0.conda", "https://h/c/a-1-0.tar.bz2#0123", "file:///a-1-0.conda?x"]
        {
            assert!(is_address(address), "{address}");
        }
        for other in ["a-1-0.conda", "https://h/c/a-1-0.zip", "conda-forge::a"] {
            assert!(!is_address(other), "{other}");
        }
    }
}
