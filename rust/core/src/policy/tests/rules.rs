//! Rules that match: what they do, what is told of them, and what they may not do.

use super::*;

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
            let judge = judge(config.clone());
            let verdict = judge.judge(facts);
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
            let matched = judge.matched(&verdict);
            let ids: Vec<_> = matched.iter().map(|rule| rule.id.clone()).collect();
            assert_eq!(ids, told);
            assert!(
                matched.iter().all(|rule| rule.title.contains(title)),
                "{matched:?}"
            );
            let blocked = verdict.clone().into_block();
            assert_eq!(blocked.decision, Decision::Block);
            assert_eq!(
                (blocked.reason, blocked.rules),
                (verdict.reason, verdict.rules)
            );
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
