//! Addresses and routes over rtnetlink (rtnetlink(7)): the five requests `gasket run` needs, so that
//! it depends on no `ip` tool.

use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

// linux/netlink.h
const NLMSG_ERROR: u16 = 2;
const REQUEST_WITH_ANSWER: u16 = 0x1 | 0x4;
const CREATE_NEW: u16 = 0x400 | 0x200;

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
const NEW_LINK: u16 = 16;
const NEW_ADDRESS: u16 = 20;
const NEW_ROUTE: u16 = 24;
const LINK_MTU: u16 = 4;
const ADDRESS: u16 = 1;
const ADDRESS_LOCAL: u16 = 2;
const ROUTE_OUTPUT: u16 = 4;
const IFF_UP: u32 = 1;
/// No duplicate address detection: nobody else is on the tunnel.
const NO_DETECTION: u8 = 0x02;
const MAIN_TABLE: u8 = 254;
const PROTOCOL_BOOT: u8 = 3;
const SCOPE_LINK: u8 = 253;
const UNICAST: u8 = 1;

const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// A socket that configures the network namespace it was opened in.
#[derive(Debug)]
pub(crate) struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Netlink {
    /// Opens the socket in the current network namespace.
    pub(crate) fn open() -> io::Result<Self> {
        let socket = rustix::net::socket_with(
            AddressFamily::NETLINK,
            SocketType::RAW,
            SocketFlags::CLOEXEC,
            // NETLINK_ROUTE is 0.
            None,
        )?;
        Ok(Self {
            socket,
            sequence: 0,
        })
    }

    /// Brings the interface up, with an MTU in bytes where one is given.
    pub(crate) fn bring_up(&mut self, index: u32, mtu: Option<u16>) -> io::Result<()> {
        let mut body = Body::default();
        body.bytes(&[0, 0, 0, 0])
            .word(index)
            .word(IFF_UP)
            .word(IFF_UP);
        if let Some(mtu) = mtu {
            body.attribute(LINK_MTU, &u32::from(mtu).to_ne_bytes());
        }
        self.ask(NEW_LINK, REQUEST_WITH_ANSWER, &body)
    }

    /// Gives the interface an address with its prefix length in bits.
    pub(crate) fn add_address(
        &mut self,
        index: u32,
        address: IpAddr,
        prefix: u8,
    ) -> io::Result<()> {
        let (family, octets) = parts(address);
        let mut body = Body::default();
        body.bytes(&[family, prefix, NO_DETECTION, 0]).word(index);
        body.attribute(ADDRESS_LOCAL, &octets);
        body.attribute(ADDRESS, &octets);
        self.ask(NEW_ADDRESS, REQUEST_WITH_ANSWER | CREATE_NEW, &body)
    }

    /// Sends everything of the address's family that has no better route to the interface.
    pub(crate) fn add_default_route(&mut self, index: u32, like: IpAddr) -> io::Result<()> {
        let (family, _) = parts(like);
        let scope = if like.is_ipv4() { SCOPE_LINK } else { 0 };
        let mut body = Body::default();
        body.bytes(&[family, 0, 0, 0, MAIN_TABLE, PROTOCOL_BOOT, scope, UNICAST]);
        body.word(0);
        body.attribute(ROUTE_OUTPUT, &index.to_ne_bytes());
        self.ask(NEW_ROUTE, REQUEST_WITH_ANSWER | CREATE_NEW, &body)
    }

    /// Sends a request and waits for the kernel's yes or no.
    fn ask(&mut self, kind: u16, flags: u16, body: &Body) -> io::Result<()> {
        self.sequence += 1;
        let mut message = Vec::new();
        message.extend((16 + body.0.len() as u32).to_ne_bytes());
        message.extend(kind.to_ne_bytes());
        message.extend(flags.to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        message.extend(0_u32.to_ne_bytes());
        message.extend(&body.0);
        let kernel = SocketAddrNetlink::new(0, 0);
        rustix::net::sendto(&self.socket, &message, SendFlags::empty(), &kernel)?;
        let mut answer = [0; 4096];
        let (_, length) = rustix::net::recv(&self.socket, &mut answer[..], RecvFlags::empty())?;
        verdict(answer.get(..length).unwrap_or_default(), self.sequence)
    }
}

/// The index of the interface called `name` in the current network namespace.
pub(crate) fn interface_index(name: &str) -> io::Result<u32> {
    // Any socket will do: it only says which namespace is meant.
    let socket = rustix::net::socket_with(
        AddressFamily::UNIX,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    Ok(rustix::net::netdevice::name_to_index(&socket, name)?)
}

/// Reads the kernel's answer: an error message whose error is 0 for a yes.
fn verdict(answer: &[u8], sequence: u32) -> io::Result<()> {
    let strange = || io::Error::other("the kernel's netlink answer is not one");
    let kind = answer.get(4..).and_then(|rest| rest.first_chunk());
    let number = answer.get(8..).and_then(|rest| rest.first_chunk());
    let error = answer.get(16..).and_then(|rest| rest.first_chunk());
    let (Some(kind), Some(number), Some(error)) = (kind, number, error) else {
        return Err(strange());
    };
    if u16::from_ne_bytes(*kind) != NLMSG_ERROR || u32::from_ne_bytes(*number) != sequence {
        return Err(strange());
    }
    match i32::from_ne_bytes(*error) {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error.saturating_neg())),
    }
}

fn parts(address: IpAddr) -> (u8, Vec<u8>) {
    match address {
        IpAddr::V4(v4) => (AF_INET, v4.octets().to_vec()),
        IpAddr::V6(v6) => (AF_INET6, v6.octets().to_vec()),
    }
}

/// What follows a netlink header: a fixed part, then attributes padded to four bytes.
#[derive(Debug, Default)]
struct Body(Vec<u8>);

impl Body {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }

    fn word(&mut self, word: u32) -> &mut Self {
        self.bytes(&word.to_ne_bytes())
    }

    fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.bytes(&(4 + value.len() as u16).to_ne_bytes());
        self.bytes(&kind.to_ne_bytes());
        self.bytes(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: u16, sequence: u32, error: i32) -> Vec<u8> {
        let mut bytes = 36_u32.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(0_u16.to_ne_bytes());
        bytes.extend(sequence.to_ne_bytes());
        bytes.extend(0_u32.to_ne_bytes());
        bytes.extend(error.to_ne_bytes());
        bytes
    }

    #[test]
    fn answers_are_read() {
        assert!(verdict(&answer(NLMSG_ERROR, 3, 0), 3).is_ok());
        let refused = verdict(&answer(NLMSG_ERROR, 3, -1), 3).expect_err("refused");
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert!(verdict(&answer(NLMSG_ERROR, 2, 0), 3).is_err());
        assert!(verdict(&answer(16, 3, 0), 3).is_err());
        assert!(verdict(&[], 3).is_err());
        assert!(verdict(&answer(NLMSG_ERROR, 3, i32::MIN), 3).is_err());
    }

    #[test]
    fn the_kernel_knows_the_loopback_interface() {
        assert_eq!(interface_index("lo").expect("an index"), 1);
        assert!(interface_index("no-such-link").is_err());
        assert!(interface_index("a-name-longer-than-any-interface-has").is_err());
        assert!(interface_index("a\0b").is_err());
    }
}
