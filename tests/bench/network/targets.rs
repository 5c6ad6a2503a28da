//! What the packet path is to reach, and whether it does.
//!
//! hev-socks5-tunnel comes from no package registry, so it does not run here. It was measured once beside
//! slirp4netns; rows about it take its ratio to that and apply it to what slirp4netns reaches in this run. A
//! ratio to veth would not carry over: the bare link takes 64 KB a packet, and how fast that is depends on the
//! machine's TCP far more than an engine's packets of an MTU do.

use crate::contender::Contender::{self, Copy, Gasket, Slirp4netns, Tun2proxy, Veth};
use crate::figures::{Better, IDLE};
use crate::measure::{self, kernel_share};
use crate::programs::{self, Means};
use crate::results::{Results, Row};
use crate::statistics;

/// hev's throughput as a multiple of slirp4netns' at MTU 1500, when both were measured in one run.
const HEV_OF_SLIRP: [(&str, f64); 4] = [
    ("down1@1500", 2.11 / 2.39),
    ("up1@1500", 2.75 / 0.71),
    ("down10@1500", 2.14 / 2.10),
    ("up10@1500", 2.53 / 0.70),
];

/// hev's CPU seconds per GB as a multiple of slirp4netns', in the same run as above.
const HEV_CPU_OF_SLIRP: [(&str, f64); 2] = [("down1@1500", 4.55 / 4.1), ("up1@1500", 3.18 / 11.3)];

/// Where a row of a table of figures must not fall behind the best of the peers.
const BESIDE_PEERS: f64 = 0.95;

/// A bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

/// Whether a target is reached. `measured` is `None` where the run did not measure it.
pub(crate) struct Verdict {
    pub(crate) target: String,
    pub(crate) bound: Bound,
    pub(crate) measured: Option<f64>,
    /// What could be measured at best: of a throughput, if Gasket's own code took no time and only the kernel's
    /// were left; of round trips, what a program has that only copies packets ([`Contender::Copy`]); of another
    /// program, what it reaches without Gasket.
    pub(crate) limit: Option<f64>,
}

impl Verdict {
    /// `None`: not measured.
    pub(crate) fn holds(&self) -> Option<bool> {
        self.measured.map(|measured| self.bound.holds(measured))
    }
}

/// Every target, in the order of the table they come from.
pub(crate) fn judge(results: &Results) -> Vec<Verdict> {
    let mut verdicts = throughput(results);
    verdicts.extend(programs(results));
    let of_veth = |name: &str| results.row(name)?.ratio_to(Veth);
    verdicts.extend(round_trips(results));
    let mut tell = |target: &str, bound, measured| {
        verdicts.push(Verdict {
            target: target.to_owned(),
            bound,
            measured,
            limit: None,
        });
    };
    for ((name, multiple), most) in HEV_CPU_OF_SLIRP.into_iter().zip([0.75, 0.55]) {
        let row = results.row(&format!("{name} CPU"));
        let ratio = row.and_then(|row| row.ratio_to(Slirp4netns));
        let target = format!("{name} CPU of hev's");
        tell(
            &target,
            Bound::AtMost(most),
            ratio.map(|ratio| ratio / multiple),
        );
    }
    let gasket = |name: &str| results.row(name)?.median(Gasket);
    tell(
        "memory per idle flow, KB",
        Bound::AtMost(4.0),
        gasket("memory per idle flow"),
    );
    tell(
        "idle10000 memory, MB",
        Bound::AtMost(45.0),
        gasket("idle10000 memory"),
    );
    for way in ["down1", "up1"] {
        let target = format!("{way} beside 10000 idle, of beside 10");
        tell(&target, Bound::AtLeast(0.9), beside(results, way));
    }
    let to_peer = results
        .row("echo64")
        .and_then(|row| row.ratio_to(Tun2proxy));
    tell("echo64 of tun2proxy", Bound::AtLeast(1.25), to_peer);
    for flows in IDLE {
        let name = format!("idle{flows} wake-ups");
        tell(&format!("{name}, 1/s"), Bound::AtMost(0.0), gasket(&name));
    }
    tell(
        &format!("{}, of straight", programs::PAGE),
        Bound::AtMost(1.1),
        of_veth(programs::PAGE),
    );
    for name in measure::LOSSY {
        tell(
            &format!("{name} of veth"),
            Bound::AtLeast(0.95),
            of_veth(name),
        );
    }
    reliability(results, &mut tell);
    verdicts
}

fn throughput(results: &Results) -> Vec<Verdict> {
    let tell = |name: &str, other, whose: &str, multiple: f64, least| {
        let ratio = results.row(name).and_then(|row| row.ratio_to(other));
        let measured = ratio.map(|ratio| ratio / multiple);
        let share = results.row(&kernel_share(name));
        let share = share.and_then(|row| row.median(Gasket));
        Verdict {
            target: format!("{name} of {whose}"),
            bound: Bound::AtLeast(least),
            measured,
            limit: measured
                .zip(share)
                .map(|(measured, percent)| measured * 100.0 / percent),
        }
    };
    let of_hev = HEV_OF_SLIRP.into_iter().zip([1.3, 1.6, 1.2, 1.4]);
    let of_hev =
        of_hev.map(|((name, multiple), least)| tell(name, Slirp4netns, "hev", multiple, least));
    let of_veth = [
        ("down1@1500", 0.22),
        ("up1@1500", 0.20),
        ("down10@1500", 0.11),
        ("up10@1500", 0.12),
        ("down1@9000", 0.42),
        ("up1@9000", 0.30),
        ("down1@65520", 0.65),
        ("up1@65520", 0.38),
    ];
    let of_veth = of_veth.map(|(name, least)| tell(name, Veth, "veth", 1.0, least));
    of_hev.chain(of_veth).collect()
}

/// What takes many turns through the engine, each of a few bytes.
fn round_trips(results: &Results) -> Vec<Verdict> {
    let rates = [("connect1", 0.45), ("connect16", 0.40), ("echo64", 0.5)];
    let rates = rates.map(|(name, least)| {
        let of_veth = |contender| {
            let row = results.row(name)?;
            statistics::ratio(row.of(contender), row.of(Veth))
        };
        Verdict {
            target: format!("{name} of veth"),
            bound: Bound::AtLeast(least),
            measured: of_veth(Gasket),
            limit: of_veth(Copy),
        }
    });
    let times = [
        ("connect1 p50", 100.0),
        ("connect1 p99", 160.0),
        ("pingpong p50", 20.0),
    ];
    let times = times.map(|(name, most)| {
        // How much longer it takes than straight, in its own unit.
        let added = |contender| {
            let row = results.row(name)?;
            Some(row.median(contender)? - row.median(Veth)?)
        };
        Verdict {
            target: format!("{name} added, µs"),
            bound: Bound::AtMost(most),
            measured: added(Gasket),
            limit: added(Copy),
        }
    });
    rates.into_iter().chain(times).collect()
}

/// Programs that are not ours, through `gasket run`, beside the harness by the same way.
fn programs(results: &Results) -> Vec<Verdict> {
    let transfers = [
        (true, Means::Iperf3),
        (true, Means::Curl),
        (false, Means::Iperf3),
        (false, Means::Curl),
    ];
    let verdicts = transfers.map(|(is_down, means)| {
        let name = programs::name(is_down, means);
        let of_harness = |contender| {
            let ours = results.row(&programs::name(is_down, Means::Harness))?;
            statistics::ratio(results.row(&name)?.of(contender), ours.of(contender))
        };
        Verdict {
            target: format!("{name}, of the harness's"),
            bound: Bound::AtLeast(0.9),
            measured: of_harness(Gasket),
            limit: of_harness(Veth),
        }
    });
    verdicts.into()
}

fn reliability(results: &Results, tell: &mut impl FnMut(&str, Bound, Option<f64>)) {
    for name in ["down10@1500 drops", "up10@1500 drops"] {
        let drops = results.row(name).and_then(|row| row.median(Gasket));
        tell(&format!("{name}, %"), Bound::AtMost(0.1), drops);
    }
    let uploads = results.uploads.get(&Gasket);
    let failures = uploads.map(|uploads| (uploads.hung + uploads.lost) as f64);
    tell("half-close failures", Bound::AtMost(0.0), failures);
    let endurance = results.endurance;
    let lost = endurance.map(|endurance| endurance.failed as f64);
    tell("connections lost of 100,000", Bound::AtMost(0.0), lost);
    let grown = |pair: [u64; 2]| pair[1] as f64 - pair[0] as f64;
    let descriptors = endurance.map(|endurance| grown(endurance.descriptors));
    tell(
        "descriptors more after them",
        Bound::AtMost(0.0),
        descriptors,
    );
    // A page table here, a heap's edge there: growth by flow would be hundreds of megabytes.
    let memory = endurance.map(|endurance| grown(endurance.resident) / 1e6);
    tell("memory more after them, MB", Bound::AtMost(1.0), memory);
}

fn beside(results: &Results, way: &str) -> Option<f64> {
    let many = results.row(&format!("{way} beside 10000"))?;
    let few = results.row(&format!("{way} beside 10"))?;
    statistics::ratio(many.of(Gasket), few.of(Gasket))
}

/// How a figure stands to the best of the peers: above 1 is better, whichever way the figure goes.
pub(crate) fn beside_best(results: &Results, name: &str) -> Option<(f64, Contender)> {
    let row = results.row(name)?;
    let standings = Contender::PEERS.into_iter().filter_map(|peer| {
        let ratio = row.ratio_to(peer)?;
        let standing = match row.figure.better {
            Better::Higher => ratio,
            Better::Lower => 1.0 / ratio,
            Better::Neither => return None,
        };
        standing.is_finite().then_some((standing, peer))
    });
    standings.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// A figure in which Gasket is behind the best of the peers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Behind {
    pub(crate) figure: String,
    /// 1 would be level.
    pub(crate) standing: f64,
    pub(crate) peer: Contender,
    /// What the standing could be at best, as in [`Verdict::limit`].
    pub(crate) limit: Option<f64>,
}

/// Figures in which Gasket is behind the best of the peers by more than the twentieth that does not count.
pub(crate) fn behind(results: &Results) -> Vec<Behind> {
    let rows = results.rows.iter();
    rows.filter_map(|row| {
        let (standing, peer) = beside_best(results, &row.figure.name)?;
        (standing < BESIDE_PEERS).then(|| Behind {
            figure: row.figure.name.clone(),
            standing,
            peer,
            limit: best_beside(results, row, standing, peer),
        })
    })
    .collect()
}

fn best_beside(results: &Results, row: &Row, standing: f64, peer: Contender) -> Option<f64> {
    if let Some(copied) = statistics::ratio(row.of(Copy), row.of(peer)) {
        return Some(match row.figure.better {
            Better::Lower => 1.0 / copied,
            Better::Higher | Better::Neither => copied,
        });
    }
    let of = row
        .figure
        .name
        .strip_suffix(" CPU")
        .unwrap_or(&row.figure.name);
    let share = results.row(&kernel_share(of))?.median(Gasket)?;
    Some(standing * 100.0 / share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Figure;
    use crate::results::{Endurance, Uploads};

    fn results(figures: &[(&str, Better, Contender, f64)]) -> Results {
        let mut results = Results::default();
        for (name, better, contender, sample) in figures {
            results.add(Figure::new(*name, "", *better, 2), *contender, *sample);
        }
        results
    }

    fn holds(results: &Results, target: &str) -> Option<bool> {
        let verdicts = judge(results);
        let mut found = verdicts.iter().filter(|verdict| verdict.target == target);
        let verdict = found.next().unwrap_or_else(|| panic!("no target {target}"));
        assert!(found.next().is_none(), "two targets {target}");
        verdict.holds()
    }

    #[test]
    fn what_was_not_measured_neither_holds_nor_fails() {
        let verdicts = judge(&Results::default());
        assert!(verdicts.len() > 25);
        assert!(verdicts.iter().all(|verdict| verdict.holds().is_none()));
    }

    #[test]
    fn throughput_is_judged_by_its_share_of_veth() {
        let at = |gasket| {
            results(&[
                ("down1@1500", Better::Higher, Veth, 10.0),
                ("down1@1500", Better::Higher, Gasket, gasket),
            ])
        };
        assert_eq!(holds(&at(2.2), "down1@1500 of veth"), Some(true));
        assert_eq!(holds(&at(2.19), "down1@1500 of veth"), Some(false));
    }

    #[test]
    fn hev_is_judged_by_what_it_was_beside_slirp4netns() {
        let at = |gasket| {
            results(&[
                ("down1@1500", Better::Higher, Slirp4netns, 2.39),
                ("down1@1500", Better::Higher, Gasket, gasket),
            ])
        };
        // 1.3 times 2.11 is 2.743.
        assert_eq!(holds(&at(2.75), "down1@1500 of hev"), Some(true));
        assert_eq!(holds(&at(2.74), "down1@1500 of hev"), Some(false));
    }

    #[test]
    fn the_kernels_share_bounds_what_a_better_engine_could_reach() {
        let results = results(&[
            ("down1@1500", Better::Higher, Veth, 10.0),
            ("down1@1500", Better::Higher, Gasket, 1.0),
            ("down1@1500 in the kernel", Better::Neither, Gasket, 80.0),
        ]);
        let verdicts = judge(&results);
        let of = |target: &str| verdicts.iter().find(|one| one.target == target);
        let limit = of("down1@1500 of veth").and_then(|one| one.limit);
        assert_eq!(limit, Some(0.125));
        assert!(of("up1@1500 of veth").is_some_and(|one| one.limit.is_none()));
    }

    #[test]
    fn added_time_is_a_difference() {
        let at = |gasket| {
            results(&[
                ("connect1 p50", Better::Lower, Veth, 70.0),
                ("connect1 p50", Better::Lower, Gasket, gasket),
            ])
        };
        assert_eq!(holds(&at(170.0), "connect1 p50 added, µs"), Some(true));
        assert_eq!(holds(&at(170.5), "connect1 p50 added, µs"), Some(false));
    }

    #[test]
    fn copying_bounds_what_a_round_trip_could_be() {
        let results = results(&[
            ("connect1 p50", Better::Lower, Veth, 32.0),
            ("connect1 p50", Better::Lower, Copy, 64.0),
            ("connect1 p50", Better::Lower, Gasket, 256.0),
            ("connect1 p50", Better::Lower, Slirp4netns, 128.0),
        ]);
        let verdicts = judge(&results);
        let verdict = verdicts
            .iter()
            .find(|one| one.target == "connect1 p50 added, µs");
        assert_eq!(verdict.and_then(|verdict| verdict.limit), Some(32.0));
        let behind = behind(&results);
        assert_eq!((behind[0].standing, behind[0].limit), (0.5, Some(2.0)));
    }

    #[test]
    fn cpu_is_judged_beside_slirp4netns() {
        let at = |gasket| {
            results(&[
                ("up1@1500 CPU", Better::Lower, Slirp4netns, 11.3),
                ("up1@1500 CPU", Better::Lower, Gasket, gasket),
            ])
        };
        assert_eq!(holds(&at(1.74), "up1@1500 CPU of hev's"), Some(true));
        assert_eq!(holds(&at(1.76), "up1@1500 CPU of hev's"), Some(false));
    }

    #[test]
    fn one_lost_connection_is_one_too_many() {
        let mut results = Results {
            endurance: Some(Endurance {
                done: 99_999,
                failed: 1,
                descriptors: [20, 20],
                resident: [9_000_000, 9_100_000],
            }),
            ..Results::default()
        };
        results.uploads.insert(
            Gasket,
            Uploads {
                flows: 22,
                hung: 1,
                lost: 0,
            },
        );
        assert_eq!(holds(&results, "connections lost of 100,000"), Some(false));
        assert_eq!(holds(&results, "descriptors more after them"), Some(true));
        assert_eq!(holds(&results, "memory more after them, MB"), Some(true));
        assert_eq!(holds(&results, "half-close failures"), Some(false));
    }

    #[test]
    fn the_best_peer_is_the_one_to_beat_whichever_way_is_better() {
        let results = results(&[
            ("rate", Better::Higher, Gasket, 9.0),
            ("rate", Better::Higher, Tun2proxy, 4.0),
            ("rate", Better::Higher, Slirp4netns, 10.0),
            ("time", Better::Lower, Gasket, 100.0),
            ("time", Better::Lower, Tun2proxy, 99.0),
            ("alone", Better::Lower, Gasket, 1.0),
        ]);
        assert_eq!(beside_best(&results, "rate"), Some((0.9, Slirp4netns)));
        let behind = behind(&results);
        assert_eq!(behind.len(), 1);
        assert_eq!(
            (behind[0].figure.as_str(), behind[0].peer),
            ("rate", Slirp4netns)
        );
        assert_eq!(behind[0].limit, None);
        assert!(beside_best(&results, "alone").is_none());
    }
}
