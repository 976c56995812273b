//! Against a real conda-forge index: `LOCKIT_SHARED`, or `../shared` beside the checkout, names a
//! folder that holds `channel/conda-forge/<subdir>/repodata.json.zst` and environment files people
//! wrote. Without it these tests are skipped.

mod defaults;
mod exports;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::{TestContext, test_data};
use crate::peers::{Peers, explicit_files, locked_packages};

const PLATFORMS: [&str; 4] = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"];

/// A folder of its own, and the real index behind a mirror.
struct Scene {
    environment_files: PathBuf,
    channel: PathBuf,
    context: TestContext,
    _server: Server,
}

impl Scene {
    fn new() -> Option<Self> {
        let channel = unpacked(&lockit_needs::shared("channel/conda-forge")?);
        let environment_files = lockit_needs::shared("environment-files")?;
        let server = Server::builder(&channel).plain().start().unwrap();
        let context = TestContext::new().with_mirror(&server);
        Some(Self { environment_files, channel, context, _server: server })
    }

    /// An environment file that somebody wrote, as `environment.yml`.
    fn written_by_hand(&self, name: &str) {
        let file = self.environment_files.join("handwritten").join(name);
        fs_err::copy(file, self.context.path("environment.yml")).unwrap();
    }

    fn reference_specs(&self) {
        for name in ["environment.yml", "predict-environment.yml", "lockit.toml"] {
            fs_err::copy(test_data().join(name), self.context.path(name)).unwrap();
        }
    }

    /// Locks for all four platforms.
    fn lock(&self, args: &[&str]) -> Output {
        self.context
            .command(args)
            .args(PLATFORMS.map(|one| format!("--platform={one}")))
            .output()
            .unwrap()
    }

    #[track_caller]
    fn locks(&self, args: &[&str]) {
        let output = self.lock(args);
        assert!(output.status.success(), "{}", self.context.render(&output));
    }

    /// The report of a run that could not lock everything; which platforms it locked is in there.
    #[track_caller]
    fn reports(&self, args: &[&str]) -> String {
        let output = self.lock(args);
        let shown = self.context.render(&output);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        let (_, report) = shown.split_once("--- stderr\n").unwrap();
        report.to_owned()
    }

    /// How many packages the explicit file of each platform has.
    fn counts(&self, environment: &str) -> [usize; 4] {
        PLATFORMS.map(|one| self.context.urls(&format!("{environment}-{one}.lock")).len())
    }
}

/// The index, unpacked once for all tests, in cargo's folder for such things.
fn unpacked(packed: &Path) -> PathBuf {
    let channel = Path::new(env!("CARGO_TARGET_TMPDIR")).join("real-index");
    for subdir in fs_err::read_dir(packed).unwrap() {
        let subdir = subdir.unwrap();
        let source = fs_err::read(subdir.path().join("repodata.json.zst")).unwrap();
        let folder = channel.join(subdir.file_name());
        let (target, mark) = (folder.join("repodata.json"), folder.join("unpacked-from"));
        let from = source.len().to_string();
        if target.is_file() && fs_err::read_to_string(&mark).is_ok_and(|text| text == from) {
            continue;
        }
        fs_err::create_dir_all(&folder).unwrap();
        let text = zstd::decode_all(source.as_slice()).unwrap();
        // Another test may be doing the same: whoever is last replaces a whole file by its equal.
        for (path, bytes) in [(target, text.as_slice()), (mark, from.as_bytes())] {
            let mut file = tempfile::NamedTempFile::new_in(&folder).unwrap();
            std::io::Write::write_all(&mut file, bytes).unwrap();
            file.persist(path).unwrap();
        }
    }
    channel
}

#[test]
fn dev_locks_everywhere() {
    let Some(scene) = Scene::new() else { return };
    scene.reference_specs();
    scene.locks(&["--environment", "dev"]);
    assert_eq!(scene.counts("conda"), [272, 271, 265, 268]);
}

#[test]
fn predict_locks_everywhere() {
    let Some(scene) = Scene::new() else { return };
    scene.reference_specs();
    scene.locks(&["-f", "predict-environment.yml"]);
    assert_eq!(scene.counts("predict"), [103, 102, 99, 99]);
}

#[test]
fn rattler_solves_to_the_same_packages() {
    let Some(scene) = Scene::new() else { return };
    let Some(peers) = Peers::find() else { return };
    scene.reference_specs();
    let channel = format!("file://{}", scene.channel.display());
    for (spec, name) in [("environment.yml", "dev"), ("predict-environment.yml", "predict")] {
        let template = format!("{name}-{{platform}}.lock");
        scene.locks(&["-f", spec, "--filename-template", &template]);
        let lockfiles = explicit_files(name);
        let solved = peers.solve(&scene.context, &channel, spec, &lockfiles);
        assert_eq!(solved, locked_packages(&scene.context, &lockfiles));
    }
}

/// Both environments of lockit.toml: what the service runs is what was developed with.
#[test]
fn predict_takes_its_versions_from_dev() {
    let Some(scene) = Scene::new() else { return };
    scene.reference_specs();
    scene.context.ok(&[]);
    assert_eq!(scene.counts("conda"), [272, 271, 265, 268]);
    for platform in PLATFORMS {
        let urls = |name: &str| -> BTreeSet<String> {
            scene.context.urls(&format!("{name}-{platform}.lock")).into_iter().collect()
        };
        let (dev, predict) = (urls("conda"), urls("predict"));
        assert!(predict.len() > 90 && predict.is_subset(&dev), "{platform}: {predict:?}");
    }
    assert_snapshot!(scene.context.show(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the locks of 2 environments are up to date
    ");
}

#[test]
fn a_package_that_conda_forge_does_not_have() {
    let Some(scene) = Scene::new() else { return };
    scene.reference_specs();
    scene.context.edit("environment.yml", "  - pandas\n", "  - pandas\n  - nb_black\n");
    assert_snapshot!(scene.reports(&["--environment", "dev"]), @"
    locked nothing in [TIME]
    dev
      linux-64       not solved
      linux-aarch64  not solved
      osx-64         not solved
      osx-arm64      not solved
    predict
      linux-64       not solved
      linux-aarch64  not solved
      osx-64         not solved
      osx-arm64      not solved
    error: `nb_black` is not in `conda-forge` for linux-64, linux-aarch64, osx-64, osx-arm64
      --> environment.yml:15:5
       |
    15 |   - nb_black
       |     ^^^^^^^^ no package has this name
       |
       = hint: check the spelling, or add the channel that has it; if it is only on PyPI, list it under `pip:`

    error: `predict` is not locked for linux-64, linux-aarch64, osx-64, osx-arm64: `dev`, whose versions it takes, is not
    ");
}

/// There is no gunicorn for Windows.
#[test]
fn a_package_that_one_platform_does_not_have() {
    let Some(scene) = Scene::new() else { return };
    scene.reference_specs();
    let output =
        scene.context.run(&["-f", "predict-environment.yml", "-p", "win-64", "-p", "linux-64"]);
    assert_eq!(output.status.code(), Some(1));
    assert_snapshot!(scene.context.render(&output), @"
    exit: 1
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64        103 packages  predict-linux-64.lock new
      win-64         not solved
    error: `gunicorn` is not in `conda-forge` for win-64
     --> predict-environment.yml:9:5
      |
    9 |   - gunicorn
      |     ^^^^^^^^ only other platforms have it
      |
      = note: it exists for linux-64
      = hint: if only those platforms need it, guard it with a selector: `- gunicorn  # [linux64]`
    ");
}

/// A large stack of compiled libraries.
#[test]
fn by_hand_geodata() {
    let Some(scene) = Scene::new() else { return };
    scene.written_by_hand("Deltares__hydromt_wflow__envs__hydromt-wflow-min.yml");
    scene.locks(&[]);
    assert!(scene.counts("conda").iter().all(|&count| count > 150), "{:?}", scene.counts("conda"));
}

/// A `pip:` section, with an editable install in it: its conda part.
#[test]
fn by_hand_pip_section() {
    let Some(scene) = Scene::new() else { return };
    scene.written_by_hand("BlackArbsCEO__aws_algo_trading__environment.yml");
    scene.locks(&["--skip-pip"]);
    assert!(scene.counts("conda").iter().all(|&count| count > 150), "{:?}", scene.counts("conda"));
}

/// Two spellings of one name.
#[test]
fn by_hand_misspelled() {
    let Some(scene) = Scene::new() else { return };
    scene.written_by_hand("OceanParcels__Parcels__docs__environment.yml");
    let report = scene.reports(&[]);
    assert!(report.starts_with("locked nothing"), "{report}");
    assert!(report.contains("error: `pre_commit` is not in `conda-forge`"), "{report}");
    assert!(report.contains("did you mean `pre-commit`?"), "{report}");
}

/// Three platforms of four.
#[test]
fn by_hand_not_on_one_platform() {
    let Some(scene) = Scene::new() else { return };
    scene.written_by_hand("Quantco__multiregex__environment.yml");
    let report = scene.reports(&[]);
    assert!(report.starts_with("locked 3 platforms"), "{report}");
    let error = "error: `pyahocorasick` is not in `conda-forge` for linux-aarch64";
    assert!(report.contains(error), "{report}");
    assert!(!scene.context.path("conda-linux-aarch64.lock").exists());
}

/// A dependency of a dependency is missing on one platform: the line to blame is still found.
#[test]
fn by_hand_missing_further_down() {
    let Some(scene) = Scene::new() else { return };
    scene.written_by_hand("pydata__xarray__ci__requirements__all-but-numba.yml");
    let report = scene.reports(&[]);
    assert!(report.starts_with("locked 3 platforms"), "{report}");
    assert_eq!(report.matches("error: ").count(), 1, "{report}");
    let blamed = report.lines().find(|line| line.contains("  - ")).unwrap_or_default();
    assert!(blamed.ends_with("- iris"), "{report}");
    assert!(report.contains("cf-units") && report.contains("linux-aarch64"), "{report}");
}

/// The lines of a spec that an error points at, each as its item is written.
fn blamed(error: &str) -> Vec<&str> {
    let lines: Vec<&str> = error.lines().collect();
    let is_marked = |pair: &&[&str]| {
        let below = pair[1].trim_start().strip_prefix("| ").unwrap_or_default().trim_start();
        below.starts_with(['^', '-']) && pair[0].contains(" |   - ")
    };
    let marked = lines.windows(2).filter(is_marked);
    marked.map(|pair| pair[0].split_once(" |   - ").unwrap().1.trim()).collect()
}

/// Lines that exclude each other, others on each platform: these are blamed and no others, and it is true of them.
#[test]
fn by_hand_conflicts() {
    let Some(scene) = Scene::new() else { return };
    scene.written_by_hand("DestinE-Climate-DT__AQUA__requirements-py39.yml");
    let report = scene.reports(&["--skip-pip"]);
    assert!(report.starts_with("locked 1 platform"), "{report}");
    let errors: Vec<(&str, Vec<&str>)> = report
        .split("\nerror: ")
        .skip(1)
        .map(|error| {
            let (title, _) = error.split_once('\n').unwrap();
            (title, blamed(error))
        })
        .collect();
    let conflicts =
        [("osx-64", vec!["ecCodes", "healpy"]), ("osx-arm64", vec!["python=3.9", "numpy==1.23.5"])];
    let expected = [
        ("`udunits2` is not in `conda-forge` for linux-aarch64", vec!["udunits2"]),
        ("`healpy` is not in `conda-forge` for linux-aarch64", vec!["healpy"]),
        ("nothing matches `numpy==1.23.5` on linux-aarch64", vec!["numpy==1.23.5"]),
        ("`aqua` cannot be solved for osx-64", conflicts[0].1.clone()),
        ("`aqua` cannot be solved for osx-arm64", conflicts[1].1.clone()),
    ];
    assert_eq!(errors, expected, "{report}");
    // Nothing else in the spec is needed for the conflict, and each alone has nothing against it.
    for (platform, culprits) in conflicts {
        let exit = |items: &[&str]| {
            let items = items.join("\", \"");
            let text = format!("channels: [conda-forge]\ndependencies: [\"{items}\"]\n");
            scene.context.write("environment.yml", &text);
            scene.context.run(&["--dry-run", "-p", platform]).status.code()
        };
        assert_eq!(exit(&culprits), Some(1), "{culprits:?} on {platform}");
        for culprit in culprits {
            assert_eq!(exit(&[culprit]), Some(0), "{culprit} on {platform}");
        }
    }
}

/// Half a year of conda-forge in one pull request: it fits, what specs name is a table of a dozen rows, and
/// who does it again later gets the same.
#[test]
fn half_a_year_later() {
    let Some(scene) = Scene::new() else { return };
    scene.reference_specs();
    let platforms = ["-p", "linux-64", "-p", "osx-arm64", "-k", "pixi"];
    scene.context.ok(&[&platforms[..], &["--exclude-newer", "2025-06-30"]].concat());
    let old = scene.context.read("pixi.lock");
    let refresh = |more: &[&str]| {
        let args = ["refresh", "--report", "pr.md", "--report", "pr.json"];
        scene.context.ok(&[&args[..], &platforms, more].concat())
    };
    refresh(&["--exclude-newer", "2025-12-31"]);
    let new = scene.context.read("pixi.lock");
    let report = scene.context.read("pr.md");
    assert!(report.encode_utf16().count() < 65_536);
    let (direct, rest) = report.split_once("<details>").unwrap();
    assert!(direct.contains("| [pyarrow](https://anaconda.org/conda-forge/pyarrow) | 20.0.0 | 22.0.0 | major | all | dev |\n"), "{direct}");
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| [")).count();
    assert!((10..20).contains(&rows(direct)), "{direct}");
    assert!(rows(rest) > 150 && !report.contains("run `lockit diff`"), "{}", rows(rest));
    assert!(rest.contains("newer versions are left out by exclude-newer"));
    let command = report.split("Made by `lockit ").nth(1).unwrap().split('`').next().unwrap();
    assert!(command.ends_with("--exclude-newer 2026-01-01T00:00:00Z"), "{command}");
    // Again: nothing.
    assert!(refresh(&["--exclude-newer", "2025-12-31"]).contains("everything is as new"));
    assert_eq!(scene.context.read("pixi.lock"), new);
    // From the old lock, by the command of the report.
    scene.context.write("pixi.lock", &old);
    scene.context.ok(&command.split(' ').collect::<Vec<_>>());
    // The day is written as a moment in the command that is recorded.
    let packages = |text: &str| text[text.find("version: ").unwrap()..].to_owned();
    assert_eq!(packages(&scene.context.read("pixi.lock")), packages(&new));
    // In smaller steps.
    scene.context.write("pixi.lock", &old);
    let shown = refresh(&["--exclude-newer", "2025-12-31", "--up-to", "patch"]);
    assert!(!shown.contains("(major)") && !shown.contains("(minor)"), "{shown}");
    assert!(shown.contains("pandas 2.3.0 -> 2.3.3 (patch)"), "{shown}");
    scene.context.write("pixi.lock", &old);
    refresh(&["--exclude-newer", "2025-12-31", "--max-changes", "3"]);
    let report = scene.context.read("pr.md");
    let (direct, _) = report.split_once("<details>").unwrap();
    assert!((1..=5).contains(&rows(direct)), "{direct}");
    assert!(report.contains("#### Left for the next refresh\n"), "{report}");
}
