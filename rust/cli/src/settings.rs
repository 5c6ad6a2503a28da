//! The config a command runs with: read from a file, or the defaults.

use std::fs;
use std::path::Path;

use gasket_core::config::Config;

use crate::failure::Failure;

/// Reads the config at `path`, or gives the defaults where there is none. An unreadable config
/// starts nothing.
pub(crate) fn load(path: Option<&Path>) -> Result<Config, Failure> {
    let Some(path) = path else {
        return Ok(Config::default());
    };
    let refuse = |why: String| Failure::Usage(format!("config {}: {why}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| refuse(error.to_string()))
}
