//! `gasket demo --evidence`: from the receipt to a bundle that somebody else can check.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gasket_core::chain::hash;
use gasket_core::event::{Event, Subject};
use gasket_core::policy::Decision;

use super::show::{INDENT, Show};
use crate::failure::Failure;
use crate::print::{Printer, fold, json_line};
use crate::proof;
use crate::record::{Entry, Record, Stored};
use crate::terminal::harmless;

/// Indent of what a command prints.
const OUTPUT: &str = "     ";

/// A folder with a history of the demo's own.
#[derive(Debug)]
pub(super) struct Proof {
    folder: PathBuf,
    record: Record,
}

impl Proof {
    /// Begins a history in this folder, which is made where it is not there.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        let refuse =
            |what: String| Failure::Usage(format!("--evidence {}: {what}", folder.display()));
        fs::create_dir_all(folder).map_err(|error| refuse(error.to_string()))?;
        let mut there = fs::read_dir(folder).map_err(|error| refuse(error.to_string()))?;
        if there.next().is_some() {
            return Err(refuse(
                "there is something in this folder; name a new or empty one".to_owned(),
            ));
        }
        let mut record = Record::open(&folder.join("events.jsonl")).map_err(Failure::Usage)?;
        record
            .begin(hash(b"gasket demo"))
            .map_err(|error| refuse(error.to_string()))?;
        Ok(Self {
            folder: folder.to_owned(),
            record,
        })
    }

    /// Adds to the history.
    pub(super) fn note(&mut self, events: &[Event]) -> io::Result<()> {
        for event in events {
            let mut line = Vec::new();
            json_line(&mut line, event)?;
            self.record.append(&line)?;
        }
        Ok(())
    }

    /// Makes a bundle of the first block, checks it and the history, and shows that. Gives what does not hold.
    pub(super) fn show(&mut self, show: &Show) -> io::Result<Vec<String>> {
        self.record.end()?;
        show.heading("The first block, for others to check")?;
        match self.prove(show) {
            Ok(told) => {
                for text in told {
                    show.say(&text)?;
                }
                Ok(Vec::new())
            }
            Err(failure) => Ok(vec![failure.to_string()]),
        }
    }

    fn prove(&mut self, show: &Show) -> Result<[String; 3], Failure> {
        let path = self.folder.join("events.jsonl");
        let stored = Stored::read(&path)?;
        let (entries, _) = stored.entries(&path)?;
        let blocked = entries.iter().find(|Entry { event, .. }| {
            event.verdict == Decision::Block && event.subject == Subject::Request
        });
        let entry = blocked.ok_or_else(|| Failure::Other("nothing was blocked".to_owned()))?;
        let made = proof::make(&stored, entry, &show.printer, &self.folder, &path)?;
        let bundle = fs::read(&made.path)
            .map_err(|error| Failure::Other(format!("{}: {error}", made.path.display())))?;
        let verified = gasket_core::evidence::verify(&bundle, Some(&made.fingerprint));
        let printer = Printer {
            columns: show.printer.columns.saturating_sub(OUTPUT.len()),
            ..show.printer.clone()
        };
        let columns = printer.columns;
        let checked = [
            proof::verified(&made.path, &verified, columns)?,
            proof::told_history(&path, verified.chain_head.as_deref(), columns)?,
        ];
        let of = |command: &str, text: &str| {
            let command = harmless(command);
            format!(
                "{INDENT}{command}\n{}",
                fold(text.trim_end(), OUTPUT, usize::MAX)
            )
        };
        let [path, made_path] = [&path, &made.path].map(|path| path.display().to_string());
        let [bundle, history] = &checked;
        Ok([
            of(
                &format!("$ gasket evidence --events {path} --event {}", entry.line),
                &made.told(&printer),
            ),
            of(&format!("$ gasket verify {made_path}"), bundle),
            of(&format!("$ gasket verify --events {path}"), history),
        ])
    }
}
