//! Links that lead out of the prefix through other links, whoever has those.

use fs_err::os::unix::fs::symlink;
use lockit_testkit::Package;
use serde_json::json;

use super::prefix::{install, is_refused, lock, victim};
use crate::context::TestContext;

#[track_caller]
fn is_installed(context: &TestContext, args: &[&str]) {
    let output = install(context, args);
    assert!(output.status.success(), "{}", context.render(&output));
}

/// `a/b/c/s` is the prefix, and what is above `s` is not below it.
fn step(name: &str) -> Package {
    Package::new(name).link("a/b/c/s", "../../..")
}

#[test]
fn a_link_through_other_links_is_followed() {
    let context = victim();
    // By their letters all of these stay inside.
    for aim in ["a/b/c/s/../../home", "a/b/c/s/../../home/.bashrc", "a/b/c/s/../../home/new"] {
        let both = step("both").link("out", aim);
        // In either order of names, and one link farther away.
        let far = Package::new("far").link("near", "out").link("out", aim);
        for packages in [
            vec![&both],
            vec![&step("a"), &Package::new("z").link("out", aim)],
            vec![&step("z"), &Package::new("a").link("out", aim)],
            vec![&step("z"), &far],
        ] {
            lock(&context, &packages);
            for args in [&[][..], &["--copy"]] {
                is_refused(&context, args, "", "out");
            }
        }
    }
    // The folder itself is such a link, or the way to it.
    for (place, aim) in [("lib", "a/b/c/s/../../home"), ("bin", "a/b/c/s/..")] {
        lock(&context, &[&step("step"), &Package::new("folder").link(place, aim)]);
        is_refused(&context, &[], "folder", place);
    }
    insta::assert_snapshot!(context.filter(&{
        lock(&context, &[&step("step").link("out", "a/b/c/s/../../home")]);
        is_refused(&context, &[], "step 1.0 0", "out")
    }), @"
    exit: 2
    --- stdout
    --- stderr
    error: `step 1.0 0` is not touched: its path `out` is a link to the folder `[TEMP]/home`, out of the environment
     = hint: the package is broken or hostile: do not use it, and tell its channel
     = hint: nothing of the prefix was changed
    ");
}

/// The order of two installations changes nothing.
#[test]
fn links_of_a_prefix_are_followed_too() {
    let out = Package::new("out").link("out", "a/b/c/s/../../home");
    for (first, second) in [(step("step"), out.clone()), (out, step("step"))] {
        let context = victim();
        lock(&context, &[&first]);
        is_installed(&context, &[]);
        lock(&context, &[&first, &second]);
        is_refused(&context, &[], "out 1.0 0", "out");
        // Without the other one it is harmless.
        lock(&context, &[&second]);
        is_installed(&context, &[]);
    }
    // One that nobody's package has made.
    let context = victim();
    fs_err::create_dir_all(context.path("env/conda-meta")).unwrap();
    fs_err::create_dir_all(context.path("env/a/b/c")).unwrap();
    symlink("../../..", context.path("env/a/b/c/s")).unwrap();
    lock(&context, &[&Package::new("out").link("out", "a/b/c/s/../../home")]);
    is_refused(&context, &[], "out 1.0 0", "out");
    // And one that puts the folder of a link elsewhere.
    fs_err::create_dir_all(context.path("env/lib")).unwrap();
    fs_err::create_dir_all(context.path("env/p/q")).unwrap();
    symlink("../../lib", context.path("env/p/q/r")).unwrap();
    lock(&context, &[&Package::new("out").link("p/q/r/x", "../../../home")]);
    is_refused(&context, &[], "out 1.0 0", "p/q/r/x");
}

/// uv puts modules where the links lead, with whatever names they have.
#[test]
fn modules_of_python_lie_behind_no_link() {
    let context = victim();
    let python = Package::new("python").index("version", json!("3.12.0")).file("bin/python", "x");
    let modules = "lib/python3.12/site-packages";
    for aim in ["../../..", "../../../conda-meta", "../../../../../home", "../../../new/../a/b/c/s"]
    {
        let links = step("links").link(modules, aim);
        lock(&context, &[&python, &links]);
        is_refused(&context, &[], "", modules);
    }
    lock(&context, &[&python, &Package::new("links").link("lib", "conda-meta")]);
    is_refused(&context, &[], "links", "lib");
    lock(&context, &[&python, &Package::new("links").link("lib/python3.12", "../share/py")]);
    is_installed(&context, &[]);
}

/// As packages have them: chains of a library, folders with two names, links through a link of the same package, links to
/// what another package brings, to what is not there, and to themselves.
#[test]
fn links_of_real_packages_are_made() {
    let libraries = Package::new("libraries")
        .file("lib/libx.so.1.2", "x")
        .link("lib/libx.so", "libx.so.1")
        .link("lib/libx.so.1", "libx.so.1.2")
        .link("lib64", "lib")
        .link("share/lib", "../lib64/../lib")
        .file("share/x-1.0/data/y", "y")
        .link("share/x/current", "../x-1.0/data")
        .link("share/terminfo/x/xterm", "../../../lib64/libx.so")
        .link("ssl/cert.pem", "../share/x/current/y")
        .link("ssl/certs/ca.pem", "../cert.pem")
        .link("bin/loop", "loop")
        .link("share/broken", "../../no-such/build_env/bin/x")
        .link("lib/libcuda.so.1", "/usr/lib/not-there/libcuda.so.1")
        .link("lib/libcuda.so", "libcuda.so.1");
    let python = Package::new("python")
        .index("version", json!("3.12.0"))
        .file("bin/python3.12", "python")
        .link("bin/python3", "python3.12")
        .link("bin/python", "python3")
        .link("lib/python3.1", "python3.12")
        .file("lib/python3.12/os.py", "os")
        .link("lib/python3.12/lib.so", "../../lib64/libx.so");
    for args in [&[][..], &["--copy"]] {
        let context = TestContext::new();
        lock(&context, &[&libraries, &python]);
        is_installed(&context, args);
        let context_read = |path: &str| context.read(&format!("env/{path}"));
        for path in ["lib/libx.so", "lib64/libx.so", "share/lib/libx.so", "lib/python3.12/lib.so"] {
            assert_eq!(context_read(path), "x", "{path}");
        }
        assert_eq!(context_read("share/terminfo/x/xterm"), "x");
        assert_eq!(context_read("ssl/certs/ca.pem"), "y");
        assert_eq!(context_read("bin/python"), "python");
        assert!(context.path("env/lib64").is_symlink());
        // Once more, and as an upgrade that has folders where there were links.
        is_installed(&context, args);
        let newer = Package::new("libraries")
            .index("version", json!("2.0"))
            .file("lib64/deep/er/x", "new")
            .link("lib64/deep/er/y", "../../../lib64/deep/er/x")
            .file("lib/libx.so", "new");
        lock(&context, &[&newer, &python]);
        let output = install(&context, args);
        let shown = context.render(&output);
        assert!(output.status.success(), "{shown}");
        assert_eq!(context_read("lib64/deep/er/y"), "new");
    }
}

/// What `lib/libcuda.so` leads to is on the machine. It may be a file, as ever, and no folder.
#[test]
fn a_chain_to_the_machine_ends_at_a_file() {
    let context = victim();
    let file = context.path("../home/.bashrc").canonicalize().unwrap();
    let driver = |aim: &str| {
        Package::new("driver").link("lib/libcuda.so", "libcuda.so.1").link("lib/libcuda.so.1", aim)
    };
    lock(&context, &[&driver(file.to_str().unwrap())]);
    is_installed(&context, &[]);
    fs_err::remove_dir_all(context.path("env")).unwrap();
    is_refused(&context, &["--copy"], "driver", "lib/libcuda.so");
    lock(&context, &[&driver(file.parent().unwrap().to_str().unwrap())]);
    is_refused(&context, &[], "driver", "lib/libcuda.so");
    // No package knows what is above the prefix.
    lock(&context, &[&driver("../../../home/.bashrc")]);
    is_refused(&context, &[], "driver", "lib/libcuda.so");
}
