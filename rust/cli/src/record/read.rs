//! A file of events and its chain, as they are on the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use gasket_core::chain::{self, Link, hash};
use gasket_core::event::Event;

use super::chain_of;
use crate::failure::Failure;

/// What was read.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The events, a line each.
    pub(crate) log: Vec<u8>,
    /// The chain; none where there is no such file.
    pub(crate) chain: Option<String>,
}

/// A line that is an event.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    /// Its number, from 1 on.
    pub(crate) line: u64,
    /// The line, without its line feed.
    pub(crate) text: &'a str,
    pub(crate) event: Event,
}

/// Where a line is in the chain.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// There is no chain, or it began after this line.
    Before,
    /// A run found it there, so that no run vouches for it.
    Found,
    /// Its link and all behind it.
    Links(Vec<&'a str>),
    /// The chain has no link of it: it is not as it was written.
    Nowhere,
}

impl Stored {
    /// Reads both, while nobody writes to them.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let refuse =
            |path: &Path, error: &io::Error| Failure::Usage(format!("{}: {error}", path.display()));
        let beside = chain_of(path);
        let mut chain = match File::open(&beside) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(refuse(&beside, &error)),
        };
        if let Some(file) = &chain {
            // Where there are no locks, nobody writes under one either.
            let _ = file.lock_shared();
        }
        let log = std::fs::read(path).map_err(|error| refuse(path, &error))?;
        let mut text = Vec::new();
        if let Some(file) = &mut chain {
            file.read_to_end(&mut text)
                .map_err(|error| refuse(&beside, &error))?;
        }
        Ok(Self {
            log,
            chain: chain.map(|_| String::from_utf8_lossy(&text).into_owned()),
        })
    }

    /// Whether there is a chain beside the file at `path`.
    ///
    /// # Errors
    /// That there is none: nothing shows where its lines come from. Those of a scan look the same, and tell of what left.
    pub(crate) fn chained(self, path: &Path) -> Result<Self, Failure> {
        if self.chain.is_some() {
            return Ok(self);
        }
        Err(Failure::Other(format!(
            "{}: there is no chain beside it ({}), so that nothing shows who wrote it and whether it is as it was written",
            path.display(),
            chain_of(path).display()
        )))
    }

    /// The lines that are events, and the numbers of those that are not.
    ///
    /// # Errors
    /// That there are none.
    pub(crate) fn entries(&self, path: &Path) -> Result<(Vec<Entry<'_>>, Vec<u64>), Failure> {
        let (mut entries, mut others) = (Vec::new(), Vec::new());
        for (line, bytes) in (1..).zip(chain::lines(&self.log)) {
            let text = std::str::from_utf8(bytes).ok();
            let event = text.and_then(|text| serde_json::from_str(text).ok());
            match (text, event) {
                (Some(text), Some(event)) => entries.push(Entry { line, text, event }),
                _ => others.push(line),
            }
        }
        let refuse = |what: &str| Err(Failure::Usage(format!("{}: {what}", path.display())));
        match (entries.is_empty(), others.is_empty()) {
            (true, true) => refuse("there are no events in it"),
            (true, false) => {
                refuse("no line of it is an event; what `gasket run --events` writes is wanted")
            }
            _ => Ok((entries, others)),
        }
    }

    /// Where in the chain the line of that number is.
    pub(crate) fn place(&self, number: u64, text: &str) -> Place<'_> {
        let Some(chain) = &self.chain else {
            return Place::Before;
        };
        let links = || {
            let lines = chain.lines().enumerate();
            lines.filter_map(|(at, line)| Some((at, serde_json::from_str::<Link>(line).ok()?)))
        };
        let before = links().find(|(_, link)| link.kind == chain::Kind::Begin);
        if before.is_some_and(|(_, link)| link.line.is_some_and(|before| number <= before)) {
            return Place::Before;
        }
        let wanted = hash(text.as_bytes());
        // Of lines that are the same, each has its own link, in the same order.
        let lines = chain::lines(&self.log);
        let earlier = lines.iter().zip(1..number);
        let twins = earlier
            .filter(|(line, _)| **line == text.as_bytes())
            .count();
        let mut found = links().filter(|(_, link)| {
            link.kind.is_line() && link.sha256.as_deref() == Some(wanted.as_str())
        });
        match found.nth(twins) {
            Some((_, link)) if link.kind == chain::Kind::Found => Place::Found,
            Some((at, _)) => Place::Links(chain.lines().skip(at).collect()),
            None => Place::Nowhere,
        }
    }
}
