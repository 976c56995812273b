//! rattler-build's `recipe.yaml`: as [`super::conda_build`], in the schema of CEP 13 and 14.
//!
//! It is plain YAML, so every item keeps its place. `${{ … }}` and `if:` are run for each platform.

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};
use minijinja::Environment;

use super::by_platform::{ByPlatform, PLATFORMS};
use super::draft::Draft;
use super::recipe_keys::{RECIPE_YAML, unknown};
use super::template;
use crate::environment_file::EnvironmentFile;
use crate::parsed::{ParseResult, conflict};
use crate::yaml::{self, Node, Value};
use crate::{NameMap, Platform, foreign};

/// Reads the file.
pub(super) fn read(file: &SourceFile) -> ParseResult<EnvironmentFile> {
    if let Some(error) = conflict(file).or_else(|| foreign::by_text(file)) {
        return Err(vec![error]);
    }
    let document = yaml::parse(file)?;
    let Some(root) = &document.root else {
        return Err(vec![Diagnostic::error("the recipe is empty").label(
            file,
            Span::new(0, 0),
            "expected `requirements:`",
        )]);
    };
    let names = NameMap::default();
    let mut draft = Draft::new(file, &names);
    if root.key("requirements").is_none() && root.key("outputs").is_none() {
        draft.warn(
            "the recipe has no `requirements`".into(),
            Span::new(root.span.start, root.span.start),
            "this file lists nothing to install",
            "for an environment file use another name than `recipe.yaml`",
        );
    }
    let mut wanted = ByPlatform::default();
    for (index, platform) in PLATFORMS.into_iter().enumerate() {
        let mut recipe = Recipe {
            environment: template::environment(platform),
            platform,
            tell: index == 0,
            draft: &mut draft,
        };
        recipe.context(root);
        if index == 0 {
            recipe.name_and_channels(root);
            recipe.unknown_keys(root);
        }
        recipe.requirements(root, &mut wanted);
        for output in recipe.flatten(value(root, "outputs")) {
            recipe.requirements(output, &mut wanted);
        }
    }
    wanted.ask(&mut draft);
    draft.finish()
}

/// A recipe on one platform.
struct Recipe<'d, 'f> {
    environment: Environment<'static>,
    platform: Platform,
    /// Whether problems are told: once is enough.
    tell: bool,
    draft: &'d mut Draft<'f>,
}

impl Recipe<'_, '_> {
    /// `context`: names for values, each of which may use those before it.
    fn context(&mut self, root: &Node<'_>) {
        let Some(Value::Mapping(entries)) = value(root, "context").map(|node| &node.value) else {
            return;
        };
        for (key, node) in entries {
            let (Some(name), Some(_)) = (key.text(), node.text()) else { continue };
            let text = self.text(node);
            self.environment.add_global(name.to_owned(), text);
        }
    }

    fn name_and_channels(&mut self, root: &Node<'_>) {
        let package = value(root, "package").or_else(|| value(root, "recipe"));
        if let Some(name) = package.and_then(|package| value(package, "name")) {
            let text = self.text(name);
            self.draft.out.name = Some(Spanned::new(text, name.span));
        }
        let channels = value(root, "extra").and_then(|extra| value(extra, "channels"));
        for channel in self.flatten(channels) {
            if let Some(text) = channel.text() {
                self.draft.channel(text.to_owned(), channel.span);
            }
        }
    }

    fn unknown_keys(&mut self, root: &Node<'_>) {
        let outputs = self.flatten(value(root, "outputs"));
        let mut tables = vec![(root, RECIPE_YAML.recipe)];
        tables.extend(outputs.iter().map(|output| (*output, RECIPE_YAML.output)));
        for part in std::iter::once(root).chain(outputs) {
            tables
                .extend(value(part, "requirements").map(|table| (table, RECIPE_YAML.requirements)));
            for test in self.flatten(value(part, "tests")) {
                tables.extend(value(test, "requirements").map(|table| (table, RECIPE_YAML.test)));
            }
        }
        let toml = &mut self.draft.toml;
        for (table, known) in tables {
            toml.diagnostics.extend(unknown(toml.file, table, known, |key| key.span));
        }
    }

    fn requirements(&mut self, part: &Node<'_>, wanted: &mut ByPlatform) {
        if let Some(requirements) = value(part, "requirements") {
            for key in ["host", "run"] {
                self.list(value(requirements, key), "main", wanted);
            }
        }
        for test in self.flatten(value(part, "tests")) {
            let requirements = value(test, "requirements");
            self.list(requirements.and_then(|node| value(node, "run")), "dev", wanted);
        }
    }

    fn list(&mut self, list: Option<&Node<'_>>, category: &'static str, wanted: &mut ByPlatform) {
        for item in self.flatten(list) {
            // `pin_subpackage:` and its like name what is being built.
            if item.text().is_none() {
                continue;
            }
            let text = self.text(item);
            if !text.trim().is_empty() {
                wanted.add(self.platform, text.trim().to_owned(), item.span, category);
            }
        }
    }

    /// The items of a list, with every `if` decided.
    fn flatten<'n, 'y>(&mut self, list: Option<&'n Node<'y>>) -> Vec<&'n Node<'y>> {
        let mut flat = Vec::new();
        let Some(list) = list else { return flat };
        let items = match &list.value {
            Value::Sequence(items) => items.iter().collect(),
            Value::Null => Vec::new(),
            _ => vec![list],
        };
        for item in items {
            let Some(condition) = value(item, "if") else {
                if !item.is_null() {
                    flat.push(item);
                }
                continue;
            };
            let branch = if self.holds(condition) { "then" } else { "else" };
            flat.extend(self.flatten(value(item, branch)));
        }
        flat
    }

    /// Whether a condition is true. One that depends on more than the platform is false.
    fn holds(&mut self, condition: &Node<'_>) -> bool {
        let Some(text) = condition.text() else { return false };
        let evaluated = template::with_unknown(&mut self.environment, |environment| {
            let expression = environment.compile_expression(text)?;
            let unknown = expression
                .undeclared_variables(false)
                .into_iter()
                .find(|name| environment.globals().all(|(known, _)| known != name));
            Ok((expression.eval(())?.is_true(), unknown))
        });
        match evaluated {
            Ok((holds, unknown)) => {
                if let Some(name) = unknown.filter(|_| self.tell) {
                    self.draft.warn(
                        format!("`{name}` is only known while the recipe is built"),
                        condition.span,
                        "taken for nothing",
                        "only the platform is known when a spec is read",
                    );
                }
                holds
            }
            Err(error) => {
                if self.tell {
                    self.wrong(condition, &error);
                }
                false
            }
        }
    }

    /// The text of a scalar with `${{ … }}` filled in.
    fn text(&mut self, node: &Node<'_>) -> String {
        let whole = node.text().unwrap_or_default();
        let mut filled = String::new();
        let mut rest = whole;
        while let Some((before, behind)) = rest.split_once("${{") {
            filled.push_str(before);
            let Some((expression, after)) = behind.split_once("}}") else {
                rest = behind;
                break;
            };
            let value = template::with_unknown(&mut self.environment, |environment| {
                environment.compile_expression(expression.trim())?.eval(())
            });
            match value {
                Ok(value) if value.is_undefined() || value.is_none() => {}
                Ok(value) => filled.push_str(&value.to_string()),
                Err(error) => {
                    if self.tell {
                        self.wrong(node, &error);
                    }
                }
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn wrong(&mut self, node: &Node<'_>, error: &minijinja::Error) {
        let detail = error.detail().unwrap_or_default().to_owned();
        let diagnostic = Diagnostic::error(format!(
            "the expression cannot be evaluated: {}",
            template::reason(error)
        ))
        .label(self.draft.toml.file, node.span, detail);
        self.draft.toml.diagnostics.push(diagnostic);
    }
}

/// The value of a key.
fn value<'n, 'y>(node: &'n Node<'y>, key: &str) -> Option<&'n Node<'y>> {
    let Value::Mapping(entries) = &node.value else { return None };
    entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
}
