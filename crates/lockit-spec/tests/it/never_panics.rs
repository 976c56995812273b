//! Whatever a file holds, reading it ends with a value or with diagnostics that can be rendered.

use lockit_diagnostic::SourceFile;
use lockit_spec::{
    EnvironmentFile, ExcludeNewer, PipSection, Selector, VirtualPackageSpec, parse_conda_spec,
};
use proptest::prelude::*;

use crate::readers::{merges, settings, shows, spec, survey};

fn read(text: &str) {
    let file = SourceFile::new("environment.yml", text);
    merges(&file, EnvironmentFile::parse(&file, PipSection::Check));
    survey(text);
}

/// Reads a text as a spec of each kind.
fn read_as_every_kind(text: &str) {
    for name in ["pyproject.toml", "pixi.toml", "meta.yaml", "recipe.yaml", "requirements.txt"] {
        spec(name, text);
    }
}

/// Pieces of specs of other kinds.
fn other_piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("[project]\nname = 'x'\n".to_owned()),
        Just("dependencies = [".to_owned()),
        Just("[tool.poetry.dependencies]\n".to_owned()),
        Just("[dependency-groups]\n".to_owned()),
        Just("[tool.conda-lock]\n".to_owned()),
        Just("[tool.pixi.target.linux.dependencies]\n".to_owned()),
        Just(
            "a = { version = '^1.2', extras = ['é'], markers = \"os_name == 'nt'\" }\n".to_owned()
        ),
        Just("b = [{ include-group = 'b' }]\n".to_owned()),
        Just("c = ['x[y]>=1; sys_platform != \"win32\"']\n".to_owned()),
        Just("'numpy', ".to_owned()),
        Just("]\n".to_owned()),
        Just("requirements:\n  run:\n".to_owned()),
        Just("    - numpy >=1  # [win]\n".to_owned()),
        Just("    - {{ é('x') }} {% if a %}\n".to_owned()),
        Just("    - if: ${{ win\n      then: [a, b]\n".to_owned()),
        Just("{% set a = b.c('d')[0] %}\n".to_owned()),
        Just("-r a/b.txt \\\n".to_owned()),
        Just("-e ./é[x] ; os_name\n".to_owned()),
        Just("--index-url=https://u:p@h/é --pre\n".to_owned()),
        "[ -~é\n]{0,8}",
    ]
}

/// Pieces of real files, so that chance gets past the first character.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("dependencies:".to_owned()),
        Just("channels: [a]".to_owned()),
        Just("\n  - ".to_owned()),
        Just("\n    - ".to_owned()),
        Just("\n".to_owned()),
        Just("pip:".to_owned()),
        Just("sel(linux): ".to_owned()),
        Just("  # [linux and not (osx)]".to_owned()),
        Just("numpy >=1.2,<2".to_owned()),
        Just("numpy=1=*_0".to_owned()),
        Just("x[version='>=1']".to_owned()),
        Just("{{ x }}".to_owned()),
        Just("'é\" # [é]".to_owned()),
        Just("&a *a".to_owned()),
        Just("\t\u{feff}\r\n".to_owned()),
        "[ -~é\n]{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn environment_files(pieces in prop::collection::vec(piece(), 0..24)) {
        read(&pieces.concat());
    }

    #[test]
    fn specs_of_other_kinds(pieces in prop::collection::vec(other_piece(), 0..12)) {
        read_as_every_kind(&pieces.concat());
    }

    #[test]
    fn lines_of_pip(text in "[ -~é]{0,24}") {
        read_as_every_kind(&text);
    }

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        read(&text);
        read_as_every_kind(&text);
        let file = SourceFile::new("x", text.as_str());
        match VirtualPackageSpec::parse(&file) {
            Ok(parsed) => shows(&parsed.warnings),
            Err(errors) => shows(&errors),
        }
        settings(&text);
        let _ = ExcludeNewer::parse(&text);
    }

    #[test]
    fn items(text in "[ -~é]{0,24}") {
        if let Err(error) = parse_conda_spec(&text) {
            prop_assert!(text.get(error.range.clone()).is_some(), "{text:?}: {error:?}");
        }
        if let Err(error) = Selector::parse(&text) {
            let (start, _) = error.place();
            prop_assert!(text.is_char_boundary(start));
        }
        read(&format!("dependencies:\n  - {text}\n  - pip:\n    - {text}\n"));
    }
}
