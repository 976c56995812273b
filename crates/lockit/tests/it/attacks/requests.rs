//! Addresses that a channel names: other schemes, other hosts, what no client takes.
