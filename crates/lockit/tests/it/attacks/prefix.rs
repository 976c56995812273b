//! Packages whose files would lie outside of the prefix.
