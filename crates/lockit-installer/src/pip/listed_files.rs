//! The files of an installed PyPI package, as its `RECORD` lists them.
//!
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file>

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::distribution::Distribution;
use crate::damage::{Damage, Look, is_made_by_python};
use crate::ground::Ground;
use crate::place::{Rules, Stray};

/// What is wrong with the files of an installed package. Without a list of them nothing is known to be wrong.
pub(crate) fn damage(site_packages: &Path, one: &Distribution, look: Look) -> Damage {
    let mut damage =
        Damage { package: format!("{} {}", one.name, one.version), ..Damage::default() };
    let record = site_packages.join(&one.folder).join("RECORD");
    let text = fs_err::read_to_string(record).unwrap_or_default();
    for (file, digest) in text.lines().filter_map(row) {
        if !is_made_by_python(&file) {
            damage.look(site_packages, &file, look, digest.as_slice());
        }
    }
    damage
}

/// Each file that uninstalling a package removes lies in the prefix: uv goes by the list, and asks nothing.
///
/// # Errors
/// The first that does not.
pub(crate) fn stay_inside(
    prefix: &Path,
    site_packages: &Path,
    one: &Distribution,
    rules: Rules,
) -> Result<(), Stray> {
    let places = places(prefix, site_packages, one, rules)?;
    Ground::new(prefix, rules).carries(&format!("{} {}", one.name, one.version), &places)
}

/// The files of a package as the prefix names them. Without a list there are none.
///
/// # Errors
/// The first that does not lie in the prefix.
pub(crate) fn places(
    prefix: &Path,
    site_packages: &Path,
    one: &Distribution,
    rules: Rules,
) -> Result<Vec<String>, Stray> {
    let stray = |path: &str, reason: &str| Stray {
        package: format!("{} {}", one.name, one.version),
        path: path.to_owned(),
        reason: format!("{reason}, as its `RECORD` has it"),
    };
    let record = site_packages.join(&one.folder).join("RECORD");
    let Ok(bytes) = fs_err::read(record) else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&bytes);
    let top = site_packages.strip_prefix(prefix).unwrap_or(site_packages).to_string_lossy();
    let mut places = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // A path with a line break in it would be read in two pieces here, and in one there.
        let path = row(line).map(|(path, _)| path).filter(|_| line.matches('"').count() % 2 == 0);
        let Some(path) = path else { return Err(stray(line, "cannot be understood")) };
        let text = path.to_string_lossy();
        let inside = match path.strip_prefix(prefix) {
            Ok(inside) => inside.to_string_lossy().into_owned(),
            Err(_) if path.is_absolute() => return Err(stray(&text, "is absolute")),
            Err(_) => {
                climbed(&top, &text).ok_or_else(|| stray(&text, "leads out of the environment"))?
            }
        };
        places.push(rules.place(&inside).map_err(|reason| stray(&text, reason))?);
    }
    Ok(places)
}

/// `lib/site-packages` and `../../bin/six` are `bin/six`.
fn climbed(top: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = top.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    for part in path.split(['/', '\\']) {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

/// `path,sha256=…,size`; a path with a comma or a quote in it stands in quotes.
fn row(line: &str) -> Option<(PathBuf, Option<[u8; 32]>)> {
    let (line, _size) = line.rsplit_once(',')?;
    let (path, digest) = line.rsplit_once(',')?;
    let digest = digest
        .strip_prefix("sha256=")
        .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok())
        .and_then(|bytes| bytes.try_into().ok());
    let quoted = path.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let path = quoted.map_or_else(|| path.to_owned(), |inner| inner.replace("\"\"", "\""));
    Some((PathBuf::from(path), digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_python_writes_them() {
        let empty = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        let (path, digest) = row(&format!("a/b.py,sha256={empty},0")).unwrap();
        assert_eq!(path, Path::new("a/b.py"));
        assert_eq!(digest.unwrap()[..4], [0xe3, 0xb0, 0xc4, 0x42]);
        assert_eq!(
            row("six-1.dist-info/RECORD,,").unwrap(),
            ("six-1.dist-info/RECORD".into(), None)
        );
        assert_eq!(row("\"a, \"\"b\"\".py\",,").unwrap().0, Path::new("a, \"b\".py"));
        assert_eq!(row("a.py,md5=00,3").unwrap().1, None);
        assert_eq!(row(""), None);
    }

    #[test]
    fn a_list_of_files_stays_in_the_prefix() {
        let prefix = tempfile::tempdir().unwrap();
        let modules = prefix.path().join("lib/python3.12/site-packages");
        let info = modules.join("six-1.dist-info");
        fs_err::create_dir_all(&info).unwrap();
        let rules = Rules::new(rattler_conda_types::Subdir::Linux64);
        let stays = |record: &str| {
            fs_err::write(info.join("RECORD"), record).unwrap();
            let one = &super::super::distribution::distributions(&modules)[0];
            stay_inside(prefix.path(), &modules, one, rules).is_ok()
        };
        let own = format!("{}/bin/six,,\n", prefix.path().display());
        for record in ["six.py,,\n../../../bin/six,,\n", "", "\"a, b.py\",,\r\n\n", &own] {
            assert!(stays(record), "{record}");
        }
        for record in [
            "six.py,,\n../../../../.bashrc,,\n",
            "/etc/passwd,,\n",
            "../../../conda-meta/history,,\n",
            "six/../../../../../x,,\n",
            "\"x\n../../../../../.bashrc\",,\n",
            "no comma\n",
        ] {
            assert!(!stays(record), "{record}");
        }
    }

    #[test]
    fn what_is_gone_or_holds_something_else_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("lib/site-packages");
        let info = modules.join("six-1.dist-info");
        fs_err::create_dir_all(&info).unwrap();
        fs_err::write(modules.join("empty.py"), "").unwrap();
        let empty = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0";
        let record = format!(
            "empty.py,{empty}\n../../bin/six,{empty}\n__pycache__/empty.pyc,,\nsix-1.dist-info/RECORD,,\n"
        );
        fs_err::write(info.join("RECORD"), record).unwrap();
        let one = &super::super::distribution::distributions(&modules)[0];
        let found = damage(&modules, one, Look::Contents);
        assert_eq!(found.missing, [Path::new("../../bin/six")]);
        assert!(found.changed.is_empty() && found.package == "six 1", "{found:?}");
        fs_err::write(modules.join("empty.py"), "x").unwrap();
        assert!(damage(&modules, one, Look::Presence).changed.is_empty());
        assert_eq!(damage(&modules, one, Look::Contents).changed, [Path::new("empty.py")]);
    }
}
