//! The file of `--events` and, beside it, its chain: a link for each line, and for each beginning and end of a run.
//!
//! Beside it and not in it: each line of the file stays the event itself, byte for byte, for whoever reads it already.

mod read;
#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use gasket_core::chain::{Chain, Kind, hash};

pub(crate) use read::{Entry, Place, Stored};

/// Where the chain of the events at `path` is.
pub(crate) fn chain_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".chain");
    PathBuf::from(name)
}

/// An open file of events, to be written on. Several processes may write to one.
#[derive(Debug)]
pub(crate) struct Record {
    log: File,
    /// None where the events go to no regular file: a pipe, a terminal.
    chain: Option<Beside>,
}

/// The chain, and how much of it and of the log it is known to be about.
#[derive(Debug)]
struct Beside {
    file: File,
    chain: Chain,
    /// Bytes of the chain's file that `chain` knows.
    read: u64,
    /// Bytes of the log that `chain` is about.
    log_read: u64,
    run: u64,
}

impl Record {
    /// Opens both, making what is not there.
    ///
    /// # Errors
    /// What is wrong, with the file's name.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options.append(true).create(true);
            let opened = options.clone().read(true).open(path);
            // A pipe or a terminal may be for writing only.
            let opened = opened.or_else(|error| match options.open(path) {
                Ok(file) if file.metadata().is_ok_and(|about| !about.is_file()) => Ok(file),
                _ => Err(error),
            });
            opened.map_err(|error| format!("--events {}: {error}", path.display()))
        };
        let log = open(path)?;
        let is_file = log.metadata().is_ok_and(|about| about.is_file());
        let chain = is_file.then(|| open(&chain_of(path))).transpose()?;
        Ok(Self {
            log,
            chain: chain.map(|file| Beside {
                file,
                chain: Chain::default(),
                read: 0,
                log_read: 0,
                run: 0,
            }),
        })
    }

    /// Notes that a run begins, with settings of this hash; before that, what became of the runs before it.
    pub(crate) fn begin(&mut self, settings: String) -> io::Result<()> {
        let log = &mut self.log;
        let Some(beside) = &mut self.chain else {
            return Ok(());
        };
        let begun = beside.locked(|beside| {
            // Each run holds the log's lock, shared, for as long as it lives.
            let is_alone = log.try_lock().is_ok();
            log.unlock()?;
            log.lock_shared()?;
            let is_new = beside.file.metadata()?.len() == 0;
            if !is_new {
                beside.catch_up(log)?;
            }
            let run = beside.chain.next_run();
            if is_new {
                beside.run = run;
                beside.take_over(log)?;
            }
            if is_alone {
                for run in beside.chain.open_runs().to_vec() {
                    beside.run = run;
                    beside.link(Kind::Killed, None)?;
                }
            }
            beside.run = run;
            if beside.chain.is_other_config(&settings) {
                beside.link(Kind::Config, Some(settings.clone()))?;
            }
            beside.link(Kind::Start, Some(settings))
        });
        match begun {
            // Some file systems of networks know no locks: better no chain than no events.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                self.chain = None;
                eprintln!("gasket: no chain is written beside the events: {error}");
                Ok(())
            }
            begun => begun,
        }
    }

    /// Appends a line, with its line feed.
    pub(crate) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let log = &mut self.log;
        let Some(beside) = &mut self.chain else {
            return log.write_all(line);
        };
        beside.locked(|beside| {
            beside.catch_up(log)?;
            log.write_all(line)?;
            beside.log_read += line.len() as u64;
            let content = line.strip_suffix(b"\n").unwrap_or(line);
            beside.link(Kind::Event, Some(hash(content)))
        })
    }

    /// Notes that the run ended in order.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let log = &mut self.log;
        let Some(beside) = &mut self.chain else {
            return Ok(());
        };
        beside.locked(|beside| {
            beside.catch_up(log)?;
            beside.link(Kind::Stop, None)
        })
    }
}

impl Beside {
    /// Does it while nobody else writes to the two files.
    fn locked(&mut self, act: impl FnOnce(&mut Self) -> io::Result<()>) -> io::Result<()> {
        self.file.lock()?;
        let done = act(self);
        self.file.unlock()?;
        done
    }

    /// Begins a chain after what is in the log already.
    fn take_over(&mut self, log: &mut File) -> io::Result<()> {
        let mut before = Vec::new();
        log.seek(SeekFrom::Start(0))?;
        log.read_to_end(&mut before)?;
        if before.last().is_some_and(|last| *last != b'\n') {
            log.write_all(b"\n")?;
            before.push(b'\n');
        }
        self.log_read = before.len() as u64;
        let line = self.chain.begin(unix_ms(), self.run, &before);
        self.write(&line)
    }

    /// Takes in what others wrote meanwhile. What stands in the log without a link is linked as found; a link that is not
    /// whole is none.
    fn catch_up(&mut self, log: &mut File) -> io::Result<()> {
        let known = self.chain.lines();
        let len = self.file.metadata()?.len();
        if len != self.read {
            let mut links = vec![0; usize::try_from(len.saturating_sub(self.read)).unwrap_or(0)];
            self.file.read_exact_at(&mut links, self.read)?;
            let whole = links.iter().rposition(|byte| *byte == b'\n');
            links.truncate(whole.map_or(0, |at| at + 1));
            self.read += links.len() as u64;
            if self.read < len {
                self.file.set_len(self.read)?;
            }
            self.chain.follow(&String::from_utf8_lossy(&links));
        }
        let linked = self.chain.lines() - known.min(self.chain.lines());
        if log.metadata()?.len() > self.log_read {
            for line in self.unlinked(log, linked)? {
                self.link(Kind::Found, Some(line))?;
            }
        }
        Ok(())
    }

    /// The hashes of the lines that stand behind what is known of the log and behind as many as are linked.
    fn unlinked(&mut self, log: &mut File, linked: u64) -> io::Result<Vec<String>> {
        log.seek(SeekFrom::Start(self.log_read))?;
        let mut found = Vec::new();
        let (mut line, mut number) = (Vec::new(), 0);
        let mut reader = BufReader::new(&*log);
        while reader.read_until(b'\n', &mut line)? > 0 {
            self.log_read += line.len() as u64;
            number += 1;
            let content = line.strip_suffix(b"\n");
            if content.is_none() {
                // Whoever wrote it was stopped in the middle: the next line is not to become a part of it.
                (&*log).write_all(b"\n")?;
                self.log_read += 1;
            }
            if number > linked {
                found.push(hash(content.unwrap_or(&line)));
            }
            line.clear();
        }
        Ok(found)
    }

    fn link(&mut self, kind: Kind, sha256: Option<String>) -> io::Result<()> {
        let line = self.chain.link(unix_ms(), self.run, kind, sha256);
        self.write(&line)
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let line = format!("{line}\n");
        self.file.write_all(line.as_bytes())?;
        self.read += line.len() as u64;
        Ok(())
    }
}

pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
