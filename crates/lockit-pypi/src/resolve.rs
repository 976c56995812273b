//! One environment's PyPI requirements on one platform, resolved by `uv pip compile`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use jiff::Timestamp;
use lockit_lockfile::{PipRecord, PipSource, Record};
use lockit_spec::{
    Builds, ChannelRef, NameMap, NotFilled, PipRequirement, PipSources, Platform, Strategy,
    VirtualPackage, mentions,
};
use url::Url;

use crate::annotations::Annotations;
use crate::build_rules::{arguments, must_be_built};
use crate::editable::Editables;
use crate::put_back::{Asked, put_back};
use crate::pylock::{self, Folders};
use crate::target::Target;
use crate::{MissingExtra, Provided, PypiError, Uv, provided, stub, surroundings};

/// What one environment asks of PyPI on one platform.
#[derive(Debug)]
pub struct PypiRequest<'a> {
    /// The platform.
    pub platform: Platform,
    /// What is wanted.
    pub requirements: Vec<&'a PipRequirement>,
    /// Requirements that hold for what is chosen, without asking for it: those of environments that share
    /// versions with this one.
    pub constraints: Vec<String>,
    /// Where packages are looked for.
    pub sources: &'a PipSources,
    /// What conda has chosen. All of it is decided.
    pub conda: &'a [Arc<Record>],
    /// What packages are called on PyPI and in channels.
    pub names: &'a NameMap,
    /// The virtual packages that the platform is assumed to have.
    pub virtual_packages: &'a [VirtualPackage],
    /// Whether packages may be built to learn what they need.
    pub builds: &'a Builds,
    /// What was locked before and may stay.
    pub previous: &'a [PipRecord],
    /// Which versions to prefer.
    pub strategy: Strategy,
    /// The moment after which archives are ignored.
    pub exclude_newer: Option<Timestamp>,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    /// The packages, sorted by name.
    pub records: Vec<PipRecord>,
    /// Extras that nobody brings, because conda provides the package.
    pub missing_extras: Vec<MissingExtra>,
    /// What uv says besides that a person should know, without secrets.
    pub warnings: Vec<String>,
}

/// How requests are answered.
pub struct Resolver<'a> {
    /// uv.
    pub uv: Uv,
    /// Use only what uv has in its cache.
    pub offline: bool,
    /// The folder that relative paths of requirements are relative to, absolute.
    pub folder: PathBuf,
    /// The folder that relative paths of records are relative to, absolute.
    pub project: PathBuf,
    /// Fills in the variables of a text.
    pub fill: &'a (dyn Fn(&str) -> Result<String, NotFilled> + Sync),
    /// Takes secrets out of a text.
    pub conceal: &'a (dyn Fn(&str) -> String + Sync),
}

impl Resolver<'_> {
    /// Chooses packages for a request.
    ///
    /// # Errors
    /// See [`PypiError`].
    pub fn resolve(&self, request: &PypiRequest<'_>) -> Result<Resolution, PypiError> {
        if request.requirements.is_empty() {
            return Ok(Resolution::default());
        }
        let target = Target::new(request.platform, request.conda, request.virtual_packages)?;
        let provided = provided(request.conda, request.names);
        let temporary = tempfile::Builder::new().prefix("lockit-pypi-").tempdir()?;
        let folder = fs_err::canonicalize(temporary.path())?;
        let editables = Editables::of(
            &request.requirements,
            request.builds,
            &request.sources.archives,
            &self.folder,
            &self.uv,
        )?;
        let mut run = Run {
            resolver: self,
            request,
            target: &target,
            provided: &provided,
            editables: &editables,
            built: BTreeSet::new(),
            folder,
        };
        let (text, warnings) = run.built_as_needed()?;
        let folders = Folders {
            output: &run.folder.join(OUTPUT),
            project: &self.project,
            stubs: &run.folder.join(STUBS),
        };
        let mut records = pylock::read(&text, &target.tags, &folders)?;
        editables.restore(&mut records, &self.project);
        let annotations = run.annotations(&records)?;
        let asked = self.asked(request)?;
        for record in &mut records {
            let depends = annotations.depends.get(&record.name).into_iter().flatten();
            record.depends = Some(depends.cloned().collect());
            record.extras = annotations.extras.get(&record.name).cloned().unwrap_or_default();
            hide_secrets(record, &asked);
        }
        let (extras, warnings): (Vec<_>, Vec<_>) = warnings
            .into_iter()
            .map(|warning| MissingExtra::told(&warning, &provided).ok_or(warning))
            .partition(Result::is_ok);
        Ok(Resolution {
            records,
            missing_extras: extras.into_iter().flatten().collect(),
            warnings: warnings.into_iter().filter_map(Result::err).collect(),
        })
    }

    /// A text with its placeholders filled in.
    fn reveal(&self, text: &str) -> Result<String, PypiError> {
        Ok((self.fill)(text)?)
    }

    /// The addresses that are asked, as they are written and with what was filled in.
    fn asked(&self, request: &PypiRequest<'_>) -> Result<Vec<Asked>, PypiError> {
        let direct = request.requirements.iter().map(|one| one.text.as_str());
        let texts = direct.chain(sources(request.sources).map(|one| one.text.as_str()));
        let mut asked = Vec::new();
        for text in texts.filter(|text| text.contains("://")) {
            asked.extend(Asked::new(text, &self.reveal(text)?));
        }
        Ok(asked)
    }
}

/// Puts placeholders back into addresses, and logins of indexes in front of those of their files: uv asks with them and
/// does not repeat them.
fn hide_secrets(record: &mut PipRecord, asked: &[Asked]) {
    match &mut record.source {
        PipSource::Archive { url, index } => {
            *url = put_back(url, asked);
            if let Some(index) = index {
                *index = put_back(index, asked);
            }
        }
        PipSource::Git { url, .. } => *url = put_back(url, asked),
        PipSource::Folder { .. } => {}
    }
}

fn sources(sources: &PipSources) -> impl Iterator<Item = &ChannelRef> {
    sources.indexes.iter().chain(&sources.find_links)
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

/// Below the temporary folder: where uv writes, and where the wheels of conda packages are.
const OUTPUT: &str = "out";
const STUBS: &str = "conda";

struct Run<'a> {
    resolver: &'a Resolver<'a>,
    request: &'a PypiRequest<'a>,
    target: &'a Target,
    provided: &'a [Provided],
    editables: &'a Editables,
    /// Packages that are built, as they may be, since nothing else worked.
    built: BTreeSet<String>,
    folder: PathBuf,
}

impl Run<'_> {
    /// Resolves. What may be built by its name is built only when there is no other way: uv takes no wheel of it then.
    fn built_as_needed(&mut self) -> Result<(String, Vec<String>), PypiError> {
        let (builds, archives) = (self.request.builds, &self.request.sources.archives);
        self.prepare()?;
        loop {
            let error = match self.pylock() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let needed = match &error {
                PypiError::Unsatisfiable { explanation, .. }
                | PypiError::Failed { explanation } => must_be_built(explanation),
                _ => return Err(error),
            };
            let known = self.built.len();
            let (allowed, others): (BTreeSet<_>, BTreeSet<_>) =
                needed.into_iter().partition(|name| builds.permit(name, archives));
            if !others.is_empty() {
                let packages = others.into_iter().collect();
                return Err(PypiError::NotToBeBuilt { packages, none: builds.none });
            }
            self.built.extend(allowed);
            if self.built.len() == known {
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

    /// Resolves; gives the text of a `pylock.toml` and what uv warns of.
    fn pylock(&self) -> Result<(String, Vec<String>), PypiError> {
        let output = self.folder.join(OUTPUT).join("pylock.toml");
        let mut command = self.command(&output)?;
        command.args(["--format", "pylock.toml"]);
        let warnings = self.run(command)?;
        Ok((fs_err::read_to_string(&output)?, warnings))
    }

    /// Asks again, for who needs what. Everything is decided and cached by now.
    fn annotations(&self, records: &[PipRecord]) -> Result<Annotations, PypiError> {
        let output = self.folder.join(OUTPUT).join("requirements.txt");
        let pins = records.iter().filter(|record| {
            matches!(record.source, PipSource::Archive { .. }) && !record.version.is_empty()
        });
        let pins: Vec<String> =
            pins.map(|record| format!("{}=={}", record.name, record.version)).collect();
        fs_err::write(&output, pins.join("\n"))?;
        let mut command = self.command(&output)?;
        command.args(["--format", "requirements.txt", "--no-header", "--no-strip-extras"]);
        command.args(["--annotation-style", "line"]);
        self.run(command)?;
        Ok(Annotations::read(&fs_err::read_to_string(&output)?))
    }

    fn command(&self, output: &Path) -> Result<Command, PypiError> {
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
        if self.request.sources.prereleases {
            command.args(["--prerelease", "allow"]);
        }
        command.args(arguments(self.request.builds, &self.request.sources.archives, &self.built));
        let over_ssh = |one: &&PipRequirement| one.text.contains("ssh://");
        if self.request.requirements.iter().any(over_ssh) {
            command.envs(surroundings::of_ssh());
        }
        if self.resolver.offline {
            command.arg("--offline");
        }
        if !self.request.constraints.is_empty() {
            let constraints = self.folder.join("constraints.txt");
            // uv fills in on its own what is left to it.
            let lines = self.request.constraints.iter().map(|line| self.resolver.reveal(line));
            let lines = lines.collect::<Result<Vec<_>, _>>()?;
            fs_err::write(&constraints, lines.join("\n"))?;
            command.arg("--constraints").arg(constraints);
        }
        if let Some(macos) = &self.target.macos {
            command.env("MACOSX_DEPLOYMENT_TARGET", macos);
        }
        command.current_dir(&self.resolver.folder);
        Ok(command)
    }

    /// Runs uv on the requirements, which it reads from its input: there they may hold secrets.
    fn run(&self, mut command: Command) -> Result<Vec<String>, PypiError> {
        let requirements = self.requirements()?;
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A uv that ends early says why on its own.
            let _ = input.write_all(requirements.as_bytes());
        }
        let Output { status, stderr, .. } = child.wait_with_output()?;
        let text = self.words(&String::from_utf8_lossy(&stderr));
        let said = |start: &str| {
            text.lines().filter_map(|line| line.strip_prefix(start)).map(str::to_owned).collect()
        };
        if status.success() {
            return Ok(said("warning: "));
        }
        let warnings: Vec<String> = said("warning: ");
        let explanation: Vec<&str> = text
            .lines()
            .filter(|line| {
                !line.strip_prefix("warning: ").is_some_and(|one| warnings.iter().any(|w| w == one))
            })
            .collect();
        let explanation = explanation.join("\n");
        Err(match explanation.split_once(UNSATISFIABLE) {
            Some((_, reason)) => {
                let explanation =
                    self.provided.iter().fold(plain(reason), |text, one| fixed(&text, one));
                let provided = self.provided.iter().filter(|one| mentions(&explanation, &one.name));
                let provided = provided.cloned().collect();
                PypiError::Unsatisfiable { explanation, provided }
            }
            None if is_unreachable(&explanation) => {
                PypiError::Unreachable { explanation: plain(&explanation) }
            }
            None => PypiError::Failed { explanation: plain(&explanation) },
        })
    }

    fn requirements(&self) -> Result<String, PypiError> {
        let mut text = String::new();
        let sources = self.request.sources;
        let mut indexes = sources.indexes.iter();
        if !sources.public {
            match indexes.next() {
                Some(first) => {
                    let _ = writeln!(text, "--index-url {}", self.resolver.reveal(&first.text)?);
                }
                None => text.push_str("--no-index\n"),
            }
        }
        for index in indexes {
            let _ = writeln!(text, "--extra-index-url {}", self.resolver.reveal(&index.text)?);
        }
        for links in &sources.find_links {
            let place = self.resolver.reveal(&place_of(links))?;
            let _ = writeln!(text, "--find-links {place}");
        }
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

    /// What uv says, in words that make sense to somebody who does not know how it was asked.
    fn words(&self, text: &str) -> String {
        let mut text = (self.resolver.conceal)(text);
        for one in self.provided {
            let stub = stub::path(&self.folder.join(STUBS), one);
            if let Ok(url) = Url::from_file_path(stub) {
                text = text.replace(&format!("{} @ {url}", one.name), &one.name);
            }
        }
        // uv's python only builds source distributions; which packages are chosen does not depend on it.
        let lines = text.lines().filter(|line| {
            !line.starts_with("warning: The requested Python version")
                && !line.starts_with("Resolved ")
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

const UNSATISFIABLE: &str = "No solution found when resolving dependencies";

/// Whether uv says that nobody answered, or that the server could not. Of what an index does not have, or gives to nobody
/// (401, 403, 404), it says that there is no solution.
///
/// uv 0.13.9; the words are those of reqwest and hyper below it, and of git and curl.
fn is_unreachable(words: &str) -> bool {
    const SIGNS: [&str; 10] = [
        "error sending request for url",
        "HTTP status server error (5",
        "HTTP status client error (429",
        "HTTP status client error (408",
        "error decoding response body",
        "connection closed before message completed",
        "operation timed out",
        "dns error",
        // git
        "Could not resolve host",
        "Failed to connect to",
    ];
    // Before 0.10 lines are broken to fit into a frame.
    let words = words.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    SIGNS.iter().any(|sign| words.contains(sign))
}

/// uv's explanation without its frame (boxes before 0.10, `error:` and `cause:` since).
fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.trim().trim_start_matches(['×', '╰', '─', '▶', '│', '├', ':']).trim();
        line.strip_prefix("error: ").or_else(|| line.strip_prefix("cause: ")).unwrap_or(line)
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// uv does not say that a version is given by its address, but that there are no others: `only numpy<2 is
/// available`, or a list of what there is on both sides of what was asked for.
fn fixed(text: &str, one: &Provided) -> String {
    let is_bound = |rest: &str| rest.starts_with(['<', '>', '=', '!']);
    let (range, list) = (
        format!("only {}", one.name),
        format!("only the following versions of {} are available:\n", one.name),
    );
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("only ") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after_range = from
            .strip_prefix(&range)
            .filter(|bound| is_bound(bound))
            .and_then(|bound| Some(bound.split_once(" is available")?.1));
        let after_list = from.strip_prefix(&list).map(|mut lines| {
            while let Some((line, next)) = lines.split_once('\n')
                && line.strip_prefix(&one.name).is_some_and(is_bound)
            {
                lines = next;
            }
            // The break of the line before the list stays.
            &from[from.len() - lines.len() - 1..]
        });
        if let Some(after) = after_range.or(after_list) {
            let _ = write!(out, "conda provides {} {}", one.name, one.version);
            rest = after;
        } else {
            out.push_str("only ");
            rest = &from["only ".len()..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_an_explanation_goes() {
        let new = "error: No solution found when resolving dependencies\n  cause: Because only numpy<2 is available and you require numpy>=2, we can conclude\n             that it fails.\n";
        let old = "  × No solution found when resolving dependencies:\n  ╰─▶ Because only numpy<2 is available and you require numpy>=2, we can conclude\n      that it fails.\n";
        let expected = "Because only numpy<2 is available and you require numpy>=2, we can conclude\nthat it fails.";
        for text in [new, old] {
            assert_eq!(plain(text.split_once(UNSATISFIABLE).unwrap().1), expected);
        }
    }

    #[test]
    fn a_dead_network_is_told_from_what_is_not_there() {
        for words in [
            "error: Failed to fetch: http://h/simple/six/\n  cause: error sending request for url (http://h/simple/six/)\n  \
             cause: client error (Connect)\n  cause: dns error",
            "  × Failed to fetch: `http://h/`\n  ├─▶ error sending request\n  │   for url (http://h/)",
            "error: Failed to fetch: http://h/\n  cause: HTTP status server error (503 Service Unavailable) for url (http://h/)",
            "error: Failed to fetch: http://h/\n  cause: HTTP status client error (429 Too Many Requests) for url (http://h/)",
            "error: Failed to download and build `six @ git+http://h/x.git`\n  cause: Git operation failed\n  \
             fatal: unable to access 'http://h/': Could not resolve host: h",
        ] {
            assert!(is_unreachable(words), "{words}");
        }
        for words in [
            "error: Failed to fetch: http://h/six.whl\n  cause: HTTP status client error (404 Not Found) for url (http://h/six.whl)",
            "error: Failed to download and build `six`\n  cause: Git operation failed\n  fatal: repository 'http://h/' not found",
            "error: Distribution not found at: file:///six",
        ] {
            assert!(!is_unreachable(words), "{words}");
        }
    }

    #[test]
    fn a_version_that_conda_decided_is_called_so() {
        let numpy =
            Provided { name: "numpy".into(), version: "1.26.4".into(), conda: "numpy".into() };
        let said = |text: &str| fixed(text, &numpy);
        assert_eq!(
            said("Because only numpy<2 is available and you require numpy>=2, it fails."),
            "Because conda provides numpy 1.26.4 and you require numpy>=2, it fails."
        );
        assert_eq!(
            said(
                "Because only the following versions of numpy are available:\nnumpy<2.0.0\nnumpy>=3.0.0\nand thinc depends on numpy>=2.0.0,<3.0.0, it fails."
            ),
            "Because conda provides numpy 1.26.4\nand thinc depends on numpy>=2.0.0,<3.0.0, it fails."
        );
        let other = "Because only numpy-x<2 is available and only two remain.";
        assert_eq!(said(other), other);
    }
}
