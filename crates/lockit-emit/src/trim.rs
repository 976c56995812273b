//! What may be left out of an image, rule by rule.
//!
//! Every rule works below the prefix only, names what it deletes, and applies when the lock says that
//! there is something to delete and nothing that would miss it.

use crate::{Facts, Trim};

/// One deletion.
#[derive(Debug)]
pub struct TrimRule {
    /// Its name, for comments and `--explain`.
    pub name: &'static str,
    /// Why nobody misses it.
    pub why: &'static str,
    /// What it is known to save, in an environment of a Python service.
    pub saves: &'static str,
    /// From which level on it is applied.
    pub class: Trim,
    /// Whether the lock has what it deletes, and nothing that needs it.
    applies: fn(&Facts) -> bool,
    /// The command; `{prefix}`, `{library}` and `{site}` stand for the environment, python's library and
    /// its packages.
    command: &'static str,
}

/// Packages that compile at run time. As in the other lists, a package that PyPI calls otherwise is there under both
/// names: the facts hold what is locked, from either side.
const COMPILES: &[&str] = &[
    "cffi",
    "cppyy",
    "cython",
    "jax",
    "numba-cuda",
    "pytensor",
    "pytorch",
    "torch",
    "triton",
    "tvm-py",
];
/// Packages that install others at run time.
const INSTALLS: &[&str] =
    &["mlflow", "pip-tools", "pipx", "pre-commit", "ray", "ray-default", "tox", "virtualenv"];
/// Programs that have python inside them.
const EMBEDS: &[&str] = &[
    "blender",
    "freecad",
    "gdb",
    "gimp",
    "libboost-python",
    "lldb",
    "mod-wsgi",
    "mod_wsgi",
    "nuitka",
    "paraview",
    "pyinstaller",
    "python-clang",
    "qgis",
    "r-reticulate",
    "root_base",
    "uwsgi",
    "vim",
    "vtk-base",
];
/// Packages whose tests are never imported by the packages themselves.
const TESTED: &[&str] = &[
    "matplotlib-base",
    "networkx",
    "numpy",
    "pandas",
    "pyarrow-core",
    "scikit-learn",
    "scipy",
    "statsmodels",
    "sympy",
];

/// All rules, in the order in which they are applied.
pub static RULES: &[TrimRule] = &[
    TrimRule {
        name: "static-libraries",
        why: "only a linker reads them",
        saves: "2 to 30 MB",
        class: Trim::Safe,
        applies: |_| true,
        command: "find {prefix}/lib -name '*.a' -type f -delete",
    },
    TrimRule {
        name: "headers",
        why: "only a compiler reads them",
        saves: "3 to 20 MB",
        class: Trim::Safe,
        applies: |facts| !facts.has_any(COMPILES),
        command: "rm -rf {prefix}/include",
    },
    TrimRule {
        name: "build-metadata",
        why: "pkg-config, CMake and autotools are not run here",
        saves: "1 MB",
        class: Trim::Safe,
        applies: |_| true,
        command: "rm -rf {prefix}/lib/pkgconfig {prefix}/share/pkgconfig {prefix}/lib/cmake {prefix}/share/cmake {prefix}/share/aclocal",
    },
    TrimRule {
        name: "documentation",
        why: "nobody reads manuals in a container",
        saves: "2 to 15 MB",
        class: Trim::Safe,
        applies: |_| true,
        command: "rm -rf {prefix}/man {prefix}/share/man {prefix}/share/doc {prefix}/share/info {prefix}/share/gtk-doc",
    },
    TrimRule {
        name: "idle",
        why: "an editor with windows",
        saves: "2 MB",
        class: Trim::Safe,
        applies: |facts| facts.python.is_some(),
        command: "rm -rf {library}/idlelib {library}/turtledemo {library}/turtle.py",
    },
    TrimRule {
        name: "ensurepip",
        why: "installs pip, which the lock does",
        saves: "2 MB",
        class: Trim::Safe,
        applies: |facts| facts.python.is_some() && !facts.has_any(INSTALLS),
        command: "rm -rf {library}/ensurepip",
    },
    TrimRule {
        name: "python-tests",
        why: "python's own test suite",
        saves: "10 MB",
        class: Trim::Safe,
        applies: |facts| facts.python.is_some(),
        command: "rm -rf {library}/test {library}/lib2to3/tests {library}/unittest/test {library}/sqlite3/test",
    },
    TrimRule {
        name: "package-tests",
        why: "test suites that the packages themselves never import",
        saves: "20 to 60 MB",
        class: Trim::Safe,
        applies: |facts| facts.python.is_some() && facts.has_any(TESTED),
        command: "find {site} -regextype posix-extended -type d -regex '.*/site-packages/(matplotlib|networkx|numpy|pandas|pyarrow|sklearn|scipy|statsmodels|sympy)/(.*/)?tests' -prune -exec rm -rf {} +",
    },
    TrimRule {
        name: "sanitizers",
        why: "runtimes for programs that are being debugged",
        saves: "10 to 40 MB",
        class: Trim::Safe,
        applies: |facts| facts.has_any(&["libsanitizer", "libgcc", "libgcc-ng"]),
        command: "find {prefix}/lib -regextype posix-extended -regex '.*/lib(a|hwa|l|t|ub)san\\.so.*' -delete",
    },
    TrimRule {
        name: "pip",
        why: "nothing is installed into the image any more",
        saves: "10 MB",
        class: Trim::Safe,
        applies: |facts| facts.python.is_some() && facts.has("pip") && !facts.has_any(INSTALLS),
        command: "rm -rf {site}/pip {site}/pip-*.dist-info {prefix}/bin/pip {prefix}/bin/pip3",
    },
    TrimRule {
        name: "history",
        why: "names the time of the build, so that no two builds are the same",
        saves: "nothing",
        class: Trim::Safe,
        applies: |_| true,
        command: "rm -f {prefix}/conda-meta/history",
    },
    TrimRule {
        name: "libpython",
        why: "python does not use it itself, and nothing in the lock is known to embed python",
        saves: "20 to 30 MB",
        class: Trim::Expert,
        applies: |facts| facts.python.is_some() && !facts.has_any(EMBEDS),
        command: "rm -rf {prefix}/lib/libpython3*.so* {library}/config-*",
    },
    TrimRule {
        name: "translations",
        why: "messages in other languages",
        saves: "5 to 20 MB",
        class: Trim::Expert,
        applies: |_| true,
        command: "rm -rf {prefix}/share/locale",
    },
    TrimRule {
        name: "source-maps",
        why: "only a debugger in a browser reads them",
        saves: "0 to 50 MB",
        class: Trim::Expert,
        applies: |facts| facts.python.is_some(),
        command: "find {prefix} -name '*.js.map' -type f -delete",
    },
    TrimRule {
        name: "conda-meta",
        why: "only conda and scanners read it; an SBOM from `lockit sbom` takes its place",
        saves: "2 to 10 MB",
        class: Trim::Expert,
        applies: |_| true,
        command: "rm -rf {prefix}/conda-meta",
    },
];

impl TrimRule {
    /// Whether it is applied.
    pub fn matches(&self, facts: &Facts, level: Trim) -> bool {
        self.class <= level && (self.applies)(facts)
    }

    /// Whether the lock has what it deletes, whatever is asked for.
    pub fn is_of_use(&self, facts: &Facts) -> bool {
        (self.applies)(facts)
    }

    /// The command for an environment.
    pub fn command(&self, facts: &Facts, prefix: &str) -> String {
        let (library, site) = match &facts.python {
            Some(python) => (
                format!("{prefix}/{}", python.library()),
                format!("{prefix}/{}", python.site_packages),
            ),
            None => (String::new(), String::new()),
        };
        self.command
            .replace("{prefix}", prefix)
            .replace("{library}", &library)
            .replace("{site}", &site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(packages: &[&str], level: Trim) -> Vec<&'static str> {
        let facts = Facts::with_packages(packages);
        RULES.iter().filter(|rule| rule.matches(&facts, level)).map(|rule| rule.name).collect()
    }

    #[test]
    fn a_level_takes_what_the_levels_below_it_take() {
        let service = ["libgcc", "numpy", "pip", "python"];
        assert_eq!(applied(&service, Trim::Nothing), [""; 0]);
        let safe = applied(&service, Trim::Safe);
        insta::assert_snapshot!(safe.join(" "), @"static-libraries headers build-metadata documentation idle ensurepip python-tests package-tests sanitizers pip history");
        let expert = applied(&service, Trim::Expert);
        assert_eq!(expert[..safe.len()], safe[..]);
        insta::assert_snapshot!(expert[safe.len()..].join(" "), @"libpython translations source-maps conda-meta");
    }

    #[test]
    fn without_python_there_is_nothing_of_pythons_to_delete() {
        // Not even where packages are there that bring modules along.
        let left = applied(&["numpy", "pip"], Trim::Expert);
        insta::assert_snapshot!(left.join(" "), @"static-libraries headers build-metadata documentation history translations conda-meta");
    }

    /// Each package alone keeps what it needs, and nothing else.
    #[test]
    fn what_a_package_needs_stays() {
        let base = ["libgcc", "numpy", "pip", "python"];
        let all = applied(&base, Trim::Expert);
        for (needed, packages) in [
            // They run a compiler on what they write, which includes Python.h or headers of CUDA.
            (
                &["headers"][..],
                "cffi cppyy cython jax numba-cuda pytensor pytorch torch triton tvm-py",
            ),
            // They make environments, and want pip in them.
            (
                &["ensurepip", "pip"],
                "mlflow pip-tools pipx pre-commit ray ray-default tox virtualenv",
            ),
            // They are linked with libpython.
            (
                &["libpython"],
                "blender freecad gdb gimp libboost-python lldb mod-wsgi mod_wsgi nuitka paraview pyinstaller \
                 python-clang qgis r-reticulate root_base uwsgi vim vtk-base",
            ),
            (&[], "flask gunicorn pandas"),
        ] {
            for package in packages.split_whitespace() {
                let left = applied(&[&base[..], &[package]].concat(), Trim::Expert);
                let kept: Vec<&str> =
                    all.iter().copied().filter(|rule| !left.contains(rule)).collect();
                assert_eq!(kept, needed, "{package}");
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_deleted() {
        let has = |packages: &[&str], rule: &str| applied(packages, Trim::Safe).contains(&rule);
        assert!(has(&["python", "pip"], "pip"));
        assert!(!has(&["python"], "pip"));
        for package in ["libgcc", "libgcc-ng", "libsanitizer"] {
            assert!(has(&[package], "sanitizers"), "{package}");
        }
        assert!(!has(&["libstdcxx"], "sanitizers"));
        assert!(!has(&["python", "flask"], "package-tests"));
    }

    /// The list says which packages there must be, and the command which folders go: they speak of the same ones.
    #[test]
    fn tests_are_deleted_of_the_packages_that_are_looked_for() {
        let rule = RULES.iter().find(|rule| rule.name == "package-tests").unwrap();
        let folders = rule.command.split(['(', ')']).nth(1).unwrap();
        let packages = [
            ("matplotlib-base", "matplotlib"),
            ("networkx", "networkx"),
            ("numpy", "numpy"),
            ("pandas", "pandas"),
            ("pyarrow-core", "pyarrow"),
            ("scikit-learn", "sklearn"),
            ("scipy", "scipy"),
            ("statsmodels", "statsmodels"),
            ("sympy", "sympy"),
        ];
        assert_eq!(folders, packages.map(|(_, folder)| folder).join("|"));
        for (package, _) in packages {
            assert!(
                applied(&["python", package], Trim::Safe).contains(&"package-tests"),
                "{package}"
            );
        }
    }

    #[test]
    fn a_command_names_the_folders_of_the_environment() {
        let facts = Facts::with_packages(&["python"]);
        let command = |name: &str| {
            let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
            rule.command(&facts, "/opt/env")
        };
        assert_eq!(command("headers"), "rm -rf /opt/env/include");
        assert_eq!(command("ensurepip"), "rm -rf /opt/env/lib/python3.12/ensurepip");
        assert_eq!(
            command("pip"),
            "rm -rf /opt/env/lib/python3.12/site-packages/pip \
             /opt/env/lib/python3.12/site-packages/pip-*.dist-info /opt/env/bin/pip /opt/env/bin/pip3"
        );
    }

    #[test]
    fn every_rule_stays_below_the_prefix() {
        for rule in RULES {
            let words = rule.command.split_whitespace();
            let paths = words.filter(|word| word.contains('/') && !word.starts_with('\''));
            for path in paths {
                let inside = ["{prefix}/", "{library}/", "{site}/"];
                assert!(
                    inside.iter().any(|start| path.starts_with(start)),
                    "{}: {path}",
                    rule.name
                );
            }
            assert!(rule.class > Trim::Nothing, "{}", rule.name);
        }
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }
}
