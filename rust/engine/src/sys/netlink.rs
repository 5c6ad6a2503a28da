//! Netlink sockets (netlink(7)).

use std::io;
use std::mem::size_of_val;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The kernel answers inside the very call that asks, so waiting any longer means something is
/// wrong, and the caller must not hang on it.
static REPLY_TIMEOUT: libc::timeval = libc::timeval {
    tv_sec: 1,
    tv_usec: 0,
};

/// Opens a `NETLINK_SOCK_DIAG` socket in the calling thread's network namespace.
pub(crate) fn open_sock_diag() -> io::Result<OwnedFd> {
    // SAFETY: socket(2) takes no pointers.
    let socket = unsafe {
        libc::socket(
            libc::AF_NETLINK,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            libc::NETLINK_SOCK_DIAG,
        )
    };
    if socket < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor was opened just now, and nothing else owns it.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // SAFETY: the pointer and length are those of a timeval that lives for good, which is what
    // SO_RCVTIMEO takes.
    let set = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVTIMEO,
            (&raw const REPLY_TIMEOUT).cast(),
            size_of_val(&REPLY_TIMEOUT) as libc::socklen_t,
        )
    };
    if set < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(socket)
}
