//! Questions to the kernel about one socket (sock_diag(7), `linux/inet_diag.h`).

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use gasket_core::facts::Protocol;

use super::SocketEntry;

/// `SOCK_DIAG_BY_FAMILY` (`linux/sock_diag.h`).
const SOCK_DIAG_BY_FAMILY: u16 = 20;

/// `struct nlmsghdr`: length, type, flags, sequence, port.
const HEADER_LEN: usize = 16;

/// `struct inet_diag_req_v2`: eight octets and the socket's identity.
const REQUEST_LEN: usize = HEADER_LEN + 8 + IDENTITY_LEN;

/// `struct inet_diag_sockid`.
const IDENTITY_LEN: usize = 48;

/// `struct inet_diag_msg`: four octets, the identity, and five words of which uid and inode are the
/// last.
const SOCKET_LEN: usize = 4 + IDENTITY_LEN + 20;

/// Replies to earlier questions that are skipped before giving up: there can be one at most, of a
/// question whose reading was interrupted.
const STALE_MAX: usize = 4;

/// A netlink socket and the number of its last question.
#[derive(Debug)]
pub(super) struct Diag {
    socket: File,
    sequence: u32,
}

impl Diag {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self {
            socket: socket.into(),
            sequence: 0,
        }
    }

    /// The socket from `source` to `destination`. `Ok(None)` also where the kernel lacks the module
    /// for the protocol: it gives the same error for both.
    pub(super) fn look_up(
        &mut self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<Option<SocketEntry>> {
        // The kernel looks a TCP socket up by (local, remote), and a UDP socket the other way round
        // "for historical reasons" (net/ipv4/udp_diag.c). Either look-up finds an IPv6 socket that
        // talks IPv4, and the one for UDP falls back to unconnected sockets by itself.
        let (ip_protocol, first, second) = match protocol {
            Protocol::Tcp => (libc::IPPROTO_TCP, source, destination),
            Protocol::Udp => (libc::IPPROTO_UDP, destination, source),
            Protocol::Icmp => return Ok(None),
        };
        self.sequence = self.sequence.wrapping_add(1);
        let request = request(ip_protocol as u8, first, second, self.sequence);
        self.socket.write_all(&request)?;
        for _ in 0..=STALE_MAX {
            let mut buffer = [0; 4096];
            let len = self.socket.read(&mut buffer)?;
            match Reply::parse(&buffer[..len]) {
                Some(reply) if reply.sequence == self.sequence => {
                    return reply.socket(protocol, source, destination);
                }
                _ => {}
            }
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "only replies to other questions",
        ))
    }
}

fn request(protocol: u8, first: SocketAddr, second: SocketAddr, sequence: u32) -> Vec<u8> {
    const ALL_STATES: u32 = u32::MAX;
    const NO_COOKIE: [u8; 8] = [0xff; 8];
    const ANY_INTERFACE: [u8; 4] = [0; 4];

    let family = match first {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    };
    [
        &(REQUEST_LEN as u32).to_ne_bytes()[..],
        &SOCK_DIAG_BY_FAMILY.to_ne_bytes(),
        &(libc::NLM_F_REQUEST as u16).to_ne_bytes(),
        &sequence.to_ne_bytes(),
        &0_u32.to_ne_bytes(),
        &[family as u8, protocol, 0, 0],
        &ALL_STATES.to_ne_bytes(),
        &first.port().to_be_bytes(),
        &second.port().to_be_bytes(),
        &address_field(first.ip()),
        &address_field(second.ip()),
        &ANY_INTERFACE,
        &NO_COOKIE,
    ]
    .concat()
}

/// An address in the sixteen octets of the identity; IPv4 takes the first four.
fn address_field(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        IpAddr::V6(address) => address.octets(),
    }
}

/// One netlink message.
struct Reply<'a> {
    kind: u16,
    sequence: u32,
    body: &'a [u8],
}

impl<'a> Reply<'a> {
    fn parse(octets: &'a [u8]) -> Option<Self> {
        let len = read_u32(octets, 0)? as usize;
        Some(Self {
            kind: u16::from_ne_bytes([*octets.get(4)?, *octets.get(5)?]),
            sequence: read_u32(octets, 8)?,
            body: octets.get(HEADER_LEN..len)?,
        })
    }

    fn socket(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<Option<SocketEntry>> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "reply of unknown form");
        if self.kind == libc::NLMSG_ERROR as u16 {
            let code = read_u32(self.body, 0).ok_or_else(invalid)?.cast_signed();
            return match code.checked_neg() {
                Some(libc::ENOENT) => Ok(None),
                Some(errno) => Err(io::Error::from_raw_os_error(errno)),
                None => Err(invalid()),
            };
        }
        if self.kind != SOCK_DIAG_BY_FAMILY {
            return Err(invalid());
        }
        let found = Found::parse(self.body).ok_or_else(invalid)?;
        Ok(found.entry_of(protocol, source, destination))
    }
}

/// What matters of `struct inet_diag_msg`.
#[derive(Debug)]
struct Found {
    local: SocketAddr,
    remote: SocketAddr,
    uid: u32,
    inode: u32,
}

impl Found {
    fn parse(body: &[u8]) -> Option<Self> {
        let body = body.get(..SOCKET_LEN)?;
        let family = libc::c_int::from(body[0]);
        let port = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
        let address = |at: usize| -> Option<IpAddr> {
            if family == libc::AF_INET {
                let octets: [u8; 4] = body.get(at..at + 4)?.try_into().ok()?;
                return Some(octets.into());
            }
            let octets: [u8; 16] = body.get(at..at + 16)?.try_into().ok()?;
            Some(Ipv6Addr::from(octets).to_canonical())
        };
        Some(Self {
            local: SocketAddr::new(address(8)?, port(4)),
            remote: SocketAddr::new(address(24)?, port(6)),
            uid: read_u32(body, 64)?,
            inode: read_u32(body, 68)?,
        })
    }

    /// The entry, if it is of the flow: the kernel also answers with a listener on the local port,
    /// and with the remains of a closed socket, which have no inode.
    fn entry_of(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<SocketEntry> {
        let connected = self.local == source && self.remote == destination;
        let unconnected = protocol == Protocol::Udp
            && self.remote.port() == 0
            && self.local.port() == source.port();
        (self.inode != 0 && (connected || unconnected)).then_some(SocketEntry {
            uid: self.uid,
            inode: self.inode.into(),
        })
    }
}

fn read_u32(octets: &[u8], at: usize) -> Option<u32> {
    let raw = octets.get(at..at + 4)?;
    Some(u32::from_ne_bytes([raw[0], raw[1], raw[2], raw[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn reply(kind: u16, body: &[u8]) -> Vec<u8> {
        let len = (HEADER_LEN + body.len()) as u32;
        [
            &len.to_ne_bytes()[..],
            &kind.to_ne_bytes(),
            &[0, 0],
            &5_u32.to_ne_bytes(),
            &[0; 4],
            body,
        ]
        .concat()
    }

    fn read(octets: &[u8]) -> Option<io::Result<Option<SocketEntry>>> {
        let (source, destination) = (address("127.0.0.1:4000"), address("192.0.2.1:80"));
        Some(Reply::parse(octets)?.socket(Protocol::Tcp, source, destination))
    }

    /// The body of a reply about a socket from 127.0.0.1:4000 to 192.0.2.1:80.
    fn socket_body() -> Vec<u8> {
        let request = request(
            libc::IPPROTO_TCP as u8,
            address("127.0.0.1:4000"),
            address("192.0.2.1:80"),
            5,
        );
        assert_eq!(request.len(), REQUEST_LEN);
        let mut body = vec![libc::AF_INET as u8, 1, 0, 0];
        body.extend(&request[HEADER_LEN + 8..]);
        body.extend([0; 12]);
        body.extend(10_001_u32.to_ne_bytes());
        body.extend(77_u32.to_ne_bytes());
        body
    }

    #[test]
    fn a_socket_is_read() {
        let found = read(&reply(SOCK_DIAG_BY_FAMILY, &socket_body()));
        let expected = SocketEntry {
            uid: 10_001,
            inode: 77,
        };
        assert_eq!(found.unwrap().unwrap(), Some(expected));
    }

    #[test]
    fn a_listener_and_a_closed_socket_are_no_owner() {
        let mut listener = socket_body();
        listener[6..8].fill(0);
        listener[24..28].fill(0);
        let mut closed = socket_body();
        closed[68..].fill(0);
        for body in [listener, closed] {
            let found = read(&reply(SOCK_DIAG_BY_FAMILY, &body));
            assert_eq!(found.unwrap().unwrap(), None);
        }
    }

    #[test]
    fn errors_are_told_from_absence() {
        let error = |errno: i32| reply(libc::NLMSG_ERROR as u16, &(-errno).to_ne_bytes());
        assert_eq!(read(&error(libc::ENOENT)).unwrap().unwrap(), None);
        let denied = read(&error(libc::EPERM)).unwrap().unwrap_err();
        assert_eq!(denied.kind(), io::ErrorKind::PermissionDenied);
        assert!(read(&error(i32::MIN + 1)).unwrap().is_err());
    }

    #[test]
    fn cut_and_odd_replies_are_refused() {
        let whole = reply(SOCK_DIAG_BY_FAMILY, &socket_body());
        for len in 0..whole.len() {
            assert!(read(&whole[..len]).is_none(), "{len}");
        }
        let short = reply(SOCK_DIAG_BY_FAMILY, &socket_body()[..SOCKET_LEN - 1]);
        assert!(read(&short).unwrap().is_err());
        assert!(
            read(&reply(libc::NLMSG_DONE as u16, &[0; 4]))
                .unwrap()
                .is_err()
        );
        let mut lying = whole;
        lying[..4].fill(0);
        assert!(read(&lying).is_none());
    }
}
