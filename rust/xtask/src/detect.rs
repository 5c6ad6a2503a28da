//! `cargo xtask detect`: the detection benchmark of `tests/detect/`, optimised.

use std::process::{Command, ExitCode};

use crate::optimised_test;

/// Builds and runs it; its exit code is ours: 0 where every floor holds.
pub(crate) fn run(quick: bool) -> ExitCode {
    let mut command = optimised_test("detect");
    command.args([
        "write_the_report",
        "--",
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    command.env("GASKET_DETECT_DATE", today());
    if quick {
        command.env("GASKET_DETECT_QUICK", "1");
    }
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: cannot start cargo: {error}");
            ExitCode::from(3)
        }
    }
}

/// The date in UTC, as `date` tells it.
fn today() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output();
    let told = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    told.unwrap_or_else(|_| "an unknown date".to_owned())
}
