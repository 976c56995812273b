//! Where a channel says that its packages are (`base_url`, CEP 15).

use rattler_conda_types::RepoDataRecord;
use url::{Origin, Url};

use crate::channels::{ResolvedChannel, with_slash};
use crate::outcome::Failure;
use crate::secrets::conceal;

/// Packages of a channel that are on another server: the channel's public address, and that server.
pub(crate) type Elsewhere = (String, String);

/// Looks where chosen packages are. A channel of the network may name other servers, and each that it names is given
/// back; it may not name files or anything else that this machine has a way to.
///
/// # Errors
/// [`Failure::Channel`] for an address that is none of http.
pub(crate) fn look(
    records: &[RepoDataRecord],
    channels: &[ResolvedChannel],
) -> Result<Vec<Elsewhere>, Failure> {
    let mut elsewhere = Vec::new();
    for record in records {
        let Some(channel) = owner(record, channels) else { continue };
        let base = channel.channel.base_url.url();
        if is_http(base) && !is_http(&record.url) {
            return Err(Failure::Channel {
                channel: channel.label.clone(),
                reason: format!(
                    "its index says that `{}` is at `{}`; a channel of the network may name addresses of http and https only",
                    record.package_record.name.as_normalized(),
                    conceal(record.url.as_str()),
                ),
                origin: None,
                hints: Vec::new(),
            });
        }
        if let Origin::Tuple(..) = record.url.origin()
            && record.url.origin() != base.origin()
        {
            let place =
                (channel.public_url().to_owned(), record.url.origin().ascii_serialization());
            if !elsewhere.contains(&place) {
                elsewhere.push(place);
            }
        }
    }
    Ok(elsewhere)
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// The channel whose index has a record.
fn owner<'a>(
    record: &RepoDataRecord,
    channels: &'a [ResolvedChannel],
) -> Option<&'a ResolvedChannel> {
    let named = record.channel.as_deref().map(with_slash);
    let is_its = |channel: &&ResolvedChannel| {
        let base = channel.asked_base();
        named.as_deref() == Some(base) || record.url.as_str().starts_with(base)
    };
    match channels {
        [only] => Some(only),
        _ => channels.iter().find(is_its),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use lockit_spec::{ChannelNames, ChannelRef};

    use super::*;
    use crate::channels::resolve_listed;

    fn look_at(channels: &[&str], channel: &str, url: &str) -> Result<Vec<Elsewhere>, String> {
        let references: Vec<ChannelRef> =
            channels.iter().map(|text| ChannelRef::new(*text)).collect();
        let channels =
            resolve_listed(&references, &ChannelNames::default(), Path::new("/"), &|_: &str| None)
                .unwrap();
        let record: RepoDataRecord = serde_json::from_value(serde_json::json!({
            "name": "a", "version": "1", "build": "0", "build_number": 0, "subdir": "noarch", "depends": [],
            "fn": "a-1-0.conda", "url": url, "channel": channel,
        }))
        .unwrap();
        look(&[record], &channels).map_err(|failure| match failure {
            Failure::Channel { channel, reason, .. } => format!("{channel}: {reason}"),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn another_server_is_told_and_another_scheme_refused() {
        let (one, two) = ("https://host/one", "https://host/two");
        let at = |url: &str| look_at(&[one, two], "https://host/two/", url);
        assert_eq!(at("https://host/two/noarch/a-1-0.conda"), Ok(Vec::new()));
        assert_eq!(
            at("https://cdn.example:8443/a-1-0.conda"),
            Ok(vec![(two.to_owned(), "https://cdn.example:8443".to_owned())])
        );
        for url in
            ["file:///etc/a-1-0.conda", "ftp://host/two/a-1-0.conda", "oci://host/a-1-0.conda"]
        {
            let error = at(url).unwrap_err();
            assert!(
                error.starts_with("https://host/two: its index says that `a` is at `"),
                "{error}"
            );
        }
        // A folder on this machine may say where its packages are.
        assert!(look_at(&["/"], "file:///", "https://host/a-1-0.conda").is_ok());
    }
}
