//! The `gasket` command.

#![forbid(unsafe_code)]

mod args;
mod failure;
mod print;
mod run;
mod scan;
mod settings;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    env_logger::init();
    let outcome = match Arguments::parse().command {
        Command::Inside(arguments) => return run::inside::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            for line in failure.to_string().lines() {
                eprintln!("gasket: {}", terminal::harmless(line));
            }
            failure.code()
        }
    }
}
