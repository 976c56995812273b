#![no_main]

use lockit_spec::{EnvironmentFile, PipSection};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lockit_fuzz::spec("environment.yml", bytes);
    // As linters read it, which goes on behind mistakes.
    if let Some(file) = lockit_fuzz::file("environment.yml", bytes) {
        lockit_fuzz::shows(&EnvironmentFile::survey(&file, PipSection::Check).diagnostics);
    }
});
