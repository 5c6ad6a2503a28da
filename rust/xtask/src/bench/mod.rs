//! `cargo xtask bench [WHAT]`: what it costs, measured on this machine.

mod network;

use std::process::ExitCode;

use crate::cargo;

/// What can be measured besides the network, and the bench of `tests/` that does it.
const BENCHES: [(&str, &str); 1] = [("inspect", "inspect")];

/// Runs one bench; its exit code is ours.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let known = || BENCHES.map(|(what, _)| what).join(", ");
    let Some((what, rest)) = arguments.split_first() else {
        return network::run(arguments);
    };
    if what.starts_with("--") {
        return network::run(arguments);
    }
    let Some((_, bench)) = BENCHES.iter().find(|(name, _)| name == what) else {
        eprintln!("xtask: there is no bench `{what}`. Known: {}", known());
        return ExitCode::from(2);
    };
    let status = cargo()
        .args(["bench", "--locked", "--package", "gasket-tests"])
        .args(["--bench", bench, "--"])
        .args(rest)
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: cannot start cargo: {error}");
            ExitCode::from(3)
        }
    }
}
