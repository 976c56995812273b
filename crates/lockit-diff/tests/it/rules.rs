//! Each rule on files that break it and on files that only look like it.

use lockit_diagnostic::SourceFile;
use lockit_diff::lint::{LintOptions, Linter};
use lockit_diff::output::{OutputFormat, write};
use lockit_spec::Project;

use crate::{EXPORT, lint};

/// What is said about a text, one line each.
fn said(text: &str) -> String {
    write(&[lint(text, &["all"])], OutputFormat::Concise, "", false)
}

const GOOD: &str = "channels: [conda-forge, nodefaults]\n";

#[test]
fn rules_report_what_they_are_about() {
    let mut all = String::new();
    for items in [
        "  - numpy=1.26.4=py312hc5e2394_0\n  - blas=*=openblas\n  - pytorch=2.1=*cuda*\n",
        "  - pyobjc-core\n  - pywin32  # [win]\n  - sel(osx): libcxx\n",
        "  - openssl=1.1.1k\n  - zlib >=1.2\n",
        "  - gcc  # [linux]\n  - sel(osx): clang\n",
        "  - numpy >=1.26\n  - numpy <3\n  - dask  # [linux]\n  - dask  # [osx]\n",
        "  - python=3.11\n  - python >=3.12\n",
        "  - python\n  - pip:\n    - requests\n",
        "  - numpy\n  - pytorch\n  - pip\n  - pip:\n    - NumPy==2.0\n    - torch\n    - other\n",
        "  - python==3.12\n  - numpy >=3,<2\n  - pandas==2.2.1\n",
        "  - conda-forge/linux-64::xz\n  - conda-forge/noarch::tzdata\n",
        "  - dask[complete]\n  - npm:\n    - left-pad\n",
        "  - numpy  # lockit: allow build-string, nonsense\n",
        "  - python: 3.12\n",
    ] {
        all.push_str(items);
        all.push_str(&said(&format!("{GOOD}dependencies:\n{items}")));
        all.push('\n');
    }
    for text in [
        "channels: [conda-forge, defaults]\ndependencies: [python]\n",
        "channels: [conda-forge]\ndependencies: [python]\nprefix: /home/ada/x\n",
        "name: a/b\nchanels: []\nchannels: [conda-forge, nodefaults]\ndependencies: [python]\n",
        "- a list\n",
        "dependencies: [\n",
    ] {
        all.push_str(text);
        all.push_str(&said(text));
        all.push('\n');
    }
    insta::with_settings!({ snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-diff"), prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("rules", all);
    });
}

#[test]
fn secrets_are_reported_without_being_shown() {
    let text = "channels: ['https://ada:hunter2@conda.example.com/team', nodefaults]\ndependencies: [python]\n";
    for format in OutputFormat::ALL {
        let said = write(&[lint(text, &["all"])], format, "", false);
        assert!(said.contains("LK014"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_export_is_one_finding() {
    let report = lint(EXPORT, &[]);
    let codes: Vec<&str> = report.findings.iter().map(|finding| finding.rule.code).collect();
    assert_eq!(codes, ["LK001", "LK011"]);
    assert!(!report.broken);
}

#[test]
fn comments_allow_lines_and_files() {
    let allowed = format!("# lockit: allow env-export, LK011 -- kept as a record\n{EXPORT}");
    assert_eq!(lint(&allowed, &[]).findings.len(), 0);
    let line = format!(
        "{GOOD}dependencies:\n  # lockit: allow LK002\n  - a=1.0=h1234567_0\n  - b=1.0=h1234567_0 # lockit: allow build-string: the only one that works\n  - c=1.0=h1234567_0\n"
    );
    let findings = lint(&line, &[]).findings;
    assert_eq!(findings.len(), 1);
    assert!(findings[0].diagnostic.message.contains("`c`"));
    // A rule that is not applied now may have its reasons.
    assert_eq!(
        lint(&format!("{GOOD}dependencies:\n  - a # lockit: allow LK002\n"), &["LK005", "LK017"])
            .findings
            .len(),
        0
    );
}

/// What is said about a file in a folder with some others, one line each.
fn said_in_folder(files: &[(&str, &str)], name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs_err::write(folder.path().join(name), text).unwrap();
    }
    let project = files.iter().any(|(name, _)| *name == "lockit.toml").then(|| {
        let file = SourceFile::read(&folder.path().join("lockit.toml")).unwrap();
        Project::parse(&file, folder.path()).unwrap().value
    });
    let options = LintOptions { select: vec!["not-in-base".into()], ..LintOptions::default() };
    let linter = Linter::new(options, project).unwrap();
    let path = folder.path().join(name);
    let text = fs_err::read_to_string(&path).unwrap();
    let report = linter.lint(&SourceFile::new(name, text), &path);
    let lines = report.findings.iter().map(|finding| {
        let notes = finding.diagnostic.notes.concat();
        format!("{} {notes}\n", finding.diagnostic.message)
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn what_ships_is_a_part_of_what_is_tested() {
    let spec = |items: &str| {
        format!("channels: [c, nodefaults]\nplatforms: [linux-64, win-64]\ndependencies:\n{items}")
    };
    let dev = spec("  - python\n  - uvloop  # [linux]\n");
    let predict = spec("  - python\n  - uvloop\n  - gunicorn\n");
    // Beside it, by its name.
    let files = [("environment.yml", &*dev), ("predict-environment.yml", &*predict)];
    insta::assert_snapshot!(said_in_folder(&files, "predict-environment.yml"), @"
    `uvloop` is not asked for in `environment.yml` on win-64
    `gunicorn` is not asked for in `environment.yml`
    ");
    assert_eq!(said_in_folder(&files, "environment.yml"), "");
    let other = [("environment.yml", &*dev), ("predict-env.yml", &*predict)];
    assert_eq!(said_in_folder(&other, "predict-env.yml"), "");
    assert_eq!(said_in_folder(&files[1..], "predict-environment.yml"), "", "there is none");
    // As the project says, whatever names say.
    let project = "[environments.dev]\nfiles = ['a.yml']\n[environments.ship]\nfiles = ['b.yml']\nsame-versions-as = 'dev'\n";
    let files = [("lockit.toml", project), ("a.yml", &*dev), ("b.yml", &*predict)];
    insta::assert_snapshot!(said_in_folder(&files, "b.yml"), @"
    `uvloop` is not asked for in `dev` on win-64
    `gunicorn` is not asked for in `dev`
    ");
    assert_eq!(said_in_folder(&files, "a.yml"), "");
    let alone = "[environments.dev]\nfiles = ['environment.yml']\n";
    let files = [
        ("lockit.toml", alone),
        ("environment.yml", &*dev),
        ("predict-environment.yml", &*predict),
    ];
    assert_eq!(said_in_folder(&files, "predict-environment.yml"), "", "the project knows better");
}

#[test]
fn an_allowance_holds_for_its_line_the_next_one_or_the_file() {
    let build = |before: &str, behind: &str| {
        let text = format!(
            "{before}channels: [c, nodefaults]\ndependencies:\n  - a=1.0=h1234567_0{behind}\n  - b=1.0=h1234567_0\n"
        );
        write(&[lint(&text, &["build-string", "unused-allow"])], OutputFormat::Concise, "", false)
    };
    let count = |before: &str, behind: &str| build(before, behind).matches("LK002").count();
    assert_eq!(count("", ""), 2);
    assert_eq!(count("", "  # lockit: allow LK002"), 1);
    assert_eq!(count("", "  # lockit: allow: build-string -- as tested"), 1);
    assert_eq!(count("", "\n  # lockit: allow LK002\n\n  # a remark"), 1, "the next item");
    assert_eq!(count("# lockit: allow LK002\n", ""), 0, "the file");
    assert_eq!(count("", "  # lockit: allowed LK002"), 2);
    assert_eq!(count("", "  # lockit: allow LK001 because LK002"), 2, "a reason names no rules");
    assert!(build("", "  # lockit: allow LK999").contains("there is no rule `LK999`"));
    assert!(!build("", "  # lockit: allow LK002 for speed").contains("`for`"));
    // A rule that is not applied now may have its reasons.
    assert_eq!(build("# lockit: allow LK001\n", "").matches("unused-allow").count(), 0);
}

#[test]
fn a_package_is_listed_twice_where_both_lines_hold() {
    let twice = |first: &str, second: &str| {
        let text = format!(
            "{GOOD}platforms: [linux-64, osx-64]\ndependencies:\n  - {first}\n  - {second}\n"
        );
        write(&[lint(&text, &["repeated-package"])], OutputFormat::Text, "", false)
    };
    assert_eq!(twice("a  # [linux]", "a  # [osx]"), "");
    assert_eq!(twice("a >=2", "a <1"), "", "they contradict each other, which is another rule's");
    assert!(twice("a  # [linux]", "a").contains("remove one of them"));
    assert!(twice("a >=1", "a <3").contains("write one item with all constraints"));
}
