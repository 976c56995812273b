//! A channel with a python, a real uv, and PyPI packages that no network is needed for.

use std::path::PathBuf;
use std::process::{Command, Output};

use lockit_testkit::{PypiIndex, Server, Wheel};

use crate::context::TestContext;

/// A python for two platforms, and numpy in two versions.
const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  python: {versions: [3.12.4]}
  numpy: {versions: [1.26.4, 2.1.0], depends: [python]}
  pip: {versions: [24.0], noarch: python, depends: [python]}
";

pub(crate) struct Scene {
    pub(crate) context: TestContext,
    _server: Server,
    pub(crate) uv: PathBuf,
}

impl Scene {
    pub(crate) fn find() -> Option<Self> {
        Self::with_channel(CHANNEL)
    }

    /// The same with conda packages from another recipe.
    pub(crate) fn with_channel(channel: &str) -> Option<Self> {
        let uv = lockit_needs::uv()?;
        let (context, server) = TestContext::new().with_channel(channel);
        fs_err::create_dir(context.path("wheels")).unwrap();
        let scene = Self { context, _server: server, uv };
        for (name, version, needs) in [
            ("tool", "1.0", ["numpy<2"].as_slice()),
            ("tool", "2.0", &["numpy>=2", "lib"]),
            ("lib", "1.0", &[]),
            ("lib", "1.1", &[]),
            ("extra_lib", "1.0", &[]),
        ] {
            scene.publish(name, version, needs);
        }
        Some(scene)
    }

    pub(crate) fn publish(&self, name: &str, version: &str, needs: &[&str]) {
        Wheel::with_needs(name, version, needs)
            .unwrap()
            .write(&self.context.path("wheels"))
            .unwrap();
    }

    pub(crate) fn spec(&self, name: &str, conda: &str, pip: &[&str]) {
        let pip = pip.iter().fold(String::new(), |text, line| text + "      - " + line + "\n");
        self.context.write(
            name,
            &format!(
                "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\nallow-pypi-requests: false\n\
                 dependencies:\n  - python\n  - {conda}\n  - pip:\n      - --find-links ./wheels\n{pip}"
            ),
        );
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.context.command(args);
        command.env("LOCKIT_UV", &self.uv).env("UV_CACHE_DIR", self.context.path("../cache/uv"));
        command
    }

    pub(crate) fn show(&self, args: &[&str]) -> String {
        self.context.render(&self.command(args).output().unwrap())
    }

    #[track_caller]
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output: Output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
        self.context.render(&output)
    }

    /// An index, and the server that it is on: `{}/simple/` behind its address.
    pub(crate) fn index(wheels: &[(&str, &str)]) -> (PypiIndex, Server) {
        let index = PypiIndex::new().unwrap();
        for (name, version) in wheels {
            index.publish(&Wheel::new(name, version).unwrap()).unwrap();
        }
        let server = Server::builder(index.path()).start().unwrap();
        (index, server)
    }

    /// A spec for linux-64 without find-links.
    pub(crate) fn plain_spec(&self, name: &str, pip: &[&str]) {
        let pip = pip.iter().fold(String::new(), |text, line| text + "      - '" + line + "'\n");
        self.context.write(
            name,
            &format!(
                "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\ndependencies:\n  \
                 - python\n  - pip:\n{pip}"
            ),
        );
    }

    /// The PyPI packages of an explicit lockfile.
    pub(crate) fn pip(&self, lockfile: &str) -> Vec<String> {
        let text = self.context.read(lockfile);
        let lines = text.lines().filter_map(|line| line.strip_prefix("# pip "));
        lines
            .map(|line| {
                let address = line.split('#').next().unwrap();
                address.rsplit('/').next().unwrap().trim_end_matches("-py3-none-any.whl").to_owned()
            })
            .collect()
    }
}
