//! What git leaves in a file that it could not merge.

use crate::Span;

const OURS: &str = "<<<<<<< ";
const ANCESTOR: &str = "||||||| ";
const THEIRS: &str = "=======";
const END: &str = ">>>>>>> ";

/// The first marker of a merge conflict in a text.
pub fn conflict_marker(text: &str) -> Option<Span> {
    // Nearly every text ends here, without a look at each line.
    let start = line_that_starts_with(text, OURS)?;
    line_that_starts_with(&text[start..], END)?;
    Some(Span::new(start, start + OURS.len() - 1))
}

/// Our side of a text with merge conflicts.
pub fn our_side(text: &str) -> String {
    let mut ours = String::with_capacity(text.len());
    let mut other_side = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with(OURS) {
            other_side = false;
        } else if line.starts_with(ANCESTOR) || line.trim_end() == THEIRS {
            other_side = true;
        } else if line.starts_with(END) {
            other_side = false;
        } else if !other_side {
            ours.push_str(line);
        }
    }
    ours
}

fn line_that_starts_with(text: &str, marker: &str) -> Option<usize> {
    text.match_indices(marker)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_stand_at_the_start_of_a_line_and_come_in_pairs() {
        let text = "a\n<<<<<<< HEAD\nb\n||||||| base\nx\n=======\nc\n>>>>>>> feature\nd\n";
        assert_eq!(conflict_marker(text), Some(Span::new(2, 9)));
        assert_eq!(our_side(text), "a\nb\nd\n");
        assert_eq!(conflict_marker(&text.replace(">>>>>>> feature", "")), None);
        assert_eq!(conflict_marker("a <<<<<<< b\n>>>>>>> c\n"), None);
    }
}
