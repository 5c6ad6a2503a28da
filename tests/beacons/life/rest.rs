//! When background work may run: Doze.
//!
//! `DeviceIdleController` of AOSP: five minutes after the screen went off without a charger, light idle of 5, 10, then 15
//! minutes between windows of one minute; after an hour without motion, idle of 1, 2, 4, then 6 hours between windows
//! of five. Nothing of it while charging.

use crate::dice::Dice;
use crate::life::{END, Session};
use crate::span::{HOUR, MINUTE, Span, Spans};

pub(super) fn open(
    sessions: &[Session],
    charging: &Spans,
    asleep: &Spans,
    boots: &[u64],
    dice: &mut Dice,
) -> Spans {
    let mut open: Vec<Span> = charging.iter().collect();
    open.extend(sessions.iter().map(|one| Span {
        from: one.on,
        to: one.off,
    }));
    open.extend(boots.iter().map(|at| Span {
        from: *at,
        to: at + 5 * MINUTE,
    }));
    let mut from = 0;
    let ends = sessions
        .iter()
        .map(|one| (one.on, one.off))
        .chain([(END, END)]);
    for (on, off) in ends {
        gap(from, on, charging, asleep, &mut open, dice);
        from = off;
    }
    Spans::new(open)
}

/// The screen is off from `from` to `to`.
fn gap(
    from: u64,
    to: u64,
    charging: &Spans,
    asleep: &Spans,
    open: &mut Vec<Span>,
    dice: &mut Dice,
) {
    let still = asleep.contains(from) || asleep.contains(to) || dice.is(0.5);
    let mut at = from;
    while at < to {
        if let Some(span) = charging.at(at) {
            at = span.to;
            continue;
        }
        let end = charging.next_start(at).unwrap_or(u64::MAX).min(to);
        idle(at, end, still, open);
        at = end;
    }
}

fn idle(from: u64, to: u64, still: bool, open: &mut Vec<Span>) {
    let mut window = |from: u64, length: u64| {
        open.push(Span {
            from: from.min(to),
            to: (from + length).min(to),
        });
    };
    window(from, 5 * MINUTE);
    let deep = if still { from + 65 * MINUTE } else { u64::MAX };
    let (mut at, mut pause) = (from + 5 * MINUTE, 5 * MINUTE);
    while at < to.min(deep) {
        at += pause;
        pause = (pause * 2).min(15 * MINUTE);
        window(at, MINUTE);
        at += MINUTE;
    }
    let (mut at, mut pause) = (deep, HOUR);
    while at < to {
        at += pause;
        pause = (pause * 2).min(6 * HOUR);
        window(at, 5 * MINUTE);
        at += 5 * MINUTE;
    }
}
