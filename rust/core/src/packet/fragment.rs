//! Bounded reassembly of IP fragments (RFC 791, RFC 8200).
//!
//! Overlapping fragments are refused whole (RFC 5722): what the scanner reads and what the server
//! would read must be the same bytes.

use std::collections::VecDeque;
use std::net::IpAddr;

use smoltcp::wire::IpProtocol;

use super::{FragmentInfo, Ip};
use crate::{Duration, Instant};

/// Packets that may be under reassembly at a time; with [`PACKET_MAX`] this bounds the memory to
/// 4 MiB, however many fragments an app throws at us.
const PACKETS_MAX: usize = 64;

/// Largest upper-layer length of a reassembled packet (the IPv4 total length less its header).
const PACKET_MAX: usize = 65_515;

/// How long an incomplete packet is kept (RFC 8200: 60 s; Linux: 30 s for IPv4).
const TIMEOUT: Duration = Duration::from_secs(30);

/// The packets under reassembly, oldest first.
#[derive(Debug, Default)]
pub struct Fragments {
    packets: VecDeque<Partial>,
}

/// Outcome of [`Fragments::push`].
#[derive(Debug, PartialEq, Eq)]
pub enum Reassembly {
    /// More fragments are needed.
    Incomplete,
    /// The upper-layer bytes are whole.
    Whole(Vec<u8>),
    /// Overlap, a length that contradicts itself, or too large: dropped, with all of its packet.
    Refused,
}

#[derive(Debug)]
struct Partial {
    source: IpAddr,
    destination: IpAddr,
    protocol: IpProtocol,
    id: u32,
    expires: Instant,
    bytes: Vec<u8>,
    /// Received ranges, sorted, disjoint, none touching the next: a packet that comes in order has one.
    ranges: Vec<(usize, usize)>,
    total: Option<usize>,
    refused: bool,
}

impl Fragments {
    /// Adds one fragment.
    pub fn push(&mut self, now: Instant, ip: &Ip<'_>, info: FragmentInfo) -> Reassembly {
        self.packets.retain(|p| p.expires > now);
        let at = self.packets.iter().position(|p| {
            p.id == info.id
                && p.source == ip.source
                && p.destination == ip.destination
                && p.protocol == ip.protocol
        });
        let at = at.unwrap_or_else(|| {
            if self.packets.len() == PACKETS_MAX {
                self.packets.pop_front();
            }
            self.packets.push_back(Partial {
                source: ip.source,
                destination: ip.destination,
                protocol: ip.protocol,
                id: info.id,
                expires: now + TIMEOUT,
                bytes: Vec::new(),
                ranges: Vec::new(),
                total: None,
                refused: false,
            });
            self.packets.len() - 1
        });
        let Some(partial) = self.packets.get_mut(at) else {
            return Reassembly::Refused;
        };
        if !partial.refused && !partial.add(ip.payload, info) {
            // Kept as a tombstone until it expires, so that later fragments cannot start it anew.
            partial.refused = true;
            partial.bytes = Vec::new();
        }
        if partial.refused {
            return Reassembly::Refused;
        }
        if partial.is_whole() {
            let bytes = self.packets.remove(at).map(|p| p.bytes);
            return bytes.map_or(Reassembly::Refused, Reassembly::Whole);
        }
        Reassembly::Incomplete
    }
}

impl Partial {
    fn add(&mut self, share: &[u8], info: FragmentInfo) -> bool {
        let (start, end) = (info.offset, info.offset + share.len());
        let aligned = !info.more || share.len().is_multiple_of(8);
        if share.is_empty() || !aligned || end > PACKET_MAX {
            return false;
        }
        if !info.more && self.total.replace(end).is_some_and(|total| total != end) {
            return false;
        }
        if self.total.is_some_and(|total| end > total)
            || self
                .ranges
                .last()
                .is_some_and(|&(_, last)| self.total.is_some_and(|total| last > total))
        {
            return false;
        }
        let at = self.ranges.partition_point(|&(s, _)| s < start);
        let overlaps_before = at > 0 && self.ranges[at - 1].1 > start;
        let overlaps_after = self.ranges.get(at).is_some_and(|&(s, _)| s < end);
        if overlaps_before || overlaps_after {
            return false;
        }
        let joins_before = at > 0 && self.ranges[at - 1].1 == start;
        let joins_after = self.ranges.get(at).is_some_and(|&(s, _)| s == end);
        match (joins_before, joins_after) {
            (true, true) => self.ranges[at - 1].1 = self.ranges.remove(at).1,
            (true, false) => self.ranges[at - 1].1 = end,
            (false, true) => self.ranges[at].0 = start,
            (false, false) => self.ranges.insert(at, (start, end)),
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[start..end].copy_from_slice(share);
        true
    }

    fn is_whole(&self) -> bool {
        matches!(*self.ranges, [(0, end)] if self.total == Some(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest fragments there are, in either order: what is looked at for each does not grow with their number.
    #[test]
    fn what_touches_is_one_range() {
        const COUNT: usize = 8_000;
        for order in [
            |n| n,
            |n| COUNT - 1 - n,
            |n| (n * 2 + n * 2 / COUNT) % COUNT,
        ] {
            let mut fragments = Fragments::default();
            for n in 0..COUNT {
                let at = order(n);
                let ip = Ip {
                    source: [10, 0, 0, 2].into(),
                    destination: [192, 0, 2, 1].into(),
                    protocol: IpProtocol::Udp,
                    fragment: None,
                    payload: &[at as u8; 8],
                };
                let info = FragmentInfo {
                    id: 1,
                    offset: 8 * at,
                    more: at + 1 < COUNT,
                };
                let outcome = fragments.push(Instant::ZERO, &ip, info);
                if n + 1 < COUNT {
                    assert_eq!(outcome, Reassembly::Incomplete, "{n}");
                    let ranges = &fragments.packets[0].ranges;
                    let touching = |pair: &[(usize, usize)]| pair[0].1 >= pair[1].0;
                    assert!(!ranges.windows(2).any(touching), "{n}");
                } else {
                    let Reassembly::Whole(bytes) = outcome else {
                        panic!("{outcome:?}");
                    };
                    let all = (0..COUNT).flat_map(|at| [at as u8; 8]);
                    assert!(all.eq(bytes));
                }
            }
        }
    }
}
