//! The live path's inspection over a capture.

mod examiner;
mod known;
#[cfg(test)]
mod tests;
mod watched;

use std::collections::BTreeMap;
use std::io::Read;

use serde::Serialize;

pub use examiner::{Examiner, Looked, Teller};

use crate::file::{Capture, Damage};
use crate::flows::{Counts, Flows};
use crate::packet;

/// How much of a capture is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Flows.
    pub flows: u64,
}

impl Limits {
    /// All of it.
    pub const NONE: Self = Self {
        bytes: u64::MAX,
        flows: u64::MAX,
    };
}

/// What a capture held, what was looked at, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Packets, those that could not be read included.
    pub packets: u64,
    /// Packets the capture holds only in part.
    pub cut: u64,
    /// Packets of link types that are not read, by type.
    pub foreign_links: BTreeMap<u16, u64>,
    /// What could and what could not be followed.
    pub flows: Counts,
    /// What was looked at.
    pub looked: Looked,
}

/// How far a capture was read. What came before is in the summary, and was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ending {
    /// To its end.
    Whole,
    /// To where it is damaged.
    Damaged(Damage),
    /// To [`Limits::bytes`].
    TooLong,
    /// To [`Limits::flows`].
    TooManyFlows,
}

/// Reads a capture and has it examined; flows are numbered as `flows` has them.
pub fn scan(
    source: impl Read,
    limits: Limits,
    mut flows: Flows,
    mut examiner: Examiner<'_>,
) -> (Ending, Summary, u64) {
    let mut summary = Summary::default();
    // One byte more tells a file that is longer from one that ends there.
    let source = source.take(limits.bytes.saturating_add(1));
    let ending = match Capture::open(source) {
        Ok(capture) => read(capture, limits, &mut flows, &mut summary, &mut examiner),
        Err(damage) => Ending::Damaged(damage),
    };
    flows.finish(&mut examiner);
    summary.looked = examiner.looked;
    let next_id = flows.next_id();
    summary.flows = flows.counts;
    (ending, summary, next_id)
}

fn read(
    mut capture: Capture<impl Read>,
    limits: Limits,
    flows: &mut Flows,
    summary: &mut Summary,
    examiner: &mut Examiner<'_>,
) -> Ending {
    loop {
        let record = capture.next_record();
        if capture.offset() > limits.bytes {
            return Ending::TooLong;
        }
        if flows.counts.tcp_flows + flows.counts.udp_flows > limits.flows {
            return Ending::TooManyFlows;
        }
        match record {
            Ok(Some(record)) => {
                summary.packets += 1;
                summary.cut += u64::from(record.cut);
                if packet::is_known_link(record.link) {
                    let frame = packet::read(record.link, &record.bytes);
                    flows.push(record.time_ns, frame, examiner);
                } else {
                    *summary.foreign_links.entry(record.link).or_default() += 1;
                }
            }
            Ok(None) => return Ending::Whole,
            Err(damage) => return Ending::Damaged(damage),
        }
    }
}
