//! A folder of its own with nothing of the machine in it, and the real binary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_testkit::{Server, channel_from_yaml};
use tempfile::TempDir;

/// The checkout's `test-data`.
pub(crate) fn test_data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data").canonicalize().unwrap()
}

/// One test's home, cache, configuration and working folder.
pub(crate) struct TestContext {
    root: TempDir,
    /// Channels that a server reads as long as the test runs.
    channels: Vec<TempDir>,
}

impl TestContext {
    pub(crate) fn new() -> Self {
        let root = TempDir::with_prefix("lockit-test-").unwrap();
        for folder in ["home", "config/rattler", "cache", "project", "temp"] {
            fs_err::create_dir_all(root.path().join(folder)).unwrap();
        }
        Self { root, channels: Vec::new() }
    }

    /// The reference specs and lockit.toml of `test-data`.
    pub(crate) fn with_reference_specs(self) -> Self {
        for name in ["environment.yml", "predict-environment.yml"] {
            fs_err::copy(test_data().join(name), self.path(name)).unwrap();
        }
        self
    }

    /// The reference specs and the lockit.toml that declares them.
    pub(crate) fn with_reference_project(self) -> Self {
        fs_err::copy(test_data().join("lockit.toml"), self.path("lockit.toml")).unwrap();
        self.with_reference_specs()
    }

    /// Makes every channel of a server resolve to it, as a company's mirror does: specs and
    /// lockfiles say `conda-forge`.
    pub(crate) fn with_mirror(self, server: &Server) -> Self {
        self.mirror(server);
        self
    }

    /// As [`TestContext::with_mirror`], from now on.
    pub(crate) fn mirror(&self, server: &Server) {
        let config = self.root.path().join("config/rattler/config.toml");
        fs_err::write(config, server.mirror_config()).unwrap();
    }

    /// A channel from a recipe, served as `conda-forge`.
    pub(crate) fn with_channel(mut self, recipe: &str) -> (Self, Server) {
        let channel = channel_from_yaml(recipe);
        let server = Server::builder(channel.path()).start().unwrap();
        self.channels.push(channel);
        (self.with_mirror(&server), server)
    }

    /// A path in the working folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("project").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }

    /// Writes an environment.yml for two platforms.
    pub(crate) fn spec(&self, dependencies: &str) {
        let text = format!(
            "name: dev\nchannels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [{dependencies}]\n"
        );
        self.write("environment.yml", &text);
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.path(name)).unwrap()
    }

    /// The files of the working folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = fs_err::read_dir(self.path(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Every file of the test that holds a text: of the working folder, the home, the cache, the configuration and what
    /// is written for as long as a run lasts. Names are relative to the folder that has all of them.
    pub(crate) fn files_with(&self, text: &str) -> Vec<String> {
        let holds = |path: &Path| {
            let bytes = if path.is_symlink() { Vec::new() } else { fs_err::read(path).unwrap() };
            bytes.windows(text.len()).any(|part| part == text.as_bytes())
        };
        files_below(self.root.path())
            .into_iter()
            .filter(|(name, path)| name.contains(text) || holds(path))
            .map(|(name, _)| name)
            .collect()
    }

    /// A secret is nowhere but in the files that the test wrote itself, named as [`TestContext::files_with`] names them.
    #[track_caller]
    pub(crate) fn keeps_secret(&self, secret: &str, given: &[&str]) {
        let mut found = self.files_with(secret);
        found.retain(|name| !given.contains(&name.as_str()));
        assert!(found.is_empty(), "a secret is in {found:?}");
    }

    /// Replaces one text in a file of the working folder.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "`{from}` is not in {name}:\n{text}");
        self.write(name, &text.replace(from, to));
    }

    /// Every file of the working folder, with what tells whether it was written again: a file that
    /// is replaced has another inode.
    pub(crate) fn stamps(&self) -> Vec<(String, Vec<u8>, FileTime)> {
        self.files()
            .into_iter()
            .filter(|name| self.path(name).is_file())
            .map(|name| {
                let path = self.path(&name);
                let time = file_time(&fs_err::metadata(&path).unwrap());
                (name, fs_err::read(&path).unwrap(), time)
            })
            .collect()
    }

    /// What a lockfile of any kind holds: `app 1.0, lib 2.1`.
    pub(crate) fn locked(&self, lockfile: &str) -> String {
        self.locked_for(lockfile, "")
    }

    /// What a lockfile that names URLs holds for one platform; all it holds when that is empty.
    pub(crate) fn locked_for(&self, lockfile: &str, platform: &str) -> String {
        let mut packages: Vec<String> = self
            .urls(lockfile)
            .iter()
            .filter(|url| {
                platform.is_empty()
                    || url.contains(&format!("/{platform}/"))
                    || url.contains("/noarch/")
            })
            .map(|url| {
                let file = url.rsplit('/').next().unwrap();
                let mut parts = file.rsplitn(3, '-').skip(1);
                let version = parts.next().unwrap();
                format!("{} {version}", parts.next().unwrap())
            })
            .collect();
        // Rendered environments have `name=version=build`.
        packages.extend(self.read(lockfile).lines().filter_map(|line| {
            let mut parts = line.strip_prefix("  - ")?.split('=');
            let (name, version) = (parts.next()?, parts.next()?);
            parts.next().map(|_| format!("{name} {version}"))
        }));
        packages.sort();
        packages.dedup();
        packages.join(", ")
    }

    /// Every package URL of a lockfile, sorted, each once.
    pub(crate) fn urls(&self, lockfile: &str) -> Vec<String> {
        let text = self.read(lockfile);
        let mut urls: Vec<String> = text
            .split(|c: char| c.is_whitespace() || c == '#')
            .filter(|word| word.contains("://") && !word.contains('\''))
            .filter(|word| [".conda", ".tar.bz2"].iter().any(|end| word.ends_with(end)))
            .map(str::to_owned)
            .collect();
        urls.sort();
        urls.dedup();
        urls
    }

    /// The binary with arguments, not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockit"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        command
            .args(args)
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.root.path().join("home"))
            .env("XDG_CONFIG_HOME", self.root.path().join("config"))
            .env("XDG_CACHE_HOME", self.root.path().join("cache"))
            .env("RATTLER_CACHE_DIR", self.root.path().join("cache"))
            .env("TMPDIR", self.root.path().join("temp"))
            .env("LOCKIT_NO_CONDARC", "system")
            .env("LOCKIT_HTTP_RETRIES", "1")
            .env("TZ", "UTC")
            .env("COLUMNS", "100");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs and renders exit code and both streams, with what differs from run to run replaced.
    pub(crate) fn show(&self, args: &[&str]) -> String {
        self.render(&self.run(args))
    }

    pub(crate) fn render(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| self.filter(&String::from_utf8_lossy(bytes));
        format!(
            "exit: {}\n--- stdout\n{}--- stderr\n{}",
            output.status.code().map_or("killed".to_owned(), |code| code.to_string()),
            text(&output.stdout),
            text(&output.stderr)
        )
    }

    /// Replaces temp folders, ports and times.
    pub(crate) fn filter(&self, text: &str) -> String {
        let root = self.root.path().canonicalize().unwrap();
        let text = text
            .replace(root.to_str().unwrap(), "[TEMP]")
            .replace(self.root.path().to_str().unwrap(), "[TEMP]")
            .replace(test_data().to_str().unwrap(), "[TEST-DATA]");
        let mut out = String::new();
        for line in text.split_inclusive('\n') {
            let mut line = line.to_owned();
            let mut from = 0;
            while let Some(start) = line[from..].find("127.0.0.1:") {
                from += start + "127.0.0.1:".len();
                let digits = line[from..].find(|c: char| !c.is_ascii_digit());
                line.replace_range(from..digits.map_or(line.len(), |n| from + n), "[PORT]");
            }
            out.push_str(&filter_time(&line));
        }
        out
    }

    /// Runs and panics with everything printed unless it ended well.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", self.render(&output));
        self.render(&output)
    }
}

/// Every file and every link below a folder by its name in it, in order of names.
pub(crate) fn files_below(top: &Path) -> BTreeMap<String, PathBuf> {
    let mut folders = vec![top.to_path_buf()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
                found.insert(name, path);
            }
        }
    }
    found
}

/// When and, where the system says so, as which file something was written.
pub(crate) type FileTime = (std::time::SystemTime, u64);

#[cfg(unix)]
fn file_time(metadata: &std::fs::Metadata) -> FileTime {
    use std::os::unix::fs::MetadataExt;
    (metadata.modified().unwrap(), metadata.ino())
}

#[cfg(not(unix))]
fn file_time(metadata: &std::fs::Metadata) -> FileTime {
    (metadata.modified().unwrap(), 0)
}

/// ` in 1.23s` and ` in 45ms` become ` in [TIME]`.
fn filter_time(line: &str) -> String {
    let Some(start) = line.rfind(" in ") else { return line.to_owned() };
    let rest = line[start + 4..].trim_end();
    let number = rest.trim_end_matches("ms").trim_end_matches('s');
    if rest.ends_with('s') && !number.is_empty() && number.parse::<f64>().is_ok() {
        format!("{} in [TIME]\n", &line[..start])
    } else {
        line.to_owned()
    }
}

/// Names a snapshot file under `snapshots/lockit`.
macro_rules! file_snapshot {
    ($name:expr, $value:expr) => {
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!($name, $value) })
    };
}
pub(crate) use file_snapshot;
