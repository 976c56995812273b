//! The records of one query, in an order that does not depend on the order of arrival.

use std::sync::Arc;

use lockit_diagnostic::visible;
use lockit_lockfile::alphabet;
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
        Self::from_buckets(repo_data.iter().map(|data| data.iter_arc().cloned().collect()))
    }

    fn from_buckets(buckets: impl Iterator<Item = Vec<Arc<RepoDataRecord>>>) -> Self {
        let buckets = buckets
            .map(|mut records| {
                leave_out_odd(&mut records);
                records
                    .sort_unstable_by(|a, b| name(a).cmp(name(b)).then_with(|| a.url.cmp(&b.url)));
                records
            })
            .collect();
        Self { buckets }
    }

    /// For each bucket an iterator over the records that may be chosen, as the solver wants them.
    pub(crate) fn buckets<'a>(
        &'a self,
        may_be_chosen: impl Fn(&RepoDataRecord) -> bool + Copy + 'a,
    ) -> impl Iterator<Item = impl Iterator<Item = &'a RepoDataRecord> + Clone> {
        self.buckets.iter().map(move |records| {
            records.iter().map(AsRef::as_ref).filter(move |record| may_be_chosen(record))
        })
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

/// What is called as no package can be called is none: its name, version or build would be read as something else where
/// it is written. rattler checks names alone.
fn leave_out_odd(records: &mut Vec<Arc<RepoDataRecord>>) {
    let is_odd = |record: &RepoDataRecord| {
        let package = &record.package_record;
        !(alphabet::is_package_name(package.name.as_normalized())
            && alphabet::is_version(&package.version.as_str())
            && alphabet::is_build(package.build.as_str())
            && alphabet::is_file_name(&record.identifier.to_file_name()))
    };
    let Some(first) = records.iter().find(|record| is_odd(record)).cloned() else { return };
    let all = records.len();
    records.retain(|record| !is_odd(record));
    tracing::warn!(
        "{} records of {} are left out: names, versions or builds such as those of `{}` are not allowed (CEP 26)",
        all - records.len(),
        first.channel.as_deref().map_or_else(|| "a channel".into(), visible),
        visible(&first.identifier.to_file_name())
    );
}

fn name(record: &RepoDataRecord) -> &str {
    record.package_record.name.as_normalized()
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::package::BuildString;

    use super::*;

    fn record(name: &str, version: &str, build: &str) -> Arc<RepoDataRecord> {
        let package = format!(
            r#"{{"name": "{name}", "version": "{version}", "build": "{build}", "build_number": 0,
                "subdir": "noarch", "depends": []}}"#
        );
        let file = format!("{name}-{version}-{build}.conda");
        Arc::new(RepoDataRecord {
            package_record: serde_json::from_str(&package).unwrap(),
            url: format!("http://host/chan/noarch/{file}").parse().unwrap(),
            identifier: file.parse().unwrap(),
            channel: None,
        })
    }

    #[test]
    fn the_order_of_arrival_does_not_matter() {
        let records = [
            record("b", "1", "0"),
            record("a", "2", "0"),
            record("a", "1", "1"),
            record("a", "1", "0"),
        ];
        let order = |records: Vec<Arc<RepoDataRecord>>| -> Vec<String> {
            let candidates = Candidates::from_buckets(std::iter::once(records));
            candidates
                .buckets(|_| true)
                .flat_map(|bucket| bucket.map(|one| one.url.to_string()).collect::<Vec<_>>())
                .collect()
        };
        let sorted = order(records.to_vec());
        for turn in 0..records.len() {
            let mut turned = records.to_vec();
            turned.rotate_left(turn);
            assert_eq!(order(turned.clone()), sorted);
            turned.reverse();
            assert_eq!(order(turned), sorted);
        }
    }

    #[test]
    fn what_is_called_as_no_package_can_be_is_left_out() {
        let odd = |build: &str| {
            let mut odd = Arc::unwrap_or_clone(record("a", "1", "0"));
            odd.package_record.build = BuildString::new_unchecked(build);
            Arc::new(odd)
        };
        let hostile = ["0\n  - evil=1", "`0`", "@org/team", "a b", "<!--", "\u{1b}[2J"];
        let records = hostile.iter().map(|build| odd(build)).chain([record("a", "1", "0")]);
        let candidates = Candidates::from_buckets(std::iter::once(records.collect()));
        assert_eq!(candidates.named("a").count(), 1);
        let usual = ["0", "py312h1_0", "h0_0_cpython", ""].map(odd).to_vec();
        let candidates = Candidates::from_buckets(std::iter::once(usual));
        assert_eq!(candidates.named("a").count(), 4);
    }

    #[test]
    fn a_name_is_not_the_start_of_another() {
        let candidates = Candidates::from_buckets(
            [vec![record("a-b", "1", "0"), record("a", "1", "0")], vec![record("a", "2", "0")]]
                .into_iter(),
        );
        let versions = |name: &str| -> Vec<String> {
            candidates.named(name).map(|one| one.package_record.version.to_string()).collect()
        };
        assert_eq!(versions("a"), ["1", "2"]);
        assert_eq!(versions("a-b"), ["1"]);
        assert!(versions("a-").is_empty());
    }
}
