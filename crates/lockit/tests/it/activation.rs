//! `variables:` of a spec: where they arrive, and where it is said that they do not.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0]}
  proj: {versions: [9.6.2]}
";

fn project(variables: &str) -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    set(&context, variables);
    (context, server)
}

fn set(context: &TestContext, variables: &str) {
    let spec = "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app, proj]\n";
    context.write("environment.yml", &format!("{spec}variables: {{{variables}}}\n"));
}

const LINUX: [&str; 2] = ["--platform", "linux-64"];

/// What is said of variables.
fn said(shown: &str) -> String {
    let beginnings = ["activation ", "warning: the spec sets"];
    let lines = shown.lines().filter(|line| beginnings.iter().any(|one| line.starts_with(one)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn variables_are_in_rendered_environments_and_elsewhere_a_line_says_so() {
    let (context, _server) = project("MODE: fast, LEVEL: 1.10");
    let shown = context.ok(&["-k", "explicit,lock,pixi,env"]);
    let note = "note: lockfiles of format `explicit`, `lock`, `pixi` do not hold the variables of `environment` (MODE, LEVEL); \
                `lockit install`, `lockit dockerfile` and `-k env` take them from the spec";
    assert!(shown.contains(note), "{shown}");
    let env = context.read("conda-linux-64.lock.yml");
    assert!(env.ends_with("variables:\n  MODE: fast\n  LEVEL: '1.10'\n"), "{env}");
    for lockfile in ["conda-linux-64.lock", "conda-lock.yml", "pixi.lock"] {
        assert!(!context.read(lockfile).contains("MODE"), "{lockfile}");
    }
    // What is up to date is up to date, and nothing is said again.
    assert!(!context.ok(&[]).contains("note: lockfiles"));
    context.ok(&["check"]);
    // Another value is an input of all, and the file that has it says which.
    set(&context, "MODE: slow");
    let shown = context.show(&["check"]);
    assert!(shown.contains("error: the variables LEVEL, MODE changed on linux-64\n"), "{shown}");
    assert!(shown.contains("error: the settings of the solve"), "{shown}");
    let shown = context.show(&["check", "-k", "env"]);
    assert_eq!(shown.matches("changed").count(), 1, "{shown}");
    context.ok(&[]);
    context.ok(&["check"]);
    assert!(context.read("conda-linux-64.lock.yml").ends_with("variables:\n  MODE: slow\n"));
    // A lockfile that keeps none knows its specs.
    let rendered = context.ok(&["render", "conda-lock.yml", "-k", "env", "--stdout"]);
    assert!(rendered.contains("\nvariables:\n  MODE: slow\n"), "{rendered}");
}

#[test]
fn an_installed_environment_sets_them() {
    let (context, _server) = project("MODE: fast, TEXT: \"a\\nb'c\"");
    context.ok(&["-k", "explicit,lock,pixi,env"]);
    let state = |prefix: &str| context.read(&format!("{prefix}/conda-meta/state"));
    let expected = r#"{"env_vars":{"MODE":"fast","TEXT":"a\nb'c"}}"#;
    // From the project, and from lockfiles that are named: those that have them, and those whose specs are around.
    let shown = context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    assert_eq!(said(&shown), "activation sets MODE, TEXT");
    assert_eq!(state("env"), expected);
    for (index, lockfile) in
        ["conda-linux-64.lock", "conda-lock.yml", "pixi.lock"].iter().enumerate()
    {
        let prefix = format!("env-{index}");
        context.ok(&[&["install", lockfile, "-p", &prefix], &LINUX[..]].concat());
        assert_eq!(state(&prefix), expected, "{lockfile}");
    }
    // Others set some as well.
    let others = state("env").replace("\"fast\"", "\"fast\",\"THEIRS\":\"1\"");
    context.write("env/conda-meta/state", &others);
    set(&context, "MODE: slow");
    let shown = context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    assert_eq!(said(&shown), "activation sets MODE\nactivation no longer sets TEXT");
    assert_eq!(state("env"), r#"{"env_vars":{"MODE":"slow","THEIRS":"1"}}"#);
    let again = context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    assert_eq!(said(&again), "");
    set(&context, "");
    context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    assert_eq!(state("env"), r#"{"env_vars":{"THEIRS":"1"}}"#);
    // A lockfile alone says nothing of them, and takes nothing away.
    context.ok(&[]);
    set(&context, "MODE: fast");
    context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    fs_err::remove_file(context.path("environment.yml")).unwrap();
    context.ok(&[&["install", "conda-lock.yml", "-p", "env"], &LINUX[..]].concat());
    assert_eq!(state("env"), r#"{"env_vars":{"THEIRS":"1","MODE":"fast"}}"#);
}

#[test]
fn a_state_that_is_none_stops_an_install_before_it_starts() {
    let (context, _server) = project("MODE: fast");
    context.ok(&[]);
    context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    context.write("env/conda-meta/state", "{\"env_vars\": 1}");
    let shown = context.show(&[&["install", "-p", "env"], &LINUX[..]].concat());
    insta::assert_snapshot!(shown, @"
    exit: 2
    --- stdout
    --- stderr
    error: the variables of the environment cannot be set: `env_vars` in `conda-meta/state` is not a JSON object
     = hint: fix the file, or remove it if `conda env config vars list` shows nothing that is needed
     = hint: nothing of the prefix was changed
    ");
}

#[test]
fn an_image_sets_them() {
    let (context, _server) = project("MODE: fast, text: a $b, PROJ_DATA: /x");
    context.ok(&[]);
    let shown = context.ok(&["dockerfile", "conda-linux-64.lock"]);
    assert!(shown.contains("    MODE=fast \\\n"), "{shown}");
    // As activation does: in upper case, and scripts of packages come behind.
    assert!(shown.contains("TEXT=\"a \\$b\""), "{shown}");
    assert!(shown.contains("PROJ_DATA=/env/share/proj"), "{shown}");
    let remark = "warning: the spec sets `PROJ_DATA`, but the activation script of a package sets it again\n";
    assert!(shown.contains(remark), "{shown}");
    // What is given for the image wins.
    let given = ["dockerfile", "conda-linux-64.lock", "--env", "MODE=given"];
    let shown = context.ok(&given);
    assert!(shown.contains("MODE=given") && !shown.contains("MODE=fast"), "{shown}");
    set(&context, "MODE: \"a\\nRUN evil\"");
    let shown = context.ok(&["dockerfile", "conda-linux-64.lock"]);
    assert!(!shown.contains("evil"), "{shown}");
    assert!(
        shown.contains("warning: the variable `MODE` of the spec is left out: its value"),
        "{shown}"
    );
}

#[test]
fn what_loads_code_is_set_with_a_word() {
    let (context, _server) = project("LD_PRELOAD: ./evil.so, PATH: /evil");
    let shown = context.ok(&[]);
    insta::assert_snapshot!(shown.split("note:").next().unwrap(), @"
    exit: 0
    --- stdout
    --- stderr
    warning[LK021]: the variable `LD_PRELOAD` decides which code programs load
     --> environment.yml:4:13
      |
    4 | variables: {LD_PRELOAD: ./evil.so, PATH: /evil}
      |             ^^^^^^^^^^ set for every program of the environment
      |
      = hint: remove it unless every program of the environment is to load that code

    warning[LK021]: the variable `PATH` is ignored
     --> environment.yml:4:36
      |
    4 | variables: {LD_PRELOAD: ./evil.so, PATH: /evil}
      |                                    ^^^^ activation sets this variable itself
      |
      = hint: remove it
    ");
    let shown = context.ok(&[&["install", "-p", "env"], &LINUX[..]].concat());
    insta::assert_snapshot!(said(&shown), @"
    warning: the spec sets `LD_PRELOAD`, which decides which code every program of the environment loads
    activation sets LD_PRELOAD
    ");
    assert!(!context.read("env/conda-meta/state").contains("PATH"));
    let shown = context.ok(&["dockerfile", "conda-linux-64.lock"]);
    insta::assert_snapshot!(said(&shown), @"warning: the spec sets `LD_PRELOAD`, which decides which code every program in the image loads");
    let lint = context.show(&["lint", "--format", "concise"]);
    assert!(
        lint.contains("LK021 the variable `LD_PRELOAD` decides which code programs load"),
        "{lint}"
    );
}
