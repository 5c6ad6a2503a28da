//! What ordinary apps do.

mod foreground;
mod jobs;
mod push;
mod system;

use gasket_core::beacon::Occasion;
use gasket_core::facts::Trigger;

use crate::dice::Dice;
use crate::life::Life;
use crate::span::{HOUR, MINUTE, SECOND};
use crate::traffic::Traffic;
use crate::world::{APPS, SYSTEM, World};
pub(crate) use jobs::Job;

/// Adds it all.
pub(crate) fn speak(world: &mut World, life: &Life, traffic: &mut Traffic, seed: u64) {
    foreground::speak(world, life, traffic, &mut Dice::of(seed, "foreground"));
    background(world, life, traffic, &mut Dice::of(seed, "background"));
    push::speak(world, life, traffic, &mut Dice::of(seed, "push"));
    system::speak(world, life, traffic, &mut Dice::of(seed, "system"));
    updated(world, life, traffic, &mut Dice::of(seed, "updated"));
}

/// Half of the apps synchronise now and then, a tenth of all once a day. What is seldom opened, the system lets work once a
/// day when it has no charger (developer.android.com, "Power management restrictions").
fn background(world: &World, life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    for app in SYSTEM..APPS {
        let periods = [
            0,
            15 * MINUTE,
            30 * MINUTE,
            HOUR,
            3 * HOUR,
            6 * HOUR,
            12 * HOUR,
            24 * HOUR,
        ];
        let period = periods[dice.weighted(&[0.45, 0.05, 0.03, 0.12, 0.04, 0.14, 0.07, 0.1])];
        if period == 0 {
            continue;
        }
        let of = &world.apps[usize::from(app)];
        let kit = of.kits.first().copied().filter(|_| dice.is(0.3));
        let job = Job {
            period,
            late: if dice.is(0.7) {
                0.0
            } else {
                dice.between(0.5, 0.95)
            },
            charging: period == 24 * HOUR && dice.is(0.5),
            rare: of.weight < 0.001,
        };
        let targets = [Some(of.own[0]), kit];
        job.run((app, targets), life, traffic, dice);
    }
}

/// A tenth of the apps report after each of their updates; a third more are merely started by it now and then.
fn updated(world: &World, life: &Life, traffic: &mut Traffic, dice: &mut Dice) {
    for app in SYSTEM..APPS {
        let of = &world.apps[usize::from(app)];
        let target = of.kits.first().copied().unwrap_or(of.own[0]);
        let (share, what) = match dice.weighted(&[0.1, 0.3, 0.6]) {
            0 => (1.0, "reports its updates"),
            1 => (0.3, "started by an update"),
            _ => continue,
        };
        if share > 0.5 {
            traffic.by_design(
                (app, target),
                what,
                &[Occasion::OwnUpdate, Occasion::PackageChange],
            );
        } else {
            traffic.does((app, target), what);
        }
        for at in life.times(Trigger::PackageChange, Some(app)) {
            if dice.is(share) {
                traffic.say(
                    life,
                    at + dice.log_between(2 * SECOND, MINUTE),
                    (app, target),
                    dice,
                );
            }
        }
    }
}
