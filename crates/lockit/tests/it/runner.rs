//! A machine of a forge: it runs the steps of a job, with stand-ins for the programs that nobody has here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_testkit::{ForgeServer, TempDir};
use serde_json::{Value, json};

use crate::peers::host_python;
use crate::refresh_git::Forge;

/// What forges put in the place of `${{ … }}` in our jobs. Any other expression is a mistake.
const TOKEN: &str = "${{ secrets.LOCKIT_TOKEN || github.token }}";

/// The variables of a step or a job.
pub(crate) type Variables = BTreeMap<String, String>;

/// A runner with a home of its own.
pub(crate) struct Runner {
    folder: TempDir,
    token: String,
    host: String,
}

impl Runner {
    /// A runner with some of the programs of `stand_ins`, which refuse what their originals do not know.
    pub(crate) fn new(programs: &[&str]) -> Option<Self> {
        host_python()?;
        let folder = tempfile::tempdir().unwrap();
        let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stand_ins");
        let (calls, path) = (folder.path().join("calls"), folder.path().join("bin"));
        fs_err::create_dir(&path).unwrap();
        for name in ["calls", "gitconfig"] {
            fs_err::write(folder.path().join(name), "").unwrap();
        }
        for name in programs {
            let script = if *name == "gh" { "gh.py" } else { "installer.py" };
            let text = format!(
                "#!/bin/sh\n{{ printf %s {name}; for word; do printf ' [%s]' \"$word\"; done; echo; }} >> '{calls}'\n\
                 exec python3 '{script}' \"$0\" \"$@\"\n",
                calls = calls.display(),
                script = stand_ins.join(script).display()
            );
            let program = path.join(name);
            fs_err::write(&program, text).unwrap();
            executable(&program);
        }
        // Those of other people, which no job of ours may touch.
        let pull_requests = json!([
            other_pull_request(1, "feature", "main", "OPEN"),
            other_pull_request(2, "lockit/refresh", "release", "OPEN"),
            other_pull_request(3, "lockit/refresh", "main", "MERGED"),
            other_pull_request(4, "lockit/refresh", "main", "CLOSED"),
        ]);
        fs_err::write(folder.path().join("pull-requests"), pull_requests.to_string()).unwrap();
        Some(Self { folder, token: String::new(), host: String::new() })
    }

    /// With the secrets of a project on a forge.
    pub(crate) fn for_project(mut self, server: &ForgeServer, token: &str) -> Self {
        self.host = server.root();
        token.clone_into(&mut self.token);
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// A new machine has no such folder of temporary files.
    pub(crate) fn forget(&self, folder: &str) {
        let _ = fs_err::remove_dir_all(self.path(folder));
    }

    /// How stand-ins were called since this was last asked, one line for each call.
    pub(crate) fn calls(&self) -> String {
        let calls = fs_err::read_to_string(self.path("calls")).unwrap();
        fs_err::write(self.path("calls"), "").unwrap();
        calls
    }

    /// The pull requests that `gh` knows of.
    pub(crate) fn pull_requests(&self) -> Vec<Value> {
        serde_json::from_slice(&fs_err::read(self.path("pull-requests")).unwrap()).unwrap()
    }

    /// A step as a forge runs it: bash that ends at the first failure.
    pub(crate) fn command(
        &self,
        forge: &Forge,
        folder: &Path,
        script: &str,
        env: &Variables,
    ) -> Command {
        let binary = Path::new(env!("CARGO_BIN_EXE_lockit")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let value = |text: &str| match text {
            TOKEN => self.token.clone(),
            text => {
                assert!(!text.contains("${{"), "no forge has a value for {text}");
                text.to_owned()
            }
        };
        let mut command = forge.context.shell(script);
        command
            .current_dir(folder)
            .env("PATH", format!("{}:{}:{path}", self.path("bin").display(), binary.display()))
            .env("GIT_CONFIG_GLOBAL", self.path("gitconfig"))
            .env("STAND_IN_PULL_REQUESTS", self.path("pull-requests"))
            .env("GH_HOST", &self.host)
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_STEP_SUMMARY", self.path("summary.md"))
            .env("LOCKIT", "conda-lockit==0.0.0")
            .envs(env.iter().map(|(name, text)| (name, value(text))));
        command
    }

    #[track_caller]
    pub(crate) fn step(&self, forge: &Forge, folder: &Path, script: &str, env: &Variables) {
        let output = self.command(forge, folder, script, env).output().unwrap();
        assert!(output.status.success(), "{script}\n{}", self.render(forge, &output));
        self.keeps_token(&output);
    }

    /// What a step printed, which a log shows to many.
    #[track_caller]
    pub(crate) fn render(&self, forge: &Forge, output: &Output) -> String {
        self.keeps_token(output);
        let shown = forge.filter(&forge.context.render(output));
        shown.replace(self.folder().to_str().unwrap(), "[RUNNER]")
    }

    #[track_caller]
    fn keeps_token(&self, output: &Output) {
        let printed = [output.stdout.as_slice(), &output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert!(self.token.is_empty() || !printed.contains(&self.token), "{printed}");
    }
}

fn other_pull_request(number: usize, head: &str, base: &str, state: &str) -> Value {
    json!({"number": number, "headRefName": head, "baseRefName": base, "state": state, "title": "theirs", "body": ""})
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}
