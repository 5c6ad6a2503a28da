//! Why a command could not do what was asked, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

/// A command's failure: a message for the user and a documented exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The command line or the config is wrong: nothing was started.
    Usage(String),
    /// The machine lacks something: the message names it and how to get it.
    Missing(String),
    /// Anything else, such as a capture that cannot be read.
    Other(String),
}

impl Failure {
    /// The documented exit code (`gasket --help`).
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Missing(_) => 3,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(what) | Self::Missing(what) | Self::Other(what) => f.write_str(what),
        }
    }
}
