#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lockit_fuzz::spec("pyproject.toml", bytes);
    lockit_fuzz::spec("pixi.toml", bytes);
});
