//! What happens to one phone in 30 days, before any app speaks.

mod changes;
mod habits;
mod rest;
mod uses;

use gasket_core::facts::Trigger;

use crate::dice::Dice;
use crate::span::{DAY, HOUR, MINUTE, SECOND, Span, Spans};
pub(crate) use habits::{Boots, Habits};

/// How long a phone is watched.
pub(crate) const DAYS: u64 = 30;
/// The end of its time.
pub(crate) const END: u64 = DAYS * DAY;

/// An event as the phone has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Happened {
    pub(crate) at: u64,
    pub(crate) kind: Trigger,
    /// Of a change of an app: which.
    pub(crate) app: Option<u16>,
}

/// The screen is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Session {
    pub(crate) on: u64,
    pub(crate) off: u64,
    pub(crate) unlock: Option<u64>,
}

/// A day of its user.
#[derive(Debug, Clone, Copy)]
struct Day {
    wake: u64,
    bed: u64,
    weekend: bool,
}

#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) habits: Habits,
    /// In order.
    pub(crate) events: Vec<Happened>,
    pub(crate) sessions: Vec<Session>,
    /// When the phone was switched on.
    pub(crate) boots: Vec<u64>,
    /// When the network changed, or came back.
    pub(crate) networks: Vec<u64>,
    /// Switched off.
    pub(crate) dark: Spans,
    /// Protection is off: nothing is seen, nothing is told.
    pub(crate) unwatched: Spans,
    /// On, but without a network.
    pub(crate) offline: Spans,
    pub(crate) charging: Spans,
    /// Background work may run.
    pub(crate) open: Spans,
    days: Vec<Day>,
}

impl Life {
    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::of(seed, "life");
        let habits = Habits::of(&mut dice);
        let trip = changes::Trip::of(&habits, &mut dice);
        let days = days(&habits, &trip, &mut dice);
        let charging = charging(&habits, &days, &mut dice);
        let power = changes::power(&habits, &days, &charging, &mut dice);
        let mut all = changes::Changes::default();
        all.boots(&power, &habits, &mut dice);
        all.network(&habits, &days, &mut dice);
        all.flights(&trip, &habits, &days, &mut dice);
        all.sims(&habits, &days, &mut dice);
        let dark = Spans::new(power.off.clone());
        let offline = Spans::new(all.offline).without(&dark);
        let sessions = uses::sessions(&habits, &days, &power, &dark, &mut dice);
        for session in &sessions {
            all.events.push((session.on, Trigger::ScreenOn));
            all.events
                .extend(session.unlock.map(|at| (at, Trigger::Unlock)));
            all.events.push((session.off, Trigger::ScreenOff));
        }
        for span in charging.iter() {
            let ends = [(span.from, Trigger::Charging), (span.to, Trigger::Charging)];
            all.events.extend(ends);
        }
        let asleep: Vec<Span> = days
            .windows(2)
            .map(|two| Span {
                from: two[0].bed,
                to: two[1].wake,
            })
            .collect();
        let asleep = Spans::new(asleep);
        let open = rest::open(&sessions, &charging, &asleep, &power.on, &mut dice);
        let open = open.without(&dark).without(&offline);
        let unwatched = (0..habits.pauses).map(|_| {
            let from = dice.span(DAY, END - DAY);
            Span {
                from,
                to: from + dice.log_between(30 * MINUTE, 6 * HOUR),
            }
        });
        let unwatched = Spans::new(unwatched.collect()).without(&dark);
        let told = all
            .events
            .into_iter()
            .filter(|(at, _)| *at < END && !dark.contains(*at));
        let mut events: Vec<Happened> = told
            .map(|(at, kind)| Happened {
                at,
                kind,
                app: None,
            })
            .collect();
        events.sort_unstable();
        let mut networks = all.networks;
        networks.retain(|at| *at < END && !dark.contains(*at));
        networks.sort_unstable();
        Self {
            habits,
            events,
            sessions,
            boots: power.on,
            networks,
            dark,
            unwatched,
            offline,
            charging,
            open,
            days,
        }
    }

    /// Updates each app so often as `counts` says, and has the events of it: nine of ten over night or while charging, one
    /// after the other.
    pub(crate) fn update(&mut self, counts: &[usize], dice: &mut Dice) {
        let mut batches: Vec<Vec<u16>> = vec![Vec::new(); self.days.len()];
        let mut single: Vec<(u64, u16)> = Vec::new();
        for (app, count) in counts.iter().enumerate() {
            let mut days: Vec<usize> = (0..self.days.len()).collect();
            dice.shuffle(&mut days);
            for day in days.into_iter().take(*count) {
                if dice.is(0.1) {
                    let of = self.days[day];
                    single.push((dice.span(of.wake, of.bed.max(of.wake + HOUR)), app as u16));
                } else {
                    batches[day].push(app as u16);
                }
            }
        }
        for (day, mut apps) in batches.into_iter().enumerate() {
            dice.shuffle(&mut apps);
            let wanted = self.days[day].bed + dice.span(0, 3 * HOUR);
            let Some(start) = self.charging.next(wanted) else {
                continue;
            };
            let mut at = start + dice.span(30 * SECOND, 20 * MINUTE);
            for app in apps {
                single.push((at, app));
                at += dice.lognormal(45 * SECOND, 0.6);
            }
        }
        let updates = single
            .into_iter()
            .filter(|(at, _)| *at < END && !self.dark.contains(*at) && !self.offline.contains(*at));
        let updates = updates.map(|(at, app)| Happened {
            at,
            kind: Trigger::PackageChange,
            app: Some(app),
        });
        self.events.extend(updates);
        self.events.sort_unstable();
    }

    /// When such an event happened; of several within half a minute, the first.
    pub(crate) fn times(&self, kind: Trigger, app: Option<u16>) -> Vec<u64> {
        let mut all: Vec<u64> = Vec::new();
        for event in &self.events {
            let is_it = event.kind == kind && (app.is_none() || event.app == app);
            if is_it && all.last().is_none_or(|last| event.at - last > 30 * SECOND) {
                all.push(event.at);
            }
        }
        all
    }

    /// Whether a connection can be made.
    pub(crate) fn is_online(&self, at: u64) -> bool {
        at < END && !self.dark.contains(at) && !self.offline.contains(at)
    }

    /// Whether Gasket sees what is done.
    pub(crate) fn is_watched(&self, at: u64) -> bool {
        !self.dark.contains(at) && !self.unwatched.contains(at)
    }
}

fn days(habits: &Habits, trip: &changes::Trip, dice: &mut Dice) -> Vec<Day> {
    (0..DAYS)
        .map(|nth| {
            let weekend = nth % 7 >= 5;
            let later = if weekend { HOUR } else { 0 };
            let shift = |at: u64| trip.local(nth, at);
            let wobble = dice.span(0, HOUR);
            let bed = habits.bed + later / 2 + dice.span(0, 80 * MINUTE);
            Day {
                wake: shift(nth * DAY + habits.wake + later + wobble - 30 * MINUTE),
                bed: shift(nth * DAY + bed - 40 * MINUTE),
                weekend,
            }
        })
        .collect()
}

fn charging(habits: &Habits, days: &[Day], dice: &mut Dice) -> Spans {
    let mut spans = Vec::new();
    for (nth, day) in days.iter().enumerate() {
        let morning = days
            .get(nth + 1)
            .map_or(day.bed + 8 * HOUR, |next| next.wake);
        if habits.charges_at_night && dice.is(0.93) {
            let from = day.bed - 10 * MINUTE + dice.span(0, 30 * MINUTE);
            spans.push(Span {
                from,
                to: morning + dice.span(0, 25 * MINUTE),
            });
        } else if dice.is(0.9) {
            let from = day.bed - dice.span(2 * HOUR, 6 * HOUR);
            spans.push(Span {
                from,
                to: from + dice.span(HOUR, 2 * HOUR),
            });
        }
        if dice.is(0.4) {
            let from = dice.span(day.wake + HOUR, day.bed.max(day.wake + 2 * HOUR));
            spans.push(Span {
                from,
                to: from + dice.span(15 * MINUTE, 2 * HOUR),
            });
        }
    }
    Spans::new(spans)
}
