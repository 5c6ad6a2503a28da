//! Memory that is used again from one request to the next.

use std::borrow::Cow;

use super::layer::Layer;
use super::tree::Open;

/// Buffers that are kept: one for each of the layers decoded from a usual request.
pub(super) const BUFFERS_MAX: usize = 8;
/// Levels that are kept: wrappings, and a structure inside each of them.
pub(super) const LEVELS_MAX: usize = 2 * super::DEPTH_MAX as usize + 2;
/// Bytes of a buffer that is kept: what is held of a body.
pub(super) const BUFFER_MAX: usize = super::PART_MAX;

/// Items of a list that is kept, be they pairs of a form or layers of a level: half a megabyte in
/// all. What is longer is rare, and would be held for nothing.
pub(super) const ITEMS_MAX: usize = 128;

/// Layers that came out of layers of the same depth in the queue.
pub(super) type Level<'a> = Vec<Layer<'a>>;
/// A key and its value.
pub(in super::super) type Field<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Where a form's pair ends in the buffer it was decoded to, and what was in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) key_end: usize,
    pub(super) value_end: usize,
    /// Whether the value does not stand like this in the form.
    pub(super) changed: bool,
}

/// What a walk through a structure needs.
#[derive(Default)]
pub(super) struct Space<'a> {
    pub(super) open: Vec<Open>,
    pub(super) keys: Vec<Cow<'a, str>>,
    pub(super) fields: Vec<Field<'a>>,
}

/// Memory without content. Whoever examines one request after another keeps it.
#[derive(Default)]
pub(in super::super) struct Scratch {
    space: Space<'static>,
    levels: Vec<Level<'static>>,
    buffers: Vec<Vec<u8>>,
    marks: Vec<Mark>,
}

impl Scratch {
    pub(super) fn space<'a>(&mut self) -> Space<'a> {
        emptied(std::mem::take(&mut self.space))
    }

    pub(super) fn keep_space(&mut self, space: Space<'_>) {
        self.space = emptied(space);
    }

    pub(super) fn level<'a>(&mut self) -> Level<'a> {
        recycled(self.levels.pop().unwrap_or_default())
    }

    pub(super) fn marks(&mut self) -> Vec<Mark> {
        std::mem::take(&mut self.marks)
    }

    pub(super) fn keep_marks(&mut self, marks: Vec<Mark>) {
        self.marks = recycled(marks);
    }

    /// Takes back a level, and the buffers of its layers.
    pub(super) fn keep_level(&mut self, mut level: Level<'_>) {
        for layer in level.drain(..) {
            layer.into_buffers(|buffer| self.keep_buffer(buffer));
        }
        if self.levels.len() < LEVELS_MAX {
            self.levels.push(recycled(level));
        }
    }

    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.buffers.pop().unwrap_or_default()
    }

    pub(super) fn text(&mut self) -> String {
        // Without content it is text, too.
        String::from_utf8(self.buffer()).unwrap_or_default()
    }

    pub(super) fn keep_buffer(&mut self, mut buffer: Vec<u8>) {
        let worth = (1..=BUFFER_MAX).contains(&buffer.capacity());
        if worth && self.buffers.len() < BUFFERS_MAX {
            buffer.clear();
            self.buffers.push(buffer);
        }
    }
}

fn emptied<'b>(space: Space<'_>) -> Space<'b> {
    let mut open = space.open;
    open.clear();
    Space {
        open,
        keys: recycled(space.keys),
        fields: recycled(space.fields),
    }
}

/// The memory of `list`, emptied, for items that live shorter or longer.
fn recycled<A, B>(mut list: Vec<A>) -> Vec<B> {
    if list.capacity() > ITEMS_MAX {
        return Vec::new();
    }
    list.clear();
    // Collecting in place keeps the allocation where the layouts agree.
    list.into_iter().filter_map(|_| None).collect()
}
