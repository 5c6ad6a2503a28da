//! Decides. The packet path, the inspection and the verdicts of Gasket.
//!
//! This crate is sans-IO: it has no clock, no sockets, no threads and no unsafe code. Everything
//! comes in through [`guard::Guard`]'s `handle_*` methods and goes out through its `poll_*`
//! methods; whoever drives it (the engine, a test, a fuzzer) brings time, bytes and answers.

#![forbid(unsafe_code)]

pub mod beacon;
pub mod chain;
pub mod config;
pub mod dns;
pub mod event;
pub mod evidence;
pub mod facts;
pub mod flow;
pub mod guard;
pub mod inspect;
pub mod memory;
pub mod owner;
pub mod packet;
pub mod policy;
pub mod receipt;
pub mod rules;
pub mod tables;

mod seal;
mod tcp;
#[cfg(test)]
mod testing;

/// A point on the driver's monotonic clock; the core only ever compares and adds.
pub use smoltcp::time::{Duration, Instant};
