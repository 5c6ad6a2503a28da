//! Bytes yet to be read, and the way to them.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::{ARROW, KEYS_SHOWN, Trail, lossy};

/// Bytes yet to be read, and how they were come by. Its path is only put in words where someone asks.
pub(super) struct Layer<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// The layer this one was in, and where in it.
    pub(super) outer: Option<&'a Layer<'a>>,
    pub(super) step: &'static str,
    /// The innermost keys of that structure, as many as are shown.
    pub(super) keys: [Cow<'a, str>; KEYS_SHOWN],
    pub(super) keys_count: usize,
    /// Path of a layer that is in no other.
    pub(super) base: String,
    /// The key nearest outside: what a bare value inside belongs to.
    pub(super) key: Cow<'a, str>,
    pub(super) depth: u8,
    /// Whether it is a value of a structure, so that structure inside it is a further wrapping.
    pub(super) nested: bool,
    /// Whether its text is to be kept for the rules.
    pub(super) keep: bool,
    /// Whether what comes out of it is.
    pub(super) keep_inner: bool,
    /// Name of a form inside it.
    pub(super) form: &'static str,
    /// Its text, where that is not its bytes.
    pub(super) text: OnceLock<String>,
    /// Keys and values of the form in it, decoded.
    pub(super) decoded: OnceLock<Vec<u8>>,
}

impl<'a> Layer<'a> {
    /// A layer that is in no other, and is not kept.
    pub(super) fn root(bytes: Cow<'a, [u8]>, form: &'static str) -> Self {
        Self {
            bytes,
            outer: None,
            step: "",
            keys: [const { Cow::Borrowed("") }; KEYS_SHOWN],
            keys_count: 0,
            base: String::new(),
            key: Cow::Borrowed(""),
            depth: 0,
            nested: false,
            keep: false,
            keep_inner: false,
            form,
            text: OnceLock::new(),
            decoded: OnceLock::new(),
        }
    }

    /// One that is in no other, and is kept with all that comes out of it.
    pub(super) fn kept(bytes: &'a [u8], form: &'static str) -> Self {
        Self {
            keep: true,
            keep_inner: true,
            ..Self::root(Cow::Borrowed(bytes), form)
        }
    }

    /// Replaces the bytes by what was wrapped in them.
    pub(super) fn step_into(&mut self, step: &str, bytes: Vec<u8>) {
        if !self.base.is_empty() {
            self.base.push_str(ARROW);
        }
        self.base.push_str(step);
        self.depth += 1;
        self.bytes = Cow::Owned(bytes);
    }

    /// Its bytes as text; what is no UTF-8 is replaced.
    pub(super) fn as_text(&self) -> &str {
        if let Some(text) = self.text.get() {
            return text;
        }
        match lossy(&self.bytes) {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.text.get_or_init(|| text),
        }
    }

    pub(super) fn hold_keys(&mut self, keys: &[Cow<'a, str>]) {
        let hidden = keys.len().saturating_sub(KEYS_SHOWN);
        let shown = keys.get(hidden..).unwrap_or_default();
        for (held, key) in self.keys.iter_mut().zip(shown) {
            held.clone_from(key);
        }
        self.keys_count = shown.len();
    }

    /// The way it was wrapped, outermost first.
    pub(super) fn path(&self) -> String {
        let Some(outer) = self.outer else {
            return self.base.clone();
        };
        if !self.nested && outer.is_whole() && outer.form == "query" {
            return outer.trail("query", &[]).text() + ARROW + self.step;
        }
        let keys = self.keys.get(..self.keys_count).unwrap_or_default();
        outer.trail(self.step, keys).text()
    }

    /// Whether it is the whole of what was sent, so that no path names it.
    fn is_whole(&self) -> bool {
        self.outer.is_none() && self.base.is_empty()
    }

    /// The step that names this layer as a whole, where no path does.
    pub(super) fn whole(&self) -> &'static str {
        match (self.is_whole(), self.form) {
            (false, _) => "",
            (true, "query") => "query",
            (true, _) => "text",
        }
    }

    pub(super) fn trail<'t>(&'t self, step: &'t str, keys: &'t [Cow<'t, str>]) -> Trail<'t> {
        Trail {
            layer: self,
            step,
            keys,
        }
    }

    /// Hands on the memory it owned.
    pub(super) fn into_buffers(self, mut keep: impl FnMut(Vec<u8>)) {
        if let Cow::Owned(bytes) = self.bytes {
            keep(bytes);
        }
        if let Some(text) = self.text.into_inner() {
            keep(text.into_bytes());
        }
        if let Some(decoded) = self.decoded.into_inner() {
            keep(decoded);
        }
    }
}
