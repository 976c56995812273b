//! Which files conda reads, the weakest first.

use std::path::{Path, PathBuf};

use indexmap::IndexSet;

/// Where conda's configuration is looked for.
pub struct CondaPlaces<'a> {
    /// The value of a variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the files of the machine (`/etc/conda`) are read as well.
    pub of_machine: bool,
    /// Whether a path belongs to the repository. Variables may point there, and what a repository has is not the user's.
    pub is_of_repository: &'a dyn Fn(&Path) -> bool,
}

/// Folders of a machine's configuration.
#[cfg(not(windows))]
const OF_MACHINE: [&str; 2] = ["/etc/conda", "/var/lib/conda"];
#[cfg(windows)]
const OF_MACHINE: [&str; 1] = ["C:/ProgramData/conda"];

/// The files that are there. A file of the repository is none of them, and a warning.
pub(super) fn files(places: &CondaPlaces<'_>, warnings: &mut Vec<String>) -> Vec<PathBuf> {
    let variable =
        |name: &str| (places.variable)(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let mut found = Vec::new();
    if places.of_machine {
        for folder in OF_MACHINE {
            in_folder(Path::new(folder), &mut found);
        }
    }
    let mut pointed = |folder: Option<PathBuf>, found: &mut Vec<PathBuf>| {
        let Some(folder) = folder else { return };
        let mut there = Vec::new();
        in_folder(&folder, &mut there);
        keep_own(there, places, warnings, found);
    };
    // conda's shell function says where conda is, and conda lies in `bin` of its root.
    let root = variable("CONDA_ROOT").or_else(|| {
        let program = variable("CONDA_EXE")?;
        Some(program.parent()?.parent()?.to_path_buf())
    });
    pointed(root, &mut found);
    if let Some(folder) = variable("XDG_CONFIG_HOME") {
        in_folder(&folder.join("conda"), &mut found);
    }
    if let Some(home) = &home {
        in_folder(&home.join(".config/conda"), &mut found);
        in_folder(&home.join(".conda"), &mut found);
        in_place(&home.join(".condarc"), &mut found);
    }
    pointed(variable("CONDA_PREFIX"), &mut found);
    if let Some(path) = variable("CONDARC") {
        let path = match (path.strip_prefix("~"), &home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path,
        };
        let mut there = Vec::new();
        in_place(&path, &mut there);
        keep_own(there, places, warnings, &mut found);
    }
    found.into_iter().collect::<IndexSet<_>>().into_iter().collect()
}

fn keep_own(
    there: Vec<PathBuf>,
    places: &CondaPlaces<'_>,
    warnings: &mut Vec<String>,
    found: &mut Vec<PathBuf>,
) {
    for path in there {
        if (places.is_of_repository)(&path) {
            warnings.push(format!(
                "the configuration of conda in `{}` is left out: it lies in the repository",
                path.display()
            ));
        } else {
            found.push(path);
        }
    }
}

/// `.condarc`, `condarc` and the files of `condarc.d`.
fn in_folder(folder: &Path, found: &mut Vec<PathBuf>) {
    for name in [".condarc", "condarc", "condarc.d"] {
        in_place(&folder.join(name), found);
    }
}

/// A file by its name, or the YAML files of a folder in the order of their names.
fn in_place(path: &Path, found: &mut Vec<PathBuf>) {
    let is_yaml =
        |path: &Path| path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
    let is_condarc =
        |path: &Path| path.file_name().is_some_and(|name| name == ".condarc" || name == "condarc");
    let Ok(metadata) = fs_err::metadata(path) else { return };
    if metadata.is_file() && (is_condarc(path) || is_yaml(path)) {
        found.push(path.to_path_buf());
    } else if metadata.is_dir() {
        let Ok(entries) = fs_err::read_dir(path) else { return };
        let mut inside: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| is_yaml(path) && path.is_file())
            .collect();
        inside.sort();
        found.extend(inside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_where_conda_finds_them() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        for name in [
            "root/.condarc",
            "root/condarc.d/b.yml",
            "root/condarc.d/a.yaml",
            "root/condarc.d/no.txt",
            "xdg/conda/condarc",
            "home/.config/conda/.condarc",
            "home/.conda/condarc.d/x.yml",
            "home/.condarc",
            "home/condarc",
            "repository/env/.condarc",
            "own.yml",
            "own.txt",
        ] {
            let path = top.join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        let find = |condarc: &str, prefix: &str| {
            let variable = |name: &str| {
                let of = |name: &str| Some(top.join(name).display().to_string());
                match name {
                    "HOME" => of("home"),
                    "XDG_CONFIG_HOME" => of("xdg"),
                    "CONDA_EXE" => of("root/bin/conda"),
                    "CONDA_PREFIX" => of(prefix),
                    "CONDARC" => of(condarc),
                    _ => None,
                }
            };
            let mut warnings = Vec::new();
            let places = CondaPlaces {
                variable: &variable,
                of_machine: false,
                is_of_repository: &|path| path.starts_with(top.join("repository")),
            };
            let found = files(&places, &mut warnings);
            let names = found.iter().map(|path| path.strip_prefix(top).unwrap().display());
            (names.map(|name| name.to_string()).collect::<Vec<_>>(), warnings.len())
        };
        let usual = [
            "root/.condarc",
            "root/condarc.d/a.yaml",
            "root/condarc.d/b.yml",
            "xdg/conda/condarc",
            "home/.config/conda/.condarc",
            "home/.conda/condarc.d/x.yml",
            "home/.condarc",
        ];
        let with = |more: &[&'static str]| [&usual[..], more].concat();
        assert_eq!(
            find("own.yml", "none"),
            (with(&["own.yml"]).iter().map(|&one| one.to_owned()).collect(), 0)
        );
        // It is no name of such a file.
        assert_eq!(find("own.txt", "root").0.len(), usual.len());
        assert_eq!(
            find("repository/env/.condarc", "repository/env"),
            (usual.map(str::to_owned).to_vec(), 2)
        );
    }
}
