//! What was found, and what was told without reason.

use std::collections::{BTreeMap, BTreeSet};

use gasket_core::beacon::{Evidence, Occasion};
use gasket_core::tables::Places;
use gasket_tests::score::Share;

use super::apps::When;
use super::habits::Boots;
use super::life::{DAY, MINUTE};
use super::phone::{Design, Phone, Sort};
use super::planted::{Case, Kind};
use super::watch::{Verdict, Watched, watch};

/// Of planted beacons: how many were found.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Found {
    /// Among those with the events that the measure asks for, by the last of these.
    pub(crate) by_then: Share,
    /// Among those with eight events or more, within the month.
    pub(crate) in_month: Share,
    /// Of the latter, those not found that were told of as something else.
    pub(crate) otherwise: usize,
    /// Of the latter, those not told of at all.
    pub(crate) silent: usize,
}

impl Found {
    fn merge(&mut self, other: Self) {
        self.by_then.merge(other.by_then);
        self.in_month.merge(other.in_month);
        self.otherwise += other.otherwise;
        self.silent += other.silent;
    }
}

/// What was told of ordinary apps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Alarms {
    pub(crate) phones: usize,
    /// Phones without any, and without any that is not so.
    pub(crate) calm: Share,
    pub(crate) without_wrong: Share,
    pub(crate) verdicts: usize,
    /// Not true of the app by its design.
    pub(crate) not_so: usize,
    /// Of apps that came with the phone, and of these what is not so.
    pub(crate) of_system: usize,
    pub(crate) of_system_not_so: usize,
    /// Pairs of app and destination.
    pub(crate) pairs: usize,
    /// At worst on one phone.
    pub(crate) most: usize,
}

impl Alarms {
    pub(crate) fn add(&mut self, other: &Self) {
        self.phones += other.phones;
        self.calm.merge(other.calm);
        self.without_wrong.merge(other.without_wrong);
        self.verdicts += other.verdicts;
        self.not_so += other.not_so;
        self.of_system += other.of_system;
        self.of_system_not_so += other.of_system_not_so;
        self.pairs += other.pairs;
        self.most = self.most.max(other.most);
    }
}

/// Numbers of events by which beacons are counted as found, besides the one that the measure asks for.
const BY: [usize; 12] = [5, 8, 9, 10, 12, 15, 20, 24, 28, 50, 100, 200];

#[derive(Debug, Clone, Default)]
pub(crate) struct Score {
    pub(crate) kinds: BTreeMap<Kind, Found>,
    /// Among those with so many events, found by the last of these.
    pub(crate) by: BTreeMap<(Kind, usize), Share>,
    pub(crate) cases: BTreeMap<Case, Found>,
    pub(crate) both: BTreeMap<(Kind, Case), Found>,
    pub(crate) boots: BTreeMap<(Boots, Kind), Found>,
    pub(crate) alone: BTreeMap<Kind, Found>,
    /// By how many beacons the phone has: ten of each kind, one, none.
    pub(crate) alarms: [Alarms; 3],
    /// What was told, of what kind of app, whether it is true by design.
    pub(crate) told: BTreeMap<(bool, &'static str, String), usize>,
    /// Planted beacons of a kind told of as something else.
    pub(crate) mistaken: BTreeMap<(Kind, String), usize>,
    pub(crate) shown: usize,
    pub(crate) taken: usize,
    pub(crate) bytes: usize,
    pub(crate) strange: usize,
}

impl Score {
    pub(crate) fn merge(&mut self, other: &Self) {
        merge(&mut self.kinds, &other.kinds);
        for (key, share) in &other.by {
            self.by.entry(*key).or_default().merge(*share);
        }
        merge(&mut self.cases, &other.cases);
        merge(&mut self.both, &other.both);
        merge(&mut self.boots, &other.boots);
        merge(&mut self.alone, &other.alone);
        for (mine, theirs) in self.alarms.iter_mut().zip(&other.alarms) {
            mine.add(theirs);
        }
        for (key, count) in &other.told {
            *self.told.entry(key.clone()).or_default() += count;
        }
        for (key, count) in &other.mistaken {
            *self.mistaken.entry(key.clone()).or_default() += count;
        }
        self.shown += other.shown;
        self.taken += other.taken;
        self.bytes = self.bytes.max(other.bytes);
        self.strange += other.strange;
    }
}

fn merge<K: Ord + Copy>(mine: &mut BTreeMap<K, Found>, theirs: &BTreeMap<K, Found>) {
    for (key, found) in theirs {
        mine.entry(*key).or_default().merge(*found);
    }
}

pub(crate) fn measure(seed: u64, sort: Sort, places: &Places) -> Score {
    let phone = Phone::draw(seed, sort, places);
    score(&phone, &watch(&phone))
}

pub(crate) fn score(phone: &Phone, watched: &Watched) -> Score {
    let mut score = Score {
        shown: watched.shown,
        taken: watched.taken,
        bytes: watched.bytes,
        strange: watched.strange,
        ..Score::default()
    };
    for (index, planted) in phone.planted.iter().enumerate() {
        let verdicts = verdicts_on(phone, watched, index);
        let found = found(phone, index, &verdicts);
        for by in BY {
            let share = by_event(phone, index, &verdicts, by);
            let key = (planted.kind, by);
            score.by.entry(key).or_default().merge(share);
        }
        let (kind, case) = (planted.kind, planted.case);
        score.kinds.entry(kind).or_default().merge(found);
        score.cases.entry(case).or_default().merge(found);
        score.both.entry((kind, case)).or_default().merge(found);
        let boots = (phone.life.habits.boots, kind);
        score.boots.entry(boots).or_default().merge(found);
        if phone.sort == Sort::One {
            score.alone.entry(kind).or_default().merge(found);
        }
        for verdict in verdicts {
            if !names(kind, &verdict.evidence) {
                let key = (kind, told(&verdict.evidence));
                *score.mistaken.entry(key).or_default() += 1;
            }
        }
    }
    alarms(phone, watched, &mut score);
    score
}

fn first(kind: Kind, verdicts: &[&Verdict]) -> Option<u64> {
    verdicts
        .iter()
        .find(|verdict| names(kind, &verdict.evidence))
        .map(|verdict| verdict.at)
}

/// Whether a planted beacon was found by so many events; of none where it had fewer.
fn by_event(phone: &Phone, index: usize, verdicts: &[&Verdict], by: usize) -> Share {
    let first = first(phone.planted[index].kind, verdicts);
    let mut share = Share::default();
    if let Some(last) = phone.seen_answers(index).get(by - 1) {
        // The connection of the last event ends some minutes later, and the detector hears the time.
        let until = last.contact.unwrap_or(last.told) + 20 * MINUTE;
        share.add(first.is_some_and(|at| at <= until));
    }
    share
}

fn found(phone: &Phone, index: usize, verdicts: &[&Verdict]) -> Found {
    let kind = phone.planted[index].kind;
    let answers = phone.seen_answers(index);
    let first = first(kind, verdicts);
    let mut found = Found {
        by_then: by_event(phone, index, verdicts, kind.by()),
        ..Found::default()
    };
    if answers.len() >= 8 {
        found.in_month.add(first.is_some());
        if first.is_none() {
            let otherwise = !verdicts.is_empty();
            found.otherwise += usize::from(otherwise);
            found.silent += usize::from(!otherwise);
        }
    }
    found
}

/// Whether a verdict names the kind of a planted beacon.
fn names(kind: Kind, evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Event { trigger, .. } => match kind {
            Kind::Boot => matches!(trigger, Occasion::Boot | Occasion::FirstUnlock),
            Kind::Unlock => matches!(trigger, Occasion::Unlock | Occasion::ScreenOn),
            Kind::Sim => *trigger == Occasion::SimChange,
            Kind::Update => *trigger == Occasion::OwnUpdate,
            Kind::Day | Kind::ThreeDays => false,
        },
        Evidence::Period { period_s, .. } => match kind {
            Kind::Day => near(*period_s as f64, DAY as f64),
            Kind::ThreeDays => near(*period_s as f64, 3.0 * DAY as f64),
            _ => false,
        },
    }
}

/// Whether seconds are within a tenth of milliseconds.
fn near(seconds: f64, milliseconds: f64) -> bool {
    (seconds * 1000.0 / milliseconds - 1.0).abs() <= 0.1
}

/// Whether a planted beacon with eight events or more was found within the month.
pub(crate) fn found_in_month(phone: &Phone, watched: &Watched, index: usize) -> Option<bool> {
    let found = found(phone, index, &verdicts_on(phone, watched, index));
    (found.in_month.of > 0).then_some(found.in_month.hits > 0)
}

fn verdicts_on<'a>(phone: &Phone, watched: &'a Watched, index: usize) -> Vec<&'a Verdict> {
    let planted = &phone.planted[index];
    watched
        .verdicts
        .iter()
        .filter(|verdict| verdict.app == Some(planted.app) && verdict.dest == planted.dest)
        .collect()
}

/// What was told of ordinary pairs of app and destination, and whether it is true by design.
pub(crate) fn alarms_of<'a>(phone: &Phone, watched: &'a Watched) -> Vec<(&'a Verdict, bool)> {
    let is_planted = |verdict: &Verdict| {
        phone
            .planted
            .iter()
            .any(|planted| verdict.app == Some(planted.app) && verdict.dest == planted.dest)
    };
    watched
        .verdicts
        .iter()
        .filter(|verdict| !is_planted(verdict))
        .map(|verdict| {
            let designs = verdict
                .app
                .and_then(|app| phone.designs.get(&(app, verdict.dest)));
            let true_of_it = designs.is_some_and(|designs| {
                designs
                    .iter()
                    .any(|design| is_by_design(design, &verdict.evidence))
            });
            (verdict, true_of_it)
        })
        .collect()
}

fn alarms(phone: &Phone, watched: &Watched, score: &mut Score) {
    let (mut pairs, mut wrong, mut verdicts) = (BTreeSet::new(), 0, 0);
    let (mut of_system, mut of_system_not_so) = (0, 0);
    for (verdict, true_of_it) in alarms_of(phone, watched) {
        if verdict.app.is_some_and(|app| phone.apps[app].owner.system) {
            of_system += 1;
            of_system_not_so += usize::from(!true_of_it);
        }
        let kind = verdict
            .app
            .map_or("owner not known", |app| phone.apps[app].kind);
        verdicts += 1;
        wrong += usize::from(!true_of_it);
        pairs.insert((verdict.app, verdict.dest));
        let key = (true_of_it, kind, told(&verdict.evidence));
        *score.told.entry(key).or_default() += 1;
    }
    let alarms = &mut score.alarms[phone.sort as usize];
    alarms.phones += 1;
    alarms.calm.add(verdicts == 0);
    alarms.without_wrong.add(wrong == 0);
    alarms.verdicts += verdicts;
    alarms.not_so += wrong;
    alarms.of_system += of_system;
    alarms.of_system_not_so += of_system_not_so;
    alarms.pairs += pairs.len();
    alarms.most = alarms.most.max(verdicts);
}

/// Whether what is told of an app is what it is made to do.
fn is_by_design(design: &Design, evidence: &Evidence) -> bool {
    match evidence {
        Evidence::Event { trigger, .. } => match trigger {
            Occasion::Boot => matches!(design.when, When::Boot { .. }),
            Occasion::FirstUnlock => {
                matches!(design.when, When::Boot { .. } | When::Unlock { .. })
            }
            Occasion::Unlock | Occasion::ScreenOn => {
                matches!(design.when, When::Unlock { .. } | When::ScreenOn { .. })
            }
            Occasion::SimChange => matches!(design.when, When::Sim { .. }),
            Occasion::ServiceChange => matches!(design.when, When::Service { .. }),
            Occasion::Connectivity => {
                matches!(design.when, When::Connect { .. } | When::Held { .. })
            }
            Occasion::Charging => matches!(design.when, When::Plugged { .. }),
            Occasion::PackageChange => {
                matches!(design.when, When::Installed { own: false, .. })
            }
            Occasion::OwnUpdate => matches!(design.when, When::Installed { .. }),
            _ => false,
        },
        Evidence::Period { period_s, .. } => {
            let seconds = *period_s as f64;
            match design.when {
                When::Job { flex, .. } => design.period.is_some_and(|period| {
                    // Early by its flexibility, late by Doze.
                    let period = period as f64 / 1000.0;
                    seconds >= period * (1.0 - flex) * 0.9 && seconds <= period * 1.25
                }),
                When::Alarm { period, .. } | When::Interval { period, .. } => {
                    near(seconds, period as f64)
                }
                When::Clock { days, .. } => near(seconds, (days * DAY) as f64),
                When::Nightly { .. } => near(seconds, DAY as f64),
                _ => false,
            }
        }
    }
}

fn told(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Event { trigger, .. } => format!("{trigger:?}"),
        Evidence::Period { period_s, .. } => {
            let hours = *period_s as f64 / 3600.0;
            let rough = match hours {
                ..1.5 => "an hour or less",
                ..6.0 => "1.5 to 6 h",
                ..18.0 => "6 to 18 h",
                ..30.0 => "18 to 30 h",
                ..60.0 => "30 to 60 h",
                _ => "60 h or more",
            };
            format!("each {rough}")
        }
    }
}
