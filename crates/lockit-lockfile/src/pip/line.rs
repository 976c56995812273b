//! One PyPI package as a line that pip takes.

use lockit_spec::{Platform, is_dotted, normalise_pypi_name};

use super::requirement;
use crate::error::FormatError;
use crate::{PipRecord, PipSource};

/// How a line names a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `name @ address#sha256=…`: what conda-lock puts behind `# pip ` in explicit files.
    Address,
    /// `name == version --hash=sha256:…`, for what pip finds in the public index.
    Version,
    /// Without `--hash`: `name @ address#sha256=…`, and `./folder[extras]  # name`.
    NoHashOption,
}

impl Style {
    /// The style of a file that pip is given with these packages.
    ///
    /// One `--hash` puts pip into a mode in which it wants one for every package, and a folder or a commit can have none.
    /// So a file with such a package has no `--hash` anywhere, and archives have the digest in their address, which pip
    /// checks as well. Where only `--hash` could keep a digest, since there is no address, it stays.
    pub(crate) fn for_pip(records: &[PipRecord]) -> Self {
        let is_unpinned = |record: &PipRecord| record.sha256.is_none();
        let has_address =
            |record: &PipRecord| record.sha256.is_none() || !record.address().is_empty();
        if records.iter().any(is_unpinned) && records.iter().all(has_address) {
            Self::NoHashOption
        } else {
            Self::Version
        }
    }
}

/// The line of a record: `name[extras] @ address`, `name == version`, `-e address`.
///
/// What lies in the project has no line with `name @` where pip reads it: pip before 24 takes no relative path behind it.
///
/// # Errors
/// A record without an address that needs one, a clear-text credential.
pub(crate) fn write(
    record: &PipRecord,
    platform: Platform,
    style: Style,
) -> Result<String, FormatError> {
    let name = name_with_extras(record);
    let by_version = match style {
        Style::Address => false,
        Style::Version => true,
        Style::NoHashOption => record.sha256.is_none(),
    };
    if by_version && record.is_public() && !record.version.is_empty() {
        let mut line = format!("{name} == {}", record.version);
        if let Some(sha256) = &record.sha256 {
            line.extend([" --hash=sha256:", sha256]);
        }
        return Ok(line);
    }
    let address = record.public_address(platform)?;
    match &record.source {
        PipSource::Folder { path, editable } if style == Style::NoHashOption => {
            Ok(folder(record, path, *editable))
        }
        PipSource::Archive { url, .. } if style != Style::Address && is_dotted(url) => {
            Ok(format!("{}{COMMENT}{name}", with_digest(record, address)))
        }
        PipSource::Folder { editable: true, .. } => Ok(format!("-e {address}#egg={name}")),
        _ => Ok(format!("{name} @ {}", with_digest(record, address))),
    }
}

/// What divides a path from the name of its package, which pip finds in the folder.
const COMMENT: &str = "  # ";

/// A folder as pips from 21.3 to 26.0 take it: as a path with extras, and as an address where the path has signs with a
/// meaning. An address can have no extras, so these are for people and for lockit then: the lock has what they ask for.
fn folder(record: &PipRecord, path: &str, editable: bool) -> String {
    let option = if editable { "-e " } else { "" };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./_-+".contains(c);
    if path.chars().all(is_plain) && (path.starts_with('/') || is_dotted(path)) {
        let extras = &name_with_extras(record)[record.name.len()..];
        format!("{option}{path}{extras}{COMMENT}{}", record.name)
    } else {
        format!("{option}{}{COMMENT}{}", record.address(), name_with_extras(record))
    }
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
    if let Some((place, name)) = line.split_once(COMMENT) {
        return placed(place.trim(), name.trim());
    }
    if let Some(address) = without_editable(line) {
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
    has_no_odd_digest(&record).then_some(record)
}

/// `./folder[extras]`, `file:./wheel.whl#sha256=…` or either behind `-e`, with the name behind [`COMMENT`].
fn placed(place: &str, name: &str) -> Option<PipRecord> {
    let named = requirement::Parts::of(name).filter(|parts| parts.rest.is_empty())?;
    let is_editable = without_editable(place).is_some();
    let place = without_editable(place).unwrap_or(place);
    // In an address brackets are escaped.
    let (place, extras) = match place.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
        Some((place, extras)) => {
            (place, requirement::Parts::of(&format!("{name}[{extras}]"))?.extras)
        }
        None => (place, named.extras),
    };
    if place.is_empty() || place.contains(char::is_whitespace) {
        return None;
    }
    let mut record = PipRecord::from_address(&named.name, place);
    record.extras = extras;
    match &mut record.source {
        PipSource::Folder { editable, .. } => *editable = is_editable,
        PipSource::Archive { url, .. } if is_dotted(url) && !is_editable => {}
        _ => return None,
    }
    has_no_odd_digest(&record).then_some(record)
}

/// What stands behind the option.
fn without_editable(line: &str) -> Option<&str> {
    line.strip_prefix("-e ").or_else(|| line.strip_prefix("--editable ")).map(str::trim)
}

fn has_no_odd_digest(record: &PipRecord) -> bool {
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    record.sha256.as_deref().is_none_or(is_digest)
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
    fn what_has_no_digest_takes_the_option_from_all() {
        let at = |address: &str| PipRecord::from_address("six", address);
        let sha = "0a".repeat(32);
        let wheel =
            at(&format!("https://files.pythonhosted.org/six-1.0-py3-none-any.whl#sha256={sha}"));
        assert_eq!(Style::for_pip(&[]), Style::Version);
        assert_eq!(Style::for_pip(std::slice::from_ref(&wheel)), Style::Version);
        for other in ["./x", "git+https://h/x@00ff", "https://h/x-1.0.tar.gz"] {
            assert_eq!(Style::for_pip(&[wheel.clone(), at(other)]), Style::NoHashOption, "{other}");
        }
        let unplaced = read(&format!("six == 1.0 --hash=sha256:{sha}")).unwrap();
        assert_eq!(
            Style::for_pip(&[unplaced, at("./x")]),
            Style::Version,
            "a digest is never dropped"
        );
    }

    #[test]
    fn lines_without_the_option_are_read_back() {
        let sha = "0a".repeat(32);
        let public =
            format!("https://files.pythonhosted.org/a/six-1.0-py3-none-any.whl#sha256={sha}");
        let wheel = format!("file:./w%20h/six-1.0-py3-none-any.whl#sha256={sha}");
        for (address, editable, expected) in [
            (public.as_str(), false, format!("six[x,y] @ {public}")),
            (wheel.as_str(), false, format!("{wheel}  # six[x,y]")),
            ("./my-pkg", false, "./my-pkg[x,y]  # six".to_owned()),
            ("./my-pkg", true, "-e ./my-pkg[x,y]  # six".to_owned()),
            (".", true, "-e .[x,y]  # six".to_owned()),
            ("../lib", false, "../lib[x,y]  # six".to_owned()),
            ("file:///opt/lib", false, "/opt/lib[x,y]  # six".to_owned()),
            ("./my%20pkg", false, "file:./my%2520pkg  # six[x,y]".to_owned()),
            ("file:./my%20pkg", true, "-e file:./my%20pkg  # six[x,y]".to_owned()),
            ("file:./a%23b%5Bz%5D", true, "-e file:./a%23b%5Bz%5D  # six[x,y]".to_owned()),
            ("C:/src/app", false, "file:///C:/src/app  # six[x,y]".to_owned()),
            (
                "git+https://h/r@00ff#subdirectory=x",
                false,
                "six[x,y] @ git+https://h/r@00ff#subdirectory=x".to_owned(),
            ),
        ] {
            let mut record = PipRecord::from_address("six", address);
            record.extras = vec!["x".to_owned(), "y".to_owned()];
            if let PipSource::Folder { editable: is_editable, .. } = &mut record.source {
                *is_editable = editable;
            }
            let written = write(&record, Platform::Linux64, Style::NoHashOption).unwrap();
            assert_eq!(written, expected);
            assert_eq!(read(&written), Some(record), "{written}");
        }
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
            "./x  # ",
            "./x  # six == 1",
            "./x y  # six",
            "https://h/six-1.0-py3-none-any.whl  # six",
            "-e ./six-1.0-py3-none-any.whl  # six",
            "file:./six-1.0-py3-none-any.whl#sha256=00  # six",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
