#![no_main]

use lockit_spec::{AllowedHost, AllowedVariables, VariableValues, fill};
use url::Url;

/// The value of every variable, and the one host that it is for.
const SECRET: &str = "s3cret";
const HOST: &str = "host.example";

struct Values(AllowedVariables);

impl VariableValues for Values {
    fn value(&self, _name: &str) -> Option<String> {
        Some(SECRET.to_owned())
    }

    fn hosts(&self, _name: &str) -> &[AllowedHost] {
        self.0.hosts("TOKEN")
    }
}

/// Whether somebody may begin to read an address behind this: at a word, and behind a name (`x@`), an option (`-f=`) or a
/// system of versions (`git+`).
fn is_before_address(before: &str) -> bool {
    let splits = |c: char| c.is_whitespace() || c.is_control() || "\"'`<>".contains(c);
    let word = before.rsplit(splits).next().unwrap_or_default();
    word.is_empty() || word.ends_with(['@', '=', '+']) && !word.contains(':')
}

// Wherever somebody begins to read an address: one that has the value in it leads to the host.
libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut allowed = AllowedVariables::default();
    allowed.allow_all(&format!("TOKEN={HOST}")).unwrap();
    let Ok(filled) = fill(text, &Values(allowed)) else { return };
    // What has the word already, whatever parsers drop of it, says nothing.
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if letters.to_ascii_lowercase().contains(SECRET) {
        return;
    }
    let starts = filled.text.char_indices().map(|(start, _)| start);
    for start in starts.filter(|start| is_before_address(&filled.text[..*start])) {
        let Ok(url) = Url::parse(&filled.text[start..]) else { continue };
        if url.as_str().contains(SECRET)
            && let Some(host) = url.host_str().filter(|host| !host.is_empty())
        {
            assert!(host.eq_ignore_ascii_case(HOST), "{text}: {url}");
        }
    }
});
