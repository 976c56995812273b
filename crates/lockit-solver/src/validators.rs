//! Repairs answers that say "not modified" without saying what.

use reqwest::header::{ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::{Request, Response, StatusCode};
use reqwest_middleware::{Middleware, Next, Result};

/// Puts the validators of a conditional request into a 304 that has none.
///
/// RFC 9110 15.4.5 lets a server leave `Last-Modified` out of a 304, and Python's `http.server`
/// does. rattler's cache of shard indexes takes such an answer for a changed index, finds no
/// index in it, and fails.
pub(crate) struct KeepValidators;

const PAIRS: [(HeaderName, HeaderName); 2] =
    [(IF_NONE_MATCH, ETAG), (IF_MODIFIED_SINCE, LAST_MODIFIED)];

#[async_trait::async_trait]
impl Middleware for KeepValidators {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let sent = PAIRS.map(|(condition, _)| request.headers().get(condition).cloned());
        let mut response = next.run(request, extensions).await?;
        let headers = response.headers();
        if response.status() == StatusCode::NOT_MODIFIED
            && !headers.contains_key(ETAG)
            && !headers.contains_key(LAST_MODIFIED)
        {
            for ((_, validator), value) in PAIRS.into_iter().zip(sent) {
                if let Some(value) = value {
                    response.headers_mut().insert(validator, value);
                }
            }
        }
        Ok(response)
    }
}
