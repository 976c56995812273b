use lockit_diagnostic::SourceFile;
use lockit_spec::{Environment, EnvironmentFile, EnvironmentRequest, PipSection, Step};
use lockit_testkit::{Fault, Server, channel_from_yaml};

use super::*;
use crate::progress::NoProgress;
use crate::report;
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
    Session::new(&network, cache.to_owned(), now, Box::new(|_| None), Arc::new(NoProgress)).unwrap()
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
    let outcomes = session(cache.path(), true).solve(&requests);
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
    let problem = problem(&request, Platform::Linux64, Vec::new(), Timestamp::UNIX_EPOCH);
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
        let outcomes = session(cache.path(), sharded).solve(&requests);
        for outcome in &outcomes {
            match &outcome.result {
                Err(Failure::Fetch(failure)) => {
                    assert_eq!(failure.reason, crate::FetchReason::Status(500), "{failure:?}");
                    assert_eq!(failure.channel.as_deref(), Some(server.url().as_str()));
                }
                other => panic!("{other:?}"),
            }
        }
        let told = report(&requests, &outcomes);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].message.contains(&platforms.replace(' ', "").replace(',', ", ")));
    }
}
