//! Secrets inside addresses, and the placeholders that may stand for them.
//!
//! A lockfile is committed, so a credential in it is only ever the name of an environment variable:
//! `https://${USER}:${PASS}@host/chan` or `https://host/t/${TOKEN}/chan`. Readers of explicit files
//! must expand these (CEP 23); conda-lock and pixi write the same form.

/// The parts of an address that hold credentials, as byte ranges.
fn secret_parts(url: &str) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let Some(scheme) = url.find("://") else { return parts };
    let start = scheme + 3;
    let authority_end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    if let Some(at) = url[start..authority_end].rfind('@') {
        // `ssh://git@host` names an account, which is no secret.
        if !url[..scheme].ends_with("ssh") || url[start..start + at].contains(':') {
            parts.push(start..start + at);
        }
    }
    if let Some(token) = url[authority_end..].strip_prefix("/t/") {
        let from = authority_end + 3;
        parts.push(from..from + token.find('/').unwrap_or(token.len()));
    }
    parts
}

/// Whether a credential is `${VAR}` (or `$VAR`). Of `user:password` the password has to be: a name is no secret
/// beside it.
fn is_placeholder(credential: &str) -> bool {
    let secret = credential.split_once(':').map_or(credential, |(_, password)| password);
    variable(secret).is_some()
}

/// The address with its placeholders written as `${VAR}`.
pub(crate) fn with_curly_placeholders(url: &str) -> String {
    let mut out = url.to_owned();
    for part in secret_parts(url).into_iter().rev() {
        let curly =
            |text: &str| variable(text).map_or(text.to_owned(), |name| format!("${{{name}}}"));
        let parts: Vec<String> = url[part.clone()].split(':').map(curly).collect();
        out.replace_range(part, &parts.join(":"));
    }
    out
}

fn variable(part: &str) -> Option<&str> {
    let name = part.strip_prefix('$')?;
    let name = match name.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?,
        None => name,
    };
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    valid.then_some(name)
}

/// Whether an address holds a credential in clear text.
pub(crate) fn has_secret(url: &str) -> bool {
    secret_parts(url).into_iter().any(|part| !is_placeholder(&url[part]))
}

/// The environment variables an address uses, sorted.
pub(crate) fn used_env_vars(url: &str) -> Vec<String> {
    let mut names: Vec<String> = secret_parts(url)
        .into_iter()
        .flat_map(|part| {
            url[part].split(':').filter_map(variable).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The address without clear-text credentials; placeholders stay.
pub(crate) fn without_secrets(url: &str) -> String {
    let mut out = url.to_owned();
    for part in secret_parts(url).into_iter().rev() {
        if is_placeholder(&url[part.clone()]) {
            continue;
        }
        // `user:pass@` goes with its `@`, `/t/TOKEN` with its `/t`.
        if url[part.end..].starts_with('@') {
            out.replace_range(part.start..=part.end, "");
        } else {
            out.replace_range(part.start - 3..part.end, "");
        }
    }
    out
}

/// The address without any credentials, placeholders included: what two spellings of one place
/// have in common.
pub(crate) fn without_credentials(url: &str) -> String {
    let mut out = url.to_owned();
    for part in secret_parts(url).into_iter().rev() {
        if url[part.end..].starts_with('@') {
            out.replace_range(part.start..=part.end, "");
        } else {
            out.replace_range(part.start - 3..part.end, "");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_secrets() {
        for url in [
            "https://conda.anaconda.org/conda-forge",
            "https://${USER}:${PASS}@host/chan",
            "https://joe:${PASS}@host/chan",
            "https://host/t/${TOKEN}/chan/noarch/x-1-0.conda",
            "https://host/t/$TOKEN/chan",
            "https://joe:${PASS}@host/chan",
            "https://host/chan/t/x@y",
            "conda-forge",
            "./chan",
            "git+ssh://git@host/org/repo@0123abc",
        ] {
            assert!(!has_secret(url), "{url}");
            assert_eq!(without_secrets(url), url);
        }
    }

    #[test]
    fn secrets_are_found_and_removed() {
        for (url, clean) in [
            ("https://joe:s3cret@host/chan", "https://host/chan"),
            ("https://joe:${PASS}x@host/chan", "https://host/chan"),
            ("https://host/t/tk-1/chan/noarch/x", "https://host/chan/noarch/x"),
            ("https://joe:p@ss@host/t/tk/chan", "https://host/chan"),
            ("https://joe@host", "https://host"),
            ("git+ssh://joe:pw@host/repo", "git+ssh://host/repo"),
            ("https://host/t/tk", "https://host"),
        ] {
            assert!(has_secret(url), "{url}");
            assert_eq!(without_secrets(url), clean);
        }
    }

    #[test]
    fn variables() {
        assert_eq!(used_env_vars("https://${U}:$P@host/t/${T}/chan"), ["P", "T", "U"]);
        assert_eq!(used_env_vars("https://host/chan"), [""; 0]);
        assert_eq!(
            with_curly_placeholders("https://joe:$P@host/t/$T/$chan"),
            "https://joe:${P}@host/t/${T}/$chan"
        );
        assert_eq!(without_credentials("https://${U}:$P@host/t/${T}/chan"), "https://host/chan");
    }
}
