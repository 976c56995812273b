//! Where people read about a package.

use std::fmt::Write as _;

/// The page of a package of a channel, where the channel has such pages.
pub(super) fn package_page(channel: &str, name: &str) -> Option<String> {
    let rest = channel.strip_prefix("https://")?;
    let (host, path) = rest.split_once('/')?;
    // `conda-forge/label/dev` has the pages of `conda-forge`.
    let owner = path.split('/').next().filter(|owner| !owner.is_empty() && !owner.contains('$'))?;
    let (owner, name) = (&encoded(owner), encoded(name));
    match host {
        "conda.anaconda.org" if owner != "t" => {
            Some(format!("https://anaconda.org/{owner}/{name}"))
        }
        "pypi.org" => Some(format!("https://pypi.org/project/{name}/")),
        "prefix.dev" | "repo.prefix.dev" => {
            Some(format!("https://prefix.dev/channels/{owner}/packages/{name}"))
        }
        _ => None,
    }
}

/// A part of a path with nothing in it that would end an address or what it stands in.
fn encoded(part: &str) -> String {
    let mut out = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_channels_with_pages_have_them() {
        let page = |channel: &str| package_page(channel, "numpy").unwrap_or_default();
        assert_eq!(
            page("https://conda.anaconda.org/conda-forge"),
            "https://anaconda.org/conda-forge/numpy"
        );
        assert_eq!(
            page("https://conda.anaconda.org/conda-forge/label/dev"),
            "https://anaconda.org/conda-forge/numpy"
        );
        assert_eq!(
            page("https://repo.prefix.dev/bioconda"),
            "https://prefix.dev/channels/bioconda/packages/numpy"
        );
        assert_eq!(page("https://pypi.org/simple"), "https://pypi.org/project/numpy/");
        assert_eq!(
            package_page("https://conda.anaconda.org/a)b", "x](https://evil)").unwrap(),
            "https://anaconda.org/a%29b/x%5D%28https%3A%2F%2Fevil%29"
        );
        for channel in [
            "https://conda.anaconda.org/t/${TOKEN}/private",
            "https://mirror.example.com/conda-forge",
            "file:///channel",
        ] {
            assert_eq!(page(channel), "", "{channel}");
        }
    }
}
