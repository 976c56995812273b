//! The digest of everything that decides what is locked for one platform.
//!
//! Formats without dependencies (explicit files, rendered environments) cannot be checked against a
//! spec by walking the packages. They carry this digest instead: the same inputs give the same
//! digest, on every machine.

use lockit_spec::{ChannelPriority, Environment, Platform, Strategy};
use rattler_digest::{Sha256, compute_bytes_digest};
use serde::Serialize;

use crate::credentials::without_secrets;
use crate::header::virtual_package_text;

/// Rises when the content of [`Inputs`] changes its meaning, so that old digests never match by
/// accident.
const VERSION: u32 = 1;

/// Keys are in alphabetical order, so the JSON is canonical.
#[derive(Serialize)]
struct Inputs<'a> {
    channel_priority: &'static str,
    channels: Vec<String>,
    constraints: Vec<&'a str>,
    exclude_newer: Option<&'a str>,
    pip: Vec<&'a str>,
    pip_is_skipped: bool,
    platform: &'a str,
    requirements: Vec<String>,
    same_versions_as: Option<&'a str>,
    strategy: &'static str,
    version: u32,
    virtual_packages: Vec<String>,
}

/// The input hash of one platform of an environment: hex sha256.
///
/// `constraints` are canonical texts of what other environments impose (`same-versions-as`).
/// Order and spelling of requirements, file names and comments do not matter; channel order does.
pub fn input_hash(
    environment: &Environment,
    platform: Platform,
    constraints: &[String],
    skip_pip: bool,
) -> String {
    let options = &environment.options;
    let mut requirements: Vec<String> = environment
        .requirements_for(platform)
        // What has no canonical form (a file name, for example) is hashed as it is shown.
        .map(|r| r.spec.to_canonical_string().unwrap_or_else(|_| r.spec.to_string()))
        .collect();
    requirements.sort_unstable();
    requirements.dedup();
    let mut pip: Vec<&str> = environment
        .pip
        .iter()
        .filter(|requirement| requirement.selector.as_ref().is_none_or(|s| s.matches(platform)))
        .map(|requirement| requirement.text.trim())
        .collect();
    pip.sort_unstable();
    pip.dedup();
    let mut constraints: Vec<&str> = constraints.iter().map(String::as_str).collect();
    constraints.sort_unstable();
    constraints.dedup();
    let mut virtual_packages: Vec<String> =
        options.virtual_packages.get(&platform).into_iter().flatten().map(virtual_package_text).collect();
    virtual_packages.sort_unstable();
    let inputs = Inputs {
        channel_priority: match options.channel_priority {
            ChannelPriority::Strict => "strict",
            ChannelPriority::Flexible => "flexible",
            ChannelPriority::Disabled => "disabled",
        },
        channels: environment.channels.iter().map(|c| without_secrets(c.text.trim_end_matches('/'))).collect(),
        constraints,
        exclude_newer: options.exclude_newer.as_ref().map(|limit| limit.text.as_str()),
        pip_is_skipped: skip_pip && !pip.is_empty(),
        pip,
        platform: platform.as_str(),
        requirements,
        same_versions_as: environment.same_versions_as.as_deref(),
        strategy: match options.strategy {
            Strategy::Highest => "highest",
            Strategy::Lowest => "lowest",
            Strategy::LowestDirect => "lowest-direct",
        },
        version: VERSION,
        virtual_packages,
    };
    let json = serde_json::to_string(&inputs).expect("strings, numbers and lists always serialise");
    hex_sha256(json.as_bytes())
}

/// Hex sha256 of bytes.
pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(64);
    for byte in compute_bytes_digest::<Sha256>(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
