//! When the phone is on, and when Gasket sees what it does.

use super::{Boot, DAY, DAYS, END, HOUR, MINUTE, SECOND, START, Span, around};
use crate::draw::Draw;
use crate::habits::{Boots, Habits};

/// Spans of power, the boots that begin them, and which of these somebody waits for with the
/// phone in hand.
pub(super) fn draw(
    habits: &Habits,
    nights: &[Span],
    draw: &mut Draw,
) -> (Vec<Span>, Vec<Boot>, Vec<u64>) {
    let mut off = gaps(habits, nights, draw);
    off.sort_by_key(|(span, _)| span.from);
    let (mut powered, mut boots, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
    let mut from = START;
    for (gap, hand) in off {
        // Two causes that come together are one.
        if gap.from < from + 5 * MINUTE || gap.to >= END {
            continue;
        }
        powered.push(Span { from, to: gap.from });
        from = gap.to;
        let complete = from + draw.seconds((15.0, 35.0));
        boots.push(Boot {
            power: from,
            complete,
            gasket: from + draw.seconds((20.0, 60.0)),
            apps: None,
        });
        if hand {
            by_hand.push(complete);
        }
    }
    powered.push(Span { from, to: END });
    (powered, boots, by_hand)
}

/// When the phone is off or restarting, and whether somebody holds it when it comes back.
fn gaps(habits: &Habits, nights: &[Span], draw: &mut Draw) -> Vec<(Span, bool)> {
    let mut gaps = Vec::new();
    let mut restart = |from: u64, hand: bool, draw: &mut Draw| {
        let to = from + draw.seconds((8.0, 40.0));
        gaps.push((Span { from, to }, hand));
    };
    let some_time = |draw: &mut Draw| {
        let day = draw.below(DAYS as usize);
        let (from, to) = (nights[day].to, nights[day + 1].from);
        from + (draw.unit() * to.saturating_sub(from) as f64) as u64
    };
    let by_chance = match habits.boots {
        Boots::Rare => draw.below(4),
        Boots::Sometimes => draw.below(4),
        _ => draw.below(3),
    };
    for _ in 0..by_chance {
        let at = some_time(draw);
        // A crash comes in the pocket, too.
        let hand = draw.chance(0.8);
        restart(at, hand, draw);
    }
    match habits.boots {
        Boots::Rare => {}
        Boots::Sometimes => {
            let each = draw.between(2.5, 6.0);
            let (mut day, hour) = (draw.between(0.0, each), draw.between(2.5, 5.0));
            while day < DAYS as f64 {
                let at = START + day as u64 * DAY + (hour * HOUR as f64) as u64;
                let at = at + draw.seconds((0.0, 1200.0));
                restart(at, false, draw);
                day += each;
            }
        }
        Boots::Nightly => {
            let hour = draw.between(2.0, 5.0);
            for day in 0..DAYS {
                let at = START + day * DAY + (hour * HOUR as f64) as u64;
                // Put off where the phone is used or does not charge.
                if draw.chance(0.95) {
                    let at = at + draw.seconds((0.0, 1800.0));
                    restart(at, false, draw);
                }
            }
        }
        Boots::OffAtNight => {
            for night in nights {
                if night.from > START && night.to < END && draw.chance(0.93) {
                    let from = night.from + draw.seconds((10.0, 900.0));
                    let to = night.to.saturating_sub(draw.seconds((0.0, 600.0)));
                    gaps.push((Span { from, to }, true));
                }
            }
        }
        Boots::Often => {
            let a_day = draw.between(0.9, 2.5);
            for _ in 0..draw.count(a_day * DAYS as f64) {
                let from = some_time(draw);
                let long = draw.lognormal(25.0, 1.3).clamp(0.5, 300.0);
                let to = from + (long * MINUTE as f64) as u64;
                gaps.push((Span { from, to }, true));
            }
        }
    }
    gaps
}

/// When Gasket runs: from its start after a boot on, but for the times when somebody stops it and
/// the moments in which its engine starts anew.
pub(super) fn watched(
    habits: &Habits,
    powered: &[Span],
    boots: &[Boot],
    draw: &mut Draw,
) -> Vec<Span> {
    let mut stops = Vec::new();
    for _ in 0..draw.count(habits.stops) {
        let from = START + (draw.unit() * (END - START) as f64) as u64;
        let hours = draw.lognormal(2.5, 0.9).clamp(0.4, 14.0);
        stops.push(Span {
            from,
            to: from + (hours * HOUR as f64) as u64,
        });
    }
    for _ in 0..draw.count(habits.restarts) {
        let from = START + (draw.unit() * (END - START) as f64) as u64;
        stops.push(Span {
            from,
            to: from + draw.seconds((1.0, 20.0)),
        });
    }
    stops.sort_by_key(|stop| stop.from);
    let mut watched = Vec::new();
    for span in powered {
        let mut from = boots
            .iter()
            .find(|boot| boot.power == span.from)
            .map_or(span.from, |boot| boot.gasket);
        // A boot brings Gasket back, where it was stopped by hand.
        for stop in &stops {
            if around(&[*span], stop.from).is_none() || stop.to <= from {
                continue;
            }
            if stop.from > from + SECOND {
                watched.push(Span {
                    from,
                    to: stop.from,
                });
            }
            from = stop.to.max(from);
        }
        if from + SECOND < span.to {
            watched.push(Span { from, to: span.to });
        }
    }
    watched
}
