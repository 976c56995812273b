//! Messages without the secrets of the lines they point at.

use std::borrow::Cow;

use lockit_diagnostic::{Diagnostic, Label, SourceFile};

use crate::credentials::{has_secret, masked_in_place, without_unmasked_secrets};

/// Takes secrets out of texts, and away the places whose lines hold one: to show where something else is wrong
/// on such a line would show the secret, too. What else is shown of a file has `*` where it has secrets.
pub fn conceal_diagnostics(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for diagnostic in &mut diagnostics {
        let (secret, shown) = diagnostic
            .labels
            .drain(..)
            .partition::<Vec<Label>, _>(|label| has_secret(lines(label)));
        diagnostic.labels = shown;
        let Diagnostic { message, labels, notes, hints, .. } = &mut *diagnostic;
        for label in &mut *labels {
            // Between two labels a line may be shown that neither points at.
            if let Cow::Owned(text) = masked_in_place(label.file.text()) {
                label.file = SourceFile::new(label.file.name(), text);
            }
        }
        let texts = std::iter::once(message)
            .chain(labels.iter_mut().map(|label| &mut label.message))
            .chain(notes)
            .chain(hints);
        for text in texts {
            if let Cow::Owned(public) = without_unmasked_secrets(text) {
                *text = public;
            }
        }
        for label in secret {
            let place = label.file.place(label.span);
            diagnostic.notes.push(format!("it stands at {place}; the line is not shown here"));
        }
    }
    diagnostics
}

/// The lines that a label points at.
fn lines(label: &Label) -> &str {
    let line =
        |at: usize| label.file.line_span(label.file.line_column(at).line).unwrap_or_default();
    let (start, end) = (line(label.span.start).start, line(label.span.end).end);
    label.file.text().get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::{Span, render};

    use super::*;

    #[test]
    fn no_line_shows_a_secret() {
        let text = "a\nb: https://h/sub/t/tk-12345678/c\r\nc: [https://joe:p@ss@h/c,https://x/y?sig=0123]\nd\n";
        let file = SourceFile::new("x.yml", text);
        let place = |part: &str| {
            let start = text.find(part).unwrap();
            Span::new(start, start + part.len())
        };
        let diagnostic = Diagnostic::error("see https://h/sub/t/tk-12345678/c")
            .label(&file, place("a"), "first")
            .label(&file, place("b:"), "hidden")
            .label(&file, place("c:"), "also hidden")
            .label(&file, place("d\n"), "last");
        let shown = conceal_diagnostics(vec![diagnostic]);
        insta::assert_snapshot!(render(&shown, false), @"
        error: see https://h/sub/c
         --> x.yml:1:1
          |
        1 | a
          | ^ first
        ...
        4 | d
          | - last
          |
          = note: it stands at x.yml:2; the line is not shown here
          = note: it stands at x.yml:3; the line is not shown here
        ");
        for secret in ["tk-12345678", "p@ss", "0123"] {
            assert!(!shown[0].labels[0].file.text().contains(secret));
        }
    }
}
