//! Which files to look at.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use lockit_diagnostic::{ReadError, SourceFile};
use lockit_diff::lint::{FileReport, Linter, looks_like_environment};
use lockit_project::spec_names::is_spec_name;
use lockit_spec::{Project, SourceKind, out_of_reach};

use crate::args::lint::LintArgs;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;

/// One file to look at.
pub(super) struct Input {
    path: PathBuf,
    /// What standard input held; files are read when their turn comes.
    text: Option<SourceFile>,
    /// Whether it may be something else than a spec or a lockfile.
    optional: bool,
    /// The file or the folder by which it was found; `None` where a person named it.
    found_by: Option<PathBuf>,
}

/// The files that are named, below the folders that are named, or of the project.
pub(super) fn gather(
    args: &LintArgs,
    project: Option<&Project>,
    context: &Context,
) -> Result<Vec<Input>, CommandError> {
    let mut inputs = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| {
                CommandError::error(format!("cannot read standard input: {error}"))
            })?;
            let name = args.stdin_filename.display().to_string();
            let text = SourceFile::decode(name, &bytes)?;
            let path = args.stdin_filename.clone();
            inputs.push(Input { path, text: Some(text), optional: false, found_by: None });
        } else if path.is_dir() {
            walk(path, &mut inputs)?;
        } else {
            let (path, optional) = (path.clone(), args.skip_others);
            inputs.push(Input { path, text: None, optional, found_by: None });
        }
    }
    if args.paths.is_empty() {
        of_project(project, context, &mut inputs)?;
    }
    Ok(inputs)
}

/// YAML and lockfiles below a folder, in order of their names. Hidden folders are other tools'.
fn walk(folder: &Path, inputs: &mut Vec<Input>) -> Result<(), CommandError> {
    let mut entries = fs_err::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs_err::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // `lockit lint .` should not show `./` before every name.
        let path = path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path);
        let kind = entry.file_type()?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A link to a folder may lead in a circle.
        if kind.is_dir() {
            if !name.starts_with('.') && name != "node_modules" && name != "target" {
                walk(&path, inputs)?;
            }
        } else if [".yml", ".yaml", ".lock"].iter().any(|end| name.ends_with(end)) {
            let found_by = Some(path.clone());
            inputs.push(Input { path, text: None, optional: true, found_by });
        }
    }
    Ok(())
}

/// What lockit.toml names, else the environment files of the folder.
fn of_project(
    project: Option<&Project>,
    context: &Context,
    inputs: &mut Vec<Input>,
) -> Result<(), CommandError> {
    let mut push = |path: PathBuf, optional: bool| {
        if !inputs.iter().any(|input| input.path == path) {
            let found_by = project.map(|project| project.root.join("lockit.toml"));
            let found_by = found_by.or_else(|| Some(path.clone()));
            inputs.push(Input { path, text: None, optional, found_by });
        }
    };
    if let Some(project) = project.filter(|project| !project.environments.is_empty()) {
        for file in project.environments.values().flat_map(|environment| &environment.files) {
            push(context.shown(&project.root.join(&file.value)), false);
        }
    } else {
        let mut names: Vec<String> = fs_err::read_dir(context.directory())?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| is_spec_name(name))
            .collect();
        names.sort_unstable();
        for name in names {
            push(PathBuf::from(name), false);
        }
    }
    if inputs.is_empty() {
        return Err(CommandError::error("there is nothing to look at").hint(
            "name files or folders, for example `lockit lint .`, or write an `environment.yml`",
        ));
    }
    Ok(())
}

impl Input {
    /// Looks at the file. `None` when it is none of ours and need not be.
    pub(super) fn lint(&self, linter: &Linter, context: &Context) -> Option<FileReport> {
        let file = match &self.text {
            Some(file) => Ok(file.clone()),
            None => match self.found_by.as_ref().and_then(|by| out_of_reach(&self.path, by)) {
                Some(_) if self.optional => return None,
                Some(reason) => {
                    Err(ReadError::Io(std::io::Error::other(format!("{reason}: it is not read"))))
                }
                None => context.around.files.read(&self.path),
            },
        };
        match file {
            Ok(file) => {
                // Those of a package are not what its project installs.
                if self.optional
                    && matches!(SourceKind::of(&file), SourceKind::CondaBuild | SourceKind::Recipe)
                {
                    return None;
                }
                let report = linter.lint(&file, &self.path);
                let other = self.optional && report.broken && !is_ours(&file);
                (!other).then_some(report)
            }
            // Hooks pass binary files with the ending of a lockfile, too.
            Err(ReadError::Encoding { .. }) if self.optional => None,
            Err(error) => Some(linter.unreadable(&self.path, &error)),
        }
    }
}

/// Whether a file that cannot be read was meant to be a spec or one of our lockfiles.
fn is_ours(file: &SourceFile) -> bool {
    lockit_lockfile::detect::is_lockfile(file.text()) || looks_like_environment(file)
}
