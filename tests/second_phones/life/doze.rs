//! Doze: when background jobs wait for a maintenance window.

use super::{HOUR, MINUTE, SECOND, Screen, Span, around};
use crate::draw::Draw;

/// With the screen dark and no charger, light Doze begins after some minutes and opens windows at
/// growing distances of 5 to 15 minutes; a phone that lies still for an hour has them first after
/// one hour, then after two, four and six.
pub(super) fn held(
    nights: &[Span],
    powered: &[Span],
    screens: &[Screen],
    charging: &[Span],
    draw: &mut Draw,
) -> Vec<Span> {
    let mut held = Vec::new();
    for power in powered {
        let mut dark = power.from;
        let lit = screens
            .iter()
            .filter(|screen| power.holds(screen.on))
            .map(|screen| (screen.on, screen.off))
            .chain([(power.to, power.to)]);
        for (on, off) in lit {
            let mut from = dark;
            // A charger ends Doze, and it begins anew after it.
            for charge in charging {
                if charge.to <= from || charge.from >= on {
                    continue;
                }
                rest(from, charge.from, nights, draw, &mut held);
                from = charge.to;
            }
            rest(from, on, nights, draw, &mut held);
            dark = off;
        }
    }
    held.retain(|span| span.to > span.from);
    held
}

fn rest(dark: u64, end: u64, nights: &[Span], draw: &mut Draw, held: &mut Vec<Span>) {
    let mut at = dark + draw.seconds((180.0, 420.0));
    if at >= end {
        return;
    }
    let still = around(nights, dark + HOUR).is_some() || draw.chance(0.3);
    let deep = dark + draw.seconds((3600.0, 4800.0));
    let mut light = 5 * MINUTE;
    while at < end && !(still && at >= deep) {
        let window = at + light;
        held.push(Span {
            from: at,
            to: window.min(end),
        });
        at = window + draw.seconds((30.0, 120.0));
        light = (light + 3 * MINUTE).min(15 * MINUTE);
    }
    let mut idle = HOUR;
    while at < end {
        let window = at + idle;
        held.push(Span {
            from: at,
            to: window.min(end),
        });
        at = window + 5 * MINUTE + draw.seconds((0.0, 60.0)) + SECOND;
        idle = (idle * 2).min(6 * HOUR);
    }
}
