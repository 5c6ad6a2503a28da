//! When its user takes the phone in hand. The sources are in `habits.rs`.

use crate::dice::Dice;
use crate::life::changes::Power;
use crate::life::{Day, Habits, Session};
use crate::span::{HOUR, MINUTE, SECOND, Spans};

pub(super) fn sessions(
    habits: &Habits,
    days: &[Day],
    power: &Power,
    dark: &Spans,
    dice: &mut Dice,
) -> Vec<Session> {
    let mut all: Vec<Session> = power
        .on
        .iter()
        .map(|at| after_boot(*at, power, dice))
        .collect();
    for (nth, day) in days.iter().enumerate() {
        let wanted = habits.uses * dice.normal(0.0, 0.25).exp();
        let length = day.bed.saturating_sub(day.wake).max(HOUR);
        let mut count = 0.0;
        while count < wanted {
            let mut at = day.wake + (fraction(dice) * length as f64) as u64;
            loop {
                let session = session(at, habits, dice);
                all.push(session);
                count += 1.0;
                // Four of ten are followed by another soon.
                if !dice.is(0.4) {
                    break;
                }
                at = session.off + 5 * SECOND + dice.wait(3 * MINUTE);
            }
        }
        // The alarm clock, and who cannot sleep.
        if dice.is(0.7) {
            all.push(session(day.wake + dice.span(0, MINUTE), habits, dice));
        }
        let morning = days
            .get(nth + 1)
            .map_or(day.bed + 8 * HOUR, |next| next.wake);
        for _ in 0..dice.weighted(&[0.6, 0.27, 0.13]) {
            all.push(session(
                dice.span(day.bed, morning.max(day.bed + HOUR)),
                habits,
                dice,
            ));
        }
    }
    all.sort_unstable();
    let mut kept: Vec<Session> = Vec::with_capacity(all.len());
    for one in all {
        let is_free = kept
            .last()
            .is_none_or(|last| one.on > last.off + 3 * SECOND);
        let is_on =
            !dark.contains(one.on) && dark.next_start(one.on).is_none_or(|off| off > one.off);
        if is_free && is_on {
            kept.push(one);
        }
    }
    kept
}

/// How far into the day: rising until dinner time, somewhat less after.
fn fraction(dice: &mut Dice) -> f64 {
    loop {
        let x = dice.unit();
        let weight = if x < 0.7 { 0.5 + 0.9 * x / 0.7 } else { 1.1 };
        if dice.between(0.0, 1.4) < weight {
            return x;
        }
    }
}

/// Three of ten are a glance at a locked screen.
fn session(on: u64, habits: &Habits, dice: &mut Dice) -> Session {
    if !habits.unlocked && dice.is(0.3) {
        return Session {
            on,
            off: on + dice.span(4 * SECOND, 20 * SECOND),
            unlock: None,
        };
    }
    let unlock = on
        + if habits.unlocked {
            50
        } else {
            dice.span(300, 3 * SECOND)
        };
    let length = dice.lognormal(27 * SECOND, 1.5).clamp(3 * SECOND, 2 * HOUR);
    Session {
        on,
        off: unlock + length,
        unlock: Some(unlock),
    }
}

/// The screen is on when the phone has started; somebody unlocks it, or it goes off again.
fn after_boot(at: u64, power: &Power, dice: &mut Dice) -> Session {
    let on = at + dice.span(0, 800);
    if power.unattended.contains(&at) {
        return Session {
            on,
            off: on + 31 * SECOND,
            unlock: None,
        };
    }
    let unlock = at + dice.span(5 * SECOND, MINUTE);
    let length = dice.lognormal(90 * SECOND, 1.0).max(5 * SECOND);
    Session {
        on,
        off: unlock + length,
        unlock: Some(unlock),
    }
}
