//! The bills of materials that `[sbom]` of lockit.toml asks for: a file for each environment and platform.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lockit_diagnostic::visible;
use lockit_emit::sbom::Standard;
use lockit_lockfile::names::file_part;
use lockit_project::confined::{check_output, check_setting};
use lockit_project::output_names::Output;
use lockit_project::plan::Plan;
use lockit_spec::{Platform, Project};

use crate::relock::disagreement;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::outputs::put;

/// What bills a project keeps.
pub(crate) struct Bills<'a> {
    project: &'a Project,
    output: &'a str,
    standard: Standard,
    time: Option<Timestamp>,
}

impl<'a> Bills<'a> {
    /// What `[sbom]` says; a standard that was asked for wins.
    ///
    /// # Errors
    /// It does not say where they belong, or says something that is not understood.
    pub(crate) fn new(
        project: Option<&'a Project>,
        standard: Option<Standard>,
        context: &Context,
    ) -> Result<Self, CommandError> {
        let time = time(context)?;
        let found = project.and_then(|project| Some((project, project.sbom.output.as_ref()?)));
        let Some((project, output)) = found else {
            return Err(CommandError::error("no lockfile is named").hint(
                "name one, or say in lockit.toml where all bills of materials belong: `[sbom]` with `output = \"sbom/{environment}-{platform}.json\"`",
            ));
        };
        let flag = "`lockit sbom LOCKFILE > PATH`";
        check_setting("output", output, &project.file, &project.root, Output::Sbom, flag)?;
        let standard = match (standard, &project.sbom.format) {
            (Some(standard), _) => standard,
            (None, Some(word)) => Standard::named(&word.value).ok_or_else(|| {
                CommandError::error(format!("`{}` is no format of a bill of materials", word.value))
                    .hint("choose `cyclonedx` or `spdx`")
            })?,
            (None, None) => Standard::default(),
        };
        Ok(Self { project, output: &output.value, standard, time })
    }

    /// Writes them for the locks of a plan.
    ///
    /// # Errors
    /// Nothing is locked, several would have the same name, or one cannot be written.
    pub(crate) fn write(&self, plan: &Plan, context: &Context) -> Result<(), CommandError> {
        let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
        for entry in &plan.entries {
            let Some(lock) = entry.previous() else { continue };
            disagreement::say(entry, context);
            for platform in lock.platforms.keys() {
                let name = file_name(self.output, &entry.wanted.environment.name, *platform);
                check_output(&name, &self.project.root, Output::Sbom).map_err(|error| {
                    CommandError::error(format!("cannot write `{}`: {error}", visible(&name)))
                        .hint("choose another name for the environment")
                })?;
                let path = self.project.root.join(&name);
                refuse_other_file(&path, context)?;
                let text = self.standard.render(&lock, *platform, self.time);
                if files.insert(path, text).is_some() {
                    return Err(CommandError::error(format!(
                        "several bills of materials would be written to `{name}`"
                    ))
                    .hint("`output` of `[sbom]` needs `{environment}` and `{platform}`"));
                }
            }
        }
        if files.is_empty() {
            return Err(CommandError::error("nothing is locked").hint("run `lockit` first"));
        }
        put(&files.into_iter().collect::<Vec<_>>(), context)
    }
}

/// What a file names is not written over when it is something else.
fn refuse_other_file(path: &Path, context: &Context) -> Result<(), CommandError> {
    let Some(Ok(old)) = context.around.files.bytes(path) else { return Ok(()) };
    let text = String::from_utf8_lossy(&old);
    let is_bill = ["\"bomFormat\"", "\"spdxVersion\""].iter().any(|key| text.contains(key));
    if is_bill || text.trim().is_empty() {
        return Ok(());
    }
    Err(CommandError::error(format!(
        "`{}` is there and is not an SBOM",
        context.shown(path).display()
    ))
    .hint("move it away, or choose another `output` in `[sbom]`"))
}

/// The file of one environment and platform, for an `output` of `[sbom]`.
pub(crate) fn file_name(output: &str, environment: &str, platform: Platform) -> String {
    output
        .replace("{environment}", &file_part(environment))
        .replace("{platform}", platform.as_str())
}

/// `SOURCE_DATE_EPOCH`, see <https://reproducible-builds.org/specs/source-date-epoch/>.
///
/// # Errors
/// It is no time.
pub(crate) fn time(context: &Context) -> Result<Option<Timestamp>, CommandError> {
    let Some(text) = context.variable("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let time = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map(Some).ok_or_else(|| {
        CommandError::error(format!("SOURCE_DATE_EPOCH is `{text}`, which is no time"))
            .hint("it is a number of seconds since 1970")
    })
}
