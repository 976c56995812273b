//! Attacks: each gives lockit something hostile, and beside it the harmless twin that must still work. `SECURITY.md` says for
//! each input what it may do; every sentence there has its test here.

mod code;
mod digests;
mod exits;
mod limits;
mod links;
mod lists;
mod names;
mod places;
mod prefix;
mod requests;
mod texts;
mod variables;

/// What `SECURITY.md` says is only as good as the tests that it names.
#[test]
fn the_page_names_tests_that_exist() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs_err::read_to_string(root.join("../../SECURITY.md")).unwrap();
    let words = page.split('`').skip(1).step_by(2);
    let named: Vec<(&str, &str)> = words.filter_map(|word| word.split_once("::")).collect();
    for (module, test) in &named {
        let beside = ["attacks/", ""].map(|folder| format!("tests/it/{folder}{module}.rs"));
        let text = beside.iter().find_map(|path| fs_err::read_to_string(root.join(path)).ok());
        let text = text.unwrap_or_else(|| panic!("{module}"));
        assert!(text.contains(&format!("fn {test}()")), "{module}::{test}");
    }
    assert!(named.len() > 10, "{named:?}");
}
