//! What is locked is what is installed: archives in the cache, in folders and on servers that are other ones.

use lockit_testkit::{Package, Wheel};
use serde_json::json;

use crate::context::TestContext;

/// Two archives of one name, version and build: which one it is stands in `share/app`.
fn archives(context: &TestContext) -> [(String, String, String); 2] {
    ["right", "wrong"].map(|text| {
        let folder = context.path(&format!("../{text}/linux-64"));
        let package = Package::new("app").file("share/app", text);
        let (path, sha256, md5) = package.write(&folder).unwrap();
        (format!("file://{}", path.canonicalize().unwrap().display()), sha256, md5)
    })
}

fn lock(context: &TestContext, line: &str) {
    context.write("service.lock", &format!("# platform: linux-64\n@EXPLICIT\n{line}\n"));
}

fn show(context: &TestContext, prefix: &str, args: &[&str]) -> String {
    let all = ["install", "service.lock", "-p", prefix, "--platform", "linux-64"];
    context.show(&[&all, args].concat())
}

#[track_caller]
fn is_refused(context: &TestContext, what: &str) {
    let shown = show(context, "refused", &[]);
    assert!(shown.starts_with("exit: 2\n") && shown.contains(what), "{shown}");
    assert!(!context.path("refused").exists(), "{shown}");
}

#[track_caller]
fn holds(context: &TestContext, prefix: &str, text: &str) {
    let shown = show(context, prefix, &[]);
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(context.read(&format!("{prefix}/share/app")), text, "{shown}");
}

/// What the cache has under a name is proved, whichever digest the lock has, and whoever filled the cache.
#[test]
fn the_cache_is_no_proof() {
    let context = TestContext::new();
    let [(right, right_sha256, right_md5), (wrong, wrong_sha256, _)] = archives(&context);
    for digest in
        [format!("#{right_md5}"), format!("#sha256:{right_sha256}"), format!("#{right_sha256}")]
    {
        // Somebody else's archive is in the cache.
        lock(&context, &format!("{wrong}#sha256:{wrong_sha256}"));
        holds(&context, &format!("a{}", digest.len()), "wrong");
        lock(&context, &format!("{right}{digest}"));
        holds(&context, &format!("b{}", digest.len()), "right");
        // As an older rattler leaves it: without a digest.
        lock(&context, &format!("{wrong}#sha256:{wrong_sha256}"));
        holds(&context, &format!("c{}", digest.len()), "wrong");
        let pkgs = context.path("../cache/pkgs");
        fs_err::remove_file(pkgs.join("app-1.0-0.lock")).unwrap();
        fs_err::remove_file(pkgs.join("app-1.0-0.seen")).unwrap();
        lock(&context, &format!("{right}{digest}"));
        holds(&context, &format!("d{}", digest.len()), "right");
    }
}

/// What was proved once needs no second fetch: the archive is gone.
#[test]
fn what_was_proved_comes_from_the_cache() {
    let context = TestContext::new();
    let [(right, sha256, md5), _] = archives(&context);
    lock(&context, &format!("{right}#{md5}"));
    holds(&context, "first", "right");
    fs_err::remove_dir_all(context.path("../right")).unwrap();
    holds(&context, "second", "right");
    lock(&context, &format!("{right}#sha256:{sha256}"));
    holds(&context, "third", "right");
    // The cache alone cannot say that an entry has this md5.
    fs_err::remove_file(context.path("../cache/pkgs/app-1.0-0.seen")).unwrap();
    holds(&context, "fourth", "right");
    lock(&context, &format!("{right}#{md5}"));
    is_refused(&context, "`app 1.0 0`");
}

#[test]
fn another_archive_in_a_folder_is_refused() {
    let context = TestContext::new();
    let [(right, ..), (_, wrong_sha256, wrong_md5)] = archives(&context);
    lock(&context, &format!("{right}#{wrong_md5}"));
    is_refused(&context, "its md5 is ");
    lock(&context, &format!("{right}#sha256:{wrong_sha256}"));
    is_refused(&context, "its sha256 is ");
}

/// All that a lockfile says of an archive holds, in a warm cache as in an empty one.
#[test]
fn every_digest_counts() {
    let context = TestContext::new();
    let [(right, sha256, md5), (_, wrong_sha256, wrong_md5)] = archives(&context);
    let lockfile = |sha256: &str, md5: &str| {
        context.write(
            "service.lock",
            &format!(
                "version: 1\nmetadata:\n  content_hash: {{linux-64: {sha256}}}\n  channels: [{{url: conda-forge, used_env_vars: []}}]\n  \
                 platforms: [linux-64]\n  sources: [environment.yml]\npackage:\n- name: app\n  version: '1.0'\n  manager: conda\n  \
                 platform: linux-64\n  dependencies: {{}}\n  url: {right}\n  hash: {{md5: {md5}, sha256: {sha256}}}\n  category: main\n  optional: false\n"
            ),
        );
    };
    for (prefix, others) in [("", false), ("env", false), ("other", true)] {
        if !prefix.is_empty() {
            lockfile(&sha256, &md5);
            holds(&context, prefix, "right");
        }
        if others {
            // As another tool fills the cache: with a sha256 and nothing else.
            fs_err::remove_file(context.path("../cache/pkgs/app-1.0-0.seen")).unwrap();
        }
        lockfile(&sha256, &wrong_md5);
        is_refused(&context, "its md5 is ");
        lockfile(&wrong_sha256, &md5);
        is_refused(&context, "its sha256 is ");
    }
    lockfile(&sha256, &md5);
    holds(&context, "again", "right");
}

/// The size is no digest, and counts like one.
#[test]
fn a_size_counts() {
    let context = TestContext::new();
    let [(right, sha256, md5), _] = archives(&context);
    let size = fs_err::metadata(right.strip_prefix("file://").unwrap()).unwrap().len();
    let lockfile = |size: u64| {
        context.write(
            "service.lock",
            &format!(
                "version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://channel.example/\n    packages:\n      \
                 linux-64:\n      - conda: {right}\npackages:\n- conda: {right}\n  subdir: linux-64\n  sha256: {sha256}\n  md5: {md5}\n  size: {size}\n"
            ),
        );
    };
    lockfile(size + 1);
    is_refused(&context, "its size is ");
    lockfile(size);
    holds(&context, "env", "right");
    for wrong in [size - 1, size + 1] {
        lockfile(wrong);
        is_refused(&context, "it is another archive than was locked");
    }
    fs_err::remove_file(context.path("../cache/pkgs/app-1.0-0.seen")).unwrap();
    lockfile(size + 1);
    is_refused(&context, "its size is ");
    lockfile(size);
    holds(&context, "again", "right");
    // Seen once, it is not fetched again.
    fs_err::remove_dir_all(context.path("../right")).unwrap();
    holds(&context, "third", "right");
}

#[test]
fn a_row_without_a_digest_is_refused() {
    let context = TestContext::new();
    let [(right, ..), (wrong, wrong_sha256, _)] = archives(&context);
    lock(&context, &format!("{wrong}#sha256:{wrong_sha256}"));
    holds(&context, "wrong", "wrong");
    lock(&context, &right);
    insta::assert_snapshot!(show(&context, "env", &[]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `app 1.0 0` cannot be installed: the lockfile has no digest of it
     = hint: lock it again, or take what is at its address with `--allow-missing-digests`
    ");
    // What is at the address, and not what the cache has of that name.
    let shown = show(&context, "env", &["--allow-missing-digests"]);
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(context.read("env/share/app"), "right");
}

#[test]
fn a_wheel_without_a_digest_is_refused() {
    let context = TestContext::new();
    let python = Package::new("python").index("version", json!("3.12.0")).file("bin/python", "x");
    let (path, sha256, _) = python.write(&context.path("../channel/linux-64")).unwrap();
    let path = path.canonicalize().unwrap();
    let wheel = Wheel::new("six_like", "1.0").unwrap();
    wheel.write(&context.path("")).unwrap();
    for address in [
        format!("./{}", wheel.file_name),
        "https://host.example/six_like-1.0-py3-none-any.whl".to_owned(),
    ] {
        lock(
            &context,
            &format!("file://{}#sha256:{sha256}\n# pip six-like @ {address}", path.display()),
        );
        is_refused(
            &context,
            "`six-like 1.0` cannot be installed: the lockfile has no digest of it",
        );
    }
}
