//! Which events evidence can be made of.

use std::fmt::Write as _;
use std::path::Path;

use gasket_core::event::{Event, Subject};
use gasket_core::policy::Decision;
use gasket_core::receipt::Receipt;

use crate::failure::Failure;
use crate::print::{Printer, tint, width};
use crate::record::Entry;
use crate::terminal::harmless;

/// A line for each event that was blocked or reported: number, time, verdict, sender, destination.
pub(super) fn text(entries: &[Entry<'_>], printer: &Printer, path: &Path) -> String {
    let told: Vec<_> = entries
        .iter()
        .filter(|entry| entry.event.verdict != Decision::Allow)
        .map(|entry| {
            let receipt = Receipt::of(&entry.event, &printer.setting(&entry.event, ""));
            (entry, receipt.verdict)
        })
        .collect();
    let mut text = String::new();
    if told.is_empty() {
        let path = harmless(&path.display().to_string());
        let _ = writeln!(text, "{path}: nothing was blocked or reported");
    }
    let widest = told.iter().map(|(_, verdict)| width(verdict)).max();
    for (Entry { line, event, .. }, verdict) in &told {
        let _ = writeln!(
            text,
            "{line:>6}  {}  {}{}  {}",
            printer.format(event, "%Y-%m-%d %H:%M:%S"),
            printer.paint.tint(tint(event.verdict), verdict),
            " ".repeat(widest.unwrap_or(0) - width(verdict)),
            route(event),
        );
    }
    text
}

fn route(event: &Event) -> String {
    let place = &event.destination;
    let sender = event.app.as_ref().map(|owner| owner.packages.join(", "));
    let sender = sender.filter(|sender| !sender.is_empty());
    let name = place.name.clone();
    let name = name.unwrap_or_else(|| place.address.to_string());
    let port = match event.subject {
        Subject::DnsQuestion => "?".to_owned(),
        _ => format!(":{}", place.port),
    };
    harmless(&format!(
        "{} → {name}{port}",
        sender.as_deref().unwrap_or("?")
    ))
}

/// The entry of that number; without one, the last block that shows most: what was sent rather than that a name was asked for.
pub(super) fn chosen<'a, 'b>(
    entries: &'a [Entry<'b>],
    number: Option<u64>,
    path: &Path,
) -> Result<&'a Entry<'b>, Failure> {
    let refuse = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    if let Some(number) = number {
        let found = entries.iter().find(|entry| entry.line == number);
        return found.ok_or_else(|| {
            refuse(format!(
                "there is no event at line {number}; --list shows those there are"
            ))
        });
    }
    let blocked = || {
        let events = entries.iter().rev();
        events.filter(|entry| entry.event.verdict == Decision::Block)
    };
    let request = blocked().find(|entry| entry.event.subject != Subject::DnsQuestion);
    request.or_else(|| blocked().next()).ok_or_else(|| {
        refuse(
            "nothing was blocked; --list shows what was reported, --event chooses one".to_owned(),
        )
    })
}
