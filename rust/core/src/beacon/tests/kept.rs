//! What is kept: how much, what can be read in it, and that it goes on after a restart.

use super::*;

fn key(byte: u8) -> IdentifierKey {
    IdentifierKey::new(&[byte; 32]).unwrap()
}

fn start(beacons: &mut Beacons, at: u64, owner: &Owner, to: &str) {
    let flow = FlowStart {
        owner: Some(owner),
        address: SocketAddr::from(([192, 0, 2, 1], 443)),
        protocol: Protocol::Tcp,
        domain: Some((to, NameSource::Dns)),
    };
    if let Some(open) = beacons.handle_start(at, &flow) {
        beacons.handle_end(at + 1_000, open, 900, 200);
    }
}

fn numbered(uid: u32) -> Owner {
    Owner {
        uid,
        packages: vec![format!("com.example.long.name.of.an.app.number{uid}")],
        system: false,
    }
}

#[test]
fn three_hundred_apps_for_thirty_days_take_less_than_two_megabytes() {
    let mut beacons = Beacons::new(&key(1));
    // As seldom as it can be without a pause: there are more pairs than places after a day already.
    let every = 3 * HOUR_MS;
    for round in 0..30 * DAY_MS / every {
        let at = START_MS + round * every;
        for trigger in [
            Trigger::Unlock,
            Trigger::ScreenOn,
            Trigger::Connectivity,
            Trigger::Charging,
            Trigger::Boot,
        ] {
            beacons.handle_event(at, trigger, None);
        }
        for app in 0..300 {
            let to = (round + u64::from(app)) % 12;
            let name = format!("a-rather-long-registrable-domain-{app}-{to}.example");
            start(
                &mut beacons,
                at + u64::from(app) * 1_000,
                &numbered(app),
                &name,
            );
        }
    }
    assert_eq!(beacons.store.apps.len(), 300);
    assert_eq!(
        beacons.store.pairs.iter().flatten().count(),
        store::PAIRS_MAX
    );
    assert!(beacons.bytes() <= 2_000_000, "{}", beacons.bytes());
    let state = beacons.state();
    assert!(state.len() <= STATE_MAX, "{}", state.len());
    println!(
        "{} bytes, state {}, most {STATE_MAX}",
        beacons.bytes(),
        state.len()
    );
    let back = Beacons::restore(&state, &key(1)).unwrap();
    assert_eq!(back.state(), state);
}

#[test]
fn one_app_does_not_drive_out_the_others() {
    let mut beacons = Beacons::new(&key(1));
    start(
        &mut beacons,
        START_MS,
        &app("com.example.quiet"),
        "quiet.example",
    );
    for n in 0..9_000 {
        let name = format!("site{n}.example");
        start(
            &mut beacons,
            START_MS + n * 60_000,
            &app("com.example.browser"),
            &name,
        );
    }
    let pairs = beacons.store.pairs.iter().flatten().count();
    assert_eq!(pairs, 1 + store::PAIRS_OF_APP_MAX);
    for n in 0..store::APPS_MAX as u32 + 50 {
        start(
            &mut beacons,
            START_MS + 9_001 * 60_000 + u64::from(n),
            &numbered(n),
            "x.example",
        );
    }
    assert_eq!(beacons.store.apps.len(), store::APPS_MAX);
}

#[test]
fn a_restart_changes_nothing_and_what_was_told_is_not_told_again() {
    let owner = app("com.example.reg");
    let mut beacons = Beacons::new(&key(1));
    let mut told = Vec::new();
    for boot in 0..8 {
        let at = START_MS + boot * DAY_MS;
        // Each boot is a restart.
        beacons = Beacons::restore(&beacons.state(), &key(1)).unwrap();
        beacons.handle_event(at, Trigger::Boot, None);
        start(&mut beacons, at + 12_000, &owner, "reg.example");
        for hour in 1..=24 {
            beacons.handle_time(at + hour * HOUR_MS - MINUTE_MS);
        }
        told.extend(std::iter::from_fn(|| beacons.poll_beacon()).map(|seen| (boot, seen)));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    let (boot, seen) = &told[0];
    assert_eq!((*boot, named(seen)), (4, Some("reg.example")));
    assert_eq!(seen.app.as_deref(), Some(&owner));
}

#[test]
fn what_was_found_while_names_were_unknown_is_told_when_they_are() {
    let owner = app("com.example.reg");
    let mut beacons = Beacons::new(&key(1));
    for boot in 0..5 {
        let at = START_MS + boot * DAY_MS;
        beacons.handle_event(at, Trigger::Boot, None);
        start(&mut beacons, at + 12_000, &owner, "reg.example");
        for hour in 1..=if boot == 4 { 1 } else { 24 } {
            beacons.handle_time(at + hour * HOUR_MS - MINUTE_MS);
        }
    }
    assert_eq!(beacons.poll_beacon(), None);
    let at = START_MS + 4 * DAY_MS;
    let mut beacons = Beacons::restore(&beacons.state(), &key(1)).unwrap();
    for hour in 2..8 {
        beacons.handle_time(at + hour * HOUR_MS);
    }
    assert_eq!(beacons.poll_beacon(), None, "nobody knows who it is");
    start(&mut beacons, at + 8 * HOUR_MS, &owner, "reg.example");
    let seen = beacons.poll_beacon().unwrap();
    assert_eq!(named(&seen), Some("reg.example"));
}

#[test]
fn no_name_can_be_read_in_the_state_and_damage_is_refused() {
    let mut beacons = Beacons::new(&key(1));
    beacons.handle_event(START_MS, Trigger::Boot, None);
    start(
        &mut beacons,
        START_MS + 9_000,
        &app("com.example.reg"),
        "reg.example",
    );
    let state = beacons.state();
    for name in ["com.example.reg", "reg.example", "example"] {
        let is_there = state
            .windows(name.len())
            .any(|window| window == name.as_bytes());
        assert!(!is_there, "{name}");
    }
    assert_eq!(
        Beacons::restore(&state, &key(1)).unwrap().state(),
        state,
        "the control"
    );
    assert_eq!(
        Beacons::restore(&state, &key(2)).unwrap_err(),
        StateError::Sum
    );
    assert_eq!(
        Beacons::restore(b"GSKTBCN9", &key(1)).unwrap_err(),
        StateError::Version
    );
    for len in 0..state.len() {
        assert!(Beacons::restore(&state[..len], &key(1)).is_err(), "{len}");
    }
    let mut other = state.clone();
    for at in 0..state.len() {
        other[at] ^= 0x40;
        assert!(Beacons::restore(&other, &key(1)).is_err(), "{at}");
        other[at] ^= 0x40;
    }
}

#[test]
fn what_the_version_before_kept_is_begun_anew() {
    let mut state = Beacons::new(&key(1)).state();
    let empty = state.clone();
    for version in *b"123456" {
        state[7] = version;
        let back = Beacons::restore(&state, &key(1)).unwrap();
        assert_eq!(back.state(), empty);
    }
    state[7] = b'0';
    assert_eq!(
        Beacons::restore(&state, &key(1)).unwrap_err(),
        StateError::Version,
        "the control"
    );
}

/// The sum keeps accidents out; whoever has the key must not be able to break anything, either.
#[test]
fn what_cannot_be_is_refused_even_with_the_right_sum() {
    let mut beacons = Beacons::new(&key(1));
    beacons.handle_event(START_MS, Trigger::Boot, None);
    start(
        &mut beacons,
        START_MS + 9_000,
        &app("com.example.reg"),
        "reg.example",
    );
    let refused = refused_when_flipped(&beacons, &key(1), |back| {
        back.handle_event(START_MS + HOUR_MS, Trigger::Boot, None);
        start(
            back,
            START_MS + HOUR_MS,
            &app("com.example.reg"),
            "reg.example",
        );
        back.handle_time(START_MS + 3 * HOUR_MS);
    });
    assert!(refused > 100, "{refused}");
}
