//! Locks for tests.

use std::sync::Arc;

use lockit_lockfile::{Lock, PlatformLock, Record};

/// A lock of packages such as `numpy-1.0-h1_0` for each platform; specs name `app`.
pub(crate) fn lock(platforms: &[(&str, &[&str])]) -> Lock {
    let platforms = platforms.iter().map(|(platform, files)| {
        let records = files
            .iter()
            .map(|file| {
                let url = format!("https://conda.anaconda.org/conda-forge/{platform}/{file}.conda");
                Arc::new(Record::from_url(&url).unwrap())
            })
            .collect();
        let requested = Some(vec!["app".into()]);
        (platform.parse().unwrap(), PlatformLock { records, requested, ..PlatformLock::default() })
    });
    Lock { platforms: platforms.collect(), ..Lock::default() }
}
