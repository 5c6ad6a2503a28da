//! Moves bytes: every syscall and every thread of Gasket. The only place that makes a socket.

pub mod host;
pub mod owner;

mod sys;
