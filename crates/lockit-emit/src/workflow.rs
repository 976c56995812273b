//! Jobs that keep locks fresh and refuse stale ones, for GitHub and GitLab.

use minijinja::{Environment, context};

use crate::EmitError;

/// Actions by digest: a tag can be moved to other code. The tag in the comment is for people, and for the
/// bots that raise both.
const CHECKOUT: &str = "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1";
const CACHE: &str = "actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830 # v4.3.0";
const UPLOAD: &str = "actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4 # v5.0.0";
const DOWNLOAD: &str =
    "actions/download-artifact@018cc2cf5baa6db3ef3c5f8a56943fffe632ef53 # v6.0.0";

/// Where a workflow runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
}

/// What a workflow has to know of a repository.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Files that make locks stale, relative to the top of the repository.
    pub paths: Vec<String>,
    /// The branch that pull requests go to.
    pub branch: String,
    /// The folder of the project, when that is not the top.
    pub folder: Option<String>,
    /// The version of lockit that jobs install.
    pub version: String,
}

impl Forge {
    /// The file, relative to the top of the repository.
    pub fn file(self) -> &'static str {
        match self {
            Self::Github => ".github/workflows/lockit.yml",
            Self::Gitlab => ".gitlab/lockit.yml",
        }
    }
}

impl Workflow {
    /// Names stand in YAML, in scripts, and where a forge fills in what is between `${{` and `}}`: so they mean nothing in any
    /// of these.
    fn check(&self) -> Result<(), EmitError> {
        let is_name = |text: &str| {
            !text.starts_with(['-', '~', '!'])
                && text.chars().all(|c| c.is_alphanumeric() || " -_./+@,=~".contains(c))
        };
        let is_branch = |text: &str| {
            !text.starts_with('-')
                && text.chars().all(|c| c.is_alphanumeric() || "-_./+@".contains(c))
        };
        let refuse = |what, value: &str, hint: &str| {
            Err(EmitError::Value { what, value: value.to_owned(), hint: hint.to_owned() })
        };
        if let Some(path) = self.paths.iter().chain(&self.folder).find(|path| !is_name(path)) {
            return refuse("the path", path, "rename it: jobs would take it for more than a name");
        }
        if !is_branch(&self.branch) {
            return refuse(
                "the branch",
                &self.branch,
                "rename it: jobs would take it for more than a name",
            );
        }
        Ok(())
    }

    /// The text of the workflow file.
    ///
    /// # Errors
    /// A name of a file, a folder or a branch that means something in YAML or in a shell.
    pub fn text(&self, forge: Forge) -> Result<String, EmitError> {
        let template = match forge {
            Forge::Github => include_str!("../templates/ci/github.yml.jinja"),
            Forge::Gitlab => include_str!("../templates/ci/gitlab.yml.jinja"),
        };
        self.check()?;
        let mut environment = Environment::new();
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_keep_trailing_newline(true);
        let values = context! {
            paths => self.paths.iter().map(|path| scalar(path)).collect::<Vec<_>>(),
            branch => scalar(&self.branch),
            folder => self.folder.as_deref().map(scalar),
            version => self.version,
            checkout => CHECKOUT,
            cache => CACHE,
            upload => UPLOAD,
            download => DOWNLOAD,
        };
        environment
            .render_str(template, values)
            .map_err(|error| EmitError::Io(std::io::Error::other(error)))
    }
}

/// A name as it can stand in YAML and in a shell: quoted only where it must be.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let number = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(plain) && !number {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
