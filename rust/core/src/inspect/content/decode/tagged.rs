//! MessagePack and CBOR (RFC 8949): maps and arrays whose every item begins with its type.

use super::tree::{NESTING, Sink, Tree};

/// Items of one value; one byte is one at least, so a body holds no more.
const ITEMS_MAX: u64 = super::PART_MAX as u64;

enum Item<'a> {
    Map(u64),
    Array(u64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Number(u64),
    /// Nothing that could identify: a flag, a fraction, a negative number, a tag.
    Other,
}

type Read = fn(&[u8]) -> Option<(Item<'_>, &[u8])>;

/// Whether all of `bytes` is one map or array with a string in it.
pub(super) fn is_message_pack(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x81..=0x8f | 0x91..=0x9f | 0xdc..=0xdf, _, _, _, ..]
    ) && is_whole(bytes, message_pack)
}

/// Whether all of `bytes` is one map or array with a string in it.
pub(super) fn is_cbor(bytes: &[u8]) -> bool {
    matches!(bytes, [0x81..=0x9b | 0xa1..=0xbb, _, _, _, ..]) && is_whole(bytes, cbor)
}

/// Walks what [`is_message_pack`].
pub(super) fn walk_message_pack<'a>(bytes: &'a [u8], sink: &mut impl Sink<'a>) {
    walk(bytes, message_pack, sink);
}

/// Walks what [`is_cbor`].
pub(super) fn walk_cbor<'a>(bytes: &'a [u8], sink: &mut impl Sink<'a>) {
    walk(bytes, cbor, sink);
}

fn is_whole(bytes: &[u8], read: Read) -> bool {
    let (mut rest, mut wanted, mut text) = (bytes, 1_u64, false);
    while wanted > 0 {
        let Some((item, after)) = read(rest) else {
            return false;
        };
        wanted -= 1;
        wanted += match item {
            Item::Map(length) => length * 2,
            Item::Array(length) => length,
            Item::Text(value) => {
                text |= !value.is_empty();
                0
            }
            _ => 0,
        };
        if wanted > after.len() as u64 {
            return false;
        }
        rest = after;
    }
    rest.is_empty() && text
}

fn walk<'a, S: Sink<'a>>(bytes: &'a [u8], read: Read, sink: &mut S) {
    let mut tree = Tree::new(sink);
    // Items still to come of each open container, and whether it is a map.
    let mut open: Vec<(u64, bool)> = Vec::new();
    let mut rest = bytes;
    while let Some((item, after)) = read(rest) {
        rest = after;
        let is_key = matches!(open.last(), Some((left, true)) if left % 2 == 0);
        if let Some((left, _)) = open.last_mut() {
            *left -= 1;
        }
        match item {
            Item::Map(length) | Item::Array(length) if open.len() < 2 * NESTING => {
                let map = matches!(item, Item::Map(_));
                tree.enter(map);
                open.push((if map { length * 2 } else { length }, map));
            }
            Item::Text(text) if is_key => tree.pending = Some(text.into()),
            Item::Number(number) if is_key => tree.pending = Some(number.to_string().into()),
            Item::Text(text) => tree.scalar(text.into(), true),
            Item::Bytes(bytes) => tree.bytes(bytes),
            Item::Number(number) => tree.scalar(number.to_string().into(), true),
            Item::Map(_) | Item::Array(_) => break,
            Item::Other => tree.pending = None,
        }
        while open.last().is_some_and(|(left, _)| *left == 0) {
            open.pop();
            tree.leave();
        }
        if open.is_empty() {
            break;
        }
    }
    tree.finish();
}

fn number(bytes: &[u8], width: usize) -> Option<(u64, &[u8])> {
    let (value, rest) = bytes.split_at_checked(width)?;
    let value = value.iter().fold(0, |sum, &b| sum << 8 | u64::from(b));
    Some((value, rest))
}

fn text(bytes: &[u8], length: u64) -> Option<(Item<'_>, &[u8])> {
    let (value, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Item::Text(std::str::from_utf8(value).ok()?), rest))
}

fn binary(bytes: &[u8], length: u64) -> Option<(Item<'_>, &[u8])> {
    let (value, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    Some((Item::Bytes(value), rest))
}

fn other(bytes: &[u8], length: u64) -> Option<(Item<'_>, &[u8])> {
    binary(bytes, length).map(|(_, rest)| (Item::Other, rest))
}

fn container(
    (length, rest): (u64, &[u8]),
    of: fn(u64) -> Item<'static>,
) -> Option<(Item<'static>, &[u8])> {
    (length <= ITEMS_MAX).then(|| (of(length), rest))
}

fn message_pack(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let low = u64::from(first);
    match first {
        0..=0x7f => Some((Item::Number(low), rest)),
        0x80..=0x8f => Some((Item::Map(low & 0xf), rest)),
        0x90..=0x9f => Some((Item::Array(low & 0xf), rest)),
        0xa0..=0xbf => text(rest, low & 0x1f),
        0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => Some((Item::Other, rest)),
        0xc1 => None,
        0xc4..=0xc6 => number(rest, 1 << (first - 0xc4)).and_then(|(n, rest)| binary(rest, n)),
        0xc7..=0xc9 => number(rest, 1 << (first - 0xc7)).and_then(|(n, rest)| other(rest, n + 1)),
        0xca => other(rest, 4),
        0xcb => other(rest, 8),
        0xcc..=0xcf => {
            number(rest, 1 << (first - 0xcc)).map(|(value, rest)| (Item::Number(value), rest))
        }
        // What is not negative is as often written with a sign.
        0xd0..=0xd3 => {
            number(rest, 1 << (first - 0xd0)).map(|(value, rest)| (Item::Number(value), rest))
        }
        0xd4..=0xd8 => other(rest, (1 << (first - 0xd4)) + 1),
        0xd9..=0xdb => number(rest, 1 << (first - 0xd9)).and_then(|(n, rest)| text(rest, n)),
        0xdc | 0xdd => container(number(rest, 2 << (first - 0xdc))?, Item::Array),
        0xde | 0xdf => container(number(rest, 2 << (first - 0xde))?, Item::Map),
    }
}

fn cbor(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let (mut kind, mut value, mut rest) = cbor_head(bytes)?;
    // A tag is followed by what it tags, which may be another.
    while kind == 6 {
        (kind, value, rest) = cbor_head(rest)?;
    }
    match kind {
        0 => Some((Item::Number(value), rest)),
        2 => binary(rest, value),
        3 => text(rest, value),
        4 => container((value, rest), Item::Array),
        5 => container((value, rest), Item::Map),
        _ => Some((Item::Other, rest)),
    }
}

/// The major type of an item, and its number or length.
fn cbor_head(bytes: &[u8]) -> Option<(u8, u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (value, rest) = match first & 0x1f {
        low @ 0..=23 => (u64::from(low), rest),
        low @ 24..=27 => number(rest, 1 << (low - 24))?,
        // Lengths that are not told in advance are rare and left out.
        _ => return None,
    };
    Some((first >> 5, value, rest))
}
