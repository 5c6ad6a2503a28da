use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};

use super::*;

#[test]
fn no_part_of_a_tuple_is_left_out_of_its_hash() {
    let addresses = ["192.0.2.1", "198.51.100.1", "2001:db8::1", "2001:db8:1::1"];
    let mut tuples = Vec::new();
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Icmp] {
        for (source, destination) in addresses.iter().flat_map(|a| addresses.map(|b| (*a, b))) {
            for (from, to) in [(1, 2), (2, 1), (1, 258), (257, 2)] {
                tuples.push(FiveTuple {
                    protocol,
                    source: SocketAddr::new(source.parse().unwrap(), from),
                    destination: SocketAddr::new(destination.parse().unwrap(), to),
                });
            }
        }
    }
    let state = RandomState::new();
    let hashes: BTreeSet<u64> = tuples.iter().map(|tuple| state.hash_one(tuple)).collect();
    assert_eq!(hashes.len(), tuples.len());
}
