//! Digests as files write them.

use rattler_digest::{Sha256, compute_bytes_digest};

/// Hex sha256 of bytes.
pub fn hex_sha256(bytes: &[u8]) -> String {
    hex(&compute_bytes_digest::<Sha256>(bytes))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
