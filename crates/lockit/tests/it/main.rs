//! End-to-end tests: the real binary, real files, a real server on loopback. One binary for all,
//! because each test binary costs a link of the whole solver stack.

mod check;
mod context;
mod environments;
mod formats;
mod lock;
mod network;
mod peers;
mod reference;
mod relock;
mod update;
mod scene;
mod files;
mod unsolvable;
