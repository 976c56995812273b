//! End-to-end tests: the real binary, real files, a real server on loopback. One binary for all,
//! because each test binary costs a link of the whole solver stack.

#![expect(clippy::disallowed_methods, reason = "tests look for what is beside the checkout")]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod activation;
mod advice;
mod attacks;
mod belonging;
mod channels;
mod check;
mod ci;
mod conda_lock;
mod context;
mod diff;
mod dockerfile;
mod drop_in;
mod environments;
mod explicit_dependencies;
mod files;
mod foreign;
mod formats;
mod git;
mod hooks;
mod import;
mod install;
mod kinds;
mod lint;
mod lock;
mod merge;
mod mirrors;
mod network;
mod other_tools;
mod peers;
mod pip_install;
mod pip_records;
mod pixi;
mod pixi_cases;
mod pixi_lock;
mod pixi_pypi;
mod pypi;
mod pypi_hashes;
mod pypi_indexes;
mod pypi_scene;
mod reading;
mod real_pypi;
mod reference;
mod refresh;
mod refresh_git;
mod relative_channels;
mod relock;
mod repair;
mod runner;
mod scene;
mod secrets;
mod sources;
mod strip_auth;
mod unsolvable;
mod update;
mod verdicts;
