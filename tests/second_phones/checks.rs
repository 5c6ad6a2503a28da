//! Whether the phones are what they are said to be.

use std::fmt::Write as _;

use gasket_core::tables::Places;
use gasket_tests::score::Share;

use super::habits::Boots;
use super::life::{DAYS, HOUR, Life, MINUTE, SECOND, around};
use super::measure::score;
use super::phone::{APPS, Phone, Sort};
use super::planted::Kind;
use super::report::{SORTS, measure_all, told};
use super::watch::watch;

pub(crate) fn places() -> Places {
    Places::parse(&include_bytes!("../../data/places.bin")[..]).expect("the table of places")
}

fn text_of(phone: &Phone) -> String {
    let mut text = String::new();
    for event in &phone.life.events {
        let _ = write!(text, "{} {:?} ", event.at, event.trigger);
    }
    for flow in &phone.flows {
        let _ = write!(
            text,
            "{} {} {} {} {} ",
            flow.start, flow.end, flow.address, flow.sent, flow.received
        );
    }
    text
}

#[test]
fn a_seed_makes_the_same_phone_each_time_and_no_other_seed_does() {
    let places = places();
    let [first, again, other] =
        [7, 7, 8].map(|seed| text_of(&Phone::draw(seed, Sort::One, &places)));
    assert!(first == again, "one seed, two phones");
    assert!(first != other, "two seeds, one phone");
}

#[test]
fn lives_lie_in_the_ranges_that_are_stated() {
    for seed in 1..=60 {
        let life = Life::draw(seed);
        let unlocks = life
            .screens
            .iter()
            .filter(|one| one.unlock.is_some())
            .count() as f64;
        let a_day = unlocks / DAYS as f64;
        // 30 to 110 a day by habit; phones that are off by day have fewer.
        assert!(
            (15.0..=130.0).contains(&a_day),
            "{seed}: {a_day} unlocks a day"
        );
        let range = match life.habits.boots {
            Boots::Rare => 0..=3,
            Boots::Sometimes => 4..=16,
            Boots::Nightly => 24..=33,
            Boots::OffAtNight => 20..=33,
            Boots::Often => 15..=90,
        };
        assert!(
            range.contains(&life.boots.len()),
            "{seed}: {} boots",
            life.boots.len()
        );
        let switches = life.sims.iter().filter(|sim| sim.other).count();
        assert!(switches <= 60, "{seed}: {switches} SIM switches");
        let asleep = life
            .nights
            .iter()
            .map(|night| night.to - night.from)
            .sum::<u64>();
        let asleep = asleep as f64 / HOUR as f64 / life.nights.len() as f64;
        assert!(
            (4.0..=11.0).contains(&asleep),
            "{seed}: {asleep} hours of sleep"
        );
    }
}

#[test]
fn nothing_speaks_while_the_phone_is_off_or_offline() {
    let places = places();
    for (seed, sort) in [(11, Sort::Ten), (12, Sort::None)] {
        let phone = Phone::draw(seed, sort, &places);
        assert_eq!(phone.apps.len(), APPS);
        assert!(
            phone.flows.len() > 20_000,
            "{} connections",
            phone.flows.len()
        );
        for flow in &phone.flows {
            let power = around(&phone.life.powered, flow.start);
            assert!(power.is_some_and(|span| flow.end <= span.to), "{flow:?}");
            assert!(phone.life.network(flow.start).is_some(), "{flow:?}");
            assert!(flow.end >= flow.start, "{flow:?}");
        }
        for event in &phone.life.events {
            assert!(around(&phone.life.powered, event.at).is_some(), "{event:?}");
        }
    }
}

#[test]
fn each_sort_of_phone_has_its_beacons_and_they_speak() {
    let places = places();
    for (sort, count) in SORTS.into_iter().zip([60, 6, 0]) {
        let phone = Phone::draw(21, sort, &places);
        assert_eq!(phone.planted.len(), count);
        for (index, planted) in phone.planted.iter().enumerate() {
            let spoke = phone
                .flows
                .iter()
                .any(|flow| flow.app == planted.app && flow.dest == planted.dest);
            let answers = phone.answers[index].iter().any(|one| one.contact.is_some());
            assert!(spoke || !answers, "{planted:?}");
            if planted.kind == Kind::Unlock {
                assert!(answers, "{planted:?}");
            }
        }
    }
}

#[test]
fn planted_beacons_speak_when_they_are_said_to() {
    let places = places();
    let (mut soon, mut daily) = (Share::default(), Share::default());
    for seed in 41..=44 {
        let phone = Phone::draw(seed, Sort::Ten, &places);
        for (index, planted) in phone.planted.iter().enumerate() {
            let answers = &phone.answers[index];
            match planted.kind {
                Kind::Unlock => {
                    for answer in answers {
                        if let Some(contact) = answer.contact {
                            soon.add(contact - answer.told < 15 * SECOND);
                        }
                    }
                }
                Kind::Day => {
                    for pair in answers.windows(2) {
                        let apart = pair[1].told - pair[0].told;
                        // Ten minutes more in Doze.
                        daily.add((22 * HOUR..=26 * HOUR + 10 * MINUTE).contains(&apart));
                    }
                }
                _ => {}
            }
        }
    }
    // The others waited for a network, or for the phone to be on.
    assert!(soon.of > 10_000 && soon.value() > 0.95, "{soon:?}");
    assert!(daily.of > 500 && daily.value() > 0.8, "{daily:?}");
}

#[test]
fn most_beacons_at_unlock_are_found_on_each_sort_of_phone() {
    let places = places();
    for (sort, least) in SORTS.into_iter().zip([6, 1]) {
        let phone = Phone::draw(31, sort, &places);
        let score = score(&phone, &watch(&phone));
        let found = score.kinds[&Kind::Unlock];
        assert!(found.in_month.hits >= least, "{sort:?}: {found:?}");
        assert_eq!(
            score.strange, 0,
            "{sort:?}: destinations that it does not have"
        );
    }
    let phone = Phone::draw(31, Sort::None, &places);
    let score = score(&phone, &watch(&phone));
    assert!(
        score.kinds.is_empty() && score.taken > 10_000,
        "{}",
        score.taken
    );
}

/// The measure: `GASKET_PHONES` phones of each sort, 3 where it is not set.
#[test]
#[ignore = "takes minutes"]
fn write_the_report() {
    let phones = std::env::var("GASKET_PHONES")
        .ok()
        .and_then(|phones| phones.parse().ok())
        .unwrap_or(3);
    let score = measure_all(phones, &places());
    assert!(score.taken > 0, "the detector wants no connection");
    println!("{}", told(phones, &score));
}
