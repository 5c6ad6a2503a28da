//! What a soak came to, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::faults::Fault;
use super::kinds::{Count, Failure, Leaks};
use super::ledger::Ledger;
use super::scene::Plan;
use super::usage::{Sample, Usage};

#[derive(Debug)]
pub(super) struct Report {
    seed: u64,
    ran: Duration,
    counts: BTreeMap<&'static str, Count>,
    forms: BTreeMap<&'static str, Leaks>,
    faults: BTreeMap<String, usize>,
    events: u64,
    packets: u64,
    bytes: u64,
    controls: u64,
    runs: u32,
    stalls: u64,
    thirds_kb: [u64; 3],
    first: Sample,
    last: Sample,
    pub(super) failures: Vec<Failure>,
}

/// Ordinary transfers: begun, whole, ended by faults.
pub(super) fn totals(book: &Ledger) -> (u64, u64, u64) {
    let sum = |of: fn(&Count) -> u64| book.counts.values().map(of).sum();
    (
        sum(|count| count.begun),
        sum(|count| count.whole),
        sum(|count| count.explained),
    )
}

impl Report {
    pub(super) fn new(
        plan: &Plan,
        ran: Duration,
        book: &Ledger,
        usage: &Usage,
        faults: &[Fault],
    ) -> Self {
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        for fault in faults {
            *by_name.entry(format!("{fault:?}")).or_default() += 1;
        }
        Self {
            seed: plan.seed,
            ran,
            counts: book.counts.clone(),
            forms: book.forms.clone(),
            faults: by_name,
            events: book.events,
            packets: 0,
            bytes: 0,
            controls: 0,
            runs: 0,
            stalls: book.stalls,
            thirds_kb: usage.thirds_kb(),
            first: usage.first,
            last: usage.now(),
            failures: book.failures.clone(),
        }
    }

    pub(super) fn with_wire(mut self, packets: u64, bytes: u64, controls: u64) -> Self {
        (self.packets, self.bytes, self.controls) = (packets, bytes, controls);
        self
    }

    pub(super) fn with_runs(mut self, runs: u32) -> Self {
        self.runs = runs;
        self
    }

    pub(super) fn table(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "\n{:28} {:>8} {:>8} {:>9} {:>7} {:>12} {:>12}",
            "ordinary", "begun", "whole", "by fault", "again", "bytes up", "bytes down"
        );
        for (kind, count) in &self.counts {
            let Count {
                begun,
                whole,
                explained,
                up,
                down,
                again,
            } = count;
            let _ = writeln!(
                out,
                "{kind:28} {begun:>8} {whole:>8} {explained:>9} {again:>7} {up:>12} {down:>12}"
            );
        }
        let _ = writeln!(
            out,
            "\n{:36} {:>6} {:>9} {:>20} {:>8}",
            "leaks", "sent", "told once", "lost with the engine", "refused"
        );
        for (form, leaks) in &self.forms {
            let Leaks {
                sent,
                told_once,
                untold_explained,
                unsent,
            } = leaks;
            let _ = writeln!(
                out,
                "{form:36} {sent:>6} {told_once:>9} {untold_explained:>20} {unsent:>8}"
            );
        }
        let faults: Vec<String> = self
            .faults
            .iter()
            .map(|(fault, times)| format!("{fault} {times}"))
            .collect();
        let [first, second, third] = self.thirds_kb;
        let _ = write!(
            out,
            "\nseed {}, {:.0} s; faults: {}; `gasket run` {} times, killed each time; {} owners named too late by themselves\n\
             seen outside: {} packets, {} payload bytes, {} controls; {} events\n\
             engine: {first}, {second}, {third} KiB in each third; descriptors {} to {}, threads {} to {}\n\
             {} failures",
            self.seed,
            self.ran.as_secs_f64(),
            faults.join(", "),
            self.runs,
            self.stalls,
            self.packets,
            self.bytes,
            self.controls,
            self.events,
            self.first.descriptors,
            self.last.descriptors,
            self.first.threads,
            self.last.threads,
            self.failures.len(),
        );
        out
    }

    /// Writes it as JSON below the workspace's root.
    pub(super) fn write(&self, path: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let text = serde_json::to_string_pretty(&self.json()).expect("plain values");
        std::fs::write(&path, text + "\n").expect("the target folder takes files");
    }

    fn json(&self) -> Value {
        let count = |count: &Count| {
            json!({"begun": count.begun, "whole": count.whole, "ended_by_fault": count.explained,
                "bytes_up": count.up, "bytes_down": count.down, "sent_again": count.again})
        };
        let leaks = |leaks: &Leaks| {
            json!({"sent": leaks.sent, "told_once": leaks.told_once,
                "lost_with_the_engine": leaks.untold_explained, "refused": leaks.unsent})
        };
        let ordinary: BTreeMap<_, _> = self
            .counts
            .iter()
            .map(|(kind, of)| (*kind, count(of)))
            .collect();
        let forms: BTreeMap<_, _> = self
            .forms
            .iter()
            .map(|(form, of)| (*form, leaks(of)))
            .collect();
        let failures: Vec<Value> = self
            .failures
            .iter()
            .map(|failure| json!({"after_s": failure.at.as_secs_f64(), "what": failure.what}))
            .collect();
        json!({
            "seed": self.seed,
            "seconds": self.ran.as_secs(),
            "ordinary": ordinary,
            "leaks": forms,
            "faults": self.faults,
            "command_runs": self.runs,
            "owners_late_by_themselves": self.stalls,
            "packets_seen": self.packets,
            "payload_bytes_seen": self.bytes,
            "controls_seen": self.controls,
            "events": self.events,
            "resident_kib_by_third": self.thirds_kb,
            "descriptors": [self.first.descriptors, self.last.descriptors],
            "threads": [self.first.threads, self.last.threads],
            "failures": failures,
        })
    }
}
