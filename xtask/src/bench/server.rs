//! A static file server on loopback, as plain as a channel mirror on nginx.
//!
//! It runs in the harness, so that its CPU time and memory count for no contender, keeps
//! connections open, and answers conditional requests. The server of `lockit-testkit` is no
//! substitute: it is there to misbehave, and it holds what it serves in memory.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// Longest request line or header that is read.
const LONGEST_LINE: u64 = 16 * 1024;

/// Serves `root` until the process ends.
pub(crate) fn serve(root: &Path) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let root: Arc<Path> = Arc::from(root);
    std::thread::Builder::new().name("index".to_owned()).spawn(move || {
        for connection in listener.incoming().flatten() {
            let root = Arc::clone(&root);
            // A contender opens a few connections, they end with its process.
            std::thread::spawn(move || {
                // A client that goes away in the middle is no concern of ours.
                let _ = talk(connection, &root);
            });
        }
    })?;
    Ok(address)
}

/// What matters of a request.
#[derive(Default)]
struct Request {
    method: String,
    path: String,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
}

fn talk(connection: TcpStream, root: &Path) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    while let Some(request) = read_request(&mut reader)? {
        answer(&mut writer, root, &request)?;
    }
    Ok(())
}

fn read_line(reader: &mut BufReader<TcpStream>) -> io::Result<Option<String>> {
    let mut line = String::new();
    let read = reader.by_ref().take(LONGEST_LINE).read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end().to_owned()))
}

fn read_request(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let Some(first) = read_line(reader)? else {
        return Ok(None);
    };
    let mut parts = first.split(' ');
    let mut request = Request {
        method: parts.next().unwrap_or_default().to_owned(),
        path: parts.next().unwrap_or_default().to_owned(),
        ..Request::default()
    };
    while let Some(line) = read_line(reader)?.filter(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':') {
            let value = Some(value.trim().to_owned());
            if name.eq_ignore_ascii_case("if-none-match") {
                request.if_none_match = value;
            } else if name.eq_ignore_ascii_case("if-modified-since") {
                request.if_modified_since = value;
            }
        }
    }
    Ok(Some(request))
}

fn answer(writer: &mut TcpStream, root: &Path, request: &Request) -> io::Result<()> {
    let found = resolve(root, &request.path)
        .and_then(|path| fs_err::File::open(path).ok())
        .and_then(|file| file.metadata().ok().map(|metadata| (file, metadata)))
        .filter(|(_, metadata)| metadata.is_file());
    let Some((mut file, metadata)) = found else {
        return write!(writer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    };
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let etag = format!("\"{modified:x}-{:x}\"", metadata.len());
    let date = i64::try_from(modified)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .and_then(|instant| DateTimePrinter::new().timestamp_to_rfc9110_string(&instant).ok())
        .ok_or_else(|| io::Error::other("a file in the index has an impossible date"))?;
    let unchanged = match (&request.if_none_match, &request.if_modified_since) {
        (Some(known), _) => *known == etag,
        (None, Some(since)) => *since == date,
        (None, None) => false,
    };
    let status = if unchanged { "304 Not Modified" } else { "200 OK" };
    // One write, so that a small answer is one packet.
    let mut head = format!("HTTP/1.1 {status}\r\nETag: {etag}\r\nLast-Modified: {date}\r\n");
    if !unchanged {
        head.push_str("Content-Type: application/octet-stream\r\n");
        head.push_str("Content-Length: ");
        head.push_str(&metadata.len().to_string());
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    writer.write_all(head.as_bytes())?;
    if !unchanged && request.method == "GET" {
        io::copy(&mut file, writer)?;
    }
    Ok(())
}

/// The file that a path of a URL names; nothing outside `root`.
fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let path = path.split(['?', '#']).next()?.trim_start_matches('/');
    let path = Path::new(path);
    path.components().all(|part| matches!(part, Component::Normal(_))).then(|| root.join(path))
}
