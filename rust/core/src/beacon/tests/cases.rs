//! What makes it hard to tell a beacon.

use super::*;

/// Unlocks from seven to eleven, every so many minutes, not quite evenly.
fn unlocks(days: u64, every_min: u64) -> Vec<u64> {
    let mut times = Vec::new();
    for day in 0..days {
        let mut at = START_MS + day * DAY_MS + 7 * HOUR_MS;
        while at < START_MS + day * DAY_MS + 23 * HOUR_MS {
            times.push(at);
            at += every_min * MINUTE_MS + (at / MINUTE_MS * 7919 % 97) * 3_000;
        }
    }
    times
}

fn occasions(told: &[BeaconSeen]) -> Vec<(String, Occasion)> {
    let occasion = |one: &BeaconSeen| match one.beacon.evidence {
        Evidence::Event { trigger, .. } => Some((one.app.as_ref()?.packages[0].clone(), trigger)),
        Evidence::Period { .. } => None,
    };
    told.iter().filter_map(occasion).collect()
}

#[test]
fn a_beacon_in_an_app_that_also_speaks_for_other_reasons() {
    let (beacon, control) = (app("com.example.one"), app("com.example.two"));
    let mut phone = Phone::new();
    for at in unlocks(3, 12) {
        phone.event(at, Trigger::Unlock);
        phone.flow(at + 3_000, &beacon, "a.example");
        for app in [&beacon, &control] {
            phone.flow(at + 5 * MINUTE_MS, app, "a.example");
            phone.flow(at + 9 * MINUTE_MS, app, "a.example");
        }
    }
    let told = phone.run();
    assert_eq!(
        occasions(&told),
        [("com.example.one".to_owned(), Occasion::Unlock)]
    );
}

#[test]
fn push_messages_take_up_their_connection_again_when_the_phone_wakes() {
    let (push, beacon) = (app("com.example.push"), app("com.example.beacon"));
    let mut phone = Phone::new();
    let unlocks = unlocks(3, 12);
    for (at, next) in unlocks.iter().zip(unlocks.iter().skip(1)) {
        phone.event(*at, Trigger::Unlock);
        // Held open until the phone wakes again: then another takes its place.
        phone.long_flow(at + 2_000, &push, "push.example", next - at);
        phone.flow(at + 2_000, &beacon, "beacon.example");
    }
    let told = phone.run();
    assert_eq!(
        occasions(&told),
        [("com.example.beacon".to_owned(), Occasion::Unlock)]
    );
}

#[test]
fn a_connection_that_is_held_after_each_boot_is_no_beacon() {
    let mut phone = Phone::new();
    phone.hum(16);
    for boot in 0..5 {
        let at = START_MS + boot * 3 * DAY_MS;
        phone.event(at, Trigger::Boot);
        phone.long_flow(
            at + 9_000,
            &app("com.example.push"),
            "push.example",
            20 * HOUR_MS,
        );
        phone.flow(at + 9_000, &app("com.example.reg"), "reg.example");
    }
    let told = phone.run();
    assert_eq!(
        occasions(&told),
        [("com.example.reg".to_owned(), Occasion::Boot)]
    );
}

#[test]
fn of_two_apps_that_share_a_host_the_one_that_is_set_off_is_told() {
    let mut phone = Phone::new();
    for (n, at) in unlocks(3, 12).into_iter().enumerate() {
        phone.event(at, Trigger::Unlock);
        phone.flow(at + 2_000, &app("com.example.one"), "shared.example");
        phone.flow(
            at + 40_000 + n as u64 % 9 * 50_000,
            &app("com.example.two"),
            "shared.example",
        );
    }
    let told = phone.run();
    assert_eq!(
        occasions(&told),
        [("com.example.one".to_owned(), Occasion::Unlock)]
    );
}

#[test]
fn apps_that_look_for_news_at_every_second_unlock_are_none() {
    let mut phone = Phone::new();
    for (n, at) in unlocks(14, 12).into_iter().enumerate() {
        phone.event(at, Trigger::Unlock);
        for (which, name) in ["com.example.a", "com.example.b", "com.example.c"]
            .into_iter()
            .enumerate()
        {
            // Two thirds, in an order that is not even.
            if !(n * 31 + which * 7).is_multiple_of(3) {
                phone.flow(at + 1_500, &app(name), "news.example");
            }
        }
    }
    assert_eq!(occasions(&phone.run()), []);
}

#[test]
fn what_speaks_after_every_unlock_is_not_told_of_the_first_one_alone() {
    let mut phone = Phone::new();
    for (n, at) in unlocks(30, 60).into_iter().enumerate() {
        if n.is_multiple_of(80) {
            phone.restart(at - 40_000 - n as u64 * 7_919_000 % 360_000);
        }
        phone.event(at, Trigger::Unlock);
        // After the first unlocks always, after others half of the time.
        if n.is_multiple_of(80) || n.is_multiple_of(2) {
            phone.flow(at + 3_000, &app("com.example.habit"), "habit.example");
        }
        if n.is_multiple_of(80) {
            phone.flow(at + 4_000, &app("com.example.first"), "first.example");
        }
    }
    let told = occasions(&phone.run());
    assert!(
        told.iter().all(|(app, _)| app == "com.example.first"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|(_, occasion)| *occasion == Occasion::FirstUnlock),
        "{told:?}"
    );
}

#[test]
fn six_updates_of_its_own_are_enough_and_those_of_others_say_nothing() {
    let mut phone = Phone::new();
    phone.hum(32);
    // Both are known before.
    phone.flow(START_MS, &app("com.example.one"), "a.example");
    phone.flow(START_MS, &app("com.example.two"), "a.example");
    for update in 1..7 {
        let at = START_MS + update * 4 * DAY_MS;
        phone.update(at, "com.example.one");
        phone.flow(at + 7_000, &app("com.example.one"), "report.example");
        phone.flow(at + 7_000, &app("com.example.two"), "report.example");
    }
    let told = phone.run();
    assert_eq!(
        occasions(&told),
        [("com.example.one".to_owned(), Occasion::OwnUpdate)]
    );
    assert_eq!(told[0].beacon.support.first_contact_after_update_s, Some(7));
}

#[test]
fn a_day_without_protection_and_a_clock_that_jumps_break_off_and_nothing_more() {
    let one = app("com.example.daily");
    let mut phone = Phone::new();
    for day in 0..14 {
        if day == 5 {
            continue;
        }
        for hour in 0..24 {
            phone.event(START_MS + day * DAY_MS + hour * HOUR_MS, Trigger::Alarm);
        }
        phone.flow(
            START_MS + day * DAY_MS + 9 * HOUR_MS + day % 3 * HOUR_MS,
            &one,
            "daily.example",
        );
    }
    let told = phone.run();
    assert_eq!(told.len(), 1, "{told:?}");
    let Evidence::Period {
        period_s: 86_400,
        seen,
        of,
        ..
    } = told[0].beacon.evidence
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        seen, of,
        "the interval with the day that was missed counts for nothing"
    );

    // The same, but the clock was a day ahead for a while: events that seem to come before what was.
    let mut phone = Phone::new();
    let beacons = &mut phone.beacons;
    let at = START_MS + 20 * DAY_MS;
    beacons.handle_event(at, Trigger::Boot, None);
    assert!(beacons.poll_timeout().is_some());
    beacons.handle_event(at - DAY_MS, Trigger::Alarm, None);
    assert_eq!(beacons.poll_timeout(), None, "the trial is void");
    beacons.handle_event(at - DAY_MS, Trigger::Boot, None);
    assert!(beacons.poll_timeout().is_some(), "the control");
    beacons.handle_event(at, Trigger::Alarm, None);
    assert_eq!(beacons.poll_timeout(), None, "the trial is void");
}

#[test]
fn a_clock_that_was_never_set_teaches_nothing() {
    let mut beacons = Beacons::unsaved(1);
    let flow = FlowStart {
        owner: None,
        address: SocketAddr::from(([192, 0, 2, 1], 443)),
        protocol: Protocol::Tcp,
        domain: None,
    };
    for at in [0, 5 * HOUR_MS, u64::MAX] {
        beacons.handle_event(at, Trigger::Boot, None);
        assert_eq!(beacons.handle_start(at, &flow), None);
        beacons.handle_time(at);
    }
    assert_eq!(beacons.state(), Beacons::unsaved(1).state());
    assert!(
        beacons.handle_start(START_MS, &flow).is_some(),
        "the control"
    );
}

#[test]
fn hours_are_told_where_more_is_sent_than_comes_back() {
    let told = |sent: u64, received: u64| {
        let owner = app("com.example.hourly");
        let flow = FlowStart {
            owner: Some(&owner),
            address: SocketAddr::from(([192, 0, 2, 1], 443)),
            protocol: Protocol::Tcp,
            domain: Some(("hourly.example", NameSource::Dns)),
        };
        let mut beacons = Beacons::unsaved(1);
        for hour in 0..60 {
            let at = START_MS + hour * 2 * HOUR_MS + hour % 5 * MINUTE_MS;
            if let Some(open) = beacons.handle_start(at, &flow) {
                beacons.handle_end(at + 2_000, open, sent, received);
            }
        }
        beacons.poll_beacon()
    };
    assert_eq!(told(600, 5_000), None);
    let seen = told(5_000, 900).unwrap();
    assert!(matches!(
        seen.beacon.evidence,
        Evidence::Period { period_s: 7200, .. }
    ));
    assert_eq!(seen.beacon.support.stable_upload, Some((5_000, 5_000)));
    // Nothing came back: six and six again are two storms.
    let seen = told(100, 0).unwrap();
    assert!(seen.beacon.support.retry_storms >= 2 || seen.beacon.support.sent > 0);
}
