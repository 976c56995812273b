//! Whether contenders did the same work.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

/// A contender that chooses other packages does other work, and its figures say nothing.
pub(crate) fn same_choice(chosen: &BTreeMap<&str, BTreeSet<String>>) -> Result<(), Box<dyn Error>> {
    let mut all = chosen.iter();
    let Some((first, packages)) = all.next() else { return Ok(()) };
    for (name, others) in all {
        let differ: Vec<String> = packages
            .symmetric_difference(others)
            .map(|one| format!("{one} ({})", if packages.contains(one) { first } else { name }))
            .collect();
        if !differ.is_empty() {
            return Err(format!(
                "{first} and {name} choose different packages: {}",
                differ.join(", ")
            )
            .into());
        }
    }
    if packages.is_empty() { Err("no packages were chosen".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_packages_are_no_comparison() {
        let chosen = |packages: &[&str]| packages.iter().map(|one| (*one).to_owned()).collect();
        let same = chosen(&["linux-64 a-1-0.conda", "osx-64 a-1-0.conda"]);
        let mut all: BTreeMap<&str, BTreeSet<String>> = BTreeMap::from([
            ("lockit", same),
            ("py-rattler", chosen(&["linux-64 a-1-0.conda", "osx-64 a-1-0.conda"])),
        ]);
        same_choice(&all).unwrap();
        all.insert("py-rattler", chosen(&["linux-64 a-1-0.conda", "osx-64 a-2-0.conda"]));
        assert_eq!(
            same_choice(&all).unwrap_err().to_string(),
            "lockit and py-rattler choose different packages: osx-64 a-1-0.conda (lockit), osx-64 a-2-0.conda (py-rattler)"
        );
        assert!(same_choice(&BTreeMap::from([("lockit", BTreeSet::new())])).is_err());
    }
}
