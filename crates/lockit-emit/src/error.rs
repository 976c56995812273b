//! Why there is nothing to emit.

use lockit_diagnostic::Hint;
use lockit_spec::Platform;

/// Why nothing can be emitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// Nothing is locked.
    #[error("there is no lock to build from")]
    NoLock,
    /// A lock of another system.
    #[error("`{path}` is locked for {platform}, and a container runs Linux")]
    NotLinux {
        /// The lockfile.
        path: String,
        /// Its platform.
        platform: Platform,
    },
    /// Two lockfiles for one platform.
    #[error("`{}` and `{}` are both for {platform}", paths[0], paths[1])]
    Twice {
        /// The platform.
        platform: Platform,
        /// The lockfiles.
        paths: [String; 2],
    },
    /// PyPI packages were left out of the lock.
    #[error("`{path}` says that packages from PyPI were left out of it")]
    PipSkipped {
        /// The lockfile.
        path: String,
    },
    /// PyPI packages in a format that the builder's pip cannot be given.
    #[error("`{path}` holds packages from PyPI, which an image gets from explicit lockfiles only")]
    PipFormat {
        /// The lockfile.
        path: String,
    },
    /// PyPI packages, and no pip to install them with.
    #[error("`{path}` holds packages from PyPI and no `pip`")]
    NoPip {
        /// The lockfile.
        path: String,
    },
    /// A PyPI package that lies in a folder of the project, which the environment's stage does not have.
    #[error("`{package}` of `{path}` is a folder or file of the project")]
    PipFolder {
        /// The lockfile.
        path: String,
        /// The package.
        package: String,
    },
    /// More than one environment.
    #[error("one image holds one environment, and there are several: {names}")]
    Environments {
        /// The lockfile.
        path: String,
        /// The environments.
        names: String,
    },
    /// Lockfiles of several formats.
    #[error("`{path}` is of another format than `{first}`")]
    Formats {
        /// The lockfile.
        path: String,
        /// The lockfile before.
        first: String,
    },
    /// Another python on another architecture.
    #[error("python is {} on {} and {} on {}", first.1, first.0, second.1, second.0)]
    Pythons {
        /// One platform and its series.
        first: (Platform, String),
        /// The other one.
        second: (Platform, String),
    },
    /// The lock needs a newer glibc than the image has.
    #[error("the lock needs glibc {needed}, and `{image}` has {has}")]
    Glibc {
        /// What the lock needs.
        needed: String,
        /// A package that needs it.
        package: Option<String>,
        /// The image.
        image: String,
        /// What it has.
        has: String,
    },
    /// An image without glibc.
    #[error("`{image}` has no glibc, and conda packages need one")]
    NoGlibc {
        /// The image.
        image: String,
    },
    /// The builder cannot read the lockfile.
    #[error("{builder} cannot install from a lockfile of kind `{format}`")]
    Builder {
        /// The builder.
        builder: &'static str,
        /// The format.
        format: String,
        /// What can.
        hint: &'static str,
    },
    /// The project cannot be installed as it is to be.
    #[error("{reason}")]
    Project {
        /// Why.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// A value that cannot stand in a Dockerfile.
    #[error("{what} `{value}` is not understood")]
    Value {
        /// The option.
        what: &'static str,
        /// Its value.
        value: String,
        /// What is.
        hint: String,
    },
    /// A file that cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Hint for EmitError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::NoLock => "lock first: `lockit -p linux-64 -f predict-environment.yml`".into(),
            Self::NotLinux { .. } => {
                "lock for linux-64 or linux-aarch64 with `-p`, and name that lockfile".into()
            }
            Self::Twice { .. } => "name one of them".into(),
            Self::PipSkipped { .. } => "lock without `--skip-pip`".into(),
            Self::PipFormat { .. } => "lock with `-k explicit`".into(),
            Self::NoPip { .. } => "add `pip` to the conda dependencies and lock again".into(),
            Self::PipFolder { .. } => {
                "leave it out of the spec: the image copies or installs the project itself (`--app`)"
                    .into()
            }
            Self::Environments { .. } => "choose one with `--environment NAME`".into(),
            Self::Formats { .. } => "name lockfiles of one format".into(),
            Self::Pythons { .. } => "pin python in the spec: `python =3.12`".into(),
            Self::Glibc { package, .. } => {
                let who =
                    package.as_ref().map_or_else(String::new, |name| format!("`{name}` does; "));
                format!("{who}choose a newer image with `--runtime`, or lock for an older glibc")
            }
            Self::NoGlibc { .. } => "choose an image of Debian, Ubuntu or UBI".into(),
            Self::Builder { hint, .. } => (*hint).to_owned(),
            Self::Project { hint, .. } | Self::Value { hint, .. } => hint.clone(),
            Self::Io(_) => return Vec::new(),
        }]
    }
}
