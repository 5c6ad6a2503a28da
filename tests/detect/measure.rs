//! Runs the corpora past the detector and counts.

use std::collections::BTreeMap;
use std::thread;

use crate::captures;
use crate::check;
use crate::container::Container;
use crate::corpus::{Cell, Planted, plant};
use crate::encoding::Encoding;
use crate::kinds::Kind;
use crate::learned::{OfLearned, learned};
use crate::negatives::{self, OfCaptures, Quiet};
use crate::request::Request;
use crate::score::Share;
use crate::shapes::shapes;
use crate::subject::{NOWHERE, Seen, Subject};
use crate::typed::Typed;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Requests of each cell.
    pub(crate) per_cell: usize,
    /// Rounds of the authored requests, of twins and of look-alikes.
    pub(crate) rounds: usize,
}

impl Size {
    /// At the desk, and as a test.
    pub(crate) const QUICK: Self = Self {
        per_cell: 2,
        rounds: 3,
    };
    /// What the published figures rest on.
    pub(crate) const FULL: Self = Self {
        per_cell: 12,
        rounds: 50,
    };
}

/// The seed of every corpus: any other would do as well, but the figures are of this one.
pub(crate) const SEED: u64 = 0x6761_736b_6574;

/// What came of one cell.
#[derive(Debug, Clone, Default)]
pub(crate) struct CellScore {
    pub(crate) found: Share,
    /// An example of what was missed: base, key, what the detector said instead.
    pub(crate) missed: Option<String>,
}

/// What came of the injected corpus.
#[derive(Debug, Clone, Default)]
pub(crate) struct Injected {
    pub(crate) cells: BTreeMap<Cell, CellScore>,
    /// Kinds that alert in a request that has none of it: planted kind, alerting kind.
    pub(crate) wrong_kinds: BTreeMap<(Kind, String), usize>,
    /// By key, over the reachable cells: which spellings are not known.
    pub(crate) keys: BTreeMap<(Kind, String), Share>,
    /// Requests that would have been blocked, though nothing here is on any list.
    pub(crate) blocks: Share,
    /// Labels that the independent reader disputes.
    pub(crate) objections: Vec<String>,
    pub(crate) requests: usize,
    pub(crate) bases_captured: usize,
    pub(crate) bases_authored: usize,
    /// The same requests, shown to detectors that know a value.
    pub(crate) typed: Typed,
}

impl Injected {
    /// The cells that fit, summed up.
    pub(crate) fn sum(&self, fits: impl Fn(&Cell) -> bool) -> Share {
        let fitting = self.cells.iter().filter(|(cell, _)| fits(cell));
        fitting.map(|(_, score)| score.found).sum()
    }

    /// The reachable cells.
    pub(crate) fn recall(&self) -> Share {
        self.sum(|cell| cell.encoding.is_reachable())
    }

    /// The unreachable cells.
    pub(crate) fn unreachable(&self) -> Share {
        self.sum(|cell| !cell.encoding.is_reachable())
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> Share {
        self.sum(|cell| cell.kind == kind && cell.encoding.is_reachable())
    }

    pub(crate) fn of_encoding(&self, encoding: Encoding) -> Share {
        self.sum(|cell| cell.encoding == encoding)
    }

    pub(crate) fn of_container(&self, container: Container) -> Share {
        self.sum(|cell| cell.container == container && cell.encoding.is_reachable())
    }
}

/// All that was measured of the detector alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    pub(crate) injected: Injected,
    pub(crate) ordinary: Quiet,
    pub(crate) twins: Quiet,
    pub(crate) lookalikes: Quiet,
    /// `None` where there are no captures.
    pub(crate) captured: Option<OfCaptures>,
    pub(crate) learned: OfLearned,
}

impl Measured {
    /// Of all alerts in the injected corpus, its twins and the look-alikes, those that are right.
    pub(crate) fn precision(&self) -> Share {
        let right = self.injected.recall().hits + self.injected.unreachable().hits;
        let wrong = self.injected.wrong_kinds.values().sum::<usize>()
            + self.twins.alerts.hits
            + self.lookalikes.alerts.hits
            + self.ordinary.alerts.hits
            + self
                .captured
                .as_ref()
                .map_or(0, |of| of.harmless.alerts.hits);
        Share {
            hits: right,
            of: right + wrong,
        }
    }

    /// Alerts on ordinary traffic, captured and authored.
    pub(crate) fn false_alerts(&self) -> Share {
        let mut all = self.ordinary.alerts;
        if let Some(captured) = &self.captured {
            all.merge(captured.harmless.alerts);
        }
        all
    }

    /// Blocks of anything that is on no list.
    pub(crate) fn false_blocks(&self) -> Share {
        let mut all = self.injected.blocks;
        for quiet in [&self.ordinary, &self.twins, &self.lookalikes] {
            all.merge(quiet.blocks);
        }
        if let Some(captured) = &self.captured {
            all.merge(captured.harmless.blocks);
        }
        all
    }
}

/// Measures everything that needs no engine.
pub(crate) fn measure(size: Size) -> Measured {
    let subject = Subject::new();
    let captured = captures::folder().map(|folder| captures::read(&folder));
    let from_captures = captured
        .as_deref()
        .map(negatives::bases)
        .unwrap_or_default();
    let authored = shapes(SEED, 0);
    let bases: Vec<Request> = from_captures.iter().chain(&authored).cloned().collect();
    let mut injected = inject(size, &bases);
    injected.bases_captured = from_captures.len();
    injected.bases_authored = authored.len();
    Measured {
        injected,
        ordinary: negatives::ordinary(&subject, SEED, size.rounds),
        twins: negatives::twins(&subject, SEED, size.per_cell, &bases),
        lookalikes: negatives::lookalikes(&subject, SEED, size.rounds, &bases),
        captured: captured
            .as_deref()
            .map(|all| negatives::captured(&subject, all)),
        learned: learned(size, SEED, captured.as_deref()),
    }
}

/// On as many threads as the machine has processors; the outcome does not depend on them.
fn inject(size: Size, bases: &[Request]) -> Injected {
    let cells: Vec<Cell> = Cell::all()
        .filter(|cell| cell.why_not().is_none())
        .collect();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = cells.len().div_ceil(workers);
    let parts: Vec<Injected> = thread::scope(|scope| {
        let work = |cells| move || inject_some(size, cells, bases);
        let running: Vec<_> = cells
            .chunks(share)
            .map(|cells| scope.spawn(work(cells)))
            .collect();
        running
            .into_iter()
            .map(|one| one.join().expect("a part of the corpus"))
            .collect()
    });
    parts
        .into_iter()
        .fold(Injected::default(), |mut all, part| {
            all.cells.extend(part.cells);
            for (key, count) in part.wrong_kinds {
                *all.wrong_kinds.entry(key).or_default() += count;
            }
            for (key, share) in part.keys {
                all.keys.entry(key).or_default().merge(share);
            }
            all.blocks.merge(part.blocks);
            all.objections.extend(part.objections);
            all.requests += part.requests;
            all.typed.merge(part.typed);
            all
        })
}

fn inject_some(size: Size, cells: &[Cell], bases: &[Request]) -> Injected {
    let subject = Subject::new();
    let mut all = Injected::default();
    for cell in cells {
        for planted in plant(*cell, size.per_cell, SEED, bases) {
            if let Some(objection) = check::objection(&planted) {
                all.objections
                    .push(format!("{}: {objection}", name(&planted)));
            }
            let seen = subject.stream(NOWHERE, None, &planted.request.to_bytes());
            note(&mut all, &planted, &seen);
            all.typed.show(&planted, SEED);
        }
    }
    all
}

fn note(all: &mut Injected, planted: &Planted, seen: &Seen) {
    let cell = planted.cell;
    let words = cell.kind.words();
    let hit = seen
        .alerts
        .iter()
        .any(|kind| words.contains(&kind.as_str()));
    let score = all.cells.entry(cell).or_default();
    score.found.add(hit);
    if !hit && score.missed.is_none() {
        score.missed = Some(format!(
            "key {:?}, alerts {:?}, quiet {:?}",
            planted.key, seen.alerts, seen.quiet
        ));
    }
    if cell.encoding.is_reachable() {
        all.keys
            .entry((cell.kind, planted.key.clone()))
            .or_default()
            .add(hit);
    }
    for kind in seen
        .alerts
        .iter()
        .filter(|kind| !words.contains(&kind.as_str()))
    {
        *all.wrong_kinds
            .entry((cell.kind, kind.clone()))
            .or_default() += 1;
    }
    all.blocks.add(seen.blocked);
    all.requests += 1;
}

fn name(planted: &Planted) -> String {
    let Cell {
        kind,
        encoding,
        container,
    } = planted.cell;
    format!(
        "{}, {}, {}, {} in {}",
        kind.name(),
        encoding.name(),
        container.name(),
        planted.key,
        planted.request.name
    )
}
