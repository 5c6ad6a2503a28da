//! The figures.

use std::fmt::Write as _;

use crate::measure::{Measured, in_the_month, needed, of_kind, reasons, told_at_all, within};
use crate::planted::{Form, Kind};

/// The number of events from which docs/DETECTION.md counts.
fn least(kind: Kind) -> usize {
    match kind {
        Kind::Boot => 9,
        Kind::Unlock => 200,
        Kind::Day => 1,
        Kind::Sim | Kind::ThreeDays | Kind::Update => 8,
    }
}

pub(crate) fn terminal(measured: &Measured) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        for (name, sort) in measured.sorts() {
            let all = sort.planted().filter(|one| of_kind(one, kind));
            let _ = writeln!(
                text,
                "{} [{name}]: month {}; any {} ; half by {:?}, 95 % by {:?}",
                kind.name(),
                in_the_month(all.clone(), 1).told(),
                all.clone().filter(|o| o.told).count(),
                needed(all.clone(), 0.5),
                needed(all.clone(), 0.95)
            );
        }
        let all = measured.planted().filter(|one| of_kind(one, kind));
        for n in [
            2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 24, 50, 100, 125, 200, 400, 1000,
        ] {
            let share = within(all.clone(), n);
            if share.of > 0 {
                let _ = writeln!(
                    text,
                    "   within {n}: {}; month {}",
                    share.told(),
                    in_the_month(all.clone(), n).told()
                );
            }
        }
        for form in [
            Form::Plain,
            Form::Literal,
            Form::Turns,
            Form::OtherHosts,
            Form::SameHost,
            Form::SharedHost,
            Form::Late,
        ] {
            let all = measured
                .planted()
                .filter(|one| one.kind == kind && one.form == form);
            let _ = writeln!(
                text,
                "   {}: month {}",
                form.name(),
                in_the_month(
                    all.clone(),
                    if matches!(kind, Kind::Day | Kind::ThreeDays | Kind::Unlock) {
                        1
                    } else {
                        8
                    }
                )
                .told()
            );
        }
        for misses in [false, true] {
            let all = measured
                .planted()
                .filter(|one| of_kind(one, kind) && one.misses == misses);
            let _ = writeln!(
                text,
                "   misses {misses}: month {}",
                in_the_month(all.clone(), 8).told()
            );
        }
    }
    for (name, sort) in measured.sorts() {
        let _ = writeln!(
            text,
            "{name}: false {}",
            sort.alarms(|one| !one.true_of_it).told()
        );
        let _ = writeln!(
            text,
            "{name}: true of ordinary {}",
            sort.alarms(|one| one.true_of_it).told()
        );
    }
    for nightly in [false, true] {
        let sort = |of: bool| {
            let phones: Vec<_> = measured.phones().filter(|p| p.nightly == nightly).collect();
            let counts: Vec<usize> = phones
                .iter()
                .map(|p| p.alarms.iter().filter(|a| a.true_of_it == of).count())
                .collect();
            (
                phones.len(),
                counts.iter().sum::<usize>(),
                counts.iter().max().copied(),
                counts.iter().filter(|c| **c > 1).count(),
            )
        };
        let _ = writeln!(
            text,
            "NIGHTLY {nightly}: (phones, alarms, most, phones with more than one): false {:?}, true of ordinary {:?}",
            sort(false),
            sort(true)
        );
        for drifts in [false, true] {
            for kind in [Kind::Day, Kind::ThreeDays] {
                let all = measured
                    .phones()
                    .filter(|p| p.nightly == nightly)
                    .flat_map(|p| &p.planted)
                    .filter(|o| o.kind == kind && o.drifts == drifts);
                let _ = writeln!(
                    text,
                    "NIGHTLY {nightly} {} drifts {drifts}: month {}; told for something else only {}",
                    kind.name(),
                    in_the_month(all.clone(), 1).told(),
                    all.clone().filter(|o| o.told && o.found.is_none()).count()
                );
            }
        }
        for kind in Kind::ALL {
            let all = measured
                .phones()
                .filter(|p| p.nightly == nightly)
                .flat_map(|p| &p.planted)
                .filter(|o| of_kind(o, kind));
            let _ = writeln!(
                text,
                "NIGHTLY {nightly} {}: month {}; told at all {}",
                kind.name(),
                in_the_month(all.clone(), least(kind)).told(),
                told_at_all(all, least(kind)).told()
            );
        }
    }
    for (alarm, count) in reasons(measured.phones().filter(|p| !p.nightly))
        .into_iter()
        .filter(|(a, _)| !a.true_of_it)
        .take(40)
    {
        let _ = writeln!(
            text,
            "NOT NIGHTLY FALSE {count:5} {}: {}",
            alarm.said, alarm.does
        );
    }
    let n = measured.phones().count();
    let _ = writeln!(
        text,
        "flows {} unlocks {} bytes {:?}",
        measured.phones().map(|p| p.flows).sum::<usize>() / n,
        measured.phones().map(|p| p.unlocks).sum::<usize>() / n / 30,
        measured.phones().map(|p| p.bytes).max()
    );
    for (alarm, count) in reasons(measured.phones()).into_iter().take(60) {
        let _ = writeln!(
            text,
            "{count:5} {} {}: {}",
            if alarm.true_of_it { "true " } else { "FALSE" },
            alarm.said,
            alarm.does
        );
    }
    text
}
