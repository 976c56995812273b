//! What `exclude-newer-package` says: another moment for some packages than `exclude-newer`, or none.
//!
//! The names are those of uv and conda (`exclude-newer-package`, `exclude_newer_package`); releases and channels are what pixi's
//! `exemptions` and conda's `channel_settings` name.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use lockit_diagnostic::Hint;
use rattler_conda_types::{MatchSpec, PackageName, PackageNameMatcher};

use crate::{
    Cutoff, ExcludeNewer, ExcludeNewerError, channel_identity, normalise_pypi_name,
    parse_conda_spec,
};

/// What holds for some packages in the place of `exclude-newer`, or besides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutoffException {
    /// What it is about, as it was written.
    about: String,
    pub(crate) subject: Subject,
    /// `None` for `false`: no package is too new.
    pub(crate) until: Option<ExcludeNewer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// All releases of a package, by its name in channels or on PyPI.
    Package(String),
    /// Releases of a package that fit a spec, and come from a channel if one is named.
    Release { spec: Box<MatchSpec>, channel: Option<String> },
    /// All packages of a channel, by its identity.
    Channel(String),
}

/// A text is no exception.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CutoffExceptionError {
    /// There is no `=VALUE`.
    #[error("`{0}` has no date, no age and no `false`")]
    NoValue(String),
    /// What it is about is nothing that can be named.
    #[error("`{0}` is not a package, a release or a channel")]
    Subject(String),
    /// Extras or conditions choose no releases.
    #[error("`{0}` has extras or a condition, which select no releases")]
    Selects(String),
    /// The value is neither `false` nor a date nor an age.
    #[error(transparent)]
    Value(#[from] ExcludeNewerError),
}

impl Hint for CutoffExceptionError {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::Value(error) => error.hints(),
            _ => vec![
                "write for example `openssl=false`, `numpy=2026-01-31`, `polars==1.43.1=false` or `conda-forge::*=3d`".to_owned(),
            ],
        }
    }
}

impl CutoffException {
    /// Reads `ABOUT=VALUE`, with a value as [`CutoffException::new`] takes it.
    ///
    /// # Errors
    /// See [`CutoffExceptionError`].
    pub fn parse(text: &str) -> Result<Self, CutoffExceptionError> {
        let no_value = || CutoffExceptionError::NoValue(text.to_owned());
        let (about, value) = text.rsplit_once('=').ok_or_else(no_value)?;
        if about.trim().is_empty() || about.ends_with(['=', '<', '>', '!', '~']) {
            return Err(no_value());
        }
        Self::new(about, value)
    }

    /// What holds for `about`: a package (`openssl`), releases of one (`polars ==1.43.1`, `conda-forge::ruff`), or a channel
    /// (`conda-forge::*`). The value is a date, a moment or an age, or `false` where nothing is too new.
    ///
    /// # Errors
    /// See [`CutoffExceptionError`].
    pub fn new(about: &str, value: &str) -> Result<Self, CutoffExceptionError> {
        let (about, value) = (about.trim(), value.trim());
        let until = if value == "false" { None } else { Some(ExcludeNewer::parse(value)?) };
        Ok(Self { about: about.to_owned(), subject: Subject::parse(about)?, until })
    }

    /// What it is about, as it was written.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The package that it is about, where it holds for all releases from wherever they come.
    pub fn package(&self) -> Option<&str> {
        match &self.subject {
            Subject::Package(name) => Some(name),
            _ => None,
        }
    }

    /// The package whose releases it is about, if only some of them.
    pub fn package_of_releases(&self) -> Option<&str> {
        match &self.subject {
            Subject::Release { spec, .. } => spec.name.as_exact().map(PackageName::as_normalized),
            _ => None,
        }
    }

    /// Until when packages may have appeared; `None` where all may be taken.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.as_ref().map(|until| until.instant(now))
    }

    /// It with the moment that its age stands for.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        let until = self.until(now).map(|instant| ExcludeNewer {
            text: instant.to_string(),
            cutoff: Cutoff::Instant(instant),
        });
        Self { until, ..self.clone() }
    }
}

/// As it was written: `openssl=false`.
impl fmt::Display for CutoffException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.until.as_ref().map_or("false", |until| until.text.as_str());
        write!(f, "{}={value}", self.about)
    }
}

impl FromStr for CutoffException {
    type Err = CutoffExceptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Subject {
    fn parse(about: &str) -> Result<Self, CutoffExceptionError> {
        let unknown = || CutoffExceptionError::Subject(about.to_owned());
        if let Some(channel) = about.strip_suffix("::*").filter(|channel| !channel.is_empty()) {
            return Ok(Self::Channel(channel_identity(channel)));
        }
        let (channel, own) = match about.rsplit_once("::") {
            Some((channel, own)) if !channel.is_empty() => (Some(channel_identity(channel)), own),
            Some(_) => return Err(unknown()),
            None => (None, about),
        };
        let (name, spec) = parse_conda_spec(own).map_err(|_| unknown())?;
        if spec.extras.is_some() || spec.condition.is_some() {
            return Err(CutoffExceptionError::Selects(about.to_owned()));
        }
        let any = MatchSpec::from(name.clone());
        if channel.is_none() && spec == any {
            return Ok(Self::Package(name.as_normalized().to_owned()));
        }
        if !matches!(spec.name, PackageNameMatcher::Exact(_)) {
            return Err(unknown());
        }
        Ok(Self::Release { spec: Box::new(spec), channel })
    }
}

/// The exceptions that uv can be told: those of whole packages, by their names on PyPI.
pub fn on_pypi(exceptions: &[CutoffException], now: Timestamp) -> Vec<String> {
    exceptions
        .iter()
        .filter_map(|one| {
            let name = normalise_pypi_name(one.package()?);
            let until = one.until(now).map_or("false".to_owned(), |until| until.to_string());
            Some(format!("{name}={until}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_not_is_refused() {
        for text in
            ["openssl=false", "numpy=7d", "polars==1.43.1=false", "a::b >=2=2026-01-31", "c::*=3d"]
        {
            assert_eq!(text.parse::<CutoffException>().unwrap().to_string(), text);
        }
        let fixed = "numpy=7d".parse::<CutoffException>().unwrap();
        let now = "2026-03-10T00:00:00Z".parse().unwrap();
        assert_eq!(fixed.at(now).to_string(), "numpy=2026-03-03T00:00:00Z");
        for (text, said) in [
            ("openssl", "`openssl` has no date, no age and no `false`"),
            ("polars==1.43.1", "`polars==1.43.1` has no date, no age and no `false`"),
            ("=false", "`=false` has no date, no age and no `false`"),
            ("openssl=true", "`true` is neither a date nor an age"),
            ("a b c d=false", "`a b c d` is not a package, a release or a channel"),
            ("::*=false", "`::*` is not a package, a release or a channel"),
        ] {
            assert_eq!(text.parse::<CutoffException>().unwrap_err().to_string(), said);
        }
    }

    #[test]
    fn uv_is_told_of_packages_alone() {
        let text = ["Typing_Extensions=false", "numpy=2026-01-31", "polars ==1=false", "c::*=3d"];
        let exceptions: Vec<CutoffException> =
            text.iter().map(|one| one.parse().unwrap()).collect();
        let now = "2026-03-10T00:00:00Z".parse().unwrap();
        let told = on_pypi(&exceptions, now);
        assert_eq!(told, ["typing-extensions=false", "numpy=2026-02-01T00:00:00Z"]);
    }
}
