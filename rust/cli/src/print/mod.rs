//! Events for people and for programs: receipts in plain words, or one JSON object a line.

mod receipt;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use gasket_core::event::Event;

use crate::terminal::{Paint, harmless_json};

/// Where the events come from, which decides what may be said of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Gasket stood in the way; the text names the device ("the phone", "this computer").
    Live(&'static str),
    /// A recording made without Gasket: everything in it has already left.
    Capture,
}

/// How events are told.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    /// JSON lines instead of receipts.
    pub(crate) json: bool,
    /// Where the events come from.
    pub(crate) scene: Scene,
    /// Colour for receipts.
    pub(crate) paint: Paint,
    /// Time zone of the receipts' clock.
    pub(crate) zone: jiff::tz::TimeZone,
}

impl Printer {
    /// Writes one event.
    pub(crate) fn event(&self, out: &mut impl Write, event: &Event) -> io::Result<()> {
        if self.json {
            json_line(out, event)
        } else {
            out.write_all(receipt::receipt(self, event).as_bytes())
        }
    }
}

/// One event as one line of JSON, harmless on a terminal.
pub(crate) fn json_line(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let json = serde_json::to_string(event).map_err(io::Error::other)?;
    writeln!(out, "{}", harmless_json(&json))
}
