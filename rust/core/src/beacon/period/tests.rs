//! What intervals show, and what they do not.

use super::super::pauses::Pause;
use super::*;
use crate::testing::Random;

const HOUR_S: u32 = 3600;
const START_S: u32 = 1_798_761_600;

fn after(gaps_h: &[u32]) -> Series {
    let mut series = Series::default();
    let mut at = START_S;
    series.add(at, 0, false);
    for gap in gaps_h {
        at += gap * HOUR_S;
        series.add(at, 0, false);
    }
    series
}

fn shown(series: &Series, pauses: &Pauses) -> Option<(u32, u32, u32)> {
    match series
        .shown(Choice::Any, pauses, &Boots::default(), &Charging::default())?
        .evidence
    {
        Evidence::Period {
            period_s, seen, of, ..
        } => Some((period_s / HOUR_S, seen, of)),
        Evidence::Event { .. } => None,
    }
}

fn whole(gaps_h: &[u32]) -> Option<(u32, u32, u32)> {
    shown(&after(gaps_h), &Pauses::default())
}

#[test]
fn days_and_three_days_with_jitter() {
    let day = [22, 26, 25, 23, 24, 22, 26, 24];
    assert_eq!(whole(&day[..7]), None);
    assert_eq!(whole(&day), Some((24, 8, 8)));
    assert_eq!(whole(&[72, 70, 74, 73, 71]), Some((72, 5, 5)));
    assert_eq!(whole(&[68, 76, 68, 76, 72, 70]), Some((72, 6, 6)));
}

#[test]
fn one_that_was_left_out_is_neither_for_nor_against() {
    let day = [24, 23, 48, 25, 24, 47, 24, 23, 24];
    assert_eq!(whole(&day), Some((24, 7, 7)));
    // But what is mostly left out is not of twice the time.
    assert_eq!(whole(&[48, 24, 48, 48, 24, 48, 48, 24, 48]), None);
    assert_eq!(whole(&[48; 9]), Some((48, 9, 9)));
}

/// Contacts of three days of which two were lost, in a month.
#[test]
fn a_month_of_three_days_bears_lost_contacts() {
    assert_eq!(whole(&[72, 71, 144, 72, 73, 72, 71]), Some((72, 6, 6)));
    assert_eq!(whole(&[72, 71, 144, 72, 145, 72, 71]), Some((72, 5, 5)));
    // But each other one is no interval of three days.
    assert_eq!(whole(&[144, 72, 144, 72, 144, 72]), None);
    // One that came between says something against it.
    assert_eq!(whole(&[72, 71, 30, 42, 73, 72]), None);
}

/// Something else that is as large now and then.
#[test]
fn a_contact_between_is_passed_over() {
    assert_eq!(
        whole(&[24, 24, 5, 19, 24, 24, 16, 8, 24, 24]),
        Some((24, 8, 8))
    );
    assert_eq!(
        whole(&[72, 71, 10, 20, 43, 72, 72, 73]),
        Some((72, 6, 6)),
        "two of them"
    );
    // But not if that is how it mostly is.
    assert_eq!(whole(&[24, 30, 18].repeat(5)), None);
}

/// What is laid on a contact becomes no more on average, whatever the rate at which contacts come without memory.
#[test]
fn nobody_wins_by_what_comes_without_memory() {
    let mut random = Random::new(7);
    for (hours, part) in [(72, 12), (24, 36), (24, 6), (6, 12)] {
        let each_day = boots((0..90).map(|day| day * 24 + day * 7 % 11));
        let cases = [
            (Pauses::default(), None),
            (nights(90), None),
            (Pauses::default(), Some(boots((0..30).map(|n| n * 57)))),
            (nights(90), Some(each_day)),
        ];
        for (mean, (pauses, boots)) in [5, 12, 24, 40, 100]
            .into_iter()
            .flat_map(|mean| cases.clone().map(|case| (mean * 60, case)))
        {
            let question = Question {
                boots: boots.as_ref(),
                ..Question::of(hours, part)
            };
            let (mut won, mut bets) = (0.0, 0);
            while bets < 5_000 {
                let mut at = (START_S + (36 + bets % 20) * HOUR_S) / 60;
                let mut moments = vec![at];
                // Half an hour in which there can be none.
                for _ in 0..4 {
                    let unit = (random.below(1 << 24) + 1) as f64 / f64::from(1 << 24);
                    at += 31 + (-unit.ln() * f64::from(mean)) as u32;
                    moments.push(at);
                }
                won += question.bet(&moments, &pauses).map_or(1.0, |bet| bet.gain);
                bets += 1;
            }
            let won = won / f64::from(bets);
            assert!(won <= 1.1, "{hours} / {part}, {mean} min: {won}");
        }
    }
}

/// Those that somebody's use of the phone may have brought about are left out: the intervals are as if they had not been.
#[test]
fn some_contacts_can_be_left_out() {
    let mut series = Series::default();
    let mut but = 0;
    for day in 0..10 {
        let at = START_S + day * 24 * HOUR_S;
        series.add(at, 0, false);
        for hour in [5, 11] {
            but |= 1 << series.add(at + hour * HOUR_S, 0, false);
        }
    }
    let pauses = Pauses::default();
    let choice = Choice::But { but, looks: 10 };
    assert_eq!(
        series.shown(choice, &pauses, &Boots::default(), &Charging::default()),
        None,
        "the last is left out"
    );
    assert_eq!(Gaps::of(&series, but).last, series.last - 11 * 60);
    series.add(START_S + 10 * 24 * HOUR_S, 0, false);
    let seen = series
        .shown(choice, &pauses, &Boots::default(), &Charging::default())
        .unwrap();
    assert!(matches!(
        seen.evidence,
        Evidence::Period {
            period_s: 86_400,
            seen: 9,
            of: 9,
            ..
        }
    ));
    assert_eq!(
        series.shown(
            Choice::Alike,
            &pauses,
            &Boots::default(),
            &Charging::default()
        ),
        None,
        "the control"
    );
    assert_eq!(Gaps::of(&series, 0).len, 29);
    assert_eq!(Gaps::of(&series, !0).len, 0);
    // More looks need more.
    let choice = Choice::But { but, looks: 60_000 };
    assert_eq!(
        series.shown(choice, &pauses, &Boots::default(), &Charging::default()),
        None
    );
}

#[test]
fn hours_are_shown_too() {
    assert_eq!(whole(&[6; 12]), Some((6, 12, 12)));
    let series = after(&[6; 12]);
    assert_eq!(
        series
            .shown(
                Choice::Any,
                &Pauses::default(),
                &Boots::default(),
                &Charging::default()
            )
            .map(|shown| shown.scale),
        Some(0)
    );
}

/// Off from eleven to seven each night; counted from the first midnight.
fn nights(days: u32) -> Pauses {
    let mut pauses = Pauses::default();
    for day in 0..days {
        pauses.add(Pause {
            from: START_S + day * 24 * HOUR_S + 23 * HOUR_S,
            to: START_S + (day + 1) * 24 * HOUR_S + 7 * HOUR_S,
        });
    }
    pauses
}

/// Contacts at these minutes of each day.
fn daily(days: u32, minute: impl Fn(u32) -> u32) -> Series {
    let mut series = Series::default();
    for day in 1..=days {
        series.add(START_S + day * 24 * HOUR_S + minute(day) * 60, 0, false);
    }
    series
}

#[test]
fn an_interval_goes_on_through_the_night() {
    let noon = daily(14, |day| 12 * 60 + day * 37 % 110);
    assert!(matches!(shown(&noon, &nights(20)), Some((24, 9.., 13))));
    let boot = daily(20, |day| 7 * 60 + day % 3);
    let late = boot
        .shown(
            Choice::Any,
            &nights(20),
            &Boots::default(),
            &Charging::default(),
        )
        .unwrap();
    assert!(late.is_marked && late.scale == 1, "{late:?}");
    assert!(
        !noon
            .shown(
                Choice::Any,
                &nights(20),
                &Boots::default(),
                &Charging::default()
            )
            .unwrap()
            .is_marked
    );
    // It takes more of those that could have fallen due all night.
    assert_eq!(shown(&daily(10, |day| 7 * 60 + day % 3), &nights(20)), None);
    assert_eq!(
        shown(&daily(10, |day| 7 * 60 + day % 3), &Pauses::default()),
        Some((24, 9, 9)),
        "the control"
    );
}

#[test]
fn three_days_through_the_nights() {
    let mut series = Series::default();
    let mut at = START_S + 24 * HOUR_S;
    for n in 0..10 {
        // Due at night every third time: spoken at seven.
        let hour = [3, 13, 22][n % 3];
        let spoken = if hour < 7 { 7 } else { hour };
        series.add(at + spoken * HOUR_S + 120, 0, false);
        at += 72 * HOUR_S + if n % 3 == 2 { 0 } else { HOUR_S };
    }
    let seen = shown(&series, &nights(32));
    assert!(seen.is_none_or(|(hours, ..)| hours == 72), "{seen:?}");
}

#[test]
fn times_before_the_clock_was_set_back_are_forgotten() {
    let mut series = after(&[24; 5]);
    let seen = series.intervals;
    series.add(START_S + 200 * HOUR_S, START_S + 190 * HOUR_S, false);
    assert_eq!(series.intervals, seen);
    for day in 1..=6 {
        series.add(START_S + (200 + day * 24) * HOUR_S, 0, false);
    }
    assert_eq!(shown(&series, &Pauses::default()), Some((24, 6, 6)));
}

/// Each question is answered as it would be without a first look, and that one turns nearly all away.
#[test]
fn the_first_look_changes_nothing() {
    let mut random = Random::new(3);
    // By whether the phone was switched on meanwhile.
    let (mut asked, mut worthwhile, mut shown) = ([0; 2], [0; 2], 0);
    for round in 0..600 {
        let pauses = if round % 3 == 0 {
            Pauses::default()
        } else {
            nights(60)
        };
        let every = [1, 2, 6, 24, 24, 72][random.below(6)] * 60;
        let spread = 1 + every / [2, 8, 40][random.below(3)];
        let mut series = Series::default();
        let mut at = START_S / 60;
        for _ in 0..6 + random.below(26) {
            at += every + random.below(spread as usize) as u32 - spread / 2;
            let ended = |pause: &Pause| at * 60 < pause.to && at * 60 >= pause.from;
            if let Some(pause) = pauses.0.iter().find(|pause| ended(pause)) {
                at = pause.to / 60 + random.below(12) as u32;
            }
            series.add(at * 60, 0, false);
        }
        let mut boots = Boots::default();
        let is_restarted = usize::from(round % 2 == 1);
        for _ in 0..random.below(12) * is_restarted {
            let before = boots.at.front().copied().unwrap_or(START_S / 60);
            boots.add(0.0, before + random.below(6 * 24 * 60) as u32);
        }
        let gaps = Gaps::of(&series, 0);
        let long = Long {
            late: gaps.late(&pauses),
            begun_anew: gaps.begun_anew(&boots),
        };
        for (hours, shares) in PERIODS_H {
            let wanted = 1.0 / part(occasions::SHARES, shares);
            for question in tolerances(hours).map(|part| Question::of(hours, part)) {
                let intervals = series.intervals.into();
                let shown_is = gaps.shown(&question, wanted, intervals, &pauses, &boots);
                let is_shown = shown_is.is_some();
                let may_show = gaps.may_show(&question, wanted, intervals, long);
                assert!(may_show || !is_shown, "{hours} h: {series:?}");
                asked[is_restarted] += 1;
                worthwhile[is_restarted] += u32::from(may_show);
                shown += u32::from(is_shown);
            }
        }
    }
    assert!(
        shown > 300 && worthwhile[0] * 6 < asked[0] && worthwhile[1] * 3 < asked[1],
        "{shown} {worthwhile:?} {asked:?}"
    );
}

/// Boots at these hours.
fn boots(hours: impl IntoIterator<Item = u32>) -> Boots {
    let mut boots = Boots::default();
    for hour in hours {
        boots.add(0.0, START_S / 60 + hour * 60);
    }
    boots
}

/// An alarm that is not kept is set again when the phone is switched on.
#[test]
fn an_interval_that_begins_anew_with_the_phone() {
    // Every four days at four; three days later it speaks.
    let starts = || (0..9).map(|n| 4 + n * 96);
    let mut series = Series::default();
    for (n, start) in starts().enumerate() {
        series.add(START_S + (start + 71 + n as u32 % 3) * HOUR_S, 0, false);
    }
    let shown = |boots: &Boots| {
        let shown = series.shown(Choice::Any, &Pauses::default(), boots, &Charging::default())?;
        match shown.evidence {
            Evidence::Period {
                period_s, seen, of, ..
            } => Some((period_s / HOUR_S, seen, of)),
            Evidence::Event { .. } => None,
        }
    };
    assert_eq!(shown(&boots(starts())), Some((72, 8, 8)));
    assert_eq!(shown(&Boots::default()), None, "the control");
    assert_eq!(shown(&boots(starts().map(|start| start + 40))), None);
}

#[test]
fn an_interval_that_goes_on_bears_a_phone_that_is_switched_on() {
    let series = after(&[72, 71, 73, 72, 72, 71]);
    for boots in [boots([30, 200, 290]), boots((0..18).map(|n| 4 + n * 24))] {
        let shown = series.shown(
            Choice::Any,
            &Pauses::default(),
            &boots,
            &Charging::default(),
        );
        assert!(matches!(
            shown.unwrap().evidence,
            Evidence::Period {
                period_s: 259_200,
                ..
            }
        ));
    }
}

#[test]
fn what_comes_without_memory_is_none() {
    // Deciles of an exponential distribution with a mean of a day.
    let gaps = [1, 4, 7, 10, 14, 19, 25, 33, 45, 72].repeat(6);
    assert_eq!(whole(&gaps), None);
}
