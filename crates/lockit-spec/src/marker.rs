//! Environment markers (PEP 508) on conda requirements: what they say about the platform, as a selector.
//!
//! A conda requirement is chosen before it is known which Python there is going to be, so only variables that
//! depend on the platform are looked at. The others count as true, as in conda-lock, and are named so that
//! somebody can be told.

use pep508_rs::{MarkerExpression, MarkerOperator, MarkerTree, MarkerValueString};

use crate::Selector;

/// What a marker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlatformMarker {
    /// Where it holds.
    pub(crate) applies: Applies,
    /// The variables that were not looked at, each once.
    pub(crate) ignored: Vec<String>,
}

/// On which platforms something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Applies {
    Everywhere,
    Nowhere,
    On(Selector),
}

impl Applies {
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nowhere, _) | (_, Self::Nowhere) => Self::Nowhere,
            (Self::Everywhere, one) | (one, Self::Everywhere) => one,
            (Self::On(left), Self::On(right)) if left == right => Self::On(left),
            (Self::On(left), Self::On(right)) => Self::On(left.and(&right)),
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everywhere, _) | (_, Self::Everywhere) => Self::Everywhere,
            (Self::Nowhere, one) | (one, Self::Nowhere) => one,
            (Self::On(left), Self::On(right)) if left == right => Self::On(left),
            (Self::On(left), Self::On(right)) => Self::On(left.or(&right)),
        }
    }

    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Everywhere => Self::Nowhere,
            Self::Nowhere => Self::Everywhere,
            Self::On(selector) => Self::On(selector.negate()),
        }
    }
}

/// A selector variable, and the values that Python gives on these platforms: `sys.platform`,
/// `platform.system()` and `os.name`.
const SYSTEMS: [(&str, &str, &str, &str); 5] = [
    ("linux", "linux", "Linux", "posix"),
    ("osx", "darwin", "Darwin", "posix"),
    ("win", "win32", "Windows", "nt"),
    ("emscripten", "emscripten", "Emscripten", "posix"),
    ("wasi", "wasi", "WASI", "posix"),
];

/// A platform and what `platform.machine()` says on it.
const MACHINES: [(&str, &str); 14] = [
    ("linux-64", "x86_64"),
    ("osx-64", "x86_64"),
    ("win-64", "AMD64"),
    ("linux-aarch64", "aarch64"),
    ("osx-arm64", "arm64"),
    ("win-arm64", "ARM64"),
    ("linux-ppc64le", "ppc64le"),
    ("linux-s390x", "s390x"),
    ("linux-riscv64", "riscv64"),
    ("linux-armv7l", "armv7l"),
    ("linux-armv6l", "armv6l"),
    ("linux-32", "i686"),
    ("win-32", "x86"),
    ("emscripten-wasm32", "wasm32"),
];

/// Reads what a marker says of platforms.
pub(crate) fn platforms(marker: &MarkerTree) -> PlatformMarker {
    let mut ignored: Vec<String> = Vec::new();
    if marker.is_true() {
        return PlatformMarker { applies: Applies::Everywhere, ignored };
    }
    let mut applies = Applies::Nowhere;
    for conjunction in marker.to_dnf() {
        let mut all = Applies::Everywhere;
        for expression in conjunction {
            all = all.and(match of_expression(&expression) {
                Ok(applies) => applies,
                Err(name) => {
                    if !ignored.contains(&name) {
                        ignored.push(name);
                    }
                    Applies::Everywhere
                }
            });
        }
        applies = applies.or(all);
    }
    PlatformMarker { applies, ignored }
}

/// What one comparison says, or the name of the variable that does not depend on the platform alone.
fn of_expression(expression: &MarkerExpression) -> Result<Applies, String> {
    let MarkerExpression::String { key, operator, value } = expression else {
        return Err(match expression {
            MarkerExpression::Version { key, .. } | MarkerExpression::VersionIn { key, .. } => {
                // The parser says both in one variable.
                key.to_string().replace("python_full_version", "python_version")
            }
            _ => "extra".into(),
        });
    };
    let ignored = || key.to_string();
    let column: fn(&(&str, &str, &str, &'static str)) -> String = match key {
        MarkerValueString::SysPlatform => |system| system.1.to_owned(),
        MarkerValueString::PlatformSystem => |system| system.2.to_owned(),
        MarkerValueString::OsName => |system| system.3.to_owned(),
        MarkerValueString::PlatformMachine => {
            let mut chosen = Vec::new();
            for (platform, machine) in MACHINES {
                if compare(machine, *operator, value).ok_or_else(ignored)? {
                    chosen.push(platform);
                }
            }
            return Ok(any_of(&chosen, &MACHINES.map(|(platform, _)| platform)));
        }
        _ => return Err(ignored()),
    };
    let mut chosen = Vec::new();
    for system in &SYSTEMS {
        if compare(&column(system), *operator, value).ok_or_else(ignored)? {
            chosen.push(system.0);
        }
    }
    Ok(any_of(&chosen, &SYSTEMS.map(|system| system.0)))
}

/// A comparison as Python makes it between texts. `None` for operators that only versions have.
fn compare(actual: &str, operator: MarkerOperator, value: &str) -> Option<bool> {
    Some(match operator {
        MarkerOperator::Equal => actual == value,
        MarkerOperator::NotEqual => actual != value,
        MarkerOperator::GreaterThan => actual > value,
        MarkerOperator::GreaterEqual => actual >= value,
        MarkerOperator::LessThan => actual < value,
        MarkerOperator::LessEqual => actual <= value,
        MarkerOperator::In => value.contains(actual),
        MarkerOperator::NotIn => !value.contains(actual),
        MarkerOperator::Contains => actual.contains(value),
        MarkerOperator::NotContains => !actual.contains(value),
        MarkerOperator::TildeEqual => return None,
    })
}

/// The shortest way to say that one of `chosen` is meant, out of `all`.
fn any_of(chosen: &[&str], all: &[&str]) -> Applies {
    if chosen.len() * 2 > all.len() {
        let others: Vec<&str> = all.iter().copied().filter(|name| !chosen.contains(name)).collect();
        return any_of(&others, all).negate();
    }
    chosen
        .iter()
        .filter_map(|name| Selector::parse(name).ok())
        .fold(Applies::Nowhere, |applies, selector| applies.or(Applies::On(selector)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(marker: &str) -> String {
        let marker: MarkerTree = marker.parse().unwrap();
        let PlatformMarker { applies, ignored } = platforms(&marker);
        let applies = match applies {
            Applies::Everywhere => "everywhere".to_owned(),
            Applies::Nowhere => "nowhere".to_owned(),
            Applies::On(selector) => selector.text,
        };
        if ignored.is_empty() { applies } else { format!("{applies}, without {ignored:?}") }
    }

    #[test]
    fn markers_become_selectors() {
        for (marker, selector) in [
            ("sys_platform == 'linux'", "linux"),
            ("sys_platform != 'win32'", "not win"),
            ("'darwin' == sys_platform", "osx"),
            ("platform_system == 'Darwin'", "osx"),
            ("platform_system != 'Linux'", "not linux"),
            ("os_name == 'nt'", "win"),
            ("os_name == 'posix'", "not win"),
            ("platform_machine == 'x86_64'", "linux-64 or osx-64"),
            ("platform_machine != 'arm64'", "not osx-arm64"),
            ("platform_machine == 'aarch64'", "linux-aarch64"),
            ("platform_machine == 'cray'", "nowhere"),
            ("sys_platform in 'linux darwin'", "linux or osx"),
            ("sys_platform not in 'linux darwin win32'", "emscripten or wasi"),
            (
                "sys_platform == 'linux' and platform_machine == 'aarch64'",
                "linux-aarch64 and linux",
            ),
            ("sys_platform == 'linux' or sys_platform == 'darwin'", "osx or linux"),
            ("python_version < '3.9'", "everywhere, without [\"python_version\"]"),
            (
                "python_version < '3.9' and sys_platform == 'win32'",
                "win, without [\"python_version\"]",
            ),
            ("implementation_name == 'cpython'", "everywhere, without [\"implementation_name\"]"),
        ] {
            assert_eq!(of(marker), selector, "{marker}");
        }
    }

    /// As Python compares texts, letter by letter.
    #[test]
    fn markers_compare_texts() {
        for (marker, selector) in [
            (
                "platform_machine >= 's390x'",
                "linux-64 or osx-64 or linux-s390x or win-32 or emscripten-wasm32",
            ),
            ("platform_machine > 's390x'", "linux-64 or osx-64 or win-32 or emscripten-wasm32"),
            ("platform_machine < 'AMD65'", "win-64"),
            ("platform_machine <= 'AMD64'", "win-64"),
            ("platform_machine < 'AMD64'", "nowhere"),
            (
                "'64' in platform_machine",
                "not (linux-s390x or linux-armv7l or linux-armv6l or linux-32 or win-32 or emscripten-wasm32)",
            ),
            ("'i' not in sys_platform", "nowhere"),
        ] {
            assert_eq!(of(marker), selector, "{marker}");
        }
    }

    #[test]
    fn what_is_said_twice_is_said_once() {
        let on = |text: &str| Applies::On(Selector::parse(text).unwrap());
        let text = |applies: Applies| match applies {
            Applies::Everywhere => "everywhere".to_owned(),
            Applies::Nowhere => "nowhere".to_owned(),
            Applies::On(selector) => selector.text,
        };
        assert_eq!(text(on("linux").and(on("linux"))), "linux");
        assert_eq!(text(on("linux").or(on("linux"))), "linux");
        assert_eq!(text(on("linux").and(on("aarch64"))), "linux and aarch64");
        assert_eq!(text(on("linux").or(on("osx"))), "linux or osx");
        for (one, and, or) in
            [(Applies::Everywhere, "linux", "everywhere"), (Applies::Nowhere, "nowhere", "linux")]
        {
            assert_eq!(text(one.clone().and(on("linux"))), and);
            assert_eq!(text(on("linux").and(one.clone())), and);
            assert_eq!(text(one.clone().or(on("linux"))), or);
            assert_eq!(text(on("linux").or(one)), or);
        }
        assert_eq!(Applies::Everywhere.negate(), Applies::Nowhere);
        assert_eq!(Applies::Nowhere.negate(), Applies::Everywhere);
    }
}
