#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    lockit_fuzz::spec("meta.yaml", bytes);
    lockit_fuzz::spec("recipe.yaml", bytes);
});
