//! Events for people and for programs: the core's receipts, or one JSON object a line.

mod fold;
mod language;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;

use gasket_core::event::Event;
use gasket_core::policy::Decision;
use gasket_core::receipt::{Language, Receipt, Scene, Setting};
use gasket_core::rules::Pack;

use crate::terminal::{Paint, Tint, harmless_json};

pub(crate) use fold::{WIDTH, fold, width};
pub(crate) use language::{by_environment, language};

/// Columns before a receipt's text: most verdicts fit into them.
const INDENT: usize = 12;

/// How events are told.
#[derive(Debug, Clone)]
pub(crate) struct Printer {
    /// JSON lines instead of receipts.
    pub(crate) json: bool,
    /// Where the events come from.
    pub(crate) scene: Scene,
    /// Language of the receipts.
    pub(crate) language: Language,
    /// The rules that the events may name, to say what they rest on.
    pub(crate) pack: Arc<Pack>,
    /// Colour for receipts.
    pub(crate) paint: Paint,
    /// Columns for receipts.
    pub(crate) columns: usize,
    /// Time zone of the receipts' clock.
    pub(crate) zone: jiff::tz::TimeZone,
}

impl Printer {
    /// Writes one event. `nameless`: no name led to its address, as far as that can be known.
    pub(crate) fn event(
        &self,
        out: &mut impl Write,
        event: &Event,
        nameless: bool,
    ) -> io::Result<()> {
        if self.json {
            json_line(out, event)
        } else {
            out.write_all(self.receipt(event, nameless).as_bytes())
        }
    }

    /// The receipt in lines, the last with a line feed.
    fn receipt(&self, event: &Event, nameless: bool) -> String {
        let (time, date) = (
            self.format(event, "%H:%M:%S"),
            self.format(event, "%Y-%m-%d"),
        );
        let receipt = Receipt::of(
            event,
            &Setting {
                nameless,
                date: (self.scene == Scene::Recording).then_some(&*date),
                ..self.setting(event, &time)
            },
        );
        let mut lines = vec![receipt.sentence()];
        lines.extend(receipt.why.clone());
        lines.extend(receipt.details().map(str::to_owned));
        let indent = " ".repeat(INDENT);
        let text = fold(&lines.join("\n"), &indent, self.columns);
        let verdict = self.paint.tint(tint(event.verdict), receipt.verdict);
        let columns = width(receipt.verdict);
        match (text.strip_prefix(&*indent), INDENT.checked_sub(columns)) {
            (Some(text), Some(gap @ 2..)) => format!("{verdict}{}{text}\n", " ".repeat(gap)),
            _ => format!("{verdict}\n{text}\n"),
        }
    }

    /// What the core is to know besides the event. `time` is the event's.
    pub(crate) fn setting<'a>(&self, event: &Event, time: &'a str) -> Setting<'a> {
        let gravest = event.rules.first();
        let rule = gravest.and_then(|rule| self.pack.rule(&rule.id));
        Setting {
            language: self.language,
            scene: self.scene,
            time,
            date: None,
            app: None,
            country: None,
            confidence: rule.map(|rule| rule.confidence),
            nameless: false,
        }
    }

    /// The event's time, as `format` (strftime) has it.
    pub(crate) fn format(&self, event: &Event, format: &str) -> String {
        self.clock(event.time_ms, format)
    }

    /// A time in milliseconds since 1970, as `format` (strftime) has it.
    pub(crate) fn clock(&self, time_ms: u64, format: &str) -> String {
        clock(time_ms, &self.zone, format)
    }
}

/// A time in milliseconds since 1970 in `zone`, as `format` (strftime) has it.
pub(crate) fn clock(time_ms: u64, zone: &jiff::tz::TimeZone, format: &str) -> String {
    i64::try_from(time_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
        .map_or_else(
            || "--:--:--".to_owned(),
            |time| {
                time.to_zoned_datetime(zone.clone())
                    .strftime(format)
                    .to_string()
            },
        )
}

/// The colour of a verdict.
pub(crate) fn tint(verdict: Decision) -> Tint {
    match verdict {
        Decision::Block => Tint::Red,
        Decision::Warn => Tint::Yellow,
        Decision::Allow => Tint::Dim,
    }
}

/// One event as one line of JSON, harmless on a terminal.
pub(crate) fn json_line(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let json = serde_json::to_string(event).map_err(io::Error::other)?;
    writeln!(out, "{}", harmless_json(&json))
}
