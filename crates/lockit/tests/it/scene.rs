//! A channel on a server, a spec, and lockfiles that are older than it: where failures are staged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Output;

use lockit_testkit::{Builder, Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

/// Never to be seen in anything that a run prints or writes into a lockfile.
pub(crate) const SECRET: &str = "s3cret-value";

pub(crate) const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: [tool]}
  tool: {versions: [1.0]}
";

/// What [`CHANNEL`] is replaced by: all shards are others.
pub(crate) const LATER: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0, 3.0], noarch: generic, depends: [tool]}
  tool: {versions: [1.0, 1.1]}
";

pub(crate) type Offer = fn(Builder) -> Builder;

/// A channel on a server, a spec for it, and the lockfiles of an older spec.
pub(crate) struct Scene {
    pub(crate) context: TestContext,
    pub(crate) server: Server,
    /// Served as long as it lives.
    _channel: TempDir,
    pub(crate) old: BTreeMap<String, Vec<u8>>,
    kinds: &'static str,
}

impl Scene {
    pub(crate) fn new(offer: Offer) -> Self {
        let channel = channel_from_yaml(CHANNEL);
        let server = offer(Server::builder(channel.path())).start().unwrap();
        let mut scene = Self {
            context: TestContext::new(),
            server,
            _channel: channel,
            old: BTreeMap::new(),
            kinds: "explicit,lock,pixi,env",
        };
        scene.spec(&scene.server.url(), "app =1");
        scene.context.ok(&["-k", "explicit,lock,pixi,env"]);
        scene.old = scene.locks();
        assert_eq!(scene.old.len(), 6, "{:?}", scene.old.keys());
        scene.spec(&scene.server.url(), "app =2");
        scene.clear_cache();
        scene
    }

    pub(crate) fn plain() -> Self {
        Self::new(Builder::plain)
    }

    pub(crate) fn sharded() -> Self {
        Self::new(Builder::sharded)
    }

    pub(crate) fn spec(&self, channel: &str, dependency: &str) {
        self.context.write(
            "environment.yml",
            &format!(
                "channels: [\"{channel}\"]\nplatforms: [linux-64, osx-arm64]\ndependencies: [{dependency}]\n"
            ),
        );
    }

    /// From now on only these kinds; the lockfiles of others go.
    pub(crate) fn kinds(&mut self, kinds: &'static str) {
        self.kinds = kinds;
        if !kinds.contains("pixi") {
            self.old.remove("pixi.lock");
            fs_err::remove_file(self.context.path("pixi.lock")).unwrap();
        }
    }

    pub(crate) fn config(&self, text: &str) {
        fs_err::write(self.context.path("../config/rattler/config.toml"), text).unwrap();
    }

    /// Puts the lockfiles of the older spec back into their places.
    pub(crate) fn put_back(&self) {
        for (name, bytes) in &self.old {
            fs_err::write(self.context.path(name), bytes).unwrap();
        }
    }

    pub(crate) fn locks(&self) -> BTreeMap<String, Vec<u8>> {
        self.context
            .files()
            .into_iter()
            .filter(|name| name != "environment.yml")
            .map(|name| {
                let bytes = fs_err::read(self.context.path(&name)).unwrap();
                (name, bytes)
            })
            .collect()
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.context.path("../cache")
    }

    pub(crate) fn clear_cache(&self) {
        fs_err::remove_dir_all(self.cache()).unwrap();
        fs_err::create_dir(self.cache()).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.context.command(args).args(["-k", self.kinds]).env("TOKEN", SECRET).output().unwrap()
    }

    /// The errors of a run that must fail without a trace because no channel can be had.
    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str]) -> String {
        self.failed(2, &self.run(args))
    }

    /// The errors of a run that must fail without a trace.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, output: &Output) -> String {
        let shown = self.context.render(output);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        self.keeps_secrets(output);
        assert!(self.locks() == self.old, "a lockfile changed:\n{shown}");
        // What could not be solved is in another test.
        let errors = shown.find("error: ").unwrap_or_else(|| panic!("no error:\n{shown}"));
        shown[errors..].trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn keeps_secrets(&self, output: &Output) {
        let printed = [output.stdout.clone(), output.stderr.clone()].concat();
        let printed = String::from_utf8_lossy(&printed);
        assert!(!printed.contains(SECRET), "a secret was printed: {printed}");
        let given = ["project/environment.yml", "config/rattler/config.toml", "auth.json", "netrc"];
        self.context.keeps_secret(SECRET, &given);
    }

    /// A run that must end well and move every lockfile to the new version.
    #[track_caller]
    pub(crate) fn succeeds(&self, args: &[&str]) {
        let output = self.run(args);
        assert!(output.status.success(), "{}", self.context.render(&output));
        self.keeps_secrets(&output);
        let new = self.locks();
        assert!(new.keys().eq(self.old.keys()), "{:?}", new.keys());
        for (name, bytes) in new {
            assert!(bytes != self.old[&name], "{name} is the old one");
        }
    }
}
