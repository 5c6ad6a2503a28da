//! What the engine holds: memory, descriptors, threads.

use std::time::{Duration, Instant};

use crate::process::Process;

/// From this length on memory is judged: shorter runs still fill the engine's caches.
const JUDGED_FROM: Duration = Duration::from_secs(4 * 60);

/// How much more the last third may hold than the one before: a tenth, and what an allocator keeps.
const TENTH: u64 = 10;
const SLACK_KB: u64 = 2 * 1024;

#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) resident_kb: u64,
    pub(super) descriptors: usize,
    pub(super) threads: usize,
}

/// Samples of one process.
#[derive(Debug)]
pub(super) struct Usage {
    process: Process,
    since: Instant,
    pub(super) first: Sample,
    pub(super) samples: Vec<Sample>,
}

impl Usage {
    pub(super) fn new(process: Process) -> Self {
        Self {
            process,
            since: Instant::now(),
            first: sample(&process),
            samples: Vec::new(),
        }
    }

    pub(super) fn sample(&mut self) {
        self.samples.push(sample(&self.process));
    }

    pub(super) fn now(&self) -> Sample {
        sample(&self.process)
    }

    /// The middle one of each third, in KiB.
    pub(super) fn thirds_kb(&self) -> [u64; 3] {
        let size = (self.samples.len() / 3).max(1);
        let third = |number: usize| {
            let of = self.samples.iter().skip(number * size).take(size);
            let mut held: Vec<u64> = of.map(|sample| sample.resident_kb).collect();
            held.sort_unstable();
            held.get(held.len() / 2).copied().unwrap_or(0)
        };
        [third(0), third(1), third(2)]
    }

    /// What is wrong with the memory it held.
    pub(super) fn verdict(&self) -> Option<String> {
        let thirds = self.thirds_kb();
        let [_, second, third] = thirds;
        let is_wrong = self.since.elapsed() >= JUDGED_FROM && grows(thirds);
        is_wrong.then(|| {
            format!("memory grows: {second} KiB in the second third, {third} KiB in the last")
        })
    }
}

fn grows([_, second, third]: [u64; 3]) -> bool {
    third > second + second / TENTH + SLACK_KB
}

fn sample(process: &Process) -> Sample {
    Sample {
        resident_kb: process.resident_kb(),
        descriptors: process.fds(),
        threads: process.threads(),
    }
}

#[test]
fn memory_that_grows_is_told_from_memory_that_fills() {
    assert!(!grows([7_000, 14_000, 14_500]), "caches are full");
    assert!(!grows([20_000, 20_000, 12_000]), "given back");
    // A megabyte in twenty minutes is no more than an allocator may keep; a leak of a connection's state is.
    assert!(grows([14_000, 16_000, 20_000]));
}
