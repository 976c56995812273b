//! YAML that is read by a library which knows no bounds.
//!
//! `serde_yaml` keeps every value of a file in memory before it makes anything of them, unfolds aliases of aliases until the
//! memory is full, and libyaml below it needs the square of the depth. Lockfiles need neither depth nor aliases, and have few
//! values for their size, so nearly all of them pass by a look at their bytes; the others are gone through event by event.

use std::collections::HashMap;

use granit_parser::{Event, Parser};
use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::yaml::{MAX_DEPTH, MAX_NODES};
use crate::yaml_error;

/// How many values a lockfile may have: a pixi.lock of 60,000 packages (31 MB, as conda-forge has them) has 1.3 million, and takes
/// 440 MB to read. As many values of one letter each take 400 MB in 4 MB of text.
const MAX_VALUES: usize = 2_000_000;

/// Refuses files that are small and would become large.
///
/// # Errors
/// More than 64 levels, more than two million values, or aliases that unfold to more than 100,000; for a file that looks like one of these also what
/// makes it no YAML.
pub fn check_yaml_bounds(file: &SourceFile) -> Result<(), Box<Diagnostic>> {
    check_within(file, MAX_VALUES)
}

fn check_within(file: &SourceFile, values: usize) -> Result<(), Box<Diagnostic>> {
    if is_plain(file.text(), values) { Ok(()) } else { walk(file, values) }
}

/// Whether a text can neither be deep nor wide nor have aliases. May say no to texts that are harmless.
fn is_plain(text: &str, values: usize) -> bool {
    let mut look = Look::default();
    text.lines().all(|line| look.line(line.as_bytes()) && look.values <= values)
}

/// What has been seen of a text. Whatever could be a sign of YAML counts as one: in a quote, in a comment or in a word, too.
#[derive(Default)]
struct Look {
    /// How many brackets may be open.
    open: usize,
    /// How many values there may be, with lists and mappings.
    values: usize,
    /// Whether a quote may have been open at the end of a line, so that a bracket may be part of a text.
    in_doubt: bool,
}

impl Look {
    /// Takes a line. False when the text has to be gone through.
    fn line(&mut self, bytes: &[u8]) -> bool {
        // Each level of a block needs a column, but for lists in mappings; `- - -` opens several.
        let lead = bytes.iter().take_while(|byte| b" -?:\t".contains(byte)).count();
        if lead > MAX_DEPTH / 2 {
            return false;
        }
        let (mut single, mut double, mut has_escape, mut has_comment) = (0, 0, false, false);
        for byte in bytes {
            match byte {
                b'\'' => single += 1,
                b'"' => double += 1,
                b'\\' => has_escape = true,
                b'#' => has_comment = true,
                _ => {}
            }
        }
        // A bracket in quotes or in a comment closes nothing.
        let closes = single + double == 0 && !has_comment;
        self.in_doubt |= single % 2 + double % 2 > 0
            || (single > 0 && double > 0)
            || (has_escape && single + double > 0);
        // Brackets that are opened in this line.
        let mut own = 0_usize;
        let mut before = b' ';
        for (index, byte) in bytes.iter().enumerate() {
            let next = bytes.get(index + 1);
            let is_alone = next.is_none_or(u8::is_ascii_whitespace);
            match byte {
                b'[' | b'{' => {
                    own += 1;
                    self.values += 2;
                }
                b']' | b'}' if closes && own > 0 => own -= 1,
                b']' | b'}' if closes && !self.in_doubt => self.open = self.open.saturating_sub(1),
                b',' if self.open + own > 0 => self.values += 3,
                // A list or a mapping, and what is in it.
                b'-' | b'?' if is_alone => self.values += 2,
                b':' => {
                    let is_between = b"'\"]}".contains(&before)
                        || next.is_some_and(|next| b",[]{}'\"".contains(next));
                    if is_alone || is_between {
                        self.values += 3;
                    }
                }
                b'&' if !is_alone && b" \t[{,:-?".contains(&before) => return false,
                _ => {}
            }
            if self.open + own > MAX_DEPTH / 2 {
                return false;
            }
            before = *byte;
        }
        self.open += own;
        true
    }
}

fn walk(file: &SourceFile, most: usize) -> Result<(), Box<Diagnostic>> {
    let mut options = granit_parser::Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    // How many values each collection that is open has so far, with what its aliases stand for, and its anchor.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    let mut unfolded = 0;
    let mut values = 0;
    for next in Parser::new_from_str_with_options(file.text(), options) {
        let (event, span) = next.map_err(|error| Box::new(yaml_error::describe(file, &error)))?;
        let at = || {
            span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
        };
        values += usize::from(matches!(
            event,
            Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::MappingStart(..)
                | Event::Alias(_)
        ));
        if values > most {
            return Err(Box::new(
                Diagnostic::error(format!("`{}` has too many values", file.name()))
                    .label(file, at(), format!("more than {most} values at this point"))
                    .hint("no real lockfile has so many; to lock more, give environments lockfiles of their own"),
            ));
        }
        let (anchor, size) = match event {
            Event::Scalar(_, _, anchor, _) => (anchor, 1),
            Event::SequenceStart(_, anchor, _) | Event::MappingStart(_, anchor, _) => {
                open.push((1, anchor));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some((size, anchor)) => (anchor, size),
                None => continue,
            },
            Event::Alias(id) => {
                let size = sizes.get(&id).copied().unwrap_or(1);
                unfolded += size;
                if unfolded > MAX_NODES {
                    return Err(Box::new(
                        Diagnostic::error("the aliases of this file unfold to too many values")
                            .label(file, at(), "more than 100000 values at this point")
                            .hint("write the file again: no tool that locks packages writes aliases of aliases"),
                    ));
                }
                (0, size)
            }
            _ => continue,
        };
        if anchor > 0 {
            sizes.insert(anchor, size);
        }
        if let Some((parent, _)) = open.last_mut() {
            *parent += size;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn verdict(text: &str) -> String {
        match check_yaml_bounds(&SourceFile::new("x.yml", text)) {
            Ok(()) => "fine".to_owned(),
            Err(diagnostic) => diagnostic.message.clone(),
        }
    }

    #[test]
    fn bombs_are_refused_in_every_form() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let alias = format!("*a{}", level - 1);
            writeln!(text, "a{level}: &a{level} [{}]", vec![alias; 9].join(", ")).unwrap();
        }
        assert_eq!(verdict(&text), "the aliases of this file unfold to too many values");
        let block = (0..200).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n");
        for deep in [
            "{a: ".repeat(32_000),
            "[".repeat(200),
            "- ".repeat(200) + "a",
            "? ".repeat(200) + "a",
            block,
            // Brackets that close nothing.
            "[ \"]\",\n".repeat(200),
            "[ # ]\n".repeat(200),
            "{a: ['}',\n".repeat(200),
            // Brackets within a text of several lines.
            "[\"a\n]\n\", ".repeat(200),
            "['\"', \"\n]\n\", ".repeat(200),
            "[\"\\\"\n]\n\", ".repeat(200),
        ] {
            let said = verdict(&deep);
            assert!(said.contains("nested too deeply"), "{said}: {}", &deep[..20]);
        }
    }

    #[test]
    fn wide_files_are_refused_in_every_form() {
        let most = 3_000;
        let many = most + 1;
        let verdict = |text: &str| {
            check_within(&SourceFile::new("x.yml", text), most)
                .map_or_else(|error| error.message.clone(), |()| "fine".to_owned())
        };
        for wide in [
            "- a\n".repeat(many),
            "-\n".repeat(many),
            format!("[{}]", "a,".repeat(many)),
            format!("[{}]", "a:,".repeat(many / 3)),
            format!("[{}]", "\"a\":b,".repeat(many / 3)),
            format!("x:\n{}", "- a: b\n".repeat(many / 2)),
            format!("x: [\n{}]", "a,\n".repeat(many)),
            format!("x: [\n{}]", "[],\n".repeat(many)),
            "- a\r".repeat(many),
        ] {
            let said = verdict(&wide);
            assert_eq!(said, "`x.yml` has too many values", "{}", &wide[..20]);
        }
        assert_eq!(verdict(&"- a\n".repeat(most - 1)), "fine");
        // A text is one value, however long.
        assert_eq!(verdict(&format!("x: {}", "a, b - c ".repeat(many / 4))), "fine");
    }

    #[test]
    fn what_tools_write_is_plain() {
        for text in [
            "version: 1\nmetadata:\n  channels:\n  - url: conda-forge\n    used_env_vars: []\npackage:\n- name: a\n  url: https://h/a?b=1&c=2\n  dependencies: {}\n",
            "packages:\n- conda: https://h/a.conda\n  depends:\n  - b >=1,<2\n  - c *\n",
            "a: 1 & 2\nb: '&'\n",
        ] {
            assert!(is_plain(text, MAX_VALUES), "{text}");
            assert_eq!(verdict(text), "fine");
        }
        // Gone through, and allowed.
        let text = "a: &a [1, 2]\nb: [*a, *a]\n";
        assert!(!is_plain(text, MAX_VALUES));
        assert_eq!(verdict(text), "fine");
    }
}
