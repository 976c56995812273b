//! What the name of a package tells, without a channel at hand.

use std::collections::HashMap;
use std::sync::LazyLock;

use lockit_spec::Platform;

/// A family of operating systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OsFamily {
    /// Linux.
    Linux,
    /// macOS.
    Osx,
    /// Windows.
    Win,
    /// Linux and macOS.
    Unix,
}

impl OsFamily {
    /// The selector that stands for it (CEP 24).
    pub fn selector(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::Osx => "osx",
            Self::Win => "win",
            Self::Unix => "unix",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::Osx => "macOS",
            Self::Win => "Windows",
            Self::Unix => "Linux and macOS",
        }
    }

    /// Whether a platform belongs to it.
    pub fn contains(self, platform: Platform) -> bool {
        match self {
            Self::Linux => platform.is_linux(),
            Self::Osx => platform.is_osx(),
            Self::Win => platform.is_windows(),
            Self::Unix => platform.is_unix(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Linux, Self::Osx, Self::Win, Self::Unix]
            .into_iter()
            .find(|family| family.selector() == text)
    }
}

static OS_NAMES: LazyLock<HashMap<&str, OsFamily>> = LazyLock::new(|| {
    pairs(include_str!("os_names.txt"))
        .filter_map(|(name, family)| Some((name, OsFamily::parse(family)?)))
        .collect()
});

/// True for low-level packages, false for other ones that come along.
static BROUGHT_ALONG: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    pairs(include_str!("brought_along.txt")).map(|(name, kind)| (name, kind == "low")).collect()
});

fn pairs(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '))
}

/// The family of operating systems that a package exists for, where it is only one. `None` for
/// packages of all systems, and for unknown ones.
pub fn os_of(name: &str) -> Option<OsFamily> {
    if let Some((_, platform)) = name.rsplit_once('_')
        && let Some((system, machine)) = platform.split_once('-')
        && matches!(machine, "64" | "32" | "aarch64" | "arm64" | "ppc64le" | "s390x" | "riscv64")
        && let Some(family) = OsFamily::parse(system)
    {
        return Some(family);
    }
    let begins =
        |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    if begins(&["m2w64-", "m2-", "msys2-", "vs20"]) {
        return Some(OsFamily::Win);
    }
    if begins(&["pyobjc-"]) {
        return Some(OsFamily::Osx);
    }
    OS_NAMES.get(name).copied()
}

/// Whether a package is a library or a part of a compiler's runtime that specs hardly ever name:
/// others bring it along.
pub fn is_low_level(name: &str) -> bool {
    BROUGHT_ALONG.get(name).copied().unwrap_or(false)
        || name.starts_with("xorg-")
        || name.starts_with("font-ttf-")
        || name.starts_with("aws-c-")
        || name.starts_with("libllvm")
        || name.starts_with("_libgcc")
        || name.contains("_impl_")
        || os_of(name).is_some() && !is_written_by_people(name)
}

/// Packages of one system that specs do name: compilers and what talks to the system.
fn is_written_by_people(name: &str) -> bool {
    matches!(
        name,
        "pywin32"
            | "python.app"
            | "clang"
            | "clangxx"
            | "uvloop"
            | "unixodbc"
            | "nccl"
            | "ucx"
            | "mlx"
            | "wmi"
            | "comtypes"
            | "secretstorage"
            | "pyinotify"
            | "ocl-icd"
    ) || !name.contains("_impl_")
        && (name.contains("_linux-") || name.contains("_osx-") || name.contains("_win-"))
        && !name.starts_with("ld")
}

/// Whether a package usually comes along with others, low-level or not.
pub(super) fn comes_along(name: &str) -> bool {
    BROUGHT_ALONG.contains_key(name) || is_low_level(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_told_by_table_and_form() {
        for (name, family) in [
            ("libcxx", Some(OsFamily::Osx)),
            ("libgcc-ng", Some(OsFamily::Linux)),
            ("vs2015_runtime", Some(OsFamily::Win)),
            ("vs2022_win-64", Some(OsFamily::Win)),
            ("readline", Some(OsFamily::Unix)),
            ("gcc_linux-64", Some(OsFamily::Linux)),
            ("clangxx_impl_osx-arm64", Some(OsFamily::Osx)),
            ("m2w64-gcc-libs", Some(OsFamily::Win)),
            ("pyobjc-framework-cocoa", Some(OsFamily::Osx)),
            ("numpy", None),
            ("colorama", None),
            ("lib_a-64", None),
        ] {
            assert_eq!(os_of(name), family, "{name}");
        }
        assert!(OsFamily::Unix.contains(Platform::OsxArm64));
        assert!(!OsFamily::Unix.contains(Platform::Win64));
    }

    #[test]
    fn low_level_is_what_nobody_writes() {
        for name in
            ["openssl", "libffi", "_libgcc_mutex", "ld_impl_linux-64", "xorg-libx11", "libcxx"]
        {
            assert!(is_low_level(name), "{name}");
        }
        for name in ["numpy", "python", "pip", "gcc_linux-64", "libgdal", "blas", "certifi"] {
            assert!(!is_low_level(name), "{name}");
        }
        assert!(comes_along("certifi") && !comes_along("pandas"));
    }

    #[test]
    fn tables_are_sorted_and_without_repeats() {
        for table in [include_str!("os_names.txt"), include_str!("brought_along.txt")] {
            let names: Vec<&str> = pairs(table).map(|(name, _)| name).collect();
            assert!(names.len() > 100);
            assert!(names.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn whole_families_of_names_are_low_level() {
        for name in [
            "xorg-made-up",
            "font-ttf-made-up",
            "aws-c-made-up",
            "libllvm99",
            "_libgcc_made_up",
            "gcc_impl_linux-64",
            "ld64_osx-64",
        ] {
            assert!(is_low_level(name), "{name}");
        }
        // Of one system, and written by people all the same.
        for name in ["pywin32", "clang_osx-64", "gxx_linux-64", "vs2022_win-64", "uvloop"] {
            assert!(os_of(name).is_some() && !is_low_level(name), "{name}");
        }
    }
}
