//! Words for channels that could not be read.

use std::collections::BTreeMap;

use lockit_diagnostic::Diagnostic;
use lockit_spec::credentials::variables;
use lockit_spec::{Platform, platform_names};

use crate::fetch::{FetchFailure, FetchReason};

/// Channels that could not be read, said once for all environments of the run.
pub(super) fn report(fetches: &[(Platform, FetchFailure)]) -> Vec<Diagnostic> {
    let mut groups: BTreeMap<_, (Vec<Platform>, Vec<&FetchFailure>)> = BTreeMap::new();
    for (platform, failure) in fetches {
        let (platforms, failures) =
            groups.entry((failure.channel.as_deref(), failure.reason)).or_default();
        if !platforms.contains(platform) {
            platforms.push(*platform);
        }
        failures.push(failure);
    }
    groups
        .into_iter()
        .filter_map(|((channel, reason), (platforms, mut failures))| {
            // Which of several requests failed first is chance; what is shown should not be.
            failures.sort_by(|a, b| (&a.url, &a.detail).cmp(&(&b.url, &b.detail)));
            Some(diagnostic(channel, reason, failures.first()?, &platforms))
        })
        .collect()
}

fn diagnostic(
    channel: Option<&str>,
    reason: FetchReason,
    failure: &FetchFailure,
    platforms: &[Platform],
) -> Diagnostic {
    let what = what(reason);
    let which = channel.map_or_else(|| "a channel".to_owned(), |url| format!("channel `{url}`"));
    let mut diagnostic = Diagnostic::error(format!(
        "{which} cannot be read for {}: {what}",
        platform_names(platforms)
    ));
    if let Some(url) = failure.url.as_ref().filter(|_| reason != FetchReason::NotCached) {
        let exact = matches!(
            reason,
            FetchReason::Status(404)
                | FetchReason::Damaged
                | FetchReason::Large
                | FetchReason::Changed
                | FetchReason::Other
        );
        let url = if exact { url.clone() } else { any_subdir(url) };
        diagnostic = diagnostic.note(format!("asked for {url}"));
    }
    if matches!(
        reason,
        FetchReason::Tls
            | FetchReason::Slow
            | FetchReason::Large
            | FetchReason::Damaged
            | FetchReason::Cache
            | FetchReason::Other
    ) {
        diagnostic = diagnostic.note(failure.detail.clone());
    }
    if let Some(hint) = channel.and_then(|channel| refused_login(reason, channel)) {
        return diagnostic.hint(hint);
    }
    for hint in hints(reason) {
        diagnostic = diagnostic.hint(*hint);
    }
    diagnostic
}

/// Whoever has given a login does not look for where to put one.
fn refused_login(reason: FetchReason, channel: &str) -> Option<String> {
    let names = variables(channel);
    if names.is_empty() || !matches!(reason, FetchReason::Status(401 | 403)) {
        return None;
    }
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Some(format!(
        "the login in the channel's address was not accepted: check the value of {}, and what it may read",
        names.join(" and ")
    ))
}

/// Why one of several channels that have a name cannot be read, in a sentence about that channel.
pub(crate) fn without_place(failure: &FetchFailure) -> String {
    what(failure.reason)
}

fn what(reason: FetchReason) -> String {
    match reason {
        FetchReason::Status(404) => "there is no such channel (404 Not Found)".to_owned(),
        FetchReason::Status(401) => "the server wants credentials (401 Unauthorized)".to_owned(),
        FetchReason::Status(403) => "the server refuses access (403 Forbidden)".to_owned(),
        FetchReason::Status(code) => format!("the server answers {}", status(code)),
        FetchReason::Refused => "nobody answers at its address (connection refused)".to_owned(),
        FetchReason::UnknownHost => "its host is not known".to_owned(),
        FetchReason::Tls => "no secure connection can be made".to_owned(),
        FetchReason::Silent => "the server does not answer in time".to_owned(),
        FetchReason::Slow => "its answer takes too long".to_owned(),
        FetchReason::Large => "its index is too large".to_owned(),
        FetchReason::Lost => "the connection breaks before the answer is complete".to_owned(),
        FetchReason::Damaged => "what the server sends is no package index".to_owned(),
        FetchReason::Changed => {
            "a part of its index is not the one that the index lists".to_owned()
        }
        FetchReason::NotCached => "it is not in the cache".to_owned(),
        FetchReason::Cache => "the cache folder cannot be used".to_owned(),
        FetchReason::Shared | FetchReason::Other => "loading it failed".to_owned(),
    }
}

/// A server that fails does so for every subdir, and which of them is asked first is chance.
fn any_subdir(url: &str) -> String {
    let (folder, shard) = match url.split_once("/shards/") {
        Some((folder, _)) => (folder, "shards/*"),
        None => url.rsplit_once('/').unwrap_or((url, "")),
    };
    match folder.rsplit_once('/') {
        Some((channel, _)) => format!("{channel}/*/{shard}"),
        None => url.to_owned(),
    }
}

fn hints(reason: FetchReason) -> &'static [&'static str] {
    match reason {
        FetchReason::NotCached => &["run once without `--offline` to fill the cache"],
        FetchReason::Status(401) => &[
            "put a login for its host into `~/.netrc` or into rattler's store (`pixi auth login`), or a token into the channel's URL: `https://host/t/${TOKEN}/channel`",
        ],
        FetchReason::Status(403) => &[
            "check the credentials and what they may read",
            "if a proxy blocks sharded repodata, `--no-sharded` asks for `repodata.json` instead",
        ],
        FetchReason::Status(404) => {
            &["check the channel's name or URL; a channel has at least `noarch/repodata.json`"]
        }
        FetchReason::Silent => &[
            "try again, or wait longer with `--http-timeout 120`",
            "`--offline` uses what is in the cache",
        ],
        FetchReason::Slow => &[
            "if the server may take longer, `--http-request-timeout 7200` waits two hours",
            "`--offline` uses what is in the cache",
        ],
        FetchReason::Large => &[
            "if the channel is to be trusted with that, `--max-repodata 8192` allows 8 GiB of `repodata.json`, and an eighth of that for a shard",
        ],
        FetchReason::UnknownHost => {
            &["check the channel's URL and the network; `--offline` uses what is in the cache"]
        }
        FetchReason::Refused => &["check host and port; `--offline` uses what is in the cache"],
        FetchReason::Tls => &[
            "behind a proxy that has its own certificate, set `SSL_CERT_FILE` to a file that holds it",
        ],
        FetchReason::Damaged => &[
            "open the URL in a browser: a login page of the network may answer in the server's place",
        ],
        FetchReason::Changed => {
            &["the index was replaced while it was read, or is damaged: try again in a minute"]
        }
        FetchReason::Cache => {
            &["free space there, or choose another folder with `RATTLER_CACHE_DIR`"]
        }
        FetchReason::Status(_) | FetchReason::Lost | FetchReason::Shared | FetchReason::Other => {
            &["try again later; `--offline` uses what is in the cache"]
        }
    }
}

fn status(code: u16) -> String {
    match reqwest::StatusCode::from_u16(code) {
        Ok(status) => status.to_string(),
        Err(_) => code.to_string(),
    }
}
