//! The beacons that are planted.

use gasket_core::beacon::{Beacon, Evidence, Occasion};
use gasket_core::facts::{Protocol, Trigger};

use crate::dice::Dice;
use crate::life::{END, Life};
use crate::span::{DAY, HOUR, MINUTE, SECOND};
use crate::traffic::{Flow, Traffic};
use crate::world::{APPS, SYSTEM, World};

/// What it speaks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Boot,
    Unlock,
    Sim,
    Day,
    ThreeDays,
    Update,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Boot,
        Self::Unlock,
        Self::Sim,
        Self::Day,
        Self::ThreeDays,
        Self::Update,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Boot => "at boot",
            Self::Unlock => "at unlock",
            Self::Sim => "at a change of the SIM",
            Self::Day => "every 24 h ± 2 h",
            Self::ThreeDays => "every 72 h ± 2 h",
            Self::Update => "after its own update",
        }
    }

    /// Whether `beacon` says of it what is so.
    pub(crate) fn is_told_by(self, beacon: &Beacon) -> bool {
        match (self, &beacon.evidence) {
            (Self::Boot, Evidence::Event { trigger, .. }) => *trigger == Occasion::Boot,
            (Self::Unlock, Evidence::Event { trigger, .. }) => {
                matches!(trigger, Occasion::Unlock | Occasion::ScreenOn)
            }
            (Self::Sim, Evidence::Event { trigger, .. }) => *trigger == Occasion::SimChange,
            (Self::Update, Evidence::Event { trigger, .. }) => *trigger == Occasion::OwnUpdate,
            (Self::Day | Self::ThreeDays, Evidence::Period { period_s, .. }) => {
                let told = u64::from(*period_s) * SECOND;
                told.abs_diff(self.period()) <= 2 * HOUR
            }
            _ => false,
        }
    }

    fn period(self) -> u64 {
        if self == Self::Day { DAY } else { 3 * DAY }
    }

    fn trigger(self) -> Trigger {
        match self {
            Self::Boot => Trigger::Boot,
            Self::Sim => Trigger::SimChange,
            Self::Update => Trigger::PackageChange,
            _ => Trigger::Unlock,
        }
    }

    /// The usual delay, from the least to the most.
    fn delays(self) -> (u64, u64) {
        match self {
            Self::Unlock => (400, 20 * SECOND),
            _ => (SECOND, MINUTE),
        }
    }
}

/// To whom it speaks, and who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// An app that says nothing else, to a name of its own.
    Plain,
    /// To an address that no DNS answer gave.
    Literal,
    /// To several hosts of one registrable domain by turns.
    Turns,
    /// An app in use, with other servers for all else.
    OtherHosts,
    /// An app in use, to the server that it also uses for all else.
    SameHost,
    /// To a host to which other apps speak, too.
    SharedHost,
    /// One to five minutes after the event.
    Late,
}

impl Form {
    /// What every kind is planted as, ten times in all.
    pub(crate) const USUAL: [Self; 10] = [
        Self::Plain,
        Self::Plain,
        Self::Literal,
        Self::Literal,
        Self::Turns,
        Self::Turns,
        Self::OtherHosts,
        Self::SameHost,
        Self::SharedHost,
        Self::SharedHost,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "a host of its own",
            Self::Literal => "a literal address",
            Self::Turns => "several hosts of one domain by turns",
            Self::OtherHosts => "an app that speaks to other hosts, too",
            Self::SameHost => "an app that speaks to the same host for other reasons, too",
            Self::SharedHost => "a host that other apps speak to, too",
            Self::Late => "1 to 5 minutes after the event (beyond what was asked for)",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) pair: (u16, u32),
    /// How often it fails to speak: not at all, or one time in ten.
    pub(crate) missed: f64,
    /// The events that it answers, as Gasket saw them; of the periodic ones, when it spoke.
    pub(crate) moments: Vec<u64>,
    /// Of a periodic one: whether it counts from its last contact; or else keeps to an hour of the day.
    pub(crate) drifts: bool,
}

/// Chooses the apps and servers of so many of each kind, and one late one of each where there are ten.
pub(crate) fn plan(world: &mut World, each: usize, seed: u64) -> Vec<Planted> {
    let mut dice = Dice::of(seed, "planted");
    // Apps in use, but not those that are used all the time.
    let used = |app: &u16| (0.000_5..0.012).contains(&world.apps[usize::from(*app)].weight);
    let mut in_use: Vec<u16> = (SYSTEM + 8..APPS).filter(used).collect();
    dice.shuffle(&mut in_use);
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let mut forms: Vec<Form> = if each == Form::USUAL.len() {
            Form::USUAL.to_vec()
        } else {
            (0..each).map(|_| dice.pick(&Form::USUAL)).collect()
        };
        if each == Form::USUAL.len() && !matches!(kind, Kind::Day | Kind::ThreeDays) {
            forms.push(Form::Late);
        }
        for form in forms {
            let nth = all.len();
            let updates = if dice.is(0.5) {
                dice.whole(1, 4)
            } else {
                dice.whole(5, 10)
            };
            let app = match form {
                Form::OtherHosts | Form::SameHost => {
                    let app = in_use.pop().expect("more apps in use than beacons in them");
                    if kind == Kind::Update {
                        world.apps[usize::from(app)].updates = updates;
                    }
                    app
                }
                _ => world.install(dice.is(0.6), if kind == Kind::Update { updates } else { 1 }),
            };
            let target = match form {
                Form::Literal => world.literal(Protocol::Tcp, 443),
                Form::Turns => world.named(&format!("beacon{nth}.test"), 4),
                Form::SameHost => world.apps[usize::from(app)].own[0],
                Form::SharedHost => {
                    let other = dice.whole(usize::from(SYSTEM), usize::from(APPS) - 1);
                    let other = &world.apps[other];
                    other.kits.first().copied().unwrap_or(other.own[0])
                }
                _ => world.named(&format!("beacon{nth}.test"), 1),
            };
            all.push(Planted {
                kind,
                form,
                pair: (app, target),
                missed: if dice.is(0.5) { 0.1 } else { 0.0 },
                moments: Vec::new(),
                drifts: false,
            });
        }
    }
    all
}

/// Has them speak.
pub(crate) fn speak(all: &mut [Planted], life: &Life, traffic: &mut Traffic, seed: u64) {
    for (nth, planted) in all.iter_mut().enumerate() {
        let mut dice = Dice::of(seed, &format!("beacon {nth}"));
        let size = dice.log_between(400, 4_000);
        let mut say = |at: u64, pair: (u16, u32), dice: &mut Dice| {
            traffic.flows.push(Flow {
                start: at,
                end: at + dice.span(300, 8 * SECOND),
                app: pair.0,
                target: pair.1,
                host: dice.whole(0, 255) as u8,
                sent: (size as f64 * dice.between(0.97, 1.03)) as u32,
                received: dice.span(150, 900) as u32,
                pooled: false,
            });
        };
        if matches!(planted.kind, Kind::Day | Kind::ThreeDays) {
            planted.at_intervals(life, &mut say, &mut dice);
        } else {
            planted.at_events(life, &mut say, &mut dice);
        }
    }
}

impl Planted {
    fn at_events(
        &mut self,
        life: &Life,
        say: &mut impl FnMut(u64, (u16, u32), &mut Dice),
        dice: &mut Dice,
    ) {
        let own = (self.kind == Kind::Update).then_some(self.pair.0);
        let (least, most) = match self.form {
            Form::Late => (MINUTE, 5 * MINUTE),
            _ => self.kind.delays(),
        };
        let usual = dice.log_between(least, most);
        for event in life.times(self.kind.trigger(), own) {
            if life.is_watched(event) {
                self.moments.push(event);
            }
            if dice.is(self.missed) {
                continue;
            }
            let wobble = dice.normal(0.0, 0.1 * usual as f64) + dice.between(0.0, 1_500.0);
            let delay = (usual as f64 + wobble).max(100.0) as u64;
            if let Some(at) = reachable(event + delay, 10 * MINUTE, life, dice) {
                say(at, self.pair, dice);
            }
        }
    }

    fn at_intervals(
        &mut self,
        life: &Life,
        say: &mut impl FnMut(u64, (u16, u32), &mut Dice),
        dice: &mut Dice,
    ) {
        let (period, jitter) = (self.kind.period(), 2 * HOUR);
        // Half count from their last contact, half keep to an hour of the day.
        let drifts = dice.is(0.5);
        self.drifts = drifts;
        let mut due = dice.span(0, period.min(DAY));
        while due < END {
            let spoken = if drifts {
                due
            } else {
                due + dice.span(0, jitter)
            };
            if !dice.is(self.missed)
                && let Some(at) = reachable(spoken, period / 2, life, dice)
            {
                say(at, self.pair, dice);
                if life.is_watched(at) {
                    self.moments.push(at);
                }
                if drifts {
                    due = at;
                }
            }
            due += period;
            if drifts {
                due = due - jitter + dice.span(0, 2 * jitter);
            }
        }
    }
}

/// `at`, or when the phone is on and online again, within `patience`.
fn reachable(at: u64, patience: u64, life: &Life, dice: &mut Dice) -> Option<u64> {
    let mut on = at;
    for _ in 0..4 {
        let Some(gap) = life.dark.at(on).or(life.offline.at(on)) else {
            break;
        };
        on = gap.to + dice.span(500, 5 * SECOND);
    }
    (life.is_online(on) && on - at < patience).then_some(on)
}
