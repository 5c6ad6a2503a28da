//! Options of descriptors and of the process.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::check;

/// Makes reads and writes of `fd` return at once.
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: the descriptor is open for both calls and no pointer is passed.
    unsafe {
        let flags = check(libc::fcntl(fd.as_raw_fd(), libc::F_GETFL))?;
        check(libc::fcntl(
            fd.as_raw_fd(),
            libc::F_SETFL,
            flags | libc::O_NONBLOCK,
        ))?;
    }
    Ok(())
}

fn set_option(
    fd: BorrowedFd<'_>,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: the pointer and length describe `value`, which outlives the call.
    check(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    })?;
    Ok(())
}

/// Has the kernel refuse datagrams larger than the path's MTU (`EMSGSIZE`) instead of fragmenting
/// them, so that the app can be told (RFC 8899 relies on it).
pub(crate) fn discover_path_mtu(fd: BorrowedFd<'_>, is_v6: bool) -> io::Result<()> {
    if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER);
        set_option(fd, level, name, libc::IPV6_PMTUDISC_DO)
    } else {
        let (level, name) = (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER);
        set_option(fd, level, name, libc::IP_PMTUDISC_DO)
    }
}

/// The MTU of the path to the peer of a connected socket, in bytes.
pub(crate) fn path_mtu(fd: BorrowedFd<'_>, is_v6: bool) -> io::Result<u32> {
    let (level, name) = if is_v6 {
        (libc::IPPROTO_IPV6, libc::IPV6_MTU)
    } else {
        (libc::IPPROTO_IP, libc::IP_MTU)
    };
    let mtu = option(fd, level, name)?;
    u32::try_from(mtu).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Whether the kernel cuts what a UDP socket sends into datagrams (Linux 4.18).
pub(crate) fn knows_segments(fd: BorrowedFd<'_>) -> bool {
    option(fd, libc::SOL_UDP, libc::UDP_SEGMENT).is_ok()
}

/// Bytes of a control message's header, and of one whose content is at most a word (cmsg(3)).
const CONTROL_HEADER: usize = size_of::<libc::cmsghdr>();
const CONTROL_WORD: usize = CONTROL_HEADER + size_of::<usize>();

/// The control message by which a send is cut into datagrams of `size` bytes.
pub(crate) fn segment_size_message(size: u16) -> [u8; CONTROL_WORD] {
    let mut message = [0; CONTROL_WORD];
    let len = CONTROL_HEADER + size_of::<u16>();
    let level_at = CONTROL_HEADER - 2 * size_of::<libc::c_int>();
    let parts: [(usize, &[u8]); 4] = [
        (0, &len.to_ne_bytes()),
        (level_at, &libc::SOL_UDP.to_ne_bytes()),
        (
            level_at + size_of::<libc::c_int>(),
            &libc::UDP_SEGMENT.to_ne_bytes(),
        ),
        (CONTROL_HEADER, &size.to_ne_bytes()),
    ];
    for (at, bytes) in parts {
        if let Some(room) = message.get_mut(at..at + bytes.len()) {
            room.copy_from_slice(bytes);
        }
    }
    message
}

fn option(fd: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int) -> io::Result<libc::c_int> {
    let mut value: libc::c_int = 0;
    let mut len = size_of_val(&value) as libc::socklen_t;
    // SAFETY: the pointers describe `value` and its length, which outlive the call.
    check(unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            level,
            name,
            (&raw mut value).cast(),
            &raw mut len,
        )
    })?;
    Ok(value)
}

/// Raises the limit of open descriptors as far as it goes and returns it.
pub(crate) fn raise_descriptor_limit() -> io::Result<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` is writable for the first call and readable for the second.
    unsafe {
        check(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit))?;
        if limit.rlim_cur < limit.rlim_max {
            let raised = libc::rlimit {
                rlim_cur: limit.rlim_max,
                ..limit
            };
            if check(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised)).is_ok() {
                limit = raised;
            }
        }
    }
    Ok(widen(limit.rlim_cur))
}

/// `rlim_t` is 32 or 64 bits wide, as the platform has it.
fn widen(limit: impl Into<u64>) -> u64 {
    limit.into()
}

/// Has the allocator map large blocks one by one, always. By default glibc raises its threshold
/// when the first such block is freed; later rings would then come from the heap, zeroed eagerly
/// and resident.
pub(crate) fn keep_large_allocations_lazy() {
    #[cfg(target_env = "gnu")]
    // SAFETY: sets a number inside the allocator.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 * 1024);
    }
}
