//! Input that is small and becomes large: compressed bytes, nesting, aliases, templates, explanations.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use lockit_testkit::Fault;

use crate::context::TestContext;
use crate::scene::Scene;

const MIB: usize = 1024 * 1024;

/// Zeros, packed.
fn bomb(size: usize) -> Vec<u8> {
    zstd::encode_all(std::io::Read::take(std::io::repeat(0), size as u64), 19).unwrap()
}

#[test]
fn an_index_of_shards_has_a_bound() {
    let scene = Scene::sharded();
    scene.server.fault("*/noarch/repodata_shards.msgpack.zst", Fault::Bytes(bomb(40 * MIB)));
    assert_snapshot!(scene.fails(&["--max-repodata", "256"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: its index is too large
     = note: it may have more than 32 MiB unpacked
     = hint: if the channel is to be trusted with that, `--max-repodata 8192` allows 8 GiB of `repodata.json`, and an eighth of that for a shard
    ");
    scene.server.clear_faults();
    scene.succeeds(&["--max-repodata", "256"]);
}

#[test]
fn a_shard_has_a_bound() {
    let scene = Scene::sharded();
    scene.server.fault("*/shards/*", Fault::Bytes(bomb(40 * MIB)));
    let said = scene.fails(&["--max-repodata", "256"]);
    assert!(said.contains("its index is too large"), "{said}");
}

/// Packed or not, and with more frames than one.
#[test]
fn repodata_has_a_bound() {
    let scene = Scene::plain();
    for (pattern, bytes) in [
        ("*.json", vec![b' '; 3 * MIB]),
        ("*.json.zst", bomb(3 * MIB)),
        ("*.json.zst", [bomb(MIB), bomb(MIB), bomb(MIB)].concat()),
    ] {
        scene.clear_cache();
        if pattern == "*.json" {
            scene.server.fault("*.json.zst", Fault::Status(404));
        }
        scene.server.fault(pattern, Fault::Bytes(bytes));
        let said = scene.fails(&["--max-repodata", "2"]);
        assert!(said.contains("its index is too large"), "{said}");
        assert!(said.contains("`--max-repodata 8192`"), "{said}");
        scene.server.clear_faults();
    }
    scene.clear_cache();
    scene.succeeds(&["--max-repodata", "2"]);
}

/// It is never silent for long, and never done.
#[test]
fn an_answer_that_never_ends_is_given_up() {
    for scene in [Scene::plain(), Scene::sharded()] {
        scene.server.fault("*", Fault::Drip { bytes_per_second: 10 });
        let begun = Instant::now();
        let said = scene.fails(&["--http-request-timeout", "1", "--http-retries", "0"]);
        assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
        assert!(said.contains("its answer takes too long"), "{said}");
        assert!(said.contains("it is not complete after 1 seconds and still coming"), "{said}");
    }
}

#[test]
fn a_server_says_when_to_come_again() {
    let scene = Scene::plain();
    // Sooner than the server wants nobody asks again, and once it is over all is well.
    scene.server.fault_times("*/noarch/repodata*", 1, Fault::Later(429, "2".to_owned()));
    let begun = Instant::now();
    scene.succeeds(&[]);
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    // Nobody waits for an hour.
    scene.put_back();
    scene.clear_cache();
    scene.server.fault("*", Fault::Later(503, "3600".to_owned()));
    let begun = Instant::now();
    let said = scene.fails(&[]);
    assert!(said.contains("503 Service Unavailable"), "{said}");
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

/// Each reader of YAML, with a text that is deep and with aliases of aliases.
#[test]
fn yaml_that_becomes_large_is_refused() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        writeln!(aliases, "a{level}: &a{level} [{}]", vec![alias; 10].join(", ")).unwrap();
    }
    let context = TestContext::new();
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [a]\n");
    for (bomb, said) in [
        (format!("a: {}", "{a: ".repeat(32_000)), "nested too deeply"),
        (format!("a: {}", "[".repeat(32_000)), "nested too deeply"),
        (aliases, "unfold to too many values"),
    ] {
        for (name, head) in [
            ("conda-lock.yml", "version: 1\nmetadata:\n  content_hash: {}\npackage: []\n"),
            ("pixi.lock", "version: 6\nenvironments: {}\npackages: []\n"),
            ("environment.yml", ""),
        ] {
            context.write(name, &format!("{head}{bomb}"));
            let begun = Instant::now();
            let verb = if name == "environment.yml" { "check" } else { "list" };
            let args: &[&str] =
                if verb == "check" { &["check", "-f", name] } else { &["list", name] };
            let output = context.run(args);
            let shown = context.render(&output);
            assert_eq!(output.status.code(), Some(2), "{name}: {shown}");
            assert!(shown.contains(said), "{name}: {shown}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{name}: {:?}", begun.elapsed());
        }
    }
}

/// The same with a text that is small and has more values than any lockfile or spec.
#[test]
fn yaml_that_is_wide_is_refused() {
    let context = TestContext::new();
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [a]\n");
    let wide = format!("x: [{}]\n", "a,".repeat(2_000_001));
    for (name, text) in [
        ("pixi.lock", format!("version: 6\nenvironments: {{}}\n{wide}")),
        ("environment.yml", format!("dependencies:\n{}", "- a\n".repeat(100_001))),
        ("environment.yml", "#\n".repeat(100_001)),
    ] {
        context.write(name, &text);
        let args = if name == "environment.yml" { ["check", "-f"] } else { ["list", "-q"] };
        let output = context.run(&[args[0], args[1], name]);
        let shown = context.render(&output);
        assert_eq!(output.status.code(), Some(2), "{name}: {shown}");
        assert!(shown.contains("has too many "), "{name}: {shown}");
    }
    // The harmless twin.
    context.write("environment.yml", &format!("dependencies:\n{}", "- a\n".repeat(1_000)));
    let output = context.run(&["lint", "environment.yml"]);
    assert!(!context.render(&output).contains("too many values"));
}

#[test]
fn a_recipe_that_never_ends_is_stopped() {
    let context = TestContext::new();
    let recipe = |range: usize| {
        format!(
            "{{% for a in range({range}) %}}{{% for b in range({range}) %}}{{% endfor %}}{{% endfor %}}\n\
             requirements:\n  run:\n    - tool\n"
        )
    };
    context.write("meta.yaml", &recipe(100_000));
    let shown = context.show(&["lock", "-f", "meta.yaml", "-p", "linux-64", "--offline"]);
    assert!(shown.starts_with("exit: 2\n") && shown.contains("meta.yaml:1"), "{shown}");
    assert!(shown.contains("too many steps"), "{shown}");
    context.write("meta.yaml", &recipe(20));
    let shown = context.show(&["lock", "-f", "meta.yaml", "-p", "linux-64", "--offline"]);
    assert!(!shown.contains("meta.yaml:1"), "{shown}");
}

/// Levels in which every version leads to nearly every version of the next, and none to an end: told in full, the conflict
/// of 81 records takes 2 GB.
#[test]
fn an_explanation_has_an_end() {
    let mut recipe = String::from("platforms: [linux-64]\npackages:\n");
    for level in 1..10 {
        writeln!(recipe, "  level{level}:").unwrap();
        for version in 1..10 {
            let next =
                if level == 9 { "nothing".to_owned() } else { format!("level{}", level + 1) };
            writeln!(recipe, "    - {{versions: ['{version}'], depends: ['{next} !={version}']}}")
                .unwrap();
        }
    }
    let (context, _server) = TestContext::new().with_channel(&recipe);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [level1]\n",
    );
    let begun = Instant::now();
    let output = context.run(&[]);
    let shown = context.render(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert!(shown.contains("more lines of the same kind") && shown.len() < 10_000, "{shown}");
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}
