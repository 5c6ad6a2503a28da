//! The syscalls that std and the crates in use do not wrap. The only unsafe code of the engine.

mod epoll;
mod netlink;
mod options;

pub(crate) use epoll::{Epoll, Interest, Readiness, Waker};
pub(crate) use netlink::open_sock_diag;
pub(crate) use options::{
    discover_path_mtu, keep_large_allocations_lazy, knows_segments, path_mtu,
    raise_descriptor_limit, segment_size_message, set_nonblocking,
};

use std::io;

/// Turns the `-1` of a libc call into the error it stands for.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
