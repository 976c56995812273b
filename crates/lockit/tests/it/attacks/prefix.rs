//! Packages whose files would lie outside of the prefix.

use std::fmt::Write as _;
use std::process::Output;

use lockit_testkit::{Package, Wheel};
use serde_json::json;

use crate::context::{TestContext, files_below};

/// An explicit lockfile with these packages, which lie in a folder beside it.
pub(super) fn lock(context: &TestContext, packages: &[&Package]) {
    lock_for(context, "linux-64", packages);
}

pub(super) fn lock_for(context: &TestContext, platform: &str, packages: &[&Package]) {
    let mut text = format!("# platform: {platform}\n@EXPLICIT\n");
    for package in packages {
        let folder = context.path("../channel").join(platform);
        let (path, sha256, _) = package.write(&folder).unwrap();
        let path = folder.canonicalize().unwrap().join(path.file_name().unwrap());
        writeln!(text, "file://{}#sha256:{sha256}", path.display()).unwrap();
    }
    context.write("service.lock", &text);
}

pub(super) fn install(context: &TestContext, args: &[&str]) -> Output {
    let all = ["install", "service.lock", "-p", "env", "--platform", "linux-64"];
    context.run(&[&all, args].concat())
}

/// Everything outside of cache, channel and lockfile: what an attack could reach.
pub(super) fn world(context: &TestContext) -> Vec<(String, Vec<u8>)> {
    let top = context.path("..");
    let mut found = Vec::new();
    for (name, path) in files_below(&top) {
        let own = ["cache/", "channel/", "project/service.lock", "temp/"];
        if !own.iter().any(|start| name.starts_with(start)) {
            let bytes = if path.is_symlink() { Vec::new() } else { fs_err::read(path).unwrap() };
            found.push((name, bytes));
        }
    }
    found
}

/// Nothing is changed, neither in the prefix nor elsewhere, and the error names package and path.
#[track_caller]
pub(super) fn is_refused(
    context: &TestContext,
    args: &[&str],
    package: &str,
    path: &str,
) -> String {
    let before = world(context);
    let output = install(context, args);
    let shown = context.render(&output);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains(&format!("`{package}")) && shown.contains(path), "{shown}");
    assert!(shown.contains("nothing of the prefix was changed"), "{shown}");
    assert!(!shown.contains("panicked"), "{shown}");
    assert_eq!(world(context), before, "{shown}");
    shown
}

pub(super) fn victim() -> TestContext {
    let context = TestContext::new();
    context.write("../home/.bashrc", "mine\n");
    context
}

#[test]
fn a_path_that_leads_out_is_refused() {
    let context = victim();
    let home = context.path("../home/.bashrc").canonicalize().unwrap();
    let absolute = home.to_str().unwrap();
    for path in [
        "../../home/.bashrc",
        "share/../../../home/.bashrc",
        "share\\..\\..\\..\\home\\.bashrc",
        absolute,
        "C:\\Users\\x",
        "\\\\host\\share",
        "conda-meta/python-3.12-0.json",
        "./conda-meta/history",
        "Conda-Meta/x.json",
        ".trash/x",
        "__clobbers__/evil/x",
        "..",
        "",
    ] {
        for old in [false, true] {
            let mut evil = Package::new("evil").file("share/evil", "x").lists_path(path);
            if old {
                // An empty line of the old list is none.
                if path.is_empty() {
                    continue;
                }
                evil = evil.old();
            }
            lock(&context, &[&evil]);
            let before = world(&context);
            let output = install(&context, &[]);
            let shown = context.render(&output);
            assert_eq!(output.status.code(), Some(2), "{path}: {shown}");
            assert!(
                shown.contains("`evil 1.0 0`") && !shown.contains("panicked"),
                "{path}: {shown}"
            );
            assert_eq!(world(&context), before, "{path}: {shown}");
        }
    }
    insta::assert_snapshot!(context.filter(&{
        lock(&context, &[&Package::new("evil").lists_path("../../home/.bashrc")]);
        is_refused(&context, &[], "evil 1.0 0", "../../home/.bashrc")
    }), @"
    exit: 2
    --- stdout
    --- stderr
    error: `evil 1.0 0` is not touched: its path `../../home/.bashrc` leads out of the environment with `..`
     = hint: the package is broken or hostile: do not use it, and tell its channel
     = hint: nothing of the prefix was changed
    ");
}

/// With a placeholder the file at the path is rewritten in place.
#[test]
fn a_placeholder_rewrites_nothing_outside() {
    let context = victim();
    let evil = |path: &str, text: &str| {
        Package::new("evil").holds("share/x", "mine").lists(json!({
            "_path": path, "path_type": "hardlink", "file_mode": "text", "prefix_placeholder": text
        }))
    };
    lock(&context, &[&evil("../../home/.bashrc", "mine")]);
    is_refused(&context, &[], "evil", "../../home/.bashrc");
    lock(&context, &[&evil("share/x", "")]);
    is_refused(&context, &[], "evil", "share/x");
    // As packages have them.
    lock(&context, &[&evil("share/x", "mine")]);
    assert!(install(&context, &[]).status.success());
    assert!(context.read("env/share/x").ends_with("/env"));
}

/// Names that look like an attack and are none.
#[test]
fn unusual_paths_are_installed() {
    let context = TestContext::new();
    let paths =
        ["man/man3/File::Spec.3", "lib/..hidden/x..", "share/conda-meta/x", "a b/\u{e9}", "x~1"];
    let package = paths.iter().fold(Package::new("fine"), |package, path| package.file(path, "x"));
    for package in [package.clone(), package.clone().old(), package.tar_bz2()] {
        lock(&context, &[&package]);
        let _ = fs_err::remove_dir_all(context.path("env"));
        let output = install(&context, &[]);
        assert!(output.status.success(), "{}", context.render(&output));
        for path in paths {
            assert_eq!(context.read(&format!("env/{path}")), "x");
        }
    }
}

#[test]
fn nothing_goes_behind_a_link() {
    let context = victim();
    let home = context.path("../home").canonicalize().unwrap();
    let home = home.to_str().unwrap();
    let brings = Package::new("brings").file("data/.bashrc", "theirs");
    for aim in ["../../home", home, ".", "conda-meta", "not-there/yet", "..", "share"] {
        let links = Package::new("links").link("data", aim).file("share/x", "x");
        // In one package, and in two in either order of names.
        let both = Package::new("both").link("data", aim).lists_path("data/.bashrc");
        let (last, first) = (Package::new("zz").link("data", aim), &brings);
        for packages in [vec![&both], vec![&links, &brings], vec![first, &last]] {
            lock(&context, &packages);
            let before = world(&context);
            let output = install(&context, &[]);
            let shown = context.render(&output);
            assert_eq!(output.status.code(), Some(2), "{aim}: {shown}");
            assert!(shown.contains("data"), "{aim}: {shown}");
            assert_eq!(world(&context), before, "{aim}: {shown}");
        }
    }
    // A file in the place of a link, which would be written through it.
    let home = format!("{home}/.bashrc");
    let link = Package::new("link").link("bin/tool", &home);
    lock(&context, &[&link, &Package::new("tool").file("bin/tool", "theirs")]);
    is_refused(&context, &[], "tool 1.0 0", "bin/tool");
    lock(&context, &[&link]);
    is_refused(&context, &["--copy"], "link 1.0 0", "bin/tool");
}

/// `Data` and `data` are one folder where case means nothing.
#[test]
fn case_makes_no_other_folder() {
    let context = victim();
    let link = Package::new("link").link("Data", "../../home");
    let file = Package::new("file").file("data/.bashrc", "theirs");
    lock_for(&context, "osx-arm64", &[&link, &file]);
    let before = world(&context);
    let args = ["install", "service.lock", "-p", "env", "--platform", "osx-arm64"];
    let shown = context.show(&args);
    assert!(shown.starts_with("exit: 2\n") && shown.contains("Data"), "{shown}");
    assert_eq!(world(&context), before);
    let one = Package::new("one").file("share/Readme", "1");
    let two = Package::new("two").file("share/README", "2");
    lock_for(&context, "osx-arm64", &[&one, &two]);
    let shown = context.show(&args);
    assert!(shown.starts_with("exit: 0\n") && shown.contains("`one` and `two`"), "{shown}");
}

/// What was proved of one archive says nothing of another that goes by the same name.
#[test]
fn a_package_is_locked_once() {
    let context = victim();
    lock(&context, &[&Package::new("app").file("share/app", "x")]);
    let first = context.read("service.lock");
    let evil = Package::new("app").lists_path("../../home/.bashrc");
    let (path, sha256, _) = evil.write(&context.path("../channel/noarch")).unwrap();
    let second = format!("file://{}#sha256:{sha256}\n", path.canonicalize().unwrap().display());
    context.write("service.lock", &format!("{first}{second}"));
    let before = world(&context);
    let shown = context.render(&install(&context, &[]));
    assert!(shown.starts_with("exit: 2\n") && shown.contains("`app`"), "{shown}");
    assert_eq!(world(&context), before);
}

/// A link that was in the prefix before.
#[test]
fn links_of_a_prefix_lead_nowhere_else() {
    let context = victim();
    fs_err::create_dir_all(context.path("env/conda-meta")).unwrap();
    let link = |aim: &str, at: &str| {
        fs_err::os::unix::fs::symlink(aim, context.path(&format!("env/{at}"))).unwrap();
    };
    link("../../home", "data");
    lock(&context, &[&Package::new("brings").file("data/.bashrc", "theirs")]);
    is_refused(&context, &[], "brings", "data/.bashrc");
    // One that stays inside is somebody's way to have two names.
    fs_err::create_dir(context.path("env/lib")).unwrap();
    link("lib", "lib64");
    lock(&context, &[&Package::new("fine").file("lib64/x", "x")]);
    let output = install(&context, &[]);
    assert!(output.status.success(), "{}", context.render(&output));
    assert_eq!(context.read("env/lib/x"), "x");
    // The installer's own folders.
    fs_err::rename(context.path("env/conda-meta"), context.path("meta")).unwrap();
    link("../meta", "conda-meta");
    let output = install(&context, &[]);
    let shown = context.render(&output);
    assert!(shown.contains("env/conda-meta` is a link out of the environment"), "{shown}");
}

/// Links inside, and to a library of the machine, as packages of drivers have them.
#[test]
fn harmless_links_are_made() {
    let context = TestContext::new();
    let package = Package::new("driver")
        .file("lib/libx.so.1", "x")
        .link("lib/libx.so", "libx.so.1")
        .link("bin/x", "../lib/libx.so.1")
        .link("lib/libdriver.so", "/usr/lib/not-there/libdriver.so");
    lock(&context, &[&package]);
    let output = install(&context, &[]);
    assert!(output.status.success(), "{}", context.render(&output));
    assert_eq!(context.read("env/lib/libx.so"), "x");
    assert!(context.path("env/lib/libdriver.so").is_symlink());
}

#[test]
fn modules_and_commands_of_python_stay_inside() {
    let context = victim();
    let python = Package::new("python").index("version", json!("3.12.0")).file("bin/python", "x");
    let tool = |link: serde_json::Value| {
        Package::new("tool")
            .noarch_python()
            .file("site-packages/tool.py", "x")
            .holds("info/link.json", link.to_string())
    };
    let command = |line: &str| json!({"noarch": {"type": "python", "entry_points": [line]}, "package_metadata_version": 1});
    for name in ["../../home/.bashrc", "..", "/etc/cron.d/x", "a/b", "a\\b", "../conda-meta/x.json"]
    {
        lock(&context, &[&python, &tool(command(&format!("{name} = tool:main")))]);
        is_refused(&context, &[], "tool", "link.json");
    }
    // rattler takes it for impossible.
    lock(
        &context,
        &[&python, &tool(json!({"noarch": {"type": "generic"}, "package_metadata_version": 1}))],
    );
    is_refused(&context, &[], "tool", "link.json");
    for folder in ["../../home", "/etc", "conda-meta", "lib/../../x"] {
        let python = python.clone().index("python_site_packages_path", json!(folder));
        lock(&context, &[&python, &tool(command("tool = tool:main"))]);
        is_refused(&context, &[], "python", folder);
    }
    let right = python.index("python_site_packages_path", json!("lib/python3.12t/site-packages"));
    lock(&context, &[&right, &tool(command("tool = tool:main"))]);
    let output = install(&context, &[]);
    assert!(output.status.success(), "{}", context.render(&output));
    assert!(context.path("env/lib/python3.12t/site-packages/tool.py").exists());
    assert!(context.read("env/bin/tool").contains("from tool import main"));
}

/// A record of an earlier package decides what is removed.
#[test]
fn a_record_removes_nothing_outside() {
    let context = victim();
    lock(&context, &[&Package::new("first").file("share/first", "x")]);
    assert!(install(&context, &[]).status.success());
    let name = "env/conda-meta/first-1.0-0.json";
    let right = context.read(name);
    let second = Package::new("second").file("share/second", "x");
    for (key, path) in [
        ("paths", "../../home/.bashrc"),
        ("files", "../../home/.bashrc"),
        ("paths", "/etc/passwd"),
        ("original", "../../home/.bashrc"),
    ] {
        let mut record: serde_json::Value = serde_json::from_str(&right).unwrap();
        match key {
            "files" => record["files"] = json!([path]),
            "original" => record["paths_data"]["paths"][0]["original_path"] = json!(path),
            _ => record["paths_data"]["paths"][0]["_path"] = json!(path),
        }
        fs_err::write(context.path(name), record.to_string()).unwrap();
        // It goes, and it stays and is looked at.
        lock(&context, &[&second]);
        is_refused(&context, &[], "first", path);
    }
    fs_err::write(context.path(name), &right).unwrap();
    let output = install(&context, &[]);
    assert!(output.status.success(), "{}", context.render(&output));
    assert!(!context.path("env/share/first").exists());
}

#[test]
fn a_package_is_the_one_that_it_says_it_is() {
    let context = victim();
    let evil = Package::new("evil").file("share/x", "x").index("name", json!(".."));
    lock(&context, &[&evil]);
    is_refused(&context, &[], "evil", "index.json");
    let outside = context.path("../secret.json");
    fs_err::write(&outside, r#"{"name": "secret"}"#).unwrap();
    let evil = Package::new("evil").holds_link("info/link.json", outside.to_str().unwrap());
    lock(&context, &[&evil]);
    is_refused(&context, &[], "evil", "link.json");
}

/// It happens for real: both names are told, and the installation goes on.
#[test]
fn two_packages_with_one_file_are_told() {
    let context = TestContext::new();
    let one = Package::new("one").file("share/x", "1").file("share/y", "1").file("share/z", "1");
    let two = Package::new("two").file("share/x", "2").file("share/y", "2");
    lock(&context, &[&one, &two]);
    let output = install(&context, &[]);
    let shown = context.render(&output);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("warning: `one` and `two` bring `share/x` and 1 other file"), "{shown}");
    let text = context.read("env/share/x");
    let winner = if text == "1" { "one" } else { "two" };
    assert!(shown.contains(&format!("`{winner}`\n")), "{text}: {shown}");
    // One file each is nothing to tell.
    let two = Package::new("two").file("share/two", "2");
    lock(&context, &[&one, &two]);
    let output = install(&context, &[]);
    let shown = context.render(&output);
    assert!(output.status.success() && !shown.contains("warning"), "{shown}");
}

/// A few kilobytes of archive, and gigabytes of file.
#[test]
fn an_archive_unpacks_to_what_it_may() {
    let context = TestContext::new();
    let bomb = Package::new("bomb").holds("share/x", vec![0; 40 << 20]).lists_path("share/x");
    for bomb in [bomb.clone(), bomb.tar_bz2()] {
        lock(&context, &[&bomb]);
        let shown = is_refused(&context, &["--max-unpacked", "8M"], "bomb 1.0 0", "8 MiB");
        assert!(shown.contains("LOCKIT_MAX_UNPACKED"), "{shown}");
        let cached = files_below(&context.path("../cache"));
        assert!(!cached.keys().any(|name| name.contains("/share/x")), "{:?}", cached.keys());
        let args = ["install", "service.lock", "-p", "env", "--platform", "linux-64"];
        let small = context.command(&args).env("LOCKIT_MAX_UNPACKED", "8 MiB").output().unwrap();
        assert_eq!(small.status.code(), Some(2));
        let output = context.command(&args).env("LOCKIT_MAX_UNPACKED", "1G").output().unwrap();
        assert!(output.status.success(), "{}", context.render(&output));
        fs_err::remove_dir_all(context.path("env")).unwrap();
        fs_err::remove_dir_all(context.path("../cache")).unwrap();
        fs_err::create_dir(context.path("../cache")).unwrap();
    }
}

/// uv removes what `RECORD` lists, and asks nothing.
#[test]
fn the_list_of_a_python_package_removes_nothing_outside() {
    let context = victim();
    let python = Package::new("python").index("version", json!("3.12.0")).file("bin/python", "x");
    lock(&context, &[&python]);
    assert!(install(&context, &[]).status.success());
    let info = "env/lib/python3.12/site-packages/six-1.0.dist-info";
    context.write(&format!("{info}/INSTALLER"), "uv\n");
    context.write(&format!("{info}/RECORD"), "six.py,,\n../../../../../home/.bashrc,,\n");
    context.write(
        "env/conda-meta/lockit-pip",
        "six six-1.0.dist-info six @ https://host.example/six.whl --hash=sha256:00\n",
    );
    let newer = Wheel::new("six", "1.1").unwrap();
    newer.write(&context.path("")).unwrap();
    let text = context.read("service.lock");
    for line in ["", &format!("# pip six @ ./{}#sha256={}\n", newer.file_name, newer.sha256())] {
        context.write("service.lock", &format!("{text}{line}"));
        is_refused(&context, &[], "six 1.0", "../../../../../home/.bashrc");
    }
}
