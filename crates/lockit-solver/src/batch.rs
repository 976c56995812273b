//! Environments that are solved together, and what has come of them so far.

use std::collections::VecDeque;
use std::sync::Arc;

use lockit_spec::Platform;

use crate::channels::{ResolvedChannel, resolve};
use crate::fetch::share;
use crate::observed::Observed;
use crate::outcome::{Failure, Outcome};
use crate::request::Request;
use crate::session::Session;

/// An environment that others may follow, with everything its tasks need.
pub(crate) struct Base {
    requests: Arc<[Request]>,
    root: usize,
    followers: Vec<usize>,
    pub(crate) channels: Vec<ResolvedChannel>,
}

impl Base {
    pub(crate) fn request(&self) -> &Request {
        &self.requests[self.root]
    }

    pub(crate) fn followers(&self) -> impl Iterator<Item = &Request> {
        self.followers.iter().map(|index| &self.requests[*index])
    }

    /// The platforms of an environment and of all that follow it: a follower needs its base solved.
    fn platforms(&self) -> Vec<Platform> {
        let mut platforms = self.request().platforms.clone();
        for platform in self.followers().flat_map(|follower| &follower.platforms) {
            if !platforms.contains(platform) {
                platforms.push(*platform);
            }
        }
        platforms
    }
}

/// One batch on its way.
pub(crate) struct Batch {
    requests: Arc<[Request]>,
    /// What has not been started.
    pub(crate) todo: VecDeque<(Arc<Base>, Platform)>,
    /// A place for each platform of each request.
    pub(crate) outcomes: Vec<Option<Outcome>>,
}

impl Batch {
    pub(crate) fn new(requests: Vec<Request>, session: &Session) -> Self {
        let requests: Arc<[Request]> = requests.into();
        let places = requests.iter().map(|request| request.platforms.len()).sum();
        let mut batch = Self {
            requests: Arc::clone(&requests),
            todo: VecDeque::new(),
            outcomes: std::iter::repeat_with(|| None).take(places).collect(),
        };
        let roots: Vec<usize> =
            (0..requests.len()).map(|index| root_of(&requests, index)).collect();
        for (root, request) in
            requests.iter().enumerate().filter(|(index, _)| roots[*index] == *index)
        {
            let followers: Vec<usize> = (0..requests.len())
                .filter(|other| *other != root && roots[*other] == root)
                .collect();
            match resolve(&request.environment, &session.root, &*session.variables) {
                Ok(channels) => {
                    let base = Arc::new(Base {
                        requests: Arc::clone(&requests),
                        root,
                        followers,
                        channels,
                    });
                    let platforms = base.platforms().into_iter();
                    batch.todo.extend(platforms.map(|platform| (Arc::clone(&base), platform)));
                }
                Err(error) => {
                    let failure = Failure::Channel {
                        channel: error.channel,
                        reason: error.reason,
                        origin: error.origin,
                    };
                    batch.receive(failed(request, &failure));
                    let follows = Failure::Base { environment: request.environment.name.clone() };
                    for follower in followers {
                        batch.receive(failed(&requests[follower], &follows));
                    }
                }
            }
        }
        batch
    }

    /// Puts outcomes into their places.
    pub(crate) fn receive(&mut self, outcomes: impl IntoIterator<Item = Outcome>) {
        for outcome in outcomes {
            let mut place = 0;
            for request in &*self.requests {
                let platforms = &request.platforms;
                if request.environment.name == outcome.environment {
                    place += platforms
                        .iter()
                        .position(|one| *one == outcome.platform)
                        .expect("only platforms of the request are solved");
                    break;
                }
                place += platforms.len();
            }
            self.outcomes[place] = Some(outcome);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.outcomes.iter().all(Option::is_some)
    }

    /// Everything that came of it.
    pub(crate) fn finish(self) -> (Arc<[Request]>, Vec<Outcome>) {
        let mut outcomes: Vec<Outcome> = self.outcomes.into_iter().flatten().collect();
        share(outcomes.iter_mut().filter_map(|outcome| match &mut outcome.result {
            Err(Failure::Fetch(failure)) => Some(failure),
            _ => None,
        }));
        (self.requests, outcomes)
    }
}

fn failed(request: &Request, failure: &Failure) -> Vec<Outcome> {
    let outcome = |platform: &Platform| Outcome {
        environment: request.environment.name.clone(),
        platform: *platform,
        result: Err(failure.clone()),
        observed: Observed::default(),
    };
    request.platforms.iter().map(outcome).collect()
}

/// The environment at the end of the `same-versions-as` chain. Chains have no cycle and name
/// environments that exist, `lockit-spec` has checked that; an unknown name ends the chain.
fn root_of(requests: &[Request], request: usize) -> usize {
    let mut current = request;
    for _ in 0..requests.len() {
        let next = requests[current]
            .environment
            .same_versions_as
            .as_ref()
            .and_then(|name| requests.iter().position(|other| other.environment.name == *name));
        match next {
            Some(next) => current = next,
            None => break,
        }
    }
    current
}
