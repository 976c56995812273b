//! Digests as hexadecimal text and back.

use std::fmt::Write;

use rattler_digest::{Md5, Sha256, compute_bytes_digest};

pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    hex(&compute_bytes_digest::<Sha256>(bytes))
}

pub(crate) fn md5(bytes: impl AsRef<[u8]>) -> String {
    hex(&compute_bytes_digest::<Md5>(bytes))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hexadecimal text; `None` when it is not.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
