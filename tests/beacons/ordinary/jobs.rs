//! Work that `JobScheduler` runs.

use crate::dice::Dice;
use crate::life::{END, Life};
use crate::span::{DAY, HOUR, MINUTE, SECOND};
use crate::traffic::Traffic;

/// A periodic job: once in each period, when Doze and the network let it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) period: u64,
    /// The part of the period before the window in which it may run (`setPeriodic` with a flex); 0: at once.
    pub(crate) late: f64,
    /// Only with a charger.
    pub(crate) charging: bool,
    /// The app is seldom opened: without a charger, once in 24 hours.
    pub(crate) rare: bool,
}

impl Job {
    pub(crate) fn run(
        self,
        (app, targets): (u16, [Option<u32>; 2]),
        life: &Life,
        traffic: &mut Traffic,
        dice: &mut Dice,
    ) {
        let what = match self.period / MINUTE {
            0..60 => "job of minutes",
            60..=180 => "job of 1 or 3 h",
            181..=720 => "job of 6 or 12 h",
            _ if self.charging => "daily job, while charging",
            _ => "daily job",
        };
        for target in targets.into_iter().flatten() {
            traffic.at_intervals((app, target), what, self.period);
            if self.rare {
                traffic.at_intervals((app, target), what, DAY.max(self.period));
            }
        }
        let mut begin = dice.span(0, self.period);
        let mut last = None;
        while begin < END {
            let end = begin + self.period;
            let due = begin + (self.late * self.period as f64) as u64;
            if let Some(at) = self
                .chance_to_run(due, last, life)
                .filter(|at| *at < end.max(due + DAY))
            {
                // The queue of what waited, too: after a start of the phone it is long.
                let queue = if life
                    .boots
                    .iter()
                    .any(|boot| (*boot..boot + MINUTE).contains(&at))
                {
                    dice.span(10 * SECOND, 2 * MINUTE)
                } else {
                    dice.log_between(200, 30 * SECOND)
                };
                let at = at + queue;
                for target in targets.into_iter().flatten() {
                    traffic.say(life, at + dice.span(0, SECOND), (app, target), dice);
                }
                last = Some(at);
                // A period whose window has passed is not made up for.
                while begin + self.period <= at {
                    begin += self.period;
                }
            }
            begin += self.period;
        }
    }

    fn chance_to_run(self, due: u64, last: Option<u64>, life: &Life) -> Option<u64> {
        let open = life.open.next(due)?;
        if self.charging {
            return life.open.next(life.charging.next(open)?);
        }
        let allowed = last.map_or(0, |last| last + 24 * HOUR);
        if !self.rare || open >= allowed {
            return Some(open);
        }
        let plugged = life.open.next(life.charging.next(open)?)?;
        Some(plugged.min(life.open.next(allowed)?))
    }
}
