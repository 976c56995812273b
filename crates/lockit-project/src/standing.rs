//! Whether the lockfiles of an environment hold, and why not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::Format;
use lockit_lockfile::pixi::PixiVersion;
use lockit_lockfile::satisfaction::{self, Basis, ParsedRecords, Reason, Satisfaction};
use lockit_spec::Platform;

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
}

impl Plan {
    /// Why the lockfiles of an entry do not hold, for each of the kinds.
    pub fn staleness(&self, entry: &Entry, kinds: &[Format]) -> Vec<Staleness> {
        kinds.iter().map(|kind| self.staleness_of(entry, *kind)).collect()
    }

    fn staleness_of(&self, entry: &Entry, kind: Format) -> Staleness {
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
            };
        };
        let (basis, reasons) = self.reasons(entry, existing);
        let mut diagnostics = satisfaction::diagnostics(&reasons);
        diagnostics.extend(entry.dropped_files(&[kind]).iter().map(|path| {
            Diagnostic::error(format!(
                "`{}` is superfluous: its platform is no longer wanted",
                entry.around.shown(path).display()
            ))
        }));
        Staleness { kind, diagnostics, basis }
    }

    /// Why a lock of an entry does not hold, and what decided about each platform.
    pub fn reasons(
        &self,
        entry: &Entry,
        existing: &Existing,
    ) -> (BTreeMap<Platform, Basis>, Vec<Reason>) {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let Satisfaction { basis, mut reasons } = entry.report(existing, &mut parsed);
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
        let told: Vec<Platform> = reasons
            .iter()
            .filter(|reason| {
                // Variables are no part of the inputs that choose packages.
                !matches!(reason, Reason::InputsChanged { .. } | Reason::VariablesChanged { .. })
            })
            .filter_map(Reason::platform)
            .collect();
        reasons.retain(|reason| match reason {
            Reason::InputsChanged { platform } => !told.contains(platform),
            _ => true,
        });
        let base = entry.wanted.environment.same_versions_as.as_ref();
        if let Some(base) = base.and_then(|base| self.entry(base))
            && let Some(base) = base.existing(existing.kind).or_else(|| base.existing.first())
        {
            reasons.extend(satisfaction::same_records(&existing.lock, &base.lock));
        }
        reasons.extend(self.unlike_its_group(entry, existing));
        (basis, reasons)
    }

    /// Whether locking again would change nothing: every lockfile is there, satisfies its specs,
    /// and was made from the same inputs.
    pub fn is_fresh(&self, how: Writing) -> bool {
        self.entries.iter().all(|entry| {
            entry.kinds().iter().all(|kind| {
                let Some(existing) = entry.existing(*kind) else { return false };
                let same_inputs = entry.hashes_of(*kind).iter().all(|(platform, hash)| {
                    existing.lock.platforms.get(platform).is_some_and(|locked| {
                        let Some(recorded) = &locked.input_hash else { return true };
                        // Only lockit's own files follow a change of words that changes nothing else.
                        recorded == hash
                            && locked.content_hash.as_ref().is_none_or(|recorded| {
                                let now = entry.content_hashes().get(platform);
                                now.is_none_or(|now| now.accepts(recorded))
                            })
                    })
                });
                let digests = *kind != Format::Explicit
                    || existing.lock.platforms.values().flat_map(|locked| &locked.records).all(
                        // An explicit file names one digest for each package.
                        |record| {
                            if how.md5 { record.sha256.is_none() } else { record.md5.is_none() }
                        },
                    );
                // They can always be taken out; that they are back is seen where the file says what it lacks.
                let credentials = if how.strip_auth {
                    !existing.lock.has_credentials()
                } else {
                    existing.lock.authenticated.is_empty()
                };
                same_inputs
                    && !existing.has_former_name
                    && !self.holds_others(existing)
                    && how.pixi_version.is_none_or(|wanted| entry.is_version(*kind, wanted))
                    && digests
                    && credentials
                    && self.staleness_of(entry, *kind).diagnostics.is_empty()
            }) && entry.disagreement().is_none()
        })
    }

    /// Whether a lockfile of several environments holds some that the project no longer has.
    fn holds_others(&self, existing: &Existing) -> bool {
        let held: Vec<&str> = existing.held.iter().map(String::as_str).collect();
        let is_ours =
            |name: &&str| self.entries.iter().any(|one| one.wanted.shared_name.is(name, &held));
        self.complete && !held.iter().all(is_ours)
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

    /// Why a lock does not satisfy this environment.
    fn report(&self, existing: &Existing, parsed: &mut ParsedRecords) -> Satisfaction {
        // A lock that says that it leaves them out is what it says.
        let skip_pip = self.skip_pip || existing.skips_pip();
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
