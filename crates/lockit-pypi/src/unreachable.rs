//! Whether it was the network that uv failed at.

/// Whether uv says that nobody answered, or that the server could not. Of what an index does not have, or gives to nobody
/// (401, 403, 404), it says that there is no solution.
///
/// uv 0.13.9; the words are those of reqwest and hyper below it, and of git and curl.
pub(crate) fn is_unreachable(words: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "error sending request for url",
        "HTTP status server error (5",
        "HTTP status client error (429",
        "HTTP status client error (408",
        "error decoding response body",
        "connection closed before message completed",
        "operation timed out",
        "dns error",
        // git
        "Could not resolve host",
        "Failed to connect to",
        // ssh
        "connect to host",
        "Connection timed out",
    ];
    // Before 0.10 lines are broken to fit into a frame.
    let words = words.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    SIGNS.iter().any(|sign| words.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_network_is_told_from_what_is_not_there() {
        for words in [
            "error: Failed to fetch: http://h/simple/six/\n  cause: error sending request for url (http://h/simple/six/)\n  \
             cause: client error (Connect)\n  cause: dns error",
            "  × Failed to fetch: `http://h/`\n  ├─▶ error sending request\n  │   for url (http://h/)",
            "error: Failed to fetch: http://h/\n  cause: HTTP status server error (503 Service Unavailable) for url (http://h/)",
            "error: Failed to fetch: http://h/\n  cause: HTTP status client error (429 Too Many Requests) for url (http://h/)",
            "error: Failed to download and build `six @ git+http://h/x.git`\n  cause: Git operation failed\n  \
             fatal: unable to access 'http://h/': Could not resolve host: h",
            "  cause: Git operation failed\n  ssh: connect to host h port 22: Connection refused\n  fatal: Could not read from remote repository.",
            "  cause: Git operation failed\n  ssh: Could not resolve hostname h: Name or service not known",
            "  cause: Git operation failed\n  Read from remote host h: Connection timed out",
        ] {
            assert!(is_unreachable(words), "{words}");
        }
        for words in [
            "error: Failed to fetch: http://h/six.whl\n  cause: HTTP status client error (404 Not Found) for url (http://h/six.whl)",
            "error: Failed to download and build `six`\n  cause: Git operation failed\n  fatal: repository 'http://h/' not found",
            "error: Distribution not found at: file:///six",
            "  cause: Git operation failed\n  git@h: Permission denied (publickey).\n  fatal: Could not read from remote repository.",
        ] {
            assert!(!is_unreachable(words), "{words}");
        }
    }
}
