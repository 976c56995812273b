//! Files of other people that list `defaults`: they lock, or fail for want of packages, as they do with conda-forge alone.

use std::path::PathBuf;

use lockit_testkit::{Server, channel_from_yaml};

use super::unpacked;
use crate::context::TestContext;

/// Every so many of the files is locked: all of them take minutes.
const EVERY: usize = 9;

/// Those that lock. The index is a part of conda-forge, so most files ask for something that it lacks.
const LOCK: &[&str] = &[
    "export-builds/olympus-terminal__conda-envs__conda-qlora-mamba.yml",
    "handwritten/catalyst-cooperative__mozilla-sec-eia__environment.yml",
    "handwritten/cedadev__jaspy-manager__environments__py3.6__m3-4.5.4__jaspy3.6-m3-4.5.4-r20180817-ncl__initial.yml",
    "handwritten/cedadev__jaspy-manager__environments__py3.7__m3-4.5.11__test-r20190208__initial.yml",
    "handwritten/cedadev__jaspy-manager__templates__initial.yml.tmpl.yml",
];

#[test]
fn files_with_defaults_lock_as_they_do_with_conda_forge() {
    let Some(index) = lockit_needs::shared("channel/conda-forge") else { return };
    let Some(folder) = lockit_needs::shared("environment-files") else { return };
    let index = unpacked(&index);
    let none = channel_from_yaml("platforms: [linux-64]\npackages: {}\n");
    let server = Server::builder(&index)
        .channel("main", &index)
        .channel("r", none.path())
        .plain()
        .start()
        .unwrap();
    let context = TestContext::new();
    let root = server.root();
    let config = format!(
        "[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = [\"{root}/conda-forge\"]\n\
         \"https://repo.anaconda.com/pkgs/main\" = [\"{root}/main\"]\n\
         \"https://repo.anaconda.com/pkgs/r\" = [\"{root}/r\"]\n"
    );
    fs_err::write(context.path("../config/rattler/config.toml"), config).unwrap();
    let mut files: Vec<PathBuf> = ["handwritten", "handwritten-pinned", "export-from-history"]
        .iter()
        .flat_map(|kind| fs_err::read_dir(folder.join(kind)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let text = fs_err::read_to_string(path).unwrap_or_default();
            text.lines().any(|line| line.trim() == "- defaults")
        })
        .collect();
    files.sort();
    let some = files.iter().step_by(EVERY).map(|file| (file.clone(), None));
    let all = LOCK.iter().map(|name| (folder.join(name), Some(0))).chain(some);
    for (file, wanted) in all {
        fs_err::copy(&file, context.path("environment.yml")).unwrap();
        let outcome = |channel: &str| {
            let args = ["--dry-run", "--skip-pip", "-p", "linux-64", "-c", channel];
            let output = context.run(&args);
            let shown = context.render(&output);
            assert!(!shown.contains("cannot be read"), "{}\n{shown}", file.display());
            output.status.code()
        };
        let expected = outcome("conda-forge");
        assert_eq!(outcome("defaults"), expected, "{}", file.display());
        assert!(wanted.is_none() || wanted == expected, "{}", file.display());
    }
    assert!(files.len() > EVERY, "{} files list them", files.len());
}
