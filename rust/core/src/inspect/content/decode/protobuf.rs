//! Protobuf without its schema: the wire format's tags and lengths, keys being field numbers.

use super::nature::is_binary;
use super::tree::{Sink, Tree};

/// Messages within messages that are looked into.
pub(super) const NESTING: u8 = 16;
/// Largest field number that is believed at random; real schemas stay far below.
const FIELD_MAX: u64 = 4096;
/// Shortest string that makes bytes a message at all: shorter ones come by chance.
const TELLING: usize = 6;
/// Smallest number that is shown: fourteen digits, the shortest IMEI. Smaller ones say nothing
/// without a name.
pub(super) const NUMBER_MIN: u64 = 10_000_000_000_000;

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Reads one field: its number, its value and what follows; `None` if it is no field.
fn field(bytes: &[u8]) -> Option<(u64, Value<'_>, &[u8])> {
    let (tag, rest) = varint(bytes)?;
    let number = tag >> 3;
    if !(1..=FIELD_MAX).contains(&number) {
        return None;
    }
    match tag & 7 {
        0 => varint(rest).map(|(value, rest)| (number, Value::Number(value), rest)),
        1 => {
            let (value, rest) = rest.split_first_chunk()?;
            Some((number, Value::Number(u64::from_le_bytes(*value)), rest))
        }
        2 => {
            let (length, rest) = varint(rest)?;
            let (value, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            Some((number, Value::Bytes(value), rest))
        }
        5 => {
            let (value, rest) = rest.split_first_chunk::<4>()?;
            let value = u64::from(u32::from_le_bytes(*value));
            Some((number, Value::Number(value), rest))
        }
        _ => None,
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, &byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32)?;
        if byte & 0x80 == 0 {
            // Encoders write the shortest form.
            return (at == 0 || byte != 0)
                .then(|| (value, bytes.get(at + 1..).unwrap_or_default()));
        }
    }
    None
}

/// Whether all of `bytes` is fields, and something telling is among them.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    tells(bytes, 0) == Some(true)
}

/// `None` if it is no message; otherwise whether a string, a long number or bytes as long as one tell.
fn tells(mut rest: &[u8], depth: u8) -> Option<bool> {
    if rest.is_empty() || depth == NESTING {
        return None;
    }
    let mut telling = false;
    while !rest.is_empty() {
        let (_, value, after) = field(rest)?;
        telling |= match value {
            Value::Number(number) => number >= NUMBER_MIN && after.is_empty() && depth > 0,
            Value::Bytes(bytes) if !is_binary(bytes) => bytes.len() >= TELLING,
            Value::Bytes(bytes) => tells(bytes, depth + 1) == Some(true),
        };
        rest = after;
    }
    Some(telling)
}

/// Walks a message.
pub(super) fn walk<'a>(bytes: &'a [u8], sink: &mut impl Sink<'a>) {
    let mut tree = Tree::new(sink);
    message(bytes, &mut tree, 0);
    tree.finish();
}

fn message<'a, S: Sink<'a>>(mut rest: &'a [u8], tree: &mut Tree<'a, '_, S>, depth: u8) {
    tree.enter(true);
    let name = entry_name(rest);
    while let Some((number, value, after)) = field(rest) {
        tree.pending = Some(match name {
            Some(name) if number == 2 => name.into(),
            _ => number.to_string().into(),
        });
        match value {
            Value::Number(value) if value >= NUMBER_MIN || name.is_some() => {
                tree.scalar(value.to_string().into(), true);
            }
            Value::Number(_) => tree.pending = None,
            Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if !is_binary(bytes) => tree.scalar(text.into(), true),
                _ if depth + 1 < NESTING
                    && (entry_name(bytes).is_some() || tells(bytes, depth + 1) == Some(true)) =>
                {
                    message(bytes, tree, depth + 1);
                }
                _ => tree.bytes(bytes),
            },
        }
        rest = after;
    }
    if name.is_some() {
        tree.is_entry();
    }
    tree.leave();
}

/// The key of a map entry: on the wire a message of the fields 1, a string, and 2.
fn entry_name(bytes: &[u8]) -> Option<&str> {
    let (1, Value::Bytes(name), rest) = field(bytes)? else {
        return None;
    };
    let (2, _, []) = field(rest)? else {
        return None;
    };
    std::str::from_utf8(name).ok().filter(|_| !is_binary(name))
}
