//! The one place that makes sockets to the outside.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use gasket_core::facts::Protocol;
use gasket_core::guard::ConnectError;
use socket2::{Domain, MsgHdr, SockAddr, Socket, Type};

use crate::host::Host;
use crate::sys;

/// A socket to a flow's peer.
pub(crate) struct Outside {
    pub(crate) socket: Socket,
    pub(crate) protocol: Protocol,
    pub(crate) is_v6: bool,
    /// A TCP socket whose outcome is not known yet.
    pub(crate) is_connecting: bool,
}

/// Why no socket was made.
#[derive(Debug)]
pub(crate) enum DialError {
    /// The process or the system is out of descriptors or buffers.
    Exhausted,
    /// The platform would not keep the socket out of the tunnel.
    Unprotected,
    /// The kernel refused at once.
    Failed(ConnectError),
}

impl Outside {
    /// Sends from a stream. A peer that is gone is an error like any other, not a SIGPIPE, which
    /// would end whatever process the engine lives in.
    pub(crate) fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.send_with_flags(bytes, libc::MSG_NOSIGNAL)
    }

    /// Sends `bytes` as datagrams of `size` bytes, the last as long as what is left (`UDP_SEGMENT`, udp(7)).
    pub(crate) fn send_segments(&self, bytes: &[u8], size: usize) -> io::Result<usize> {
        let size = u16::try_from(size).map_err(|_| io::ErrorKind::InvalidInput)?;
        let control = sys::segment_size_message(size);
        let bytes = [io::IoSlice::new(bytes)];
        let message = MsgHdr::new().with_buffers(&bytes).with_control(&control);
        self.socket.sendmsg(&message, 0)
    }
}

/// Whether [`Outside::send_segments`] can be used: a kernel that does not know of it would take all the bytes
/// for one datagram.
pub(crate) fn segments_are_supported(outside: &Outside) -> bool {
    sys::knows_segments(outside.as_fd())
}

impl AsFd for Outside {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Opens a non-blocking socket, has it protected, and connects it. A socket that cannot be
/// protected is closed unused.
pub(crate) fn dial(
    host: &dyn Host,
    protocol: Protocol,
    destination: SocketAddr,
) -> Result<Outside, DialError> {
    let is_v6 = destination.is_ipv6();
    let domain = Domain::for_address(destination);
    let (kind, number) = match protocol {
        Protocol::Tcp => (Type::STREAM, socket2::Protocol::TCP),
        Protocol::Udp => (Type::DGRAM, socket2::Protocol::UDP),
        Protocol::Icmp if is_v6 => (Type::DGRAM, socket2::Protocol::ICMPV6),
        Protocol::Icmp => (Type::DGRAM, socket2::Protocol::ICMPV4),
    };
    let socket = Socket::new(domain, kind.nonblocking(), Some(number)).map_err(at_creation)?;
    if !host.protect(socket.as_fd()) {
        return Err(DialError::Unprotected);
    }
    match protocol {
        Protocol::Tcp => socket.set_tcp_nodelay(true).map_err(at_creation)?,
        Protocol::Udp => sys::discover_path_mtu(socket.as_fd(), is_v6).map_err(at_creation)?,
        Protocol::Icmp => {}
    }
    let mut destination = destination;
    if protocol == Protocol::Icmp {
        // A ping socket is connected to an address; the port field carried the identifier.
        destination.set_port(0);
    }
    let is_connecting = match socket.connect(&SockAddr::from(destination)) {
        Ok(()) => false,
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => true,
        Err(error) if is_exhaustion(&error) => return Err(DialError::Exhausted),
        Err(error) => return Err(DialError::Failed(connect_error(&error))),
    };
    Ok(Outside {
        socket,
        protocol,
        is_v6,
        is_connecting,
    })
}

fn at_creation(error: io::Error) -> DialError {
    if is_exhaustion(&error) {
        DialError::Exhausted
    } else {
        log::debug!("no socket: {error}");
        DialError::Failed(ConnectError::Unavailable)
    }
}

/// Whether a socket call failed for want of descriptors, ports or memory.
fn is_exhaustion(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM | libc::EAGAIN)
    )
}

/// What a socket error means to the app.
pub(crate) fn connect_error(error: &io::Error) -> ConnectError {
    match error.raw_os_error() {
        Some(libc::ECONNREFUSED | libc::ECONNRESET) => ConnectError::Refused,
        Some(libc::ENETUNREACH | libc::EADDRNOTAVAIL | libc::EAFNOSUPPORT) => {
            ConnectError::NetworkUnreachable
        }
        Some(libc::EHOSTUNREACH | libc::EACCES | libc::EPERM) => ConnectError::HostUnreachable,
        Some(libc::ETIMEDOUT) => ConnectError::TimedOut,
        _ => ConnectError::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn segments_arrive_as_datagrams_of_their_own() {
        let peer = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket
            .connect(peer.local_addr().expect("bound"))
            .expect("connected");
        let outside = Outside {
            socket: socket.into(),
            protocol: Protocol::Udp,
            is_v6: false,
            is_connecting: false,
        };
        if !segments_are_supported(&outside) {
            eprintln!("skipped: segments_arrive_as_datagrams_of_their_own: Linux before 4.18");
            return;
        }
        let bytes: Vec<u8> = (0..250).collect();
        assert_eq!(outside.send_segments(&bytes, 100).expect("sent"), 250);
        let mut room = [0; 300];
        for share in bytes.chunks(100) {
            let len = peer.recv(&mut room).expect("a datagram");
            assert_eq!(&room[..len], share);
        }
    }
}
