#![no_main]

use lockit_spec::fill;
use url::Url;

// Two secrets that differ in every character. Neither changes who is asked.
const ONE: &str = "aaaaaaaaaaaaaaaa";
const OTHER: &str = "zzzzzzzzzzzzzzzz";

libfuzzer_sys::fuzz_target!(|text: &str| {
    let with = |value: &'static str| move |_: &str| Some(value.to_owned());
    let (Ok(one), Ok(other)) = (fill(text, &with(ONE)), fill(text, &with(OTHER))) else { return };
    if one.secrets.is_empty() {
        return;
    }
    let (Ok(one), Ok(other)) = (Url::parse(&one.text), Url::parse(&other.text)) else { return };
    assert_eq!(one.scheme(), other.scheme(), "{text}");
    assert_eq!(one.host(), other.host(), "{text}");
    assert_eq!(one.port_or_known_default(), other.port_or_known_default(), "{text}");
    assert_eq!(one.query(), other.query(), "{text}");
    assert_eq!(one.fragment(), other.fragment(), "{text}");
});
