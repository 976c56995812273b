//! The part of `lockit lock` that solves and writes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lockit_diagnostic::Diagnostic;
use lockit_diff::locks::{self, CompareOptions, EnvironmentDiff};
use lockit_lockfile::{Lock, Metadata};
use lockit_solver::{
    Bounds, Failure, Network, NoProgress, Outcome, Progress, Request, Session, Unsolvable, Upgrade,
};
use lockit_spec::{Environment, Lineage, Platform, Step};

use crate::args::lock::LockArgs;
use crate::args::network::NetworkArgs;
use crate::args::write::WriteArgs;
use crate::relock::assemble::assemble;
use crate::relock::lockfiles::{Lockfiles, drop_files};
use crate::relock::pypi;
use crate::relock::summary::{EnvironmentSummary, Summary, say_what_stays};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::progress::Bars;
use crate::world::context::Context;
use crate::world::variables::Variables;
use lockit_project::plan::{Entry, Plan};
use lockit_project::standing::Writing;

/// What may move, and how far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upgrading {
    pub(crate) what: Upgrade,
    pub(crate) furthest: Step,
}

/// One environment that was solved: its lock, which is let go of when it is written.
struct Locked<'a> {
    entry: &'a Entry,
    /// The platforms that could be solved.
    lock: Lock,
    /// How it differs from what was locked before, on these platforms.
    diff: EnvironmentDiff,
    outcomes: Vec<Outcome>,
}

/// What came out of a solve.
pub(crate) struct Solved<'a> {
    /// Each environment, as the plan has them.
    pub(crate) environments: Vec<EnvironmentSummary<'a>>,
    /// How each of these differs from what was locked before, on the platforms that could be solved.
    pub(crate) diffs: Vec<EnvironmentDiff>,
    /// When the oldest build of each conda package was made.
    pub(crate) oldest: BTreeMap<String, Timestamp>,
    /// What there is to write.
    lockfiles: Lockfiles<'a>,
    /// Why others could not.
    pub(crate) unsolved: Unsolved,
}

/// Why environments could not be solved.
#[derive(Default)]
pub(crate) struct Unsolved {
    pub(crate) diagnostics: Vec<Diagnostic>,
    reached: Reached,
}

/// How far a run came, what counts more last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Reached {
    /// Nothing is known but that channels cannot be had.
    #[default]
    Nothing,
    /// Something could be solved.
    Something,
    /// Indexes of PyPI packages cannot be asked.
    DeadIndex,
    /// What is asked for cannot be had.
    NoSolution,
}

impl Reached {
    fn by(outcome: &Outcome) -> Self {
        match outcome.result {
            Ok(_) => Self::Something,
            Err(Failure::Fetch(_) | Failure::Channel { .. } | Failure::Base { .. }) => {
                Self::Nothing
            }
            Err(Failure::PypiUnreachable) => Self::DeadIndex,
            Err(_) => Self::NoSolution,
        }
    }
}

impl Unsolved {
    pub(crate) fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// Unsolvable specs are for the user to mend. A dead network is an error, in every verb: a job must not look well for
    /// weeks because a channel is gone.
    pub(crate) fn into_error(self) -> CommandError {
        match self.reached {
            Reached::Something | Reached::NoSolution => CommandError::failure(self.diagnostics),
            Reached::Nothing | Reached::DeadIndex => CommandError::from(self.diagnostics),
        }
    }
}

/// Solves what the plan wants and writes the lockfiles. `moving` are the packages to upgrade.
pub(crate) fn solve(
    plan: &Plan,
    args: &LockArgs,
    moving: &BTreeSet<String>,
    started: Instant,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let what = if args.upgrade {
        Upgrade::All { but: BTreeSet::new() }
    } else if moving.is_empty() {
        Upgrade::Nothing
    } else {
        Upgrade::Packages(moving.clone())
    };
    let upgrading = Upgrading { what, ..Upgrading::default() };
    let metadata = |entry: &Entry, lock: &Lock| args.conda_lock.metadata.tell(entry, lock, context);
    let mut solved =
        solved_with(plan, &upgrading, &args.network, args.write.writing(), &metadata, context)?;
    write(plan, &mut solved, &args.write, moving, started, context)?;
    if solved.unsolved.is_empty() {
        Ok(ExitStatus::Success)
    } else {
        Err(solved.unsolved.into_error())
    }
}

/// Solves what the plan wants and writes nothing.
pub(crate) fn solved<'a>(
    plan: &'a Plan,
    upgrading: &Upgrading,
    network: &NetworkArgs,
    writing: Writing,
    context: &Context,
) -> Result<Solved<'a>, CommandError> {
    let metadata = |_: &Entry, _: &Lock| Ok(Metadata::default());
    solved_with(plan, upgrading, network, writing, &metadata, context)
}

fn solved_with<'a>(
    plan: &'a Plan,
    upgrading: &Upgrading,
    network: &NetworkArgs,
    writing: Writing,
    metadata: &dyn Fn(&Entry, &Lock) -> Result<Metadata, CommandError>,
    context: &Context,
) -> Result<Solved<'a>, CommandError> {
    let mut lockfiles = Lockfiles::new(plan, writing);
    let mut oldest: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut told: Vec<(usize, EnvironmentSummary<'_>, EnvironmentDiff)> = Vec::new();
    let moving = match &upgrading.what {
        Upgrade::Packages(names) => names.clone(),
        Upgrade::Nothing | Upgrade::All { .. } => BTreeSet::new(),
    };
    let unsolved = each_locked(plan, upgrading, network, context, |place, locked| {
        let Locked { entry, mut lock, diff, outcomes } = locked;
        lock.metadata = metadata(entry, &lock)?;
        lockfiles.add(entry, &lock)?;
        for record in lock.platforms.values().flat_map(|locked| &locked.records) {
            let Some(time) = record.timestamp else { continue };
            match oldest.get_mut(&record.name) {
                Some(known) => *known = time.min(*known),
                None => drop(oldest.insert(record.name.clone(), time)),
            }
        }
        told.push((place, EnvironmentSummary::new(entry, &lock, outcomes, &moving), diff));
        Ok(())
    })?;
    lockfiles.finish()?;
    told.sort_by_key(|(place, ..)| *place);
    let (environments, diffs) =
        told.into_iter().map(|(_, environment, diff)| (environment, diff)).unzip();
    Ok(Solved { environments, diffs, oldest, lockfiles, unsolved })
}

/// Solves what the plan wants, and hands over one environment after the other with its place in the plan.
/// Returns why others could not be solved.
fn each_locked<'a>(
    plan: &'a Plan,
    upgrading: &Upgrading,
    network: &NetworkArgs,
    context: &Context,
    mut take: impl FnMut(usize, Locked<'a>) -> Result<(), CommandError>,
) -> Result<Unsolved, CommandError> {
    let uv = pypi::find_uv(plan, context)?;
    let batches = batches(plan, uv.is_some());
    let mut unsolvable = Unsolvable::default();
    let mut warnings: Vec<Diagnostic> = Vec::new();
    let mut of_pypi = Vec::new();
    let mut reached = Reached::default();
    let session = session(network, context)?;
    let mut places = batches.iter();
    let requests = batches.iter().map(|batch| {
        batch.iter().map(|place| request(plan, *place, upgrading)).collect::<Vec<_>>()
    });
    session.solve(requests, |requests, mut outcomes| {
        unsolvable.add(requests, &outcomes);
        let chosen = match &uv {
            Some(uv) => {
                let resolved = pypi::resolve(uv, plan, requests, &mut outcomes, network, context);
                let (chosen, warned, failed) = resolved;
                // What uv says of an index it says wherever it is used.
                warnings.extend(warned);
                of_pypi.extend(failed);
                chosen
            }
            None => pypi::PypiRecords::new(),
        };
        let places = places.next().expect("each batch is handed over once");
        let mut outcomes = outcomes.into_iter();
        for (place, request) in places.iter().zip(requests) {
            let mut outcomes: Vec<Outcome> =
                outcomes.by_ref().take(request.platforms.len()).collect();
            reached = outcomes.iter().map(Reached::by).fold(reached, Reached::max);
            // A group is only solved: its members are what is locked.
            let Some(entry) = plan.entries.get(*place) else { continue };
            let lock = assemble(entry, &mut outcomes, &chosen, context);
            let diff = difference(request.previous.as_ref(), &lock, entry);
            take(*place, Locked { entry, lock, diff, outcomes })?;
        }
        Ok::<_, CommandError>(())
    })?;
    // Freeing some hundred thousand records takes longer than ending the process does.
    std::mem::forget(session);
    let mut said: Vec<Diagnostic> = Vec::new();
    for warning in warnings {
        if !said.contains(&warning) {
            said.push(warning);
        }
    }
    context.printer.diagnostics(&said);
    let mut diagnostics = unsolvable.report();
    diagnostics.extend(of_pypi);
    Ok(Unsolved { diagnostics, reached })
}

/// How many platforms of environments are at least given to uv at a time, as long as there are so many.
const PYPI_AT_ONCE: usize = 32;

/// What is solved together, as places in the plan: each environment with those that follow it. With PyPI
/// packages several such families, because uv mostly waits for the network.
fn batches(plan: &Plan, with_pypi: bool) -> Vec<Vec<usize>> {
    let environments = || (0..).map_while(|place| environment(plan, place));
    let lineage: Lineage<'_> = environments().collect();
    let mut families: Vec<Vec<usize>> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, environment) in environments().enumerate() {
        let root = lineage.root_of(&environment.name);
        let family = *known.entry(root).or_insert(families.len());
        match families.get_mut(family) {
            Some(family) => family.push(place),
            None => families.push(vec![place]),
        }
    }
    if !with_pypi {
        return families;
    }
    let size = |batch: &[usize]| -> usize {
        batch
            .iter()
            .filter_map(|place| environment(plan, *place))
            .map(|one| one.platforms.len())
            .sum()
    };
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for family in families {
        match batches.last_mut().filter(|batch| size(batch) < PYPI_AT_ONCE) {
            Some(batch) => batch.extend(family),
            None => batches.push(family),
        }
    }
    // As the plan has them, so that messages are in that order.
    for batch in &mut batches {
        batch.sort_unstable();
    }
    batches
}

/// What changes. Platforms that keep what they have, because they could not be solved or were not asked for, are part
/// of the comparison: what moved on the others did not move on all.
fn difference(before: Option<&Lock>, after: &Lock, entry: &Entry) -> EnvironmentDiff {
    let mut before = before.map_or_else(|| Cow::Owned(Lock::default()), Cow::Borrowed);
    let mut after = Cow::Borrowed(after);
    let left: Vec<Platform> = before
        .platforms
        .keys()
        .filter(|platform| !after.platforms.contains_key(platform))
        .copied()
        .collect();
    for platform in left {
        let wanted = &entry.wanted;
        if wanted.environment.platforms.contains(&platform) || wanted.declared.contains(&platform) {
            let kept = before.platforms[&platform].clone();
            after.to_mut().platforms.insert(platform, kept);
        } else {
            before.to_mut().platforms.remove(&platform);
        }
    }
    if let Some(part) = entry.part_of_all() {
        // What was never written down did not come now.
        part.keep(after.to_mut());
    }
    let one = std::slice::from_ref;
    locks::compare(one(&before), one(&after), &CompareOptions::default()).remove(0)
}

/// Writes lockfiles and says what changed.
pub(crate) fn write(
    plan: &Plan,
    solved: &mut Solved<'_>,
    args: &WriteArgs,
    moving: &BTreeSet<String>,
    started: Instant,
    context: &Context,
) -> Result<(), CommandError> {
    if !solved.unsolved.is_empty() && args.all_or_nothing {
        context.printer.status("nothing is written (`--all-or-nothing`)");
        return Err(std::mem::take(&mut solved.unsolved).into_error());
    }
    let results = solved.lockfiles.put_away(args.dry_run, context)?;
    let Solved { environments, diffs, lockfiles, .. } = solved;
    let summary = Summary { environments, diffs, files: lockfiles.files(), results: &results };
    summary.print(started.elapsed(), args.dry_run, context);
    say_what_stays(moving, environments, diffs, context);
    for EnvironmentSummary { entry, left_behind, .. } in environments {
        for kind in left_behind {
            context.printer.status(&format!(
                "note: {} of `{}` was not renewed: kind `{kind}` was not asked for",
                entry.files_text(*kind),
                entry.wanted.environment.name
            ));
        }
    }
    drop_files(plan, args.dry_run, context)
}

/// Locks everything that the plan wants, holding what is locked, or fails.
pub(crate) fn relock<'a>(
    plan: &'a Plan,
    network: &NetworkArgs,
    context: &Context,
) -> Result<Vec<(&'a Entry, Lock)>, CommandError> {
    let mut locks = Vec::new();
    let unsolved = each_locked(plan, &Upgrading::default(), network, context, |place, locked| {
        locks.push((place, (locked.entry, locked.lock)));
        Ok(())
    })?;
    if !unsolved.is_empty() {
        return Err(unsolved.into_error());
    }
    locks.sort_by_key(|(place, _)| *place);
    Ok(locks.into_iter().map(|(_, lock)| lock).collect())
}

/// What is solved at a place: an environment of the plan, or behind those a group of them.
fn environment(plan: &Plan, place: usize) -> Option<&Environment> {
    match plan.entries.get(place) {
        Some(entry) => Some(&entry.wanted.environment),
        None => plan.groups.get(place - plan.entries.len()).map(|group| &group.environment),
    }
}

fn request(plan: &Plan, place: usize, upgrading: &Upgrading) -> Request {
    let environment = environment(plan, place).expect("places are those of the plan").clone();
    let previous = match plan.entries.get(place) {
        Some(entry) => entry.previous(),
        None => plan.groups[place - plan.entries.len()].previous(plan),
    };
    Request {
        platforms: environment.platforms.clone(),
        environment,
        previous,
        upgrade: upgrading.what.clone(),
        furthest: upgrading.furthest,
    }
}

impl From<&NetworkArgs> for Network {
    fn from(args: &NetworkArgs) -> Self {
        Self {
            offline: args.offline,
            timeout: Duration::from_secs(args.http_timeout),
            retries: args.http_retries,
            sharded: !args.no_sharded,
            bounds: Bounds {
                request_time: Duration::from_secs(args.http_request_timeout),
                repodata: args.max_repodata * 1024 * 1024,
            },
            cache_dir: None,
            conda: Arc::default(),
        }
    }
}

pub(crate) fn session(args: &NetworkArgs, context: &Context) -> Result<Session, CommandError> {
    context.variables.allow_configured()?;
    let conda = Arc::clone(&context.around.conda);
    let network = Network { conda, ..Network::from(args) };
    let progress: Arc<dyn Progress> =
        if context.progress { Arc::new(Bars::new()) } else { Arc::new(NoProgress) };
    Ok(Session::new(
        &network,
        context.directory().to_path_buf(),
        context.around.now,
        Arc::<Variables>::clone(&context.variables),
        progress,
    )?)
}
