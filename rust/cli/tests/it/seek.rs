//! Looks for identifiers in bytes, in every form that one could be in.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::alphabet::{STANDARD as LETTERS, URL_SAFE as URL_LETTERS};
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::{Decompress, FlushDecompress, Status};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// How often what was decoded is decoded again.
const DEPTH: usize = 3;

/// Most bytes that are unpacked of one stream.
const UNPACKED: usize = 64 * 1024;

/// All forms of some identifiers.
pub(crate) struct Seeker {
    automaton: AhoCorasick,
    names: Vec<String>,
}

impl Seeker {
    pub(crate) fn new(identifiers: &[&str]) -> Self {
        let mut needles = Vec::new();
        for identifier in identifiers {
            needles.extend(forms(identifier));
        }
        let (names, bytes): (Vec<_>, Vec<_>) = needles.into_iter().unzip();
        Self {
            automaton: AhoCorasick::new(bytes).expect("an automaton"),
            names,
        }
    }

    /// The forms that are in `bytes`, or in what is decoded from them.
    pub(crate) fn find(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.look(bytes, DEPTH, &mut found);
        found
    }

    fn look<'a>(&'a self, bytes: &[u8], depth: usize, found: &mut BTreeSet<&'a str>) {
        for hit in self.automaton.find_overlapping_iter(bytes) {
            found.insert(&self.names[hit.pattern().as_usize()]);
        }
        if depth > 0 {
            for view in decoded(bytes) {
                self.look(&view, depth - 1, found);
            }
        }
    }
}

/// The forms of one identifier that decoding does not lead to, each with a name.
fn forms(identifier: &str) -> Vec<(String, Vec<u8>)> {
    let mut forms: Vec<(&str, Vec<u8>)> = Vec::new();
    let separators = [':', '-', '.'];
    let bare: String = identifier
        .chars()
        .filter(|c| !separators.contains(c))
        .collect();
    let mut written = vec![identifier.to_owned(), bare.clone()];
    written.extend([identifier.to_uppercase(), identifier.to_lowercase()]);
    written.extend(["-", ".", ""].map(|other| identifier.replace(':', other)));
    written.extend([bare.to_uppercase(), bare.to_lowercase()]);
    written.sort();
    written.dedup();
    for text in &written {
        forms.push(("plain", text.bytes().collect()));
        forms.push(("reversed", text.bytes().rev().collect()));
        forms.push((
            "UTF-16LE",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ));
        forms.push((
            "UTF-16BE",
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ));
        for (name, hash) in [
            ("MD5", Md5::digest(text).to_vec()),
            ("SHA-1", Sha1::digest(text).to_vec()),
            ("SHA-256", Sha256::digest(text).to_vec()),
        ] {
            forms.push((name, hash));
        }
    }
    if bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        for padded in [
            bare.clone(),
            format!("{bare}f"),
            format!("f{bare}"),
            format!("0{bare}"),
        ] {
            let Some(straight) = from_hex(&padded) else {
                continue;
            };
            forms.push((
                "swapped nibbles",
                straight.iter().map(|b| b.rotate_left(4)).collect(),
            ));
            forms.push(("nibbles", straight));
        }
    }
    if let Ok(number) = bare.parse::<u64>() {
        forms.push(("number, low first", number.to_le_bytes().into()));
        forms.push(("number, high first", number.to_be_bytes().into()));
    }
    let swapped: Vec<u8> = bare
        .as_bytes()
        .chunks(2)
        .flat_map(|pair| pair.iter().rev().copied())
        .collect();
    forms.push(("digits swapped in pairs", swapped));
    let name = |form| format!("{identifier}: {form}");
    forms
        .into_iter()
        .map(|(form, bytes)| (name(form), bytes))
        .collect()
}

/// What the bytes hold besides themselves: packed streams, and runs of base64, hexadecimal digits and escapes.
fn decoded(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut views = Vec::new();
    let mut streams = [Decompress::new(false), Decompress::new(true)];
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        let [raw, zlib] = &mut streams;
        views.extend(match rest {
            // The head of gzip has ten bytes where it names nothing (RFC 1952).
            [0x1f, 0x8b, ..] => rest.get(10..).and_then(|rest| unpacked(raw, false, rest)),
            [0x78, ..] => unpacked(zlib, true, rest),
            _ => unpacked(raw, false, rest),
        });
    }
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_\r\n".contains(&byte);
    for run in bytes.split(|byte| !is_letter(*byte)) {
        let run: Vec<u8> = run
            .iter()
            .copied()
            .filter(|b| !b"\r\n".contains(b))
            .collect();
        for (alphabet, other) in [(&LETTERS, b"-_"), (&URL_LETTERS, b"+/")] {
            for part in run.split(|byte| other.contains(byte)) {
                for skip in 0..part.len().min(4) {
                    let end = part.len() - usize::from((part.len() - skip) % 4 == 1);
                    let engine = GeneralPurpose::new(alphabet, lenient);
                    if part.len() > 11 {
                        views.extend(engine.decode(&part[skip..end]));
                    }
                }
            }
        }
    }
    for run in bytes.split(|byte| !byte.is_ascii_hexdigit()) {
        let text = String::from_utf8_lossy(run);
        for skip in [0, 1] {
            let digits = text.get(skip..).unwrap_or_default();
            let even = &digits[..digits.len() & !1];
            if even.len() > 10 {
                views.extend(from_hex(even));
            }
        }
    }
    if bytes.contains(&b'%') {
        views.push(percent_decoded(bytes));
    }
    views
}

/// What a stream holds that is whole; nothing where it is none. Almost any bytes are the beginning of some stream.
fn unpacked(stream: &mut Decompress, head: bool, packed: &[u8]) -> Option<Vec<u8>> {
    stream.reset(head);
    let mut out = Vec::with_capacity(UNPACKED);
    let status = stream.decompress_vec(packed, &mut out, FlushDecompress::Finish);
    let whole = matches!(status, Ok(Status::StreamEnd));
    (whole && out.len() > 8).then_some(out)
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| match pair {
            [_, _] => u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok(),
            _ => None,
        })
        .collect()
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let code = code.and_then(|code| from_hex(std::str::from_utf8(code).ok()?));
        out.push(code.as_ref().map_or(byte, |code| code[0]));
        at += if code.is_some() { 3 } else { 1 };
    }
    out
}

/// The seeker's own control: each identifier is found however it is wrapped, and its mask is not.
#[test]
fn an_identifier_is_found_in_every_wrapping() {
    let identifiers = ["350000001234562", "A0000012345678", "00:00:5e:00:53:2a"];
    let seeker = Seeker::new(&identifiers);
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    let gzip = |bytes: &[u8]| {
        let mut packed = Vec::new();
        let level = flate2::Compression::best();
        let mut reader = flate2::read::GzEncoder::new(bytes, level);
        reader.read_to_end(&mut packed).expect("packed");
        packed
    };
    let deflate = |bytes: &[u8]| {
        let mut packed = Vec::new();
        let level = flate2::Compression::best();
        let mut reader = flate2::read::DeflateEncoder::new(bytes, level);
        reader.read_to_end(&mut packed).expect("packed");
        packed
    };
    let percent = |bytes: &[u8]| {
        hex(bytes)
            .as_bytes()
            .chunks(2)
            .fold(Vec::new(), |mut all, pair| {
                all.push(b'%');
                all.extend(pair);
                all
            })
    };
    type Wrapping<'a> = (&'a str, &'a dyn Fn(&[u8]) -> Vec<u8>);
    let wrappings: [Wrapping<'_>; 8] = [
        ("as it is", &|bytes| bytes.to_vec()),
        ("base64", &|bytes| STANDARD.encode(bytes).into_bytes()),
        ("base64url", &|bytes| URL_SAFE.encode(bytes).into_bytes()),
        ("hexadecimal", &|bytes| hex(bytes).into_bytes()),
        ("escapes", &percent),
        ("gzip", &gzip),
        ("deflate", &deflate),
        ("gzip in base64", &|bytes| {
            STANDARD.encode(gzip(bytes)).into_bytes()
        }),
    ];
    for identifier in identifiers {
        let forms = forms(identifier);
        for before in ["", "x", "xy"] {
            let mut text = before.as_bytes().to_vec();
            for (_, bytes) in &forms {
                text.extend(bytes);
                text.extend(b"&more=");
            }
            for (wrapping, wrap) in &wrappings {
                let wrapped = [b"{\"a\":\"", &*wrap(&text), b"\"}"].concat();
                let found = seeker.find(&wrapped);
                for (form, _) in &forms {
                    assert!(found.contains(&**form), "{form} in {wrapping}: {found:?}");
                }
            }
        }
    }
    for harmless in [
        "35••••••••••••2",
        "a0•••••••••••8",
        "2026-11-28 11:00:08",
        "00•••••••••a",
    ] {
        assert!(seeker.find(harmless.as_bytes()).is_empty(), "{harmless}");
    }
}
