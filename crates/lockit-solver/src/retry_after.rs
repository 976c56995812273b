//! Servers that say when to come again (`Retry-After`, RFC 9110 10.2.3).

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Request, Response, StatusCode};
use reqwest_middleware::{Middleware, Next, Result};
use reqwest_retry::{DefaultRetryableStrategy, Retryable, RetryableStrategy};

/// Longest wait that a server gets. If it wants more, its answer counts at once.
const PATIENCE: Duration = Duration::from_mins(2);

/// Waits as long as the server wants before the answer goes to whoever tries again.
pub(crate) struct WaitAsTold {
    /// How often a request is repeated; before the answer that is the last one nobody needs to wait.
    pub(crate) retries: u32,
}

/// How many answers of one request asked to wait.
#[derive(Clone, Copy)]
struct Asked(u32);

#[async_trait::async_trait]
impl Middleware for WaitAsTold {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let response = next.run(request, extensions).await?;
        if let Some(wait) = wait(&response).filter(|wait| *wait <= PATIENCE) {
            let asked = extensions.get::<Asked>().map_or(0, |asked| asked.0);
            extensions.insert(Asked(asked + 1));
            if asked < self.retries {
                tokio::time::sleep(wait).await;
            }
        }
        Ok(response)
    }
}

/// Tries again what may pass, unless the server wants more time than anybody has.
pub(crate) struct UnlessToldToWaitLong;

impl RetryableStrategy for UnlessToldToWaitLong {
    fn handle(&self, result: &Result<Response>) -> Option<Retryable> {
        if result.as_ref().ok().and_then(wait).is_some_and(|wait| wait > PATIENCE) {
            return None;
        }
        DefaultRetryableStrategy.handle(result)
    }
}

/// How long an answer asks to wait; only those that mean "not now" count.
fn wait(response: &Response) -> Option<Duration> {
    let not_now = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE];
    #[expect(
        clippy::disallowed_methods,
        reason = "a date of a server is compared with the time of the request"
    )]
    let now = Timestamp::now();
    not_now.contains(&response.status()).then(|| told(response.headers(), now)).flatten()
}

/// Seconds, or a date of HTTP.
fn told(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let now: Timestamp = "2026-11-27T12:00:00Z".parse().unwrap();
        for (text, seconds) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Fri, 27 Nov 2026 12:00:09 GMT", Some(9)),
            ("Fri, 27 Nov 2026 11:00:00 GMT", Some(0)),
            ("-3", None),
            ("soon", None),
        ] {
            let headers = [(RETRY_AFTER, text.parse().unwrap())].into_iter().collect();
            assert_eq!(told(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
