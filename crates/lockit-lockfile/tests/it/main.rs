//! Tests through the public interface.

mod readers;
mod round_trip;
