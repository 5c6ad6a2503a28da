//! Containers within containers, whatever format wrote them: keeps the keys that lead to a value.

/// Containers within containers that are told apart; deeper ones are read as part of the last.
/// RFC 8259 leaves the bound open; telemetry seen in the wild stays below ten.
pub(super) const NESTING: usize = 64;

/// What hears of the values.
pub(super) trait Sink {
    /// A scalar under `keys`, outermost first. `fresh` says that `value` does not stand like this
    /// in the text around it.
    fn scalar(&mut self, keys: &[String], value: &[u8], fresh: bool);
    /// A map under `keys` has ended, or what is read has: its own scalars, in order.
    fn object(&mut self, keys: &[String], fields: &[(String, String)]);
}

struct Open {
    map: bool,
    keyed: bool,
    fields: Vec<(String, String)>,
    /// Whether it only ties a name to a value, so that its last field is the outer container's.
    entry: bool,
}

/// The containers that are open.
pub(super) struct Tree<'s, S> {
    sink: &'s mut S,
    open: Vec<Open>,
    /// Containers beyond [`NESTING`].
    beyond: usize,
    keys: Vec<String>,
    /// The key whose value comes next.
    pub(super) pending: Option<String>,
}

impl<'s, S: Sink> Tree<'s, S> {
    pub(super) fn new(sink: &'s mut S) -> Self {
        Self {
            sink,
            open: Vec::new(),
            beyond: 0,
            keys: Vec::new(),
            pending: None,
        }
    }

    pub(super) fn is_inside(&self) -> bool {
        !self.open.is_empty()
    }

    pub(super) fn in_map(&self) -> bool {
        self.open.last().is_some_and(|open| open.map)
    }

    pub(super) fn enter(&mut self, map: bool) {
        if self.open.len() == NESTING {
            self.beyond += 1;
            return;
        }
        let key = self.pending.take();
        let keyed = key.is_some();
        self.keys.extend(key);
        self.open.push(Open {
            map,
            keyed,
            fields: Vec::new(),
            entry: false,
        });
    }

    pub(super) fn leave(&mut self) {
        self.pending = None;
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        if let Some(mut open) = self.open.pop() {
            if open.map || !open.fields.is_empty() {
                self.sink.object(&self.keys, &open.fields);
            }
            if open.keyed {
                self.keys.pop();
            }
            if open.entry
                && let (Some(field), Some(outer)) = (open.fields.pop(), self.open.last_mut())
            {
                outer.fields.push(field);
            }
        }
    }

    /// Says that the container ties a name to the value that was last.
    pub(super) fn is_entry(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.entry = true;
        }
    }

    pub(super) fn finish(mut self) {
        while self.is_inside() {
            self.leave();
        }
    }

    pub(super) fn scalar(&mut self, value: String, fresh: bool) {
        match (self.pending.take(), self.open.last_mut()) {
            (Some(mut key), Some(open)) => {
                if is_value(&key)
                    && let Some(name) = name_beside(&open.fields)
                {
                    key = name.to_owned();
                    open.entry = true;
                }
                self.keys.push(key.clone());
                self.sink.scalar(&self.keys, value.as_bytes(), fresh);
                self.keys.pop();
                open.fields.push((key, value));
            }
            _ => self.sink.scalar(&self.keys, value.as_bytes(), fresh),
        }
    }

    /// Bytes: what may be wrapped in them, and, where they are as long as an address, a packed
    /// number or a hash, their hexadecimal digits.
    pub(super) fn bytes(&mut self, value: &[u8]) {
        let key = self.pending.clone();
        self.keys.extend(key.clone());
        self.sink.scalar(&self.keys, value, true);
        if key.is_some() {
            self.keys.pop();
        }
        if HEX_SHOWN.contains(&value.len()) && super::nature::is_binary(value) {
            self.scalar(super::radix::to_hex(value), true);
        }
        self.pending = None;
    }
}

/// Whether a key only says that its value is one: `{"name": "imei", "value": "35…"}`.
fn is_value(key: &str) -> bool {
    ["value", "val", "v"]
        .iter()
        .any(|value| key.eq_ignore_ascii_case(value))
}

fn name_beside(fields: &[(String, String)]) -> Option<&str> {
    fields
        .iter()
        .find(|(key, _)| {
            ["name", "key", "k", "param"]
                .iter()
                .any(|name| key.eq_ignore_ascii_case(name))
        })
        .map(|(_, name)| name.as_str())
        .filter(|name| (1..=NAME_MAX).contains(&name.len()))
}

/// Longest name that is taken for a key.
const NAME_MAX: usize = 64;

/// Lengths of bytes that are shown as hexadecimal, too: from a MAC address to a SHA-256.
const HEX_SHOWN: std::ops::RangeInclusive<usize> = 6..=32;
