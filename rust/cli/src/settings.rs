//! The config a command runs with: read from a file, or the defaults.

use std::fs;
use std::path::Path;

use gasket_core::config::Config;
use gasket_core::policy::Judge;
use gasket_core::rules::Pack;

use crate::failure::Failure;
use crate::terminal::harmless;

/// Reads the config at `path`, or gives the defaults where there is none. An unreadable config
/// starts nothing.
pub(crate) fn load(path: Option<&Path>) -> Result<Config, Failure> {
    let Some(path) = path else {
        return Ok(Config::default());
    };
    let refuse = |why: String| Failure::Usage(format!("config {}: {why}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let config = Config::from_json(&text)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    for id in Judge::new(config.clone(), Pack::embedded()).unknown_rules() {
        // No error: a config may have been written for another version of the pack.
        eprintln!(
            "gasket: {}: key \"rules\": no rule has the id {}; ignored",
            path.display(),
            harmless(id)
        );
    }
    Ok(config)
}
