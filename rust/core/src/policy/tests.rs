//! Each branch of the policy, on facts built by hand and on the samples of the rules.

mod choices;
mod dials;
mod learning;
mod owners;
mod rules;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::*;
use crate::config::{AppMode, Config, RuleChoice, RuleMode};
use crate::facts::{Facts, Protocol};
use crate::inspect::content::{Basis, BoundsHit, Content, Finding, IdentifierKind};
use crate::inspect::{ClientHello, CoapMessage, HttpRequest, Said};
use crate::owner::Owner;
use crate::rules::Pack;
use crate::rules::tests::{rule_file, sample};

const ADDRESS: &str = "198.51.100.7";

fn facts() -> Facts<'static> {
    Facts {
        owner: None,
        owner_asked: false,
        trigger: None,
        protocol: Protocol::Tcp,
        destination: SocketAddr::new(ADDRESS.parse().unwrap(), 443),
        country: None,
        asn: None,
        dns_query: None,
        said: None,
        content: None,
    }
}

fn owner(packages: &[&str]) -> Owner {
    Owner {
        uid: 10_001,
        packages: packages.iter().map(|name| String::from(*name)).collect(),
        system: false,
    }
}

fn apps(modes: &[(&str, AppMode)]) -> BTreeMap<String, AppMode> {
    modes
        .iter()
        .map(|(name, mode)| (String::from(*name), *mode))
        .collect()
}

fn judge(config: Config) -> Judge {
    Judge::new(config, Pack::embedded())
}

fn outcome(config: Config, facts: &Facts<'_>) -> (Decision, Reason) {
    let verdict = judge(config).judge(facts);
    (verdict.decision, verdict.reason)
}

fn http(host: &str) -> Said<'static> {
    Said::Http(HttpRequest {
        method: "GET".into(),
        host: Some(host.to_owned()),
        path: "/".into(),
        query: "".into(),
        content_type: None,
        content_encoding: None,
        user_agent: None,
        headers: b"",
        body: b"".as_slice().into(),
        complete: true,
    })
}

fn content(confidence: u8) -> Content {
    Content {
        decoded: String::new(),
        findings: vec![Finding {
            kind: IdentifierKind::Imei,
            masked: String::from("35••••••••••••6"),
            path: String::from("form:d"),
            confidence,
            basis: Basis::Likeness,
        }],
        bounds_hit: BoundsHit::default(),
    }
}

fn rule_id(title: &str) -> String {
    let pack = Pack::embedded();
    let rule = pack.rules().iter().find(|rule| rule.title.contains(title));
    rule.unwrap().id.clone()
}

const ZZHC: &str = "(ZZHC)";
const XTRA: &str = "XTRA";

#[test]
fn nothing_against_it_is_ordinary() {
    let verdict = judge(Config::default()).judge(&facts());
    assert_eq!(
        verdict,
        Verdict {
            decision: Decision::Allow,
            reason: Reason::Ordinary,
            rules: Vec::new()
        }
    );
}

#[test]
fn a_blocked_name_is_found_wherever_it_is_said() {
    let config = Config {
        blocked_names: vec![String::from("Bad.Example."), String::from("worse.example")],
        ..Config::default()
    };
    let hello = |name: &str| ClientHello {
        server_name: Some(name.to_owned()),
        ..ClientHello::default()
    };
    let coap = |name: &str| {
        Said::Coap(CoapMessage {
            method: Some("POST"),
            host: Some(name.to_owned()),
            path: String::new(),
            query: String::new(),
            payload: b"",
        })
    };
    for (name, blocked) in [
        ("bad.example", true),
        ("a.b.bad.example", true),
        ("worse.example", true),
        ("example", false),
        ("notbad.example", false),
        ("bad.example.org", false),
    ] {
        let port_and_dot = format!("{}.:8080", name.to_uppercase());
        let saids = [
            Said::Tls(hello(name)),
            Said::Quic(hello(name)),
            http(name),
            http(&port_and_dot),
            coap(name),
        ];
        let expected = match blocked {
            true => (Decision::Block, Reason::NameBlocked),
            false => (Decision::Allow, Reason::Ordinary),
        };
        let asked = Facts {
            dns_query: Some(name),
            ..facts()
        };
        assert_eq!(outcome(config.clone(), &asked), expected, "{name}");
        for said in &saids {
            let facts = Facts {
                said: Some(said),
                ..facts()
            };
            assert_eq!(outcome(config.clone(), &facts), expected, "{said:?}");
        }
    }
}

#[test]
fn ambiguous_framing_is_refused_and_only_warned_about_when_watching() {
    let said = Said::Unframed("two Content-Length");
    let facts = Facts {
        said: Some(&said),
        ..facts()
    };
    let watching = Config {
        default_mode: AppMode::Watch,
        ..Config::default()
    };
    let reason = Reason::FramingAmbiguous;
    assert_eq!(
        outcome(Config::default(), &facts),
        (Decision::Block, reason)
    );
    assert_eq!(outcome(watching, &facts), (Decision::Warn, reason));
}

#[test]
fn identifiers_cause_what_the_user_set() {
    let (sure, unsure) = (content(50), content(49));
    let ordinary = (Decision::Allow, Reason::Ordinary);
    for (identifiers, mode, content, expected) in [
        (
            RuleMode::Warn,
            AppMode::Guard,
            &sure,
            (Decision::Warn, Reason::IdentifiersFound),
        ),
        (
            RuleMode::Block,
            AppMode::Guard,
            &sure,
            (Decision::Block, Reason::IdentifiersFound),
        ),
        (
            RuleMode::Block,
            AppMode::Watch,
            &sure,
            (Decision::Warn, Reason::IdentifiersFound),
        ),
        (RuleMode::Off, AppMode::Guard, &sure, ordinary),
        (RuleMode::Block, AppMode::Guard, &unsure, ordinary),
    ] {
        let config = Config {
            identifiers,
            default_mode: mode,
            ..Config::default()
        };
        let facts = Facts {
            content: Some(content),
            ..facts()
        };
        assert_eq!(
            outcome(config, &facts),
            expected,
            "{identifiers:?} {mode:?}"
        );
    }
}

/// A token that came again may be nobody's identifier.
#[test]
fn what_was_learned_warns_and_nothing_blocks_by_it() {
    let mut learned = content(90);
    learned.findings[0].basis = Basis::Learned;
    let config = |identifiers| Config {
        identifiers,
        ..Config::default()
    };
    let warned = (Decision::Warn, Reason::IdentifiersFound);
    let blocked = (Decision::Block, Reason::IdentifiersFound);
    let ordinary = (Decision::Allow, Reason::Ordinary);
    let mut both = learned.clone();
    both.findings.extend(content(90).findings);
    for (identifiers, content, expected) in [
        (RuleMode::Block, &learned, warned),
        (RuleMode::Warn, &learned, warned),
        (RuleMode::Off, &learned, ordinary),
        (RuleMode::Block, &both, blocked),
    ] {
        let facts = Facts {
            content: Some(content),
            ..facts()
        };
        assert_eq!(outcome(config(identifiers), &facts), expected);
    }
}
