//! What activation scripts of packages set, for images without a shell.
//!
//! Conda packages may ship `etc/conda/activate.d/*.sh`, which a shell runs when the environment is
//! activated (CEP 32). An image without a shell needs what they set as `ENV`. The values are those of
//! the scripts in the feedstocks of conda-forge that the entries name; a step in the Dockerfile runs
//! the scripts and fails the build when they set something else.

use crate::Facts;

/// One variable that a package's script sets.
struct Entry {
    /// The package that ships the script.
    package: &'static str,
    /// The variable.
    variable: &'static str,
    /// Its value; `{prefix}` stands for the environment.
    value: &'static str,
    /// When the script sets it.
    when: When,
}

enum When {
    Always,
    /// From this major version of the package on.
    From(u64),
    /// Before this major version of the package.
    Before(u64),
    /// When a package of that name is there.
    With(&'static str),
    /// When none of that name is there.
    Without(&'static str),
}

const fn entry(package: &'static str, variable: &'static str, value: &'static str) -> Entry {
    Entry { package, variable, value, when: When::Always }
}

/// `recipe/*activate.sh` of the feedstocks gdal, proj.4, libxml2, glib, fontconfig, udunits2, openjdk.
const TABLE: &[Entry] = &[
    entry("libgdal-core", "GDAL_DATA", "{prefix}/share/gdal"),
    entry("libgdal-core", "CPL_ZIP_ENCODING", "UTF-8"),
    // The script takes it back where the folder is not there, and only plugins bring the folder.
    Entry {
        package: "libgdal-core",
        variable: "GDAL_DRIVER_PATH",
        value: "{prefix}/lib/gdalplugins",
        when: When::With("libgdal-hdf5"),
    },
    Entry {
        package: "proj",
        variable: "PROJ_DATA",
        value: "{prefix}/share/proj",
        when: When::From(9),
    },
    Entry {
        package: "proj",
        variable: "PROJ_LIB",
        value: "{prefix}/share/proj",
        when: When::Before(9),
    },
    Entry {
        package: "proj",
        variable: "PROJ_NETWORK",
        value: "ON",
        when: When::Without("proj-data"),
    },
    Entry {
        package: "proj",
        variable: "PROJ_NETWORK",
        value: "OFF",
        when: When::With("proj-data"),
    },
    entry(
        "libxml2",
        "XML_CATALOG_FILES",
        "file://{prefix}/etc/xml/catalog file:///etc/xml/catalog",
    ),
    entry("libglib", "GSETTINGS_SCHEMA_DIR", "{prefix}/share/glib-2.0/schemas"),
    entry("fontconfig", "FONTCONFIG_FILE", "{prefix}/etc/fonts/fonts.conf"),
    entry("fontconfig", "FONTCONFIG_PATH", "{prefix}/etc/fonts"),
    entry("udunits2", "UDUNITS2_XML_PATH", "{prefix}/share/udunits/udunits2.xml"),
    entry("openjdk", "JAVA_HOME", "{prefix}/lib/jvm"),
    entry("openjdk", "JAVA_LD_LIBRARY_PATH", "{prefix}/lib/jvm/lib/server"),
];

/// Packages that ship scripts whose variables are not in the table.
const UNKNOWN: &[&str] = &[
    "cartopy_offlinedata",
    "cmdstan",
    "compilers",
    "cuda-nvcc",
    "esmf",
    "go",
    "hdf5-external-filter-plugins",
    "julia",
    "ncl",
    "ocl-icd",
    "octave",
    "pdal",
    "qgis",
    "r-base",
    "root_base",
    "rust",
    "tesseract",
];

/// The variables that an environment needs, in order of their names.
pub fn variables(facts: &Facts, prefix: &str) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for entry in TABLE {
        let Some(version) = facts.packages.get(entry.package) else { continue };
        let major: u64 =
            version.split('.').next().and_then(|part| part.parse().ok()).unwrap_or(u64::MAX);
        let applies = match entry.when {
            When::Always => true,
            When::From(first) => major >= first,
            When::Before(first) => major < first,
            When::With(name) => facts.has(name),
            When::Without(name) => !facts.has(name),
        };
        if applies {
            found.push((entry.variable, entry.value.replace("{prefix}", prefix)));
        }
    }
    found.sort();
    found
}

/// Packages that have activation scripts, but nobody here knows what they set.
pub fn unknown(facts: &Facts) -> Vec<&'static str> {
    let compiler = |name: &&str| {
        ["gcc_", "gxx_", "gfortran_", "clang_", "clangxx_", "binutils_"]
            .iter()
            .any(|beginning| name.starts_with(beginning))
            // Those are the programs alone.
            && !name.contains("_impl_")
    };
    let mut found: Vec<&'static str> =
        UNKNOWN.iter().copied().filter(|name| facts.has(name)).collect();
    if facts.packages.keys().map(String::as_str).any(|name| compiler(&name)) {
        found.push("the compilers");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(packages: &[&str]) -> String {
        let found = variables(&Facts::with_packages(packages), "/opt/env");
        let lines: Vec<String> =
            found.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        lines.concat()
    }

    #[test]
    fn each_package_sets_what_its_script_sets() {
        insta::assert_snapshot!(set(&["libgdal-core 3.11.0"]), @r"
        CPL_ZIP_ENCODING=UTF-8
        GDAL_DATA=/opt/env/share/gdal
        ");
        insta::assert_snapshot!(set(&["libxml2 2.13.8"]), @"XML_CATALOG_FILES=file:///opt/env/etc/xml/catalog file:///etc/xml/catalog");
        insta::assert_snapshot!(set(&["libglib 2.84.2"]), @"GSETTINGS_SCHEMA_DIR=/opt/env/share/glib-2.0/schemas");
        insta::assert_snapshot!(set(&["fontconfig 2.15.0"]), @r"
        FONTCONFIG_FILE=/opt/env/etc/fonts/fonts.conf
        FONTCONFIG_PATH=/opt/env/etc/fonts
        ");
        insta::assert_snapshot!(set(&["udunits2 2.2.28"]), @"UDUNITS2_XML_PATH=/opt/env/share/udunits/udunits2.xml");
        insta::assert_snapshot!(set(&["openjdk 21.0.7"]), @r"
        JAVA_HOME=/opt/env/lib/jvm
        JAVA_LD_LIBRARY_PATH=/opt/env/lib/jvm/lib/server
        ");
        assert_eq!(set(&["python 3.12.11", "numpy 2.3.1", "proj-data 1.22"]), "");
    }

    #[test]
    fn proj_has_its_data_under_another_name_since_version_9() {
        insta::assert_snapshot!(set(&["proj 8.2.1"]), @r"
        PROJ_LIB=/opt/env/share/proj
        PROJ_NETWORK=ON
        ");
        insta::assert_snapshot!(set(&["proj 9.0.0"]), @r"
        PROJ_DATA=/opt/env/share/proj
        PROJ_NETWORK=ON
        ");
        // By number: 10 is no 1. What has no number is taken for new.
        for version in ["10.1", "main"] {
            assert_eq!(set(&[&format!("proj {version}")]), set(&["proj 9.0.0"]), "{version}");
        }
    }

    #[test]
    fn some_variables_hang_on_another_package() {
        // With the grids on the disk, none are fetched.
        insta::assert_snapshot!(set(&["proj 9.6.2", "proj-data 1.22"]), @r"
        PROJ_DATA=/opt/env/share/proj
        PROJ_NETWORK=OFF
        ");
        insta::assert_snapshot!(set(&["libgdal-core 3.11.0", "libgdal-hdf5 3.11.0"]), @r"
        CPL_ZIP_ENCODING=UTF-8
        GDAL_DATA=/opt/env/share/gdal
        GDAL_DRIVER_PATH=/opt/env/lib/gdalplugins
        ");
        assert_eq!(set(&["libgdal-hdf5 3.11.0"]), "");
    }

    #[test]
    fn variables_of_several_packages_are_in_the_order_of_their_names() {
        let names = set(&["proj 9.6.2", "openjdk 21", "fontconfig 2"]);
        let names: Vec<&str> = names.lines().filter_map(|line| line.split('=').next()).collect();
        assert_eq!(
            names,
            [
                "FONTCONFIG_FILE",
                "FONTCONFIG_PATH",
                "JAVA_HOME",
                "JAVA_LD_LIBRARY_PATH",
                "PROJ_DATA",
                "PROJ_NETWORK"
            ]
        );
    }

    #[test]
    fn scripts_that_nobody_here_knows_are_named() {
        let packages = "cartopy_offlinedata cmdstan compilers cuda-nvcc esmf go hdf5-external-filter-plugins julia \
                        ncl ocl-icd octave pdal qgis r-base root_base rust tesseract";
        for package in packages.split_whitespace() {
            assert_eq!(unknown(&Facts::with_packages(&["numpy", package])), [package]);
        }
        for compiler in [
            "binutils_linux-64",
            "clang_osx-arm64",
            "clangxx_osx-arm64",
            "gcc_linux-64",
            "gfortran_linux-64",
            "gxx_linux-64",
        ] {
            let found = unknown(&Facts::with_packages(&[compiler, "rust"]));
            assert_eq!(found, ["rust", "the compilers"], "{compiler}");
        }
        // The compiler itself has no script, only the package that makes it the one of the environment.
        let known = [
            "binutils_impl_linux-64",
            "clang",
            "gcc",
            "gcc_impl_linux-64",
            "libgcc",
            "openjdk",
            "proj",
            "python",
            "rust-src",
        ];
        assert_eq!(unknown(&Facts::with_packages(&known)), [""; 0]);
    }
}
