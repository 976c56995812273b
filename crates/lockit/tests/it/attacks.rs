//! Attacks: each gives lockit something hostile, and beside it the harmless twin that must still work. `SECURITY.md` says for
//! each input what it may do; every sentence there has its test here.

mod code;
mod digests;
mod exits;
mod limits;
mod names;
mod places;
mod prefix;
mod requests;
mod texts;
mod variables;
