//! Identifiers in running text: logs, XML, lines, broken JSON.
//!
//! A value's key is the word before it: `IMEI: 35…`, `<imei>35…`, `name="imei" value="35…"`.

mod key_value;
#[cfg(test)]
mod tests;

use super::bare::is_uuid;
use super::contact;
use super::key::{Key, key};
use super::looks::passes;
use super::names::Named;
use super::value::{self, Match};
use super::words::{Word, Words};

/// Characters between a key and its value: a colon, quotes, backslashes of an escaped quote.
const GAP_MAX: usize = 8;
/// Longest key in running text.
const WORD_MAX: usize = 40;
/// Words that stand between the name of a value and the value.
const FILLERS: [&str; 12] = [
    "value", "val", "v", "string", "str", "text", "key", "name", "is", "no", "number", "type",
];
/// Letters of the longest.
const FILLER_MAX: usize = 6;
/// How many of them.
const FILLERS_MAX: usize = 3;
/// Characters of a UUID (RFC 9562, 4).
const UUID: usize = 36;

/// Shows `found` every identifier in `text`.
pub(super) fn find(text: &str, found: &mut dyn FnMut(Match)) {
    values(text, found);
    key_value::find(text, found);
    // Where the word with the last at sign in it ended: that of others in it is the same.
    let mut end = 0;
    for at in memchr::memchr_iter(b'@', text.as_bytes()) {
        if at < end {
            continue;
        }
        let is_other = |c: char| !(c.is_ascii_alphanumeric() || "@._+-%".contains(c));
        let before = text.get(..at).unwrap_or_default();
        let local = before.rsplit(is_other).next().unwrap_or_default();
        let start = at - local.len();
        let rest = text.get(start..).unwrap_or_default();
        let word = rest.split(is_other).next().unwrap_or_default();
        end = start + word.len();
        if let Some(mail) = contact::unkeyed_mail(word) {
            found(mail);
        }
    }
}

fn values(text: &str, found: &mut dyn FnMut(Match)) {
    let bytes = text.as_bytes();
    let mut words = Words::new(bytes);
    let lengths = if passes(false) { u64::MAX } else { TELLING };
    let is_json = text.trim_ascii_start().starts_with(['{', '[']);
    let mut at = 0;
    while let Some(next) = words.next_from(at, lengths) {
        at = next.end;
        if !passes(may_tell(bytes, &next)) {
            continue;
        }
        let Some(span) = text.get(next.begin..next.end) else {
            continue;
        };
        at = next.begin;
        let word = span.len();
        let dotted = touches_decimal(bytes, at, at + word);
        let mut end = at + word;
        if word == 2
            && let Some(pairs) = pairs(text, at)
        {
            end = at + pairs.len();
            address(text, at, pairs, found);
        } else if !dotted && span.bytes().all(|b| b.is_ascii_digit()) {
            if let Some(grouped) = grouped_imei(text, at) {
                end = at + grouped.len();
                number(
                    text,
                    at,
                    &grouped.replace(['-', ' ', '/'], ""),
                    is_json,
                    found,
                );
            } else if (14..=20).contains(&word) {
                number(text, at, span, is_json, found);
            }
        } else if !dotted && is_padded_iccid(span) {
            number(text, at, span, is_json, found);
        }
        if word == 8
            && let Some(uuid) = text.get(at..at + UUID).filter(|t| is_uuid(t))
        {
            end = at + UUID;
            named_token(text, at, uuid, found);
        } else if end == at + word && (12..=64).contains(&word) && next.has_digit {
            named_token(text, at, span, found);
        }
        at = end;
    }
}

/// Lengths of words that [`may_tell`] can say yes of, a bit each.
const TELLING: u64 = 1 << 2 | 1 << 6 | 1 << 8 | u64::MAX << 12;

/// Whether [`values`] can make anything of a word, by its length and what follows it: says no of nearly
/// all of ordinary text.
fn may_tell(bytes: &[u8], word: &Word) -> bool {
    let next = || bytes.get(word.end).copied().unwrap_or_default();
    match word.end - word.begin {
        // The first of six pairs, or of the groups of an IMEI.
        2 | 6 => matches!(next(), b':' | b'-' | b' ' | b'/'),
        // The first part of a UUID, or the first group.
        8 => matches!(next(), b'-' | b' ' | b'/'),
        12..=64 => word.has_digit,
        _ => false,
    }
}

fn word_length(bytes: &[u8], at: usize) -> usize {
    bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|b| is_alphanumeric(b))
        .count()
}

const LETTER: u8 = 1;
const ENDS_VALUE: u8 = 2;
/// What else may stand in a key.
const JOINS_WORDS: u8 = 4;
const DIGIT: u8 = 8;
const AT: u8 = 16;

/// What each byte is.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        kinds[at] = match at as u8 {
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' | b'a'..=b'z' => LETTER,
            b'@' => AT,
            b'_' | b'.' | b'[' | b']' => JOINS_WORDS,
            b'"' | b'\'' | b'<' | b'>' | b'&' | b';' | b'|' | b'=' | b'\\' => ENDS_VALUE,
            b'\n' | b'\r' | b'\t' | b'{' | b'}' => ENDS_VALUE,
            _ => 0,
        };
        at += 1;
    }
    kinds
};

fn is_alphanumeric(byte: &u8) -> bool {
    KINDS[usize::from(*byte)] & (LETTER | DIGIT) != 0
}

fn is_word(byte: &u8) -> bool {
    KINDS[usize::from(*byte)] & (LETTER | DIGIT | JOINS_WORDS) != 0
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

/// Digits filled up to whole bytes with an F: at the end, or before it where the pairs are swapped.
fn is_padded_iccid(word: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (Some(head), Some(tail)) = (word.get(..18), word.get(18..)) else {
        return false;
    };
    let filled = match tail.as_bytes() {
        [b'F' | b'f'] | [b'F' | b'f', b'F' | b'f'] => true,
        [digit, b'F' | b'f'] | [b'F' | b'f', digit] => digit.is_ascii_digit(),
        _ => false,
    };
    filled && digits(head)
}

fn number(text: &str, at: usize, digits: &str, is_json: bool, found: &mut dyn FnMut(Match)) {
    let mut named = false;
    if let Some(key) = word_before(text, at) {
        value::keyed(key, digits, &mut |(kind, value, evidence)| {
            named = true;
            found((kind, value, evidence.nearby()));
        });
    }
    if !named {
        let bytes = text.as_bytes();
        let beside = |at: Option<usize>, of: &[u8]| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|b| of.contains(b))
        };
        let integer = is_json
            && beside(at.checked_sub(1), b":,[ -")
            && beside(Some(at + digits.len()), b",]} \r\n");
        value::unkeyed(digits.as_bytes(), integer, found);
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

fn address(text: &str, at: usize, pairs: &str, found: &mut dyn FnMut(Match)) {
    let mut named = false;
    if let Some(key) = word_before(text, at).filter(|key| key.named == Named::Mac) {
        value::keyed(key, pairs, &mut |(kind, value, evidence)| {
            named = true;
            found((kind, value, evidence.nearby()));
        });
    }
    if !named && let Some(address) = value::unkeyed_mac(pairs) {
        found(address);
    }
}

/// Letters and digits mean something only if the word before says what they are.
fn named_token(text: &str, at: usize, token: &str, found: &mut dyn FnMut(Match)) {
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
    value::keyed(key, token, &mut |(kind, value, evidence)| {
        found((kind, value, evidence.nearby()));
    });
}

/// Whether a word stands between the name of a value and the value.
pub(super) fn is_filler(word: &str) -> bool {
    word.len() <= FILLER_MAX && FILLERS.iter().any(|f| word.eq_ignore_ascii_case(f))
}

/// What the words before a value name, the nearest first. Fillers are passed over.
pub(super) fn named_by<'a>(words: impl Iterator<Item = &'a str>) -> Option<Key> {
    let words = words.filter(|word| !word.is_empty());
    let named = words.take(FILLERS_MAX + 1).find(|word| !is_filler(word))?;
    (named.len() <= WORD_MAX).then(|| key(named)).flatten()
}

/// What the word before a value names. Fillers are passed over.
fn word_before(text: &str, at: usize) -> Option<Key> {
    let bytes = text.as_bytes();
    let mut end = at;
    for _ in 0..=FILLERS_MAX {
        let before = bytes.get(..end)?;
        let gap = before
            .iter()
            .rev()
            .take(GAP_MAX)
            .take_while(|b| !is_word(b))
            .count();
        // What an object closed before is no key of what follows it.
        if before.get(end - gap..)?.contains(&b'}') {
            return None;
        }
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
        if let Some(key) = key(word) {
            return Some(key);
        }
        if !is_filler(word) {
            return None;
        }
        end -= length;
    }
    None
}
