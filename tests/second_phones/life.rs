//! A month of one phone: when it is on, online, unlocked, charging, asleep.

mod days;
mod doze;
mod network;
mod power;

use gasket_core::facts::Trigger;

use super::draw::Draw;
use super::habits::Habits;

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;
pub(crate) const DAYS: u64 = 30;
/// Midnight of 1 September 2026, where these phones live.
pub(crate) const START: u64 = 1_788_220_800_000;
pub(crate) const END: u64 = START + DAYS * DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Span {
    pub(crate) fn holds(self, at: u64) -> bool {
        self.from <= at && at < self.to
    }
}

/// The span that holds a moment; they are in order and apart.
pub(crate) fn around(spans: &[Span], at: u64) -> Option<Span> {
    let next = spans.partition_point(|span| span.from <= at);
    next.checked_sub(1)
        .map(|last| spans[last])
        .filter(|span| span.holds(at))
}

/// The first moment from `at` on that lies in one of the spans.
pub(crate) fn next_in(spans: &[Span], at: u64) -> Option<u64> {
    let next = spans.partition_point(|span| span.to <= at);
    spans.get(next).map(|span| span.from.max(at))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Net {
    Wifi,
    Mobile,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) on: u64,
    pub(crate) unlock: Option<u64>,
    pub(crate) off: u64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Boot {
    pub(crate) power: u64,
    /// When system services are told of the boot.
    pub(crate) complete: u64,
    /// When Gasket starts.
    pub(crate) gasket: u64,
    /// When apps are told of the boot: with a secure lock, after the first unlock.
    pub(crate) apps: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Sim {
    pub(crate) at: u64,
    /// Whether it is another one than before, and not just told again after a boot.
    pub(crate) other: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) span: Span,
    pub(crate) net: Net,
}

/// An event as the platform has it, whether or not Gasket runs then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    pub(crate) at: u64,
    pub(crate) trigger: Trigger,
    /// Of an update: which app.
    pub(crate) app: Option<usize>,
}

pub(crate) struct Life {
    pub(crate) habits: Habits,
    /// Sleep of each night, the first one before the first day.
    pub(crate) nights: Vec<Span>,
    pub(crate) powered: Vec<Span>,
    pub(crate) watched: Vec<Span>,
    pub(crate) boots: Vec<Boot>,
    pub(crate) screens: Vec<Screen>,
    pub(crate) charging: Vec<Span>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) online: Vec<Span>,
    pub(crate) sims: Vec<Sim>,
    pub(crate) services: Vec<u64>,
    /// When background jobs must wait.
    pub(crate) held: Vec<Span>,
    pub(crate) events: Vec<Event>,
}

impl Life {
    pub(crate) fn draw(seed: u64) -> Self {
        let habits = Habits::draw(seed);
        let draw = &mut Draw::of(seed, "life", 0);
        let nights = days::nights(&habits, draw);
        let (powered, mut boots, by_hand) = power::draw(&habits, &nights, draw);
        let screens = days::screens(&habits, &nights, &powered, &by_hand, draw);
        for boot in &mut boots {
            let to = around(&powered, boot.power).map_or(boot.power, |span| span.to);
            let unlock = screens
                .iter()
                .filter_map(|screen| screen.unlock)
                .find(|unlock| *unlock > boot.complete)
                .filter(|unlock| *unlock < to);
            boot.apps = if habits.secure_lock {
                unlock
            } else {
                Some(boot.complete)
            };
        }
        let charging = days::charging(&habits, &nights, &powered, draw);
        let network = network::draw(&habits, &nights, &powered, &boots, &screens, draw);
        let watched = power::watched(&habits, &powered, &boots, draw);
        let held = doze::held(&nights, &powered, &screens, &charging, draw);
        let mut life = Self {
            habits,
            nights,
            powered,
            watched,
            boots,
            screens,
            charging,
            online: network.segments.iter().map(|one| one.span).collect(),
            segments: network.segments,
            sims: network.sims,
            services: network.services,
            held,
            events: network.events,
        };
        life.tell(draw);
        life
    }

    /// All that the platform tells, besides what the network's own part has told.
    fn tell(&mut self, draw: &mut Draw) {
        let mut told = std::mem::take(&mut self.events);
        let mut tell = |at, trigger| {
            told.push(Event {
                at,
                trigger,
                app: None,
            });
        };
        for screen in &self.screens {
            tell(screen.on, Trigger::ScreenOn);
            if let Some(unlock) = screen.unlock {
                tell(unlock, Trigger::Unlock);
            }
            tell(screen.off, Trigger::ScreenOff);
        }
        for span in &self.charging {
            tell(span.from, Trigger::Charging);
            tell(span.to, Trigger::Charging);
        }
        for boot in &self.boots {
            tell(boot.gasket, Trigger::Boot);
        }
        for sim in &self.sims {
            tell(sim.at, Trigger::SimChange);
        }
        for service in &self.services {
            tell(*service, Trigger::ServiceChange);
        }
        if self.habits.traveller {
            let (there, stay) = (draw.between(2.0, 15.0), draw.between(2.0, 10.0));
            for day in [there, there + stay] {
                tell(START + (day * DAY as f64) as u64, Trigger::TimeZone);
            }
        }
        told.retain(|event| around(&self.powered, event.at).is_some());
        told.sort_by_key(|event| event.at);
        self.events = told;
    }

    pub(crate) fn network(&self, at: u64) -> Option<Segment> {
        let next = self
            .segments
            .partition_point(|segment| segment.span.from <= at);
        next.checked_sub(1)
            .map(|last| self.segments[last])
            .filter(|segment| segment.span.holds(at))
    }

    pub(crate) fn sleeps(&self, at: u64) -> bool {
        around(&self.nights, at).is_some()
    }

    /// When a job that falls due may run: not in Doze, and not while the phone is off.
    pub(crate) fn released(&self, due: u64, draw: &mut Draw) -> Option<u64> {
        let mut at = due;
        loop {
            if let Some(span) = around(&self.held, at) {
                // All that waited runs within the first moments of a maintenance window.
                at = span.to + draw.seconds((0.2, 20.0));
            } else if around(&self.powered, at).is_none() {
                let on = next_in(&self.powered, at)?;
                // JobScheduler runs persisted jobs that fell due soon after the boot.
                at = on + draw.seconds((45.0, 400.0));
            } else {
                return Some(at);
            }
        }
    }

    /// Whether Gasket saw all from the first to the second moment.
    pub(crate) fn watched_through(&self, from: u64, to: u64) -> bool {
        around(&self.watched, from).is_some_and(|span| to < span.to)
    }
}
