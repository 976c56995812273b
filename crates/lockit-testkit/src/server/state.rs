//! What a server and its answers share.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, atomic::AtomicUsize},
};

use tokio::sync::watch;

use super::{
    fault::Rule,
    lock::lock,
    log::Request,
    offer::{Derived, Offer},
};

#[derive(Debug)]
pub(super) struct State {
    pub(super) channels: Mutex<BTreeMap<String, PathBuf>>,
    pub(super) offer: Offer,
    pub(super) cache_control: String,
    pub(super) derived: Derived,
    /// The newest first.
    pub(super) rules: Mutex<Vec<Rule>>,
    /// Told when the rules were cleared.
    pub(super) cleared: watch::Sender<()>,
    pub(super) requests: Mutex<Vec<Request>>,
    /// Told when `requests` has one more.
    pub(super) arrived: Condvar,
    pub(super) next_request: AtomicUsize,
    pub(super) connections: Arc<AtomicUsize>,
    /// How many answers had an `ETag` of their own, see [`Fault::NewEtag`].
    pub(super) new_etags: AtomicUsize,
}

impl State {
    pub(super) fn folder(&self, channel: &str) -> Option<PathBuf> {
        lock(&self.channels).get(channel).cloned()
    }

    pub(super) fn switch(&self, channel: &str, folder: &Path) {
        lock(&self.channels).insert(channel.to_owned(), folder.to_owned());
    }
}
