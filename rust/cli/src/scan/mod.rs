//! `gasket scan`: the live path's inspection over captures.

mod examiner;
mod known;
mod summary;
mod watched;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;

use gasket_core::config::Config;
use gasket_core::facts::Facts;
use gasket_core::inspect::content::learned::Learned;

use examiner::Examiner;
use gasket_cli::capture::{Capture, Damage};
use gasket_cli::flows::{Consumer, Flows};
use summary::Summary;

use crate::args::ScanArguments;
use crate::failure::Failure;
use crate::kept::Kept;
use crate::print::{Printer, Scene};
use crate::settings;
use crate::terminal::Paint;

/// Runs the command. Each file is a world of its own: names learnt in one do not count in the next. Only the
/// memory of tokens goes on: what comes again days later is the next file's.
pub(crate) fn run(arguments: &ScanArguments) -> Result<(), Failure> {
    let config = settings::load(&arguments.settings)?;
    let printer = Printer {
        json: arguments.json,
        scene: Scene::Capture,
        paint: Paint::for_stream(&io::stdout()),
        zone: jiff::tz::TimeZone::system(),
    };
    let mut kept = Kept::open(&arguments.kept)?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut first_id = 1;
    let mut unreadable = Vec::new();
    for path in &arguments.files {
        let outcome = scan_file(
            path,
            &config,
            &printer,
            arguments.verbose,
            first_id,
            &mut kept.memory,
            &mut out,
        )
        .and_then(|scanned| out.flush().map(|()| scanned));
        match outcome {
            Ok((next_id, damage)) => {
                first_id = next_id;
                unreadable.extend(damage.map(|damage| format!("{}: {damage}", path.display())));
            }
            // Whoever read our output has seen enough (`gasket scan … | head`).
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::Other(format!("cannot write: {error}"))),
        }
    }
    kept.save()?;
    if unreadable.is_empty() {
        Ok(())
    } else {
        Err(Failure::Other(unreadable.join("\n")))
    }
}

/// Scans one file and prints what it holds. Gives the next free flow number, and what could not be
/// read.
fn scan_file(
    path: &Path,
    config: &Config,
    printer: &Printer,
    verbose: bool,
    first_id: u64,
    learned: &mut Learned,
    out: &mut impl Write,
) -> io::Result<(u64, Option<Damage>)> {
    let mut flows = Flows::new(first_id);
    let mut summary = Summary::default();
    let mut examiner = Examiner::new(config.clone(), printer, verbose, learned, out);
    let damage = scan(path, &mut flows, &mut summary, &mut examiner).err();
    summary.looked = examiner.finish()?;
    let next_id = flows.next_id();
    summary.flows = flows.counts;
    // Of a file that is no capture there is nothing to sum up.
    if damage.is_none() || summary.packets > 0 {
        let text = summary.text(path);
        if printer.json {
            eprint!("{text}");
        } else {
            out.write_all(text.as_bytes())?;
        }
    }
    Ok((next_id, damage))
}

/// Shows everything that is judged in a capture to `look`. Gives what could not be read.
pub(crate) fn observe(path: &Path, look: &dyn Fn(&Facts<'_>)) -> Option<Damage> {
    let printer = Printer {
        json: true,
        scene: Scene::Capture,
        paint: Paint::for_stream(&io::stdout()),
        zone: jiff::tz::TimeZone::UTC,
    };
    let mut nowhere = io::sink();
    let mut learned = Learned::unsaved(0);
    let config = Config::default();
    let mut examiner =
        Examiner::new(config, &printer, false, &mut learned, &mut nowhere).observed_by(look);
    scan(
        path,
        &mut Flows::new(1),
        &mut Summary::default(),
        &mut examiner,
    )
    .err()
}

/// Reads one file to its end or to where it is damaged.
fn scan(
    path: &Path,
    flows: &mut Flows,
    summary: &mut Summary,
    consumer: &mut impl Consumer,
) -> Result<(), Damage> {
    let file = File::open(path).map_err(|error| Damage {
        offset: 0,
        what: format!("the file could not be opened: {error}"),
    })?;
    let mut capture = Capture::open(BufReader::new(file))?;
    let outcome = loop {
        match capture.next_record() {
            Ok(Some(record)) => {
                summary.packets += 1;
                summary.cut += u64::from(record.cut);
                if gasket_cli::packet::is_known_link(record.link) {
                    let frame = gasket_cli::packet::read(record.link, &record.bytes);
                    flows.push(record.time_ns, frame, consumer);
                } else {
                    *summary.foreign_links.entry(record.link).or_default() += 1;
                }
            }
            Ok(None) => break Ok(()),
            Err(damage) => break Err(damage),
        }
    };
    flows.finish(consumer);
    outcome
}
