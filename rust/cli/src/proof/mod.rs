//! `gasket evidence` and `gasket verify`: bundles of evidence, and whether they and their history are as they were written.

mod history;
mod list;
mod make;
mod verify;

use std::path::Path;

use gasket_core::receipt::{Language, Scene};
use gasket_core::rules::Pack;

use crate::args::{EvidenceArguments, VerifyArguments};
use crate::failure::Failure;
use crate::print::Printer;
use crate::record::Stored;
use crate::terminal::{self, Paint, show};
use crate::whole_file;

pub(crate) use make::make;
pub(crate) use verify::{told as verified, told_history};

/// Runs `gasket evidence`.
pub(crate) fn evidence(arguments: &EvidenceArguments) -> Result<(), Failure> {
    let path = &arguments.events;
    let stored = Stored::read(path)?.chained(path)?;
    let (entries, others) = stored.entries(path)?;
    for line in others {
        eprintln!(
            "gasket: {}: line {line} is no event; it is left out",
            path.display()
        );
    }
    let printer = printer(arguments.language.chosen());
    if arguments.list {
        return show(&list::text(&entries, &printer, path));
    }
    let entry = list::chosen(&entries, arguments.event, path)?;
    for fault in history::faults(&stored) {
        eprintln!("gasket: {}: {fault}", path.display());
    }
    let made = make(&stored, entry, &printer, &arguments.out, path)?;
    show(&made.told(&printer))
}

/// Runs `gasket verify`.
pub(crate) fn verify(arguments: &VerifyArguments) -> Result<(), Failure> {
    // Noted down by people, in groups.
    let expected = arguments.expect.as_deref();
    let expected: Option<String> = expected.map(|noted| noted.split_whitespace().collect());
    let expected = expected.as_deref();
    let columns = terminal::columns(&std::io::stdout());
    let (mut text, mut head) = (String::new(), None);
    if let Some(bundle) = &arguments.bundle {
        let verified = verify::bundle(bundle, expected)?;
        head.clone_from(&verified.chain_head);
        text.push_str(&verify::told(bundle, &verified, columns)?);
    }
    if let Some(events) = &arguments.events {
        // With a bundle, the history must have had the head that the bundle names.
        let known = match arguments.bundle {
            Some(_) => head.as_deref(),
            None => expected,
        };
        text.push_str(&verify::told_history(events, known, columns)?);
    }
    show(&text)
}

/// For standard output, of events that a computer wrote.
fn printer(language: Language) -> Printer {
    let out = std::io::stdout();
    Printer {
        json: false,
        scene: Scene::Computer,
        language,
        pack: Pack::embedded(),
        paint: Paint::for_stream(&out),
        columns: terminal::columns(&out),
        zone: jiff::tz::TimeZone::system(),
    }
}

/// Reads a file that is to be one.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    whole_file::read(path, whole_file::LARGEST)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}
