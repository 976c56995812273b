//! Why a lock cannot be written in a format.

use lockit_spec::Platform;

/// A lock that a format cannot express.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The lock has nothing for the platform that was asked for.
    #[error("the lock of `{environment}` has no platform `{platform}`")]
    NoPlatform {
        /// The environment's name.
        environment: String,
        /// The platform asked for.
        platform: Platform,
    },
    /// A record without an address.
    #[error("`{package}` on {platform} has no URL, which this format needs; lock again to get it")]
    NoUrl {
        /// `name version build`.
        package: String,
        /// Its platform.
        platform: Platform,
    },
    /// A package of pixi that is built when it is installed.
    #[error(
        "`{package}` on {platform} is built from source, which only pixi does; lockit writes packages of channels"
    )]
    Source {
        /// `name version build`.
        package: String,
        /// Its platform.
        platform: Platform,
    },
    /// A record that nobody could verify.
    #[error(
        "`{package}` on {platform} has neither a sha256 nor an md5 digest, so it cannot be pinned; \
         its channel must be indexed again"
    )]
    NoDigest {
        /// `name version build`.
        package: String,
        /// Its platform.
        platform: Platform,
    },
    /// `--md5` was asked for, and a record has none.
    #[error("`{package}` on {platform} has no md5 digest; leave out `--md5` to pin it by sha256")]
    NoMd5 {
        /// `name version build`.
        package: String,
        /// Its platform.
        platform: Platform,
    },
    /// A credential in clear text. The text does not repeat it.
    #[error(
        "{what} has a credential in clear text, which is never written to a lockfile; \
         write it as `${{VARIABLE}}` in the spec, or keep it in the credential store"
    )]
    Secret {
        /// What has it, without the credential.
        what: String,
    },
    /// A placeholder where the format does not allow one.
    #[error(
        "{what} has credentials as `${{VARIABLE}}`, which pixi.lock cannot hold; \
         keep them in the credential store instead"
    )]
    Placeholder {
        /// What has it.
        what: String,
    },
    /// Several environments, or none, where a file holds one.
    #[error("a file of kind `{kind}` holds one environment, not {count}")]
    NotOneEnvironment {
        /// The kind of file.
        kind: &'static str,
        /// How many there are.
        count: usize,
    },
    /// Several platforms, or none, where a file holds one and none is named.
    #[error("a file of kind `{kind}` holds one platform, not {count}")]
    NotOnePlatform {
        /// The kind of file.
        kind: &'static str,
        /// How many there are.
        count: usize,
    },
    /// A value that the format has no way to write.
    #[error("{what} cannot be written: {reason}")]
    Value {
        /// What it is about.
        what: String,
        /// Why it cannot be written.
        reason: String,
    },
}
