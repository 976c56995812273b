//! Ends answers that are over a bound.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Body, Frame, SizeHint};
use reqwest::{Request, Response, ResponseBuilderExt as _};
use reqwest_middleware::{Middleware, Next, Result};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};

use crate::bounds::{Bounds, OverBound, Packing};
use crate::zstd_size::ZstdSize;

/// Counts what comes, unpacked, and looks at the clock: whoever asked knows no bound.
pub(crate) struct Bounded(pub(crate) Bounds);

#[async_trait::async_trait]
impl Middleware for Bounded {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let deadline = Instant::now() + self.0.request_time;
        let bound = self.0.index(request.url());
        let slow = |_| reqwest_middleware::Error::middleware(OverBound::Slow(self.0.request_time));
        let response =
            timeout_at(deadline, next.run(request, extensions)).await.map_err(slow)??;
        if let (Some((most, _)), Some(length)) = (bound, response.content_length())
            && length > most
        {
            return Err(reqwest_middleware::Error::middleware(OverBound::Large(most)));
        }
        let count = bound.map(|(most, packing)| Count::new(most, packing));
        let url = response.url().clone();
        let (parts, body) = http::Response::from(response).into_parts();
        let body = BoundedBody {
            body,
            count,
            clock: Box::pin(sleep_until(deadline)),
            over: OverBound::Slow(self.0.request_time),
        };
        let mut bounded = http::Response::builder()
            .url(url)
            .body(reqwest::Body::wrap(body))
            .map_err(reqwest_middleware::Error::middleware)?;
        *bounded.status_mut() = parts.status;
        *bounded.version_mut() = parts.version;
        *bounded.headers_mut() = parts.headers;
        bounded.extensions_mut().extend(parts.extensions);
        Ok(bounded.into())
    }
}

/// How much has come, unpacked, at most.
struct Count {
    most: u64,
    unpacked: u64,
    /// `None` for what is not packed.
    packed: Option<ZstdSize>,
}

impl Count {
    fn new(most: u64, packing: Packing) -> Self {
        let packed = match packing {
            Packing::None => None,
            Packing::Zstd => Some(ZstdSize::new()),
        };
        Self { most, unpacked: 0, packed }
    }

    fn add(&mut self, bytes: &[u8]) -> std::result::Result<(), OverBound> {
        match &mut self.packed {
            None => self.unpacked += bytes.len() as u64,
            Some(packed) => self.unpacked = packed.add(bytes),
        }
        if self.unpacked > self.most { Err(OverBound::Large(self.most)) } else { Ok(()) }
    }
}

struct BoundedBody {
    body: reqwest::Body,
    count: Option<Count>,
    clock: Pin<Box<Sleep>>,
    /// What to say when the clock rings.
    over: OverBound,
}

impl Body for BoundedBody {
    type Data = <reqwest::Body as Body>::Data;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Self::Data>, Self::Error>>> {
        if self.clock.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(Box::new(self.over))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let Some(frame) = frame else { return Poll::Ready(None) };
        let frame = frame?;
        if let (Some(data), Some(count)) = (frame.data_ref(), &mut self.count) {
            count.add(data)?;
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_bound_is_an_error() {
        let mut count = Count::new(5, Packing::None);
        assert_eq!(count.add(b"12345"), Ok(()));
        assert_eq!(count.add(b"6"), Err(OverBound::Large(5)));
        let packed = zstd::encode_all(vec![0_u8; 700_000].as_slice(), 3).unwrap();
        assert_eq!(Count::new(1 << 20, Packing::Zstd).add(&packed), Ok(()));
        assert_eq!(Count::new(1 << 19, Packing::Zstd).add(&packed), Err(OverBound::Large(1 << 19)));
        // Whoever unpacks it finds that it is none.
        assert_eq!(Count::new(5, Packing::Zstd).add(b"no zstd at all"), Ok(()));
    }
}
