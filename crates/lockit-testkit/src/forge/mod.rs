//! A forge on loopback: git over HTTP for those who have a token, and GitLab's merge requests.

mod git;
mod merge_request;
mod merge_requests;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::runtime::Runtime;

pub use merge_request::MergeRequest;

/// What the owner of a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Fetch.
    Read,
    /// Fetch, push and use the API.
    Write,
}

/// Serves bare repositories until it is dropped, by git's own `git http-backend`. Nothing of it is public.
///
/// A token is the password of any user (`Authorization: Basic`), as on GitHub and GitLab. Without a known one the answer
/// is 401, and 403 where it may only read.
#[derive(Debug)]
pub struct ForgeServer {
    address: SocketAddr,
    served: Arc<Served>,
    /// Taken when dropped.
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct Served {
    folder: PathBuf,
    tokens: Mutex<BTreeMap<String, Access>>,
    merge_requests: Mutex<Vec<MergeRequest>>,
    refused: Mutex<Vec<String>>,
}

impl ForgeServer {
    /// Serves the repositories `<folder>/<name>.git`, on a port that the system picks.
    ///
    /// # Errors
    /// When the system gives no port or no thread.
    pub fn start(folder: &Path) -> io::Result<Self> {
        let served = Arc::new(Served {
            folder: folder.to_path_buf(),
            tokens: Mutex::default(),
            merge_requests: Mutex::default(),
            refused: Mutex::default(),
        });
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("forge")
            .enable_all()
            .build()?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let service = Router::new().fallback(answer).with_state(served.clone());
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Self { address, served, runtime: Some(runtime) })
    }

    /// `http://127.0.0.1:<port>`
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes a token from now on.
    pub fn allow(&self, token: &str, access: Access) {
        lock(&self.served.tokens).insert(token.to_owned(), access);
    }

    /// The merge requests there are, the oldest first.
    pub fn merge_requests(&self) -> Vec<MergeRequest> {
        lock(&self.served.merge_requests).clone()
    }

    /// One more merge request, as somebody else opens it.
    pub fn open_merge_request(&self, source: &str, target: &str, title: &str) {
        let mut all = lock(&self.served.merge_requests);
        MergeRequest::open(&mut all, source, target, title);
    }

    /// Closes every merge request of a branch.
    pub fn close_merge_requests(&self, source: &str) {
        let mut all = lock(&self.served.merge_requests);
        for request in all.iter_mut().filter(|request| request.source_branch == source) {
            "merged".clone_into(&mut request.state);
        }
    }

    /// What was refused so far for any other reason than a missing login, which clients wait for before they send one.
    pub fn refused(&self) -> Vec<String> {
        lock(&self.served.refused).clone()
    }
}

impl Drop for ForgeServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let (what, had_login) = (
        format!("{} {}", head.method, head.uri),
        head.headers.contains_key(header::AUTHORIZATION) || head.uri.path().starts_with("/api/"),
    );
    let for_log = served.clone();
    // A program is started and waited for.
    let answered = tokio::task::spawn_blocking(move || served.answer(&head, &body)).await;
    let response = answered.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    if had_login && !response.status().is_success() {
        lock(&for_log.refused).push(format!("{what}: {}", response.status()));
    }
    response
}

impl Served {
    fn answer(&self, head: &axum::http::request::Parts, body: &Bytes) -> Response {
        if let Some(path) = head.uri.path().strip_prefix("/api/v4/") {
            let header = head.headers.get("private-token").and_then(|value| value.to_str().ok());
            return match header.and_then(|token| self.access(token)) {
                Some(Access::Write) => self.merge_request(head, path, body),
                Some(Access::Read) => StatusCode::FORBIDDEN.into_response(),
                None => StatusCode::UNAUTHORIZED.into_response(),
            };
        }
        let query = head.uri.query().unwrap_or_default();
        let pushes =
            query.contains("git-receive-pack") || head.uri.path().ends_with("git-receive-pack");
        match self.login(head) {
            None => {
                let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"forge\"")];
                (StatusCode::UNAUTHORIZED, challenge).into_response()
            }
            Some((_, Access::Read)) if pushes => StatusCode::FORBIDDEN.into_response(),
            Some((user, _)) => {
                git::backend(&self.folder, &user, head, body).unwrap_or_else(|error| {
                    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
                })
            }
        }
    }

    /// Who sends a known token, and what that may do.
    fn login(&self, head: &axum::http::request::Parts) -> Option<(String, Access)> {
        let value = head.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let pair = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        let (user, token) = pair.split_once(':')?;
        // A user who is nobody is refused by forges too.
        let access = self.access(token).filter(|_| !user.is_empty())?;
        Some((user.to_owned(), access))
    }

    fn access(&self, token: &str) -> Option<Access> {
        lock(&self.tokens).get(token).copied()
    }
}
