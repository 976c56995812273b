//! `test-data/foreign`: files of other tools, made by them.

use crate::context::{TestContext, test_data};
use crate::peers::Peers;

/// What the installed tools make now is what readers are tested with.
#[cfg(unix)]
#[test]
fn the_tools_make_these_files() {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    let make = test_data().join("foreign/make.py");
    let output = peers.python(&context).arg(make).arg("--check").output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "test-data/foreign/make.py makes other files: {}{}",
        said(&output.stdout),
        said(&output.stderr)
    );
}
