//! What is wrong with a rule file, where, and what to write instead.

use std::cell::RefCell;
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

/// What is wrong with one file, in the order in which it was found.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    pub(super) fn add(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    /// The value, or the problem noted.
    pub(super) fn keep<T>(&self, outcome: Result<T, Problem>) -> Option<T> {
        outcome.map_err(|problem| self.add(problem)).ok()
    }

    pub(super) fn into_inner(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// "unknown WHAT NAME", with the valid name that was probably meant, or else all of them.
pub(super) fn unknown(what: &str, name: &str, valid: &[&str]) -> String {
    match nearest(name, valid.iter().copied()) {
        Some(meant) => format!("unknown {what} `{name}`; did you mean `{meant}`?"),
        None => format!("unknown {what} `{name}`; valid are: {}", valid.join(", ")),
    }
}
