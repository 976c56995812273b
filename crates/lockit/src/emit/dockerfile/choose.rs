//! From what was asked for and `[dockerfile]` to choices.

use lockit_diagnostic::Diagnostic;
use lockit_emit::{App, Builder, Bytecode, Choices, Digests, Trim};
use lockit_project::confined;
use lockit_spec::{Project, did_you_mean, out_of_reach};

use super::asked::Asked;
use super::inputs::Found;
use crate::args::recorded::shell_word;
use crate::terminal::command_error::CommandError;

/// A value and where it stands, if it stands in a file.
struct Value<'a> {
    key: &'static str,
    text: String,
    project: Option<&'a Project>,
}

impl Value<'_> {
    /// An error about the value, at its place.
    fn refuse(&self, message: String, hint: String) -> CommandError {
        let diagnostic = Diagnostic::error(message);
        let place = self
            .project
            .and_then(|project| Some((project, project.dockerfile.values.get(self.key)?.span)));
        let diagnostic = match place {
            Some((project, span)) => diagnostic.label(&project.file, span, ""),
            None => diagnostic,
        };
        CommandError::from(diagnostic.hint(hint))
    }

    fn one_of<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T, CommandError> {
        let found = words.iter().find(|(word, _)| *word == self.text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let hint = did_you_mean(&self.text, names.iter().copied())
                .unwrap_or_else(|| format!("it is one of {}", names.join(", ")));
            self.refuse(format!("`{}` is no value of `{}`", self.text, self.key), hint)
        })
    }
}

/// What was asked for wins over the project.
pub(super) fn choices(asked: &Asked, project: Option<&Project>) -> Result<Choices, CommandError> {
    let value = |key: &'static str| -> Option<Value<'_>> {
        if let Some(text) = asked.value(key) {
            return Some(Value { key, text: text.to_owned(), project: None });
        }
        let setting = project?.dockerfile.values.get(key)?;
        Some(Value { key, text: setting.value.clone(), project })
    };
    let mut choices = Choices {
        rewrites: project.map(|project| project.rewrites.clone()).unwrap_or_default(),
        ..Choices::default()
    };
    if let Some(value) = value("builder") {
        choices.builder = value.one_of(&Builder::ALL)?;
    }
    choices.builder_image = value("builder-image").map(|value| value.text);
    if let Some(value) = value("runtime") {
        choices.runtime = value.text;
    }
    if let Some(value) = value("prefix") {
        value.text.trim_end_matches('/').clone_into(&mut choices.prefix);
    }
    if let Some(value) = value("app") {
        let words = [("none", App::Nothing), ("package", App::Package), ("copy", App::Copy)];
        choices.app = Some(value.one_of(&words)?);
    }
    if let Some(value) = value("port") {
        let port = value.text.parse().ok().filter(|port| *port > 0);
        choices.port = Some(port.ok_or_else(|| {
            value.refuse(
                format!("`{}` is no port", value.text),
                "a port is a number up to 65535".into(),
            )
        })?);
    }
    choices.cmd = value("cmd").map(|value| value.text);
    if let Some(value) = value("user") {
        choices.user = value.text;
    }
    choices.healthcheck = value("healthcheck")
        .map(|value| if value.text == "none" { String::new() } else { value.text });
    if let Some(value) = value("trim") {
        let words = [("none", Trim::Nothing), ("safe", Trim::Safe), ("expert", Trim::Expert)];
        choices.trim = value.one_of(&words)?;
    }
    if let Some(value) = value("bytecode") {
        choices.bytecode = value.one_of(&[
            ("keep", Bytecode::Keep),
            ("unchecked-hash", Bytecode::UncheckedHash),
            ("strip", Bytecode::Strip),
        ])?;
    }
    if let Some(value) = value("pin-digests") {
        let path = match value.project {
            // It is read, and a line that is not understood is shown.
            Some(project) => {
                let refuse = |reason: String| {
                    value.refuse(
                        format!("`pin-digests` names a file that is not read: {reason}"),
                        "name a file in the repository, or say it yourself: `--pin-digests FILE`"
                            .into(),
                    )
                };
                confined::check(&value.text, &project.root)
                    .map_err(|error| refuse(error.to_string()))?;
                let path = project.root.join(&value.text);
                if let Some(reason) = out_of_reach(&path, &project.root.join("lockit.toml")) {
                    return Err(refuse(reason.to_string()));
                }
                path
            }
            None => value.text.clone().into(),
        };
        let text = fs_err::read_to_string(path).map_err(|error| {
            value.refuse(
                error.to_string(),
                "name a file with a line `IMAGE@sha256:…` for each image".into(),
            )
        })?;
        choices.digests = Digests::parse(&text)?;
    }
    if let Some(project) = project {
        choices.labels.clone_from(&project.dockerfile.labels);
        choices.env.clone_from(&project.dockerfile.env);
    }
    for (flag, texts, map) in
        [("label", &asked.labels, &mut choices.labels), ("env", &asked.env, &mut choices.env)]
    {
        for text in texts {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                CommandError::error(format!("`--{flag} {text}` has no value"))
                    .hint(format!("write `--{flag} NAME=VALUE`"))
            })?;
            map.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(choices)
}

/// The command that makes the file again.
pub(super) fn command(asked: &Asked, found: &Found) -> String {
    let mut command = String::from("lockit dockerfile");
    let mut add = |word: &str| {
        command.push(' ');
        command.push_str(&shell_word(word));
    };
    if found.named {
        found.inputs.iter().for_each(|input| add(&input.path));
    }
    for (key, value) in &asked.values {
        add(&format!("--{key}"));
        add(value);
    }
    for (flag, values) in [("--label", &asked.labels), ("--env", &asked.env)] {
        for value in values {
            add(flag);
            add(value);
        }
    }
    // A comment ends with its line.
    command.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
