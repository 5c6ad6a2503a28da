//! What is wrong with a rule file, where, and what to write instead.

use std::error::Error;
use std::fmt;

use super::nearest::nearest;

/// Why a rule pack was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// The rule file.
    pub file: String,
    /// Line in that file, from 1; `None` where the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

impl Error for PackError {}

/// A problem before the file's name is known.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) line: Option<usize>,
    pub(super) text: String,
}

impl Problem {
    pub(super) fn at(line: usize, text: impl Into<String>) -> Self {
        Self {
            line: Some(line),
            text: text.into(),
        }
    }

    pub(super) fn in_file(self, file: &str) -> PackError {
        PackError {
            file: file.to_owned(),
            line: self.line,
            problem: self.text,
        }
    }
}

/// "unknown WHAT NAME", with the valid name that was probably meant, or else all of them.
pub(super) fn unknown(what: &str, name: &str, valid: &[&str]) -> String {
    match nearest(name, valid.iter().copied()) {
        Some(meant) => format!("unknown {what} `{name}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{name}`; valid are: {}", valid.join(", ")),
    }
}
