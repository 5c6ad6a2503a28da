mod languages;
mod snapshots;

use std::net::IpAddr;

use super::*;
use crate::beacon::{Beacon, Evidence, Occasion, Support, Telling};
use crate::event::{AskOutcome, Asked, Destination, EVENT_SCHEMA, MatchedRule, RequestLine};
use crate::facts::{DeviceEvent, Protocol, Trigger};
use crate::inspect::content::{Basis, BoundsHit};
use crate::owner::Owner;
use crate::tables::Network;

const DECOY: &str = "198.18.0.1";

const KINDS: [IdentifierKind; 15] = [
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

const REASONS: [Reason; 10] = [
    Reason::AppTrusted,
    Reason::AppBlocked,
    Reason::OwnerUnknown,
    Reason::NameBlocked,
    Reason::OwnRule,
    Reason::RuleMatched,
    Reason::IdentifiersFound,
    Reason::FramingAmbiguous,
    Reason::Unsupported,
    Reason::LooksLikeBeacon,
];

const UNLOCK: Evidence = Evidence::Event {
    trigger: Occasion::Unlock,
    within_s: 5,
    hits: 9,
    of: 10,
    other_hits: 0,
    others: 590,
};

const DAILY: Evidence = Evidence::Period {
    period_s: 86_400,
    jitter_s: 5400,
    seen: 8,
    of: 8,
    again: 7,
    again_of: 7,
};

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn finding(kind: IdentifierKind, confidence: u8, basis: Basis) -> Finding {
    Finding {
        kind,
        masked: "89•••••4".to_owned(),
        path: "base64 → json:SIM1ICCID".to_owned(),
        confidence,
        basis,
    }
}

/// The founding case: a blocked registration of which nothing left.
fn beacon() -> Event {
    Event {
        schema: EVENT_SCHEMA,
        time_ms: 25_923_000,
        flow: 7,
        subject: Subject::Request,
        app: Some(Owner {
            uid: 1000,
            packages: vec!["com.example.registration".to_owned()],
            system: true,
        }),
        destination: Destination {
            address: address(DECOY),
            port: 80,
            protocol: Protocol::Tcp,
            name: Some("registration.example".to_owned()),
            name_source: Some(NameSource::Dns),
            country: None,
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
        findings: vec![
            finding(IdentifierKind::Iccid, 95, Basis::Likeness),
            finding(IdentifierKind::Imei, 95, Basis::Likeness),
        ],
        bounds_hit: BoundsHit::default(),
        dialled: false,
        bytes_left: 0,
        flow_bytes_left: 0,
        device_event: Some(DeviceEvent {
            kind: Trigger::Unlock,
            age_s: 3,
        }),
        answered: false,
        beacon: None,
        asked: None,
    }
}

fn setting(language: Language, scene: Scene) -> Setting<'static> {
    Setting {
        language,
        scene,
        time: "07:12",
        date: None,
        app: None,
        country: None,
        confidence: None,
        nameless: false,
    }
}

fn english(event: &Event) -> String {
    Receipt::of(event, &setting(Language::English, Scene::Phone)).sentence()
}

#[test]
fn the_founding_case_is_a_sentence_that_needs_no_training() {
    let event = beacon();
    let setting = Setting {
        app: Some("Auto-registration"),
        ..setting(Language::English, Scene::Phone)
    };
    let receipt = Receipt::of(&event, &setting);
    assert_eq!(
        receipt.sentence(),
        "At 07:12, 3 seconds after the phone was unlocked, Auto-registration (came with the phone) \
         tried to send the SIM card's number and the phone's IMEI, readable by anyone on the way, \
         to registration.example. Blocked. Nothing left the phone."
    );
    assert_eq!(
        receipt.why.as_deref(),
        Some("Known pattern: Handset self-registration.")
    );
    assert_eq!(
        receipt.details().collect::<Vec<_>>(),
        [
            "Destination: registration.example, TCP 80",
            "Request: POST /",
            "Masked: the SIM card's number: 89•••••4; the phone's IMEI: 89•••••4"
        ]
    );
}

#[test]
fn nothing_left_is_said_only_when_nothing_did() {
    for (dialled, bytes_left, earlier) in [false, true]
        .into_iter()
        .flat_map(|d| [0, 1, 5000].map(|b| (d, b)))
        .flat_map(|(d, b)| [0, 300].map(|e| (d, b, e)))
    {
        let event = Event {
            dialled,
            bytes_left,
            flow_bytes_left: bytes_left + earlier,
            ..beacon()
        };
        let untouched = !dialled && bytes_left == 0 && earlier == 0;
        for &language in Language::ALL {
            let words = &language.words().outcome.nothing_left;
            for scene in [Scene::Phone, Scene::Computer] {
                let outcome = Receipt::of(&event, &setting(language, scene)).outcome;
                let said = outcome.ends_with(words.on(scene));
                assert_eq!(said, untouched, "{outcome}");
            }
        }
        assert_eq!(
            english(&event).contains("tried to send"),
            bytes_left == 0,
            "what is cut off had begun"
        );
    }
}

#[test]
fn whether_the_question_left_is_said_as_far_as_it_is_known() {
    let mut event = beacon();
    event.destination.address = address("192.0.2.7");
    assert!(english(&event).ends_with("only the name was looked up."));
    // A name that only the request gave may never have been asked for.
    event.destination.name_source = Some(NameSource::Http);
    assert!(english(&event).ends_with(" Blocked. Nothing of it left the phone."));
    event.destination.name = None;
    assert!(english(&event).ends_with("Blocked. Nothing left the phone."));
    event.destination.name = Some("registration.example".to_owned());
    event.subject = Subject::DnsQuestion;
    event.findings.clear();
    let text = english(&event);
    assert!(
        text.contains("asked where registration.example is. Blocked. Nothing left"),
        "{text}"
    );
}

#[test]
fn suspected_observed_and_proven_are_different_words() {
    let told = |confidence, basis| {
        let findings = vec![finding(IdentifierKind::Imei, confidence, basis)];
        english(&Event {
            findings,
            ..beacon()
        })
    };
    let suspected = told(30, Basis::Likeness);
    assert!(
        suspected.contains("suspected to be the phone's IMEI"),
        "{suspected}"
    );
    assert!(!suspected.contains("readable"), "{suspected}");
    let observed = told(50, Basis::Likeness);
    assert!(
        observed.contains("send the phone's IMEI, readable by anyone"),
        "{observed}"
    );
    let proven = told(100, Basis::Typed);
    assert!(
        proven.contains("the phone's IMEI (proven: it is what you typed in)"),
        "{proven}"
    );
    for (text, others) in [
        (&suspected, ["readable", "proven"]),
        (&observed, ["suspected", "proven"]),
        (&proven, ["suspected", "looks"]),
    ] {
        assert!(others.iter().all(|word| !text.contains(word)), "{text}");
    }
    let mut mixed = beacon();
    mixed
        .findings
        .push(finding(IdentifierKind::Location, 30, Basis::Likeness));
    assert!(
        english(&mixed).contains("Suspected in it as well: the coordinates of the place it is at.")
    );
}

#[test]
fn what_a_rule_rests_on_is_told_where_it_is_known() {
    let event = beacon();
    for (confidence, words) in [
        (Confidence::Observed, "It was seen in traffic."),
        (Confidence::Suspected, "It is suspected, not proven."),
    ] {
        let setting = Setting {
            confidence: Some(confidence),
            ..setting(Language::English, Scene::Phone)
        };
        let why = Receipt::of(&event, &setting).why.expect("a rule matched");
        assert!(why.ends_with(words), "{why}");
    }
}

#[test]
fn a_recording_is_never_called_blocked_and_names_no_sender() {
    let mut event = beacon();
    event.app = None;
    event.bytes_left = 700;
    let setting = Setting {
        date: Some("2019-01-02"),
        ..setting(Language::English, Scene::Recording)
    };
    let receipt = Receipt::of(&event, &setting);
    assert_eq!(receipt.verdict, "WOULD BLOCK");
    assert!(
        receipt
            .what
            .starts_with("At 07:12 on 2019-01-02, 3 seconds"),
        "{}",
        receipt.what
    );
    assert!(
        receipt
            .what
            .contains("a sender the recording does not name sent the SIM")
    );
    assert_eq!(
        receipt.outcome,
        "Gasket would have blocked this. When it was recorded, 700 bytes of it left."
    );
}

#[test]
fn the_place_says_network_and_country_but_not_of_a_decoy() {
    let mut event = beacon();
    event.destination.address = address("203.0.113.7");
    event.destination.country = Some("ZZ".to_owned());
    event.destination.network = Some(Network {
        asn: 64_496,
        name: Some("Example Net".to_owned()),
    });
    assert!(english(&event).contains("to registration.example (Example Net, ZZ)."));
    let named = Setting {
        country: Some("Nowhere"),
        ..setting(Language::English, Scene::Phone)
    };
    let text = Receipt::of(&event, &named).sentence();
    assert!(text.contains("(Example Net, Nowhere)"), "{text}");
    event.destination.address = address(DECOY);
    assert!(english(&event).contains("to registration.example. "));
}

#[test]
fn names_from_outside_steer_nothing_and_are_isolated_in_arabic() {
    let evil = "x\u{202e}{app}\u{2069}\x1b[2J\n".to_owned();
    let mut event = beacon();
    event.app.as_mut().expect("an app").packages = vec![evil.clone(), evil.clone()];
    event.destination.name = Some(evil.clone());
    event.rules[0].title = evil.clone();
    event.findings[0].masked = evil.clone();
    event.request = Some(RequestLine {
        method: evil.clone(),
        path: evil,
    });
    for &language in Language::ALL {
        let receipt = Receipt::of(&event, &setting(language, Scene::Phone));
        let mut text = receipt.sentence() + receipt.why.as_deref().expect("a rule");
        text.extend(receipt.details());
        assert!(
            !text.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{text:?}"
        );
        assert!(
            text.contains("{app}"),
            "what is filled in is not a template: {text:?}"
        );
        let (open, close) = (
            text.matches('\u{2068}').count(),
            text.matches('\u{2069}').count(),
        );
        assert_eq!(open, close, "{text:?}");
        assert_eq!(open > 0, language == Language::Arabic, "{text:?}");
    }
}

/// What is answered here is told as such, and no more of it than of a block: its name may have been asked for.
#[test]
fn an_answer_is_told_as_one_and_claims_no_more_than_a_block() {
    let mut event = Event {
        answered: true,
        ..beacon()
    };
    let receipt = Receipt::of(&event, &setting(Language::English, Scene::Phone));
    assert_eq!(receipt.verdict, "ANSWERED");
    assert_eq!(
        receipt.outcome,
        "Answered by this phone, in its server's place. Nothing left the phone."
    );
    event.destination.address = address("192.0.2.7");
    assert!(english(&event).ends_with(
        "in its server's place. Nothing of it left the phone; only the name was looked up."
    ));
}

#[test]
fn a_beacon_is_told_with_its_counts() {
    let told = |evidence, telling| {
        let event = Event {
            subject: Subject::Beacon,
            verdict: Decision::Warn,
            reason: Reason::LooksLikeBeacon,
            device_event: None,
            findings: Vec::new(),
            bytes_left: 6300,
            beacon: Some(Box::new(Beacon {
                evidence,
                support: Support {
                    telling,
                    ..Support::default()
                },
            })),
            ..beacon()
        };
        let receipt = Receipt::of(&event, &setting(Language::English, Scene::Phone));
        [receipt.sentence(), receipt.why.expect("a reason")].join(" ")
    };
    assert_eq!(
        told(UNLOCK, None),
        "At 07:12, Gasket noticed when com.example.registration (came with the phone) connects to \
         registration.example. Not blocked, only reported: 6300 bytes left the phone. When it speaks looks like a \
         beacon. It is only reported. 9 of 10 times it connected no later than 5 seconds after the phone was \
         unlocked; in 0 of 590 other stretches as long."
    );
    let daily = "8 of 8 times it connected again after 24 h, give or take 1 h 30 min.";
    assert!(told(DAILY, None).ends_with(daily));
    let told = |telling| told(DAILY, Some(telling));
    let uploads = "Most times it sent more than it got.";
    assert!(told(Telling::Uploads).ends_with(&format!("{daily} {uploads}")));
    assert!(told(Telling::Unnamed).ends_with("No DNS answer had given its address."));
    assert!(told(Telling::Storms).ends_with("Nobody answered, and it tried again and again."));
}
