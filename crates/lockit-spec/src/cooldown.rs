//! Which packages are too new: `exclude-newer`, and what `exclude-newer-package` says besides.
//!
//! What is said of a package counts in the place of what is said of its channel, and that in the place of what is said of all, as in
//! conda. What is said of releases only ever lets more in, as in pixi.

use jiff::Timestamp;
use rattler_conda_types::MatchSpec;

use crate::cutoff_exception::{CutoffException, Subject};
use crate::{Cutoff, ExcludeNewer, SolveOptions, channel_identity};

/// Why a package is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// It appeared after this moment.
    Newer(Timestamp),
    /// Nobody says when it appeared.
    Undated,
}

/// What is too new at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Cooldown<'a> {
    general: Option<&'a ExcludeNewer>,
    exceptions: &'a [CutoffException],
    now: Option<Timestamp>,
}

impl SolveOptions {
    /// What is too new at a moment. Where none is given, ages exclude nothing.
    pub fn cooldown(&self, now: Option<Timestamp>) -> Cooldown<'_> {
        let (general, exceptions) = (self.exclude_newer.as_ref(), &*self.exclude_newer_package);
        Cooldown { general, exceptions, now }
    }
}

/// A package of a channel.
#[derive(Debug, Clone, Copy)]
pub struct Dated<'a> {
    /// Its normalised name.
    pub name: &'a str,
    /// Its channel.
    pub channel: Option<&'a str>,
    /// When it appeared.
    pub time: Option<Timestamp>,
}

impl Cooldown<'_> {
    /// Whether there is anything that could exclude a package.
    pub fn is_empty(&self) -> bool {
        self.general.is_none() && self.exceptions.is_empty()
    }

    /// The one moment for all packages; `None` where there is none, or some have another.
    pub fn single(&self) -> Option<Timestamp> {
        self.general.filter(|_| self.exceptions.is_empty()).and_then(|limit| self.moment(limit))
    }

    /// Why a package is left out; `matches` says whether it fits a spec.
    pub fn excludes(
        &self,
        package: Dated<'_>,
        matches: impl Fn(&MatchSpec) -> bool,
    ) -> Option<Exclusion> {
        // The last word counts, as with flags behind each other.
        let last = |is_meant: &dyn Fn(&Subject) -> bool| {
            self.exceptions.iter().rev().find(|one| is_meant(&one.subject))
        };
        let identity = || package.channel.map(channel_identity);
        let is_let_in = self.exceptions.iter().any(|one| {
            let Subject::Release { spec, channel } = &one.subject else { return false };
            let is_of_name =
                spec.name.as_exact().is_some_and(|n| n.as_normalized() == package.name);
            is_of_name
                && one.until.as_ref().is_none_or(|until| {
                    let until = self.moment(until);
                    until.is_none_or(|until| package.time.is_some_and(|time| time <= until))
                })
                && matches(spec)
                && channel.as_ref().is_none_or(|channel| identity().as_ref() == Some(channel))
        });
        if is_let_in {
            return None;
        }
        let names_channels =
            self.exceptions.iter().any(|one| matches!(one.subject, Subject::Channel(_)));
        let own_channel = if names_channels { identity() } else { None };
        let exception = last(&|subject| {
            matches!(subject, Subject::Package(name) if name == package.name)
        })
        .or_else(|| {
            last(&|subject| {
                matches!(subject, Subject::Channel(channel) if Some(channel) == own_channel.as_ref())
            })
        });
        let limit = match exception {
            Some(exception) => exception.until.as_ref()?,
            None => self.general?,
        };
        let limit = self.moment(limit)?;
        match package.time {
            Some(time) if time > limit => Some(Exclusion::Newer(limit)),
            Some(_) => None,
            None => Some(Exclusion::Undated),
        }
    }

    /// `None` for an age where the moment is not known.
    fn moment(&self, limit: &ExcludeNewer) -> Option<Timestamp> {
        match (limit.cutoff, self.now) {
            (Cutoff::Instant(instant), _) => Some(instant),
            (Cutoff::Age(_), Some(now)) => Some(limit.instant(now)),
            (Cutoff::Age(_), None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(general: Option<&str>, exceptions: &[&str]) -> SolveOptions {
        SolveOptions {
            exclude_newer: general.map(|text| ExcludeNewer::parse(text).unwrap()),
            exclude_newer_package: exceptions.iter().map(|text| text.parse().unwrap()).collect(),
            ..SolveOptions::default()
        }
    }

    /// Whether `name` of a channel, dated, is left out. Specs match when they name version 1.
    fn left_out(options: &SolveOptions, name: &str, channel: &str, date: Option<&str>) -> bool {
        let now = "2026-03-10T00:00:00Z".parse().unwrap();
        let time = date.map(|date| format!("{date}T00:00:00Z").parse().unwrap());
        let package = Dated { name, channel: Some(channel), time };
        let is_first =
            |spec: &MatchSpec| spec.version.as_ref().is_none_or(|one| one.to_string() == "==1");
        options.cooldown(Some(now)).excludes(package, is_first).is_some()
    }

    #[test]
    fn a_package_goes_before_its_channel_and_that_before_all() {
        let exceptions = ["openssl=false", "old=2020-01-01", "team::*=2026-02-28", "free::*=false"];
        let options = options(Some("2026-01-31"), &exceptions);
        for (name, channel, date, expected) in [
            ("numpy", "conda-forge", Some("2026-02-10"), true),
            ("numpy", "conda-forge", Some("2026-01-10"), false),
            ("numpy", "conda-forge", None, true),
            ("openssl", "conda-forge", Some("2026-02-10"), false),
            ("openssl", "conda-forge", None, false),
            // Also the other way: one that must be older than all others.
            ("old", "conda-forge", Some("2026-01-10"), true),
            ("numpy", "team", Some("2026-02-10"), false),
            ("numpy", "https://conda.anaconda.org/team/", Some("2026-02-10"), false),
            ("numpy", "team", Some("2026-03-05"), true),
            ("old", "team", Some("2026-01-10"), true),
            ("numpy", "free", None, false),
        ] {
            assert_eq!(
                left_out(&options, name, channel, date),
                expected,
                "{name} {channel} {date:?}"
            );
        }
    }

    #[test]
    fn releases_are_let_in_and_others_are_not() {
        let text =
            ["polars ==1=false", "numpy==1=2026-02-20", "conda-forge::ruff=false", "old ==2=false"];
        let options = options(Some("2026-01-31"), &text);
        let late = Some("2026-02-10");
        for (name, channel, date, expected) in [
            ("polars", "conda-forge", late, false),
            ("polars", "conda-forge", None, false),
            ("numpy", "conda-forge", late, false),
            ("numpy", "conda-forge", Some("2026-03-01"), true),
            ("numpy", "conda-forge", None, true),
            ("ruff", "conda-forge", late, false),
            ("ruff", "other", late, true),
            ("old", "conda-forge", late, true),
        ] {
            assert_eq!(
                left_out(&options, name, channel, date),
                expected,
                "{name} {channel} {date:?}"
            );
        }
    }

    #[test]
    fn an_exception_can_stand_alone_and_ages_need_a_now() {
        let options = options(None, &["numpy=7d"]);
        assert!(left_out(&options, "numpy", "c", Some("2026-03-09")));
        assert!(!left_out(&options, "numpy", "c", Some("2026-03-01")));
        assert!(!left_out(&options, "pandas", "c", Some("2026-03-09")));
        let package = Dated { name: "numpy", channel: None, time: None };
        assert_eq!(options.cooldown(None).excludes(package, |_| true), None);
        assert!(options.cooldown(None).single().is_none() && !options.cooldown(None).is_empty());
    }
}
