//! An independent reader: is what was planted really in the request?
//!
//! It shares no code with the detector: the head by httparse, forms by form_urlencoded, JSON by
//! serde_json, XML by quick-xml, base64 and hex by data-encoding, inflate by zune-inflate, zstd and
//! brotli by the reference implementations. It opens whatever can be opened, in any order, and searches
//! for the values that the injector says it planted.

use std::collections::{BTreeSet, VecDeque};

use data_encoding::{
    BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, Encoding as Alphabet, HEXLOWER_PERMISSIVE,
};

use crate::corpus::Planted;
use crate::encoding::{Encoding, deciphered, unreadable};

/// Wrappings in wrappings that are opened.
const DEPTH: usize = 8;

/// Layers of one request that are looked at.
const LAYERS: usize = 4000;

/// What is wrong with the label; `None` where it is right.
pub(crate) fn objection(planted: &Planted) -> Option<String> {
    let layers = layers(&planted.request.to_bytes());
    let encoding = planted.cell.encoding;
    let joined = planted.values.join(",");
    let has = |text: &str| layers.iter().any(|layer| contains(layer, text.as_bytes()));
    if let Some(digest) = encoding.digest() {
        let hex = digest.hex(planted.values[0].as_bytes());
        let found = has(&hex) || has(&hex.to_uppercase());
        return (!found).then(|| format!("the digest {hex} is not in it"));
    }
    if encoding.is_reachable() {
        let keys: Vec<&str> = planted.key.split(' ').collect();
        let pair = |layer: &Vec<u8>, key: &str, value: &str| {
            // A number under its key; a single value is long enough to be known without.
            let value = value.trim_start_matches('0');
            contains(layer, value.as_bytes())
                && (keys.len() == 1 || folded(layer).contains(&folded(key.as_bytes())))
        };
        let missing = keys.iter().zip(&planted.values).find(|(key, value)| {
            let parts: Vec<&str> = value.split(',').collect();
            !parts
                .iter()
                .all(|part| layers.iter().any(|layer| pair(layer, key, part)))
        });
        return missing.map(|(key, value)| format!("{key} {value} is not in it"));
    }
    let hidden = planted
        .values
        .iter()
        .filter(|value| value.len() > 6)
        .find(|value| has(value));
    if let Some(value) = hidden {
        return Some(format!("{value} can be read in it"));
    }
    let there = match encoding {
        Encoding::Aes => layers
            .iter()
            .filter_map(|layer| deciphered(std::str::from_utf8(layer).ok()?))
            .any(|clear| {
                planted.values[0]
                    .split(',')
                    .all(|one| contains(&clear, one.as_bytes()))
            }),
        _ => has(&unreadable(encoding, &joined)),
    };
    (!there).then(|| format!("{} of {joined} is not in it", encoding.name()))
}

fn contains(layer: &[u8], wanted: &[u8]) -> bool {
    wanted.is_empty() || layer.windows(wanted.len()).any(|window| window == wanted)
}

/// Without the separators and letter case that header names change.
fn folded(key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key).to_lowercase();
    text.replace('-', "_")
}

/// Everything that can be opened in a request, the request first.
fn layers(request: &[u8]) -> Vec<Vec<u8>> {
    let mut seen = BTreeSet::new();
    let mut queue: VecDeque<(Vec<u8>, usize)> = VecDeque::new();
    for layer in parts(request) {
        queue.push_back((layer, 0));
    }
    while let Some((layer, depth)) = queue.pop_front() {
        if seen.len() >= LAYERS || !seen.insert(layer.clone()) || depth == DEPTH {
            continue;
        }
        for inner in opened(&layer) {
            if inner.len() > 1 && !seen.contains(&inner) {
                queue.push_back((inner, depth + 1));
            }
        }
    }
    seen.into_iter().collect()
}

/// Target, fields and body, the body's content coding undone.
fn parts(request: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Request::new(&mut fields);
    let Ok(httparse::Status::Complete(at)) = head.parse(request) else {
        return vec![request.to_vec()];
    };
    let body = &request[at..];
    let field = |name: &str| {
        let found = head
            .headers
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name));
        found
            .map(|field| String::from_utf8_lossy(field.value).into_owned())
            .unwrap_or_default()
    };
    let mut all = vec![request[..at].to_vec(), body.to_vec()];
    all.push(head.path.unwrap_or_default().as_bytes().to_vec());
    all.extend(head.headers.iter().map(|field| field.value.to_vec()));
    match field("content-encoding").as_str() {
        "br" => {
            let mut clear = Vec::new();
            let mut reader = brotlic::DecompressorReader::new(body);
            if std::io::Read::read_to_end(&mut reader, &mut clear).is_ok() {
                all.push(clear);
            }
        }
        "deflate" => all.extend(inflate(body, Frame::None)),
        _ => {}
    }
    if let Some((_, boundary)) = field("content-type").split_once("boundary=") {
        all.extend(multipart(body, boundary));
    }
    all
}

fn multipart(body: &[u8], boundary: &str) -> Vec<Vec<u8>> {
    let mark = format!("--{boundary}").into_bytes();
    let starts: Vec<usize> = body
        .windows(mark.len())
        .enumerate()
        .filter_map(|(at, window)| (window == mark).then_some(at))
        .collect();
    let part = |ends: &[usize]| {
        let part = &body[ends[0] + mark.len()..ends[1]];
        let at = part.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        Some(
            part[at..]
                .strip_suffix(b"\r\n")
                .unwrap_or(&part[at..])
                .to_vec(),
        )
    };
    starts.windows(2).filter_map(part).collect()
}

enum Frame {
    Gzip,
    Zlib,
    None,
}

fn inflate(bytes: &[u8], frame: Frame) -> Option<Vec<u8>> {
    let mut decoder = zune_inflate::DeflateDecoder::new(bytes);
    match frame {
        Frame::Gzip => decoder.decode_gzip(),
        Frame::Zlib => decoder.decode_zlib(),
        Frame::None => decoder.decode_deflate(),
    }
    .ok()
}

/// Everything that this layer may be a wrapping of.
fn opened(layer: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    all.extend(wide(layer));
    match layer {
        [0x1f, 0x8b, ..] => all.extend(inflate(layer, Frame::Gzip)),
        [0x78, ..] => all.extend(inflate(layer, Frame::Zlib)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => all.extend(zstd::decode_all(layer).ok()),
        _ => {}
    }
    let Ok(text) = std::str::from_utf8(layer) else {
        all.extend(protobuf(layer));
        return all;
    };
    if text.contains('%') {
        all.push(percent_encoding::percent_decode_str(text).collect());
    }
    if text.contains('=') {
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        for (_, value) in form_urlencoded::parse(query.as_bytes()) {
            all.push(value.into_owned().into_bytes());
        }
        for cookie in text.split("; ").filter_map(|pair| pair.split_once('=')) {
            all.push(cookie.1.as_bytes().to_vec());
        }
    }
    if text.trim_start().starts_with(['{', '[', '"']) {
        if let Ok(value) = serde_json::from_str(text) {
            leaves(&value, &mut all);
        }
    } else if text.trim_start().starts_with('<') {
        elements(text, &mut all);
    } else if text.contains('\u{12}') || text.contains('\u{a}') {
        all.extend(protobuf(layer));
    }
    all.extend(radix(text));
    all
}

fn radix(text: &str) -> Vec<Vec<u8>> {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if bare.len() < 8 {
        return Vec::new();
    }
    let alphabets: [&Alphabet; 5] = [
        &BASE64,
        &BASE64_NOPAD,
        &BASE64URL,
        &BASE64URL_NOPAD,
        &HEXLOWER_PERMISSIVE,
    ];
    let decoded = alphabets
        .into_iter()
        .filter_map(|alphabet| alphabet.decode(bare.as_bytes()).ok());
    decoded.collect()
}

fn leaves(value: &serde_json::Value, all: &mut Vec<Vec<u8>>) {
    match value {
        serde_json::Value::String(text) => all.push(text.clone().into_bytes()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, all)),
        serde_json::Value::Object(members) => members.values().for_each(|item| leaves(item, all)),
        _ => {}
    }
}

fn elements(text: &str, all: &mut Vec<Vec<u8>>) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let mut current = String::new();
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                for attribute in tag.attributes().flatten() {
                    if let Ok(value) =
                        attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    {
                        all.push(value.into_owned().into_bytes());
                    }
                }
                current.clear();
            }
            Event::Text(part) => {
                current.push_str(&part);
            }
            Event::GeneralRef(name) => {
                current.push_str(match &*name {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    _ => "'",
                });
            }
            Event::End(_) => all.push(std::mem::take(&mut current).into_bytes()),
            _ => {}
        }
    }
}

fn wide(layer: &[u8]) -> Option<Vec<u8>> {
    let big = match layer {
        [0xfe, 0xff, ..] | [0, 1..=0x7f, ..] => true,
        [0xff, 0xfe, ..] | [1..=0x7f, 0, ..] => false,
        _ => return None,
    };
    let units: Vec<u16> = layer
        .chunks_exact(2)
        .map(|pair| {
            if big {
                u16::from_be_bytes([pair[0], pair[1]])
            } else {
                u16::from_le_bytes([pair[0], pair[1]])
            }
        })
        .collect();
    let text = String::from_utf16(&units).ok()?;
    Some(text.trim_start_matches('\u{feff}').to_owned().into_bytes())
}

/// The fields of a message that have a length; nothing where it is no message to its end.
fn protobuf(message: &[u8]) -> Vec<Vec<u8>> {
    let mut fields = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let Some((tag, after)) = varint(rest) else {
            return Vec::new();
        };
        let skip = match tag & 7 {
            0 => varint(after).map(|(_, left)| after.len() - left.len()),
            1 => Some(8),
            5 => Some(4),
            2 => varint(after).and_then(|(len, left)| {
                let len = usize::try_from(len).ok()?;
                fields.push(left.get(..len)?.to_vec());
                Some(after.len() - left.len() + len)
            }),
            _ => None,
        };
        match skip.and_then(|skip| after.get(skip..)) {
            Some(left) if tag >> 3 != 0 => rest = left,
            _ => return Vec::new(),
        }
    }
    fields
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        number |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}
