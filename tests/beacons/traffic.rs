//! What is said, to whom, and what it was caused by.

use std::collections::BTreeMap;

use gasket_core::beacon::Occasion;

use crate::dice::Dice;
use crate::life::Life;
use crate::span::{MINUTE, SECOND};

/// One connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Flow {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) app: u16,
    pub(crate) target: u32,
    /// Which of the target's addresses.
    pub(crate) host: u8,
    pub(crate) sent: u32,
    pub(crate) received: u32,
    /// Not made where another one of the app to the target is open.
    pub(crate) pooled: bool,
}

/// What an ordinary app does by design, so that to say so is true.
#[derive(Debug, Clone, Default)]
pub(crate) struct Design {
    pub(crate) what: &'static str,
    /// It speaks whenever this happens, or whenever this happens and it is time.
    pub(crate) occasions: Vec<Occasion>,
    /// It speaks at such intervals, in milliseconds.
    pub(crate) periods: Vec<u64>,
}

/// Everything that the apps of a phone say.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) flows: Vec<Flow>,
    pub(crate) design: BTreeMap<(u16, u32), Design>,
    /// What else a pair of app and target does, for who looks at a false alarm.
    pub(crate) habits: BTreeMap<(u16, u32), Vec<&'static str>>,
}

impl Traffic {
    /// A connection of some seconds, or of some minutes where it is kept for the next request.
    pub(crate) fn say(&mut self, life: &Life, at: u64, (app, target): (u16, u32), dice: &mut Dice) {
        let length = if dice.is(0.3) {
            dice.span(MINUTE, 5 * MINUTE)
        } else {
            dice.lognormal(12 * SECOND, 1.0)
        };
        self.open(life, at, (app, target), length, dice);
    }

    /// A connection of that length.
    pub(crate) fn open(
        &mut self,
        life: &Life,
        at: u64,
        (app, target): (u16, u32),
        length: u64,
        dice: &mut Dice,
    ) {
        if life.is_online(at) {
            self.flows.push(Flow {
                start: at,
                end: at + length.max(200),
                app,
                target,
                host: dice.whole(0, 255) as u8,
                sent: dice.log_between(300, 20_000) as u32,
                received: dice.log_between(500, 400_000) as u32,
                pooled: true,
            });
        }
    }

    /// It is true of the pair that it speaks at that.
    pub(crate) fn by_design(
        &mut self,
        pair: (u16, u32),
        what: &'static str,
        occasions: &[Occasion],
    ) {
        let design = self.design.entry(pair).or_default();
        design.what = what;
        design.occasions.extend(occasions);
        self.does(pair, what);
    }

    /// It is true of the pair that it speaks at that interval.
    pub(crate) fn at_intervals(&mut self, pair: (u16, u32), what: &'static str, period: u64) {
        let design = self.design.entry(pair).or_default();
        if design.what.is_empty() {
            design.what = what;
        }
        design.periods.push(period);
        self.does(pair, what);
    }

    pub(crate) fn does(&mut self, pair: (u16, u32), what: &'static str) {
        let habits = self.habits.entry(pair).or_default();
        if !habits.contains(&what) {
            habits.push(what);
        }
    }

    /// In order, each ended by what ends all connections, and those left out for which one was open.
    pub(crate) fn finish(&mut self, life: &Life) {
        for flow in &mut self.flows {
            for ends in [&life.dark, &life.offline] {
                flow.end = ends
                    .next_start(flow.start)
                    .map_or(flow.end, |at| at.min(flow.end));
            }
        }
        self.flows.sort_unstable();
        let mut open: BTreeMap<(u16, u32), u64> = BTreeMap::new();
        self.flows.retain(|flow| {
            let until = open.entry((flow.app, flow.target)).or_default();
            let made = !flow.pooled || *until <= flow.start;
            if made {
                *until = flow.end.max(*until);
            }
            made
        });
    }
}
