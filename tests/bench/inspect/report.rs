//! The figures side by side, and what was promised of them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Benches, cases, counts};

/// Criterion's name for all of this.
pub(crate) const GROUP: &str = "verdict";

/// Promises: median of a 2 KB request, allocations of one, throughput of what cannot be read,
/// cost with ten times the rules.
const MICROSECONDS: f64 = 30.0;
const ALLOCATIONS: u64 = 5;
const MEGABYTES: f64 = 400.0;
const TENFOLD: f64 = 1.2;

struct Line {
    name: String,
    size: usize,
    median_ns: Option<f64>,
    allocations: u64,
    allocated: u64,
    instructions: Result<u64, String>,
}

/// Prints a line for each case, then whether the promises were kept; whether all were that rest on
/// counts, which unlike times are the same on a busy machine.
pub(crate) fn print(benches: &Benches) -> bool {
    let lines: Vec<Line> = cases()
        .into_iter()
        .map(|(name, sample, setting)| {
            let bench = &benches[setting as usize];
            let (allocations, allocated) = counts::allocations(bench, &sample.wire);
            Line {
                size: sample.wire.len(),
                median_ns: median(&name),
                instructions: counts::instructions(&name),
                allocations,
                allocated,
                name,
            }
        })
        .collect();
    println!(
        "\n{:<16} {:>7} {:>12} {:>10} {:>12} {:>10} {:>13}",
        "verdict on", "bytes", "median", "MB/s", "allocations", "bytes", "instructions"
    );
    for line in &lines {
        let median = line.median_ns.unwrap_or(f64::NAN);
        println!(
            "{:<16} {:>7} {:>9.2} µs {:>10.0} {:>12} {:>10} {:>13}",
            line.name,
            line.size,
            median / 1e3,
            line.size as f64 * 1e3 / median,
            line.allocations,
            line.allocated,
            line.instructions
                .as_ref()
                .map_or_else(|_| String::from("-"), u64::to_string),
        );
    }
    if let Some(Err(why)) = lines.first().map(|line| &line.instructions) {
        println!("no instructions counted: {why}");
    }
    promises(&lines)
}

fn promises(lines: &[Line]) -> bool {
    let mut counts_kept = true;
    let find = |name: &str| lines.iter().find(|line| line.name == name);
    println!();
    for line in lines {
        counts_kept &= tell(
            &format!(
                "{}: {} allocations of {ALLOCATIONS}",
                line.name, line.allocations
            ),
            line.allocations <= ALLOCATIONS,
        );
    }
    for line in lines.iter().filter(|line| line.size < 4096) {
        let Some(shipped) = line.name.strip_suffix(" tenfold").and_then(find) else {
            let micros = line.median_ns.unwrap_or(f64::NAN) / 1e3;
            tell(
                &format!("{}: {micros:.1} µs of {MICROSECONDS}", line.name),
                micros <= MICROSECONDS,
            );
            continue;
        };
        if let (Some(ten), Some(one)) = (line.median_ns, shipped.median_ns) {
            let ratio = ten / one;
            tell(
                &format!("{}: {ratio:.2} of {TENFOLD} times the time", line.name),
                ratio <= TENFOLD,
            );
        }
        if let (Ok(ten), Ok(one)) = (&line.instructions, &shipped.instructions) {
            let ratio = *ten as f64 / *one as f64;
            counts_kept &= tell(
                &format!(
                    "{}: {ratio:.2} of {TENFOLD} times the instructions",
                    line.name
                ),
                ratio <= TENFOLD,
            );
        }
    }
    if let Some(opaque) = find("opaque") {
        let rate = opaque.size as f64 * 1e3 / opaque.median_ns.unwrap_or(f64::NAN);
        tell(
            &format!("opaque: {rate:.0} MB/s of {MEGABYTES}"),
            rate >= MEGABYTES,
        );
    }
    counts_kept
}

fn tell(what: &str, kept: bool) -> bool {
    println!("{}  {what}", if kept { "kept  " } else { "MISSED" });
    kept
}

/// The median that criterion has just written down, in nanoseconds.
fn median(case: &str) -> Option<f64> {
    let path = target().join(format!("criterion/{GROUP}/{case}/new/estimates.json"));
    let estimates: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    estimates.get("median")?.get("point_estimate")?.as_f64()
}

/// Cargo's target folder: this program is in `release/deps` of it.
fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .nth(3)
        .map_or_else(PathBuf::new, Path::to_owned)
}
