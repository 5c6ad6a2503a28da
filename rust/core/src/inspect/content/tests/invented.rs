//! Identifiers that belong to nobody, and the ways to wrap them.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

/// Appends the digit that makes the whole pass Luhn (ISO/IEC 7812-1), found by trial.
pub(in crate::inspect::content) fn checked(digits: &str) -> String {
    let passes = |text: &str| {
        let sum: u32 = text
            .bytes()
            .rev()
            .enumerate()
            .map(|(nth, b)| {
                let digit = u32::from(b - b'0');
                if nth % 2 == 1 {
                    digit * 2 / 10 + digit * 2 % 10
                } else {
                    digit
                }
            })
            .sum();
        sum.is_multiple_of(10)
    };
    (0..10)
        .map(|check| format!("{digits}{check}"))
        .find(|text| passes(text))
        .expect("one of ten digits fits")
}

pub(in crate::inspect::content) fn imei() -> String {
    checked("35000000012345")
}

pub(in crate::inspect::content) fn second_imei() -> String {
    checked("86000000054321")
}

pub(in crate::inspect::content) fn imsi() -> String {
    "460030000012345".to_owned()
}

pub(in crate::inspect::content) fn iccid() -> String {
    checked("8986030000000012345")
}

pub(in crate::inspect::content) fn mac() -> String {
    "00:00:5e:00:53:5a".to_owned()
}

pub(in crate::inspect::content) fn android_id() -> String {
    "0a1b2c3d4e5f6071".to_owned()
}

pub(in crate::inspect::content) fn serial() -> String {
    "ZZ00TEST1234".to_owned()
}

/// A self-registration body as the handsets send it, before its base64.
pub(in crate::inspect::content) fn registration() -> String {
    format!(
        concat!(
            r#"{{"REGVER":"8.0","MEID":"A0000000123456","MODEL":"XXX-model","SWVER":"0","#,
            r#""OSVER":"android8.0","UETYPE":"1","MACID":"{mac}","IMEI1":"{imei}","#,
            r#""IMEI2":"{second}","SIM1ICCID":"{iccid}","SIM1LTEIMSI":"{imsi}","#,
            r#""SIM1CDMAIMSI":"","SIM1TYPE":"2","SIM1CELLID":"27447297","DATASIM":"1","#,
            r#""ACCESSTYPE":"2","REGDATE":"2018-10-10 10:10:10"}}"#
        ),
        mac = mac(),
        imei = imei(),
        second = second_imei(),
        iccid = iccid(),
        imsi = imsi(),
    )
}

/// Base64 with a line feed after every 76 characters and at the end: Android's default.
pub(in crate::inspect::content) fn base64_lines(bytes: &[u8]) -> String {
    let plain = base64_of(bytes, false, true);
    let mut out = String::new();
    for (nth, c) in plain.chars().enumerate() {
        if nth > 0 && nth % 76 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out + "\n"
}

pub(in crate::inspect::content) fn base64_of(bytes: &[u8], url: bool, pad: bool) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_u32, |word, nth| {
            word << 8 | u32::from(chunk.get(nth).copied().unwrap_or(0))
        });
        for nth in 0..4 {
            if nth > chunk.len() {
                if pad {
                    out.push('=');
                }
                continue;
            }
            let value = (word >> (18 - 6 * nth) & 63) as usize;
            out.push(match (value, url) {
                (62, true) => '-',
                (62, false) => '+',
                (63, true) => '_',
                (63, false) => '/',
                _ => char::from(LETTERS[value]),
            });
        }
    }
    out
}

pub(in crate::inspect::content) fn percent(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&b| {
            if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

pub(in crate::inspect::content) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(in crate::inspect::content) fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(in crate::inspect::content) fn utf16be(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

pub(in crate::inspect::content) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).expect("a Vec takes all");
    out.finish().expect("a Vec takes all")
}

pub(in crate::inspect::content) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).expect("a Vec takes all");
    out.finish().expect("a Vec takes all")
}

pub(in crate::inspect::content) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).expect("a Vec takes all");
    out.finish().expect("a Vec takes all")
}

/// Brotli without compression: a stored block (RFC 7932, 9.2) is brotli, too. Window of 22 bits, one
/// stored meta-block, an empty last one.
pub(in crate::inspect::content) fn brotli(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u64 - 1;
    // WBITS 22 (four bits), ISLAST 0, MNIBBLES 4 (two bits 00), MLEN - 1, ISUNCOMPRESSED 1.
    let bits = 0b1011 | length << 7 | 1 << 23;
    let mut out: Vec<u8> = bits.to_le_bytes().into_iter().take(3).collect();
    out.extend_from_slice(bytes);
    out.push(0b11);
    out
}

/// A number as protobuf writes it.
pub(in crate::inspect::content) fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A field of bytes as protobuf writes it.
pub(in crate::inspect::content) fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [
        &varint(number << 3 | 2)[..],
        &varint(bytes.len() as u64),
        bytes,
    ]
    .concat()
}

/// Repeatable noise.
pub(in crate::inspect::content) struct Noise(pub(in crate::inspect::content) u64);

impl Noise {
    pub(in crate::inspect::content) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(in crate::inspect::content) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }

    pub(in crate::inspect::content) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| (self.next() >> 32) as u8).collect()
    }
}
