//! Phones with beacons in them: a month of 200 apps each, made by somebody who had not read the detector, and what it
//! finds there. `cargo xtask detect` writes the figures to docs/DETECTION.md.

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

use measure::{Size, measure};

#[test]
#[ignore = "cargo xtask detect runs it"]
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
    let measured = measure(size);
    println!("{}", report::terminal(&measured));
}
