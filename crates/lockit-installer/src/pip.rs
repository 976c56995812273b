//! The PyPI packages of a lock: what has to be done, and doing it by way of uv.
//!
//! What has to go goes before the conda packages are linked, while the python that it belongs to is still
//! there: a package that moves from PyPI to conda must not be uninstalled over conda's files. What has to come
//! comes after them. The ledger says in between which packages are neither there nor gone.

pub(crate) mod distribution;
mod indexes;
pub(crate) mod ledger;
mod listed_files;
mod rehearsal;
mod requirement;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lockit_lockfile::PipRecord;
use lockit_pypi::Uv;
use lockit_solver::{conceal, reveal};
use lockit_spec::{ArchiveChoice, Builds, NotFilled, NotFilledReason, VariableValues};
use rattler_conda_types::PrefixRecord;

use crate::damage::{Damage, Look};
use crate::place::{Rules, Stray};
use crate::{Clash, Done, InstallError};
use distribution::{Distribution, distributions, site_packages};
use ledger::{Entry, Ledger};
use listed_files::{places, stay_inside};
use requirement::UvRequirement;

/// What uv writes into `INSTALLER`.
const UV: &str = "uv";

/// What has to be done.
#[derive(Debug, Default)]
pub(crate) struct PipPlan {
    /// To uninstall before the conda packages are linked.
    remove: BTreeSet<String>,
    /// To install after them.
    install: Vec<UvRequirement>,
    /// What is in line and stays.
    keep: BTreeMap<String, Entry>,
    /// What is replaced, as it was.
    replaced: BTreeMap<String, Entry>,
    /// What is installed once more since its files are not what they were.
    damaged: BTreeMap<String, Damage>,
}

/// The PyPI packages of a lock and how they are wanted.
#[derive(Debug)]
pub(crate) struct Pip<'a> {
    pub(crate) prefix: &'a Path,
    /// What relative paths in the lock start from.
    pub(crate) folder: &'a Path,
    pub(crate) offline: bool,
    pub(crate) copy: bool,
    pub(crate) compile: bool,
    pub(crate) look: Look,
    /// Whether archives of which the lock has no digest are installed.
    pub(crate) missing_digests: bool,
    pub(crate) rules: Rules,
    /// Whether packages may be built.
    pub(crate) builds: &'a Builds,
}

impl Pip<'_> {
    /// Holds what is wanted against what is there. `site_packages` is where the python that is there has its
    /// modules; `None` if there is none, or if it goes. `wanted` is `None` where the lock does not say.
    pub(crate) fn plan(
        &self,
        wanted: Option<&[PipRecord]>,
        site_packages: Option<&Path>,
        python_stays: bool,
    ) -> Result<PipPlan, InstallError> {
        let mut plan = PipPlan::default();
        let Some(wanted) = wanted else { return Ok(plan) };
        let ledger = Ledger::read(self.prefix);
        if wanted.is_empty() && ledger.entries.is_empty() {
            return Ok(plan);
        }
        let there = site_packages.map(distributions).unwrap_or_default();
        let mut names = BTreeSet::new();
        for record in wanted {
            let requirement = UvRequirement::new(record, self.folder).map_err(|reason| {
                let package = format!("{} {}", record.name, record.version);
                InstallError::Record { package: package.trim_end().to_owned(), reason }
            })?;
            if requirement.unproven && !self.missing_digests {
                let package = format!("{} {}", record.name, record.version);
                return Err(InstallError::NoDigest(package.trim_end().to_owned()));
            }
            names.insert(record.name.clone());
            let entry = ledger.entries.get(&record.name).and_then(Option::as_ref);
            match entry {
                Some(entry)
                    if python_stays && in_line(entry, &requirement, &there, site_packages) =>
                {
                    let damage =
                        site_packages.and_then(|folder| self.damage(folder, &there, &record.name));
                    if let Some(damage) = damage {
                        plan.damaged.insert(record.name.clone(), damage);
                        plan.install.push(requirement);
                    } else {
                        plan.keep.insert(record.name.clone(), entry.clone());
                        if requirement.may_change {
                            plan.install.push(requirement);
                        }
                    }
                }
                _ => plan.install.push(requirement),
            }
        }
        let is_whole =
            |name: &String| there.iter().all(|one| one.name != *name || one.written.is_some());
        for (name, entry) in &ledger.entries {
            // Begun is neither there nor gone, so it is made new. With python go the modules of all.
            match entry {
                Some(entry) if python_stays && names.contains(name) && is_whole(name) => {
                    plan.replaced.insert(name.clone(), entry.clone());
                }
                _ => {
                    plan.remove.insert(name.clone());
                }
            }
        }
        plan.replaced.retain(|name, _| !plan.keep.contains_key(name));
        if let Some(site_packages) = site_packages {
            let goes = |name: &String| {
                plan.remove.contains(name) || plan.install.iter().any(|one| one.name == *name)
            };
            for one in there.iter().filter(|one| goes(&one.name)) {
                stay_inside(self.prefix, site_packages, one, self.rules)?;
            }
        }
        let archives = ArchiveChoice::default();
        let refused = plan
            .install
            .iter()
            .filter(|one| one.built && !self.builds.permit(&one.name, &archives))
            .map(|one| one.name.clone());
        let packages: Vec<String> = refused.collect();
        if !packages.is_empty() {
            return Err(InstallError::NotToBeBuilt { packages, none: self.builds.none });
        }
        Ok(plan)
    }

    /// Uninstalls what has to go. What conda packages have brought is never touched.
    pub(crate) fn remove(
        &self,
        plan: &PipPlan,
        uv: &Uv,
        site_packages: Option<&Path>,
    ) -> Result<Done, InstallError> {
        let turn = if plan.is_done() { None } else { self.turn() };
        self.begin(plan, &plan.remove)?;
        let mut done = Done::default();
        let (false, Some(site_packages)) = (plan.remove.is_empty(), site_packages) else {
            return self.begin(plan, &BTreeSet::new()).map(|()| done);
        };
        let owned = owned_folders(&self.records()?);
        let mut names = Vec::new();
        for one in distributions(site_packages) {
            if !plan.remove.contains(&one.name) || owned.contains(&one.folder) {
                continue;
            }
            if one.written.is_none() {
                // Of an installation that was killed before the list of files was there.
                let _ = fs_err::remove_dir_all(site_packages.join(&one.folder));
            } else {
                names.push(one.name);
            }
        }
        if !names.is_empty() && self.python().exists() {
            let mut command = self.command(uv, "uninstall");
            command.args(&names);
            self.run(&mut command, turn.as_ref())?;
            let wanted = |name: &String| plan.install.iter().any(|one| one.name == *name);
            done.removed = names.iter().filter(|name| !wanted(name)).count();
        }
        self.begin(plan, &BTreeSet::new())?;
        Ok(done)
    }

    /// Installs what has to come, into the prefix as it is now.
    pub(crate) fn install(
        &self,
        plan: &PipPlan,
        uv: &Uv,
        variables: &dyn VariableValues,
    ) -> Result<Done, InstallError> {
        let turn = self.turn();
        self.begin(plan, &BTreeSet::new())?;
        let there = self.records()?;
        let owned = owned_folders(&there);
        let site_packages = there.iter().find_map(|one| {
            let package = &one.repodata_record.package_record;
            let told = package.python_site_packages_path.as_deref();
            (package.name.as_normalized() == "python")
                .then(|| site_packages(self.prefix, &package.version, told))
                .flatten()
        });
        let Some(site_packages) = &site_packages else {
            return Err(self.failed("it has no python for PyPI packages".to_owned()));
        };
        let before = distributions(site_packages);
        for one in &plan.install {
            let conda =
                before.iter().find(|have| have.name == one.name && owned.contains(&have.folder));
            if conda.is_some() {
                return Err(InstallError::Record {
                    package: one.name.clone(),
                    reason: "a conda package of this environment brings it already".to_owned(),
                });
            }
        }
        let as_it_was = || {
            // uv fetches and checks everything before it touches anything.
            if distributions(site_packages) == before {
                let kept = plan.keep.iter().chain(&plan.replaced);
                let _ = self.write(&Ledger::of(kept));
            }
        };
        let parts = [true, false].map(|hashed| -> Vec<&UvRequirement> {
            plan.install.iter().filter(|one| one.hashed == hashed).collect()
        });
        for part in &parts {
            self.rehearse(part, uv, variables, turn.as_ref()).inspect_err(|_| as_it_was())?;
        }
        let mut done = Done::default();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let file = self.requirements(&part, variables)?;
            let mut command = self.install_command(uv, &part);
            for one in &part {
                // uv takes an installed package with the same address for the same package.
                let damaged = plan.damaged.contains_key(&one.name);
                if before.iter().any(|have| have.name == one.name) && (damaged || !one.may_change) {
                    command.args(["--reinstall-package", &one.name]);
                }
            }
            command.args(self.ways()).arg("-r").arg(file.path());
            self.run(&mut command, turn.as_ref()).inspect_err(|_| as_it_was())?;
            let mut still = part;
            still.retain(|one| plan.damaged.contains_key(&one.name));
            if !still.is_empty() {
                let there = distributions(site_packages);
                still.retain(|one| self.damage(site_packages, &there, &one.name).is_some());
            }
            let can_be_had = !self.offline || still.iter().all(|one| one.line.contains(" @ file:"));
            // Files of a prefix may be those of uv's cache, and what happened to the ones happened to the others. A list
            // that was wrong from the start stays so.
            if !still.is_empty() && can_be_had {
                let names = still.iter().map(|one| &one.name);
                self.run(uv.command().args(["cache", "clean"]).args(names), turn.as_ref())?;
                self.run(&mut command, turn.as_ref())?;
            }
        }
        let after = distributions(site_packages);
        let mut ledger = Ledger::of(&plan.keep);
        for one in &plan.install {
            let Some(now) = after.iter().find(|have| have.name == one.name) else {
                return Err(self.failed(format!("uv did not install `{}`", one.name)));
            };
            let damage = plan.damaged.get(&one.name);
            match before.iter().find(|have| have.name == one.name) {
                _ if damage.is_some() => done.repaired.extend(damage.cloned()),
                None => done.added += 1,
                Some(then) if then != now => done.changed += 1,
                Some(_) => {}
            }
            let entry = Entry { folder: now.folder.clone(), requirement: one.line.clone() };
            ledger.entries.insert(one.name.clone(), Some(entry));
        }
        self.write(&ledger)?;
        let came = after.iter().filter(|have| plan.install.iter().any(|one| one.name == have.name));
        done.clashes = self.clashes(site_packages, &there, came);
        Ok(done)
    }

    /// Files that conda packages have brought and PyPI packages brought again: uv writes over what is there.
    fn clashes<'a>(
        &self,
        site_packages: &Path,
        there: &[PrefixRecord],
        came: impl Iterator<Item = &'a Distribution>,
    ) -> Vec<Clash> {
        let mut owners = HashMap::new();
        for one in there {
            let name = one.repodata_record.package_record.name.as_normalized();
            let files = one.files.iter().map(|file| self.rules.key(&file.to_string_lossy()));
            owners.extend(files.map(|file| (file, name)));
        }
        let mut clashes = Vec::new();
        for one in came {
            let places = places(self.prefix, site_packages, one, self.rules).unwrap_or_default();
            for place in places {
                if let Some(owner) = owners.get(&self.rules.key(&place)) {
                    clashes.push(Clash {
                        file: place.into(),
                        packages: vec![(*owner).to_owned(), one.name.clone()],
                        winner: Some(one.name.clone()),
                    });
                }
            }
        }
        clashes
    }

    /// Proves that what wheels bring has its place in the prefix. What lies in a folder is built anew each time, by code
    /// that may do as it likes: there is nothing to prove.
    fn rehearse(
        &self,
        part: &[&UvRequirement],
        uv: &Uv,
        variables: &dyn VariableValues,
        turn: Option<&File>,
    ) -> Result<(), InstallError> {
        let part: Vec<_> = part.iter().copied().filter(|one| !one.may_change).collect();
        if part.is_empty() {
            return Ok(());
        }
        let folder = tempfile::Builder::new().prefix("lockit-").tempdir();
        let folder = folder.map_err(|error| self.failed(error.to_string()))?;
        let file = self.requirements(&part, variables)?;
        let mut command = self.install_command(uv, &part);
        command.args(rehearsal::options(folder.path())).arg("-r").arg(file.path());
        self.run(&mut command, turn)?;
        rehearsal::fits(folder.path(), self.rules).map_err(|Stray { package, path, reason }| {
            InstallError::StrayWheel { package, path, reason }
        })
    }

    /// `uv pip install`, all but what is to be installed.
    fn install_command(&self, uv: &Uv, part: &[&UvRequirement]) -> Command {
        let mut command = self.command(uv, "install");
        command.arg("--no-deps");
        if part.iter().any(|one| one.hashed) {
            command.arg("--require-hashes");
        }
        if self.builds.only_named() {
            // What builds require is built no more than they are.
            command.arg("--only-binary=:all:");
            let built = part.iter().filter(|one| one.built);
            command.args(built.map(|one| format!("--no-binary={}", one.name)));
        }
        command
    }

    /// What is wrong with the files of a package that is there.
    fn damage(&self, site_packages: &Path, there: &[Distribution], name: &str) -> Option<Damage> {
        let one = there.iter().find(|one| one.name == name)?;
        Some(listed_files::damage(site_packages, one, self.look)).filter(|found| !found.is_none())
    }

    /// Says which packages are about to be neither there nor gone: those that come, and some that go.
    fn begin(&self, plan: &PipPlan, going: &BTreeSet<String>) -> Result<(), InstallError> {
        let mut ledger = Ledger::of(&plan.keep);
        let touched = plan.install.iter().map(|one| &one.name).chain(going);
        ledger.entries.extend(touched.map(|name| (name.clone(), None)));
        // A new prefix has no place for it yet, and nothing to be told about.
        if self.prefix.join("conda-meta").is_dir() { self.write(&ledger) } else { Ok(()) }
    }

    fn records(&self) -> Result<Vec<PrefixRecord>, InstallError> {
        PrefixRecord::collect_from_prefix(self.prefix)
            .map_err(|error| self.failed(error.to_string()))
    }

    fn command(&self, uv: &Uv, verb: &str) -> Command {
        let mut command = uv.command();
        // Errors are told all the same; what else it says is about its steps.
        command.arg("--quiet").args(["pip", verb, "--break-system-packages"]);
        command.args(["--no-python-downloads", "--python"]).arg(self.python());
        if self.offline {
            command.arg("--offline");
        }
        command
    }

    /// How files get into the prefix.
    fn ways(&self) -> Vec<&str> {
        let copy = if self.copy { &["--link-mode", "copy"][..] } else { &[] };
        let compile = if self.compile { &["--compile-bytecode"][..] } else { &[] };
        [copy, compile].concat()
    }

    fn python(&self) -> PathBuf {
        // The prefix is one of this machine: others are refused before.
        if cfg!(windows) { self.prefix.join("python.exe") } else { self.prefix.join("bin/python") }
    }

    /// Waits until nobody else changes the PyPI packages of the prefix. A uv whose lockit was killed goes on, and
    /// would uninstall what has just been installed: it has the lock as well, by way of its input, and holds it as
    /// long as it lives. `None` where nothing can be locked (a new prefix, some network drives). The input is an
    /// empty file: a python that builds a source distribution wants one that it can read.
    fn turn(&self) -> Option<File> {
        let path = self.prefix.join("conda-meta/lockit-pip.lock");
        let mut options = fs_err::OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(path).ok()?.into_parts().0;
        file.lock().ok()?;
        Some(file)
    }

    fn run(&self, command: &mut Command, turn: Option<&File>) -> Result<(), InstallError> {
        let input = turn.and_then(|turn| turn.try_clone().ok());
        command.stdin(input.map_or_else(Stdio::null, Stdio::from));
        let output =
            command.output().map_err(|error| self.failed(format!("uv cannot be run: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(InstallError::Uv { reason: conceal(said.trim()).into_owned() })
    }

    /// The lines with their secrets, in a file that only this user can read, for as long as it is held.
    fn requirements(
        &self,
        lines: &[&UvRequirement],
        variables: &dyn VariableValues,
    ) -> Result<tempfile::NamedTempFile, InstallError> {
        let mut text = String::new();
        if lines.iter().any(|one| one.built) {
            for line in indexes::lines(&|name| variables.value(name)) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        for one in lines {
            let line = reveal(&one.line, variables)?;
            text.push_str(&line);
            text.push('\n');
        }
        // `NamedTempFile` is made with mode 600.
        let write = || {
            let mut file = tempfile::Builder::new().prefix("lockit-").suffix(".txt").tempfile()?;
            file.write_all(text.as_bytes())?;
            file.flush()?;
            Ok(file)
        };
        write().map_err(|error: std::io::Error| self.failed(error.to_string()))
    }

    fn write(&self, ledger: &Ledger) -> Result<(), InstallError> {
        ledger.write(self.prefix).map_err(|error| self.failed(error.to_string()))
    }

    fn failed(&self, reason: String) -> InstallError {
        InstallError::Prefix { prefix: self.prefix.to_path_buf(), reason }
    }
}

impl PipPlan {
    /// Whether there is nothing for uv.
    pub(crate) fn is_done(&self) -> bool {
        self.remove.is_empty() && self.install.is_empty()
    }

    /// What is to be installed may have addresses with variables in them.
    ///
    /// # Errors
    /// Those that are not set, or the first that is not filled in.
    pub(crate) fn can_be_filled(&self, variables: &dyn VariableValues) -> Result<(), InstallError> {
        let mut unset = BTreeSet::new();
        for one in &self.install {
            match reveal(&one.line, variables) {
                Ok(_) => {}
                Err(NotFilled { name, why: NotFilledReason::Unset, .. }) => {
                    unset.insert(name);
                }
                Err(refused) => return Err(refused.into()),
            }
        }
        if unset.is_empty() {
            Ok(())
        } else {
            Err(InstallError::Variables(unset.into_iter().collect()))
        }
    }

    /// Whether packages are to be installed.
    pub(crate) fn installs(&self) -> bool {
        !self.install.is_empty()
    }
}

/// Asked for as it was, and still there as uv left it.
fn in_line(
    entry: &Entry,
    requirement: &UvRequirement,
    there: &[Distribution],
    site_packages: Option<&Path>,
) -> bool {
    entry.requirement == requirement.line
        && there.iter().any(|one| {
            one.folder == entry.folder
                && one.written.is_some()
                && site_packages.is_some_and(|folder| one.is_by(folder, UV))
        })
}

/// The `*.dist-info` folders that conda packages have brought.
pub(crate) fn owned_folders(there: &[PrefixRecord]) -> BTreeSet<String> {
    there
        .iter()
        .flat_map(|record| &record.files)
        .filter_map(|file| {
            let folder = file.parent()?.file_name()?.to_str()?;
            folder.ends_with(".dist-info").then(|| folder.to_owned())
        })
        .collect()
}
