//! The name of the distribution, and what emitted jobs install.
