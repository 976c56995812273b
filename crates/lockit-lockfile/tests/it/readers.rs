//! What every reader of a lockfile is held to, whatever the text is. The fuzz targets (`fuzz/`) call this as well.

use lockit_diagnostic::{Diagnostic, SourceFile, render};
use lockit_lockfile::{Lock, RenderKind, RenderOptions, detect};

/// Reads a lockfile. What can be read and written again in its format holds the same packages afterwards. Says whether it
/// came so far.
pub(crate) fn lockfile(name: &str, text: &str) -> bool {
    let read = match detect::read_source(&SourceFile::new(name, text)) {
        Ok(read) => read,
        Err(error) => {
            shows(&[*error]);
            return false;
        }
    };
    shows(&read.warnings);
    let locks: Vec<&Lock> = read.locks.iter().collect();
    let platform = locks.first().and_then(|lock| lock.platforms.keys().next()).copied();
    if read.format.is_per_platform() && platform.is_none() {
        return false;
    }
    let options = RenderOptions { file_name: name, ..RenderOptions::default() };
    let kind = RenderKind::Lockfile(read.format);
    let Ok(written) = lockit_lockfile::render(kind, &locks, platform, options) else {
        return false;
    };
    let again = match detect::read_source(&SourceFile::new(name, &*written)) {
        Ok(again) => again,
        Err(error) => panic!("what was written cannot be read: {error:?}\n{written}"),
    };
    assert_eq!(again.format, read.format, "{written}");
    assert_eq!(packages(&again.locks), packages(&read.locks), "{written}");
    true
}

fn shows(diagnostics: &[Diagnostic]) {
    render(diagnostics, false);
}

/// `linux-64 app 1.0 0` of all environments, in order.
fn packages(locks: &[Lock]) -> Vec<String> {
    let platforms = locks.iter().flat_map(|lock| &lock.platforms);
    let records = platforms.flat_map(|(platform, chosen)| {
        let conda = chosen.records.iter();
        let conda =
            conda.map(move |one| format!("{platform} {} {} {}", one.name, one.version, one.build));
        conda.chain(chosen.pip.iter().map(move |one| format!("{platform} {}", one.label())))
    });
    let mut records: Vec<String> = records.collect();
    records.sort();
    records
}
