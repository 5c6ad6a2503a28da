//! The `gasket` command.

#![forbid(unsafe_code)]

mod args;
mod demo;
mod failure;
mod identifiers;
mod kept;
mod namespace;
mod places;
mod print;
mod proof;
mod record;
mod relay;
mod rules;
mod run;
mod scan;
mod settings;
mod signals;
mod telling;
mod terminal;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    env_logger::init();
    let outcome = match Arguments::parse().command {
        Command::Inside(arguments) => return run::inside::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Relay(arguments) => relay::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Scan(arguments) => scan::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Evidence(arguments) => proof::evidence(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Verify(arguments) => proof::verify(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Identifiers(arguments) => identifiers::run(&arguments).map(|()| ExitCode::SUCCESS),
        Command::Rules(arguments) => rules::run(&arguments).map(|()| ExitCode::SUCCESS),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            for line in failure.to_string().lines() {
                eprintln!("gasket: {}", terminal::harmless(line));
            }
            failure.code()
        }
    }
}
