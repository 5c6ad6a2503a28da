//! The host's resolv.conf, read for upstreams, and the one the program sees instead.

use std::net::{IpAddr, SocketAddr};

/// Where the resolver's settings stand (resolv.conf(5)).
pub(crate) const RESOLV_CONF: &str = "/etc/resolv.conf";

/// glibc asks no more than this many servers (`MAXNS`).
const MAX_SERVERS: usize = 3;

/// The name servers in a resolv.conf, in order.
pub(crate) fn name_servers(text: &str) -> Vec<SocketAddr> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("nameserver")).then(|| words.next())?
        })
        // A scoped address (fe80::1%eth0) is of no use without its interface's index.
        .filter_map(|address| address.parse::<IpAddr>().ok())
        .map(|address| SocketAddr::new(address, 53))
        .collect()
}

/// A resolv.conf that asks `resolvers`, with the host's search list and options kept.
pub(super) fn inner_resolv_conf(resolvers: &[IpAddr], host: &str) -> String {
    let mut text: String = resolvers
        .iter()
        .take(MAX_SERVERS)
        .map(|address| format!("nameserver {address}\n"))
        .collect();
    for line in host.lines() {
        if line.starts_with("search") || line.starts_with("domain") || line.starts_with("options") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "# made by something\n\
        nameserver 127.0.0.53\nnameserver\t2001:db8::1\nnameserver fe80::1%eth0\nnameserver\n\
        options edns0 trust-ad\nsearch example.org\nsortlist 10.0.0.0\n";

    #[test]
    fn servers_are_read_in_order() {
        let servers = name_servers(HOST);
        let expected = ["127.0.0.53:53", "[2001:db8::1]:53"];
        assert_eq!(servers, expected.map(|a| a.parse().expect("an address")));
        assert!(name_servers("").is_empty());
    }

    #[test]
    fn the_inner_file_asks_only_the_tunnel() {
        let inner = inner_resolv_conf(&["10.111.222.2".parse().expect("an address")], HOST);
        assert_eq!(
            inner,
            "nameserver 10.111.222.2\noptions edns0 trust-ad\nsearch example.org\n"
        );
    }
}
