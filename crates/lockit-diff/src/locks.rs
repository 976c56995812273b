//! Differences between two locks.
