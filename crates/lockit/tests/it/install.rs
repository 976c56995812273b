//! `lockit install`: a prefix that holds what the lock says, whatever was there before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lockit_testkit::{Credentials, Fault, Server};

use crate::context::{TestContext, files_below};
use crate::peers::Peers;
use crate::scene::SECRET;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64, win-64]
packages:
  app: {versions: [1.0, 1.1], noarch: python, depends: [lib, python], license: MIT}
  lib: {versions: [1.0, 2.0]}
  old: {versions: [1.0], noarch: generic}
  python: {versions: [3.13.5], depends: [lib]}
  test: {versions: [1.0], noarch: generic}
";

fn spec(dependencies: &str) -> String {
    format!(
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [{dependencies}]\n"
    )
}

fn project() -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", &spec("app =1.0, old, test"));
    (context, server)
}

/// What `conda-meta` says is there: `app 1.0, lib 2.0`.
fn installed(context: &TestContext, prefix: &str) -> String {
    let folder = context.path(prefix).join("conda-meta");
    let mut packages: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let text = fs_err::read_to_string(path).unwrap();
            let record: serde_json::Value = serde_json::from_str(&text).unwrap();
            format!("{} {}", record["name"].as_str().unwrap(), record["version"].as_str().unwrap())
        })
        .collect();
    packages.sort();
    packages.join(", ")
}

/// The files that the record of a package lists.
fn files_of(context: &TestContext, prefix: &str, package: &str) -> Vec<String> {
    let meta = format!("conda-meta/{package}");
    let name = files(context, prefix).into_iter().find(|name| name.starts_with(&meta)).unwrap();
    let record: serde_json::Value =
        serde_json::from_str(&context.read(&format!("{prefix}/{name}"))).unwrap();
    let paths = record["paths_data"]["paths"].as_array().unwrap().iter();
    paths.map(|entry| entry["_path"].as_str().unwrap().to_owned()).collect()
}

/// Every file below the prefix and what it holds; of a link, where it leads.
pub(crate) fn contents(context: &TestContext, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let read = |path: &Path| match fs_err::read_link(path) {
        Ok(aim) => aim.display().to_string().into_bytes(),
        Err(_) => fs_err::read(path).unwrap(),
    };
    let files = files_below(&context.path(prefix)).into_iter();
    let mut found: BTreeMap<_, _> = files.map(|(name, path)| (name, read(&path))).collect();
    // These have times in them, and where the cache is.
    for (name, bytes) in &mut found {
        if name == "conda-meta/history" {
            bytes.clear();
        } else if name.strip_prefix("conda-meta/").is_some_and(|name| name.contains(".json")) {
            let mut record: serde_json::Value = serde_json::from_slice(bytes).unwrap();
            for key in ["extracted_package_dir", "package_tarball_full_path", "link"] {
                record.as_object_mut().unwrap().remove(key);
            }
            *bytes = record.to_string().into_bytes();
        }
    }
    found
}

/// Says which files differ; all must be the same.
#[track_caller]
pub(crate) fn assert_same(there: &BTreeMap<String, Vec<u8>>, wanted: &BTreeMap<String, Vec<u8>>) {
    let names: BTreeSet<&String> = there.keys().chain(wanted.keys()).collect();
    let differ: Vec<_> =
        names.iter().filter(|name| there.get(**name) != wanted.get(**name)).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// The names of these files.
fn files(context: &TestContext, prefix: &str) -> BTreeSet<String> {
    contents(context, prefix).into_keys().collect()
}

const LINUX: [&str; 2] = ["--platform", "linux-64"];

#[test]
fn every_kind_of_lockfile_gives_the_same_prefix() {
    let (context, _server) = project();
    context.ok(&["-k", "explicit,lock,pixi"]);
    let mut seen = Vec::new();
    for lockfile in ["conda-linux-64.lock", "conda-lock.yml", "pixi.lock"] {
        let prefix = format!("env-{}", seen.len());
        let shown = context.ok(&[&["install", lockfile, "-p", &prefix], &LINUX[..]].concat());
        assert!(shown.contains("holds 5 packages: 5 added in "), "{shown}");
        assert_eq!(
            installed(&context, &prefix),
            "app 1.0, lib 2.0, old 1.0, python 3.13.5, test 1.0"
        );
        // What an explicit file does not keep is read from the archive.
        let meta = context.read(&format!("{prefix}/conda-meta/{}", {
            let names = files(&context, &prefix);
            let name = names.iter().find(|name| name.starts_with("conda-meta/app-")).unwrap();
            name.strip_prefix("conda-meta/").unwrap().to_owned()
        }));
        assert!(meta.contains("\"license\": \"MIT\"") && meta.contains("\"depends\": ["), "{meta}");
        assert!(meta.contains("\"url\": \"https://conda.anaconda.org/conda-forge/noarch/app-1.0-"));
        seen.push(files(&context, &prefix));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    // Modules of noarch packages lie where this platform's python looks for them.
    assert!(seen[0].contains("lib/python3.13/site-packages/app/__init__.py"), "{:?}", seen[0]);
    assert!(seen[0].contains("conda-meta/history"));
    // For another machine: the files are its own.
    let shown =
        context.ok(&["install", "pixi.lock", "-p", "mac", "--platform", "osx-arm64", "--copy"]);
    assert_eq!(shown.contains("only a Mac can sign"), !cfg!(target_os = "macos"), "{shown}");
    assert_ne!(files(&context, "mac"), seen[0]);
}

#[test]
fn a_prefix_is_brought_in_line() {
    let (context, _server) = project();
    context.ok(&["-k", "lock"]);
    let install = || context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    install();
    assert!(install().contains("nothing to do"));
    context.write("environment.yml", &spec("app =1.1, lib =1, test"));
    context.ok(&["-k", "lock"]);
    let shown = install();
    assert!(shown.contains("2 changed, 1 removed"), "{shown}");
    assert_eq!(installed(&context, "env"), "app 1.1, lib 1.0, python 3.13.5, test 1.0");
    // Of a run that was killed: files without a record, and a record without files.
    let before = files(&context, "env");
    let of = |start: &str| before.iter().find(|name| name.starts_with(start)).unwrap().clone();
    fs_err::remove_file(context.path("env").join(of("conda-meta/lib-"))).unwrap();
    install();
    assert_eq!(files(&context, "env"), before);
}

/// `micromamba install -f` leaves the record and the files of the package that was there.
#[test]
fn a_prefix_holds_one_package_of_a_name() {
    let (context, _server) = project();
    context.ok(&["-k", "lock"]);
    let install = |prefix: &str| context.ok(&[&["install", "-p", prefix], &LINUX[..]].concat());
    install("env");
    let old = files_below(&context.path("env"));
    let keep = |name: &str| name.contains("lib-2.0") || name.contains("old");
    let old: Vec<(String, Vec<u8>)> = old
        .into_iter()
        .filter(|(name, _)| keep(name))
        .map(|(name, path)| (name, fs_err::read(path).unwrap()))
        .collect();
    context.write("environment.yml", &spec("app =1.1, lib =1, test"));
    context.ok(&["-k", "lock"]);
    install("new");
    let leave = || {
        install("env");
        for (name, bytes) in old.iter().filter(|(name, _)| name.contains("lib-2.0")) {
            fs_err::write(context.path("env").join(name), bytes).unwrap();
        }
    };
    leave();
    assert!(installed(&context, "env").contains("lib 1.0, lib 2.0"));
    let refused = context.show(&["import", "-p", "env", "-k", "lock", "-o", "out.yml"]);
    assert!(refused.contains("`lib 1.0 ") && refused.contains("`lib 2.0 "), "{refused}");
    let shown = install("env");
    assert!(shown.contains("1 changed"), "{shown}");
    assert_same(&contents(&context, "env"), &contents(&context, "new"));
    assert!(install("env").contains("nothing to do"));
    // What a package has that stays is not removed with one that has it too.
    leave();
    let own = files(&context, "env").into_iter().find(|name| name.contains("lib-2.0")).unwrap();
    let shared = files_of(&context, "env", "test-1.0").remove(0);
    let mut record: serde_json::Value =
        serde_json::from_str(&context.read(&format!("env/{own}"))).unwrap();
    let mut entry = record["paths_data"]["paths"][0].clone();
    entry["_path"] = shared.into();
    record["paths_data"]["paths"].as_array_mut().unwrap().push(entry);
    context.write(&format!("env/{own}"), &record.to_string());
    install("env");
    assert_same(&contents(&context, "env"), &contents(&context, "new"));
    // Neither is wanted, or one is missing so that the numbers are those of the lock.
    leave();
    let record = files(&context, "env").into_iter().find(|name| name.contains("test-1.0")).unwrap();
    fs_err::remove_file(context.path("env").join(record)).unwrap();
    let shown = install("env");
    assert!(shown.contains("1 added, 1 changed"), "{shown}");
    assert_same(&contents(&context, "env"), &contents(&context, "new"));
    leave();
    context.write("environment.yml", &spec("test"));
    context.ok(&["-k", "lock"]);
    install("env");
    assert_eq!(installed(&context, "env"), "test 1.0");
}

#[test]
fn what_cannot_be_fetched_changes_nothing() {
    let (context, server) = project();
    context.ok(&["-k", "lock"]);
    context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    let before = files(&context, "env");
    context.write("environment.yml", &spec("app =1.1, lib =1"));
    context.ok(&["-k", "lock"]);
    let lock = context.read("conda-lock.yml");
    let fails = |stamp: &str| {
        let shown = context.show(&[&["install", "-p", "env"], &LINUX[..]].concat());
        assert!(shown.starts_with("exit: 2\n") && shown.contains(stamp), "{shown}");
        assert_eq!(files(&context, "env"), before);
        shown
    };
    // An archive with other bytes than were locked.
    let digest = lock
        .lines()
        .skip_while(|line| !line.contains("/linux-64/lib-1.0-"))
        .find_map(|line| line.trim().strip_prefix("sha256: "))
        .unwrap();
    context.write("conda-lock.yml", &lock.replace(digest, &"0".repeat(64)));
    let shown = fails("`lib 1.0 ");
    assert!(shown.contains("nothing of the prefix was changed"), "{shown}");
    context.write("conda-lock.yml", &lock);
    server.fault("*/lib-1.0-*", Fault::Status(404));
    fails("404");
    // One that is not there and not asked for.
    let offline = ["install", "-p", "env", "--offline"];
    let shown = context.show(&[&offline[..], &LINUX].concat());
    assert!(shown.starts_with("exit: 2\n"), "{shown}");
    assert_eq!(files(&context, "env"), before);
}

/// What is cached needs no network.
#[test]
fn a_second_prefix_comes_from_the_cache() {
    let (context, server) = project();
    context.ok(&["-k", "pixi"]);
    context.ok(&[&["install", "-p", "one"], &LINUX[..]].concat());
    server.take_requests();
    context.ok(&[&["install", "-p", "two", "--offline"], &LINUX[..]].concat());
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    assert_eq!(files(&context, "one"), files(&context, "two"));
}

#[test]
fn secrets_are_filled_in_and_not_written_down() {
    let channel = lockit_testkit::channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    server.fault("*", Fault::Unauthorized(Credentials::PathToken(SECRET.to_owned())));
    let context = TestContext::new();
    let url = format!("{}/t/${{TOKEN}}/conda-forge", server.root());
    context.write(
        "environment.yml",
        &format!("channels: ['{url}']\nplatforms: [linux-64]\ndependencies: [app]\n"),
    );
    let with = |args: &[&str]| context.command(args).env("TOKEN", SECRET).output().unwrap();
    let output = with(&["-k", "explicit"]);
    assert!(output.status.success(), "{}", context.render(&output));
    let args = [&["install", "conda-linux-64.lock", "-p", "env"], &LINUX[..]].concat();
    insta::assert_snapshot!(context.show(&args), @"
    exit: 2
    --- stdout
    --- stderr
    error: the environment variable `TOKEN` is not set
     = hint: the lockfile leaves secrets to the environment; set them and run it again
    ");
    let output = with(&args);
    assert!(output.status.success(), "{}", context.render(&output));
    context.keeps_secret(SECRET, &[]);
    for name in files(&context, "env") {
        let bytes = fs_err::read(context.path("env").join(&name)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("TOKEN"), "{name}: {text}");
    }
}

#[test]
fn a_part_is_installed_and_mistakes_are_told() {
    let (context, _server) = project();
    context.ok(&["-k", "lock"]);
    let lock = context.read("conda-lock.yml");
    let mut dev = false;
    let lines: Vec<String> = lock
        .lines()
        .map(|line| {
            if let Some(name) = line.strip_prefix("- name: ") {
                dev = name == "test";
            }
            match line {
                "  category: main" if dev => "  category: dev".to_owned(),
                "  optional: false" if dev => "  optional: true".to_owned(),
                line => line.to_owned(),
            }
        })
        .collect();
    context.write("parts.conda-lock.yml", &format!("{}\n", lines.join("\n")));
    let parts = ["install", "parts.conda-lock.yml", "-p", "env"];
    context.ok(&[&parts[..], &LINUX, &["--no-dev"]].concat());
    assert_eq!(installed(&context, "env"), "app 1.0, lib 2.0, old 1.0, python 3.13.5");
    context.ok(&[&parts[..], &LINUX].concat());
    assert!(installed(&context, "env").ends_with("test 1.0"));
    context.write("full/notes.txt", "mine");
    insta::assert_snapshot!(context.show(&["install", "-p", "full", "--platform", "linux-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `[TEMP]/project/full` is there and is no conda environment
     = hint: choose another folder, or empty this one
    ");
    insta::assert_snapshot!(context.show(&["install", "-n", "env", "--platform", "linux-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: it is not known where conda or mamba keep environments
     = hint: set MAMBA_ROOT_PREFIX, or give a folder with `--prefix`
    ");
    insta::assert_snapshot!(context.show(&["install", "-p", "env", "--platform", "win-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the project is not locked for win-64
     = hint: it is locked for linux-64, osx-arm64
    ");
    let root = context.path("root");
    let args = ["install", "-n", "service", "--platform", "linux-64"];
    let output = context.command(&args).env("MAMBA_ROOT_PREFIX", &root).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    assert!(root.join("envs/service/conda-meta/history").is_file());
}

/// Whenever it is killed, the next run ends with the right prefix.
#[test]
fn a_killed_install_is_finished_by_the_next() {
    let (context, _server) = project();
    context.ok(&["-k", "lock"]);
    let args = [&["install", "-p", "env"], &LINUX[..]].concat();
    let time = std::time::Instant::now();
    context.ok(&args);
    let whole = time.elapsed();
    let right = contents(&context, "env");
    for step in 0..12 {
        fs_err::remove_dir_all(context.path("env")).unwrap();
        let mut command = context.command(&args);
        // From an empty cache now and then, as it is when an image is built.
        if step % 3 == 0 {
            command.env("RATTLER_CACHE_DIR", context.path(&format!("../cache-{step}")));
        }
        let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * step / 10);
        let _ = child.kill();
        child.wait().unwrap();
        let mut command = context.command(&args);
        if step % 3 == 0 {
            command.env("RATTLER_CACHE_DIR", context.path(&format!("../cache-{step}")));
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "step {step}: {}", context.render(&output));
        assert_same(&contents(&context, "env"), &right);
    }
}

/// The same of a prefix that has the packages of an older lock: some of their files are gone already, some are new.
#[test]
fn a_killed_update_is_finished_by_the_next() {
    let (context, _server) = project();
    let args = [&["install", "-p", "env"], &LINUX[..]].concat();
    let specs = [spec("app =1.0, lib =2, old, test"), spec("app =1.1, lib =1, test")];
    let locks = specs.map(|spec| {
        context.write("environment.yml", &spec);
        context.ok(&["-k", "lock"]);
        context.read("conda-lock.yml")
    });
    let prefixes = locks.each_ref().map(|lock| {
        context.write("conda-lock.yml", lock);
        let _ = fs_err::remove_dir_all(context.path("env"));
        context.ok(&args);
        contents(&context, "env")
    });
    context.write("conda-lock.yml", &locks[0]);
    let time = std::time::Instant::now();
    context.ok(&args);
    let whole = time.elapsed();
    let mut stopped_amid = 0;
    for step in 0..24 {
        // There and back again.
        let new = usize::from(step % 2 == 1);
        context.write("conda-lock.yml", &locks[new]);
        let mut child = context.command(&args).stderr(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * step / 24);
        let _ = child.kill();
        child.wait().unwrap();
        let amid = contents(&context, "env");
        stopped_amid += usize::from(amid != prefixes[0] && amid != prefixes[1]);
        context.ok(&args);
        assert_same(&contents(&context, "env"), &prefixes[new]);
    }
    assert!(stopped_amid > 0, "no run was killed while it changed the prefix");
}

/// rattler, which pixi and conda's own plugin build on, accepts the prefix.
#[test]
fn rattler_reads_the_prefix() {
    let Some(peers) = Peers::find() else { return };
    let (context, _server) = project();
    context.ok(&["-k", "explicit"]);
    context.ok(&["install", "conda-linux-64.lock", "-p", "env", "--platform", "linux-64"]);
    let lines = peers.lines(&context, "prefix.py", &["env"]);
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(
        lines.contains("app 1.0 noarch 1") && lines.contains("lib 2.0 linux-64 1"),
        "{lines:?}"
    );
}

/// As conda-lock has them: for those who keep logins in a file of their own.
#[test]
fn logins_come_from_a_file_and_show_nowhere() {
    let channel = lockit_testkit::channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    let context = TestContext::new();
    let url = server.url();
    context.write(
        "environment.yml",
        &format!("channels: ['{url}']\nplatforms: [linux-64]\ndependencies: [app]\n"),
    );
    context.ok(&["-k", "explicit"]);
    server.fault(
        "*",
        Fault::Unauthorized(Credentials::Basic {
            user: "joe".to_owned(),
            password: SECRET.to_owned(),
        }),
    );
    let args = [&["install", "conda-linux-64.lock", "-p", "env"], &LINUX[..]].concat();
    assert!(context.show(&args).starts_with("exit: 2\n"));
    let domain = url.strip_prefix("http://").unwrap();
    context.write("auth.json", &format!("{{\"{domain}\": \"joe:{SECRET}\"}}"));
    let shown = context.ok(&[&args[..], &["--auth-file", "auth.json", "-vv"]].concat());
    assert!(!shown.contains(SECRET), "{shown}");
    context.keeps_secret(SECRET, &["project/auth.json"]);
    let shown = context.show(&[&args[..], &["--auth", SECRET]].concat());
    assert!(shown.starts_with("exit: 2\n") && !shown.contains(SECRET), "{shown}");
}
