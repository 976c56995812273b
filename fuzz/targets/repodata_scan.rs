#![no_main]

use serde_json::value::RawValue;

// The file by itself needs little; its crate needs the whole solver.
#[allow(dead_code)]
#[path = "../../crates/lockit-solver/src/plain/scan.rs"]
mod scan;

use scan::{Run, Visitor, scan};

#[derive(Default)]
struct Found {
    info: Vec<(u64, u64)>,
    entries: Vec<(u64, u64)>,
}

impl Visitor for Found {
    fn info(&mut self, start: u64, end: u64) {
        self.info.push((start, end));
    }

    fn entry(&mut self, _name: &str, run: Run) {
        self.entries.push((run.start, run.end));
    }
}

/// The bytes of a place that was found, which lies in the input.
fn part(bytes: &[u8], (start, end): (u64, u64)) -> &[u8] {
    let place = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
    assert!(!place.is_empty());
    &bytes[place]
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut found = Found::default();
    let scanned = scan(bytes, &mut found);
    for place in found.info.iter().chain(&found.entries) {
        part(bytes, *place);
    }
    // Of what is JSON, each part is JSON by itself.
    if scanned.is_ok() && serde_json::from_slice::<&RawValue>(bytes).is_ok() {
        for place in found.info {
            serde_json::from_slice::<&RawValue>(part(bytes, place)).unwrap();
        }
        for place in found.entries.into_iter().filter(|(start, _)| bytes[*start as usize] == b'"') {
            let object = [b"{", part(bytes, place), b"}"].concat();
            // A record that was removed is a name alone.
            let list = [b"[", part(bytes, place), b"]"].concat();
            let is_json = |text: &[u8]| serde_json::from_slice::<&RawValue>(text).is_ok();
            assert!(is_json(&object) || is_json(&list), "{}", String::from_utf8_lossy(&object));
        }
    }
});
