//! A run that failed says so: outputs that cannot be written, networks that are dead.
