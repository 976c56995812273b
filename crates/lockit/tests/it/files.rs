//! Old lockfiles stay whole whatever happens to the run or to the disk.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use lockit_testkit::Fault;

use crate::context::TestContext;
use crate::scene::Scene;

type Files = BTreeMap<String, Vec<u8>>;

/// A scene with a filled cache, and the lockfiles that its spec leads to.
fn warm() -> (Scene, Files) {
    let scene = Scene::plain();
    scene.succeeds(&[]);
    let new = scene.locks();
    scene.put_back();
    (scene, new)
}

fn start(scene: &Scene, args: &[&str]) -> Child {
    scene
        .context
        .command(args)
        .args(["-k", "explicit,lock,pixi,env"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn kill(child: &Child, signal: &str) {
    let status =
        Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// Each file is the whole old or the whole new one; leftovers have a name that nothing reads.
#[track_caller]
fn assert_whole(scene: &Scene, new: &Files) -> usize {
    let mut moved = 0;
    for (name, bytes) in scene.locks() {
        if name.starts_with(".lockit-tmp-") {
            continue;
        }
        if bytes == new[&name] {
            moved += 1;
        } else {
            assert!(bytes == scene.old[&name], "{name} is neither the old nor the new file");
        }
    }
    moved
}

#[test]
fn killed_at_any_moment() {
    let (scene, new) = warm();
    let started = Instant::now();
    assert!(start(&scene, &[]).wait().unwrap().success());
    let whole = started.elapsed();
    let steps = 24;
    for step in 0..=steps {
        scene.put_back();
        let mut child = start(&scene, &[]);
        std::thread::sleep(whole * step / steps);
        kill_hard(&mut child);
        assert_whole(&scene, &new);
    }
    // Nothing that was left behind is in the way of the next run.
    assert!(start(&scene, &[]).wait().unwrap().success());
    assert_eq!(assert_whole(&scene, &new), new.len());
    assert!(scene.context.run(&["check"]).status.success());
}

fn kill_hard(child: &mut Child) {
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}

/// A run under strace, which is told what to do by some arguments.
fn traced(scene: &Scene, tracing: &[&str]) -> Command {
    let inner = scene.context.command(&["--offline", "-k", "explicit,lock,pixi,env"]);
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq"])
        .args(tracing)
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
    command
}

/// The calls that give a file its name.
const RENAMES: &str = "rename,renameat,renameat2,linkat";

/// The moments that a clock does not hit: before, between and after the renames.
#[test]
fn killed_between_two_renames() {
    if !lockit_needs::can_trace() {
        return;
    }
    let (scene, new) = warm();
    for nth in 1..=new.len() {
        scene.put_back();
        let calls = format!("trace={RENAMES}");
        let killed = format!("inject={RENAMES}:signal=KILL:when={nth}");
        let output =
            traced(&scene, &["-o", "/dev/null", "-e", &calls, "-e", &killed]).output().unwrap();
        assert!(!output.status.success(), "there are fewer renames than files that change");
        // As many files as renames came before.
        assert_eq!(assert_whole(&scene, &new), nth - 1);
    }
    assert!(start(&scene, &[]).wait().unwrap().success());
    assert_eq!(assert_whole(&scene, &new), new.len());
}

/// After a power cut there is the old file or the new one, none that is empty: its bytes are on the disk before it gets
/// its name, and all of them before the first does.
#[test]
fn files_are_synced_before_they_are_renamed() {
    if !lockit_needs::can_trace() {
        return;
    }
    let (scene, new) = warm();
    let log = scene.context.path("../trace");
    let calls = format!("trace={RENAMES},fsync,fdatasync");
    let log_name = log.to_string_lossy().into_owned();
    let output =
        traced(&scene, &["-y", "-s", "4096", "-o", &log_name, "-e", &calls]).output().unwrap();
    assert!(output.status.success());
    let log = fs_err::read_to_string(log).unwrap();
    let is_sync = |line: &str| line.contains("fsync(") || line.contains("fdatasync(");
    // `PID fsync(7</project/.lockit-tmp-abc>) = 0`
    let synced_at = |name: &str| log.lines().position(|line| is_sync(line) && line.contains(name));
    let mut renamed = Vec::new();
    let mut first = None;
    for (nth, line) in log.lines().enumerate() {
        // `PID rename("/project/.lockit-tmp-abc", "/project/pixi.lock") = 0`
        let names: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let [from, to] = names.as_slice() else { continue };
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        if is_sync(line) || !name(from).starts_with(".lockit-tmp-") {
            continue;
        }
        first.get_or_insert(nth);
        let synced =
            synced_at(&name(from)).unwrap_or_else(|| panic!("{line} without a sync\n{log}"));
        assert!(Some(synced) < first, "{line} came first\n{log}");
        renamed.push(name(to));
    }
    renamed.sort_unstable();
    assert_eq!(renamed, new.keys().cloned().collect::<Vec<_>>(), "{log}");
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.iter().rposition(|line| line.contains(".lockit-tmp-"));
    let folder = lines.iter().rposition(|line| is_sync(line));
    assert!(folder > last, "the folder is not synced behind the last rename\n{log}");
}

#[test]
fn killed_while_loading() {
    let scene = Scene::plain();
    for signal in ["KILL", "INT", "TERM"] {
        for pattern in ["*/noarch/repodata.json", "*/linux-64/*"] {
            scene.clear_cache();
            scene.server.take_requests();
            scene.server.fault(pattern, Fault::Hold);
            let mut child = start(&scene, &["--no-sharded"]);
            assert!(scene.server.wait_for(pattern, Duration::from_secs(20)));
            kill(&child, signal);
            assert!(!child.wait().unwrap().success());
            scene.server.clear_faults();
            assert!(scene.locks() == scene.old, "{signal} while {pattern} was loaded");
        }
    }
    // The cache that they left behind is of use, or at least not in the way.
    scene.succeeds(&[]);
}

/// A limit on file sizes is a full disk that needs no mount: the longest lockfile does not fit.
#[test]
fn a_full_disk() {
    let (scene, _) = warm();
    let inner = scene.context.command(&["--offline", "-k", "explicit,lock,pixi,env"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$@\"", "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = command.output().unwrap();
    assert!(scene.locks() == scene.old);
    assert_snapshot!(scene.context.render(&output), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot write `[TEMP]/project/conda-lock.yml`: no space left on the disk; the old file is as it was
     = hint: free some space and run it again; no file was changed
    ");
}

#[test]
fn a_full_disk_for_real() {
    if !lockit_needs::can_mount() {
        return;
    }
    let (scene, _) = warm();
    let disk = scene.context.path("../disk");
    let kept = scene.context.path("../kept");
    fs_err::create_dir_all(&disk).unwrap();
    fs_err::create_dir_all(&kept).unwrap();
    let inner = scene.context.command(&["--offline", "-k", "explicit,lock,pixi,env"]);
    // All blocks but one are taken: the first staged file fits, the second does not.
    let script = "mount -t tmpfs -o size=64k none ../disk && cp -a . ../disk && cd ../disk &&
        dd if=/dev/zero of=filler bs=1k 2>/dev/null; dd if=/dev/null of=filler bs=1k seek=$(($(stat -c %s filler) / 1024 - 4)) 2>/dev/null;
        \"$@\"; code=$?; rm -f filler; cp -a . ../kept; exit $code";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = command.output().unwrap();
    let kept: Files = scene
        .old
        .keys()
        .map(|name| (name.clone(), fs_err::read(kept.join(name)).unwrap()))
        .collect();
    assert!(kept == scene.old, "{}", scene.context.render(&output));
    assert_snapshot!(scene.context.render(&output), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot write `[TEMP]/disk/conda-osx-arm64.lock`: no space left on the disk; the old file is as it was
     = hint: free some space and run it again; no file was changed
    ");
}

#[test]
fn a_read_only_folder() {
    if !lockit_needs::can_mount() {
        return;
    }
    let (scene, _) = warm();
    let inner = scene.context.command(&["--offline", "-k", "explicit,lock,pixi,env"]);
    let script = "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap())
        .env_clear()
        .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
    let output = command.output().unwrap();
    assert!(scene.locks() == scene.old);
    assert_snapshot!(scene.context.render(&output), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot write `[TEMP]/project/conda-linux-64.lock`: the folder `[TEMP]/project` is read-only
     = hint: no file was changed; make the folder writable, or write somewhere else
    ");
}

#[test]
fn a_folder_where_a_lockfile_should_be() {
    let (scene, _) = warm();
    fs_err::remove_file(scene.context.path("conda-osx-arm64.lock")).unwrap();
    fs_err::create_dir(scene.context.path("conda-osx-arm64.lock")).unwrap();
    let output = scene.context.run(&[]);
    assert_snapshot!(scene.context.render(&output), @"
    exit: 2
    --- stdout
    --- stderr
    error: cannot write `[TEMP]/project/conda-osx-arm64.lock`: it is a folder
     = hint: move it away, or choose another name
    ");
    let lock = fs_err::read(scene.context.path("conda-linux-64.lock")).unwrap();
    assert!(lock == scene.old["conda-linux-64.lock"]);
}

#[test]
fn every_verb_says_the_same_about_a_folder_in_the_place_of_a_file() {
    let (scene, _) = warm();
    let context = &scene.context;
    fs_err::create_dir(context.path("taken")).unwrap();
    let hint = "it is a folder\n = hint: move it away, or choose another name\n";
    for args in [
        &["--offline", "-k", "lock", "--lockfile", "taken"][..],
        &["render", "conda-linux-64.lock", "-k", "lock", "--lockfile", "taken"],
        &["import", "conda-linux-64.lock", "-k", "lock", "--output", "taken"],
        &["refresh", "--offline", "--report", "taken"],
        &["dockerfile", "conda-linux-64.lock", "-o", "taken"],
    ] {
        let shown = context.show(args);
        assert!(shown.starts_with("exit: 2\n") && shown.contains(hint), "{args:?}: {shown}");
    }
}

#[test]
fn a_lockfile_behind_a_link() {
    let (scene, new) = warm();
    let path = scene.context.path("conda-linux-64.lock");
    fs_err::create_dir(scene.context.path("elsewhere")).unwrap();
    let real = scene.context.path("elsewhere/real.lock");
    fs_err::rename(&path, &real).unwrap();
    std::os::unix::fs::symlink(&real, &path).unwrap();
    assert!(scene.run(&[]).status.success());
    assert!(path.is_symlink());
    assert!(fs_err::read(&real).unwrap() == new["conda-linux-64.lock"]);
}

#[test]
fn a_cache_folder_that_cannot_be_used() {
    let scene = Scene::plain();
    let mut shown = String::new();
    fs_err::write(scene.context.path("../a-file"), "").unwrap();
    let file = scene.context.path("../a-file/cache");
    for (folder, sharded) in [(file.as_path(), "--no-sharded"), ("/proc/no/cache".as_ref(), "-v")] {
        let output =
            scene.context.command(&[sharded]).env("RATTLER_CACHE_DIR", folder).output().unwrap();
        shown.push_str(&scene.context.render(&output));
        assert!(scene.locks() == scene.old, "{shown}");
    }
    assert_snapshot!(shown, @"
    exit: 2
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the cache folder cannot be used
     = note: `[TEMP]/project/../a-file/cache/repodata`: Not a directory (os error 20)
     = hint: free space there, or choose another folder with `RATTLER_CACHE_DIR`

    exit: 2
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the cache folder cannot be used
     = note: `/proc/no/cache/repodata`: No such file or directory (os error 2)
     = hint: free space there, or choose another folder with `RATTLER_CACHE_DIR`
    ");
}

#[test]
fn two_at_once() {
    let (scene, new) = warm();
    for round in 0..6 {
        scene.put_back();
        if round % 2 == 0 {
            scene.clear_cache();
        }
        let mut both = [start(&scene, &[]), start(&scene, &[])];
        for child in &mut both {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(assert_whole(&scene, &new), new.len());
        assert_eq!(scene.locks().len(), new.len(), "something was left behind");
    }
}

#[test]
fn specs_that_are_no_specs() {
    let context = TestContext::new();
    let mut shown = String::new();
    let mut show = |name: &str| {
        let output = context.run(&["-p", "linux-64", "-f", name]);
        assert_eq!(output.status.code(), Some(2), "{}", context.render(&output));
        assert!(output.stdout.is_empty());
        shown.push_str(context.filter(&String::from_utf8_lossy(&output.stderr)).trim_end());
        shown.push_str("\n\n");
    };
    show("no-such-environment.yml");
    fs_err::create_dir(context.path("folder.yml")).unwrap();
    show("folder.yml");
    fs_err::write(context.path("binary.yml"), b"\x7fELF\x02\x01\x00\x00\xff\xfe").unwrap();
    show("binary.yml");
    fs_err::write(context.path("latin.yml"), b"name: caf\xe9\ndependencies: [python]\n").unwrap();
    show("latin.yml");
    context.write("broken.yml", "dependencies:\n  - python\n - numpy\n");
    show("broken.yml");
    context.write("list.yml", "- python\n- numpy\n");
    show("list.yml");
    context.write("empty.yml", "");
    show("empty.yml");
    assert_eq!(
        context.files(),
        ["binary.yml", "broken.yml", "empty.yml", "folder.yml", "latin.yml", "list.yml"]
    );
    assert_snapshot!(shown.trim_end(), @"
    error: there is no file `no-such-environment.yml`
     = hint: check the path; it is taken relative to the folder you are in

    error: failed to read from file `folder.yml`: Is a directory (os error 21)

    error: `binary.yml` is not text: byte 8 is not valid UTF-8
     = hint: save the file as UTF-8

    error: `latin.yml` is not text: byte 9 is not valid UTF-8
     = hint: save the file as UTF-8

    error: the indentation does not fit
     --> broken.yml:3:2
      |
    3 |  - numpy
      |  ^ this list item is not at the depth of the items above, or follows no key
      |
      = hint: indent it exactly like its neighbours, below a key such as `dependencies:`

    error: an environment file is a mapping of keys to values, found a list
     --> list.yml:1:1
      |
    1 | - python
      | ^^^^^^^^ expected `dependencies:` or another key
      |
      = hint: a small one is `dependencies: [python]`; a list of requirements for pip goes into a `pip:` section or a `requirements.txt`

    error: the environment file is empty
     --> empty.yml:1:1
      |
    1 |
      | ^ expected at least `dependencies:`
      |
      = hint: a small one is `dependencies: [python]`
    ");
}

/// Nobody reads any more: that is no reason to panic, and none to stop working.
#[test]
fn closed_pipes() {
    let (scene, new) = warm();
    for closed in ["exec \"$@\" >&-", "exec \"$@\" 2>&-", "exec \"$@\" >&- 2>&-"] {
        scene.put_back();
        let inner = scene.context.command(&["-k", "explicit,lock,pixi,env"]);
        let output = Command::new("sh")
            .args(["-c", closed, "sh"])
            .arg(inner.get_program())
            .args(inner.get_args())
            .current_dir(inner.get_current_dir().unwrap())
            .env_clear()
            .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))))
            .output()
            .unwrap();
        assert!(output.status.success(), "{closed}: {}", scene.context.render(&output));
        assert_eq!(assert_whole(&scene, &new), new.len());
    }
    for args in [&["completions", "bash"][..], &["--help"], &["check"]] {
        let mut child = scene
            .context
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("panicked"), "{args:?}: {errors}");
        // 0, or the signal that says that the pipe is closed.
        assert!(matches!(output.status.code(), Some(0) | None), "{args:?}: {:?}", output.status);
    }
}
