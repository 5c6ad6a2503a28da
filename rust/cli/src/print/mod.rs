//! Events for people and for programs: receipts in plain words, or one JSON object a line.

mod beacon;
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
    /// Writes one event. `note` is a sentence that receipts have besides, from who knows more.
    pub(crate) fn event(
        &self,
        out: &mut impl Write,
        event: &Event,
        note: Option<&str>,
    ) -> io::Result<()> {
        if self.json {
            json_line(out, event)
        } else {
            out.write_all(receipt::receipt(self, event, note).as_bytes())
        }
    }

    /// A time as receipts show it: the time of day; with the date where it may be of any day.
    pub(crate) fn clock(&self, time_ms: u64) -> String {
        let format = match self.scene {
            Scene::Live(_) => "%H:%M:%S",
            Scene::Capture => "%Y-%m-%d %H:%M:%S",
        };
        i64::try_from(time_ms)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
            .map_or_else(
                || "--:--:--".to_owned(),
                |time| {
                    time.to_zoned_datetime(self.zone.clone())
                        .strftime(format)
                        .to_string()
                },
            )
    }
}

/// One event as one line of JSON, harmless on a terminal.
pub(crate) fn json_line(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let json = serde_json::to_string(event).map_err(io::Error::other)?;
    writeln!(out, "{}", harmless_json(&json))
}

/// Columns of text that people read.
const WIDTH: usize = 96;

/// Breaks each line of `text` at spaces so that with `indent` before it it fits into [`WIDTH`]
/// columns; a longer word stays whole.
pub(crate) fn fold(text: &str, indent: &str) -> String {
    let room = WIDTH.saturating_sub(indent.len());
    let mut folded = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut columns = 0;
        for word in paragraph.split(' ') {
            let width = word.chars().count();
            if columns > 0 && columns + 1 + width > room {
                folded.push(format!("{indent}{line}"));
                line.clear();
                columns = 0;
            } else if columns > 0 {
                line.push(' ');
                columns += 1;
            }
            line.push_str(word);
            columns += width;
        }
        folded.push(format!("{indent}{line}"));
    }
    folded.join("\n")
}
