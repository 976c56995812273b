//! Manifests of pixi: their environments, and how these are solved.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  python: {versions: [3.12.4, 3.13.1]}
  lib: {versions: [1.0, 2.0, 3.0]}
  tool: {versions: [1.0], depends: [lib <3]}
  fast: {versions: [1.0], depends: [__cuda >=12]}
";

const WORKSPACE: &str =
    "[workspace]\nname = 'weather'\nchannels = ['conda-forge']\nplatforms = ['linux-64']\n";

fn with_manifest(rest: &str) -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write("pixi.toml", &format!("{WORKSPACE}{rest}"));
    (context, server)
}

#[test]
fn an_environment_is_made_of_its_features() {
    let (context, _server) = with_manifest(
        "[dependencies]\nlib = '*'\n[feature.old.dependencies]\npython = '3.12.*'\n[feature.new.dependencies]\npython = '3.13.*'\n\
         [environments]\nold = ['old']\nnew = { features = ['new'], no-default-feature = true }\n",
    );
    context.ok(&["-f", "pixi.toml", "-k", "pixi,explicit"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "lib 3.0");
    assert_eq!(context.locked("old-linux-64.lock"), "lib 3.0, python 3.12.4");
    assert_eq!(context.locked("new-linux-64.lock"), "python 3.13.1");
    let lock = context.read("pixi.lock");
    for name in ["default", "old", "new"] {
        assert!(lock.contains(&format!("\n  {name}:\n    channels:")), "{lock}");
    }
    context.ok(&["check", "-f", "pixi.toml"]);
    context.edit("pixi.toml", "python = '3.12.*'", "python = '<3.12'");
    let shown = context.show(&["check", "-f", "pixi.toml"]);
    assert!(shown.starts_with("exit: 1\n") && shown.contains("python <3.12"), "{shown}");
    context.edit("pixi.toml", "python = '<3.12'", "python = '3.12.*'");
    // A run of one leaves the others as they are.
    context.ok(&["-f", "pixi.toml", "-k", "pixi", "--environment", "new", "-U"]);
    assert_eq!(context.read("pixi.lock"), lock);
    insta::assert_snapshot!(context.show(&["-f", "pixi.toml", "--environment", "ol"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `pixi.toml` declares no environment `ol`
     = hint: did you mean `old`?
    ");
    // One that the manifest no longer has goes.
    context.edit("pixi.toml", "old = ['old']\n", "");
    context.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    assert!(!context.read("pixi.lock").contains("\n  old:\n"));
}

#[test]
fn a_group_is_solved_together() {
    let rest = "[feature.a.dependencies]\nlib = '*'\n[feature.b.dependencies]\ntool = '*'\n[environments]\n\
                a = { features = ['a'], solve-group = 'all' }\nb = { features = ['b'], solve-group = 'all' }\nalone = ['a']\n";
    let (context, _server) = with_manifest(rest);
    context.ok(&["-f", "pixi.toml", "-k", "pixi,explicit"]);
    assert_eq!(context.locked("a-linux-64.lock"), "lib 2.0", "`tool` of `b` narrows it");
    assert_eq!(context.locked("b-linux-64.lock"), "lib 2.0, tool 1.0");
    assert_eq!(context.locked("alone-linux-64.lock"), "lib 3.0");
    context.ok(&["check", "-f", "pixi.toml"]);
    let before = context.read("pixi.lock");
    context.ok(&["-f", "pixi.toml"]);
    assert_eq!(context.read("pixi.lock"), before);
    // What was solved apart is not a lock of a group.
    context.write("pixi.toml", &format!("{WORKSPACE}{}", rest.replace("alone = ['a']", "")));
    context.edit("pixi.toml", "a = { features = ['a'], solve-group = 'all' }", "a = ['a']");
    context.ok(&["-f", "pixi.toml", "-k", "pixi", "-U"]);
    context.edit("pixi.toml", "a = ['a']", "a = { features = ['a'], solve-group = 'all' }");
    let shown = context.show(&["check", "-f", "pixi.toml", "-k", "pixi"]);
    assert!(shown.starts_with("exit: 1\n") && shown.contains("lib 3.0"), "{shown}");
}

#[test]
fn options_of_the_workspace_are_followed() {
    let options = "channel-priority = 'flexible'\nsolve-strategy = 'lowest'\n";
    let (context, _server) = with_manifest(&format!("{options}[dependencies]\nlib = '*'\n"));
    context.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    assert_eq!(context.locked("pixi.lock"), "lib 1.0");
    let lock = context.read("pixi.lock");
    assert!(lock.contains("strategy: lowest-version\n      channel-priority: flexible"), "{lock}");
    // A flag goes before the file.
    context.ok(&["-f", "pixi.toml", "-k", "pixi", "--strategy", "highest", "-U"]);
    assert_eq!(context.locked("pixi.lock"), "lib 3.0");
    context.write(
        "pixi.toml",
        &format!("{WORKSPACE}exclude-newer = 1990-01-01\n[dependencies]\nlib = '*'\n"),
    );
    let shown = context.show(&["-f", "pixi.toml", "-k", "lock"]);
    assert!(shown.starts_with("exit: 1\n") && shown.contains("lib"), "{shown}");
}

#[test]
fn platforms_say_which_virtual_packages_there_are() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    let manifest = |platform: &str, more: &str| {
        format!(
            "[workspace]\nchannels = ['conda-forge']\nplatforms = [{platform}]\n[dependencies]\nfast = '*'\n{more}"
        )
    };
    for (platform, more) in [
        ("{ name = 'gpu', platform = 'linux-64', cuda = '12.4' }", ""),
        ("{ platform = 'linux-64', cuda = { driver = '12.4', arch = '8.6' } }", ""),
        ("'linux-64'", "[system-requirements]\ncuda = '12.4'\n"),
    ] {
        context.write("pixi.toml", &manifest(platform, more));
        context.ok(&["-f", "pixi.toml", "-k", "pixi", "-U"]);
        assert_eq!(context.locked("pixi.lock"), "fast 1.0", "{platform}");
        assert!(context.read("pixi.lock").contains("\n  - __cuda=12.4\n"), "{platform}");
        context.ok(&["check", "-f", "pixi.toml"]);
    }
    context.write("pixi.toml", &manifest("'linux-64'", ""));
    assert!(context.show(&["-f", "pixi.toml", "-k", "lock"]).contains("__cuda"));
}

#[test]
fn two_platforms_of_one_subdir_are_refused() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "pixi.toml",
        "[workspace]\nchannels = ['conda-forge']\nplatforms = [{ name = 'gpu', platform = 'linux-64', cuda = '12' }, 'linux-64']\n\
         [dependencies]\nlib = '*'\n[target.gpu.dependencies]\nfast = '*'\n[feature.cpu]\nplatforms = ['linux-64']\n\
         [feature.cuda]\nplatforms = ['gpu']\n[environments]\ncpu = ['cpu']\ncuda = ['cuda']\n",
    );
    insta::assert_snapshot!(context.show(&["check", "-f", "pixi.toml"]), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `default` has two platforms of linux-64: `gpu` and `linux-64`
     --> pixi.toml:3:68
      |
    3 | platforms = [{ name = 'gpu', platform = 'linux-64', cuda = '12' }, 'linux-64']
      |                                                                    ^^^^^^^^^^ lockit has one list of packages for each subdir
      |
      = hint: give each an environment of its own: `platforms = ["gpu"]` in a feature that only one of them has
    "#);
    // Each alone is locked as it should be.
    context.ok(&["-f", "pixi.toml", "-k", "explicit", "--environment", "cuda"]);
    assert_eq!(context.locked("cuda-linux-64.lock"), "fast 1.0, lib 3.0");
}

/// The command that made a file, as words behind `lockit`.
fn recorded(context: &TestContext, lockfile: &str) -> Vec<String> {
    let text = context.read(lockfile);
    let line = text.lines().find_map(|line| line.strip_prefix("# regenerate: lockit "));
    line.unwrap_or_default().split(' ').map(str::to_owned).collect()
}

fn condarc(context: &TestContext, text: &str) {
    fs_err::write(context.path("../home/.condarc"), text).unwrap();
}

/// What is recorded is what was solved with.
#[test]
fn the_channel_priority_of_a_manifest_goes_before_that_of_conda() {
    let (context, _server) =
        with_manifest("channel-priority = 'disabled'\n[dependencies]\nlib = '*'\n");
    condarc(&context, "channel_priority: flexible\n");
    context.ok(&["-f", "pixi.toml", "-k", "pixi,explicit"]);
    assert!(context.read("pixi.lock").contains("channel-priority: disabled"));
    assert_eq!(recorded(&context, "conda-linux-64.lock"), ["-f", "pixi.toml"]);
    // Where the manifest says nothing, conda's counts, and is recorded: elsewhere nobody has it.
    context.edit("pixi.toml", "channel-priority = 'disabled'\n", "");
    context.ok(&["-f", "pixi.toml", "-k", "pixi,explicit"]);
    assert!(context.read("pixi.lock").contains("channel-priority: flexible"));
    let words = ["-f", "pixi.toml", "--channel-priority", "flexible"];
    assert_eq!(recorded(&context, "conda-linux-64.lock"), words);
}

/// Channels that the configuration of conda changes are recorded with the environment that has them.
#[test]
fn the_recorded_command_of_an_environment_leaves_the_others_alone() {
    let (context, server) = with_manifest(
        "[dependencies]\nlib = '*'\n[feature.test.dependencies]\ntool = '*'\n[environments]\ntest = ['test']\n",
    );
    condarc(&context, &format!("channel_alias: {}\n", server.root()));
    context.ok(&["-f", "pixi.toml", "-k", "explicit"]);
    let locks = ["conda-linux-64.lock", "test-linux-64.lock"];
    let before = locks.map(|name| context.read(name));
    let commands = locks.map(|name| recorded(&context, name));
    let channel = server.url();
    for (command, name) in commands.iter().zip(["default", "test"]) {
        assert_eq!(*command, ["-f", "pixi.toml", "--environment", name, "-c", channel.as_str()]);
    }
    condarc(&context, "");
    for (nth, command) in commands.iter().enumerate() {
        for name in locks {
            fs_err::remove_file(context.path(name)).unwrap();
        }
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        context.ok(&words);
        assert_eq!(context.read(locks[nth]), before[nth]);
        let other = locks[1 - nth];
        assert!(!context.path(other).exists(), "{other} is none of its business");
        context.write(other, &before[1 - nth]);
    }
}

/// A manifest and lockit.toml may fill one pixi.lock.
#[test]
fn environments_of_lockit_toml_stay_beside_those_of_a_manifest() {
    let (context, _server) = with_manifest("[dependencies]\nlib = '*'\n");
    let channels = "channels = ['conda-forge']\nplatforms = ['linux-64']\n";
    context.write("tools.yml", "dependencies: [python]\n");
    let project =
        format!("{channels}kinds = ['pixi']\n[environments.tools]\nfiles = ['tools.yml']\n");
    context.write("lockit.toml", &project);
    context.ok(&[]);
    context.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    let has = |name: &str| context.read("pixi.lock").contains(&format!("\n  {name}:\n"));
    assert!(has("tools") && has("default"), "{}", context.read("pixi.lock"));
    // Settings alone declare no environment: what the manifest no longer has goes.
    context.write("lockit.toml", channels);
    context.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    assert!(!has("tools") && has("default"), "{}", context.read("pixi.lock"));
}

#[test]
fn what_is_wrong_with_a_manifest_is_told_once() {
    let (context, _server) = with_manifest(
        "surprise = 1\n[dependencies]\nlib = '*'\n[feature.a.dependencies]\ntool = '*'\n[environments]\na = ['a']\nb = ['a']\n",
    );
    let shown = context.show(&["-f", "pixi.toml", "--dry-run"]);
    assert_eq!(shown.matches("warning[LK007]: ").count(), 1, "{shown}");
    assert!(shown.contains("surprise"), "{shown}");
}

#[test]
fn an_environment_without_its_manifest_is_told_how_to_name_it() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    let manifest = "[tool.pixi.workspace]\nchannels = ['conda-forge']\nplatforms = ['linux-64']\n\
                    [tool.pixi.feature.test.dependencies]\nlib = '*'\n[tool.pixi.environments]\ntest = ['test']\n";
    context.write("pyproject.toml", manifest);
    insta::assert_snapshot!(context.show(&["--environment", "test"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `--environment` selects from lockit.toml, and there is none here
     = hint: name the manifest as well: `-f pyproject.toml --environment test`
    ");
    context.ok(&["-f", "pyproject.toml", "--environment", "test"]);
    assert_eq!(context.locked("test-linux-64.lock"), "lib 3.0");
}

#[test]
fn files_of_conda_workspaces_are_read() {
    let channel = "platforms: [linux-64]\npackages:\n  app: {versions: [1.0, 2.0], depends: [lib]}\n  \
                   lib: {versions: [1.0, 2.0]}\n  tool: {versions: [1.0]}\n";
    let (context, _server) = TestContext::new().with_channel(channel);
    context.write(
        "conda.toml",
        "[workspace]\nname = 'x'\nchannels = ['conda-forge']\nplatforms = ['linux-64']\n\
         [workspace.dependencies]\nlib = '<2'\n[dependencies]\napp = '*'\nlib = { workspace = true }\n\
         [feature.test.dependencies]\ntool = '*'\n[environments]\ntest = { features = ['test'] }\n\
         [tasks]\ncheck = 'true'\n",
    );
    context.ok(&["-f", "conda.toml", "-k", "pixi", "--pixi-lock-version", "6"]);
    context.ok(&["check", "-f", "conda.toml", "-k", "pixi"]);
    // conda-workspaces writes such a file with a version of its own.
    let lock = context.read("pixi.lock").replace("version: 6\n", "version: 1\n");
    context.write("other/conda.lock", &lock);
    let listed = context.ok(&["list", "other/conda.lock", "--environment", "test"]);
    for package in ["app", "lib", "tool"] {
        assert!(listed.contains(package), "{listed}");
    }
    let shown = context.ok(&[
        "install",
        "other/conda.lock",
        "--environment",
        "default",
        "-p",
        "env",
        "--platform",
        "linux-64",
    ]);
    assert!(shown.contains("holds 2 packages: 2 added"), "{shown}");
    context.write("other/conda.lock", &lock.replace("environments:\n", "environments:\n  x: 1\n"));
    let shown = context.show(&["list", "other/conda.lock"]);
    assert!(
        shown.contains("error: `other/conda.lock` is not a valid conda.lock of conda-workspaces\n"),
        "{shown}"
    );
    assert!(shown.contains("lock its conda.toml: `lockit -f conda.toml`"), "{shown}");
}
