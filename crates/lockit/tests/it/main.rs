//! End-to-end tests: the real binary, real files, a real server on loopback. One binary for all,
//! because each test binary costs a link of the whole solver stack.

mod context;
mod lock;
mod network;
