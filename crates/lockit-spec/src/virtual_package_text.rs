//! How people write the name and the value of a virtual package.

use rattler_conda_types::Version;

/// Whether a text is the full name of a virtual package, such as `__glibc`.
pub(crate) fn is_virtual_name(name: &str) -> bool {
    name.strip_prefix("__").is_some_and(|rest| {
        !rest.is_empty()
            && rest.chars().all(|c| {
                c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '.')
            })
    })
}

/// `version` or `version build`.
pub(crate) fn version_and_build(text: &str) -> Result<(String, String), String> {
    let mut words = text.split_whitespace();
    let version = words.next().ok_or("the version is empty")?;
    let build = words.next().unwrap_or("0");
    if words.next().is_some() {
        return Err(format!("`{text}` is more than a version and a build"));
    }
    if version.parse::<Version>().is_err() {
        return Err(format!("`{version}` is not a version"));
    }
    Ok((version.to_owned(), build.to_owned()))
}
