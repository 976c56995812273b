//! Anaconda's default channels are mixed with conda-forge.
//!
//! ## What it does
//!
//! Reports `defaults`, `main`, `anaconda`, `r`, `msys2` and their addresses in a list of channels that also holds `conda-forge`.
//!
//! ## Why is this bad?
//!
//! The two are built with different compilers and pins; an environment of both breaks in ways that show at run time. For larger
//! organisations the default channels also need a licence that conda-forge does not.
//!
//! ## Example
//!
//! ```yaml
//! channels: [conda-forge, defaults]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! channels: [conda-forge, nodefaults]
//! ```

use lockit_diagnostic::Diagnostic;

use crate::subject::SpecSubject;
use crate::{Check, Finding, Rule};

/// `default-channel`
pub(crate) static RULE: Rule = Rule {
    code: "LK006",
    name: "default-channel",
    default: true,
    fixable: false,
    source: include_str!("default_channel.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let channels = &subject.environment.channels;
    if !channels.iter().any(|channel| is_conda_forge(&channel.text)) {
        return Vec::new();
    }
    channels
        .iter()
        .filter(|channel| is_default(&channel.text) && !channel.holds_secret())
        .filter_map(|channel| {
            let (file, span) = channel.origin.as_ref()?;
            Some(Finding::new(
                &RULE,
                Diagnostic::warning(format!("`{}` is mixed with conda-forge", channel.public()))
                    .label(file, *span, "not built to fit conda-forge")
                    .hint("remove it, and write `nodefaults` so that conda does not add it again"),
            ))
        })
        .collect()
}

fn is_conda_forge(channel: &str) -> bool {
    let channel = channel.trim_end_matches('/');
    channel == "conda-forge" || channel.ends_with("/conda-forge")
}

fn is_default(channel: &str) -> bool {
    matches!(channel, "defaults" | "main" | "anaconda" | "r" | "msys2")
        || channel.contains("repo.anaconda.com/")
        || channel.contains("repo.continuum.io/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_known_by_name_and_by_address() {
        for channel in [
            "conda-forge",
            "https://conda.anaconda.org/conda-forge/",
            "https://mirror/x/conda-forge",
        ] {
            assert!(is_conda_forge(channel), "{channel}");
        }
        for channel in ["bioconda", "my-conda-forge", "https://h/conda-forge/label/dev"] {
            assert!(!is_conda_forge(channel), "{channel}");
        }
        for channel in [
            "defaults",
            "main",
            "anaconda",
            "r",
            "msys2",
            "https://repo.anaconda.com/pkgs/main",
            "https://repo.continuum.io/pkgs/r",
        ] {
            assert!(is_default(channel), "{channel}");
        }
        for channel in ["conda-forge", "https://conda.anaconda.org/r", "rr"] {
            assert!(!is_default(channel), "{channel}");
        }
    }
}
