//! A phone: its life, its apps, and all the connections that they make in a month.

mod causes;
mod connect;
mod periods;
mod using;

use std::collections::HashMap;
use std::net::SocketAddr;

use gasket_core::facts::{NameSource, Protocol, Trigger};
use gasket_core::tables::Places;

use super::apps::{App, Behaviour, Dest, DestId, Dests, Planted, When};
use super::draw::Draw;
use super::life::{self, Event, Life, MINUTE};
use super::ordinary::{self, Shared};
use super::planted::{self, CASES, KINDS};

/// How many beacons a phone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Ten of each kind.
    Ten,
    One,
    None,
}

pub(crate) const APPS: usize = 200;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) app: usize,
    pub(crate) dest: DestId,
    pub(crate) address: SocketAddr,
    pub(crate) protocol: Protocol,
    /// How its name is known, where it is.
    pub(crate) named: Option<NameSource>,
    /// The platform did not say whose it is.
    pub(crate) unowned: bool,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) inside: Option<(u64, u64)>,
}

/// An event that a planted beacon answers, and when it spoke then, if it did. Of an interval both
/// are the contact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) told: u64,
    pub(crate) contact: Option<u64>,
}

/// What an ordinary app does by itself with a destination.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Design {
    pub(crate) when: When,
    /// Of a job: its period where the platform stretches it, as the app is hardly used.
    pub(crate) period: Option<u64>,
}

pub(crate) struct Phone {
    pub(crate) sort: Sort,
    pub(crate) life: Life,
    pub(crate) apps: Vec<App>,
    pub(crate) dests: Vec<Dest>,
    pub(crate) planted: Vec<Planted>,
    /// By planted beacon.
    pub(crate) answers: Vec<Vec<Answer>>,
    pub(crate) designs: HashMap<(usize, DestId), Vec<Design>>,
    pub(crate) flows: Vec<Flow>,
}

/// What is at hand while the month is made up.
struct Month<'a> {
    life: &'a Life,
    apps: &'a [App],
    dests: &'a [Dest],
    web: &'a [DestId],
    /// When each app was updated.
    updates: &'a [(u64, usize)],
    /// For how long an app's jobs are put off at least, as it is hardly used.
    buckets: Vec<u64>,
    flows: Vec<Flow>,
    /// When an app last met a destination: whether a session can be resumed.
    met: HashMap<(usize, DestId), u64>,
}

impl Phone {
    pub(crate) fn draw(seed: u64, sort: Sort, places: &Places) -> Self {
        let mut life = Life::draw(seed);
        let mut dests = Dests::new(places);
        let draw = &mut Draw::of(seed, "apps", 0);
        let shared = Shared::new(&mut dests, draw);
        let (mut apps, mut planted) = (Vec::new(), Vec::new());
        for (at, kind) in KINDS.into_iter().enumerate() {
            let count = match sort {
                Sort::Ten => 10,
                Sort::One => 1,
                Sort::None => 0,
            };
            for turn in 0..count {
                // Eleven cases: each phone lacks another one of each kind.
                let case = CASES[(seed as usize + at * 4 + turn) % CASES.len()];
                let index = apps.len();
                let mut app = ordinary::app(index, "with a beacon", draw.chance(0.5));
                app.updates = draw.lognormal(0.8, 0.8).min(6.0);
                planted.push(planted::plant(
                    index,
                    &mut app,
                    &mut dests,
                    &shared,
                    (kind, case),
                    draw,
                ));
                apps.push(app);
            }
        }
        let first = apps.len();
        apps.extend(ordinary::apps(
            first,
            APPS - first,
            &mut dests,
            &shared,
            draw,
        ));
        let updates = updates(&life, &apps, &mut Draw::of(seed, "updates", 0));
        life.events.extend(updates.iter().map(|(at, app)| Event {
            at: *at,
            trigger: Trigger::PackageChange,
            app: Some(*app),
        }));
        life.events.sort_by_key(|event| event.at);
        let mut month = Month {
            life: &life,
            apps: &apps,
            dests: &dests.all,
            web: &shared.web,
            updates: &updates,
            buckets: buckets(&apps, &mut Draw::of(seed, "buckets", 0)),
            flows: Vec::new(),
            met: HashMap::new(),
        };
        let mut answers = vec![Vec::new(); planted.len()];
        let mut designs: HashMap<_, Vec<Design>> = HashMap::new();
        for (index, app) in apps.iter().enumerate() {
            for (turn, behaviour) in app.behaviours.iter().enumerate() {
                let draw = &mut Draw::of(seed, "behaviour", (index * 1000 + turn) as u64);
                let heard = month.behave(index, behaviour, draw);
                match behaviour.planted {
                    // Apps with beacons come first, one each.
                    Some(planted) => answers[planted] = heard,
                    None => designs
                        .entry((index, behaviour.talk.to))
                        .or_default()
                        .push(month.design(index, behaviour)),
                }
            }
        }
        month.use_apps(&mut Draw::of(seed, "use", 0));
        let mut flows = month.flows;
        flows.sort_by_key(|flow| flow.start);
        Self {
            sort,
            life,
            dests: dests.all,
            planted,
            answers,
            designs,
            flows,
            apps,
        }
    }

    /// The answers of a planted beacon that Gasket could see: it was told of the event, and went on
    /// watching until the app had spoken, or for some minutes where it did not speak.
    pub(crate) fn seen_answers(&self, planted: usize) -> Vec<Answer> {
        let mut seen: Vec<Answer> = self.answers[planted]
            .iter()
            .filter(|answer| {
                let to = answer.contact.unwrap_or(answer.told + 5 * MINUTE);
                answer.told <= to && self.life.watched_through(answer.told, to)
            })
            .copied()
            .collect();
        seen.sort_by_key(|answer| answer.told);
        seen
    }
}

impl Month<'_> {
    fn behave(&mut self, app: usize, behaviour: &Behaviour, draw: &mut Draw) -> Vec<Answer> {
        match behaviour.when {
            When::Job { .. }
            | When::Alarm { .. }
            | When::Clock { .. }
            | When::Interval { .. }
            | When::Nightly { .. }
            | When::Called { .. } => self.at_times(app, behaviour, draw),
            When::Held { drops, keep } => {
                self.hold(app, behaviour, (drops, keep), draw);
                Vec::new()
            }
            _ => self.at_events(app, behaviour, draw),
        }
    }

    fn design(&self, app: usize, behaviour: &Behaviour) -> Design {
        let period = match behaviour.when {
            When::Job { period, .. } => Some(period.max(self.buckets[app])),
            _ => None,
        };
        Design {
            when: behaviour.when,
            period,
        }
    }
}

/// App standby: jobs of an app that is hardly used run at most each 2, 8 or 24 hours.
fn buckets(apps: &[App], draw: &mut Draw) -> Vec<u64> {
    apps.iter()
        .map(|app| {
            if app.owner.system || app.used.weight > 1.5 {
                0
            } else {
                let hours = [0, 2, 8, 24];
                let rare = if app.used.weight > 0.3 {
                    [0.5, 0.4, 0.1, 0.0]
                } else {
                    [0.1, 0.2, 0.4, 0.3]
                };
                hours[draw.weighted(&rare)] * life::HOUR
            }
        })
        .collect()
}

/// When which app is updated: the store does most in batches at night, on charger and Wi-Fi, some
/// by day.
fn updates(life: &Life, apps: &[App], draw: &mut Draw) -> Vec<(u64, usize)> {
    // Who has no Wi-Fi at home lets the store use the mobile network.
    let ready = |at: u64| {
        life.network(at)
            .is_some_and(|segment| segment.net == life::Net::Wifi || !life.habits.home_wifi)
    };
    let mut batches = Vec::new();
    for (day, night) in life.nights.iter().enumerate() {
        let at = night.from + (draw.between(0.15, 0.8) * (night.to - night.from) as f64) as u64;
        if ready(at) && life::around(&life.charging, at).is_some() {
            batches.push(at);
        }
        if let Some(next) = life.nights.get(day + 1)
            && draw.chance(life.habits.day_updates)
        {
            let awake = next.from.saturating_sub(night.to);
            let at = night.to + (draw.unit() * awake as f64) as u64;
            if ready(at) {
                batches.push(at);
            }
        }
    }
    batches.sort_unstable();
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); batches.len()];
    for (app, updates) in apps.iter().map(|app| app.updates).enumerate() {
        for _ in 0..draw.count(updates) {
            let at = life::START + (draw.unit() * (life::END - life::START) as f64) as u64;
            let batch = batches.partition_point(|batch| *batch < at);
            if let Some(list) = waiting.get_mut(batch)
                && !list.contains(&app)
            {
                list.push(app);
            }
        }
    }
    let mut updates = Vec::new();
    for (batch, list) in batches.iter().zip(&mut waiting) {
        let mut at = *batch;
        while !list.is_empty() {
            let app = list.swap_remove(draw.below(list.len()));
            at += draw.seconds((8.0, 60.0));
            if life::around(&life.powered, at).is_none() || !ready(at) {
                break;
            }
            updates.push((at, app));
        }
    }
    updates.sort_unstable();
    updates
}
