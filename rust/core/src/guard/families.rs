//! IPv6, where the user wants none: what apps send that way is refused at once, so that they go by IPv4, and
//! never passes. It stays routed into the tunnel: without a route there it would go around Gasket.

use std::net::IpAddr;

use super::Guard;
use crate::packet::{Ip, Packet, Unreachable, tcp_reset, unreachable};

impl Guard {
    /// Answers a packet that the settings refuse for its family; whether it was one. `bytes` is the packet as
    /// received; absent for a reassembled one. No event: the app is to come again by IPv4.
    pub(super) fn refuses_family(&mut self, ip: &Ip<'_>, bytes: Option<&[u8]>) -> bool {
        if !self.is_family_refused(ip.destination) {
            return false;
        }
        self.counters.ipv6_refused += 1;
        match (ip.upper(), bytes) {
            (Ok(Packet::Tcp(tuple, segment)), _) if !segment.rst() => {
                tcp_reset(self.out.of(None), &tuple, &segment);
            }
            // Nobody answers an answer (RFC 4443, section 2.4), or what goes to many.
            (Ok(Packet::Tcp(..) | Packet::Icmp), _) | (_, None) => {}
            (_, Some(_)) if ip.destination.is_multicast() => {}
            (_, Some(bytes)) => unreachable(self.out.of(None), bytes, Unreachable::Prohibited),
        }
        true
    }

    /// Whether nothing goes to this address because of its family. Gasket's own resolver is in this phone.
    pub(super) fn is_family_refused(&self, destination: IpAddr) -> bool {
        let config = self.judge.config();
        !config.ipv6 && destination.is_ipv6() && !config.resolver_addresses.contains(&destination)
    }
}
