//! Phones with beacons in them: a month of 200 apps each, made by somebody who had not read the detector, and what it
//! finds there. docs/DETECTION.md has the figures.

mod dice;
mod life;
mod measure;
mod ordinary;
mod phone;
mod planted;
mod report;
mod span;
mod traffic;
mod watch;
mod world;

use measure::{SEED, Size, in_the_month, measure, of_kind};
use planted::Kind;

#[test]
#[ignore = "minutes: GASKET_PHONES=50 GASKET_SEED=1 cargo test --profile ci --test beacons -- --ignored --nocapture"]
fn write_the_report() {
    let size = match std::env::var("GASKET_PHONES") {
        Ok(n) => {
            let n = n.parse().unwrap();
            Size {
                crowded: n,
                few: n,
                clean: n,
            }
        }
        Err(_) => Size::FULL,
    };
    let seed = std::env::var("GASKET_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    let measured = measure(size, seed);
    println!("{}", report::terminal(&measured));
}

/// One phone, for quickness: what many of them come to is in docs/DETECTION.md.
#[test]
fn most_beacons_at_unlock_are_found_in_a_month() {
    let measured = measure(Size::QUICK, SEED);
    let all = measured.planted().filter(|one| of_kind(one, Kind::Unlock));
    let share = in_the_month(all, 1);
    assert!(share.of == 10 && share.value() >= 0.8, "{}", share.told());
}
