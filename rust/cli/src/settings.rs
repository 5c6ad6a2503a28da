//! The config a command runs with: read from a file, or the defaults.

use std::path::Path;
use std::sync::Arc;

use gasket_core::config::Config;
use gasket_core::policy::Judge;
use gasket_core::rules::Pack;

use crate::args::SettingsArguments;
use crate::failure::Failure;
use crate::identifiers::key_file;
use crate::rules::packs;
use crate::terminal::harmless;
use crate::whole_file;

/// Reads the config and the rules that are named, or gives the defaults and the built-in rules where none are. A config that
/// cannot be read, or whose identifiers cannot be looked for, and rules that are refused start nothing.
pub(crate) fn load(arguments: &SettingsArguments) -> Result<(Config, Arc<Pack>), Failure> {
    let pack = packs::in_use(arguments.rules_pack.as_deref(), &arguments.rules_key)?;
    let Some(path) = arguments.config.as_deref() else {
        return Ok((Config::default(), pack));
    };
    let text = whole_file::read_text(path)
        .map_err(|error| Failure::Usage(format!("config {}: {error}", path.display())))?;
    let mut config = parse(path, &text)?;
    unlock(&mut config, path, arguments.identifier_key.as_deref())?;
    let judge = Judge::new(config.clone(), Arc::clone(&pack));
    for problem in judge.refused_rules() {
        eprintln!(
            "gasket: {}: key \"rule_files\": {}; the file is left out",
            path.display(),
            harmless(&problem.to_string())
        );
    }
    for id in judge.unknown_rules() {
        // No error: a config may have been written for another version of the pack.
        eprintln!(
            "gasket: {}: key \"rules\": no rule has the id {}; ignored",
            path.display(),
            harmless(id)
        );
    }
    for id in judge.rules_without_answer() {
        eprintln!(
            "gasket: {}: key \"rules\": no answer is known for the rule {}; it does what it does by itself",
            path.display(),
            harmless(id)
        );
    }
    Ok((config, pack))
}

/// The config that `text`, read from `path`, holds.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Config, Failure> {
    Config::from_json(text).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

/// Gives the config of `path` the key of its identifiers, if it has any. A key that is named is read
/// even where it is not needed, so that a mistake in its name shows before it matters.
fn unlock(config: &mut Config, path: &Path, named: Option<&Path>) -> Result<(), Failure> {
    let key_path = match named {
        Some(named) => named.to_owned(),
        None if config.is_locked() => key_file::beside(path),
        None => return Ok(()),
    };
    let key = key_file::read(&key_path, path)?;
    config
        .unlock(key)
        .map_err(|error| Failure::Usage(format!("{}: {error}", key_path.display())))
}
