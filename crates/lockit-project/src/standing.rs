//! Whether the lockfiles of an environment hold, and why not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, PoisonError};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::pixi::PixiVersion;
use lockit_lockfile::satisfaction::{self, Basis, ParsedRecords, Reason, Satisfaction};
use lockit_lockfile::{Format, InputArea, Record};
use lockit_spec::{Platform, plain_path};

use super::existing::Existing;
use super::plan::{Entry, Plan};

/// How lockfiles are written, as far as it shows in what is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Writing {
    /// Whether explicit files have md5 instead of sha256 digests.
    pub md5: bool,
    /// Whether credentials are left out.
    pub strip_auth: bool,
    /// The version of pixi.lock; that of the file that is there when nobody says.
    pub pixi_version: Option<PixiVersion>,
}

/// Why one kind of lockfile is not up to date.
#[derive(Debug)]
pub struct Staleness {
    /// The kind.
    pub kind: Format,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
    /// What decided about each platform.
    pub basis: BTreeMap<Platform, Basis>,
    /// Whether a spec asks for more of the machines than is assumed, so that no run can lock it as things are.
    pub asks_more_of_machines: bool,
}

impl Plan {
    /// Why the lockfiles of an entry do not hold, for each of the kinds. `how` is how a run would write them; without it
    /// they may be written in any way, and may leave out what they say they leave out.
    pub fn staleness(
        &self,
        entry: &Entry,
        kinds: &[Format],
        how: Option<Writing>,
    ) -> Vec<Staleness> {
        kinds.iter().map(|kind| self.staleness_of(entry, *kind, how)).collect()
    }

    fn staleness_of(&self, entry: &Entry, kind: Format, how: Option<Writing>) -> Staleness {
        let Some(existing) = entry.existing(kind) else {
            let name = &entry.wanted.environment.name;
            return Staleness {
                kind,
                diagnostics: vec![Diagnostic::error(
                    if entry.files(kind).iter().any(|(_, path)| entry.around.files.has(path)) {
                        format!(
                            "`{name}` is not locked: {} does not hold it",
                            entry.files_text(kind)
                        )
                    } else {
                        format!("`{name}` is not locked: there is no {}", entry.files_text(kind))
                    },
                )],
                basis: BTreeMap::new(),
                asks_more_of_machines: false,
            };
        };
        let Satisfaction { basis, reasons } = self.judged(entry, existing, how.is_some());
        let mut diagnostics = satisfaction::diagnostics(&reasons);
        diagnostics.extend(entry.dropped_files(&[kind]).iter().map(|path| {
            Diagnostic::error(format!(
                "`{}` is superfluous: its platform is no longer wanted",
                entry.around.shown(path).display()
            ))
        }));
        diagnostics.extend(self.misplaced(entry, existing).map(Diagnostic::error));
        diagnostics.extend(entry.other_sources(existing).map(Diagnostic::error));
        let otherwise = how.and_then(|how| entry.written_otherwise(existing, how));
        diagnostics.extend(otherwise.map(Diagnostic::error));
        let of_spec =
            |reason: &Reason| matches!(reason, Reason::VirtualPackageUnmet { package: None, .. });
        let asks_more_of_machines = reasons.iter().any(of_spec);
        Staleness { kind, diagnostics, basis, asks_more_of_machines }
    }

    /// Why a lock of an entry does not hold, and what decided about each platform.
    pub fn reasons(
        &self,
        entry: &Entry,
        existing: &Existing,
    ) -> (BTreeMap<Platform, Basis>, Vec<Reason>) {
        let Satisfaction { basis, reasons } = self.judged(entry, existing, false);
        (basis, reasons)
    }

    fn judged(&self, entry: &Entry, existing: &Existing, is_to_write: bool) -> Satisfaction {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        // A lock that says that it leaves PyPI packages out is what it says, but for a run that writes them.
        let skip_pip = self.skip_pip || (existing.skips_pip() && !is_to_write);
        let Satisfaction { basis, mut reasons } = entry.report(existing, skip_pip, &mut parsed);
        // Flags may choose a part of the platforms; the others are none of this run's business.
        reasons.retain(|reason| match reason {
            Reason::PlatformSuperfluous { platform, .. } => {
                !entry.wanted.declared.contains(platform)
            }
            // The records are those of the environment that is followed, and so are the channels.
            Reason::ForeignChannel { .. } => entry.wanted.environment.same_versions_as.is_none(),
            _ => true,
        });
        // That the inputs changed goes without saying where it is known in what way.
        let other_channels =
            reasons.iter().any(|reason| matches!(reason, Reason::ChannelsChanged { .. }));
        let platforms = |is_meant: fn(&&Reason) -> bool| -> Vec<Platform> {
            reasons.iter().filter(is_meant).filter_map(Reason::platform).collect()
        };
        // Variables are one of several settings.
        let with_variables = platforms(|one| matches!(one, Reason::VariablesChanged { .. }));
        let told = platforms(|one| {
            !matches!(one, Reason::InputsChanged { .. } | Reason::VariablesChanged { .. })
        });
        reasons.retain(|reason| match reason {
            Reason::InputsChanged { platform, areas } => {
                let is_known = other_channels || with_variables.contains(platform);
                !(told.contains(platform) || is_known && *areas == [InputArea::Solve])
            }
            _ => true,
        });
        let base = entry.wanted.environment.same_versions_as.as_ref();
        if let Some(base) = base.and_then(|base| self.entry(base))
            && let Some(base) = base.existing(existing.kind).or_else(|| base.existing.first())
        {
            reasons.extend(satisfaction::same_records(&existing.lock, &base.lock));
        }
        reasons.extend(self.unlike_its_group(entry, existing));
        Satisfaction { basis, reasons }
    }

    /// Whether locking again would change nothing: what [`Plan::staleness`] judges, of every kind of every environment.
    pub fn is_fresh(&self, how: Writing) -> bool {
        self.entries.iter().all(|entry| {
            let kinds = entry.kinds().iter();
            let mut staleness = kinds.map(|kind| self.staleness_of(entry, *kind, Some(how)));
            staleness.all(|one| one.diagnostics.is_empty()) && entry.disagreement().is_none()
        })
    }

    /// What is wrong with the environments that a lockfile of several has.
    fn misplaced(&self, entry: &Entry, existing: &Existing) -> Option<String> {
        let held: Vec<&str> = existing.held.iter().map(String::as_str).collect();
        let file = || entry.files_text(existing.kind);
        let name = &entry.wanted.shared_name;
        if let Some(former) = name.find(&held).filter(|_| existing.has_former_name) {
            return Some(format!(
                "{} calls the environment `{former}`, which is now called `{}`",
                file(),
                name.written(&held)
            ));
        }
        let others: Vec<String> =
            self.others(existing).into_iter().map(|other| format!("`{other}`")).collect();
        (!others.is_empty()).then(|| {
            format!("{} holds {}, which the project no longer has", file(), others.join(", "))
        })
    }

    /// The environments of a lockfile of several that the project no longer has.
    fn others<'a>(&self, existing: &'a Existing) -> Vec<&'a str> {
        let held: Vec<&str> = existing.held.iter().map(String::as_str).collect();
        let is_ours =
            |name: &str| self.entries.iter().any(|one| one.wanted.shared_name.is(name, &held));
        held.iter().copied().filter(|name| self.complete && !is_ours(name)).collect()
    }

    /// Leaves out the platforms whose lockfiles record the hash that conda-lock makes of the inputs as they are
    /// now (`--check-input-hash`), and the environments of which nothing is left. Returns the platforms.
    pub fn leave_out_known_inputs(&mut self) -> BTreeSet<Platform> {
        let mut known = BTreeSet::new();
        for entry in &mut self.entries {
            let kinds = entry.kinds().to_vec();
            let is_known = |platform: &Platform| {
                let Some(now) = entry.content_hashes().get(platform) else { return false };
                kinds.iter().all(|kind| {
                    entry
                        .existing(*kind)
                        .and_then(|existing| existing.lock.platforms.get(platform))
                        .and_then(|locked| locked.content_hash.as_ref())
                        .is_some_and(|recorded| now.accepts(recorded))
                })
            };
            let (leave, keep): (Vec<Platform>, Vec<Platform>) =
                entry.wanted.environment.platforms.iter().copied().partition(is_known);
            // The file goes on holding them.
            entry.wanted.declared.extend(&leave);
            known.extend(leave);
            entry.wanted.environment.platforms = keep;
        }
        self.retain(|entry| !entry.wanted.environment.platforms.is_empty());
        known
    }
}

impl Entry {
    /// Whether a lockfile is of a version, which only pixi.lock has several of.
    fn is_version(&self, kind: Format, wanted: PixiVersion) -> bool {
        kind != Format::Pixi
            || self.files(kind).iter().all(|(_, path)| {
                let text = self.around.files.read(path);
                text.is_ok_and(|file| PixiVersion::of(file.text()) == Some(wanted))
            })
    }

    /// What is to be said where a lockfile names other specs than those it is made from now.
    fn other_sources(&self, existing: &Existing) -> Option<String> {
        // Only what lockit wrote says it so that it can be compared.
        let mut locked = existing.lock.platforms.values();
        if existing.lock.sources.is_empty() || !locked.any(|one| one.requested.is_some()) {
            return None;
        }
        let (_, path) = self.files(existing.kind).into_iter().next()?;
        let name = path.strip_prefix(&self.root).ok()?;
        // What a file above the project writes is not told from where it lies.
        if !name.components().all(|part| matches!(part, Component::Normal(_))) {
            return None;
        }
        let folder = path.parent().unwrap_or(&self.root);
        let places = |from: &Path, names: &mut dyn Iterator<Item = &Path>| -> BTreeSet<PathBuf> {
            names.map(|name| plain_path(&from.join(name))).collect()
        };
        let recorded = places(folder, &mut existing.lock.sources.iter().map(Path::new));
        let now = places(&self.root, &mut self.wanted.sources.iter().map(PathBuf::as_path));
        if recorded == now {
            return None;
        }
        let shown = |paths: &BTreeSet<PathBuf>| {
            let names = paths.iter().map(|path| format!("`{}`", self.around.shown(path).display()));
            names.collect::<Vec<_>>().join(", ")
        };
        Some(format!(
            "{} was made from {}, and is made from {} now",
            self.files_text(existing.kind),
            shown(&recorded),
            shown(&now)
        ))
    }

    /// How lockfiles that hold differ from what a run would write.
    fn written_otherwise(&self, existing: &Existing, how: Writing) -> Option<String> {
        let kind = existing.kind;
        let file = || self.files_text(kind);
        let mut records = existing.lock.platforms.values().flat_map(|locked| &locked.records);
        // An explicit file names one digest for each package.
        let is_other = |record: &Arc<Record>| {
            if how.md5 { record.sha256.is_some() } else { record.md5.is_some() }
        };
        if kind == Format::Explicit && records.any(is_other) {
            let (is, wanted) = if how.md5 { ("sha256", "md5") } else { ("md5", "sha256") };
            return Some(format!("{} has {is} digests where this run writes {wanted}", file()));
        }
        // They can always be taken out; that they are back is seen where the file says what it lacks.
        if how.strip_auth && existing.lock.has_credentials() {
            return Some(format!("{} has credentials, which `--strip-auth` leaves out", file()));
        }
        if !how.strip_auth && !existing.lock.authenticated.is_empty() {
            return Some(format!("{} was made with `--strip-auth`, and this run is not", file()));
        }
        how.pixi_version.filter(|wanted| !self.is_version(kind, *wanted)).map(|_| {
            format!("{} is of another version than `--pixi-lock-version` asks for", file())
        })
    }

    /// Why a lock does not satisfy this environment.
    fn report(
        &self,
        existing: &Existing,
        skip_pip: bool,
        parsed: &mut ParsedRecords,
    ) -> Satisfaction {
        let input_hashes = if skip_pip == self.skip_pip {
            Cow::Borrowed(self.hashes_of(existing.kind))
        } else {
            let all = self.hashes_of_all(skip_pip);
            Cow::Owned(match self.part(existing.kind) {
                Some(part) => part.hashes(&all),
                None => all,
            })
        };
        let no_hashes = BTreeMap::new();
        let mut locked = existing.lock.platforms.values();
        let content_hashes = if locked.any(|locked| locked.content_hash.is_some()) {
            self.content_hashes()
        } else {
            &no_hashes
        };
        satisfaction::check(
            &existing.lock,
            satisfaction::Expected {
                environment: self
                    .part(existing.kind)
                    .map_or(&self.wanted.environment, |part| &part.environment),
                input_hashes: &input_hashes,
                skip_pip,
                content_hashes,
            },
            parsed,
        )
    }
}
