#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| lockit_fuzz::lockfile("x-linux-64.lock", bytes));
