use std::net::{IpAddr, Ipv4Addr};

use gasket_core::beacon::{Beacon, Evidence, Occasion, Support};
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
        device_event: None,
        beacon: None,
    }
}

fn told(scene: Scene, event: &Event) -> String {
    let printer = Printer {
        json: false,
        scene,
        paint: Paint::OFF,
        zone: jiff::tz::TimeZone::UTC,
    };
    let mut out = Vec::new();
    printer
        .event(&mut out, event, None)
        .expect("a Vec takes all");
    String::from_utf8(out).expect("text")
}

fn live(event: &Event) -> String {
    told(Scene::Live("the phone"), event)
}

#[test]
fn the_founding_case_reads_in_plain_words() {
    assert_eq!(
        live(&beacon()),
        "07:12:03  BLOCKED  curl → zzhc.vnet.cn, port 80\n          \
         Request: POST /\n          \
         It tried to send: the SIM card's number (89••••••••••••••••••4), readable by anyone on\n          the way.\n          \
         Why: known pattern: Handset self-registration.\n          \
         Blocked. Nothing left the phone.\n"
    );
}

#[test]
fn nothing_left_is_said_only_when_nothing_did() {
    for dialled in [false, true] {
        for bytes_left in [0, 1, 5000] {
            for earlier in [0, 300] {
                let event = Event {
                    dialled,
                    bytes_left,
                    flow_bytes_left: bytes_left + earlier,
                    ..beacon()
                };
                let untouched = !dialled && bytes_left == 0 && earlier == 0;
                let text = live(&event);
                assert_eq!(text.contains("Nothing left"), untouched, "{text}");
            }
        }
    }
}

#[test]
fn a_name_that_was_asked_for_outside_is_not_called_nothing() {
    let mut event = beacon();
    event.destination.address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    let text = live(&event);
    assert!(
        text.contains("zzhc.vnet.cn (192.0.2.7, CN), port 80"),
        "{text}"
    );
    assert!(
        text.ends_with("Blocked. Nothing of this request left the phone.\n"),
        "{text}"
    );
    event.destination.name = None;
    assert!(live(&event).ends_with("Blocked. Nothing left the phone.\n"));
}

#[test]
fn an_opened_connection_is_owned_up_to() {
    let text = live(&Event {
        bounds_hit: BoundsHit::default(),
        dialled: true,
        ..beacon()
    });
    assert!(
        text.ends_with("Blocked. A connection was opened but none of the request was sent.\n"),
        "{text}"
    );
}

#[test]
fn a_late_cut_says_how_much_had_left() {
    let text = live(&Event {
        bounds_hit: BoundsHit::default(),
        dialled: true,
        bytes_left: 65_536,
        flow_bytes_left: 65_836,
        ..beacon()
    });
    assert!(text.contains("  CUT OFF  "), "{text}");
    assert!(text.contains("It sent: the SIM card's number"), "{text}");
    assert!(
        text.contains("65536 bytes of this request had left the phone"),
        "{text}"
    );
    assert!(
        text.contains("300 bytes had gone over the same connection before"),
        "{text}"
    );
}

#[test]
fn an_earlier_request_of_the_same_connection_is_not_forgotten() {
    let text = live(&Event {
        bounds_hit: BoundsHit::default(),
        dialled: true,
        flow_bytes_left: 1,
        ..beacon()
    });
    assert!(
        text.contains("None of this request was sent; 1 byte had left the phone"),
        "{text}"
    );
}

#[test]
fn a_warning_says_what_left() {
    let mut event = beacon();
    event.verdict = Decision::Warn;
    event.reason = Reason::IdentifiersFound;
    event.rules.clear();
    let text = live(&event);
    assert!(text.contains("  WARNING  "), "{text}");
    assert!(
        text.ends_with("Not blocked, only reported. The request was let through.\n"),
        "{text}"
    );
    event.bytes_left = 412;
    assert!(live(&event).ends_with("Not blocked, only reported. 412 bytes left the phone.\n"));
}

#[test]
fn weak_findings_are_told_as_possible() {
    let mut event = beacon();
    event.findings[0].confidence = 30;
    let text = live(&event);
    assert!(
        text.contains("It tried to send what may be: the SIM card's number"),
        "{text}"
    );
    assert!(!text.contains("readable by anyone"), "{text}");
}

#[test]
fn every_identifier_and_reason_and_trigger_has_words() {
    let kinds = [
        IdentifierKind::Imei,
        IdentifierKind::Meid,
        IdentifierKind::Imsi,
        IdentifierKind::Iccid,
        IdentifierKind::Mac,
        IdentifierKind::Cell,
        IdentifierKind::DeviceId,
        IdentifierKind::Serial,
        IdentifierKind::AdvertisingId,
        IdentifierKind::Phone,
        IdentifierKind::Email,
        IdentifierKind::Location,
        IdentifierKind::Ssid,
        IdentifierKind::AppList,
        IdentifierKind::StableId,
    ];
    for kind in kinds {
        let mut event = beacon();
        event.findings[0].kind = kind;
        assert!(live(&event).contains(receipt::identifier(kind)));
    }
    let reasons = [
        (Reason::AppTrusted, "you trust"),
        (Reason::AppBlocked, "you block this app"),
        (Reason::OwnerUnknown, "did not say in time"),
        (Reason::NameBlocked, "list of blocked names"),
        (Reason::OwnRule, "a rule of your own"),
        (Reason::IdentifiersFound, "identifiers were readable"),
        (Reason::FramingAmbiguous, "read it differently"),
        (Reason::Unsupported, "not one Gasket can relay"),
        (Reason::LooksLikeBeacon, "looks like a beacon"),
    ];
    for (reason, words) in reasons {
        let text = live(&Event { reason, ..beacon() });
        assert!(text.contains(words), "{text}");
    }
    let ordinary = live(&Event {
        reason: Reason::Ordinary,
        ..beacon()
    });
    assert!(!ordinary.contains("Why:"), "{ordinary}");
    let triggers = [
        (Trigger::Boot, "switched on"),
        (Trigger::Connectivity, "network changed"),
        (Trigger::SimChange, "SIM changed"),
        (Trigger::ServiceChange, "mobile service changed"),
        (Trigger::ScreenOn, "screen came on"),
        (Trigger::Unlock, "unlocked"),
        (Trigger::Alarm, "timer"),
        (Trigger::PackageChange, "installed, updated or removed"),
        (Trigger::ScreenOff, "screen went off"),
        (Trigger::Charging, "a charger"),
        (Trigger::TimeZone, "time zone"),
        (Trigger::Airplane, "airplane mode"),
    ];
    for (kind, words) in triggers {
        let device_event = Some(DeviceEvent { kind, age_s: 61 });
        let text = live(&Event {
            device_event,
            ..beacon()
        });
        assert!(
            text.contains("61 s after") && text.contains(words),
            "{text}"
        );
    }
}

#[test]
fn each_subject_is_called_by_its_name() {
    let blocked = |subject, protocol| {
        let mut event = beacon();
        event.subject = subject;
        event.request = None;
        event.destination.protocol = protocol;
        event.dialled = true;
        live(&event)
    };
    assert!(blocked(Subject::Request, Protocol::Udp).contains("none of the message was sent"));
    assert!(blocked(Subject::Request, Protocol::Udp).contains(", UDP port 80"));
    assert!(blocked(Subject::Hello, Protocol::Tcp).contains("only the name of the destination"));
    assert!(blocked(Subject::Flow, Protocol::Tcp).contains("opened but nothing was sent over it"));
    let question = blocked(Subject::DnsQuestion, Protocol::Udp);
    assert!(
        question.contains("curl → asked where zzhc.vnet.cn is\n"),
        "{question}"
    );
}

#[test]
fn an_ended_flow_counts_what_left() {
    let ended = |dialled, flow_bytes_left| {
        live(&Event {
            subject: Subject::Ended,
            verdict: Decision::Allow,
            reason: Reason::Ordinary,
            request: None,
            findings: Vec::new(),
            rules: Vec::new(),
            dialled,
            flow_bytes_left,
            ..beacon()
        })
    };
    assert!(ended(true, 90).ends_with("\n          90 bytes left the phone.\n"));
    assert!(ended(true, 0).contains("A connection was opened; no data was sent"));
    assert!(ended(false, 0).contains("Nothing left the phone."));
}

#[test]
fn a_capture_is_never_called_blocked() {
    let mut event = beacon();
    event.dialled = true;
    event.bytes_left = 700;
    let text = told(Scene::Capture, &event);
    assert!(
        text.starts_with("1970-01-01 07:12:03  WOULD BLOCK  "),
        "{text}"
    );
    assert!(text.contains("It sent: the SIM card's number"), "{text}");
    assert!(
        text.ends_with(
            "Gasket would have blocked this request. In the capture, 700 bytes of it left.\n"
        ),
        "{text}"
    );
    event.verdict = Decision::Warn;
    let text = told(Scene::Capture, &event);
    assert!(
        text.contains("WOULD WARN") && text.contains("let this request pass"),
        "{text}"
    );
}

#[test]
fn an_unknown_sender_and_a_bare_address_are_said_so() {
    let mut event = beacon();
    event.app = None;
    event.destination.name = None;
    assert!(live(&event).contains("an unknown program → 198.18.0.1 (CN), port 80\n"));
    event.destination.country = None;
    assert!(live(&event).contains("an unknown program → 198.18.0.1, port 80\n"));
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
        scene: Scene::Capture,
        paint: Paint::OFF,
        zone: jiff::tz::TimeZone::UTC,
    };
    let mut event = beacon();
    event.destination.name = Some("a\nb\u{9b}".to_owned());
    let mut out = Vec::new();
    printer
        .event(&mut out, &event, None)
        .expect("a Vec takes all");
    let line = String::from_utf8(out).expect("text");
    assert_eq!(line.matches('\n').count(), 1);
    assert!(!line.contains('\u{9b}'));
    assert_eq!(
        serde_json::from_str::<Event>(&line).expect("an event"),
        event
    );
}

#[test]
fn a_beacon_is_told_with_its_counts() {
    let event = |evidence| Event {
        subject: Subject::Beacon,
        verdict: Decision::Warn,
        reason: Reason::LooksLikeBeacon,
        request: None,
        rules: Vec::new(),
        findings: Vec::new(),
        dialled: true,
        bytes_left: 6300,
        flow_bytes_left: 6300,
        beacon: Some(Box::new(Beacon {
            evidence,
            support: Support {
                flows: 9,
                ..Support::default()
            },
        })),
        ..beacon()
    };
    let unlock = live(&event(Evidence::Event {
        trigger: Occasion::Unlock,
        within_s: 5,
        hits: 9,
        of: 10,
        other_hits: 0,
        others: 590,
    }));
    let unlock = unlock.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        unlock.contains("9 of 10 times it connected within 5 s after the device was unlocked; in 0 of 590 other stretches")
            && unlock.contains("Not blocked, only reported. In 9 connections, 6300 bytes left"),
        "{unlock}"
    );
    let daily = live(&event(Evidence::Period {
        period_s: 86_400,
        jitter_s: 7200,
        seen: 8,
        of: 8,
        again: 7,
        again_of: 7,
    }));
    let daily = daily.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        daily.contains("8 of 8 times it connected again after 24 h, give or take 2 h"),
        "{daily}"
    );
}
