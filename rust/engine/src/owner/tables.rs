//! The kernel's socket tables as text: /proc/net/tcp, tcp6, udp and udp6 (proc_net(5)).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::Path;

use gasket_core::facts::Protocol;

use super::{SocketEntry, canonical};

/// Looks a flow up in the tables in `directory`. A table that cannot be read counts as empty.
pub(super) fn look_up(
    directory: &Path,
    protocol: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
) -> Option<SocketEntry> {
    let names: &[&str] = match (protocol, source) {
        (Protocol::Tcp, SocketAddr::V4(_)) => &["tcp", "tcp6"],
        (Protocol::Tcp, SocketAddr::V6(_)) => &["tcp6"],
        (Protocol::Udp, SocketAddr::V4(_)) => &["udp", "udp6"],
        (Protocol::Udp, SocketAddr::V6(_)) => &["udp6"],
        (Protocol::Icmp, _) => return None,
    };
    let mut best = None;
    for name in names {
        // An IPv4 socket comes before an IPv6 one that would do as well: it is what the kernel
        // prefers.
        let table = std::fs::read_to_string(directory.join(name)).unwrap_or_default();
        best = better(best, find(&table, protocol, source, destination));
    }
    best.map(|(_, entry)| entry)
}

/// How well a socket fits a flow, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// UDP, not connected, bound to the port at any address.
    Wildcard,
    /// UDP, not connected, bound to the flow's own address and port.
    Bound,
    /// Connected: both ends are the flow's.
    Connected,
}

/// The entry of one table that fits a flow best, the earlier of two equals. Lines that are not of
/// the known form are stepped over.
#[must_use]
pub fn find(
    table: &str,
    protocol: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
) -> Option<(Fit, SocketEntry)> {
    let (source, destination) = (canonical(source), canonical(destination));
    table
        .lines()
        .filter_map(Line::parse)
        .filter_map(|line| Some((line.fit(protocol, source, destination)?, line.entry)))
        .fold(None, |best, next| better(best, Some(next)))
}

fn better(
    first: Option<(Fit, SocketEntry)>,
    second: Option<(Fit, SocketEntry)>,
) -> Option<(Fit, SocketEntry)> {
    match (first, second) {
        (Some(first), Some(second)) if second.0 > first.0 => Some(second),
        (first, second) => first.or(second),
    }
}

/// A line of a table.
struct Line {
    local: SocketAddr,
    remote: SocketAddr,
    entry: SocketEntry,
}

impl Line {
    /// Columns: number, local, remote, state, queues, timer, retransmissions, uid, timeout, inode.
    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let local = address(columns.next()?)?;
        let remote = address(columns.next()?)?;
        let uid = columns.nth(4)?.parse().ok()?;
        let inode = columns.nth(1)?.parse().ok()?;
        // The remains of a closed socket have no inode.
        (inode != 0).then_some(Self {
            local,
            remote,
            entry: SocketEntry { uid, inode },
        })
    }

    fn fit(&self, protocol: Protocol, source: SocketAddr, destination: SocketAddr) -> Option<Fit> {
        if self.local == source && self.remote == destination {
            return Some(Fit::Connected);
        }
        let unconnected = protocol == Protocol::Udp && self.remote.port() == 0;
        if !unconnected || self.local.port() != source.port() {
            return None;
        }
        let local = self.local.ip();
        // A socket bound to :: takes IPv4, too, unless it has IPV6_V6ONLY, which is not shown.
        let wildcard = local.is_unspecified() && (local.is_ipv6() || source.is_ipv4());
        if local == source.ip() {
            Some(Fit::Bound)
        } else {
            wildcard.then_some(Fit::Wildcard)
        }
    }
}

/// `0100007F:1F90`: each four octets of the address as one number in the machine's order.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut words = [0; 4];
    let count = address.len() / 8;
    if !address.is_ascii() || address.len() % 8 != 0 || count > words.len() {
        return None;
    }
    for (at, word) in words.iter_mut().enumerate().take(count) {
        *word = u32::from_str_radix(&address[at * 8..at * 8 + 8], 16).ok()?;
    }
    let ip: IpAddr = match count {
        1 => words[0].to_ne_bytes().into(),
        4 => {
            let mut octets = [0; 16];
            for (octets, word) in octets.chunks_exact_mut(4).zip(words) {
                octets.copy_from_slice(&word.to_ne_bytes());
            }
            Ipv6Addr::from(octets).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    /// A line of a table, with the columns that are not looked at filled in.
    fn line(local: &str, remote: &str, uid: u32, inode: u64) -> String {
        format!(
            "   3: {local} {remote} 01 00000000:00000000 00:00000000 00000000 {uid:5}        0 {inode} 2 0000000000000000 20 4 30 10 -1\n"
        )
    }

    fn uid(table: &str, protocol: Protocol, source: &str, destination: &str) -> Option<u32> {
        let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
        find(table, protocol, source, destination).map(|(_, entry)| entry.uid)
    }

    #[test]
    fn tcp_needs_both_ends() {
        let table = [
            HEAD,
            &line("0100007F:0FA0", "00000000:0000", 1, 11),
            &line("0200000A:0FA0", "010200C0:0050", 2, 0),
            &line("0200000A:0FA0", "010200C0:0050", 3, 13),
            &line("00000000:0FA0", "00000000:0000", 4, 14),
        ]
        .concat();
        let tcp = |source, destination| uid(&table, Protocol::Tcp, source, destination);
        assert_eq!(tcp("10.0.0.2:4000", "192.0.2.1:80"), Some(3));
        assert_eq!(tcp("10.0.0.2:4000", "192.0.2.1:81"), None);
        assert_eq!(tcp("10.0.0.2:4001", "192.0.2.1:80"), None);
        assert_eq!(tcp("127.0.0.1:4000", "192.0.2.1:80"), None);
    }

    #[test]
    fn udp_prefers_connected_then_bound_then_wildcard() {
        let wildcard = line("00000000:0FA0", "00000000:0000", 1, 11);
        let bound = line("0200000A:0FA0", "00000000:0000", 2, 12);
        let connected = line("0200000A:0FA0", "010200C0:0035", 3, 13);
        let other = line("0200000A:0FA0", "020200C0:0035", 4, 14);
        let udp = |lines: &[&str]| {
            let table = [&[HEAD], lines].concat().concat();
            uid(&table, Protocol::Udp, "10.0.0.2:4000", "192.0.2.1:53")
        };
        assert_eq!(udp(&[&wildcard, &bound, &connected, &other]), Some(3));
        assert_eq!(udp(&[&bound, &wildcard, &other]), Some(2));
        assert_eq!(udp(&[&other, &wildcard]), Some(1));
        assert_eq!(udp(&[&other]), None);
    }

    #[test]
    fn ipv6_and_mapped_addresses_are_read() {
        let v6 = "B80D0120000000000000000001000000";
        let mapped = "0000000000000000FFFF00000200000A";
        let any = "00000000000000000000000000000000";
        let table = [
            HEAD,
            &line(&format!("{v6}:0FA0"), &format!("{v6}:0050"), 5, 15),
            &line(
                &format!("{mapped}:0FA0"),
                "0000000000000000FFFF0000010200C0:0050",
                6,
                16,
            ),
            &line(&format!("{any}:0FA1"), &format!("{any}:0000"), 7, 17),
        ]
        .concat();
        let tcp = |source, destination| uid(&table, Protocol::Tcp, source, destination);
        let udp = |source, destination| uid(&table, Protocol::Udp, source, destination);
        assert_eq!(tcp("[2001:db8::1]:4000", "[2001:db8::1]:80"), Some(5));
        assert_eq!(tcp("10.0.0.2:4000", "192.0.2.1:80"), Some(6));
        assert_eq!(udp("10.0.0.2:4001", "192.0.2.1:53"), Some(7));
        assert_eq!(udp("[2001:db8::2]:4001", "[2001:db8::1]:53"), Some(7));
    }

    #[test]
    fn odd_lines_are_stepped_over() {
        let good = line("0200000A:0FA0", "010200C0:0050", 3, 13);
        let fields: Vec<&str> = good.split_ascii_whitespace().collect();
        let mut table = String::from("\n \nnonsense\n1: ä€00007:0 x\n1: 0100:0 0100:0\n");
        for len in 0..10 {
            table += &fields[..len].join(" ");
            table.push('\n');
        }
        for (at, odd) in [
            (1, "0200000A0FA0"),
            (2, "010200C0:10050"),
            (7, "-1"),
            (9, "x"),
        ] {
            let mut fields = fields.clone();
            fields[at] = odd;
            table += &fields.join(" ");
            table.push('\n');
        }
        let tcp = |table: &str| uid(table, Protocol::Tcp, "10.0.0.2:4000", "192.0.2.1:80");
        assert_eq!(tcp(&table), None);
        assert_eq!(tcp(&(table + &good)), Some(3));
    }
}
