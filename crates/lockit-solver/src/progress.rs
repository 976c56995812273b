//! What a person may want to see while waiting.

use lockit_spec::Platform;
use rattler_repodata_gateway::{DownloadReporter, Reporter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Called as work goes on, from any thread. Every method does nothing by default.
pub trait Progress: Send + Sync {
    /// Repodata of a platform is being loaded for an environment.
    fn loading(&self, _environment: &str, _platform: Platform) {}
    /// The solver has started.
    fn solving(&self, _environment: &str, _platform: Platform) {}
    /// It is done, with a number of packages, or without a solution.
    fn finished(&self, _environment: &str, _platform: Platform, _packages: Option<usize>) {}
    /// Bytes of one download so far. `total` is unknown for compressed streams of some servers.
    fn downloading(&self, _id: usize, _url: &str, _bytes: usize, _total: Option<usize>) {}
    /// A download ended, well or not.
    fn downloaded(&self, _id: usize) {}
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {}

/// Hands the gateway's events to a [`Progress`]. Clones count downloads together.
#[derive(Clone)]
pub(crate) struct GatewayReporter {
    progress: Arc<dyn Progress>,
    next: Arc<AtomicUsize>,
}

impl GatewayReporter {
    pub(crate) fn new(progress: Arc<dyn Progress>) -> Self {
        Self { progress, next: Arc::default() }
    }
}

impl Reporter for GatewayReporter {
    fn download_reporter(&self) -> Option<&dyn DownloadReporter> {
        Some(self)
    }
}

impl DownloadReporter for GatewayReporter {
    fn on_download_start(&self, _url: &url::Url) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn on_download_progress(&self, url: &url::Url, id: usize, bytes: usize, total: Option<usize>) {
        // The path is enough to know what is loading, and cannot hold a password.
        let name = url.path().rsplit('/').take(2).collect::<Vec<_>>();
        let name = name.into_iter().rev().collect::<Vec<_>>().join("/");
        self.progress.downloading(id, &name, bytes, total);
    }

    fn on_download_complete(&self, _url: &url::Url, id: usize) {
        self.progress.downloaded(id);
    }
}
