//! Instructions under callgrind.

use std::process::Command;

use super::cases::Case;

/// The argument by which this program is told to do one case so many times and no more.
pub(crate) const REPEAT: &str = "--repeat";

/// What both runs that are compared do first, so that nothing is done for the first time in between.
const WARM_UP: u64 = 200;

/// Rounds between the two runs.
const TIMES: u64 = 1000;

/// Does `name` so many times.
pub(crate) fn repeat(name: &str, times: u64) {
    let Some(case) = Case::ALL.into_iter().find(|case| case.name() == name) else {
        panic!("no case is called {name}");
    };
    let mut work = case.prepare();
    for _ in 0..times {
        work();
    }
}

/// Instructions of one round: the difference between two runs of this program.
///
/// # Errors
/// Why there is no such count.
pub(crate) fn instructions(case: Case) -> Result<u64, String> {
    let few = collected(case, WARM_UP)?;
    let many = collected(case, WARM_UP + TIMES)?;
    Ok(many.saturating_sub(few) / TIMES)
}

fn collected(case: Case, times: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(&program)
        .args([REPEAT, case.name(), &times.to_string()])
        .output()
        .map_err(|_| String::from("valgrind is not installed"))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    told.lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .ok_or_else(|| format!("callgrind said: {told}"))
}
