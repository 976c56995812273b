//! What was asked.

/// A request as it came, and what became of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `HEAD` …
    pub method: String,
    /// The path without its first slash and without a token: `conda-forge/noarch/repodata.json`.
    pub path: String,
    /// The token of `/t/<token>/…`.
    pub token: Option<String>,
    /// The status that was sent. `None` for a reset, and as long as there is no answer.
    pub status: Option<u16>,
    pub(super) id: usize,
    pub(super) headers: Vec<(String, String)>,
}

impl Request {
    /// The value of a header; its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// `GET conda-forge/noarch/repodata.json 200`, made for snapshots.
impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ", self.method, self.path)?;
        match self.status {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("-"),
        }
    }
}
