//! One request answered by `uv pip compile`: what uv is given, and what it says.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use lockit_lockfile::{PipRecord, PipSource};
use lockit_spec::{
    ChannelRef, IndexStrategy, PUBLIC_INDEX, PipRequirement, Prereleases, Strategy, mentions,
};
use url::Url;

use crate::annotations::Annotations;
use crate::build_rules::{arguments, must_be_built};
use crate::digests::{Digests, Held};
use crate::editable::Editables;
use crate::other_digests::OtherDigests;
use crate::pylock::Document;
use crate::request::{PypiRequest, Resolver};
use crate::said::Said;
use crate::target::Target;
use crate::unreachable::is_unreachable;
use crate::{Provided, PypiError, stub, surroundings};

/// Below the temporary folder: where uv writes, and where the wheels of conda packages are.
pub(crate) const OUTPUT: &str = "out";
pub(crate) const STUBS: &str = "conda";

/// How many versions of packages are left out before the search for the right digest ends.
const MOST_VERSIONS: usize = 32;

pub(crate) struct Run<'a> {
    pub(crate) resolver: &'a Resolver<'a>,
    pub(crate) request: &'a PypiRequest<'a>,
    pub(crate) target: &'a Target,
    pub(crate) provided: &'a [Provided],
    pub(crate) editables: &'a Editables,
    /// What archives must hash to.
    pub(crate) digests: &'a Digests,
    /// Packages that are built, as they may be, since nothing else worked.
    pub(crate) built: BTreeSet<String>,
    /// Versions of which no archive has the right digest, as constraints.
    pub(crate) excluded: Vec<String>,
    pub(crate) folder: PathBuf,
}

/// Why uv has no answer.
struct Failure {
    error: PypiError,
    /// Packages that would have to be built, and that it was told not to build.
    unbuilt: BTreeSet<String>,
}

impl<E: Into<PypiError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), unbuilt: BTreeSet::new() }
    }
}

impl Run<'_> {
    /// Resolves. What may be built by its name is built only when there is no other way: uv takes no wheel of it then.
    /// Versions without an archive of the right digest are left out, one after the other.
    pub(crate) fn answer(&mut self) -> Result<(Document, Vec<String>), PypiError> {
        // The first version that was left out.
        let mut other: Option<OtherDigests> = None;
        self.prepare()?;
        loop {
            let (document, warnings) =
                self.built_as_needed().map_err(|error| blamed(error, other.take()))?;
            let nothing = match self.held(document) {
                Held::Right(document) => return Ok((document, warnings)),
                Held::OnlySources(packages) => {
                    if self.build(packages)? {
                        continue;
                    }
                    let reason = "it takes wheels where it was told not to".to_owned();
                    return Err(PypiError::Answer { reason });
                }
                Held::Nothing(nothing) => nothing,
            };
            let excluded = format!("{}!={}", nothing.name, nothing.version);
            let is_last = nothing.version.is_empty() || self.excluded.len() == MOST_VERSIONS;
            let first = other.take().unwrap_or(nothing);
            if is_last {
                return Err(first.into());
            }
            other = Some(first);
            self.excluded.push(excluded);
        }
    }

    /// Takes only source distributions of packages from now on, if they may be built. Whether that is new of one of them.
    fn build(&mut self, packages: impl IntoIterator<Item = String>) -> Result<bool, PypiError> {
        let (builds, archives) = (self.request.builds, &self.request.sources.archives);
        let (allowed, refused): (Vec<_>, Vec<_>) =
            packages.into_iter().partition(|name| builds.permit(name, archives));
        if !refused.is_empty() {
            return Err(PypiError::NotToBeBuilt { packages: refused, none: builds.none });
        }
        let known = self.built.len();
        self.built.extend(allowed);
        Ok(self.built.len() > known)
    }

    /// What the digests leave of an answer, and of the source distributions beside it.
    fn held(&self, document: Document) -> Held {
        match self.digests.hold(document, &self.target.tags) {
            Held::Nothing(nothing) => match self.source_beside(&nothing) {
                Some(sources @ Held::OnlySources(_)) => sources,
                Some(Held::Nothing(OtherDigests { archives, .. })) => {
                    Held::Nothing(OtherDigests { archives, ..nothing })
                }
                Some(Held::Right(_)) | None => Held::Nothing(nothing),
            },
            held => held,
        }
    }

    /// What the digests leave of everything that indexes have of a version. Where builds are restricted, uv does not
    /// tell of source distributions. It has a wheel, so nothing is built to look.
    fn source_beside(&self, nothing: &OtherDigests) -> Option<Held> {
        let rules = arguments(self.request.builds, &self.request.sources.archives, &self.built);
        let is_hidden = rules.iter().any(|rule| rule.starts_with("--only-binary"))
            && !self.built.contains(&nothing.name);
        if !is_hidden || nothing.version.is_empty() {
            return None;
        }
        let output = self.folder.join(OUTPUT).join("pylock.beside.toml");
        let mut command = self.command(&output, &[], self.index_strategy()).ok()?;
        command.args(["--format", "pylock.toml", "--no-deps"]);
        let wanted = format!("{}=={}\n", nothing.name, nothing.version);
        self.run(command, &(self.places().ok()? + &wanted)).ok()?;
        let text = fs_err::read_to_string(&output).ok()?;
        Some(self.digests.hold(Document::parse(&text).ok()?, &self.target.tags))
    }

    fn built_as_needed(&mut self) -> Result<(Document, Vec<String>), PypiError> {
        loop {
            let Failure { error, unbuilt } = match self.pylock() {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            if !self.build(unbuilt)? {
                return Err(error);
            }
        }
    }

    /// Writes what uv reads.
    fn prepare(&self) -> Result<(), PypiError> {
        let stubs = self.folder.join(STUBS);
        fs_err::create_dir(&stubs)?;
        for one in self.provided {
            stub::write(&stubs, one)?;
        }
        let output = self.folder.join(OUTPUT).join("pylock.toml");
        fs_err::create_dir(self.folder.join(OUTPUT))?;
        if !self.request.previous.is_empty() {
            // uv keeps what it finds in the file that it is going to write.
            let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"lockit\"\n");
            for record in self.request.previous.iter().filter(|record| !record.version.is_empty()) {
                let (name, version) = (&record.name, &record.version);
                let _ =
                    write!(text, "\n[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n");
            }
            fs_err::write(&output, text)?;
        }
        Ok(())
    }

    /// Resolves; gives the answer and what uv warns of.
    fn pylock(&self) -> Result<(Document, Vec<String>), Failure> {
        let output = self.folder.join(OUTPUT).join("pylock.toml");
        let mut command = self.command(&output, &self.building(), self.index_strategy())?;
        command.args(["--format", "pylock.toml"]);
        let warnings = self.run(command, &self.requirements()?)?;
        Ok((Document::parse(&fs_err::read_to_string(&output)?)?, warnings))
    }

    /// Asks again, for who needs what and where it is from. Everything is decided and cached by now.
    pub(crate) fn annotations(&self, records: &[PipRecord]) -> Result<Annotations, PypiError> {
        let pins = records.iter().filter(|record| {
            matches!(record.source, PipSource::Archive { .. }) && !record.version.is_empty()
        });
        let pins: Vec<String> =
            pins.map(|record| format!("{}=={}", record.name, record.version)).collect();
        let strategy = self.index_strategy();
        self.annotated("requirements.txt", &pins.join("\n"), &self.building(), strategy)
    }

    /// What would be chosen if all indexes counted alike. `None` where that cannot differ, or nothing could be. Nothing is
    /// built for it, whatever may be built else: it asks for versions of indexes that do not count, and anybody may put
    /// one there.
    pub(crate) fn with_all_indexes(&self, taken: &Annotations) -> Option<Annotations> {
        let sources = self.request.sources;
        let last = sources.asked().last().filter(|_| !sources.asks_public());
        let last =
            last.map_or_else(|| Ok(PUBLIC_INDEX.to_owned()), |one| self.resolver.reveal(&one.text));
        let last = without_login(&last.ok()?)?;
        let several = sources.asked().count() + usize::from(sources.asks_public()) > 1;
        let is_first = self.index_strategy() == IndexStrategy::FirstIndex;
        let may_differ = taken.indexes().any(|index| index != last);
        if !several || !is_first || !may_differ {
            return None;
        }
        let only_wheels = ["--only-binary=:all:".to_owned()];
        self.annotated("best.txt", "", &only_wheels, IndexStrategy::UnsafeBestMatch).ok()
    }

    /// The answer as a requirements file with comments; `pins` are preferred.
    fn annotated(
        &self,
        file: &str,
        pins: &str,
        building: &[String],
        strategy: IndexStrategy,
    ) -> Result<Annotations, PypiError> {
        let output = self.folder.join(OUTPUT).join(file);
        fs_err::write(&output, pins)?;
        let mut command = self.command(&output, building, strategy)?;
        command.args(["--format", "requirements.txt", "--no-header", "--no-strip-extras"]);
        command.args(["--annotation-style", "line", "--emit-index-annotation"]);
        self.run(command, &self.requirements()?).map_err(|failure| failure.error)?;
        Ok(Annotations::read(&fs_err::read_to_string(&output)?))
    }

    fn index_strategy(&self) -> IndexStrategy {
        self.request.sources.index_strategy.unwrap_or_default()
    }

    /// What may be built and which archives may be taken, as arguments.
    fn building(&self) -> Vec<String> {
        arguments(self.request.builds, &self.request.sources.archives, &self.built)
    }

    fn command(
        &self,
        output: &Path,
        building: &[String],
        strategy: IndexStrategy,
    ) -> Result<Command, PypiError> {
        let mut command = self.resolver.uv.command();
        command.args(["pip", "compile", "-", "--no-python-downloads"]);
        command.args(["--python-platform", &self.target.platform]);
        command.args(["--python-version", &self.target.python]);
        command.arg("--output-file").arg(output);
        command.args([
            "--resolution",
            match self.request.strategy {
                Strategy::Highest => "highest",
                Strategy::Lowest => "lowest",
                Strategy::LowestDirect => "lowest-direct",
            },
        ]);
        if let Some(moment) = self.request.exclude_newer {
            command.args(["--exclude-newer", &moment.to_string()]);
        }
        for exception in &self.request.exclude_newer_package {
            command.args(["--exclude-newer-package", exception]);
        }
        match self.request.sources.prereleases {
            // As uv does without being told; it has given up this word.
            Prereleases::IfNecessaryOrExplicit => {}
            other => {
                command.args(["--prerelease", other.as_str()]);
            }
        }
        command.args(["--index-strategy", strategy.as_str()]);
        command.args(building);
        let over_ssh = |one: &&PipRequirement| one.text.contains("ssh://");
        if self.request.requirements.iter().any(over_ssh) {
            command.envs(surroundings::of_ssh());
        }
        if self.resolver.offline {
            command.arg("--offline");
        }
        let written = self.request.constraining.iter().map(|one| one.line_without_digests());
        let constraints = self.request.constraints.iter().cloned().chain(written);
        let constraints: Vec<String> = constraints.chain(self.excluded.iter().cloned()).collect();
        if !constraints.is_empty() {
            let file = self.folder.join("constraints.txt");
            // uv fills in on its own what is left to it.
            let lines = constraints.iter().map(|line| self.resolver.reveal(line));
            let lines = lines.collect::<Result<Vec<_>, _>>()?;
            fs_err::write(&file, lines.join("\n"))?;
            command.arg("--constraints").arg(file);
        }
        if !self.request.overriding.is_empty() {
            let file = self.folder.join("overrides.txt");
            let lines = self.request.overriding.iter();
            let lines = lines.map(|one| self.resolver.reveal(&one.line_without_digests()));
            fs_err::write(&file, lines.collect::<Result<Vec<_>, _>>()?.join("\n"))?;
            command.arg("--overrides").arg(file);
        }
        if let Some(macos) = &self.target.macos {
            command.env("MACOSX_DEPLOYMENT_TARGET", macos);
        }
        command.current_dir(&self.resolver.folder);
        Ok(command)
    }

    /// Runs uv on requirements, which it reads from its input: there they may hold secrets. Gives its warnings.
    fn run(&self, mut command: Command, requirements: &str) -> Result<Vec<String>, Failure> {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A uv that ends early says why on its own.
            let _ = input.write_all(requirements.as_bytes());
        }
        let Output { status, stderr, .. } = child.wait_with_output()?;
        let text = self.words(&String::from_utf8_lossy(&stderr));
        let said = Said::of(&text, self.provided);
        if status.success() {
            return Ok(said.warnings);
        }
        let error = match said.unsatisfiable {
            Some(explanation) => {
                let provided = self.provided.iter().filter(|one| mentions(&explanation, &one.name));
                let provided = provided.cloned().collect();
                PypiError::Unsatisfiable { explanation, provided, advice: said.advice }
            }
            None if is_unreachable(&text) => PypiError::Unreachable { explanation: said.failure },
            None => PypiError::Failed { explanation: said.failure, advice: said.advice },
        };
        Err(Failure { error, unbuilt: must_be_built(&text) })
    }

    /// The lines that uv reads: where packages are, what conda has, and what is wanted.
    fn requirements(&self) -> Result<String, PypiError> {
        let mut text = self.places()?;
        for one in self.provided {
            let stub = stub::path(&self.folder.join(STUBS), one);
            let url = Url::from_file_path(&stub)
                .map_err(|()| std::io::Error::other("the temporary folder has no absolute path"))?;
            let _ = writeln!(text, "{} @ {url}", one.name);
        }
        for requirement in &self.request.requirements {
            text.push_str(&self.resolver.reveal(&self.editables.line(requirement))?);
            text.push('\n');
        }
        Ok(text)
    }

    /// The lines that say where packages are looked for.
    fn places(&self) -> Result<String, PypiError> {
        let mut text = String::new();
        let sources = self.request.sources;
        let asked: Vec<&ChannelRef> = sources.asked().collect();
        for (number, index) in asked.iter().enumerate() {
            // uv asks the one that is no extra last.
            let is_last = number + 1 == asked.len() && !sources.asks_public();
            let option = if is_last { "--index-url" } else { "--extra-index-url" };
            let _ = writeln!(text, "{option} {}", self.resolver.reveal(&index.text)?);
        }
        if asked.is_empty() && !sources.asks_public() {
            text.push_str("--no-index\n");
        }
        for links in &sources.find_links {
            let place = self.resolver.reveal(&place_of(links))?;
            let _ = writeln!(text, "--find-links {place}");
        }
        Ok(text)
    }

    /// What uv says, in words that make sense to somebody who does not know how it was asked.
    fn words(&self, text: &str) -> String {
        let mut text = (self.resolver.conceal)(text);
        for one in self.provided {
            let stub = stub::path(&self.folder.join(STUBS), one);
            if let Ok(url) = Url::from_file_path(stub) {
                text = text.replace(&format!("{} @ {url}", one.name), &one.name);
            }
        }
        text
    }
}

/// An address as uv writes it into comments: without its login, and without a slash at its end.
pub(crate) fn without_login(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// A version that was left out for its digests is the reason when nothing is left.
fn blamed(error: PypiError, other: Option<OtherDigests>) -> PypiError {
    match (error, other) {
        (PypiError::Unsatisfiable { .. }, Some(other)) => other.into(),
        (error, _) => error,
    }
}

/// A folder or page of archives. A relative one is relative to the folder of the file that names it.
fn place_of(links: &ChannelRef) -> String {
    let folder = links.origin.as_ref().and_then(|(file, _)| Path::new(file.name()).parent());
    match folder {
        Some(folder) if !links.text.contains("://") && !folder.as_os_str().is_empty() => {
            folder.join(&links.text).to_string_lossy().into_owned()
        }
        _ => links.text.clone(),
    }
}
