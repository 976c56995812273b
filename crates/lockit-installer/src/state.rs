//! The variables of an environment: `conda-meta/state` (`PREFIX_STATE_FILE` of conda), which conda, mamba and rattler read
//! when they activate it.
//!
//! It is a JSON object with `env_vars`, names to texts. Others write it as well (`conda env config vars set`), so
//! `conda-meta/lockit-variables` keeps what lockit set. Only that is ever removed, and only while it is as lockit set it.

use std::path::Path;

use lockit_spec::ActivationVariables;
use serde_json::{Map, Value};

const STATE: &str = "conda-meta/state";
const OURS: &str = "conda-meta/lockit-variables";

/// What the state of a prefix becomes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The text of the state; `None` to leave it as it is.
    text: Option<String>,
    /// The variables that lockit has set then.
    ours: ActivationVariables,
    were_ours: ActivationVariables,
    /// Names of variables that are set now and were not, or had another value.
    pub(crate) set: Vec<String>,
    /// Names of variables that are removed.
    pub(crate) removed: Vec<String>,
}

impl State {
    /// Reads what is there, and puts together what is to be there. Changes nothing.
    ///
    /// # Errors
    /// What is wrong with a file that is there.
    pub(crate) fn plan(prefix: &Path, wanted: &ActivationVariables) -> Result<Self, String> {
        let Value::Object(mut state) = object(prefix, STATE)? else {
            return Err(format!("`{STATE}` is not a JSON object"));
        };
        let ours = object(prefix, OURS)?;
        let were_ours: ActivationVariables = ours
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        let mut variables = match state.get("env_vars") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(variables)) => variables.clone(),
            Some(_) => return Err(format!("`env_vars` in `{STATE}` is not a JSON object")),
        };
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        for (name, value) in &were_ours {
            let is_as_set = variables.get(name).and_then(Value::as_str) == Some(value);
            if !wanted.contains_key(name) && is_as_set {
                variables.shift_remove(name);
                removed.push(name.clone());
            }
        }
        for (name, value) in wanted {
            let value = Value::String(value.clone());
            if variables.get(name) != Some(&value) {
                variables.insert(name.clone(), value);
                set.push(name.clone());
            }
        }
        let text = (!set.is_empty() || !removed.is_empty()).then(|| {
            state.insert("env_vars".to_owned(), Value::Object(variables));
            Value::Object(state).to_string()
        });
        Ok(Self { text, ours: wanted.clone(), were_ours, set, removed })
    }

    /// Puts it in its place. The list of what is ours goes first: what is in it and not set removes nothing.
    ///
    /// # Errors
    /// As writing a file does.
    pub(crate) fn write(&self, prefix: &Path) -> std::io::Result<()> {
        if self.text.is_none() && self.ours == self.were_ours {
            return Ok(());
        }
        let mut both = self.were_ours.clone();
        both.extend(self.ours.clone());
        if let Some(text) = &self.text {
            put(prefix, OURS, &listed(&both))?;
            put(prefix, STATE, text)?;
        }
        if self.ours.is_empty() {
            return match fs_err::remove_file(prefix.join(OURS)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        put(prefix, OURS, &listed(&self.ours))
    }
}

fn listed(variables: &ActivationVariables) -> String {
    let map = variables.iter().map(|(name, value)| (name.clone(), Value::String(value.clone())));
    Value::Object(map.collect()).to_string()
}

fn object(prefix: &Path, name: &str) -> Result<Value, String> {
    match fs_err::read_to_string(prefix.join(name)) {
        Ok(text) if text.trim().is_empty() => Ok(Value::Object(Map::new())),
        Ok(text) => {
            serde_json::from_str(&text).map_err(|error| format!("`{name}` is not JSON: {error}"))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Value::Object(Map::new())),
        Err(error) => Err(error.to_string()),
    }
}

/// A link in the place of the file is replaced, and not written through.
fn put(prefix: &Path, name: &str, text: &str) -> std::io::Result<()> {
    let folder = prefix.join("conda-meta");
    fs_err::create_dir_all(&folder)?;
    let staged = folder.join("lockit-variables.new");
    match fs_err::remove_file(&staged) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs_err::write(&staged, text)?;
    fs_err::rename(staged, prefix.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> ActivationVariables {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn apply(prefix: &Path, pairs: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let state = State::plan(prefix, &variables(pairs)).unwrap();
        state.write(prefix).unwrap();
        (state.set, state.removed)
    }

    fn read(prefix: &Path, name: &str) -> String {
        fs_err::read_to_string(prefix.join(name)).unwrap_or_default()
    }

    #[test]
    fn what_others_wrote_stays() {
        let prefix = tempfile::tempdir().unwrap();
        let prefix = prefix.path();
        fs_err::create_dir(prefix.join("conda-meta")).unwrap();
        let others = r#"{"isolate_env":true,"env_vars":{"THEIRS":"1","A":"old"}}"#;
        fs_err::write(prefix.join(STATE), others).unwrap();
        let (set, removed) = apply(prefix, &[("A", "x\ny"), ("B", "é\"")]);
        assert_eq!((set, removed.len()), (vec!["A".to_owned(), "B".to_owned()], 0));
        assert_eq!(
            read(prefix, STATE),
            r#"{"isolate_env":true,"env_vars":{"THEIRS":"1","A":"x\ny","B":"é\""}}"#
        );
        assert_eq!(apply(prefix, &[("A", "x\ny"), ("B", "é\"")]), (Vec::new(), Vec::new()));
        // Somebody gives one of ours another value: it is theirs from then on.
        let theirs = read(prefix, STATE).replace("é", "theirs");
        fs_err::write(prefix.join(STATE), theirs).unwrap();
        let (set, removed) = apply(prefix, &[]);
        assert_eq!((set.len(), removed), (0, vec!["A".to_owned()]));
        assert_eq!(
            read(prefix, STATE),
            r#"{"isolate_env":true,"env_vars":{"THEIRS":"1","B":"theirs\""}}"#
        );
        assert!(!prefix.join(OURS).exists());
    }

    #[test]
    fn nothing_is_written_where_there_is_nothing_to_say() {
        let prefix = tempfile::tempdir().unwrap();
        apply(prefix.path(), &[]);
        assert!(!prefix.path().join("conda-meta").exists());
    }

    #[test]
    fn what_is_no_state_is_an_error() {
        let prefix = tempfile::tempdir().unwrap();
        fs_err::create_dir(prefix.path().join("conda-meta")).unwrap();
        for (text, said) in [
            ("[]", "is not a JSON object"),
            ("{", "is not JSON"),
            (r#"{"env_vars": []}"#, "`env_vars` in"),
        ] {
            fs_err::write(prefix.path().join(STATE), text).unwrap();
            let error = State::plan(prefix.path(), &variables(&[("A", "1")])).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        // Whatever it is, it is of no interest where lockit has nothing to set or to remove.
        for text in ["", r#"{"env_vars": null}"#] {
            fs_err::write(prefix.path().join(STATE), text).unwrap();
            assert_eq!(apply(prefix.path(), &[("A", "1")]).0, ["A"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_written_through() {
        let prefix = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let aim = outside.path().join("state");
        fs_err::write(&aim, "{}").unwrap();
        fs_err::create_dir(prefix.path().join("conda-meta")).unwrap();
        for name in [STATE, OURS, "conda-meta/lockit-variables.new"] {
            fs_err::os::unix::fs::symlink(&aim, prefix.path().join(name)).unwrap();
        }
        apply(prefix.path(), &[("A", "1")]);
        assert_eq!(read(outside.path(), "state"), "{}");
        assert_eq!(read(prefix.path(), STATE), r#"{"env_vars":{"A":"1"}}"#);
    }
}
