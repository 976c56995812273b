//! What `--fix` makes of files.

use std::path::Path;

use lockit_diagnostic::SourceFile;
use lockit_diff::fix::{BuiltIn, Installed, PackageIndex, Pins, apply_fixes, rewrite_export};
use lockit_diff::lint::{LintOptions, Linter};

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
