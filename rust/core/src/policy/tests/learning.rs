//! What is learned from, and what is not.

use super::*;
use crate::inspect::content::Examiner;
use crate::inspect::content::learned::Learned;

const DAY_MS: u64 = 24 * 3_600_000;

/// Whether a token that comes again on later days is told in the end.
fn learns(identifiers: RuleMode, protocol: Protocol, port: u16) -> bool {
    let judge = judge(Config {
        identifiers,
        ..Config::default()
    });
    let Said::Http(request) = http("metrics.example.net") else {
        unreachable!("it is HTTP");
    };
    let said = Said::Http(HttpRequest {
        query: "visitor_id=b3d9f1a27c604e85".into(),
        ..request
    });
    let app = owner(&["test.shop"]);
    let facts = Facts {
        owner: Some(&app),
        protocol,
        destination: SocketAddr::new(ADDRESS.parse().unwrap(), port),
        said: Some(&said),
        ..facts()
    };
    let mut learned = Learned::unsaved(7);
    let mut examiner = Examiner::default();
    (0..5).any(|day| {
        let at = 1_767_225_600_000 + day * DAY_MS;
        let content = judge.examine(facts, None, &mut examiner, &mut learned, at);
        let findings = content.expect("it was read").findings;
        findings
            .iter()
            .any(|finding| finding.basis == Basis::Learned)
    })
}

#[test]
fn nothing_is_learned_from_pings_and_questions_nor_where_it_is_off() {
    for (identifiers, protocol, port, expected) in [
        (RuleMode::Warn, Protocol::Tcp, 80, true),
        (RuleMode::Block, Protocol::Udp, 4711, true),
        (RuleMode::Warn, Protocol::Icmp, 0, false),
        (RuleMode::Warn, Protocol::Udp, 53, false),
        (RuleMode::Warn, Protocol::Tcp, 53, false),
        (RuleMode::Off, Protocol::Tcp, 80, false),
        (RuleMode::Off, Protocol::Udp, 53, false),
    ] {
        let case = format!("{identifiers:?} {protocol:?} {port}");
        assert_eq!(learns(identifiers, protocol, port), expected, "{case}");
    }
}
