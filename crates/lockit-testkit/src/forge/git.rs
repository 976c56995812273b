//! The bridge to `git http-backend`, which is a CGI program (RFC 3875).

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use axum::body::Body;
use axum::http::request::Parts;
use axum::response::Response;

/// Lets git answer. It packs, unpacks and checks as on a real forge.
pub(super) fn backend(
    folder: &Path,
    user: &str,
    head: &Parts,
    body: &[u8],
) -> io::Result<Response> {
    let text = |name: &str| {
        head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    #[expect(clippy::disallowed_methods, reason = "git is found as the tests find it")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new("git");
    command
        .arg("http-backend")
        .env_clear()
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_PROJECT_ROOT", folder)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("REMOTE_ADDR", "127.0.0.1")
        // It lets nobody push who has no name.
        .env("REMOTE_USER", user)
        .env("REQUEST_METHOD", head.method.as_str())
        .env("PATH_INFO", head.uri.path())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", text("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        // Requests that are long come compressed, and it unpacks them itself.
        .env("HTTP_CONTENT_ENCODING", text("content-encoding"))
        .env("GIT_PROTOCOL", text("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let output = std::thread::scope(|scope| {
        // It answers before it has read everything, so both must go on at once. When it stops to read, it says why.
        scope.spawn(move || drop(stdin.write_all(body)));
        child.wait_with_output()
    })?;
    response(&output.stdout).ok_or_else(|| {
        io::Error::other(format!("git http-backend: {}", String::from_utf8_lossy(&output.stderr)))
    })
}

/// What a CGI program prints: lines of a header, an empty line, the body.
fn response(printed: &[u8]) -> Option<Response> {
    let end = printed.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let mut response = Response::builder();
    for line in std::str::from_utf8(&printed[..end]).ok()?.lines() {
        let (name, value) = line.split_once(": ")?;
        response = if name.eq_ignore_ascii_case("status") {
            response.status(value.get(..3)?)
        } else {
            response.header(name, value)
        };
    }
    response.body(Body::from(printed[end + 4..].to_vec())).ok()
}
