//! YAML syntax errors in words for people who do not know the grammar.

use granit_parser::{ErrorKind, ScanError};
use lockit_diagnostic::{Diagnostic, SourceFile, Span};

/// Explains a syntax error at its place.
pub(crate) fn describe(file: &SourceFile, error: &ScanError) -> Diagnostic {
    let offset = error.marker().byte_offset().unwrap_or(0).min(file.text().len());
    let place = visible(file, offset);
    let rest = &file.text()[place.start..];
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart => tab(file, place),
        _ if line_starts_with_tab(file, offset) => tab(file, place),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            let quote = opening_quote(file, offset).unwrap_or(place);
            Diagnostic::error("a quote is opened and never closed")
                .label(file, quote, "opened here")
                .hint("add the closing quote, or drop the opening one")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            Diagnostic::error("text after a closing quote")
                .label(file, place, "the value has ended before this")
                .hint("put the quotes around the whole item")
        }
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape => {
            Diagnostic::error("a backslash between double quotes starts an escape that does not exist")
                .label(file, place, "here")
                .hint("use single quotes for text with backslashes, such as Windows paths")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            let close = if *open == '[' { ']' } else { '}' };
            Diagnostic::error(format!("`{open}` is opened and never closed"))
                .label(file, place, format!("expected `{close}`"))
        }
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::ExpectedFlowSequenceSeparator => {
            Diagnostic::error("expected `,` or `]` in a list written with brackets").label(file, place, "here")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => jinja(file, place).unwrap_or_else(|| {
            Diagnostic::error("expected `,` or `}` in a mapping written with braces").label(file, place, "here")
        }),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            Diagnostic::error(format!("`{open}` is closed with `{close}`")).label(file, place, "here")
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            Diagnostic::error("a closing bracket without an opening one").label(file, place, "here")
        }
        ErrorKind::RecursionLimitExceeded => {
            Diagnostic::error("the file is nested too deeply").label(file, place, "more than 64 levels")
        }
        ErrorKind::UnknownAnchor => {
            Diagnostic::error("an alias refers to an anchor that does not exist").label(file, place, "no such anchor above")
                .hint("put the text in quotes if the `*` belongs to it")
        }
        ErrorKind::MissingAnchorOrAliasName if rest.starts_with('*') || before_is(file, offset, '*') => {
            Diagnostic::error("a value that starts with `*` must be quoted")
                .label(file, place, "YAML reads this as an alias")
                .hint("write it with quotes, for example `\"*\"`")
        }
        ErrorKind::UnexpectedCharacter { character } => unexpected(file, place, *character),
        ErrorKind::SimpleKeyExpected => {
            Diagnostic::error("expected `key: value`")
                .label(file, place, "there is no `:` that would make this a key")
                .hint("a list item starts with `- `, a key ends with `: `")
        }
        ErrorKind::InvalidColonPlacement => {
            match unclosed_bracket(file, offset) {
                Some((span, close)) => Diagnostic::error("a bracket is opened and never closed")
                    .label(file, span, format!("expected `{close}` before the next key")),
                None => Diagnostic::error("a `:` where no key can stand").label(file, place, "here")
                    .hint("put the item in quotes if the `:` belongs to it"),
            }
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidSimpleKey => Diagnostic::error("a `:` where no key can stand")
            .label(file, place, "this would start a value inside the value before")
            .hint("check the indentation of this line, or put the item in quotes if the `:` belongs to it"),
        ErrorKind::BlockSequenceEntryNotAllowed => Diagnostic::error("a list item where none can stand")
            .label(file, place, "this `-` follows a value on the same line or at the wrong depth")
            .hint("start each item on a line of its own, indented like its neighbours"),
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedNodeContent
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::InvalidDocumentEnd
        | ErrorKind::UnexpectedEofBlockMapping
        | ErrorKind::UnexpectedEofBlockSequence => jinja(file, place).unwrap_or_else(|| indentation(file, place)),
        ErrorKind::CommentInterceptedScalar => {
            Diagnostic::error("a comment stands in the middle of a value")
                .label(file, place, "the value goes on after the comment")
                .hint("check the indentation of this line: it reads as a continuation of the item above")
        }
        _ => Diagnostic::error(format!("this is not valid YAML: {}", error.info().trim_end_matches('.')))
            .label(file, place, "here"),
    }
}

fn tab(file: &SourceFile, place: Span) -> Diagnostic {
    let line = file.line_column(place.start).line;
    let start = file.line_span(line).map_or(place.start, |span| span.start);
    let tab =
        file.text()[start..].find('\t').map_or(place, |at| Span::new(start + at, start + at + 1));
    Diagnostic::error("a tab is used for indentation")
        .label(file, tab, "YAML allows only spaces here")
        .hint("replace the tab with spaces")
}

fn indentation(file: &SourceFile, place: Span) -> Diagnostic {
    let line = file.line_column(place.start).line;
    let text =
        file.line_span(line).map_or("", |span| &file.text()[span.start..span.end]).trim_start();
    let diagnostic = Diagnostic::error("the indentation does not fit");
    let item = text.starts_with("- ") || text == "-";
    if item {
        diagnostic
            .label(
                file,
                place,
                "this list item is not at the depth of the items above, or follows no key",
            )
            .hint("indent it exactly like its neighbours, below a key such as `dependencies:`")
    } else {
        diagnostic
            .label(file, place, "this line fits neither the list nor the mapping above")
            .hint("a list item starts with `- ` and is indented like its neighbours; a top-level key is not indented")
    }
}

fn unexpected(file: &SourceFile, place: Span, character: char) -> Diagnostic {
    match character {
        '%' => jinja(file, place).unwrap_or_else(|| reserved(file, place, character)),
        '@' | '`' => reserved(file, place, character),
        _ => Diagnostic::error(format!("unexpected `{}`", character.escape_debug()))
            .label(file, place, "here"),
    }
}

fn reserved(file: &SourceFile, place: Span, character: char) -> Diagnostic {
    Diagnostic::error(format!("a value cannot start with `{character}`"))
        .label(file, place, "reserved in YAML")
        .hint("put the value in quotes")
}

/// Says so when the line holds a Jinja template.
fn jinja(file: &SourceFile, place: Span) -> Option<Diagnostic> {
    let line = file.line_column(place.start).line;
    // The parser notices the template a line late at times.
    (line.saturating_sub(1)..=line).find_map(|line| {
        let span = file.line_span(line)?;
        template(file, span)
    })
}

/// The error for a template in a range of the file, if one is there.
pub(crate) fn template(file: &SourceFile, span: Span) -> Option<Diagnostic> {
    let text = file.text().get(span.start..span.end)?;
    let at = ["{{", "{%"].iter().filter_map(|mark| text.find(mark)).min()?;
    let end = ["}}", "%}"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .map_or(text.len(), |end| end + 2);
    Some(
        Diagnostic::error("the file is a Jinja template, not an environment file")
            .label(file, Span::new(span.start + at, span.start + end.max(at)), "template syntax")
            .hint("render the template first and pass the result"),
    )
}

/// The last bracket before the offset that nothing closes, and what would close it.
fn unclosed_bracket(file: &SourceFile, offset: usize) -> Option<(Span, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    for (at, c) in file.text()[..offset].char_indices() {
        match c {
            '[' => open.push((at, ']')),
            '{' => open.push((at, '}')),
            ']' | '}' => drop(open.pop_if(|(_, close)| *close == c)),
            _ => {}
        }
    }
    open.pop().map(|(at, close)| (Span::new(at, at + 1), close))
}

fn before_is(file: &SourceFile, offset: usize, character: char) -> bool {
    file.text()[..offset].ends_with(character)
}

fn line_starts_with_tab(file: &SourceFile, offset: usize) -> bool {
    let line = file.line_column(offset).line;
    file.line_span(line).is_some_and(|span| {
        let text = &file.text()[span.start..span.end];
        text[..text.len() - text.trim_start().len()].contains('\t')
    })
}

/// One character at the offset. A line end or the end of the file is shown at the last text before.
fn visible(file: &SourceFile, offset: usize) -> Span {
    let text = file.text();
    let mut offset = offset;
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    if text[offset..].trim().is_empty() {
        let end = text.trim_end().len();
        let start = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
        return Span::new(start, end);
    }
    let length = text[offset..].chars().next().map_or(0, char::len_utf8);
    Span::new(offset, offset + length)
}

/// The quote that was open when the text ended: the first odd one of its line, searching backwards.
fn opening_quote(file: &SourceFile, offset: usize) -> Option<Span> {
    let end = file.line_column(offset).line;
    (1..=end).find_map(|line| {
        let span = file.line_span(line)?;
        let text = file.text()[span.start..span.end].split(" #").next()?;
        ['"', '\''].into_iter().find_map(|quote| {
            let count = text.matches(quote).count();
            let at = text.rfind(quote)?;
            // An apostrophe inside a word opens nothing.
            let opens = text[..at].ends_with([' ', '[', ',', ':', '-', '{']) || at == 0;
            (count % 2 == 1 && opens).then(|| Span::new(span.start + at, span.start + at + 1))
        })
    })
}
