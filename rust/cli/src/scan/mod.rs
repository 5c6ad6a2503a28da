//! `gasket scan`: the live path's inspection over captures.

mod summary;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use gasket_capture::file::Damage;
use gasket_capture::flows::Flows;
use gasket_capture::scan::{Ending, Examiner, Limits, Teller, scan};
use gasket_core::config::Config;
use gasket_core::event::{Event, RequestLine};
use gasket_core::facts::Facts;
use gasket_core::inspect::content::learned::Learned;
use gasket_core::receipt::Scene;
use gasket_core::rules::Pack;

use crate::args::ScanArguments;
use crate::failure::Failure;
use crate::kept::Kept;
use crate::places;
use crate::print::Printer;
use crate::settings;
use crate::terminal::{self, Paint, harmless};

/// Runs the command. Each file is a world of its own: names learnt in one do not count in the next. Only the
/// memory of tokens goes on: what comes again days later is the next file's.
pub(crate) fn run(arguments: &ScanArguments) -> Result<(), Failure> {
    let (config, pack) = settings::load(&arguments.settings)?;
    let printer = Printer {
        json: arguments.json,
        scene: Scene::Recording,
        language: arguments.language.chosen(),
        pack: Arc::clone(&pack),
        paint: Paint::for_stream(&io::stdout()),
        columns: terminal::columns(&io::stdout()),
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
            &pack,
            &printer,
            arguments.verbose,
            first_id,
            &mut kept.memory.learned,
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

#[expect(
    clippy::too_many_arguments,
    reason = "what one file's scan needs of the command"
)]
/// Scans one file and prints what it holds. Gives the next free flow number, and what could not be
/// read.
fn scan_file(
    path: &Path,
    config: &Config,
    pack: &Arc<Pack>,
    printer: &Printer,
    verbose: bool,
    first_id: u64,
    learned: &mut Learned,
    out: &mut impl Write,
) -> io::Result<(u64, Option<Damage>)> {
    let mut writer = Writer {
        printer,
        verbose,
        out,
        failed: Ok(()),
    };
    let examiner = Examiner::new(
        config.clone(),
        Arc::clone(pack),
        Some(places::embedded()),
        learned,
        &mut writer,
    );
    let (ending, summary, next_id) = match open(path) {
        Ok(file) => scan(file, Limits::NONE, Flows::new(first_id), examiner),
        Err(damage) => return Ok((first_id, Some(damage))),
    };
    writer.failed?;
    let damage = damage(ending);
    // Of a file that is no capture there is nothing to sum up.
    if damage.is_none() || summary.packets > 0 {
        let text = summary::text(&summary, path);
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
    let mut learned = Learned::unsaved(0);
    let places = Some(places::embedded());
    let mut nobody = Nobody;
    let examiner = Examiner::new(
        Config::default(),
        Pack::embedded(),
        places,
        &mut learned,
        &mut nobody,
    )
    .observed_by(look);
    match open(path) {
        Ok(file) => damage(scan(file, Limits::NONE, Flows::new(1), examiner).0),
        Err(damage) => Some(damage),
    }
}

fn open(path: &Path) -> Result<BufReader<File>, Damage> {
    File::open(path)
        .map(BufReader::new)
        .map_err(|error| Damage {
            offset: 0,
            what: format!("the file could not be opened: {error}"),
        })
}

fn damage(ending: Ending) -> Option<Damage> {
    match ending {
        Ending::Damaged(damage) => Some(damage),
        // Without limits nothing is too much.
        Ending::Whole | Ending::TooLong | Ending::TooManyFlows => None,
    }
}

/// Prints what is told, until printing fails.
struct Writer<'a, W> {
    printer: &'a Printer,
    verbose: bool,
    out: &'a mut W,
    failed: io::Result<()>,
}

impl<W: Write> Teller for Writer<'_, W> {
    fn event(&mut self, event: &Event, nameless: bool) {
        if self.failed.is_ok() {
            self.failed = self.printer.event(&mut self.out, event, nameless);
        }
    }

    fn request(&mut self, time_ms: u64, host: &str, request: &RequestLine) {
        if !self.verbose || self.printer.json || self.failed.is_err() {
            return;
        }
        let line = format!("{} {host}{}", request.method, request.path);
        let clock = self.printer.clock(time_ms, "%Y-%m-%d %H:%M:%S");
        self.failed = writeln!(self.out, "{clock}  request  {}", harmless(&line));
    }
}

/// Hears nothing.
struct Nobody;

impl Teller for Nobody {
    fn event(&mut self, _: &Event, _: bool) {}
    fn request(&mut self, _: u64, _: &str, _: &RequestLine) {}
}
