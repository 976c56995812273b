//! `requirements.txt`, and the same lines elsewhere: what they ask for, and where it is looked for.

use std::path::{Path, PathBuf};

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::marker::{self, Applies};
use crate::parsed::unreadable;
use crate::pip_line::{self, Package, PipLine};
use crate::plain_path;
use crate::{
    ChannelRef, PipRequirement, PipSources, Prereleases, ReadBytes, Selector, SpecError, code,
    out_of_reach,
};

/// Files that include files that include files.
const MAX_DEPTH: usize = 16;

/// Collects what lines ask for, and follows `-r` and `-c`.
pub(crate) struct PipLines<'o> {
    pub(crate) requirements: Vec<PipRequirement>,
    pub(crate) constraints: Vec<PipRequirement>,
    pub(crate) sources: PipSources,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The folder that paths in lines start from: the spec's, whichever file the line stands in, as pip run there
    /// takes them.
    folder: PathBuf,
    /// How files that are included are read; `None` leaves them alone.
    read: Option<&'o ReadBytes<'o>>,
    /// The files that are being read, the innermost last.
    open: Vec<PathBuf>,
}

/// What surrounds a line.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) selector: Option<&'a Selector>,
    pub(crate) category: &'a str,
    /// Whether lines only constrain what others ask for.
    pub(crate) constrains: bool,
}

impl<'o> PipLines<'o> {
    /// For the lines of a spec.
    pub(crate) fn new(file: &SourceFile, read: Option<&'o ReadBytes<'o>>) -> Self {
        let path = Path::new(file.name());
        Self {
            requirements: Vec::new(),
            constraints: Vec::new(),
            sources: PipSources::default(),
            diagnostics: Vec::new(),
            folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
            read,
            open: vec![plain_path(path)],
        }
    }

    /// Reads a whole file.
    pub(crate) fn file(&mut self, file: &SourceFile, around: Around<'_>) {
        for line in lines(file.text()) {
            if let Err(error) = self.line(file, &line.text, line.span, around) {
                let exact = file.text().get(line.span.start..line.span.end) == Some(&line.text);
                let span = if exact {
                    Span::new(
                        line.span.start + error.range.start,
                        line.span.start + error.range.end,
                    )
                } else {
                    line.span
                };
                self.diagnostics.push(refused(file, &line.text, span, error));
            }
        }
    }

    /// Reads one line that stands somewhere in a file.
    ///
    /// # Errors
    /// What is wrong with it; nothing of it is kept then.
    pub(crate) fn line(
        &mut self,
        file: &SourceFile,
        text: &str,
        span: Span,
        around: Around<'_>,
    ) -> Result<(), SpecError> {
        for line in pip_line::parse(text)? {
            match line {
                PipLine::Package(package) => self.package(file, package, span, around),
                PipLine::Requirements(path) => self.include(file, &path, span, around),
                PipLine::Constraints(path) => {
                    self.include(file, &path, span, Around { constrains: true, ..around });
                }
                PipLine::Index(url) => {
                    let index = self.place(file, "index", url, span);
                    self.sources.replace_public(index);
                }
                PipLine::ExtraIndex(url) => {
                    let index = self.place(file, "index", url, span);
                    self.sources.indexes.push(index);
                }
                PipLine::FindLinks(place) => {
                    let place = self.place(file, "folder of archives", place, span);
                    self.sources.find_links.push(place);
                }
                PipLine::NoIndex => self.sources.no_index = true,
                PipLine::Prereleases => self.sources.prereleases = Prereleases::Allow,
                PipLine::Archives(rule) => self.sources.archives.push(rule),
                PipLine::NoEffect(option, why) => self.diagnostics.push(
                    Diagnostic::warning(format!("`{option}` has no effect: {why}"))
                        .code(code::IGNORED_TEXT)
                        .label(file, span, ""),
                ),
            }
        }
        Ok(())
    }

    fn package(&mut self, file: &SourceFile, package: Package, span: Span, around: Around<'_>) {
        self.diagnostics.extend(secret(file, &package.text, span));
        let own = match marker::platforms(&package.marker).applies {
            Applies::On(selector) => Some(selector),
            // Whoever resolves the line reads its marker as well.
            Applies::Everywhere | Applies::Nowhere => None,
        };
        let selector = match (around.selector, own) {
            (Some(outer), Some(own)) => Some(outer.and(&own)),
            (outer, own) => own.or_else(|| outer.cloned()),
        };
        let requirement = PipRequirement {
            text: package.text,
            file: file.clone(),
            span,
            folder: self.folder.clone(),
            selector,
            category: around.category.to_owned(),
        };
        if around.constrains {
            self.constraints.push(requirement);
        } else {
            self.requirements.push(requirement);
        }
    }

    /// An address with its place; one that holds a secret is warned of.
    fn place(&mut self, file: &SourceFile, what: &str, text: String, span: Span) -> ChannelRef {
        let place = ChannelRef { text, origin: Some((file.clone(), span)) };
        if place.holds_secret() {
            self.diagnostics.push(written_out(
                file,
                &format!("the {what} `{}`", place.public()),
                span,
            ));
        }
        place
    }

    fn include(&mut self, file: &SourceFile, path: &str, span: Span, around: Around<'_>) {
        let Some(read) = self.read else { return };
        if path.contains("://") {
            self.diagnostics.push(
                Diagnostic::error("a list of requirements is not fetched from an address")
                    .label(file, span, "lockit reads only files here")
                    .hint("download it and name the file"),
            );
            return;
        }
        let beside = Path::new(file.name()).parent().unwrap_or(Path::new(""));
        let mut target = plain_path(&beside.join(path));
        if path.contains('\\') && read(&target).is_none() {
            let slashes = path.replace('\\', "/");
            target = plain_path(&beside.join(&slashes));
            self.diagnostics.push(
                Diagnostic::warning(format!("`{path}` is read as `{slashes}`"))
                    .code(code::IGNORED_TEXT)
                    .label(file, span, "only Windows takes `\\` for a separator")
                    .hint(format!("write `{slashes}`, which every system takes")),
            );
        }
        if self.open.contains(&target) {
            self.diagnostics.push(
                Diagnostic::error(format!("`{}` includes itself", target.display()))
                    .label(file, span, "this leads back to a file that is being read")
                    .hint("remove one of the includes"),
            );
            return;
        }
        if self.open.len() > MAX_DEPTH {
            self.diagnostics.push(
                Diagnostic::error("files include each other too deeply").label(file, span, ""),
            );
            return;
        }
        if let Some(reason) = out_of_reach(&target, Path::new(file.name())) {
            self.diagnostics.push(
                Diagnostic::error(format!("{reason}: it is not read"))
                    .label(file, span, "included here")
                    .hint("a file may include those of its own project; name others with a flag: `-f FILE`"),
            );
            return;
        }
        let included = match read(&target) {
            None => {
                self.diagnostics.push(
                    Diagnostic::error(format!("there is no file `{}`", target.display()))
                        .label(file, span, "included here")
                        .hint("the path is taken relative to the file that names it"),
                );
                return;
            }
            Some(bytes) => {
                bytes.and_then(|bytes| SourceFile::decode(target.display().to_string(), &bytes))
            }
        };
        match included {
            Ok(included) => {
                self.open.push(target);
                self.file(&included, around);
                self.open.pop();
            }
            Err(error) => self.diagnostics.push(unreadable(&target, &error).label(
                file,
                span,
                "included here",
            )),
        }
    }
}

/// What is said of a line that cannot be read. One that holds a secret is not shown.
fn refused(file: &SourceFile, text: &str, span: Span, error: SpecError) -> Diagnostic {
    if crate::credentials::has_secret(text) {
        return Diagnostic::error("a line that holds a secret cannot be read")
            .note(format!("it stands at {}; the line is not shown here", file.place(span)))
            .hint("replace the secret with a placeholder to see what is wrong");
    }
    let diagnostic = Diagnostic::error(error.message).label(file, span, error.label);
    match error.hint {
        Some(hint) => diagnostic.hint(hint),
        None => diagnostic,
    }
}

/// A warning when a secret is written out in a text.
fn secret(file: &SourceFile, text: &str, span: Span) -> Option<Diagnostic> {
    crate::credentials::has_secret(text).then(|| {
        written_out(file, &format!("`{}`", crate::credentials::without_secrets(text)), span)
    })
}

/// It has no label: that would print the line.
fn written_out(file: &SourceFile, what: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(format!("{what} is given with a secret that is written out"))
        .code(code::URL_CREDENTIALS)
        .note(format!("it stands at {}; the line is not shown here", file.place(span)))
        .hint("put a placeholder such as `${TOKEN}` in its place, and set the variable")
}

/// A line as pip sees it: continuations joined, the comment gone.
struct Line {
    text: String,
    span: Span,
}

/// Where the comment of a line begins, for pip: at `#` at its start or behind a blank, whatever quotes are around it.
pub(crate) fn comment(line: &str) -> Option<usize> {
    let mut signs = line.match_indices('#').map(|(at, _)| at);
    signs.find(|at| *at == 0 || line[..*at].ends_with(char::is_whitespace))
}

/// The lines that say something. A `\` at the end of a line joins the next one; a comment begins at `#` at the start of
/// a line or behind a blank.
fn lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut joined: Option<Line> = None;
    let mut offset = 0;
    for physical in text.split_inclusive('\n') {
        let start = offset;
        offset += physical.len();
        let line = physical.trim_end_matches(['\n', '\r']);
        let comment = comment(line);
        let said = &line[..comment.unwrap_or(line.len())];
        let continues = comment.is_none() && said.ends_with('\\');
        let said = said.strip_suffix('\\').filter(|_| continues).unwrap_or(said).trim_end();
        let blanks = said.len() - said.trim_start().len();
        let (said, start) = (&said[blanks..], start + blanks);
        let end = start + said.len();
        match &mut joined {
            Some(whole) if !said.is_empty() => {
                whole.text.push(' ');
                whole.text.push_str(said);
                whole.span.end = end;
            }
            None if !said.is_empty() => {
                joined = Some(Line { text: said.to_owned(), span: Span::new(start, end) });
            }
            _ => {}
        }
        if !continues {
            lines.extend(joined.take());
        }
    }
    lines.extend(joined);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_dropped() {
        let text = "# first\n  six==1.16  # why\r\nrequests>=2 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n\ngit+https://h/r#egg=r\nlast \\";
        let shown: Vec<String> = lines(text)
            .into_iter()
            .map(|line| format!("{} | {:?}", line.text, &text[line.span.start..line.span.end]))
            .collect();
        assert_eq!(
            shown,
            [
                "six==1.16 | \"six==1.16\"",
                "requests>=2 --hash=sha256:00 --hash=sha256:11 | \"requests>=2 \\\\\\n    --hash=sha256:00 \\\\\\n    --hash=sha256:11\"",
                "git+https://h/r#egg=r | \"git+https://h/r#egg=r\"",
                "last | \"last\"",
            ]
        );
    }

    #[test]
    fn a_path_has_one_name() {
        assert_eq!(plain_path(Path::new("./a/../b/./c.txt")), Path::new("b/c.txt"));
        assert_eq!(plain_path(Path::new("../a.txt")), Path::new("../a.txt"));
    }
}
