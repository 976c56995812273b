//! YAML that is read by a library which knows no bounds.
//!
//! `serde_yaml` unfolds aliases of aliases until the memory is full, and libyaml below it needs the square of the depth. Lockfiles
//! need neither depth nor aliases, so nearly all of them pass by a look at their bytes; the others are gone through
//! event by event.

use std::collections::HashMap;

use granit_parser::{Event, Parser};
use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::yaml::{MAX_DEPTH, MAX_NODES};
use crate::yaml_error;

/// Refuses files that are small and would become large.
///
/// # Errors
/// More than 64 levels, or aliases that unfold to more than 100,000 values; for a file that looks like either also what makes
/// it no YAML.
pub fn check_yaml_bounds(file: &SourceFile) -> Result<(), Box<Diagnostic>> {
    if is_plain(file.text()) { Ok(()) } else { walk(file) }
}

/// Whether a text can neither be deep nor have aliases. May say no to texts that are harmless.
fn is_plain(text: &str) -> bool {
    let mut open = 0_usize;
    for line in text.lines() {
        let bytes = line.as_bytes();
        // Each level of a block needs a column, but for lists in mappings; `- - -` opens several.
        let lead = bytes.iter().take_while(|byte| b" -?:\t".contains(byte)).count();
        if lead > MAX_DEPTH / 2 {
            return false;
        }
        // A bracket in quotes or in a comment closes nothing.
        let closes = !bytes.iter().any(|byte| b"'\"#".contains(byte));
        let mut before = b' ';
        for (index, byte) in bytes.iter().enumerate() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' if closes => open = open.saturating_sub(1),
                b'&' => {
                    let follows =
                        bytes.get(index + 1).is_some_and(|next| !next.is_ascii_whitespace());
                    if follows && b" \t[{,:-?".contains(&before) {
                        return false;
                    }
                }
                _ => {}
            }
            if open > MAX_DEPTH / 2 {
                return false;
            }
            before = *byte;
        }
    }
    true
}

fn walk(file: &SourceFile) -> Result<(), Box<Diagnostic>> {
    let mut options = granit_parser::Options::default();
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    // How many values each collection that is open has so far, with what its aliases stand for, and its anchor.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    let mut unfolded = 0;
    for next in Parser::new_from_str_with_options(file.text(), options) {
        let (event, span) = next.map_err(|error| Box::new(yaml_error::describe(file, &error)))?;
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
                    let range = span.byte_range();
                    let span = range.map_or_else(Span::default, |at| Span::new(at.start, at.end));
                    return Err(Box::new(
                        Diagnostic::error("the aliases of this file unfold to too many values")
                            .label(file, span, "more than 100000 values at this point")
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
        ] {
            let said = verdict(&deep);
            assert!(said.contains("nested too deeply"), "{said}: {}", &deep[..20]);
        }
    }

    #[test]
    fn what_tools_write_is_plain() {
        for text in [
            "version: 1\nmetadata:\n  channels:\n  - url: conda-forge\n    used_env_vars: []\npackage:\n- name: a\n  url: https://h/a?b=1&c=2\n  dependencies: {}\n",
            "packages:\n- conda: https://h/a.conda\n  depends:\n  - b >=1,<2\n  - c *\n",
            "a: 1 & 2\nb: '&'\n",
        ] {
            assert!(is_plain(text), "{text}");
            assert_eq!(verdict(text), "fine");
        }
        // Gone through, and allowed.
        let text = "a: &a [1, 2]\nb: [*a, *a]\n";
        assert!(!is_plain(text));
        assert_eq!(verdict(text), "fine");
    }
}
