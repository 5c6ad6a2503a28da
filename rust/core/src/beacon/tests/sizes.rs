//! Whether it tells or fetches: what the sizes of connections say.

use super::*;

/// Bytes of a handshake, sent and received: TLS 1.3 with two certificates, and one that resumes a session.
const FULL: (u64, u64) = (620, 3900);
const RESUMED: (u64, u64) = (840, 480);

fn bytes(handshake: (u64, u64), sent: u64, received: u64) -> Traffic {
    Traffic {
        sent: handshake.0 + sent,
        received: handshake.1 + received,
        inside: None,
    }
}

/// Each day at about the same time, with sizes that hang on the day.
fn daily(sizes: impl Fn(u64) -> Traffic) -> (Vec<BeaconSeen>, Vec<BeaconSeen>) {
    let mut phone = Phone::new();
    phone.hum(20);
    let one = app("com.example.daily");
    for day in 0..20 {
        let at = START_MS + day * DAY_MS + 9 * HOUR_MS + day % 3 * 20 * MINUTE_MS;
        phone.sized_flow(at, &one, "daily.example", sizes(day));
    }
    let told = phone.run();
    let timing = phone.beacons.timing_only();
    (told, timing)
}

#[track_caller]
fn tells(sizes: impl Fn(u64) -> Traffic) {
    let (told, timing) = daily(sizes);
    assert_eq!((told.len(), timing.len()), (1, 0), "{told:?} {timing:?}");
    let support = &told[0].beacon.support;
    assert_eq!(support.telling, Some(Telling::Uploads));
}

#[track_caller]
fn fetches(sizes: impl Fn(u64) -> Traffic) {
    let (told, timing) = daily(sizes);
    assert_eq!((told.len(), timing.len()), (0, 1), "{told:?} {timing:?}");
    assert_eq!(timing[0].beacon.support.telling, None);
}

fn mixed(day: u64) -> (u64, u64) {
    if day.is_multiple_of(3) { FULL } else { RESUMED }
}

#[test]
fn a_beacon_in_the_clear() {
    tells(|day| bytes((0, 0), 740 + day % 5, 190));
}

#[test]
fn a_beacon_in_tls_with_and_without_resumption() {
    tells(|day| bytes(FULL, 1200 + day % 7, 250));
    tells(|day| bytes(RESUMED, 1200 + day % 7, 250));
    tells(|day| bytes(mixed(day), 1200 + day % 7, 250));
    // What is inside is known.
    tells(|day| Traffic {
        inside: Some((700 + day % 7, 250)),
        ..bytes(mixed(day), 750, 300)
    });
}

#[test]
fn a_feed_that_is_fetched() {
    let length = |day: u64| 9_000 + day * 7919 % 40_000;
    fetches(|day| bytes((0, 0), 600, length(day)));
    fetches(|day| bytes(mixed(day), 600, length(day)));
    fetches(|day| Traffic {
        inside: Some((600, length(day))),
        ..bytes(FULL, 650, length(day))
    });
}

#[test]
fn a_look_for_an_update_that_finds_none() {
    // Without a handshake, or where what is inside is known, the answer is longer than the question.
    fetches(|_| bytes((0, 0), 350, 900));
    fetches(|_| Traffic {
        inside: Some((350, 900)),
        ..bytes(FULL, 380, 950)
    });
    fetches(|_| bytes(RESUMED, 350, 900));
}

/// The headers of an answer alone are often longer than what was told.
#[test]
fn a_report_with_a_longer_receipt() {
    let receipt = |day: u64| 700 + day * 7919 % 1200;
    tells(|day| inside(430 + day % 7, receipt(day)));
    tells(|day| bytes(mixed(day), 700 + day % 7, receipt(day)));
    tells(|day| bytes((0, 0), 1300 + day % 7, receipt(day)));
    // What is fetched is more.
    fetches(|day| inside(430 + day % 7, 2_100 + receipt(day)));
    // Never as much, and not much more than comes back.
    fetches(|day| inside(730 + day * 7919 % 1_500, receipt(day) + 900));
    // A request may have as much in the hello that resumes a session.
    fetches(|day| bytes(RESUMED, 350, receipt(day)));
}

#[test]
fn a_connectivity_check() {
    fetches(|_| bytes((0, 0), 180, 110));
}

/// What clearly uploads tells, however much it is each time; what may be a request has to be about as long.
#[test]
fn reports_that_are_never_as_long() {
    tells(|day| bytes((0, 0), 3_000 + day * 7919 % 20_000, 300));
    tells(|day| bytes(FULL, 3_000 + day * 7919 % 20_000, 300));
    tells(|day| inside(900 + day * 7919 % 3_000, 250 + day % 90));
    tells(|day| inside(720 + day * 7919 % 300, 650));
    fetches(|day| inside(500 + day * 7919 % 1_500, 1_900));
}

/// One that is tried again has the sizes of the one that went well.
#[test]
fn a_report_that_is_tried_again() {
    let told = |trigger: Trigger, succeeds: bool| {
        let mut phone = Phone::new();
        phone.hum(30);
        let one = app("com.example.daily");
        for n in 0..7 {
            let at = START_MS + n * 4 * DAY_MS + 9 * HOUR_MS + n % 3 * 20 * MINUTE_MS;
            phone.event(at - 60_000, trigger);
            let failed = Traffic {
                sent: 517,
                received: 7,
                inside: Some((0, 0)),
            };
            phone.sized_flow(at - 50_000, &one, "daily.example", failed);
            phone.sized_flow(at + 30_000, &one, "daily.example", failed);
            if succeeds {
                let traffic = Traffic {
                    inside: Some((500 + n, 900)),
                    ..FETCHES
                };
                phone.sized_flow(at + 90_000, &one, "daily.example", traffic);
            }
        }
        phone.run().len()
    };
    assert_eq!(told(Trigger::SimChange, true), 1);
    assert_eq!(told(Trigger::SimChange, false), 0, "the control");
}

/// What goes to port 80 has no handshake: all of it is known.
#[test]
fn a_report_in_plain_http() {
    let told = |port: u16| {
        let mut beacons = Beacons::unsaved(1);
        let owner = app("com.example.daily");
        for day in 0..20 {
            let at = START_MS + day * DAY_MS + day % 3 * 20 * MINUTE_MS;
            let flow = FlowStart {
                owner: Some(&owner),
                address: SocketAddr::from(([192, 0, 2, 1], port)),
                protocol: Protocol::Tcp,
                domain: Some(("daily.example", NameSource::Dns)),
            };
            let open = beacons.handle_start(at, &flow).unwrap();
            beacons.handle_end(at + 900, open, 700 + day % 7, 1_200);
            for hour in 1..24 {
                beacons.handle_time(at + hour * HOUR_MS);
            }
        }
        beacons.poll_beacon().is_some()
    };
    assert!(told(80));
    assert!(!told(443), "the control");
}

#[test]
fn an_address_without_a_name_or_without_an_answer_tells_by_itself() {
    let run = |name: bool, received: u64| {
        let mut beacons = Beacons::unsaved(1);
        let (owner, other) = (app("com.example.one"), app("com.example.other"));
        let mut told = Vec::new();
        for hour in 0..20 * 24 {
            let at = START_MS + hour * HOUR_MS;
            let mut flow = FlowStart {
                owner: Some(&other),
                address: SocketAddr::from(([192, 0, 2, 1], 443)),
                protocol: Protocol::Tcp,
                domain: Some(("other.example", NameSource::Dns)),
            };
            let open = beacons.handle_start(at, &flow).unwrap();
            beacons.handle_end(at + 900, open, 500, 9000);
            if hour % 24 == 10 {
                flow.owner = Some(&owner);
                flow.domain = name.then_some(("one.example", NameSource::Dns));
                let open = beacons.handle_start(at + MINUTE_MS, &flow).unwrap();
                beacons.handle_end(at + MINUTE_MS + 900, open, 100, received);
            }
            told.extend(std::iter::from_fn(|| beacons.poll_beacon()));
        }
        told.iter()
            .map(|seen| seen.beacon.support.telling)
            .collect::<Vec<_>>()
    };
    assert_eq!(run(true, 900), [], "the control");
    assert_eq!(run(false, 900), [Some(Telling::Unnamed)]);
    assert_eq!(run(true, 0), [Some(Telling::Storms)]);
}
