//! Platforms as people write them.

use lockit_diagnostic::Hint;

use crate::Platform;
use crate::spelling::did_you_mean;

/// The platforms a lock is made for when nobody says otherwise.
pub const DEFAULT_PLATFORMS: [Platform; 4] =
    [Platform::Linux64, Platform::LinuxAarch64, Platform::Osx64, Platform::OsxArm64];

/// Platforms in a sentence: their names, with commas between them.
pub fn platform_names(platforms: &[Platform]) -> String {
    let names: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
    names.join(", ")
}

/// A text is no platform to lock for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// No such subdir.
    #[error("the platform `{0}` is not known")]
    Unknown(String),
    /// `noarch` is a subdir of channels, but no machine.
    #[error("`noarch` is not a platform to lock for")]
    NoArch,
}

impl PlatformError {
    /// What is said at the place of the text.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "no platform of conda",
            Self::NoArch => "no machine has this platform",
        }
    }
}

impl Hint for PlatformError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::Unknown(text) => {
                let alias = match text.to_ascii_lowercase().as_str() {
                    "linux" | "linux-x86_64" | "linux-amd64" | "linux64" => Some("linux-64"),
                    "linux-arm64" => Some("linux-aarch64"),
                    "osx" | "macos" | "mac" | "darwin" | "macos-arm64" | "osx-aarch64"
                    | "osxarm64" => Some("osx-arm64"),
                    "macos-64" | "osx-x86_64" | "osx64" => Some("osx-64"),
                    "win" | "windows" | "win64" | "windows-64" | "win-amd64" => Some("win-64"),
                    _ => None,
                };
                match alias {
                    Some(alias) => format!("did you mean `{alias}`?"),
                    None => did_you_mean(text, Platform::all().map(Platform::as_str)).unwrap_or_else(|| {
                        "use for example `linux-64`, `linux-aarch64`, `osx-64`, `osx-arm64` or `win-64`".into()
                    }),
                }
            }
            Self::NoArch => "packages without a platform are part of every platform's lock".into(),
        }]
    }
}

/// Reads a platform such as `linux-64`. `noarch` is refused (CEP 24).
///
/// # Errors
/// [`PlatformError`].
pub fn parse_platform(text: &str) -> Result<Platform, PlatformError> {
    match text.parse::<Platform>() {
        Ok(Platform::NoArch) => Err(PlatformError::NoArch),
        Ok(platform) => Ok(platform),
        Err(_) => Err(PlatformError::Unknown(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_of_a_platform_lead_to_the_right_one() {
        for (text, hint) in [
            ("linux-arm64", "did you mean `linux-aarch64`?"),
            ("macos", "did you mean `osx-arm64`?"),
            ("linx-64", "did you mean `linux-64`?"),
        ] {
            assert_eq!(parse_platform(text).unwrap_err().hints(), [hint]);
        }
        assert_eq!(parse_platform("noarch"), Err(PlatformError::NoArch));
        assert_eq!(parse_platform("osx-arm64"), Ok(Platform::OsxArm64));
    }
}
