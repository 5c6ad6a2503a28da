//! The committed counts of instructions, and whether they are kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::cases::Case;
use super::counts;

/// By how much a count may exceed its baseline: compilers differ in a few percent.
const TOLERANCE: f64 = 1.10;

type Counts = BTreeMap<String, u64>;

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/baseline.json")
}

fn counted() -> Result<Counts, String> {
    let each = |case: Case| Ok((case.name().to_owned(), counts::instructions(case)?));
    Case::ALL.into_iter().map(each).collect()
}

fn committed() -> Result<Counts, String> {
    let text = fs::read_to_string(path()).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// Counts anew and compares.
pub(crate) fn check() -> ExitCode {
    let (baseline, counts) = match (committed(), counted()) {
        (Ok(baseline), Ok(counts)) => (baseline, counts),
        (Err(why), _) => {
            eprintln!("tests/bench/baseline.json: {why}");
            return ExitCode::FAILURE;
        }
        (_, Err(why)) => {
            eprintln!("no instructions counted: {why}");
            return ExitCode::FAILURE;
        }
    };
    let mut kept = true;
    for (name, count) in &counts {
        let Some(before) = baseline.get(name) else {
            println!("MISSED  {name}: {count} instructions, no baseline");
            kept = false;
            continue;
        };
        let ratio = *count as f64 / *before as f64;
        let is_kept = ratio <= TOLERANCE;
        let word = if is_kept { "kept  " } else { "MISSED" };
        println!("{word}  {name}: {count} instructions, {ratio:.2} of the baseline");
        kept &= is_kept;
    }
    if kept {
        return ExitCode::SUCCESS;
    }
    println!("Wanted? Then say in the commit what it buys, and: cargo xtask bench packet --accept");
    ExitCode::FAILURE
}

/// Counts anew and writes that down.
pub(crate) fn accept() -> ExitCode {
    let written = counted().and_then(|counts| {
        let text = serde_json::to_string_pretty(&counts).map_err(|error| error.to_string())?;
        fs::write(path(), format!("{text}\n")).map_err(|error| error.to_string())?;
        Ok(text)
    });
    match written {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("no baseline: {why}");
            ExitCode::FAILURE
        }
    }
}
