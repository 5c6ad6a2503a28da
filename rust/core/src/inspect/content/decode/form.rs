//! Key-value text: forms, queries, cookies, lines of `key=value`, and URLs that carry a query.

use std::borrow::Cow;

use super::radix;

/// Longest key of a form; whatever is longer before the `=` is not a key.
const KEY_MAX: usize = 64;

/// The form inside `text`, if it reads as one: `text` itself, or the query of a URL.
pub(super) fn find(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['?', '&']);
    if is_form(text) {
        return Some(text);
    }
    let (before, query) = text.split_once('?')?;
    let url = before.starts_with('/') || before.contains("://");
    (url && !before.contains(char::is_whitespace) && is_form(query)).then_some(query)
}

/// Looks at the first pairs only: one that begins in the middle of a body is still a form.
fn is_form(text: &str) -> bool {
    text.split(['&', '\n']).take(3).any(|pair| {
        pair.split_once('=').is_some_and(|(key, value)| {
            is_key(key.trim()) && value.bytes().any(|b| b != b'=' && !b.is_ascii_whitespace())
        })
    })
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.len() <= KEY_MAX
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.-[]%~:$".contains(&b))
}

/// The pairs of a form, still encoded.
///
/// Lines and semicolons separate only where no `&` does, and lines only if each is a pair: a
/// base64 value may be broken into lines.
pub(super) fn pairs(form: &str) -> impl Iterator<Item = (&str, &str)> {
    let by_line = |line: &str| line.trim().is_empty() || line.contains('=');
    let has = |byte| memchr::memchr(byte, form.as_bytes()).is_some();
    let separator = if has(b'&') {
        '&'
    } else if has(b'\n') && form.lines().all(by_line) {
        '\n'
    } else {
        ';'
    };
    form.split(separator)
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (trimmed(key), trimmed(value)))
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
    if memchr::memchr2(b'%', b'+', raw.as_bytes()).is_none() {
        return (Cow::Borrowed(raw.as_bytes()), false);
    }
    let mut out = Vec::with_capacity(raw.len());
    let changed = value_into(raw, &mut out);
    (Cow::Owned(out), changed)
}

/// The same, added to a buffer.
pub(super) fn value_into(raw: &str, out: &mut Vec<u8>) -> bool {
    let raw = raw.as_bytes();
    let start = out.len();
    let plus = raw.contains(&b'+');
    if !plus && !raw.contains(&b'%') {
        out.extend_from_slice(raw);
        return false;
    }
    radix::percent_into(raw, b'+', out);
    if plus && !radix::may_be_base64(out.get(start..).unwrap_or_default()) {
        out.truncate(start);
        radix::percent_into(raw, b' ', out);
    }
    out.get(start..) != Some(raw)
}
