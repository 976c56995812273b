//! Why a lock does not satisfy an environment, in types and in words.

use std::fmt;

use jiff::Timestamp;
use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use lockit_spec::{PipRequirement, Platform, Requirement, cutoff_text, platform_names};

use crate::{InputArea, Record};

/// A line of a spec: what it says and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The text as written, for example `pandas >=2.3`.
    pub text: String,
    /// The file.
    pub file: SourceFile,
    /// The place of the text in it.
    pub span: Span,
}

impl From<&Requirement> for Origin {
    fn from(requirement: &Requirement) -> Self {
        Self {
            text: requirement.text.clone(),
            file: requirement.file.clone(),
            span: requirement.span,
        }
    }
}

impl From<&PipRequirement> for Origin {
    fn from(requirement: &PipRequirement) -> Self {
        Self {
            text: requirement.public_text().into_owned(),
            file: requirement.file.clone(),
            span: requirement.span,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in {}", self.text, self.file.place(self.span))
    }
}

/// A name and a version, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locked {
    /// Normalised package name.
    pub name: String,
    /// Version as the channel spells it.
    pub version: String,
    /// Build string, shown where two records differ in it only.
    pub build: String,
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(format!("{} {}", self.name, self.version).trim_end())
    }
}

pub(super) fn locked(record: &Record) -> Locked {
    Locked {
        name: record.name.clone(),
        version: record.version.clone(),
        build: record.build.clone(),
    }
}

/// One thing that keeps a lock from being up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A platform is wanted and not there.
    PlatformMissing {
        /// The platform.
        platform: Platform,
        /// The environment that wants it.
        environment: String,
    },
    /// A platform is there and not wanted.
    PlatformSuperfluous {
        /// The platform.
        platform: Platform,
        /// The environment that does not want it.
        environment: String,
    },
    /// The channel list is another one.
    ChannelsChanged {
        /// Channels of the lockfile, highest priority first.
        locked: Vec<String>,
        /// Channels of the spec, highest priority first.
        wanted: Vec<String>,
        /// The first channel of the spec, where it stands in a file.
        origin: Option<Origin>,
    },
    /// A requirement has no record.
    RequirementMissing {
        /// The requirement.
        requirement: Origin,
        /// The platform.
        platform: Platform,
    },
    /// A requirement does not hold for the locked record.
    RequirementUnsatisfied {
        /// The requirement.
        requirement: Origin,
        /// What is locked.
        locked: Locked,
        /// Shown when the version fits and the build does not, or the channel.
        detail: Option<String>,
        /// The platform.
        platform: Platform,
    },
    /// A record depends on a package that is not locked.
    DependencyMissing {
        /// Who depends.
        package: Locked,
        /// What it wants.
        wants: String,
        /// The platform.
        platform: Platform,
        /// The requirement that brings the package.
        origin: Option<Origin>,
    },
    /// A record depends on another version of a locked package.
    DependencyUnsatisfied {
        /// Who depends.
        package: Locked,
        /// What it wants.
        wants: String,
        /// What is locked.
        locked: Locked,
        /// The platform.
        platform: Platform,
        /// The requirement that brings the package.
        origin: Option<Origin>,
    },
    /// A record does not tolerate a locked package (`run_constrained`).
    ConstraintViolated {
        /// Who constrains.
        package: Locked,
        /// What it allows.
        allows: String,
        /// What is locked.
        locked: Locked,
        /// The platform.
        platform: Platform,
        /// The requirement that brings the package.
        origin: Option<Origin>,
    },
    /// A record needs more of the machine than is assumed.
    VirtualPackageUnmet {
        /// Who needs it; `None` for a requirement of the spec.
        package: Option<Locked>,
        /// What is needed, for example `__glibc >=2.34`.
        wants: String,
        /// What is assumed, for example `__glibc=2.28`; `None` when nothing of that name is.
        assumed: Option<String>,
        /// What to do about it.
        advice: String,
        /// The platform.
        platform: Platform,
        /// The requirement that brings the package.
        origin: Option<Origin>,
    },
    /// Records that no requirement leads to.
    Superfluous {
        /// The records, by name.
        packages: Vec<Locked>,
        /// The platform.
        platform: Platform,
    },
    /// A package is locked more than once.
    Duplicate {
        /// The records.
        packages: Vec<Locked>,
        /// The platform.
        platform: Platform,
    },
    /// A PyPI package that a conda package is already: one would be installed over the other.
    FromBothSides {
        /// The PyPI package.
        pip: Locked,
        /// The conda package.
        conda: Locked,
        /// The platform.
        platform: Platform,
        /// The requirement that brings the PyPI package.
        origin: Option<Origin>,
    },
    /// A record comes from a channel that the spec does not list.
    ForeignChannel {
        /// The record.
        package: Locked,
        /// Its channel.
        channel: String,
        /// The platform.
        platform: Platform,
    },
    /// A record is newer than `exclude-newer` allows.
    TooNew {
        /// The record.
        package: Locked,
        /// When it was built or indexed.
        timestamp: Timestamp,
        /// The last moment allowed.
        cutoff: Timestamp,
        /// The platform.
        platform: Platform,
    },
    /// A record that cannot be verified at install time.
    NoDigest {
        /// The record.
        package: Locked,
        /// The platform.
        platform: Platform,
    },
    /// A record is in other categories than its requirements.
    CategoryChanged {
        /// The record.
        package: Locked,
        /// The categories it is locked in, sorted.
        locked: Vec<String>,
        /// The categories that the requirements which lead to it are in.
        wanted: Vec<String>,
        /// The platform.
        platform: Platform,
        /// The requirement that brings the package.
        origin: Option<Origin>,
    },
    /// The number of PyPI requirements left out is another one.
    SkippedPipChanged {
        /// How many the lockfile says.
        locked: usize,
        /// How many the spec has.
        wanted: usize,
        /// The platform.
        platform: Platform,
    },
    /// The format keeps no timestamps, and the lock was not made with as early a cutoff.
    AgesUnknown {
        /// What `exclude-newer` says.
        cutoff: Timestamp,
        /// What it said when the lock was made.
        made_with: Option<Timestamp>,
        /// The platform.
        platform: Platform,
    },
    /// The recorded input hash is another one, for something that packages do not show.
    InputsChanged {
        /// What changed is about this; all areas where nobody knows.
        areas: Vec<InputArea>,
        /// The platform.
        platform: Platform,
    },
    /// The lockfile was made with exceptions from `exclude-newer` that are gone, and keeps no moments.
    ExceptionsGone {
        /// The exceptions, as `NAME=WHEN`.
        exceptions: Vec<String>,
        /// The platform.
        platform: Platform,
    },
    /// The lockfile sets other variables than the spec.
    VariablesChanged {
        /// Names of those that came, went or changed.
        names: Vec<String>,
        /// The platform.
        platform: Platform,
    },
    /// The lockfile keeps no dependencies, and no input hash is recorded.
    InputsUnknown {
        /// The platform.
        platform: Platform,
    },
    /// A record is not the very record that the other environment has (`same-versions-as`).
    NotSameRecord {
        /// The environment that must follow.
        environment: String,
        /// The environment it must follow.
        other: String,
        /// The record of the first.
        package: Locked,
        /// The record of the second; `None` when it has none of that name.
        theirs: Option<Locked>,
        /// The platform.
        platform: Platform,
    },
}

impl Reason {
    /// The platform it is about; `None` when it is about the whole lock.
    pub fn platform(&self) -> Option<Platform> {
        match self {
            Self::ChannelsChanged { .. } => None,
            Self::PlatformMissing { platform, .. }
            | Self::PlatformSuperfluous { platform, .. }
            | Self::RequirementMissing { platform, .. }
            | Self::RequirementUnsatisfied { platform, .. }
            | Self::DependencyMissing { platform, .. }
            | Self::DependencyUnsatisfied { platform, .. }
            | Self::ConstraintViolated { platform, .. }
            | Self::VirtualPackageUnmet { platform, .. }
            | Self::Superfluous { platform, .. }
            | Self::Duplicate { platform, .. }
            | Self::FromBothSides { platform, .. }
            | Self::ForeignChannel { platform, .. }
            | Self::TooNew { platform, .. }
            | Self::NoDigest { platform, .. }
            | Self::CategoryChanged { platform, .. }
            | Self::SkippedPipChanged { platform, .. }
            | Self::AgesUnknown { platform, .. }
            | Self::ExceptionsGone { platform, .. }
            | Self::VariablesChanged { platform, .. }
            | Self::InputsChanged { platform, .. }
            | Self::InputsUnknown { platform }
            | Self::NotSameRecord { platform, .. } => Some(*platform),
        }
    }

    /// The line of a spec it is about.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::RequirementMissing { requirement, .. }
            | Self::RequirementUnsatisfied { requirement, .. } => Some(requirement),
            Self::ChannelsChanged { origin, .. }
            | Self::DependencyMissing { origin, .. }
            | Self::DependencyUnsatisfied { origin, .. }
            | Self::ConstraintViolated { origin, .. }
            | Self::FromBothSides { origin, .. }
            | Self::CategoryChanged { origin, .. }
            | Self::VirtualPackageUnmet { origin, .. } => origin.as_ref(),
            _ => None,
        }
    }

    /// As an error that points at the line of the spec, where there is one.
    pub fn diagnostic(&self) -> Diagnostic {
        self.diagnostic_saying(self.to_string())
    }

    fn diagnostic_saying(&self, message: String) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(message);
        if let Self::VirtualPackageUnmet { advice, .. } = self {
            diagnostic = diagnostic.hint(advice);
        }
        let Some(origin) = self.origin() else { return diagnostic };
        let label = match self {
            Self::RequirementMissing { .. } => "not locked".to_owned(),
            Self::RequirementUnsatisfied { locked, detail: None, .. } => {
                format!("{locked} is locked")
            }
            Self::RequirementUnsatisfied { locked, detail: Some(detail), .. } => {
                format!("{locked} is locked, {detail}")
            }
            Self::ChannelsChanged { .. } => String::new(),
            Self::VirtualPackageUnmet { package: None, assumed: Some(assumed), .. } => {
                format!("`{assumed}` is assumed")
            }
            Self::VirtualPackageUnmet { package: None, assumed: None, .. } => {
                "not assumed".to_owned()
            }
            _ => "brought in by this".to_owned(),
        };
        diagnostic.label(&origin.file, origin.span, label)
    }
}

/// As errors, in the order of their first platform: what is so on several platforms is said once.
pub fn diagnostics(reasons: &[Reason]) -> Vec<Diagnostic> {
    let mut grouped: Vec<(Diagnostic, &Reason, Vec<Platform>)> = Vec::new();
    for reason in reasons {
        let alike = reason.diagnostic_saying(On { reason, platform: "" }.to_string());
        let is_about_platforms =
            matches!(reason, Reason::PlatformMissing { .. } | Reason::PlatformSuperfluous { .. });
        match grouped.iter_mut().find(|(other, ..)| !is_about_platforms && *other == alike) {
            Some((.., platforms)) => platforms.extend(reason.platform()),
            None => grouped.push((alike, reason, reason.platform().into_iter().collect())),
        }
    }
    grouped
        .into_iter()
        .map(|(_, reason, platforms)| {
            let platform = &platform_names(&platforms);
            reason.diagnostic_saying(On { reason, platform }.to_string())
        })
        .collect()
}

/// Some of many, so that a line stays a line.
fn list<T: fmt::Display>(items: &[T]) -> String {
    const SHOWN: usize = 5;
    let mut text = items.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if let Some(more) = items.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text.extend([" and ", &more.to_string(), " more"]);
    }
    text
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let platform = self.platform();
        On { reason: self, platform: platform.map_or("", |platform| platform.as_str()) }.fmt(f)
    }
}

/// A reason, said of one or several platforms.
struct On<'a> {
    reason: &'a Reason,
    platform: &'a str,
}

impl fmt::Display for On<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let platform = self.platform;
        match self.reason {
            Reason::PlatformMissing { environment, .. } => {
                write!(f, "environment `{environment}` wants {platform}, which is not locked")
            }
            Reason::PlatformSuperfluous { environment, .. } => {
                write!(f, "{platform} is locked, but environment `{environment}` does not want it")
            }
            Reason::ChannelsChanged { locked, wanted, .. } => {
                let quoted = |list: &[String]| format!("`{}`", list.join("`, `"));
                write!(f, "the channels are now {}, locked were {}", quoted(wanted), quoted(locked))
            }
            Reason::RequirementMissing { requirement, .. } => {
                write!(f, "{requirement} is not locked on {platform}")
            }
            Reason::RequirementUnsatisfied { requirement, locked, detail, .. } => {
                write!(f, "{requirement} is not satisfied by {locked}")?;
                if let Some(detail) = detail {
                    write!(f, " ({detail})")?;
                }
                write!(f, " on {platform}")
            }
            Reason::DependencyMissing { package, wants, .. } => {
                write!(f, "{package} wants `{wants}`, which is not locked on {platform}")
            }
            Reason::DependencyUnsatisfied { package, wants, locked, .. } => {
                write!(f, "{package} wants `{wants}`, but {locked} is locked on {platform}")
            }
            Reason::ConstraintViolated { package, allows, locked, .. } => {
                write!(f, "{package} allows only `{allows}`, but {locked} is locked on {platform}")
            }
            Reason::VirtualPackageUnmet { package, wants, assumed, origin, .. } => {
                match (package, origin) {
                    (Some(package), _) => write!(f, "{package} wants `{wants}`")?,
                    (None, Some(origin)) => write!(f, "{origin} is not met")?,
                    (None, None) => write!(f, "`{wants}` is not met")?,
                }
                match (assumed, package) {
                    (Some(assumed), Some(_)) => {
                        write!(f, ", but `{assumed}` is assumed for {platform}")
                    }
                    (Some(assumed), None) => write!(f, ": `{assumed}` is assumed for {platform}"),
                    (None, Some(_)) => write!(f, ", which is not assumed for {platform}"),
                    (None, None) => {
                        write!(f, ": no such virtual package is assumed for {platform}")
                    }
                }
            }
            Reason::Superfluous { packages, .. } => {
                let (is, it) = if packages.len() == 1 { ("is", "it") } else { ("are", "them") };
                write!(f, "{} {is} locked on {platform}, but nothing asks for {it}", list(packages))
            }
            Reason::Duplicate { packages, .. } => {
                let name = packages.first().map_or("", |package| package.name.as_str());
                let builds: Vec<String> =
                    packages.iter().map(|p| format!("{} {}", p.version, p.build)).collect();
                write!(
                    f,
                    "{name} is locked {} times on {platform}: {}",
                    packages.len(),
                    list(&builds)
                )
            }
            Reason::FromBothSides { pip, conda, .. } => {
                write!(
                    f,
                    "{pip} is locked from PyPI on {platform}, and the conda package {conda} is the same"
                )
            }
            Reason::ForeignChannel { package, channel, .. } => {
                write!(
                    f,
                    "{package} on {platform} comes from `{channel}`, which is none of the channels"
                )
            }
            Reason::TooNew { package, timestamp, cutoff, .. } => {
                write!(
                    f,
                    "{package} on {platform} is of {timestamp}, later than `exclude-newer` allows ({})",
                    cutoff_text(*cutoff)
                )
            }
            Reason::NoDigest { package, .. } => {
                write!(
                    f,
                    "{package} on {platform} has no digest, so nobody can tell whether it is the one locked"
                )
            }
            Reason::CategoryChanged { package, locked, wanted, .. } => {
                let quoted = |list: &[String]| format!("`{}`", list.join("`, `"));
                write!(
                    f,
                    "{package} is needed in {}, but {platform} has it in {}",
                    quoted(wanted),
                    quoted(locked)
                )
            }
            Reason::SkippedPipChanged { locked, wanted, .. } => write!(
                f,
                "the spec has {wanted} `pip:` requirement{} for {platform}, the lockfile was made leaving out {locked}",
                if *wanted == 1 { "" } else { "s" },
            ),
            Reason::ExceptionsGone { exceptions, .. } => {
                let plural = if exceptions.len() == 1 { "" } else { "s" };
                write!(
                    f,
                    "the lock for {platform} was made with the exception{plural} {} from `exclude-newer`, which no longer hold{}",
                    list(exceptions),
                    if exceptions.len() == 1 { "s" } else { "" }
                )
            }
            Reason::VariablesChanged { names, .. } => {
                let plural = if names.len() == 1 { "" } else { "s" };
                write!(f, "the variable{plural} {} changed on {platform}", list(names))
            }
            Reason::AgesUnknown { cutoff, made_with, .. } => {
                write!(
                    f,
                    "`exclude-newer` is {}, but the lock for {platform} was made with",
                    cutoff_text(*cutoff)
                )?;
                match made_with {
                    Some(made_with) => write!(f, " {}", cutoff_text(*made_with))?,
                    None => f.write_str("out it")?,
                }
                f.write_str(" (by what was recorded, because this format keeps no timestamps)")
            }
            Reason::InputsChanged { areas, .. } => {
                if areas.len() == InputArea::ALL.len() {
                    f.write_str("the specs or settings")?;
                } else {
                    let areas: Vec<String> = areas.iter().map(ToString::to_string).collect();
                    f.write_str(&areas.join(" and "))?;
                }
                write!(f, " changed since the lock for {platform} was made (by the input hash)")
            }
            Reason::InputsUnknown { .. } => write!(
                f,
                "{platform} cannot be checked: the lockfile keeps neither dependencies nor an input hash"
            ),
            Reason::NotSameRecord { environment, other, package, theirs, .. } => match theirs {
                Some(theirs) if theirs == package => write!(
                    f,
                    "{package} {} on {platform} is not the same archive in `{environment}` and in `{other}`: \
                     their digests differ",
                    package.build
                ),
                Some(theirs) if theirs.version == package.version => write!(
                    f,
                    "{package} on {platform} is build {} in `{environment}` and build {} in `{other}`",
                    package.build, theirs.build
                ),
                Some(theirs) => {
                    write!(
                        f,
                        "{package} on {platform} in `{environment}` is {} in `{other}`",
                        theirs.version
                    )
                }
                None => write!(f, "{package} on {platform} in `{environment}` is not in `{other}`"),
            },
        }
    }
}
