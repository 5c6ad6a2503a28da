//! What the planted beacons that were missed have in common, and what ordinary apps that were
//! told of do.

use std::collections::{BTreeMap, BTreeSet};

use gasket_core::beacon::Evidence;
use gasket_tests::score::Share;

use super::apps::{DestId, How, Talk, When};
use super::checks::places;
use super::life::MINUTE;
use super::measure::{alarms_of, found_in_month};
use super::phone::Phone;
use super::planted::Kind;
use super::report::{SORTS, seed};
use super::watch::watch;

/// Traits of a planted beacon that may matter.
fn traits(phone: &Phone, planted: usize) -> Vec<String> {
    let one = &phone.planted[planted];
    let behaviour = &phone.apps[one.app].behaviours[0];
    let kind = one.kind.told();
    let mut traits = Vec::new();
    match behaviour.when {
        When::Interval { spread, .. } => {
            traits.push(format!("{kind}: from the last, ± {} min", spread / MINUTE));
        }
        When::Clock { spread, .. } => {
            traits.push(format!("{kind}: by the clock, ± {} min", spread / MINUTE));
        }
        When::Alarm { spread, .. } => {
            traits.push(format!("{kind}: since the boot, ± {} min", spread / MINUTE));
        }
        When::Boot { delay, as_app, .. } => {
            let who = if as_app { "app" } else { "service" };
            traits.push(format!("{kind}: as {who}"));
            let late = [20.0, 80.0]
                .iter()
                .filter(|bound| delay.0 > **bound)
                .count();
            traits.push(format!(
                "{kind}: after {}",
                ["up to 20 s", "20 to 80 s", "longer"][late]
            ));
        }
        When::Sim { retold, .. } => {
            let heard = if retold {
                "boots, too"
            } else {
                "switches only"
            };
            traits.push(format!("{kind}: {heard}"));
        }
        _ => {}
    }
    let spread = behaviour.talk.up.1;
    let rough = [0.1, 0.2].iter().filter(|bound| spread > **bound).count();
    traits.push(format!(
        "{kind}: size spread {}",
        ["to 0.1", "0.1 to 0.2", "above 0.2"][rough]
    ));
    let size = [1000.0, 4000.0, 16_000.0]
        .iter()
        .filter(|bound| behaviour.talk.up.0 > **bound)
        .count();
    traits.push(format!(
        "{kind}: size {}",
        ["to 1 kB", "1 to 4 kB", "4 to 16 kB", "above 16 kB"][size]
    ));
    if phone.life.habits.encrypted_dns && matches!(behaviour.talk.how, How::Tcp | How::Udp) {
        let addresses = phone.dests[one.dest].v4.len();
        traits.push(format!("{kind}: no name, {addresses} addresses"));
    }
    traits
}

/// What an app does by itself with a destination.
fn nature(talks: &[&Talk]) -> &'static str {
    let short = |talk: &Talk| talk.down.0 <= 1000.0;
    match talks {
        [] => "nothing by itself",
        talks if talks.iter().all(|talk| short(talk) && talk.up.0 < 700.0) => "polls",
        talks if talks.iter().all(|talk| talk.up.0 > 2.0 * talk.down.0) => "reports",
        talks if talks.iter().all(|talk| talk.down.0 > 2.0 * talk.up.0) => "fetches",
        _ => "several or both ways",
    }
}

/// All that an app says to a destination by itself.
fn talks(phone: &Phone, app: usize, dest: DestId) -> Vec<&Talk> {
    phone.apps[app]
        .behaviours
        .iter()
        .filter(|behaviour| behaviour.talk.to == dest)
        .map(|behaviour| &behaviour.talk)
        .collect()
}

/// Ordinary pairs of app and destination with eight connections or more.
fn spoke_often(phone: &Phone) -> Vec<(usize, DestId)> {
    let mut counts = BTreeMap::<_, usize>::new();
    for flow in &phone.flows {
        *counts.entry((flow.app, flow.dest)).or_default() += 1;
    }
    for planted in &phone.planted {
        counts.remove(&(planted.app, planted.dest));
    }
    counts.retain(|_, count| *count >= 8);
    counts.into_keys().collect()
}

/// The same phones as in the report, `GASKET_PHONES` of each sort.
#[test]
#[ignore = "takes minutes"]
fn write_the_breakdown() {
    let phones = std::env::var("GASKET_PHONES")
        .ok()
        .and_then(|phones| phones.parse().ok())
        .unwrap_or(3);
    let places = places();
    let mut planted = BTreeMap::<String, Share>::new();
    let mut ordinary = BTreeMap::<(bool, &str, &str), usize>::new();
    let mut pairs = BTreeMap::<&str, Share>::new();
    for (at, sort) in SORTS.into_iter().enumerate() {
        for number in 0..phones {
            let phone = Phone::draw(seed(at, number), sort, &places);
            let watched = watch(&phone);
            for index in 0..phone.planted.len() {
                if let Some(found) = found_in_month(&phone, &watched, index) {
                    for of in traits(&phone, index) {
                        planted.entry(of).or_default().add(found);
                    }
                    if phone.planted[index].kind == Kind::ThreeDays {
                        let seen = phone.seen_answers(index).len();
                        let seen = format!("72 h: {seen} contacts seen");
                        planted.entry(seen).or_default().add(found);
                    }
                }
            }
            let told_of: BTreeSet<_> = alarms_of(&phone, &watched)
                .iter()
                .filter_map(|(verdict, _)| verdict.app.map(|app| (app, verdict.dest)))
                .collect();
            for (app, dest) in spoke_often(&phone) {
                let does = nature(&talks(&phone, app, dest));
                pairs
                    .entry(does)
                    .or_default()
                    .add(told_of.contains(&(app, dest)));
            }
            for (verdict, true_of_it) in alarms_of(&phone, &watched) {
                let talks = verdict
                    .app
                    .map_or(Vec::new(), |app| talks(&phone, app, verdict.dest));
                let what = match verdict.evidence {
                    Evidence::Event { .. } => "after an event",
                    Evidence::Period { .. } => "at intervals",
                };
                *ordinary
                    .entry((true_of_it, nature(&talks), what))
                    .or_default() += 1;
            }
        }
    }
    println!("Planted, found within the month, by what may matter");
    for (of, share) in planted {
        println!("  {of:<36}{}", share.told());
    }
    println!("\nOrdinary apps told of, by what they do there (verdicts)");
    for ((true_of_it, does, what), count) in ordinary {
        let so = if true_of_it { "by design" } else { "not so" };
        println!("  {so:<11}{does:<22}{what:<16}{count}");
    }
    println!("\nOrdinary pairs with eight connections or more: the share told of");
    for (does, share) in pairs {
        println!("  {does:<24}{}", share.told());
    }
}
