//! XML, taken as it comes: elements, attributes and text, keys being their names.

use std::borrow::Cow;

use super::tree::{Sink, Tree, short};

/// Whether `text` begins as XML does, and closes an element somewhere.
pub(super) fn is_xml(text: &str) -> bool {
    let named = |c: &u8| c.is_ascii_alphabetic() || matches!(c, b'?' | b'!' | b'_');
    text.starts_with('<')
        && text.as_bytes().get(1).is_some_and(named)
        && (text.contains("</") || text.contains("/>"))
}

/// Walks `text`. An element's text is under the element's name; if it has an attribute `name` or
/// `key`, or follows `<key>` as in a property list, under that.
pub(super) fn walk<'a>(text: &'a str, sink: &mut impl Sink<'a>) {
    let mut tree = Tree::new(sink);
    let mut rest = text;
    let mut listed: Option<Cow<'a, str>> = None;
    // The element that has just begun, until its text, a child or its end comes.
    let mut fresh: Option<Cow<'a, str>> = None;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        let (between, tag) = rest.split_at(at);
        read_text(&mut tree, between, &fresh, &mut listed);
        if let Some(data) = tag.strip_prefix("<![CDATA[") {
            let (data, after) = data.split_once("]]>").unwrap_or((data, ""));
            read_text(&mut tree, data, &fresh, &mut listed);
            rest = after;
            continue;
        }
        if let Some(comment) = tag.strip_prefix("<!--") {
            let (comment, after) = comment.split_once("-->").unwrap_or((comment, ""));
            tree.scalar(comment.into(), false);
            rest = after;
            continue;
        }
        let (inside, after) = tag
            .get(1..)
            .unwrap_or_default()
            .split_at_checked(tag_end(tag).saturating_sub(1))
            .unwrap_or_default();
        rest = after.strip_prefix('>').unwrap_or(after);
        if inside.starts_with(['?', '!']) {
            continue;
        }
        if inside.starts_with('/') {
            if fresh.take().is_none() {
                tree.leave();
            }
            continue;
        }
        if let Some(parent) = fresh.take() {
            tree.pending = Some(parent);
            tree.enter(true);
        }
        let inside_start = inside.trim_end();
        let closed = inside_start.ends_with('/');
        let inside = inside_start.strip_suffix('/').unwrap_or(inside_start);
        let (name, attributes) = inside
            .split_once(|c: char| c.is_ascii_whitespace())
            .unwrap_or((inside, ""));
        let name = local(name);
        let named = read_attributes(&mut tree, name, attributes);
        if !closed {
            fresh = Some(named.unwrap_or(name.into()));
        }
    }
    read_text(&mut tree, rest, &fresh, &mut listed);
    tree.finish();
}

/// The end of the tag that `text` begins with: a `>` outside of quotes.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn read_text<'a, S: Sink<'a>>(
    tree: &mut Tree<'a, '_, S>,
    text: &'a str,
    element: &Option<Cow<'a, str>>,
    listed: &mut Option<Cow<'a, str>>,
) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    let value = decode(text);
    let changed = matches!(value, Cow::Owned(_));
    if element
        .as_deref()
        .is_some_and(|e| e.eq_ignore_ascii_case("key"))
    {
        *listed = Some(short(value));
        return;
    }
    tree.pending = listed.take().or_else(|| element.clone());
    tree.scalar(value, changed);
}

/// Reads attributes; the value of `name` or `key`, if that is what they have.
fn read_attributes<'a, S: Sink<'a>>(
    tree: &mut Tree<'a, '_, S>,
    element: &'a str,
    attributes: &'a str,
) -> Option<Cow<'a, str>> {
    if attributes.trim().is_empty() {
        return None;
    }
    let mut named = None;
    tree.pending = Some(element.into());
    tree.enter(true);
    let mut rest = attributes;
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            break;
        };
        let inside = after.get(1..).unwrap_or_default();
        let (value, next) = inside.split_once(quote).unwrap_or((inside, ""));
        rest = next;
        let value = decode(value);
        let changed = matches!(value, Cow::Owned(_));
        let name = local(name.trim());
        if name.eq_ignore_ascii_case("name") || name.eq_ignore_ascii_case("key") {
            named = Some(short(value.clone()));
        }
        tree.pending = Some(name.into());
        tree.scalar(value, changed);
    }
    tree.leave();
    named
}

/// Bytes after a `&` in which its `;` is looked for: many times those of the longest, `&#x10FFFF;`.
const ENTITY_MAX: usize = 64;

/// Undoes the five entities and character references (XML 1.0, 4.1 and 4.6).
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, entity)) = rest.split_once('&') {
        out.push_str(before);
        let head = entity
            .as_bytes()
            .get(..ENTITY_MAX)
            .unwrap_or(entity.as_bytes());
        let known = memchr::memchr(b';', head)
            .and_then(|end| Some((character(entity.get(..end)?)?, entity.get(end + 1..)?)));
        match known {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = entity;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => digits.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}
