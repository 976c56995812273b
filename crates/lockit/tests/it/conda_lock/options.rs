//! The command line of the installed conda-lock, option by option.

use std::collections::BTreeSet;

use crate::context::TestContext;
use crate::drop_in;
use crate::peers::Peers;

/// Each is in the list that `drop_in` tries one by one, and none is there that conda-lock does not have.
#[test]
fn lockit_knows_the_options_that_conda_lock_has() {
    let Some(peers) = Peers::find() else { return };
    let theirs = peers.lines(&TestContext::new(), "options.py", &[]);
    let spelled = |line: &&String| line.split(' ').count() == 2;
    let mut tried = BTreeSet::new();
    for (command, options) in drop_in::OPTIONS {
        for option in options {
            let words: Vec<&str> = option.split(' ').collect();
            tried.insert(format!("{command} {}", words[0]));
            if let Some(value) = words.get(1) {
                tried.insert(format!("{command} {} {value}", words[0]));
            }
        }
    }
    tried.extend(drop_in::VARIABLES.iter().map(|(name, _)| format!("variable {name}")));
    let untried: Vec<&String> = theirs.difference(&tried).collect();
    assert!(untried.is_empty(), "lockit has no word on what conda-lock knows: {untried:#?}");
    // A variable may be of another part of conda-lock, and a value one of many.
    let invented: Vec<&String> = tried
        .iter()
        .filter(spelled)
        .filter(|line| !line.starts_with("variable ") && !theirs.contains(*line))
        .collect();
    assert!(invented.is_empty(), "conda-lock has no such option: {invented:#?}");
}
