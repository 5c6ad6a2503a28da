//! The queue of layers, and what is done with each.

use std::collections::VecDeque;

use super::inflate::{Coding, guess_brotli};
use super::nature::{Nature, nature, readable};
use super::tree::Sink;
use super::{ARROW, DEPTH_MAX, Decoded, LAYERS_MAX, OUT_MAX, PART_MAX, Reader, TOKEN_MIN, Trail};
use super::{WORK_MAX, append, form, json, multipart, protobuf, radix, tagged, xml};

/// Bytes yet to be read, and how they were come by.
pub(super) struct Layer {
    pub(super) bytes: Vec<u8>,
    pub(super) path: String,
    /// The key nearest outside: what a bare value inside belongs to.
    pub(super) key: String,
    pub(super) depth: u8,
    /// Whether it is a value of a structure, so that structure inside it is a further wrapping.
    pub(super) nested: bool,
    /// Whether its text is to be kept for the rules.
    pub(super) keep: bool,
    /// Whether what comes out of it is.
    pub(super) keep_inner: bool,
    /// Name of a form inside it.
    pub(super) form: &'static str,
}

pub(super) struct Chain<'r> {
    pub(super) reader: &'r mut dyn Reader,
    queue: VecDeque<Layer>,
    text: String,
    cut_short: bool,
    work: usize,
    work_max: usize,
    out_left: usize,
    layers_left: usize,
}

impl<'r> Chain<'r> {
    pub(super) fn new(reader: &'r mut dyn Reader, out: usize) -> Self {
        Self {
            reader,
            queue: VecDeque::new(),
            text: String::new(),
            cut_short: false,
            work: 0,
            work_max: WORK_MAX / OUT_MAX * out,
            out_left: out,
            layers_left: LAYERS_MAX,
        }
    }

    pub(super) fn finish(self) -> Decoded {
        Decoded {
            text: self.text,
            cut_short: self.cut_short,
            work: self.work,
        }
    }

    /// Takes the cost of looking at `bytes` bytes, or notes that it cannot be paid.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let paid = self.work + bytes <= self.work_max;
        if paid {
            self.work += bytes;
        }
        self.cut_short |= !paid;
        paid
    }

    /// The first [`PART_MAX`] bytes.
    pub(super) fn bounded<'a>(&mut self, part: &'a [u8]) -> &'a [u8] {
        self.cut_short |= part.len() > PART_MAX;
        part.get(..PART_MAX).unwrap_or(part)
    }

    pub(super) fn run(&mut self) {
        while let Some(layer) = self.queue.pop_front() {
            self.read(&layer);
        }
    }

    pub(super) fn push(&mut self, layer: Layer) {
        if layer.bytes.is_empty() {
            return;
        }
        match self.layers_left.checked_sub(1) {
            Some(left) => {
                self.layers_left = left;
                self.queue.push_back(layer);
            }
            None => self.cut_short = true,
        }
    }

    /// Queues what came out of a wrapping.
    fn unwrapped(&mut self, layer: &Layer, step: &str, bytes: Vec<u8>) {
        if layer.depth == DEPTH_MAX {
            self.cut_short = true;
            return;
        }
        let mut inner = Layer {
            bytes,
            path: layer.path.clone(),
            key: layer.key.clone(),
            nested: false,
            keep: layer.keep_inner,
            form: "form",
            ..*layer
        };
        if inner.path.is_empty() && layer.form == "query" {
            inner.path.push_str(layer.form);
        }
        inner.step_into(step);
        self.push(inner);
    }

    pub(super) fn inflate(&mut self, coding: Coding, bytes: &[u8]) -> Vec<u8> {
        if !self.spend(bytes.len()) {
            return Vec::new();
        }
        let (out, more) = coding.undo(bytes, self.out_left);
        self.cut_short |= more;
        self.out_left -= out.len();
        out
    }

    /// Queues what a textual encoding held, or as much of it as may still be produced.
    pub(super) fn decoded(&mut self, layer: &Layer, step: &str, mut bytes: Vec<u8>) {
        self.cut_short |= bytes.len() > self.out_left;
        bytes.truncate(self.out_left);
        self.out_left -= bytes.len();
        self.unwrapped(layer, step, bytes);
    }

    /// Whether `bytes` more may be produced.
    fn produce(&mut self, bytes: usize) -> bool {
        let room = bytes <= self.out_left;
        if room {
            self.out_left -= bytes;
        }
        self.cut_short |= !room;
        room
    }

    /// Adds a layer to the text for the rules.
    pub(super) fn keep(&mut self, text: &str) {
        self.cut_short |= !append(&mut self.text, text);
    }

    fn read(&mut self, layer: &Layer) {
        let bytes = &layer.bytes;
        if layer.depth > 0
            && bytes.starts_with(b"--")
            && let Some(delimiter) = multipart::delimiter(bytes, None)
        {
            return self.multipart(layer, &delimiter);
        }
        if !self.spend(bytes.len()) {
            return;
        }
        match nature(bytes) {
            Nature::Gzip => {
                let out = self.inflate(Coding::Gzip, bytes);
                self.unwrapped(layer, Coding::Gzip.name(), out);
            }
            Nature::Zlib => {
                let out = self.inflate(Coding::Deflate, bytes);
                self.unwrapped(layer, Coding::Deflate.name(), out);
            }
            Nature::Zstd => {
                let out = self.inflate(Coding::Zstd, bytes);
                self.unwrapped(layer, Coding::Zstd.name(), out);
            }
            Nature::MessagePack => self.structure(layer, "msgpack", |sink| {
                tagged::walk_message_pack(bytes, sink);
            }),
            Nature::Cbor => self.structure(layer, "cbor", |sink| tagged::walk_cbor(bytes, sink)),
            Nature::Protobuf => {
                self.structure(layer, "protobuf", |sink| protobuf::walk(bytes, sink));
            }
            order @ (Nature::Utf16Le | Nature::Utf16Be) => {
                let little = order == Nature::Utf16Le;
                let out = radix::utf16(bytes, little).into_bytes();
                let step = if little { "utf-16le" } else { "utf-16be" };
                self.decoded(layer, step, out);
            }
            Nature::Text => self.layer_text(layer, &String::from_utf8_lossy(bytes)),
            Nature::Runs => self.layer_text(layer, &readable(bytes)),
            Nature::Opaque => {
                let left = self.out_left;
                if let Some(out) = guess_brotli(bytes, left) {
                    self.decoded(layer, Coding::Brotli.name(), out);
                }
            }
        }
    }

    /// Reads a format of keys and values.
    fn structure(
        &mut self,
        layer: &Layer,
        step: &'static str,
        walk: impl FnOnce(&mut Fields<'_, 'r, '_>),
    ) {
        if self.may_nest(layer) && self.spend(layer.bytes.len()) {
            walk(&mut Fields {
                chain: self,
                layer,
                step,
            });
        }
    }

    fn layer_text(&mut self, layer: &Layer, text: &str) {
        if layer.keep {
            self.keep(text);
        }
        if !self.spend(text.len()) {
            return;
        }
        let trail = layer.trail(layer.whole(), &[]);
        // A nested value has been shown to the reader with its key already.
        if !layer.nested {
            self.reader.text(&trail, text);
            if !layer.key.is_empty() {
                self.reader.field(&trail, &layer.key, text);
            }
        }
        let inner = text.trim_start_matches('\u{feff}').trim();
        if inner.starts_with(['{', '[', '"']) {
            self.json(layer, inner);
        } else if xml::is_xml(inner) {
            self.structure(layer, "xml", |sink| xml::walk(inner, sink));
        } else if let Some(form) = form::find(inner) {
            self.form(layer, form);
        } else if let Some(at) = json::start(inner) {
            self.json(layer, inner.get(at..).unwrap_or_default());
        } else {
            self.unwrap(layer, inner);
        }
    }

    /// Whether structure in this layer may be read: inside a value it is one more wrapping.
    fn may_nest(&mut self, layer: &Layer) -> bool {
        let deep = layer.nested && layer.depth == DEPTH_MAX;
        self.cut_short |= deep;
        !deep
    }

    fn json(&mut self, layer: &Layer, text: &str) {
        self.structure(layer, "json", |sink| json::walk(text, sink));
    }

    fn form(&mut self, layer: &Layer, form: &str) {
        if !self.may_nest(layer) || !self.spend(form.len()) {
            return;
        }
        let mut group = Vec::new();
        for (key, raw) in form::pairs(form) {
            let (key, _) = form::value(key);
            let key = String::from_utf8_lossy(&key).into_owned();
            let (value, changed) = form::value(raw);
            self.value(
                layer,
                layer.form,
                std::slice::from_ref(&key),
                &value,
                changed,
            );
            group.push((key, String::from_utf8_lossy(&value).into_owned()));
        }
        self.reader.group(&layer.trail(layer.form, &[]), &group);
    }

    /// Shows a value to the reader and queues it if something may be wrapped in it. `changed`
    /// says that the value does not stand like this in the text around it.
    pub(super) fn value(
        &mut self,
        layer: &Layer,
        step: &str,
        keys: &[String],
        value: &[u8],
        changed: bool,
    ) {
        if !self.spend(value.len()) {
            return;
        }
        let key = keys.last().map_or("", String::as_str);
        let trail = layer.trail(step, keys);
        let text = String::from_utf8_lossy(value);
        self.reader.field(&trail, key, &text);
        if changed {
            if layer.keep_inner && !value.contains(&0) {
                self.keep(&text);
            }
            self.reader.text(&trail, &text);
        }
        self.nest(layer, &trail, key, value, changed);
    }

    pub(super) fn nest(
        &mut self,
        layer: &Layer,
        trail: &Trail<'_>,
        key: &str,
        value: &[u8],
        changed: bool,
    ) {
        if !worth_opening(value) {
            return;
        }
        // Only a changed value is new memory; the rest is a copy of what is counted already.
        if changed && !self.produce(value.len()) {
            return;
        }
        self.push(Layer {
            bytes: value.to_vec(),
            path: trail.text(),
            key: key.to_owned(),
            depth: layer.depth + u8::from(layer.nested),
            nested: true,
            keep: false,
            keep_inner: layer.keep_inner,
            form: "form",
        });
    }
}

/// Whether something may be wrapped in a value: a cheap look that spares most values the rest.
fn worth_opening(value: &[u8]) -> bool {
    if value.len() < radix::BASE64_MIN {
        return false;
    }
    matches!(value.first(), Some(b'{' | b'[' | b'"'))
        || value.contains(&0)
        || std::str::from_utf8(value).is_err()
        || memchr::memchr3(b'%', b'=', b'{', value).is_some()
        || radix::may_be_base64(value)
        || value
            .split(|b| b.is_ascii_whitespace())
            .any(|t| t.len() >= TOKEN_MIN)
}

impl Layer {
    pub(super) fn root(path: &str, bytes: Vec<u8>, form: &'static str) -> Self {
        Self {
            bytes,
            path: path.to_owned(),
            key: String::new(),
            depth: 0,
            nested: false,
            keep: false,
            keep_inner: false,
            form,
        }
    }

    pub(super) fn step_into(&mut self, step: &str) {
        if !self.path.is_empty() {
            self.path.push_str(ARROW);
        }
        self.path.push_str(step);
        self.depth += 1;
    }

    /// The step that names this layer as a whole, where no path does.
    fn whole(&self) -> &'static str {
        match (self.path.is_empty(), self.form) {
            (false, _) => "",
            (true, "query") => "query",
            (true, _) => "text",
        }
    }

    pub(super) fn trail<'a>(&'a self, step: &'a str, keys: &'a [String]) -> Trail<'a> {
        Trail {
            layer: &self.path,
            step,
            keys,
        }
    }
}

/// Hears a JSON walk for the chain.
struct Fields<'c, 'r, 'l> {
    chain: &'c mut Chain<'r>,
    layer: &'l Layer,
    step: &'static str,
}

impl Sink for Fields<'_, '_, '_> {
    fn scalar(&mut self, keys: &[String], value: &[u8], fresh: bool) {
        self.chain.value(self.layer, self.step, keys, value, fresh);
    }

    fn object(&mut self, keys: &[String], fields: &[(String, String)]) {
        let trail = self.layer.trail(self.step, keys);
        self.chain.reader.group(&trail, fields);
    }
}
