//! The levels of layers, and what is done with each layer.

use std::borrow::Cow;
use std::ops::Range;

use super::super::BoundsHit;
use super::form::Form;
use super::inflate::{Coding, guess_brotli};
use super::layer::Layer;
use super::nature::{Nature, nature, readable};
use super::scratch::{Field, Level, Mark, Scratch, Space};
use super::tree::{Shown, Sink};
use super::{
    DEPTH_MAX, Decoded, LAYERS_MAX, OUT_MAX, PART_MAX, Reader, Stands, TOKEN_MIN, WORK_MAX,
};
use super::{append, form, json, lossy, may_be_value, multipart, protobuf, radix, tagged, xml};

/// Opens the layers of one half of a request, within its bounds.
pub(super) struct Chain<'r> {
    pub(super) reader: &'r mut dyn Reader,
    pub(super) scratch: &'r mut Scratch,
    text: String,
    bounds_hit: BoundsHit,
    work: usize,
    work_max: usize,
    out_left: usize,
    layers_left: usize,
}

impl<'r> Chain<'r> {
    /// A chain that may produce `out` bytes.
    pub(super) fn new(reader: &'r mut dyn Reader, scratch: &'r mut Scratch, out: usize) -> Self {
        Self {
            text: scratch.text(),
            reader,
            scratch,
            bounds_hit: BoundsHit::default(),
            work: 0,
            work_max: WORK_MAX / OUT_MAX * out,
            out_left: out,
            layers_left: LAYERS_MAX,
        }
    }

    pub(super) fn finish(self) -> Decoded {
        Decoded {
            text: self.text,
            bounds_hit: self.bounds_hit,
            work: self.work,
        }
    }

    /// Takes the cost of looking at `bytes` bytes, or notes that it cannot be paid.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        let paid = self.work + bytes <= self.work_max;
        if paid {
            self.work += bytes;
        }
        self.bounds_hit.work += u32::from(!paid);
        paid
    }

    /// The first [`PART_MAX`] bytes.
    pub(super) fn bounded<'a>(&mut self, part: &'a [u8]) -> &'a [u8] {
        self.bounds_hit.input += u32::from(part.len() > PART_MAX);
        part.get(..PART_MAX).unwrap_or(part)
    }

    /// Reads a level, then what was in it.
    pub(super) fn run(&mut self, level: Level<'_>) {
        if !level.is_empty() {
            let mut next = self.scratch.level();
            for layer in &level {
                self.read(layer, &mut next);
            }
            self.run(next);
        }
        self.scratch.keep_level(level);
    }

    /// Whether there is something to read in `layer`, and room for it.
    pub(super) fn admits(&mut self, layer: &Layer<'_>) -> bool {
        if layer.bytes.is_empty() {
            return false;
        }
        let left = self.layers_left.checked_sub(1);
        self.bounds_hit.work += u32::from(left.is_none());
        self.layers_left = left.unwrap_or_default();
        left.is_some()
    }

    pub(super) fn push<'l>(&mut self, layer: Layer<'l>, next: &mut Level<'l>) {
        if self.admits(&layer) {
            next.push(layer);
        }
    }

    /// Queues what came out of a wrapping.
    fn unwrapped<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        step: &'static str,
        bytes: Vec<u8>,
        next: &mut Level<'l>,
    ) {
        if layer.depth == DEPTH_MAX {
            self.bounds_hit.depth += 1;
            self.scratch.keep_buffer(bytes);
            return;
        }
        let inner = Layer {
            outer: Some(layer),
            step,
            key: Cow::Borrowed(&layer.key),
            depth: layer.depth + 1,
            keep: layer.keep_inner,
            keep_inner: layer.keep_inner,
            ..Layer::root(Cow::Owned(bytes), "form")
        };
        self.push(inner, next);
    }

    pub(super) fn inflate(&mut self, coding: Coding, bytes: &[u8]) -> Vec<u8> {
        if !self.spend(bytes.len()) {
            return Vec::new();
        }
        let (out, more) = coding.undo(bytes, self.out_left);
        self.bounds_hit.output += u32::from(more);
        self.out_left -= out.len();
        out
    }

    /// Queues what a textual encoding held, or as much of it as may still be produced.
    pub(super) fn decoded<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        step: &'static str,
        mut bytes: Vec<u8>,
        next: &mut Level<'l>,
    ) {
        self.bounds_hit.output += u32::from(bytes.len() > self.out_left);
        bytes.truncate(self.out_left);
        self.out_left -= bytes.len();
        self.unwrapped(layer, step, bytes, next);
    }

    /// Whether `bytes` more may be produced.
    fn produce(&mut self, bytes: usize) -> bool {
        let room = bytes <= self.out_left;
        if room {
            self.out_left -= bytes;
        }
        self.bounds_hit.output += u32::from(!room);
        room
    }

    /// Adds a layer to the text for the rules.
    pub(super) fn keep(&mut self, text: &str) {
        self.bounds_hit.output += u32::from(!append(&mut self.text, text));
    }

    pub(super) fn read<'l>(&mut self, layer: &'l Layer<'l>, next: &mut Level<'l>) {
        let bytes = &*layer.bytes;
        if bytes.starts_with(b"--")
            && let Some(delimiter) = multipart::delimiter(bytes, None)
        {
            return self.multipart(layer, &delimiter, next);
        }
        if !self.spend(bytes.len()) {
            return;
        }
        match nature(bytes) {
            Nature::Gzip => self.inflated(layer, Coding::Gzip, next),
            Nature::Zlib => self.inflated(layer, Coding::Deflate, next),
            Nature::Zstd => self.inflated(layer, Coding::Zstd, next),
            Nature::MessagePack => self.structure(layer, "msgpack", next, |sink| {
                tagged::walk_message_pack(bytes, sink);
            }),
            Nature::Cbor => self.structure(layer, "cbor", next, |sink| {
                tagged::walk_cbor(bytes, sink);
            }),
            Nature::Protobuf => self.structure(layer, "protobuf", next, |sink| {
                protobuf::walk(bytes, sink);
            }),
            order @ (Nature::Utf16Le | Nature::Utf16Be) => {
                let little = order == Nature::Utf16Le;
                let out = radix::utf16(bytes, little).into_bytes();
                let step = if little { "utf-16le" } else { "utf-16be" };
                self.decoded(layer, step, out, next);
            }
            Nature::Text => self.layer_text(layer, layer.as_text(), next),
            Nature::Runs => {
                let text = layer.text.get_or_init(|| readable(bytes));
                self.layer_text(layer, text, next);
            }
            Nature::Opaque => {
                let left = self.out_left;
                if let Some(out) = guess_brotli(bytes, left) {
                    self.decoded(layer, Coding::Brotli.name(), out, next);
                }
            }
        }
    }

    fn inflated<'l>(&mut self, layer: &'l Layer<'l>, coding: Coding, next: &mut Level<'l>) {
        let out = self.inflate(coding, &layer.bytes);
        self.unwrapped(layer, coding.name(), out, next);
    }

    /// Reads a format of keys and values.
    fn structure<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        step: &'static str,
        next: &mut Level<'l>,
        walk: impl FnOnce(&mut Fields<'_, 'r, 'l>),
    ) {
        if self.may_nest(layer) && self.spend(layer.bytes.len()) {
            walk(&mut Fields {
                chain: self,
                layer,
                step,
                next,
                in_parts: false,
            });
        }
    }

    fn layer_text<'l>(&mut self, layer: &'l Layer<'l>, text: &'l str, next: &mut Level<'l>) {
        if layer.keep {
            self.keep(text);
        }
        if !self.spend(text.len()) {
            return;
        }
        let inner = text.trim_start_matches('\u{feff}').trim();
        let is_json = inner.starts_with(['{', '[', '"']);
        let is_xml = !is_json && xml::is_xml(inner);
        let form = (!is_json && !is_xml).then(|| Form::find(inner)).flatten();
        let in_parts = !layer.nested && (is_json || form.is_some_and(|form| form.is_all()));
        // A nested value has been shown to the reader with its key already.
        if !layer.nested {
            let trail = layer.trail(layer.whole(), &[]);
            if in_parts {
                self.reader.whole(&trail, text);
            } else {
                self.reader.text(&trail, text);
            }
            if !layer.key.is_empty() {
                self.reader.field(&trail, &layer.key, text, Stands::InText);
            }
        }
        if is_json {
            self.json(layer, inner, in_parts, next);
        } else if is_xml {
            self.structure(layer, "xml", next, |sink| xml::walk(inner, sink));
        } else if let Some(form) = form {
            self.form(layer, form.text, in_parts, next);
        } else if let Some(at) = json::start(inner) {
            self.json(layer, inner.get(at..).unwrap_or_default(), false, next);
        } else {
            self.unwrap(layer, inner, next);
        }
    }

    /// Whether structure in this layer may be read: inside a value it is one more wrapping.
    pub(super) fn may_nest(&mut self, layer: &Layer<'_>) -> bool {
        let deep = layer.nested && layer.depth == DEPTH_MAX;
        self.bounds_hit.depth += u32::from(deep);
        !deep
    }

    /// Reads JSON; where it is shown `in_parts`, all of it.
    fn json<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        text: &'l str,
        in_parts: bool,
        next: &mut Level<'l>,
    ) {
        let mut says_all = false;
        self.structure(layer, "json", next, |sink| {
            sink.in_parts = in_parts;
            says_all = json::walk(text, sink);
        });
        if in_parts && !says_all {
            let trail = layer.trail(layer.whole(), &[]);
            self.reader.text(&trail, text);
        }
    }

    /// Reads a form; where it is shown `in_parts`, all of it.
    fn form<'l>(&mut self, layer: &'l Layer<'l>, form: &str, in_parts: bool, next: &mut Level<'l>) {
        if !self.may_nest(layer) || !self.spend(form.len()) {
            return;
        }
        let mut marks = self.scratch.marks();
        let mut buffer = self.scratch.buffer();
        let trail = layer.trail(layer.form, &[]);
        // What is no value is looked at only in running text.
        let mut odd = false;
        for piece in form::pieces(form) {
            let Some((key, raw)) = form::split_pair(piece) else {
                odd |= !piece.is_empty();
                continue;
            };
            let start = buffer.len();
            form::value_into(key, &mut buffer);
            let key_end = buffer.len();
            odd |= may_be_value(buffer.get(start..).unwrap_or_default());
            let changed = form::value_into(raw, &mut buffer);
            // A number may begin with a plus sign that was not encoded, and is none any more once decoded.
            if in_parts && changed && raw.contains('+') {
                self.reader.text(&trail, piece);
            }
            marks.push(Mark {
                key_end,
                value_end: buffer.len(),
                changed,
            });
        }
        if in_parts && odd && self.spend(form.len()) {
            self.reader.text(&trail, form);
        }
        let buffer = layer.decoded.get_or_init(|| buffer);
        let whole = std::str::from_utf8(buffer).ok();
        let mut space = self.scratch.space();
        let mut start = 0;
        for mark in &marks {
            let text = |range: Range<usize>| match whole.and_then(|whole| whole.get(range.clone()))
            {
                Some(text) => Some(Cow::Borrowed(text)),
                None => buffer.get(range).map(lossy),
            };
            let (Some(key), Some(value)) = (
                text(start..mark.key_end),
                text(mark.key_end..mark.value_end),
            ) else {
                break;
            };
            let mut shown = Shown::from(&value);
            if shown.lasting.is_none() {
                let bytes = buffer.get(mark.key_end..mark.value_end);
                shown = Shown::lasting(bytes.unwrap_or_default());
            }
            start = mark.value_end;
            let keys = std::slice::from_ref(&key);
            let stands = Stands::of(mark.changed, in_parts);
            self.value(layer, layer.form, keys, shown, stands, next);
            space.fields.push((key, value));
        }
        self.reader.group(&trail, &space.fields);
        self.scratch.keep_space(space);
        self.scratch.keep_marks(marks);
    }

    /// Shows a value to the reader and queues it if something may be wrapped in it.
    pub(super) fn value<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        step: &'static str,
        keys: &[Cow<'l, str>],
        value: Shown<'l, '_>,
        stands: Stands,
        next: &mut Level<'l>,
    ) {
        if !self.spend(value.bytes.len()) {
            return;
        }
        let key = keys.last().map_or("", |key| key);
        let trail = layer.trail(step, keys);
        let text = value.lossy();
        self.reader.field(&trail, key, &text, stands);
        let changed = stands == Stands::Decoded;
        if changed && layer.keep_inner && !value.bytes.contains(&0) {
            self.keep(&text);
        }
        self.nest(layer, step, keys, value, changed, next);
    }

    pub(super) fn nest<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        step: &'static str,
        keys: &[Cow<'l, str>],
        value: Shown<'l, '_>,
        changed: bool,
        next: &mut Level<'l>,
    ) {
        if !worth_opening(value) {
            return;
        }
        // Only a changed value is new memory; the rest is a copy of what is counted already.
        if changed && !self.produce(value.bytes.len()) {
            return;
        }
        let bytes = match value.lasting {
            Some(bytes) => Cow::Borrowed(bytes),
            None => {
                // Of the memory that is used again, so that no small buffers get into it.
                let mut buffer = self.scratch.buffer();
                buffer.extend_from_slice(value.bytes);
                Cow::Owned(buffer)
            }
        };
        let mut inner = Layer {
            outer: Some(layer),
            step,
            key: keys.last().cloned().unwrap_or_default(),
            depth: layer.depth + u8::from(layer.nested),
            nested: true,
            keep_inner: layer.keep_inner,
            ..Layer::root(bytes, "form")
        };
        inner.hold_keys(keys);
        self.push(inner, next);
    }
}

/// Whether something may be wrapped in a value: a cheap look that spares most values the rest.
fn worth_opening(shown: Shown<'_, '_>) -> bool {
    let value = shown.bytes;
    if value.len() < radix::BASE64_MIN {
        return false;
    }
    matches!(value.first(), Some(b'{' | b'[' | b'"'))
        || value.contains(&0)
        || (shown.text.is_none() && std::str::from_utf8(value).is_err())
        || memchr::memchr3(b'%', b'=', b'{', value).is_some()
        || radix::may_be_base64(value)
        || value
            .split(|b| b.is_ascii_whitespace())
            .any(|t| t.len() >= TOKEN_MIN)
}

/// Hears a walk through a structure for the chain.
struct Fields<'c, 'r, 'l> {
    chain: &'c mut Chain<'r>,
    layer: &'l Layer<'l>,
    step: &'static str,
    next: &'c mut Level<'l>,
    /// Whether all text around the values is shown in parts.
    in_parts: bool,
}

impl<'l> Sink<'l> for Fields<'_, '_, 'l> {
    fn scalar(&mut self, keys: &[Cow<'l, str>], value: Shown<'l, '_>, fresh: bool) {
        let (layer, step) = (self.layer, self.step);
        let stands = Stands::of(fresh, self.in_parts);
        self.chain
            .value(layer, step, keys, value, stands, self.next);
    }

    fn object(&mut self, keys: &[Cow<'l, str>], fields: &[Field<'l>]) {
        let trail = self.layer.trail(self.step, keys);
        self.chain.reader.group(&trail, fields);
    }

    fn space(&mut self) -> Space<'l> {
        self.chain.scratch.space()
    }

    fn keep_space(&mut self, space: Space<'l>) {
        self.chain.scratch.keep_space(space);
    }
}
