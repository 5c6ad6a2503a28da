//! The committed file against known facts and against rows of what it was made of.

use std::net::IpAddr;
use std::sync::LazyLock;

use super::*;

const FILE: &[u8] = include_bytes!("../../../../../data/places.bin");

/// Rows of the sources, written beside the file without its encoder.
const SAMPLES: &str = include_str!("../../../../../data/places.samples");

static PLACES: LazyLock<Places> = LazyLock::new(|| Places::parse(FILE).unwrap());

fn told(address: &str) -> (Option<String>, Option<u32>) {
    let place = PLACES.place(address.parse().unwrap());
    (place.country.map(|c| c.as_str().to_owned()), place.asn)
}

#[test]
fn known_addresses_are_where_they_are_known_to_be() {
    for (address, country, asn) in [
        ("42.99.2.15", "CN", 4134),
        ("203.107.1.65", "CN", 37963),
        ("8.8.8.8", "US", 15169),
        ("::ffff:8.8.8.8", "US", 15169),
        ("64:ff9b::8.8.8.8", "US", 15169),
        ("2001:4860:4860::8888", "US", 15169),
    ] {
        assert_eq!(
            told(address),
            (Some(country.to_owned()), Some(asn)),
            "{address}"
        );
    }
    assert_eq!(PLACES.network_name(4134), Some("Chinanet"));
    assert_eq!(PLACES.network_name(64496), None);
}

#[test]
fn reserved_addresses_are_nowhere() {
    for address in [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.251",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "2001:2::1",
        "2001:db8::1",
        "3fff::1",
        "64:ff9b::10.0.0.1",
        "::ffff:192.0.2.1",
    ] {
        assert_eq!(told(address), (None, None), "{address}");
    }
}

#[test]
fn rows_of_the_sources_are_found_again() {
    let mut rows = 0;
    for line in SAMPLES.lines() {
        let mut fields = line.split(' ');
        let mut field = || fields.next().unwrap();
        let (address, what, value) = (field(), field(), field());
        let (country, asn) = told(address);
        let found = match what {
            "country" => country,
            _ => asn.map(|asn| asn.to_string()),
        };
        if !matches!(
            block_of(address.parse::<IpAddr>().unwrap()),
            Block::Reserved
        ) {
            assert_eq!(found.as_deref(), Some(value), "{line}");
            rows += 1;
        }
    }
    assert!(rows > 1000, "{rows}");
}

#[test]
fn the_file_is_as_small_as_promised() {
    assert!(FILE.len() <= 1_300_000, "{}", FILE.len());
}

#[test]
fn a_name_is_registered_under_its_public_suffix() {
    for (host, expected) in [
        ("www.example.co.uk", "example.co.uk"),
        ("a.b.example.com", "example.com"),
        ("A.B.Example.COM", "Example.COM"),
        ("example.com.", "example.com"),
        ("co.uk", "co.uk"),
        ("com", "com"),
        ("user.github.io", "user.github.io"),
        ("x.user.github.io", "user.github.io"),
        // *.ck, but not www.ck.
        ("a.b.c.ck", "b.c.ck"),
        ("a.www.ck", "www.ck"),
        ("x.unknown-zone", "x.unknown-zone"),
        ("a.b.xn--fiqs8s", "b.xn--fiqs8s"),
        ("192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("..", "."),
    ] {
        assert_eq!(PLACES.registrable(host), expected, "{host}");
    }
}

#[test]
fn a_damaged_file_is_refused_or_still_answers() {
    assert_eq!(Places::parse(&b"PK"[..]).unwrap_err(), PlacesError::Magic);
    let cut = Places::parse(&FILE[..FILE.len() - 1]).unwrap_err();
    assert!(cut.to_string().contains("table of contents"), "{cut}");
    let mut refused = 0;
    for at in (8..FILE.len()).step_by(FILE.len() / 199) {
        let mut damaged = FILE.to_vec();
        damaged[at] ^= 0x55;
        match Places::parse(damaged) {
            Err(_) => refused += 1,
            Ok(places) => {
                places.place("8.8.8.8".parse().unwrap());
                places.registrable("www.example.co.uk");
            }
        }
    }
    assert!(refused > 50, "{refused}");
}
