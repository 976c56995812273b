//! Texts of channels and packages, in every output.

use std::process::Output;

use crate::context::TestContext;

/// What a forge, a terminal, a log or YAML would obey.
const HOSTILE: &str = "MIT @org/team [Approve now](https://evil.example) <!-- `x` | Closes #1\n::error file=x::y\n##vso[task.setvariable variable=x]y\r\u{1b}]0;title\u{7}\u{9b}2J\u{202e}\u{200b}\u{2028}";

/// The index of a channel in a folder: of each package name, version, build and licence.
fn channel(context: &TestContext, packages: &[(&str, &str, &str, &str)]) {
    let records: serde_json::Map<String, serde_json::Value> = packages
        .iter()
        .enumerate()
        .map(|(nth, (name, version, build, license))| {
            // The name of the file says nothing of the build that the record has.
            let file = format!("{name}-{version}-h{nth}_0.conda");
            let record = serde_json::json!({
                "name": name, "version": version, "build": build, "build_number": nth, "depends": [],
                "license": license, "subdir": "linux-64", "sha256": format!("{nth:064x}"),
                "md5": format!("{nth:032x}"), "size": 1, "timestamp": 1_700_000_000_000_u64,
            });
            (file, record)
        })
        .collect();
    for (subdir, records) in [("linux-64", records), ("noarch", serde_json::Map::new())] {
        let index = serde_json::json!({
            "info": {"subdir": subdir}, "packages": {}, "packages.conda": records, "repodata_version": 1,
        });
        context.write(&format!("chan/{subdir}/repodata.json"), &index.to_string());
    }
    context.write(
        "environment.yml",
        "name: dev\nchannels: [./chan]\nplatforms: [linux-64]\ndependencies: [app, lib]\n",
    );
}

/// A locked project whose channel has gone on with hostile texts.
fn attacked(license: &str) -> TestContext {
    let context = TestContext::new();
    let lib = ("lib", "1.0", "h0_0", "Apache-2.0 WITH LLVM-exception");
    channel(&context, &[("app", "1.0", "h0_0", "MIT"), lib]);
    context.ok(&["-k", "pixi"]);
    let lib = ("lib", "1.1", "h0_0", "BSD-3-Clause AND (MIT OR GPL-3.0)");
    channel(&context, &[("app", "1.1", "h0_0", license), lib]);
    context
}

/// Nothing of what was printed is obeyed by a terminal or by a system that runs jobs.
#[track_caller]
fn is_harmless(output: &Output) {
    for stream in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(stream);
        for line in text.split('\n') {
            let mut rest = line;
            while let Some(start) = rest.find('\u{1b}') {
                let code = rest[start + 1..].split('m').next().unwrap();
                assert!(code.starts_with('[') && code.len() <= 3, "{line:?}");
                assert_ne!(code, "[8", "{line:?}");
                rest = &rest[start + 1..];
            }
            let hidden = |c: char| c != '\u{1b}' && c != '\t' && lockit_diagnostic::is_hidden(c);
            assert!(!line.contains(hidden), "{line:?}");
            assert!(!line.trim_start().starts_with("::"), "{line:?}");
            assert!(!line.contains("##vso[") && !line.contains("##["), "{line:?}");
        }
    }
}

#[test]
fn a_licence_is_a_text_in_a_pull_request_and_in_a_commit() {
    let context = attacked(HOSTILE);
    context.git(&["init", "--quiet"]);
    context.git(&["config", "user.name", "Bot"]);
    context.git(&["config", "user.email", "bot@example.com"]);
    context.commit("Lock");
    let output =
        context.run(&["refresh", "--report", "../report.md", "--commit", "--color", "always"]);
    assert!(output.status.success(), "{}", context.render(&output));
    is_harmless(&output);
    let report = context.read("../report.md");
    let licence = report.lines().find(|line| line.starts_with("Licence of `app`")).unwrap();
    assert_eq!(
        licence,
        "Licence of `app`: MIT → ``MIT @org/team [Approve now](https://evil.example) <!-- `x` | Closes #1\\n::error file=x::y\\n##vso[task.setvariable variable=x]y\\r\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{202e}\\u{200b}\\u{2028}``"
    );
    // The harmless one beside it is as it was.
    let usual =
        "Licence of `lib`: Apache-2.0 WITH LLVM-exception → BSD-3-Clause AND (MIT OR GPL-3.0)";
    assert!(report.lines().any(|line| line == usual), "{report}");
    assert_eq!(report.lines().filter(|line| line.contains("evil")).count(), 1, "{report}");
    let message = context.git_command(&["log", "-1", "--format=%B"]).output().unwrap();
    let message = String::from_utf8(message.stdout).unwrap();
    assert!(!message.contains(['@', '#', '\u{1b}', '\u{202e}']), "{message:?}");
    assert!(!message.lines().any(|line| line.contains("https://")), "{message}");
    assert!(message.contains("licence of lib: Apache-2.0 WITH LLVM-exception -> BSD"), "{message}");
}

#[test]
fn what_a_terminal_and_a_log_get_is_only_text() {
    let context = attacked(HOSTILE);
    context.ok(&["--upgrade", "-k", "pixi"]);
    for color in ["always", "never"] {
        for args in [
            &["list", "pixi.lock", "-p", "linux-64"][..],
            &["list", "pixi.lock", "-p", "linux-64", "--format", "json"],
            &["tree", "pixi.lock", "-p", "linux-64"],
            &["sbom", "pixi.lock", "-p", "linux-64"],
            &["sbom", "pixi.lock", "-p", "linux-64", "--format", "spdx"],
        ] {
            let output = context.run(&[args, &["--color", color]].concat());
            assert!(output.status.success(), "{}", context.render(&output));
            is_harmless(&output);
        }
    }
    // JSON is escaped and still the same data.
    let output = context.run(&["list", "pixi.lock", "-p", "linux-64", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list["packages"][0]["license"], HOSTILE);
}

/// Keys, names of files, comments and values of a spec are shown where something is wrong with them.
#[test]
fn a_spec_is_shown_and_not_obeyed() {
    let context = TestContext::new();
    let spec = "name: dev\nchannels: [conda-forge]\ndependencies:\n  - ::error file=a::b\n  - ##vso[task.complete]x\n  \
                - 'nu\u{202e}m\u{9b}py ==='\n  - \"a\\e]0;x\\a\\u2028\"\nwrong\u{200b}key: ##[error]x\n";
    for name in ["environment.yml", "::error file=x::y.yml", "##[group]x.yml", "a\u{1b}[2J\nb.yml"]
    {
        context.write(name, spec);
        for format in ["text", "concise", "json", "sarif"] {
            for color in ["always", "never"] {
                is_harmless(&context.run(&["lint", name, "--format", format, "--color", color]));
            }
        }
        is_harmless(&context.run(&["lint", "--diff", name]));
        is_harmless(&context.run(&["-f", name, "--color", "always"]));
        let output = context.run(&["lint", name, "--format", "github"]);
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines() {
            assert!(
                ["::error file=", "::warning file="].iter().any(|a| line.starts_with(a)),
                "{line}"
            );
            assert!(!line.contains(lockit_diagnostic::is_hidden), "{line:?}");
        }
    }
}

#[test]
fn a_build_that_no_package_has_is_left_out_of_an_index() {
    let context = TestContext::new();
    let lib = ("lib", "1.0", "h0_0", "MIT");
    let hostile = ["h0\n  - evil=1=0", "h0 0", "`h0`", "h|0", "@org", "a-b", "h\u{202e}0", "<!--"];
    let mut packages = vec![("app", "1.0", "h0_0", "MIT"), lib];
    packages.extend(hostile.iter().map(|build| ("app", "2.0", *build, "MIT")));
    channel(&context, &packages);
    let output = context.run(&["-k", "env,explicit,pixi,lock"]);
    assert!(output.status.success(), "{}", context.render(&output));
    is_harmless(&output);
    let shown = context.render(&output);
    assert!(shown.contains("8 records of ") && shown.contains("CEP 26"), "{shown}");
    assert_eq!(context.locked("conda-linux-64.lock.yml"), "app 1.0, lib 1.0");
    assert!(!context.read("pixi.lock").contains("2.0"));
}

#[test]
fn a_lockfile_with_other_names_is_refused_at_its_place() {
    let context = TestContext::new();
    channel(&context, &[("app", "1.0", "h0_0", "MIT"), ("lib", "1.0", "h0_0", "MIT")]);
    context.ok(&["-k", "env,explicit,lock"]);
    for (name, from, to) in [
        ("conda-linux-64.lock.yml", "app=1.0=h0_0", "app=1.0=h0`@org`"),
        ("conda-linux-64.lock", "app-1.0-h0_0.conda", "app-1.0-h0%0A_0.conda"),
        ("conda-lock.yml", "- name: app", "- name: \"app\\n- evil\""),
    ] {
        let whole = context.read(name);
        context.edit(name, from, to);
        for verb in ["list", "tree"] {
            let output = context.run(&[verb, name, "-p", "linux-64"]);
            is_harmless(&output);
            let shown = context.render(&output);
            assert!(shown.starts_with("exit: 2\n"), "{shown}");
            assert!(shown.contains("has characters that are not allowed"), "{shown}");
            assert!(shown.contains(&format!("{name}:")), "{shown}");
        }
        context.write(name, &whole);
        context.ok(&["list", name, "-p", "linux-64"]);
    }
}

/// Files beside the spec go into an image by their names, whatever these are.
#[test]
fn a_dockerfile_names_files_as_they_are_called() {
    let context = TestContext::new();
    channel(&context, &[("app", "1.0", "h0_0", "MIT"), ("lib", "1.0", "h0_0", "MIT")]);
    context.ok(&[]);
    fs_err::rename(context.path("conda-linux-64.lock"), context.path("my [0] lock.lock")).unwrap();
    context.ok(&[
        "dockerfile",
        "my [0] lock.lock",
        "-o",
        "Dockerfile",
        "--cmd",
        "app",
        "--app",
        "none",
    ]);
    let text = context.read("Dockerfile");
    assert!(
        text.contains("\nCOPY [\"my [[]0] lock.lock\", \"/tmp/environment.lock\"]\n"),
        "{text}"
    );
    let ignored = context.read(".dockerignore");
    assert!(ignored.contains("\n!my \\[0\\] lock.lock\n"), "{ignored}");
    for name in ["a\nRUN evil\n.lock", "a$HOME.lock", "a\\.lock", "a<b.lock"] {
        fs_err::copy(context.path("my [0] lock.lock"), context.path(name)).unwrap();
        let output = context.run(&["dockerfile", name, "--cmd", "app", "--app", "none"]);
        is_harmless(&output);
        let shown = context.render(&output);
        assert!(shown.starts_with("exit: 2\n--- stdout\n--- stderr\n"), "{shown}");
        assert!(shown.contains("rename it"), "{shown}");
    }
}

/// Jobs are scripts, and a forge fills in what a name says.
#[test]
fn a_job_takes_no_orders_from_names() {
    let context = TestContext::new();
    context.git(&["init", "--quiet"]);
    let spec = "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n";
    for (name, forge) in [
        ("${{ github.token }}-environment.yml", "github"),
        ("a\n      - evil-environment.yml", "github"),
        ("$(evil)-environment.yml", "gitlab"),
    ] {
        context.write(name, spec);
        context.write("lockit.toml", &format!("[environments.dev]\nfiles = [{name:?}]\n"));
        let output = context.run(&["init", "--ci", forge]);
        is_harmless(&output);
        let shown = context.render(&output);
        assert!(shown.starts_with("exit: 2\n") && shown.contains("rename it"), "{shown}");
        fs_err::remove_file(context.path(name)).unwrap();
    }
    context.write("größe test-environment.yml", spec);
    context.write("lockit.toml", "[environments.dev]\nfiles = ['größe test-environment.yml']\n");
    context.ok(&["init", "--ci", "github"]);
    assert!(
        context.read(".github/workflows/lockit.yml").contains("- 'größe test-environment.yml'")
    );
}
