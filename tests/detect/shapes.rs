//! Requests of ordinary programs, authored: `data/shapes.http`, filled in by chance.

use data_encoding::{BASE64, BASE64URL_NOPAD};

use crate::chance::Chance;
use crate::request::Request;

const SHAPES: &str = include_str!("data/shapes.http");

const WORDS: [&str; 24] = [
    "amber", "birch", "candle", "delta", "ember", "fjord", "garden", "harbour", "island", "jacket",
    "kettle", "lantern", "meadow", "nectar", "orchid", "pebble", "quartz", "river", "saddle",
    "timber", "umbra", "velvet", "willow", "zephyr",
];

/// Every shape once, filled in with other chance for each `round`.
///
/// # Panics
/// Where the file has a mistake.
pub(crate) fn shapes(seed: u64, round: usize) -> Vec<Request> {
    let all = SHAPES.split("\n=== ").skip(1);
    all.map(|text| {
        let (name, text) = text.split_once('\n').expect("a name, and a head behind it");
        let mut chance = Chance::of(seed.wrapping_add(round as u64), name);
        let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end(), ""));
        let bytes = filled(
            &format!("{head}\n\n{}", body.trim_end_matches('\n')),
            &mut chance,
        );
        request(name, &bytes)
    })
    .collect()
}

fn request(name: &str, bytes: &[u8]) -> Request {
    let at = bytes
        .windows(2)
        .position(|two| two == b"\n\n")
        .expect("a head");
    let head = String::from_utf8(bytes[..at].to_vec()).expect("a head of text");
    let mut whole = head.replace('\n', "\r\n").into_bytes();
    let is_multipart = head.contains("multipart/form-data");
    let body = &bytes[at + 2..];
    if !body.is_empty() {
        // Its length is written anew.
        let body = if is_multipart {
            with_crlf(body)
        } else {
            body.to_vec()
        };
        whole.extend(format!("\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes());
        whole.extend(body);
    } else {
        whole.extend(b"\r\n\r\n");
    }
    Request::read(name, &whole).unwrap_or_else(|| panic!("{name} is no request"))
}

/// Line ends of multipart: only those around the parts' heads, not those inside octets.
fn with_crlf(body: &[u8]) -> Vec<u8> {
    let mut all: Vec<u8> = Vec::new();
    for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if at > 0 {
            all.extend(b"\r\n");
        }
        all.extend(line);
    }
    all
}

/// `text` with chance in place of `<<…>>`.
fn filled(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut all = Vec::new();
    let mut rest = text;
    let mut same: Option<String> = None;
    while let Some((before, after)) = rest.split_once("<<") {
        let (what, after) = after.split_once(">>").expect("a closed place");
        all.extend(before.as_bytes());
        let mut words = what.split(':');
        let (kind, number) = (words.next().unwrap_or_default(), words.next());
        let number: usize = number.map_or(0, |number| number.parse().expect("a number"));
        let repeated = words.next().is_some();
        let text = match kind {
            "word" => chance.pick(&WORDS).to_string(),
            "number" => (1 + chance.below(number)).to_string(),
            "digits" => format!("{}{}", 1 + chance.below(9), chance.digits(number - 1)),
            "hex" if repeated => same.get_or_insert_with(|| chance.hex(number)).clone(),
            "hex" => chance.hex(number),
            "uuid" => chance.uuid(),
            "ts" => format!("17{}", chance.digits(8)),
            "ms" => format!("17{}", chance.digits(11)),
            "b64" => BASE64.encode(&chance.bytes(number)),
            "b64url" => BASE64URL_NOPAD.encode(&chance.bytes(number * 3 / 4)),
            "bytes" => {
                all.extend(chance.bytes(number));
                String::new()
            }
            other => panic!("{other} is no place"),
        };
        all.extend(text.into_bytes());
        rest = after;
    }
    all.extend(rest.as_bytes());
    all
}

#[test]
fn every_shape_is_a_request() {
    let (first, second) = (shapes(1, 0), shapes(1, 1));
    assert!(first.len() > 50);
    assert_ne!(first, second);
    for request in first {
        let bytes = request.to_bytes();
        assert_eq!(Request::read(&request.name, &bytes), Some(request));
    }
}
