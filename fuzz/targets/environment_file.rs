#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lockit_fuzz::spec("environment.yml", bytes);
    lockit_fuzz::survey(bytes);
});
