//! The decode chain by itself: what it shows of each format, and what it spends on it.

mod chain;
mod encodings;
mod natures;
mod protobuf;
mod scratch;
mod tagged;
mod text;
mod xml;

use std::borrow::Cow;

use super::scratch::Space;
use super::tree::{Shown, Sink};
use super::*;

/// Notes down what a reader is shown, a line each.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
}

impl Notes {
    fn note(&mut self, what: &str, trail: &Trail<'_>, text: &str) {
        self.lines.push(format!("{what} {}: {text}", trail.text()));
    }
}

impl Reader for Notes {
    fn text(&mut self, trail: &Trail<'_>, text: &str) {
        self.note("text", trail, text);
    }

    fn whole(&mut self, trail: &Trail<'_>, text: &str) {
        self.note("whole", trail, text);
    }

    fn field(&mut self, trail: &Trail<'_>, key: &str, value: &str, stands: Stands) {
        self.note(&format!("{stands:?}"), trail, &format!("{key}={value}"));
    }

    fn group(&mut self, _trail: &Trail<'_>, _fields: &[Field<'_>]) {}
}

fn shown(parts: &Parts<'_>) -> (Vec<String>, Decoded) {
    let mut notes = Notes::default();
    let decoded = open(parts, &mut notes, &mut Scratch::default());
    (notes.lines, decoded)
}

/// All that is shown of a body.
fn notes(body: impl AsRef<[u8]>) -> Vec<String> {
    shown(&of(body.as_ref())).0
}

/// What is made of a body.
fn decoded(body: impl AsRef<[u8]>) -> Decoded {
    shown(&of(body.as_ref())).1
}

fn of(body: &[u8]) -> Parts<'_> {
    Parts {
        body,
        ..Parts::default()
    }
}

/// Notes down what a walk through a structure tells: each value under its keys, and each map in braces.
#[derive(Default)]
struct Heard {
    lines: Vec<String>,
}

impl<'a> Sink<'a> for Heard {
    fn scalar(&mut self, keys: &[Cow<'a, str>], value: Shown<'a, '_>, _fresh: bool) {
        let value = value.lossy();
        self.lines.push(format!("{}={value}", keys.join(".")));
    }

    fn object(&mut self, keys: &[Cow<'a, str>], fields: &[Field<'a>]) {
        let fields: Vec<_> = fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let (keys, fields) = (keys.join("."), fields.join(" "));
        self.lines.push(format!("{keys}{{{fields}}}"));
    }

    fn space(&mut self) -> Space<'a> {
        Space::default()
    }

    fn keep_space(&mut self, _space: Space<'a>) {}
}

/// What a walk tells of `bytes`.
fn heard(walk: impl FnOnce(&mut Heard)) -> Vec<String> {
    let mut heard = Heard::default();
    walk(&mut heard);
    heard.lines
}

#[test]
fn what_could_be_a_value_is_no_key_to_show() {
    for (key, may_be) in [
        ("SIM1ICCID", false),
        ("sim#1", true),
        ("abcdefabcde", false),
        ("abcdefabcdef", true),
        ("abcdefabcdeg", false),
        ("key12345", false),
        ("key123456", true),
    ] {
        assert_eq!(may_be_value(key.as_bytes()), may_be, "{key}");
    }
}
