//! Text of a file together with the name people know it by.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::checkout::read_bytes;

/// A half-open range of byte offsets into the decoded text of a [`SourceFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset just after the last byte.
    pub end: usize,
}

impl Span {
    /// Makes a span; an end before the start is taken as an empty span at the start.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }
}

/// A value and the place in the file it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where it stood.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A 1-based line and a 1-based column counted in characters, as editors show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, the first is 1.
    pub line: usize,
    /// Column in characters, the first is 1.
    pub column: usize,
}

impl fmt::Display for LineColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// How the text was stored on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16LittleEndian,
    Utf16BigEndian,
}

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    /// Made when somebody asks: most files are only read.
    line_starts: OnceLock<Vec<usize>>,
}

/// A decoded text file. Cheap to clone.
///
/// Offsets count bytes of the decoded text: the byte order mark is gone and UTF-16 has become
/// UTF-8. Line ends are kept as they were.
#[derive(Clone)]
pub struct SourceFile(Arc<Inner>);

/// Why a file could not be read as text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The bytes are in no encoding that is understood.
    #[error("`{name}` is not text: byte {offset} is not valid {expected}")]
    Encoding {
        /// The file's name.
        name: String,
        /// Offset of the first bad byte.
        offset: usize,
        /// `UTF-8` or `UTF-16`.
        expected: &'static str,
    },
}

impl SourceFile {
    /// Wraps text that is already decoded.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let line_starts = OnceLock::new();
        Self(Arc::new(Inner { name: name.into(), text: text.into(), line_starts }))
    }

    /// Reads and decodes a file: UTF-8 with or without byte order mark, UTF-16 of either byte order.
    ///
    /// # Errors
    /// [`ReadError::Io`] with the path in its text, also for a link that leads out of its repository, or [`ReadError::Encoding`].
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        Self::decode(path.display().to_string(), &read_bytes(path)?)
    }

    /// Decodes bytes as [`SourceFile::read`] does.
    ///
    /// # Errors
    /// [`ReadError::Encoding`] when the bytes are neither UTF-8 nor UTF-16.
    pub fn decode(name: impl Into<String>, bytes: &[u8]) -> Result<Self, ReadError> {
        let name = name.into();
        let (encoding, body, skipped) = match bytes {
            [0xEF, 0xBB, 0xBF, rest @ ..] => (Encoding::Utf8, rest, 3),
            [0xFF, 0xFE, rest @ ..] => (Encoding::Utf16LittleEndian, rest, 2),
            [0xFE, 0xFF, rest @ ..] => (Encoding::Utf16BigEndian, rest, 2),
            // PowerShell writes UTF-16 without a mark at times; a spec starts with an ASCII letter.
            [first, 0, ..] if first.is_ascii() && *first != 0 => {
                (Encoding::Utf16LittleEndian, bytes, 0)
            }
            [0, second, ..] if second.is_ascii() && *second != 0 => {
                (Encoding::Utf16BigEndian, bytes, 0)
            }
            _ => (Encoding::Utf8, bytes, 0),
        };
        let text = match encoding {
            Encoding::Utf8 => std::str::from_utf8(body).map(str::to_owned).map_err(|error| {
                ReadError::Encoding {
                    name: name.clone(),
                    offset: skipped + error.valid_up_to(),
                    expected: "UTF-8",
                }
            })?,
            Encoding::Utf16LittleEndian | Encoding::Utf16BigEndian => decode_utf16(body, encoding)
                .map_err(|offset| ReadError::Encoding {
                    name: name.clone(),
                    offset: skipped + offset,
                    expected: "UTF-16",
                })?,
        };
        Ok(Self::new(name, text))
    }

    /// The name shown to people, usually the path as it was given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it is the same one in memory.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The decoded text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// How its lines end; what is put into it should end so too.
    pub fn line_end(&self) -> &'static str {
        line_end(self.text())
    }

    fn line_starts(&self) -> &[usize] {
        self.0.line_starts.get_or_init(|| {
            let ends = self.0.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
        })
    }

    /// Line and column of a byte offset. An offset past the end is taken as the end.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.0.text.len());
        let line = self.line_starts().partition_point(|start| *start <= offset);
        let start = self.line_starts()[line - 1];
        let column = self.0.text.get(start..offset).map_or(0, |s| s.chars().count());
        LineColumn { line, column: column + 1 }
    }

    /// `name:line` of a span, the short way to name a place in running text.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.name(), self.line_column(span.start).line)
    }

    /// Byte range of a 1-based line without its line end. `None` past the last line.
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let start = *self.line_starts().get(line.checked_sub(1)?)?;
        let end = self.line_starts().get(line).map_or(self.0.text.len(), |next| next - 1);
        let text = self.0.text.get(start..end)?;
        Some(Span::new(start, start + text.trim_end_matches('\r').len()))
    }
}

/// How the lines of a text end: as its first one does.
pub fn line_end(text: &str) -> &'static str {
    let first = text.split_inclusive('\n').next().unwrap_or_default();
    if first.ends_with("\r\n") { "\r\n" } else { "\n" }
}

fn decode_utf16(body: &[u8], encoding: Encoding) -> Result<String, usize> {
    if body.len() % 2 == 1 {
        return Err(body.len() - 1);
    }
    let units = body.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        match encoding {
            Encoding::Utf16BigEndian => u16::from_be_bytes(pair),
            _ => u16::from_le_bytes(pair),
        }
    });
    let mut offset = 0;
    let mut text = String::with_capacity(body.len() / 2);
    for unit in char::decode_utf16(units) {
        let unit = unit.map_err(|_| offset)?;
        offset += unit.len_utf16() * 2;
        text.push(unit);
    }
    Ok(text)
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SourceFile").field(&self.name()).finish()
    }
}

impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.text() == other.text()
    }
}

impl Eq for SourceFile {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "name: caf\u{e9}\r\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let forms: [Vec<u8>; 6] = [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE", le.as_slice()].concat(),
            [b"\xFE\xFF", be.as_slice()].concat(),
            le,
            be,
        ];
        for bytes in forms {
            assert_eq!(SourceFile::decode("x", &bytes).unwrap().text(), text);
        }
    }

    #[test]
    fn bytes_that_are_no_text_name_the_offset() {
        let error = SourceFile::decode("x.yml", b"name: \xE9\n").unwrap_err();
        assert_eq!(error.to_string(), "`x.yml` is not text: byte 6 is not valid UTF-8");
        let error = SourceFile::decode("x.yml", b"\xFF\xFEa\0b").unwrap_err();
        assert_eq!(error.to_string(), "`x.yml` is not text: byte 4 is not valid UTF-16");
    }

    #[test]
    fn lines_end_as_the_first_one_does() {
        for (text, end) in [("a\r\nb\n", "\r\n"), ("a\nb\r\n", "\n"), ("a\r", "\n"), ("", "\n")] {
            assert_eq!(SourceFile::new("x", text).line_end(), end, "{text:?}");
        }
    }

    #[test]
    fn columns_count_characters() {
        let file = SourceFile::new("x", "a\n\u{e9}\u{e9}b\r\n");
        assert_eq!(file.line_column(6).to_string(), "2:3");
        assert_eq!(file.line_column(999).to_string(), "3:1");
        assert_eq!(file.line_span(2), Some(Span::new(2, 7)));
        assert_eq!(file.line_span(9), None);
    }
}
