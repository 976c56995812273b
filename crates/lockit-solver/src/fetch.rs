//! Why repodata could not be had, as facts. [`report`](crate::report) words them.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

use rattler_config::config::CommonConfig;
use rattler_repodata_gateway::GatewayError;
use rattler_repodata_gateway::fetch::{FetchRepoDataError, RepoDataNotFoundError};

use crate::bounds::OverBound;
use crate::channels::{ResolvedChannel, with_slash};
use crate::secrets::conceal;

/// A channel, or a part of it, that could not be read. Holds no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchFailure {
    /// The channel's public URL, if it is known which one it was.
    pub channel: Option<String>,
    /// What was asked for; a mirror's URL if a mirror was asked.
    pub url: Option<String>,
    /// What kind of failure it is.
    pub reason: FetchReason,
    /// What the system or a library said last.
    pub detail: String,
}

/// What kind of failure it is, as far as it matters for what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FetchReason {
    /// The server answered with a status that is no success.
    Status(u16),
    /// Nobody listens at the address.
    Refused,
    /// The name of the host has no address.
    UnknownHost,
    /// The certificate is not trusted, or the TLS handshake failed otherwise.
    Tls,
    /// The server was silent for longer than the timeout.
    Silent,
    /// The answer was still coming when the longest time for a request was over.
    Slow,
    /// The answer has more bytes than allowed, after unpacking.
    Large,
    /// The connection ended before the answer did.
    Lost,
    /// The answer came, but is not what such an answer looks like.
    Damaged,
    /// A shard is not the one that the index promises.
    Changed,
    /// Not cached, and the network must not be used.
    NotCached,
    /// The cache folder cannot be used.
    Cache,
    /// Another platform waited for the same answer and has the reason.
    Shared,
    /// Anything else.
    Other,
}

/// What the gateway says to those who waited for a request that failed.
pub(crate) const COALESCED: &str = "a coalesced request failed";

/// Mirrors of this run: where a mirror is, and for which channel it stands, both public.
pub(crate) type Mirrors = Vec<(String, String)>;

/// The mirrors of a configuration.
pub(crate) fn mirrors(config: &CommonConfig) -> Mirrors {
    let mut mirrors = Mirrors::new();
    for (channel, urls) in &config.mirrors {
        for url in urls {
            let mut url = url.clone();
            // A login goes into a header and is not part of what errors quote.
            let _ = url.set_password(None);
            let _ = url.set_username("");
            let mirror = with_slash(&conceal(url.as_str()));
            mirrors.push((mirror, with_slash(&conceal(channel.as_str()))));
        }
    }
    mirrors
}

impl FetchFailure {
    /// Reads the chain of causes.
    pub(crate) fn new(
        error: &GatewayError,
        channels: &[ResolvedChannel],
        mirrors: &Mirrors,
        cache: &Path,
    ) -> Self {
        let causes = causes(error);
        let texts: Vec<String> =
            causes.iter().map(|cause| conceal(&cause.to_string()).trim_end().to_owned()).collect();
        let url = texts.iter().find_map(|text| url_in(text));
        let channel = named(error, channels)
            .or_else(|| url.and_then(|url| owner(url, channels, mirrors)))
            .or_else(|| match channels {
                [only] => Some(only.public_base().to_owned()),
                _ => None,
            });
        let reason = reason(error, &causes, &texts);
        let detail = texts.last().cloned().unwrap_or_default();
        Self {
            channel: channel.map(|base| base.trim_end_matches('/').to_owned()),
            url: url.map(without_masked_login),
            reason,
            detail: match reason {
                FetchReason::Cache => format!("`{}`: {detail}", cache.display()),
                _ => detail,
            },
        }
    }
}

/// The error and everything below it. An I/O error may carry another error that is not its source.
fn causes<'a>(error: &'a GatewayError) -> Vec<&'a (dyn Error + 'static)> {
    let mut causes: Vec<&(dyn Error + 'static)> = Vec::new();
    // Transparent variants skip the error they wrap when they are asked for their source.
    let mut current: Option<&'a (dyn Error + 'static)> = Some(match error {
        GatewayError::ReqwestError(error)
        | GatewayError::FetchRepoDataError(
            FetchRepoDataError::HttpError(reqwest_middleware::Error::Reqwest(error))
            | FetchRepoDataError::NotFound(RepoDataNotFoundError::HttpError(error)),
        ) => error,
        GatewayError::ReqwestMiddlewareError(error)
        | GatewayError::FetchRepoDataError(FetchRepoDataError::HttpError(
            reqwest_middleware::Error::Middleware(error),
        )) => error.as_ref(),
        GatewayError::FetchRepoDataError(FetchRepoDataError::IoError(error)) => error,
        other => other,
    });
    while let Some(cause) = current {
        causes.push(cause);
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        current = match inner {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    causes
}

fn reason(
    error: &GatewayError,
    causes: &[&(dyn Error + 'static)],
    texts: &[String],
) -> FetchReason {
    match error {
        GatewayError::ShardHashMismatch(_) => return FetchReason::Changed,
        GatewayError::SubdirNotFoundError(_) => return FetchReason::Status(404),
        GatewayError::ShardedIndexNotCached(_)
        | GatewayError::ShardNotCached(_)
        | GatewayError::FetchRepoDataError(FetchRepoDataError::NoCacheAvailable(_)) => {
            return FetchReason::NotCached;
        }
        GatewayError::FetchRepoDataError(FetchRepoDataError::NotFound(_)) => {
            return FetchReason::Status(404);
        }
        // The gateway has no variant for it.
        GatewayError::IoError(text, _) if text == COALESCED => {
            return FetchReason::Shared;
        }
        _ => {}
    }
    let requests = || causes.iter().filter_map(|cause| cause.downcast_ref::<reqwest::Error>());
    if let Some(status) = requests().find_map(reqwest::Error::status) {
        return FetchReason::Status(status.as_u16());
    }
    // Wrapped by those who try again, in a way that only its words come through.
    let ends_with = |end: &str| texts.iter().any(|text| text.ends_with(end));
    if ends_with(OverBound::LARGE) {
        return FetchReason::Large;
    }
    if ends_with(OverBound::SLOW) {
        return FetchReason::Slow;
    }
    if requests().any(reqwest::Error::is_timeout) {
        return FetchReason::Silent;
    }
    let says =
        |words: &[&str]| texts.iter().any(|text| words.iter().any(|word| text.contains(word)));
    if says(&["offline"]) {
        return FetchReason::NotCached;
    }
    if says(&["certificate", "handshake", "InvalidContentType"]) {
        return FetchReason::Tls;
    }
    if says(&["dns error", "failed to lookup address"]) {
        return FetchReason::UnknownHost;
    }
    let kinds = || causes.iter().filter_map(|cause| cause.downcast_ref()).map(io::Error::kind);
    for kind in kinds() {
        match kind {
            ErrorKind::ConnectionRefused => return FetchReason::Refused,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected => return FetchReason::Lost,
            ErrorKind::TimedOut => return FetchReason::Silent,
            ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory => return FetchReason::Cache,
            _ => {}
        }
    }
    if requests().any(|error| error.is_connect() || error.is_request()) {
        return FetchReason::Lost;
    }
    // The middle of a body: the length was promised and not kept.
    if says(&["end of file before message length", "error reading a body from connection"]) {
        return FetchReason::Lost;
    }
    if kinds().any(|kind| matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof))
        || says(&["decode", "zstd", "frame", "parse", "cannot be read"])
    {
        return FetchReason::Damaged;
    }
    if says(&[
        "failed to create",
        "failed to open",
        "failed to persist",
        "failed to acquire a lock",
    ]) {
        return FetchReason::Cache;
    }
    FetchReason::Other
}

/// The first URL in a text.
fn url_in(text: &str) -> Option<&str> {
    let start = text.find("https://").or_else(|| text.find("http://"))?;
    let rest = &text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || "'\"`)>,".contains(c)).unwrap_or(rest.len());
    Some(rest[..end].trim_end_matches(['.', ':']))
}

/// A login with a mask says nothing.
fn without_masked_login(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.split_once('@')?))) {
        Some((scheme, (login, rest))) if !login.contains('/') && login.contains("***") => {
            format!("{scheme}://{rest}")
        }
        _ => url.to_owned(),
    }
}

/// The public URL of the channel that the error itself names.
fn named(error: &GatewayError, channels: &[ResolvedChannel]) -> Option<String> {
    let GatewayError::SubdirNotFoundError(error) = error else { return None };
    let base = with_slash(error.channel.base_url.as_str());
    let is_it = |channel: &&ResolvedChannel| channel.asked_base() == base;
    channels.iter().find(is_it).map(|channel| channel.public_base().to_owned())
}

/// The public URL of the channel that a public URL belongs to. A mirror may stand for a whole server, and several may be the same.
fn owner(url: &str, channels: &[ResolvedChannel], mirrors: &Mirrors) -> Option<String> {
    let of_run = |url: &str| {
        let bases = channels.iter().map(ResolvedChannel::public_base);
        bases.filter(|base| url.starts_with(base)).max_by_key(|base| base.len())
    };
    if let Some(base) = of_run(url) {
        return Some(base.to_owned());
    }
    let mirrored = mirrors.iter().filter_map(|(mirror, place)| {
        let rest = url.strip_prefix(mirror.as_str())?;
        Some((mirror.len(), place, format!("{place}{rest}")))
    });
    let (_, place, meant) =
        mirrored.max_by_key(|(length, _, meant)| (of_run(meant).is_some(), *length))?;
    if let Some(base) = of_run(&meant) {
        return Some(base.to_owned());
    }
    // Of none of this run's channels: what stands before the platform is the channel's name.
    let (subdir, _) = meant.rsplit_once('/')?;
    let (channel, _) = subdir.rsplit_once('/')?;
    Some(if channel.len() > place.len() { format!("{channel}/") } else { place.clone() })
}

/// Gives failures that only say that somebody else failed the reason of that one. The parts that
/// platforms share are noarch and, between environments, a platform's own.
pub(crate) fn share_reasons<'a>(failures: impl Iterator<Item = &'a mut FetchFailure>) {
    let mut failures: Vec<&mut FetchFailure> = failures.collect();
    let known = failures.iter().filter(|failure| failure.reason != FetchReason::Shared);
    let noarch =
        |failure: &FetchFailure| failure.url.as_ref().is_some_and(|url| url.contains("/noarch/"));
    let reason = known.min_by_key(|failure| !noarch(failure)).map(|failure| (**failure).clone());
    if let Some(reason) = reason {
        for failure in &mut failures {
            if failure.reason == FetchReason::Shared {
                **failure = reason.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(url: &str, reason: FetchReason) -> FetchFailure {
        FetchFailure { channel: None, url: Some(url.to_owned()), reason, detail: String::new() }
    }

    #[test]
    fn urls_are_found_in_messages() {
        assert_eq!(url_in("for url (http://h/a/b.json)"), Some("http://h/a/b.json"));
        assert_eq!(url_in("from 'https://h/x' (3 bytes)"), Some("https://h/x"));
        assert_eq!(url_in("failed to download https://h/x: eof"), Some("https://h/x"));
        assert_eq!(url_in("nothing here"), None);
        assert_eq!(without_masked_login("http://joe:***@h/a@b"), "http://h/a@b");
        assert_eq!(without_masked_login("http://joe@h/a"), "http://joe@h/a");
    }

    #[test]
    fn who_waited_for_another_gets_its_reason() {
        let mut failures = [
            failure("http://h/linux-64/x", FetchReason::Silent),
            failure("http://h/noarch/x", FetchReason::Status(503)),
            failure("", FetchReason::Shared),
        ];
        share_reasons(failures.iter_mut());
        assert_eq!(failures[2], failures[1]);
        assert_eq!(failures[0].reason, FetchReason::Silent);
    }

    #[test]
    fn a_lonely_failure_keeps_what_it_has() {
        let mut failures = [failure("", FetchReason::Shared)];
        share_reasons(failures.iter_mut());
        assert_eq!(failures[0].reason, FetchReason::Shared);
    }

    #[test]
    fn the_reason_is_read_from_the_chain() {
        let read = |kind: ErrorKind| {
            let error = GatewayError::IoError("while reading http://h/c/x.".into(), kind.into());
            let failure = FetchFailure::new(&error, &[], &Mirrors::new(), Path::new(""));
            assert_eq!(failure.url.as_deref(), Some("http://h/c/x"));
            failure.reason
        };
        assert_eq!(read(ErrorKind::ConnectionRefused), FetchReason::Refused);
        assert_eq!(read(ErrorKind::ConnectionReset), FetchReason::Lost);
        assert_eq!(read(ErrorKind::TimedOut), FetchReason::Silent);
        assert_eq!(read(ErrorKind::StorageFull), FetchReason::Cache);
        assert_eq!(read(ErrorKind::InvalidData), FetchReason::Damaged);
        assert_eq!(read(ErrorKind::Other), FetchReason::Other);
    }

    #[test]
    fn the_mirror_of_a_server_is_named_with_the_channel_that_was_asked() {
        let mirrors = vec![
            ("http://m/".to_owned(), "https://c/".to_owned()),
            ("http://m/".to_owned(), "https://d/".to_owned()),
        ];
        let names = lockit_spec::ChannelNames::default();
        let listed = ["https://c/one", "https://d/two"].map(lockit_spec::ChannelRef::new);
        let channels =
            crate::channels::resolve_listed(&listed, &names, Path::new("/"), &|_: &str| None)
                .unwrap();
        for (asked, channel) in [
            ("http://m/one/noarch/x", "https://c/one"),
            ("http://m/two/linux-64/x", "https://d/two"),
        ] {
            let error = GatewayError::IoError(format!("at {asked}"), ErrorKind::TimedOut.into());
            let failure = FetchFailure::new(&error, &channels, &mirrors, Path::new(""));
            assert_eq!(failure.channel.as_deref(), Some(channel));
            let failure = FetchFailure::new(&error, &[], &mirrors[..1].to_vec(), Path::new(""));
            let name = channel.rsplit('/').next().unwrap();
            assert_eq!(failure.channel, Some(format!("https://c/{name}")));
        }
    }

    #[test]
    fn a_mirror_is_named_with_the_channel_it_stands_for() {
        let mirrors = vec![("http://m/cf/".to_owned(), "https://c/conda-forge/".to_owned())];
        let error =
            GatewayError::IoError("at http://m/cf/noarch/x".into(), ErrorKind::TimedOut.into());
        let failure = FetchFailure::new(&error, &[], &mirrors, Path::new(""));
        assert_eq!(failure.channel.as_deref(), Some("https://c/conda-forge"));
        assert_eq!(failure.url.as_deref(), Some("http://m/cf/noarch/x"));
    }
}
