//! Digests that lines of a requirements file demand of an archive: `--hash=sha256:…` behind a requirement, and
//! `#sha256=…` behind an address (pip's hash-checking mode).

use std::fmt;

/// What an archive must hash to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchiveDigest {
    /// The algorithm, in lower case as Python's hashlib calls it: `sha256`.
    pub algorithm: String,
    /// The digest in lower-case hexadecimal.
    pub hex: String,
}

/// The algorithms that pip knows in a fragment of an address, and those it knows behind `--hash=`.
pub(crate) const ALGORITHMS: [&str; 6] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

impl ArchiveDigest {
    /// From its two parts; `None` for an algorithm that pip does not know, and for what is not hexadecimal.
    pub(crate) fn new(algorithm: &str, hex: &str) -> Option<Self> {
        let (algorithm, hex) = (algorithm.to_ascii_lowercase(), hex.to_ascii_lowercase());
        let is_digest = ALGORITHMS.contains(&algorithm.as_str())
            && !hex.is_empty()
            && hex.chars().all(|c| c.is_ascii_hexdigit());
        is_digest.then_some(Self { algorithm, hex })
    }

    /// Those that a line demands, in its order. An archive must have one of them.
    pub(crate) fn of_line(line: &str) -> Vec<Self> {
        let (before, options) = line.split_at(line.find(" --").unwrap_or(line.len()));
        let options = options.split_whitespace().filter_map(|word| word.strip_prefix("--hash="));
        let options = options.filter_map(|hash| hash.split_once(':'));
        let parts = fragment(before).into_iter().flat_map(|(_, parts)| parts.split('&'));
        let parts = parts.filter_map(|part| part.split_once('='));
        options.chain(parts).filter_map(|(algorithm, hex)| Self::new(algorithm, hex)).collect()
    }
}

impl fmt::Display for ArchiveDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.hex)
    }
}

/// A line without the digests that it demands. uv does not hold an archive against them while it resolves, and takes
/// the digest in an address for that of the archive without a look.
pub(crate) fn without_digests(line: &str) -> String {
    let (before, options) = line.split_at(line.find(" --").unwrap_or(line.len()));
    let options = options.split_whitespace().filter(|word| !word.starts_with("--hash="));
    let mut text = match fragment(before) {
        None => before.to_owned(),
        Some((start, parts)) => {
            let is_digest = |part: &&str| {
                part.split_once('=')
                    .is_some_and(|(name, hex)| ArchiveDigest::new(name, hex).is_some())
            };
            let kept: Vec<&str> = parts.split('&').filter(|part| !is_digest(part)).collect();
            let sign = if kept.is_empty() { "" } else { "#" };
            let after = &before[start + parts.len()..];
            format!("{}{sign}{}{after}", &before[..start - 1], kept.join("&"))
        }
    };
    for option in options {
        text.push(' ');
        text.push_str(option);
    }
    text
}

/// What stands behind `#` of the address or path in a line, and where it starts.
fn fragment(line: &str) -> Option<(usize, &str)> {
    let start = line.find('#')? + 1;
    let rest = &line[start..];
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    Some((start, &rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_and_taken_out() {
        for (line, digests, rest) in [
            ("six >=1", "", "six >=1"),
            ("six==1 --hash=sha256:00FF --hash=sha512:11", "sha256:00ff sha512:11", "six==1"),
            ("six==1 ; os_name == 'nt' --hash=md5:aa", "md5:aa", "six==1 ; os_name == 'nt'"),
            ("six @ https://h/six.whl#sha256=00ff", "sha256:00ff", "six @ https://h/six.whl"),
            (
                "https://h/s.zip#egg=six&SHA512=1a&subdirectory=a ; os_name == 'nt' --hash=sha256:22",
                "sha256:22 sha512:1a",
                "https://h/s.zip#egg=six&subdirectory=a ; os_name == 'nt'",
            ),
            ("-e git+https://h/six@v1#egg=six", "", "-e git+https://h/six@v1#egg=six"),
            ("dist/six-1.tar.gz --hash=sha256:00", "sha256:00", "dist/six-1.tar.gz"),
            ("six @ https://h/six.whl#sha256=${X}", "", "six @ https://h/six.whl#sha256=${X}"),
        ] {
            let found = ArchiveDigest::of_line(line);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), digests, "{line}");
            assert_eq!(without_digests(line), rest, "{line}");
        }
    }
}
