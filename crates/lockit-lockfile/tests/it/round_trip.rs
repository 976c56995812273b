//! Lockfiles of all formats, and what is left of them without one of their lines, are read, written and read again.

use std::path::Path;

use crate::readers::lockfile;

/// As these files are made by the tools whose formats they are.
const FILES: [&str; 6] = [
    "conda-lock/conda-linux-64.lock",
    "conda-lock/conda-linux-64.lock.yml",
    "conda-lock/conda-lock.yml",
    "conda-lock/pip.conda-lock.yml",
    "rattler/pixi-6.lock",
    "rattler/pixi-7.lock",
];

#[test]
fn what_is_read_is_written_and_read_again() {
    for name in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data/foreign").join(name);
        let text = fs_err::read_to_string(path).unwrap();
        let name = name.rsplit('/').next().unwrap();
        assert!(lockfile(name, &text), "{name}");
        let lines: Vec<&str> = text.lines().collect();
        for without in 0..lines.len() {
            let (before, behind) = lines.split_at(without);
            lockfile(name, &[before, &behind[1..], &[""]].concat().join("\n"));
        }
    }
}
