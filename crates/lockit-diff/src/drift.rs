//! Differences between the platforms of one lock.
