//! Connections that begin before the boot is told that they answer.

use super::*;

/// How a run begins.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Begins {
    /// With what was kept.
    Restored,
    /// It goes on after a minute in which nothing was told.
    Silent,
    /// It never ended.
    Never,
}

/// What is told of an app that speaks some seconds before each boot is told, which lasts so long. `after_ms`: when the run had begun.
fn told(begins: Begins, lasts_ms: u64, off_ms: u64) -> Vec<BeaconSeen> {
    let key = IdentifierKey::new(&[1; 32]).unwrap();
    let mut beacons = Beacons::new(&key);
    let (one, other) = (app("com.example.reg"), app("com.example.other"));
    let mut told = Vec::new();
    for boot in 0..9 {
        let at = START_MS + boot * 2 * DAY_MS + 12 * HOUR_MS;
        let say = |beacons: &mut Beacons, at: u64, lasts_ms: u64, owner: &Owner| {
            let flow = FlowStart {
                owner: Some(owner),
                address: SocketAddr::from(([192, 0, 2, 1], 443)),
                protocol: Protocol::Tcp,
                domain: Some(("reg.example", NameSource::Dns)),
            };
            let open = beacons.handle_start(at, &flow).unwrap();
            (at + lasts_ms, open)
        };
        let up = at - 12_000;
        let mut last = up - off_ms;
        while begins == Begins::Never && last + 5_000 < at {
            last += 5_000;
            beacons.handle_time(last);
        }
        if begins == Begins::Never {
            // What it says then is no answer: nothing was off.
            beacons.handle_time(up);
        } else {
            beacons.handle_time(up - off_ms);
        }
        if begins == Begins::Restored {
            beacons = Beacons::restore(&beacons.state(), &key).unwrap();
        }
        let (end, open) = say(&mut beacons, up + 7_000, lasts_ms, &one);
        let ends_before = end < at;
        let mut open = Some(open);
        if ends_before {
            beacons.handle_end(end, open.take().unwrap(), TELLS.sent, TELLS.received);
        }
        beacons.handle_event(at, Trigger::Boot, None);
        if let Some(open) = open {
            beacons.handle_end(end, open, TELLS.sent, TELLS.received);
        }
        for minutes in (10..2 * 24 * 60 - 30).step_by(10) {
            let at = at + minutes * MINUTE_MS;
            let (end, open) = say(&mut beacons, at, 1_000, &other);
            beacons.handle_end(end, open, FETCHES.sent, FETCHES.received);
        }
        told.extend(std::iter::from_fn(|| beacons.poll_beacon()));
    }
    told.retain(|seen| matches!(seen.beacon.evidence, Evidence::Event { .. }));
    told
}

#[test]
fn what_speaks_before_the_boot_is_told_answers_it() {
    for begins in [Begins::Restored, Begins::Silent] {
        for lasts_ms in [2_000, 30_000] {
            for off_ms in [50_000, 5 * MINUTE_MS] {
                let told = told(begins, lasts_ms, off_ms);
                let what = format!("{begins:?}, {lasts_ms}, {off_ms}: {told:?}");
                assert_eq!(told.len(), 1, "{what}");
                assert!(
                    matches!(
                        told[0].beacon.evidence,
                        Evidence::Event {
                            trigger: Occasion::Boot,
                            hits: 5..,
                            ..
                        }
                    ),
                    "{what}"
                );
            }
        }
    }
    assert_eq!(told(Begins::Never, 2_000, 50_000), [], "the control");
}
