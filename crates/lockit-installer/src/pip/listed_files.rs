//! The files of an installed PyPI package, as its `RECORD` lists them.
//!
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file>

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::distribution::Distribution;
use crate::damage::{Damage, Look, is_made_by_python};

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
