//! The body of a pull request, and the same for programs.

use lockit_diff::locks::{
    Change, EnvironmentDiff, FactChange, HeldBack, Kind, NeedChange, Places, Report, Side,
    Withdrawn,
};
use lockit_spec::Platform;

const LINUX: [Platform; 1] = [Platform::Linux64];

fn change(name: &str, kind: Kind, direct: bool) -> Change {
    let conda_forge = "https://conda.anaconda.org/conda-forge";
    let bioconda = "https://conda.anaconda.org/bioconda";
    let side = |version: &str, channel: &str| {
        let channel = (kind == Kind::Channel).then(|| channel.to_owned());
        Some(Side { version: version.into(), channel, ..Side::default() })
    };
    let after = if kind == Kind::Minor { "1.1" } else { "1.0" };
    Change {
        name: name.into(),
        kind,
        before: side("1.0", conda_forge),
        after: side(after, bioconda),
        platforms: LINUX.to_vec(),
        direct: Some(direct),
        channel: Some(conda_forge.into()),
    }
}

fn environment(name: &str, changes: Vec<Change>) -> EnvironmentDiff {
    let fact = |name: &str, before: &str, after: &str| FactChange {
        name: name.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    let need = |name: &str, before: &str, after: &str| NeedChange {
        fact: fact(name, before, after),
        platforms: LINUX.to_vec(),
    };
    EnvironmentDiff {
        name: name.into(),
        platforms: LINUX.to_vec(),
        changes,
        licenses: vec![fact("sqlite", "Unlicense", "blessing")],
        needs: vec![need("__glibc", ">=2.17", ">=2.28"), need("__cuda", ">=12", "")],
        sizes: [(Platform::Linux64, (1_000_000, 2_000_000))].into(),
        ..EnvironmentDiff::default()
    }
}

/// Everything that can be told, in the order in which people should read it.
#[test]
fn alarms_come_first_and_what_environments_share_is_told_once() {
    let app = || change("app", Kind::Minor, true);
    let lib = |direct| change("lib", Kind::Minor, direct);
    let mut diffs = [
        environment(
            "dev",
            vec![
                change("replaced", Kind::Digest, false),
                change("moved", Kind::Channel, true),
                app(),
                lib(false),
            ],
        ),
        environment("predict", vec![app(), change("tool", Kind::Minor, true)]),
    ];
    diffs[1].added_platforms = vec![Platform::OsxArm64];
    let places = |name: &str| Places::from([(name.to_owned(), LINUX.to_vec())]);
    let report = Report {
        withdrawn: vec![Withdrawn {
            name: "bad".into(),
            version: "1.0".into(),
            build: "h0_0".into(),
            places: places("dev"),
            kept: places("dev"),
        }],
        held_back: vec![HeldBack {
            name: "young".into(),
            locked: "1".into(),
            version: "2".into(),
            appeared: "2026-01-01T00:00:00Z".parse().unwrap(),
            until: "2026-01-08T00:00:00Z".parse().ok(),
            places: places("dev"),
        }],
        waiting: vec!["numpy".into()],
        failures: vec!["`dev` cannot be solved for osx-64".into()],
        command: Some("lockit refresh".into()),
        diffs: &diffs,
    };
    insta::with_settings!({ snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-diff"), prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("report-markdown", report.markdown());
        insta::assert_snapshot!("report-json", report.json());
    });
}
