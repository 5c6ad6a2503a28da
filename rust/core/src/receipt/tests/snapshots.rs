//! Every family, verdict and language, compared with the text that somebody has read.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::*;
use crate::rules::{Action, Pack};

/// Every rule as it is judged by default, every verdict on every subject, each trigger, kind, reason and sender.
fn cases() -> Vec<(String, Event, Scene)> {
    let mut cases = Vec::new();
    for rule in Pack::embedded().rules() {
        let verdict = match rule.action {
            Action::Block => Decision::Block,
            Action::Warn => Decision::Warn,
            Action::Log => Decision::Allow,
        };
        let left = if verdict == Decision::Block { 0 } else { 412 };
        let mut event = beacon();
        event.verdict = verdict;
        (event.bytes_left, event.flow_bytes_left) = (left, left);
        event.dialled = left > 0;
        event.rules[0].title.clone_from(&rule.title);
        event.rules[0].family.clone_from(&rule.family);
        cases.push((
            format!("family {}: {}", rule.family, rule.id),
            event,
            Scene::Phone,
        ));
    }
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    for scene in [Scene::Phone, Scene::Computer, Scene::Recording] {
        for verdict in [Decision::Block, Decision::Warn, Decision::Allow] {
            for subject in SUBJECTS {
                for (dialled, bytes_left, flow_bytes_left) in [
                    (false, 0, 0),
                    (true, 0, 0),
                    (true, 0, 300),
                    (true, 1, 1),
                    (true, 65_536, 65_836),
                ] {
                    let mut event = beacon();
                    event.verdict = verdict;
                    event.subject = subject;
                    event.dialled = dialled;
                    (event.bytes_left, event.flow_bytes_left) = (bytes_left, flow_bytes_left);
                    if subject != Subject::Request {
                        event.findings.clear();
                        event.request = None;
                    }
                    let name = format!(
                        "{scene:?} {verdict:?} {subject:?} {dialled} {bytes_left}/{flow_bytes_left}"
                    );
                    cases.push((name, event, scene));
                }
            }
        }
    }
    for kind in Trigger::ALL {
        let mut event = beacon();
        event.device_event = Some(DeviceEvent { kind, age_s: 61 });
        cases.push((format!("after {kind:?}"), event, Scene::Phone));
    }
    for kind in KINDS {
        for (confidence, basis) in [
            (30, Basis::Likeness),
            (95, Basis::Likeness),
            (100, Basis::Typed),
        ] {
            let mut event = beacon();
            event.device_event = None;
            event.findings = vec![finding(kind, confidence, basis)];
            cases.push((
                format!("{kind:?} {confidence} {basis:?}"),
                event,
                Scene::Phone,
            ));
        }
    }
    for reason in REASONS {
        let event = Event { reason, ..beacon() };
        cases.push((format!("{reason:?}"), event, Scene::Phone));
    }
    cases.extend(senders());
    cases.extend(of_now());
    cases
}

/// Answers, and what looks like a beacon.
fn of_now() -> Vec<(String, Event, Scene)> {
    let mut cases = Vec::new();
    for scene in [Scene::Phone, Scene::Computer] {
        for place in [DECOY, "192.0.2.7"] {
            let mut event = beacon();
            event.answered = true;
            event.destination.address = address(place);
            cases.push((format!("{scene:?} answered {place}"), event, scene));
        }
    }
    for outcome in OUTCOMES {
        let mut event = beacon();
        event.asked = Some(Asked {
            question: 1,
            outcome,
            seconds: 20,
        });
        if outcome == AskOutcome::Allowed {
            event.verdict = Decision::Warn;
            (event.bytes_left, event.flow_bytes_left) = (412, 412);
        }
        cases.push((format!("asked, {outcome:?}"), event, Scene::Phone));
    }
    for evidence in [UNLOCK, DAILY] {
        let mut event = beacon();
        event.subject = Subject::Beacon;
        (event.verdict, event.reason) = (Decision::Warn, Reason::LooksLikeBeacon);
        (event.request, event.device_event) = (None, None);
        event.findings.clear();
        (event.bytes_left, event.flow_bytes_left) = (6300, 6300);
        event.beacon = Some(Box::new(Beacon {
            evidence,
            support: Support::default(),
        }));
        cases.push((format!("{:?}", event.beacon), event, Scene::Phone));
    }
    cases
}

const OUTCOMES: [AskOutcome; 6] = [
    AskOutcome::Allowed,
    AskOutcome::Blocked,
    AskOutcome::Unanswered,
    AskOutcome::AsBefore,
    AskOutcome::Ended,
    AskOutcome::NotAsked,
];

const SUBJECTS: [Subject; 5] = [
    Subject::DnsQuestion,
    Subject::Flow,
    Subject::Request,
    Subject::Hello,
    Subject::Ended,
];

fn senders() -> Vec<(String, Event, Scene)> {
    let owner = |packages: &[&str]| {
        Some(Owner {
            uid: 10_123,
            packages: packages.iter().map(|&name| name.to_owned()).collect(),
            system: false,
        })
    };
    let apps = [
        None,
        owner(&[]),
        owner(&["one.example"]),
        owner(&["one.example", "two.example"]),
    ];
    let mut cases: Vec<_> = apps
        .into_iter()
        .map(|app| {
            (
                format!("sent by {app:?}"),
                Event { app, ..beacon() },
                Scene::Phone,
            )
        })
        .collect();
    let mut abroad = beacon();
    abroad.destination.address = address("203.0.113.7");
    abroad.destination.country = Some("ZZ".to_owned());
    abroad
        .findings
        .push(finding(IdentifierKind::Cell, 30, Basis::Likeness));
    cases.push((
        "abroad, with a suspicion".to_owned(),
        abroad.clone(),
        Scene::Phone,
    ));
    abroad.destination.name = None;
    cases.push(("to a bare address".to_owned(), abroad, Scene::Phone));
    cases
}

fn snapshot(language: Language) -> String {
    let mut text = String::new();
    for (name, event, scene) in cases() {
        let mut setting = setting(language, scene);
        setting.confidence = Some(Confidence::Observed);
        if scene == Scene::Recording {
            setting.date = Some("2019-01-02");
        }
        let receipt = Receipt::of(&event, &setting);
        let _ = writeln!(
            text,
            "# {name}\n{}: {}",
            receipt.verdict,
            receipt.sentence()
        );
        for line in receipt.why.as_deref().into_iter().chain(receipt.details()) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// `GASKET_RENEW=1 cargo test -p gasket-core receipt` writes the files anew: then look at the difference.
#[test]
fn every_receipt_reads_as_it_was_last_looked_at() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("words/snapshots");
    for &language in Language::ALL {
        let path = folder.join(format!("{}.txt", language.code()));
        let now = snapshot(language);
        if std::env::var_os("GASKET_RENEW").is_some() {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, &now).expect("written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        let differs = now
            .lines()
            .zip(kept.lines())
            .find(|(now, kept)| now != kept);
        assert_eq!(differs, None, "{}", path.display());
        assert_eq!(now, kept, "{}", path.display());
    }
}
