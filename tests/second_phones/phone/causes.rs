//! What apps do after an event.

use super::connect::Outcome;
use super::{Answer, Month};
use crate::apps::{Behaviour, When};
use crate::draw::Draw;
use crate::life::{HOUR, Net, next_in};

/// An event that an app answers.
struct Cause {
    /// When Gasket is told of it.
    told: u64,
    /// When the app is.
    at: u64,
}

impl Cause {
    fn of(at: u64) -> Self {
        Self { told: at, at }
    }
}

impl Month<'_> {
    pub(super) fn at_events(
        &mut self,
        app: usize,
        behaviour: &Behaviour,
        draw: &mut Draw,
    ) -> Vec<Answer> {
        let (delay, chance, rest) = match behaviour.when {
            When::Unlock {
                delay,
                chance,
                rest,
            }
            | When::ScreenOn {
                delay,
                chance,
                rest,
            } => (delay, chance, rest),
            When::Boot { delay, chance, .. }
            | When::Connect { delay, chance, .. }
            | When::Sim { delay, chance, .. }
            | When::Service { delay, chance }
            | When::Plugged { delay, chance, .. }
            | When::Installed { delay, chance, .. } => (delay, chance, 0),
            _ => return Vec::new(),
        };
        let mut answers = Vec::new();
        let mut free = 0;
        for cause in self.causes(app, behaviour.when) {
            if cause.at < free || !draw.chance(chance) {
                continue;
            }
            let contact = self.answer(app, behaviour, cause.at + draw.seconds(delay), draw);
            if contact.is_some() {
                free = cause.at + rest;
            }
            answers.push(Answer {
                told: cause.told,
                contact,
            });
        }
        answers
    }

    fn causes(&self, app: usize, when: When) -> Vec<Cause> {
        let life = self.life;
        match when {
            When::Boot { as_app, .. } => life
                .boots
                .iter()
                .filter_map(|boot| {
                    let at = if as_app {
                        boot.apps
                    } else {
                        Some(boot.complete)
                    };
                    at.map(|at| Cause {
                        told: boot.gasket,
                        at,
                    })
                })
                .collect(),
            When::Unlock { .. } => life
                .screens
                .iter()
                .filter_map(|screen| screen.unlock)
                .map(Cause::of)
                .collect(),
            When::ScreenOn { .. } => life
                .screens
                .iter()
                .map(|screen| Cause::of(screen.on))
                .collect(),
            When::Connect { only, .. } => life
                .segments
                .iter()
                .filter(|segment| only.is_none_or(|only| segment.net == only))
                .map(|segment| Cause::of(segment.span.from))
                .collect(),
            When::Sim { retold, .. } => life
                .sims
                .iter()
                .filter(|sim| retold || sim.other)
                .map(|sim| Cause::of(sim.at))
                .collect(),
            When::Service { .. } => life.services.iter().copied().map(Cause::of).collect(),
            When::Plugged { only, .. } => life
                .charging
                .iter()
                .map(|span| span.from)
                .filter(|at| only.is_none_or(|only| self.net(*at) == Some(only)))
                .map(Cause::of)
                .collect(),
            When::Installed { own, .. } => self
                .updates
                .iter()
                .filter(|(_, updated)| !own || *updated == app)
                .map(|(at, _)| Cause::of(*at))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn net(&self, at: u64) -> Option<Net> {
        self.life.network(at).map(|segment| segment.net)
    }

    /// Speaks at a moment, as far as there is a network and somebody answers; when it first did.
    pub(super) fn answer(
        &mut self,
        app: usize,
        behaviour: &Behaviour,
        due: u64,
        draw: &mut Draw,
    ) -> Option<u64> {
        let mut at = due;
        if self.life.network(at).is_none() {
            if !behaviour.waits {
                return None;
            }
            let online = next_in(&self.life.online, at).filter(|online| *online < at + 6 * HOUR)?;
            at = online + draw.seconds((0.5, 20.0));
        }
        let mut fails = draw.chance(behaviour.fails);
        if fails && behaviour.retries == 0 && draw.chance(0.5) {
            // It did not even try.
            return None;
        }
        let mut first = None;
        for again in 0..=behaviour.retries {
            let outcome = if fails {
                Outcome::Away
            } else {
                Outcome::Answered
            };
            if self
                .connect(app, &behaviour.talk, at, outcome, draw)
                .is_some()
            {
                first = first.or(Some(at));
            }
            if !fails {
                break;
            }
            let wait = draw.lognormal(35.0, 0.6) * f64::from(1 << again.min(8));
            at += (wait * 1000.0) as u64;
            fails = draw.chance(0.4);
        }
        first
    }
}
