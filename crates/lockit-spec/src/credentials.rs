//! What a credential in an address is.
//!
//! This is the one place that knows it. A text is searched for addresses (`scheme://…`), wherever they stand in it: it
//! may be a channel, a `channel::package`, a line of a lockfile, a requirement, a command, a log. An address is taken
//! apart as RFC 3986 does it, and its credentials are
//!
//! * the **login**, `user:password@` or a lone `token@`. Behind `ssh://` a lone name is an account, which is no secret.
//! * a **token** in the path, `/t/<token>`, in any depth. conda takes the first `/t/` of an address wherever it stands
//!   (`conda/common/url.py`, `split_anaconda_token`), rattler only one directly behind the host (`rattler_redaction`
//!   0.2.7). What is there cannot be told from its looks: `/t/conda-forge/` is a token for conda, and is one here. No token is
//!   what `ordinary_folder` names: folders that real archives lie in.
//! * **parameters** of the query that are called like one (`is_parameter`): uv 0.11 hides those of signed addresses of AWS
//!   (`uv-redacted` 0.0.72), rattler `sig`; rattler drops a query as a whole from what it writes. Fragments are digests and
//!   the like, but a parameter in one counts the same.
//!
//! (All as of November 2026.) A credential that is a placeholder, `${TOKEN}`, is no *secret*: only what is written out is.

use std::borrow::Cow;
use std::ops::Range;

use crate::parse_platform;
use crate::placeholder::variable;

/// Stands for a secret where the text around it is shown.
const MASK: &str = "***";

/// A credential in a text; ranges count bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What it is.
    pub kind: CredentialKind,
    /// The confidential part: a password, a token, the value of a parameter.
    pub value: Range<usize>,
    /// What goes when the credential is taken out: `user:password@`, `/t/token`, `name=value`.
    pub whole: Range<usize>,
    /// Whether the confidential part is one placeholder for a variable and nothing else.
    pub is_placeholder: bool,
}

/// What a credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialKind {
    /// `user:password@`, or `token@` without a user.
    Login {
        /// The name beside a password.
        user: Option<Range<usize>>,
    },
    /// `/t/<token>` in the path.
    Token,
    /// `token=…` in the query.
    Parameter,
}

/// Every credential of every address in a text, placeholders too, in order.
pub fn find(text: &str) -> Vec<Credential> {
    let mut found = Vec::new();
    let mut marks = text.match_indices("://").map(|(at, _)| at).peekable();
    while let Some(mark) = marks.next() {
        // An address ends where its line does.
        let line = text[mark..].split('\n').next().unwrap_or_default();
        if has_sign(line) {
            let next = marks.peek().map(|next| scheme_start(text, *next));
            address(text, mark, next, &mut found);
        }
    }
    // An address inside of another one has its query in common with it.
    found.sort_by_key(|one| (one.whole.start, one.whole.end));
    let mut end = 0;
    found.retain(|one| {
        let is_new = one.whole.start >= end;
        end = end.max(one.whole.end);
        is_new
    });
    found
}

/// Whether a line has a sign that every credential comes with. Most lines of a lockfile have none, and need not be
/// taken apart.
fn has_sign(line: &str) -> bool {
    let is_slash = |byte: u8| matches!(byte, b'/' | b'\\');
    let folder_t = |three: &[u8]| three[1] == b't' && is_slash(three[0]) && is_slash(three[2]);
    // A login has `@`, a parameter `=`; what is escaped may be anything.
    line.bytes().any(|byte| matches!(byte, b'@' | b'=' | b'%'))
        || line.as_bytes().windows(3).any(folder_t)
}

/// Whether a text holds a credential that is written out in an address.
pub fn has_secret(text: &str) -> bool {
    find(text).iter().any(|one| !one.is_placeholder)
}

/// A text without credentials that are written out; placeholders stay. Fit for lockfiles and messages. Borrowed when
/// there is none.
///
/// `https://user:secret@host/c` becomes `https://host/c`, `https://host/t/tk-123/c` becomes `https://host/c`,
/// `https://host/c?token=123&a=b` becomes `https://host/c?a=b`.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    without(text, |_, one| !one.is_placeholder)
}

/// The same for a text that others have masked in part: their `********` stays.
pub(crate) fn without_unmasked_secrets(text: &str) -> Cow<'_, str> {
    without(text, |text, one| !one.is_placeholder && !is_mask(&text[one.value.clone()]))
}

/// A text without any credentials, placeholders included: what two spellings of one place have in common.
pub fn without_credentials(text: &str) -> Cow<'_, str> {
    without(text, |_, _| true)
}

fn without(text: &str, goes: fn(&str, &Credential) -> bool) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    // What is left may be an address that has one again: `/t/a/t/b`.
    loop {
        let found: Vec<Credential> = find(&out).into_iter().filter(|one| goes(&out, one)).collect();
        if found.is_empty() {
            return out;
        }
        let text = out.to_mut();
        for (index, one) in found.iter().enumerate().rev() {
            let mut whole = one.whole.clone();
            if one.kind == CredentialKind::Parameter {
                // One of the signs beside it goes, too: the one before, but a `?` only with the last one behind it.
                let is_first = text[..whole.start].ends_with(['?', '#']);
                if is_first && text[whole.end..].starts_with(['&', ';']) {
                    whole.end += 1;
                } else if index == 0 || found[index - 1].whole.end < whole.start {
                    whole.start -= 1;
                }
                // Else the sign is the end of a token, and goes with that.
            }
            text.replace_range(whole, "");
        }
    }
}

/// A text with `***` in the place of secrets, for logs and messages of others, where the rest of an address tells
/// which one it is.
pub fn masked(text: &str) -> Cow<'_, str> {
    masked_by(text, |_| MASK.to_owned())
}

/// The same with as many `*` as there are bytes, so that places in the text stay what they are.
pub(crate) fn masked_in_place(text: &str) -> Cow<'_, str> {
    masked_by(text, |secret| "*".repeat(secret.len()))
}

fn masked_by(text: &str, mask: impl Fn(&str) -> String) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    for one in find(text).into_iter().rev() {
        let secret = &text[one.value.clone()];
        if !one.is_placeholder && !is_mask(secret) {
            out.to_mut().replace_range(one.value, &mask(secret));
        }
    }
    out
}

/// Whether somebody has put stars in the place of a secret.
fn is_mask(secret: &str) -> bool {
    secret.bytes().all(|byte| byte == b'*')
}

/// The environment variables that stand for credentials in a text, sorted.
pub fn variables(text: &str) -> Vec<String> {
    let mut names: Vec<String> = parts(text)
        .into_iter()
        .filter_map(|part| variable(&text[part]))
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// A text with the placeholders of its credentials written as `${VAR}`.
pub fn with_curly_placeholders(text: &str) -> String {
    let mut out = text.to_owned();
    for part in parts(text).into_iter().rev() {
        if let Some(name) = variable(&text[part.clone()]) {
            out.replace_range(part, &format!("${{{name}}}"));
        }
    }
    out
}

/// User names, passwords, tokens and values, in order.
fn parts(text: &str) -> Vec<Range<usize>> {
    let parts = find(text).into_iter().flat_map(|one| {
        let user = match one.kind {
            CredentialKind::Login { user } => user,
            _ => None,
        };
        user.into_iter().chain([one.value])
    });
    parts.collect()
}

/// `%40` becomes `@`. What is no UTF-8 afterwards stays as it was.
pub fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escape = (byte, digit(bytes.get(at + 1)), digit(bytes.get(at + 2)));
        if let (b'%', Some(high), Some(low)) = escape {
            decoded.extend(u8::try_from(high * 16 + low));
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Where the scheme begins that ends at `mark`.
fn scheme_start(text: &str, mark: usize) -> usize {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text[..mark].trim_end_matches(is_scheme).len()
}

/// Whether an address cannot go on behind a character, whatever it is in.
fn ends_address(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>')
}

/// Finds the credentials of the address whose scheme ends at `mark`. Another one may begin inside of it.
fn address(text: &str, mark: usize, next: Option<usize>, found: &mut Vec<Credential>) {
    let scheme = text[scheme_start(text, mark)..mark].to_ascii_lowercase();
    let start = mark + "://".len();
    let (login, path) = login(text, &scheme, start);
    let end = path + text[path..].find(ends_address).unwrap_or(text.len() - path);
    // A sentence may go on behind an address; a bracket may close a placeholder.
    let end = path + text[path..end].trim_end_matches([',', ';', '.', ':', ')', ']']).len();
    let nested = next.filter(|next| *next >= path).unwrap_or(end).min(end);
    let tail = path + text[path..end].find(['?', '#']).unwrap_or(end - path);
    // Behind `::` follows the package that a channel is named for.
    let path_end = path + text[path..tail].find("::").unwrap_or(tail - path);
    found.extend(login);
    // The folders of this machine are called as they are.
    if scheme != "file" {
        tokens(text, path..path_end.min(nested), found);
    }
    parameters(text, tail..end, found);
}

/// The login of an address, and where its path begins.
fn login(text: &str, scheme: &str, start: usize) -> (Option<Credential>, usize) {
    let ends_authority =
        |c: char| matches!(c, '/' | '?' | '#' | '\\' | '"' | '`') || c.is_control();
    let length = |from: usize, ends: &dyn Fn(char) -> bool| {
        text[from..].find(ends).unwrap_or(text.len() - from)
    };
    let mut authority = &text[start..start + length(start, &ends_authority)];
    // Nobody writes a blank there, but where one is behind a colon that no port follows, it is a part of a password.
    if let Some(blank) = authority.find(char::is_whitespace)
        && !has_password(&authority[..blank])
    {
        authority = &authority[..blank];
    }
    let mut at = authority.rfind('@').map(|at| start + at);
    if at.is_none() && has_password(authority) && !is_ssh(scheme) {
        // A password with a `/` that should have been escaped.
        let rest = &text[start..start + length(start, &ends_address)];
        at = rest.find('@').map(|at| start + at);
    }
    let Some(at) = at else {
        return (None, start + length(start, &|c| ends_authority(c) || ends_address(c)));
    };
    let path = at + length(at, &|c| ends_authority(c) || ends_address(c));
    let (user, value) = match text[start..at].split_once(':') {
        // `token:@`
        Some((user, "")) => (None, start..start + user.len()),
        Some((user, _)) => (Some(start..start + user.len()), start + user.len() + 1..at),
        None if is_ssh(scheme) => return (None, path),
        None => (None, start..at),
    };
    if value.is_empty() {
        return (None, path);
    }
    let is_placeholder = variable(&text[value.clone()]).is_some();
    let kind = CredentialKind::Login { user };
    (Some(Credential { kind, value, whole: start..at + 1, is_placeholder }), path)
}

fn is_ssh(scheme: &str) -> bool {
    scheme.ends_with("ssh")
}

/// Whether what stands behind the last colon of an authority can be no port.
fn has_password(authority: &str) -> bool {
    authority.rsplit_once(':').is_some_and(|(host, port)| {
        !host.starts_with('[')
            && !port.is_empty()
            && !port.bytes().all(|byte| byte.is_ascii_digit())
            && variable(port).is_none()
    })
}

/// Finds `/t/<token>` in a path.
fn tokens(text: &str, path: Range<usize>, found: &mut Vec<Credential>) {
    let whole_path = &text[path.clone()];
    if !whole_path.contains(['t', '%']) {
        return;
    }
    let mut segments = Vec::new();
    let mut start = path.start;
    for segment in whole_path.split(['/', '\\']) {
        segments.push(start..start + segment.len());
        start += segment.len() + 1;
    }
    let is_t = |segment: &Range<usize>| percent_decoded(&text[segment.clone()]) == "t";
    // The first one is what stands before the first slash.
    let mut at = 1;
    while at + 1 < segments.len() {
        if !is_t(&segments[at]) {
            at += 1;
            continue;
        }
        // A folder `t` with `/t/<token>` in it: all of it goes.
        let mut token = at + 1;
        while token + 1 < segments.len() && is_t(&segments[token]) {
            token += 1;
        }
        let value = segments[token].clone();
        let is_placeholder = variable(&text[value.clone()]).is_some();
        let behind: Vec<&str> =
            segments[token + 1..].iter().map(|one| &text[one.clone()]).collect();
        if value.is_empty()
            || (!is_placeholder && ordinary_folder(&text[value.clone()], at == 1, &behind))
        {
            at = token;
            continue;
        }
        let whole = segments[at].start - 1..value.end;
        found.push(Credential { kind: CredentialKind::Token, value, whole, is_placeholder });
        at = token + 1;
    }
}

/// Whether what follows `/t/` is an ordinary folder or file:
///
/// * a platform: `https://host/t/noarch/x-1-0.conda` is in a channel called `t`;
/// * a repository or an archive: `https://host/t/tool.git`;
/// * the folder of a package where each letter has one: `https://host/packages/source/t/tqdm/tqdm-4.0.tar.gz`;
/// * deeper than the host, something at the end that is too short to keep anything safe.
fn ordinary_folder(segment: &str, at_host: bool, behind: &[&str]) -> bool {
    const FILES: &[&str] = &[
        ".git", ".conda", ".tar.bz2", ".whl", ".tar.gz", ".tgz", ".tar.xz", ".zip", ".json",
        ".html",
    ];
    const TOO_SHORT: usize = 4;
    let Some(file) = behind.iter().rfind(|part| !part.is_empty()) else {
        let name = segment.split('@').next().unwrap_or(segment);
        return FILES.iter().any(|end| name.len() > end.len() && name.ends_with(end))
            || (!at_host && segment.len() < TOO_SHORT);
    };
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '.'], "-");
    let is_package = || {
        let (name, file) = (plain(segment), plain(file));
        name.starts_with('t') && file.strip_prefix(&name).is_some_and(|rest| rest.starts_with('-'))
    };
    segment == "noarch" || parse_platform(segment).is_ok() || is_package()
}

/// Finds `name=value` in a query or a fragment.
fn parameters(text: &str, tail: Range<usize>, found: &mut Vec<Credential>) {
    let mut start = tail.start;
    for piece in text[tail].split(['?', '#', '&', ';']) {
        let whole = start..start + piece.len();
        start = whole.end + 1;
        let Some((name, value)) = piece.split_once('=') else { continue };
        if value.is_empty() || !is_parameter(name) {
            continue;
        }
        let value = whole.end - value.len()..whole.end;
        let is_placeholder = variable(&text[value.clone()]).is_some();
        found.push(Credential { kind: CredentialKind::Parameter, value, whole, is_placeholder });
    }
}

/// Whether a parameter is called like a credential: `token`, `api_key`, `sig`, `X-Amz-Signature`.
fn is_parameter(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "token",
        "secret",
        "passw",
        "passphrase",
        "pwd",
        "signature",
        "credential",
        "apikey",
        "accesskey",
        "privatekey",
        "jwt",
        "bearer",
        "oauth",
        "session",
    ];
    const NAMES: &[&str] = &["sig", "key", "pass", "auth", "authorization", "xauth", "sas"];
    let name: String = percent_decoded(name)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    PARTS.iter().any(|part| name.contains(part)) || NAMES.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn what_is_written_out_is_taken_out() {
        for (text, clean) in [
            ("https://joe:s3cret@host/chan", "https://host/chan"),
            ("https://joe:${PASS}x@host/chan", "https://host/chan"),
            ("https://joe:p@ss@host/t/tk/chan", "https://host/chan"),
            ("https://tk-12@host/chan", "https://host/chan"),
            ("https://tk-12:@host/chan", "https://host/chan"),
            ("https://joe@host", "https://host"),
            ("HTTPS://joe:p%40ss@HOST:8080/chan", "HTTPS://HOST:8080/chan"),
            ("https://joe:pass word@host/chan", "https://host/chan"),
            ("https://joe:pa/ss@host/chan", "https://host/chan"),
            ("https://joe:pa#s@s@host/chan", "https://host/chan"),
            ("git+ssh://joe:pw@host/repo", "git+ssh://host/repo"),
            ("git+https://joe:tok@host/x.git@rev#egg=x", "git+https://host/x.git@rev#egg=x"),
            ("https://proxy/https://joe:tok@host/x?token=1", "https://proxy/https://host/x"),
            ("https://host/t/tk-1/chan/noarch/x", "https://host/chan/noarch/x"),
            ("https://host/t/tk", "https://host"),
            ("https://host/t/tk/", "https://host/"),
            ("https://host/sub/t/tk-12345678/chan", "https://host/sub/chan"),
            ("https://host/a/b/c/t/tk%2D1/chan", "https://host/a/b/c/chan"),
            ("https://host/a/%74/tk-1/chan", "https://host/a/chan"),
            ("https://host//t/tk-1/chan", "https://host//chan"),
            ("https://host/a/t/tk-1234", "https://host/a"),
            ("https://host/t/t/tk-1/chan", "https://host/chan"),
            ("https://host/t/a/b/t/tk-1/chan", "https://host/b/chan"),
            ("https://host\\t\\tk-1\\chan", "https://host\\chan"),
            ("https://host/sub/t/tk-1/chan::numpy >=1", "https://host/sub/chan::numpy >=1"),
            ("https://host/t/tk-1::numpy=1", "https://host::numpy=1"),
            ("numpy[channel='https://host/a/t/tk-1/c']", "numpy[channel='https://host/a/c']"),
            ("x @ https://h/x.whl?token=1#sha256=ab", "x @ https://h/x.whl#sha256=ab"),
            ("https://h/x?a=1&token=2&b=3", "https://h/x?a=1&b=3"),
            ("https://h/x?Access_Token=1&X-Amz-Signature=2&b=3", "https://h/x?b=3"),
            ("https://h/x?X%2DGoog-Credential=2;sig=1", "https://h/x"),
            ("https://h/x#access_token=1", "https://h/x"),
            ("[https://a/c,https://joe:pw@b/c]", "[https://a/c,https://b/c]"),
            (
                "-i https://j:pw@h/s --find-links 'https://h/a/t/tk-1/c'",
                "-i https://h/s --find-links 'https://h/a/c'",
            ),
        ] {
            assert!(has_secret(text), "{text}");
            assert_eq!(without_secrets(text), clean);
        }
    }

    #[test]
    fn what_is_none_stays() {
        for text in [
            "https://conda.anaconda.org/conda-forge",
            "https://${USER}:${PASS}@host/chan",
            "https://joe:${PASS}@host/chan",
            "https://host/t/${TOKEN}/chan/noarch/x-1-0.conda",
            "https://host/sub/t/$TOKEN/chan",
            "https://host/x?token=${TOKEN}",
            "https://host/a@b/chan",
            "https://host/chan/t/x@y",
            "https://host/c/t/x",
            "https://host/t/noarch/x-1-0.conda",
            "https://host/t/linux-64/x-1-0.conda",
            "https://host/packages/source/t/tqdm/tqdm-4.66.1.tar.gz",
            "https://host/packages/t/typing-extensions/typing_extensions-4.0-py3-none-any.whl",
            "git+https://github.com/t/tool.git@0123abc",
            "git+https://host/org/repo.git@0123abc#subdirectory=sub",
            "git+ssh://git@host/org/repo@0123abc",
            "git+ssh://git@host:org/repo@0123abc",
            "file:///srv/t/folder/chan",
            "https://host:8080/c",
            "https://[::1]:80/c",
            "see https://host, and mail joe@host.org",
            "see https://host: joe@host.org",
            "https://host/x?author=joe&rev=1&design=2#sha256=00",
            "./t/x/chan",
            "conda-forge",
            "",
        ] {
            assert!(!has_secret(text), "{text}");
            assert!(matches!(without_secrets(text), Cow::Borrowed(_)), "{text}");
            assert_eq!(masked(text), text);
        }
    }

    /// Behind `/t/`, what a person has called a folder is told from a token by its length, but only where a token is
    /// least likely: at the end of a path that is deeper than the host.
    #[test]
    fn a_short_token_is_a_token_where_tokens_stand() {
        for (text, clean) in [
            ("https://host/c/t/abcd", "https://host/c"),
            ("https://host/c/t/abcd/", "https://host/c/"),
            ("https://host/c/t/abc/d", "https://host/c/d"),
            ("https://host/t/abc", "https://host"),
            ("https://host/t/a/", "https://host/"),
            // A login and a parameter say what they are, however short they are.
            ("https://a:b@host/c", "https://host/c"),
            ("https://a@host/c", "https://host/c"),
            ("https://host/c?token=a", "https://host/c"),
        ] {
            assert_eq!(without_secrets(text), clean, "{text}");
        }
        for text in [
            "https://host/c/t/abc",
            "https://host/c/t/abc/",
            "https://host/c/t/",
            "https://host/t/",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }

    #[test]
    fn a_mask_leaves_the_rest() {
        for (text, shown) in [
            ("get https://joe:pw@h/c: 403", "get https://joe:***@h/c: 403"),
            ("https://h/a/t/tk-1/c (tk)", "https://h/a/t/***/c (tk)"),
            ("\"https://h/c?a=1&sig=x%2F\"", "\"https://h/c?a=1&sig=***\""),
        ] {
            assert_eq!(masked(text), shown);
            assert_eq!(masked(shown), shown);
            assert_eq!(masked_in_place(text).len(), text.len());
        }
    }

    #[test]
    fn placeholders_are_named() {
        assert_eq!(variables("https://${U}:$P@host/a/t/${T}/chan?sig=$S"), ["P", "S", "T", "U"]);
        assert_eq!(variables("https://host/${CHAN}"), [""; 0]);
        assert_eq!(
            with_curly_placeholders("https://joe:$P@host/a/t/$T/$chan"),
            "https://joe:${P}@host/a/t/${T}/$chan"
        );
        assert_eq!(
            without_credentials("https://${U}:$P@host/a/t/${T}/chan?sig=$S&a=b"),
            "https://host/a/chan?a=b"
        );
    }

    #[test]
    fn escapes_are_resolved() {
        assert_eq!(percent_decoded("a%40b%2Fc%"), "a@b/c%");
        assert_eq!(percent_decoded("%zz%ff"), "%zz%ff");
    }

    proptest! {
        /// Whatever surrounds it, and in company of others.
        #[test]
        fn no_token_is_left(
            host in "(host|HOST\\.example\\.org|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,4})?",
            scheme in "(https?|HTTPS|git\\+https|oci|s3)",
            token in "[A-Za-z0-9][A-Za-z0-9_.~%-]{6,20}[A-Za-z0-9]",
            login in 0..4usize,
            depth in proptest::option::of(0..4usize),
            query in proptest::option::of("(token|sig|X-Amz-Signature|api_key|password)"),
            around in 0..5usize,
        ) {
            // `%` is always an escape in what tools make.
            let token = format!("zq{}", token.replace('%', "%2D"));
            let login = ["", "joe:TOKEN@", "TOKEN@", "TOKEN:@"][login];
            let path = depth.map_or("/chan".to_owned(), |depth| format!("{}/t/TOKEN/chan", "/sub".repeat(depth)));
            let query = query.map_or(String::new(), |name| format!("?a=b&{name}=TOKEN&c=d"));
            let address = format!("{scheme}://{login}{host}{path}{query}");
            let text = match around {
                0 => address.clone(),
                1 => format!("{address}::numpy >=1"),
                2 => format!("name @ {address}#sha256=0123"),
                3 => format!("get ({address}), [{address},{address}]: 403"),
                _ => format!("'{address}' \"{address}\" `{address}`\r\n"),
            };
            let written = text.replace("TOKEN", &token);
            let clean = without_secrets(&written);
            prop_assert!(!clean.contains(&token), "{}", clean);
            prop_assert!(!has_secret(&clean), "{}", clean);
            let shown = masked(&written);
            prop_assert!(!shown.contains(&token), "{}", shown);
            prop_assert_eq!(masked(&shown), shown.as_ref());
            let public = without_secrets(&address).replace("TOKEN", "");
            if let Ok(url) = Url::parse(&public) {
                prop_assert!(url.password().is_none() && url.username().is_empty());
                prop_assert!(url.path().ends_with("chan"), "{}", url);
            }
            // The same with a placeholder is no secret, and one look finds all of it.
            let named = text.replace("TOKEN", "${TOKEN}");
            prop_assert!(!has_secret(&named), "{}", named);
            prop_assert!(!without_credentials(&named).contains("TOKEN"));
        }

        /// Any text at all: ranges are those of characters, and one pass is enough.
        #[test]
        fn any_text_is_looked_at(text in "([a-z/:@?#&=%.,'\" t$]|://|/t/|joe:pw@|sig=|::|é){0,40}") {
            for one in find(&text) {
                prop_assert!(text.get(one.value).is_some() && text.get(one.whole).is_some());
            }
            prop_assert!(!has_secret(&without_secrets(&text)));
            let _ = (masked(&text), without_credentials(&text), with_curly_placeholders(&text));
        }
    }

    #[test]
    fn what_stands_around_an_address_is_no_part_of_it() {
        for (text, clean) in [
            // The word before the scheme, and the sign after the address.
            ("sshhttps://tk@host/c", "sshhttps://host/c"),
            ("see(https://tk-1@host/c).", "see(https://host/c)."),
            ("https://host/c?token=1), next", "https://host/c), next"),
            ("https://host/c?token=${A}b]", "https://host/c]"),
            // A port and a placeholder are no password, a colon without one is none either.
            ("https://host:8080/a@b", "https://host:8080/a@b"),
            ("https://host:${PORT}/a@b", "https://host:${PORT}/a@b"),
            ("https://host:/a@b", "https://host:/a@b"),
            ("https://[::x]/a@b", "https://[::x]/a@b"),
            ("https://joe:80a/b@host/c", "https://host/c"),
            ("ssh://joe:a/b@host/c", "ssh://joe:a/b@host/c"),
            ("ssh://joe:ab@host/c", "ssh://host/c"),
        ] {
            assert_eq!(without_secrets(text), clean, "{text}");
        }
    }

    #[test]
    fn a_folder_of_packages_is_told_from_a_token_by_the_package_in_it() {
        for text in [
            "https://host/t/tqdm/tqdm-4.0.tar.gz",
            "https://host/a/t/Typing_Ext/typing-ext-4.0.whl",
            "https://host/a/t/x.git",
            "https://host/t/x.git@main",
            "https://host/t/noarch/x",
        ] {
            assert_eq!(without_secrets(text), text);
        }
        for (text, clean) in [
            // Another package, none behind the name, a name that does not begin with the letter.
            ("https://host/t/tqdm/other-4.0.tar.gz", "https://host/other-4.0.tar.gz"),
            ("https://host/t/tqdm/tqdm4.0.tar.gz", "https://host/tqdm4.0.tar.gz"),
            ("https://host/t/six/six-1.0.tar.gz", "https://host/six-1.0.tar.gz"),
            // An end alone is no file.
            ("https://host/t/.git", "https://host"),
        ] {
            assert_eq!(without_secrets(text), clean, "{text}");
        }
    }

    /// An address in the query of another one: its token ends with the sign that begins the next parameter.
    #[test]
    fn a_token_and_a_parameter_may_have_a_sign_in_common() {
        assert_eq!(
            without_secrets("https://p/?u=https://h/t/tk&::sig=1"),
            "https://p/?u=https://h"
        );
        assert_eq!(without_secrets("://#a:///t/&::sig=://"), "://#a://");
    }

    #[test]
    fn what_others_have_masked_stays_masked() {
        let text = "get https://joe:********@host/c and https://joe:pw@host/t/***/d";
        assert_eq!(
            masked(text),
            "get https://joe:********@host/c and https://joe:***@host/t/***/d"
        );
        assert_eq!(
            without_unmasked_secrets(text),
            "get https://joe:********@host/c and https://host/t/***/d"
        );
        assert_eq!(
            without_unmasked_secrets("https://joe:${PW}@host/c"),
            "https://joe:${PW}@host/c"
        );
    }
}
