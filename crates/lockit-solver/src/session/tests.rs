use std::sync::atomic::{AtomicUsize, Ordering};

use lockit_diagnostic::SourceFile;
use lockit_spec::{Environment, EnvironmentFile, EnvironmentRequest, PipSection, Step};
use lockit_testkit::{Fault, Server, channel_from_yaml};

use super::*;
use crate::progress::NoProgress;
use crate::report::Unsolvable;
use crate::request::Upgrade;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: [tool]}
  tool: {versions: [1.0, 2.0]}
";

fn request(name: &str, text: &str, follows: Option<&str>) -> Request {
    let file = SourceFile::new("environment.yml", text);
    let file = EnvironmentFile::parse(&file, PipSection::Check).unwrap().value;
    let asked = EnvironmentRequest {
        name: name.to_owned(),
        same_versions_as: follows.map(str::to_owned),
        ..EnvironmentRequest::default()
    };
    let environment = Environment::merge(asked, &[file]).unwrap().value;
    Request {
        platforms: environment.platforms.clone(),
        environment,
        previous: None,
        upgrade: Upgrade::Nothing,
        furthest: Step::Major,
    }
}

fn session(cache: &Path, sharded: bool) -> Session {
    let network =
        Network { cache_dir: Some(cache.to_owned()), retries: 0, sharded, ..Network::default() };
    let now = Timestamp::UNIX_EPOCH;
    Session::new(&network, cache.to_owned(), now, Arc::new(|_: &str| None), Arc::new(NoProgress))
        .unwrap()
}

/// What comes of one batch.
fn solve(session: &Session, requests: &[Request]) -> Vec<Outcome> {
    let mut all = Vec::new();
    let batch = std::iter::once(requests.to_vec());
    session
        .solve(batch, |_, outcomes| {
            all.extend(outcomes);
            Ok::<_, std::convert::Infallible>(())
        })
        .unwrap();
    all
}

fn spec(server: &Server, platforms: &str, dependencies: &str) -> String {
    let url = server.url();
    format!("channels: ['{url}']\nplatforms: [{platforms}]\ndependencies: [{dependencies}]\n")
}

#[test]
fn outcomes_follow_the_requests_not_the_network() {
    let channel = channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    let cache = tempfile::tempdir().unwrap();
    // What was asked for first comes last.
    server.fault("*/osx-arm64/*", Fault::Delay(std::time::Duration::from_millis(300)));
    let requests = [
        request("follower", &spec(&server, "osx-arm64, linux-64", "tool"), Some("base")),
        request("base", &spec(&server, "osx-arm64, linux-64", "app"), None),
    ];
    let outcomes = solve(&session(cache.path(), true), &requests);
    let order: Vec<(&str, &str)> = outcomes
        .iter()
        .map(|outcome| (outcome.environment.as_str(), outcome.platform.as_str()))
        .collect();
    assert_eq!(
        order,
        [
            ("follower", "osx-arm64"),
            ("follower", "linux-64"),
            ("base", "osx-arm64"),
            ("base", "linux-64"),
        ]
    );
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()), "{outcomes:?}");
}

/// With versions in the query the report would say that other versions do not exist.
#[test]
fn only_names_are_asked_for() {
    let channel = channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    let request = request("one", &spec(&server, "linux-64", "app >=2, app <3, tool =1"), None);
    let problem = problem(&request, Platform::Linux64, Vec::new(), &[], Timestamp::UNIX_EPOCH);
    let query: Vec<String> = problem.query().iter().map(ToString::to_string).collect();
    assert_eq!(query, ["app", "tool"]);
}

/// Four platforms want one noarch index that breaks: one reason, told once.
#[test]
fn a_failure_that_platforms_share_is_one() {
    let channel = channel_from_yaml(CHANNEL);
    for sharded in [false, true] {
        let server = Server::builder(channel.path()).start().unwrap();
        server.fault("*/noarch/*", Fault::Status(500));
        let cache = tempfile::tempdir().unwrap();
        let platforms = "linux-64, linux-aarch64, osx-64, osx-arm64";
        let requests = [request("one", &spec(&server, platforms, "app"), None)];
        let outcomes = solve(&session(cache.path(), sharded), &requests);
        for outcome in &outcomes {
            match &outcome.result {
                Err(Failure::Fetch(failure)) => {
                    assert_eq!(failure.reason, crate::FetchReason::Status(500), "{failure:?}");
                    assert_eq!(failure.channel.as_deref(), Some(server.url().as_str()));
                }
                other => panic!("{other:?}"),
            }
        }
        let mut unsolvable = Unsolvable::default();
        unsolvable.add(&requests, &outcomes);
        let told = unsolvable.report();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].message.contains(&platforms.replace(' ', "").replace(',', ", ")));
    }
}

/// Counts what is on its way.
#[derive(Default)]
struct Counter {
    running: AtomicUsize,
    most: AtomicUsize,
    started: AtomicUsize,
}

impl Progress for Counter {
    fn loading(&self, _: &str, _: Platform) {
        self.started.fetch_add(1, Ordering::SeqCst);
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(running, Ordering::SeqCst);
    }

    fn finished(&self, _: &str, _: Platform, _: Option<usize>) {
        self.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Sixty environments of two platforms: a few at a time, in order whatever the network does, and none far
/// ahead of the one that is waited for.
#[test]
fn many_batches_come_in_order_and_few_at_a_time() {
    let channel = channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    let names: Vec<String> = (0..60).map(|number| format!("e{number}")).collect();
    let counter = Arc::new(Counter::default());
    for (cold, pattern) in [(true, "*/osx-arm64/*"), (false, "*/linux-64/*")] {
        let cache = tempfile::tempdir().unwrap();
        if cold {
            server.fault(pattern, Fault::Delay(std::time::Duration::from_millis(100)));
        }
        let mut session = session(cache.path(), true);
        Arc::get_mut(&mut session.shared).unwrap().progress = Arc::clone(&counter) as Arc<_>;
        counter.started.store(0, Ordering::SeqCst);
        let spec = spec(&server, "osx-arm64, linux-64", "app");
        let mut taken = 0;
        let batches = names.iter().map(|name| {
            taken += 1;
            vec![request(name, &spec, None)]
        });
        let mut seen = Vec::new();
        session
            .solve(batches, |requests, outcomes| {
                assert_eq!(requests.len(), 1);
                for outcome in outcomes {
                    assert_eq!(outcome.environment, requests[0].environment.name);
                    assert_eq!(outcome.result.unwrap().len(), 2);
                    seen.push((outcome.environment, outcome.platform));
                }
                let ahead = counter.started.load(Ordering::SeqCst) - seen.len();
                assert!(ahead <= MOST_WAITING + 2, "{ahead} are not waited for yet");
                Ok::<_, std::convert::Infallible>(())
            })
            .unwrap();
        let platforms = [Platform::OsxArm64, Platform::Linux64];
        let expected = names.iter().flat_map(|name| platforms.map(|one| (name.clone(), one)));
        assert_eq!(seen, expected.collect::<Vec<_>>());
        let most = counter.most.load(Ordering::SeqCst);
        assert!(most <= session.at_once, "{most} at a time");
        assert_eq!(taken, names.len());
    }
}

/// Who cannot take what was solved is not given more.
#[test]
fn an_error_of_the_taker_ends_the_run() {
    let channel = channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let spec = spec(&server, "linux-64", "app");
    let session = session(cache.path(), true);
    let mut taken = 0;
    let batches = std::iter::repeat_with(|| {
        taken += 1;
        vec![request("one", &spec, None)]
    });
    let mut calls = 0;
    let ended = session.solve(batches, |_, _| {
        calls += 1;
        if calls == 3 { Err("full") } else { Ok(()) }
    });
    assert_eq!((ended, calls), (Err("full"), 3));
    assert!(taken <= MOST_WAITING + session.at_once, "{taken}");
}

/// Lines of a spec that exclude each other only all together: each leaves out one version of what the others need.
fn conflict_of(lines: usize) -> Box<crate::Conflict> {
    let numbers = || 1..=lines;
    let versions: Vec<String> = numbers().map(|number| format!("{number}.0")).collect();
    let apps: String = numbers().fold(String::new(), |text, number| {
        text + &format!("  app{number}:\n  - {{versions: [1.0], depends: ['lib !={number}.0']}}\n")
            + "  - {versions: [2.0]}\n"
    });
    let versions = versions.join(", ");
    let recipe =
        format!("platforms: [linux-64]\npackages:\n  lib: {{versions: [{versions}]}}\n{apps}");
    let channel = channel_from_yaml(&recipe);
    let server = Server::builder(channel.path()).start().unwrap();
    let cache = tempfile::tempdir().unwrap();
    let asked: Vec<String> = numbers().map(|number| format!("app{number} =1")).collect();
    let requests = [request("one", &spec(&server, "linux-64", &asked.join(", ")), None)];
    match solve(&session(cache.path(), true), &requests).remove(0).result {
        Err(Failure::Conflict(conflict)) => conflict,
        other => panic!("{other:?}"),
    }
}

/// A person reads of the ways out of a conflict of four lines, not of more.
#[test]
fn ways_out_are_looked_for_where_lines_are_few() {
    let conflict = conflict_of(4);
    assert_eq!(conflict.core, [0, 1, 2, 3]);
    let way = |line: usize| (line, "2.0".to_owned());
    assert_eq!(conflict.relaxed, [way(0), way(1), way(2), way(3)]);
    let conflict = conflict_of(5);
    assert_eq!(conflict.core, [0, 1, 2, 3, 4]);
    assert_eq!(conflict.relaxed, []);
}

/// A package is gone when the channel that it was locked from does not have it, whatever other channels have.
#[test]
fn a_package_is_withdrawn_from_its_own_channel() {
    let recipe = |names: &[&str]| {
        let packages: Vec<String> =
            names.iter().map(|name| format!("{name}: {{versions: [1.0, 2.0]}}")).collect();
        format!("{{platforms: [linux-64], packages: {{{}}}}}", packages.join(", "))
    };
    let (forge, extra) =
        (channel_from_yaml(&recipe(&["app"])), channel_from_yaml(&recipe(&["tool"])));
    let server = Server::builder(forge.path()).channel("extra", extra.path()).start().unwrap();
    let spec = |channels: &[&str]| {
        let channels: Vec<String> = channels.iter().map(|name| server.channel_url(name)).collect();
        let channels = channels.join(", ");
        format!("channels: [{channels}]\nplatforms: [linux-64]\ndependencies: [app, tool]\n")
    };
    let run = |request: Request| {
        let cache = tempfile::tempdir().unwrap();
        solve(&session(cache.path(), true), &[request]).remove(0)
    };
    let both = spec(&["conda-forge", "extra"]);
    let records = run(request("one", &both, None)).result.unwrap();
    let chosen = lockit_lockfile::PlatformLock { records, ..Default::default() };
    let lock = lockit_lockfile::Lock {
        platforms: [(Platform::Linux64, chosen)].into(),
        ..Default::default()
    };
    let withdrawn = |spec: &str, upgrade: Upgrade| -> Vec<String> {
        let request =
            Request { previous: Some(lock.clone()), upgrade, ..request("one", spec, None) };
        run(request).observed.withdrawn.into_iter().map(|one| one.name).collect()
    };
    let all = || Upgrade::All { but: std::collections::BTreeSet::new() };
    assert_eq!(withdrawn(&both, all()), [""; 0]);
    // The second channel takes one back. That the first has an archive of this name does not bring it back.
    let (more, less) = (
        channel_from_yaml(&recipe(&["app", "tool"])),
        channel_from_yaml("{platforms: [linux-64], packages: {tool: {versions: [1.0]}}}"),
    );
    server.set_channel("conda-forge", more.path());
    server.set_channel("extra", less.path());
    assert_eq!(withdrawn(&both, all()), ["tool"]);
    // Nobody looks when nothing is to move, nor into a channel that the spec no longer names.
    assert_eq!(withdrawn(&both, Upgrade::Nothing), [""; 0]);
    assert_eq!(withdrawn(&spec(&["conda-forge"]), all()), [""; 0]);
}
