//! What can be counted instead of timed: allocations, and instructions under callgrind.

use std::path::Path;
use std::process::Command;

use super::{Bench, cases};

/// The argument by which this program is told to judge one case so many times and no more.
pub(crate) const REPEAT: &str = "--repeat";

/// Verdicts between the two runs that callgrind compares.
const TIMES: u64 = 100;

/// Allocations and bytes allocated by one verdict, after a first one.
pub(crate) fn allocations(bench: &Bench, wire: &[u8]) -> (u64, u64) {
    bench.verdict(wire);
    let counted = allocation_counter::measure(|| {
        bench.verdict(wire);
    });
    (counted.count_total, counted.bytes_total)
}

/// Judges `case` so many times.
pub(crate) fn repeat(case: &str, times: u64) {
    let Some((_, sample, setting)) = cases().into_iter().find(|(name, ..)| name == case) else {
        panic!("no case is called {case}");
    };
    let bench = Bench::new(setting);
    for _ in 0..times {
        bench.verdict(&sample.wire);
    }
}

/// Instructions of one verdict: the difference between two runs of this program under callgrind.
///
/// # Errors
/// Why there is no such count.
pub(crate) fn instructions(case: &str) -> Result<u64, String> {
    let few = collected(case, 1)?;
    let many = collected(case, 1 + TIMES)?;
    Ok(many.saturating_sub(few) / TIMES)
}

fn collected(case: &str, times: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(&program)
        .args([REPEAT, case, &times.to_string()])
        .output()
        .map_err(|_| String::from("valgrind is not installed"))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    told.lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| {
            let name = program.file_name().unwrap_or_default();
            format!("callgrind of {} said: {told}", Path::new(name).display())
        })
}
