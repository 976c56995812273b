//! Whatever a file holds, reading it ends with a value or with diagnostics that can be rendered.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, render};
use lockit_spec::{
    Environment, EnvironmentFile, EnvironmentRequest, ExcludeNewer, PipSection, Project, Selector,
    VirtualPackageSpec, parse_conda_spec,
};
use proptest::prelude::*;

fn renders(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        for label in &diagnostic.labels {
            assert!(label.span.end <= label.file.text().len(), "{diagnostic:?}");
            assert!(label.file.text().is_char_boundary(label.span.start), "{diagnostic:?}");
            assert!(label.file.text().is_char_boundary(label.span.end), "{diagnostic:?}");
        }
    }
    render(diagnostics, false);
}

fn read(text: &str) {
    let file = SourceFile::new("environment.yml", text);
    match EnvironmentFile::parse(&file, PipSection::Check) {
        Ok(parsed) => {
            renders(&parsed.warnings);
            for requirement in &parsed.value.requirements {
                assert!(requirement.span.end <= text.len());
            }
            let request = EnvironmentRequest { name: "x".into(), ..EnvironmentRequest::default() };
            if let Err(errors) = Environment::merge(request, &[parsed.value]) {
                renders(&errors);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            renders(&errors);
        }
    }
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
    fn arbitrary_text(text in any::<String>()) {
        read(&text);
        let file = SourceFile::new("x", text.as_str());
        match VirtualPackageSpec::parse(&file) {
            Ok(parsed) => renders(&parsed.warnings),
            Err(errors) => renders(&errors),
        }
        match Project::parse(&file, Path::new("")) {
            Ok(parsed) => renders(&parsed.warnings),
            Err(errors) => renders(&errors),
        }
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
