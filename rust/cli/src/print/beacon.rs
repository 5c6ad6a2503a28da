//! What looks like a beacon, in words.

use gasket_core::beacon::{Beacon, Evidence, Occasion};
use gasket_core::event::Event;

/// Why it does, with the counts.
pub(super) fn why(event: &Event) -> String {
    match &event.beacon {
        Some(beacon) => format!("Why: it looks like a beacon: {}.", counts(beacon)),
        None => "Why: it looks like a beacon.".to_owned(),
    }
}

fn counts(beacon: &Beacon) -> String {
    match &beacon.evidence {
        Evidence::Event {
            trigger,
            within_s,
            hits,
            of,
            other_hits,
            others,
        } => format!(
            "{hits} of {of} times it connected within {within_s} s after {}; in {other_hits} of {others} \
             other stretches as long",
            occasion(*trigger)
        ),
        Evidence::Period {
            period_s,
            jitter_s,
            seen,
            of,
            ..
        } => format!(
            "{seen} of {of} times it connected again after {}, give or take {}",
            time(*period_s),
            time(*jitter_s)
        ),
    }
}

/// What of all that left, since several connections are meant.
pub(super) fn outcome(device: &str, event: &Event) -> String {
    let flows = event
        .beacon
        .as_ref()
        .map_or(0, |beacon| beacon.support.flows);
    format!(
        "Not blocked, only reported. In {flows} connections, {} bytes left {device}.",
        event.bytes_left
    )
}

fn occasion(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Boot => "the device was switched on",
        Occasion::FirstUnlock => "it was first unlocked after it was switched on",
        Occasion::Unlock => "the device was unlocked",
        Occasion::ScreenOn => "the screen came on",
        Occasion::ScreenOff => "the screen went off",
        Occasion::SimChange => "the SIM changed",
        Occasion::ServiceChange => "the mobile service changed",
        Occasion::Connectivity => "the network changed",
        Occasion::Charging => "a charger was connected or taken away",
        Occasion::PackageChange => "some app was installed, updated or removed",
        Occasion::OwnUpdate => "it was installed or updated",
        Occasion::TimeZone => "the time zone changed",
        Occasion::Airplane => "airplane mode was switched",
    }
}

fn time(seconds: u32) -> String {
    match (seconds / 3600, seconds / 60 % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
