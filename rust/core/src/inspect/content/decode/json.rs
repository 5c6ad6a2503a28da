//! A JSON reader that walks instead of building, and takes what is broken or cut off as it comes.

use std::borrow::Cow;

use super::may_be_value;
use super::tree::{Sink, Tree};

/// Fewest digits of a number that may be an identifier.
const NUMBER_MIN: usize = 14;
/// Fewest characters of a side of a place, with three decimals.
const SIDE_MIN: usize = 5;
/// Fewest characters of a token that what stands before it may name.
const TOKEN_MIN: usize = 12;

/// Where JSON begins in `text`, if it does: at its start, or after something else.
pub(super) fn start(text: &str) -> Option<usize> {
    if text.starts_with(['{', '[', '"']) {
        return Some(0);
    }
    let bytes = text.as_bytes();
    // Much of what is asked about has no brace at all.
    let first = memchr::memchr(b'{', bytes)?;
    let after = |quote: &[u8]| {
        let rest = bytes.get(first..)?;
        Some(first + memchr::memmem::find(rest, quote)?)
    };
    after(b"{\"").or_else(|| after(b"{ \""))
}

/// Walks `text`, which may hold several values, one after another. Whether that says all there is to it:
/// it is well-formed, and nothing but values with keys can hold an identifier.
pub(super) fn walk<'a>(text: &'a str, sink: &mut impl Sink<'a>) -> bool {
    let mut walk = Tree::new(sink);
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut says_all = true;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => says_all &= walk.enter(byte == b'{'),
            b'}' | b']' => says_all &= walk.leave(),
            b',' => walk.pending = None,
            b'"' => {
                let (value, escaped, end) = string(text, at);
                at = end;
                let colon = bytes
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .position(|b| !b.is_ascii_whitespace())
                    .map(|skip| at + skip)
                    .filter(|&next| bytes.get(next) == Some(&b':'));
                match colon {
                    Some(colon) if walk.pending.is_none() && walk.in_map() => {
                        says_all &= !escaped && !may_be_value(value.as_bytes());
                        walk.pending = Some(value);
                        at = colon + 1;
                    }
                    _ => {
                        says_all &= walk.pending.is_some() || !may_be_named_outside(&value);
                        walk.scalar(value, escaped);
                    }
                }
            }
            b'-' | b'+' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                let end = literal_end(bytes, at);
                let value = text.get(at - 1..end).unwrap_or_default();
                says_all &= walk.is_inside()
                    && value.len() < NUMBER_MIN
                    && (walk.pending.is_some() || !may_be_named_outside(value));
                if walk.is_inside() {
                    walk.scalar(value.into(), false);
                }
                at = end;
            }
            _ => says_all &= byte.is_ascii_whitespace(),
        }
    }
    says_all &= !walk.is_inside();
    walk.finish();
    says_all
}

/// Whether a value in a list may be an identifier, or a part of one, by what stands before it there.
fn may_be_named_outside(value: &str) -> bool {
    let has_digit = || value.bytes().any(|b| b.is_ascii_digit());
    let is_side = || value.len() >= SIDE_MIN && value.contains('.');
    (value.len() >= TOKEN_MIN || is_side()) && has_digit()
}

fn literal_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.')))
        .unwrap_or(rest.len())
}

/// Reads a string whose opening quote is just before `from`: its value, whether it held escapes,
/// and where it ends.
fn string(text: &str, from: usize) -> (Cow<'_, str>, bool, usize) {
    let rest = text.get(from..).unwrap_or_default();
    match memchr::memchr2(b'"', b'\\', rest.as_bytes()) {
        None => (rest.into(), false, text.len()),
        Some(stop) if rest.as_bytes().get(stop) == Some(&b'"') => {
            let value = rest.get(..stop).unwrap_or_default();
            (value.into(), false, from + stop + 1)
        }
        Some(_) => {
            let (value, end) = escaped(text, from);
            (value.into(), true, end)
        }
    }
}

/// The same for a string with escapes in it.
fn escaped(text: &str, from: usize) -> (String, usize) {
    let mut out = String::new();
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let Some(stop) = memchr::memchr2(b'"', b'\\', rest.as_bytes()) else {
            out.push_str(rest);
            return (out, text.len());
        };
        out.push_str(rest.get(..stop).unwrap_or_default());
        at += stop + 1;
        if rest.as_bytes().get(stop) == Some(&b'"') {
            return (out, at);
        }
        let Some(letter) = text.get(at..).unwrap_or_default().chars().next() else {
            return (out, at);
        };
        at += letter.len_utf8();
        match letter {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let (c, end) = unicode(text, at);
                out.push(c);
                at = end;
            }
            other => out.push(other),
        }
    }
}

/// Reads the digits of a `\u` escape, and of the second half of a surrogate pair.
fn unicode(text: &str, at: usize) -> (char, usize) {
    let unit = |from: usize| {
        text.get(from..from + 4)
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
    };
    let Some(first) = unit(at) else {
        return (char::REPLACEMENT_CHARACTER, at);
    };
    let after = at + 4;
    let second = text
        .get(after..after + 2)
        .filter(|mark| *mark == "\\u")
        .and_then(|_| unit(after + 2))
        .filter(|low| (0xdc00..0xe000).contains(low));
    match second {
        Some(second) if (0xd800..0xdc00).contains(&first) => {
            let c = char::decode_utf16([first, second]).next();
            let c = c.and_then(Result::ok);
            (c.unwrap_or(char::REPLACEMENT_CHARACTER), after + 6)
        }
        _ => {
            let c = char::from_u32(u32::from(first));
            (c.unwrap_or(char::REPLACEMENT_CHARACTER), after)
        }
    }
}
