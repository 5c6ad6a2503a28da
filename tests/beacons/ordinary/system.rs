//! What the phone came with.

use gasket_core::beacon::Occasion;
use gasket_core::facts::{Protocol, Trigger};

use crate::dice::Dice;
use crate::life::Life;
use crate::ordinary::Job;
use crate::span::{HOUR, MINUTE, SECOND};
use crate::traffic::Traffic;
use crate::world::{SYSTEM, World};

const CORE: u16 = 0;
const NETWORK: u16 = 1;
const TIME: u16 = 2;
const STORE: u16 = 3;
const WEATHER: u16 = 4;
const FEED: u16 = 5;
const MAIL: u16 = 6;
const CALENDAR: u16 = 7;
const PHOTOS: u16 = 8;
const VENDOR: u16 = 9;
const SYNC: u16 = 10;
const CARRIER: u16 = 11;
/// From here on they are silent or seldom speak.
const QUIET: u16 = 12;

struct System<'a> {
    life: &'a Life,
    traffic: &'a mut Traffic,
    dice: &'a mut Dice,
}

pub(super) fn speak(world: &mut World, life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    let mut system = System {
        life,
        traffic,
        dice,
    };
    system.core(world);
    system.network(world);
    system.time(world);
    system.store(world);
    let weather = world.apps[usize::from(WEATHER)].own[0];
    system.refreshed(
        (WEATHER, weather),
        "widget, refreshed when looked at",
        HOUR,
        Trigger::ScreenOn,
    );
    if system.dice.is(0.5) {
        let feed = world.apps[usize::from(FEED)].own[0];
        system.refreshed(
            (FEED, feed),
            "feed of the home screen",
            30 * MINUTE,
            Trigger::Unlock,
        );
    }
    if system.dice.is(0.3) {
        let sync = world.apps[usize::from(SYNC)].own[0];
        system.refreshed(
            (SYNC, sync),
            "synchronises at each unlock",
            0,
            Trigger::Unlock,
        );
    }
    let own = |app: u16| world.apps[usize::from(app)].own[0];
    if system.dice.is(0.3) {
        system.job(MAIL, own(MAIL), 15 * MINUTE, false);
    }
    system.job(CALENDAR, own(CALENDAR), 6 * HOUR, false);
    system.job(PHOTOS, own(PHOTOS), 24 * HOUR, true);
    system.job(VENDOR, own(VENDOR), 24 * HOUR, false);
    system.at(
        Trigger::Boot,
        (VENDOR, own(VENDOR)),
        1.0,
        "the maker's cloud, at start",
        &[Occasion::Boot],
    );
    if system.dice.is(0.3) {
        let when = [Occasion::SimChange, Occasion::ServiceChange];
        system.at(
            Trigger::SimChange,
            (CARRIER, own(CARRIER)),
            1.0,
            "the operator's settings",
            &when,
        );
    }
    for app in QUIET..SYSTEM {
        if system.dice.is(0.2) {
            let period = system.dice.pick(&[12 * HOUR, 24 * HOUR, 7 * 24 * HOUR]);
            let charging = system.dice.is(0.5);
            system.job(app, own(app), period, charging);
        }
    }
}

impl System<'_> {
    /// Accounts, settings, safety: a dozen servers.
    fn core(&mut self, world: &mut World) {
        for nth in 0..8_u64 {
            let target = world.named(&format!("core{nth}.test"), 3);
            let period = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR][nth as usize % 5];
            self.job(CORE, target, period, nth == 4);
            if nth < 3 {
                self.at(
                    Trigger::Boot,
                    (CORE, target),
                    0.9,
                    "the phone's services, at start",
                    &[Occasion::Boot],
                );
            }
        }
        let verify = world.named("verify.test", 1);
        let when = [Occasion::PackageChange];
        self.at(
            Trigger::PackageChange,
            (CORE, verify),
            0.8,
            "looks at new apps",
            &when,
        );
    }

    /// Whether there is internet, at each change of the network and while there is none.
    fn network(&mut self, world: &mut World) {
        let target = world.named("connectivity-check.test", 2);
        let when = [
            Occasion::Boot,
            Occasion::Connectivity,
            Occasion::ServiceChange,
            Occasion::Airplane,
            Occasion::SimChange,
        ];
        self.traffic
            .by_design((NETWORK, target), "connectivity check", &when);
        for at in self.life.networks.clone() {
            let at = at + self.dice.span(50, SECOND);
            self.traffic
                .open(self.life, at, (NETWORK, target), SECOND, self.dice);
        }
    }

    /// Time from the network: at start, and once in 18 or 24 hours.
    fn time(&mut self, world: &mut World) {
        let target = if self.dice.is(0.5) {
            world.literal(Protocol::Udp, 123)
        } else {
            world.named("time.test", 4)
        };
        let period = self.dice.pick(&[18 * HOUR, 24 * HOUR]);
        self.job(TIME, target, period, false);
        self.at(
            Trigger::Boot,
            (TIME, target),
            1.0,
            "time, at start",
            &[Occasion::Boot],
        );
    }

    /// Looks for updates daily while charging, fetches each, and tells that it was installed.
    fn store(&mut self, world: &World) {
        let of = world.apps[usize::from(STORE)].clone();
        self.job(STORE, of.own[0], 24 * HOUR, true);
        let content = of.content.first().copied().unwrap_or(of.own[0]);
        for at in self.life.times(Trigger::PackageChange, None) {
            let before = at.saturating_sub(self.dice.span(5 * SECOND, 40 * SECOND));
            self.traffic
                .say(self.life, before, (STORE, content), self.dice);
        }
        self.traffic.does((STORE, content), "fetches updates");
        let when = [Occasion::PackageChange];
        self.at(
            Trigger::PackageChange,
            (STORE, of.own[0]),
            1.0,
            "the store, at updates",
            &when,
        );
    }

    /// Fetched anew at that event where it is older than `age`.
    fn refreshed(&mut self, pair: (u16, u32), what: &'static str, age: u64, at: Trigger) {
        let when = [Occasion::ScreenOn, Occasion::Unlock, Occasion::FirstUnlock];
        self.traffic.by_design(pair, what, &when);
        let mut last = None;
        for at in self.life.times(at, None) {
            if last.is_none_or(|last| at >= last + age) && self.life.is_online(at) {
                let start = at + self.dice.span(200, 3 * SECOND);
                self.traffic.say(self.life, start, pair, self.dice);
                last = Some(at);
            }
        }
    }

    /// Speaks at such a share of the events, when the network is there.
    fn at(
        &mut self,
        kind: Trigger,
        pair: (u16, u32),
        share: f64,
        what: &'static str,
        when: &[Occasion],
    ) {
        self.traffic.by_design(pair, what, when);
        for at in self.life.times(kind, None) {
            if !self.dice.is(share) {
                continue;
            }
            let at = at + self.dice.log_between(SECOND, 30 * SECOND);
            let start = match self.life.offline.at(at) {
                Some(gap) if gap.to - at < 5 * MINUTE => gap.to + self.dice.span(500, 3 * SECOND),
                _ => at,
            };
            self.traffic.say(self.life, start, pair, self.dice);
        }
    }

    fn job(&mut self, app: u16, target: u32, period: u64, charging: bool) {
        let job = Job {
            period,
            late: if self.dice.is(0.7) {
                0.0
            } else {
                self.dice.between(0.5, 0.95)
            },
            charging,
            rare: false,
        };
        job.run(
            (app, [Some(target), None]),
            self.life,
            self.traffic,
            self.dice,
        );
    }
}
