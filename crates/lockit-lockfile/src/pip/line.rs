//! One PyPI package as a line that pip takes.

use lockit_spec::Platform;

use lockit_spec::normalise_pypi_name;

use super::requirement;
use crate::error::FormatError;
use crate::{PipRecord, PipSource};

/// How a line names an archive of the public index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `name @ address#sha256=…`: what conda-lock puts behind `# pip ` in explicit files.
    Address,
    /// `name == version --hash=sha256:…`, for what pip finds in the public index.
    Version,
}

/// The line of a record: `name[extras] @ address`, `name == version`, `-e address`.
///
/// # Errors
/// A record without an address that needs one, a clear-text credential.
pub(crate) fn write(
    record: &PipRecord,
    platform: Platform,
    style: Style,
) -> Result<String, FormatError> {
    let name = name_with_extras(record);
    if style == Style::Version && record.is_public() && !record.version.is_empty() {
        let mut line = format!("{name} == {}", record.version);
        if let Some(sha256) = &record.sha256 {
            line.extend([" --hash=sha256:", sha256]);
        }
        return Ok(line);
    }
    let address = record.public_address(platform)?;
    if let PipSource::Folder { editable: true, .. } = record.source {
        return Ok(format!("-e {address}#egg={name}"));
    }
    Ok(format!("{name} @ {}", with_digest(record, address)))
}

/// The address of an archive with its digest behind it.
pub(crate) fn with_digest(record: &PipRecord, mut address: String) -> String {
    if let (PipSource::Archive { .. }, Some(sha256)) = (&record.source, &record.sha256) {
        address.push(if address.contains('#') { '&' } else { '#' });
        address.extend(["sha256=", sha256]);
    }
    address
}

/// `name[extra,other]`
pub(crate) fn name_with_extras(record: &PipRecord) -> String {
    if record.extras.is_empty() {
        record.name.clone()
    } else {
        format!("{}[{}]", record.name, record.extras.join(","))
    }
}

/// Reads what [`write`] writes, and what conda-lock does. `None` for anything else, and for a digest that is none.
pub(crate) fn read(line: &str) -> Option<PipRecord> {
    let line = line.trim();
    if let Some(address) = line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")) {
        let (_, fragment) = address.split_once('#')?;
        let name = fragment.split('&').find_map(|part| part.strip_prefix("egg="))?;
        let named = requirement::Parts::of(name)?;
        let mut record = PipRecord::from_address(&named.name, address);
        record.extras = named.extras;
        match &mut record.source {
            PipSource::Folder { editable, .. } => *editable = true,
            _ => return None,
        }
        return Some(record);
    }
    let (line, digest) = match line.split_once(" --hash=") {
        Some((line, hashes)) => {
            let mut hashes = hashes.split(" --hash=").map(str::trim);
            (line, hashes.find_map(|hash| hash.strip_prefix("sha256:")).map(str::to_owned))
        }
        None => (line, None),
    };
    let parts = requirement::Parts::of(line)?;
    let mut record = if let Some(address) = parts.rest.strip_prefix('@') {
        let address = address.trim();
        if address.is_empty() || address.contains(char::is_whitespace) {
            return None;
        }
        PipRecord::from_address(&parts.name, address)
    } else {
        let version = parts.rest.strip_prefix("==")?.trim_start_matches('=').trim();
        if version.is_empty() || version.contains([' ', '*', ',', '<', '>']) {
            return None;
        }
        PipRecord {
            name: normalise_pypi_name(&parts.name),
            version: version.to_owned(),
            ..PipRecord::default()
        }
    };
    record.extras = parts.extras;
    record.sha256 = digest.or(record.sha256);
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    record.sha256.as_deref().is_none_or(is_digest).then_some(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let sha = "0a".repeat(32);
        for (line, label) in [
            (format!("Six == 1.16.0 --hash=sha256:{sha}"), "six 1.16.0"),
            (format!("a[y, X] @ https://h/a-1.0-py3-none-any.whl#sha256={sha}"), "a 1.0"),
            ("pkg @ git+https://h/r@00ff#subdirectory=x".to_owned(), "pkg"),
            ("-e file:./my%20pkg#egg=pkg[dev]".to_owned(), "pkg"),
        ] {
            let record = read(&line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(record.label(), label);
            let style = if label.starts_with("six") { Style::Version } else { Style::Address };
            let again = write(&record, Platform::Linux64, style).unwrap();
            assert_eq!(read(&again).as_ref(), Some(&record), "{again}");
        }
        assert_eq!(read("a[y, X] @ https://h/a.zip").unwrap().extras, ["x", "y"]);
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "install foo",
            "six",
            "six >= 1",
            "six == 1.*",
            "six @ ",
            "six @ https://h/six.whl#sha256=00",
            "-e git+https://h/r@0#egg=r",
            "-e ./x",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
