//! The records of one query, in an order that does not depend on the order of arrival.

use std::sync::Arc;

use rattler_conda_types::RepoDataRecord;
use rattler_repodata_gateway::RepoData;

/// Records per channel and subdir, the channel of highest priority first.
///
/// The gateway appends packages as their answers arrive. The solver breaks ties by position, so
/// the records are sorted: the same index gives the same lock, whatever the network did.
#[derive(Debug)]
pub(crate) struct Candidates {
    buckets: Vec<Vec<Arc<RepoDataRecord>>>,
}

impl Candidates {
    pub(crate) fn new(repo_data: &[RepoData]) -> Self {
        let buckets = repo_data
            .iter()
            .map(|data| {
                let mut records: Vec<_> = data.iter_arc().cloned().collect();
                records.sort_unstable_by(|a, b| {
                    name(a).cmp(name(b)).then_with(|| a.url.cmp(&b.url))
                });
                records
            })
            .collect();
        Self { buckets }
    }

    /// For each bucket an iterator, as the solver wants them.
    pub(crate) fn buckets(
        &self,
    ) -> impl Iterator<Item = impl Iterator<Item = &RepoDataRecord> + Clone> {
        self.buckets.iter().map(|records| records.iter().map(AsRef::as_ref))
    }

    /// The channel of highest priority that has a normalised name.
    pub(crate) fn channel_of(&self, wanted: &str) -> Option<&str> {
        self.named(wanted).next().and_then(|record| record.channel.as_deref())
    }

    /// All records of one normalised name.
    pub(crate) fn named(&self, wanted: &str) -> impl Iterator<Item = &RepoDataRecord> {
        self.buckets.iter().flat_map(move |records| {
            let start = records.partition_point(|record| name(record) < wanted);
            let count = records[start..].partition_point(|record| name(record) == wanted);
            records[start..start + count].iter().map(AsRef::as_ref)
        })
    }
}

fn name(record: &RepoDataRecord) -> &str {
    record.package_record.name.as_normalized()
}
