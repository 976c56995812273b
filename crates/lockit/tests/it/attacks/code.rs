//! Locking runs nobody's code: build backends of PyPI packages, and what they could see. Each package here has a backend
//! that writes down its environment, so a file shows whether it ran.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_testkit::{PypiIndex, Server, Wheel};

use crate::context::TestContext;
use crate::peers::host_python;
use crate::refresh_git::Forge;

const CHANNEL: &str = "
platforms: [linux-64]
packages:
  python: {versions: [3.12.4]}
  pip: {versions: [24.0], noarch: python, depends: [python]}
";

/// Values that no build may see, by names that a list of known ones would miss.
const SECRETS: [(&str, &str); 9] = [
    ("GITHUB_TOKEN", "secret-of-the-job"),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret-of-oidc"),
    ("AWS_SECRET_ACCESS_KEY", "secret-of-the-cloud"),
    ("OUR_OWN_NAME_FOR_IT", "secret-of-the-house"),
    ("UV_INDEX_PRIVATE_PASSWORD", "secret-of-an-index"),
    ("UV_EXTRA_INDEX_URL", "https://ada:secret-in-an-address@127.0.0.1:9/simple"),
    ("PIP_INDEX_URL", "https://ada:secret-of-pip@127.0.0.1:9/simple"),
    ("GIT_CONFIG_VALUE_0", "AUTHORIZATION: basic secret-of-git"),
    ("SSH_AUTH_SOCK", "/run/secret-of-ssh"),
];

struct Scene {
    context: TestContext,
    _server: Server,
    uv: PathBuf,
}

impl Scene {
    fn find() -> Option<Self> {
        host_python()?;
        let uv = lockit_needs::uv()?;
        let (context, server) = TestContext::new().with_channel(CHANNEL);
        fs_err::create_dir(context.path("wheels")).unwrap();
        Some(Self { context, _server: server, uv })
    }

    /// A folder with sources. `project` are more keys of `[project]`: `dynamic` makes it something to be built.
    fn sources(&self, folder: &str, name: &str, version: &str, project: &str) {
        self.context.write(
            &format!("{folder}/pyproject.toml"),
            &format!(
                "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n[project]\nname = \"{name}\"\nversion = \"{version}\"\n{project}"
            ),
        );
        let ran = self.ran().display().to_string();
        let metadata = format!("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n");
        self.context.write(
            &format!("{folder}/backend.py"),
            &format!(
                r#"import os, pathlib, zipfile
with open("{ran}", "a") as f:
    f.write("".join(f"{{name}}={{value}}\n" for name, value in os.environ.items()))
WHEEL = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
def prepare_metadata_for_build_wheel(folder, settings=None):
    about = pathlib.Path(folder) / "{name}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("{metadata}")
    (about / "WHEEL").write_text(WHEEL)
    return about.name
prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
def build_wheel(folder, settings=None, metadata=None):
    file = "{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / file, "w") as archive:
        archive.writestr("{name}-{version}.dist-info/METADATA", "{metadata}")
        archive.writestr("{name}-{version}.dist-info/WHEEL", WHEEL)
        archive.writestr("{name}-{version}.dist-info/RECORD", "")
    return file
build_editable = build_wheel
"#
            ),
        );
    }

    /// A source distribution in `wheels` that says nothing about itself without a build.
    fn sdist(&self, name: &str) {
        self.packed(name, "1.0", &self.context.path(&format!("wheels/{name}-1.0.tar.gz")));
    }

    /// Writes a source distribution that says nothing about itself without a build.
    fn packed(&self, name: &str, version: &str, target: &Path) {
        self.sources(&format!("src-{name}"), name, version, "dynamic = [\"dependencies\"]\n");
        let script = "import sys, tarfile\n\
            folder, name, version, target = sys.argv[1:]\n\
            archive = tarfile.open(target, 'w:gz')\n\
            [archive.add(f'{folder}/{file}', f'{name}-{version}/{file}') for file in ['pyproject.toml', 'backend.py']]\n\
            import io\n\
            about = f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n'.encode()\n\
            info = tarfile.TarInfo(f'{name}-{version}/PKG-INFO')\n\
            info.size = len(about)\n\
            archive.addfile(info, io.BytesIO(about))\n\
            archive.close()\n";
        let done = Command::new("python3")
            .args(["-c", script])
            .arg(self.context.path(&format!("src-{name}")))
            .args([name, version])
            .arg(target)
            .status()
            .unwrap();
        assert!(done.success());
    }

    fn wheel(&self, name: &str, version: &str, needs: &[&str]) {
        let wheel = Wheel::with_needs(name, version, needs).unwrap();
        wheel.write(&self.context.path("wheels")).unwrap();
    }

    fn spec(&self, pip: &[&str]) {
        let pip: String = pip.iter().flat_map(|line| ["      - '", line, "'\n"]).collect();
        self.context.write(
            "environment.yml",
            &format!(
                "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\ndependencies:\n  - python\n  - pip:\n      - --find-links ./wheels\n{pip}"
            ),
        );
    }

    fn ran(&self) -> PathBuf {
        self.context.path("../ran")
    }

    /// What backends saw since this was last asked; nothing when none ran.
    fn seen(&self) -> Option<String> {
        let seen = fs_err::read_to_string(self.ran()).ok()?;
        fs_err::remove_file(self.ran()).unwrap();
        Some(seen)
    }

    fn run(&self, args: &[&str]) -> Output {
        let _ = fs_err::remove_dir_all(self.context.path("../cache/uv"));
        let mut command = self.context.command(args);
        command.env("LOCKIT_UV", &self.uv).env("UV_CACHE_DIR", self.context.path("../cache/uv"));
        command.envs(SECRETS).output().unwrap()
    }

    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let shown = self.context.render(&output);
        assert!(output.status.success(), "{shown}");
        shown
    }

    /// Fails, builds nothing, and names the package and the key.
    #[track_caller]
    fn refuses(&self, args: &[&str], package: &str) -> String {
        let output = self.run(args);
        let shown = self.context.render(&output);
        assert_eq!(self.seen(), None, "{args:?} built something\n{shown}");
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(shown.contains(&format!("`{package}`")), "{shown}");
        shown
    }
}

#[track_caller]
fn sees_no_secret(seen: &str) {
    let found = seen.lines().find(|line| line.contains("secret"));
    assert_eq!(found, None);
    assert!(seen.contains("PATH=") && seen.contains("HOME="), "{seen}");
}

/// A requirement of a requirement comes as a source distribution: nobody who reads the spec sees it.
#[test]
fn a_refresh_builds_only_what_the_project_names() {
    let Some(scene) = Scene::find() else { return };
    scene.wheel("tool", "1.0", &[]);
    scene.spec(&["tool"]);
    scene.ok(&[]);
    let locked = scene.context.read("conda-linux-64.lock");
    scene.wheel("tool", "1.0", &["evil"]);
    scene.spec(&["tool >=1"]);
    scene.sdist("evil");
    insta::assert_snapshot!(scene.refuses(&["refresh"], "evil"), @r#"
    exit: 1
    --- stdout
    --- stderr
    error: `evil` of `environment` must be built to be locked on linux-64, which is not allowed
     = note: no wheel fits, and what a source distribution, a folder or a repository requires is known only to its build backend: code of the package
     = hint: if you trust it, write `allow-builds = ["evil"]` into lockit.toml; otherwise choose a version that has wheels
    "#);
    assert_eq!(scene.context.read("conda-linux-64.lock"), locked);
    // The project trusts another package, or this one by another spelling.
    scene.context.write("lockit.toml", "allow-builds = ['evil-twin']\n");
    scene.refuses(&["refresh"], "evil");
    scene.context.write("lockit.toml", "allow-builds = ['Evil']\n");
    scene.refuses(&["refresh", "--no-build"], "evil");
    scene.refuses(&["refresh", "--no-build-package", "evil"], "evil");
    scene.ok(&["refresh"]);
    sees_no_secret(&scene.seen().unwrap());
    assert!(scene.context.read("conda-linux-64.lock").contains("evil-1.0.tar.gz"));
    // Or all of them.
    fs_err::remove_file(scene.context.path("conda-linux-64.lock")).unwrap();
    scene.context.write("lockit.toml", "no-build = false\n");
    scene.ok(&["refresh"]);
    assert!(scene.seen().is_some());
}

/// A folder is built as well, however it is written down.
#[test]
fn folders_are_built_no_more_than_archives() {
    let Some(scene) = Scene::find() else { return };
    scene.sdist("evil");
    for line in [
        "-e ./src-evil",
        "--editable=./src-evil",
        "./src-evil",
        "evil @ ./src-evil",
        "./wheels/evil-1.0.tar.gz",
        "evil",
    ] {
        scene.spec(&[line]);
        scene.refuses(&["refresh"], "evil");
        scene.refuses(&["--no-build"], "evil");
    }
    // By way of a folder that needs no build: uv takes its own table for an order.
    let sources = "dependencies = [\"evil\"]\n[tool.uv.sources]\nevil = { path = \"../src-evil\", editable = true }\n";
    scene.sources("mine", "mine", "1.0", sources);
    scene.spec(&["-e ./mine"]);
    scene.refuses(&["refresh"], "evil");
    // What says all there is to know in its pyproject.toml needs no build, and stays editable.
    scene.wheel("lib", "1.0", &[]);
    scene.sources("mine", "mine", "1.0", "dependencies = [\"lib\"]\n");
    scene.ok(&["refresh"]);
    assert_eq!(scene.seen(), None);
    let text = scene.context.read("conda-linux-64.lock");
    assert!(text.contains("\n# pip -e file:./mine#egg=mine\n"), "{text}");
    assert!(text.contains("lib-1.0"), "{text}");
}

/// Who locks by hand does it in a repository of their own, but the backend is still somebody else's.
#[test]
fn a_build_sees_no_login() {
    let Some(scene) = Scene::find() else { return };
    scene.sdist("other");
    scene.spec(&["other"]);
    scene.ok(&[]);
    sees_no_secret(&scene.seen().unwrap());
    fs_err::remove_file(scene.context.path("conda-linux-64.lock")).unwrap();
    let output = {
        let mut command = scene.context.command(&[]);
        command.env("LOCKIT_UV", &scene.uv).env("UV_CACHE_DIR", scene.context.path("../cache/uv2"));
        command.env("LOCKIT_NO_BUILD", "1").output().unwrap()
    };
    assert_eq!((output.status.code(), scene.seen()), (Some(1), None));
}

/// What an index that does not count has of a package is looked at, and never run: anybody may put a higher version there.
#[test]
fn what_another_index_has_is_not_built_to_tell_of_it() {
    let Some(scene) = Scene::find() else { return };
    let (first, last) = (PypiIndex::new().unwrap(), PypiIndex::new().unwrap());
    first.publish(&Wheel::new("corp", "1.0").unwrap()).unwrap();
    let archive = scene.context.path("../corp-99.0.tar.gz");
    scene.packed("corp", "99.0", &archive);
    let digest = format!("sha256={}", digest_of(&archive));
    last.publish_file("corp-99.0.tar.gz", &fs_err::read(&archive).unwrap(), &digest).unwrap();
    let servers = [&first, &last].map(|index| Server::builder(index.path()).start().unwrap());
    let places = [
        format!("--extra-index-url {}/simple/", servers[0].url()),
        format!("--index-url {}/simple/", servers[1].url()),
    ];
    let lines = |line| [places[0].as_str(), places[1].as_str(), line];
    scene.spec(&lines("corp"));
    for args in [&[][..], &["--upgrade"], &["refresh"]] {
        let shown = scene.ok(args);
        assert_eq!(scene.seen(), None, "{args:?} built something\n{shown}");
        let locked = scene.context.read("conda-linux-64.lock");
        assert!(locked.contains("corp-1.0-py3-none-any.whl"), "{locked}");
    }
    // A wheel runs nothing, and is told of.
    last.publish(&Wheel::new("corp", "2.0").unwrap()).unwrap();
    let shown = scene.ok(&["--upgrade"]);
    assert!(shown.contains("warning: `corp` 1.0 is from "), "{shown}");
    assert!(shown.contains(" with 2.0; "), "{shown}");
    assert_eq!(scene.seen(), None, "{shown}");
    // Who trusts both alike says so, and has it built.
    scene.ok(&["--upgrade", "--index-strategy", "unsafe-best-match"]);
    assert!(scene.seen().is_some());
}

/// Options of a spec hold, in pip's order and wherever they stand.
#[test]
fn a_spec_chooses_archives() {
    let Some(scene) = Scene::find() else { return };
    scene.sdist("six_like");
    scene.context.write("more.txt", "--only-binary=:all:\n");
    for options in [
        &["--only-binary :all:"][..],
        &["--only-binary=:all:"],
        &["--no-build"],
        &["--only-binary six-like"],
        &["--no-binary six-like", "--only-binary :all:"],
        &["--only-binary=Six.Like,other"],
        &["-r more.txt"],
    ] {
        scene.spec(&[options, &["six-like"]].concat());
        scene.refuses(&[], "six-like");
    }
    // An older version with a wheel will do, as for pip.
    scene.wheel("six_like", "0.9", &[]);
    scene.spec(&["--only-binary :all:", "six-like"]);
    scene.ok(&[]);
    assert_eq!(scene.seen(), None);
    assert!(scene.context.read("conda-linux-64.lock").contains("six_like-0.9-py3"));
    // Harmless: what a later option takes back, and what is about others.
    for options in [
        &["--only-binary :all:", "--no-binary six-like"][..],
        &["--only-binary :all:", "--only-binary :none:"],
        &["--only-binary other"],
        &["--no-binary :all:"],
    ] {
        scene.spec(&[options, &["six-like"]].concat());
        scene.ok(&["--upgrade"]);
        assert!(scene.seen().is_some(), "{options:?}");
        assert!(scene.context.read("conda-linux-64.lock").contains("six_like-1.0.tar.gz"));
    }
    for value in
        ["--only-binary=--index-url=https://host", "--no-binary \"a b\"", "--only-binary :al:"]
    {
        scene.spec(&[value, "six-like"]);
        let output = scene.run(&[]);
        assert_eq!(output.status.code(), Some(2), "{value} {}", scene.context.render(&output));
    }
}

/// The job with the token takes from a patch what a refresh of the project writes, and nothing else.
#[test]
fn a_patch_of_another_job_changes_only_lockfiles() {
    let forge = Forge::new();
    let context = &forge.context;
    context.write("setup.py", "print('hello')\n");
    context.write("lockit.toml", "[sbom]\noutput = 'sbom/{environment}-{platform}.json'\n");
    context.commit("More");
    forge.git(&["push", "--quiet", "origin", "main"]);
    context.ok(&["refresh", "--patch", "../good.patch"]);
    let good = context.read("../good.patch");
    forge.git(&["checkout", "--quiet", "--force", "main"]);
    assert!(good.starts_with("Refresh locks: 1 upgraded\n"), "{good}");
    let take = |patch: &str| {
        context.write("../bad.patch", patch);
        let args =
            ["refresh", "--from-patch", "../bad.patch", "--branch", "lockit/refresh", "--push"];
        context.run(&args)
    };
    let hostile = |change: &dyn Fn()| {
        change();
        forge.git(&["add", "--all"]);
        let diff = forge.git(&["diff", "--cached", "--binary", "HEAD"]);
        forge.git(&["reset", "--quiet", "--hard", "HEAD"]);
        format!("Refresh locks: 1 upgraded\n---\n{diff}")
    };
    let lock = context.path("conda-linux-64.lock");
    let patches = [
        hostile(&|| context.write(".github/workflows/evil.yml", "on: push\n")),
        hostile(&|| context.write(".github/workflows/environment-linux-64.json", "{}\n")),
        hostile(&|| context.write("setup.py", "import evil\n")),
        hostile(&|| context.write("sub/conda-linux-64.lock", "@EXPLICIT\n")),
        hostile(&|| context.write(".gitattributes", "* filter=evil\n")),
        hostile(&|| fs_err::remove_file(context.path("environment.yml")).unwrap()),
        #[cfg(unix)]
        hostile(&|| {
            fs_err::remove_file(&lock).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", &lock).unwrap();
        }),
        hostile(&|| fs_err::rename(&lock, context.path("other.lock")).unwrap()),
        // Both together: the good part does not carry the other.
        good.clone()
            + "diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+import evil\n",
        good.replace("a/conda-linux-64.lock", "a/../x").replace("b/conda-linux-64.lock", "b/../x"),
        good.replace("Refresh locks: ", "Merge: "),
        String::new(),
    ];
    for patch in &patches {
        let output = take(patch);
        assert_eq!(output.status.code(), Some(2), "{patch}\n{}", context.render(&output));
    }
    assert_eq!(forge.origin(&["branch", "--list", "lockit/*"]), "");
    assert_eq!(forge.git(&["status", "--porcelain"]), "");
    // The good one goes out, and what lies here stays as it is.
    let output = take(&good);
    assert!(output.status.success(), "{}", context.render(&output));
    assert_eq!(forge.git(&["status", "--porcelain"]), "");
    assert!(forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]).contains("app-1.1"));
    assert_eq!(
        forge.origin(&["diff", "--name-only", "main", "lockit/refresh"]),
        "conda-linux-64.lock\n"
    );
}

/// A lockfile may hold what is built on installing: the one who installs may refuse, and the build sees no login.
#[test]
#[cfg(unix)]
fn an_install_builds_only_what_it_may() {
    let Some(scene) = Scene::find() else { return };
    let Some(python) = host_python() else { return };
    let platform = python.platform();
    let recipe = format!("platforms: [{platform}]\npackages:\n{}", python.recipe(&[]));
    let (context, server) = TestContext::new().with_channel(&recipe);
    context.write(
        "environment.yml",
        &format!("channels: [conda-forge]\nplatforms: [{platform}]\ndependencies: [python]\n"),
    );
    context.ok(&[]);
    let conda = context.read(&format!("conda-{platform}.lock"));
    let scene = Scene { context, _server: server, uv: scene.uv };
    fs_err::create_dir(scene.context.path("wheels")).unwrap();
    scene.sdist("evil");
    let digest = digest_of(&scene.context.path("wheels/evil-1.0.tar.gz"));
    let lines = [
        format!("evil @ ./wheels/evil-1.0.tar.gz#sha256={digest}"),
        "evil @ ./src-evil".to_owned(),
        "-e file:./src-evil#egg=evil".to_owned(),
    ];
    let install = ["install", "service.lock", "-p", "env"];
    for line in &lines {
        scene.context.write("service.lock", &format!("{conda}# pip {line}\n"));
        for refusal in [&["--no-build"][..], &["--no-build-package", "Evil"]] {
            let output = scene.run(&[&install[..], refusal].concat());
            let shown = scene.context.render(&output);
            assert_eq!((output.status.code(), scene.seen()), (Some(2), None), "{shown}");
            assert!(shown.contains("`evil` would have to be built"), "{shown}");
            assert!(!scene.context.path("env").exists(), "{shown}");
        }
        scene.context.write("lockit.toml", "no-build = true\n");
        assert!(!scene.run(&install).status.success() && scene.seen().is_none());
        fs_err::remove_file(scene.context.path("lockit.toml")).unwrap();
    }
    // A wheel needs none.
    let wheel = Wheel::new("harmless", "1.0").unwrap();
    wheel.write(&scene.context.path("wheels")).unwrap();
    let (file, sha256) = (&wheel.file_name, wheel.sha256());
    scene.context.write(
        "service.lock",
        &format!("{conda}# pip harmless @ ./wheels/{file}#sha256={sha256}\n"),
    );
    scene.ok(&[&install[..], &["--no-build"]].concat());
    // Without a word against it, it is built as by pip.
    scene.context.write("service.lock", &format!("{conda}# pip {}\n", lines[0]));
    scene.ok(&install);
    sees_no_secret(&scene.seen().unwrap());
}

/// The digest of a file, from a program that has nothing to do with lockit.
fn digest_of(path: &Path) -> String {
    let script =
        "import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], 'rb').read()).hexdigest())";
    let output = Command::new("python3").args(["-c", script]).arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
