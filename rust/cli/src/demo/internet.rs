//! The fake internet: who is there, and what they answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use gasket_core::dns::answer;
use gasket_core::dns::message::Message;
use gasket_core::facts::Protocol;

use super::act::{Act, CONTENT, Place};

/// Its resolver.
pub(super) const RESOLVER: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 53)), 53);

/// The names it knows.
const NAMES: [(&str, Ipv4Addr); 4] = [
    ("zzhc.vnet.cn", Ipv4Addr::new(203, 0, 113, 11)),
    ("sync.example", Ipv4Addr::new(203, 0, 113, 12)),
    ("m.fxltsbl.com", Ipv4Addr::new(203, 0, 113, 13)),
    ("weather.example", Ipv4Addr::new(203, 0, 113, 20)),
];

/// Seconds that its DNS answers hold.
const TTL: u32 = 300;

fn address_of(name: &str) -> Option<Ipv4Addr> {
    let known = NAMES.iter().find(|(known, _)| *known == name)?;
    Some(known.1)
}

/// Where `act` goes, as the fake internet resolves it.
pub(super) fn server_of(act: &Act) -> Option<SocketAddr> {
    match act.to {
        Place::Name(name, port) => Some((address_of(name)?, port).into()),
        Place::Address(address) => Some(address),
    }
}

/// All that listens: protocol and address, the resolver included.
pub(super) fn services(acts: &[Act]) -> Vec<(Protocol, SocketAddr)> {
    let mut services = vec![(Protocol::Udp, RESOLVER)];
    for act in acts {
        let service = server_of(act).map(|server| (act.protocol, server));
        services.extend(service.filter(|service| !services.contains(service)));
    }
    services
}

/// What the server says to all it has `received` on a connection, or in a datagram; `None` while
/// that is not whole. A connection ends after the answer.
pub(super) fn answer(protocol: Protocol, server: SocketAddr, received: &[u8]) -> Option<Vec<u8>> {
    match protocol {
        Protocol::Tcp => http_answer(received),
        _ if server == RESOLVER => dns_answer(received),
        _ => coap_answer(received),
    }
}

fn dns_answer(question: &[u8]) -> Option<Vec<u8>> {
    let query = Message::parse(question).ok()?;
    let name = query.question().name.to_string();
    Some(match address_of(&name) {
        Some(address) => answer::address(&query, address.into(), TTL),
        None => answer::no_data(&query),
    })
}

fn http_answer(received: &[u8]) -> Option<Vec<u8>> {
    let head_len = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(received.get(..head_len)?);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    if received.len() < head_len + length.unwrap_or(0) {
        return None;
    }
    let body = if head.starts_with("POST / ") {
        CONTENT.to_vec()
    } else {
        ordinary_body()
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    Some([head.into_bytes(), body].concat())
}

fn ordinary_body() -> Vec<u8> {
    (0..20_000_u32).map(|n| ((n * n) >> 5) as u8).collect()
}

/// 2.01 Created, piggybacked on the acknowledgement (RFC 7252, section 5.2.1).
fn coap_answer(request: &[u8]) -> Option<Vec<u8>> {
    let &[first, _, id_high, id_low, ref rest @ ..] = request else {
        return None;
    };
    let token = rest.get(..usize::from(first & 0x0f))?;
    Some([&[0x60 | first & 0x0f, 0x41, id_high, id_low], token].concat())
}
