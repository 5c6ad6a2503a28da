//! Hellos of clients, as small as they may be.

use crate::quic;

/// A record with a hello of TLS 1.3 that asks for `name` (RFC 8446, section 4.1.2; RFC 6066, section 3).
///
/// # Panics
/// Where the name is too long.
#[must_use]
pub fn hello(name: &str) -> Vec<u8> {
    let sized = |bytes: &[u8]| {
        let length = u16::try_from(bytes.len()).expect("a short hello");
        [&length.to_be_bytes()[..], bytes].concat()
    };
    let server_name = sized(&[&[0], &sized(name.as_bytes())[..]].concat());
    let versions = [2, 3, 4];
    let extensions = [
        &[0, 0],
        &sized(&server_name)[..],
        &[0, 43],
        &sized(&versions),
    ]
    .concat();
    let body = [
        &[3, 3][..],
        &[7; 32],
        &[0],
        &sized(&[0x13, 0x01]),
        &[1, 0],
        &sized(&extensions),
    ]
    .concat();
    let message = [&[1, 0][..], &sized(&body)].concat();
    [&[0x16, 3, 1][..], &sized(&message)].concat()
}

/// A QUIC Initial with the hello of a record in a CRYPTO frame (RFC 9000, section 19.6).
///
/// # Panics
/// Where the hello is too long for a datagram, or `record` has no header.
#[must_use]
pub fn initial(record: &[u8]) -> Vec<u8> {
    let hello = &record[5..];
    let length = 0x4000 | u16::try_from(hello.len()).expect("a short hello");
    quic::initial(0, &[&[6, 0][..], &length.to_be_bytes(), hello].concat())
}
