//! From a request to an answer.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, atomic::Ordering},
    time::{Duration, SystemTime},
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::Response,
};
use futures_util::stream;
use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use tokio::sync::watch;

use super::{
    connection::Peer,
    fault::{Fault, glob},
    lock::lock,
    log::Request,
    offer::Content,
};

/// How often a dripping answer sends something, per second.
const DRIPS: usize = 20;

/// Long enough for what is written to leave the process.
const FLUSH: Duration = Duration::from_millis(50);

const PORTAL: &str = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>\
    <body><h1>Sign in to use this network</h1></body></html>\n";

/// How an answer is spoiled on its way out.
enum Spoil {
    No,
    NewEtag,
    Drip(usize),
    Truncate(usize),
    Shorten(usize),
    Corrupt,
}

/// Answers one request and writes it into the log.
pub(super) async fn answer(
    State(state): State<Arc<super::state::State>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let (token, path) = split_token(uri.path());
    let id = state.next_request.fetch_add(1, Ordering::SeqCst);
    lock(&state.requests).push(Request {
        id,
        method: method.to_string(),
        path: path.to_owned(),
        token: token.map(str::to_owned),
        status: None,
        headers: headers
            .iter()
            .map(|(key, value)| {
                (key.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
    });
    state.arrived.notify_all();
    let exchange =
        Exchange { state: &state, peer, head: method == Method::HEAD, headers: &headers };
    let answer = if method == Method::GET || method == Method::HEAD {
        exchange.answer(token, path).await
    } else {
        Some(text(StatusCode::METHOD_NOT_ALLOWED))
    };
    let Some(response) = answer else {
        // Reset: a body that fails makes hyper drop the connection.
        let error = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset));
        return Response::new(Body::from_stream(stream::iter([error])));
    };
    // It is not there if `take_requests` came in between.
    if let Some(request) = lock(&state.requests).iter_mut().rfind(|request| request.id == id) {
        request.status = Some(response.status().as_u16());
    }
    response
}

/// `/t/<token>/channel/…` and `/channel/…`.
fn split_token(path: &str) -> (Option<&str>, &str) {
    let path = path.trim_start_matches('/');
    match path.strip_prefix("t/").and_then(|rest| rest.split_once('/')) {
        Some((token, rest)) => (Some(token), rest),
        None => (None, path),
    }
}

struct Exchange<'a> {
    state: &'a Arc<super::state::State>,
    peer: Peer,
    head: bool,
    headers: &'a HeaderMap,
}

impl Exchange<'_> {
    /// `None` is a reset.
    async fn answer(&self, token: Option<&str>, path: &str) -> Option<Response> {
        let mut spoil = Spoil::No;
        let mut switch = None;
        let mut source = path.to_owned();
        let (faults, mut cleared) = self.take_faults(token, path);
        for fault in faults {
            match fault {
                Fault::Delay(time) => {
                    tokio::time::sleep(time).await;
                    continue;
                }
                Fault::Hold => {
                    // An error means that the server is being dropped.
                    let _ = cleared.changed().await;
                    continue;
                }
                Fault::SwitchAfter(folder) => {
                    switch = Some(folder);
                    continue;
                }
                Fault::Hang => match std::future::pending::<Infallible>().await {},
                Fault::Reset => {
                    self.peer.reset();
                    return None;
                }
                Fault::Status(code) => {
                    let code =
                        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    return Some(text(code));
                }
                Fault::Later(code, when) => {
                    let code =
                        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                    return Some(with_header(text(code), header::RETRY_AFTER, &when));
                }
                Fault::Bytes(bytes) => {
                    let length = bytes.len();
                    return Some(self.with_body(bytes.into(), length));
                }
                Fault::Unauthorized(credentials) => {
                    let response = text(StatusCode::UNAUTHORIZED);
                    let challenge = credentials.challenge();
                    return Some(with_header(response, header::WWW_AUTHENTICATE, challenge));
                }
                Fault::Redirect(target) => {
                    return Some(with_header(text(StatusCode::FOUND), header::LOCATION, &target));
                }
                Fault::CaptivePortal => {
                    let response = self.with_body(PORTAL.into(), PORTAL.len());
                    return Some(with_header(response, header::CONTENT_TYPE, "text/html"));
                }
                Fault::Instead(other) => source = other,
                Fault::None => {}
                Fault::NewEtag => spoil = Spoil::NewEtag,
                Fault::Drip { bytes_per_second } => spoil = Spoil::Drip(bytes_per_second.max(1)),
                Fault::Truncate(keep) => spoil = Spoil::Truncate(keep),
                Fault::Shorten(keep) => spoil = Spoil::Shorten(keep),
                Fault::Empty => spoil = Spoil::Shorten(0),
                Fault::Corrupt => spoil = Spoil::Corrupt,
            }
            break;
        }
        let response = self.file(&source, spoil).await;
        if let (Some(folder), Some((channel, _))) = (switch, path.split_once('/')) {
            self.state.switch(channel, &folder);
        }
        Some(response)
    }

    /// The faults for this request, the newest first, up to and with the first that is an answer.
    fn take_faults(&self, token: Option<&str>, path: &str) -> (Vec<Fault>, watch::Receiver<()>) {
        let authorization =
            self.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let mut taken = Vec::new();
        let mut rules = lock(&self.state.rules);
        // While the rules are locked, or a `clear_faults` right now would be missed.
        let cleared = self.state.cleared.subscribe();
        for rule in rules.iter_mut() {
            if rule.left == Some(0) || !glob(&rule.pattern, path) {
                continue;
            }
            if let Fault::Unauthorized(credentials) = &rule.fault
                && credentials.fit(authorization, token)
            {
                continue;
            }
            if let Some(left) = &mut rule.left {
                *left -= 1;
            }
            taken.push(rule.fault.clone());
            if !matches!(rule.fault, Fault::Delay(_) | Fault::Hold | Fault::SwitchAfter(_)) {
                break;
            }
        }
        (taken, cleared)
    }

    async fn file(&self, path: &str, spoil: Spoil) -> Response {
        let found = path
            .split_once('/')
            .and_then(|(channel, rest)| Some((self.state.folder(channel)?, rest.to_owned())));
        let Some((folder, rest)) = found else { return text(StatusCode::NOT_FOUND) };
        let state = self.state.clone();
        let find = move || state.offer.content(&state.derived, &folder, &rest);
        match tokio::task::spawn_blocking(find).await {
            Ok(Ok(Some(content))) => self.send(content, &spoil).await,
            Ok(Ok(None)) => text(StatusCode::NOT_FOUND),
            Ok(Err(error)) => failed(&error.to_string()),
            Err(error) => failed(&error.to_string()),
        }
    }

    async fn send(&self, content: Content, spoil: &Spoil) -> Response {
        let (mime, modified, length) = (content.mime, content.modified, content.length);
        let mut etag = format!("\"{}\"", content.tag);
        if let Spoil::NewEtag = spoil {
            etag = format!("\"{}\"", self.state.new_etags.fetch_add(1, Ordering::SeqCst));
        } else if self.not_modified(&etag, modified) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return self.cached(response, &etag, modified);
        }
        let bytes = if self.head {
            Bytes::new()
        } else {
            match tokio::task::spawn_blocking(move || content.bytes()).await {
                Ok(Ok(bytes)) => bytes,
                Ok(Err(error)) => return failed(&error.to_string()),
                Err(error) => return failed(&error.to_string()),
            }
        };
        let response = match *spoil {
            Spoil::No | Spoil::NewEtag => self.with_body(bytes.into(), length),
            Spoil::Shorten(keep) => {
                let keep = keep.min(length);
                self.with_body(bytes.slice(..keep.min(bytes.len())).into(), keep)
            }
            Spoil::Corrupt => self.with_body(corrupt(&bytes).into(), length),
            Spoil::Truncate(keep) => self.with_body(truncated(&bytes, keep), length),
            Spoil::Drip(rate) => self.with_body(dripping(bytes, rate), length),
        };
        self.cached(with_header(response, header::CONTENT_TYPE, mime), &etag, modified)
    }

    /// Adds what a cache goes by.
    fn cached(&self, response: Response, etag: &str, modified: SystemTime) -> Response {
        let mut response = with_header(response, header::ETAG, etag);
        if let Some(date) = http_date(modified) {
            response = with_header(response, header::LAST_MODIFIED, &date);
        }
        match self.state.cache_control.as_str() {
            "" => response,
            value => with_header(response, header::CACHE_CONTROL, value),
        }
    }

    /// RFC 9110, section 13.2.2: a date counts only where there is no tag.
    fn not_modified(&self, etag: &str, modified: SystemTime) -> bool {
        let value = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(tags) = value(header::IF_NONE_MATCH) {
            return tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag);
        }
        let since = value(header::IF_MODIFIED_SINCE)
            .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
            .map(|date| date.timestamp().as_second());
        let modified = Timestamp::try_from(modified).map(Timestamp::as_second).ok();
        matches!((since, modified), (Some(since), Some(modified)) if modified <= since)
    }

    /// A promised length, and the body unless only its head was asked for.
    fn with_body(&self, body: Body, length: usize) -> Response {
        let body = if self.head { Body::empty() } else { body };
        with_header(Response::new(body), header::CONTENT_LENGTH, &length.to_string())
    }
}

fn corrupt(bytes: &Bytes) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes
}

/// At least the last byte is missing.
fn truncated(bytes: &Bytes, keep: usize) -> Body {
    let kept = bytes.slice(..keep.min(bytes.len().saturating_sub(1)));
    Body::from_stream(stream::unfold(Some(kept), |rest| async move {
        match rest {
            Some(bytes) if !bytes.is_empty() => Some((Ok(bytes), Some(Bytes::new()))),
            Some(_) => {
                // A failed body closes the connection at once, so what is there goes first.
                tokio::time::sleep(FLUSH).await;
                Some((Err(io::Error::from(io::ErrorKind::UnexpectedEof)), None))
            }
            None => None,
        }
    }))
}

fn dripping(bytes: Bytes, rate: usize) -> Body {
    let size = (rate / DRIPS).max(1);
    let pause = Duration::from_secs(1) * u32::try_from(size).unwrap_or(u32::MAX)
        / u32::try_from(rate).unwrap_or(u32::MAX);
    Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let drip = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, Infallible>(drip), rest))
    }))
}

fn text(status: StatusCode) -> Response {
    let mut response = Response::new(Body::from(format!("{status}\n")));
    *response.status_mut() = status;
    with_header(response, header::CONTENT_TYPE, "text/plain")
}

/// The channel folder itself is broken: the test should see why.
fn failed(why: &str) -> Response {
    let mut response = Response::new(Body::from(format!("{why}\n")));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

fn with_header(mut response: Response, name: header::HeaderName, value: &str) -> Response {
    if let Ok(value) = value.parse() {
        response.headers_mut().insert(name, value);
    }
    response
}

fn http_date(time: SystemTime) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::try_from(time).ok()?).ok()
}
