//! `lockit install` of locks with PyPI packages, with a real uv and a real python. uv is looked for beside the
//! Python that `LOCKIT_PEERS` names; without it these tests are skipped.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use lockit_testkit::{HostPython, Server, Wheel};

use crate::context::TestContext;
use crate::install::{assert_same, contents};
use crate::peers::host_python;

/// A project whose conda part is locked, and a prefix `env` that python runs in.
struct Scene {
    context: TestContext,
    _server: Server,
    python: HostPython,
    uv: PathBuf,
    conda: String,
}

impl Scene {
    fn find() -> Option<Self> {
        let uv = lockit_needs::uv()?;
        let python = host_python()?;
        let platform = python.platform();
        let recipe = format!(
            "platforms: [{platform}]\npackages:\n{}  noarch-one: {{versions: [1.0], noarch: python, depends: python, \
             files: {{site-packages/noarch_one-1.0.dist-info/METADATA: 'Name: noarch-one'}}}}\n",
            python.recipe(&[])
        );
        let (context, server) = TestContext::new().with_channel(&recipe);
        context.write(
            "environment.yml",
            &format!(
                "channels: [conda-forge]\nplatforms: [{platform}]\ndependencies: [noarch-one]\n"
            ),
        );
        context.ok(&[]);
        let lockfile = format!("conda-{platform}.lock");
        // From here on everything comes from the cache.
        context.ok(&["install", &lockfile, "-p", "warm"]);
        let conda = context.read(&lockfile);
        Some(Self { context, _server: server, python, uv, conda })
    }

    /// The lockfile with wheels that lie beside it.
    fn lock(&self, wheels: &[&Wheel]) {
        let mut text = self.conda.clone();
        for wheel in wheels {
            wheel.write(&self.context.path("")).unwrap();
            let name = wheel.file_name.split('-').next().unwrap().replace('_', "-");
            let (file, sha256) = (&wheel.file_name, wheel.sha256());
            let _ = writeln!(text, "# pip {name} @ ./{file}#sha256={sha256}");
        }
        self.context.write("service.lock", &text);
    }

    fn install(&self, args: &[&str]) -> Command {
        let all = [&["install", "service.lock", "-p", "env", "--offline"], args].concat();
        let mut command = self.context.command(&all);
        command.env("LOCKIT_UV", &self.uv).env("UV_CACHE_DIR", self.context.path("../cache/uv"));
        command
    }

    #[track_caller]
    fn ok(&self) -> String {
        let output = self.install(&[]).output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
        self.context.render(&output)
    }

    fn asks_python(&self, script: &str) -> Output {
        let python = self.context.path("env/bin/python");
        Command::new(python).env_clear().args(["-B", "-c", script]).output().unwrap()
    }

    /// What a module says its version is; nothing if it is not there.
    fn version(&self, module: &str) -> String {
        let output = self.asks_python(&format!("import {module}; print({module}.__version__)"));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn modules(&self) -> PathBuf {
        self.context.path(&format!("env/lib/python{}/site-packages", self.python.minor()))
    }
}

#[test]
fn python_packages_come_stay_change_and_go() {
    let Some(scene) = Scene::find() else { return };
    let six = Wheel::new("six_like", "1.0").unwrap();
    let other = Wheel::new("other", "2.0").unwrap();
    scene.lock(&[&six, &other]);
    let output = scene.install(&["--skip-pip"]).env("LOCKIT_UV", "/not/there").output().unwrap();
    let shown = scene.context.render(&output);
    assert!(shown.contains("holds 2 packages: 2 added"), "{shown}");
    let shown = scene.ok();
    assert!(shown.contains("holds 2 packages and 2 from PyPI: 2 added"), "{shown}");
    assert_eq!(
        (scene.version("six_like"), scene.version("noarch_one")),
        ("1.0".into(), "1.0".into())
    );

    // Nothing to do: uv is not even looked for.
    let output = scene.install(&[]).env("LOCKIT_UV", "/not/there").output().unwrap();
    let shown = scene.context.render(&output);
    assert!(output.status.success() && shown.contains("nothing to do"), "{shown}");

    let newer = Wheel::new("six_like", "1.1").unwrap();
    scene.lock(&[&newer, &other]);
    let shown = scene.ok();
    assert!(shown.contains("1 changed"), "{shown}");
    assert_eq!(scene.version("six_like"), "1.1");

    // What somebody else has put there stays.
    let mine = Wheel::new("mine", "0.1").unwrap();
    mine.write(&scene.context.path("")).unwrap();
    let pip = Command::new(&scene.uv)
        .current_dir(scene.context.path(""))
        .args(["--no-config", "pip", "install", "--offline", "--python", "env/bin/python"])
        .arg(format!("./{}", mine.file_name))
        .output()
        .unwrap();
    assert!(pip.status.success(), "{}", scene.context.render(&pip));
    scene.lock(&[&other]);
    let shown = scene.ok();
    assert!(shown.contains("1 removed"), "{shown}");
    assert_eq!(scene.version("six_like"), "");
    assert_eq!((scene.version("mine"), scene.version("other")), ("0.1".into(), "2.0".into()));
    scene.lock(&[]);
    scene.ok();
    assert_eq!((scene.version("mine"), scene.version("other")), ("0.1".into(), String::new()));
    assert!(!scene.context.path("env/conda-meta/lockit-pip").exists());
}

/// Wheels may have files for the top of an environment, and uv writes them wherever they say.
#[test]
fn a_wheel_stays_out_of_the_records_of_the_prefix() {
    let Some(scene) = Scene::find() else { return };
    let kind = Wheel::with_data("kind", "1.0", &[("share/kind/a.txt", "kind")]).unwrap();
    scene.lock(&[&kind]);
    scene.ok();
    assert_eq!(scene.context.read("env/share/kind/a.txt"), "kind");
    for path in ["conda-meta/python-3.12-0.json", "Conda-Meta/../conda-meta/x", ".trash/x"] {
        let fine = Wheel::new("fine", "1.0").unwrap();
        let evil = Wheel::with_data("evil", "1.0", &[(path, "{}")]).unwrap();
        scene.lock(&[&kind, &fine, &evil]);
        let before = contents(&scene.context, "env");
        let output = scene.install(&[]).output().unwrap();
        let shown = scene.context.render(&output);
        assert_eq!(output.status.code(), Some(2), "{shown}");
        // What climbs is refused by uv itself.
        let said = if path.contains("..") { "evil==1.0" } else { path };
        assert!(shown.contains("evil") && shown.contains(said), "{shown}");
        assert!(!shown.contains("Resolved"), "{shown}");
        assert_same(&before, &contents(&scene.context, "env"));
        scene.lock(&[&kind]);
        let shown = scene.ok();
        assert!(shown.contains("nothing to do"), "{shown}");
    }
}

#[test]
fn a_file_that_a_wheel_takes_from_a_conda_package_is_told() {
    let Some(scene) = Scene::find() else { return };
    let modules = format!("lib/python{}/site-packages", scene.python.minor());
    let path = format!("{modules}/noarch_one-1.0.dist-info/METADATA");
    let taker = Wheel::with_data("taker", "1.0", &[(&path, "Name: noarch-one")]).unwrap();
    scene.lock(&[&taker]);
    let shown = scene.ok();
    let told = format!("`noarch-one` and `taker` bring `{path}`; it is that of `taker`");
    assert!(shown.contains(&told), "{shown}");
}

/// The list of its files says what a PyPI package should have.
#[test]
fn what_is_gone_or_changed_is_put_back() {
    let Some(scene) = Scene::find() else { return };
    scene.lock(&[&Wheel::new("six_like", "1.0").unwrap(), &Wheel::new("other", "2.0").unwrap()]);
    scene.ok();
    let right = contents(&scene.context, "env");
    let module = scene.modules().join("six_like.py");
    fs_err::remove_file(&module).unwrap();
    let shown = scene.ok();
    assert!(shown.contains("six-like 1.0: six_like.py was missing\n"), "{shown}");
    assert!(shown.contains("2 from PyPI: 1 repaired in "), "{shown}");
    assert_same(&contents(&scene.context, "env"), &right);
    assert!(scene.ok().contains("nothing to do"));
    // In place: where files are linked, that of uv's cache is changed as well.
    fs_err::write(&module, "").unwrap();
    assert!(scene.ok().contains("nothing to do"));
    let verify = || scene.context.render(&scene.install(&["--verify"]).output().unwrap());
    let shown = verify();
    assert!(shown.contains("six-like 1.0: six_like.py was changed\n"), "{shown}");
    assert_same(&contents(&scene.context, "env"), &right);
    assert!(verify().contains("nothing to do"));
}

#[test]
fn other_bytes_than_were_locked_are_refused() {
    let Some(scene) = Scene::find() else { return };
    let six = Wheel::new("six_like", "1.0").unwrap();
    scene.lock(&[&six]);
    let text = scene.context.read("service.lock").replace(&six.sha256(), &"0".repeat(64));
    scene.context.write("service.lock", &text);
    let output = scene.install(&[]).output().unwrap();
    let shown = scene.context.render(&output);
    assert!(shown.starts_with("exit: 2\n") && shown.contains("Hash mismatch"), "{shown}");
    assert_eq!(
        (scene.version("six_like"), scene.version("noarch_one")),
        (String::new(), "1.0".into())
    );
    // Mended, it goes on from there.
    scene.lock(&[&six]);
    assert!(scene.ok().contains("1 added"));
    assert_eq!(scene.version("six_like"), "1.0");
}

#[test]
fn without_uv_nothing_is_touched() {
    let Some(scene) = Scene::find() else { return };
    scene.lock(&[&Wheel::new("six_like", "1.0").unwrap()]);
    let mut command = scene.install(&[]);
    command.env_remove("LOCKIT_UV").env("PATH", "/nowhere");
    insta::assert_snapshot!(scene.context.render(&command.output().unwrap()), @"
    exit: 2
    --- stdout
    --- stderr
    error: PyPI packages need `uv`, which is not on the PATH
     = hint: get it with `pip install uv`, from conda-forge as `uv`, or as https://docs.astral.sh/uv/getting-started/installation/ says
    ");
    assert!(!scene.context.path("env").exists());
    // conda's own are never replaced.
    scene.lock(&[&Wheel::new("noarch_one", "2.0").unwrap()]);
    let shown = scene.context.render(&scene.install(&[]).output().unwrap());
    assert!(shown.contains("a conda package of this environment brings it already"), "{shown}");
    assert_eq!(scene.version("noarch_one"), "1.0");
}

/// Whenever it is killed, the next run ends with the right prefix.
#[test]
fn a_killed_install_is_finished_by_the_next() {
    let Some(scene) = Scene::find() else { return };
    let six = |version: &str| Wheel::new("six_like", version).unwrap();
    scene.lock(&[&six("1.0")]);
    let time = std::time::Instant::now();
    scene.ok();
    let whole = time.elapsed();
    for step in 0..10_u32 {
        let version = format!("1.{}", step + 1);
        scene.lock(&[&six(&version), &Wheel::new("other", "2.0").unwrap()]);
        let mut child = scene.install(&[]).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * step / 9);
        let _ = child.kill();
        child.wait().unwrap();
        if step % 3 == 1 {
            // As if uv had been killed before it wrote the list of files.
            for name in ["six_like-1.0", &format!("six_like-{version}")] {
                let _ =
                    fs_err::remove_file(scene.modules().join(format!("{name}.dist-info/RECORD")));
            }
        }
        scene.ok();
        assert_eq!(
            (scene.version("six_like"), scene.version("other")),
            (version.clone(), "2.0".into())
        );
        let names: Vec<_> = fs_err::read_dir(scene.modules())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("six_like-"))
            .collect();
        assert_eq!(names, [format!("six_like-{version}.dist-info")], "step {step}");
    }
}

/// A uv that outlives its lockit does not take away what the next run has installed.
#[cfg(unix)]
#[test]
fn the_next_run_waits_for_the_uv_of_a_killed_one() {
    use std::os::unix::fs::PermissionsExt;

    let Some(scene) = Scene::find() else { return };
    let six = Wheel::new("six_like", "1.0").unwrap();
    scene.lock(&[&six]);
    scene.ok();
    let (began, ended) = (scene.context.path("began"), scene.context.path("ended"));
    scene.context.write(
        "slow-uv",
        &format!(
            "#!/bin/sh\ncase \"$*\" in *uninstall*) touch '{}'; sleep 1;; esac\n'{}' \"$@\"\ntouch '{}'\n",
            began.display(),
            scene.uv.display(),
            ended.display()
        ),
    );
    let slow = scene.context.path("slow-uv");
    fs_err::set_permissions(&slow, PermissionsExt::from_mode(0o755)).unwrap();
    let until = |path: &std::path::Path| {
        while !path.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    };
    scene.lock(&[]);
    let mut command = scene.install(&[]);
    command.env("LOCKIT_UV", &slow).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // It is asked for its version first.
    until(&began);
    fs_err::remove_file(&ended).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    scene.lock(&[&six]);
    scene.ok();
    until(&ended);
    assert_eq!(scene.version("six_like"), "1.0");
}

/// Installed, imported and installed again it is the same.
#[test]
fn an_import_knows_where_python_packages_come_from() {
    let Some(scene) = Scene::find() else { return };
    let six = Wheel::new("six_like", "1.0").unwrap();
    scene.lock(&[&six]);
    scene.ok();
    let shown = scene.context.ok(&["import", "-p", "env", "-k", "lock", "--stdout"]);
    assert!(shown.contains("- name: six-like\n") && shown.contains(&six.sha256()), "{shown}");
    assert!(shown.contains(&format!("platform: {}", scene.python.platform())), "{shown}");
    assert!(!shown.contains("name: noarch_one") && shown.contains("name: noarch-one"), "{shown}");
}
