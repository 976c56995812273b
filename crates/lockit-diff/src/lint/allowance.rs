//! `# lockit: allow LK001`: findings that somebody has looked at and accepts.

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};

use super::selection::RuleSelection;
use crate::rules::{self, UNUSED_ALLOW};
use crate::{Edit, Finding, Fix, Rule};

const MARKER: &str = "lockit: allow";

/// What a comment allows, and where.
struct Allowance {
    comment: Span,
    /// Each word with its place, and the rule it means.
    words: Vec<(Spanned<String>, Option<&'static Rule>, bool)>,
    /// The line it holds for; `None` is the whole file.
    line: Option<usize>,
}

/// Takes away findings that comments allow, and adds findings about comments that allow nothing.
pub(super) fn apply(
    file: &SourceFile,
    comments: &[Spanned<String>],
    first_key: Option<usize>,
    selection: &RuleSelection,
    findings: &mut Vec<Finding>,
) {
    let mut allowances: Vec<Allowance> =
        comments.iter().filter_map(|comment| Allowance::read(file, comment, first_key)).collect();
    if allowances.is_empty() {
        return;
    }
    findings.retain(|finding| {
        let line =
            finding.diagnostic.labels.first().map(|label| file.line_column(label.span.start).line);
        let mut allowed = false;
        for allowance in &mut allowances {
            if allowance.line.is_none() || allowance.line == line {
                for (_, rule, used) in &mut allowance.words {
                    if *rule == Some(finding.rule) {
                        *used = true;
                        allowed = true;
                    }
                }
            }
        }
        !allowed
    });
    for allowance in &allowances {
        findings.extend(allowance.unused(file, selection));
    }
}

impl Allowance {
    /// `None` when the comment is none.
    fn read(
        file: &SourceFile,
        comment: &Spanned<String>,
        first_key: Option<usize>,
    ) -> Option<Self> {
        let at = comment.value.find(MARKER)?;
        let rest = &comment.value[at + MARKER.len()..];
        if !rest.starts_with([' ', ':', '\t']) {
            return None;
        }
        let offset = comment.span.start + 1 + at + MARKER.len();
        let mut words = Vec::new();
        let mut from = 0;
        // Codes and names, separated by commas or blanks; the first other word begins the reason.
        for part in rest.split([',', ' ', ':', '\t']) {
            let start = from;
            from += part.len() + 1;
            if part.is_empty() {
                continue;
            }
            let rule = rules::find(part);
            let like_one = part.to_ascii_uppercase().starts_with("LK")
                && part[2..].bytes().all(|byte| byte.is_ascii_digit());
            if rule.is_none() && !like_one && !words.is_empty() || part == "--" {
                break;
            }
            let span = Span::new(offset + start, offset + start + part.len());
            words.push((Spanned::new(part.to_owned(), span), rule, false));
        }
        let line = file.line_column(comment.span.start).line;
        let alone = file
            .line_span(line)
            .is_some_and(|span| file.text()[span.start..comment.span.start].trim().is_empty());
        let line = if !alone {
            Some(line)
        } else if first_key.is_some_and(|key| comment.span.start < key) {
            None
        } else {
            Some(next_line(file, line))
        };
        Some(Self { comment: comment.span, words, line })
    }

    fn unused(&self, file: &SourceFile, selection: &RuleSelection) -> Vec<Finding> {
        let mut found = Vec::new();
        let dead = self
            .words
            .iter()
            .filter(|(_, rule, used)| rule.is_none_or(|rule| !used && selection.has(rule)))
            .count();
        for (word, rule, used) in &self.words {
            let message = match rule {
                None => format!("there is no rule `{}` to allow", word.value),
                // A rule that is not applied in this run may have its reasons to be allowed.
                Some(rule) if !used && selection.has(rule) => {
                    format!("nothing here needs `{}` to be allowed", rule.name)
                }
                Some(_) => continue,
            };
            let finding = Finding::new(
                &UNUSED_ALLOW,
                Diagnostic::warning(message)
                    .label(file, word.span, "allows nothing")
                    .hint("remove it, so that it hides nothing later"),
            );
            let finding = if dead == self.words.len() && found.is_empty() {
                finding.fix(Fix {
                    description: "remove the comment".into(),
                    edits: vec![Edit { span: self.with_blanks(file), replacement: String::new() }],
                })
            } else {
                finding
            };
            found.push(finding);
        }
        found
    }

    /// The comment with the blanks before it, or its whole line if there is nothing else on it.
    fn with_blanks(&self, file: &SourceFile) -> Span {
        let text = file.text();
        let start = text[..self.comment.start].trim_end_matches([' ', '\t']).len();
        let alone = start == 0 || text[..start].ends_with('\n');
        let end = self.comment.end;
        if alone {
            let rest = &text[end..];
            let line_end = rest.find('\n').map_or(text.len(), |at| end + at + 1);
            Span::new(start, line_end)
        } else {
            Span::new(start, end)
        }
    }
}

/// The next line that is neither empty nor a comment.
fn next_line(file: &SourceFile, line: usize) -> usize {
    (line + 1..)
        .map_while(|line| Some((line, file.line_span(line)?)))
        .find(|(_, span)| {
            let text = file.text()[span.start..span.end].trim();
            !text.is_empty() && !text.starts_with('#')
        })
        .map_or(line, |(line, _)| line)
}
