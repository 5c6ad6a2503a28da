//! Boots that are answered before anything is seen, as Gasket's service starts later than the first apps.

use super::month::Chance;
use super::*;

const BOOTS: u64 = 24;

/// How an app speaks after the boots that it answers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Speaks {
    /// Within seconds.
    Soon,
    /// And goes on to, as who is opened does.
    SoonAndOn,
    /// After minutes, so that all of it is seen.
    Late,
}

/// What is told of an app that answers so many of the boots, which come every so many hours, each after the phone was off for one and
/// another time by turns: the counts of boots.
fn told(speaks: Speaks, answered: u64, hours: u64, off: [u64; 2]) -> Vec<(Occasion, u32, u32)> {
    let mut chance = Chance(answered + off[0] + off[1]);
    let mut phone = Phone::new();
    let (one, other) = (app("com.example.reg"), app("com.example.other"));
    let mut on = START_MS;
    for boot in 0..BOOTS {
        let off_ms = off[(boot / 2 % 2) as usize];
        let at = START_MS + (boot + 1) * hours * HOUR_MS + chance.below(hours / 4 * HOUR_MS);
        for at in (on..at - off_ms).step_by(2 * MINUTE_MS as usize) {
            phone.sized_flow(at + 1, &other, "other.example", FETCHES);
        }
        on = at;
        phone.event(at - off_ms, Trigger::Alarm);
        phone.event(at, Trigger::Boot);
        // Spread over all of them as evenly as can be without a pattern, by the golden ratio.
        if boot * 377 % 610 >= answered * 610 / BOOTS {
            continue;
        }
        let after = match speaks {
            Speaks::Late => chance.between(100_000, 280_000),
            _ => chance.between(1_000, 60_000),
        };
        phone.flow(at + after, &one, "reg.example");
        if speaks == Speaks::SoonAndOn {
            for n in 1..4 {
                phone.flow(at + after + n * 9 * MINUTE_MS, &one, "reg.example");
            }
        }
    }
    let told = phone.run();
    let counts = |seen: &BeaconSeen| match seen.beacon.evidence {
        Evidence::Event {
            trigger, hits, of, ..
        } => Some((trigger, hits, of)),
        Evidence::Period { .. } => None,
    };
    told.iter().filter_map(counts).collect()
}

const QUICK: u64 = MINUTE_MS;
const SLOW: u64 = 8 * MINUTE_MS;

#[test]
fn boots_are_told_of_which_half_are_answered_unseen() {
    for (off, answered, hours) in [
        ([QUICK, QUICK], 11, 30),
        ([QUICK, QUICK], 14, 30),
        ([SLOW, SLOW], 15, 30),
        // Neither sort is enough by itself, and what is said of it at boots soon after another is no more.
        ([QUICK, SLOW], 12, 30),
        ([QUICK, SLOW], 12, 12),
    ] {
        let what = format!("{answered}, off for {off:?} ms, every {hours} h");
        let told = told(Speaks::Soon, answered, hours, off);
        let [(Occasion::Boot, hits, of)] = told[..] else {
            panic!("{what}: {told:?}");
        };
        // Those that there were.
        assert!(
            hits * 5 >= of * 2 && hits * 4 < of * 3,
            "{what}: {hits} {of}"
        );
        assert!(
            u64::from(hits) <= answered && u64::from(of) <= BOOTS,
            "{what}"
        );
    }
}

#[test]
fn boots_are_not_told_of_what_is_seen_to_answer_half() {
    for off in [QUICK, SLOW] {
        let off = [off, off];
        assert_eq!(told(Speaks::Late, 14, 30, off), []);
        assert_eq!(told(Speaks::SoonAndOn, 14, 30, off), []);
        assert_eq!(told(Speaks::Soon, 6, 30, off), []);
        // The controls: each of them, where nearly all are answered.
        assert_eq!(told(Speaks::Late, 23, 30, off).len(), 1);
        assert_eq!(told(Speaks::SoonAndOn, 23, 30, off).len(), 1);
    }
}
