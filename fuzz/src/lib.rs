//! What the fuzz targets hold every reader to, whatever the input is.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, render};
use lockit_lockfile::{Format, RenderKind, RenderOptions, detect};
use lockit_spec::{
    Environment, EnvironmentFile, EnvironmentRequest, NameMap, ParseResult, PipSection, ReadOptions,
    read_spec,
};

/// The file that some bytes are, if they are text at all.
pub fn file(name: &str, bytes: &[u8]) -> Option<SourceFile> {
    SourceFile::decode(name, bytes).ok()
}

/// Diagnostics point into their file and can be shown.
pub fn shows(diagnostics: &[Diagnostic]) {
    for label in diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        let text = label.file.text();
        assert!(label.span.start <= label.span.end && label.span.end <= text.len());
        assert!(text.is_char_boundary(label.span.start) && text.is_char_boundary(label.span.end));
    }
    render(diagnostics, false);
}

/// Reads a spec, and merges what it asks for.
pub fn spec(name: &str, bytes: &[u8]) {
    let Some(file) = file(name, bytes) else { return };
    let names = NameMap::default();
    // Whatever it includes is itself, in another folder.
    let include = |path: &Path| (path.components().count() < 3).then(|| Ok(bytes.to_vec()));
    let options = ReadOptions { pip: PipSection::Check, names: &names, read: &include };
    merges(&file, read_spec(&file, options));
}

/// Everything that was read lies in the file, and goes into an environment.
pub fn merges(file: &SourceFile, read: ParseResult<EnvironmentFile>) {
    match read {
        Ok(parsed) => {
            shows(&parsed.warnings);
            let length = file.text().len();
            assert!(parsed.value.requirements.iter().all(|one| one.span.end <= length));
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

/// Reads a lockfile. What can be read and written again in its format says the same afterwards.
pub fn lockfile(name: &str, bytes: &[u8]) {
    let Some(file) = file(name, bytes) else { return };
    let read = match detect::read_source(&file) {
        Ok(read) => read,
        Err(error) => return shows(&[*error]),
    };
    shows(&read.warnings);
    let locks: Vec<_> = read.locks.iter().collect();
    let Some(first) = locks.first() else { return };
    // A file of one platform holds that one.
    let kind = RenderKind::Lockfile(read.format);
    let platform = first.platforms.keys().next().copied();
    if read.format.is_per_platform() && platform.is_none() {
        return;
    }
    let options = RenderOptions { file_name: name, ..RenderOptions::default() };
    let Ok(text) = lockit_lockfile::render(kind, &locks, platform, options) else { return };
    let again = match detect::read_source(&SourceFile::new(name, &*text)) {
        Ok(again) => again,
        Err(error) => panic!("what was written cannot be read: {error:?}\n{text}"),
    };
    assert_eq!(again.format, read.format, "{text}");
    let names = |locks: &[lockit_lockfile::Lock]| {
        let mut names: Vec<_> = locks
            .iter()
            .flat_map(|lock| &lock.platforms)
            .flat_map(|(platform, chosen)| {
                chosen.records.iter().map(move |one| {
                    format!("{platform} {} {} {}", one.name, one.version, one.build)
                })
            })
            .collect();
        names.sort();
        names
    };
    if read.format != Format::Explicit || read.locks.len() == 1 {
        assert_eq!(names(&again.locks), names(&read.locks), "{text}");
    }
}
