//! `lockit install` over a prefix whose files are gone or changed: what records say is compared with what is there.

use lockit_testkit::{Fault, Server};

use crate::context::TestContext;
use crate::install::{assert_same, contents};

const CHANNEL: &str = "
platforms: [linux-64]
packages:
  app:
    versions: [1.0]
    noarch: python
    depends: [lib, python]
    files:
      site-packages/app/empty.py: ''
      site-packages/app/more.py: 'x = 1'
  lib:
    versions: [2.0]
    files:
      bin/lib: '#!/built/here/and/moved/by/whoever/installs/it/bin/python'
      lib/liblib.so.1: 'elf'
      lib/liblib.so: {link: liblib.so.1}
  python: {versions: [3.13.5]}
";

const INSTALL: [&str; 5] = ["install", "-p", "env", "--platform", "linux-64"];

const MODULES: &str = "env/lib/python3.13/site-packages/app";

fn project() -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    context.ok(&["-k", "lock"]);
    context.ok(&INSTALL);
    assert!(context.read("env/bin/lib").contains("project/env/bin/python"), "no prefix is in it");
    (context, server)
}

fn verify(context: &TestContext) -> String {
    context.ok(&[&INSTALL[..], &["--verify"]].concat())
}

#[test]
fn what_is_gone_is_put_back() {
    let (context, server) = project();
    let right = contents(&context, "env");
    server.take_requests();
    fs_err::remove_file(context.path("env/lib/liblib.so")).unwrap();
    fs_err::remove_dir_all(context.path(MODULES)).unwrap();
    insta::assert_snapshot!(context.show(&INSTALL), @"
    exit: 0
    --- stdout
    --- stderr
    app 1.0: lib/python3.13/site-packages/app/__init__.py and 2 others were missing
    lib 2.0: lib/liblib.so was missing
    env holds 3 packages: 2 repaired in [TIME]
    ");
    assert_same(&contents(&context, "env"), &right);
    assert!(server.requests().is_empty(), "it is in the cache: {:?}", server.requests());
    assert!(context.ok(&INSTALL).contains(": nothing to do in "));
    // What python makes itself is no loss.
    let folder = context.path("env/share/__pycache__");
    fs_err::create_dir_all(&folder).unwrap();
    assert!(context.ok(&INSTALL).contains(": nothing to do in "));
}

/// A lock that asks for other packages as well: those that stay are looked at all the same.
#[test]
fn what_is_gone_of_a_package_that_stays_comes_back_with_those_that_change() {
    let (context, _server) = project();
    let right = contents(&context, "env");
    context.edit("environment.yml", "[app]", "[lib]");
    context.ok(&["-k", "lock"]);
    context.ok(&INSTALL);
    fs_err::remove_file(context.path("env/bin/lib")).unwrap();
    context.edit("environment.yml", "[lib]", "[app]");
    context.ok(&["-k", "lock"]);
    let shown = context.ok(&INSTALL);
    assert!(shown.contains("lib 2.0: bin/lib was missing\n"), "{shown}");
    assert!(shown.contains(": 2 added, 1 repaired in "), "{shown}");
    assert_same(&contents(&context, "env"), &right);
}

#[test]
fn what_was_changed_is_put_back_when_asked_for() {
    let (context, server) = project();
    let right = contents(&context, "env");
    assert!(verify(&context).contains(": nothing to do in "));
    server.take_requests();
    // In place, as an editor or a script does it: where files are linked, that of the cache is changed as well.
    fs_err::write(context.path(&format!("{MODULES}/more.py")), "").unwrap();
    fs_err::write(context.path(&format!("{MODULES}/empty.py")), "x = 2").unwrap();
    fs_err::write(context.path("env/bin/lib"), "#!/elsewhere/bin/python").unwrap();
    fs_err::remove_file(context.path("env/lib/liblib.so.1")).unwrap();
    fs_err::create_dir(context.path("env/lib/liblib.so.1")).unwrap();
    assert!(context.ok(&INSTALL).contains(": nothing to do in "));
    insta::assert_snapshot!(context.show(&[&INSTALL[..], &["--verify"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    app 1.0: lib/python3.13/site-packages/app/empty.py and lib/python3.13/site-packages/app/more.py were changed
    lib 2.0: bin/lib and lib/liblib.so.1 were changed
    env holds 3 packages: 2 repaired in [TIME]
    ");
    assert_same(&contents(&context, "env"), &right);
    assert!(!server.requests().is_empty(), "what the cache holds was changed as well");
    assert!(verify(&context).contains(": nothing to do in "));
    // What another prefix gets is whole again.
    context.ok(&["install", "-p", "other", "--platform", "linux-64", "--offline"]);
    assert_eq!(context.read(&format!("{}/more.py", MODULES.replace("env", "other"))), "x = 1");
}

#[test]
fn what_cannot_be_put_back_stays_as_it_is() {
    let (context, server) = project();
    fs_err::write(context.path(&format!("{MODULES}/more.py")), "").unwrap();
    let before = contents(&context, "env");
    let offline = [&INSTALL[..], &["--verify", "--offline"]].concat();
    let shown = context.show(&offline);
    assert!(shown.starts_with("exit: 2\n"), "{shown}");
    assert!(shown.contains("nothing of the prefix was changed"), "{shown}");
    server.fault("*", Fault::Status(404));
    let shown = context.show(&[&INSTALL[..], &["--verify"]].concat());
    assert!(shown.starts_with("exit: 2\n") && shown.contains("404"), "{shown}");
    assert_same(&contents(&context, "env"), &before);
}

/// A file that was changed in the cache does not get into a new prefix of those who ask.
#[test]
fn a_new_prefix_is_made_of_what_was_locked() {
    let (context, _server) = project();
    fs_err::write(context.path(&format!("{MODULES}/more.py")), "").unwrap();
    context.ok(&["install", "-p", "other", "--platform", "linux-64", "--verify"]);
    assert_eq!(context.read(&format!("{}/more.py", MODULES.replace("env", "other"))), "x = 1");
}

#[cfg(unix)]
#[test]
fn copies_are_files_of_their_own() {
    use std::os::unix::fs::MetadataExt as _;
    let (context, _server) = project();
    let args = ["install", "-p", "copied", "--platform", "linux-64", "--copy"];
    context.ok(&args);
    let links = |path: &str| fs_err::metadata(context.path(path)).unwrap().nlink();
    let file = format!("{MODULES}/more.py");
    let copied = file.replace("env", "copied");
    assert!(links(&file) > 1, "a link saves the space");
    assert_eq!(links(&copied), 1);
    fs_err::write(context.path(&copied), "").unwrap();
    assert_eq!(context.read(&file), "x = 1");
    context.ok(&[&args[..], &["--verify", "--offline"]].concat());
    assert_eq!(context.read(&copied), "x = 1");
    assert_eq!(links(&copied), 1);
}
