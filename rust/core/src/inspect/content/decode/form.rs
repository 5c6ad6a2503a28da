//! Key-value text: forms, queries, cookies, lines of `key=value`, and URLs that carry a query.

use std::borrow::Cow;

use super::radix;

/// Longest key of a form; whatever is longer before the `=` is not a key.
const KEY_MAX: usize = 64;
/// What is shorter is searched sooner byte by byte: as most keys and values are.
const SHORT: usize = 16;

/// Text that reads as a form.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) text: &'a str,
    /// Whether other text stands before it.
    follows: bool,
}

impl<'a> Form<'a> {
    /// The form inside `text`, if it reads as one: `text` itself, or the query of a URL.
    pub(super) fn find(text: &'a str) -> Option<Self> {
        let text = text.trim_start_matches(['?', '&']);
        if is_form(text) {
            let follows = false;
            return Some(Self { text, follows });
        }
        let (before, query) = text.split_once('?')?;
        let url = before.starts_with('/') || before.contains("://");
        let found = url && !before.contains(char::is_whitespace) && is_form(query);
        found.then_some(Self {
            text: query,
            follows: true,
        })
    }

    /// Whether the text it was found in is nothing but its parts, between `&` that no sender leaves
    /// unencoded in them.
    pub(super) fn is_all(&self) -> bool {
        !self.follows && memchr::memchr(b'&', self.text.as_bytes()).is_some()
    }
}

/// Looks at the first pairs only: one that begins in the middle of a body is still a form.
fn is_form(text: &str) -> bool {
    let mut rest = text;
    for _ in 0..3 {
        let end = memchr::memchr2(b'&', b'\n', rest.as_bytes());
        let (pair, after) = match end {
            Some(end) => (rest.get(..end).unwrap_or_default(), rest.get(end + 1..)),
            None => (rest, None),
        };
        let parts = split_pair(pair).filter(|(key, _)| is_key(key));
        let is_value = |b: u8| b != b'=' && !b.is_ascii_whitespace();
        if parts.is_some_and(|(_, value)| value.bytes().any(is_value)) {
            return true;
        }
        let Some(after) = after else { return false };
        rest = after;
    }
    false
}

/// Key and value on either side of the first equals sign.
pub(super) fn split_pair(pair: &str) -> Option<(&str, &str)> {
    // Keys are short, and found sooner byte by byte.
    let at = pair.bytes().position(|b| b == b'=')?;
    Some((trimmed(pair.get(..at)?), trimmed(pair.get(at + 1..)?)))
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= KEY_MAX
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-[]%~:$".contains(&b))
}

/// The pairs of a form, still encoded; what has no equals sign is no pair.
pub(super) fn pairs(form: &str) -> impl Iterator<Item = (&str, &str)> {
    pieces(form).filter_map(split_pair)
}

/// The parts of a form, pairs and what has no equals sign.
///
/// Lines and semicolons separate only where no `&` does, and lines only if each is a pair: a
/// base64 value may be broken into lines.
pub(super) fn pieces(form: &str) -> impl Iterator<Item = &str> {
    let by_line = |line: &str| line.trim().is_empty() || line.contains('=');
    let has = |byte| memchr::memchr(byte, form.as_bytes()).is_some();
    let separator = if has(b'&') {
        b'&'
    } else if has(b'\n') && form.lines().all(by_line) {
        b'\n'
    } else {
        b';'
    };
    let separators = memchr::memchr_iter(separator, form.as_bytes());
    let mut start = 0;
    separators.chain([form.len()]).filter_map(move |end| {
        let piece = form.get(start..end);
        start = end + 1;
        piece
    })
}

/// `text` without white space at its ends, of which most have none.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Decodes one value as `application/x-www-form-urlencoded`; whether that changed anything.
///
/// A plus sign is a space there, but senders also put base64 in without encoding it: a value of
/// nothing but base64 characters keeps its plus signs.
pub(super) fn value(raw: &str) -> (Cow<'_, [u8]>, bool) {
    if !may_change(raw) {
        return (Cow::Borrowed(raw.as_bytes()), false);
    }
    let mut out = Vec::with_capacity(raw.len());
    let changed = value_into(raw, &mut out);
    (Cow::Owned(out), changed)
}

/// Whether decoding can change anything.
pub(super) fn may_change(raw: &str) -> bool {
    let raw = raw.as_bytes();
    if raw.len() < SHORT {
        return raw.iter().any(|b| matches!(b, b'%' | b'+'));
    }
    memchr::memchr2(b'%', b'+', raw).is_some()
}

/// Decodes one value as [`value`] does, and adds it to a buffer.
pub(super) fn value_into(raw: &str, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let changes = may_change(raw);
    let raw = raw.as_bytes();
    if !changes {
        out.extend_from_slice(raw);
        return false;
    }
    radix::percent_into(raw, b'+', out);
    if memchr::memchr(b'+', raw).is_some()
        && !radix::may_be_base64(out.get(start..).unwrap_or_default())
    {
        out.truncate(start);
        radix::percent_into(raw, b' ', out);
    }
    out.get(start..) != Some(raw)
}
