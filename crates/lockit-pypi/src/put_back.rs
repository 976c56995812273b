//! Variables put back into the addresses that uv answers with.
//!
//! It goes by the parts of an address, never by what a variable holds: a project number is in every other digest, and a host is
//! in the names of others. What is put back is the login of the index that an archive is from, and the folders that its path
//! has in common with that of the index.

use lockit_spec::ChannelRef;
use lockit_spec::credentials::{self, Credential, CredentialKind, percent_decoded};
use url::Url;

/// An address as it is written, and as it was asked.
pub(crate) struct Asked {
    written: String,
    asked: String,
}

impl Asked {
    /// The address in a text that was filled in: an index, or a requirement with an address. `None` without one.
    pub(crate) fn new(written: &str, asked: &str) -> Option<Self> {
        Some(Self { written: address(written)?.to_owned(), asked: address(asked)?.to_owned() })
    }

    fn has_variable(&self) -> bool {
        !ChannelRef { text: self.written.clone(), origin: None }.variables().is_empty()
    }
}

/// An address with the variables of the index that it is from; as it is when it is from none that has some.
pub(crate) fn put_back(address: &str, indexes: &[Asked]) -> String {
    let unchanged = || address.to_owned();
    let (Some(parts), Ok(url)) = (Parts::of(address), Url::parse(address)) else {
        return unchanged();
    };
    let is_there = |index: &&Asked| {
        Url::parse(&index.asked).is_ok_and(|asked| {
            asked.host_str() == url.host_str()
                && asked.port_or_known_default() == url.port_or_known_default()
        })
    };
    let closeness = |index: &Asked| {
        let common = Parts::of(&index.asked).map_or(0, |asked| asked.common(&parts));
        (common, index.has_variable())
    };
    // The first one of those that are equally close.
    let Some(index) = indexes.iter().filter(is_there).rev().max_by_key(|index| closeness(index))
    else {
        return unchanged();
    };
    let (Some(written), Some(asked)) = (Parts::of(&index.written), Parts::of(&index.asked)) else {
        return unchanged();
    };
    let login = match (parts.login, placeholder_login(&index.written)) {
        ("", login) => login.unwrap_or_default(),
        (login, Some(written)) if percent_decoded(login) == percent_decoded(asked.login) => written,
        (login, _) => login,
    };
    let common = asked.common(&parts);
    let mut path: Vec<&str> = parts.folders.clone();
    if written.folders.len() == asked.folders.len() {
        path[..common].copy_from_slice(&written.folders[..common]);
    }
    let is_whole = common == parts.folders.len() && common == asked.folders.len();
    let tail = if is_whole && asked.tail == parts.tail { written.tail } else { parts.tail };
    format!("{}://{login}{}/{}{tail}", parts.scheme, parts.host, path.join("/"))
}

/// `user:${PASSWORD}@` of an address.
fn placeholder_login(written: &str) -> Option<&str> {
    let is_login =
        |one: &Credential| matches!(one.kind, CredentialKind::Login { .. }) && one.is_placeholder;
    let login = credentials::find(written).into_iter().find(is_login)?;
    Some(&written[login.whole])
}

/// The first address of a text.
fn address(text: &str) -> Option<&str> {
    let word = text.split_whitespace().find(|word| word.contains("://"))?;
    let word = word.trim_matches(['"', '\'']);
    let mark = word.find("://")?;
    let scheme = word[..mark].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
    Some(&word[scheme.len()..])
}

/// The parts of an address, as they are written.
struct Parts<'a> {
    scheme: &'a str,
    /// With its `@`.
    login: &'a str,
    host: &'a str,
    folders: Vec<&'a str>,
    /// Query and fragment, with the sign before them.
    tail: &'a str,
}

impl<'a> Parts<'a> {
    fn of(address: &'a str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(authority);
        let host = authority.rfind('@').map_or(0, |at| at + 1);
        let (login, host) = authority.split_at(host);
        let (path, tail) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        let folders = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        Some(Self { scheme, login, host, folders, tail })
    }

    /// How many folders from the first one on are the same.
    fn common(&self, other: &Self) -> usize {
        let pairs = self.folders.iter().zip(&other.folders);
        pairs
            .take_while(|(one, other)| {
                !one.is_empty() && percent_decoded(one) == percent_decoded(other)
            })
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(written: &str, asked: &str) -> Asked {
        Asked::new(written, asked).unwrap()
    }

    #[test]
    fn only_the_index_of_an_archive_is_written_back() {
        let indexes = [
            index("https://pub.example/simple/", "https://pub.example/simple/"),
            index(
                "https://host/projects/${CI_PROJECT_ID}/simple/",
                "https://host/projects/42/simple/",
            ),
            index("https://${U}:${P}@login/simple", "https://jo:ab@login/simple"),
            index("https://open/${TEAM}/simple", "https://open/a%20b/simple"),
        ];
        for (address, expected) in [
            // A digest that has the number in it, and a host that does.
            (
                "https://files.pythonhosted.org/packages/a1c67423c995/six-42.0.whl",
                "https://files.pythonhosted.org/packages/a1c67423c995/six-42.0.whl",
            ),
            ("https://42.example/projects/42/six.whl", "https://42.example/projects/42/six.whl"),
            (
                "https://host/projects/42/files/0042/six-42.whl#sha256=42",
                "https://host/projects/${CI_PROJECT_ID}/files/0042/six-42.whl#sha256=42",
            ),
            ("https://host/files/42/six.whl", "https://host/files/42/six.whl"),
            ("https://host:444/projects/42/six.whl", "https://host:444/projects/42/six.whl"),
            ("https://login/files/jo/ab.whl", "https://${U}:${P}@login/files/jo/ab.whl"),
            ("https://jo:ab@login/files/x.whl", "https://${U}:${P}@login/files/x.whl"),
            ("https://other:one@login/files/x.whl", "https://other:one@login/files/x.whl"),
            ("https://open/a b/six.whl", "https://open/${TEAM}/six.whl"),
            ("../wheels/42.whl", "../wheels/42.whl"),
        ] {
            assert_eq!(put_back(address, &indexes), expected);
        }
    }

    #[test]
    fn a_requirement_with_an_address_is_its_own_index() {
        let direct = [
            index(
                "six @ https://${U}:${P}@h/x/six.whl?a=${Q} --hash=sha256:00",
                "six @ https://u:p@h/x/six.whl?a=q --hash=sha256:00",
            ),
            index(
                "tool @ git+https://joe:${P}@g/t/tool.git@rev",
                "tool @ git+https://joe:p@g/t/tool.git@rev",
            ),
        ];
        assert_eq!(
            put_back("https://h/x/six.whl?a=q", &direct),
            "https://${U}:${P}@h/x/six.whl?a=${Q}"
        );
        assert_eq!(put_back("https://g/t/tool.git", &direct), "https://joe:${P}@g/t/tool.git");
        assert!(Asked::new("six >=1", "six >=1").is_none());
    }

    #[test]
    fn the_closest_index_of_a_host_is_meant() {
        let indexes = [
            index("https://${A}@h/one/simple", "https://a@h/one/simple"),
            index("https://${B}@h/two/simple", "https://b@h/two/simple"),
            index("https://h/open/simple", "https://h/open/simple"),
        ];
        assert_eq!(put_back("https://h/two/x.whl", &indexes), "https://${B}@h/two/x.whl");
        assert_eq!(put_back("https://h/files/x.whl", &indexes), "https://${A}@h/files/x.whl");
        assert_eq!(put_back("https://h/open/x.whl", &indexes), "https://h/open/x.whl");
    }
}
