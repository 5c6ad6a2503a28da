use super::store::{APPS_MAX, SLOTS_MAX};
use super::*;
use crate::facts::{Facts, Protocol};
use crate::inspect::content::known::Known;
use crate::inspect::content::{Content, Examiner};
use crate::inspect::parts;
use crate::inspect::stream::{StreamInspector, StreamStep};
use crate::owner::Owner;

/// 2026-01-01T00:00Z.
const START_MS: u64 = 1_767_225_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
const TOKEN: &str = "b3d9f1a27c604e85";
const OTHER_TOKEN: &str = "64fa0c7be2d13958";

/// An app with a name of nobody's domain.
fn app(name: &str) -> Owner {
    Owner {
        uid: 10_100,
        packages: vec![format!("test.{name}.shop")],
        system: false,
    }
}

fn memory() -> Learned {
    Learned::unsaved(7)
}

/// Shows one request to `memory`.
fn show(memory: &mut Learned, owner: Option<&Owner>, ms: u64, request: &str) -> Content {
    let mut inspector = StreamInspector::new();
    let StreamStep::Judge { said, .. } = inspector.step(request.as_bytes(), true) else {
        panic!("no request: {request}");
    };
    let facts = Facts {
        owner,
        owner_asked: true,
        trigger: None,
        protocol: Protocol::Tcp,
        destination: "203.0.113.9:80".parse().expect("an address"),
        country: None,
        asn: None,
        dns_query: None,
        said: Some(&said),
        content: None,
    };
    let learning = memory.at(Sender::new(facts, None), ms);
    let parts = parts(&said).expect("readable");
    Examiner::default().examine_learning(&parts, &Known::default(), Some(learning))
}

fn get(host: &str, query: &str) -> String {
    format!("GET /v1/e?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

/// The confidence of what was learned of the request, where it was told.
fn told(content: &Content) -> Option<u8> {
    let learned = |f: &&Finding| f.basis == Basis::Learned;
    content.findings.iter().find(learned).map(|f| f.confidence)
}

#[test]
fn a_token_under_a_telling_name_alerts_from_the_second_day_on() {
    let mut memory = memory();
    let owner = app("one");
    let request = get("metrics.example.net", &format!("visitor_id={TOKEN}"));
    let mut at = |hours| {
        told(&show(
            &mut memory,
            Some(&owner),
            START_MS + hours * HOUR_MS,
            &request,
        ))
    };
    assert_eq!(at(20), None);
    assert_eq!(at(25), None, "another day, but not 24 hours");
    assert_eq!(at(44), Some(60));
    for day in 2..6 {
        assert_eq!(at(44 + day * 24), Some(60));
    }
    assert_eq!(at(44 + 6 * 24), Some(65));
}

/// Of several tokens in one field only the first is learned, and of one request only so many.
#[test]
fn lists_are_not_learned() {
    let mut memory = memory();
    let two = get(
        "a.example.net",
        &format!("uid={TOKEN}&uid={OTHER_TOKEN}&UID={OTHER_TOKEN}"),
    );
    show(&mut memory, None, START_MS, &two);
    let content = show(&mut memory, None, START_MS + DAY_MS, &two);
    assert_eq!(told(&content), Some(60));
    assert_eq!(content.findings[0].masked, masked(TOKEN));
    let many: String = (0..2 * TOKENS_MAX)
        .map(|field| format!("&z{field}={TOKEN}"))
        .collect();
    let mut memory = Learned::unsaved(8);
    show(&mut memory, None, START_MS, &get("a.example.net", &many));
    let slots = memory.store.apps.values().map(|app| app.slots.len());
    assert_eq!(slots.sum::<usize>(), TOKENS_MAX);
}

#[test]
fn what_is_found_is_masked_and_says_where() {
    let mut memory = memory();
    let request = get("metrics.example.net", &format!("visitor_id={TOKEN}"));
    show(&mut memory, None, START_MS, &request);
    let content = show(&mut memory, None, START_MS + 2 * DAY_MS, &request);
    let finding = &content.findings[0];
    assert_eq!(finding.kind, IdentifierKind::StableId);
    assert_eq!(finding.masked, "b3•••••••••••••5");
    assert_eq!(finding.path, "query:visitor_id");
}

#[test]
fn an_untelling_name_needs_two_receivers_or_two_apps() {
    let mut memory = memory();
    let (one, two) = (app("one"), app("two"));
    let to = |host| get(host, &format!("z={TOKEN}"));
    let day = |day| START_MS + day * DAY_MS;
    assert_eq!(
        told(&show(&mut memory, Some(&one), day(0), &to("a.example.net"))),
        None
    );
    assert_eq!(
        told(&show(&mut memory, Some(&one), day(2), &to("b.example.net"))),
        None,
        "one domain"
    );
    assert_eq!(
        told(&show(&mut memory, Some(&one), day(2), &to("b.example.org"))),
        Some(60)
    );
    let mut memory = Learned::unsaved(8);
    assert_eq!(
        told(&show(&mut memory, Some(&one), day(0), &to("a.example.net"))),
        None
    );
    assert_eq!(
        told(&show(&mut memory, Some(&two), day(0), &to("a.example.net"))),
        None,
        "no name, no days"
    );
    assert_eq!(
        told(&show(&mut memory, Some(&two), day(1), &to("a.example.net"))),
        Some(60)
    );
}

#[test]
fn two_apps_with_one_token_under_a_telling_name_alert_at_once() {
    let mut memory = memory();
    let request = get("a.example.net", &format!("uid={TOKEN}"));
    assert_eq!(
        told(&show(&mut memory, Some(&app("one")), START_MS, &request)),
        None
    );
    assert_eq!(
        told(&show(&mut memory, None, START_MS, &request)),
        None,
        "whoever that was"
    );
    assert_eq!(
        told(&show(&mut memory, Some(&app("two")), START_MS, &request)),
        Some(60)
    );
}

#[test]
fn what_changes_is_not_learned() {
    let mut memory = memory();
    let owner = app("one");
    for day in 0..10 {
        let token = if day % 2 == 0 { TOKEN } else { OTHER_TOKEN };
        let request = get("a.example.net", &format!("uid={token}"));
        assert_eq!(
            told(&show(
                &mut memory,
                Some(&owner),
                START_MS + day * DAY_MS,
                &request
            )),
            None
        );
        assert!(memory.store.is_consistent());
    }
}

#[test]
fn what_took_the_place_of_others_is_told_as_less_sure() {
    let mut memory = memory();
    let owner = app("one");
    let mut on = |day: u64, token: &str| {
        let request = get("a.example.net", &format!("uid={token}"));
        let at_ms = START_MS + day * DAY_MS;
        told(&show(&mut memory, Some(&owner), at_ms, &request))
    };
    on(0, TOKEN);
    let steady = on(1, TOKEN).expect("told");
    for (day, token) in (2..).zip([OTHER_TOKEN, TOKEN, OTHER_TOKEN, TOKEN]) {
        assert_eq!(on(day, token), None);
    }
    assert_eq!(on(6, TOKEN), Some(steady - ROTATES));
}

#[test]
fn sessions_credentials_and_what_is_asked_for_are_not_learned() {
    let shapes = [
        get("a.example.net", &format!("session_id={TOKEN}")),
        format!("GET /f/{TOKEN} HTTP/1.1\r\nHost: a.example.net\r\n\r\n"),
        format!("GET /app.js?z={TOKEN} HTTP/1.1\r\nHost: a.example.net\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.example.net\r\nIf-None-Match: \"{TOKEN}\"\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.example.net\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.example.net\r\nCookie: PHPSESSID={TOKEN}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.example.net\r\nB3: {TOKEN}\r\n\r\n"),
        body(&format!("{{\"session\":{{\"id\":\"{TOKEN}\"}}}}")),
    ];
    for shape in shapes {
        let mut memory = memory();
        for day in 0..3 {
            for host in ["a.example.net", "a.example.org"] {
                let request = shape.replace("a.example.net", host);
                let content = show(&mut memory, None, START_MS + day * DAY_MS, &request);
                assert_eq!(told(&content), None, "{shape}");
            }
        }
        assert!(memory.store.apps.is_empty(), "{shape}");
    }
}

/// The same token, in all the places where one can be.
#[test]
fn it_is_seen_wherever_it_stands() {
    let shapes = [
        format!("GET /v1/users/uid/{TOKEN}/e HTTP/1.1\r\nHost: a.example.net\r\n\r\n"),
        format!("GET /p.gif?uid={TOKEN} HTTP/1.1\r\nHost: a.example.net\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.example.net\r\nX-Install-Id: {TOKEN}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: a.example.net\r\nCookie: a=b; uid={TOKEN}\r\n\r\n"),
        body(&format!("{{\"a\":{{\"installId\":\"{TOKEN}\"}}}}")),
        body(&format!("{{\"device\":{{\"id\":\"{TOKEN}\"}}}}")),
        body(&format!("x=1&visitor_id={TOKEN}")),
    ];
    for shape in shapes {
        let mut memory = memory();
        assert_eq!(show(&mut memory, None, START_MS, &shape).findings, []);
        let content = show(&mut memory, None, START_MS + DAY_MS, &shape);
        assert_eq!(told(&content), Some(60), "{shape}");
    }
}

fn body(text: &str) -> String {
    let length = text.len();
    format!("POST /c HTTP/1.1\r\nHost: a.example.net\r\nContent-Length: {length}\r\n\r\n{text}")
}

#[test]
fn the_apps_own_and_the_sites_own_servers_do_not_count() {
    let own = Owner {
        uid: 10_200,
        packages: vec!["com.example.shop".to_owned()],
        system: false,
    };
    let plain = get("api.example.net", &format!("uid={TOKEN}"));
    let from =
        |referer: &str| plain.replace("\r\n\r\n", &format!("\r\nReferer: {referer}\r\n\r\n"));
    let cases = [
        (Some(&own), plain.clone(), false),
        (None, from("http://www.example.net/x"), false),
        (
            None,
            plain.replace("\r\n\r\n", "\r\nUpgrade-Insecure-Requests: 1\r\n\r\n"),
            false,
        ),
        (None, from("http://www.example.org/x"), true),
        (None, plain, true),
    ];
    for (owner, request, counts) in cases {
        let mut memory = memory();
        show(&mut memory, owner, START_MS, &request);
        let content = show(&mut memory, owner, START_MS + DAY_MS, &request);
        assert_eq!(told(&content).is_some(), counts, "{request}");
    }
}

#[test]
fn state_goes_on_where_it_ended_and_holds_no_token() {
    let key = IdentifierKey::new(&[3; 32]).expect("32 bytes");
    let request = get("a.example.net", &format!("uid={TOKEN}"));
    let mut memory = Learned::new(&key);
    show(&mut memory, None, START_MS, &request);
    let state = memory.state();
    let has = |text: &str| {
        state
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(has("GSKTLRN1") && !has(TOKEN) && !has("uid") && !has("example"));
    assert_eq!(format!("{memory:?}"), "Learned(1 apps)");
    let mut restored = Learned::restore(&state, &key).expect("its own state");
    assert_eq!(restored.state(), state);
    assert_eq!(
        told(&show(&mut restored, None, START_MS + DAY_MS, &request)),
        Some(60)
    );
}

#[test]
fn other_bytes_are_no_state() {
    let key = IdentifierKey::new(&[3; 32]).expect("32 bytes");
    let other = IdentifierKey::new(&[4; 32]).expect("32 bytes");
    let mut memory = Learned::new(&key);
    show(
        &mut memory,
        None,
        START_MS,
        &get("a.example.net", &format!("uid={TOKEN}")),
    );
    let state = memory.state();
    let error = |bytes: &[u8], key| Learned::restore(bytes, key).map(|_| ()).unwrap_err();
    assert_eq!(error(&state, &other), StateError::Sum);
    assert_eq!(error(b"", &key), StateError::Version);
    assert_eq!(error(b"GSKTLRN2 and more", &key), StateError::Version);
    for at in 8..state.len() {
        let mut damaged = state.clone();
        damaged[at] ^= 1;
        assert_eq!(error(&damaged, &key), StateError::Sum);
        assert!(Learned::restore(&state[..at], &key).is_err());
    }
}

#[test]
fn a_flood_stays_within_bounds_and_does_not_push_out_what_came_on_two_days() {
    let mut memory = memory();
    let owner = app("one");
    let request = get("a.example.net", &format!("uid={TOKEN}"));
    show(&mut memory, Some(&owner), START_MS, &request);
    show(&mut memory, Some(&owner), START_MS + DAY_MS, &request);
    let flood = |memory: &mut Learned, owner: &Owner, fields: usize| {
        for field in 0..fields {
            let request = get("b.example.org", &format!("f{field}={OTHER_TOKEN}"));
            show(memory, Some(owner), START_MS + 2 * DAY_MS, &request);
        }
    };
    flood(&mut memory, &owner, 3 * SLOTS_MAX);
    assert_eq!(
        told(&show(
            &mut memory,
            Some(&owner),
            START_MS + 3 * DAY_MS,
            &request
        )),
        Some(60)
    );
    for other in 0..APPS_MAX + 9 {
        flood(&mut memory, &app(&format!("flood{other}")), 2);
    }
    assert!(memory.store.is_consistent());
    assert!(memory.state().len() <= STATE_MAX);
    assert_eq!(memory.store.apps.len(), APPS_MAX);
}

#[test]
fn a_full_memory_has_the_most_bytes_that_state_can_have() {
    let mut memory = memory();
    for other in 0..APPS_MAX {
        let owner = app(&format!("full{other}"));
        for field in 0..SLOTS_MAX {
            let request = get("b.example.org", &format!("f{field}={OTHER_TOKEN}"));
            show(&mut memory, Some(&owner), START_MS, &request);
        }
    }
    assert_eq!(memory.state().len(), STATE_MAX);
}

#[test]
fn what_was_not_seen_for_three_months_is_forgotten() {
    let mut memory = memory();
    show(
        &mut memory,
        Some(&app("one")),
        START_MS,
        &get("a.example.net", &format!("uid={TOKEN}")),
    );
    show(
        &mut memory,
        Some(&app("two")),
        START_MS + 91 * DAY_MS,
        &get("a.example.net", &format!("z={OTHER_TOKEN}")),
    );
    assert_eq!(memory.store.apps.len(), 1);
    assert!(memory.store.is_consistent());
}

#[test]
fn a_clock_that_was_never_set_teaches_nothing() {
    let mut memory = memory();
    let request = get("a.example.net", &format!("uid={TOKEN}"));
    show(&mut memory, None, 3 * HOUR_MS, &request);
    assert_eq!(told(&show(&mut memory, None, START_MS, &request)), None);
    assert_eq!(
        told(&show(&mut memory, None, START_MS + DAY_MS, &request)),
        Some(60)
    );
}
