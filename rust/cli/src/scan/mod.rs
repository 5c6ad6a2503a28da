//! `gasket scan`: the live path's inspection over captures.

mod assembly;
mod capture;
mod flows;
mod packet;
mod summary;

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use capture::{Capture, Damage};
use flows::{Consumer, Flow, Flows};
use summary::Summary;

use crate::args::ScanArguments;
use crate::failure::Failure;
use crate::settings;

/// Runs the command.
pub(crate) fn run(arguments: &ScanArguments) -> Result<(), Failure> {
    let _config = settings::load(arguments.config.as_deref())?;
    let mut out = io::stdout().lock();
    let mut first_id = 1;
    let mut unreadable = Vec::new();
    for path in &arguments.files {
        let mut flows = Flows::new(first_id);
        let mut summary = Summary::default();
        if let Err(damage) = scan(path, &mut flows, &mut summary, &mut Silent) {
            unreadable.push(format!("{}: {damage}", path.display()));
        }
        first_id = flows.next_id();
        summary.flows = flows.counts;
        write!(out, "{}", summary.text(path)).map_err(|error| Failure::Other(error.to_string()))?;
    }
    if unreadable.is_empty() {
        Ok(())
    } else {
        Err(Failure::Other(unreadable.join("\n")))
    }
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
        match capture.next() {
            Ok(Some(record)) => {
                summary.packets += 1;
                summary.cut += u64::from(record.cut);
                if packet::is_known_link(record.link) {
                    let frame = packet::read(record.link, &record.bytes);
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

#[derive(Debug)]
struct Silent;

impl Consumer for Silent {
    fn opened(&mut self, _: Flow, _: u64) {}
    fn stream(&mut self, _: Flow, _: u64, _: &[u8]) {}
    fn ended(&mut self, _: Flow) {}
    fn datagram(&mut self, _: Flow, _: u64, _: &[u8]) {}
    fn reply(&mut self, _: Flow, _: u64, _: &[u8]) {}
}
