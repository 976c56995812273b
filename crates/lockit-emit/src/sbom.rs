//! Bills of materials of a lock: what is in the image, before it is built.

mod cyclonedx;
mod spdx;

pub use cyclonedx::cyclonedx;
pub use spdx::spdx;

use std::fmt::Write as _;

use lockit_lockfile::Record;

/// The package URL of a conda package (`pkg:conda/name@version?…`, purl-spec `conda-definition`).
fn purl(record: &Record) -> String {
    let mut qualifiers = Vec::new();
    if !record.build.is_empty() {
        qualifiers.push(format!("build={}", encoded(&record.build)));
    }
    if let Some(channel) = record.channel.as_deref() {
        let name = channel.trim_end_matches('/').rsplit('/').next().unwrap_or(channel);
        qualifiers.push(format!("channel={}", encoded(name)));
    }
    if !record.subdir.is_empty() {
        qualifiers.push(format!("subdir={}", encoded(&record.subdir)));
    }
    let file = record.file_name();
    let kind = if file.ends_with(".tar.bz2") { "tar.bz2" } else { "conda" };
    qualifiers.push(format!("type={kind}"));
    format!(
        "pkg:conda/{}@{}?{}",
        encoded(&record.name),
        encoded(&record.version),
        qualifiers.join("&")
    )
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// What a recipe says about its licence.
enum License {
    /// One identifier of the SPDX list.
    Id(String),
    /// An SPDX expression.
    Expression(String),
    /// Something else.
    Name(String),
}

fn license(record: &Record) -> Option<License> {
    let text = record.license.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    if let Some(id) = ::spdx::license_id(text) {
        return Some(License::Id(id.name.to_owned()));
    }
    match ::spdx::Expression::parse(text) {
        Ok(_) => Some(License::Expression(text.to_owned())),
        Err(_) => Some(License::Name(text.to_owned())),
    }
}
