use std::net::{IpAddr, Ipv4Addr};

use gasket_core::event::{
    Destination, EVENT_SCHEMA, Event, MatchedRule, NameSource, RequestLine, Subject,
};
use gasket_core::facts::{DeviceEvent, Protocol, Trigger};
use gasket_core::inspect::content::{Basis, BoundsHit, Finding, IdentifierKind};
use gasket_core::owner::Owner;
use gasket_core::policy::{Decision, Reason};

use super::*;

/// What Gasket answered where the name is (RFC 2544 range; nobody is there).
const DECOY: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// The founding case: a blocked registration of which nothing left.
fn beacon() -> Event {
    Event {
        schema: EVENT_SCHEMA,
        time_ms: 25_923_000,
        flow: 7,
        subject: Subject::Request,
        app: Some(Owner {
            uid: 1000,
            packages: vec!["curl".to_owned()],
            system: false,
        }),
        destination: Destination {
            address: IpAddr::V4(DECOY),
            port: 80,
            protocol: Protocol::Tcp,
            name: Some("zzhc.vnet.cn".to_owned()),
            name_source: Some(NameSource::Dns),
            country: Some("CN".to_owned()),
            network: None,
        },
        request: Some(RequestLine {
            method: "POST".to_owned(),
            path: "/".to_owned(),
        }),
        verdict: Decision::Block,
        reason: Reason::RuleMatched,
        rules: vec![MatchedRule {
            id: "6d0c0f5e-0000-4000-8000-000000000000".to_owned(),
            title: "Handset self-registration".to_owned(),
            family: "Example".to_owned(),
        }],
        findings: vec![Finding {
            kind: IdentifierKind::Iccid,
            masked: "89••••••••••••••••••4".to_owned(),
            path: "base64 → json:SIM1ICCID".to_owned(),
            confidence: 95,
            basis: Basis::Likeness,
        }],
        answered: false,
        bounds_hit: BoundsHit::default(),
        dialled: false,
        bytes_left: 0,
        flow_bytes_left: 0,
        device_event: Some(DeviceEvent {
            kind: Trigger::Unlock,
            age_s: 61,
        }),
        beacon: None,
        asked: None,
    }
}

fn printer(scene: Scene, language: Language) -> Printer {
    Printer {
        json: false,
        scene,
        language,
        pack: Pack::embedded(),
        paint: Paint::OFF,
        columns: WIDTH,
        zone: jiff::tz::TimeZone::UTC,
    }
}

fn told(printer: &Printer, event: &Event) -> String {
    let mut out = Vec::new();
    printer
        .event(&mut out, event, false)
        .expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

fn live(event: &Event) -> String {
    told(&printer(Scene::Computer, Language::English), event)
}

#[test]
fn the_founding_case_is_the_cores_sentence_behind_its_verdict() {
    assert_eq!(
        live(&beacon()),
        "BLOCKED     At 07:12:03, 61 seconds after the phone was unlocked, curl tried to send the SIM\n            \
         card's number, readable by anyone on the way, to zzhc.vnet.cn. Blocked. Nothing left\n            \
         this computer.\n            \
         Known pattern: Handset self-registration.\n            \
         Destination: zzhc.vnet.cn, TCP 80\n            \
         Request: POST /\n            \
         Masked: the SIM card's number: 89••••••••••••••••••4\n"
    );
}

#[test]
fn what_a_rule_that_ships_rests_on_is_said() {
    let mut event = beacon();
    event.rules[0].id = "1b210107-04cb-49db-ba05-8aef7ecc53e4".to_owned();
    let rule = Pack::embedded();
    let rule = rule.rule(&event.rules[0].id).expect("a rule that ships");
    assert_eq!(rule.confidence.as_str(), "observed");
    assert!(live(&event).contains("self-registration. It was seen in traffic.\n"));
}

#[test]
fn a_recording_has_its_date_and_may_name_nobody() {
    let printer = printer(Scene::Recording, Language::English);
    let mut event = beacon();
    (event.app, event.device_event) = (None, None);
    event.bytes_left = 412;
    let text = told(&printer, &event);
    assert!(
        text.starts_with(
            "WOULD BLOCK\n            At 07:12:03 on 1970-01-01, a sender the recording"
        ),
        "{text}"
    );
    let mut out = Vec::new();
    printer
        .event(&mut out, &event, true)
        .expect("a Vec takes all");
    let nameless = String::from_utf8(out).expect("text");
    assert!(nameless.contains("It names no host") && !text.contains("It names no host"));
}

/// In no language is a line wider than the terminal, but for what has no place to break at.
#[test]
fn receipts_fit_the_terminal_in_every_language() {
    for &language in Language::ALL {
        let printer = Printer {
            columns: 80,
            ..printer(Scene::Phone, language)
        };
        let text = told(&printer, &beacon());
        assert!(text.lines().count() > 5, "{text}");
        for line in text.lines() {
            assert!(width(line) <= 80, "{language:?} {line}");
            assert_eq!(line, line.trim_end(), "{language:?}");
        }
    }
}

#[test]
fn foreign_text_cannot_steer_the_terminal() {
    let evil = "x\x1b]0;owned\x07\u{9b}2J\u{202e}".to_owned();
    let mut event = beacon();
    event.app.as_mut().expect("an app").packages = vec![evil.clone()];
    event.destination.name = Some(evil.clone());
    event.destination.country = Some(evil.clone());
    event.request = Some(RequestLine {
        method: evil.clone(),
        path: evil.clone(),
    });
    event.rules[0].title = evil.clone();
    event.findings[0].masked = evil;
    event.device_event = None;
    let text = live(&event);
    assert!(
        text.chars()
            .all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')),
        "{text:?}"
    );
}

#[test]
fn a_json_line_is_the_event_and_one_line() {
    let printer = Printer {
        json: true,
        ..printer(Scene::Recording, Language::English)
    };
    let mut event = beacon();
    event.destination.name = Some("a\nb\u{9b}".to_owned());
    let mut out = Vec::new();
    printer
        .event(&mut out, &event, false)
        .expect("a Vec takes all");
    let line = String::from_utf8(out).expect("text");
    assert_eq!(line.matches('\n').count(), 1);
    assert!(!line.contains('\u{9b}'));
    assert_eq!(
        serde_json::from_str::<Event>(&line).expect("an event"),
        event
    );
}
