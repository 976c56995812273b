//! One verdict: whatever decided about a lock is seen by `lockit`, `lockit --locked` and `lockit check` alike, in every kind of
//! lockfile. Every change has a harmless twin that nobody may mind.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockit_testkit::{PypiIndex, Server, TempDir, Wheel, channel_from_yaml};

use crate::context::{FileTime, TestContext, file_snapshot};
use crate::pypi_scene::Scene;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  python: {versions: [3.12.4]}
  shim: {versions: [1.0]}
  numpy: {versions: [1.26.4, 2.1.0], depends: [python, shim]}
  pip: {versions: [24.0], noarch: python, depends: [python]}
";

const SPEC: &str = "channels:
  - conda-forge
  - OTHER
platforms:
  - linux-64
allow-pypi-requests: false
variables:
  ONE: '1'
  TWO: '2'
dependencies:
  - python
  - numpy >=2
  - pip:
      - --find-links ./wheels
      - -r requirements.txt
      - -c constraints.txt
      - tool >=1; python_version > '3'
      - -e ./service
";

const SERVICE: &str = "[project]
name = \"service\"
version = \"0.1\"
requires-python = \">=3.8\"
dependencies = [\"lib\", \"tool\"]
[build-system]
requires = []
build-backend = \"none\"
";

const KINDS: [&str; 4] = ["explicit", "lock", "pixi", "env"];

/// What one change does to the files of the project: for each a text and another one in its place. A file that is not
/// there is written.
type Edits = Vec<(&'static str, String, String)>;

struct Project {
    scene: Scene,
    _other: TempDir,
    _index: (PypiIndex, Server),
    index: String,
    digest: String,
    files: BTreeMap<&'static str, String>,
    locks: BTreeMap<String, Vec<u8>>,
}

impl Project {
    fn find() -> Option<Self> {
        let scene = Scene::with_channel(CHANNEL)?;
        let other =
            channel_from_yaml("{platforms: [linux-64], packages: {other: {versions: [1.0]}}}");
        let index = Scene::index(&[("private", "1.0")]);
        fs_err::create_dir(scene.context.path("more")).unwrap();
        let place = format!("file://{}", other.path().display());
        let files = BTreeMap::from([
            ("environment.yml", SPEC.replace("OTHER", &place)),
            ("requirements.txt", "lib >=1.0\n".to_owned()),
            ("constraints.txt", "extra_lib <9\nlib <5\n".to_owned()),
            ("service/pyproject.toml", SERVICE.to_owned()),
            ("lockit.toml", String::new()),
        ]);
        let digest = Wheel::with_needs("tool", "2.0", &["numpy>=2", "lib"]).unwrap().sha256();
        let address = format!("{}/simple/", index.1.url());
        let mut project = Self {
            scene,
            _other: other,
            _index: index,
            index: address,
            digest,
            files,
            locks: BTreeMap::new(),
        };
        project.put_back();
        project.scene.ok(&["-k", "explicit,lock,pixi,env"]);
        let context = &project.scene.context;
        let names = context
            .files()
            .into_iter()
            .filter(|name| name.contains(".lock") || name.contains("-lock"));
        project.locks =
            names.map(|name| (name.clone(), fs_err::read(context.path(&name)).unwrap())).collect();
        assert_eq!(project.locks.len(), 4, "{:?}", project.locks.keys());
        Some(project)
    }

    /// Specs and locks as they were.
    fn put_back(&self) {
        for (name, text) in &self.files {
            self.scene.context.write(name, text);
        }
        for name in self.scene.context.files() {
            let is_lock = name.contains(".lock") || name.contains("-lock");
            if is_lock && !self.locks.contains_key(&name) {
                fs_err::remove_file(self.scene.context.path(&name)).unwrap();
            }
        }
        for (name, bytes) in &self.locks {
            fs_err::write(self.scene.context.path(name), bytes).unwrap();
        }
    }

    fn edit(&self, edits: &Edits) {
        self.put_back();
        for (name, from, to) in edits {
            let text = self.scene.context.read(name);
            assert!(text.contains(from.as_str()), "`{from}` is not in {name}");
            self.scene.context.write(name, &text.replacen(from.as_str(), to, 1));
        }
    }

    /// What the verbs say of each kind: they agree, and after a run that writes, all is well.
    fn verdicts(&self, title: &str, edits: &Edits) -> [&'static str; 4] {
        self.edit(edits);
        let context = &self.scene.context;
        let before = context.stamps();
        let run = |args: &[&str]| {
            let output = self.scene.command(args).output().unwrap();
            (output.status.code(), context.render(&output))
        };
        let looked = KINDS.map(|kind| {
            let (check, said) = run(&["check", "-k", kind]);
            let (locked, by_locked) = run(&["lock", "--locked", "-k", kind]);
            assert_eq!(check, locked, "{title}, {kind}\n{said}\n{by_locked}");
            assert_eq!(check == Some(1), said.contains("run `lockit"), "{title}, {kind}\n{said}");
            (kind, check, said)
        });
        assert_eq!(context.stamps(), before, "{title}: nothing is written");
        let (code, said) = run(&["lock"]);
        assert_eq!(code, Some(0), "{title}\n{said}");
        let after = context.stamps();
        let is_up_to_date = said.contains("everything is up to date");
        assert_eq!(is_up_to_date, after == before, "{title}\n{said}");
        if !is_up_to_date {
            let (code, said) = run(&["check"]);
            assert_eq!(code, Some(0), "the way out of `{title}`\n{said}");
        }
        looked.map(|(kind, check, by_check)| {
            let of = |stamps: &[(String, Vec<u8>, FileTime)]| -> Vec<(String, Vec<u8>)> {
                let ours = stamps.iter().filter(|(file, ..)| is_of(file, kind));
                ours.map(|(file, text, _)| (file.clone(), text.clone())).collect()
            };
            match (check, of(&before) != of(&after)) {
                (Some(0), false) => "fresh",
                (Some(1), true) => "stale",
                _ => panic!("the verbs disagree: {title}, {kind}\n{by_check}\n{said}"),
            }
        })
    }

    /// Every change with its harmless twin.
    fn changes(&self) -> Vec<(&'static str, Edits, Edits)> {
        let spec = |from: &str, to: &str| ("environment.yml", from.to_owned(), to.to_owned());
        let file = |name, from: &str, to: &str| (name, from.to_owned(), to.to_owned());
        let setting = |to: &str| vec![file("lockit.toml", "", to)];
        let line = |text: &str| {
            spec(
                "      - -c constraints.txt\n",
                &format!("      - -c constraints.txt\n      - {text}\n"),
            )
        };
        let comment = |name| vec![file(name, "", "# a comment\n")];
        let digest = |algorithm: &str| {
            let line =
                format!("- tool >=1; python_version > '3' --hash={algorithm}:{}", self.digest);
            vec![spec("- tool >=1; python_version > '3'", &line)]
        };
        let other = self.files["environment.yml"].lines().nth(2).unwrap().to_owned() + "\n";
        vec![
            (
                "a version is tightened | loosened",
                vec![spec("numpy >=2", "numpy <2"), spec("- tool >=1;", "- tool <2;")],
                vec![spec("numpy >=2", "numpy >=1"), spec("- tool >=1;", "- tool;")],
            ),
            (
                "a package is named that was transitive | order",
                vec![spec("  - python\n", "  - python\n  - shim\n")],
                vec![spec("  - python\n  - numpy >=2\n", "  - numpy >=2\n  - python\n")],
            ),
            (
                "an extra | spelling",
                vec![spec("- tool >=1;", "- tool[x] >=1;")],
                vec![spec("- tool >=1; python", "- Tool>=1 ;  python")],
            ),
            (
                "a marker | its quotes",
                vec![spec("python_version > '3'", "python_version > '3.1'")],
                vec![spec("python_version > '3'", "python_version>\"3\"")],
            ),
            (
                "a requirement of `-r` | its spelling",
                vec![file("requirements.txt", "lib >=1.0\n", "lib >=1.0\nextra_lib\n")],
                vec![file("requirements.txt", "lib >=1.0\n", "# why\nLib>=1.0\n")],
            ),
            (
                "a constraint of `-c` | order",
                vec![file("constraints.txt", "lib <5", "lib <4")],
                vec![file(
                    "constraints.txt",
                    "extra_lib <9\nlib <5\n",
                    "lib<5\n\nextra-lib <9  # why\n",
                )],
            ),
            (
                "a digest | a comment behind it",
                digest("sha256"),
                vec![spec("python_version > '3'\n", "python_version > '3'  # why\n")],
            ),
            (
                "an index | a comment",
                vec![line(&format!("--extra-index-url {}", self.index))],
                comment("requirements.txt"),
            ),
            (
                "find-links | a slash",
                vec![line("--find-links ./more")],
                vec![spec("--find-links ./wheels", "--find-links ./wheels/")],
            ),
            ("`--pre` | a comment", vec![line("--pre")], comment("constraints.txt")),
            (
                "`--only-binary` | a comment",
                vec![line("--only-binary lib")],
                comment("environment.yml"),
            ),
            (
                "`--no-binary` | a blank line",
                vec![line("--no-binary extra_lib")],
                vec![spec("dependencies:\n", "\ndependencies:\n")],
            ),
            (
                "a need of a folder | its release",
                vec![file("service/pyproject.toml", "\"lib\", ", "\"lib\", \"extra_lib\", ")],
                vec![file("service/pyproject.toml", "0.1", "0.2")],
            ),
            (
                "the python of a folder | a comment",
                vec![file("service/pyproject.toml", ">=3.8", ">=3.9")],
                comment("service/pyproject.toml"),
            ),
            (
                "a folder is editable | order",
                vec![spec("- -e ./service", "- ./service")],
                vec![spec(
                    "      - tool >=1; python_version > '3'\n      - -e ./service\n",
                    "      - -e ./service\n      - tool >=1; python_version > '3'\n",
                )],
            ),
            (
                "index-strategy | the default",
                setting("index-strategy = 'unsafe-best-match'\n"),
                setting("index-strategy = 'first-index'\n"),
            ),
            (
                "names map | a comment",
                setting("[pypi-to-conda]\nextra-lib = 'extra-conda'\n"),
                setting("# a comment\n"),
            ),
            (
                "channel-priority | the default",
                setting("channel-priority = 'flexible'\n"),
                setting("channel-priority = 'strict'\n"),
            ),
            (
                "strategy | the default",
                setting("strategy = 'lowest-direct'\n"),
                setting("strategy = 'highest'\n"),
            ),
            (
                "virtual package | the baseline",
                setting("[virtual-packages]\nglibc = '2.35'\n"),
                setting("[virtual-packages]\nglibc = '2.28'\n"),
            ),
            (
                "CUDA | an unknown platform's",
                setting("[virtual-packages]\ncuda = '12.4'\n"),
                setting("[virtual-packages.win-64]\ncuda = '12.4'\n"),
            ),
            (
                "order of channels | an address",
                vec![
                    spec("  - conda-forge\n", ""),
                    spec("platforms:", "  - conda-forge\nplatforms:"),
                ],
                vec![spec("- conda-forge\n", "- https://conda.anaconda.org/conda-forge/\n")],
            ),
            (
                "set of channels | a comment",
                vec![spec(&other, "")],
                vec![spec("- conda-forge\n", "- conda-forge  # why\n")],
            ),
            (
                "a platform | a selector for it",
                vec![spec("  - linux-64\n", "  - linux-64\n  - osx-arm64\n")],
                vec![spec("  - python\n", "  - python\n  - shim  # [osx]\n")],
            ),
            (
                "a category | the default",
                vec![spec("channels:\n", "category: dev\nchannels:\n")],
                vec![spec("channels:\n", "category: main\nchannels:\n")],
            ),
            (
                "a variable | order",
                vec![spec("TWO: '2'", "TWO: '3'")],
                vec![spec("  ONE: '1'\n  TWO: '2'\n", "  TWO: '2'\n  ONE: '1'\n")],
            ),
        ]
    }
}

/// Whether a file of the project is a lockfile of a kind.
fn is_of(file: &str, kind: &str) -> bool {
    match kind {
        "explicit" => {
            file.strip_prefix("conda-").is_some_and(|rest| rest.strip_suffix(".lock").is_some())
        }
        "lock" => file == "conda-lock.yml",
        "pixi" => file == "pixi.lock",
        _ => file.ends_with(".lock.yml"),
    }
}

/// What a change is, and for each kind what is said of it and of its twin.
type Row = (String, [[&'static str; 2]; 4]);

/// How many projects work through the table at once.
const PROJECTS: usize = 3;

#[test]
fn every_input_is_seen_by_every_verb_in_every_kind() {
    let rows: Vec<Vec<Row>> = std::thread::scope(|scope| {
        let work = |nth: usize| {
            let Some(project) = Project::find() else { return Vec::new() };
            let changes = project.changes().into_iter().skip(nth).step_by(PROJECTS);
            let row = |(title, change, twin): (&str, Edits, Edits)| {
                let (change, twin) =
                    (project.verdicts(title, &change), project.verdicts(title, &twin));
                (title.to_owned(), [0, 1, 2, 3].map(|kind| [change[kind], twin[kind]]))
            };
            changes.map(row).collect()
        };
        let threads: Vec<_> = (0..PROJECTS).map(|nth| scope.spawn(move || work(nth))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = rows.iter().map(Vec::len).sum();
    if count == 0 {
        return;
    }
    let mut table = format!(
        "{:46} {}\n",
        "change | twin",
        KINDS.map(|kind| format!("{kind:14}")).concat().trim_end()
    );
    let mut counts: BTreeMap<[&str; 2], usize> = BTreeMap::new();
    for nth in 0..count {
        let (title, cells) = &rows[nth % PROJECTS][nth / PROJECTS];
        assert!(
            cells.iter().all(|cell| *cell == cells[0]),
            "the kinds disagree: {title}, {cells:?}"
        );
        for cell in cells {
            *counts.entry(*cell).or_default() += 1;
        }
        let cells = cells.map(|cell| format!("{:14}", cell.join(" | "))).concat();
        writeln!(table, "{title:46} {}", cells.trim_end()).unwrap();
    }
    for ([change, twin], count) in counts {
        writeln!(table, "{count} cells: the change is {change}, its twin {twin}").unwrap();
    }
    file_snapshot!("verdicts", table);
}

/// A lock that other tools have made has no hash: its packages say whether it holds.
#[test]
fn a_lock_of_another_tool_is_judged_by_its_packages() {
    let Some(project) = Project::find() else { return };
    let context = &project.scene.context;
    let (name, ours) = ("pixi.lock", context.read("pixi.lock"));
    assert!(ours.starts_with("# Generated by lockit.\n# environment: default\n"), "{ours}");
    // pixi writes the file again without what it does not know.
    let body: Vec<&str> = ours.lines().filter(|line| !line.starts_with('#')).collect();
    context.write(name, &(body.join("\n") + "\n"));
    for text in ["", "strategy = 'lowest-direct'\n", "channel-priority = 'disabled'\n"] {
        context.write("lockit.toml", text);
        project.scene.ok(&["check", "-k", "pixi"]);
        project.scene.ok(&["lock", "--locked", "-k", "pixi"]);
        let before = context.stamps();
        project.scene.ok(&["-k", "pixi"]);
        assert_eq!(context.stamps(), before);
    }
    context.write("lockit.toml", "");
    context.edit("environment.yml", "numpy >=2", "numpy <2");
    assert!(project.scene.show(&["check", "-k", "pixi"]).contains("numpy 2.1.0 is locked"));
}

/// What an earlier lockit recorded holds as long as nothing changes.
#[test]
fn a_hash_of_one_piece_is_known_and_followed() {
    let (context, _server) = TestContext::new().with_channel(
        "{platforms: [linux-64], packages: {click: {versions: [7.0, 8.0]}, tzdata: {versions: [1.0]}}}",
    );
    let spec = |text: &str| {
        context.write(
            "environment.yml",
            &format!("channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [{text}]\n"),
        );
    };
    spec("click, tzdata");
    context.ok(&["-k", "explicit,lock,env"]);
    // The sha256 of the inputs as one JSON text, as lockit recorded it up to November 2026.
    let former = "309d53549b6478fb16193d5dc9c7f7e64b8ad2860c845f37e84c5e60cb9c56b4";
    for name in ["conda-linux-64.lock", "conda-lock.yml", "conda-linux-64.lock.yml"] {
        let text = context.read(name);
        let at = text.find("input_hash: ").unwrap() + "input_hash: ".len();
        context.write(name, &text.replace(&text[at..at + 64], former));
    }
    let before = context.stamps();
    context.ok(&["check"]);
    context.ok(&["lock", "--locked"]);
    context.ok(&[]);
    assert_eq!(context.stamps(), before);
    // Which input changed is not known then.
    spec("click >=7, tzdata");
    for kind in ["explicit", "lock", "env"] {
        let shown = context.show(&["check", "-k", kind]);
        assert!(
            shown.contains("the specs or settings changed since the lock for linux-64 was made"),
            "{shown}"
        );
    }
    context.ok(&[]);
    spec("click >=8, tzdata");
    context.ok(&["check"]);
}
