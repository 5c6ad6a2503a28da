//! Days and nights: sleep, the screen, chargers.

use super::{DAY, DAYS, END, HOUR, MINUTE, SECOND, START, Screen, Span, around};
use crate::draw::Draw;
use crate::habits::Habits;

/// Whether a day is a Saturday or Sunday; the first is a Tuesday.
pub(super) fn is_weekend(day: u64) -> bool {
    matches!((day + 1) % 7, 5 | 6)
}

/// One more than days: the first is what is left of the night before the first day.
pub(super) fn nights(habits: &Habits, draw: &mut Draw) -> Vec<Span> {
    let mut hour = |mean: f64, spread: f64, day: u64, late: f64| {
        let late = if is_weekend(day) { late } else { 0.0 };
        let hours = mean + late + spread * draw.normal().clamp(-2.5, 2.5);
        (START + day * DAY).saturating_add_signed((hours * HOUR as f64) as i64)
    };
    let mut nights = Vec::new();
    let mut bed = START;
    for day in 0..DAYS {
        let wake = hour(habits.wake, 0.5, day, 1.2).max(bed + HOUR);
        nights.push(Span {
            from: bed,
            to: wake,
        });
        bed = hour(habits.bed, 0.6, day, 0.8).max(wake + 8 * HOUR);
    }
    nights.push(Span {
        from: bed,
        to: bed.max(END) + HOUR,
    });
    nights
}

pub(super) fn screens(
    habits: &Habits,
    nights: &[Span],
    powered: &[Span],
    by_hand: &[u64],
    draw: &mut Draw,
) -> Vec<Screen> {
    let mut screens: Vec<Screen> = by_hand
        .iter()
        .map(|boot| {
            let on = boot + draw.seconds((1.0, 25.0));
            let unlock = on + draw.seconds((2.0, 12.0));
            let off = unlock + draw.seconds((20.0, 240.0));
            Screen {
                on,
                unlock: Some(unlock),
                off,
            }
        })
        .collect();
    for day in 0..DAYS as usize {
        let awake = Span {
            from: nights[day].to,
            to: nights[day + 1].from.min(END),
        };
        a_day(habits, awake, draw, &mut screens);
        // Most people look at the phone in some nights (dscout 2016: 87 % within five).
        for _ in 0..draw.count(0.4) {
            let night = nights[day];
            let on = night.from + (draw.unit() * (night.to - night.from) as f64) as u64;
            screens.push(screen(on, draw.chance(0.6), draw));
        }
    }
    screens.sort_by_key(|screen| screen.on);
    let mut free = 0;
    screens.retain_mut(|screen| {
        let Some(power) = around(powered, screen.on).filter(|_| screen.on >= free) else {
            return false;
        };
        // Nothing to see while it starts.
        if power.from != START && screen.on < power.from + 15 * SECOND {
            return false;
        }
        screen.off = screen.off.min(power.to - 1);
        if screen.unlock.is_some_and(|unlock| unlock >= screen.off) {
            return false;
        }
        free = screen.off + 2 * SECOND;
        screen.off > screen.on
    });
    screens
}

fn a_day(habits: &Habits, awake: Span, draw: &mut Draw, screens: &mut Vec<Screen>) {
    let unlocks = (habits.unlocks * draw.lognormal(1.0, 0.22)).clamp(12.0, 170.0);
    let all = unlocks * (1.0 + habits.glances);
    let minutes = (awake.to - awake.from) as f64 / MINUTE as f64;
    // Looks at a phone come in bursts: most soon after the last, the others after long.
    let mean = (minutes / all - 1.8).max(1.5);
    let (soon, share) = (2.5_f64.min(mean * 0.5), 0.6);
    let long = (mean - share * soon) / (1.0 - share);
    let mut at = awake.from as f64;
    loop {
        let wait = if draw.chance(share) { soon } else { long };
        at += draw.exponential(wait) * MINUTE as f64 + 3.0 * SECOND as f64;
        if at >= awake.to as f64 {
            break;
        }
        let one = screen(at as u64, draw.chance(1.0 / (1.0 + habits.glances)), draw);
        at = one.off as f64;
        screens.push(one);
    }
}

fn screen(on: u64, unlocked: bool, draw: &mut Draw) -> Screen {
    if !unlocked {
        return Screen {
            on,
            unlock: None,
            off: on + draw.seconds((3.0, 20.0)),
        };
    }
    let unlock = on + draw.seconds((0.3, 3.5));
    let long = draw.lognormal(55.0, 1.25).clamp(4.0, 7200.0);
    Screen {
        on,
        unlock: Some(unlock),
        off: unlock + (long * SECOND as f64) as u64,
    }
}

pub(super) fn charging(
    habits: &Habits,
    nights: &[Span],
    powered: &[Span],
    draw: &mut Draw,
) -> Vec<Span> {
    let mut spans = Vec::new();
    for (day, night) in nights.iter().enumerate() {
        if draw.chance(habits.night_charging) {
            let early = draw.seconds((0.0, 3600.0));
            spans.push(Span {
                from: night.from.saturating_sub(early).max(START),
                to: (night.to + draw.seconds((0.0, 2400.0))).min(END),
            });
        }
        let Some(next) = nights.get(day + 1) else {
            break;
        };
        for _ in 0..draw.count(habits.day_charging) {
            let from = night.to + (draw.unit() * next.from.saturating_sub(night.to) as f64) as u64;
            spans.push(Span {
                from,
                to: from + draw.seconds((600.0, 7200.0)),
            });
        }
    }
    spans.sort_by_key(|span| span.from);
    let mut free = START;
    spans.retain_mut(|span| {
        span.from = span.from.max(free);
        // What the phone does at a charger while it is off is not told.
        if around(powered, span.from).is_none() || span.to <= span.from + MINUTE {
            return false;
        }
        free = span.to + MINUTE;
        true
    });
    spans
}
