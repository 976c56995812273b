//! The records of one query, in an order that does not depend on the order of arrival.

use std::sync::Arc;

use lockit_diagnostic::visible;
use lockit_lockfile::alphabet;
use rattler_conda_types::RepoDataRecord;
use rattler_repodata_gateway::RepoData;
use rattler_solve::ChannelRepoData;

use crate::channels::{ResolvedChannel, with_slash};

/// Records per channel and subdir, the channel of highest priority first.
///
/// The gateway appends packages as their answers arrive. The solver breaks ties by position, so
/// the records are sorted: the same index gives the same lock, whatever the network did.
#[derive(Debug)]
pub(crate) struct Candidates {
    buckets: Vec<Bucket>,
}

/// The records of one channel and subdir.
#[derive(Debug)]
struct Bucket {
    records: Vec<Arc<RepoDataRecord>>,
    /// The name of several channels that theirs is one of; they have one priority.
    group: Option<Arc<str>>,
}

impl Candidates {
    /// `channels` are those that were asked.
    pub(crate) fn new(repo_data: &[RepoData], channels: &[ResolvedChannel]) -> Self {
        let group = |records: &[Arc<RepoDataRecord>]| {
            let base = with_slash(records.first()?.channel.as_deref()?);
            let channel = channels.iter().find(|channel| channel.asked_base() == base)?;
            channel.group.clone()
        };
        Self::from_buckets(repo_data.iter().map(|data| data.iter_arc().cloned().collect()), group)
    }

    fn from_buckets(
        buckets: impl Iterator<Item = Vec<Arc<RepoDataRecord>>>,
        group: impl Fn(&[Arc<RepoDataRecord>]) -> Option<Arc<str>>,
    ) -> Self {
        let buckets = buckets
            .map(|mut records| {
                leave_out_odd(&mut records);
                records
                    .sort_unstable_by(|a, b| name(a).cmp(name(b)).then_with(|| a.url.cmp(&b.url)));
                Bucket { group: group(&records), records }
            })
            .collect();
        Self { buckets }
    }

    /// For each bucket the records that may be chosen, as the solver wants them.
    pub(crate) fn buckets<'a>(
        &'a self,
        may_be_chosen: impl Fn(&RepoDataRecord) -> bool,
    ) -> Vec<ChannelRepoData<'a, Vec<&'a RepoDataRecord>>> {
        let chosen = |bucket: &'a Bucket| {
            let records = bucket.records.iter().map(AsRef::as_ref);
            records.filter(|record| may_be_chosen(record)).collect()
        };
        self.buckets
            .iter()
            .map(|bucket| ChannelRepoData {
                records: chosen(bucket),
                multi_channel: bucket.group.as_deref(),
            })
            .collect()
    }

    /// Whether a channel has the highest priority of all that have a normalised name. Several channels of one name share
    /// theirs.
    pub(crate) fn is_first_with(&self, wanted: &str, channel: Option<&str>) -> bool {
        let Some(first) = self.buckets.iter().find_map(|bucket| {
            let record = bucket.named(wanted).next()?;
            Some((record.channel.as_deref(), bucket.group.as_ref()))
        }) else {
            return channel.is_none();
        };
        first.0 == channel
            || first.1.is_some_and(|group| {
                self.buckets.iter().any(|bucket| {
                    bucket.group.as_ref() == Some(group)
                        && bucket.records.first().and_then(|one| one.channel.as_deref()) == channel
                })
            })
    }

    /// All records of one normalised name.
    pub(crate) fn named(&self, wanted: &str) -> impl Iterator<Item = &RepoDataRecord> {
        self.buckets.iter().flat_map(move |bucket| bucket.named(wanted))
    }
}

impl Bucket {
    fn named(&self, wanted: &str) -> impl Iterator<Item = &RepoDataRecord> {
        let records = &self.records;
        let start = records.partition_point(|record| name(record) < wanted);
        let count = records[start..].partition_point(|record| name(record) == wanted);
        records[start..start + count].iter().map(AsRef::as_ref)
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
            let candidates = Candidates::from_buckets(std::iter::once(records), |_| None);
            candidates
                .buckets(|_| true)
                .into_iter()
                .flat_map(|bucket| bucket.records.into_iter().map(|one| one.url.to_string()))
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
        let candidates = Candidates::from_buckets(std::iter::once(records.collect()), |_| None);
        assert_eq!(candidates.named("a").count(), 1);
        let usual = ["0", "py312h1_0", "h0_0_cpython", ""].map(odd).to_vec();
        let candidates = Candidates::from_buckets(std::iter::once(usual), |_| None);
        assert_eq!(candidates.named("a").count(), 4);
    }

    #[test]
    fn a_name_is_not_the_start_of_another() {
        let candidates = Candidates::from_buckets(
            [vec![record("a-b", "1", "0"), record("a", "1", "0")], vec![record("a", "2", "0")]]
                .into_iter(),
            |_| None,
        );
        let versions = |name: &str| -> Vec<String> {
            candidates.named(name).map(|one| one.package_record.version.to_string()).collect()
        };
        assert_eq!(versions("a"), ["1", "2"]);
        assert_eq!(versions("a-b"), ["1"]);
        assert!(versions("a-").is_empty());
    }

    #[test]
    fn channels_of_one_name_have_one_priority() {
        let at = |channel: &str| {
            let mut one = Arc::unwrap_or_clone(record("a", "1", "0"));
            one.channel = Some(channel.to_owned());
            vec![Arc::new(one)]
        };
        let buckets = [at("main"), at("r"), at("other")].into_iter();
        let grouped = |records: &[Arc<RepoDataRecord>]| {
            (records[0].channel.as_deref() != Some("other")).then(|| "defaults".into())
        };
        let candidates = Candidates::from_buckets(buckets, grouped);
        let first = |name: &str, channel| candidates.is_first_with(name, Some(channel));
        assert!(first("a", "main") && first("a", "r") && !first("a", "other"));
        assert!(!first("b", "main"));
        let groups: Vec<_> =
            candidates.buckets(|_| true).iter().map(|one| one.multi_channel).collect();
        assert_eq!(groups, [Some("defaults"), Some("defaults"), None]);
    }
}
