//! `exclude-newer`: a moment or an age, as people write it.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, SpanRelativeTo, Timestamp, Unit, tz::TimeZone};
use lockit_diagnostic::Hint;

/// Ignore packages that appeared after this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcludeNewer {
    /// As the user wrote it, for example `2026-01-31` or `7d`. Part of the input hash.
    pub text: String,
    /// What it means.
    pub cutoff: Cutoff,
}

/// A moment, or an age counted back from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cutoff {
    /// A fixed moment. A plain date means the end of that day in UTC, as in uv.
    Instant(Timestamp),
    /// Counted back from the moment of the solve.
    Age(SignedDuration),
}

/// A text is neither a date, nor a moment, nor an age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExcludeNewerError {
    /// Nothing that is understood.
    #[error("`{0}` is neither a date nor an age")]
    Unknown(String),
    /// A date and time of day that could be anywhere on earth.
    #[error("`{0}` names no time zone")]
    NoZone(String),
    /// Months and years have no fixed length.
    #[error("`{0}` has no fixed length")]
    CalendarUnit(String),
    /// An age that points to the future.
    #[error("`{0}` lies in the future")]
    Negative(String),
}

/// What is accepted instead.
impl Hint for ExcludeNewerError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::Unknown(_) => {
                "write a date (`2026-01-31`), a moment (`2026-01-31T12:00:00Z`) or an age (`7d`, `36h`, `2 weeks`, `P7D`)".into()
            }
            Self::NoZone(text) => format!("write `{}Z` for UTC", text.replace(' ', "T")),
            Self::CalendarUnit(_) => "write the age in weeks, days or hours, for example `30d`".into(),
            Self::Negative(_) => "write the age without a sign, for example `7d` for all but the last seven days".into(),
        }]
    }
}

/// A cutoff in words that can be written again: the last day that counts, where it is the end of a day in UTC, else
/// the moment.
///
/// ```
/// let text = |moment: &str| lockit_spec::cutoff_text(moment.parse().unwrap());
/// assert_eq!(text("2026-02-01T00:00:00Z"), "2026-01-31");
/// assert_eq!(text("2026-02-01T12:00:00Z"), "2026-02-01T12:00:00Z");
/// ```
pub fn cutoff_text(cutoff: Timestamp) -> String {
    let moment = cutoff.to_zoned(TimeZone::UTC).datetime();
    if moment.time() == Time::midnight()
        && let Ok(last) = moment.date().yesterday()
    {
        return last.to_string();
    }
    cutoff.to_string()
}

impl ExcludeNewer {
    /// Reads a date, a moment or an age.
    ///
    /// - `2026-01-31`: everything that appeared up to the end of that day in UTC, as in uv. The
    ///   cutoff is the first moment of the next day.
    /// - RFC 3339, for example `2026-01-31T12:00:00Z`.
    /// - An age before now: `7d`, `36h`, `1 week`, `2 weeks 3 days`, or ISO 8601 `P7D`. Days have 24
    ///   hours, weeks seven days; months and years are refused.
    ///
    /// ```
    /// use lockit_spec::ExcludeNewer;
    ///
    /// let now = "2026-03-10T00:00:00Z".parse().unwrap();
    /// let cutoff = |text| ExcludeNewer::parse(text).unwrap().instant(now).to_string();
    /// assert_eq!(cutoff("2026-01-31"), "2026-02-01T00:00:00Z");
    /// assert_eq!(cutoff("7d"), "2026-03-03T00:00:00Z");
    /// ```
    ///
    /// # Errors
    /// [`ExcludeNewerError`], whose hint says what is accepted.
    pub fn parse(text: &str) -> Result<Self, ExcludeNewerError> {
        let text = text.trim();
        let cutoff = if looks_like_date(text) { moment(text)? } else { age(text)? };
        Ok(Self { text: text.to_owned(), cutoff })
    }

    /// The cutoff as a moment: what appeared at or after it is ignored.
    pub fn instant(&self, now: Timestamp) -> Timestamp {
        match self.cutoff {
            Cutoff::Instant(instant) => instant,
            // Whole seconds: it is written into lockfiles, and nobody means less than that.
            Cutoff::Age(age) => now
                .checked_sub(age)
                .ok()
                .and_then(|instant| Timestamp::from_second(instant.as_second()).ok())
                .unwrap_or(Timestamp::MIN),
        }
    }
}

/// Four digits and a `-`: no age looks like this.
fn looks_like_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 4 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

fn moment(text: &str) -> Result<Cutoff, ExcludeNewerError> {
    let unknown = || ExcludeNewerError::Unknown(text.to_owned());
    if text.len() == "2026-01-31".len() {
        let date: Date = text.parse().map_err(|_| unknown())?;
        let next = date.tomorrow().map_err(|_| unknown())?;
        let start = next.to_zoned(TimeZone::UTC).map_err(|_| unknown())?;
        return Ok(Cutoff::Instant(start.timestamp()));
    }
    match text.parse::<Timestamp>() {
        Ok(instant) => Ok(Cutoff::Instant(instant)),
        Err(_) if text.parse::<DateTime>().is_ok() => {
            Err(ExcludeNewerError::NoZone(text.to_owned()))
        }
        Err(_) => Err(unknown()),
    }
}

fn age(text: &str) -> Result<Cutoff, ExcludeNewerError> {
    let span: jiff::Span = text.parse().map_err(|_| ExcludeNewerError::Unknown(text.to_owned()))?;
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err(ExcludeNewerError::CalendarUnit(text.to_owned()));
    }
    let age: SignedDuration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .or_else(|_| {
            span.total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
                .map(SignedDuration::from_secs_f64)
        })
        .map_err(|_| ExcludeNewerError::Unknown(text.to_owned()))?;
    if age.is_negative() {
        return Err(ExcludeNewerError::Negative(text.to_owned()));
    }
    Ok(Cutoff::Age(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_moments_and_ages() {
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        for (text, instant) in [
            ("2026-01-31", "2026-02-01T00:00:00Z"),
            ("2025-12-31", "2026-01-01T00:00:00Z"),
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00Z"),
            ("7d", "2026-03-03T12:00:00Z"),
            ("1 week", "2026-03-03T12:00:00Z"),
            ("7 days", "2026-03-03T12:00:00Z"),
            ("P7D", "2026-03-03T12:00:00Z"),
            ("36h", "2026-03-09T00:00:00Z"),
            (" 0d ", "2026-03-10T12:00:00Z"),
        ] {
            assert_eq!(
                ExcludeNewer::parse(text).unwrap().instant(now).to_string(),
                instant,
                "{text}"
            );
        }
    }

    #[test]
    fn errors_say_what_is_accepted() {
        let explain = |text: &str| {
            let error = ExcludeNewer::parse(text).unwrap_err();
            format!("{error}; {}", error.hints().join("; "))
        };
        assert!(
            explain("yesterday")
                .starts_with("`yesterday` is neither a date nor an age; write a date")
        );
        assert!(explain("2026-13-01").starts_with("`2026-13-01` is neither"));
        assert!(explain("").starts_with("`` is neither"));
        assert_eq!(
            explain("2026-01-31 12:00:00"),
            "`2026-01-31 12:00:00` names no time zone; write `2026-01-31T12:00:00Z` for UTC"
        );
        assert!(explain("3 months").starts_with("`3 months` has no fixed length"));
        assert!(explain("7 days ago").starts_with("`7 days ago` lies in the future"));
        assert!(explain("-7d").starts_with("`-7d` lies in the future"));
    }

    #[test]
    fn a_moment_without_a_zone_is_told_from_what_is_no_moment() {
        let refused = |text: &str| ExcludeNewer::parse(text).unwrap_err();
        let kind = |text: &str| matches!(refused(text), ExcludeNewerError::NoZone(_));
        assert!(kind("2026-01-31T12:00:00"));
        assert!(!kind("2026-01-31T12:99:00"));
        assert!(!kind("2026-01-31 or so"));
    }
}
