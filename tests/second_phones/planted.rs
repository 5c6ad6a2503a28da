//! The beacons that are to be found.

use super::apps::{App, Behaviour, DestId, Dests, How, Needs, Planted, Size, Talk, When};
use super::draw::Draw;
use super::life::{DAY, HOUR, MINUTE};
use super::ordinary::Shared;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Boot,
    Unlock,
    Sim,
    Update,
    Day,
    ThreeDays,
}

pub(crate) const KINDS: [Kind; 6] = [
    Kind::Boot,
    Kind::Unlock,
    Kind::Sim,
    Kind::Update,
    Kind::Day,
    Kind::ThreeDays,
];

impl Kind {
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Boot => "boot",
            Self::Unlock => "unlock",
            Self::Sim => "SIM",
            Self::Update => "own update",
            Self::Day => "24 h",
            Self::ThreeDays => "72 h",
        }
    }

    /// By how many events it is to be found.
    pub(crate) fn by(self) -> usize {
        match self {
            Self::Boot | Self::Sim => 24,
            Self::Unlock => 125,
            Self::Update => 8,
            Self::Day => 20,
            Self::ThreeDays => 10,
        }
    }
}

/// What makes a planted beacon easy or hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    Plain,
    Literal,
    OtherHosts,
    SameHost,
    SharedHost,
    SeveralHosts,
    Misses,
    Retries,
    Http,
    Quic,
    Used,
}

pub(crate) const CASES: [Case; 11] = [
    Case::Plain,
    Case::Literal,
    Case::OtherHosts,
    Case::SameHost,
    Case::SharedHost,
    Case::SeveralHosts,
    Case::Misses,
    Case::Retries,
    Case::Http,
    Case::Quic,
    Case::Used,
];

impl Case {
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::Plain => "own host, TLS",
            Self::Literal => "literal address",
            Self::OtherHosts => "also speaks to other hosts",
            Self::SameHost => "same host for other reasons",
            Self::SharedHost => "host shared with other apps",
            Self::SeveralHosts => "several hosts of a domain",
            Self::Misses => "misses an event now and then",
            Self::Retries => "retries",
            Self::Http => "plain HTTP",
            Self::Quic => "QUIC",
            Self::Used => "opened and used",
        }
    }
}

/// Gives an app its beacon.
pub(crate) fn plant(
    index: usize,
    app: &mut App,
    dests: &mut Dests<'_>,
    shared: &Shared,
    (kind, case): (Kind, Case),
    draw: &mut Draw,
) -> Planted {
    let host = format!("report{index}.planted-{index}.example");
    let to = match case {
        Case::Literal => dests.literal(),
        Case::SharedHost => *draw.pick(&shared.sdks),
        Case::SeveralHosts => dests.named(&host, 3 + draw.below(6)),
        _ => dests.named(&host, 1 + draw.below(2)),
    };
    // Registrations, as handset self-registration and update clients send them, are some hundred
    // bytes to some KiB; reports of usage are larger and vary more.
    let (up, spread) = match kind {
        Kind::Boot => (draw.lognormal(1200.0, 0.5), draw.between(0.01, 0.1)),
        Kind::Unlock => (draw.lognormal(700.0, 0.4), draw.between(0.01, 0.12)),
        Kind::Sim => (draw.lognormal(1100.0, 0.4), draw.between(0.01, 0.08)),
        Kind::Update => (draw.lognormal(1500.0, 0.5), draw.between(0.01, 0.1)),
        Kind::Day => (draw.lognormal(4000.0, 0.8), draw.between(0.02, 0.25)),
        Kind::ThreeDays => (draw.lognormal(9000.0, 0.9), draw.between(0.05, 0.3)),
    };
    let answer = Size(draw.lognormal(240.0, 0.35), draw.between(0.0, 0.08));
    let mut talk = Talk::new(to, How::Tls, Size(up, spread), answer);
    talk = match case {
        Case::Http => talk.by(How::Http),
        Case::Quic => talk.by(How::Quic),
        Case::Literal if draw.chance(0.6) => talk.by(How::Http).at(*draw.pick(&[80, 9999, 8080])),
        _ => talk,
    };
    if draw.chance(0.3) {
        // An HTTP client that keeps idle connections.
        talk = talk.staying(30.0, 300.0);
    }
    let behaviour = Behaviour {
        when: when(kind, draw),
        talk,
        planted: Some(index),
        fails: match case {
            Case::Misses => draw.between(0.08, 0.25),
            Case::Retries => draw.between(0.2, 0.4),
            _ => 0.005,
        },
        retries: match case {
            Case::Retries => 3,
            Case::Misses => 0,
            _ => 1,
        },
        // Registration waits for a network; others often let it be.
        waits: matches!(kind, Kind::Boot | Kind::Sim) || (case != Case::Misses && draw.chance(0.5)),
    };
    app.behaviours.push(behaviour);
    company(app, dests, shared, to, case, draw);
    if kind == Kind::Update {
        app.updates = if draw.chance(0.6) {
            draw.between(9.0, 16.0)
        } else {
            draw.between(1.0, 9.0)
        };
    }
    Planted {
        app: index,
        dest: to,
        kind,
        case,
    }
}

fn when(kind: Kind, draw: &mut Draw) -> When {
    // Each client has its own delay; how long the phone takes to get there varies by a part of it.
    let mut delay = |ranges: &[(f64, f64)]| {
        let (low, high) = *draw.pick(ranges);
        let middle = draw.between(low, high);
        let spread = draw.between(0.05, 0.35);
        (middle * (1.0 - spread), middle * (1.0 + spread))
    };
    match kind {
        Kind::Boot => When::Boot {
            delay: delay(&[(4.0, 20.0), (30.0, 70.0), (60.0, 75.0), (90.0, 240.0)]),
            chance: 1.0,
            as_app: draw.chance(0.4),
        },
        Kind::Unlock => When::Unlock {
            delay: delay(&[(0.4, 2.0), (1.0, 4.0), (3.0, 9.0)]),
            chance: 1.0,
            rest: 0,
        },
        Kind::Sim => When::Sim {
            delay: delay(&[(2.0, 8.0), (5.0, 25.0), (60.0, 65.0)]),
            chance: 1.0,
            retold: draw.chance(0.5),
        },
        Kind::Update => When::Installed {
            delay: delay(&[(1.0, 6.0), (5.0, 40.0), (30.0, 90.0)]),
            chance: 1.0,
            own: true,
        },
        Kind::Day | Kind::ThreeDays => {
            let days = if kind == Kind::Day { 1 } else { 3 };
            let spread = *draw.pick(&[5 * MINUTE, 30 * MINUTE, 2 * HOUR]);
            match draw.weighted(&[0.45, 0.35, 0.2]) {
                0 => When::Interval {
                    period: days * DAY,
                    spread,
                },
                1 => When::Clock {
                    hour: draw.between(0.0, 24.0),
                    // Two draws apart by as much as this at most.
                    spread: spread / 2,
                    days,
                },
                _ => When::Alarm {
                    period: days * DAY,
                    spread,
                },
            }
        }
    }
}

/// What else an app with a beacon does.
fn company(
    app: &mut App,
    dests: &mut Dests<'_>,
    shared: &Shared,
    to: DestId,
    case: Case,
    draw: &mut Draw,
) {
    let host = format!("api.{}.example", app.owner.packages[0].replace('.', "-"));
    match case {
        Case::OtherHosts => {
            let api = dests.named(&host, 2);
            let hours = draw.between(1.0, 12.0);
            app.does(
                When::Job {
                    period: (hours * HOUR as f64) as u64,
                    flex: 0.3,
                    needs: Needs::Any,
                },
                Talk::get(api, 9000.0),
            );
            app.does(
                When::Called {
                    a_day: draw.between(0.5, 8.0),
                },
                Talk::get(shared.platform, 1500.0),
            );
        }
        Case::SameHost => {
            let hours = draw.between(2.0, 16.0);
            app.does(
                When::Job {
                    period: (hours * HOUR as f64) as u64,
                    flex: 0.4,
                    needs: Needs::Any,
                },
                Talk::get(to, 5000.0),
            );
            app.does(
                When::Called {
                    a_day: draw.between(0.2, 3.0),
                },
                Talk::get(to, 12_000.0),
            );
        }
        Case::Used => {
            let api = if draw.chance(0.5) {
                to
            } else {
                dests.named(&host, 2)
            };
            app.used.weight = draw.lognormal(0.6, 1.0);
            app.used.own = vec![Talk::get(api, 20_000.0).staying(10.0, 60.0)];
            app.used.sdks = vec![*draw.pick(&shared.sdks)];
        }
        _ => {}
    }
}
