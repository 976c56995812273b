//! What names of channels stand for, and which of several channels are read.

use std::path::Path;

use insta::assert_snapshot;
use lockit_testkit::{Fault, Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

const MAIN: &str = "
platforms: [linux-64, win-64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: tool}
  tool: {versions: [1.0]}
";

const R: &str = "
platforms: [linux-64, win-64]
packages:
  r-base: {versions: [4.4]}
  app: {versions: [3.0], noarch: generic}
";

const MSYS2: &str = "
platforms: [win-64]
packages:
  m2-base: {versions: [1.0]}
";

const FORGE: &str = "
platforms: [linux-64, osx-arm64, win-64]
packages:
  app: {versions: [9.0], noarch: generic}
  other: {versions: [1.0], noarch: generic}
";

/// The channels that `defaults` stands for, and conda-forge, each behind a mirror.
struct Scene {
    context: TestContext,
    server: Server,
    channels: Vec<TempDir>,
}

impl Scene {
    fn new() -> Self {
        let channels = [FORGE, MAIN, R, MSYS2].map(channel_from_yaml);
        let server = Server::builder(channels[0].path())
            .channel("main", channels[1].path())
            .channel("r", channels[2].path())
            .channel("msys2", channels[3].path())
            .plain()
            .start()
            .unwrap();
        let context = TestContext::new();
        let mirror =
            |name: &str, place: &str| format!("\"{place}\" = [\"{}/{name}\"]\n", server.root());
        let config = ["main", "r", "msys2"]
            .map(|name| mirror(name, &format!("https://repo.anaconda.com/pkgs/{name}")));
        let forge = mirror("conda-forge", "https://conda.anaconda.org/conda-forge");
        let config = format!("[mirrors]\n{forge}{}", config.concat());
        fs_err::write(context.path("../config/rattler/config.toml"), config).unwrap();
        Self { context, server, channels: channels.into() }
    }

    fn spec(&self, channels: &str, dependencies: &str) {
        let text = format!(
            "channels: [{channels}]\nplatforms: [linux-64, win-64]\ndependencies: [{dependencies}]\n"
        );
        self.context.write("environment.yml", &text);
    }

    /// `channel::name-version` of a lockfile.
    fn locked(&self, name: &str) -> String {
        let short = |url: &String| {
            let parts: Vec<&str> = url.rsplitn(4, '/').collect();
            let name = parts[0].rsplit_once('-').unwrap_or_default().0;
            format!("{}::{name}", parts[2])
        };
        self.context.urls(name).iter().map(short).collect::<Vec<_>>().join(" ")
    }
}

#[test]
fn defaults_are_several_channels_of_one_priority() {
    let scene = Scene::new();
    scene.context.write(
        "environment.yml",
        "channels: [defaults, conda-forge]\nplatforms: [linux-64, win-64]\ndependencies:\n- app\n- r-base\n- sel(win): m2-base\n",
    );
    scene.context.ok(&["-k", "explicit,lock,pixi,env"]);
    // `app` of r is newer and of the same priority as that of main; conda-forge comes behind both.
    assert_snapshot!(scene.locked("conda-linux-64.lock"), @"r::r-base-4.4 r::app-3.0");
    assert_snapshot!(scene.locked("conda-win-64.lock"), @"msys2::m2-base-1.0 r::app-3.0 r::r-base-4.4");
    let channels = |name: &str, from: &str, to: &str| {
        let text = scene.context.read(name);
        let start = text.find(from).unwrap_or_else(|| panic!("{text}"));
        let end = start + text[start..].find(to).unwrap_or_else(|| panic!("{text}"));
        text[start..end].trim_end().to_owned()
    };
    // The name stays where a format keeps names.
    assert_snapshot!(channels("conda-lock.yml", "  channels:", "  platforms:"), @"
      channels:
      - url: defaults
        used_env_vars: []
      - url: conda-forge
        used_env_vars: []
    ");
    assert_snapshot!(channels("conda-linux-64.lock.yml", "channels:", "dependencies:"), @"
    channels:
      - defaults
      - conda-forge
    ");
    assert_snapshot!(channels("pixi.lock", "    channels:", "    packages:"), @"
        channels:
        - url: https://repo.anaconda.com/pkgs/main/
        - url: https://repo.anaconda.com/pkgs/r/
        - url: https://repo.anaconda.com/pkgs/msys2/
        - url: https://conda.anaconda.org/conda-forge/
    ");
    scene.context.ok(&["check"]);
    // What is locked stays, in each of its formats.
    let before = scene.context.read("conda-lock.yml");
    scene.context.ok(&[]);
    assert_eq!(scene.context.read("conda-lock.yml"), before);
}

#[test]
fn a_requirement_may_name_several_channels() {
    let scene = Scene::new();
    scene.spec("conda-forge", "other, 'defaults::app', 'pkgs/main::tool'");
    scene.context.ok(&["-k", "explicit,pixi,env"]);
    let locked = scene.locked("conda-linux-64.lock");
    assert_snapshot!(locked, @"conda-forge::other-1.0 main::tool-1.0 r::app-3.0");
    scene.context.ok(&["check"]);
    // Channels that are in no list are kept, in front of what comes from them too.
    let text = scene.context.read("conda-linux-64.lock.yml");
    let start = text.find("\nchannels:").unwrap();
    assert_snapshot!(text[start..].trim(), @"
    channels:
      - conda-forge
      - https://repo.anaconda.com/pkgs/main
      - https://repo.anaconda.com/pkgs/r
    dependencies:
      - https://repo.anaconda.com/pkgs/main::tool=1.0=hb53126a_0
      - https://repo.anaconda.com/pkgs/r::app=3.0=h1f49998_0
      - other=1.0=h8725feb_0
    ");
    // `other` is there, and in none of them.
    scene.spec("conda-forge", "'defaults::other'");
    let shown = scene.context.show(&["--dry-run", "-p", "linux-64"]);
    assert_snapshot!(shown[shown.find("error").unwrap()..].trim_end(), @"
    error: `environment` cannot be solved for linux-64
     --> environment.yml:3:17
      |
    3 | dependencies: ['defaults::other']
      |                 ^^^^^^^^^^^^^^^ this cannot be had
      |
      = note: No candidates were found for other *.
              other may come only from https://repo.anaconda.com/pkgs/main, https://repo.anaconda.com/pkgs/r, https://repo.anaconda.com/pkgs/msys2
      = note: channel `conda-forge` has no linux-64 packages, only noarch ones
    ");
}

/// What is only there for Windows is no place to look for what another platform lacks.
#[test]
fn a_conflict_asks_no_channel_of_another_system() {
    let scene = Scene::new();
    scene.spec("defaults", "no-such-package");
    let shown = scene.context.show(&["--dry-run", "-p", "linux-64"]);
    assert!(shown.contains("is not in `defaults` for linux-64"), "{shown}");
    assert_eq!(scene.server.count("msys2/*"), 0);
    scene.context.show(&["--dry-run"]);
    assert_eq!(scene.server.count("msys2/linux-64/*"), 0);
    assert!(scene.server.count("msys2/win-64/*") > 0);
}

/// A name that stands for nothing must not become one that stands for everything.
#[test]
fn what_is_asked_for_of_no_channel_is_an_error() {
    let scene = Scene::new();
    let condarc = "custom_multichannels: {team: []}\ndefault_channels: []\n";
    fs_err::write(scene.context.path("../home/.condarc"), condarc).unwrap();
    for name in ["team", "defaults"] {
        scene.spec("conda-forge", &format!("'{name}::other'"));
        let shown = scene.context.show(&["--dry-run", "-p", "linux-64"]);
        let expected = format!("error: channel `{name}` cannot be used: it stands for no channel");
        assert!(shown.starts_with("exit: 2") && shown.contains(&expected), "{shown}");
        assert!(shown.contains("environment.yml:3:"), "{shown}");
    }
    // In a list such a name adds nothing.
    scene.spec("defaults, conda-forge", "other");
    scene.context.ok(&["--dry-run", "-p", "linux-64"]);
}

#[test]
fn what_defaults_stand_for_may_lack_a_channel() {
    let scene = Scene::new();
    scene.spec("defaults", "app");
    scene.server.fault("r/*", Fault::Status(403));
    let output = scene.context.command(&["--dry-run", "-p", "linux-64"]).output().unwrap();
    assert!(output.status.success(), "{}", scene.context.render(&output));
    let shown = scene.context.render(&output);
    let warnings: Vec<&str> = shown.lines().filter(|line| line.contains("WARN")).collect();
    assert_snapshot!(warnings.join("\n"), @" WARN channel `https://repo.anaconda.com/pkgs/r`, one of those that `defaults` stands for, is left out: the server refuses access (403 Forbidden)");
    scene.server.fault("main/*", Fault::Status(403));
    let shown = scene.context.show(&["--dry-run", "-p", "linux-64"]);
    assert!(shown.starts_with("exit: 2"), "{shown}");
    assert!(shown.contains("channel `https://repo.anaconda.com/pkgs/"), "{shown}");
}

#[test]
fn a_channel_is_locked_once_however_it_is_spelled() {
    let scene = Scene::new();
    let many = "conda-forge, conda-forge/, 'https://conda.anaconda.org/conda-forge', 'HTTPS://CONDA.anaconda.org:443/conda-forge/', conda-forge/linux-64";
    scene.spec(many, "other");
    scene.context.ok(&["-k", "lock"]);
    let text = scene.context.read("conda-lock.yml");
    assert_eq!(text.matches("  - url: ").count(), 1, "{text}");
    assert!(text.contains("  - url: conda-forge\n"), "{text}");
    scene.spec("conda-forge", "other");
    scene.context.ok(&["check"]);
}

#[test]
fn files_that_order_channels_differently_are_an_error() {
    let scene = Scene::new();
    let file = |name: &str, channels: &str| {
        let text = format!("channels:\n{channels}platforms: [linux-64]\ndependencies: [app]\n");
        scene.context.write(name, &text);
    };
    file("a.yml", "- conda-forge\n- defaults\n");
    file("b.yml", "- defaults\n- conda-forge\n");
    assert_snapshot!(scene.context.show(&["-f", "a.yml", "-f", "b.yml", "--dry-run"]), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: the files order the channels `conda-forge` and `defaults` differently
     --> a.yml:2:3
      |
    2 | - conda-forge
      |   ^^^^^^^^^^^ here it goes before `defaults`
      |
     ::: b.yml:2:3
      |
    2 | - defaults
      |   -------- here it goes before `conda-forge`
      |
      = hint: say which goes first: `-c conda-forge -c defaults`, or `channels = ["conda-forge", "defaults"]` below `[environments.a]` in lockit.toml
    "#);
    scene.context.ok(&[
        "-f",
        "b.yml",
        "-f",
        "a.yml",
        "-c",
        "defaults",
        "-c",
        "conda-forge",
        "--dry-run",
    ]);
    // Nothing of it matters where it does not contradict.
    file("a.yml", "- conda-forge\n");
    for files in [["a.yml", "b.yml"], ["b.yml", "a.yml"]] {
        scene.context.ok(&[
            "-f",
            files[0],
            "-f",
            files[1],
            "--lockfile",
            "x.conda-lock.yml",
            "-k",
            "lock",
        ]);
        let text = scene.context.read("x.conda-lock.yml");
        let (defaults, forge) = (text.find("url: defaults"), text.find("url: conda-forge"));
        assert!(defaults < forge, "{text}");
    }
}

#[test]
fn the_configuration_of_conda_is_honoured() {
    let scene = Scene::new();
    let condarc = |text: &str| {
        fs_err::write(scene.context.path("../home/.condarc"), text).unwrap();
    };
    let root = scene.server.root();
    condarc(&format!(
        "channel_alias: {root}\ndefault_channels: ['{root}/r']\ncustom_channels: {{main: '{root}'}}\n\
         custom_multichannels: {{all: [main, conda-forge]}}\nchannel_priority: disabled\n"
    ));
    scene.spec("conda-forge, defaults", "app, other");
    let shown = scene.context.show(&["-v", "-k", "explicit,lock", "-p", "linux-64"]);
    assert!(shown.contains("`channel_alias` of conda is from "), "{shown}");
    // Elsewhere nobody has this configuration: the lockfile says what it means.
    let text = scene.context.filter(&scene.context.read("conda-linux-64.lock"));
    let lines: Vec<&str> =
        text.lines().filter(|line| line.contains("http") || line.contains("regenerate")).collect();
    assert_snapshot!(lines.join("\n"), @"
    # regenerate: lockit -f environment.yml -c http://127.0.0.1:[PORT]/conda-forge -c http://127.0.0.1:[PORT]/r --channel-priority disabled -p linux-64
    # channel: http://127.0.0.1:[PORT]/conda-forge
    # channel: http://127.0.0.1:[PORT]/r
    http://127.0.0.1:[PORT]/conda-forge/noarch/app-9.0-h985a835_0.conda#sha256:3f065b1f45b2148794029a1c8d17001dc6711bbdf024afde33f0903888770cf7
    http://127.0.0.1:[PORT]/conda-forge/noarch/other-1.0-h8725feb_0.conda#sha256:4904015260c1dab84d9bb9541d3e63100f7da294ab65d1c697789f0e9473baac
    ");
    scene.context.ok(&["check", "-p", "linux-64"]);
    // What it records makes the same file on a machine without that configuration.
    let before = scene.context.read("conda-linux-64.lock");
    let command =
        before.lines().find_map(|line| line.strip_prefix("# regenerate: lockit ")).unwrap();
    let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    condarc("");
    scene.context.ok(&words);
    assert_eq!(scene.context.read("conda-linux-64.lock"), before);
    // What lockit is told goes before it.
    condarc("channel_priority: disabled\n");
    scene.context.ok(&[
        "-k",
        "explicit",
        "-p",
        "linux-64",
        "--channel-priority",
        "strict",
        "--dry-run",
    ]);
}

/// It matters to nobody who asks about lockit itself.
#[test]
fn a_broken_configuration_of_conda_is_told_where_it_counts() {
    let scene = Scene::new();
    fs_err::write(scene.context.path("../home/.condarc"), "channels: [\n").unwrap();
    scene.spec("conda-forge", "app");
    for args in [&["--dry-run"][..], &["lint"]] {
        let shown = scene.context.show(args);
        assert!(shown.contains("warning: ") && shown.contains(".condarc"), "{args:?}\n{shown}");
    }
    for args in [&["completions", "bash"][..], &["rule", "LK001"]] {
        let shown = scene.context.ok(args);
        assert!(!shown.contains(".condarc"), "{args:?}\n{shown}");
    }
}

#[test]
fn the_mirror_of_a_server_is_named_with_the_channel() {
    let scene = Scene::new();
    let config =
        format!("[mirrors]\n\"https://conda.anaconda.org\" = [\"{}\"]\n", scene.server.root());
    fs_err::write(scene.context.path("../config/rattler/config.toml"), config).unwrap();
    scene.spec("conda-forge, no-such-channel", "other");
    assert_snapshot!(scene.context.show(&["--dry-run", "-p", "linux-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    would lock nothing in [TIME]
      linux-64       not solved
    nothing is written (`--dry-run`)
    error: channel `https://conda.anaconda.org/no-such-channel` cannot be read for linux-64: there is no such channel (404 Not Found)
     = note: asked for http://127.0.0.1:[PORT]/no-such-channel/noarch/repodata.json
     = hint: check the channel's name or URL; a channel has at least `noarch/repodata.json`
    ");
}

/// rattler's configuration goes before that of conda.
#[test]
fn the_proxy_of_conda_is_asked_where_rattler_names_none() {
    let scene = Scene::new();
    scene.spec("'http://channels.example/conda-forge'", "other");
    let args = ["--dry-run", "-p", "linux-64", "--http-retries", "0", "--no-sharded"];
    let shown = scene.context.show(&args);
    assert!(shown.contains("cannot be read"), "{shown}");
    let condarc = |scheme: &str| {
        let text = format!("proxy_servers:\n  {scheme}: {}\n", scene.server.root());
        fs_err::write(scene.context.path("../home/.condarc"), text).unwrap();
    };
    for scheme in ["http", "'http://channels.example'"] {
        condarc(scheme);
        scene.context.ok(&args);
    }
    for scheme in ["https", "'http://other.example'"] {
        condarc(scheme);
        let shown = scene.context.show(&args);
        assert!(shown.contains("cannot be read"), "{scheme}: {shown}");
    }
    condarc("http");
    let config = "[proxy-config]\nhttp = \"http://127.0.0.1:9\"\n";
    fs_err::write(scene.context.path("../config/rattler/config.toml"), config).unwrap();
    let shown = scene.context.show(&args);
    assert!(shown.contains("cannot be read"), "{shown}");
}

/// Takes every md5 out of the indexes of a channel.
fn without_md5(channel: &Path) {
    for subdir in ["noarch", "linux-64"] {
        let path = channel.join(subdir).join("repodata.json");
        let mut index: serde_json::Value =
            serde_json::from_slice(&fs_err::read(&path).unwrap()).unwrap();
        for section in ["packages", "packages.conda"] {
            let records = index[section].as_object_mut().into_iter().flatten();
            records.for_each(|(_, record)| drop(record.as_object_mut().unwrap().remove("md5")));
        }
        fs_err::write(path, index.to_string()).unwrap();
    }
}

#[test]
fn a_channel_without_md5_is_told_where_conda_lock_would_fail() {
    let scene = Scene::new();
    scene.spec("conda-forge", "other, app");
    let warnings = |args: &[&str]| {
        let shown = scene.context.ok(args);
        let at = shown.find("warning: conda-lock cannot");
        at.map_or_else(String::new, |at| shown[at..].split("\n\n").next().unwrap().to_owned())
    };
    assert_eq!(warnings(&["-k", "lock", "-p", "linux-64"]), "");
    without_md5(scene.channels[0].path());
    assert_eq!(warnings(&["-k", "explicit,pixi", "-p", "linux-64", "--upgrade"]), "");
    assert_snapshot!(warnings(&["-k", "lock", "-p", "linux-64", "--upgrade"]), @"
    warning: conda-lock cannot read `conda-lock.yml`: it requires an md5 of every package
     = note: the channels have no md5 of `app`, `other`
     = hint: lockit installs from it; for other tools use `-k explicit` or `-k pixi`, which need the sha256 only
    ");
}
