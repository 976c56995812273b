//! A conda dependency as conda-lock keeps it: conda's own MatchSpec, of which name, version, build and channel
//! stay.
//!
//! conda keeps the text of a version where rattler keeps its meaning, and the text is what is hashed. So this
//! follows `_parse_spec_str` of conda step by step, oddities included.

use super::{Common, Dependency, Versioned};
use crate::Manager;

/// The dependency that conda-lock makes of a text. `None` where conda refuses the text.
pub(super) fn dependency(text: &str, category: &str) -> Option<Dependency> {
    let parsed = parse(text)?;
    Some(Dependency::Versioned(Versioned {
        common: Common::new(parsed.name, Manager::Conda, category),
        version: parsed.version.unwrap_or_default(),
        build: parsed.build,
        conda_channel: parsed.channel,
        hash: None,
    }))
}

#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    name: String,
    version: Option<String>,
    build: Option<String>,
    channel: Option<String>,
}

fn parse(text: &str) -> Option<Parsed> {
    let text = text.split('#').next().unwrap_or_default();
    let text = text.split(" if ").next().unwrap_or_default();
    let (text, brackets) = take_section(text, '[', ']');
    // What stands in round brackets is for features that nobody has any more.
    let (text, _) = take_section(&text, '(', ')');
    let pairs = brackets.as_deref().map(pairs).unwrap_or_default();
    let pair =
        |key: &str| pairs.iter().rev().find(|(name, _)| *name == key).map(|(_, value)| *value);

    let mut parts = text.rsplitn(3, ':');
    let spec = parts.next()?;
    let channel = parts.next().and(parts.next());
    if pair("when").is_some() {
        // conda-lock knows no conditions.
        return None;
    }
    let channel = pair("channel").or(channel).filter(|channel| !channel.is_empty());

    let is_operator = |c: char| matches!(c, ' ' | '=' | '<' | '>' | '!' | '~');
    let name_end = spec.find(is_operator).unwrap_or(spec.len());
    let (name, rest) = spec.split_at(name_end);
    if name.is_empty() {
        return None;
    }
    // A lone operator behind a name says nothing.
    let rest = if rest.chars().count() > 1 { rest.trim() } else { "" };
    let (version, build) = if rest.is_empty() { (None, None) } else { version_and_build(rest) };
    let version = pair("version").map(str::to_owned).or(version);
    let build = pair("build").map(str::to_owned).or(build);
    Some(Parsed {
        name: name.to_lowercase(),
        version: version.map(|version| canonical_version(&version)),
        build,
        channel: channel.map(channel_name),
    })
}

/// Takes the last section in such brackets out of a text; the text without any copy of it, and what is inside.
fn take_section(text: &str, open: char, close: char) -> (String, Option<String>) {
    let section = text.rfind(close).and_then(|end| Some((text[..end].rfind(open)?, end)));
    let Some((start, end)) = section else { return (text.to_owned(), None) };
    (text.replace(&text[start..=end], ""), Some(text[start + 1..end].to_owned()))
}

/// `key=value` and `key="value"`, separated by commas or blanks. What is neither is passed over.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let mut pairs = Vec::new();
    let mut rest = text;
    while let Some(equals) = rest.find('=') {
        let before = &rest[..equals];
        let start = before.rfind(|c| !is_key(c)).map_or(0, |at| at + 1);
        let key = &before[start..];
        let after = &rest[equals + 1..];
        rest = after;
        if key.is_empty() {
            continue;
        }
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (value, behind) = if let Some(quote) = quote {
            let inner = &after[1..];
            let Some(end) = inner.find(['"', '\'']) else { continue };
            if !inner[end..].starts_with(quote) {
                continue;
            }
            (&inner[..end], &inner[end + 1..])
        } else {
            let end = after.find([',', ' ', '"', '\'']).unwrap_or(after.len());
            (&after[..end], &after[end..])
        };
        if behind.is_empty() || behind.starts_with([',', ' ']) {
            pairs.push((key, value));
            rest = behind;
        }
    }
    pairs
}

/// What follows a name, as version and build.
fn version_and_build(text: &str) -> (Option<String>, Option<String>) {
    let (version, build) = split_build(text);
    let version: String = version.chars().filter(|c| *c != ' ').collect();
    let bare = version.strip_prefix('=').filter(|bare| !bare.is_empty() && *bare != "=");
    let version = match (bare, bare.and_then(|bare| bare.strip_prefix('='))) {
        (_, Some(exact)) if build.is_none() => exact.to_owned(),
        (Some(bare), _) if !bare.contains(['=', ',', '|']) => {
            let is_open = build.is_none() && !bare.ends_with('*');
            if is_open { format!("{bare}*") } else { bare.to_owned() }
        }
        _ => version,
    };
    (Some(version), build.map(str::to_owned))
}

/// The build is what follows the first blank or `=` that belongs to no operator, when nothing in it could be a
/// version.
fn split_build(text: &str) -> (&str, Option<&str>) {
    let in_version = |c: char| matches!(c, '-' | '=' | ',' | '|' | '<' | '>' | '~');
    let separators = text.char_indices().filter(|(at, c)| *at > 0 && matches!(c, ' ' | '='));
    for (at, _) in separators {
        let joined = text[..at].ends_with(['=', '!', '|', ',', '<', '>', '~']);
        let build = &text[at + 1..];
        if !joined && !build.is_empty() && !build.contains(in_version) {
            return (&text[..at], Some(build.trim()));
        }
    }
    (text, None)
}

/// conda drops round brackets and writes `1.2*` as `1.2.*`.
fn canonical_version(text: &str) -> String {
    let mut out = String::new();
    let mut term = String::new();
    let finish = |term: &mut String, out: &mut String| {
        let text = term.trim();
        let is_prefix = text.ends_with('*')
            && !text.ends_with(".*")
            && text != "*"
            && !text.trim_end_matches('*').contains('*')
            && !text.starts_with(['=', '<', '>', '!', '~']);
        if is_prefix {
            out.push_str(&text[..text.len() - 1]);
            out.push_str(".*");
        } else {
            out.push_str(text);
        }
        term.clear();
    };
    for c in text.chars() {
        match c {
            '(' | ')' => {}
            ',' | '|' => {
                finish(&mut term, &mut out);
                out.push(c);
            }
            _ => term.push(c),
        }
    }
    finish(&mut term, &mut out);
    out
}

/// What is left of a channel: its name without host, login and subdir. conda-lock forgets the rest.
fn channel_name(text: &str) -> String {
    let path = match text.split_once("://") {
        Some(("file", path)) => last_part(path),
        Some((_, rest)) => {
            let path = rest.split_once('/').map_or("", |(_, path)| path).trim_matches('/');
            match path.strip_prefix("t/").and_then(|rest| rest.split_once('/')) {
                Some((_, path)) => path,
                None => path,
            }
        }
        None if text.starts_with(['.', '/', '~']) => last_part(text),
        None => text.trim_matches('/'),
    };
    let name = match path.rsplit_once('/') {
        Some((name, subdir)) if subdir.parse::<lockit_spec::Platform>().is_ok() => name,
        _ => path,
    };
    match name {
        "pkgs/main" | "pkgs/r" => "defaults".to_owned(),
        name => name.to_owned(),
    }
}

fn last_part(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What conda-lock 4.0.3 makes of each text.
    #[test]
    fn texts_become_what_conda_makes_of_them() {
        let made = |text: &str| match parse(text) {
            None => "refused".to_owned(),
            Some(parsed) => format!(
                "{} {:?} {} {}",
                parsed.name,
                parsed.version.unwrap_or_default(),
                parsed.build.unwrap_or_else(|| "-".into()),
                parsed.channel.unwrap_or_else(|| "-".into())
            ),
        };
        for (text, expected) in [
            ("x", "x \"\" - -"),
            ("X_Y.Z", "x_y.z \"\" - -"),
            ("numpy=1.26", "numpy \"1.26.*\" - -"),
            ("x= 1.2", "x \"1.2.*\" - -"),
            ("x = 1.2", "x \"1.2.*\" - -"),
            ("x=2020a", "x \"2020a.*\" - -"),
            ("x=1.*", "x \"1.*\" - -"),
            ("x=1.1*", "x \"1.1.*\" - -"),
            ("x 1*", "x \"1.*\" - -"),
            ("x ==1.*", "x \"1.*\" - -"),
            ("scipy==1.11.1", "scipy \"1.11.1\" - -"),
            ("python >= 3.8, < 3.9", "python \">=3.8,<3.9\" - -"),
            ("x >=1.0 , < 2.0", "x \">=1.0,<2.0\" - -"),
            ("x =1.2 , <3", "x \"=1.2,<3\" - -"),
            ("x 1|2,3", "x \"1|2,3\" - -"),
            ("x=1|2", "x \"=1|2\" - -"),
            ("x >1.*", "x \">1.*\" - -"),
            ("x !=1.0.*", "x \"!=1.0.*\" - -"),
            ("x~=1.1", "x \"~=1.1\" - -"),
            ("x=>1", "x \">1*\" - -"),
            ("x=", "x \"\" - -"),
            ("x=1.2=b*", "x \"1.2\" b* -"),
            ("x==1.2=b", "x \"==1.2\" b -"),
            ("x 1.2 b", "x \"1.2\" b -"),
            ("x=1.2 b", "x \"1.2\" b -"),
            ("x >=1 =b", "x \">=1\" b -"),
            ("x * b", "x \"*\" b -"),
            ("x 1.2.* *_cuda", "x \"1.2.*\" *_cuda -"),
            ("blas[build=mkl]", "blas \"\" mkl -"),
            ("x[build='*mkl*']", "x \"\" *mkl* -"),
            ("x[version=1.2, build=b]", "x \"1.2\" b -"),
            ("x[version='(1|2),3']", "x \"1|2,3\" - -"),
            ("x[build_number=1]", "x \"\" - -"),
            ("x[sub]==1", "x \"1\" - -"),
            ("x[channel='https://h.org/q', version='>=1']", "x \">=1\" - q"),
            ("conda-forge::x>=1", "x \">=1\" - conda-forge"),
            ("conda-forge/linux-64::x", "x \"\" - conda-forge"),
            ("conda-forge:ns:x", "x \"\" - conda-forge"),
            ("ns:x", "x \"\" - -"),
            ("https://user:pw@h.org/a/b::x", "x \"\" - a/b"),
            ("https://h.org/t/tok/a::x", "x \"\" - a"),
            ("https://repo.anaconda.com/pkgs/main::x", "x \"\" - defaults"),
            ("./chan::x", "x \"\" - chan"),
            ("file:///abs/chan::x", "x \"\" - chan"),
            ("=1.2", "refused"),
        ] {
            assert_eq!(made(text), expected, "{text}");
        }
    }
}
