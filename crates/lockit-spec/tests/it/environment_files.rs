//! What is read from well-formed files.

use lockit_diagnostic::SourceFile;
use lockit_spec::{EnvironmentFile, NameMap, PipSection, Platform, ReadOptions, read_spec};

fn parse(text: &str) -> EnvironmentFile {
    let parsed =
        EnvironmentFile::parse(&SourceFile::new("environment.yml", text), PipSection::Check);
    let parsed =
        parsed.unwrap_or_else(|errors| panic!("{}", lockit_diagnostic::render(&errors, false)));
    assert!(parsed.warnings.is_empty(), "{}", lockit_diagnostic::render(&parsed.warnings, false));
    parsed.value
}

/// Every item with its line and selector.
fn list(file: &EnvironmentFile) -> String {
    let line = |place: String, text: &str, selector: Option<&lockit_spec::Selector>| {
        let selector = selector.map_or(String::new(), |selector| format!("  [{selector}]"));
        format!("{}: {text}{selector}\n", place.rsplit(':').next().unwrap_or_default())
    };
    let conda =
        file.requirements.iter().map(|item| line(item.place(), &item.text, item.selector.as_ref()));
    let pip = file
        .pip
        .iter()
        .map(|item| line(item.place(), &format!("pip {}", item.text), item.selector.as_ref()));
    conda.chain(pip).collect()
}

#[test]
fn every_key_of_cep_24() {
    let file = parse(
        "name: dev
prefix: /opt/envs/dev
category: test
channels:
  - conda-forge
  - nodefaults
  - https://host/t/${TOKEN}/chan
  - ./local
  - conda-forge
platforms: [linux-64, osx-arm64, linux-64]
variables:
  A: 1.10
  B: yes
  C:
pip-repositories: ['https://host/simple']
allow-pypi-requests: false
dependencies: [python]
",
    );
    assert_eq!(file.name.unwrap().value, "dev");
    assert_eq!(file.prefix.unwrap().value, "/opt/envs/dev");
    assert_eq!(file.category.unwrap().value, "test");
    assert_eq!(file.requirements[0].category, "test");
    let channels: Vec<&str> = file.channels.iter().map(|channel| channel.text.as_str()).collect();
    assert_eq!(channels, ["conda-forge", "https://host/t/${TOKEN}/chan", "./local"]);
    assert_eq!(file.channels[1].variables(), ["TOKEN"]);
    assert!(file.nodefaults.is_some());
    let platforms: Vec<Platform> = file.platforms.iter().map(|platform| platform.value).collect();
    assert_eq!(platforms, [Platform::Linux64, Platform::OsxArm64]);
    let variables: Vec<String> =
        file.variables.iter().map(|(name, value)| format!("{name}={}", value.value)).collect();
    assert_eq!(variables, ["A=1.10", "B=yes", "C="], "values stay as they are written");
    assert_eq!(file.pip_sources.indexes.len(), 1);
    assert!(!file.pip_sources.public);
}

#[test]
fn selectors_of_both_kinds_apply_to_items_and_sections() {
    let file = parse(
        r#"dependencies:
  - a  # [linux and not aarch64]
  - "b >=1"  #[ osx ] with a remark
  - c  # only there [win]
  - d  # see [1]
  - e#[unix]
  # - f  # [linux]
  - sel(osx): g
  - sel(linux or win):
    - h  # [x86_64]
    - pip: [i]
  - "sel(win)": [j, k]
  - pip:  # [linux]
    - m
    - n ; python_version < "3.9"  # [aarch64]
    - sel(osx64): o
  - pip: [p]  # [win]
"#,
    );
    insta::assert_snapshot!(list(&file), @r#"
    2: a  [linux and not aarch64]
    3: b >=1  [osx]
    4: c  [win]
    5: d
    6: e  [unix]
    8: g  [osx]
    10: h  [(linux or win) and x86_64]
    12: j  [win]
    12: k  [win]
    11: pip i  [linux or win]
    14: pip m  [linux]
    15: pip n ; python_version < "3.9"  [linux and aarch64]
    16: pip o  [linux and osx64]
    17: pip p  [win]
    "#);
}

#[test]
fn places_are_exact_in_every_form() {
    let text = "\u{feff}dependencies:\r\n  - 'a >=1'\r\n  - \"b\\u0063\"\r\n  - >-\r\n    d\r\n    >=1\r\n  - &x e\r\n  - {pip: [*x, \"f\"]}\r\n";
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = SourceFile::decode("environment.yml", &bytes).unwrap();
    let parsed = EnvironmentFile::parse(&file, PipSection::Check).unwrap().value;
    let shown: Vec<String> = parsed
        .requirements
        .iter()
        .map(|item| (item.text.as_str(), item.span))
        .chain(parsed.pip.iter().map(|item| (item.text.as_str(), item.span)))
        .map(|(text, span)| format!("{text:?} {:?}\n", &file.text()[span.start..span.end]))
        .collect();
    insta::assert_snapshot!(shown.concat(), @r#"
    "a >=1" "a >=1"
    "bc" "\"b\\u0063\""
    "d >=1" "d\r\n    >=1"
    "e" "e"
    "e" "*x"
    "f" "f"
    "#);
}

#[test]
fn an_empty_list_is_a_spec_and_so_is_json() {
    assert!(parse("dependencies: []\n").requirements.is_empty());
    assert_eq!(
        list(&parse(r#"{"dependencies": ["python=3.12", {"pip": ["six"]}]}"#)),
        "1: python=3.12\n1: pip six\n"
    );
}

/// A merge that is not resolved is told as such, whatever kind the file is of.
#[test]
fn both_sides_of_a_merge_are_no_spec() {
    let sides = "<<<<<<< ours\nfirst\n=======\nsecond\n>>>>>>> theirs\n";
    for name in [
        "environment.yml",
        "requirements.txt",
        "pyproject.toml",
        "pixi.toml",
        "meta.yaml",
        "recipe.yaml",
    ] {
        let text = format!("name: x\n{sides}");
        let names = NameMap::default();
        let options = ReadOptions {
            pip: PipSection::Check,
            environment: None,
            names: &names,
            read: &|_| None,
        };
        let errors = read_spec(&SourceFile::new(name, text), options).unwrap_err();
        assert_eq!(errors[0].message, format!("`{name}` has merge conflicts"));
    }
}

/// The line itself is not shown: it would be in every log.
#[test]
fn a_secret_in_a_requirement_is_told_without_being_shown() {
    let text = "channels: [c]\ndependencies:\n  - https://joe:hunter2@h/c::a\n";
    let parsed =
        EnvironmentFile::parse(&SourceFile::new("environment.yml", text), PipSection::Check);
    let shown = lockit_diagnostic::render(&parsed.unwrap().warnings, false);
    assert!(shown.contains("is given with a secret that is written out"), "{shown}");
    assert!(shown.contains("it stands at environment.yml:3"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
