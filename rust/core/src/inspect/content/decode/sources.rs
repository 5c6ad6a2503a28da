//! The parts of a request as first layers.

use super::chain::{Chain, Layer};
use super::inflate::Coding;
use super::nature::{Nature, nature, readable};
use super::{DEPTH_MAX, form, multipart};
use crate::inspect::content::Parts;

impl Chain<'_> {
    pub(super) fn path(&mut self, path: &[u8]) {
        let path = self.bounded(path);
        if path.is_empty() || !self.spend(path.len()) {
            return;
        }
        let layer = Layer::root("", Vec::new(), "path");
        let mut previous = String::new();
        for segment in path.split(|b| matches!(b, b'/' | b';')) {
            let segment = String::from_utf8_lossy(segment);
            let (value, changed) = form::value(&segment);
            if let Some((key, value)) = segment.split_once('=') {
                let (value, changed) = form::value(value);
                self.value(&layer, "path", &[key.to_owned()], &value, changed);
            } else {
                // The segment before may be what names this one, but it is no key to show.
                let text = String::from_utf8_lossy(&value);
                let trail = layer.trail("path", &[]);
                self.reader.field(&trail, &previous, &text);
                self.reader.text(&trail, &text);
                self.nest(&layer, &trail, "", &value, changed);
            }
            previous = segment.into_owned();
        }
    }

    pub(super) fn query(&mut self, query: &[u8]) {
        let query = self.bounded(query).to_vec();
        let mut layer = Layer::root("", query, "query");
        (layer.keep, layer.keep_inner) = (true, true);
        self.push(layer);
    }

    pub(super) fn headers(&mut self, headers: &[u8]) {
        let headers = self.bounded(headers);
        if !self.spend(headers.len()) {
            return;
        }
        let mut headers = String::from_utf8_lossy(headers);
        // A line that begins with white space goes on with the field before (RFC 9112, 5.2).
        if headers.contains("\n ") || headers.contains("\n\t") {
            let unfolded = headers.replace("\r\n", "\n").replace("\n ", " ");
            headers = unfolded.replace("\n\t", " ").into();
        }
        let layer = Layer::root("", Vec::new(), "header");
        let mut group = Vec::new();
        for (name, value) in headers.lines().filter_map(|line| line.split_once(':')) {
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("cookie") {
                for (key, value) in form::pairs(value) {
                    let (value, changed) = form::value(value);
                    self.value(&layer, "cookie", &[key.to_owned()], &value, changed);
                }
                continue;
            }
            let keys = [name.to_owned()];
            self.reader.text(&layer.trail("header", &keys), value);
            self.value(&layer, "header", &keys, value.as_bytes(), false);
            group.push((name.to_owned(), value.to_owned()));
        }
        self.reader.group(&layer.trail("header", &[]), &group);
    }

    pub(super) fn body(&mut self, parts: &Parts<'_>) {
        let body = self.bounded(parts.body);
        let mut layer = Layer::root("", body.to_vec(), "form");
        (layer.keep, layer.keep_inner) = (true, true);
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
            layer.bytes = bytes;
            layer.step_into(coding.name());
        }
        match multipart::delimiter(&layer.bytes, parts.content_type) {
            Some(delimiter) => self.multipart(&layer, &delimiter),
            None => self.push(layer),
        }
    }

    pub(super) fn multipart(&mut self, layer: &Layer, delimiter: &[u8]) {
        if !self.spend(layer.bytes.len()) {
            return;
        }
        match nature(&layer.bytes) {
            Nature::Text => self.keep(&String::from_utf8_lossy(&layer.bytes)),
            _ => self.keep(&readable(&layer.bytes)),
        }
        let mut group = Vec::new();
        for part in multipart::parts(&layer.bytes, delimiter) {
            let keys = [part.name.clone()];
            let text = String::from_utf8_lossy(part.body);
            self.reader.text(&layer.trail("multipart", &keys), &text);
            self.reader.text(&layer.trail("multipart", &[]), &part.head);
            self.value(layer, "multipart", &keys, part.body, false);
            group.push((part.name, text.into_owned()));
        }
        self.reader.group(&layer.trail("multipart", &[]), &group);
    }
}
