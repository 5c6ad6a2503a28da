//! What the user chose: families, own rules, rule files.

use super::*;
use crate::config::Target;

#[test]
fn a_family_is_chosen_as_a_whole_and_a_rule_of_it_alone() {
    let id = rule_id(ZZHC);
    let family = |choice| BTreeMap::from([(String::from("China Telecom"), choice)]);
    for (families, rule, expected) in [
        (BTreeMap::new(), None, Decision::Block),
        (family(RuleChoice::Off), None, Decision::Allow),
        (family(RuleChoice::Warn), None, Decision::Warn),
        (family(RuleChoice::On), None, Decision::Block),
        (
            family(RuleChoice::Off),
            Some(RuleChoice::On),
            Decision::Block,
        ),
        (
            family(RuleChoice::On),
            Some(RuleChoice::Off),
            Decision::Allow,
        ),
    ] {
        let config = Config {
            rules: rule
                .map(|choice| (id.clone(), choice))
                .into_iter()
                .collect(),
            families: families.clone(),
            ..Config::default()
        };
        sample("zzhc-dns-question.json").judged(|facts| {
            assert_eq!(
                outcome(config.clone(), facts).0,
                expected,
                "{families:?} {rule:?}"
            );
        });
    }
}

fn own(rules: &[(&str, RuleMode)]) -> Config {
    let own_rules = rules
        .iter()
        .map(|(target, mode)| (Target::parse(target).unwrap(), *mode));
    Config {
        own_rules: own_rules.collect(),
        resolver_addresses: vec!["198.51.100.200".parse().unwrap()],
        ..Config::default()
    }
}

#[test]
fn the_narrowest_own_rule_counts_and_the_gravest_of_name_and_address() {
    let config = own(&[
        ("bad.example", RuleMode::Block),
        ("watched.bad.example", RuleMode::Warn),
        ("198.51.100.0/24", RuleMode::Warn),
        ("198.51.100.64/26", RuleMode::Block),
        ("198.51.100.65", RuleMode::Off),
        ("2001:db8::/32", RuleMode::Block),
    ]);
    let none = (Decision::Allow, Reason::Ordinary);
    let warned = (Decision::Warn, Reason::OwnRule);
    let blocked = (Decision::Block, Reason::OwnRule);
    let by_name = (Decision::Block, Reason::NameBlocked);
    for (name, address, expected) in [
        ("good.example", "192.0.2.1", none),
        ("a.bad.example", "192.0.2.1", by_name),
        ("watched.bad.example", "192.0.2.1", warned),
        ("x.watched.bad.example", "192.0.2.1", warned),
        ("notbad.example", "192.0.2.1", none),
        ("good.example", "198.51.100.7", warned),
        ("good.example", "198.51.100.66", blocked),
        ("good.example", "198.51.100.65", none),
        ("good.example", "::ffff:198.51.100.66", blocked),
        ("good.example", "2001:db8::1", blocked),
        ("good.example", "2001:db9::1", none),
        ("a.bad.example", "198.51.100.7", by_name),
        ("watched.bad.example", "198.51.100.66", blocked),
        // Gasket's own resolver answers whatever the rules say of its address.
        ("good.example", "198.51.100.200", none),
        ("a.bad.example", "198.51.100.200", by_name),
    ] {
        let facts = Facts {
            dns_query: Some(name),
            destination: SocketAddr::new(address.parse().unwrap(), 443),
            ..facts()
        };
        assert_eq!(
            outcome(config.clone(), &facts),
            expected,
            "{name} {address}"
        );
    }
}

#[test]
fn an_own_warning_does_not_soften_a_rule_nor_does_a_watched_app_get_blocked() {
    let config = own(&[("zzhc.vnet.cn", RuleMode::Warn)]);
    sample("zzhc-dns-question.json").judged(|facts| {
        let blocked = (Decision::Block, Reason::RuleMatched);
        assert_eq!(outcome(config.clone(), facts), blocked);
    });
    let watching = Config {
        default_mode: AppMode::Watch,
        ..own(&[(ADDRESS, RuleMode::Block)])
    };
    let warned = (Decision::Warn, Reason::OwnRule);
    assert_eq!(outcome(watching, &facts()), warned);
}

fn imported(files: &[(&str, &str)]) -> Config {
    Config {
        rule_files: files
            .iter()
            .map(|(name, text)| (String::from(*name), String::from(*text)))
            .collect(),
        ..Config::default()
    }
}

#[test]
fn an_imported_rule_judges_beside_the_pack_and_a_broken_one_changes_nothing() {
    let good = rule_file(7, "  host: {dns.query: new.example}\n  condition: host");
    let config = imported(&[("a.yml", "title: ["), ("b.yml", &good)]);
    let judge = judge(config);
    let asked = Facts {
        dns_query: Some("new.example"),
        ..facts()
    };
    let verdict = judge.judge(&asked);
    assert_eq!(verdict.decision, Decision::Warn);
    assert_eq!(verdict.rules, ["00000000-0000-4000-8000-000000000007"]);
    let title = judge.rule(&verdict.rules[0]).map(|rule| &*rule.title);
    assert_eq!(title, Some("Test rule"));
    let refused: Vec<_> = judge.refused_rules().iter().map(|e| &*e.file).collect();
    assert_eq!(refused, ["a.yml"]);
    sample("zzhc-dns-question.json").judged(|facts| {
        assert_eq!(
            judge.judge(facts).decision,
            Decision::Block,
            "the pack works on"
        );
    });
    let without = judge.reconfigured(Config::default());
    assert_eq!(without.judge(&asked).decision, Decision::Allow);
    let off = Config {
        rules: BTreeMap::from([(verdict.rules[0].clone(), RuleChoice::Off)]),
        ..imported(&[("b.yml", &good)])
    };
    assert_eq!(
        judge.reconfigured(off).judge(&asked).decision,
        Decision::Allow
    );
}

#[test]
fn an_imported_rule_that_names_a_port_holds_the_dial() {
    let rule = rule_file(
        7,
        "  a: {dst.port: 4711, http.path: /beacon}\n  condition: a",
    );
    let there = Facts {
        destination: SocketAddr::new(ADDRESS.parse().unwrap(), 4711),
        ..facts()
    };
    assert!(judge(imported(&[("a.yml", &rule)])).holds_dial(&there));
    assert!(!judge(Config::default()).holds_dial(&there));
}

#[test]
fn an_answer_is_given_only_where_a_rule_has_one_and_it_is_wanted() {
    let zzhc = rule_id(ZZHC);
    let answer = |id: &String| BTreeMap::from([(id.clone(), RuleChoice::Answer)]);
    let families = BTreeMap::from([(String::from("China Telecom"), RuleChoice::Answer)]);
    let watch = Config {
        rules: answer(&zzhc),
        default_mode: AppMode::Watch,
        ..Config::default()
    };
    let by_rule = Config {
        rules: answer(&zzhc),
        ..Config::default()
    };
    let by_family = Config {
        families,
        ..Config::default()
    };
    for (config, decision, answered) in [
        (Config::default(), Decision::Block, false),
        (by_rule, Decision::Block, true),
        (by_family, Decision::Block, true),
        (watch, Decision::Warn, false),
    ] {
        sample("zzhc-dns-question.json").judged(|facts| {
            let judge = judge(config.clone());
            let verdict = judge.judge(facts);
            assert_eq!(verdict.decision, decision, "{config:?}");
            assert_eq!(judge.answer(&verdict).is_some(), answered, "{config:?}");
        });
    }
    // One without an answer does what it does by itself, and is named.
    let unicom = rule_id("China Unicom");
    let judge = judge(Config {
        rules: answer(&unicom),
        ..Config::default()
    });
    assert_eq!(judge.rules_without_answer(), [unicom.as_str()]);
    let facts = Facts {
        dns_query: Some("dm.wo.com.cn"),
        ..facts()
    };
    let verdict = judge.judge(&facts);
    assert_eq!(verdict.decision, Decision::Block);
    assert!(judge.answer(&verdict).is_none());
}

/// As many as a long list has, each of them looked at for each flow, would be thirty thousand million.
#[test]
fn however_many_own_ranges_there_are_one_is_found_at_once() {
    let ranges: Vec<_> = (0..100_000_u32)
        .map(|n| {
            (
                format!("{}", std::net::Ipv4Addr::from(0x0a00_0000 + n)),
                RuleMode::Block,
            )
        })
        .collect();
    let ranges: Vec<_> = ranges
        .iter()
        .map(|(range, mode)| (&**range, *mode))
        .collect();
    let judge = judge(own(&ranges));
    let (mut blocked, last) = (0, 0x0a00_0000 + 100_000);
    for n in 0..300_000 {
        let facts = Facts {
            destination: (std::net::Ipv4Addr::from(last - n % 2), 443).into(),
            ..facts()
        };
        blocked += usize::from(judge.judge(&facts).decision == Decision::Block);
    }
    assert_eq!(blocked, 150_000);
}
