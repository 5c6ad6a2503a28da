//! What the phones do, in figures.

use std::collections::BTreeMap;
use std::time::Instant;

use gasket_tests::score::Share;

use super::checks::places;
use super::phone::{Phone, Sort};
use super::planted::{KINDS, Kind};
use super::report::{SORTS, seed};
use super::watch::watch;

/// What the phones do, without what the detector says of it.
#[test]
#[ignore = "prints the phones' own statistics"]
fn write_the_statistics() {
    let places = places();
    let mut enough = BTreeMap::<Kind, usize>::new();
    let mut delays = BTreeMap::<_, (Share, Vec<u64>)>::new();
    for number in 0..40 {
        let phone = Phone::draw(seed(0, number), Sort::Ten, &places);
        for (index, planted) in phone.planted.iter().enumerate() {
            let seen = phone.seen_answers(index).len();
            for answer in &phone.answers[index] {
                let delays = delays.entry((planted.kind, planted.case)).or_default();
                delays.0.add(answer.contact.is_some());
                if let Some(contact) = answer.contact {
                    delays.1.push(contact.saturating_sub(answer.told));
                }
            }
            *enough.entry(planted.kind).or_default() += usize::from(seen >= planted.kind.by());
        }
    }
    println!("of 400 planted of each kind, with the events asked for: {enough:?}");
    for ((kind, case), (spoke, mut late)) in delays {
        late.sort_unstable();
        let at = |share: usize| late.get(late.len() * share / 10).map_or(0, |ms| ms / 1000);
        println!(
            "{} {}: spoke {:.3} of {}, after {} {} {} s",
            kind.told(),
            case.told(),
            spoke.value(),
            spoke.of,
            at(1),
            at(5),
            at(9)
        );
    }
    for (at, sort) in SORTS.into_iter().enumerate() {
        for number in 0..3 {
            let phone = Phone::draw(seed(at, number), sort, &places);
            let life = &phone.life;
            let unlocks = life
                .screens
                .iter()
                .filter(|one| one.unlock.is_some())
                .count();
            println!(
                "{sort:?} {number}: {} connections, {} events, {} unlocks, {:?} {} boots, {} SIM, {} service, {} networks, {} updates, {} chargers, {} watched spans, {} held",
                phone.flows.len(),
                life.events.len(),
                unlocks,
                life.habits.boots,
                life.boots.len(),
                life.sims.len(),
                life.services.len(),
                life.segments.len(),
                life.events.iter().filter(|one| one.app.is_some()).count(),
                life.charging.len(),
                life.watched.len(),
                life.held.len(),
            );
            println!("  by habit {:.0} a day", life.habits.unlocks);
            for kind in KINDS {
                let mut sizes: Vec<_> = phone
                    .flows
                    .iter()
                    .filter(|flow| {
                        phone.planted.iter().any(|one| {
                            one.kind == kind && one.app == flow.app && one.dest == flow.dest
                        })
                    })
                    .map(|flow| (flow.sent, flow.received, flow.inside))
                    .collect();
                sizes.sort_unstable();
                println!(
                    "  {}: middle of {}: {:?}",
                    kind.told(),
                    sizes.len(),
                    sizes.get(sizes.len() / 2)
                );
                let seen: Vec<usize> = phone
                    .planted
                    .iter()
                    .enumerate()
                    .filter(|(_, planted)| planted.kind == kind)
                    .map(|(index, _)| phone.seen_answers(index).len())
                    .collect();
                println!("  {}: events seen {seen:?}", kind.told());
            }
            let mut kinds = BTreeMap::<&str, (usize, u64, u64)>::new();
            for flow in &phone.flows {
                let kind = kinds.entry(phone.apps[flow.app].kind).or_default();
                kind.0 += 1;
                kind.1 += flow.sent;
                kind.2 += flow.received;
            }
            if number == 0 {
                for (kind, (count, sent, received)) in kinds {
                    let apps = phone.apps.iter().filter(|app| app.kind == kind).count();
                    println!(
                        "  {kind}: {apps} apps, {count} connections, {sent} up, {received} down"
                    );
                }
            }
            let start = Instant::now();
            let watched = watch(&phone);
            println!(
                "  shown {}, taken {}, {:?}",
                watched.shown,
                watched.taken,
                start.elapsed()
            );
        }
    }
}
