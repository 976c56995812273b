//! Texts of channels and packages, in every output.
