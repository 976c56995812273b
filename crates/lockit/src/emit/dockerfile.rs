//! From lockfiles to the Dockerfile of the smallest image that runs them.

mod asked;
mod choose;
#[cfg(feature = "solve")]
mod index;
mod inputs;
mod output;

use std::path::{Path, PathBuf};

use lockit_diagnostic::Diagnostic;
use lockit_emit::{Choices, Facts, ProjectFolder, dockerfile, dockerignore, trim};
use lockit_project::confined::check_setting;
use lockit_project::output_names::Output;
use lockit_project::plan::Plan;
use lockit_spec::Project;

use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
pub(crate) use asked::Asked;
use inputs::Found;

/// An image that is wanted: everything about it but the locks.
pub(crate) struct Image<'a> {
    asked: &'a Asked,
    project: Option<&'a Project>,
    choices: Choices,
}

/// The files of an image.
pub(crate) struct ImageFiles {
    /// Where the Dockerfile and the project lie.
    folder: PathBuf,
    dockerfile: String,
    dockerignore: String,
}

impl<'a> Image<'a> {
    /// What is asked for wins over the project.
    ///
    /// # Errors
    /// A value that is not understood.
    pub(crate) fn new(
        asked: &'a Asked,
        project: Option<&'a Project>,
    ) -> Result<Self, CommandError> {
        if let Some(project) = project.filter(|_| asked.value("output").is_none())
            && let Some(output) = project.dockerfile.values.get("output")
        {
            let flag = "`--output PATH`";
            check_setting(
                "output",
                output,
                &project.file,
                &project.root,
                Output::Dockerfile,
                flag,
            )?;
        }
        let choices = choose::choices(asked, project)?;
        Ok(Self { asked, project, choices })
    }

    /// The environment of lockit.toml that is shipped.
    ///
    /// # Errors
    /// There is none, or which one is meant is not clear.
    pub(crate) fn environment(&self) -> Result<String, CommandError> {
        inputs::environment(self.asked, self.project)
    }

    /// Lockfiles that are named.
    ///
    /// # Errors
    /// One that cannot be read, or that is not below the working folder.
    pub(crate) fn named(
        &self,
        lockfiles: &[PathBuf],
        context: &Context,
    ) -> Result<Found, CommandError> {
        inputs::named(lockfiles, self.asked, self.project, context)
    }

    /// The lockfiles that a plan has of the environment that is shipped.
    ///
    /// # Errors
    /// It is not locked, or cannot be read.
    pub(crate) fn planned(&self, plan: &Plan, context: &Context) -> Result<Found, CommandError> {
        inputs::planned(plan, &self.environment()?, context)
    }

    /// Which rules take something out of an image, those that apply first.
    ///
    /// # Errors
    /// Locks that do not go into one image.
    pub(crate) fn explained(
        &self,
        found: Found,
        context: &Context,
    ) -> Result<String, CommandError> {
        Ok(explained(&facts(found, context)?.0, &self.choices))
    }

    /// Puts the texts together, and says what to look at.
    ///
    /// # Errors
    /// Locks that do not go into one image, and projects that cannot.
    pub(crate) fn emit(
        &self,
        found: Found,
        snippet: bool,
        context: &Context,
    ) -> Result<ImageFiles, CommandError> {
        let (facts, found) = facts(found, context)?;
        let text = |path: &Path| Some(context.around.files.read(path).ok()?.text().to_owned());
        let folder = ProjectFolder::read(&found.folder, &text)?;
        let command = choose::command(self.asked, &found);
        let today = context.around.now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let emitted = dockerfile::write(&facts, &self.choices, &folder, &command, snippet, today)?;
        let remarks: Vec<Diagnostic> = emitted
            .remarks
            .iter()
            .map(|(message, hint)| Diagnostic::warning(message.clone()).hint(hint.clone()))
            .collect();
        context.printer.diagnostics(&remarks);
        Ok(ImageFiles {
            folder: found.folder,
            dockerfile: emitted.text,
            dockerignore: dockerignore(&facts, &folder),
        })
    }

    /// The file that was asked for, else the one that lockit.toml names.
    pub(crate) fn output(&self) -> Option<&str> {
        let setting = || self.project?.dockerfile.values.get("output").map(|one| &*one.value);
        self.asked.value("output").or_else(setting)
    }

    /// Makes the file of the environment that is shipped.
    ///
    /// # Errors
    /// As [`Image::planned`], [`Image::emit`] and [`ImageFiles::put`].
    pub(crate) fn write(&self, plan: &Plan, context: &Context) -> Result<(), CommandError> {
        self.emit(self.planned(plan, context)?, false, context)?.put(self.output(), context)
    }
}

impl ImageFiles {
    /// Writes the Dockerfile into a file, and .dockerignore beside it; prints the former without a file.
    ///
    /// # Errors
    /// A file that is there and is not ours, or that cannot be written.
    pub(crate) fn put(&self, output: Option<&str>, context: &Context) -> Result<(), CommandError> {
        let Some(name) = output else {
            context.printer.data(self.dockerfile.trim_end());
            return Ok(());
        };
        let path = self.folder.join(name);
        output::put(&path, &self.dockerfile, context)?;
        output::put(&path.with_file_name(".dockerignore"), &self.dockerignore, context)
    }
}

#[cfg_attr(
    not(feature = "solve"),
    expect(unused_mut, unused_variables, reason = "filled in from an index")
)]
fn facts(mut found: Found, context: &Context) -> Result<(Facts, Found), CommandError> {
    #[cfg(feature = "solve")]
    index::fill(&mut found.inputs, context);
    let mut facts = Facts::of(&found.inputs)?;
    facts.variables.clone_from(&found.variables);
    Ok((facts, found))
}

/// The rules, those that apply first.
fn explained(facts: &Facts, choices: &Choices) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    for rule in trim::RULES {
        let class = if rule.class == lockit_emit::Trim::Safe { "safe" } else { "expert" };
        let state = if rule.matches(facts, choices.trim) {
            "applied"
        } else if rule.is_of_use(facts) {
            "left out: `--trim expert`"
        } else {
            "not for this lock"
        };
        let _ = writeln!(text, "{:18} {class:7} {state}", rule.name);
        let _ = writeln!(text, "    {}; saves {}", rule.why, rule.saves);
    }
    text
}
