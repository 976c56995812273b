//! What a lock records of its making, held against what it would be made from now.

use lockit_spec::Cutoff;

use super::Checker;
use super::reason::Reason;
use crate::InputArea;

impl Checker<'_, '_> {
    /// Which variables changed, where the format keeps them.
    pub(super) fn variables(&self) -> Option<Reason> {
        let locked = self.chosen.variables.as_ref()?;
        let wanted = &self.wanted.environment.variables;
        let mut names: Vec<String> = wanted
            .keys()
            .chain(locked.keys())
            .filter(|name| wanted.get(*name) != locked.get(*name))
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        (!names.is_empty()).then_some(Reason::VariablesChanged { names, platform: self.platform })
    }

    /// Where records have no timestamps, as in conda-lock.yml, the cutoff that the lock was made
    /// with must answer for them. Only lockfiles that name what was asked for would have recorded it.
    pub(super) fn unknown_ages(&self) -> Option<Reason> {
        let Cutoff::Instant(cutoff) =
            self.wanted.environment.options.exclude_newer.as_ref()?.cutoff
        else {
            return None;
        };
        let made_with = self.chosen.exclude_newer;
        let is_unknown = self.chosen.requested.is_some()
            && (self.chosen.records.iter().any(|record| record.appeared().is_none())
                || !self.chosen.pip.is_empty())
            && made_with.is_none_or(|made_with| made_with > cutoff);
        is_unknown.then_some(Reason::AgesUnknown { cutoff, made_with, platform: self.platform })
    }

    /// What was exempt and is so no longer may be too new, where nothing says how old packages are.
    pub(super) fn gone_exceptions(&self) -> Option<Reason> {
        let wanted = &self.wanted.environment.options.exclude_newer_package;
        let about = |recorded: &str| {
            recorded.rsplit_once('=').map_or("", |(about, _)| about.trim()).to_owned()
        };
        let is_gone = |recorded: &&String| {
            let about = about(recorded);
            wanted.iter().all(|one| one.about() != about)
        };
        let exceptions: Vec<String> =
            self.chosen.exclude_newer_package.iter().filter(is_gone).cloned().collect();
        let undated = self.chosen.records.iter().any(|record| record.appeared().is_none());
        (undated
            && !exceptions.is_empty()
            && !self.wanted.environment.options.cooldown(None).is_empty())
        .then_some(Reason::ExceptionsGone { exceptions, platform: self.platform })
    }

    /// What changed since the hash was recorded, of which packages show nothing.
    pub(super) fn inputs(&self) -> Option<Reason> {
        let recorded = self.chosen.input_hash.as_ref()?;
        let now = self.wanted.input_hashes.get(&self.platform);
        let mut areas = now.map_or(InputArea::ALL.to_vec(), |now| now.changes(recorded));
        if areas.iter().any(|area| *area != InputArea::Versions) {
            // Where it is not all, packages show whether the versions still hold.
            if areas.len() < InputArea::ALL.len() {
                areas.retain(|area| *area != InputArea::Versions);
            }
            return Some(Reason::InputsChanged { areas, platform: self.platform });
        }
        None
    }

    /// Where packages do not say what they need of each other, nor the file what it was made from, conda-lock's hash
    /// may know.
    pub(super) fn without_hash(&self) -> Option<Reason> {
        if self.chosen.input_hash.is_some() {
            return None;
        }
        let platform = self.platform;
        let now = self.wanted.content_hashes.get(&platform);
        match self.chosen.content_hash.as_ref().zip(now) {
            Some((recorded, now)) if now.accepts(recorded) => None,
            Some(_) => Some(Reason::InputsChanged { areas: InputArea::ALL.to_vec(), platform }),
            None => Some(Reason::InputsUnknown { platform }),
        }
    }
}
