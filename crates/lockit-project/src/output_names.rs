//! What a file may be called that is written because another file says so.
//!
//! The files that other programs obey are too many to list, and each year brings new ones: jobs (`Jenkinsfile`,
//! `bitbucket-pipelines.yml`), settings of editors and package managers (`.vscode/tasks.json`, `package.json`), code that is run
//! because of its name (`setup.py`, `conftest.py`). So it goes the other way round: the name has to say that it is a
//! lockfile, an SBOM or a Dockerfile, and no part of it may be hidden. A flag may name anything.

use std::fmt;

use lockit_spec::Platform;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// One lockfile for all platforms, or a template for those of one platform each.
    Lockfile,
    /// A bill of materials, in JSON.
    Sbom,
    /// A Dockerfile; its ignore file has the same name with `.dockerignore` behind it.
    Dockerfile,
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lockfile => "a lockfile",
            Self::Sbom => "an SBOM",
            Self::Dockerfile => "a Dockerfile",
        })
    }
}

/// Lockfiles of other tools, which read them wherever they find them. `pixi.lock` is written here as well.
const LOCKS_OF_OTHERS: &[&str] = &[
    "bun.lock",
    "cargo.lock",
    "cartfile.resolved",
    "chart.lock",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "gemfile.lock",
    "gems.lock",
    "mix.lock",
    "package-lock.yaml",
    "package-lock.yml",
    "packages.lock",
    "paket.lock",
    "pdm.lock",
    "pipfile.lock",
    "pnpm-lock.yaml",
    "pnpm-lock.yml",
    "podfile.lock",
    "poetry.lock",
    "pubspec.lock",
    "pylock.lock",
    "rebar.lock",
    "uv.lock",
    "yarn.lock",
];

/// Names that are obeyed in any folder, also in one whose name says that it holds lockfiles.
const OBEYED_ANYWHERE: &[&str] = &[
    "action",
    "compose",
    "composer",
    "devcontainer",
    "docker-compose",
    "package",
    "renovate",
    "tsconfig",
    "workflow",
];

impl Output {
    /// Names that are possible, for a hint.
    pub fn possible(self) -> &'static str {
        match self {
            Self::Lockfile => {
                "`NAME.lock`, `conda-lock.yml` (or `.yml` with the word `lock` in the name or in that of its directory), \
                 and `.txt` with `{platform}`"
            }
            Self::Sbom => {
                "`.json` with `{platform}` in the name, or with the word `sbom`, `bom`, `cdx` or `spdx` in it or in its directory"
            }
            Self::Dockerfile => {
                "`Dockerfile`, `Dockerfile.NAME`, `NAME.Dockerfile`, and the same with `Containerfile`"
            }
        }
    }

    /// Whether a path may be called so; its parts are folders and, last, the file. Fields such as `{platform}` may be
    /// there still, or filled in.
    pub fn may_be_called(self, parts: &[String]) -> bool {
        let parts: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
        let Some((file, folders)) = parts.split_last() else { return false };
        if file.ends_with(['.', ' ']) {
            return false;
        }
        let folder = folders.last().map_or("", String::as_str);
        match self {
            Self::Lockfile => is_lockfile(file, folder),
            Self::Sbom => file.strip_suffix(".json").is_some_and(|stem| {
                let says = |name| {
                    ["sbom", "sboms", "bom", "boms", "cdx", "cyclonedx", "spdx"]
                        .iter()
                        .any(|word| has_word(name, word))
                };
                names_platform(stem) || says(stem) || says(folder) && !is_obeyed_anywhere(stem)
            }),
            Self::Dockerfile => ["dockerfile", "containerfile"].iter().any(|kind| {
                let before =
                    file.strip_suffix(kind).and_then(|rest| rest.strip_suffix(['.', '-', '_']));
                let behind = file.strip_prefix(kind);
                let is_ignore_file = file.ends_with("ignore");
                before.is_some_and(|name| !name.is_empty())
                    || behind
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
                        && !is_ignore_file
            }),
        }
    }
}

fn is_lockfile(file: &str, folder: &str) -> bool {
    if LOCKS_OF_OTHERS.contains(&file) {
        return false;
    }
    let Some((stem, ending)) = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) else {
        return false;
    };
    let says =
        |name| ["lock", "locks", "lockfile", "lockfiles"].iter().any(|word| has_word(name, word));
    match ending {
        "lock" => true,
        "yml" | "yaml" => says(stem) || says(folder) && !is_obeyed_anywhere(stem),
        "txt" => names_platform(stem),
        _ => false,
    }
}

fn is_obeyed_anywhere(stem: &str) -> bool {
    OBEYED_ANYWHERE.contains(&stem)
}

/// Whether a name holds a word that no letter or digit touches.
fn has_word(name: &str, word: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).any(|one| one == word)
}

/// Whether a name has the field for a platform, or a platform. No program obeys such a name.
fn names_platform(name: &str) -> bool {
    name.contains("{platform}") || Platform::all().any(|platform| name.contains(platform.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(output: Output, path: &str) -> bool {
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        output.may_be_called(&parts)
    }

    #[test]
    fn names_that_say_what_they_are() {
        for path in [
            "conda-lock.yml",
            "conda-linux-64.lock",
            "conda-linux-64.lock.yml",
            "predict.conda-lock.yml",
            "Conda-Lock.YAML",
            "pixi.lock",
            "x.lock",
            "locks/all.yml",
            "conda-locks/dev.yaml",
            "{platform}.lock",
            "locks/{platform}/conda.lock",
            "{platform}-{version}.txt",
            "conda-osx-arm64.txt",
        ] {
            assert!(may(Output::Lockfile, path), "{path}");
        }
        for path in [
            "sbom/{environment}-{platform}.json",
            "{environment}-{platform}.json",
            "sbom.json",
            "dev.cdx.json",
            "app-sbom.json",
            "spdx/dev.json",
            "dev-linux-64.json",
        ] {
            assert!(may(Output::Sbom, path), "{path}");
        }
        for path in [
            "Dockerfile",
            "docker/Dockerfile",
            "Dockerfile.dev",
            "dev.Dockerfile",
            "dev.dockerfile",
            "Dockerfile-dev",
            "Containerfile",
            "x.Containerfile",
        ] {
            assert!(may(Output::Dockerfile, path), "{path}");
        }
    }

    /// No list of the names that others obey: these only stand for them.
    #[test]
    fn names_that_others_obey() {
        for path in [
            "bitbucket-pipelines.yml",
            "Jenkinsfile",
            "action.yml",
            "locks/action.yml",
            "mkdocs.yaml",
            "block.yml",
            "clocks/x.yml",
            "CODEOWNERS",
            "Makefile",
            "setup.py",
            "conftest.py",
            "x.pth",
            "package.json",
            "lock.json",
            "Cargo.lock",
            "sub/UV.lock",
            "pnpm-lock.yaml",
            "requirements.txt",
            "requirements-lock.txt",
            "CMakeLists.txt",
            "lock.py",
            "lock",
            "x.lock.",
            "x.lock ",
            "x.lock/setup.py",
            "conda-lock.yml.sh",
            "Dockerfile.dockerignore",
            "",
        ] {
            for output in [Output::Lockfile, Output::Sbom] {
                assert!(!may(output, path), "{output}: {path}");
            }
            assert!(!may(Output::Dockerfile, path), "{path}");
        }
        assert!(!may(Output::Sbom, "sbom/package.json") && !may(Output::Sbom, "sbom.py"));
        assert!(!may(Output::Sbom, "{environment}.json"));
        assert!(!may(Output::Dockerfile, "Dockerfiles") && !may(Output::Dockerfile, "x.lock"));
    }
}
