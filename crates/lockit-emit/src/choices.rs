//! What a person may choose about an image.

use std::collections::BTreeMap;

use lockit_lockfile::Format;
use lockit_spec::Rewrites;

use crate::EmitError;

/// Everything that can be chosen, with its defaults.
#[derive(Debug, Clone)]
pub struct Choices {
    /// What installs the environment.
    pub builder: Builder,
    /// The image of the builder; `None` for the usual one.
    pub builder_image: Option<String>,
    /// The image to run on, `scratch`, or `builder`.
    pub runtime: String,
    /// Where the environment lies in the image, absolute.
    pub prefix: String,
    /// What becomes of the project; `None` to see what lies there.
    pub app: Option<App>,
    /// The port it listens on.
    pub port: Option<u16>,
    /// The command, as a shell would be given it; `None` to see what lies there.
    pub cmd: Option<String>,
    /// Who runs it.
    pub user: String,
    /// Labels besides the usual ones.
    pub labels: BTreeMap<String, String>,
    /// Variables besides those of activation scripts.
    pub env: BTreeMap<String, String>,
    /// The path that a health check asks for over HTTP; empty for none; `None` to see whether the port
    /// is open.
    pub healthcheck: Option<String>,
    /// Digests of images.
    pub digests: Digests,
    /// The mirrors that the builder reads from.
    pub rewrites: Rewrites,
    /// What to leave out of the environment.
    pub trim: Trim,
    /// What becomes of python's byte code.
    pub bytecode: Bytecode,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            builder: Builder::Micromamba,
            builder_image: None,
            runtime: "distroless".into(),
            prefix: "/env".into(),
            app: None,
            port: None,
            cmd: None,
            user: "65532:65532".into(),
            labels: BTreeMap::new(),
            env: BTreeMap::new(),
            healthcheck: None,
            digests: Digests::default(),
            rewrites: Rewrites::default(),
            trim: Trim::Safe,
            bytecode: Bytecode::UncheckedHash,
        }
    }
}

/// The image of `--runtime distroless`.
const DISTROLESS: &str = "gcr.io/distroless/base-nossl-debian13:nonroot";
/// The image of `--runtime debian-slim`, and where `scratch` has its C library from.
pub(crate) const DEBIAN: &str = "debian:trixie-slim";

impl Choices {
    /// The reference of the builder's image, with its digest if there is one.
    pub(crate) fn builder_reference(&self) -> String {
        let image = self.builder_image.as_deref().unwrap_or(self.builder.image());
        self.digests.pin(image)
    }

    /// The image to run on without its digest; `scratch` for an empty one.
    pub(crate) fn runtime_image(&self) -> &str {
        match self.runtime.as_str() {
            "distroless" => DISTROLESS,
            "debian-slim" => DEBIAN,
            "builder" => self.builder_image.as_deref().unwrap_or(self.builder.image()),
            other => other,
        }
    }

    /// Whether values can stand in a Dockerfile.
    pub(crate) fn check(&self) -> Result<(), EmitError> {
        let plain = |text: &str| {
            !text.is_empty()
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@+".contains(c))
        };
        let refuse = |what, value: &str, hint: &str| {
            Err(EmitError::Value { what, value: value.to_owned(), hint: hint.to_owned() })
        };
        if !self.prefix.starts_with('/') || self.prefix.len() < 2 || !plain(&self.prefix) {
            return refuse(
                "the path of the environment",
                &self.prefix,
                "an absolute path such as `/env`",
            );
        }
        for image in [self.runtime_image(), &self.builder_reference()] {
            if !plain(image) {
                return refuse("the image", image, "a reference such as `debian:trixie-slim`");
            }
        }
        if !plain(&self.user) {
            return refuse("the user", &self.user, "numbers such as `65532:65532`");
        }
        if let Some(path) = &self.healthcheck
            && !path.chars().all(|c| c.is_ascii_alphanumeric() || "-_./?=&%+,:@~".contains(c))
        {
            return refuse("the path of the health check", path, "a path such as `/health`");
        }
        let keys = self.env.keys().map(|key| ("the variable", key));
        for (what, key) in keys.chain(self.labels.keys().map(|key| ("the label", key))) {
            if !plain(key) {
                return refuse(what, key, "letters, digits and `.`, `-`, `_`");
            }
        }
        Ok(())
    }
}

/// What installs the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Builder {
    /// `mambaorg/micromamba`: a single program.
    Micromamba,
    /// `condaforge/miniforge3`: conda and mamba.
    Miniforge,
    /// `ghcr.io/prefix-dev/pixi`, for a pixi.lock with its manifest.
    Pixi,
}

impl Builder {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 3] =
        [("micromamba", Self::Micromamba), ("miniforge", Self::Miniforge), ("pixi", Self::Pixi)];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Micromamba => "micromamba",
            Self::Miniforge => "miniforge",
            Self::Pixi => "pixi",
        }
    }

    pub(crate) fn image(self) -> &'static str {
        match self {
            Self::Micromamba => "mambaorg/micromamba:2.6.1",
            Self::Miniforge => "condaforge/miniforge3:25.3.1-0",
            Self::Pixi => "ghcr.io/prefix-dev/pixi:0.60.0",
        }
    }

    /// Where it keeps packages between builds.
    pub(crate) fn cache(self) -> &'static str {
        match self {
            Self::Micromamba | Self::Miniforge => "/opt/conda/pkgs",
            Self::Pixi => "/root/.cache/rattler",
        }
    }

    /// # Errors
    /// When it cannot read the format.
    pub(crate) fn check(self, format: Format) -> Result<(), EmitError> {
        let hint = match (self, format) {
            (Self::Micromamba | Self::Miniforge, Format::Pixi) => {
                "lock with `-k explicit`, or choose `--builder pixi`"
            }
            (Self::Pixi, Format::Explicit | Format::CondaLock) => {
                "lock with `-k pixi`, or choose `--builder micromamba`"
            }
            (_, Format::Env) => "lock with `-k explicit`: rendered environments hold no digests",
            _ => return Ok(()),
        };
        Err(EmitError::Builder { builder: self.as_str(), format: format.to_string(), hint })
    }
}

/// What becomes of the project that uses the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// Nothing: the image is the environment.
    Nothing,
    /// It is installed with pip, without dependencies.
    Package,
    /// Its files are copied.
    Copy,
}

/// What to leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trim {
    /// Everything stays.
    Nothing,
    /// What nothing at run time reads.
    Safe,
    /// Also what some programs and scanners want.
    Expert,
}

/// What becomes of python's byte code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytecode {
    /// As the installer left it.
    Keep,
    /// Compiled again so that it names no times: starts as fast, and the same build gives the same
    /// bytes (PEP 552).
    UncheckedHash,
    /// Gone: smaller, and slower to start.
    Strip,
}

/// Digests of images, from a file with one `IMAGE@sha256:…` per line.
#[derive(Debug, Clone, Default)]
pub struct Digests(BTreeMap<String, String>);

impl Digests {
    /// Reads the lines; `#` begins a comment.
    ///
    /// # Errors
    /// A line that is something else.
    pub fn parse(text: &str) -> Result<Self, EmitError> {
        let mut digests = BTreeMap::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let hex = |digest: &str| {
                digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
            };
            match line.split_once("@sha256:") {
                Some((image, digest)) if hex(digest) && !image.is_empty() => {
                    digests.insert(image.to_owned(), digest.to_owned());
                }
                _ => {
                    return Err(EmitError::Value {
                        what: "the line of digests",
                        value: line.to_owned(),
                        hint: "write `IMAGE:TAG@sha256:…`, one image per line".into(),
                    });
                }
            }
        }
        Ok(Self(digests))
    }

    /// The reference of an image with its digest, if that is known.
    pub(crate) fn pin(&self, image: &str) -> String {
        match self.0.get(image) {
            Some(digest) => format!("{image}@sha256:{digest}"),
            None => image.to_owned(),
        }
    }

    /// The digest of an image, with its algorithm.
    pub(crate) fn of(&self, image: &str) -> Option<String> {
        match image.split_once('@') {
            Some((_, digest)) => Some(digest.to_owned()),
            None => self.0.get(image).map(|digest| format!("sha256:{digest}")),
        }
    }

    /// Whether an image has one.
    pub(crate) fn has(&self, image: &str) -> bool {
        self.of(image).is_some()
    }

    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_could_be_something_else_in_a_dockerfile_are_refused() {
        let refused = |change: &dyn Fn(&mut Choices)| {
            let mut choices = Choices::default();
            change(&mut choices);
            match choices.check() {
                Ok(()) => None,
                Err(EmitError::Value { what, .. }) => Some(what),
                Err(other) => panic!("{other}"),
            }
        };
        assert_eq!(refused(&|_| {}), None);
        for prefix in ["/e", "/opt/env-1.0_x", "/a+b"] {
            assert_eq!(refused(&|c| c.prefix = prefix.into()), None, "{prefix}");
        }
        for prefix in ["", "/", "env", "/e nv", "/$HOME", "/e\nRUN x"] {
            assert_eq!(
                refused(&|c| c.prefix = prefix.into()),
                Some("the path of the environment"),
                "{prefix}"
            );
        }
        for image in ["", "a b", "debian:13 AS x"] {
            assert_eq!(refused(&|c| c.runtime = image.into()), Some("the image"), "{image}");
            let builder = |c: &mut Choices| c.builder_image = Some(image.into());
            assert_eq!(refused(&builder), Some("the image"), "{image}");
        }
        assert_eq!(refused(&|c| c.user = "0 0".into()), Some("the user"));
        let name = || ("A B".to_owned(), "x".to_owned());
        assert_eq!(refused(&|c| c.env.extend([name()])), Some("the variable"));
        assert_eq!(refused(&|c| c.labels.extend([name()])), Some("the label"));
        // Their values are quoted.
        assert_eq!(refused(&|c| c.env.extend([("A".to_owned(), "b c".to_owned())])), None);
    }

    #[test]
    fn a_digest_is_an_image_and_64_digits() {
        let digest = "0123456789abcdef".repeat(4);
        let digests =
            Digests::parse(&format!("# all\n\nx:1@sha256:{digest}  # the base\n")).unwrap();
        assert_eq!(digests.pin("x:1"), format!("x:1@sha256:{digest}"));
        assert_eq!(digests.pin("x:2"), "x:2");
        assert_eq!(digests.of("x:1"), Some(format!("sha256:{digest}")));
        assert_eq!(digests.of("y@sha256:00").as_deref(), Some("sha256:00"));
        assert!(digests.has("x:1") && !digests.has("x:2"));
        assert!(!digests.is_empty() && Digests::parse("# none\n").unwrap().is_empty());
        for wrong in [
            format!("@sha256:{digest}"),
            format!("x:1@sha256:{}", &digest[1..]),
            format!("x:1@sha256:{}", digest.replace('a', "g")),
            format!("x:1@sha512:{digest}"),
            "x:1".to_owned(),
        ] {
            assert!(Digests::parse(&wrong).is_err(), "{wrong}");
        }
    }
}
