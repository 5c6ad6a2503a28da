//! A program of ours in some namespace that answers each line we say by one.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::wire::REFUSAL;
use crate::world;

/// An agent or the server. Ends when dropped.
pub(crate) struct Remote {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Remote {
    /// Starts this very program in `namespace` with these words.
    pub(crate) fn start(namespace: &str, words: &[&str]) -> io::Result<Self> {
        Self::start_by(namespace, &[], words)
    }

    /// As [`Remote::start`], by a program that runs what these words are followed by.
    pub(crate) fn start_by(namespace: &str, by: &[&str], words: &[&str]) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let program = program.to_string_lossy();
        let mut all = by.to_vec();
        all.push(&program);
        all.extend(words);
        let mut child = world::inside(namespace, &all)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let gone = || io::Error::other("no pipe");
        Ok(Self {
            input: Some(child.stdin.take().ok_or_else(gone)?),
            output: BufReader::new(child.stdout.take().ok_or_else(gone)?),
            child,
        })
    }

    /// Says `line` and gives the numbers of the answer.
    pub(crate) fn ask(&mut self, line: &str) -> io::Result<Vec<u64>> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{line}")?;
        let mut answer = String::new();
        self.output.read_line(&mut answer)?;
        if answer.is_empty() {
            return Err(io::Error::other(format!("no answer to `{line}`")));
        }
        if let Some(why) = answer.strip_prefix(REFUSAL) {
            return Err(io::Error::other(format!("`{line}`: {}", why.trim())));
        }
        Ok(answer
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect())
    }

    /// As [`Remote::ask`], where `N` numbers must come.
    pub(crate) fn numbers<const N: usize>(&mut self, line: &str) -> io::Result<[u64; N]> {
        let numbers = self.ask(line)?;
        let count = numbers.len();
        numbers
            .try_into()
            .map_err(|_| io::Error::other(format!("{count} numbers instead of {N} for `{line}`")))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        drop(self.input.take());
        // It may be stuck in a read that will never end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
