//! `lockit refresh`.

use lockit_testkit::{Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

const OLD: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0], depends: [lib]}
  lib: {versions: [1.0]}
  tool: {versions: [1.0]}
";

/// Everything has a newer version.
const NEW: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 1.1], depends: [lib]}
  lib: {versions: [1.0, 2.0]}
  tool: {versions: [1.0, 1.0.1]}
";

/// Only what nobody names has.
const NEW_BELOW: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0], depends: [lib]}
  lib: {versions: [1.0, 2.0]}
  tool: {versions: [1.0]}
";

/// A project that was locked with one channel, and meets another one.
fn project(later: &str) -> (TestContext, Server, TempDir) {
    let (context, old) = TestContext::new().with_channel(OLD);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [app, tool]\n",
    );
    context.ok(&["-k", "lock"]);
    drop(old);
    let channel = channel_from_yaml(later);
    let server = Server::builder(channel.path()).start().unwrap();
    let context = context.with_mirror(&server);
    (context, server, channel)
}

const ARGS: [&str; 3] = ["refresh", "-k", "lock"];

/// The report, with the moment in it replaced.
fn pr(context: &TestContext) -> String {
    let text = context.read("pr.md");
    let cutoff = "--exclude-newer ";
    let Some(at) = text.find(cutoff).map(|at| at + cutoff.len()) else { return text };
    let end = text[at..].find('`').map_or(text.len(), |end| at + end);
    format!("{}[NOW]{}", &text[..at], &text[end..])
}

#[test]
fn everything_moves_and_the_report_says_what() {
    let (context, _server, _channel) = project(NEW);
    insta::assert_snapshot!(context.show(&[&ARGS[..], &["--report", "pr.md"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      2 platforms       6 packages  conda-lock.yml changed
      ~ lib 1.0 -> 2.0 (major)
      ~ app 1.0 -> 1.1 (minor)
      ~ tool 1.0 -> 1.0.1 (patch)
      pr.md written
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 2.0, tool 1.0.1");
    insta::assert_snapshot!(pr(&context), @"
    ### 3 upgraded

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [app](https://anaconda.org/conda-forge/app) | 1.0 | 1.1 | minor | all |
    | [tool](https://anaconda.org/conda-forge/tool) | 1.0 | 1.0.1 | patch | all |

    <details><summary>1 package that others bring along</summary>

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [lib](https://anaconda.org/conda-forge/lib) | 1.0 | 2.0 | major | all |

    </details>

    Made by `lockit refresh -f environment.yml -k lock --exclude-newer [NOW]`. `lockit check` tells whether it holds.
    ");
    context.ok(&["check", "-k", "lock"]);
    insta::assert_snapshot!(context.show(&ARGS), @"
    exit: 0
    --- stdout
    --- stderr
    ok everything is as new as it may be
    ");
    context.ok(&[&ARGS[..], &["--report", "pr.json"]].concat());
    assert!(context.read("pr.json").contains("\"environments\": []"));
}

#[test]
fn some_packages_move_and_others_stay() {
    let (context, _server, _channel) = project(NEW);
    context.ok(&[&ARGS[..], &["--only", "tool"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.0, tool 1.0.1");
    context.ok(&[&ARGS[..], &["--ignore", "lib"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.0, tool 1.0.1");
    insta::assert_snapshot!(context.show(&[&ARGS[..], &["--ignore", "lob"]].concat()), @"
    exit: 2
    --- stdout
    --- stderr
    error: `lob` is in no lockfile and in no spec, so it cannot be updated
     = hint: did you mean `lib`?
    ");
}

#[test]
fn nothing_moves_for_what_nobody_named() {
    let (context, _server, _channel) = project(NEW_BELOW);
    let stamps = context.stamps();
    insta::assert_snapshot!(context.show(&[&ARGS[..], &["--only-if", "direct"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    only packages that others bring along would move: nothing is written
    ");
    assert_eq!(context.stamps(), stamps);
    context.ok(&ARGS);
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 2.0, tool 1.0");
}

#[test]
fn a_platform_that_cannot_be_solved_keeps_its_lock() {
    let (context, _server, _channel) = project(
        "{platforms: [linux-64, osx-arm64], packages: {app: {versions: [1.0, 1.1], depends: [lib]}, \
         lib: {versions: [1.0], platforms: [linux-64]}, tool: {versions: [1.0]}}}",
    );
    // Those who ship all platforms together want all or nothing, and the reason.
    let args = [&ARGS[..], &["--report", "pr.md"]].concat();
    let shown = context.show(&[&args[..], &["--all-or-nothing"]].concat());
    assert!(
        shown.contains("nothing is written (`--all-or-nothing`)\n  pr.md written\n"),
        "{shown}"
    );
    assert!(pr(&context).starts_with("Nothing changed.\n\n#### Not refreshed"));
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.0, tool 1.0");
    let shown = context.show(&args);
    assert!(shown.starts_with("exit: 1\n"), "{shown}");
    assert_eq!(context.locked_for("conda-lock.yml", "linux-64"), "app 1.1, lib 1.0, tool 1.0");
    assert_eq!(context.locked_for("conda-lock.yml", "osx-arm64"), "app 1.0, lib 1.0, tool 1.0");
    insta::assert_snapshot!(pr(&context), @"
    ### 1 upgraded

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [app](https://anaconda.org/conda-forge/app) | 1.0 | 1.1 | minor | linux-64 |

    #### Not refreshed, the old lock stays

    - `environment` cannot be solved for osx-arm64 (`app` in environment.yml:3)

    Made by `lockit refresh -f environment.yml -k lock --exclude-newer [NOW]`. `lockit check` tells whether it holds.
    ");
}

/// A package that nothing newer replaces goes when its channel withdraws it.
#[test]
fn what_a_channel_withdrew_is_told_first() {
    let (context, _server, _channel) = project(
        "{platforms: [linux-64, osx-arm64], packages: {app: {versions: [1.0], depends: [lib]}, \
         lib: {versions: [0.9]}, tool: {versions: [1.0]}}}",
    );
    context.ok(&[&ARGS[..], &["--report", "pr.md", "--report", "pr.json"]].concat());
    insta::assert_snapshot!(pr(&context), @"
    ### 1 downgraded

    > [!WARNING]
    > - 2 builds of `lib 1.0` were withdrawn from their channel

    <details><summary>1 package that others bring along</summary>

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [lib](https://anaconda.org/conda-forge/lib) | 1.0 | 0.9 | downgrade | all |

    </details>

    Made by `lockit refresh -f environment.yml -k lock --exclude-newer [NOW]`. `lockit check` tells whether it holds.
    ");
    let report = context.read("pr.json");
    assert!(report.contains("\"title\": \"1 downgraded\""), "{report}");
    assert!(report.contains("\"still_locked\": {}"), "{report}");
    // Where it cannot be replaced, it stays locked, and that is said.
    let (context, _server, _channel) = project(
        "{platforms: [linux-64, osx-arm64], packages: {app: {versions: [1.0], depends: [lib >=1]}, \
         lib: {versions: [0.9]}, tool: {versions: [1.0]}}}",
    );
    let shown = context.show(&[&ARGS[..], &["--report", "pr.md"]].concat());
    assert!(shown.starts_with("exit: 1\n"), "{shown}");
    insta::assert_snapshot!(pr(&context), @"
    ### Nothing changed

    > [!WARNING]
    > - 2 builds of `app 1.0` were withdrawn from their channel, still locked on linux-64, osx-arm64
    > - 2 builds of `lib 1.0` were withdrawn from their channel, still locked on linux-64, osx-arm64

    #### Not refreshed, the old lock stays

    - `environment` cannot be solved for linux-64, osx-arm64 (`app` in environment.yml:3)

    Made by `lockit refresh -f environment.yml -k lock --exclude-newer [NOW]`. `lockit check` tells whether it holds.
    ");
}

/// The cooldown counts from now, so the channel is as old as the day.
#[test]
fn the_cooldown_holds_back_what_is_too_new() {
    let day = |ago: i64| {
        #[expect(clippy::disallowed_methods, reason = "an age counts from the time of the run")]
        let now = jiff::Timestamp::now();
        let day = now - jiff::SignedDuration::from_hours(24 * ago);
        day.strftime("%Y-%m-%d").to_string()
    };
    let (context, _server, _channel) = project(&format!(
        "{{platforms: [linux-64, osx-arm64], packages: {{app: {{versions: {{1.0: 2025-01-01, 1.1: {}, 2.0: {}}}, \
         depends: [lib <2]}}, lib: {{versions: {{1.0: 2025-01-01, 1.5: {}, 2.0: {}}}}}, tool: {{versions: [1.0]}}}}}}",
        day(20),
        day(2),
        day(3),
        day(3),
    ));
    context.ok(&[&ARGS[..], &["--exclude-newer", "7d", "--report", "pr.md"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.0, tool 1.0");
    let report = pr(&context).replace(&day(2), "[DAY-2]").replace(&day(3), "[DAY-3]");
    // `lib 2.0` is not held back by the cooldown: nothing lets it in.
    insta::assert_snapshot!(report.replace(&day(-5), "[DAY+5]").replace(&day(-4), "[DAY+4]"), @"
    ### 1 upgraded

    > [!WARNING]
    > - 2 builds of `app 1.0` were withdrawn from their channel

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [app](https://anaconda.org/conda-forge/app) | 1.0 | 1.1 | minor | all |

    <details><summary>2 newer versions are left out by exclude-newer</summary>

    | package | locked | newer | appeared | may be taken |
    | --- | --- | --- | --- | --- |
    | app | 1.1 | 2.0 | [DAY-2] | from [DAY+5] |
    | lib | 1.0 | 1.5 | [DAY-3] | from [DAY+4] |

    </details>

    Made by `lockit refresh -f environment.yml -k lock --exclude-newer [NOW]`. `lockit check` tells whether it holds.
    ");
    // A date does not move, so nothing is known of when.
    context.ok(&[&ARGS[..], &["--exclude-newer", &day(7), "--report", "pr.md"]].concat());
    let report = pr(&context);
    assert!(report.contains(&format!("| app | 1.1 | 2.0 | {} |\n", day(2))), "{report}");
}

#[test]
fn packages_move_only_so_far() {
    let (context, _server, _channel) = project(NEW);
    context.ok(&[&ARGS[..], &["--up-to", "patch"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.0, tool 1.0.1");
    context.ok(&[&ARGS[..], &["--up-to", "minor"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.0, tool 1.0.1");
    // What a spec asks for is no upgrade.
    context.edit("environment.yml", "[app, tool]", "[app, tool, lib >=2]");
    context.ok(&[&ARGS[..], &["--up-to", "patch"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 2.0, tool 1.0.1");
}

const MANY: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: {1.0: 2025-01-01, 1.1: 2025-03-01}, depends: [lib]}
  lib: {versions: {1.0: 2025-01-01, 2.0: 2025-01-10}}
  tool: {versions: {1.0: 2025-01-01, 1.0.1: 2025-02-01}}
";

#[test]
fn no_more_moves_than_a_person_reviews() {
    let (context, _server, _channel) = project(MANY);
    let args = [&ARGS[..], &["--max-changes", "1", "--report", "pr.md"]].concat();
    insta::assert_snapshot!(context.show(&args), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      2 platforms       6 packages  conda-lock.yml changed
      ~ tool 1.0 -> 1.0.1 (patch)
      app may move as well: left for the next refresh
      pr.md written
    ");
    // What has been there for longest goes first, and others stay.
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.0, tool 1.0.1");
    assert!(pr(&context).contains("#### Left for the next refresh\n\n- `app`\n"));
    context.ok(&args);
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 2.0, tool 1.0.1");
}

#[test]
fn groups_and_patterns_move_together() {
    let settings = "[refresh]\nup-to = \"minor\"\n\n[refresh.groups]\nours = [\"app\", \"too*\"]\n";
    let (context, _server, _channel) = project(MANY);
    context.write("lockit.toml", settings);
    // A group counts as one.
    let shown = context.ok(&[&ARGS[..], &["--max-changes", "1", "--dry-run"]].concat());
    assert!(shown.contains("app 1.0 -> 1.1") && shown.contains("tool 1.0 -> 1.0.1"), "{shown}");
    let shown = context.ok(&[&ARGS[..], &["--ignore", "ours"]].concat());
    assert!(shown.contains("everything is as new"), "`lib` has no minor version: {shown}");
    context.ok(&[&ARGS[..], &["--only", "tool"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.0, tool 1.0.1");
    context.ok(&[&ARGS[..], &["--up-to", "major", "--only", "l*"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 2.0, tool 1.0.1");
    context.write("lockit.toml", "[refresh]\nup-to = \"micro\"\nmax-changes = 0\n");
    insta::assert_snapshot!(context.show(&ARGS), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `micro` is not a part of a version
     --> lockit.toml:2:9
      |
    2 | up-to = "micro"
      |         ^^^^^^^
      |
      = hint: choose one of `patch`, `minor`, `major`

    error: `max-changes` must be a number above 0
     --> lockit.toml:3:15
      |
    3 | max-changes = 0
      |               ^ found a number
    "#);
}

/// With several environments a change is told once.
#[test]
fn environments_share_rows() {
    let (context, _server, _channel) = project(NEW);
    context.write(
        "lockit.toml",
        "channels = [\"conda-forge\"]\nplatforms = [\"linux-64\", \"osx-arm64\"]\nkinds = [\"lock\"]\n\n\
         [environments.dev]\nfiles = [\"environment.yml\"]\n\n\
         [environments.predict]\nfiles = [\"predict-environment.yml\"]\nsame-versions-as = \"dev\"\n",
    );
    context.write("environment.yml", "dependencies: [app =1.0, tool =1.0.0, lib =1]\n");
    context.write("predict-environment.yml", "dependencies: [app]\n");
    context.ok(&[]);
    context.write("environment.yml", "dependencies: [app, tool]\n");
    context.ok(&["refresh", "--report", "pr.md"]);
    insta::assert_snapshot!(pr(&context), @"
    ### 3 upgraded

    | package | before | after | kind | platforms | environments |
    | --- | --- | --- | --- | --- | --- |
    | [lib](https://anaconda.org/conda-forge/lib) | 1.0 | 2.0 | major | all | all |
    | [app](https://anaconda.org/conda-forge/app) | 1.0 | 1.1 | minor | all | all |
    | [tool](https://anaconda.org/conda-forge/tool) | 1.0 | 1.0.1 | patch | all | dev |

    Made by `lockit refresh --exclude-newer [NOW]`. `lockit check` tells whether it holds.
    ");
}

/// A job that cannot do anything at all must not end like one that did a part.
#[test]
fn a_channel_that_is_gone_is_no_half_success() {
    let (context, server, _channel) = project(NEW);
    server.fault("*", lockit_testkit::Fault::Status(404));
    let shown = context.show(&[&ARGS[..], &["--report", "pr.md"]].concat());
    assert!(shown.starts_with("exit: 2\n"), "{shown}");
    assert!(pr(&context).contains("#### Not refreshed, the old lock stays\n"), "{shown}");
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.0, tool 1.0");
}

#[test]
fn what_is_made_from_a_lock_changes_with_it() {
    let (context, _server, _channel) = project(NEW);
    context.write(
        "lockit.toml",
        "channels = [\"conda-forge\"]\nplatforms = [\"linux-64\"]\n\n[environments.app]\nfiles = [\"environment.yml\"]\n\n\
         [dockerfile]\noutput = \"Dockerfile\"\ncmd = \"app\"\n\n\
         [sbom]\noutput = \"sbom/{environment}-{platform}.json\"\n",
    );
    context.write("environment.yml", "dependencies: [app, tool <1.0.1]\n");
    context.ok(&[]);
    context.ok(&["dockerfile"]);
    context.ok(&["sbom"]);
    let before = context.read("Dockerfile");
    assert!(context.read("sbom/app-linux-64.json").contains("tool@1.0?"));
    context.write("environment.yml", "dependencies: [app, tool]\n");
    let shown = context.ok(&["refresh"]);
    assert!(shown.contains("  Dockerfile changed\n"), "{shown}");
    // The label names the digest of the lock.
    assert_ne!(context.read("Dockerfile"), before);
    assert!(context.read("sbom/app-linux-64.json").contains("tool@1.0.1?"));
}
