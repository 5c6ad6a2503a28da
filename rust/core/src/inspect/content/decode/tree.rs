//! Containers within containers, whatever format wrote them: keeps the keys that lead to a value.

use std::borrow::Cow;

use super::lossy;
use super::scratch::{Field, Space};

/// Containers within containers that are told apart; deeper ones are read as part of the last.
/// RFC 8259 leaves the bound open; telemetry seen in the wild stays below ten.
pub(super) const NESTING: usize = 64;

/// What hears of the values.
pub(super) trait Sink<'a> {
    /// A scalar under `keys`, outermost first. `fresh` says that `value` does not stand like this
    /// in the text around it.
    fn scalar(&mut self, keys: &[Cow<'a, str>], value: Shown<'a, '_>, fresh: bool);
    /// A map under `keys` has ended, or what is read has: its own scalars, in order.
    fn object(&mut self, keys: &[Cow<'a, str>], fields: &[Field<'a>]);
    /// Memory for the walk, to be given back.
    fn space(&mut self) -> Space<'a>;
    /// Takes it back.
    fn keep_space(&mut self, space: Space<'a>);
}

/// Bytes to look at, and the same where they outlive the look.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a, 's> {
    pub(super) bytes: &'s [u8],
    pub(super) lasting: Option<&'a [u8]>,
    /// The same as text, where that is known already.
    pub(super) text: Option<&'s str>,
}

impl<'s> Shown<'_, 's> {
    /// Its text, what is no UTF-8 replaced.
    pub(super) fn lossy(&self) -> Cow<'s, str> {
        match self.text {
            Some(text) => Cow::Borrowed(text),
            None => lossy(self.bytes),
        }
    }
}

impl<'s> Shown<'_, 's> {
    pub(super) fn passing(bytes: &'s [u8]) -> Self {
        Self {
            bytes,
            lasting: None,
            text: None,
        }
    }
}

impl<'a> Shown<'a, 'a> {
    pub(super) fn lasting(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            lasting: Some(bytes),
            text: None,
        }
    }
}

impl<'a, 's> From<&'s Cow<'a, str>> for Shown<'a, 's> {
    fn from(text: &'s Cow<'a, str>) -> Self {
        Self {
            bytes: text.as_bytes(),
            lasting: match text {
                Cow::Borrowed(text) => Some(text.as_bytes()),
                Cow::Owned(_) => None,
            },
            text: Some(text),
        }
    }
}

impl<'a, 's> From<&'s Cow<'a, [u8]>> for Shown<'a, 's> {
    fn from(bytes: &'s Cow<'a, [u8]>) -> Self {
        Self {
            bytes,
            lasting: match bytes {
                Cow::Borrowed(bytes) => Some(bytes),
                Cow::Owned(_) => None,
            },
            text: None,
        }
    }
}

/// A container that has begun.
pub(super) struct Open {
    map: bool,
    keyed: bool,
    /// How many fields there were when it began; what follows is its own.
    fields: usize,
    /// Whether it only ties a name to a value, so that its last field is the outer container's.
    entry: bool,
    /// The first of its fields whose key says that it is a name, and where the search for it goes on.
    name: Option<usize>,
    searched: usize,
}

/// The containers that are open.
pub(super) struct Tree<'a, 's, S> {
    sink: &'s mut S,
    space: Space<'a>,
    /// Containers beyond [`NESTING`].
    beyond: usize,
    /// The key whose value comes next.
    pub(super) pending: Option<Cow<'a, str>>,
}

impl<'a, 's, S: Sink<'a>> Tree<'a, 's, S> {
    pub(super) fn new(sink: &'s mut S) -> Self {
        Self {
            space: sink.space(),
            sink,
            beyond: 0,
            pending: None,
        }
    }

    pub(super) fn is_inside(&self) -> bool {
        !self.space.open.is_empty()
    }

    pub(super) fn in_map(&self) -> bool {
        self.space.open.last().is_some_and(|open| open.map)
    }

    /// Whether the container is told apart from the one around it.
    pub(super) fn enter(&mut self, map: bool) -> bool {
        if self.space.open.len() == NESTING {
            self.beyond += 1;
            return false;
        }
        let key = self.pending.take().map(short);
        let keyed = key.is_some();
        self.space.keys.extend(key);
        self.space.open.push(Open {
            map,
            keyed,
            fields: self.space.fields.len(),
            entry: false,
            name: None,
            searched: self.space.fields.len(),
        });
        true
    }

    /// Whether there was a container to leave.
    pub(super) fn leave(&mut self) -> bool {
        self.pending = None;
        if self.beyond > 0 {
            self.beyond -= 1;
            return true;
        }
        let Some(open) = self.space.open.pop() else {
            return false;
        };
        let own = self.space.fields.get(open.fields..).unwrap_or_default();
        if open.map || !own.is_empty() {
            self.sink.object(&self.space.keys, own);
        }
        let is_entry = open.entry && !own.is_empty() && self.is_inside();
        let last = self.space.fields.pop_if(|_| is_entry);
        self.space.fields.truncate(open.fields);
        self.space.fields.extend(last);
        if open.keyed {
            self.space.keys.pop();
        }
        true
    }

    /// Says that the container ties a name to the value that was last.
    pub(super) fn is_entry(&mut self) {
        if let Some(open) = self.space.open.last_mut() {
            open.entry = true;
        }
    }

    /// The key of a scalar: where it only says "value", the name that stands beside it.
    fn name_of(&mut self, key: Cow<'a, str>) -> Cow<'a, str> {
        if !says_value(&key) {
            return key;
        }
        let Some(open) = self.space.open.last_mut() else {
            return key;
        };
        match open.name_beside(&self.space.fields) {
            Some(name) => {
                open.entry = true;
                name.clone()
            }
            None => key,
        }
    }

    pub(super) fn finish(mut self) {
        while self.is_inside() {
            self.leave();
        }
        self.sink.keep_space(self.space);
    }

    pub(super) fn scalar(&mut self, value: Cow<'a, str>, fresh: bool) {
        let shown = Shown::from(&value);
        match self.pending.take() {
            Some(key) => {
                let key = self.name_of(short(key));
                self.space.keys.push(key.clone());
                self.sink.scalar(&self.space.keys, shown, fresh);
                self.space.keys.pop();
                self.space.fields.push((key, value));
            }
            None => self.sink.scalar(&self.space.keys, shown, fresh),
        }
    }

    /// Bytes: what may be wrapped in them, and, where they are as long as an address, a packed
    /// number or a hash, their hexadecimal digits.
    pub(super) fn bytes(&mut self, value: &'a [u8]) {
        self.pending = self.pending.take().map(short);
        let key = self.pending.clone();
        let keyed = key.is_some();
        self.space.keys.extend(key);
        let shown = Shown::lasting(value);
        self.sink.scalar(&self.space.keys, shown, true);
        if keyed {
            self.space.keys.pop();
        }
        if HEX_SHOWN.contains(&value.len()) && super::nature::is_binary(value) {
            self.scalar(super::radix::to_hex(value).into(), true);
        }
        self.pending = None;
    }
}

/// Whether a key only says that its value is one: `{"name": "imei", "value": "35…"}`.
pub(in super::super) fn says_value(key: &str) -> bool {
    ["value", "val", "v"]
        .iter()
        .any(|value| key.eq_ignore_ascii_case(value))
}

/// Whether a key says that its value is the name of one.
pub(in super::super) fn says_name(key: &str) -> bool {
    ["name", "key", "k", "param"]
        .iter()
        .any(|name| key.eq_ignore_ascii_case(name))
}

impl Open {
    /// What the first of its fields whose key says so names; each is looked at once, however often this is asked.
    fn name_beside<'f, 'a>(&mut self, fields: &'f [Field<'a>]) -> Option<&'f Cow<'a, str>> {
        if self.name.is_none() {
            let fresh = fields.iter().enumerate().skip(self.searched);
            let mut named = fresh.filter(|(_, (key, _))| says_name(key));
            self.name = named.next().map(|(at, _)| at);
            self.searched = fields.len();
        }
        let (_, name) = fields.get(self.name?)?;
        Some(name).filter(|name| (1..=NAME_MAX).contains(&name.len()))
    }
}

/// Longest name that is taken for a key.
const NAME_MAX: usize = 64;

/// A key as it is kept with each of its values. What is longer than any name is read as none and shown as none, so
/// that of a long one that had to be copied no more is kept than says so.
pub(super) fn short(key: Cow<'_, str>) -> Cow<'_, str> {
    match key {
        Cow::Owned(long) if long.len() > KEY_MAX => {
            // Readers do not count white space around it.
            let key = long.trim_ascii();
            let end = key.floor_char_boundary(KEY_MAX);
            Cow::Owned(key.get(..end).unwrap_or(key).to_owned())
        }
        key => key,
    }
}

/// Bytes that are kept of a key: more than of any that means something, by any reader.
const KEY_MAX: usize = 256;

/// Lengths of bytes that are shown as hexadecimal, too: from a MAC address to a SHA-256.
const HEX_SHOWN: std::ops::RangeInclusive<usize> = 6..=32;
