//! A run that failed says so: outputs that cannot be written, networks that are dead.

use std::fs::OpenOptions;
use std::process::Stdio;

use lockit_testkit::{Fault, Server};

use crate::context::{TestContext, test_data};
use crate::scene::Scene;

/// Every verb that prints data, on a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_an_error() {
    let server = Server::builder(test_data().join("channel")).start().unwrap();
    let context = TestContext::new().with_reference_project().with_mirror(&server);
    context.ok(&[]);
    let args: [&[&str]; 14] = [
        &["list", "conda-linux-64.lock"],
        &["list", "--json", "conda-linux-64.lock"],
        &["sbom"],
        &["dockerfile", "--output", "-"],
        &["diff", "conda-linux-64.lock", "predict-linux-64.lock"],
        &["tree", "-p", "linux-64"],
        &["why", "python", "-p", "linux-64"],
        &["render", "-k", "lock", "--output", "-", "conda-linux-64.lock"],
        &["rule"],
        &["completions", "bash"],
        &["check", "--format", "github"],
        &["lint", "--format", "json"],
        &["--help"],
        &["--version"],
    ];
    let mut wrong = Vec::new();
    for args in args {
        let run = |out: Stdio| context.command(args).stdout(out).output().unwrap();
        let fine = run(Stdio::piped());
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = run(full.into());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_silent = fine.stdout.is_empty();
        // What says nothing loses nothing.
        let expected = if is_silent { fine.status.code() } else { Some(2) };
        let is_told =
            is_silent || args[0].starts_with('-') || said.contains("cannot write to stdout: ");
        if output.status.code() != expected || !is_told {
            wrong.push(format!("{args:?}: {:?} {said}", output.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A dead network is an error in every verb that asks it; what cannot be solved is for the user to mend.
#[test]
fn a_dead_network_is_an_error_in_every_verb() {
    let scene = Scene::sharded();
    for fault in [Fault::Status(503), Fault::Reset] {
        scene.server.fault("*", fault);
        for args in [&["lock"][..], &["update", "app"], &["refresh"], &["-U"], &["--dry-run"]] {
            let output =
                scene.context.command(args).env("LOCKIT_HTTP_RETRIES", "0").output().unwrap();
            let shown = scene.context.render(&output);
            assert_eq!(output.status.code(), Some(2), "{args:?}: {shown}");
            assert!(shown.contains("cannot be read for"), "{shown}");
        }
        scene.server.clear_faults();
    }
    scene.spec(&scene.server.url(), "app =9");
    for args in [&["lock"][..], &["refresh"]] {
        let output = scene.run(&args[..1]);
        assert_eq!(output.status.code(), Some(1), "{}", scene.context.render(&output));
    }
}

/// The same for an index of PyPI packages; a package that it does not have is for the user to mend.
#[test]
fn a_dead_index_is_an_error_in_every_verb() {
    let Some(uv) = lockit_needs::uv() else { return };
    let channel = "platforms: [linux-64]\npackages:\n  python: {versions: [3.12.4]}\n  \
                   pip: {versions: [24.0], noarch: python, depends: [python]}\n";
    let (context, _channel) = TestContext::new().with_channel(channel);
    let pages = context.path("../pages");
    fs_err::create_dir_all(pages.join("simple")).unwrap();
    let index = Server::builder(&pages).start().unwrap();
    let spec = |index: &str| {
        context.write(
            "environment.yml",
            &format!(
                "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\ndependencies:\n  - python\n  \
                 - pip:\n    - --index-url {index}/simple/\n    - six\n"
            ),
        );
    };
    let run = |args: &[&str]| {
        let mut command = context.command(args);
        command.env("LOCKIT_UV", &uv).env("UV_CACHE_DIR", context.path("../cache/uv"));
        let output = command.env("UV_HTTP_RETRIES", "0").output().unwrap();
        (output.status.code(), context.render(&output))
    };
    let verbs =
        [&["lock"][..], &["-U"], &["--dry-run"], &["refresh"], &["lock", "--all-or-nothing"]];
    for (fault, url) in [
        (Some(Fault::Status(503)), index.url()),
        (Some(Fault::Reset), index.url()),
        (None, "http://127.0.0.1:9".to_owned()),
    ] {
        if let Some(fault) = fault {
            index.fault("*", fault);
        }
        spec(&url);
        for args in verbs {
            let (code, shown) = run(args);
            assert_eq!(code, Some(2), "{args:?}: {shown}");
            assert!(shown.contains("check the network and the URL of the index"), "{shown}");
        }
        index.clear_faults();
    }
    spec(&index.url());
    let (code, shown) = run(&["lock"]);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("was not found"), "{shown}");
}

/// A fix that was to ask a channel says that it could not, and what it does without it.
#[test]
fn a_fix_says_which_channel_could_not_be_asked() {
    let scene = Scene::sharded();
    let url = scene.server.url();
    let export = format!(
        "name: base\nchannels:\n  - {url}\n  - defaults\ndependencies:\n  - _libgcc_mutex=0.1=main\n  - openssl=3.5.1=h1234567_0\n  \
         - numpy=2.3.1=py312h1234567_0\n  - six=1.17.0=pyhd8ed1ab_0\nprefix: /opt/conda/envs/base\n"
    );
    scene.server.fault("*", Fault::Status(503));
    scene.context.write("export.yml", &export);
    let output = scene
        .context
        .command(&["lint", "--fix", "--online", "export.yml"])
        .env("LOCKIT_HTTP_RETRIES", "0")
        .output()
        .unwrap();
    let shown = scene.context.render(&output);
    assert!(shown.contains("cannot be asked about the packages of `export.yml`"), "{shown}");
    assert!(shown.contains("warning: channel `"), "{shown}");
    assert!(shown.contains("mended export.yml"), "{shown}");
}
