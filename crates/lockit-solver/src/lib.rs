//! From what is wanted to what is chosen: the only crate that knows rattler's gateway, solver and
//! network types.
//!
//! [`Session`] holds one repodata gateway for a whole run; [`Session::solve`] takes the environments
//! of the run in batches and hands over one [`Outcome`] for each of their platforms. What could not
//! be solved is explained by [`Unsolvable`].
//!
//! Not here: reading specs (`lockit-spec`), writing lockfiles (`lockit-lockfile`), and asking the
//! host anything. Virtual packages come with the [`Environment`](lockit_spec::Environment).

mod address;
mod batch;
mod bounded;
mod bounds;
mod candidates;
mod channels;
mod client;
mod conda_network;
mod conflict;
mod core;
mod eager;
mod fetch;
mod lazy;
mod lookup;
mod observed;
mod outcome;
mod own_config;
mod plain;
mod problem;
mod progress;
mod readable;
mod record;
mod report;
mod request;
mod retry_after;
mod secrets;
mod session;
mod solve;
mod sources;
mod stand_in;
mod subset;
mod tree;
mod validators;
mod zstd_size;

pub use bounds::Bounds;
pub use channels::reveal;
pub use client::{ConfigError, Network, allowed_variables, archive_client};
pub use conflict::{Conflict, Excluded, MissingPackage, Unmatched};
pub use fetch::{FetchFailure, FetchReason};
pub use lookup::Indexed;
pub use observed::{Observed, TooNew, WithdrawnRecord};
pub use outcome::{Failure, Outcome};
pub use progress::{NoProgress, Progress};
pub use record::installed_record;
pub use report::Unsolvable;
pub use request::{Request, Upgrade};
pub use secrets::{conceal, learn_url};
pub use session::{Session, SessionError, Variables};
