//! A history whose lines hang together: beside each log of events, a file that has a link a line. A link holds the hash
//! of the link before it, so that nothing can be taken out, changed or moved without every later hash being another.
//!
//! What it cannot show: that somebody wrote log and chain anew from the first line on, or cut both off at the same place. Only who
//! keeps the head (the last link's hash) elsewhere sees that: evidence bundles carry it.

mod compare;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use compare::Fault;

/// What the first link has before it.
const NOTHING_BEFORE: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a link is about. All but [`Kind::Event`] tell of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The chain begins; its hash is that of the whole log until then, of `line` lines.
    Begin,
    /// Protection begins; its hash is that of the settings.
    Start,
    /// The settings are others than those of the start before; its hash is that of the new ones.
    Config,
    /// A line of the log; its hash, and the number of the line from 1 on.
    Event,
    /// A line that a run found at the end of the log without a link of its own: the run that wrote it was killed just then,
    /// or somebody put it in. Its hash and its number.
    Found,
    /// Protection ended in order.
    Stop,
    /// A run had ended without a word, killed or crashed; told by the next one.
    Killed,
}

impl Kind {
    /// Whether a link of this kind is of one line of the log.
    pub fn is_line(self) -> bool {
        matches!(self, Self::Event | Self::Found)
    }
}

/// One line of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// SHA-256 of the link before, as it stands in its line, in lower-case hexadecimal digits.
    pub before: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Which run wrote it.
    pub run: u64,
    /// What it is about.
    pub kind: Kind,
    /// Lines, as [`Kind`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// A hash, as [`Kind`] says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// SHA-256 in lower-case hexadecimal digits.
pub fn hash(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The end of a chain, to be written on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    head: String,
    events: u64,
    config: Option<String>,
    open: Vec<u64>,
    last_run: u64,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            head: NOTHING_BEFORE.to_owned(),
            events: 0,
            config: None,
            open: Vec::new(),
            last_run: 0,
        }
    }
}

impl Chain {
    /// Goes on after the links in `text`, which are taken as they are: [`check`] finds what is wrong with them.
    pub fn after(text: &str) -> Self {
        let mut chain = Self::default();
        chain.follow(text);
        chain
    }

    /// Goes on after more links, which somebody else wrote behind the last one known.
    pub fn follow(&mut self, text: &str) {
        for line in text.lines() {
            self.take(line);
        }
    }

    fn take(&mut self, line: &str) {
        self.head = hash(line.as_bytes());
        let Ok(link) = serde_json::from_str::<Link>(line) else {
            return;
        };
        self.last_run = self.last_run.max(link.run);
        match link.kind {
            Kind::Begin | Kind::Event | Kind::Found => {
                self.events = link.line.unwrap_or(self.events.saturating_add(1))
            }
            Kind::Start => {
                self.open.push(link.run);
                self.config = link.sha256;
            }
            Kind::Config => self.config = link.sha256,
            Kind::Stop | Kind::Killed => self.open.retain(|run| *run != link.run),
        }
    }

    /// Whether nothing was written yet.
    pub fn is_new(&self) -> bool {
        self.head == NOTHING_BEFORE
    }

    /// Hash of the last link: what the chain can be checked against later.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Lines of the log that the chain knows.
    pub fn lines(&self) -> u64 {
        self.events
    }

    /// A number for a run that none had before.
    pub fn next_run(&self) -> u64 {
        self.last_run.saturating_add(1)
    }

    /// The runs that have begun and not ended.
    pub fn open_runs(&self) -> &[u64] {
        &self.open
    }

    /// Whether the settings of that hash are others than those of the run before, if there was one.
    pub fn is_other_config(&self, sha256: &str) -> bool {
        self.config
            .as_deref()
            .is_some_and(|before| before != sha256)
    }

    /// The line, without its line feed, of a link about `kind`.
    pub fn link(&mut self, time_ms: u64, run: u64, kind: Kind, sha256: Option<String>) -> String {
        let line = kind.is_line().then_some(self.events.saturating_add(1));
        self.write(Link {
            before: self.head.clone(),
            time_ms,
            run,
            kind,
            line,
            sha256,
        })
    }

    /// The line of the first link, where the log has already `lines` lines, which are `log`.
    pub fn begin(&mut self, time_ms: u64, run: u64, log: &[u8]) -> String {
        self.write(Link {
            before: self.head.clone(),
            time_ms,
            run,
            kind: Kind::Begin,
            line: Some(lines(log).len() as u64),
            sha256: Some(hash(log)),
        })
    }

    fn write(&mut self, link: Link) -> String {
        // Strings, numbers and unit variants: nothing serde_json could refuse.
        let line = serde_json::to_string(&link).unwrap_or_default();
        self.take(&line);
        line
    }
}

/// What [`check`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Every link that could be read, in order.
    pub links: Vec<Link>,
    /// Hash of the last one.
    pub head: String,
    /// What was tampered with, in the order of the files; nothing where all is as it was written.
    pub faults: Vec<Fault>,
}

/// Checks a log and its chain against each other, and against a head that is known from elsewhere: any hash the chain once
/// had as its last one.
pub fn check(log: &[u8], chain: &str, known_head: Option<&str>) -> Checked {
    let (links, heads, mut faults) = walk(chain);
    let head = heads.last().cloned().unwrap_or(NOTHING_BEFORE.to_owned());
    let mut lines = lines(log);
    let torn = log.last().is_some_and(|last| *last != b'\n');
    let torn = torn.then(|| {
        lines.pop();
        lines.len() as u64 + 1
    });
    let found = compare::compare(&lines, log, &links).into_iter();
    // That the torn line is not whole is told once.
    faults.extend(found.filter(|fault| match fault {
        Fault::CutOff { from, lines: 1 } => Some(*from) != torn,
        _ => true,
    }));
    faults.extend(torn.map(|line| Fault::Torn { line }));
    if let Some(known) = known_head
        && !heads.iter().any(|one| one == known)
    {
        faults.push(Fault::HeadUnknown);
    }
    Checked {
        links,
        head,
        faults,
    }
}

/// Reads the links and checks that each holds the hash of the one before. `heads` has the hash of each line.
pub(crate) fn walk(chain: &str) -> (Vec<Link>, Vec<String>, Vec<Fault>) {
    let (mut links, mut heads, mut faults) = (Vec::new(), Vec::<String>::new(), Vec::new());
    let torn = if chain.ends_with('\n') {
        0
    } else {
        chain.lines().count() as u64
    };
    for (number, line) in (1..).zip(chain.lines()) {
        let before = heads.last().map_or(NOTHING_BEFORE, String::as_str);
        match serde_json::from_str::<Link>(line) {
            Ok(link) => {
                if link.before != before {
                    faults.push(Fault::Link { number });
                }
                links.push(link);
            }
            Err(_) if number == torn => faults.push(Fault::TornLink { number }),
            Err(_) => faults.push(Fault::NoLink { number }),
        }
        heads.push(hash(line.as_bytes()));
    }
    (links, heads, faults)
}

/// The lines of a log, without their line feeds.
pub fn lines(log: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = log.split(|byte| *byte == b'\n').collect();
    // Behind the last line feed is no line.
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}
