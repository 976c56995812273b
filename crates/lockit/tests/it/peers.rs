//! Other tools read what lockit writes: conda-lock and py-rattler, in the Python that `LOCKIT_PEERS`
//! names (with `.ci/peers.txt` installed). Without it these tests are skipped.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_needs::Need;
use lockit_testkit::{HostPython, Server};

use crate::context::{TestContext, test_data};

const PLATFORMS: [&str; 4] = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"];

/// A Python that has the peers installed.
pub(crate) struct Peers {
    pub(crate) python: PathBuf,
}

/// The python of the machine, for packages of a channel that link to it.
pub(crate) fn host_python() -> Option<HostPython> {
    Need::Python.or_skip(HostPython::find().ok_or("there is no python3"))
}

impl Peers {
    pub(crate) fn find() -> Option<Self> {
        Some(Self { python: lockit_needs::peers()? })
    }

    fn script(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/peers").join(name)
    }

    /// Python with arguments, in the test's folder and with nothing of the machine but `PATH`.
    pub(crate) fn python(&self, context: &TestContext) -> Command {
        let mut command = Command::new(&self.python);
        command
            .current_dir(context.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", context.path("../home"))
            .env("XDG_CACHE_HOME", context.path("../cache"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // conda-lock goes through sets: with another seed, what it lists has another order.
            .env("PYTHONHASHSEED", "0");
        command
    }

    fn run(&self, context: &TestContext, script: &str, args: &[&str]) -> Output {
        self.python(context).arg(Self::script(script)).args(args).output().unwrap()
    }

    /// The lines that one of the scripts prints.
    #[track_caller]
    pub(crate) fn lines(
        &self,
        context: &TestContext,
        script: &str,
        args: &[&str],
    ) -> BTreeSet<String> {
        lines(&succeeded(&self.run(context, script, args)))
    }

    /// `platform name version build` of each package that py-rattler's solver chooses for an
    /// environment file, under the assumptions that the explicit files state.
    #[track_caller]
    pub(crate) fn solve(
        &self,
        context: &TestContext,
        channel: &str,
        spec: &str,
        lockfiles: &[String],
    ) -> BTreeSet<String> {
        let mut args = vec![channel, "../cache/py-rattler", spec];
        args.extend(lockfiles.iter().map(String::as_str));
        self.lines(context, "solve.py", &args)
    }

    /// What one of the scripts prints when it is given a text.
    #[track_caller]
    pub(crate) fn answer(
        &self,
        context: &TestContext,
        script: &str,
        args: &[&str],
        text: &str,
    ) -> String {
        context.write("../asked", text);
        let asked = fs_err::File::open(context.path("../asked")).unwrap();
        let mut command = self.python(context);
        let command = command.arg(Self::script(script)).args(args).stdin(asked.into_parts().0);
        succeeded(&command.output().unwrap())
    }

    /// What conda-lock says on its way.
    #[track_caller]
    pub(crate) fn conda_lock_said(&self, context: &TestContext, args: &[&str]) -> String {
        let output = self.python(context).args(["-m", "conda_lock"]).args(args).output().unwrap();
        succeeded(&output);
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn conda_lock(&self, context: &TestContext, args: &[&str]) -> String {
        succeeded(&self.python(context).args(["-m", "conda_lock"]).args(args).output().unwrap())
    }

    /// An executable named `conda` for conda-lock to call: `peers/conda.py`.
    #[cfg(unix)]
    pub(crate) fn conda(&self, context: &TestContext) -> String {
        use std::os::unix::fs::PermissionsExt;
        let text = format!(
            "#!/bin/sh\nexec '{}' '{}' '{}' '{}' \"$@\"\n",
            self.python.display(),
            Self::script("conda.py").display(),
            test_data().join("channel").display(),
            context.path("").display(),
        );
        context.write("../bin/conda", &text);
        let path = context.path("../bin/conda");
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Standard output; panics with all output unless the program ended well.
#[track_caller]
fn succeeded(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}

/// The package lines of an explicit file: `url#digest`.
fn package_lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.contains("://") && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// `platform name version build` of every package in the explicit files of an environment.
pub(crate) fn locked_packages(context: &TestContext, lockfiles: &[String]) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    for lockfile in lockfiles {
        let text = context.read(lockfile);
        let platform = text.lines().find_map(|line| line.strip_prefix("# platform: ")).unwrap();
        for line in package_lines(&text) {
            let (url, _) = line.split_once('#').unwrap();
            let file = url.rsplit('/').next().unwrap();
            let stem = file.strip_suffix(".conda").or(file.strip_suffix(".tar.bz2")).unwrap();
            let mut parts = stem.rsplitn(3, '-');
            let (build, version) = (parts.next().unwrap(), parts.next().unwrap());
            packages.insert(format!("{platform} {} {version} {build}", parts.next().unwrap()));
        }
    }
    packages
}

/// The names of an environment's explicit files.
pub(crate) fn explicit_files(environment: &str) -> Vec<String> {
    PLATFORMS.iter().map(|platform| format!("{environment}-{platform}.lock")).collect()
}

/// The reference project, locked from the small channel.
struct Scene {
    peers: Peers,
    context: TestContext,
    server: Server,
    channel: String,
}

impl Scene {
    /// Lockfiles say `https://conda.anaconda.org/conda-forge`, a server on loopback has the packages.
    fn mirrored(kinds: &str, more: &[&str]) -> Option<Self> {
        Self::new("https://conda.anaconda.org/conda-forge", kinds, more)
    }

    /// Lockfiles name files.
    fn in_a_folder(kinds: &str, more: &[&str]) -> Option<Self> {
        let folder = test_data().join("channel");
        Self::new(&format!("file://{}", folder.display()), kinds, more)
    }

    fn new(channel: &str, kinds: &str, more: &[&str]) -> Option<Self> {
        let peers = Peers::find()?;
        let server = Server::builder(test_data().join("channel")).start().unwrap();
        let context = TestContext::new().with_reference_project().with_mirror(&server);
        let mut args = vec!["-k", kinds];
        if channel.starts_with("file:") {
            args.extend(["--channel", channel]);
        }
        args.extend(more);
        context.ok(&args);
        Some(Self { peers, context, server, channel: channel.to_owned() })
    }

    /// `platform url sha256` as the explicit files of an environment have it.
    fn written(&self, environment: &str) -> BTreeSet<String> {
        let mut packages = BTreeSet::new();
        for (platform, file) in PLATFORMS.iter().zip(explicit_files(environment)) {
            for line in package_lines(&self.context.read(&file)) {
                let (url, digest) =
                    line.split_once("#sha256:").expect("every package has its sha256");
                assert!(url.starts_with(&self.channel), "{url}");
                packages.insert(format!("{platform} {url} {digest}"));
            }
        }
        assert!(packages.len() > 150, "{packages:?}");
        packages
    }
}

fn renders_the_same(scene: Option<Scene>) {
    let Some(Scene { peers, context, .. }) = scene else { return };
    for (environment, lockfile) in
        [("conda", "conda-lock.yml"), ("predict", "predict.conda-lock.yml")]
    {
        let template = format!("theirs/{environment}-{{platform}}.lock");
        fs_err::create_dir_all(context.path("theirs")).unwrap();
        let args = ["render", "-k", "explicit", "-k", "env", "--filename-template", &template];
        peers.conda_lock(&context, &[args.as_slice(), &[lockfile]].concat());
        for platform in PLATFORMS {
            let ours = format!("{environment}-{platform}.lock");
            let set = |name: &str| lines(&package_lines(&context.read(name)).join("\n"));
            assert_eq!(set(&ours), set(&format!("theirs/{ours}")));
            let pins = |name: &str| -> BTreeSet<String> {
                let text = context.read(name);
                text.lines().filter(|line| line.starts_with("  - ")).map(str::to_owned).collect()
            };
            let ours = format!("{ours}.yml");
            assert_eq!(pins(&ours), pins(&format!("theirs/{ours}")));
        }
    }
}

#[test]
fn conda_lock_renders_the_same_packages() {
    renders_the_same(Scene::mirrored("explicit,env,lock", &["--md5"]));
}

#[test]
fn conda_lock_renders_the_same_packages_of_a_folder() {
    renders_the_same(Scene::in_a_folder("explicit,env,lock", &["--md5"]));
}

#[test]
fn conda_lock_reads_every_row() {
    let Some(scene) = Scene::mirrored("explicit,lock", &[]) else { return };
    for (environment, lockfile) in
        [("conda", "conda-lock.yml"), ("predict", "predict.conda-lock.yml")]
    {
        let read = scene.peers.lines(&scene.context, "read.py", &["conda-lock", lockfile]);
        assert_eq!(read, scene.written(environment));
    }
}

/// `conda-lock install` makes an explicit file of the lockfile and hands it to conda.
#[cfg(unix)]
#[test]
fn conda_lock_installs_from_its_own_format() {
    let Some(Scene { peers, context, .. }) = Scene::mirrored("explicit,lock", &["--md5"]) else {
        return;
    };
    let conda = peers.conda(&context);
    for platform in ["linux-64", "osx-arm64"] {
        let args =
            ["install", "--conda", &conda, "--prefix", "unused", "--force-platform", platform];
        let output = peers
            .python(&context)
            .args(["-m", "conda_lock"])
            .args(args)
            .arg("conda-lock.yml")
            .output()
            .unwrap();
        succeeded(&output);
        // It logs what conda prints.
        let log = String::from_utf8(output.stderr).unwrap();
        let installed: BTreeSet<String> = log
            .lines()
            .filter_map(|line| line.split_once("to install: "))
            .map(|(_, line)| line.to_owned())
            .filter(|line| line.contains("://"))
            .collect();
        let ours = package_lines(&context.read(&format!("conda-{platform}.lock")));
        assert_eq!(installed, ours.into_iter().collect(), "{log}");
    }
}

/// It hands an explicit file to conda as it is, if the file says that it is for this machine.
#[cfg(unix)]
#[test]
fn conda_lock_finds_the_platform_of_an_explicit_file() {
    let Some(Scene { peers, context, .. }) = Scene::mirrored("explicit", &[]) else { return };
    let conda = peers.conda(&context);
    let mut accepted = Vec::new();
    for file in explicit_files("conda") {
        let output = peers
            .python(&context)
            .args(["-m", "conda_lock", "install", "--conda", &conda, "--prefix", "unused", &file])
            .output()
            .unwrap();
        if output.status.success() {
            accepted.push(file);
        } else {
            let errors = String::from_utf8(output.stderr).unwrap();
            assert!(errors.contains("is not compatible with system platform"), "{errors}");
        }
    }
    assert_eq!(accepted.len(), 1, "{accepted:?}");
}

/// A project that goes back to conda-lock: it takes lockit's file for the existing lock, solves,
/// and writes it anew. lockit then finds nothing to complain of in that.
#[cfg(unix)]
#[test]
fn conda_lock_and_lockit_take_over_from_each_other() {
    let Some(scene) = Scene::mirrored("explicit,lock", &[]) else { return };
    let Scene { peers, context, .. } = &scene;
    let conda = peers.conda(context);
    context.write("mapping.yml", "{}");
    let mut args = vec![
        "lock",
        "--conda",
        &conda,
        "--check-input-hash",
        "--pypi_to_conda_lookup_file",
        "mapping.yml",
        "-f",
        "environment.yml",
    ];
    for platform in PLATFORMS {
        args.extend(["-p", platform]);
    }
    let ours = context.read("conda-lock.yml");
    peers.conda_lock(context, &args);
    assert_eq!(ours, context.read("conda-lock.yml"), "the hash is conda-lock's");
    let anew: Vec<&str> = args.iter().copied().filter(|arg| *arg != "--check-input-hash").collect();
    peers.conda_lock(context, &anew);
    assert_ne!(ours, context.read("conda-lock.yml"));
    let read = peers.lines(context, "read.py", &["conda-lock", "conda-lock.yml"]);
    assert_eq!(read, scene.written("conda"));
    insta::assert_snapshot!(context.show(&["check", "--environment", "dev", "-k", "lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the locks of 2 environments are up to date
    ");
    let theirs = context.read("conda-lock.yml");
    peers.conda_lock(context, &args);
    assert_eq!(theirs, context.read("conda-lock.yml"));
}

#[test]
fn rattler_reads_explicit_files() {
    let Some(scene) = Scene::mirrored("explicit", &[]) else { return };
    for environment in ["conda", "predict"] {
        let mut read = BTreeSet::new();
        for file in explicit_files(environment) {
            read.extend(scene.peers.lines(&scene.context, "read.py", &["explicit", &file]));
        }
        assert_eq!(read, scene.written(environment));
    }
}

#[test]
fn rattler_reads_pixi_locks() {
    let Some(scene) = Scene::mirrored("explicit,pixi", &[]) else { return };
    let read = scene.peers.lines(&scene.context, "read.py", &["rattler-lock", "pixi.lock"]);
    let mut written = BTreeSet::new();
    for (name, files) in [("dev", "conda"), ("predict", "predict")] {
        written.extend(scene.written(files).iter().map(|line| format!("{name} {line}")));
    }
    assert_eq!(read, written);
}

#[test]
fn rattler_reads_conda_lock_files() {
    let Some(scene) = Scene::mirrored("explicit,lock", &[]) else { return };
    let read = scene.peers.lines(&scene.context, "read.py", &["rattler-lock", "conda-lock.yml"]);
    let written: BTreeSet<String> =
        scene.written("conda").iter().map(|line| format!("default {line}")).collect();
    assert_eq!(read, written);
}

fn installs(scene: Option<Scene>) {
    let Some(scene) = scene else { return };
    let mirror = format!("{}={}", scene.channel, scene.server.url());
    for file in explicit_files("predict") {
        let prefix = format!("prefix/{file}");
        let args = [file.as_str(), &prefix, "../cache/packages", &mirror];
        let installed = scene.peers.lines(&scene.context, "install.py", &args);
        let platform = file.strip_prefix("predict-").unwrap().strip_suffix(".lock").unwrap();
        let installed: BTreeSet<String> =
            installed.iter().map(|line| format!("{platform} {line}")).collect();
        assert_eq!(installed, locked_packages(&scene.context, &[file]));
    }
}

/// Every digest is the one of the archive that the URL names: rattler refuses to install others.
#[test]
fn rattler_installs_by_sha256() {
    installs(Scene::mirrored("explicit", &[]));
}

#[test]
fn rattler_installs_by_md5() {
    installs(Scene::mirrored("explicit", &["--md5"]));
}

#[test]
fn rattler_installs_from_a_folder() {
    installs(Scene::in_a_folder("explicit", &[]));
}

/// What the tests above rest on.
#[test]
fn rattler_refuses_a_wrong_digest() {
    let Some(Scene { peers, context, server, channel }) = Scene::mirrored("explicit", &[]) else {
        return;
    };
    let lock = "predict-linux-64.lock";
    let line =
        package_lines(&context.read(lock)).into_iter().find(|line| line.contains("/six-")).unwrap();
    let (start, digest) = line.split_once("#sha256:").unwrap();
    let mut wrong = format!("{start}#sha256:");
    for digit in digest.chars() {
        write!(wrong, "{}", if digit == '0' { '1' } else { '0' }).unwrap();
    }
    context.edit(lock, &line, &wrong);
    let mirror = format!("{channel}={}", server.url());
    let output = peers.run(&context, "install.py", &[lock, "prefix", "../cache/packages", &mirror]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert!(errors.contains("hash mismatch") && errors.contains("six-"), "{errors}");
}

/// The same solver, driven by another program, comes to the same packages.
#[test]
fn rattler_solves_to_the_same_packages() {
    let Some(peers) = Peers::find() else { return };
    let channel = format!("file://{}", test_data().join("channel").display());
    for spec in ["environment.yml", "predict-environment.yml"] {
        let context = TestContext::new().with_reference_specs();
        let mut args =
            vec!["--channel", &channel, "--filename-template", "{platform}.lock", "-f", spec];
        for platform in PLATFORMS {
            args.extend(["-p", platform]);
        }
        context.ok(&args);
        let lockfiles = PLATFORMS.map(|platform| format!("{platform}.lock"));
        let solved = peers.solve(&context, &channel, spec, &lockfiles);
        assert_eq!(solved, locked_packages(&context, &lockfiles));
    }
}

/// The schema of SARIF 2.1.0, as the crate `serde-sarif` carries it. Nothing else of the crate is used:
/// it is a dependency of no target, so that it is downloaded and not compiled.
fn sarif_schema() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .unwrap();
    let metadata = succeeded(&output);
    let manifest = metadata
        .split('"')
        .find(|part| part.ends_with("Cargo.toml") && part.contains("/serde-sarif-"))
        .expect("serde-sarif is a dependency");
    Path::new(manifest).with_file_name("src").join("schema.json")
}

#[test]
fn sarif_is_valid() {
    let Some(peers) = Peers::find() else { return };
    let (context, schema) = (TestContext::new(), sarif_schema());
    context.write("good/environment.yml", "channels: [conda-forge]\ndependencies: [python]\n");
    context.write(
        "bad/environment.yml",
        "name: base\nchannels: [https://u:p@host/c]\ndependencies:\n  - numpy=2.0=py312_0\n  - pip:\n    - \"a b\"\nprefix: /home/é\n",
    );
    context.write("bad/broken-environment.yml", "dependencies: [\n");
    context.write("bad/conda-linux-64.lock", "# platform: linux-64\n@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/noarch/a-1-0.conda#d41d8cd98f00b204e9800998ecf8427e\n");
    for input in ["good", "bad"] {
        lint_as_sarif(&context, input, &format!("{input}.sarif"));
    }
    let args = [schema.to_str().unwrap(), "good.sarif", "bad.sarif"];
    let lines = peers.lines(&context, "sarif.py", &args);
    assert!(lines.contains("good.sarif 0"), "{lines:?}");
    assert!(!lines.contains("bad.sarif 0") && lines.len() == 2, "{lines:?}");
}

#[test]
fn sarif_of_real_files_is_valid() {
    let Some(peers) = Peers::find() else { return };
    let Some(files) = lockit_needs::shared("environment-files") else { return };
    let (context, schema) = (TestContext::new(), sarif_schema());
    lint_as_sarif(&context, files.to_str().unwrap(), "all.sarif");
    let lines = peers.lines(&context, "sarif.py", &[schema.to_str().unwrap(), "all.sarif"]);
    assert!(!lines.contains("all.sarif 0") && lines.len() == 1, "{lines:?}");
}

fn lint_as_sarif(context: &TestContext, input: &str, into: &str) {
    let output = context.run(&["lint", input, "--format", "sarif", "--exit-zero"]);
    fs_err::write(context.path(into), &output.stdout).unwrap();
}

/// Every Dockerfile among the snapshots: what reviewers have accepted.
fn emitted() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../snapshots/lockit-emit");
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs_err::read_to_string(&path).unwrap();
        let (_, text) = text.split_once("\n---\n").unwrap();
        let text = text.split("remark: ").next().unwrap();
        if text.contains("\nFROM ") {
            found.push((path.file_stem().unwrap().to_string_lossy().into_owned(), text.to_owned()));
        }
    }
    found
}

#[test]
fn hadolint_has_nothing_to_say() {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    let all = emitted();
    assert!(all.len() >= 10, "{}", all.len());
    for (name, text) in all {
        context.write("Dockerfile", &text);
        let hadolint = peers.python.with_file_name("hadolint");
        let output = Command::new(hadolint)
            .current_dir(context.path(""))
            .arg("Dockerfile")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.is_empty(), "{name}: {said}");
    }
}

#[test]
fn another_parser_reads_dockerfiles_back() {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    let mut names = Vec::new();
    for (name, text) in emitted().into_iter().filter(|(name, _)| name != "snippet") {
        context.write(&name, &text);
        names.push(name);
    }
    let args: Vec<&str> = names.iter().map(String::as_str).collect();
    let lines = peers.lines(&context, "dockerfile.py", &args);
    assert_eq!(lines.len(), names.len());
    let read = |line: &str| assert!(lines.contains(line), "{line}: {lines:?}");
    read("two-architectures 6 gcr.io/distroless/base-nossl-debian13:nonroot");
    read("expert-scratch 4 scratch");
    read("without-python 3 debian:trixie-slim");
}

#[test]
fn bills_of_materials_are_valid() {
    let Some(peers) = Peers::find() else { return };
    let server = Server::builder(test_data().join("channel")).start().unwrap();
    let context = TestContext::new().with_reference_project().with_mirror(&server);
    context.ok(&["-k", "pixi"]);
    for format in ["cyclonedx", "spdx"] {
        let args = ["sbom", "pixi.lock", "--environment", "predict", "-p", "linux-64"];
        let output = context.run(&[&args[..], &["--format", format]].concat());
        fs_err::write(context.path(&format!("{format}.spdx.json")), &output.stdout).unwrap();
    }
    let lines = peers.lines(&context, "sbom.py", &["cyclonedx.spdx.json", "spdx.spdx.json"]);
    let packages: usize = lines.first().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    assert!(packages > 20, "{packages}");
}

/// The lock of `pip_records`, without the commit: nothing may be fetched.
#[test]
fn they_read_pypi_packages() {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    // uv wants the python that a pylock.toml is made for.
    let python = ["-c", "import platform; print(platform.python_version())"];
    let python = succeeded(&peers.python(&context).args(python).output().unwrap());
    context.write("conda-lock.yml", &crate::pip_records::LOCK.replace("3.12.7", python.trim()));
    let render =
        |more: &[&str]| context.ok(&[&["render", "conda-lock.yml", "--no-dev"], more].concat());
    render(&["-k", "lock", "--lockfile", "ours-lock.yml"]);
    render(&["-k", "explicit,env,pixi,requirements,pylock"]);
    let packages = |text: &str| -> Vec<String> {
        // What flask depends on is lockit's own comment.
        let is_package = |line: &&str| line.contains("flask") && !line.starts_with("# flask==");
        text.lines().filter(is_package).map(str::to_owned).collect()
    };
    // conda-lock renders the same lines from what lockit wrote as lockit does.
    for (kind, ours) in [("explicit", "conda-linux-64.lock"), ("env", "conda-linux-64.lock.yml")] {
        let template = "theirs-{platform}.lock";
        let args = ["render", "-k", kind, "-p", "linux-64", "--filename-template", template];
        peers.conda_lock(&context, &[&args[..], &["ours-lock.yml"]].concat());
        let lines = packages(&context.read(&ours.replace("conda-", "theirs-")));
        assert_eq!(lines, packages(&context.read(ours)), "{kind}");
        assert_eq!(lines.len(), 1, "{kind}");
    }
    let read = peers.lines(&context, "pypi.py", &["pixi.lock"]);
    let expected = [
        "flask 3.0.3 https://files.pythonhosted.org/packages/61/80/ffe1da13ad9300f87c93af113edd0638c75138c42a0994becfacac078c06/flask-3.0.3-py3-none-any.whl click>=8.1.3 itsdangerous>=2.1.2",
        "itsdangerous 2.2.0 https://files.pythonhosted.org/packages/04/96/92447566d16df59b2a776c0fb82dbc4d9e07cd95062562af01e408583fc4/itsdangerous-2.2.0-py3-none-any.whl",
    ];
    assert_eq!(read, expected.map(str::to_owned).into());
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let uv = |file: &str| {
        let mut uv = peers.python(&context);
        uv.args(["-m", "uv", "pip", "install", "--dry-run", "--no-deps", "--target", "site"]);
        uv.args(["--no-config", "--offline", "-r", file]);
        String::from_utf8(uv.output().unwrap().stderr).unwrap()
    };
    let said = uv("pylock.linux-64.toml");
    assert!(said.contains(" + flask==3.0.3") && said.contains(" + itsdangerous==2.2.0"), "{said}");
    // It reads the file, and then wants the index, which no test may ask.
    let said = uv("requirements-linux-64.txt");
    assert!(said.contains("you require flask==3.0.3") && said.contains("network"), "{said}");
}
