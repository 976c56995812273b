//! What every reader of a spec is held to, whatever the text is. The fuzz targets (`fuzz/`) call this as well.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, render};
use lockit_spec::{
    Environment, EnvironmentFile, EnvironmentRequest, NameMap, ParseResult, PipSection, Project,
    ReadOptions, read_spec,
};

/// Diagnostics point into their file and can be shown.
pub(crate) fn shows(diagnostics: &[Diagnostic]) {
    for label in diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        let text = label.file.text();
        assert!(label.span.start <= label.span.end, "{diagnostics:?}");
        assert!(label.span.end <= text.len(), "{diagnostics:?}");
        assert!(text.is_char_boundary(label.span.start), "{diagnostics:?}");
        assert!(text.is_char_boundary(label.span.end), "{diagnostics:?}");
    }
    render(diagnostics, false);
}

/// Reads a text as the kind of spec that its name says, and merges what it asks for.
pub(crate) fn spec(name: &str, text: &str) {
    let names = NameMap::default();
    // Every file that is included is this one, in another folder.
    let include =
        |path: &Path| (path.components().count() < 4).then(|| Ok(text.as_bytes().to_vec()));
    let file = SourceFile::new(name, text);
    // Manifests of pixi alone declare several.
    let is_toml = Path::new(name).extension().is_some_and(|ending| ending == "toml");
    let environments = if is_toml { &[None, Some("default")][..] } else { &[None] };
    for &environment in environments {
        let options =
            ReadOptions { pip: PipSection::Check, environment, names: &names, read: &include };
        merges(&file, read_spec(&file, options));
    }
}

/// Everything that was read lies in the file, and goes into an environment.
pub(crate) fn merges(file: &SourceFile, read: ParseResult<EnvironmentFile>) {
    match read {
        Ok(parsed) => {
            shows(&parsed.warnings);
            for requirement in &parsed.value.requirements {
                assert!(requirement.span.end <= file.text().len());
            }
            for requirement in &parsed.value.pip {
                requirement.line();
            }
            let request = EnvironmentRequest { name: "x".into(), ..EnvironmentRequest::default() };
            if let Err(errors) = Environment::merge(request, &[parsed.value]) {
                shows(&errors);
            }
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "what cannot be read has a reason");
            shows(&errors);
        }
    }
}

/// Reads an environment file as linters do, which goes on behind mistakes.
pub(crate) fn survey(text: &str) {
    let file = SourceFile::new("environment.yml", text);
    shows(&EnvironmentFile::survey(&file, PipSection::Check).diagnostics);
}

/// Reads a text as `lockit.toml`.
pub(crate) fn settings(text: &str) {
    match Project::parse(&SourceFile::new("lockit.toml", text), Path::new("")) {
        Ok(parsed) => shows(&parsed.warnings),
        Err(errors) => shows(&errors),
    }
}
