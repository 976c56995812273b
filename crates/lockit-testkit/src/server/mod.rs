//! A channel server on loopback.

mod answer;
mod connection;
mod fault;
mod lock;
mod log;
mod offer;
mod state;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt::Write,
    io, mem,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use tokio::{runtime::Runtime, sync::watch};

pub use fault::{Credentials, Fault};
pub use log::Request;

use connection::{Listener, Peer};
use fault::{Rule, glob};
use lock::lock;
use offer::{Derived, Offer};
use state::State;

/// The name of the channel that [`Server::builder`] takes.
const FIRST_CHANNEL: &str = "conda-forge";

/// Serves channel folders until it is dropped.
///
/// It has threads of its own, so synchronous tests can use it as well as asynchronous ones.
/// Every channel is at `/<name>` and, as on anaconda.org, at `/t/<token>/<name>`. Answers carry
/// `ETag`, `Last-Modified` and `Cache-Control` and follow `If-None-Match` and `If-Modified-Since`.
/// Folders are read anew for every request, so a test may change them at any time.
///
/// Patterns, in [`Server::fault`] and [`Server::count`], are matched against the whole of a path
/// such as `conda-forge/linux-64/repodata.json`; `*` stands for any text, slashes too.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    /// Taken when dropped.
    runtime: Option<Runtime>,
}

/// How a [`Server`] will be. Made by [`Server::builder`].
///
/// Without any of [`plain`](Self::plain), [`zstd`](Self::zstd) and [`sharded`](Self::sharded),
/// repodata is offered in all three forms.
#[derive(Debug)]
pub struct Builder {
    channels: BTreeMap<String, PathBuf>,
    offer: Offer,
    cache_control: String,
}

impl Builder {
    /// Offers `repodata.json`.
    pub fn plain(mut self) -> Self {
        self.offer.plain = true;
        self
    }

    /// Offers `repodata.json.zst`.
    pub fn zstd(mut self) -> Self {
        self.offer.zstd = true;
        self
    }

    /// Offers shards (CEP 16).
    pub fn sharded(mut self) -> Self {
        self.offer.sharded = true;
        self
    }

    /// Serves one more channel.
    pub fn channel(mut self, name: &str, folder: impl Into<PathBuf>) -> Self {
        self.channels.insert(name.to_owned(), folder.into());
        self
    }

    /// What `Cache-Control` says, `no-cache` by default: a client has to ask every time. Without the
    /// header (empty text) rattler guesses from the age of the file how long its copy is good, and a
    /// test would depend on when the channel was written.
    pub fn cache_control(mut self, value: &str) -> Self {
        value.clone_into(&mut self.cache_control);
        self
    }

    /// Starts to serve, on a port that the system picks.
    ///
    /// # Errors
    /// When the system gives no port or no thread.
    pub fn start(mut self) -> io::Result<Server> {
        if self.offer == Offer::default() {
            self.offer = Offer { plain: true, zstd: true, sharded: true };
        }
        let state = Arc::new(State {
            channels: Mutex::new(self.channels),
            offer: self.offer,
            cache_control: self.cache_control,
            derived: Derived::default(),
            rules: Mutex::default(),
            cleared: watch::Sender::new(()),
            requests: Mutex::default(),
            arrived: Condvar::new(),
            next_request: AtomicUsize::default(),
            connections: Arc::default(),
            new_etags: AtomicUsize::default(),
        });
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("channel-server")
            .enable_all()
            .build()?;
        let listener = {
            let _guard = runtime.enter();
            Listener::new(tokio::net::TcpListener::from_std(listener)?, state.connections.clone())
        };
        let service = Router::new()
            .fallback(answer::answer)
            .with_state(state.clone())
            .into_make_service_with_connect_info::<Peer>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        Ok(Server { address, state, runtime: Some(runtime) })
    }
}

impl Server {
    /// A server for a channel folder (`<folder>/<subdir>/repodata.json`), under the name `conda-forge`.
    pub fn builder(folder: impl Into<PathBuf>) -> Builder {
        let builder = Builder {
            channels: BTreeMap::new(),
            offer: Offer::default(),
            cache_control: "no-cache".to_owned(),
        };
        builder.channel(FIRST_CHANNEL, folder)
    }

    /// The URL of the channel `conda-forge`, without a slash at its end.
    pub fn url(&self) -> String {
        self.channel_url(FIRST_CHANNEL)
    }

    /// The URL of a channel, without a slash at its end.
    pub fn channel_url(&self, name: &str) -> String {
        format!("{}/{name}", self.root())
    }

    /// `http://127.0.0.1:<port>`
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The text of a rattler `config.toml` that makes `https://conda.anaconda.org/<name>` resolve
    /// here, for every channel.
    pub fn mirror_config(&self) -> String {
        let mut text = "[mirrors]\n".to_owned();
        for name in lock(&self.state.channels).keys() {
            let url = self.channel_url(name);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "\"https://conda.anaconda.org/{name}\" = [\"{url}\"]");
        }
        text
    }

    /// Serves another folder under a channel's name from now on.
    pub fn set_channel(&self, name: &str, folder: impl Into<PathBuf>) {
        lock(&self.state.channels).insert(name.to_owned(), folder.into());
    }

    /// Misbehaves on every path that matches, until [`Server::clear_faults`]. Of several faults
    /// that match the newest wins, see [`Fault`] for those that go on to the next.
    pub fn fault(&self, pattern: &str, fault: Fault) {
        self.add_rule(Rule { pattern: pattern.to_owned(), left: None, fault });
    }

    /// Misbehaves the next `times` times that a path matches, then behaves.
    pub fn fault_times(&self, pattern: &str, times: usize, fault: Fault) {
        self.add_rule(Rule { pattern: pattern.to_owned(), left: Some(times), fault });
    }

    /// Behaves again, and answers what [`Fault::Hold`] held.
    pub fn clear_faults(&self) {
        let mut rules = lock(&self.state.rules);
        rules.clear();
        self.state.cleared.send_replace(());
    }

    fn add_rule(&self, rule: Rule) {
        lock(&self.state.rules).insert(0, rule);
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.state.requests).clone()
    }

    /// All requests so far, which are then forgotten.
    pub fn take_requests(&self) -> Vec<Request> {
        mem::take(&mut *lock(&self.state.requests))
    }

    /// How many requests there were for paths that match.
    pub fn count(&self, pattern: &str) -> usize {
        lock(&self.state.requests).iter().filter(|request| glob(pattern, &request.path)).count()
    }

    /// Waits until there was a request for a path that matches. `false` when none came in time.
    ///
    /// With [`Fault::Hold`] or [`Fault::Hang`] this is how a test gets hold of a client in the
    /// middle of its work.
    pub fn wait_for(&self, pattern: &str, patience: Duration) -> bool {
        let none = |requests: &mut Vec<Request>| {
            !requests.iter().any(|request| glob(pattern, &request.path))
        };
        let requests = lock(&self.state.requests);
        self.state
            .arrived
            .wait_timeout_while(requests, patience, none)
            .is_ok_and(|(_, result)| !result.timed_out())
    }

    /// How many connections were accepted: less than requests when the client keeps them open.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Unlike a plain drop this neither waits for a hanging answer nor panics inside an
            // asynchronous test.
            runtime.shutdown_background();
        }
    }
}
