//! Addresses of the soak, and who may be seen there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::servers::{self, WEB, WEB6};
use crate::world::World;

/// The resolver that Gasket asks.
pub(super) const RESOLVER: &str = "203.0.113.53:53";
/// One that lies before it tells the truth.
pub(super) const LIAR: &str = "203.0.113.54:53";
/// One that never answers.
pub(super) const DEAD: &str = "192.0.2.50:53";

/// Whose address the controls are sent from. Nobody takes it unasked: it is deprecated (RFC 6724, section 5).
pub(super) const STRAIGHT: &str = "2001:db8:c::ffff:ffff:ffff";

/// Networks of the world beside those that every world has.
const NETWORKS: &str = "
ip address add 203.0.113.54/32 dev lo
ip route add local 198.51.100.128/26 dev lo
ip -6 address add 2001:db8:c::ffff:ffff:ffff/128 dev lo nodad preferred_lft 0
for part in b c e f; do ip -6 route add local 2001:db8:$part::/64 dev lo; done
";

/// How many addresses of IPv4 there are for leaks, one after the other.
const LEAKS_V4: u64 = 64;

/// Length of the file that is fetched over TLS.
pub(super) const FILE: usize = 300_000;

/// Brings up networks and the servers that stay; the file's content.
pub(super) fn prepare(world: &World) -> Vec<u8> {
    world.run_ok(&["sh", "-ec", NETWORKS]);
    servers::dns_of(
        world,
        "address=/shop.test/203.0.113.10\naddress=/shop.test/2001:db8::10\n",
    );
    servers::web(world);
    let mut chance = gasket_tests::chance::Chance::of(1, "file");
    let content = chance.bytes(FILE);
    world.file("www/file", &content);
    content
}

/// Where leak number `serial` goes to; nobody else does.
pub(super) fn leak(serial: u64, v6: bool, begins_harmless: bool, port: u16) -> SocketAddr {
    let address = match (begins_harmless, v6) {
        (true, _) => numbered(0xe, serial),
        (false, true) => numbered(0xf, serial),
        (false, false) => Ipv4Addr::new(198, 51, 100, 128 + (serial % LEAKS_V4) as u8).into(),
    };
    SocketAddr::new(address, port)
}

/// Where a leak goes to that is sent straight.
pub(super) fn control(serial: u64, port: u16) -> SocketAddr {
    SocketAddr::new(numbered(0xc, serial), port)
}

/// Where an app that is blocked tries to go to.
pub(super) fn forbidden(serial: u64, port: u16) -> SocketAddr {
    SocketAddr::new(numbered(0xb, serial), port)
}

fn numbered(part: u16, serial: u64) -> IpAddr {
    let words = [48, 32, 16, 0].map(|shift| (serial >> shift & 0xffff) as u16);
    let [a, b, c, d] = words;
    Ipv6Addr::new(0x2001, 0xdb8, part, 0, a, b, c, d).into()
}

/// No payload may be seen there.
pub(super) fn is_leak(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            [a, b, c] == [198, 51, 100] && (128..192).contains(&d)
        }
        IpAddr::V6(_) => is_part(address, 0xf),
    }
}

pub(super) fn is_control(address: IpAddr) -> bool {
    is_part(address, 0xc)
}

/// No packet may be seen there.
pub(super) fn is_forbidden(address: IpAddr) -> bool {
    is_part(address, 0xb)
}

fn is_part(address: IpAddr, part: u16) -> bool {
    let IpAddr::V6(address) = address else {
        return false;
    };
    address.segments()[..4] == [0x2001, 0xdb8, part, 0]
}

/// A server that answers.
pub(super) fn server(v6: bool, port: u16) -> SocketAddr {
    let address = if v6 { WEB6 } else { WEB };
    SocketAddr::new(address.parse().expect("an address"), port)
}
