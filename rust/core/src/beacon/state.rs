//! What is remembered, as bytes: fingerprints, counts and times, no app, name or address.
//!
//! All numbers little-endian. `GSKTBCN7`; the time of the latest call and since when the clock was not set back (8 and 8);
//! since when the phone is on, when it was switched on, when a connection began last and how long it is between two (8 each);
//! whether the device is locked since it was switched on (1); when the screen came on and went off (8 and 8);
//! destinations with and without a name (4 and 4); of each kind of event the latest (8) and which windows are complete
//! (1). Number of pauses (2), of each its beginning and end (4 and 4); number of boots (2), of each its chance (1), with which the SIM
//! had changed (8); number of the times of boots (2), of each the time (4). Number of stretches in which a charger was connected (2), of
//! each its beginning and end (4 and 4), and since when one is (4). Number of apps (2), of each its fingerprint (8),
//! those of four packages (32), its latest update (9).
//! Number of pairs (2), those that are no strands first, of each what [`pair`](super::pair) has but names, and of its counts those that are not
//! empty, behind a mask (8). Last a keyed sum of all before (8).

use std::fmt;

use super::boots::{Answers, BOOTS_MAX, Boots, Close, Lately};
use super::charging::{CHARGED_MAX, Charging};
use super::occasions::{Count, EPOCH, KINDS, Kind, WINDOWS};
use super::pair::Pair;
use super::pauses::{PAUSES_MAX, Pause};
use super::period::{KEPT, Series};
use super::store::{APPS_MAX, App, Latest, PACKAGES, PAIRS_MAX, PAIRS_OF_APP_MAX};
use super::strands::STRANDS_MAX;
use super::telling::{SAMPLES, SORTS, Sample, Usual};
use super::{Beacons, LATEST_MS, NAMES_MAX};

/// The digit is the version of the layout.
const MAGIC: &[u8; 8] = b"GSKTBCN7";
/// Of the versions before.
const MAGICS_BEFORE: [&[u8; 8]; 6] = [
    b"GSKTBCN1",
    b"GSKTBCN2",
    b"GSKTBCN3",
    b"GSKTBCN4",
    b"GSKTBCN5",
    b"GSKTBCN6",
];
const LATEST_LEN: usize = 8 + 1;
const GLOBALS_LEN: usize = 6 * 8
    + 1
    + 8
    + 8
    + 4
    + 4
    + KINDS * LATEST_LEN
    + 2
    + PAUSES_MAX * 8
    + 2
    + BOOTS_MAX
    + 8
    + 2
    + BOOTS_MAX * 4
    + 2
    + CHARGED_MAX * 8
    + 4;
const APP_LEN: usize = 8 + PACKAGES * 8 + LATEST_LEN;
const COUNT_LEN: usize = 4 + 2 + 2;
const SERIES_LEN: usize = KEPT * 2 + 4 + 2 + 2 + 4;
const PAIR_LEN: usize = 2 * 8
    + 4
    + 4 * 4
    + 2
    + 2 * 8
    + 4
    + SORTS * SAMPLES * 4
    + 2
    + 6
    + 2 * SERIES_LEN
    + 4
    + 2
    + 4
    + 3
    + 3 * 8
    + 1
    + 4
    + 3
    + 1
    + 8
    + KINDS * WINDOWS * COUNT_LEN;
const SUM_LEN: usize = 8;

/// Most bytes that state can have: 1.6 MB.
pub const STATE_MAX: usize =
    MAGIC.len() + GLOBALS_LEN + 2 + APPS_MAX * APP_LEN + 2 + PAIRS_MAX * PAIR_LEN + SUM_LEN;

/// Why bytes are no state of this memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateError {
    /// They do not begin as state of this version does.
    Version,
    /// They are damaged, or were made with another key.
    Sum,
    /// The sum is right, but what they say is impossible; the name of the part.
    Part(&'static str),
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Version => "it does not begin with GSKTBCN7, so this version cannot read it",
            Self::Sum => "it is damaged, or was made with another key",
            Self::Part(part) => {
                return write!(f, "its {part} cannot be. Remove it to begin anew");
            }
        };
        write!(
            f,
            "{what}. Put the right file back, or remove it to begin anew"
        )
    }
}

impl std::error::Error for StateError {}

pub(super) fn write(beacons: &Beacons) -> Vec<u8> {
    let mut out = Writer(MAGIC.to_vec());
    out.u64(beacons.now_ms);
    out.u64(beacons.since_ms);
    out.u64(beacons.on_since_ms);
    out.u64(beacons.boot_ms);
    out.u64(beacons.last_flow_ms);
    out.u64(beacons.mean_gap_ms);
    out.u8(beacons.is_locked.into());
    out.u64(beacons.screen_on_ms);
    out.u64(beacons.screen_off_ms);
    out.u32(beacons.named);
    out.u32(beacons.unnamed);
    for latest in &beacons.latest {
        out.latest(latest.as_ref());
    }
    out.u16(beacons.pauses.0.len() as u16);
    for pause in &beacons.pauses.0 {
        out.u32(pause.from);
        out.u32(pause.to);
    }
    out.u16(beacons.boots.chances.len() as u16);
    for chance in &beacons.boots.chances {
        out.u8(*chance);
    }
    out.u64(beacons.boots.with_sim);
    out.u16(beacons.boots.at.len() as u16);
    for at in &beacons.boots.at {
        out.u32(*at);
    }
    out.u16(beacons.charging.over.len() as u16);
    for (from, to) in &beacons.charging.over {
        out.u32(*from);
        out.u32(*to);
    }
    out.u32(beacons.charging.since);
    out.u16(beacons.store.apps.len() as u16);
    for (id, app) in &beacons.store.apps {
        out.u64(*id);
        for package in app.packages {
            out.u64(package);
        }
        out.latest(app.updated.as_ref());
    }
    let pairs = || beacons.store.pairs.iter().flatten();
    out.u16(pairs().count() as u16);
    // Strands need the pair that they are of.
    let (strands, mains): (Vec<_>, Vec<_>) = pairs().partition(|pair| pair.is_strand());
    for pair in mains.into_iter().chain(strands) {
        out.pair(pair);
    }
    let sum = beacons.seal.sum(&out.0);
    out.u64(sum);
    out.0
}

/// Fills `empty`, made with the key, with what `bytes` say.
pub(super) fn read(bytes: &[u8], mut empty: Beacons) -> Result<Beacons, StateError> {
    if MAGICS_BEFORE.iter().any(|magic| bytes.starts_with(*magic)) {
        return Ok(empty);
    }
    let (body, sum) = bytes
        .split_last_chunk::<SUM_LEN>()
        .ok_or(StateError::Version)?;
    let mut rest = Reader(body.strip_prefix(MAGIC).ok_or(StateError::Version)?);
    if empty.seal.sum(body).to_le_bytes() != *sum {
        return Err(StateError::Sum);
    }
    let pairs = rest
        .all(&mut empty)
        .filter(|_| rest.0.is_empty())
        .ok_or(StateError::Part("length"))?;
    let times = [
        empty.now_ms,
        empty.since_ms,
        empty.on_since_ms,
        empty.boot_ms,
        empty.last_flow_ms,
        empty.mean_gap_ms,
    ];
    let events = empty.latest.iter().flatten();
    let updates = empty
        .store
        .apps
        .values()
        .filter_map(|app| app.updated.as_ref());
    let mut moments = events
        .chain(updates)
        .map(|latest| latest.at_ms)
        .chain(times);
    if !moments.all(|moment| moment < LATEST_MS) {
        return Err(StateError::Part("times"));
    }
    let mut before = 0;
    for pause in &empty.pauses.0 {
        if pause.from < before || pause.to < pause.from || u64::from(pause.to) > LATEST_MS / 1000 {
            return Err(StateError::Part("pauses"));
        }
        before = pause.to;
    }
    if empty.pauses.0.len() > PAUSES_MAX || !are_sound(&empty.boots) {
        return Err(StateError::Part("pauses"));
    }
    if !can_be(&empty.charging) {
        return Err(StateError::Part("charging"));
    }
    if empty.named.max(empty.unnamed) > NAMES_MAX {
        return Err(StateError::Part("names"));
    }
    if empty.store.apps.len() > APPS_MAX {
        return Err(StateError::Part("number of apps"));
    }
    if pairs.len() > PAIRS_MAX {
        return Err(StateError::Part("number of pairs"));
    }
    let unnamed = empty.seal.unnamed();
    for pair in pairs {
        let app = empty.store.apps.get(&pair.app);
        let has_room = app.is_some_and(|app| app.slots.len() < PAIRS_OF_APP_MAX);
        let has_main = empty.store.find(pair.app, pair.destination).is_some();
        let strands = empty
            .store
            .strands(pair.app, pair.destination, pair.is_tight);
        let is_unnamed = pair.destination == unnamed;
        let has_place = match pair.is_strand() {
            true => (has_main || is_unnamed) && strands.len() < STRANDS_MAX,
            false => !has_main,
        };
        if !has_room || !has_place || !is_sound(&pair) {
            return Err(StateError::Part("pairs"));
        }
        empty.store.insert(pair);
    }
    if empty.store.apps.values().any(|app| app.slots.is_empty()) {
        return Err(StateError::Part("apps"));
    }
    empty.due_ms = empty.next_due();
    Ok(empty)
}

fn can_be(charging: &Charging) -> bool {
    let mut before = 0;
    let mut are_in_order = |(from, to): &(u32, u32)| {
        let is_after = before <= *from && from <= to;
        before = *to;
        is_after
    };
    charging.over.len() <= CHARGED_MAX
        && charging.over.iter().all(&mut are_in_order)
        && (charging.since == 0 || before <= charging.since)
        && u64::from(before.max(charging.since)) <= LATEST_MS / 1000
}

fn are_sound(boots: &Boots) -> bool {
    let are_times = boots
        .at
        .iter()
        .all(|at| u64::from(*at) <= LATEST_MS / 60_000);
    boots.chances.len() <= BOOTS_MAX
        && boots.at.len() <= BOOTS_MAX
        && boots
            .at
            .iter()
            .is_sorted_by(|later, earlier| later >= earlier)
        && are_times
}

fn is_sound(pair: &Pair) -> bool {
    let is_sound = |(at, count): (usize, &Count)| {
        let kind = Kind::ALL.get(at / WINDOWS);
        let window = kind.and_then(|kind| kind.windows().get(at % WINDOWS));
        let most = window.map_or(0, |window| window.stretches - 1);
        let others_now = count.others_now & 0x7f;
        count.hits <= count.trials
            && count.trials <= EPOCH
            && count.hits_before <= EPOCH
            && count.others <= u16::from(count.trials) * u16::from(u8::MAX)
            && match count.last {
                u8::MAX => count.others_now == 0,
                last => last <= most && others_now <= last,
            }
    };
    let is_possible = |series: &Series| {
        usize::from(series.kept) <= KEPT
            && usize::from(series.next) < KEPT
            && u64::from(series.last) <= LATEST_MS / 60_000
    };
    pair.counts.iter().flatten().enumerate().all(is_sound)
        && is_possible(&pair.alone)
        && is_possible(&pair.alike)
        && pair.usual.is_sound()
        && pair
            .answers
            .lately
            .hits
            .saturating_add(pair.answers.lately.is_open.into())
            <= pair.answers.lately.of
}

struct Writer(Vec<u8>);

impl Writer {
    fn u8(&mut self, number: u8) {
        self.0.push(number);
    }

    fn u16(&mut self, number: u16) {
        self.0.extend(number.to_le_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn u64(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    /// 0 for none: no clock that is believed says so.
    fn latest(&mut self, latest: Option<&Latest>) {
        self.u64(latest.map_or(0, |latest| latest.at_ms));
        let done = latest.map_or([false; WINDOWS], |latest| latest.done);
        self.u8(done
            .iter()
            .rev()
            .fold(0, |bits, done| bits << 1 | u8::from(*done)));
    }

    fn pair(&mut self, pair: &Pair) {
        self.u64(pair.app);
        self.u64(pair.destination);
        self.u16(pair.said.sent);
        self.u16(pair.said.received);
        self.u32(pair.last_start);
        self.u32(pair.last_end);
        self.u32(pair.last_alone);
        self.u32(pair.last_alike);
        self.u16(pair.after_update_s);
        self.u64(pair.sent);
        self.u64(pair.received);
        self.u32(pair.flows);
        for sample in pair.samples.iter().flat_map(|samples| &samples.0) {
            self.u16(sample.sent);
            self.u16(sample.received);
        }
        self.u8(pair.storms);
        self.u16(pair.told);
        self.u8(pair.unanswered);
        self.u8(pair.held);
        self.u8(pair.skipped);
        self.u8(pair.no_dns.into());
        self.u8(pair.is_tight.into());
        self.u32(pair.attended);
        self.u16(pair.looks);
        self.u16(pair.usual.sample.sent);
        self.u16(pair.usual.sample.received);
        self.u8(pair.usual.votes);
        self.u8(pair.usual.like);
        self.u8(pair.usual.unlike);
        for bits in [pair.answers.known, pair.answers.counted, pair.answers.spoke] {
            self.u64(bits);
        }
        self.u8(pair.answers.gone);
        let close = pair.answers.close;
        for byte in [close.times, close.votes as u8, close.boot_s, close.sim_s] {
            self.u8(byte);
        }
        self.u8(pair.answers.lately.of);
        self.u8(pair.answers.lately.hits);
        self.u8(pair.answers.lately.is_open.into());
        self.u8(pair.by_itself);
        for series in [&pair.alone, &pair.alike] {
            for gap in series.gaps {
                self.u16(gap);
            }
            self.u32(series.last);
            self.u8(series.kept);
            self.u8(series.next);
            self.u16(series.intervals);
            self.u32(series.marked);
        }
        let counts = || pair.counts.iter().flatten().enumerate();
        let filled = || counts().filter(|(_, count)| **count != Count::default());
        self.u64(filled().fold(0, |mask, (at, _)| mask | 1 << at));
        for (_, count) in filled() {
            self.u8(count.trials);
            self.u8(count.hits);
            self.u8(count.hits_before);
            self.u8(count.epochs);
            self.u16(count.others);
            self.u8(count.others_now);
            self.u8(count.last);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    fn latest(&mut self) -> Option<Option<Latest>> {
        let (at_ms, bits) = (self.u64()?, self.u8()?);
        let mut done = [false; WINDOWS];
        for (at, done) in done.iter_mut().enumerate() {
            *done = bits >> at & 1 == 1;
        }
        Some((at_ms > 0).then_some(Latest { at_ms, done }))
    }

    /// Reads all but the pairs into `beacons`, and gives the pairs.
    fn all(&mut self, beacons: &mut Beacons) -> Option<Vec<Pair>> {
        beacons.now_ms = self.u64()?;
        beacons.since_ms = self.u64()?;
        beacons.on_since_ms = self.u64()?;
        beacons.boot_ms = self.u64()?;
        beacons.last_flow_ms = self.u64()?;
        beacons.mean_gap_ms = self.u64()?;
        beacons.is_locked = self.u8()? != 0;
        beacons.screen_on_ms = self.u64()?;
        beacons.screen_off_ms = self.u64()?;
        beacons.named = self.u32()?;
        beacons.unnamed = self.u32()?;
        for latest in &mut beacons.latest {
            *latest = self.latest()?;
        }
        for _ in 0..self.u16()? {
            let (from, to) = (self.u32()?, self.u32()?);
            beacons.pauses.0.push_back(Pause { from, to });
        }
        for _ in 0..self.u16()? {
            let chance = self.u8()?;
            beacons.boots.chances.push_back(chance);
        }
        beacons.boots.with_sim = self.u64()?;
        for _ in 0..self.u16()? {
            let at = self.u32()?;
            beacons.boots.at.push_back(at);
        }
        for _ in 0..self.u16()? {
            let stretch = (self.u32()?, self.u32()?);
            beacons.charging.over.push_back(stretch);
        }
        beacons.charging.since = self.u32()?;
        for _ in 0..self.u16()? {
            let id = self.u64()?;
            let mut app = App::default();
            for package in &mut app.packages {
                *package = self.u64()?;
            }
            app.updated = self.latest()?;
            beacons.store.apps.insert(id, app);
        }
        (0..self.u16()?).map(|_| self.pair()).collect()
    }

    fn pair(&mut self) -> Option<Pair> {
        let mut pair = Pair::new(self.u64()?, self.u64()?);
        (pair.said.sent, pair.said.received) = (self.u16()?, self.u16()?);
        pair.last_start = self.u32()?;
        pair.last_end = self.u32()?;
        pair.last_alone = self.u32()?;
        pair.last_alike = self.u32()?;
        pair.after_update_s = self.u16()?;
        pair.sent = self.u64()?;
        pair.received = self.u64()?;
        pair.flows = self.u32()?;
        for sample in pair.samples.iter_mut().flat_map(|samples| &mut samples.0) {
            let (sent, received) = (self.u16()?, self.u16()?);
            *sample = Sample { sent, received };
        }
        pair.storms = self.u8()?;
        pair.told = self.u16()?;
        pair.unanswered = self.u8()?;
        pair.held = self.u8()?;
        pair.skipped = self.u8()?;
        pair.no_dns = self.u8()? != 0;
        pair.is_tight = self.u8()? != 0;
        pair.attended = self.u32()?;
        pair.looks = self.u16()?;
        pair.usual = Usual {
            sample: Sample {
                sent: self.u16()?,
                received: self.u16()?,
            },
            votes: self.u8()?,
            like: self.u8()?,
            unlike: self.u8()?,
        };
        pair.answers = Answers {
            known: self.u64()?,
            counted: self.u64()?,
            spoke: self.u64()?,
            gone: self.u8()?,
            close: Close {
                times: self.u8()?,
                votes: self.u8()? as i8,
                boot_s: self.u8()?,
                sim_s: self.u8()?,
            },
            lately: Lately {
                of: self.u8()?,
                hits: self.u8()?,
                is_open: self.u8()? != 0,
            },
        };
        pair.by_itself = self.u8()?;
        pair.alone = self.series()?;
        pair.alike = self.series()?;
        let mask = self.u64()?;
        for (at, count) in pair.counts.iter_mut().flatten().enumerate() {
            if mask >> at & 1 == 1 {
                *count = self.count()?;
            }
        }
        Some(pair)
    }

    fn series(&mut self) -> Option<Series> {
        let mut series = Series::default();
        for gap in &mut series.gaps {
            *gap = self.u16()?;
        }
        series.last = self.u32()?;
        series.kept = self.u8()?;
        series.next = self.u8()?;
        series.intervals = self.u16()?;
        series.marked = self.u32()?;
        Some(series)
    }

    fn count(&mut self) -> Option<Count> {
        Some(Count {
            trials: self.u8()?,
            hits: self.u8()?,
            hits_before: self.u8()?,
            epochs: self.u8()?,
            others: self.u16()?,
            others_now: self.u8()?,
            last: self.u8()?,
        })
    }
}
