//! What is switched, plugged, carried about and exchanged.

use gasket_core::facts::Trigger;

use crate::dice::Dice;
use crate::life::{Boots, DAYS, Day, Habits};
use crate::span::{DAY, HOUR, MINUTE, SECOND, Span, Spans};

/// A journey to another time zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trip {
    /// First day there, and first day back: none where they are the same.
    there: u64,
    back: u64,
    /// How much later, or earlier, the sun rises there.
    later: bool,
    by: u64,
}

impl Trip {
    pub(super) fn of(habits: &Habits, dice: &mut Dice) -> Self {
        let there = dice.span(2, DAYS - 12);
        let length = if habits.travels { dice.span(3, 10) } else { 0 };
        let (later, by) = (dice.is(0.5), dice.whole(1, 6) as u64 * HOUR);
        Self {
            there,
            back: there + length,
            later,
            by,
        }
    }

    /// When it is there what it would be at home at `at`.
    pub(super) fn local(&self, day: u64, at: u64) -> u64 {
        match (self.there..self.back).contains(&day) {
            true if self.later => at + self.by,
            true => at.saturating_sub(self.by),
            false => at,
        }
    }

    fn flights(&self) -> impl Iterator<Item = u64> {
        let days = (self.there < self.back).then_some([self.there, self.back]);
        days.into_iter().flatten()
    }
}

/// When the phone is off, and when it is switched on.
#[derive(Debug, Default)]
pub(super) struct Power {
    pub(super) off: Vec<Span>,
    pub(super) on: Vec<u64>,
    /// Those of `on` at which nobody was there.
    pub(super) unattended: Vec<u64>,
}

pub(super) fn power(habits: &Habits, days: &[Day], charging: &Spans, dice: &mut Dice) -> Power {
    let mut power = Power::default();
    let restarts = match habits.boots {
        Boots::Few => dice.whole(2, 4),
        Boots::Some => dice.whole(5, 10),
        Boots::Nightly => dice.whole(0, 2),
    };
    if habits.boots == Boots::Nightly {
        for two in days.windows(2) {
            if dice.is(0.1) {
                continue;
            }
            let from = two[0].bed + dice.span(0, 5 * MINUTE);
            let to = two[1].wake + dice.span(0, 5 * MINUTE);
            power.off.push(Span { from, to });
        }
    }
    for _ in 0..restarts {
        let day = days[dice.whole(1, days.len() - 2)];
        // Half of them are updates of the system, at night and on the charger.
        let night = day.bed + dice.span(2 * HOUR, 5 * HOUR);
        let at = if dice.is(0.5) && charging.contains(night) {
            night
        } else {
            dice.span(day.wake + HOUR, day.bed.max(day.wake + 2 * HOUR))
        };
        let to = at + dice.span(40 * SECOND, 100 * SECOND);
        if at == night {
            power.unattended.push(to);
        }
        power.off.push(Span { from: at, to });
    }
    let off = Spans::new(power.off);
    power.on = off.iter().map(|span| span.to).collect();
    power.off = off.iter().collect();
    power
}

/// What is gathered.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) events: Vec<(u64, Trigger)>,
    pub(super) offline: Vec<Span>,
    pub(super) networks: Vec<u64>,
}

impl Changes {
    /// No network from `at` on, and another one `gap` later.
    fn another(&mut self, at: u64, gap: u64) {
        self.offline.push(Span {
            from: at,
            to: at + gap,
        });
        self.networks.push(at + gap);
        self.events.push((at + gap, Trigger::Connectivity));
    }

    fn switch(&mut self, at: u64, dice: &mut Dice) {
        self.another(at, dice.span(500, 4 * SECOND));
    }

    fn service(&mut self, at: u64) {
        self.events.push((at, Trigger::ServiceChange));
    }

    pub(super) fn boots(&mut self, power: &Power, habits: &Habits, dice: &mut Dice) {
        for at in power.on.iter().copied() {
            self.events.push((at, Trigger::Boot));
            let gap = dice.span(2 * SECOND, 20 * SECOND);
            self.another(at, gap);
            self.service(at + dice.span(3 * SECOND, 15 * SECOND));
            if dice.is(0.3) {
                self.switch(at + gap + dice.span(2 * SECOND, 8 * SECOND), dice);
            }
            if habits.sim_at_boot {
                let ready = at + dice.span(4 * SECOND, 25 * SECOND);
                self.sim(ready, dice);
            }
        }
    }

    fn sim(&mut self, at: u64, dice: &mut Dice) {
        let mut at = at;
        for _ in 0..=dice.weighted(&[0.5, 0.35, 0.15]) {
            self.events.push((at, Trigger::SimChange));
            at += dice.span(SECOND, 6 * SECOND);
        }
    }

    pub(super) fn sims(&mut self, habits: &Habits, days: &[Day], dice: &mut Dice) {
        for _ in 0..habits.sims {
            let day = dice.pick(days);
            let at = dice.span(day.wake, day.bed.max(day.wake + HOUR));
            self.sim(at, dice);
            self.service(at + dice.span(SECOND, 10 * SECOND));
            if dice.is(0.4) {
                self.switch(at + dice.span(SECOND, 10 * SECOND), dice);
            }
        }
    }

    /// Ways to work, errands, and an access point at home that is lost now and then.
    pub(super) fn network(&mut self, habits: &Habits, days: &[Day], dice: &mut Dice) {
        for day in days {
            if habits.commutes && !day.weekend {
                let morning = day.wake + dice.span(45 * MINUTE, 80 * MINUTE);
                let evening = morning + dice.span(8 * HOUR, 10 * HOUR);
                self.way(morning, habits, habits.work_wifi, dice);
                self.way(evening, habits, true, dice);
            }
            for _ in 0..dice.whole(0, 2) {
                let out = dice.span(day.wake + HOUR, day.bed.max(day.wake + 2 * HOUR));
                self.switch(out, dice);
                self.switch(out + dice.span(20 * MINUTE, 3 * HOUR), dice);
            }
        }
        let end = DAYS * DAY;
        let mut at = dice.wait(DAY);
        while at < end {
            self.switch(at, dice);
            at += dice.span(20 * SECOND, 5 * MINUTE);
            self.switch(at, dice);
            at += dice.wait(DAY);
        }
        let mut at = dice.wait(6 * HOUR);
        while at < end {
            self.service(at);
            at += dice.wait(6 * HOUR);
        }
    }

    fn way(&mut self, at: u64, habits: &Habits, wifi: bool, dice: &mut Dice) {
        self.switch(at, dice);
        let length = dice.span(15 * MINUTE, 60 * MINUTE);
        if habits.underground {
            for _ in 0..dice.whole(1, 4) {
                let hole = at + dice.span(2 * MINUTE, length - 5 * MINUTE);
                let gap = dice.span(20 * SECOND, 4 * MINUTE);
                self.service(hole);
                self.service(hole + gap);
                self.another(hole, gap);
            }
        }
        if wifi {
            self.switch(at + length, dice);
        }
    }

    pub(super) fn flights(&mut self, trip: &Trip, habits: &Habits, days: &[Day], dice: &mut Dice) {
        for day in trip.flights() {
            let from = day * DAY + dice.span(HOUR, 12 * HOUR);
            let to = from + dice.span(2 * HOUR, 8 * HOUR);
            self.airplane(from, to, dice);
            self.events
                .push((to + dice.span(20 * SECOND, 3 * MINUTE), Trigger::TimeZone));
        }
        if habits.silent_nights {
            for two in days.windows(2) {
                self.airplane(two[0].bed, two[1].wake, dice);
            }
        }
    }

    fn airplane(&mut self, from: u64, to: u64, dice: &mut Dice) {
        self.events.push((from, Trigger::Airplane));
        self.service(from + dice.span(200, SECOND));
        self.events.push((to, Trigger::Airplane));
        self.service(to + dice.span(2 * SECOND, 12 * SECOND));
        self.another(
            from,
            to.saturating_sub(from) + dice.span(2 * SECOND, 12 * SECOND),
        );
    }
}
