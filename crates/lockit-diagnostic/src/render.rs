//! Diagnostics as text for a terminal.
//!
//! `annotate-snippets` draws the source lines (it is what rustc and ruff look like). It also gets
//! the message and the notes, so that all parts line up.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::visible::{same_length, visible, visible_lines};
use crate::{Diagnostic, Label, Severity, SourceFile};

/// Renders diagnostics one after the other, an empty line between them, a line end after the last.
///
/// With `color`, ANSI escapes are written; the caller decides whether the stream can show them. Whatever else a terminal
/// would obey is shown as what it is, wherever it comes from.
pub fn render(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        // An empty gutter (`|`) is drawn with a trailing blank.
        for line in renderer.render(&[group(&shown(diagnostic))]).lines() {
            // Without a source there is no gutter to leave open.
            if diagnostic.labels.is_empty() && is_gutter(line) {
                continue;
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

/// Whether a line holds nothing but the `|` of an empty gutter, colours aside.
fn is_gutter(line: &str) -> bool {
    let mut visible = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('\u{1b}') {
        visible.push_str(&rest[..start]);
        rest = rest[start..].find('m').map_or("", |end| &rest[start + end + 1..]);
    }
    visible.push_str(rest);
    visible.trim() == "|"
}

/// The same with nothing hidden in it. Spans stay where they are.
fn shown(diagnostic: &Diagnostic) -> Diagnostic {
    let lines =
        |texts: &[String]| texts.iter().map(|one| visible_lines(one).into_owned()).collect();
    let mut files: Vec<(SourceFile, SourceFile)> = Vec::new();
    let mut file = |of: &SourceFile| {
        if let Some((_, known)) = files.iter().find(|(one, _)| one.is(of)) {
            return known.clone();
        }
        let (name, text) = (visible(of.name()), same_length(of.text()));
        let is_same = name == of.name() && text == of.text();
        let shown = if is_same { of.clone() } else { SourceFile::new(name, text) };
        files.push((of.clone(), shown.clone()));
        shown
    };
    Diagnostic {
        severity: diagnostic.severity,
        code: diagnostic.code,
        message: visible_lines(&diagnostic.message).into_owned(),
        labels: diagnostic
            .labels
            .iter()
            .map(|label| Label {
                file: file(&label.file),
                span: label.span,
                message: visible_lines(&label.message).into_owned(),
            })
            .collect(),
        notes: lines(&diagnostic.notes),
        hints: lines(&diagnostic.hints),
    }
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut title = level.primary_title(diagnostic.message.as_str());
    if let Some(code) = diagnostic.code {
        title = title.id(code);
    }
    let mut group = Group::with_title(title);
    let mut rest = diagnostic.labels.as_slice();
    let mut first = true;
    while let Some(head) = rest.first() {
        // Labels of one file, as long as they follow each other, share a snippet.
        let same = rest.iter().take_while(|label| label.file.name() == head.file.name()).count();
        let (labels, tail) = rest.split_at(same);
        group = group.element(snippet(labels, first));
        rest = tail;
        first = false;
    }
    for note in &diagnostic.notes {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
    }
    group
}

fn snippet(labels: &[Label], first: bool) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let file = &labels[0].file;
    let mut snippet = Snippet::source(file.text()).path(file.name());
    for (index, label) in labels.iter().enumerate() {
        let kind =
            if first && index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let end = label.span.end.min(file.text().len());
        let annotation = kind.span(label.span.start.min(end)..end);
        snippet = snippet.annotation(if label.message.is_empty() {
            annotation
        } else {
            annotation.label(label.message.as_str())
        });
    }
    snippet
}

#[cfg(test)]
mod tests {
    use crate::{Diagnostic, SourceFile, Span, render};

    #[test]
    fn labels_notes_and_hints() {
        let spec = SourceFile::new("environment.yml", "dependencies:\n  - numpy <2\n  - pip\n");
        let extra = SourceFile::new("extra.yml", "dependencies:\n  - numpy >=2\n");
        let text = render(
            &[
                Diagnostic::error("`numpy` cannot be both")
                    .label(&spec, Span::new(18, 26), "this wants less than 2")
                    .label(&extra, Span::new(18, 27), "this wants 2 or more")
                    .note("both files are merged into one environment")
                    .hint("drop one of the two"),
                Diagnostic::warning("nothing to show").code("LK999").hint("but something to do"),
            ],
            false,
        );
        insta::assert_snapshot!(text, @"
        error: `numpy` cannot be both
         --> environment.yml:2:5
          |
        2 |   - numpy <2
          |     ^^^^^^^^ this wants less than 2
          |
         ::: extra.yml:2:5
          |
        2 |   - numpy >=2
          |     --------- this wants 2 or more
          |
          = note: both files are merged into one environment
          = hint: drop one of the two

        warning[LK999]: nothing to show
         = hint: but something to do
        ");
    }

    /// Whatever the parts of a message hold, a terminal is told nothing, and the mark stays under its word.
    #[test]
    fn what_others_write_is_shown_and_not_obeyed() {
        let text = "dependencies:\n  - nu\u{202e}\u{9b}\u{1b}]0;x\u{7}mpy # \u{e0041}\r\n";
        let file = SourceFile::new("a\u{1b}[2J\u{202e}.yml", text);
        let end = text.find(" #").unwrap();
        let diagnostic = Diagnostic::error("`a\u{1b}[31m`\u{2066}")
            .label(&file, Span::new(18, end), "l\u{7}\u{9d}")
            .note("n\u{1b}[8m\u{85}")
            .hint("h\r\u{200b}");
        let text = render(&[diagnostic], false);
        assert!(!text.contains(|c| c != '\n' && crate::is_hidden(c)), "{text:?}");
        insta::assert_snapshot!(text, @r"
        error: `a\u{1b}[31m`\u{2066}
         --> a\u{1b}[2J\u{202e}.yml:2:5
          |
        2 |   - nu�¿␛]0;x␇mpy # ¿¿
          |     ^^^^^^^^^^^^^ l\u{7}\u{9d}
          |
          = note: n\u{1b}[8m\u{85}
          = hint: h\r\u{200b}
        ");
    }
}
