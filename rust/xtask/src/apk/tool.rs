//! Outside tools: started without input, their output shown only when they fail.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::{Error, Result};

/// How many lines of the beginning and of the end of a tool's output an error shows.
const SHOWN_LINES: usize = 40;

/// An outside program about to be run.
#[derive(Debug)]
pub(crate) struct Tool {
    name: String,
    command: Command,
}

impl Tool {
    /// A program by its name or path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let name = Path::new(program).file_name().unwrap_or(program);
        let mut command = Command::new(program);
        // The same output on every machine: no translated messages, no local time.
        command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
        Self {
            name: name.to_string_lossy().into_owned(),
            command,
        }
    }

    /// Calls it otherwise in errors, as for a Java program.
    pub(crate) fn called(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// Adds an argument.
    pub(crate) fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(
        &mut self,
        arguments: impl IntoIterator<Item = A>,
    ) -> &mut Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        self.command.env(name, value);
        self
    }

    /// Sets the folder it runs in.
    pub(crate) fn in_folder(&mut self, folder: &Path) -> &mut Self {
        self.command.current_dir(folder);
        self
    }

    /// The same program as the last arguments of `launcher`, which is to become it.
    pub(crate) fn run_by(self, mut launcher: Self) -> Self {
        launcher
            .arg(self.command.get_program())
            .args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                launcher.command.env(name, value);
            }
        }
        if let Some(folder) = self.command.get_current_dir() {
            launcher.command.current_dir(folder);
        }
        launcher.called(&self.name)
    }

    /// Its arguments, for the key of a cached step.
    pub(crate) fn line(&self) -> String {
        let arguments = self
            .command
            .get_args()
            .map(|argument| argument.to_string_lossy());
        let words: Vec<_> = std::iter::once(self.name.as_str().into())
            .chain(arguments)
            .collect();
        words.join(" ")
    }

    /// Runs it to its end; what it printed.
    pub(crate) fn run(&mut self) -> Result<String> {
        let output = self.command.stdin(Stdio::null()).output();
        let output = output.map_err(|error| self.not_started(&error))?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        if output.status.success() {
            Ok(text)
        } else {
            Err(Error::Tool {
                tool: self.name.clone(),
                how: output.status.to_string(),
                output: shown(&text),
            })
        }
    }

    /// The command itself, for a caller that reads its output as it comes.
    pub(crate) fn command(&mut self) -> &mut Command {
        self.command.stdin(Stdio::null())
    }

    fn not_started(&self, error: &io::Error) -> Error {
        Error::Tool {
            tool: self.name.clone(),
            how: format!("cannot be started: {error}"),
            output: String::new(),
        }
    }
}

/// The beginning, where a compiler names the first mistake, and the end, where a tool says why it gave up.
fn shown(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() <= 2 * SHOWN_LINES {
        return lines.join("\n");
    }
    let left_out = format!("… {} lines …", lines.len() - 2 * SHOWN_LINES);
    let (first, last) = (&lines[..SHOWN_LINES], &lines[lines.len() - SHOWN_LINES..]);
    [first, &[left_out.as_str()], last].concat().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_tool_is_named_with_its_status_and_output() {
        let mut tool = Tool::new("sh");
        let error = tool.args(["-c", "echo what happened; exit 3"]).run();
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("sh: exit status: 3"), "{text}");
        assert!(text.contains("what happened"), "{text}");
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let error = Tool::new("gasket-no-such-tool").run().unwrap_err();
        assert!(error.to_string().contains("gasket-no-such-tool"));
    }
}
