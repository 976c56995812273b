//! The end of `cargo test --workspace`. Cargo runs packages in the order of their names, and this is the last one.

use std::io::Write as _;

use lockit_needs::{Need, Skipped};

#[test]
fn skipped_tests_are_listed() {
    // Also where no test got as far as to look what is required of it.
    Need::required().unwrap();
    let list = Skipped::of_this_run().take().unwrap();
    // Not by `eprint!`, which is shown only when a test fails.
    std::io::stderr().write_all(list.as_bytes()).unwrap();
}

#[test]
fn this_is_the_last_package() {
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for entry in fs_err::read_dir(workspace.join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            *name < *env!("CARGO_PKG_NAME"),
            "{name} is tested after the list of skipped tests"
        );
    }
}
