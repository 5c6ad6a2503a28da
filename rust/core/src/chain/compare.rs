//! What was done to a log, told by the hashes its lines had when they were written.

use std::collections::BTreeMap;
use std::fmt;

use super::{Kind, Link, hash};

/// Faults that are told one by one; the rest is counted.
const MOST_TOLD: usize = 20;

/// One thing that is not as it was written. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A line of the chain does not follow from the one before: one of the two was changed, or some between them taken out.
    Link {
        /// The line of the chain.
        number: u64,
    },
    /// A line of the chain is no link.
    NoLink {
        /// The line of the chain.
        number: u64,
    },
    /// A line of the log was changed.
    Changed {
        /// The line.
        line: u64,
    },
    /// Two lines of the log changed places.
    Swapped {
        /// One line.
        first: u64,
        /// The other.
        second: u64,
    },
    /// A line of the log stands elsewhere than it was written.
    Moved {
        /// Where it stands.
        line: u64,
        /// Where it was written.
        was: u64,
    },
    /// A line of the log was deleted.
    Deleted {
        /// The line it was.
        was: u64,
        /// When it was written, in milliseconds since 1970.
        time_ms: u64,
    },
    /// A line is in the log that the chain does not know.
    Inserted {
        /// The line.
        line: u64,
    },
    /// The log ends before its chain does.
    CutOff {
        /// The first line that is missing.
        from: u64,
        /// How many are.
        lines: u64,
    },
    /// The last line of the log has no end: who wrote it was stopped in the middle, or it was cut.
    Torn {
        /// The line.
        line: u64,
    },
    /// So has the last line of the chain.
    TornLink {
        /// The line of the chain.
        number: u64,
    },
    /// What was in the log before its chain began is not what it was.
    Beginning {
        /// How many lines that were.
        lines: u64,
    },
    /// The head known from elsewhere is none of this chain's.
    HeadUnknown,
    /// There is more of this than is told.
    More {
        /// How much more.
        count: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link { number } => write!(
                f,
                "chain, line {number}: it does not follow from the line before it; one of the two was changed, or \
                 lines between them are gone"
            ),
            Self::NoLink { number } => write!(f, "chain, line {number}: this is no link of a chain"),
            Self::Changed { line } => {
                write!(f, "line {line}: it was changed after it was written")
            }
            Self::Swapped { first, second } => {
                write!(f, "lines {first} and {second}: they changed places")
            }
            Self::Moved { line, was } => {
                write!(f, "line {line}: it was written as line {was}, and was moved")
            }
            Self::Deleted { was, .. } => {
                write!(f, "line {was}: what was written there was deleted")
            }
            Self::Inserted { line } => {
                write!(f, "line {line}: it was put in; the chain does not know it")
            }
            Self::CutOff { from, lines } => write!(
                f,
                "line {from}: from here on the log was cut off; {lines} more had been written"
            ),
            Self::Torn { line } => write!(
                f,
                "line {line}: its end is missing; whoever wrote it was stopped in the middle, or it was cut off"
            ),
            Self::TornLink { number } => write!(
                f,
                "chain, line {number}: its end is missing; whoever wrote it was stopped in the middle, or it was cut off"
            ),
            Self::Beginning { lines } => write!(
                f,
                "lines 1 to {lines}: what was there before the chain began is not the same any more"
            ),
            Self::HeadUnknown => f.write_str(
                "the head that you know is none of this chain: its end was cut off, or all of it was written anew",
            ),
            Self::More { count } => write!(f, "and {count} more"),
        }
    }
}

/// Where a hash stands: the places, the next one last.
type Index<'a> = BTreeMap<&'a str, Vec<usize>>;

/// What in `log`, whose lines are `lines`, is not as `links` have it.
pub(super) fn compare(lines: &[&[u8]], log: &[u8], links: &[Link]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let begin = links.iter().find(|link| link.kind == Kind::Begin);
    let before = begin.and_then(|link| link.line).unwrap_or(0);
    let first = usize::try_from(before)
        .unwrap_or(usize::MAX)
        .min(lines.len());
    if let Some(begin) = begin {
        let length = lines.iter().take(first).map(|line| line.len() + 1).sum();
        let beginning = log.get(..length).unwrap_or(log);
        if begin.sha256.as_deref() != Some(&*hash(beginning)) {
            faults.push(Fault::Beginning { lines: before });
        }
    }
    let written: Vec<&Link> = links.iter().filter(|l| l.kind.is_line()).collect();
    let now: Vec<String> = lines.iter().skip(first).map(|line| hash(line)).collect();
    faults.extend(told(differences(&now, &written, before)));
    faults
}

fn differences(now: &[String], written: &[&Link], before: u64) -> Vec<Fault> {
    let then: Vec<&str> = written
        .iter()
        .map(|l| l.sha256.as_deref().unwrap_or_default())
        .collect();
    let now_at = index(now.iter().map(String::as_str));
    let then_at = index(then.iter().copied());
    let line = |at: usize| before.saturating_add(at as u64).saturating_add(1);
    let mut faults = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        match (now.get(i), then.get(j)) {
            (None, None) => break,
            (Some(is), Some(was)) if is == was => (i, j) = (i + 1, j + 1),
            (None, Some(_)) => {
                let lines = (then.len() - j) as u64;
                // What stands elsewhere was told as moved.
                let gone = then.iter().skip(j).any(|was| !now_at.contains_key(was));
                if gone {
                    faults.push(Fault::CutOff {
                        from: line(j),
                        lines,
                    });
                }
                break;
            }
            (Some(_), None) => {
                faults.push(Fault::Inserted { line: line(i) });
                i += 1;
            }
            (Some(is), Some(was)) => {
                let known = then_at.get(&**is).and_then(|places| places.first());
                match (known, now_at.contains_key(was)) {
                    (None, false) => {
                        faults.push(Fault::Changed { line: line(j) });
                        (i, j) = (i + 1, j + 1);
                    }
                    (None, true) => {
                        faults.push(Fault::Inserted { line: line(i) });
                        i += 1;
                    }
                    (Some(_), false) => {
                        let time_ms = written.get(j).map_or(0, |link| link.time_ms);
                        faults.push(Fault::Deleted {
                            was: line(j),
                            time_ms,
                        });
                        j += 1;
                    }
                    (Some(&place), true) => {
                        faults.push(Fault::Moved {
                            line: line(i),
                            was: line(place),
                        });
                        (i, j) = (i + 1, j + 1);
                    }
                }
            }
        }
    }
    faults
}

fn index<'a>(hashes: impl Iterator<Item = &'a str>) -> Index<'a> {
    let mut index = Index::new();
    for (at, hash) in hashes.enumerate() {
        index.entry(hash).or_default().push(at);
    }
    index
}

/// Two moves that are one exchange become one fault; what is too much to tell is counted.
fn told(faults: Vec<Fault>) -> Vec<Fault> {
    let moves: BTreeMap<u64, u64> = faults
        .iter()
        .filter_map(|fault| match fault {
            Fault::Moved { line, was } => Some((*line, *was)),
            _ => None,
        })
        .collect();
    let mut told: Vec<_> = faults
        .into_iter()
        .filter_map(|fault| match fault {
            Fault::Moved { line, was } if moves.get(&was) == Some(&line) => {
                (line < was).then_some(Fault::Swapped {
                    first: line,
                    second: was,
                })
            }
            other => Some(other),
        })
        .collect();
    if told.len() > MOST_TOLD {
        let count = told.len() - MOST_TOLD;
        told.truncate(MOST_TOLD);
        told.push(Fault::More { count });
    }
    told
}
