#![no_main]

use std::path::Path;

use lockit_spec::Project;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some(file) = lockit_fuzz::file("lockit.toml", bytes) else { return };
    match Project::parse(&file, Path::new("")) {
        Ok(parsed) => lockit_fuzz::shows(&parsed.warnings),
        Err(errors) => lockit_fuzz::shows(&errors),
    }
});
