//! `gasket rules`: what the rules are, whether a file is one, and what matches.

mod check;
mod explain;
mod list;
mod sources;
mod test;

use std::io::{self, Write};

use crate::args::{RulesArguments, RulesCommand};
use crate::failure::Failure;

/// Runs the command.
pub(crate) fn run(arguments: &RulesArguments) -> Result<(), Failure> {
    let text = match &arguments.command {
        RulesCommand::List { json } => list::run(*json),
        RulesCommand::Check { paths } => check::run(paths)?,
        RulesCommand::Explain { rule } => explain::run(rule)?,
        RulesCommand::Test { rules, files } => return test::run(rules, files),
    };
    show(&text)
}

/// Writes to standard output. That nobody reads on (`… | head`) is no failure.
fn show(text: &str) -> Result<(), Failure> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Other(format!("cannot write: {error}")))
        }
        _ => Ok(()),
    }
}
