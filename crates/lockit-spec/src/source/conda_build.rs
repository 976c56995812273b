//! conda-build's `meta.yaml`: `host` and `run` requirements are what a developer needs, `test.requires` is `dev`.
//!
//! As in conda-lock, all outputs are one, and `build` is left out: it is for the machine that builds.

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use super::by_platform::{ByPlatform, PLATFORMS};
use super::draft::Draft;
use super::recipe_keys::{META_YAML, unknown};
use super::template;
use crate::environment_file::EnvironmentFile;
use crate::parsed::{ParseResult, conflict};
use crate::selector_comment::{CommentSelector, from_comment};
use crate::yaml::{self, Node, Value};
use crate::{NameMap, Platform, Selector, code, foreign, parse_conda_spec};

/// What stands behind each item, so that its line is known after templates have run.
const MARK: &str = " #@";

/// Reads the file.
pub(super) fn read(file: &SourceFile) -> ParseResult<EnvironmentFile> {
    if let Some(error) = conflict(file).or_else(|| foreign::by_text(file)) {
        return Err(vec![error]);
    }
    let names = NameMap::default();
    let mut draft = Draft::new(file, &names);
    let lines = lines(file);
    tell_what_is_left_out(file, &lines, &mut draft);
    let mut wanted = ByPlatform::default();
    for (index, platform) in PLATFORMS.into_iter().enumerate() {
        let rendered =
            render(file, &lines, platform, Undecided::LeftOut).map_err(|error| vec![error])?;
        let document = yaml::parse_rendered(&rendered)?;
        let Some(root) = &document.root else {
            return Err(vec![Diagnostic::error("the recipe is empty").label(
                file,
                Span::new(0, 0),
                "expected `requirements:`",
            )]);
        };
        let recipe = Recipe { file, rendered: &rendered, lines: &lines, platform };
        if index == 0 {
            recipe.name_and_channels(root, &mut draft);
            for (table, known) in tables(root) {
                let told = unknown(file, table, known, |key| recipe.key_place(key));
                draft.toml.diagnostics.extend(told);
            }
            if value(root, "requirements").is_none() && value(root, "outputs").is_none() {
                draft.warn(
                    "the recipe has no `requirements`".into(),
                    Span::new(0, 0),
                    "this file lists nothing to install",
                    "for an environment file use another name than `meta.yaml`",
                );
            }
        }
        for (list, category) in lists(root) {
            recipe.list(list, category, &mut wanted, &mut draft);
        }
    }
    wanted.ask(&mut draft);
    draft.finish()
}

/// Warns of requirements whose selector cannot be decided. Such lines elsewhere are about building.
fn tell_what_is_left_out(file: &SourceFile, lines: &[Line<'_>], draft: &mut Draft<'_>) {
    if !lines.iter().any(|line| matches!(line.selector, LineSelector::Never(_))) {
        return;
    }
    // With all of them kept the text may be no YAML any more; then nothing can be said.
    let Ok(rendered) = render(file, lines, PLATFORMS[0], Undecided::Kept) else { return };
    let Ok(document) = yaml::parse_rendered(&rendered) else { return };
    let Some(root) = &document.root else { return };
    let recipe = Recipe { file, rendered: &rendered, lines, platform: PLATFORMS[0] };
    for (list, _) in lists(root) {
        for item in items(list).iter().filter(|item| item.text().is_some()) {
            let Some(line) = recipe.line(item) else { continue };
            if let LineSelector::Never(warning) = &line.selector
                && !draft.toml.diagnostics.contains(warning)
            {
                draft.toml.diagnostics.push((**warning).clone());
            }
        }
    }
}

/// The lists of requirements of a recipe and its outputs, each with its category.
fn lists<'n, 'a>(root: &'n Node<'a>) -> Vec<(&'n Node<'a>, &'static str)> {
    let mut lists = Vec::new();
    let outputs = value(root, "outputs").map(items).unwrap_or_default();
    for part in std::iter::once(root).chain(outputs) {
        if let Some(requirements) = value(part, "requirements") {
            // An output may list what it needs to run directly.
            if matches!(requirements.value, Value::Sequence(_)) {
                lists.push((requirements, "main"));
            }
            let keys = ["host", "run"].into_iter();
            lists.extend(keys.filter_map(|key| Some((value(requirements, key)?, "main"))));
        }
        let tests = value(part, "test").and_then(|test| value(test, "requires"));
        lists.extend(tests.map(|list| (list, "dev")));
    }
    lists
}

/// The tables that requirements stand in, each with the keys that it may have.
fn tables<'n, 'a>(root: &'n Node<'a>) -> Vec<(&'n Node<'a>, &'static [&'static str])> {
    let mut tables = vec![(root, META_YAML.recipe)];
    let outputs = value(root, "outputs").map(items).unwrap_or_default();
    tables.extend(outputs.iter().map(|output| (output, META_YAML.output)));
    for part in std::iter::once(root).chain(outputs) {
        tables.extend(value(part, "requirements").map(|table| (table, META_YAML.requirements)));
        tables.extend(value(part, "test").map(|table| (table, META_YAML.test)));
    }
    tables
}

/// One line of the file.
struct Line<'f> {
    /// Its place, without the line end.
    span: Span,
    /// What is said on it, without a comment that holds a selector.
    text: &'f str,
    selector: LineSelector,
}

enum LineSelector {
    None,
    On(Selector),
    /// It cannot be decided, so the line goes on every platform, as in conda-lock. Holds what to say of it.
    Never(Box<Diagnostic>),
}

/// What becomes of lines whose selector cannot be decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undecided {
    LeftOut,
    Kept,
}

fn lines(file: &SourceFile) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for physical in file.text().split_inclusive('\n') {
        let text = physical.trim_end_matches(['\n', '\r']);
        let span = Span::new(start, start + text.len());
        start += physical.len();
        let comment = text
            .match_indices('#')
            .map(|(at, _)| at)
            .find(|at| *at == 0 || text[..*at].ends_with(char::is_whitespace));
        let (said, selector) = match comment {
            None => (text, LineSelector::None),
            // conda-lock drops these before anything is rendered.
            Some(at) if text[..at].trim().is_empty() => ("", LineSelector::None),
            Some(at) => match from_comment(&text[at + 1..]) {
                CommentSelector::Selector(selector) => (&text[..at], LineSelector::On(selector)),
                CommentSelector::Wrong { error, offset } => {
                    let (from, length) = error.place();
                    let from = span.start + at + 1 + offset + from;
                    let to = (from + length).min(span.end).max(from);
                    let exact =
                        file.text().is_char_boundary(from) && file.text().is_char_boundary(to);
                    let place = if exact { Span::new(from, to) } else { span };
                    let warning = Diagnostic::warning("this line is left out on every platform")
                        .code(code::IGNORED_TEXT)
                        .label(file, place, error.to_string())
                        .hint("only the platform is known when a spec is read");
                    (&text[..at], LineSelector::Never(Box::new(warning)))
                }
                CommentSelector::None | CommentSelector::NotAnExpression { .. } => {
                    (&text[..at], LineSelector::None)
                }
            },
        };
        lines.push(Line { span, text: said.trim_end(), selector });
    }
    lines
}

/// The text for a platform: lines that are not meant are empty, templates are filled in, items are marked.
fn render(
    file: &SourceFile,
    lines: &[Line<'_>],
    platform: Platform,
    undecided: Undecided,
) -> Result<SourceFile, Diagnostic> {
    let mut text = String::with_capacity(file.text().len());
    for (number, line) in lines.iter().enumerate() {
        let kept = match &line.selector {
            LineSelector::None => true,
            LineSelector::On(selector) => selector.matches(platform),
            LineSelector::Never(_) => undecided == Undecided::Kept,
        };
        if kept {
            text.push_str(line.text);
            let item = line.text.trim_start().starts_with("- ");
            if item && balanced(line.text) {
                text.push_str(MARK);
                text.push_str(&number.to_string());
            }
        }
        text.push('\n');
    }
    let mut environment = template::environment(platform);
    template::with_unknown(&mut environment, |environment| {
        environment.render_named_str(file.name(), &text, ())
    })
    .map(|rendered| SourceFile::new(format!("{} (rendered for {platform})", file.name()), rendered))
    .map_err(|error| {
        let line = error.line().unwrap_or(1);
        let span = file.line_span(line).unwrap_or_default();
        let start = span.end - file.text()[span.start..span.end].trim_start().len();
        let detail = error.detail().unwrap_or_default().to_owned();
        Diagnostic::error(format!("the template cannot be filled in: {}", template::reason(&error)))
            .label(file, Span::new(start, span.end), detail)
            .hint("lockit fills recipes in without knowing a build; what is not known is empty")
    })
}

/// Whether every template tag that begins on a line ends on it.
fn balanced(line: &str) -> bool {
    [("{{", "}}"), ("{%", "%}"), ("{#", "#}")]
        .iter()
        .all(|(open, close)| line.matches(open).count() == line.matches(close).count())
}

struct Recipe<'a> {
    file: &'a SourceFile,
    rendered: &'a SourceFile,
    lines: &'a [Line<'a>],
    platform: Platform,
}

impl Recipe<'_> {
    fn name_and_channels(&self, root: &Node<'_>, draft: &mut Draft<'_>) {
        let name = value(root, "package").and_then(|package| value(package, "name"));
        if let Some(text) = name.and_then(Node::text) {
            let span = Span::new(0, 0);
            draft.out.name = Some(lockit_diagnostic::Spanned::new(text.to_owned(), span));
        }
        let Some(extra) = value(root, "extra") else { return };
        for (key, index) in [("channels", false), ("pip-repositories", true)] {
            for item in value(extra, key).map(items).unwrap_or_default() {
                let Some(text) = item.text().map(str::to_owned) else { continue };
                if index {
                    draft.index(text, self.place(item));
                } else {
                    draft.channel(text, self.place(item));
                }
            }
        }
    }

    fn list(
        &self,
        list: &Node<'_>,
        category: &'static str,
        wanted: &mut ByPlatform,
        draft: &mut Draft<'_>,
    ) {
        for item in items(list) {
            // An item of which a template left nothing.
            let Some(text) = item.text().map(str::trim).filter(|text| !text.is_empty()) else {
                continue;
            };
            let span = self.place(item);
            let source = &self.file.text()[span.start..span.end];
            if parse_conda_spec(text).is_err() && source.contains("{{") {
                let name = text.split_whitespace().next().unwrap_or_default();
                if parse_conda_spec(name).is_err() {
                    continue;
                }
                if self.platform == PLATFORMS[0] {
                    draft.warn(
                        format!("the version of `{name}` is only known while the recipe is built"),
                        span,
                        "any version is taken",
                        "",
                    );
                }
                wanted.add(self.platform, name.to_owned(), span, category);
                continue;
            }
            wanted.add(self.platform, text.to_owned(), span, category);
        }
    }

    /// The line of the recipe that an item was made of.
    fn line(&self, item: &Node<'_>) -> Option<&Line<'_>> {
        let text = &self.rendered.text()[item.span.start..];
        let text = text.split('\n').next().unwrap_or_default();
        let (_, number) = text.rsplit_once(MARK)?;
        self.lines.get(number.trim().parse::<usize>().ok()?)
    }

    /// Where a key stands in the recipe as it was written. Only items are marked, so it is looked for by its letters, from
    /// the last item before it.
    fn key_place(&self, key: &Node<'_>) -> Span {
        let text = key.text().unwrap_or_default();
        let marked = self.rendered.text()[..key.span.start].rsplit_once(MARK);
        let number = marked.and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
        let found = self.lines.iter().skip(number.unwrap_or(0)).find_map(|line| {
            let before = |at: usize| line.text[..at].trim_end().chars().last();
            let is_key = |at: usize| {
                line.text[at + text.len()..].trim_start().starts_with(':')
                    && matches!(before(at), None | Some('-' | '{' | ','))
            };
            let at = line.text.match_indices(text).map(|(at, _)| at).find(|at| is_key(*at))?;
            Some(line.span.start + at)
        });
        found.map_or(Span::new(0, 0), |start| Span::new(start, start + text.len()))
    }

    /// Where an item stands in the recipe as it was written.
    fn place(&self, item: &Node<'_>) -> Span {
        let Some(line) = self.line(item) else { return Span::new(0, 0) };
        let inner = line.text.trim_start().trim_start_matches('-').trim();
        let start = line.text.find(inner).map_or(line.span.start, |at| line.span.start + at);
        Span::new(start, start + inner.len())
    }
}

/// The value of a key.
fn value<'n, 'a>(node: &'n Node<'a>, key: &str) -> Option<&'n Node<'a>> {
    let Value::Mapping(entries) = &node.value else { return None };
    entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
}

/// The items of a list; nothing for what is none.
fn items<'n, 'a>(node: &'n Node<'a>) -> &'n [Node<'a>] {
    match &node.value {
        Value::Sequence(items) => items,
        _ => &[],
    }
}
