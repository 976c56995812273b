//! One run: every environment and platform through one gateway.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use lockit_spec::{Platform, Requirement, VariableValues, conda_names, nearest};
use rattler_conda_types::{RepoDataRecord, Subdir};
use rattler_repodata_gateway::fetch::CacheAction;
use rattler_repodata_gateway::{
    ChannelConfig, ChannelRelationsMode, Gateway, MaxConcurrency, SourceConfig,
};
use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

use crate::address::{self, Elsewhere};
use crate::batch::{Base, Batch};
use crate::candidates::Candidates;
use crate::channels::ResolvedChannel;
use crate::client::{ConfigError, Network, lazy_client, load_config};
use crate::conflict::{Conflict, MissingPackage};
use crate::fetch::{FetchFailure, Mirrors, mirrors};
use crate::observed::Observed;
use crate::outcome::{Failure, Outcome};
use crate::progress::{GatewayReporter, Progress};
use crate::record::to_record;
use crate::request::Request;
use crate::secrets::learn_config;
use crate::solve::{Problem, Unsolved};
use crate::sources::Sources;
use crate::subset::subset;

/// A run cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// A shared configuration file is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no place for the repodata cache.
    #[error("there is no folder for cached repodata: {0}")]
    CacheDir(String),
    /// The worker threads could not be started.
    #[error("the worker threads cannot be started")]
    Runtime(#[source] std::io::Error),
}

/// The environment variables, for `${TOKEN}` in channels.
pub type Variables = dyn VariableValues + Send + Sync;

/// One gateway and what belongs to it.
pub struct Session {
    pub(crate) runtime: tokio::runtime::Runtime,
    /// Held as long as the run lasts, see [`claim`].
    _alone: Option<File>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) root: PathBuf,
    pub(crate) variables: Arc<Variables>,
    /// How many platforms of environments are worked on at a time. Those that wait for an answer let
    /// others solve meanwhile, so there are more of them than cores.
    at_once: usize,
}

pub(crate) struct Shared {
    pub(crate) sources: Sources,
    progress: Arc<dyn Progress>,
    pub(crate) reporter: GatewayReporter,
    solves: Semaphore,
    pub(crate) mirrors: Mirrors,
    now: Timestamp,
    /// Warnings about channels, each told once.
    told: Mutex<BTreeSet<String>>,
    /// Whether channels can be read of which others may stand in.
    pub(crate) verdicts: Verdicts,
}

/// Why channels cannot be read, by what is asked and the platform. Each is found out once in a run.
type Verdicts = Mutex<HashMap<(String, Platform), Arc<OnceCell<Option<FetchFailure>>>>>;

impl Session {
    /// Prepares a run. Nothing is fetched yet, and no client is built.
    ///
    /// `root` is where relative channel paths start, `now` what durations in `exclude-newer`
    /// count back from.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn new(
        network: &Network,
        root: PathBuf,
        now: Timestamp,
        variables: Arc<Variables>,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, SessionError> {
        let config = load_config()?;
        learn_config(&config);
        let cache_dir = match &network.cache_dir {
            Some(dir) => dir.clone(),
            None => rattler_cache::default_cache_dir()
                .map_err(|error| SessionError::CacheDir(error.to_string()))?,
        };
        let mut sources = ChannelConfig::from(&config);
        for source in std::iter::once(&mut sources.default).chain(sources.per_channel.values_mut())
        {
            restrict(source, network);
        }
        let client = lazy_client(network, &config);
        let cache = cache_dir.join(rattler_cache::REPODATA_CACHE_DIR);
        let gateway = Gateway::builder()
            .with_client(client.clone())
            .with_cache_dir(&cache)
            .with_channel_config(sources.clone())
            .with_max_concurrent_requests(MaxConcurrency::from(config.concurrency.downloads))
            // Thousands of shards would use up the file descriptors otherwise.
            .with_max_concurrent_io(100usize)
            .finish();
        let reporter = GatewayReporter::new(Arc::clone(&progress));
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let alone = claim(&cache_dir);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.min(4))
            .max_blocking_threads(if alone.is_some() { threads + 1 } else { BLOCKING_THREADS })
            .enable_all()
            .build()
            .map_err(SessionError::Runtime)?;
        Ok(Self {
            runtime,
            _alone: alone,
            shared: Arc::new(Shared {
                sources: Sources {
                    gateway,
                    client,
                    cache,
                    config: sources,
                    reporter: Arc::new(reporter.clone()),
                    retries: network.retries,
                    known: Mutex::default(),
                },
                reporter,
                progress,
                solves: Semaphore::new(threads),
                mirrors: mirrors(&config),
                now,
                told: Mutex::default(),
                verdicts: Verdicts::default(),
            }),
            root,
            variables,
            at_once: (2 * threads).max(8),
        })
    }

    /// Solves batches of environments, each on every one of its platforms, and hands over what came of
    /// each batch, in the order of the batches. Its outcomes are in the order of its requests and their
    /// platforms.
    ///
    /// A batch is taken from the iterator when its turn comes, and gone once it is handed over: what a
    /// run needs in memory does not grow with the number of batches. An environment that follows another
    /// one must be in the same batch.
    ///
    /// # Errors
    /// What `take` says is wrong. It is not called again then.
    pub fn solve<E>(
        &self,
        batches: impl IntoIterator<Item = Vec<Request>>,
        mut take: impl FnMut(&[Request], Vec<Outcome>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut left = batches.into_iter();
        self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            let mut open: VecDeque<Batch> = VecDeque::new();
            let mut handed_over = 0;
            loop {
                while tasks.len() < self.at_once {
                    let mut started = open.iter_mut().zip(handed_over..);
                    if let Some((base, platform, number)) = started.find_map(|(batch, number)| {
                        batch.todo.pop_front().map(|(base, platform)| (base, platform, number))
                    }) {
                        let shared = Arc::clone(&self.shared);
                        tasks.spawn(
                            async move { (number, shared.solve_base(&base, platform).await) },
                        );
                    } else if open.iter().map(|batch| batch.outcomes.len()).sum::<usize>()
                        < MOST_WAITING
                        && let Some(requests) = left.next()
                    {
                        open.push_back(Batch::new(requests, &self.root, &*self.variables));
                    } else {
                        break;
                    }
                }
                if let Some(batch) = open.pop_front_if(|batch| batch.is_done()) {
                    handed_over += 1;
                    let (requests, outcomes) = batch.finish();
                    take(&requests, outcomes)?;
                    continue;
                }
                match tasks.join_next().await {
                    Some(Ok((number, outcomes))) => open[number - handed_over].receive(outcomes),
                    Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
                    None => return Ok(()),
                }
            }
        })
    }
}

/// How many outcomes may wait for a batch that comes before them.
const MOST_WAITING: usize = 64;

/// Threads for blocking work when another run shares the cache; tokio's own default.
const BLOCKING_THREADS: usize = 512;

/// Claims the cache for this run, if no other lockit has it.
///
/// The gateway parses each shard in tokio's blocking pool, and a pool of a few threads keeps a
/// fifth less in memory than one of 512. But locks on cache files are waited for in that pool
/// too: two runs with small pools, each waiting for what the other holds, would wait for ever. So
/// only one run at a time has a small pool.
fn claim(cache_dir: &Path) -> Option<File> {
    fs_err::create_dir_all(cache_dir).ok()?;
    let file = File::create(cache_dir.join("lockit.lock")).ok()?;
    file.try_lock().ok()?;
    Some(file)
}

fn restrict(source: &mut SourceConfig, network: &Network) {
    source.sharded_enabled &= network.sharded;
    // Nothing counts what bzip2 unpacks to. Whoever has that form has `repodata.json` as well.
    source.bz2_enabled = false;
    if network.offline {
        source.cache_action = CacheAction::ForceCacheOnly;
    }
}

impl Shared {
    /// One platform of an environment and of all that follow it.
    async fn solve_base(&self, base: &Arc<Base>, platform: Platform) -> Vec<Outcome> {
        let request = base.request();
        let name = request.environment.name.as_str();
        let mut observed = Observed::default();
        let result = self.solve_platform(base, platform, &mut observed).await;
        self.progress.finished(name, platform, result.as_ref().ok().map(Vec::len));
        let published = |records: &Vec<RepoDataRecord>| {
            let record = |record| Arc::new(to_record(record, &base.channels));
            records.iter().map(record).collect()
        };
        let mut outcomes = Vec::new();
        let mut solved = BTreeMap::from([(name, result)]);
        for follower in base.followers_on(platform) {
            let of = follower.environment.same_versions_as.as_deref().unwrap_or_default();
            let cut = match solved.get(of) {
                Some(Ok(records)) => cut_out(follower, platform, records, self.now),
                Some(Err(_)) => Err(Failure::Base { environment: of.to_owned() }),
                None => continue,
            };
            outcomes.push(Outcome {
                environment: follower.environment.name.clone(),
                platform,
                result: cut.as_ref().map(published).map_err(Clone::clone),
                observed: observed.of(follower, platform, cut.as_deref().unwrap_or_default()),
            });
            solved.insert(follower.environment.name.as_str(), cut);
        }
        if request.platforms.contains(&platform)
            && let Some(result) = solved.remove(name)
        {
            let result = result.as_ref().map(published).map_err(Clone::clone);
            outcomes.push(Outcome { environment: name.to_owned(), platform, result, observed });
        }
        outcomes
    }

    async fn solve_platform(
        &self,
        base: &Arc<Base>,
        platform: Platform,
        observed: &mut Observed,
    ) -> Result<Vec<RepoDataRecord>, Failure> {
        let request = base.request();
        let name = request.environment.name.as_str();
        self.progress.loading(name, platform);
        let query = problem(request, platform, Vec::new(), &base.channels, self.now).query();
        let candidates = if query.is_empty() {
            Candidates::new(&[], &[])
        } else {
            let channels = self.readable(&base.channels, platform).await;
            let mut asked = Vec::new();
            for channel in &channels {
                asked.push(self.sources.source(&channel.channel).await);
            }
            let output = self
                .sources
                .gateway
                .query(asked, [platform, Subdir::NoArch], query)
                .recursive(true)
                // A channel must not pull in another one that nobody named (CEP 42).
                .channel_relations(ChannelRelationsMode::Disabled)
                .with_reporter(self.reporter.clone())
                .execute()
                .await
                .map_err(|error| {
                    Failure::Fetch(FetchFailure::new(
                        &error,
                        &channels,
                        &self.mirrors,
                        &self.sources.cache,
                    ))
                })?;
            Candidates::new(&output.repodata, &channels)
        };
        let Ok(_permit) = self.solves.acquire().await else {
            return Err(Failure::Solver("the run was stopped".to_owned()));
        };
        self.progress.solving(name, platform);
        let now = self.now;
        let task_base = Arc::clone(base);
        let solved = tokio::task::spawn_blocking(move || {
            let (imposed, constraints) = constraints(&task_base, platform);
            let problem =
                problem(task_base.request(), platform, constraints, &task_base.channels, now);
            let solved = problem.solve(&candidates);
            let chosen = solved.as_deref().unwrap_or_default();
            let observed = Observed::look(&problem, &candidates, &task_base.channels, chosen);
            let solved = solved.map_err(|unsolved| match unsolved {
                Unsolved::Conflict(tree) => Failure::Conflict(Box::new(Conflict::explain(
                    &problem,
                    &imposed,
                    &candidates,
                    tree,
                ))),
                Unsolved::Broken(reason) => Failure::Solver(reason),
            });
            (solved, observed)
        })
        .await;
        let solved = solved.map(|(solved, seen)| {
            *observed = seen;
            solved
        });
        match solved {
            Ok(Ok(records)) => {
                self.tell_elsewhere(address::look(&records, &base.channels)?);
                Ok(records)
            }
            Ok(Err(Failure::Conflict(mut conflict))) => {
                self.look_around(base, platform, &mut conflict).await;
                Err(Failure::Conflict(conflict))
            }
            Ok(Err(failure)) => Err(failure),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Says where else than on its own server a channel has packages: locking is the moment at which somebody may mind.
    fn tell_elsewhere(&self, places: Vec<Elsewhere>) {
        for (channel, server) in places {
            self.tell_once(format!(
                "packages of channel `{channel}` come from another server: `{server}`"
            ));
        }
    }

    /// Warns, unless this was said before.
    pub(crate) fn tell_once(&self, warning: String) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.contains(&warning) {
            tracing::warn!("{warning}");
            told.insert(warning);
        }
    }

    /// Adds what only the whole index can tell: near names, other platforms, empty channels.
    /// Failures are ignored here, the conflict itself is already known.
    async fn look_around(&self, base: &Base, platform: Platform, conflict: &mut Conflict) {
        let here = || base.channels.iter().filter(|channel| channel.is_for(platform));
        for channel in here() {
            if self
                .sources
                .names(&channel.channel, platform)
                .await
                .is_ok_and(|names| names.is_empty())
            {
                conflict.empty_channels.push(channel.label.clone());
            }
        }
        if conflict.missing.is_empty() {
            return;
        }
        let mut names_here = BTreeSet::new();
        let mut elsewhere: BTreeMap<Platform, BTreeSet<String>> = BTreeMap::new();
        for channel in &base.channels {
            for other in base.request().platforms.iter().copied().chain([Subdir::NoArch]) {
                // `noarch` is there for this platform.
                if !channel.is_for(if other == Subdir::NoArch { platform } else { other }) {
                    continue;
                }
                let names = self.sources.names(&channel.channel, other).await.unwrap_or_default();
                if other == platform || other == Subdir::NoArch {
                    names_here.extend(names);
                } else {
                    elsewhere.entry(other).or_default().extend(names);
                }
            }
        }
        let here: Vec<&str> = names_here.iter().map(String::as_str).collect();
        let names = &base.request().environment.names;
        for MissingPackage { requirement, near, called, elsewhere: others } in &mut conflict.missing
        {
            let wanted = base.request().environment.requirements[*requirement].name.as_normalized();
            *near = nearest(wanted, here.iter().copied()).into_iter().map(str::to_owned).collect();
            *called = conda_names(wanted, names);
            called.retain(|name| names_here.contains(name));
            *others = elsewhere
                .iter()
                .filter(|(_, names)| names.contains(wanted))
                .map(|(platform, _)| *platform)
                .collect();
        }
    }
}

/// What a follower needs, out of the records of the environment that it names.
fn cut_out(
    follower: &Request,
    platform: Platform,
    records: &[RepoDataRecord],
    now: Timestamp,
) -> Result<Vec<RepoDataRecord>, Failure> {
    subset(&problem(follower, platform, Vec::new(), &[], now), records).map_err(|absent| {
        let applicable: Vec<usize> = follower
            .environment
            .requirements
            .iter()
            .enumerate()
            .filter(|(_, wanted)| wanted.applies_to(platform))
            .map(|(index, _)| index)
            .collect();
        Failure::Conflict(Box::new(Conflict {
            not_in_base: absent.iter().map(|nth| applicable[*nth]).collect(),
            ..Conflict::default()
        }))
    })
}

fn problem<'a>(
    request: &'a Request,
    platform: Platform,
    constraints: Vec<&'a Requirement>,
    channels: &'a [ResolvedChannel],
    now: Timestamp,
) -> Problem<'a> {
    let locked = request.previous.as_ref().and_then(|lock| lock.platforms.get(&platform));
    Problem {
        environment: &request.environment,
        platform,
        constraints,
        locked: locked.map(|lock| lock.records.as_slice()).unwrap_or_default(),
        upgrade: &request.upgrade,
        furthest: request.furthest,
        cooldown: request.environment.options.cooldown(Some(now)),
        channels,
    }
}

/// What following environments impose, and where each of that comes from.
fn constraints(base: &Base, platform: Platform) -> (Vec<(String, usize)>, Vec<&Requirement>) {
    base.followers()
        .filter(|follower| follower.platforms.contains(&platform))
        .flat_map(|follower| {
            let environment = &follower.environment;
            let requirements = environment.requirements.iter().enumerate();
            requirements
                .filter(move |(_, wanted)| wanted.applies_to(platform))
                .map(|(index, wanted)| ((environment.name.clone(), index), wanted))
        })
        .unzip()
}

#[cfg(test)]
mod tests;
