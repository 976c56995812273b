//! The table of contents of a cached `repodata.json`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;

use super::scan::{Run, Section, Visitor, scan};

/// Where the records of each package name are.
///
/// Kept as its text, one line per name, because that is the cheapest form to read and write: a
/// look-up is a binary search over lines.
pub(crate) struct Index {
    /// `name\tSECTION start end\tSECTION start end…`, sorted by name.
    lines: String,
    /// Where `info` is.
    info: Option<(u64, u64)>,
}

#[derive(Default)]
struct Collector {
    runs: BTreeMap<String, Vec<Run>>,
    last: String,
    info: Option<(u64, u64)>,
}

impl Visitor for Collector {
    fn info(&mut self, start: u64, end: u64) {
        self.info = Some((start, end));
    }

    fn entry(&mut self, name: &str, run: Run) {
        // `run` continues the one before if nothing lies between, which is so when no other
        // name has been seen since.
        if self.last == name {
            if let Some(last) = self.runs.get_mut(name).and_then(|runs| runs.last_mut())
                && last.section == run.section
            {
                last.end = run.end;
                return;
            }
        } else {
            name.clone_into(&mut self.last);
        }
        if let Some(runs) = self.runs.get_mut(name) {
            runs.push(run);
        } else {
            self.runs.insert(name.to_owned(), vec![run]);
        }
    }
}

/// Sections in the order in which an extract lists them, each with its letter in the index and the
/// text that opens it.
const SECTIONS: [(Section, &str, &str); 6] = [
    (Section::Packages, "p", ",\"packages\":{"),
    (Section::PackagesConda, "c", "},\"packages.conda\":{"),
    (Section::V3TarBz2, "t", "},\"v3\":{\"tar.bz2\":{"),
    (Section::V3Conda, "k", "},\"conda\":{"),
    (Section::V3Whl, "w", "},\"whl\":{"),
    (Section::Removed, "r", "}},\"removed\":["),
];

fn letter(section: Section) -> &'static str {
    SECTIONS.iter().find(|(known, ..)| *known == section).map_or("", |(_, letter, _)| *letter)
}

impl Index {
    pub(crate) fn build(file: &File) -> io::Result<Self> {
        use std::fmt::Write as _;
        let mut collector = Collector::default();
        scan(file, &mut collector)?;
        let mut lines = String::new();
        for (name, runs) in &collector.runs {
            lines.push_str(name);
            for run in runs {
                let _ = write!(lines, "\t{} {} {}", letter(run.section), run.start, run.end);
            }
            lines.push('\n');
        }
        Ok(Self { lines, info: collector.info })
    }

    pub(crate) fn to_text(&self) -> String {
        let (start, end) = self.info.unwrap_or_default();
        format!("{start} {end}\n{}", self.lines)
    }

    pub(crate) fn from_text(mut text: String) -> Option<Self> {
        let head = text.find('\n')?;
        let (start, end) = text[..head].split_once(' ')?;
        let info = (start.parse().ok()?, end.parse().ok()?);
        text.drain(..=head);
        Some(Self { lines: text, info: (info.1 > 0).then_some(info) })
    }

    fn line(&self, name: &str) -> Option<&str> {
        let text = self.lines.as_str();
        let (mut low, mut high) = (0, text.len());
        while low < high {
            let middle = low + (high - low) / 2;
            // Lines are ASCII but for names, which never contain a newline.
            let bytes = text.as_bytes();
            let start = memchr::memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(text.len(), |at| start + at);
            let line = &text[start..end];
            let (key, rest) = line.split_once('\t')?;
            match key.cmp(name) {
                std::cmp::Ordering::Equal => return Some(rest),
                std::cmp::Ordering::Less => low = end + 1,
                std::cmp::Ordering::Greater => high = start,
            }
        }
        None
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.lines.lines().filter_map(|line| line.split_once('\t')).map(|(name, _)| name)
    }

    /// A `repodata.json` with the records of one name only, `None` for an unknown name.
    ///
    /// # Errors
    /// When the file cannot be read where the index points.
    pub(crate) fn extract(&self, file: &File, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(line) = self.line(name) else { return Ok(None) };
        let runs: Vec<(&str, u64, u64)> = line.split('\t').filter_map(parse_run).collect();
        let mut out = Vec::new();
        out.extend_from_slice(b"{\"info\":");
        match self.info {
            Some((start, end)) => append(&mut out, file, start, end)?,
            None => out.extend_from_slice(b"null"),
        }
        for (_, letter, opening) in SECTIONS {
            out.extend_from_slice(opening.as_bytes());
            let parts = runs.iter().filter(|(kind, ..)| *kind == letter);
            for (nth, (_, start, end)) in parts.enumerate() {
                if nth > 0 {
                    out.push(b',');
                }
                append(&mut out, file, *start, *end)?;
            }
        }
        out.extend_from_slice(b"]}");
        Ok(Some(out))
    }
}

fn parse_run(text: &str) -> Option<(&str, u64, u64)> {
    let mut fields = text.split(' ');
    Some((fields.next()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn append(out: &mut Vec<u8>, file: &File, start: u64, end: u64) -> io::Result<()> {
    let length = end
        .checked_sub(start)
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
    let at = out.len();
    out.resize(at + length, 0);
    read_exact_at(file, &mut out[at..], start)
}

/// Reads without moving a position that other threads would share.
#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, buffer, offset)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[count..];
        offset += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn index(text: &str) -> (File, Index) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut start = file.try_clone().unwrap();
        std::io::Seek::rewind(&mut start).unwrap();
        let index = Index::build(&start).unwrap();
        (file, index)
    }

    const TEXT: &str = r#"{"info": {"subdir": "noarch"}, "repodata_version": 1,
 "packages": {"a-1-0.tar.bz2": {"name": "a", "d": ["x \" } {"]}, "b-c-1-0.tar.bz2": {}, "a-2-0.tar.bz2": {}},
 "packages.conda": {"a-1-0.conda": {"deep": [{"e": "\\"}]}},
 "v3": {"conda": {"b-c-9-0": {}}, "new": {"z": 1}},
 "removed": ["b-c-0-0.conda"]}"#;

    #[test]
    fn one_name_is_cut_out_whole() {
        let (file, index) = index(TEXT);
        assert_eq!(index.names().collect::<Vec<_>>(), ["a", "b-c"]);
        let text = |name: &str| String::from_utf8(index.extract(&file, name).unwrap().unwrap());
        assert_eq!(
            text("a").unwrap(),
            r#"{"info":{"subdir": "noarch"},"packages":{"a-1-0.tar.bz2": {"name": "a", "d": ["x \" } {"]},"a-2-0.tar.bz2": {}},"packages.conda":{"a-1-0.conda": {"deep": [{"e": "\\"}]}},"v3":{"tar.bz2":{},"conda":{},"whl":{}},"removed":[]}"#
        );
        assert_eq!(
            text("b-c").unwrap(),
            r#"{"info":{"subdir": "noarch"},"packages":{"b-c-1-0.tar.bz2": {}},"packages.conda":{},"v3":{"tar.bz2":{},"conda":{"b-c-9-0": {}},"whl":{}},"removed":["b-c-0-0.conda"]}"#
        );
        assert_eq!(index.extract(&file, "b").unwrap(), None);
        assert_eq!(index.extract(&file, "").unwrap(), None);
    }

    #[test]
    fn its_text_brings_it_back() {
        let (file, index) = index(TEXT);
        let again = Index::from_text(index.to_text()).unwrap();
        for name in ["a", "b-c"] {
            assert_eq!(again.extract(&file, name).unwrap(), index.extract(&file, name).unwrap());
        }
        assert!(Index::from_text(String::new()).is_none());
    }

    #[test]
    fn half_a_document_is_refused() {
        for end in [0, 1, 20, 60, 120, TEXT.len() - 1] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&TEXT.as_bytes()[..end]).unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            assert!(Index::build(&file).is_err(), "cut at {end}");
        }
    }
}
