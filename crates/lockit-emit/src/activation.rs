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
    };
    let mut found: Vec<&'static str> =
        UNKNOWN.iter().copied().filter(|name| facts.has(name)).collect();
    if facts.packages.keys().map(String::as_str).any(|name| compiler(&name)) {
        found.push("the compilers");
    }
    found
}
