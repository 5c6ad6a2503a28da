//! Which network the phone has, and what befalls its SIM.

use gasket_core::facts::Trigger;

use super::days::is_weekend;
use super::{Boot, DAYS, END, Event, HOUR, MINUTE, Net, START, Screen, Segment, Sim, Span, around};
use crate::draw::Draw;
use crate::habits::{Airplane, Habits};

pub(super) struct Network {
    pub(super) segments: Vec<Segment>,
    pub(super) sims: Vec<Sim>,
    pub(super) services: Vec<u64>,
    pub(super) events: Vec<Event>,
}

pub(super) fn draw(
    habits: &Habits,
    nights: &[Span],
    powered: &[Span],
    boots: &[Boot],
    screens: &[Screen],
    draw: &mut Draw,
) -> Network {
    let (mut sims, mut services, mut events) = (Vec::new(), Vec::new(), Vec::new());
    // No network at all, or none by mobile.
    let (mut without, mut no_mobile) = (Vec::new(), Vec::new());
    for boot in boots {
        without.push(Span {
            from: boot.power,
            to: boot.power + draw.seconds((14.0, 32.0)),
        });
        let ready = boot.power + draw.seconds((22.0, 75.0));
        if habits.sim_told_at_boot {
            sims.push(Sim {
                at: ready,
                other: false,
            });
        }
        services.push(ready + draw.seconds((0.5, 15.0)));
    }
    let airplane = airplane(habits, nights, draw);
    for span in &airplane {
        for at in [span.from, span.to] {
            events.push(Event {
                at,
                trigger: Trigger::Airplane,
                app: None,
            });
            services.push(at + draw.seconds((0.5, 8.0)));
        }
        without.push(Span {
            from: span.from,
            to: span.to + draw.seconds((2.0, 9.0)),
        });
    }
    let unlocks: Vec<u64> = screens.iter().filter_map(|screen| screen.unlock).collect();
    for _ in 0..draw.count(habits.sim_switches) {
        if unlocks.is_empty() {
            break;
        }
        // The user is in the settings.
        let at = draw.pick(&unlocks) + draw.seconds((5.0, 40.0));
        let gone = draw.seconds((2.0, 14.0));
        if draw.chance(0.5) {
            sims.push(Sim { at, other: false });
        }
        sims.push(Sim {
            at: at + gone,
            other: true,
        });
        services.push(at + draw.seconds((0.2, 2.0)));
        services.push(at + gone + draw.seconds((1.0, 9.0)));
        no_mobile.push(Span {
            from: at,
            to: at + gone + draw.seconds((2.0, 12.0)),
        });
    }
    let places = places(habits, nights, draw);
    for span in outages(habits, &places, draw) {
        services.extend([span.from, span.to]);
        no_mobile.push(span);
    }
    for _ in 0..draw.count(20.0) {
        services.push(START + (draw.unit() * (END - START) as f64) as u64);
    }
    sims.retain(|sim| around(powered, sim.at).is_some());
    sims.sort_by_key(|sim| sim.at);
    services.sort_unstable();
    let segments = overlay(&places, powered, &mut without, &mut no_mobile);
    for (at, segment) in segments.iter().enumerate() {
        events.push(Event {
            at: segment.span.from,
            trigger: Trigger::Connectivity,
            app: None,
        });
        let next = segments.get(at + 1).map(|next| next.span.from);
        if next.is_none_or(|next| next > segment.span.to) {
            events.push(Event {
                at: segment.span.to,
                trigger: Trigger::Connectivity,
                app: None,
            });
        }
    }
    Network {
        segments,
        sims,
        services,
        events,
    }
}

fn airplane(habits: &Habits, nights: &[Span], draw: &mut Draw) -> Vec<Span> {
    match habits.airplane {
        Airplane::Never => Vec::new(),
        Airplane::Sometimes(times) => {
            let mut spans: Vec<Span> = (0..draw.count(times))
                .map(|_| {
                    let from = START + (draw.unit() * (END - START) as f64) as u64;
                    let to = from + (draw.lognormal(40.0, 1.2) * MINUTE as f64) as u64;
                    Span { from, to }
                })
                .collect();
            spans.sort_by_key(|span| span.from);
            spans.dedup_by(|later, first| later.from < first.to + MINUTE);
            spans
        }
        Airplane::Nightly => nights
            .iter()
            .filter(|night| night.from > START && night.to < END)
            .map(|night| Span {
                from: night.from + draw.seconds((0.0, 600.0)),
                to: night.to + draw.seconds((10.0, 900.0)),
            })
            .collect(),
    }
}

/// The networks that the phone would have where it is: (from when on, which).
fn places(habits: &Habits, nights: &[Span], draw: &mut Draw) -> Vec<(u64, Net)> {
    let home = if habits.home_wifi {
        Net::Wifi
    } else {
        Net::Mobile
    };
    let work = if habits.work_wifi {
        Net::Wifi
    } else {
        Net::Mobile
    };
    let mut out = Vec::new();
    let hours = |hours: f64| (hours * HOUR as f64) as u64;
    for day in 0..DAYS {
        let (wake, bed) = (nights[day as usize].to, nights[day as usize + 1].from);
        if habits.works && !is_weekend(day) {
            let leave = wake + hours(draw.between(0.6, 1.6));
            let way = hours(draw.between(0.15, 1.1));
            let there = leave + way;
            let back = there + hours(draw.between(6.5, 9.0));
            out.extend([(leave, Net::Mobile), (there, work)]);
            if draw.chance(0.6) {
                let lunch = there + hours(draw.between(3.0, 4.5));
                let long = hours(draw.between(0.3, 1.0));
                out.extend([(lunch, Net::Mobile), (lunch + long, work)]);
            }
            out.extend([(back, Net::Mobile), (back + way, home)]);
        } else {
            for _ in 0..draw.count(habits.excursions) {
                let from = wake + (draw.unit() * bed.saturating_sub(wake) as f64) as u64;
                let long = hours(draw.lognormal(1.2, 0.8).clamp(0.2, 6.0));
                out.extend([(from, Net::Mobile), (from + long, home)]);
            }
        }
    }
    out.push((START, home));
    out.sort_by_key(|(at, _)| *at);
    let mut all = Vec::new();
    for (index, (at, net)) in out.iter().enumerate() {
        all.push((*at, *net));
        let end = out.get(index + 1).map_or(END, |next| next.0).min(END);
        if *net == Net::Wifi && end > *at + 10 * MINUTE {
            let days = (end - at) as f64 / super::DAY as f64;
            for _ in 0..draw.count(habits.flaps * days) {
                let lost = at + (draw.unit() * (end - at - 5 * MINUTE) as f64) as u64;
                let long = draw.seconds((5.0, 150.0));
                all.extend([(lost, Net::Mobile), (lost + long, Net::Wifi)]);
            }
        }
    }
    all.sort_by_key(|(at, _)| *at);
    all.dedup_by(|later, first| later.1 == first.1);
    all
}

/// Times without mobile service while out: tunnels, cellars.
fn outages(habits: &Habits, places: &[(u64, Net)], draw: &mut Draw) -> Vec<Span> {
    let mut spans = Vec::new();
    for (at, net) in places {
        if *net == Net::Mobile {
            for _ in 0..draw.count(habits.outages / 4.0) {
                let from = at + draw.seconds((20.0, 3600.0));
                let long = draw.lognormal(60.0, 1.2).clamp(5.0, 1800.0);
                spans.push(Span {
                    from,
                    to: from + (long * 1000.0) as u64,
                });
            }
        }
    }
    spans
}

fn overlay(
    places: &[(u64, Net)],
    powered: &[Span],
    without: &mut [Span],
    no_mobile: &mut [Span],
) -> Vec<Segment> {
    without.sort_by_key(|span| span.from);
    no_mobile.sort_by_key(|span| span.from);
    let mut segments: Vec<Segment> = Vec::new();
    for power in powered {
        for (index, (at, net)) in places.iter().enumerate() {
            let end = places.get(index + 1).map_or(END, |next| next.0);
            let (mut from, to) = (power.from.max(*at), power.to.min(end));
            if from >= to {
                continue;
            }
            let mut cut: Vec<&Span> = without.iter().collect();
            if *net == Net::Mobile {
                cut.extend(no_mobile.iter());
                cut.sort_by_key(|span| span.from);
            }
            for hole in cut {
                if hole.to <= from || hole.from >= to {
                    continue;
                }
                push(&mut segments, from, hole.from, *net);
                from = from.max(hole.to);
            }
            push(&mut segments, from, to, *net);
        }
    }
    segments
}

fn push(segments: &mut Vec<Segment>, from: u64, to: u64, net: Net) {
    if to <= from + 500 {
        return;
    }
    match segments.last_mut() {
        Some(last) if last.net == net && last.span.to == from => last.span.to = to,
        _ => segments.push(Segment {
            span: Span { from, to },
            net,
        }),
    }
}
