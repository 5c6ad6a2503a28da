//! Which addresses can be anybody's, and the unit in which places are kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The unit that an address lies in.
pub(super) enum Block {
    /// Nobody's, or everybody's: IANA's registries of special-purpose addresses.
    Reserved,
    /// The first 24 bits of an IPv4 address.
    V4(u64),
    /// The first 48 bits of an IPv6 address.
    V6(u64),
}

/// Ranges of IPv4 that nobody is assigned (RFC 6890 and the registry it made): first address and
/// length of the prefix.
const RESERVED_V4: [(u32, u32); 15] = [
    (0x0000_0000, 8),  // this network
    (0x0a00_0000, 8),  // private
    (0x6440_0000, 10), // shared by carriers
    (0x7f00_0000, 8),  // loopback
    (0xa9fe_0000, 16), // link-local
    (0xac10_0000, 12), // private
    (0xc000_0000, 24), // protocol assignments
    (0xc000_0200, 24), // documentation
    (0xc058_6300, 24), // formerly 6to4 relays
    (0xc0a8_0000, 16), // private
    (0xc612_0000, 15), // benchmarking, and our decoys
    (0xc633_6400, 24), // documentation
    (0xcb00_7100, 24), // documentation
    (0xe000_0000, 4),  // groups
    (0xf000_0000, 4),  // reserved, and broadcast
];

/// Of IPv6, only 2000::/3 is assigned to anybody (RFC 4291); within it not these: first 64 bits and
/// length of the prefix.
const RESERVED_V6: [(u64, u32); 5] = [
    (0x2001_0000_0000_0000, 32), // Teredo
    (0x2001_0002_0000_0000, 48), // benchmarking, and our decoys
    (0x2001_0010_0000_0000, 27), // ORCHID, both versions lie in it
    (0x2001_0db8_0000_0000, 32), // documentation
    (0x3fff_0000_0000_0000, 20), // documentation
];

/// 64:ff9b::/96, behind which a network without IPv4 reaches it (RFC 6052).
const NAT64: [u16; 6] = [0x64, 0xff9b, 0, 0, 0, 0];

pub(super) fn block_of(address: IpAddr) -> Block {
    match address {
        IpAddr::V4(address) => block_of_v4(address),
        IpAddr::V6(address) => block_of_v6(address),
    }
}

fn block_of_v4(address: Ipv4Addr) -> Block {
    let bits = address.to_bits();
    let is_in = |&(first, length): &(u32, u32)| (bits ^ first) >> (32 - length) == 0;
    if RESERVED_V4.iter().any(is_in) {
        return Block::Reserved;
    }
    Block::V4(u64::from(bits >> 8))
}

fn block_of_v6(address: Ipv6Addr) -> Block {
    let segments = address.segments();
    if let Some(mapped) = address.to_ipv4_mapped() {
        return block_of_v4(mapped);
    }
    if segments.starts_with(&NAT64) {
        let [.., a, b, c, d] = address.octets();
        return block_of_v4(Ipv4Addr::new(a, b, c, d));
    }
    let high = u64::try_from(address.to_bits() >> 64).unwrap_or(0);
    let is_in = |&(first, length): &(u64, u32)| (high ^ first) >> (64 - length) == 0;
    if high >> 61 != 1 || RESERVED_V6.iter().any(is_in) {
        return Block::Reserved;
    }
    Block::V6(high >> 16)
}
