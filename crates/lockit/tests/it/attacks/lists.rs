//! Lists of files that say of a package what is not so, and files that have no room.

use lockit_testkit::Package;
use serde_json::{Value, json};

use super::prefix::{install, is_refused, lock, victim};
use crate::context::TestContext;

#[track_caller]
fn is_installed(context: &TestContext, args: &[&str]) {
    let output = install(context, args);
    assert!(output.status.success(), "{}", context.render(&output));
}

/// The ways to list a link that make a file of it.
fn as_a_file(path: &str) -> [Value; 5] {
    let stamped = |kind: &str| json!({"_path": path, "path_type": kind, "file_mode": "text", "prefix_placeholder": "/old"});
    [
        json!({"_path": path, "path_type": "hardlink"}),
        json!({"_path": path, "path_type": "directory"}),
        json!({"_path": path, "path_type": "softlink", "no_link": true}),
        stamped("hardlink"),
        stamped("softlink"),
    ]
}

/// What the link leads to would be read where the package was unpacked to.
#[test]
fn a_link_that_is_listed_as_a_file_brings_nothing_in() {
    let context = victim();
    let secret = context.path("../home/.bashrc").canonicalize().unwrap();
    for entry in as_a_file("share/x") {
        for aim in [secret.to_str().unwrap(), "../../other-1.0-0/share/secret", "..", "/etc"] {
            let other = Package::new("other").file("share/secret", "secret");
            let evil = Package::new("evil").holds_link("share/x", aim).lists(entry.clone());
            lock(&context, &[&other]);
            is_installed(&context, &[]);
            lock(&context, &[&other, &evil]);
            for args in [&[][..], &["--copy"]] {
                is_refused(&context, args, "evil 1.0 0", "share/x");
            }
            // Through another link of the package.
            let far = Package::new("evil")
                .link("share/y", aim)
                .holds_link("share/x", "y")
                .lists(entry.clone());
            lock(&context, &[&far]);
            is_refused(&context, &[], "evil 1.0 0", "share/");
        }
        // A file of the package may have two names.
        let fine = Package::new("fine")
            .file("share/x-1.0", "at /old/x")
            .holds_link("share/x", "x-1.0")
            .lists(entry.clone());
        for args in [&[][..], &["--copy"]] {
            let _ = fs_err::remove_dir_all(context.path("env"));
            lock(&context, &[&fine]);
            is_installed(&context, args);
            let text = context.read("env/share/x");
            assert!(text.starts_with("at /") && text.ends_with("/x"), "{entry}: {text}");
        }
        fs_err::remove_dir_all(context.path("env")).unwrap();
    }
}

/// What would fail in the middle is found before the first file.
#[test]
fn a_list_is_of_what_the_archive_has() {
    let context = victim();
    let file = |kind: &str| {
        Package::new("app")
            .holds("share/x", "x")
            .lists(json!({"_path": "share/x", "path_type": kind}))
    };
    for (package, path) in [
        (Package::new("app").file("share/x", "x").lists_path("share/y"), "share/y"),
        (Package::new("app").file("share/x", "x").lists_path("share"), "share"),
        (
            Package::new("app")
                .file("share/x", "x")
                .lists(json!({"_path": "share", "path_type": "directory"})),
            "share",
        ),
        (file("softlink"), "share/x"),
        (
            Package::new("app")
                .holds_link("share/x", "gone")
                .lists(json!({"_path": "share/x", "path_type": "hardlink"})),
            "share/x",
        ),
    ] {
        lock(&context, &[&Package::new("aaa").file("share/aaa", "x"), &package]);
        is_refused(&context, &[], "app 1.0 0", path);
    }
    // A link that was not unpacked is left out: that is how it is where there are none.
    let missing =
        |path: &str| Package::new("app").lists(json!({"_path": path, "path_type": "softlink"}));
    let lacks = missing("share/l");
    for package in [file("hardlink"), file("directory"), lacks] {
        lock(&context, &[&package]);
        is_installed(&context, &[]);
    }
    // Its folder is made all the same.
    fs_err::os::unix::fs::symlink("../../home", context.path("env/data")).unwrap();
    let deep = format!("{}l", "d/".repeat(3000));
    for (path, shown) in [("data/new/l", "data/new/l"), (&*deep, "d/d/d"), ("../l", "../l")] {
        lock(&context, &[&missing(path)]);
        is_refused(&context, &[], "app 1.0 0", shown);
    }
}

/// A file that is listed as a folder is written like any other, and not through a link.
#[test]
fn a_file_that_is_listed_as_a_folder_is_a_file() {
    let context = victim();
    let home = context.path("../home/.bashrc").canonicalize().unwrap();
    let link = Package::new("link").link("bin/tool", home.to_str().unwrap());
    let tool = Package::new("tool")
        .holds("bin/tool", "theirs")
        .lists(json!({"_path": "bin/tool", "path_type": "directory"}));
    lock(&context, &[&link, &tool]);
    is_refused(&context, &[], "tool 1.0 0", "bin/tool");
}

#[test]
fn a_name_or_a_path_has_room() {
    let context = victim();
    let first = Package::new("aaa").file("share/aaa", "x");
    let long = "n".repeat(256);
    lock(&context, &[&first, &Package::new("app").lists_path(&format!("share/{long}"))]);
    is_refused(&context, &[], "app 1.0 0", &long);
    // Modules of python move to a longer path than they were unpacked to.
    let python = Package::new("python").index("version", json!("3.12.0")).file("bin/python", "x");
    let place = |length: usize| {
        let folders = (length - 1) / 200;
        let folder = format!("{}/", "d".repeat(199)).repeat(folders);
        format!("site-packages/{folder}{}", "f".repeat(length - folders * 200))
    };
    let pkgs = context.path("../cache/pkgs/app-1.0-0").to_str().unwrap().len();
    let path = place(4095 - pkgs - "/site-packages/".len() - 2);
    lock(&context, &[&first, &python, &Package::new("app").noarch_python().file(&path, "x")]);
    let before = super::prefix::world(&context);
    let shown = context.render(&install(&context, &[]));
    assert!(shown.starts_with("exit: 2\n") && shown.contains("`app 1.0 0`"), "{shown}");
    assert!(shown.contains("4095") && shown.contains("shorter prefix"), "{shown}");
    assert_eq!(super::prefix::world(&context), before);
    // Those have room, if only just.
    let right = format!("share/{}", "n".repeat(255));
    lock(&context, &[&first, &Package::new("app").file(&right, "x").file(&place(2000), "x")]);
    is_installed(&context, &[]);
}

/// The text that a package has for the prefix can get shorter and not longer.
#[test]
fn a_prefix_has_room_in_the_files_of_a_package() {
    let context = victim();
    let first = Package::new("aaa").file("share/aaa", "x");
    let entry = |placeholder: &str, mode: &str| json!({"_path": "bin/tool", "path_type": "hardlink", "file_mode": mode, "prefix_placeholder": placeholder});
    let tool = |placeholder: &str, mode: &str, bytes: String| {
        Package::new("tool").holds("bin/tool", bytes).lists(entry(placeholder, mode))
    };
    let in_a_string = |text: &str| format!("\0{text}/lib\0");
    lock(&context, &[&first, &tool("/short", "binary", in_a_string("/short"))]);
    let shown = is_refused(&context, &[], "tool 1.0 0", "bin/tool");
    assert!(shown.contains("shorter prefix") && shown.contains("6 bytes"), "{shown}");
    let wide: String = "/short".chars().flat_map(|c| [c, '\0']).collect();
    lock(&context, &[&first, &tool("/short", "binary", format!("{wide}\0\0"))]);
    is_refused(&context, &[], "tool 1.0 0", "bin/tool");
    let long = format!("/opt/{}", "placehold_".repeat(25));
    for package in [
        tool(&long, "binary", in_a_string(&long)),
        // The file does not name it, or is a text.
        tool("/short", "binary", in_a_string("/other")),
        tool("/short", "text", "/short/lib".to_owned()),
    ] {
        lock(&context, &[&first, &package]);
        is_installed(&context, &[]);
        fs_err::remove_dir_all(context.path("env")).unwrap();
    }
}

/// `tool`, as a command of a module.
fn command(name: &str) -> Package {
    let link = json!({"noarch": {"type": "python", "entry_points": ["tool = x:main"]}, "package_metadata_version": 1});
    Package::new(name)
        .noarch_python()
        .file("site-packages/x.py", "x")
        .holds("info/link.json", link.to_string())
}

fn python() -> Package {
    Package::new("python").index("version", json!("3.12.0")).file("bin/python", "x")
}

/// A command is written into the file that is there, which may be one of the cache.
#[test]
fn a_command_writes_into_no_file_of_the_cache() {
    let python = python();
    let tool = Package::new("tool").file("bin/tool", "theirs").file("bin/other", "x");
    let context = TestContext::new();
    lock(&context, &[&python, &command("both").file("python-scripts/tool", "theirs")]);
    is_installed(&context, &[]);
    assert_eq!(context.read("../cache/pkgs/both-1.0-0/python-scripts/tool"), "theirs");
    for name in ["aaa", "zzz"] {
        for at_once in [true, false] {
            let context = TestContext::new();
            if !at_once {
                lock(&context, &[&python, &tool]);
                is_installed(&context, &[]);
            }
            lock(&context, &[&python, &tool, &command(name)]);
            is_installed(&context, &[]);
            assert_eq!(
                context.read("../cache/pkgs/tool-1.0-0/bin/tool"),
                "theirs",
                "{name} {at_once}"
            );
        }
    }
}

/// Where a folder is no file can be written.
#[test]
fn a_command_takes_no_folder() {
    let context = victim();
    let folder = Package::new("folder").file("bin/tool/x", "x");
    lock(&context, &[&python(), &folder, &command("app")]);
    is_refused(&context, &[], "app 1.0 0", "bin/tool");
    lock(&context, &[&python(), &folder]);
    is_installed(&context, &[]);
    lock(&context, &[&python(), &folder, &command("app")]);
    is_refused(&context, &[], "app 1.0 0", "bin/tool");
}

/// What an installation that was killed has left is shared with the cache, and a copy is written into what is there.
#[test]
fn a_copy_writes_into_no_file_of_the_cache() {
    let context = TestContext::new();
    lock(&context, &[&Package::new("first").file("share/x", "first")]);
    is_installed(&context, &[]);
    fs_err::remove_file(context.path("env/conda-meta/first-1.0-0.json")).unwrap();
    lock(&context, &[&Package::new("second").file("share/x", "second")]);
    is_installed(&context, &["--copy"]);
    assert_eq!(context.read("env/share/x"), "second");
    assert_eq!(context.read("../cache/pkgs/first-1.0-0/share/x"), "first");
}

/// rattler finds it out in the middle.
#[test]
fn a_package_for_every_python_has_one() {
    let context = victim();
    let other = Package::new("other").file("share/other", "other");
    let module = Package::new("module").noarch_python().file("site-packages/module.py", "");
    lock(&context, &[&other]);
    is_installed(&context, &[]);
    lock(&context, &[&other, &module]);
    let output = install(&context, &[]);
    let shown = context.render(&output);
    assert!(shown.contains("`module 1.0 0` cannot be installed: it is a package for"), "{shown}");
    assert!(shown.contains("nothing of the prefix was changed"), "{shown}");
}
