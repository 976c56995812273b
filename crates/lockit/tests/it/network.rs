//! What a server can do to a run, and what lockit says then. Every failure must leave the old
//! lockfiles as they were, name the channel, and keep secrets to itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use lockit_testkit::{Builder, Credentials, Fault, Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

/// Never to be seen in anything that a run prints or writes.
const SECRET: &str = "s3cret-value";

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: [tool]}
  tool: {versions: [1.0]}
  extra: {versions: [1.0]}
";

/// A channel on a server, a spec for it, and the lockfiles of an older spec.
struct Scene {
    context: TestContext,
    server: Server,
    channel: TempDir,
    old: BTreeMap<String, Vec<u8>>,
}

impl Scene {
    fn new(offer: impl FnOnce(Builder) -> Builder) -> Self {
        let channel = channel_from_yaml(CHANNEL);
        let server = offer(Server::builder(channel.path())).start().unwrap();
        let mut scene = Self { context: TestContext::new(), server, channel, old: BTreeMap::new() };
        scene.spec(&scene.server.url(), "app =1");
        scene.context.ok(&["-k", "explicit,lock,pixi,env"]);
        scene.old = scene.locks();
        assert_eq!(scene.old.len(), 6, "{:?}", scene.old.keys());
        scene.spec(&scene.server.url(), "app");
        scene.clear_cache();
        scene.server.take_requests();
        scene
    }

    fn plain() -> Self {
        Self::new(Builder::plain)
    }

    fn sharded() -> Self {
        Self::new(Builder::sharded)
    }

    fn spec(&self, channel: &str, dependency: &str) {
        self.context.write(
            "environment.yml",
            &format!(
                "channels: [\"{channel}\"]\nplatforms: [linux-64, osx-arm64]\ndependencies: [{dependency}]\n"
            ),
        );
    }

    fn locks(&self) -> BTreeMap<String, Vec<u8>> {
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

    fn cache(&self) -> std::path::PathBuf {
        self.context.path("../cache")
    }

    fn clear_cache(&self) {
        fs_err::remove_dir_all(self.cache()).unwrap();
        fs_err::create_dir(self.cache()).unwrap();
    }

    /// The error stream of a run that must fail without a trace.
    #[track_caller]
    fn fails(&self, args: &[&str]) -> String {
        let output = self.context.command(args).arg("-klock,pixi,explicit,env").output().unwrap();
        self.failed(&output)
    }

    #[track_caller]
    fn failed(&self, output: &Output) -> String {
        let shown = self.context.render(output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(!shown.contains(SECRET), "a secret was printed: {shown}");
        assert!(self.locks() == self.old, "a lockfile changed:\n{shown}");
        let (_, errors) = shown.split_once("--- stderr\n").unwrap();
        errors.to_owned()
    }

    /// Runs that must end well and have moved to the new version.
    #[track_caller]
    fn locks_anew(&self, args: &[&str]) -> String {
        let shown = self.context.ok(args);
        assert!(!shown.contains(SECRET), "a secret was printed: {shown}");
        let lock = self.context.read("conda-linux-64.lock");
        assert!(!lock.contains(SECRET), "{lock}");
        shown
    }
}

#[test]
fn a_channel_that_does_not_exist() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Status(404));
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn a_channel_without_noarch() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/*", Fault::Status(404));
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn credentials_are_wanted() {
    let scene = Scene::plain();
    let basic = Credentials::Basic { user: "joe".to_owned(), password: SECRET.to_owned() };
    scene.server.fault("*", Fault::Unauthorized(basic));
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn access_is_forbidden() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Status(403));
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn a_proxy_forbids_shards() {
    let scene = Scene::new(|builder| builder.plain().sharded());
    scene.server.fault("*shards*", Fault::Status(403));
    assert_snapshot!(scene.fails(&[]), @"");
    scene.locks_anew(&["--no-sharded"]);
}

#[test]
fn unavailable_for_ever() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Status(503));
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn unavailable_once() {
    let scene = Scene::plain();
    scene.server.fault_times("*/linux-64/repodata.json", 1, Fault::Status(503));
    scene.locks_anew(&[]);
}

#[test]
fn refused() {
    let scene = Scene::plain();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    scene.spec(&format!("http://{free}/chan"), "app");
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn reset() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Reset);
    assert_snapshot!(scene.fails(&[]), @"");
}

#[test]
fn silent() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/*", Fault::Hang);
    assert_snapshot!(scene.fails(&["--http-timeout", "1", "--http-retries", "0"]), @"");
}

#[test]
fn delayed() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/*", Fault::Delay(Duration::from_secs(30)));
    assert_snapshot!(scene.fails(&["--http-timeout", "1", "--http-retries", "0"]), @"");
}

#[test]
fn dripping() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/*.json", Fault::Drip { bytes_per_second: 500 });
    scene.locks_anew(&["--http-timeout", "1"]);
}

#[test]
fn truncated() {
    for (name, offer) in [
        ("plain", Builder::plain as fn(Builder) -> Builder),
        ("zst", Builder::zstd),
        ("sharded", Builder::sharded),
    ] {
        let scene = Scene::new(offer);
        for (what, fault) in [
            ("truncate", Fault::Truncate(100)),
            ("shorten", Fault::Shorten(100)),
            ("empty", Fault::Empty),
            ("corrupt", Fault::Corrupt),
            ("portal", Fault::CaptivePortal),
            ("reset", Fault::Reset),
        ] {
            scene.clear_cache();
            scene.server.fault("*/noarch/*", fault.clone());
            let begun = Instant::now();
            println!("=== {name} {what}");
            println!("{}", scene.context.show(&["--dry-run"]));
            println!("{:?}", begun.elapsed());
            scene.server.clear_faults();
            if name == "sharded" {
                scene.clear_cache();
                scene.server.fault("*/shards/*", fault);
                println!("=== {name} shard {what}");
                println!("{}", scene.context.show(&["--dry-run"]));
                scene.server.clear_faults();
            }
        }
    }
}

#[test]
fn explore() {
    let scene = Scene::plain();
    println!("=== offline, empty");
    println!("{}", scene.context.show(&["--offline", "--dry-run"]));
    println!("{}", scene.context.show(&["--dry-run"]));
    println!("=== offline, filled");
    println!("{}", scene.context.show(&["--offline", "--dry-run"]));
    println!("=== server gone, filled");
    scene.server.fault("*", Fault::Reset);
    println!("{}", scene.context.show(&["--dry-run"]));
    scene.server.clear_faults();
    scene.server.fault("*", Fault::Status(503));
    println!("{}", scene.context.show(&["--dry-run"]));
    scene.server.clear_faults();
    println!("=== one platform");
    scene.clear_cache();
    scene.server.fault("*/osx-arm64/*", Fault::Status(503));
    println!("{}", scene.context.show(&["--dry-run"]));
    println!("{}", scene.context.show(&["--dry-run", "--all-or-nothing"]));
    scene.server.clear_faults();
    println!("=== config");
    fs_err::write(scene.context.path("../config/rattler/config.toml"), "[mirrors\n").unwrap();
    println!("{}", scene.context.show(&["--dry-run"]));
    fs_err::write(scene.context.path("../config/rattler/config.toml"), "[mirrors]\n\"nonsense\" = 4\n").unwrap();
    println!("{}", scene.context.show(&["--dry-run"]));
    fs_err::remove_file(scene.context.path("../config/rattler/config.toml")).unwrap();

    println!("=== secrets");
    scene.clear_cache();
    let root = scene.server.root();
    let host = root.trim_start_matches("http://").to_owned();
    for (channel, fault) in [
        (format!("http://joe:${{TOKEN}}@{host}/conda-forge"), Fault::Status(401)),
        (format!("http://joe:{SECRET}@{host}/conda-forge"), Fault::Status(503)),
        (format!("{root}/t/${{TOKEN}}/conda-forge"), Fault::Status(401)),
        (format!("{root}/t/${{TOKEN}}/conda-forge"), Fault::Reset),
        (format!("{root}/t/${{TOKEN}}/conda-forge"), Fault::CaptivePortal),
        (format!("{root}/${{TOKEN}}/conda-forge"), Fault::None),
        (format!("{root}/${{TOKEN}}/conda-forge"), Fault::Status(503)),
        (format!("{root}/${{TOKEN}}/conda-forge"), Fault::Truncate(3)),
        (format!("{root}/${{TOKEN}}/conda-forge"), Fault::Hang),
        (format!("{root}/conda-forge?token=${{TOKEN}}"), Fault::Status(503)),
    ] {
        println!("=== {channel} {fault:?}");
        scene.spec(&channel, "app");
        scene.server.fault("*", fault);
        let output = scene.context.command(&["--dry-run", "-vvv", "--http-timeout", "1", "--http-retries", "0"]).env("TOKEN", SECRET).output().unwrap();
        println!("{}", scene.context.render(&output));
        scene.server.clear_faults();
    }
    println!("=== secrets, offline");
    scene.spec(&format!("{root}/${{TOKEN}}/conda-forge"), "app");
    let output = scene.context.command(&["--dry-run", "--offline"]).env("TOKEN", SECRET).output().unwrap();
    println!("{}", scene.context.render(&output));
}
