//! What can go wrong on the way to an APK, said so that it can be mended.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::report::Outcome;

/// The result of a step of the pipeline.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a step of the pipeline did not end well.
#[derive(Debug)]
pub(crate) enum Error {
    /// A file or folder could not be read or written.
    Io {
        /// What was tried: `read`, `write`, ….
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file does not say what it should.
    Input {
        /// The file, with the line or member where that is known.
        place: String,
        /// What was wrong, what was expected, what to do.
        what: String,
    },
    /// An outside tool failed; `output` is what it printed.
    Tool {
        /// Its name.
        tool: String,
        /// Its exit status, or why it did not start.
        how: String,
        /// The end of its output.
        output: String,
    },
    /// Something the machine needs is not there; the text says how to get it.
    Missing(String),
}

impl Error {
    /// For `map_err` on an `io::Result`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }

    /// Whether it is the machine that lacks something, a program or the network, not the project.
    pub(crate) fn is_lack(&self) -> bool {
        match self {
            Self::Missing(_) => true,
            Self::Tool { tool, .. } => tool == "mvn" || tool == "rustup",
            Self::Io { .. } | Self::Input { .. } => false,
        }
    }

    /// The outcome of a step of the tests that ended so.
    pub(crate) fn into_outcome(self) -> Outcome {
        if self.is_lack() {
            Outcome::Skipped(self.to_string())
        } else {
            Outcome::Failed(self.to_string())
        }
    }

    /// A file that does not say what it should.
    pub(crate) fn input(place: impl fmt::Display, what: impl Into<String>) -> Self {
        Self::Input {
            place: place.to_string(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io {
                doing,
                path,
                source,
            } => write!(f, "cannot {doing} {}: {source}", path.display()),
            Self::Input { place, what } => write!(f, "{place}: {what}"),
            Self::Tool { tool, how, output } => write!(f, "{tool}: {how}\n{output}"),
            Self::Missing(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
