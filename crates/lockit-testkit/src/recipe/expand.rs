//! From entries to single builds: versions x platforms x interpreters x variants.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rattler_conda_types::Subdir;

use crate::digest::sha256;

use super::source::{
    Digest, Entry, FileContent, Format, Noarch, PythonVersion, Selector, Source, Variant,
};
use super::template::{Placeholder, Template};

/// One package archive to be.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) subdir: Subdir,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) build: String,
    pub(crate) number: u64,
    pub(crate) depends: Vec<String>,
    pub(crate) constrains: Vec<String>,
    pub(crate) track_features: Vec<String>,
    pub(crate) license: Option<String>,
    pub(crate) timestamp: Option<Timestamp>,
    /// `python` or `generic`.
    pub(crate) noarch: Option<&'static str>,
    /// The directory of python modules, for packages that have some.
    pub(crate) site_packages: Option<String>,
    pub(crate) digests: Vec<Digest>,
    pub(crate) tar_bz2: bool,
    pub(crate) yanked: bool,
    /// Files besides the one that every package has.
    pub(crate) files: Vec<(String, FileContent)>,
}

impl Build {
    /// `name-version-build`, what an archive is called without its extension.
    pub(crate) fn stem(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.build)
    }

    pub(crate) fn file_name(&self) -> String {
        format!("{}{}", self.stem(), if self.tar_bz2 { ".tar.bz2" } else { ".conda" })
    }
}

/// Something wrong with a package as a whole.
pub(super) struct Mistake {
    pub(super) package: String,
    pub(super) message: String,
}

pub(super) fn expand(source: &Source) -> Result<Vec<Build>, Mistake> {
    let mut builds = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, entries) in &source.packages.0 {
        for entry in &entries.0 {
            let mistake = |message| Mistake { package: name.0.clone(), message };
            let before = builds.len();
            expand_entry(source, &name.0, entry, &mut builds).map_err(mistake)?;
            for build in &builds[before..] {
                if !seen.insert((build.subdir, build.file_name())) {
                    let (subdir, file) = (build.subdir, build.file_name());
                    return Err(mistake(format!("`{subdir}/{file}` comes out twice")));
                }
            }
        }
    }
    Ok(builds)
}

fn expand_entry(
    source: &Source,
    name: &str,
    entry: &Entry,
    builds: &mut Vec<Build>,
) -> Result<(), String> {
    let before = builds.len();
    let single = [Variant::default()];
    let variants: &[Variant] = if entry.variants.is_empty() { &single } else { &entry.variants };
    if entry.noarch.is_some() {
        refuse_platforms(entry, variants)?;
    }
    let subdirs: Vec<Subdir> = match entry.noarch {
        Some(_) => vec![Subdir::NoArch],
        None => source.platforms().collect(),
    };
    let pythons: Vec<Option<PythonVersion>> = if entry.python.is_empty() {
        vec![None]
    } else {
        entry.python.iter().copied().map(Some).collect()
    };
    for (version, timestamp) in &entry.versions.0 {
        for subdir in &subdirs {
            for variant in variants {
                let wanted = |selectors: &Option<Vec<Selector>>| {
                    selectors.as_ref().is_none_or(|some| some.iter().any(|s| s.matches(*subdir)))
                };
                if !wanted(&entry.platforms) || !wanted(&variant.platforms) {
                    continue;
                }
                for python in &pythons {
                    let mut build =
                        single_build(name, &version.0, entry, variant, *subdir, *python)?;
                    build.timestamp = *timestamp;
                    build.license = entry.license.clone().or_else(|| source.license.clone());
                    builds.push(build);
                }
            }
        }
    }
    if builds.len() == before {
        return Err("no version or no platform is left to build".to_owned());
    }
    Ok(())
}

fn refuse_platforms(entry: &Entry, variants: &[Variant]) -> Result<(), String> {
    let lists = variants
        .iter()
        .flat_map(|variant| [&variant.depends, &variant.constrains])
        .chain([&entry.depends, &entry.constrains]);
    let named = lists.flat_map(|list| &list.0).any(|(selector, _)| selector.is_some());
    if named || entry.platforms.is_some() || variants.iter().any(|v| v.platforms.is_some()) {
        return Err(
            "a noarch package is the same on all platforms, so it cannot select some".into()
        );
    }
    if !entry.python.is_empty() {
        return Err("a noarch package is not built for a python version".into());
    }
    Ok(())
}

fn single_build(
    name: &str,
    version: &str,
    entry: &Entry,
    variant: &Variant,
    subdir: Subdir,
    python: Option<PythonVersion>,
) -> Result<Build, String> {
    let number = variant.number.unwrap_or(entry.number);
    let number_text = number.to_string();
    let (mut dotted, mut py, mut cp) = (None, None, None);
    if let Some(PythonVersion { major, minor }) = python {
        dotted = Some(format!("{major}.{minor}"));
        py = Some(format!("py{major}{minor}"));
        cp = Some(format!("cp{major}{minor}"));
    }
    let fill = |template: &Template, hash: Option<&str>| -> Result<String, String> {
        let value = |placeholder| match placeholder {
            Placeholder::Version => Some(version),
            Placeholder::Number => Some(number_text.as_str()),
            Placeholder::Hash => hash,
            Placeholder::Python => dotted.as_deref(),
            Placeholder::Py => py.as_deref(),
            Placeholder::Cp => cp.as_deref(),
        };
        if let Some(missing) = template.placeholders().find(|p| value(*p).is_none()) {
            return Err(match missing {
                Placeholder::Hash => {
                    "`$hash` depends on the dependencies, so it cannot be in them".into()
                }
                other => format!("`${}` needs `python: [...]`", other.name()),
            });
        }
        Ok(template.fill(|placeholder| value(placeholder).unwrap_or_default()))
    };
    let here = |lists: [&super::source::Dependencies; 2]| -> Result<Vec<String>, String> {
        lists
            .into_iter()
            .flat_map(|list| &list.0)
            .filter(|(selector, _)| selector.is_none_or(|s| s.matches(subdir)))
            .map(|(_, template)| fill(template, None))
            .collect()
    };
    let mut depends = here([&entry.depends, &variant.depends])?;
    if let Some(PythonVersion { major, minor }) = python {
        depends.push(format!("python >={major}.{minor},<{major}.{}.0a0", minor + 1));
        depends.push(format!("python_abi {major}.{minor}.* *_cp{major}{minor}"));
    }
    let constrains = here([&entry.constrains, &variant.constrains])?;
    let hash = hash(name, version, subdir, &depends, &constrains);
    let build = match variant.build.as_ref().or(entry.build.as_ref()) {
        Some(template) => fill(template, Some(&hash))?,
        None => match (entry.noarch, &py) {
            (Some(Noarch::Python), _) => format!("pyh{hash}_{number}"),
            (_, Some(py)) => format!("{py}h{hash}_{number}"),
            _ => format!("h{hash}_{number}"),
        },
    };
    let mut track_features = entry.track_features.clone();
    track_features.extend(variant.track_features.iter().cloned());
    Ok(Build {
        subdir,
        name: name.to_owned(),
        version: version.to_owned(),
        build,
        number,
        depends,
        constrains,
        track_features,
        license: None,
        timestamp: None,
        noarch: entry.noarch.map(|noarch| match noarch {
            Noarch::Python => "python",
            Noarch::Generic => "generic",
        }),
        site_packages: match (entry.noarch, dotted) {
            (Some(Noarch::Python), _) => Some("site-packages".to_owned()),
            (_, Some(_)) if subdir.is_windows() => Some("Lib/site-packages".to_owned()),
            (_, Some(dotted)) => Some(format!("lib/python{dotted}/site-packages")),
            _ => None,
        },
        digests: entry.digests.clone(),
        tar_bz2: entry.format == Format::TarBz2,
        yanked: entry.yanked,
        files: entry.files.0.iter().map(|(path, file)| (path.0.clone(), file.clone())).collect(),
    })
}

/// Seven hexadecimal digits that change with what the build is made against, as conda-build's do.
fn hash(
    name: &str,
    version: &str,
    subdir: Subdir,
    depends: &[String],
    constrains: &[String],
) -> String {
    let text = format!("{name} {version} {subdir} {depends:?} {constrains:?}");
    sha256(text)[..7].to_owned()
}

#[cfg(test)]
mod tests {
    use crate::Recipe;

    /// One line per build: where, what, and against what.
    fn builds(recipe: &str) -> String {
        let recipe = Recipe::parse("channel.yml", recipe).unwrap();
        let lines = recipe.builds.iter().map(|build| {
            let depends = build.depends.join(", ");
            let constrains = build.constrains.join(", ");
            format!("{}/{} [{depends}] [{constrains}]", build.subdir, build.stem())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn versions_platforms_interpreters_and_variants_multiply() {
        insta::assert_snapshot!(builds("
platforms: [linux-64, osx-64]
packages:
  lib:
    versions: [1.0, 1.10]
    python: ['3.9', '3.12']
    build: $py_$number_$cp
    number: 3
    depends: [other $version]
"), @"
        linux-64/lib-1.0-py39_3_cp39 [other 1.0, python >=3.9,<3.10.0a0, python_abi 3.9.* *_cp39] []
        linux-64/lib-1.0-py312_3_cp312 [other 1.0, python >=3.12,<3.13.0a0, python_abi 3.12.* *_cp312] []
        osx-64/lib-1.0-py39_3_cp39 [other 1.0, python >=3.9,<3.10.0a0, python_abi 3.9.* *_cp39] []
        osx-64/lib-1.0-py312_3_cp312 [other 1.0, python >=3.12,<3.13.0a0, python_abi 3.12.* *_cp312] []
        linux-64/lib-1.10-py39_3_cp39 [other 1.10, python >=3.9,<3.10.0a0, python_abi 3.9.* *_cp39] []
        linux-64/lib-1.10-py312_3_cp312 [other 1.10, python >=3.12,<3.13.0a0, python_abi 3.12.* *_cp312] []
        osx-64/lib-1.10-py39_3_cp39 [other 1.10, python >=3.9,<3.10.0a0, python_abi 3.9.* *_cp39] []
        osx-64/lib-1.10-py312_3_cp312 [other 1.10, python >=3.12,<3.13.0a0, python_abi 3.12.* *_cp312] []
        ");
    }

    #[test]
    fn variants_add_lists_and_replace_values() {
        insta::assert_snapshot!(builds("
platforms: [linux-64, osx-64]
packages:
  libblas:
    versions: [3.9.0]
    number: 32
    depends: first
    variants:
      - {build: $number_openblas, depends: second, constrains: libcblas $version $number*_openblas}
      - {build: $number_mkl, platforms: [linux], number: 33}
"), @"
        linux-64/libblas-3.9.0-32_openblas [first, second] [libcblas 3.9.0 32*_openblas]
        linux-64/libblas-3.9.0-33_mkl [first] []
        osx-64/libblas-3.9.0-32_openblas [first, second] [libcblas 3.9.0 32*_openblas]
        ");
    }

    #[test]
    fn dependencies_follow_platforms_and_anchors() {
        insta::assert_snapshot!(builds("
platforms: [linux-64, linux-aarch64, osx-arm64, win-64]
shared:
  - &c [{linux: [__glibc >=2.17, libgcc], osx: __osx >=11.0}]
packages:
  app:
    versions: [1]
    build: x
    depends: [*c, last, {unix: u, win: w}, linux-aarch64: arm]
"), @"
        linux-64/app-1-x [__glibc >=2.17, libgcc, last, u] []
        linux-aarch64/app-1-x [__glibc >=2.17, libgcc, last, u, arm] []
        osx-arm64/app-1-x [__osx >=11.0, last, u] []
        win-64/app-1-x [last, w] []
        ");
    }

    #[test]
    fn a_build_string_tells_builds_apart() {
        insta::assert_snapshot!(builds("
platforms: [linux-64, osx-64]
packages:
  a: {versions: [1.0], noarch: python, variants: [{depends: __unix}, {depends: __win}]}
  b: {versions: [1.0]}
  c: {versions: [1.0], python: ['3.12']}
"), @"
        noarch/a-1.0-pyh1f7f785_0 [__unix] []
        noarch/a-1.0-pyhe4ce73c_0 [__win] []
        linux-64/b-1.0-hcf770bf_0 [] []
        osx-64/b-1.0-h05c7aa0_0 [] []
        linux-64/c-1.0-py312hc92c700_0 [python >=3.12,<3.13.0a0, python_abi 3.12.* *_cp312] []
        osx-64/c-1.0-py312h36cf3a7_0 [python >=3.12,<3.13.0a0, python_abi 3.12.* *_cp312] []
        ");
    }
}
