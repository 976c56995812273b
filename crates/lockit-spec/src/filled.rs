//! Addresses with their variables filled in.
//!
//! A text that others write names a variable and the place where it goes, so this is the one module that puts a value into
//! an address. Where a placeholder stands is not read from the text, but from what [`Url`] makes of it, since that is what
//! decides who is asked: each is replaced by a word that means nothing, and looked for in the parts of the address.
//! What conceals a value again, and writes it back, reads the text (`credentials.rs`). So a place counts only where both read
//! the same, and an address that a parser changes (`.`, `..`) takes no variable.

use std::fmt::Write as _;
use std::ops::Range;

use lockit_diagnostic::Hint;
use url::Url;

use crate::AllowedHost;
use crate::credentials::{self, CredentialKind, percent_decoded, without_secrets};
use crate::kept_variables::is_kept_variable;
use crate::placeholder::{Placeholder, placeholders};

/// The variables that there are, and where they may go.
pub trait VariableValues {
    /// The value of a variable.
    fn value(&self, name: &str) -> Option<String>;

    /// The hosts that a person has said it is for; empty when nobody said anything.
    fn hosts(&self, name: &str) -> &[AllowedHost] {
        let _ = name;
        &[]
    }
}

/// Variables of which nobody said where they may go.
impl<F: Fn(&str) -> Option<String>> VariableValues for F {
    fn value(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// A text with its variables filled in. It holds secrets: it is for requests, never for lockfiles, logs or messages.
#[derive(Clone, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// What was filled in, as it stands in the text and as the variable has it, with the name of the variable. Names of
    /// users beside a password are none of them.
    pub secrets: Vec<(String, String)>,
}

impl std::fmt::Debug for Filled {
    /// Never shows a value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.secrets.iter().map(|(_, name)| name)).finish()
    }
}

/// A variable is not filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` {why}")]
pub struct NotFilled {
    /// The variable.
    pub name: String,
    /// The text without secrets.
    pub text: String,
    /// Why.
    pub why: NotFilledReason,
    /// The host, with its port where it has one, that the address leads to.
    pub host: Option<String>,
}

/// Why a variable is not filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotFilledReason {
    /// It has no value.
    #[error("is not set")]
    Unset,
    /// It stands where none is filled in.
    #[error("stands {0}, where none is filled in")]
    Place(&'static str),
    /// It belongs to a CI system or the like.
    #[error("belongs to a CI system or to another tool, and no file may have it sent to a host")]
    Kept,
    /// It is for other hosts.
    #[error("may be sent to {0} alone")]
    Elsewhere(String),
    /// Its value would lead elsewhere.
    #[error("has a value that changes where the address leads")]
    LeadsElsewhere,
}

impl Hint for NotFilled {
    fn hints(&self) -> Vec<String> {
        let Self { name, host, .. } = self;
        match (&self.why, host) {
            (NotFilledReason::Unset, _) => vec!["set it and run it again".to_owned()],
            (NotFilledReason::Place(_) | NotFilledReason::Kept, Some(host)) => vec![
                "variables are filled in as a login (`https://${USER}:${PASSWORD}@host`) or behind `/t/` \
                 (`https://host/t/${TOKEN}/channel`), unless they belong to a CI system"
                    .to_owned(),
                format!(
                    "if it is meant for `{host}`, say so outside of the project: `--allow-variable {name}={host}`, \
                     or `{name}={host}` in `LOCKIT_ALLOW_VARIABLES`"
                ),
            ],
            (NotFilledReason::Place(_) | NotFilledReason::Kept, None) => vec![
                "variables are filled in as a login (`https://${USER}:${PASSWORD}@host`) or behind `/t/` \
                 (`https://host/t/${TOKEN}/channel`)"
                    .to_owned(),
            ],
            (NotFilledReason::Elsewhere(_), Some(host)) => vec![format!(
                "if it is meant for `{host}` as well, add `--allow-variable {name}={host}`"
            )],
            (NotFilledReason::Elsewhere(_), None) => Vec::new(),
            (NotFilledReason::LeadsElsewhere, _) => {
                vec!["look at its value; what has a meaning in addresses is written as `%40`".to_owned()]
            }
        }
    }
}

/// Where a placeholder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A name beside a password.
    User,
    /// A password, or a login that is but one word.
    Login,
    /// Behind `/t/`.
    Token,
    Other(&'static str),
}

const OUTSIDE: Place = Place::Other("outside of any address");

/// Fills in the variables of the addresses in a text: an address, or a line that has some.
///
/// A variable is filled in as a login or behind `/t/`, unless it is [kept](is_kept_variable). One with
/// [hosts](VariableValues::hosts) is filled in where the address leads to one of them, in any place, and nowhere else.
///
/// # Errors
/// The first variable that is not filled in. Nothing is then.
pub fn fill(text: &str, variables: &dyn VariableValues) -> Result<Filled, NotFilled> {
    let mut filled = Filled { text: String::with_capacity(text.len()), secrets: Vec::new() };
    let mut end = 0;
    for word in words(text) {
        filled.text.push_str(&text[end..word.start]);
        end = word.end;
        Word { text, at: word.start, word: &text[word], variables }.fill(&mut filled)?;
    }
    filled.text.push_str(&text[end..]);
    Ok(filled)
}

/// The parts of a text that an address can be.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let splits =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let mut start = 0;
    text.split(splits).filter_map(move |word| {
        // The sign between two words is not always one byte long.
        let at = start + text[start..].find(word)?;
        start = at + word.len();
        Some(at..start)
    })
}

struct Word<'a> {
    text: &'a str,
    /// Where it begins in the text.
    at: usize,
    word: &'a str,
    variables: &'a dyn VariableValues,
}

impl Word<'_> {
    fn fill(&self, filled: &mut Filled) -> Result<(), NotFilled> {
        let Self { word, .. } = *self;
        let found: Vec<Placeholder<'_>> = placeholders(word).collect();
        let Some(first) = found.first() else {
            filled.text.push_str(word);
            return Ok(());
        };
        let refuse = |placeholder: &Placeholder<'_>, why, url: Option<&Url>| NotFilled {
            name: placeholder.name.to_owned(),
            text: without_secrets(self.text).into_owned(),
            why,
            host: url.and_then(shown_host),
        };
        let outside = || refuse(first, NotFilledReason::Place("outside of any address"), None);
        let Some(start) = address_start(word).filter(|start| *start <= first.range.start) else {
            return Err(outside());
        };
        let marks = Marks::new(self.text);
        let marked = marks.instead(word, &found);
        let parsed = Url::parse(without_vcs(&marked[start..])).ok();
        let Some(parsed) = parsed.filter(|_| self.is_read_alike(&marked, start)) else {
            return Err(refuse(first, NotFilledReason::Place("in what is no address"), None));
        };
        if has_dots(&marked[start..]) {
            let why = NotFilledReason::Place("in an address with `.` or `..` in its path");
            return Err(refuse(first, why, None));
        }
        let longer = self.longer_readings(&marked, start);
        let mut values = Vec::new();
        for (number, placeholder) in found.iter().enumerate() {
            let mark = marks.mark(number);
            let refuse = |url: &Url, why| {
                refuse(placeholder, why, Some(url).filter(|url| !marks.is_in_host(url)))
            };
            let permitted = |url: &Url| {
                self.permitted(placeholder.name, url, &mark).map_err(|why| refuse(url, why))
            };
            for url in &longer {
                permitted(url)?;
            }
            let place = permitted(&parsed)?;
            let refuse = |why| refuse(&parsed, why);
            if !self.is_concealed(placeholder, place, &parsed) {
                return Err(refuse(NotFilledReason::Place("where no login or token is read")));
            }
            let value = self.variables.value(placeholder.name);
            let value = value.ok_or_else(|| refuse(NotFilledReason::Unset))?;
            values.push((place, value));
        }
        let mut out = String::with_capacity(word.len());
        let mut end = 0;
        let mut secrets = Vec::new();
        for (placeholder, (place, value)) in found.iter().zip(&values) {
            out.push_str(&word[end..placeholder.range.start]);
            end = placeholder.range.end;
            let escaped = escaped(value, *place);
            out.push_str(&escaped);
            if matches!(place, Place::Login | Place::Token | Place::Other(_)) {
                secrets.push((value.clone(), placeholder.name.to_owned()));
                secrets.push((escaped, placeholder.name.to_owned()));
            }
        }
        out.push_str(&word[end..]);
        let leads = |url: &Url| {
            let host = url.host_str().unwrap_or_default().to_owned();
            (url.scheme().to_owned(), host, url.port_or_known_default())
        };
        let there = Url::parse(without_vcs(&out[start..])).ok();
        if there.as_ref().map(leads) != Some(leads(&parsed)) {
            return Err(refuse(first, NotFilledReason::LeadsElsewhere, Some(&parsed)));
        }
        filled.text.push_str(&out);
        filled.secrets.extend(secrets);
        Ok(())
    }

    /// Where a placeholder stands in an address, if a variable may be sent there.
    fn permitted(&self, name: &str, url: &Url, mark: &str) -> Result<Place, NotFilledReason> {
        let place = place(url, mark);
        let hosts = self.variables.hosts(name);
        let is_in_host = url.host_str().unwrap_or_default().to_ascii_lowercase().contains(mark);
        if hosts.is_empty() {
            if let Place::Other(place) = place {
                return Err(NotFilledReason::Place(place));
            }
            if is_kept_variable(name) {
                return Err(NotFilledReason::Kept);
            }
        } else if is_in_host || place == OUTSIDE {
            return Err(NotFilledReason::Place("in the host"));
        } else if !hosts.iter().any(|host| host.is_of(url)) {
            let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
            return Err(NotFilledReason::Elsewhere(hosts.join(", ")));
        }
        Ok(place)
    }

    /// Whether what looks for credentials in the text finds one where the placeholder stands: in `/t/a/t/${T}` it is `a`.
    fn is_concealed(&self, placeholder: &Placeholder<'_>, place: Place, url: &Url) -> bool {
        let at = self.at + placeholder.range.start..self.at + placeholder.range.end;
        let covers = |range: &Range<usize>| range.start <= at.start && at.end <= range.end;
        let word = self.at..self.at + self.word.len();
        let mut found = credentials::find(self.text)
            .into_iter()
            .filter(|one| word.start <= one.whole.start && one.whole.end <= word.end);
        match place {
            Place::Other(_) => true,
            // Behind `ssh://` a lone name is an account.
            Place::User | Place::Login if url.scheme() == "ssh" => true,
            // conda takes the first `/t/`, and nobody a second one.
            Place::Token => found
                .find(|one| one.kind == CredentialKind::Token)
                .is_some_and(|first| covers(&first.value)),
            Place::User | Place::Login => found.any(|one| match &one.kind {
                CredentialKind::Login { user } => {
                    covers(&one.value) || user.as_ref().is_some_and(covers)
                }
                _ => false,
            }),
        }
    }

    /// Whether the host is the same for whoever reads on behind the word. Parsers of addresses drop tabs and line ends, and
    /// some take a blank or a quote for a part of the address; until a slash, an `@` that comes later changes the host.
    fn is_read_alike(&self, marked: &str, start: usize) -> bool {
        let authority =
            marked[start..].find("://").map_or("", |scheme| &marked[start + scheme + 3..]);
        let is_closed = authority.contains(['/', '?', '#']);
        let is_last = self.text[self.at + self.word.len()..].trim().is_empty();
        // `\` is a slash to some and a character to others.
        !self.text.contains('\\')
            && !self.text.trim().contains(char::is_control)
            && (is_closed || is_last)
    }

    /// The addresses that begin before the word, as read by somebody to whom the word is a part of them.
    fn longer_readings(&self, marked: &str, start: usize) -> Vec<Url> {
        let before = &self.text[..self.at];
        let text = format!("{before}{marked}");
        text[..self.at + start]
            .match_indices(':')
            .map(|(colon, _)| scheme_start(&text, colon))
            .filter_map(|scheme| Url::parse(without_vcs(&text[scheme..])).ok())
            .filter(Url::has_host)
            .collect()
    }
}

/// Words that stand in the place of placeholders, and are nowhere else.
struct Marks {
    stem: String,
}

impl Marks {
    fn new(word: &str) -> Self {
        let decoded = percent_decoded(word).to_ascii_lowercase();
        let mut stem = "filledin".to_owned();
        while decoded.contains(&stem) || word.to_ascii_lowercase().contains(&stem) {
            stem.push('q');
        }
        Self { stem }
    }

    /// Each ends with a letter, so that none begins with another.
    fn mark(&self, number: usize) -> String {
        format!("{}{number}z", self.stem)
    }

    fn instead(&self, word: &str, found: &[Placeholder<'_>]) -> String {
        let mut marked = word.to_owned();
        for (number, placeholder) in found.iter().enumerate().rev() {
            marked.replace_range(placeholder.range.clone(), &self.mark(number));
        }
        marked
    }

    fn is_in_host(&self, url: &Url) -> bool {
        url.host_str().unwrap_or_default().to_ascii_lowercase().contains(&self.stem)
    }
}

/// Where the scheme of the first address in a word begins.
fn address_start(word: &str) -> Option<usize> {
    let mark = word.find("://")?;
    Some(scheme_start(word, mark))
}

/// Where the scheme begins that ends before a colon.
fn scheme_start(text: &str, colon: usize) -> usize {
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text[..colon].trim_end_matches(is_scheme).len()
}

/// Whether a parser takes segments out of the path of an address, as it does with `.`, `..` and `%2e`. A bracket or a colon
/// behind them belongs to what the address is a part of.
fn has_dots(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.split(['/', ':', ']', ',', ';'])
        .map(percent_decoded)
        .any(|segment| segment == "." || segment == "..")
}

/// Whether an address of a text has a variable and [segments](has_dots) that get lost where it is parsed.
pub(crate) fn loses_segments(text: &str) -> bool {
    words(text).map(|at| &text[at]).any(|word| {
        placeholders(word).next().is_some()
            && address_start(word).is_some_and(|start| has_dots(&word[start..]))
    })
}

/// `git+https://host` is asked as `https://host`. The sign counts in the scheme alone, which ends at the first colon:
/// `http:host/a+b` is asked as it stands.
fn without_vcs(address: &str) -> &str {
    let scheme = address.find(':').unwrap_or_default();
    address[..scheme].rfind('+').map_or(address, |plus| &address[plus + 1..])
}

/// Which part of an address has the mark.
fn place(url: &Url, mark: &str) -> Place {
    let has = |text: &str| text.to_ascii_lowercase().contains(mark);
    if url.host_str().is_some_and(has) {
        return Place::Other("in the host");
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Place::Other("in an address without a host");
    }
    if url.password().is_some_and(has) {
        return Place::Login;
    }
    if has(url.username()) {
        return if url.password().is_none_or(str::is_empty) { Place::Login } else { Place::User };
    }
    if url.query().is_some_and(has) {
        return Place::Other("in the query");
    }
    if url.fragment().is_some_and(has) {
        return Place::Other("in the fragment");
    }
    let segments: Vec<&str> = url.path().split('/').collect();
    match segments.iter().position(|segment| has(segment)) {
        Some(at) if at > 0 && percent_decoded(segments[at - 1]) == "t" => Place::Token,
        Some(_) => Place::Other("in the path"),
        None => OUTSIDE,
    }
}

/// A value with what would end its place in an address escaped. What is escaped already stays.
fn escaped(value: &str, place: Place) -> String {
    let escapes = |c: char| match place {
        // A login may be `user:password` in one.
        Place::User | Place::Login => "/?#[]@\\^|;=\"<>`{} ".contains(c),
        Place::Token => "/?#\\\"<>`{} ".contains(c),
        Place::Other(_) => "?#\\\"<>`{} ".contains(c),
    };
    let mut out = String::with_capacity(value.len());
    for (at, c) in value.char_indices() {
        let is_escape = c == '%'
            && value
                .as_bytes()
                .get(at + 1..at + 3)
                .is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if escapes(c) || c.is_control() || (c == '%' && !is_escape) {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// `host:port`, without the port where it is that of the scheme.
fn shown_host(url: &Url) -> Option<String> {
    let host = url.host_str().filter(|host| !host.is_empty())?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AllowedVariables;

    struct Values(AllowedVariables);

    impl VariableValues for Values {
        fn value(&self, name: &str) -> Option<String> {
            let value = match name {
                "UNSET" => return None,
                "ODD" => "a@b/c?d#e%f%41:g",
                "UP" => "../../x",
                "ID" => "42",
                _ => return Some(format!("v-{}", name.to_lowercase())),
            };
            Some(value.to_owned())
        }

        fn hosts(&self, name: &str) -> &[AllowedHost] {
            self.0.hosts(name)
        }
    }

    fn values(pairs: &str) -> Values {
        let mut allowed = AllowedVariables::default();
        allowed.allow_all(pairs).unwrap();
        Values(allowed)
    }

    fn filled(text: &str, pairs: &str) -> Result<String, String> {
        let why = |error: NotFilled| {
            assert!(!error.text.contains("v-"), "{error:?}");
            error.to_string().replace("the environment variable ", "")
        };
        fill(text, &values(pairs)).map(|filled| filled.text).map_err(why)
    }

    #[test]
    fn a_login_and_a_token_are_filled_in() {
        for (text, expected) in [
            ("https://${A}:${B}@host/c", "https://v-a:v-b@host/c"),
            ("https://$A:$B@host:8080/c", "https://v-a:v-b@host:8080/c"),
            ("https://${A}@host/c", "https://v-a@host/c"),
            ("https://joe:x${B}@host/c", "https://joe:xv-b@host/c"),
            ("https://host/t/${A}/c", "https://host/t/v-a/c"),
            ("https://host/sub/t/$A/c", "https://host/sub/t/v-a/c"),
            ("https://host/%74/${A}/c", "https://host/%74/v-a/c"),
            ("https://HOST/t/${A}", "https://HOST/t/v-a"),
            ("https://joe:${ODD}@host/c", "https://joe:a%40b%2Fc%3Fd%23e%25f%41:g@host/c"),
            ("https://host/t/${ODD}/c", "https://host/t/a@b%2Fc%3Fd%23e%25f%41:g/c"),
            ("https://host/t/${UP}/c", "https://host/t/..%2F..%2Fx/c"),
            (
                "x @ git+https://${A}:${B}@host/x.git@rev#egg=x",
                "x @ git+https://v-a:v-b@host/x.git@rev#egg=x",
            ),
            ("x @ git+ssh://${A}@host/x", "x @ git+ssh://v-a@host/x"),
            (
                "x @ https://u:${A}@h/x.whl --hash=sha256:00",
                "x @ https://u:v-a@h/x.whl --hash=sha256:00",
            ),
            (
                "http://127.0.0.1:80/t/${A}/c and https://[::1]/t/${B}/c",
                "http://127.0.0.1:80/t/v-a/c and https://[::1]/t/v-b/c",
            ),
            ("conda-forge", "conda-forge"),
            ("https://host/$/${1}/c", "https://host/$/${1}/c"),
            ("é https://host/t/${A}/é", "é https://host/t/v-a/é"),
        ] {
            assert_eq!(filled(text, ""), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn nothing_is_filled_in_elsewhere() {
        for (text, why) in [
            ("https://${A}/c", "`A` stands in the host"),
            ("https://${A}.evil.org/c", "`A` stands in the host"),
            ("https://joe@${A}.evil.org/c", "`A` stands in the host"),
            ("https://u:${B}@${A}.evil.org/c", "`A` stands in the host"),
            ("https://host:${A}/c", "`A` stands in what is no address"),
            ("${A}://host/c", "`A` stands outside"),
            ("$A://host/c", "`A` stands outside"),
            ("https://host/${A}/c", "`A` stands in the path"),
            ("https://host/t/x/${A}/c", "`A` stands in the path"),
            ("https://host/t${A}/c", "`A` stands in the path"),
            ("https://host/T/${A}/c", "`A` stands in the path"),
            ("https://host/x/t/../${A}", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/./../${A}", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/./${A}/c", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/x/../${A}/c", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/%2e/${A}/c", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/x/%2E./${A}/c", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/${A}/c/..", "`A` stands in an address with `.` or `..`"),
            ("https://u:${A}@host/x/../c", "`A` stands in an address with `.` or `..`"),
            ("x @ git+https://${A}@host/./x.git", "`A` stands in an address with `.` or `..`"),
            ("https://host/t/a/t/${A}/c", "`A` stands where no login or token is read"),
            ("https://host/t/a/b/t/${A}/c", "`A` stands where no login or token is read"),
            ("https://host/t/x::${A}/c", "`A` stands where no login or token is read"),
            ("https://host/c?token=${A}", "`A` stands in the query"),
            ("https://host/c?x=/t/${A}/", "`A` stands in the query"),
            ("https://host/c#/t/${A}", "`A` stands in the fragment"),
            ("https://host/c?https://u:${A}@x/", "`A` stands in the query"),
            ("https://host/https://u:${A}@x/", "`A` stands in the path"),
            ("https://evil/x@${A}/c", "`A` stands in the path"),
            ("https://evil\\@${A}/c", "`A` stands in what is no address"),
            ("https://evil\\t\\${A}/c", "`A` stands in what is no address"),
            ("https://evil\t/t/${A}/c", "`A` stands outside"),
            ("https:/evil/t/${A}/c", "`A` stands outside"),
            ("https:evil/t/${A}/c", "`A` stands outside"),
            ("//evil/t/${A}/c", "`A` stands outside"),
            ("file:///t/${A}/c", "`A` stands in an address without a host"),
            ("t/${A}/c", "`A` stands outside"),
            ("./${A}", "`A` stands outside"),
            ("-e ./$A", "`A` stands outside"),
            ("six ; os_name == '${A}'", "`A` stands outside"),
            ("https://u:${GITHUB_TOKEN}@host/c", "`GITHUB_TOKEN` belongs"),
            ("https://host/t/${gitHub_token}/c", "`gitHub_token` belongs"),
            ("https://host/t/$AWS_SECRET_ACCESS_KEY/c", "`AWS_SECRET_ACCESS_KEY` belongs"),
            ("https://${CI_JOB_TOKEN}@host/c", "`CI_JOB_TOKEN` belongs"),
            ("https://u:${UNSET}@host/c", "`UNSET` is not set"),
        ] {
            let error = filled(text, "").expect_err(text);
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_pair_allows_and_restricts() {
        let pairs = "GITHUB_TOKEN=host ID=host:8080,ID=other MINE=host UP=host";
        for (text, expected) in [
            ("https://u:${GITHUB_TOKEN}@host/c", "https://u:v-github_token@host/c"),
            ("https://u:${GITHUB_TOKEN}@HOST:81/c", "https://u:v-github_token@HOST:81/c"),
            ("https://other/p/${ID}/simple/", "https://other/p/42/simple/"),
            ("https://host:8080/p/${ID}/simple/?x=${ID}", "https://host:8080/p/42/simple/?x=42"),
            ("https://host/t/${MINE}/c", "https://host/t/v-mine/c"),
        ] {
            assert_eq!(filled(text, pairs), Ok(expected.to_owned()), "{text}");
        }
        for (text, why) in [
            ("https://u:${GITHUB_TOKEN}@evil/c", "`GITHUB_TOKEN` may be sent to `host` alone"),
            ("https://u:${GITHUB_TOKEN}@host.evil/c", "`GITHUB_TOKEN` may be sent"),
            ("https://host@evil/t/${GITHUB_TOKEN}/c", "`GITHUB_TOKEN` may be sent"),
            ("https://host/p/${ID}/simple/", "`ID` may be sent to `host:8080`, `other` alone"),
            ("https://evil/t/${MINE}/c", "`MINE` may be sent"),
            ("https://${MINE}/c", "`MINE` stands in the host"),
            ("https://${MINE}@${OTHER}/c", "`MINE` may be sent"),
            ("file:///${MINE}", "`MINE` may be sent"),
            ("https://evil/c?https://host/t/${MINE}/c", "`MINE` may be sent"),
        ] {
            let error = filled(text, pairs).expect_err(text);
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }

    /// A channel, a row of a lockfile and a line of pip are read by three parsers, and none of them ends an address where
    /// the others do.
    #[test]
    fn a_host_is_the_same_for_every_reader() {
        let pairs = "GITHUB_TOKEN=github.com MINE=github.com";
        for text in [
            "http://joe:${GITHUB_TOKEN}@github.com'.evil.org/c",
            "http://joe:${GITHUB_TOKEN}@github.com'",
            "http://joe:${GITHUB_TOKEN}@github.com\".evil.org/c",
            "http://joe:${GITHUB_TOKEN}@github.com`.evil.org/c",
            "http://joe:${GITHUB_TOKEN}@github.com<@evil.org/c",
            "http://joe:${GITHUB_TOKEN}@github.com @evil.org/c",
            "x @ http://joe:${GITHUB_TOKEN}@github.com @evil.org ;@github.com/c",
            "x @ http://joe:${GITHUB_TOKEN}@github.com\t.evil.org/c",
            "x @ http://joe:${GITHUB_TOKEN}@github.com\n.evil.org/c",
            "x @ http://joe:${GITHUB_TOKEN}@github.com\u{3000}@evil.org/c",
            "http://evil.org/'http://joe:${GITHUB_TOKEN}@github.com/c",
            "http://evil.org/ http://joe:${GITHUB_TOKEN}@github.com/c",
            "x @ git+http://evil.org/ http://joe:${GITHUB_TOKEN}@github.com/c",
            "x @ http:evil.org/ http://joe:${GITHUB_TOKEN}@github.com/c",
            "x @ ht\ttp:evil.org/ http://joe:${GITHUB_TOKEN}@github.com/c",
            "http:evil.org/a+b http://joe:${GITHUB_TOKEN}@github.com/c",
            "x @ http:/evil.org/+'http://joe:${GITHUB_TOKEN}@github.com/c",
            "x @ git+http:evil.org/+ http://joe:${GITHUB_TOKEN}@github.com/c",
            "x @ HTTPS:/evil.org/?'https://github.com/t/${MINE}/c",
        ] {
            assert!(filled(text, pairs).is_err(), "{text}");
        }
        for (text, expected) in [
            (
                "--index-url 'https://u:${MINE}@github.com/x'",
                "--index-url 'https://u:v-mine@github.com/x'",
            ),
            (
                "x @ https://u:${MINE}@github.com/x.whl ; os_name == 'nt'",
                "x @ https://u:v-mine@github.com/x.whl ; os_name == 'nt'",
            ),
            ("-f https://u:${MINE}@github.com  ", "-f https://u:v-mine@github.com  "),
            (
                "x[a,b] @ git+https://${MINE}@github.com/o/x.git@v1",
                "x[a,b] @ git+https://v-mine@github.com/o/x.git@v1",
            ),
        ] {
            assert_eq!(filled(text, pairs), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_to_do_is_said() {
        let hints =
            |text: &str, pairs: &str| fill(text, &values(pairs)).unwrap_err().hints().join("\n");
        assert!(hints("https://h:8/${A}/c", "").contains("`--allow-variable A=h:8`"));
        assert!(hints("https://u:${GH_TOKEN}@h/c", "").contains("`--allow-variable GH_TOKEN=h`"));
        assert!(hints("https://u:${A}@h/c", "A=x").contains("`--allow-variable A=h`"));
        assert!(!hints("https://${A}/c", "").contains("--allow-variable"));
        assert_eq!(hints("https://h/t/${UNSET}/c", ""), "set it and run it again");
    }

    #[test]
    fn secrets_are_told_and_not_shown() {
        let filled = fill("https://${A}:${ODD}@host/t/${B}/c", &values("")).unwrap();
        let names: Vec<&str> = filled.secrets.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["ODD", "ODD", "B", "B"]);
        assert!(!format!("{filled:?}").contains("v-"));
        let alone = fill("https://${A}@host/c", &values("")).unwrap();
        assert_eq!(alone.secrets[0], ("v-a".to_owned(), "A".to_owned()));
    }
}
