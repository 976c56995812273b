//! What `--fix` makes of files.

use std::path::Path;

use lockit_diagnostic::SourceFile;
use lockit_diff::fix::{BuiltIn, Installed, PackageIndex, Pins, apply_fixes, rewrite_export};
use lockit_diff::lint::{LintOptions, Linter};
use lockit_spec::Platform;

use crate::EXPORT;

fn mend(text: &str, index: &dyn PackageIndex, pins: Pins) -> (String, Vec<String>) {
    let linter = Linter::new(LintOptions::default(), None).unwrap();
    let path = Path::new("environment.yml");
    let report = linter.lint(&SourceFile::new("environment.yml", text), path);
    match apply_fixes(&linter, &report, &mut |report| rewrite_export(report, index, pins)) {
        Some(fixed) => (fixed.text, fixed.done),
        None => (text.to_owned(), Vec::new()),
    }
}

#[test]
fn an_export_becomes_a_spec() {
    let (text, done) = mend(EXPORT, &BuiltIn, Pins::Keep);
    insta::assert_snapshot!(text, @"
    name: work
    channels:
      - conda-forge
    dependencies:
      - numpy=1.24.1
      - python=3.11.0
      - python.app=1.4  # [osx]
      - rich=13.0.0  # for the report
      - tk=8.6.12
      - pip
      - pip:
        - my-package==1.0
    ");
    insta::assert_snapshot!(done.join("\n"), @"
    removed 12 packages that others bring along, by a built-in list of low-level libraries
    removed 5 build strings
    added selectors: `python.app` for macOS
    removed `prefix:`
    add `pip`
    ");
    let (again, nothing) = mend(&text, &BuiltIn, Pins::Keep);
    assert_eq!((again, nothing.len()), (text, 0), "nothing is left to mend");
    let (text, _) = mend(EXPORT, &BuiltIn, Pins::Minor);
    assert!(text.contains("- numpy=1.24\n") && text.contains("- python=3.11\n"), "{text}");
    let (text, _) = mend(EXPORT, &BuiltIn, Pins::None);
    assert!(text.contains("- numpy\n") && text.contains("- python=3.11\n"), "{text}");
}

#[test]
fn the_environment_itself_knows_best() {
    let folder = tempfile::tempdir().unwrap();
    let meta = folder.path().join("conda-meta");
    fs_err::create_dir_all(&meta).unwrap();
    for (name, depends) in [
        ("numpy", "[\"python >=3.11\"]"),
        ("rich", "[]"),
        ("plot", "[\"numpy\", \"tk\"]"),
        ("a", "[\"b\"]"),
        ("b", "[\"a\"]"),
    ] {
        let record =
            format!("{{\"name\": \"{name}\", \"version\": \"1\", \"depends\": {depends}}}");
        fs_err::write(meta.join(format!("{name}-1-0.json")), record).unwrap();
    }
    fs_err::write(meta.join("broken-1-0.json"), "{").unwrap();
    let index = Installed::read(folder.path()).unwrap();
    let text = EXPORT.replace(
        "  - tk=",
        "  - plot=1=h1234567_0\n  - a=1=h1234567_0\n  - b=1=h1234567_0\n  - tk=",
    );
    let (text, done) = mend(&text, &index, Pins::Keep);
    assert!(!text.contains("numpy") && text.contains("- plot=1\n"), "{text}");
    assert!(
        text.contains("- a=1\n") && !text.contains("- b=1"),
        "one stands for its circle:\n{text}"
    );
    assert!(done[0].contains("the environment in"), "{done:?}");
    assert!(Installed::read(&folder.path().join("nothing")).is_none());
}

#[test]
fn other_lines_stay_as_they_are() {
    let text = "# what we run\r\nname: x\r\nchannels: [conda-forge, nodefaults]\r\ndependencies:\r\n  - \"numpy=1.26.4=py312hc5e2394_0\"   # fast\r\n\r\n  - pyobjc-core   # a remark\r\n  - python==3.12\r\n  - pip:\r\n    - x\r\nprefix: /home/ada/x\r\n";
    let (text, _) = mend(text, &BuiltIn, Pins::Keep);
    assert_eq!(
        text,
        "# what we run\r\nname: x\r\nchannels: [conda-forge, nodefaults]\r\ndependencies:\r\n  - \"numpy=1.26.4\"   # fast\r\n\r\n  - pyobjc-core   # [osx] a remark\r\n  - python=3.12\r\n  - pip\r\n  - pip:\r\n    - x\r\n"
    );
}

#[test]
fn what_cannot_be_mended_is_left_alone() {
    for text in [
        "",
        "- a\n",
        "dependencies: [\n",
        "channels: [conda-forge, defaults]\ndependencies: [python]\n",
    ] {
        assert_eq!(mend(text, &BuiltIn, Pins::Keep), (text.to_owned(), Vec::new()));
    }
}

/// An index that knows where packages are: `everywhere`, `linux-only`, `old` up to version 1, and nothing else.
struct Channel;

impl PackageIndex for Channel {
    fn origin(&self) -> String {
        "a channel".into()
    }

    fn dependencies(&self, _name: &str) -> Option<&[String]> {
        None
    }

    fn platforms(&self, name: &str, version: Option<&str>) -> Option<Vec<Platform>> {
        let all = vec![Platform::Linux64, Platform::Osx64];
        Some(match (name, version) {
            ("gone", _) | ("never", Some(_)) => Vec::new(),
            ("linux-only", _) | ("old", Some("2.0")) => vec![Platform::Linux64],
            ("unknown", _) => return None,
            _ => all,
        })
    }
}

/// What is done to an export for two platforms that also has a line.
fn mended_with(line: &str, pins: Pins) -> (String, String) {
    let options = LintOptions {
        platforms: vec![Platform::Linux64, Platform::Osx64],
        ..LintOptions::default()
    };
    let linter = Linter::new(options, None).unwrap();
    let text = EXPORT.replace("  - numpy=1.24.1=py311h62c7003_0\n", &format!("{line}\n"));
    let path = Path::new("environment.yml");
    let report = linter.lint(&SourceFile::new("environment.yml", text), path);
    let fixed = apply_fixes(&linter, &report, &mut |report| rewrite_export(report, &Channel, pins))
        .unwrap();
    let name = line.trim_start_matches("  - ").split('=').next().unwrap();
    let lines = fixed.text.lines().filter(|line| line.contains(name));
    let done = fixed.done.iter().filter(|done| done.contains(name));
    (lines.collect::<Vec<_>>().join("\n"), done.cloned().collect::<Vec<_>>().join("\n"))
}

#[test]
fn an_index_tells_where_a_package_is() {
    let keep = |line: &str| mended_with(line, Pins::Keep);
    assert_eq!(keep("  - everywhere=1.0=h1_0"), ("  - everywhere=1.0".into(), String::new()));
    assert_eq!(
        keep("  - linux-only=1.0=h1_0"),
        ("  - linux-only=1.0  # [linux]".into(), "added selectors: `linux-only` for Linux".into())
    );
    // A remark stays behind the selector.
    assert_eq!(keep("  - linux-only=1.0=h1_0  # wanted").0, "  - linux-only=1.0  # [linux] wanted");
    let look = "look at these, which cannot be locked as they are:";
    assert_eq!(keep("  - gone=1.0=h1_0").1, format!("{look} `gone` is not there"));
    assert_eq!(keep("  - old=2.0=h1_0").1, format!("{look} `old 2.0` is not there for osx-64"));
    assert_eq!(keep("  - old=1.0=h1_0").1, "");
    assert_eq!(
        keep("  - never=1.0=h1_0").1,
        format!("{look} `never 1.0` is not there for linux-64, osx-64")
    );
    assert_eq!(mended_with("  - never=1.0=h1_0", Pins::None).1, "");
    assert_eq!(keep("  - unknown=1.0=h1_0").1, "");
}

#[test]
fn a_remark_keeps_what_others_bring_along() {
    let (text, _) = mend(
        &EXPORT.replace("  - xz=5.2.6=h775f41a_0", "  - xz=5.2.6=h775f41a_0  # for us"),
        &BuiltIn,
        Pins::Keep,
    );
    assert!(text.contains("  - xz=5.2.6  # "), "{text}");
    let (text, _) = mend(
        &EXPORT.replace("  - xz=5.2.6=h775f41a_0", "  - xz=5.2.6=h775f41a_0  # [osx]"),
        &BuiltIn,
        Pins::Keep,
    );
    assert!(!text.contains("- xz"), "a selector is no remark:\n{text}");
}
