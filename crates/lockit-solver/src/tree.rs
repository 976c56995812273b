//! The solver's explanation, short enough to read.

/// Lines shown before the rest is only counted.
const LINES: usize = 24;

/// Joins sibling lines that say the same about several versions of a package, and cuts the end.
pub(crate) fn condense(tree: &str) -> String {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for text in tree.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        let line = Line::parse(text);
        match lines.last_mut() {
            Some(last) if last.joins(&line) => last.absorb(line),
            // One line for each record that a constraint rules out.
            Some(last) if last.repeats(&line) => *last = line,
            _ => lines.push(line),
        }
    }
    let mut shown: Vec<String> = lines.iter().map(|line| without_stars(&line.text())).collect();
    if shown.len() > LINES {
        let more = shown.len() - LINES;
        shown.truncate(LINES);
        shown.push(format!("… and {more} more lines of the same kind"));
    }
    shown.join("\n")
}

/// `numpy *` is a name with no condition: the star says nothing to a person.
fn without_stars(line: &str) -> String {
    line.replace(" *, ", ", ").replace(" * can", " can")
}

/// `│  ├─ python 3.13.1, which conflicts with the versions reported above.`
struct Line<'a> {
    /// Everything before the words.
    indent: &'a str,
    whole: &'a str,
    /// Package, versions, and the end of the sentence; only of lines that can be joined.
    parts: Option<(&'a str, Vec<&'a str>, &'a str)>,
    /// Whether this or the line joined last closes its branch.
    last: bool,
}

impl<'a> Line<'a> {
    fn parse(text: &'a str) -> Self {
        let start = text.find(|c: char| !"│├└─ ".contains(c)).unwrap_or(text.len());
        let (indent, words) = text.split_at(start);
        let parts = words.split_once(", which conflicts").and_then(|(package, end)| {
            let (name, version) = package.split_once(' ')?;
            (!version.contains(' ')).then(|| (name, vec![version], end))
        });
        Self {
            indent, whole: text, parts, last: indent.contains("└") && indent.ends_with("└─ ")
        }
    }

    fn depth(&self) -> usize {
        self.indent.chars().count()
    }

    fn repeats(&self, next: &Self) -> bool {
        self.depth() == next.depth()
            && self.whole[self.indent.len()..] == next.whole[next.indent.len()..]
    }

    fn joins(&self, next: &Self) -> bool {
        let same_depth = self.depth() == next.depth();
        match (&self.parts, &next.parts) {
            (Some((name, _, end)), Some((other, _, other_end))) => {
                same_depth && name == other && end == other_end && !self.last
            }
            _ => false,
        }
    }

    fn absorb(&mut self, next: Self) {
        if let (Some((_, versions, _)), Some((_, more, _))) = (&mut self.parts, next.parts) {
            for version in more {
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
        }
        self.last = next.last;
        self.indent = next.indent;
        self.whole = next.whole;
    }

    fn text(&self) -> String {
        match &self.parts {
            Some((name, versions, end)) if versions.len() > 1 => {
                let newest = versions[0];
                let oldest = versions[versions.len() - 1];
                format!(
                    "{}{name} {newest} … {oldest} ({} versions), which conflict{end}",
                    self.indent,
                    versions.len()
                )
            }
            _ => self.whole.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::condense;

    #[test]
    fn versions_of_one_package_share_a_line() {
        let tree = "\
The following packages are incompatible
├─ app would require
│  └─ python 3.13.*, which cannot be installed because there are no viable options:
│     ├─ python 3.13.2, which conflicts with the versions reported above.
│     ├─ python 3.13.2, which conflicts with the versions reported above.
│     ├─ python 3.13.1, which conflicts with the versions reported above.
│     └─ python 3.13.0, which conflicts with the versions reported above.
└─ python 3.8.20, which conflicts with the versions reported above.
";
        insta::assert_snapshot!(condense(tree), @"
        The following packages are incompatible
        ├─ app would require
        │  └─ python 3.13.*, which cannot be installed because there are no viable options:
        │     └─ python 3.13.2 … 3.13.0 (3 versions), which conflict with the versions reported above.
        └─ python 3.8.20, which conflicts with the versions reported above.
        ");
    }

    #[test]
    fn what_is_said_twice_is_said_once_at_the_end() {
        let tree = "\
├─ app * cannot be installed because there are no viable options:
│  ├─ numpy 1.26.4, which conflicts with the versions reported above.
│  └─ numpy 1.26.4, which conflicts with the versions reported above.
├─ the constraint numpy <2 cannot be fulfilled
└─ the constraint numpy <2 cannot be fulfilled
";
        insta::assert_snapshot!(condense(tree), @"
        ├─ app cannot be installed because there are no viable options:
        │  └─ numpy 1.26.4, which conflicts with the versions reported above.
        └─ the constraint numpy <2 cannot be fulfilled
        ");
    }

    #[test]
    fn the_end_is_only_counted() {
        let lines: Vec<String> = (0..100).map(|n| format!("├─ a{n} would require")).collect();
        let tree = lines.join("\n");
        assert!(condense(&tree).ends_with("… and 76 more lines of the same kind"));
    }
}
