//! Progress bars on a terminal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use lockit_diagnostic::visible;
use lockit_installer::{InstallProgress, Stage};
use lockit_solver::Progress;
use lockit_spec::Platform;

/// One line per environment and platform that is being worked on, and one per download.
pub(crate) struct Bars {
    all: MultiProgress,
    jobs: Mutex<HashMap<(String, Platform), ProgressBar>>,
    downloads: Mutex<HashMap<usize, ProgressBar>>,
}

impl Bars {
    /// Draws on stderr; indicatif stays silent when it is no terminal.
    pub(crate) fn new() -> Self {
        Self {
            all: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(15)),
            jobs: Mutex::default(),
            downloads: Mutex::default(),
        }
    }

    fn job(&self, environment: &str, platform: Platform, message: &'static str) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = jobs.entry((environment.to_owned(), platform)).or_insert_with(|| {
            let style = ProgressStyle::with_template("{spinner:.cyan} {prefix:.bold} {msg}")
                .expect("the template is valid");
            let bar = self.all.add(ProgressBar::new_spinner().with_style(style));
            bar.set_prefix(visible(&format!("{environment} {platform}")).into_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        bar.set_message(message);
    }
}

impl Progress for Bars {
    fn loading(&self, environment: &str, platform: Platform) {
        self.job(environment, platform, "loading repodata");
    }

    fn solving(&self, environment: &str, platform: Platform) {
        self.job(environment, platform, "solving");
    }

    fn finished(&self, environment: &str, platform: Platform, _packages: Option<usize>) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = jobs.remove(&(environment.to_owned(), platform)) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }

    fn downloading(&self, id: usize, url: &str, bytes: usize, total: Option<usize>) {
        // A shard is here before anybody could read its line.
        if url.contains("shards/") {
            return;
        }
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = downloads.entry(id).or_insert_with(|| {
            let template = if total.is_some() {
                "  {prefix:40.dim} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}"
            } else {
                "  {prefix:40.dim} {bytes} {bytes_per_sec}"
            };
            let style = ProgressStyle::with_template(template).expect("the template is valid");
            let bar = self.all.add(ProgressBar::new(total.unwrap_or(0) as u64).with_style(style));
            bar.set_prefix(visible(url).into_owned());
            bar
        });
        bar.set_position(bytes as u64);
    }

    fn downloaded(&self, id: usize) {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = downloads.remove(&id) {
            bar.finish_and_clear();
            self.all.remove(&bar);
        }
    }
}

/// One line for an installation: what it is at.
pub(crate) struct InstallBar(ProgressBar);

impl InstallBar {
    /// Draws on stderr; indicatif stays silent when it is no terminal.
    pub(crate) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(15);
        Self(ProgressBar::with_draw_target(None, target))
    }
}

impl InstallProgress for InstallBar {
    fn stage(&self, stage: Stage, packages: usize) {
        let (template, message) = match stage {
            Stage::Fetch => ("{spinner:.cyan} {msg} {bar:24} {pos}/{len}", "fetching"),
            Stage::Link => ("{spinner:.cyan} {msg} {len} packages", "linking"),
            Stage::Pip => ("{spinner:.cyan} {msg} {len} packages from PyPI", "installing"),
        };
        self.0.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        self.0.set_length(packages as u64);
        self.0.set_position(0);
        self.0.set_message(message);
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    fn step(&self) {
        self.0.inc(1);
    }

    fn finished(&self) {
        self.0.finish_and_clear();
    }
}
