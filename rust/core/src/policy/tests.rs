//! Each branch of the policy, on facts built by hand and on the samples of the rules.

mod choices;

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
fn the_user_s_word_on_an_app_comes_before_all_rules() {
    sample("zzhc-qualcomm.json").judged(|facts| {
        for (mode, decision, reason) in [
            (AppMode::Trust, Decision::Allow, Reason::AppTrusted),
            (AppMode::Block, Decision::Block, Reason::AppBlocked),
            (AppMode::Watch, Decision::Warn, Reason::RuleMatched),
            (AppMode::Guard, Decision::Block, Reason::RuleMatched),
        ] {
            let named = Config {
                apps: apps(&[("com.evenwell.autoregistration", mode)]),
                ..Config::default()
            };
            let by_default = Config {
                default_mode: mode,
                ..Config::default()
            };
            for config in [named, by_default] {
                assert_eq!(outcome(config, facts), (decision, reason), "{mode:?}");
            }
        }
    });
}

#[test]
fn a_shared_uid_is_treated_as_its_strictest_package() {
    let modes = [
        ("a.trust", AppMode::Trust),
        ("b.watch", AppMode::Watch),
        ("c.guard", AppMode::Guard),
        ("d.block", AppMode::Block),
    ];
    for (packages, default_mode, trusted, decision) in [
        (&["a.trust"][..], AppMode::Guard, true, Decision::Allow),
        (
            &["a.trust", "b.watch"],
            AppMode::Guard,
            false,
            Decision::Warn,
        ),
        (
            &["b.watch", "c.guard"],
            AppMode::Guard,
            false,
            Decision::Block,
        ),
        (
            &["a.trust", "d.block"],
            AppMode::Guard,
            false,
            Decision::Block,
        ),
        (
            &["a.trust", "other"],
            AppMode::Guard,
            false,
            Decision::Block,
        ),
        (&["a.trust", "other"], AppMode::Trust, true, Decision::Allow),
        (&[], AppMode::Trust, true, Decision::Allow),
        (&[], AppMode::Guard, false, Decision::Block),
    ] {
        let judge = judge(Config {
            apps: apps(&modes),
            default_mode,
            blocked_names: vec![String::from("bad.example")],
            ..Config::default()
        });
        let owner = owner(packages);
        let facts = Facts {
            owner: Some(&owner),
            dns_query: Some("bad.example"),
            ..facts()
        };
        assert_eq!(judge.trusts(Some(&owner)), trusted, "{packages:?}");
        assert_eq!(judge.judge(&facts).decision, decision, "{packages:?}");
    }
}

#[test]
fn an_unknown_owner_is_refused_only_where_some_app_is_blocked() {
    let unblocked = Config::default();
    let one_blocked = Config {
        apps: apps(&[("com.example", AppMode::Block)]),
        ..Config::default()
    };
    let all_blocked = Config {
        default_mode: AppMode::Block,
        apps: apps(&[("com.example", AppMode::Trust)]),
        ..Config::default()
    };
    let refused = (Decision::Block, Reason::OwnerUnknown);
    let passed = (Decision::Allow, Reason::Ordinary);
    for (config, asked, expected) in [
        (&unblocked, true, passed),
        (&unblocked, false, passed),
        (&one_blocked, true, refused),
        (&one_blocked, false, passed),
        (&all_blocked, true, refused),
        (&all_blocked, false, passed),
    ] {
        let facts = Facts {
            owner_asked: asked,
            ..facts()
        };
        assert_eq!(
            outcome(config.clone(), &facts),
            expected,
            "{config:?} {asked}"
        );
    }
}

/// The owner could be any app: it gets what the strictest of them gets, blocking apart.
#[test]
fn an_unknown_owner_is_treated_as_the_strictest_app() {
    for (default_mode, app, trusted, decision) in [
        (AppMode::Trust, AppMode::Trust, true, Decision::Allow),
        (AppMode::Trust, AppMode::Watch, false, Decision::Warn),
        (AppMode::Watch, AppMode::Guard, false, Decision::Block),
        (AppMode::Trust, AppMode::Block, false, Decision::Block),
        (AppMode::Guard, AppMode::Trust, false, Decision::Block),
    ] {
        let judge = judge(Config {
            default_mode,
            apps: apps(&[("com.example", app)]),
            blocked_names: vec![String::from("bad.example")],
            ..Config::default()
        });
        let facts = Facts {
            dns_query: Some("bad.example"),
            ..facts()
        };
        assert_eq!(judge.trusts(None), trusted);
        assert_eq!(
            judge.judge(&facts).decision,
            decision,
            "{default_mode:?} {app:?}"
        );
    }
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
fn the_user_overrides_what_a_rule_does() {
    for (name, title, mode, expected) in [
        (
            "zzhc-dns-question.json",
            ZZHC,
            None,
            (Decision::Block, Reason::RuleMatched),
        ),
        (
            "zzhc-dns-question.json",
            ZZHC,
            Some(RuleChoice::Warn),
            (Decision::Warn, Reason::RuleMatched),
        ),
        (
            "zzhc-dns-question.json",
            ZZHC,
            Some(RuleChoice::Off),
            (Decision::Allow, Reason::Ordinary),
        ),
        (
            "xtra-gpsonextra.json",
            XTRA,
            None,
            (Decision::Warn, Reason::RuleMatched),
        ),
        (
            "xtra-gpsonextra.json",
            XTRA,
            Some(RuleChoice::Block),
            (Decision::Block, Reason::RuleMatched),
        ),
    ] {
        let id = rule_id(title);
        let config = Config {
            rules: mode.map(|mode| (id.clone(), mode)).into_iter().collect(),
            ..Config::default()
        };
        sample(name).judged(|facts| {
            let verdict = judge(config.clone()).judge(facts);
            assert_eq!(
                (verdict.decision, verdict.reason),
                expected,
                "{name} {mode:?}"
            );
            let told = if mode == Some(RuleChoice::Off) {
                vec![]
            } else {
                vec![id.clone()]
            };
            assert_eq!(verdict.rules, told);
        });
    }
}

#[test]
fn among_matching_rules_the_one_that_blocks_is_told_first() {
    let address = rule_id("Fallback address");
    let request = rule_id("at its fallback address");
    let config = Config {
        rules: BTreeMap::from([
            (address.clone(), RuleChoice::Block),
            (request.clone(), RuleChoice::Warn),
        ]),
        ..Config::default()
    };
    sample("fallback-request.json").judged(|facts| {
        let by_default = judge(Config::default()).judge(facts);
        assert_eq!(by_default.rules, [request.clone(), address.clone()]);
        let overridden = judge(config).judge(facts);
        assert_eq!(overridden.decision, Decision::Block);
        assert_eq!(overridden.rules, [address, request]);
    });
}

#[test]
fn a_rule_that_only_logs_is_listed_and_does_not_decide() {
    let file = "title: Logged\nid: 00000000-0000-4000-8000-000000000001\nstatus: test\nlevel: low\n\
        description: d\nreferences: [r]\nlogsource: {product: android, category: flow}\n\
        detection: {a: {dns.query: logged.example}, condition: a}\nfalsepositives: [none]\n\
        custom: {family: f, action: log, confidence: reported, breakage: none, receipt: r, \
        tests: {match: [a], no_match: [b]}}\n";
    let pack = Arc::new(Pack::parse(&[("logged.yml", file)]).unwrap());
    let id = String::from("00000000-0000-4000-8000-000000000001");
    let (sure, unsure) = (content(50), content(49));
    for (content, decision, reason) in [
        (None, Decision::Allow, Reason::RuleMatched),
        (Some(&unsure), Decision::Allow, Reason::RuleMatched),
        (Some(&sure), Decision::Warn, Reason::IdentifiersFound),
    ] {
        let facts = Facts {
            dns_query: Some("logged.example"),
            content,
            ..facts()
        };
        let verdict = Judge::new(Config::default(), Arc::clone(&pack)).judge(&facts);
        let rules = vec![id.clone()];
        assert_eq!(
            verdict,
            Verdict {
                decision,
                reason,
                rules
            }
        );
    }
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

#[test]
fn the_dial_is_held_where_the_first_request_may_tell() {
    type Set = fn(&mut Facts<'_>);
    let table: [(&str, Set, bool); 11] = [
        ("an ordinary TLS flow", |_| {}, false),
        (
            "a hold port",
            |facts| facts.destination.set_port(8080),
            true,
        ),
        (
            "another port",
            |facts| facts.destination.set_port(12_345),
            false,
        ),
        (
            "a port that a rule names",
            |facts| facts.destination.set_port(9999),
            true,
        ),
        (
            "an address that a rule names",
            |facts| facts.destination.set_ip("42.99.2.15".parse().unwrap()),
            true,
        ),
        (
            "a network that a rule names",
            |facts| facts.destination.set_ip("203.107.1.9".parse().unwrap()),
            true,
        ),
        (
            "a name that a blocking rule names",
            |facts| facts.dns_query = Some("dm.wo.com.cn"),
            true,
        ),
        (
            "a name that a warning rule names",
            |facts| facts.dns_query = Some("xtra1.gpsonextra.net"),
            false,
        ),
        (
            "an ordinary name",
            |facts| facts.dns_query = Some("shop.example"),
            false,
        ),
        ("mail", |facts| facts.destination.set_port(587), false),
        (
            "port 80 of an unknown owner",
            |facts| facts.destination.set_port(80),
            true,
        ),
    ];
    for (what, set, held) in table {
        let mut facts = facts();
        set(&mut facts);
        assert_eq!(judge(Config::default()).holds_dial(&facts), held, "{what}");
    }
}

#[test]
fn the_dial_is_held_by_who_sends() {
    let named = owner(&["com.mediatek.selfregister"]);
    let installed = owner(&["com.example"]);
    let system = Owner {
        system: true,
        ..owner(&["com.vendor.weather"])
    };
    let trusting = Config {
        apps: apps(&[("com.mediatek.selfregister", AppMode::Trust)]),
        ..Config::default()
    };
    for (owner, port, config, held) in [
        (&named, 443, Config::default(), true),
        (&named, 80, trusting, false),
        (&installed, 12_345, Config::default(), false),
        (&system, 12_345, Config::default(), true),
        (&system, 443, Config::default(), false),
        (&system, 5228, Config::default(), false),
    ] {
        let mut facts = Facts {
            owner: Some(owner),
            ..facts()
        };
        facts.destination.set_port(port);
        assert_eq!(judge(config).holds_dial(&facts), held, "{owner:?} {port}");
    }
}

/// A rule that the user turned down no longer holds dials by its name.
#[test]
fn a_rule_turned_down_does_not_hold_by_name() {
    let facts = Facts {
        dns_query: Some("dm.wo.com.cn"),
        ..facts()
    };
    for (mode, held) in [
        (RuleChoice::Block, true),
        (RuleChoice::Warn, false),
        (RuleChoice::Off, false),
    ] {
        let config = Config {
            rules: BTreeMap::from([(rule_id("China Unicom"), mode)]),
            ..Config::default()
        };
        assert_eq!(judge(config).holds_dial(&facts), held, "{mode:?}");
    }
}

#[test]
fn rule_ids_that_the_pack_lacks_are_named() {
    let config = Config {
        rules: BTreeMap::from([
            (rule_id(ZZHC), RuleChoice::Off),
            (String::from("nonsense"), RuleChoice::Off),
        ]),
        ..Config::default()
    };
    assert_eq!(judge(config).unknown_rules(), ["nonsense"]);
}

#[test]
fn a_country_or_network_alone_warns_and_never_blocks() {
    for (detection, country, asn) in [
        ("dst.country: CN, dst.asn: 4134", Some("CN"), Some(4134)),
        ("dst.asn: 4134", None, Some(4134)),
    ] {
        let rule = |text: &str| format!("{text}\n  condition: a");
        let detection = rule(&format!("  a: {{{detection}}}"));
        let pack = Pack::parse(&[("x.yml", &rule_file(1, &detection))]).unwrap();
        let judge = Judge::new(Config::default(), Arc::new(pack));
        let there = Facts {
            country,
            asn,
            ..facts()
        };
        assert_eq!(judge.judge(&there).decision, Decision::Warn, "{detection}");
        assert_eq!(judge.judge(&facts()).decision, Decision::Allow);
        let blocking = rule_file(1, &detection).replace("action: warn", "action: block");
        let grave = blocking
            .replace("level: low", "level: critical")
            .replace("confidence: suspected", "confidence: observed")
            .replace("breakage: none", "breakage: none known");
        let refusal = Pack::parse(&[("x.yml", &grave)]).err();
        assert!(refusal.is_some_and(|why| why.to_string().contains("alone may not block")));
    }
}
