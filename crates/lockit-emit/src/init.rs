//! The files of a new project, or those that a project still lacks.

use minijinja::{Environment, context};

use crate::EmitError;

/// What a project has already.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// Environment files in the folder, by name.
    pub specs: Vec<String>,
    /// Whether something declares environments.
    pub project: bool,
    /// Whether pre-commit has its configuration.
    pub pre_commit: bool,
}

const DEV: [&str; 2] = ["environment.yml", "environment.yaml"];
const PREDICT: [&str; 2] = ["predict-environment.yml", "predict-environment.yaml"];

/// Files to write, with their names: specs, `lockit.toml`, the configuration of pre-commit. Nothing that is
/// there is written again.
///
/// # Errors
/// None that a person can cause.
pub fn init(present: &Present) -> Result<Vec<(&'static str, String)>, EmitError> {
    let mut files = Vec::new();
    let find = |names: [&'static str; 2]| {
        names.into_iter().find(|name| present.specs.iter().any(|spec| spec == name))
    };
    let fresh = present.specs.is_empty() && !present.project;
    if fresh {
        files.push((DEV[0], include_str!("../templates/init/environment.yml").to_owned()));
        let predict = include_str!("../templates/init/predict-environment.yml");
        files.push((PREDICT[0], predict.to_owned()));
    }
    if !present.project {
        let dev = if fresh { Some(DEV[0]) } else { find(DEV) };
        let predict = if fresh { Some(PREDICT[0]) } else { find(PREDICT) };
        let (dev, predict) = match (dev, predict) {
            (Some(dev), predict) => (dev.to_owned(), predict),
            (None, Some(predict)) => (predict.to_owned(), None),
            (None, None) => (present.specs.first().cloned().unwrap_or_default(), None),
        };
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_keep_trailing_newline(true);
        let template = include_str!("../templates/init/lockit.toml.jinja");
        let text = environment
            .render_str(template, context! { dev, predict })
            .map_err(|error| EmitError::Io(std::io::Error::other(error)))?;
        files.push(("lockit.toml", text));
    }
    if !present.pre_commit {
        let text = include_str!("../templates/init/pre-commit-config.yaml");
        files.push((".pre-commit-config.yaml", text.to_owned()));
    }
    Ok(files)
}
