//! Apps in use: what is opened, looked at and left.

use std::collections::BTreeMap;

use crate::dice::Dice;
use crate::life::{Life, Session};
use crate::span::{DAY, HOUR, MINUTE, SECOND};
use crate::traffic::Traffic;
use crate::world::{APPS, World};

/// A session of an analytics kit: what is opened again within it, is not told again.
const KIT_PAUSE: u64 = 30 * MINUTE;

struct Foreground<'a> {
    world: &'a World,
    life: &'a Life,
    traffic: &'a mut Traffic,
    dice: &'a mut Dice,
    /// When the kits of an app last spoke.
    kits: BTreeMap<u16, u64>,
    browsers: [u16; 2],
    favourites: Vec<f64>,
}

pub(super) fn speak(world: &World, life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    let weights: Vec<f64> = world.apps.iter().map(|app| app.weight).collect();
    let mut ranked: Vec<u16> = (0..APPS).collect();
    ranked.sort_by(|a, b| weights[usize::from(*b)].total_cmp(&weights[usize::from(*a)]));
    // Of the three that are used most, one is a messenger and one a browser; there are others.
    let mut first = [0, 1, 2, 3];
    dice.shuffle(&mut first);
    let messengers = [ranked[first[0]], ranked[6]];
    let favourites = (0..world.sites.len())
        .map(|n| 1.0 / (n as f64 + 2.0))
        .collect();
    let mut foreground = Foreground {
        world,
        life,
        traffic,
        dice,
        kits: BTreeMap::new(),
        browsers: [ranked[first[1]], ranked[12]],
        favourites,
    };
    let mut last = ranked[first[2]];
    for session in life.sessions.iter().filter(|one| one.unlock.is_some()) {
        last = foreground.session(*session, &weights, messengers, last);
    }
    for messenger in messengers {
        foreground.messages(messenger);
    }
}

impl Foreground<'_> {
    /// What one does after unlocking: goes on with what was open, follows a notification, only looks, or opens something
    /// else; then perhaps another.
    fn session(
        &mut self,
        session: Session,
        weights: &[f64],
        messengers: [u16; 2],
        last: u16,
    ) -> u16 {
        let unlock = session.unlock.unwrap_or(session.on);
        let mut at = unlock;
        let mut app = last;
        match self.dice.weighted(&[0.35, 0.2, 0.15, 0.3]) {
            0 => at += self.dice.span(100, SECOND),
            1 => {
                app = messengers[self.dice.weighted(&[0.75, 0.25])];
                let told = session
                    .on
                    .saturating_sub(self.dice.log_between(2 * SECOND, 2 * MINUTE));
                self.push(told, app);
                at += self.dice.span(500, 4 * SECOND);
            }
            2 => at = session.off,
            _ => {
                app = self.dice.weighted(weights) as u16;
                at += self.dice.span(SECOND, 7 * SECOND);
            }
        }
        while at < session.off {
            let leave = (at + self.dice.lognormal(50 * SECOND, 1.0)).min(session.off);
            self.use_app(app, at, leave);
            if leave < session.off {
                app = self.dice.weighted(weights) as u16;
            }
            at = leave + self.dice.span(SECOND, 5 * SECOND);
        }
        app
    }

    fn use_app(&mut self, app: u16, from: u64, to: u64) {
        if self.browsers.contains(&app) {
            return self.browse(app, from, to);
        }
        let of = self.world.apps[usize::from(app)].clone();
        for target in &of.own {
            if self.dice.is(0.7) {
                self.say(from, (100, 1_500), app, *target, "own servers, in use");
            }
        }
        let spoke = self.kits.get(&app).copied();
        if spoke.is_none_or(|spoke| from > spoke + KIT_PAUSE) || self.dice.is(0.1) {
            self.kits.insert(app, from);
            for target in &of.kits {
                self.say(from, (300, 4_000), app, *target, "kit, when opened");
            }
        }
        let rest: Vec<u32> = of.own.iter().chain(&of.content).copied().collect();
        let mut at = from + self.dice.wait(15 * SECOND);
        while at < to {
            let target = self.dice.pick(&rest);
            self.say(at, (0, 1), app, target, "servers and content, in use");
            at += self.dice.wait(20 * SECOND);
        }
        if of.reports_on_leaving
            && let Some(target) = of.kits.first()
        {
            self.say(to, (100, 2_000), app, *target, "kit, when left");
        }
    }

    /// Pages, each with what it includes.
    fn browse(&mut self, app: u16, from: u64, to: u64) {
        let mut at = from + self.dice.span(200, 3_000);
        while at < to {
            let site = self.world.sites[self.dice.weighted(&self.favourites)];
            self.say(at, (0, 1), app, site, "web site");
            for _ in 0..self.dice.whole(2, 8) {
                let nth = self
                    .dice
                    .weighted(&self.favourites[..self.world.included.len()]);

                self.say(
                    at,
                    (200, 3_000),
                    app,
                    self.world.included[nth],
                    "included in web sites",
                );
            }
            at += self.dice.wait(40 * SECOND);
        }
    }

    /// Messages that came and were not looked at at once.
    fn messages(&mut self, app: u16) {
        let mut at = 0;
        while at < crate::life::END {
            at += self.dice.wait(50 * MINUTE);
            // Friends sleep, too.
            let hour = at % DAY / HOUR;
            if (7..24).contains(&hour) || self.dice.is(0.1) {
                self.push(at, app);
            }
        }
    }

    fn push(&mut self, at: u64, app: u16) {
        let target = self.world.apps[usize::from(app)].own[0];
        self.say(at, (200, 3_000), app, target, "fetches messages");
    }

    fn say(&mut self, at: u64, later: (u64, u64), app: u16, target: u32, what: &'static str) {
        self.traffic.does((app, target), what);
        let at = at + self.dice.span(later.0, later.1);
        self.traffic.say(self.life, at, (app, target), self.dice);
    }
}
