//! Environments that are solved together, and what has come of them so far.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use lockit_spec::{Lineage, Platform, VariableValues};

use crate::channels::{ResolvedChannel, resolve_channels, resolve_mentioned};
use crate::fetch::share_reasons;
use crate::observed::Observed;
use crate::outcome::{Failure, Outcome};
use crate::request::Request;

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

    /// Those that follow it on a platform. Each is cut out of the one that it names, so that one comes first.
    pub(crate) fn followers_on(&self, platform: Platform) -> Vec<&Request> {
        let followers: Vec<&Request> =
            self.followers().filter(|one| one.platforms.contains(&platform)).collect();
        let environments = followers.iter().map(|one| &one.environment);
        let lineage: Lineage<'_> = environments.clone().collect();
        let rounds = lineage.rounds(environments.map(|one| one.name.as_str()));
        let of_name = |name| followers.iter().copied().find(|one| one.environment.name == name);
        rounds.into_iter().flatten().filter_map(of_name).collect()
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
    pub(crate) fn new(
        mut requests: Vec<Request>,
        folder: &Path,
        variables: &dyn VariableValues,
    ) -> Self {
        let mentioned: Vec<_> = requests
            .iter_mut()
            .map(|request| resolve_mentioned(&mut request.environment, folder, variables))
            .collect();
        let requests: Arc<[Request]> = requests.into();
        let places = requests.iter().map(|request| request.platforms.len()).sum();
        let mut batch = Self {
            requests: Arc::clone(&requests),
            todo: VecDeque::new(),
            outcomes: std::iter::repeat_with(|| None).take(places).collect(),
        };
        let lineage: Lineage<'_> = requests.iter().map(|request| &request.environment).collect();
        let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, request) in requests.iter().enumerate() {
            let name = request.environment.name.as_str();
            families.entry(lineage.root_of(name)).or_default().push(index);
        }
        for (root, request) in requests.iter().enumerate() {
            let Some(mut followers) = families.remove(request.environment.name.as_str()) else {
                continue;
            };
            followers.retain(|index| *index != root);
            let of_followers = followers.iter().find_map(|one| mentioned[*one].clone().err());
            let channels = of_followers.map_or_else(|| mentioned[root].clone(), Err);
            match channels
                .and_then(|own| resolve_channels(&request.environment, own, folder, variables))
            {
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
                        hints: error.hints,
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
        share_reasons(outcomes.iter_mut().filter_map(|outcome| match &mut outcome.result {
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
