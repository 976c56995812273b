//! Relative paths among names: `./` or `../` in front tells them apart.

/// Whether a text is a path that starts where the file lies that has it.
///
/// ```
/// use lockit_spec::is_dotted;
///
/// assert!([".", "..", "./chan", "../chan"].iter().all(|text| is_dotted(text)));
/// assert!(!["chan", ".chan", "..chan", "/chan", "https://host/./chan"].iter().any(|text| is_dotted(text)));
/// ```
pub fn is_dotted(text: &str) -> bool {
    matches!(text.split('/').next(), Some("." | ".."))
}

/// A relative path so that nobody takes it for a name.
///
/// ```
/// use lockit_spec::dotted;
///
/// assert_eq!(dotted("chan".to_owned()), "./chan");
/// assert_eq!(dotted("../chan".to_owned()), "../chan");
/// ```
pub fn dotted(text: String) -> String {
    if is_dotted(&text) { text } else { format!("./{text}") }
}
