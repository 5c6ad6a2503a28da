//! What apps do at intervals, by the clock, or as others call them; connections that are held.

use super::connect::Outcome;
use super::{Answer, Month};
use crate::apps::{Behaviour, Needs, When};
use crate::draw::Draw;
use crate::life::{DAY, DAYS, END, HOUR, MINUTE, Net, START, around, next_in};

impl Month<'_> {
    pub(super) fn at_times(
        &mut self,
        app: usize,
        behaviour: &Behaviour,
        draw: &mut Draw,
    ) -> Vec<Answer> {
        let mut answers = Vec::new();
        let mut speak = |month: &mut Self, at: u64, draw: &mut Draw| {
            let contact = month.answer(app, behaviour, at, draw);
            if let Some(at) = contact {
                answers.push(Answer { told: at, contact });
            }
            contact
        };
        match behaviour.when {
            When::Job {
                period,
                flex,
                needs,
            } => {
                let period = period.max(self.buckets[app]);
                // WorkManager counts from the last run, JobScheduler from its own grid.
                let from_last = draw.chance(0.6);
                let early = (flex * period as f64) as u64;
                let anchor = START + (draw.unit() * period as f64) as u64;
                let mut due = anchor;
                while let Some(at) = self.fits(due, needs, draw) {
                    speak(self, at, draw);
                    due = if from_last {
                        at + period + draw.seconds((0.0, 60.0))
                    } else {
                        // At the beginning of what its flexibility allows, batched with others.
                        let window = (at - anchor) / period + 2;
                        let batched = 0.2 * draw.unit() * early as f64;
                        let next = anchor + window * period - early + batched as u64;
                        next.max(at + MINUTE)
                    };
                }
            }
            When::Interval { period, spread } => {
                let mut due = START + (draw.unit() * period as f64) as u64;
                while let Some(at) = self.alarm(due, draw) {
                    due = match speak(self, at, draw) {
                        Some(at) => around_zero(at + period, spread, draw),
                        // Tried again by an alarm.
                        None => at + HOUR,
                    };
                }
            }
            When::Clock { hour, spread, days } => {
                let mut day = draw.below(days as usize) as u64;
                while day < DAYS {
                    let due = START + day * DAY + (hour * HOUR as f64) as u64;
                    if let Some(at) = self.alarm(around_zero(due, spread, draw), draw) {
                        speak(self, at, draw);
                    }
                    day += days;
                }
            }
            When::Alarm { period, spread } => {
                for power in &self.life.powered {
                    // Set by the app when it hears of the boot; the first month's span began before.
                    let mut from = power.from + draw.seconds((30.0, 200.0));
                    if power.from == START {
                        from = START + (draw.unit() * period as f64) as u64;
                        from = from.saturating_sub(period);
                    }
                    loop {
                        let due = around_zero(from + period, spread, draw);
                        if due < START {
                            from += period;
                            continue;
                        }
                        if !power.holds(due) {
                            break;
                        }
                        let Some(at) = self.alarm(due, draw).filter(|at| power.holds(*at)) else {
                            break;
                        };
                        speak(self, at, draw);
                        from = at;
                    }
                }
            }
            When::Nightly { chance } => {
                for night in &self.life.nights {
                    let share = draw.between(0.15, 0.85);
                    let at = night.from + (share * (night.to - night.from) as f64) as u64;
                    let wifi = self
                        .life
                        .network(at)
                        .is_some_and(|one| one.net == Net::Wifi);
                    if wifi && around(&self.life.charging, at).is_some() && draw.chance(chance) {
                        speak(self, at, draw);
                    }
                }
            }
            When::Called { a_day } => {
                for _ in 0..draw.count(a_day * DAYS as f64) {
                    let at = START + (draw.unit() * (END - START) as f64) as u64;
                    if !self.life.sleeps(at) || draw.chance(0.15) {
                        speak(self, at, draw);
                    }
                }
            }
            _ => {}
        }
        answers
    }

    /// When a job that is due finds all that it needs.
    fn fits(&self, due: u64, needs: Needs, draw: &mut Draw) -> Option<u64> {
        let life = self.life;
        let mut at = due;
        for _ in 0..50 {
            at = life.released(at, draw).filter(|at| *at < END)?;
            let segment = life.network(at);
            let ready = match needs {
                Needs::Any => segment.is_some(),
                Needs::Wifi => segment.is_some_and(|segment| segment.net == Net::Wifi),
                Needs::Charger => segment.is_some() && around(&life.charging, at).is_some(),
            };
            if ready {
                return Some(at);
            }
            let next = match needs {
                Needs::Any => next_in(&life.online, at),
                Needs::Wifi => life
                    .segments
                    .iter()
                    .find(|one| one.span.from > at && one.net == Net::Wifi)
                    .map(|one| one.span.from),
                Needs::Charger if segment.is_none() => next_in(&life.online, at),
                Needs::Charger => next_in(&life.charging, at),
            }?;
            at = next + draw.seconds((0.5, 30.0));
        }
        None
    }

    /// When an alarm that may fire in Doze fires: at most some minutes late while the phone is on.
    fn alarm(&self, due: u64, draw: &mut Draw) -> Option<u64> {
        let mut at = due;
        if around(&self.life.powered, at).is_none() {
            at = next_in(&self.life.powered, at)? + draw.seconds((45.0, 400.0));
        } else if around(&self.life.held, at).is_some() {
            at += draw.seconds((0.0, 540.0));
        }
        (at < END).then_some(at)
    }

    /// A connection that is held as long as a network lasts.
    pub(super) fn hold(
        &mut self,
        app: usize,
        behaviour: &Behaviour,
        (drops, keep): (u64, u64),
        draw: &mut Draw,
    ) {
        let life = self.life;
        let system = self.apps[app].owner.system;
        for segment in &life.segments {
            let mut at = segment.span.from + draw.seconds((0.3, 8.0));
            let boot = life
                .boots
                .iter()
                .rfind(|boot| boot.power <= at && around(&life.powered, at).is_some());
            if let Some(boot) = boot {
                let started = if system {
                    Some(boot.complete)
                } else {
                    boot.apps
                };
                let Some(started) = started else { continue };
                at = at.max(started + draw.seconds((1.0, 25.0)));
            }
            while segment.span.holds(at) {
                let lives = draw.exponential(drops as f64).max(2.0 * MINUTE as f64) as u64;
                let dead = at + lives;
                let look = life
                    .screens
                    .get(life.screens.partition_point(|screen| screen.on < dead))
                    .map_or(END, |screen| screen.on);
                let seen = look.min(dead + (draw.unit() * keep as f64) as u64);
                let beats = seen.min(segment.span.to).saturating_sub(at) / keep;
                let up = behaviour.talk.up.draw(draw) + beats * 55;
                let down = behaviour.talk.down.draw(draw) + beats * 50 + lives / HOUR * 900;
                self.carry(
                    app,
                    &behaviour.talk,
                    (at, seen),
                    (up, down),
                    Outcome::Answered,
                    draw,
                );
                at = seen + draw.seconds((0.3, 12.0));
            }
        }
    }
}

/// A moment, earlier or later by as much at most.
fn around_zero(at: u64, spread: u64, draw: &mut Draw) -> u64 {
    at + (draw.unit() * (2 * spread) as f64) as u64 - spread
}
