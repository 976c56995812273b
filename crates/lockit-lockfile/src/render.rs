//! A lock as the text of a file, whatever the format: the one place that knows all that can be written.

use std::fmt;
use std::str::FromStr;

use lockit_diagnostic::Hint;
use lockit_spec::{Platform, did_you_mean};

use crate::names::{default_name, pylock_name, requirements_name};
use crate::{
    ExplicitOptions, Format, FormatError, Lock, conda_lock, explicit, pixi, pylock, rendered_env,
    requirements,
};

/// What a lock can be written as: a lockfile, or a file that holds its PyPI packages alone. Its text
/// form is the one of `lockit render --kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenderKind {
    /// A lockfile, which lockit reads back.
    Lockfile(Format),
    /// A requirements file of pip.
    Requirements,
    /// PEP 751.
    Pylock,
}

/// A word that names nothing that can be rendered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nothing that can be rendered")]
pub struct UnknownRenderKind(pub String);

impl Hint for UnknownRenderKind {
    fn hints(&self) -> Vec<String> {
        let names = RenderKind::ALL.map(RenderKind::as_str);
        let mut hints: Vec<String> = did_you_mean(&self.0, names).into_iter().collect();
        hints.push(format!("use one of `{}`", names.join("`, `")));
        hints
    }
}

/// What a file's text depends on besides its locks.
#[derive(Debug, Clone, Copy, Default)]
pub struct RenderOptions<'a> {
    /// How explicit files are written.
    pub explicit: ExplicitOptions,
    /// How pixi.lock is written.
    pub pixi: pixi::WriteOptions<'a>,
    /// The name of the file, for the comment in it that says how to install it.
    pub file_name: &'a str,
}

impl RenderKind {
    /// Everything that can be rendered, in the order help texts show it.
    pub const ALL: [Self; 6] = [
        Self::Lockfile(Format::Explicit),
        Self::Lockfile(Format::CondaLock),
        Self::Lockfile(Format::Pixi),
        Self::Lockfile(Format::Env),
        Self::Requirements,
        Self::Pylock,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lockfile(format) => format.as_str(),
            Self::Requirements => "requirements",
            Self::Pylock => "pylock",
        }
    }

    /// Whether one file holds one platform only.
    pub fn is_per_platform(self) -> bool {
        match self {
            Self::Lockfile(format) => format.is_per_platform(),
            Self::Requirements | Self::Pylock => true,
        }
    }

    /// Whether one file holds several environments; see [`Format::is_shared`].
    pub fn is_shared(self) -> bool {
        match self {
            Self::Lockfile(format) => format.is_shared(),
            Self::Requirements | Self::Pylock => false,
        }
    }

    /// Whether a file holds PyPI packages alone.
    pub fn is_pypi_only(self) -> bool {
        match self {
            Self::Lockfile(_) => false,
            Self::Requirements | Self::Pylock => true,
        }
    }

    /// The default file name; see [`default_name`].
    pub fn default_name(self, stem: Option<&str>, platform: Platform) -> String {
        match self {
            Self::Lockfile(format) => default_name(format, stem, platform),
            Self::Requirements => requirements_name(stem, platform),
            Self::Pylock => pylock_name(stem, platform),
        }
    }
}

impl From<Format> for RenderKind {
    fn from(format: Format) -> Self {
        Self::Lockfile(format)
    }
}

impl fmt::Display for RenderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RenderKind {
    type Err = UnknownRenderKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownRenderKind(text.to_owned()))
    }
}

/// Renders the text of one file.
///
/// `platform` is the one that the file is about, for kinds with one file per platform; it need not be given
/// for a lock of one platform. The other kinds hold all platforms. Of several locks, only shared
/// formats ([`Format::is_shared`]) make one file.
///
/// # Errors
/// What the format cannot express, see [`FormatError`].
pub fn render(
    kind: impl Into<RenderKind>,
    locks: &[&Lock],
    platform: Option<Platform>,
    options: RenderOptions<'_>,
) -> Result<String, FormatError> {
    let kind = kind.into();
    let environment = || match locks {
        [lock] => Ok(*lock),
        _ => Err(FormatError::NotOneEnvironment { kind: kind.as_str(), count: locks.len() }),
    };
    let one_platform = || -> Result<(&Lock, Platform), FormatError> {
        let lock = environment()?;
        let mut all = lock.platforms.keys().copied();
        let ((Some(platform), ..) | (None, Some(platform), None)) =
            (platform, all.next(), all.next())
        else {
            let count = lock.platforms.len();
            return Err(FormatError::NotOnePlatform { kind: kind.as_str(), count });
        };
        Ok((lock, platform))
    };
    // No arm for the rest: what is added must be rendered here.
    match kind {
        RenderKind::Lockfile(Format::Explicit) => {
            let (lock, platform) = one_platform()?;
            explicit::write(lock, platform, options.explicit)
        }
        RenderKind::Lockfile(Format::CondaLock) => {
            conda_lock::write(environment()?, options.file_name)
        }
        RenderKind::Lockfile(Format::Pixi) => pixi::write(locks, options.pixi),
        RenderKind::Lockfile(Format::Env) => {
            let (lock, platform) = one_platform()?;
            rendered_env::write(lock, platform)
        }
        RenderKind::Requirements => {
            let (lock, platform) = one_platform()?;
            requirements::write(lock, platform)
        }
        RenderKind::Pylock => {
            let (lock, platform) = one_platform()?;
            pylock::write(lock, platform)
        }
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_spec::{ChannelPriority, Strategy};

    use super::*;
    use lockit_spec::Prereleases;

    use crate::{LockedOptions, detect, sample};

    /// A lock that every kind can hold.
    fn lock() -> Lock {
        let mut lock = sample::lock();
        lock.channels.truncate(1);
        lock.strip_credentials();
        lock
    }

    #[test]
    fn every_kind_is_rendered_and_read_as_what_it_is() {
        let lock = lock();
        let options = RenderOptions { file_name: "here.yml", ..RenderOptions::default() };
        for kind in RenderKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let platform = kind.is_per_platform().then_some(Platform::Linux64);
            let text = render(kind, &[&lock], platform, options)
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
            let read = detect::read_source(&SourceFile::new("x", text.as_str()));
            match kind {
                RenderKind::Lockfile(format) => {
                    let read = read.unwrap();
                    assert_eq!(read.format, format);
                    let platforms: Vec<&Platform> = read.locks[0].platforms.keys().collect();
                    let all = [&Platform::Linux64, &Platform::OsxArm64];
                    let expected = if kind.is_per_platform() { &all[..1] } else { &all };
                    assert_eq!(platforms, expected, "{kind}");
                }
                RenderKind::Requirements | RenderKind::Pylock => assert!(read.is_err(), "{kind}"),
            }
            assert_eq!(
                text.contains("here.yml"),
                kind == RenderKind::Lockfile(Format::CondaLock),
                "{kind}"
            );
        }
    }

    #[test]
    fn the_only_platform_need_not_be_named() {
        let mut lock = lock();
        let render = |lock: &Lock, platform| {
            render(Format::Env, &[lock], platform, RenderOptions::default())
        };
        let error = render(&lock, None).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"a file of kind `env` holds one platform, not 2");
        let named = render(&lock, Some(Platform::OsxArm64)).unwrap();
        lock.platforms.remove(&Platform::Linux64);
        assert_eq!(render(&lock, None).unwrap(), named);
    }

    #[test]
    fn several_environments_go_into_one_file_where_it_is_shared() {
        let (one, mut other) = (lock(), lock());
        other.environment = "other".to_owned();
        for format in Format::ALL {
            let platform = Some(Platform::Linux64);
            let rendered = render(format, &[&other, &one], platform, RenderOptions::default());
            match rendered {
                Ok(text) => {
                    assert!(format.is_shared(), "{format}");
                    let turned = render(format, &[&one, &other], None, RenderOptions::default());
                    assert_eq!(turned.unwrap(), text, "whatever the order");
                }
                Err(error) => {
                    assert!(!format.is_shared(), "{format}: {error}");
                    let said = format!("a file of kind `{format}` holds one environment, not 2");
                    assert_eq!(error.to_string(), said);
                }
            }
        }
    }

    #[test]
    fn what_was_exempt_from_a_cutoff_stays() {
        let mut lock = lock();
        let exceptions = ["click ==8.1.7=false", "conda-forge::*=2026-01-31T00:00:00Z"];
        let linux = lock.platforms.get_mut(&Platform::Linux64).unwrap();
        linux.exclude_newer_package = exceptions.map(str::to_owned).to_vec();
        for format in [Format::Explicit, Format::CondaLock, Format::Env] {
            let platform = Some(Platform::Linux64);
            let text = render(format, &[&lock], platform, RenderOptions::default()).unwrap();
            let read = detect::read_source(&SourceFile::new("x", text.as_str())).unwrap();
            let linux = &read.locks[0].platforms[&Platform::Linux64];
            assert_eq!(linux.exclude_newer_package, exceptions, "{format}");
        }
    }

    #[test]
    fn how_it_was_solved_stays() {
        let options = LockedOptions {
            strategy: Strategy::Lowest,
            channel_priority: ChannelPriority::Disabled,
            prereleases: Prereleases::Allow,
        };
        let written = Lock { options, ..lock() };
        let text = |lock: &Lock| {
            render(Format::Pixi, &[lock], None, RenderOptions::default())
                .expect("it can be written")
        };
        let once = text(&written);
        let read = detect::read_source(&SourceFile::new("pixi.lock", once.as_str())).unwrap();
        assert_eq!(read.locks[0].options, options);
        assert_eq!(text(&read.locks[0]), once);
    }
}
