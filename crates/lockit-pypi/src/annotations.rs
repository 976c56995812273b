//! Who needs what and which index it is from, by the comments that uv writes behind each line:
//! `idna==3.7  # via requests, rich`, and below it `# from https://host/simple`.
//!
//! `pylock.toml` has keys for both, which uv leaves out.

use std::collections::{BTreeMap, BTreeSet};

use lockit_spec::split_pypi_name;

use crate::provided::normalised;

/// What the lines of a compiled requirements file say besides versions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Annotations {
    /// The packages that each package needs.
    pub(crate) depends: BTreeMap<String, BTreeSet<String>>,
    /// The extras of each package that are wanted.
    pub(crate) extras: BTreeMap<String, Vec<String>>,
    /// Versions of packages from indexes.
    pub(crate) versions: BTreeMap<String, String>,
    indexes: BTreeMap<String, String>,
}

impl Annotations {
    /// The index that a package is from, or the folder or page of `--find-links`, without login and slash at its end.
    /// `None` for what was asked for by its address.
    pub(crate) fn index(&self, name: &str) -> Option<&str> {
        self.indexes.get(name).map(String::as_str)
    }

    /// All of them.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = &str> {
        self.indexes.values().map(String::as_str)
    }

    /// Reads the output of `uv pip compile --annotation-style line --no-strip-extras --emit-index-annotation`.
    pub(crate) fn read(text: &str) -> Self {
        let mut read = Self::default();
        let mut last = None;
        for line in text.lines() {
            if let (Some(index), Some(name)) = (line.trim().strip_prefix("# from "), &last) {
                read.indexes.insert(String::clone(name), index.trim_end_matches('/').to_owned());
                continue;
            }
            let (line, via) = line.split_once("# via ").unwrap_or((line, ""));
            let Some((name, extras)) = head(line) else { continue };
            if !extras.is_empty() {
                read.extras.insert(name.clone(), extras);
            }
            read.depends.entry(name.clone()).or_default();
            if let Some((_, version)) = line.split_once("==") {
                let end = version.find([' ', ';']).unwrap_or(version.len());
                read.versions.insert(name.clone(), version[..end].trim().to_owned());
            }
            last = Some(name.clone());
            for parent in via.split(", ") {
                // `-r file` is the spec itself. A project's extra is `name[extra]`, its file `name (file)`.
                if parent.starts_with('-') {
                    continue;
                }
                if let Some(parent) = normalised(split_pypi_name(parent).0) {
                    read.depends.entry(parent).or_default().insert(name.clone());
                }
            }
        }
        read
    }
}

/// `name[extra]==1`, `name @ url`.
fn head(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '-']) {
        return None;
    }
    let (name, rest) = split_pypi_name(line);
    if rest.is_empty() {
        return None;
    }
    let name = normalised(name)?;
    let extras = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let extras = extras.map_or_else(Vec::new, |(extras, _)| {
        extras.split(',').filter_map(|extra| normalised(extra.trim())).collect()
    });
    Some((name, extras))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_learn_of_their_children() {
        let read = Annotations::read(
            "# a comment\n\
             -e ./proj\n\
             certifi @ file:///tmp/x/certifi-1-py3-none-any.whl  # via requests\n\
             idna==3.20                # via Requests, rich, -r -\n\
             pysocks==1.7.1            # via requests[socks]\n\
             six==1.17.0               # via proj (pyproject.toml)\n\
             \x20   # from https://host/simple/\n\
             requests[socks, Use_Chardet]==2.34.2   # via -r -\n",
        );
        let needs = |name: &str| read.depends[name].iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(needs("requests"), ["certifi", "idna", "pysocks"]);
        assert_eq!(needs("rich"), ["idna"]);
        assert_eq!(needs("proj"), ["six"]);
        assert_eq!(needs("six"), Vec::<&str>::new());
        assert_eq!(read.extras["requests"], ["socks", "use-chardet"]);
        assert_eq!(read.index("six"), Some("https://host/simple"));
        assert_eq!((read.index("idna"), read.versions["idna"].as_str()), (None, "3.20"));
        assert!(!read.versions.contains_key("certifi"));
    }
}
