//! Identifiers in running text: logs, XML, lines, broken JSON.
//!
//! A value's key is the word before it: `IMEI: 35…`, `<imei>35…`, `name="imei" value="35…"`.

use super::super::IdentifierKind;
use super::Evidence;
use super::key::{Named, named};
use super::value::{self, Match};

/// Characters between a key and its value: a colon, quotes, backslashes of an escaped quote.
const GAP_MAX: usize = 8;
/// Longest key in running text.
const WORD_MAX: usize = 40;
/// Words that stand between the name of a value and the value.
const FILLERS: [&str; 12] = [
    "value", "val", "v", "string", "str", "text", "key", "name", "is", "no", "number", "type",
];
/// How many of them.
const FILLERS_MAX: usize = 3;
/// Characters of a UUID (RFC 9562, 4).
const UUID: usize = 36;

/// Shows `found` every identifier in `text`.
pub(super) fn find(text: &str, mut found: impl FnMut(Match)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let word = word_length(bytes, at);
        if word == 0 {
            at += 1;
            continue;
        }
        let Some(span) = text.get(at..at + word) else {
            at += word;
            continue;
        };
        let dotted = touches_decimal(bytes, at, at + word);
        let mut end = at + word;
        if word == 2
            && let Some(pairs) = pairs(text, at)
        {
            end = at + pairs.len();
            address(text, at, pairs, &mut found);
        } else if !dotted && span.bytes().all(|b| b.is_ascii_digit()) {
            if let Some(grouped) = grouped_imei(text, at) {
                end = at + grouped.len();
                number(text, at, &grouped.replace(['-', ' ', '/'], ""), &mut found);
            } else if (14..=20).contains(&word) {
                number(text, at, span, &mut found);
            }
        } else if !dotted && is_padded_iccid(span) {
            let digits = span.trim_end_matches(['F', 'f']);
            number(text, at, digits, &mut found);
        }
        if word == 8
            && let Some(uuid) = text.get(at..at + UUID).filter(|t| value::is_uuid(t))
        {
            end = at + UUID;
            named_token(text, at, uuid, &mut found);
        } else if end == at + word && (12..=64).contains(&word) && has_digit(span) {
            named_token(text, at, span, &mut found);
        }
        at = end;
    }
}

fn word_length(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count()
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// Whether a run is one side of a decimal fraction.
fn touches_decimal(bytes: &[u8], start: usize, end: usize) -> bool {
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    let dot = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'.');
    (dot(start.checked_sub(1)) && digit(start.checked_sub(2)))
        || (dot(Some(end)) && digit(Some(end + 1)))
}

fn is_padded_iccid(word: &str) -> bool {
    let digits = word.trim_end_matches(['F', 'f']);
    (19..=20).contains(&word.len())
        && digits.len() < word.len()
        && digits.len() >= 18
        && digits.bytes().all(|b| b.is_ascii_digit())
}

fn number(text: &str, at: usize, digits: &str, found: &mut impl FnMut(Match)) {
    let named = word_before(text, at)
        .and_then(|key| value::keyed(key, digits))
        .filter(|(kind, ..)| *kind != IdentifierKind::Serial);
    match named {
        Some((kind, value, evidence)) => found((kind, value, evidence.nearby())),
        None => value::unkeyed(digits).into_iter().for_each(found),
    }
}

/// An IMEI as printed on boxes: `35-209900-176148-1` and the like.
fn grouped_imei(text: &str, at: usize) -> Option<&str> {
    const SHAPES: [&[usize]; 3] = [&[2, 6, 6, 1], &[6, 2, 6, 1], &[8, 6, 1]];
    let bytes = text.as_bytes();
    SHAPES.iter().find_map(|shape| {
        let mut end = at;
        let mut separator = None;
        for (nth, &length) in shape.iter().enumerate() {
            if nth > 0 {
                let next = *bytes.get(end)?;
                if !matches!(next, b'-' | b' ' | b'/') || *separator.get_or_insert(next) != next {
                    return None;
                }
                end += 1;
            }
            if word_length(bytes, end) != length {
                return None;
            }
            end += length;
        }
        text.get(at..end)
            .filter(|all| all.bytes().all(|b| !b.is_ascii_alphabetic()))
    })
}

/// Six pairs of hexadecimal digits with one separator, and no seventh.
fn pairs(text: &str, at: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let separator = *bytes.get(at + 2).filter(|b| matches!(b, b':' | b'-'))?;
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    if before == Some(&separator)
        && bytes
            .get(at.wrapping_sub(2))
            .is_some_and(u8::is_ascii_hexdigit)
    {
        return None;
    }
    for nth in 0..6 {
        let start = at + nth * 3;
        if word_length(bytes, start) != 2
            || !bytes
                .get(start..start + 2)?
                .iter()
                .all(u8::is_ascii_hexdigit)
            || (nth < 5 && bytes.get(start + 2) != Some(&separator))
        {
            return None;
        }
    }
    let more = bytes.get(at + 17) == Some(&separator)
        && bytes.get(at + 18).is_some_and(u8::is_ascii_hexdigit);
    if more { None } else { text.get(at..at + 17) }
}

fn address(text: &str, at: usize, pairs: &str, found: &mut impl FnMut(Match)) {
    let digits_only = !pairs.bytes().any(|b| b.is_ascii_alphabetic());
    let evidence = if word_before(text, at) == Some(Named::Mac) {
        Evidence::NamedRange.nearby()
    } else if digits_only {
        // Times and dates look the same.
        Evidence::BareMacDigits
    } else if pairs.contains('-') {
        Evidence::BareMacDashes
    } else {
        Evidence::BareMac
    };
    let bare = pairs.replace([':', '-'], "").to_ascii_lowercase();
    if let Some(address) = value::mac(&bare, evidence) {
        found(address);
    }
}

/// Letters and digits mean something only if the word before says what they are.
fn named_token(text: &str, at: usize, token: &str, found: &mut impl FnMut(Match)) {
    // A part of a UUID or of a longer token is not a token.
    let bytes = text.as_bytes();
    let joined = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b'-' | b'_' | b'+'));
    if joined(at.checked_sub(1).and_then(|at| bytes.get(at))) || joined(bytes.get(at + token.len()))
    {
        return;
    }
    let Some(key) = word_before(text, at) else {
        return;
    };
    if let Some((kind, value, evidence)) = value::keyed(key, token) {
        found((kind, value, evidence.nearby()));
    }
}

/// What the word before a value names. Fillers are passed over.
fn word_before(text: &str, at: usize) -> Option<Named> {
    let bytes = text.as_bytes();
    let mut end = at;
    for _ in 0..=FILLERS_MAX {
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'[' | b']');
        let before = bytes.get(..end)?;
        let gap = before
            .iter()
            .rev()
            .take(GAP_MAX)
            .take_while(|b| !is_word(b))
            .count();
        end -= gap;
        let before = bytes.get(..end)?;
        let length = before
            .iter()
            .rev()
            .take(WORD_MAX + 1)
            .take_while(|b| is_word(b) || **b == b'-')
            .count();
        if gap == 0 || length == 0 || length > WORD_MAX {
            return None;
        }
        let word = text.get(end - length..end)?.trim_start_matches('-');
        if let Some(key) = named(word) {
            return Some(key);
        }
        if !FILLERS
            .iter()
            .any(|filler| word.eq_ignore_ascii_case(filler))
        {
            return None;
        }
        end -= length;
    }
    None
}
