//! How conda puts together what several files say of one setting.

use indexmap::IndexSet;
use lockit_diagnostic::SourceFile;

use crate::yaml::{self, Comment, Node, Value};

/// What one file or variable says of one setting.
#[derive(Debug, Clone)]
pub(super) struct Stated {
    pub(super) setting: &'static str,
    /// The file or variable.
    pub(super) place: String,
    said: Said,
    flag: Flag,
}

/// A value with what comments say of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Text(String),
    List(Vec<(String, Flag)>),
    Map(Vec<(String, Self, Flag)>),
    /// `null`.
    Nothing,
    /// Something that no setting is.
    Odd,
}

/// `#!final`, `#!top` and `#!bottom` behind something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    None,
    Final,
    Top,
    Bottom,
}

impl Said {
    pub(super) fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err("it must be a single value".to_owned()),
        }
    }

    pub(super) fn list(&self) -> Result<Vec<String>, String> {
        match self {
            Self::List(items) => Ok(items.iter().map(|(item, _)| item.clone()).collect()),
            _ => Err("it must be a list".to_owned()),
        }
    }

    pub(super) fn map(&self) -> Result<impl Iterator<Item = (&String, &Self)>, String> {
        match self {
            Self::Map(entries) => Ok(entries.iter().map(|(name, value, _)| (name, value))),
            _ => Err("it must be a mapping".to_owned()),
        }
    }
}

impl Stated {
    /// What a file says of the settings that its keys are. One that is set to nothing is not said.
    ///
    /// # Errors
    /// What is wrong with a file that is no YAML. The line is not shown: it may hold a secret.
    pub(super) fn of_file(
        file: &SourceFile,
        place: &str,
        setting: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<Vec<Self>, String> {
        let document = yaml::parse(file).map_err(|diagnostics| {
            diagnostics.first().map_or_else(String::new, |one| one.message.clone())
        })?;
        let Some(Node { value: Value::Mapping(entries), .. }) = &document.root else {
            return Ok(Vec::new());
        };
        let flags = Flags { file, comments: &document.comments };
        let stated = |(key, value): &(Node<'_>, Node<'_>)| {
            let setting = setting(key.text()?)?;
            (!value.is_null()).then(|| Self {
                setting,
                place: place.to_owned(),
                said: flags.said(value),
                flag: flags.behind(key),
            })
        };
        Ok(entries.iter().filter_map(stated).collect())
    }

    /// What a variable says of a setting.
    pub(super) fn of_variable(setting: &'static str, value: &str, name: &str) -> Self {
        let said = if setting == "default_channels" {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            Said::List(items.map(|item| (item.to_owned(), Flag::None)).collect())
        } else {
            Said::Text(value.trim().to_owned())
        };
        Self { setting, place: format!("${name}"), said, flag: Flag::None }
    }
}

/// The comments of a file.
struct Flags<'a> {
    file: &'a SourceFile,
    comments: &'a [Comment<'a>],
}

impl Flags<'_> {
    /// The flag on the line of a node.
    fn behind(&self, node: &Node<'_>) -> Flag {
        let line = |at: usize| self.file.line_column(at).line;
        let of_node = line(node.span.start);
        let comment = self.comments.iter().find(|comment| {
            comment.span.start >= node.span.start && line(comment.span.start) == of_node
        });
        match comment.map(|comment| comment.text.trim_end()) {
            Some("!final") => Flag::Final,
            Some("!top") => Flag::Top,
            Some("!bottom") => Flag::Bottom,
            _ => Flag::None,
        }
    }

    fn said(&self, node: &Node<'_>) -> Said {
        match &node.value {
            Value::Scalar(text) => Said::Text(text.clone().into_owned()),
            Value::Sequence(items) => {
                let item = |item: &Node<'_>| Some((item.text()?.to_owned(), self.behind(item)));
                match items.iter().map(item).collect() {
                    Some(items) => Said::List(items),
                    None => Said::Odd,
                }
            }
            Value::Mapping(entries) => {
                let entry = |(key, value): &(Node<'_>, Node<'_>)| {
                    Some((key.text()?.to_owned(), self.said(value), self.behind(key)))
                };
                match entries.iter().map(entry).collect() {
                    Some(entries) => Said::Map(entries),
                    None => Said::Odd,
                }
            }
            Value::Null => Said::Nothing,
        }
    }
}

/// What comes of all that is said of one setting, the weakest first.
///
/// # Errors
/// Kinds of values that do not go together.
pub(super) fn merge(stated: &[&Stated]) -> Result<Said, String> {
    let until_final = match stated.iter().position(|one| one.flag == Flag::Final) {
        Some(at) => &stated[..=at],
        None => stated,
    };
    let values: Vec<&Said> = until_final.iter().map(|one| &one.said).collect();
    merge_values(&values)
}

fn merge_values(values: &[&Said]) -> Result<Said, String> {
    match values.last() {
        None | Some(Said::Odd) => Err("its value is of another kind".to_owned()),
        Some(Said::Nothing) => Ok(Said::Nothing),
        Some(Said::Text(text)) => Ok(Said::Text(text.clone())),
        Some(Said::List(_)) => merge_lists(values),
        Some(Said::Map(_)) => merge_maps(values),
    }
}

/// Lists add up, that of the last file first. What is marked goes to the top or to the bottom.
fn merge_lists(values: &[&Said]) -> Result<Said, String> {
    let lists: Vec<&Vec<(String, Flag)>> = values
        .iter()
        .map(|value| match value {
            Said::List(items) => Ok(items),
            _ => Err("it is a list in one file and none in another".to_owned()),
        })
        .collect::<Result<_, _>>()?;
    let marked = |list: &Vec<(String, Flag)>, flag: Flag| -> Vec<String> {
        list.iter().filter(|(_, mark)| *mark == flag).map(|(item, _)| item.clone()).collect()
    };
    let top = lists.iter().flat_map(|list| marked(list, Flag::Top));
    let all = lists.iter().rev().flat_map(|list| list.iter().map(|(item, _)| item.clone()));
    let items: IndexSet<String> = top.chain(all).collect();
    let bottom: Vec<String> =
        lists.iter().rev().flat_map(|list| marked(list, Flag::Bottom)).collect();
    let backwards: IndexSet<String> =
        bottom.into_iter().rev().chain(items.into_iter().rev()).collect();
    Ok(Said::List(backwards.into_iter().rev().map(|item| (item, Flag::None)).collect()))
}

/// Of a name that is there more often, the values are merged, unless the first that is marked is final.
fn merge_maps(values: &[&Said]) -> Result<Said, String> {
    let mut merged: Vec<(String, Vec<&Said>, bool)> = Vec::new();
    for value in values {
        let Said::Map(entries) = value else {
            return Err("it is a mapping in one file and none in another".to_owned());
        };
        for (name, value, flag) in entries {
            match merged.iter_mut().find(|(known, ..)| known == name) {
                Some((_, _, true)) => {}
                Some((_, values, is_final)) => {
                    if *flag == Flag::Final {
                        values.clear();
                        *is_final = true;
                    }
                    values.push(value);
                }
                None => merged.push((name.clone(), vec![value], *flag == Flag::Final)),
            }
        }
    }
    let entries = merged
        .into_iter()
        .map(|(name, values, _)| Ok((name, merge_values(&values)?, Flag::None)))
        .collect::<Result<_, String>>()?;
    Ok(Said::Map(entries))
}
