//! The soak: for as long as one likes, ordinary traffic, leaks and faults at once, and nothing may leak, be lost, be
//! told twice or grow. docs/TESTING.md, "Soak".

mod choice;
mod closing;
mod devices;
mod faults;
mod forms;
mod kinds;
mod ledger;
mod making;
mod places;
mod report;
mod scene;
mod usage;
mod wire;

use std::time::Duration;

use scene::{Plan, soak};

/// Seed of the run in `cargo test`.
const SEED: u64 = 8;

fn number(variable: &str, otherwise: u64) -> u64 {
    let said = std::env::var(variable).ok();
    said.map_or(otherwise, |said| {
        said.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {said}"))
    })
}

/// Long enough for most faults to come once, and for `gasket run` to be killed.
#[test]
fn half_a_minute() {
    soak(
        "half_a_minute",
        &Plan {
            seed: number("SOAK_SEED", SEED),
            length: Duration::from_secs(25),
            per_second: 20,
            calm_s: 1,
            command_lives_s: 9,
            tells_every: Duration::from_secs(10),
            idle_max_s: 6,
            body_max: 300_000,
            settles: false,
            writes_to: None,
        },
    );
}

/// `cargo xtask soak`.
#[test]
#[ignore = "as long as SOAK_MINUTES says: cargo xtask soak"]
fn long() {
    soak(
        "long",
        &Plan {
            seed: number("SOAK_SEED", u64::from(std::process::id())),
            length: Duration::from_secs(60 * number("SOAK_MINUTES", 60)),
            per_second: 40,
            calm_s: 4,
            command_lives_s: 40,
            tells_every: Duration::from_secs(60),
            idle_max_s: 240,
            body_max: 2_000_000,
            settles: true,
            writes_to: Some("target/soak.json"),
        },
    );
}
