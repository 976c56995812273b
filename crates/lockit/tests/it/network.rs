//! What a server can do to a run, and what lockit says then. Every failure must leave the old
//! lockfiles as they were, name the channel, say what to do, and keep secrets to itself.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use lockit_testkit::{Builder, Credentials, Fault, channel_from_yaml};

use crate::scene::{LATER, Offer, SECRET, Scene};

#[test]
fn a_channel_that_does_not_exist() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Status(404));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: there is no such channel (404 Not Found)
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata.json
     = hint: check the channel's name or URL; a channel has at least `noarch/repodata.json`
    ");
}

#[test]
fn a_channel_without_noarch() {
    let scene = Scene::sharded();
    scene.server.fault("*/noarch/*", Fault::Status(404));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: there is no such channel (404 Not Found)
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata.json
     = hint: check the channel's name or URL; a channel has at least `noarch/repodata.json`
    ");
}

#[test]
fn a_platform_that_a_channel_lacks_is_empty() {
    let scene = Scene::plain();
    scene.server.fault("*/osx-arm64/*", Fault::Status(404));
    let output = scene.run(&["--all-or-nothing"]);
    assert_snapshot!(scene.failed(1, &output), @"
    error: `environment` cannot be solved for osx-arm64
     --> environment.yml:3:16
      |
    3 | dependencies: [app =2]
      |                ^^^^^^ this cannot be had
      |
      = note: app 2.* cannot be installed because there are no viable options:
              └─ app 2.0 would require
                 └─ tool, for which no candidates were found.
      = note: channel `http://127.0.0.1:[PORT]/conda-forge` has no osx-arm64 packages, only noarch ones
    ");
}

#[test]
fn credentials_are_wanted() {
    let scene = Scene::plain();
    let basic = Credentials::Basic { user: "joe".to_owned(), password: SECRET.to_owned() };
    scene.server.fault("*", Fault::Unauthorized(basic));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the server wants credentials (401 Unauthorized)
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata_shards.msgpack.zst
     = hint: put a login for its host into `~/.netrc` or into rattler's store (`pixi auth login`), or a token into the channel's URL: `https://host/t/${TOKEN}/channel`
    ");
}

#[test]
fn credentials_are_found_where_rattler_and_curl_keep_them() {
    let scene = Scene::plain();
    let basic = Credentials::Basic { user: "joe".to_owned(), password: SECRET.to_owned() };
    scene.server.fault("*", Fault::Unauthorized(basic));
    let file = scene.context.path("../auth.json");
    let login = format!("{{\"username\": \"joe\", \"password\": \"{SECRET}\"}}");
    fs_err::write(&file, format!("{{\"127.0.0.1\": {{\"BasicHTTP\": {login}}}}}")).unwrap();
    let netrc = scene.context.path("../netrc");
    fs_err::write(&netrc, format!("machine 127.0.0.1 login joe password {SECRET}\n")).unwrap();
    for (variable, path) in [("RATTLER_AUTH_FILE", &file), ("NETRC", &netrc)] {
        scene.clear_cache();
        let output = scene.context.command(&["-U", "-vvv"]).env(variable, path).output().unwrap();
        assert!(output.status.success(), "{variable}: {}", scene.context.render(&output));
        scene.keeps_secrets(&output);
    }
}

#[test]
fn wrong_credentials_are_not_shown() {
    let scene = Scene::plain();
    let right = Credentials::Basic { user: "joe".to_owned(), password: "another".to_owned() };
    scene.server.fault("*", Fault::Unauthorized(right));
    let file = scene.context.path("../auth.json");
    let login = format!("{{\"username\": \"joe\", \"password\": \"{SECRET}\"}}");
    fs_err::write(&file, format!("{{\"127.0.0.1\": {{\"BasicHTTP\": {login}}}}}")).unwrap();
    let output = scene.context.command(&["-vvv"]).env("RATTLER_AUTH_FILE", &file).output().unwrap();
    scene.failed(2, &output);
}

/// Wherever a secret stands in a URL and whatever goes wrong there, it is neither printed, logged
/// nor locked.
#[test]
fn secrets_in_channels_stay_secret() {
    let scene = Scene::new(|builder| builder.plain().sharded());
    let root = scene.server.root();
    let host = root.trim_start_matches("http://");
    let channels = [
        format!("http://joe:${{TOKEN}}@{host}/conda-forge"),
        format!("http://joe:{SECRET}@{host}/conda-forge"),
        format!("http://{SECRET}@{host}/conda-forge"),
        format!("{root}/t/${{TOKEN}}/conda-forge"),
        format!("{root}/t/{SECRET}/conda-forge"),
        format!("{root}/${{TOKEN}}/conda-forge"),
    ];
    let faults = [
        Fault::Status(401),
        Fault::Status(503),
        Fault::Reset,
        Fault::CaptivePortal,
        Fault::Truncate(3),
        Fault::Corrupt,
    ];
    for channel in &channels {
        scene.spec(channel, "app");
        for fault in &faults {
            scene.clear_cache();
            scene.server.fault("*", fault.clone());
            for more in [None, Some("--no-sharded")] {
                // What is locked fits, so that nothing would be asked without `-U`.
                let mut args = vec!["-U", "-vvv", "--http-retries", "0"];
                args.extend(more);
                scene.fails(&args);
            }
            scene.server.clear_faults();
        }
        scene.fails(&["-U", "--offline", "-vvv"]);
    }
}

/// The cache is what jobs keep where others can read it, so the address of an index is in it without its secret. And a
/// wrong secret is not answered from what the right one has brought there.
#[test]
fn secrets_are_not_in_the_cache_and_do_not_share_it() {
    let offers: [Offer; 2] = [Builder::plain, |builder| builder.plain().sharded()];
    for offer in offers {
        let scene = Scene::new(offer);
        let root = scene.server.root();
        let host = root.trim_start_matches("http://");
        let basic = Credentials::Basic { user: "joe".to_owned(), password: SECRET.to_owned() };
        let token = Credentials::PathToken(SECRET.to_owned());
        for (channel, wanted) in [
            (format!("http://joe:${{TOKEN}}@{host}/conda-forge"), &basic),
            (format!("http://joe:{SECRET}@{host}/conda-forge"), &basic),
            (format!("{root}/t/${{TOKEN}}/conda-forge"), &token),
            (format!("{root}/t/{SECRET}/conda-forge"), &token),
            // Of a line alone.
            (format!("{root}/t/{SECRET}/conda-forge::"), &token),
        ] {
            scene.clear_cache();
            scene.put_back();
            scene.server.fault("*", Fault::Unauthorized(wanted.clone()));
            match channel.strip_suffix("::") {
                Some(channel) => scene.spec(channel, &format!("'{channel}::app =2'")),
                None => scene.spec(&channel, "app =2"),
            }
            for more in [&["-vvv"][..], &["-U"], &["-U", "--offline"], &["-U", "--no-sharded"]] {
                let args = [&["-k", "explicit,lock"], more].concat();
                let output = scene.context.command(&args).env("TOKEN", SECRET).output().unwrap();
                assert!(output.status.success(), "{channel}: {}", scene.context.render(&output));
                scene.keeps_secrets(&output);
            }
            let cached = scene.context.files_with("secret-");
            assert!(cached.iter().any(|name| name.starts_with("cache/")), "{cached:?}");
            if channel.contains("${TOKEN}") {
                let args = ["-U", "-k", "explicit,lock"];
                let wrong = scene.context.command(&args).env("TOKEN", "another").output().unwrap();
                let shown = scene.context.render(&wrong);
                assert!(shown.contains("(401 Unauthorized)"), "{channel}: {shown}");
            }
            scene.server.clear_faults();
        }
    }
}

#[test]
fn a_token_in_the_path_is_a_placeholder_everywhere() {
    let mut scene = Scene::plain();
    scene.spec(&format!("{}/t/${{TOKEN}}/conda-forge", scene.server.root()), "app =2");
    scene.server.fault("*", Fault::Unauthorized(Credentials::PathToken("another".to_owned())));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/t/${TOKEN}/conda-forge` cannot be read for linux-64, osx-arm64: the server wants credentials (401 Unauthorized)
     = note: asked for http://127.0.0.1:[PORT]/t/${TOKEN}/conda-forge/*/repodata_shards.msgpack.zst
     = hint: the login in the channel's address was not accepted: check the value of `TOKEN`, and what it may read
    ");
    scene.server.clear_faults();
    scene.server.fault("*", Fault::Unauthorized(Credentials::PathToken(SECRET.to_owned())));
    // pixi.lock has no placeholders: writing one is refused.
    scene.kinds("explicit,lock,env");
    scene.succeeds(&["-vvv"]);
    let lock = scene.context.read("conda-linux-64.lock");
    assert!(lock.contains("/t/${TOKEN}/conda-forge/noarch/app-2.0"), "{lock}");
    // And a run that finds the placeholders in the lock does nothing.
    let output = scene.run(&[]);
    assert!(scene.context.render(&output).contains("up to date"));
}

#[test]
fn a_variable_that_is_not_set() {
    let scene = Scene::plain();
    scene.spec(&format!("{}/t/${{NO_SUCH_TOKEN}}/conda-forge", scene.server.root()), "app =2");
    assert_snapshot!(scene.fails(&[]), @r#"
    error: channel `http://127.0.0.1:[PORT]/t/${NO_SUCH_TOKEN}/conda-forge` cannot be used: the environment variable `NO_SUCH_TOKEN` is not set
     --> environment.yml:1:12
      |
    1 | channels: ["http://127.0.0.1:[PORT]/t/${NO_SUCH_TOKEN}/conda-forge"]
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = hint: set it to what it stands for, a token for example
    "#);
}

#[test]
fn access_is_forbidden() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Status(403));
    assert_snapshot!(scene.fails(&["--no-sharded"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the server refuses access (403 Forbidden)
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata.json
     = hint: check the credentials and what they may read
     = hint: if a proxy blocks sharded repodata, `--no-sharded` asks for `repodata.json` instead
    ");
}

#[test]
fn a_proxy_forbids_shards() {
    let scene = Scene::new(|builder| builder.plain().sharded());
    scene.server.fault("*shards*", Fault::Status(403));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the server refuses access (403 Forbidden)
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata_shards.msgpack.zst
     = hint: check the credentials and what they may read
     = hint: if a proxy blocks sharded repodata, `--no-sharded` asks for `repodata.json` instead
    ");
    scene.succeeds(&["--no-sharded"]);
}

#[test]
fn unavailable_for_ever() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Status(503));
    assert_snapshot!(scene.fails(&["--no-sharded"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the server answers 503 Service Unavailable
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata.json
     = hint: try again later; `--offline` uses what is in the cache
    ");
}

#[test]
fn a_passing_fault_is_met_with_another_try() {
    for fault in [Fault::Status(503), Fault::Status(429), Fault::Reset] {
        for (offer, pattern) in [
            (Builder::plain as Offer, "*/linux-64/repodata.json"),
            (Builder::sharded, "*/linux-64/repodata_shards.msgpack.zst"),
            (Builder::sharded, "*/noarch/shards/*"),
        ] {
            let scene = Scene::new(offer);
            scene.server.fault_times(pattern, 1, fault.clone());
            scene.succeeds(&[]);
        }
    }
}

#[test]
fn nobody_listens() {
    let scene = Scene::plain();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    scene.spec(&format!("http://{free}/chan"), "app");
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/chan` cannot be read for linux-64, osx-arm64: nobody answers at its address (connection refused)
     = note: asked for http://127.0.0.1:[PORT]/chan/*/repodata_shards.msgpack.zst
     = hint: check host and port; `--offline` uses what is in the cache
    ");
}

#[test]
fn the_connection_is_reset() {
    let scene = Scene::plain();
    scene.server.fault("*", Fault::Reset);
    assert_snapshot!(scene.fails(&["--no-sharded"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the connection breaks before the answer is complete
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata.json.zst
     = hint: try again later; `--offline` uses what is in the cache
    ");
}

/// One part that never answers costs its time once, not once per platform.
#[test]
fn a_silent_server_is_waited_for_once() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/repodata.json", Fault::Hang);
    let started = Instant::now();
    let shown = scene.fails(&["--http-timeout", "1", "--http-retries", "0"]);
    assert_snapshot!(shown, @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: loading it failed
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata.json
     = note: operation timed out
     = hint: try again later; `--offline` uses what is in the cache
    ");
    assert_eq!(
        scene
            .server
            .take_requests()
            .iter()
            .filter(|request| {
                request.path.ends_with("noarch/repodata.json") && request.status.is_none()
            })
            .count(),
        1
    );
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_late_answer_is_given_up() {
    let scene = Scene::sharded();
    scene.server.fault("*/noarch/*", Fault::Delay(Duration::from_mins(1)));
    assert_snapshot!(scene.fails(&["--http-timeout", "1", "--http-retries", "0"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: loading it failed
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata_shards.msgpack.zst
     = note: operation timed out
     = hint: try again later; `--offline` uses what is in the cache
    ");
}

/// The limit is for silence: a slow line that goes on sending is no fault.
#[test]
fn a_slow_server_is_no_fault() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/repodata.json", Fault::Drip { bytes_per_second: 500 });
    scene.succeeds(&["--http-timeout", "1"]);
}

/// What was damaged on the way must not be kept: the next run is as good as the first.
#[track_caller]
fn recovers(scene: &Scene) {
    scene.server.clear_faults();
    scene.succeeds(&[]);
}

#[test]
fn half_an_index() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/repodata.json", Fault::Truncate(100));
    assert_snapshot!(scene.fails(&["--http-retries", "0"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the connection breaks before the answer is complete
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata.json
     = hint: try again later; `--offline` uses what is in the cache
    ");
    recovers(&scene);
}

/// The length fits, so only the document itself tells that its end is missing.
#[test]
fn half_an_index_that_says_it_is_whole() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/repodata.json", Fault::Shorten(100));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: what the server sends is no package index
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/
     = note: the document ends too early at byte 100
     = hint: open the URL in a browser: a login page of the network may answer in the server's place
    ");
    recovers(&scene);
}

#[test]
fn an_empty_answer() {
    let scene = Scene::plain();
    scene.server.fault_times("*/noarch/repodata.json", 1, Fault::Empty);
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: what the server sends is no package index
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/
     = note: the document ends too early at byte 0
     = hint: open the URL in a browser: a login page of the network may answer in the server's place
    ");
    recovers(&scene);
}

#[test]
fn half_a_compressed_index() {
    let scene = Scene::new(Builder::zstd);
    scene.server.fault("*/noarch/repodata.json.zst", Fault::Shorten(100));
    assert_snapshot!(scene.fails(&["--http-retries", "0"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: what the server sends is no package index
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata.json.zst
     = note: zstd stream did not finish
     = hint: open the URL in a browser: a login page of the network may answer in the server's place
    ");
    recovers(&scene);
}

#[test]
fn half_a_shard_index() {
    let scene = Scene::sharded();
    scene.server.fault("*/noarch/repodata_shards.msgpack.zst", Fault::Shorten(100));
    assert_snapshot!(scene.fails(&[]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: what the server sends is no package index
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata_shards.msgpack.zst
     = note: incomplete frame
     = hint: open the URL in a browser: a login page of the network may answer in the server's place
    ");
    recovers(&scene);
}

#[test]
fn a_broken_connection_in_a_shard_index() {
    let scene = Scene::sharded();
    scene.server.fault("*/noarch/repodata_shards.msgpack.zst", Fault::Truncate(100));
    assert_snapshot!(scene.fails(&["--http-retries", "0"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: the connection breaks before the answer is complete
     = hint: try again later; `--offline` uses what is in the cache
    ");
    recovers(&scene);
}

#[test]
fn a_damaged_shard() {
    for fault in [Fault::Corrupt, Fault::Shorten(20), Fault::Empty] {
        let scene = Scene::sharded();
        scene.server.fault("*/shards/*", fault);
        let shown = scene.fails(&[]);
        assert!(shown.contains("not the one that the index lists"), "{shown}");
        // Nothing of it may stay in the cache.
        scene.server.clear_faults();
        scene.succeeds(&[]);
    }
}

/// The shards that the old index lists are gone when they are asked for.
#[test]
fn an_index_that_is_replaced_while_it_is_read() {
    let scene = Scene::sharded();
    let later = channel_from_yaml(LATER);
    scene.server.fault_times(
        "*/noarch/repodata_shards.msgpack.zst",
        2,
        Fault::SwitchAfter(later.path().to_owned()),
    );
    let output = scene.run(&[]);
    // Which requests come before the switch is chance: old and new must not be mixed, that is all.
    scene.keeps_secrets(&output);
    if output.status.success() {
        let lock = scene.context.read("conda-linux-64.lock");
        assert!(lock.contains("app-2.0"), "{lock}");
    } else {
        let shown = scene.context.render(&output);
        assert!(shown.contains("channel `http://127.0.0.1:[PORT]/conda-forge`"), "{shown}");
    }
    scene.succeeds(&[]);
}

#[test]
fn a_captive_portal() {
    let scene = Scene::plain();
    scene.server.fault("*/noarch/*", Fault::CaptivePortal);
    assert_snapshot!(scene.fails(&["--no-sharded"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: what the server sends is no package index
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata.json.zst
     = note: Unknown frame descriptor
     = hint: open the URL in a browser: a login page of the network may answer in the server's place
    ");
    scene.clear_cache();
    let sharded = scene.fails(&[]);
    assert!(sharded.contains("is no package index"), "{sharded}");
    // It left nothing in the cache.
    scene.server.clear_faults();
    scene.succeeds(&[]);
}

#[test]
fn a_redirect_is_followed() {
    let scene = Scene::plain();
    let target = format!("{}/noarch/repodata.json", scene.server.url());
    scene.server.fault_times("*/noarch/repodata.json", 1, Fault::Redirect(target));
    scene.succeeds(&["--no-sharded"]);
    let lock = scene.context.read("conda-linux-64.lock");
    assert!(lock.contains(&format!("{}/noarch/app-2.0", scene.server.url())), "{lock}");
}

#[test]
fn a_redirect_to_itself_ends() {
    let scene = Scene::plain();
    let target = format!("{}/noarch/repodata.json", scene.server.url());
    scene.server.fault("*/noarch/repodata.json", Fault::Redirect(target));
    assert_snapshot!(scene.fails(&["--no-sharded", "--http-retries", "0"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: loading it failed
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/noarch/repodata.json
     = note: too many redirects
     = hint: try again later; `--offline` uses what is in the cache
    ");
}

#[test]
fn offline() {
    for (offer, name) in [(Builder::plain as Offer, "plain"), (Builder::sharded, "sharded")] {
        let scene = Scene::new(offer);
        scene.server.take_requests();
        let shown = scene.fails(&["--offline"]);
        if name == "plain" {
            assert_snapshot!(shown, @"
            error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: it is not in the cache
             = hint: run once without `--offline` to fill the cache
            ");
        } else {
            assert!(shown.contains("it is not in the cache"), "{shown}");
        }
        assert_eq!(scene.server.count("*"), 0);
        assert!(scene.context.run(&["--dry-run"]).status.success());
        scene.server.take_requests();
        scene.succeeds(&["--offline"]);
        assert_eq!(scene.server.count("*"), 0);
    }
}

/// A package that no earlier run asked for is not in the cache of shards.
#[test]
fn offline_with_a_part_of_the_cache() {
    let scene = Scene::sharded();
    scene.spec(&scene.server.url(), "tool");
    assert!(scene.context.run(&["--dry-run"]).status.success());
    scene.spec(&scene.server.url(), "app =2");
    assert_snapshot!(scene.fails(&["--offline"]), @"
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for linux-64, osx-arm64: it is not in the cache
     = hint: run once without `--offline` to fill the cache
    ");
}

#[test]
fn a_server_that_is_down_although_everything_is_cached() {
    let scene = Scene::plain();
    assert!(scene.context.run(&["--dry-run"]).status.success());
    scene.server.fault("*", Fault::Reset);
    let shown = scene.fails(&[]);
    assert!(shown.contains("`--offline` uses what is in the cache"), "{shown}");
    scene.succeeds(&["--offline"]);
}

#[test]
fn the_second_mirror_helps_out() {
    let scene = Scene::plain();
    scene.spec("conda-forge", "app =2");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    scene.config(&format!(
        "[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = [\"http://{free}/cf\", \"{}\"]\n",
        scene.server.url()
    ));
    scene.succeeds(&[]);
    let lock = scene.context.read("conda-linux-64.lock");
    assert!(lock.contains("https://conda.anaconda.org/conda-forge/noarch/app-2.0"), "{lock}");
    assert!(!lock.contains("127.0.0.1"), "{lock}");
}

#[test]
fn no_mirror_helps() {
    let scene = Scene::plain();
    scene.spec("conda-forge", "app =2");
    let root = scene.server.root();
    let host = root.trim_start_matches("http://");
    scene.config(&format!(
        "[mirrors]\n\"https://conda.anaconda.org/conda-forge\" = [\"http://joe:{SECRET}@{host}/t/{SECRET}/conda-forge\"]\n"
    ));
    scene.server.fault("*", Fault::Status(503));
    assert_snapshot!(scene.fails(&["-q", "--no-sharded"]), @"
    error: channel `https://conda.anaconda.org/conda-forge` cannot be read for linux-64, osx-arm64: the server answers 503 Service Unavailable
     = note: asked for http://127.0.0.1:[PORT]/t/********/conda-forge/*/repodata.json
     = hint: try again later; `--offline` uses what is in the cache
    ");
    for fault in [Fault::Reset, Fault::CaptivePortal, Fault::Status(403)] {
        scene.server.fault("*", fault);
        scene.fails(&["-vvv"]);
    }
}

#[test]
fn a_broken_configuration_is_named() {
    let scene = Scene::plain();
    let mut shown = String::new();
    for text in [
        "[mirrors\n".to_owned(),
        format!("[mirrors]\n\"https://host/t/{SECRET}/chan\" = 4\n"),
        format!("[mirrors]\n\"https://host/chan\" = [\"joe:{SECRET}\"\n"),
        "[repodata-config]\nshardy = true\ndisable-zstd = 3\n".to_owned(),
    ] {
        scene.config(&text);
        let output = scene.run(&[]);
        assert_eq!(output.status.code(), Some(2));
        scene.keeps_secrets(&output);
        assert!(scene.locks() == scene.old);
        let text = scene.context.filter(&String::from_utf8_lossy(&output.stderr));
        shown.push_str(text.trim_end());
        shown.push('\n');
    }
    assert_snapshot!(shown, @"
    error: the configuration `[TEMP]/config/rattler/config.toml` cannot be used: unclosed table, expected `]` (line 1, column 9)
    error: the configuration `[TEMP]/config/rattler/config.toml` cannot be used: invalid type: integer `4`, expected a sequence (line 2, column 38)
    error: the configuration `[TEMP]/config/rattler/config.toml` cannot be used: unclosed array, expected `]` (line 2, column 42)
    error: the configuration `[TEMP]/config/rattler/config.toml` cannot be used: invalid type: integer `3`, expected a boolean (line 3, column 16)
    ");
}

/// The bot's case: what worked is kept, the exit code says that something is left to do.
#[test]
fn one_platform_fails_and_the_others_are_kept() {
    let scene = Scene::plain();
    scene.server.fault("*/osx-arm64/*", Fault::Status(503));
    let nothing = scene.failed(1, &scene.run(&["--all-or-nothing"]));
    let output = scene.run(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(scene.context.render(&output), @"
    exit: 1
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          2 packages  conda-linux-64.lock changed
      1 platform        2 packages  conda-lock.yml changed
      linux-64          2 packages  conda-linux-64.lock.yml changed
      1 platform        2 packages  pixi.lock changed
      osx-arm64      not solved, what was locked is kept
      ~ app 1.0 -> 2.0 (major)  [linux-64]
    error: channel `http://127.0.0.1:[PORT]/conda-forge` cannot be read for osx-arm64: the server answers 503 Service Unavailable
     = note: asked for http://127.0.0.1:[PORT]/conda-forge/*/repodata.json
     = hint: try again later; `--offline` uses what is in the cache
    ");
    assert!(scene.context.render(&output).contains(&nothing));
    let new = scene.locks();
    assert!(new["conda-osx-arm64.lock"] == scene.old["conda-osx-arm64.lock"]);
    assert!(scene.context.read("conda-linux-64.lock").contains("app-2.0"));
    let both = scene.context.read("conda-lock.yml");
    assert!(both.contains("linux-64") && both.contains("osx-arm64"), "{both}");
    // When the server is well again the other one follows.
    scene.server.clear_faults();
    scene.succeeds(&[]);
    assert!(scene.context.run(&["check"]).status.success());
}

/// Two environments with the same trouble hear of it once.
#[test]
fn trouble_is_told_once() {
    let scene = Scene::plain();
    fs_err::copy(scene.context.path("environment.yml"), scene.context.path("more-environment.yml"))
        .unwrap();
    scene.server.fault("*", Fault::Status(500));
    let args =
        ["--env", "dev=environment.yml", "--env", "more=more-environment.yml", "--no-sharded"];
    let output = scene.context.run(&args);
    let shown = scene.context.render(&output);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert_eq!(shown.matches("error: ").count(), 1, "{shown}");
}
