//! One prefix brought in line with one platform of a lock.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_diagnostic::with_causes;
use lockit_lockfile::PlatformLock;
use lockit_pypi::Uv;
use lockit_solver::{Network, archive_client, conceal, reveal};
use lockit_spec::{Builds, NotFilled, NotFilledReason, Platform, VariableValues};
use rattler::install::{
    AppleCodeSignBehavior, Installer, LinkOptions, PythonInfo, TransactionOperation, unlink_package,
};
use rattler::package_cache::PackageCache;
use rattler_cache::validation::ValidationMode;
use rattler_conda_types::prefix::Prefix;
use rattler_conda_types::{MatchSpec, PackageName, PrefixRecord, RepoDataRecord};
use tokio::task::JoinSet;

use crate::archive::{Archive, Fetching};
use crate::damage::{Look, Unclear};
use crate::ground::Ground;
use crate::installed::{Differences, Standing, standing};
use crate::measure::ALWAYS_ALLOWED;
use crate::pip::{Pip, PipPlan};
use crate::place::{Rules, Stray};
use crate::proof::{Plan, Proven, Refusal, label, name};
use crate::state::State;
use crate::unpacked::Unpacked;
use crate::{Credentials, Done, InstallError, InstallProgress, Stage};

/// What to install where.
#[derive(Debug)]
pub struct Installation<'a> {
    /// The packages.
    pub lock: &'a PlatformLock,
    /// The platform they are for; need not be this machine's.
    pub platform: Platform,
    /// The prefix, absolute. What is there and fits stays, what the lock does not have goes.
    pub prefix: PathBuf,
    /// How closely the files that are there are looked at.
    pub look: Look,
    /// Copy files instead of linking them to the cache.
    pub copy: bool,
    /// Compile the modules of PyPI packages to bytecode.
    pub compile: bool,
    /// Bring PyPI packages in line as well. `false` where the lock does not say which there are: then they stay
    /// as they are.
    pub pip: bool,
    /// Whether PyPI packages that are no wheels may be built.
    pub builds: Builds,
    /// What relative paths of PyPI packages start from, absolute.
    pub folder: PathBuf,
    /// Run the scripts that packages bring for after they are linked.
    pub link_scripts: bool,
    /// Install archives of which the lock has no digest: whatever is at their addresses.
    pub missing_digests: bool,
    /// What an archive may unpack to in bytes, however small it is; `None` for 1 GiB. One that is big itself may
    /// always come to some 30 times its size.
    pub max_unpacked: Option<u64>,
    /// Domains whose credentials the lockfile leaves out.
    pub authenticated: &'a BTreeSet<String>,
    /// Logins for addresses that have none.
    pub credentials: Credentials,
    /// How to reach channels. `cache_dir` is where packages are kept, too.
    pub network: Network,
}

/// How many archives are fetched at once.
const AT_ONCE: usize = 16;

impl Installation<'_> {
    /// Fetches everything, then brings the prefix in line. `variables` are those that addresses leave open.
    ///
    /// # Errors
    /// See [`InstallError`].
    pub fn run(
        &self,
        variables: &dyn VariableValues,
        progress: &dyn InstallProgress,
    ) -> Result<Done, InstallError> {
        let done = self.bring_in_line(variables, progress);
        progress.finished();
        done
    }

    fn bring_in_line(
        &self,
        variables: &dyn VariableValues,
        progress: &dyn InstallProgress,
    ) -> Result<Done, InstallError> {
        if self.prefix.to_str().is_none() {
            return Err(InstallError::NotUtf8(self.prefix.clone()));
        }
        refuse_occupied(&self.prefix)?;
        let broken = |reason: String| InstallError::Prefix { prefix: self.prefix.clone(), reason };
        let rules = Rules::new(self.platform);
        Ground::new(&self.prefix, rules)
            .is_sound()
            .map_err(|(link, aim)| InstallError::Elsewhere { link, aim })?;
        let (standing, modules) =
            standing(&self.prefix, self.lock, self.look, rules).map_err(|error| match error {
                Unclear::Unreadable(error) => broken(error.to_string()),
                Unclear::Stray(stray) => stray.into(),
            })?;
        let python_stays = match &standing {
            Standing::InLine => true,
            Standing::Differs(differences) => {
                differences.kept.contains("python") || differences.damaged.contains_key("python")
            }
        };
        let pip = Pip {
            prefix: &self.prefix,
            folder: &self.folder,
            offline: self.network.offline,
            copy: self.copy,
            compile: self.compile,
            look: self.look,
            missing_digests: self.missing_digests,
            rules,
            builds: &self.builds,
        };
        let wanted = self.pip.then_some(&*self.lock.pip);
        let plan = pip.plan(wanted, modules.as_deref(), python_stays)?;
        let uv = self.uv(&plan, variables)?;
        let work = match standing {
            Standing::InLine => None,
            Standing::Differs(differences) => {
                let archives = self.archives(&differences.kept, variables)?;
                Some((differences, archives))
            }
        };
        // A state that is broken stops the run before anything is changed.
        let state = self.lock.variables.as_ref().map(|wanted| State::plan(&self.prefix, wanted));
        let state = state.transpose().map_err(InstallError::State)?;
        let mut done = Done::default();
        let before = |done: &mut Done| {
            if let Some(uv) = &uv {
                done.add(&pip.remove(&plan, uv, modules.as_deref())?);
            }
            Ok(())
        };
        match work {
            Some((differences, archives)) => {
                self.conda(differences, archives, before, progress, &mut done)?;
            }
            None => before(&mut done)?,
        }
        if let Some(uv) = uv.as_ref().filter(|_| plan.installs()) {
            progress.stage(Stage::Pip, self.lock.pip.len());
            done.add(&pip.install(&plan, uv, variables)?);
        }
        if let Some(state) = state {
            state.write(&self.prefix).map_err(|error| broken(error.to_string()))?;
            (done.variables_set, done.variables_removed) = (state.set, state.removed);
        }
        sweep(&self.prefix);
        if !self.link_scripts {
            done.with_link_scripts = self.link_scripts_there();
        }
        Ok(done)
    }

    /// The uv that the plan needs.
    fn uv(
        &self,
        plan: &PipPlan,
        variables: &dyn VariableValues,
    ) -> Result<Option<Uv>, InstallError> {
        if plan.is_done() {
            return Ok(None);
        }
        if Platform::current() != Some(self.platform) {
            return Err(InstallError::ForeignPip(self.platform));
        }
        if plan.installs() && !self.lock.records.iter().any(|record| record.name == "python") {
            return Err(InstallError::NoPython);
        }
        plan.can_be_filled(variables)?;
        Ok(Some(Uv::find(&|name| variables.value(name))?))
    }

    /// Fetches the archives, does what has to be done `before` the prefix is touched, and links.
    fn conda(
        &self,
        differences: Differences,
        archives: Vec<Archive>,
        before: impl FnOnce(&mut Done) -> Result<(), InstallError>,
        progress: &dyn InstallProgress,
        told: &mut Done,
    ) -> Result<(), InstallError> {
        let broken = |reason: String| InstallError::Prefix { prefix: self.prefix.clone(), reason };
        let client = archive_client(&self.network)?;
        let cache = match &self.network.cache_dir {
            Some(dir) => dir.clone(),
            None => rattler_cache::default_cache_dir()
                .map_err(|error| InstallError::CacheDir(error.to_string()))?,
        };
        let cache = cache.join(rattler_cache::PACKAGE_CACHE_DIR);
        // Files of a prefix may be those of the cache, and what happened to the ones happened to the others.
        let checked = PackageCache::new_layered([&cache], false, ValidationMode::Full);
        let cache = PackageCache::new(cache);
        let Differences { mut there, doubled, kept, mut damaged } = differences;
        for record in &mut there {
            // Entries of the desktop's menus lie outside of the prefix. Whoever made them removes them; what a record says
            // of them is a list of files to delete.
            record.installed_system_menus.clear();
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(InstallError::Runtime)?;
        runtime.block_on(async {
            progress.stage(Stage::Fetch, archives.len());
            // Whoever fills the cache holds this lock: two runs at once must not replace each other's packages.
            let lock = cache
                .acquire_global_lock()
                .await
                .map_err(|error| InstallError::CacheDir(with_causes(&error)))?;
            let limit = Arc::new(tokio::sync::Semaphore::new(AT_ONCE));
            let mut tasks = JoinSet::new();
            for archive in archives {
                let is_checked =
                    self.look == Look::Contents || damaged.contains_key(archive.name());
                let cache = if is_checked { checked.clone() } else { cache.clone() };
                let allowed = self.max_unpacked.unwrap_or(ALWAYS_ALLOWED);
                let with = Fetching { cache, client: client.clone(), allowed };
                let limit = Arc::clone(&limit);
                tasks.spawn(async move {
                    let _permit = limit.acquire().await;
                    archive.fetch(&with).await
                });
            }
            let mut records: Vec<RepoDataRecord> = there
                .iter()
                .map(|one| &one.repodata_record)
                .filter(|one| kept.contains(one.package_record.name.as_normalized()))
                .cloned()
                .collect();
            let mut unpacked = Vec::new();
            while let Some(done) = tasks.join_next().await {
                progress.step();
                match done {
                    Ok(fetched) => {
                        let (record, package) = fetched.map_err(|error| self.denied(error))?;
                        records.push(record);
                        unpacked.push(package);
                    }
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                }
            }
            // rattler's installer takes it itself, through a file handle of its own.
            drop(lock);
            // In whatever order they arrived.
            records.sort_by(|a, b| a.url.cmp(&b.url));
            unpacked.sort_by(|a, b| a.label.cmp(&b.label));
            has_python_for_modules(&records)?;
            let proven = self.prove(&records, &unpacked, &there, &kept)?;
            progress.stage(Stage::Link, records.len());
            before(told)?;
            for link in &proven.in_the_way {
                fs_err::remove_file(link).map_err(|error| broken(error.to_string()))?;
            }
            for file in damaged.values().flat_map(|one| &one.changed) {
                // An empty folder in the place of a file; one that holds something is somebody's.
                let _ = fs_err::remove_dir(self.prefix.join(file));
            }
            self.unlink_extra(&mut there, &doubled, &kept).await?;
            // A link to another file of the prefix is none to the cache, and stays what it is. Commands are written into
            // what is there, which would be a file of the cache.
            let links = if self.copy || proven.writes_over { Some(false) } else { None };
            let mut installer = Installer::new()
                .with_download_client(client)
                .with_package_cache(cache)
                .with_installed_packages(there)
                .with_reinstall_packages(
                    damaged
                        .keys()
                        .chain(&doubled)
                        .filter_map(|name| PackageName::try_from(&**name).ok())
                        .collect(),
                )
                .with_target_platform(self.platform)
                .with_execute_link_scripts(self.link_scripts)
                // Only a Mac has the program that signs; elsewhere a person is told.
                .with_apple_code_signing_behavior(if cfg!(target_os = "macos") {
                    AppleCodeSignBehavior::Fail
                } else {
                    AppleCodeSignBehavior::DoNothing
                })
                .with_link_options(LinkOptions {
                    allow_hard_links: links,
                    allow_ref_links: links,
                    allow_symbolic_links: None,
                });
            if let Some(requested) = &self.lock.requested {
                let names = requested.iter().filter_map(|name| PackageName::try_from(&**name).ok());
                installer = installer.with_requested_specs(names.map(MatchSpec::from).collect());
            }
            let done = installer
                .install(&self.prefix, records)
                .await
                .map_err(|error| broken(conceal(&with_causes(&error)).into_owned()))?;
            told.clashes = proven.clashes;
            for clash in &mut told.clashes {
                let chosen = done.clobbered_paths.get(&clash.file);
                clash.winner = chosen.map(|one| one.package.as_normalized().to_owned());
            }
            for operation in &done.transaction.operations {
                match operation {
                    TransactionOperation::Install(_) => told.added += 1,
                    TransactionOperation::Change { new, .. }
                    | TransactionOperation::Reinstall { new, .. } => {
                        match damaged.remove(new.package_record.name.as_normalized()) {
                            Some(damage) => told.repaired.push(damage),
                            None => told.changed += 1,
                        }
                    }
                    TransactionOperation::Remove(_) => told.removed += 1,
                }
            }
            told.repaired.sort_by(|a, b| a.package.cmp(&b.package));
            Ok(())
        })
    }

    /// Leaves one package of each name, which rattler removes, and removes the others. Files of packages that stay are not
    /// theirs.
    async fn unlink_extra(
        &self,
        there: &mut Vec<PrefixRecord>,
        doubled: &BTreeSet<String>,
        stays: &BTreeSet<String>,
    ) -> Result<(), InstallError> {
        if doubled.is_empty() {
            return Ok(());
        }
        let broken = |error: &dyn std::error::Error| InstallError::Prefix {
            prefix: self.prefix.clone(),
            reason: with_causes(error),
        };
        let prefix = Prefix::create(&self.prefix).map_err(|error| broken(&error))?;
        let staying = there.iter().filter(|one| stays.contains(name(one)));
        let files: HashSet<PathBuf> = staying
            .flat_map(|one| &one.paths_data.paths)
            .map(|file| file.relative_path.clone())
            .collect();
        let mut seen = BTreeSet::new();
        for mut one in std::mem::take(there) {
            if doubled.contains(name(&one)) {
                one.paths_data.paths.retain(|file| !files.contains(&file.relative_path));
                if !seen.insert(name(&one).to_owned()) {
                    unlink_package(&prefix, &one).await.map_err(|error| broken(&error))?;
                    continue;
                }
            }
            there.push(one);
        }
        Ok(())
    }

    /// Every path of every package lies in the prefix.
    fn prove(
        &self,
        records: &[RepoDataRecord],
        unpacked: &[Unpacked],
        there: &[PrefixRecord],
        stays: &BTreeSet<String>,
    ) -> Result<Proven, InstallError> {
        let rules = Rules::new(self.platform);
        let python =
            records.iter().find(|record| record.package_record.name.as_normalized() == "python");
        if let Some(record) = python
            && let Some(told) = &record.package_record.python_site_packages_path
            && let Err(reason) = rules.place(told)
        {
            let stray = Stray {
                package: label(record),
                path: told.clone(),
                reason: format!("{reason}, and modules are to lie there"),
            };
            return Err(stray.into());
        }
        let python = python
            .map(|record| PythonInfo::from_python_record(&record.package_record, self.platform))
            .transpose()
            .map_err(|error| InstallError::Record {
                package: "python".to_owned(),
                reason: error.to_string(),
            })?;
        let plan = Plan {
            prefix: &self.prefix,
            rules,
            unpacked,
            there,
            stays,
            python: python.as_ref(),
            copies: self.copy,
        };
        plan.prove().map_err(|refusal| match refusal {
            Refusal::Stray(stray) => stray.into(),
            Refusal::Cramped(cramped) => cramped.into(),
        })
    }

    /// An archive that wants a login says where else the lockfile wants one.
    fn denied(&self, mut error: InstallError) -> InstallError {
        if let InstallError::Fetch { denied_by, .. } = &mut error
            && !denied_by.is_empty()
        {
            denied_by.extend(self.authenticated.iter().cloned());
        }
        error
    }

    /// What to fetch. Everything that is missing for that is told at once.
    fn archives(
        &self,
        kept: &BTreeSet<String>,
        variables: &dyn VariableValues,
    ) -> Result<Vec<Archive>, InstallError> {
        let mut archives = Vec::new();
        let mut unset = BTreeSet::new();
        // Of two archives of one name, the cache has room for one, and what was proved of it says nothing of the other.
        let mut names = BTreeSet::new();
        for record in &self.lock.records {
            if !names.insert(record.name.to_ascii_lowercase()) {
                return Err(InstallError::Record {
                    package: record.name.clone(),
                    reason: "the lockfile has it more than once".to_owned(),
                });
            }
        }
        for record in self.lock.records.iter().filter(|record| !kept.contains(&record.name)) {
            match reveal(record.url.as_deref().unwrap_or_default(), variables) {
                Ok(address) => {
                    let address = self.credentials.apply(address);
                    archives.push(Archive::new(record, &address, self.missing_digests)?);
                }
                Err(NotFilled { name, why: NotFilledReason::Unset, .. }) => {
                    unset.insert(name);
                }
                Err(refused) => return Err(refused.into()),
            }
        }
        if unset.is_empty() {
            Ok(archives)
        } else {
            Err(InstallError::Variables(unset.into_iter().collect()))
        }
    }

    fn link_scripts_there(&self) -> Vec<String> {
        let windows = self.platform.is_windows();
        let (folder, start, end) =
            if windows { ("Scripts", ".", ".bat") } else { ("bin", ".", ".sh") };
        let script =
            |name: &str| self.prefix.join(folder).join(format!("{start}{name}-post-link{end}"));
        let names = self.lock.records.iter().map(|record| &record.name);
        names.filter(|name| script(name).is_file()).cloned().collect()
    }
}

/// Removes what a run that was killed has left: the files through which rattler writes records, the link and
/// the folder by which it tries what the file system can do. Nothing depends on it, so failures are no failures.
fn sweep(prefix: &Path) {
    let entries = |folder: &Path| {
        fs_err::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|one| one.path())
    };
    let is_called = |path: &Path, start: &str| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
    };
    let records = entries(&prefix.join("conda-meta")).filter(|path| {
        is_called(path, "prefix_record_") && path.extension().is_none_or(|end| end != "json")
    });
    let links = entries(prefix).filter(|path| is_called(path, "symtest_") && path.is_symlink());
    for path in records.chain(links) {
        let _ = fs_err::remove_file(path);
    }
    for path in entries(prefix).filter(|path| is_called(path, ".refprobe-")) {
        let _ = fs_err::remove_dir_all(path);
    }
}

/// A prefix is new, empty, or an environment already.
fn refuse_occupied(prefix: &Path) -> Result<(), InstallError> {
    let is_free = !prefix.exists()
        || prefix.join("conda-meta").is_dir()
        || fs_err::read_dir(prefix).is_ok_and(|mut entries| entries.next().is_none());
    if is_free { Ok(()) } else { Err(InstallError::Occupied(prefix.to_path_buf())) }
}

/// Where modules of a package for every python go depends on the python that is beside it.
///
/// # Errors
/// The first package that has none.
fn has_python_for_modules(records: &[RepoDataRecord]) -> Result<(), InstallError> {
    if records.iter().any(|one| one.package_record.name.as_normalized() == "python") {
        return Ok(());
    }
    match records.iter().find(|one| one.package_record.noarch.is_python()) {
        Some(one) => Err(InstallError::NoPythonForModules(label(one))),
        None => Ok(()),
    }
}
