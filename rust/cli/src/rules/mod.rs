//! `gasket rules`: what the rules are, whether a file is one, and what matches.

mod check;
mod explain;
mod keys;
mod list;
pub(crate) mod packs;
mod sources;
mod test;

use crate::args::{RulesArguments, RulesCommand};
use crate::failure::Failure;
use crate::terminal::show;

/// Runs the command.
pub(crate) fn run(arguments: &RulesArguments) -> Result<(), Failure> {
    let text = match &arguments.command {
        RulesCommand::List { json } => list::run(*json),
        RulesCommand::Check { paths } => check::run(paths)?,
        RulesCommand::Explain { rule } => explain::run(rule)?,
        RulesCommand::Pack {
            folder,
            output,
            date,
        } => packs::make(folder, output, *date)?,
        RulesCommand::Key { file } => keys::make(file)?,
        RulesCommand::Sign { key, pack } => packs::sign(key, pack)?,
        RulesCommand::Verify { key, pack } => packs::verify(key, pack)?,
        RulesCommand::Test { rules, files } => return test::run(rules, files),
    };
    show(&text)
}
