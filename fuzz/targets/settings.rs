#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lockit_fuzz::settings(bytes));
