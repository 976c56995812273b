//! Constraints that can be seen to exclude each other without asking a channel.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lockit_diagnostic::Diagnostic;
use rattler_conda_types::version_spec::{
    EqualityOperator, LogicalOperator, RangeOperator, StrictRangeOperator,
};
use rattler_conda_types::{StringMatcher, Version, VersionBumpType, VersionSpec};

use crate::{Platform, Requirement, code};

/// One error for each pair of requirements that no package can fulfil on a wanted platform.
///
/// Silence means nothing: only what is certain is reported, the rest is the solver's to find.
pub fn contradictions(requirements: &[Requirement], platforms: &[Platform]) -> Vec<Diagnostic> {
    let mut by_name: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in requirements {
        by_name.entry(requirement.name.as_normalized()).or_default().push(requirement);
    }
    let mut found = Vec::new();
    for group in by_name.values() {
        for (index, second) in group.iter().enumerate() {
            // One error per line is enough, however many lines it collides with.
            let clash = group[..index].iter().find_map(|first| {
                // Whether both count at once depends on what is chosen.
                if first.spec.condition.is_some() || second.spec.condition.is_some() {
                    return None;
                }
                let shared: Vec<Platform> = platforms
                    .iter()
                    .copied()
                    .filter(|platform| first.applies_to(*platform) && second.applies_to(*platform))
                    .collect();
                if shared.is_empty() {
                    None
                } else {
                    clash(first, second).map(|what| (*first, what, shared))
                }
            });
            if let Some((first, what, shared)) = clash {
                found.push(describe(first, second, &what, &shared, platforms));
            }
        }
    }
    found
}

fn describe(
    first: &Requirement,
    second: &Requirement,
    what: &str,
    shared: &[Platform],
    platforms: &[Platform],
) -> Diagnostic {
    let name = second.name.as_normalized();
    let mut diagnostic = Diagnostic::error(format!(
        "`{}` and `{}` cannot both hold",
        first.public_text(),
        second.public_text()
    ))
    .code(code::CONTRADICTION);
    // A label would print the line.
    for (requirement, label) in [(second, what), (first, "contradicts this")] {
        diagnostic = match requirement.public_text() {
            Cow::Borrowed(_) => diagnostic.label(&requirement.file, requirement.span, label),
            Cow::Owned(text) => {
                diagnostic.note(format!("`{text}` stands at {}", requirement.place()))
            }
        };
    }
    if shared.len() < platforms.len() {
        let names: Vec<&str> = shared.iter().map(|platform| platform.as_str()).collect();
        diagnostic = diagnostic.note(format!("both apply to {}", names.join(", ")));
    }
    if first.file != second.file {
        diagnostic = diagnostic
            .note("the files are merged into one environment: constraints of all files must hold");
    }
    diagnostic.hint(format!("drop or change one of the two constraints on `{name}`"))
}

/// Why no package can fulfil both.
fn clash(first: &Requirement, second: &Requirement) -> Option<String> {
    let (a, b) = (&first.spec, &second.spec);
    if let (Some(a), Some(b)) = (&a.channel, &b.channel)
        && a.base_url != b.base_url
    {
        return Some("wants another channel".into());
    }
    if let (Some(a), Some(b)) = (&a.subdir, &b.subdir)
        && a != b
    {
        return Some("wants another subdir".into());
    }
    if a.md5.is_some() && b.md5.is_some() && a.md5 != b.md5 {
        return Some("wants another md5".into());
    }
    if a.sha256.is_some() && b.sha256.is_some() && a.sha256 != b.sha256 {
        return Some("wants another sha256".into());
    }
    if let (Some(StringMatcher::Exact(a)), Some(b)) = (&a.build, &b.build)
        && !b.matches(a)
    {
        return Some("wants another build".into());
    }
    if let (Some(a), Some(StringMatcher::Exact(b))) = (&a.build, &b.build)
        && !a.matches(b)
    {
        return Some("wants another build".into());
    }
    match (&a.version, &b.version) {
        (Some(a), Some(b)) if excludes(a, b) => Some("no version fits both".into()),
        _ => None,
    }
}

/// Whether certainly no version fulfils a constraint: `>=3,<2`.
pub fn is_empty_range(spec: &VersionSpec) -> bool {
    let VersionSpec::Group(LogicalOperator::And, parts) = spec else { return false };
    parts
        .iter()
        .enumerate()
        .any(|(index, second)| parts[..index].iter().any(|first| excludes(first, second)))
}

/// Whether certainly no version fulfils both.
fn excludes(a: &VersionSpec, b: &VersionSpec) -> bool {
    if let VersionSpec::Exact(EqualityOperator::Equals, version) = a {
        return !b.matches(version);
    }
    if let VersionSpec::Exact(EqualityOperator::Equals, version) = b {
        return !a.matches(version);
    }
    let (Some(a), Some(b)) = (Interval::of(a), Interval::of(b)) else { return false };
    a.before(&b) || b.before(&a)
}

/// An end of an interval.
#[derive(Clone)]
struct Bound {
    version: Version,
    included: bool,
}

/// The smallest interval that holds every version that a spec allows. `None` is no bound.
#[derive(Clone, Default)]
struct Interval {
    low: Option<Bound>,
    high: Option<Bound>,
}

impl Interval {
    /// `None` when the spec says nothing that an interval can hold.
    fn of(spec: &VersionSpec) -> Option<Self> {
        let low = |version: &Version, included| Self {
            low: Some(Bound { version: version.clone(), included }),
            high: None,
        };
        let high = |version: &Version, included| Self {
            low: None,
            high: Some(Bound { version: version.clone(), included }),
        };
        match spec {
            VersionSpec::Range(RangeOperator::Greater, version) => Some(low(version, false)),
            VersionSpec::Range(RangeOperator::GreaterEquals, version) => Some(low(version, true)),
            VersionSpec::Range(RangeOperator::Less, version) => Some(high(version, false)),
            VersionSpec::Range(RangeOperator::LessEquals, version) => Some(high(version, true)),
            VersionSpec::StrictRange(StrictRangeOperator::StartsWith, version) => {
                let version = version.as_ref();
                // `1.26.*` takes 1.26dev, 1.26a1, 1.26.9 but nothing of 1.27, not even 1.27dev.
                let above = version.bump(VersionBumpType::Last).ok()?;
                Some(Self {
                    low: dev(version).map(|version| Bound { version, included: true }),
                    high: Some(Bound { version: dev(&above)?, included: false }),
                })
            }
            VersionSpec::Exact(EqualityOperator::Equals, version) => {
                let bound = Some(Bound { version: version.clone(), included: true });
                Some(Self { low: bound.clone(), high: bound })
            }
            VersionSpec::Group(LogicalOperator::And, parts) => Some(
                parts.iter().filter_map(Self::of).fold(Self::default(), |sum, part| sum.and(&part)),
            ),
            VersionSpec::Group(LogicalOperator::Or, parts) => {
                let parts: Option<Vec<Self>> = parts.iter().map(Self::of).collect();
                parts?.into_iter().reduce(|sum, part| sum.hull(&part))
            }
            _ => None,
        }
    }

    fn and(self, other: &Self) -> Self {
        Self {
            low: pick(self.low, other.low.as_ref(), std::cmp::Ordering::Greater),
            high: pick(self.high, other.high.as_ref(), std::cmp::Ordering::Less),
        }
    }

    fn hull(self, other: &Self) -> Self {
        let both = |a: Option<Bound>, b: &Option<Bound>, wins| match (&a, b) {
            (Some(_), Some(b)) => pick(a, Some(b), wins),
            _ => None,
        };
        Self {
            low: both(self.low, &other.low, std::cmp::Ordering::Less)
                .map(|bound| Bound { included: true, ..bound }),
            high: both(self.high, &other.high, std::cmp::Ordering::Greater)
                .map(|bound| Bound { included: true, ..bound }),
        }
    }

    /// Whether all of this lies below all of the other.
    fn before(&self, other: &Self) -> bool {
        match (&self.high, &other.low) {
            (Some(high), Some(low)) => {
                high.version < low.version
                    || (high.version == low.version && !(high.included && low.included))
            }
            _ => false,
        }
    }
}

/// The bound that wins in a comparison; among equal ones the stricter.
fn pick(a: Option<Bound>, b: Option<&Bound>, wins: std::cmp::Ordering) -> Option<Bound> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let order = b.version.cmp(&a.version);
            Some(if order == wins || (order.is_eq() && !b.included) { b.clone() } else { a })
        }
        (a, b) => a.or_else(|| b.cloned()),
    }
}

/// The lowest version that starts like this one.
fn dev(version: &Version) -> Option<Version> {
    format!("{version}dev").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(first: &str, second: &str) -> bool {
        let parse = |text: &str| Requirement::from_text(text, "test").unwrap();
        let (first, second) = (parse(first), parse(second));
        let one = clash(&first, &second).is_some();
        assert_eq!(one, clash(&second, &first).is_some(), "order must not matter");
        one
    }

    fn sha256(digit: char) -> String {
        format!("x[sha256={}]", digit.to_string().repeat(64))
    }

    #[test]
    fn certain_contradictions_are_found() {
        for (first, second) in [
            ("x ==1.2", "x >=2"),
            ("x 1.2", "x 1.3"),
            ("x=1.26", "x >=2"),
            ("x=3.11", "x=3.12"),
            ("x=3.11", "x <3.10"),
            ("x >=2", "x <2"),
            ("x >2", "x <=2"),
            ("x >=2,<3", "x >=3,<4"),
            ("x=1=a", "x=1=b"),
            ("x=1=a", "x=1=b*"),
            ("a::x", "b::x"),
            ("x >=3", "x 1.*|2.*"),
            ("x[md5=00000000000000000000000000000000]", "x[md5=00000000000000000000000000000001]"),
            ("x[subdir=linux-64]", "x[subdir=noarch]"),
            (&sha256('0'), &sha256('1')),
        ] {
            assert!(clashes(first, second), "{first} {second}");
        }
    }

    #[test]
    fn what_may_fit_is_left_to_the_solver() {
        for (first, second) in [
            ("x", "x ==1"),
            ("x ==1.0", "x ==1.0.0"),
            ("x=1.26", "x >=1.26.4"),
            ("x=1.26", "x <=1.26"),
            ("x=1.26", "x <1.26"),
            ("x=3", "x=3.12"),
            ("x >=2", "x <=2"),
            ("x !=2", "x >=2"),
            ("x >=2", "x 1.*|2.*"),
            ("x=1=a*", "x=1=*b"),
            ("a::x", "x"),
            ("a::x", "a::x"),
            ("x[subdir=noarch]", "x"),
            ("x[subdir=noarch]", "x[subdir=noarch]"),
            ("x[md5=00000000000000000000000000000000]", "x"),
            ("x[md5=00000000000000000000000000000000]", "x[md5=00000000000000000000000000000000]"),
            (&sha256('0'), "x"),
            (&sha256('0'), &sha256('0')),
        ] {
            assert!(!clashes(first, second), "{first} {second}");
        }
    }

    #[test]
    fn selectors_that_never_meet_keep_the_peace() {
        let with = |text: &str, selector: &str| Requirement {
            selector: Some(crate::Selector::parse(selector).unwrap()),
            ..Requirement::from_text(text, text).unwrap()
        };
        let requirements = [with("x=1", "linux"), with("x=2", "osx or aarch64")];
        assert!(contradictions(&requirements, &[Platform::Linux64, Platform::Osx64]).is_empty());
        let found = contradictions(&requirements, &[Platform::Linux64, Platform::LinuxAarch64]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].notes[0], "both apply to linux-aarch64");
    }
}
