//! Variables that a spec names: which are filled in, and where they are sent.
