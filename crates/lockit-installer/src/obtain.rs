//! An archive from where its address says, held against what the lockfile says of it before anything reads it.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

use lockit_diagnostic::with_causes;
use lockit_lockfile::hex;
use rattler_digest::digest::Digest as _;
use rattler_digest::{Md5, Sha256};
use rattler_networking::LazyClient;
use rattler_networking::retry_policies::{RetryDecision, RetryPolicy, default_retry_policy};
use url::Url;

use crate::digests::{Expected, Seen};

/// No archive is longer. A server that does not stop sending would fill the disk.
const LONGEST: u64 = 64 << 30;

/// An archive cannot be had.
enum Failure {
    /// The connection broke off; another try may go well.
    Passing(String),
    Final(String),
}

/// Fetches an archive into a file that is gone when it is closed.
///
/// # Errors
/// Why it cannot be had, or in what it is another one.
pub(crate) async fn obtain(
    address: &Url,
    client: &LazyClient,
    expected: &Expected,
    folder: &Path,
) -> Result<(File, Seen), String> {
    let start = now();
    let policy = default_retry_policy();
    let mut tries = 0;
    let (file, seen) = loop {
        let sink = Sink::new(folder, expected.size).map_err(|error| error.to_string())?;
        let failure = match receive(address, client, expected, sink).await {
            Ok(received) => break received,
            Err(failure) => failure,
        };
        tries += 1;
        match failure {
            Failure::Final(reason) => return Err(reason),
            Failure::Passing(reason) => match policy.should_retry(start, tries) {
                RetryDecision::DoNotRetry => return Err(reason),
                RetryDecision::Retry { execute_after } => {
                    let pause = execute_after.duration_since(now()).unwrap_or_default();
                    tokio::time::sleep(pause).await;
                }
            },
        }
    };
    expected.check(&seen)?;
    Ok((file, seen))
}

/// When another try may be made.
#[expect(
    clippy::disallowed_methods,
    reason = "the policy reckons in times of day; no result depends on it"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

async fn receive(
    address: &Url,
    client: &LazyClient,
    expected: &Expected,
    mut sink: Sink,
) -> Result<(File, Seen), Failure> {
    let full = |error: io::Error| Failure::Final(error.to_string());
    if address.scheme() == "file" {
        let path =
            address.to_file_path().map_err(|()| Failure::Final("no such path".to_owned()))?;
        let copy = move || {
            // A pipe would never end.
            if !fs_err::metadata(&path)?.is_file() {
                return Err(io::Error::other(format!("`{}` is not a file", path.display())));
            }
            let mut file = fs_err::File::open(path)?;
            let mut buffer = vec![0; 1 << 16];
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    return Ok(sink.finish());
                }
                sink.take(&buffer[..read])?;
            }
        };
        return match tokio::task::spawn_blocking(copy).await {
            Ok(copied) => copied.map_err(full),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
    }
    let mut request = client.client().get(address.clone());
    if let Some(sha256) = expected.sha256 {
        // Registries of containers hold the answer against it.
        request = request.header("X-Expected-Sha256", hex(&sha256));
    }
    let response = request.send().await.map_err(|error| Failure::Final(with_causes(&error)))?;
    let mut response =
        response.error_for_status().map_err(|error| Failure::Final(with_causes(&error)))?;
    loop {
        match response.chunk().await {
            Ok(Some(bytes)) => sink.take(&bytes).map_err(full)?,
            Ok(None) => return Ok(sink.finish()),
            Err(error) => return Err(Failure::Passing(with_causes(&error))),
        }
    }
}

/// What was received so far.
struct Sink {
    file: File,
    sha256: Sha256,
    md5: Md5,
    size: u64,
    most: u64,
}

impl Sink {
    fn new(folder: &Path, size: Option<u64>) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            sha256: Sha256::default(),
            md5: Md5::default(),
            size: 0,
            most: size.unwrap_or(LONGEST),
        })
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        if self.size > self.most {
            return Err(io::Error::other(format!(
                "it is another archive than was locked: it is longer than {} bytes",
                self.most
            )));
        }
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.file.write_all(bytes)
    }

    fn finish(self) -> (File, Seen) {
        let seen =
            Seen { sha256: self.sha256.finalize(), md5: self.md5.finalize(), size: self.size };
        (self.file, seen)
    }
}
