//! The same mistake in a hundred lines is one mistake.

use std::cmp::Ordering;
use std::collections::HashMap;

use lockit_diagnostic::Diagnostic;

/// Errors that repeat many times are cut short: the first three tell it all.
pub(crate) fn shorten(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    const SHOWN: usize = 3;
    let mut counts: HashMap<String, usize> = HashMap::new();
    for diagnostic in &diagnostics {
        *counts.entry(diagnostic.message.clone()).or_default() += 1;
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    diagnostics
        .into_iter()
        .filter_map(|diagnostic| {
            let seen = seen.entry(diagnostic.message.clone()).or_default();
            *seen += 1;
            let more = counts.get(&diagnostic.message).copied().unwrap_or(0).saturating_sub(SHOWN);
            match (*seen).cmp(&SHOWN) {
                Ordering::Equal if more > 0 => {
                    Some(diagnostic.note(format!("{more} more items have the same problem")))
                }
                Ordering::Greater => None,
                _ => Some(diagnostic),
            }
        })
        .collect()
}
