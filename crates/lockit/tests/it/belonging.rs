//! Which environments and files belong together: what a run may remove, and what it must include.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: lib}
  lib: {versions: [1.0, 2.0]}
  tool: {versions: [1.0, 1.1], noarch: generic}
";

fn spec(dependencies: &str) -> String {
    format!("channels: [conda-forge]\ndependencies: [{dependencies}]\n")
}

#[test]
fn one_spec_in_two_environments_of_different_platforms() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", &spec("app"));
    context.write(
        "lockit.toml",
        "[environments.linux]\nfiles = ['environment.yml']\nplatforms = ['linux-64']\n\
         [environments.mac]\nfiles = ['environment.yml']\nplatforms = ['osx-arm64']\n",
    );
    let lockfiles = ["conda-linux-64.lock", "conda-osx-arm64.lock"];
    for args in [&[][..], &["--upgrade"], &["--environment", "linux", "--upgrade"]] {
        context.ok(args);
        assert!(lockfiles.iter().all(|name| context.path(name).is_file()), "{args:?}");
    }
    context.ok(&["check"]);
}

#[test]
fn a_platform_that_is_gone_makes_check_fail() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", &format!("{}platforms: [linux-64, osx-arm64]\n", spec("app")));
    // The file's own list counts, not the one it takes the place of.
    context.write(
        "lockit.toml",
        "platforms = ['linux-64', 'osx-arm64']\nkinds = ['explicit', 'lock']\n",
    );
    context.ok(&[]);
    context.edit("environment.yml", "[linux-64, osx-arm64]", "[linux-64]");
    let shown = context.show(&["check"]);
    assert!(shown.starts_with("exit: 1"), "{shown}");
    assert!(shown.contains("`conda-osx-arm64.lock` is superfluous"), "{shown}");
    context.ok(&[]);
    assert!(!context.path("conda-osx-arm64.lock").exists());
    assert!(!context.read("conda-lock.yml").contains("osx-arm64"));
    context.ok(&["check"]);
}

#[test]
fn a_chain_is_cut_out_link_by_link() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    for (name, dependencies) in [("a", "app, tool"), ("b", "app"), ("c", "tool")] {
        context.write(&format!("{name}.yml"), &spec(dependencies));
    }
    let project = "platforms = ['linux-64']\n\
                   [environments.a]\nfiles = ['a.yml']\n\
                   [environments.b]\nfiles = ['b.yml']\nsame-versions-as = 'a'\n\
                   [environments.c]\nfiles = ['c.yml']\nsame-versions-as = 'b'\n";
    context.write("lockit.toml", project);
    let shown = context.show(&[]);
    assert!(shown.starts_with("exit: 1"), "{shown}");
    assert!(
        shown.contains("takes its versions from `b`, which does not contain `tool`"),
        "{shown}"
    );
    context.write("c.yml", &spec("lib"));
    context.ok(&[]);
    context.ok(&["check"]);
    assert_eq!(context.urls("c-linux-64.lock").len(), 1);
}

#[test]
fn one_environment_brings_those_that_share_its_versions() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("dev.yml", &spec("app, tool"));
    context.write("predict.yml", &spec("tool =1.0"));
    context.write(
        "lockit.toml",
        "platforms = ['linux-64']\n\
         [environments.dev]\nfiles = ['dev.yml']\n\
         [environments.predict]\nfiles = ['predict.yml']\nsame-versions-as = 'dev'\n",
    );
    context.ok(&[]);
    for name in ["dev", "predict"] {
        context.ok(&["check", "--environment", name]);
        context.ok(&["--environment", name, "--upgrade"]);
        assert!(context.locked("dev-linux-64.lock").contains("tool 1.0"), "{name}");
        context.ok(&["check"]);
    }
}

#[test]
fn who_follows_assumes_the_same_machines() {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write("dev.yml", &spec("app"));
    context.write(
        "lockit.toml",
        "platforms = ['linux-64']\n\
         [environments.dev]\nfiles = ['dev.yml']\n\
         [environments.predict]\nfiles = ['dev.yml']\nsame-versions-as = 'dev'\n\
         virtual-packages = { glibc = '2.17' }\n",
    );
    let shown = context.show(&["--filename-template", "x-{platform}.lock"]);
    assert!(shown.starts_with("exit: 2"), "{shown}");
    assert!(shown.contains("has other virtual packages"), "{shown}");
    assert!(server.requests().is_empty());
}

#[test]
fn a_name_that_is_empty_is_refused() {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", &spec("app"));
    let by_flag = context.show(&["-p", "linux-64", "--filename-template", ""]);
    context.write("lockit.toml", "lockfile = ''\nkinds = ['lock']\n");
    for shown in [by_flag, context.show(&["-p", "linux-64"])] {
        assert!(shown.starts_with("exit: 2"), "{shown}");
        assert!(shown.contains("is empty"), "{shown}");
    }
    assert!(server.requests().is_empty());
}
