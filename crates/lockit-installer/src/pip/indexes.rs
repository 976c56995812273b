//! The indexes of the person who installs. What is installed is named by its address, but what is built needs others, which
//! uv finds there. Their logins go to uv in a file: what stands in the environment every build backend reads.

use url::Url;

/// Looks up a variable.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What uv's variables say, as lines of a requirements file.
pub(super) fn lines(variable: Lookup<'_>) -> Vec<String> {
    let of = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let mut lines = Vec::new();
    if let Some(index) = of("UV_DEFAULT_INDEX").or_else(|| of("UV_INDEX_URL")) {
        lines.push(format!("--index-url {}", with_login(index.trim(), variable)));
    }
    for name in ["UV_INDEX", "UV_EXTRA_INDEX_URL"] {
        let several = of(name).unwrap_or_default();
        let several = several.split_whitespace();
        lines.extend(
            several.map(|index| format!("--extra-index-url {}", with_login(index, variable))),
        );
    }
    let links = of("UV_FIND_LINKS").unwrap_or_default();
    let links = links.split(',').map(str::trim).filter(|place| !place.is_empty());
    lines.extend(links.map(|place| format!("--find-links {place}")));
    lines.retain(|line| !line.contains(['\n', '\r']));
    lines
}

/// `NAME=URL` with the login that variables have for an index of this name, or the address as it is.
fn with_login(index: &str, variable: Lookup<'_>) -> String {
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let Some((name, address)) = index.split_once('=').filter(|(name, _)| is_name(name)) else {
        return index.to_owned();
    };
    let word: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if let Some(user) = variable(&format!("UV_INDEX_{word}_USERNAME")) {
        let _ = url.set_username(&user);
    }
    if let Some(password) = variable(&format!("UV_INDEX_{word}_PASSWORD")) {
        let _ = url.set_password(Some(&password));
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_index_gets_its_own_login() {
        let variable = |name: &str| {
            let value = match name {
                "UV_INDEX_URL" => "https://a/simple",
                "UV_INDEX" => "my-own=https://b/simple https://c/simple",
                "UV_INDEX_MY_OWN_USERNAME" => "ada",
                "UV_INDEX_MY_OWN_PASSWORD" => "p@ss",
                "UV_INDEX_OTHER_PASSWORD" => "elsewhere",
                "UV_FIND_LINKS" => "./wheels, https://d/list",
                _ => return None,
            };
            Some(value.to_owned())
        };
        assert_eq!(
            lines(&variable),
            [
                "--index-url https://a/simple",
                "--extra-index-url https://ada:p%40ss@b/simple",
                "--extra-index-url https://c/simple",
                "--find-links ./wheels",
                "--find-links https://d/list",
            ]
        );
        assert!(lines(&|_| None).is_empty());
    }
}
