//! The parts of a request as first layers.

use std::borrow::Cow;

use super::chain::Chain;
use super::inflate::Coding;
use super::layer::Layer;
use super::nature::{Nature, nature, readable};
use super::scratch::Level;
use super::tree::Shown;
use super::{DEPTH_MAX, Stands, form, lossy, multipart};
use crate::inspect::content::Parts;

/// Header fields as text, a line each: one that begins with white space goes on with the field
/// before (RFC 9112, 5.2).
pub(super) fn unfolded(headers: &str) -> Option<String> {
    if !headers.contains("\n ") && !headers.contains("\n\t") {
        return None;
    }
    let spaces = headers.replace("\r\n", "\n").replace("\n ", " ");
    Some(spaces.replace("\n\t", " "))
}

impl Chain<'_> {
    pub(super) fn path<'l>(&mut self, layer: &'l Layer<'l>, next: &mut Level<'l>) {
        if layer.bytes.is_empty() || !self.spend(layer.bytes.len()) {
            return;
        }
        let mut previous = "";
        for segment in layer.as_text().split(['/', ';']) {
            if let Some((key, value)) = segment.split_once('=') {
                let (value, changed) = form::value(value);
                let keys = [Cow::Borrowed(key)];
                let stands = Stands::alone(changed);
                self.value(layer, "path", &keys, Shown::from(&value), stands, next);
            } else {
                // The segment before may be what names this one, but it is no key to show.
                let (value, changed) = form::value(segment);
                let text = lossy(&value);
                let trail = layer.trail("path", &[]);
                self.reader.field(&trail, previous, &text, Stands::Alone);
                self.nest(layer, "path", &[], Shown::from(&value), changed, next);
            }
            previous = segment;
        }
    }

    pub(super) fn headers<'l>(&mut self, layer: &'l Layer<'l>, next: &mut Level<'l>) {
        if !self.spend(layer.bytes.len()) {
            return;
        }
        if let Some(text) = unfolded(&lossy(&layer.bytes)) {
            layer.text.get_or_init(|| text);
        }
        let mut space = self.scratch.space();
        let lines = layer.as_text().lines();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("cookie") {
                self.cookie(layer, value, next);
                continue;
            }
            let keys = [Cow::Borrowed(name)];
            let value = Cow::Borrowed(value);
            let shown = Shown::from(&value);
            self.value(layer, "header", &keys, shown, Stands::Alone, next);
            space.fields.push((name.into(), value));
        }
        self.reader
            .group(&layer.trail("header", &[]), &space.fields);
        self.scratch.keep_space(space);
    }

    fn cookie<'l>(&mut self, layer: &'l Layer<'l>, cookie: &'l str, next: &mut Level<'l>) {
        for (key, raw) in form::pairs(cookie) {
            let keys = [Cow::Borrowed(key)];
            if !form::may_change(raw) {
                let value = Cow::Borrowed(raw);
                let shown = Shown::from(&value);
                self.value(layer, "cookie", &keys, shown, Stands::Alone, next);
                continue;
            }
            let mut value = self.scratch.buffer();
            let changed = form::value_into(raw, &mut value);
            self.value(
                layer,
                "cookie",
                &keys,
                Shown::passing(&value),
                Stands::alone(changed),
                next,
            );
            self.scratch.keep_buffer(value);
        }
    }

    pub(super) fn body<'p>(&mut self, parts: &Parts<'p>) -> Layer<'p> {
        let mut layer = Layer::kept(self.bounded(parts.body), "form");
        let codings = parts.content_encoding.unwrap_or_default();
        for coding in codings
            .rsplit(',')
            .take(usize::from(DEPTH_MAX))
            .filter_map(Coding::of)
        {
            let bytes = self.inflate(coding, &layer.bytes);
            // A sender that names a coding and does not apply it is read as it is.
            if bytes.is_empty() {
                break;
            }
            layer.step_into(coding.name(), bytes);
        }
        layer
    }

    pub(super) fn multipart<'l>(
        &mut self,
        layer: &'l Layer<'l>,
        delimiter: &[u8],
        next: &mut Level<'l>,
    ) {
        if !self.may_nest(layer) || !self.spend(layer.bytes.len()) {
            return;
        }
        if layer.keep {
            match nature(&layer.bytes) {
                Nature::Text => self.keep(layer.as_text()),
                _ => self.keep(&readable(&layer.bytes)),
            }
        }
        let mut space = self.scratch.space();
        for part in multipart::parts(&layer.bytes, delimiter) {
            let key: Cow<'l, str> = Cow::Owned(part.name);
            let keys = std::slice::from_ref(&key);
            let text = lossy(part.body);
            self.reader.text(&layer.trail("multipart", keys), &text);
            self.reader.text(&layer.trail("multipart", &[]), &part.head);
            let shown = Shown::lasting(part.body);
            self.value(layer, "multipart", keys, shown, Stands::InText, next);
            space.fields.push((key, text));
        }
        self.reader
            .group(&layer.trail("multipart", &[]), &space.fields);
        self.scratch.keep_space(space);
    }
}
