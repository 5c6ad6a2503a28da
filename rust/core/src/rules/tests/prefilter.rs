//! The cost of an event does not grow with the number of rules.

use super::*;

fn evaluated(pack: &Pack, facts: &Facts<'_>) -> usize {
    pack.prefilter.candidates(&Record::of(facts)).iter().count()
}

#[test]
fn ten_times_the_rules_evaluate_no_more_of_them_on_benign_events() {
    let mut files = Vec::new();
    for copy in 0..10 {
        for (_, text) in SOURCES {
            let renamed = text
                .replace("vnet.cn", &format!("vnet{copy}.cn"))
                .replace("fxltsbl", &format!("fxltsbl{copy}"))
                .replace("wo.com", &format!("wo{copy}.com"))
                .replace("izatcloud", &format!("izatcloud{copy}"))
                .replace("gpsonextra", &format!("gpsonextra{copy}"))
                .replace("xtracloud", &format!("xtracloud{copy}"))
                .replace("\nid: ", &format!("\nid: {copy}"));
            // Keep the id a UUID: the new first digit takes the place of the old one.
            let at = renamed.find("\nid: ").unwrap() + 6;
            files.push(format!("{}{}", &renamed[..at], &renamed[at + 1..]));
        }
    }
    let (small, large) = (Pack::embedded(), pack_of(&files));
    assert_eq!(large.rules().len(), 10 * small.rules().len());
    for name in sample_names() {
        let sample = sample(&name);
        let [before, after] =
            [&*small, &large].map(|pack| sample.judged(|facts| evaluated(pack, facts)));
        assert!(before <= 3, "{name}: {before} rules evaluated");
        // An article about the keys, and the other few whose words stand in a rule, are looked at
        // by each copy of that rule, as they must be.
        if name.starts_with("benign-") && before == 0 {
            assert_eq!(after, 0, "{name}");
        }
    }
    let benign: Vec<_> = [
        "benign-connectivity-check.json",
        "benign-tls-shop.json",
        "benign-lwm2m.json",
    ]
    .iter()
    .map(|name| sample(name).judged(|facts| evaluated(&large, facts)))
    .collect();
    assert_eq!(benign, [0, 0, 0]);
}

#[test]
fn the_prefilter_never_drops_a_match() {
    let pack = Pack::embedded();
    for name in sample_names() {
        sample(&name).judged(|facts| {
            let record = Record::of(facts);
            let every = pack
                .rules()
                .iter()
                .filter(|rule| rule.detection.matches(&record));
            let every: Vec<_> = every.map(|rule| &rule.id).collect();
            let found: Vec<_> = pack
                .matching(facts)
                .into_iter()
                .map(|rule| &rule.id)
                .collect();
            assert_eq!(found, every, "{name}");
        });
    }
}

#[test]
fn a_set_of_rules_gives_back_what_it_took_in_order() {
    let files: Vec<String> = (0..70)
        .map(|id| {
            rule_file(
                id,
                &format!(
                    "  a: {{dns.query|endswith: .x{}.example}}\n  condition: a",
                    id % 35
                ),
            )
        })
        .collect();
    let pack = pack_of(&files);
    let question =
        |name: &str| Sample::from_json(&format!("{{\"dns.query\": \"{name}\"}}")).unwrap();
    let ids = |name: &str| {
        question(name).judged(|facts| {
            let rules = pack.matching(facts);
            rules
                .into_iter()
                .map(|rule| rule.id[24..].to_owned())
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(ids("a.X3.example"), ["000000000003", "000000000038"]);
    assert_eq!(ids("a.b.x34.example"), ["000000000034", "000000000069"]);
    let long = format!("{}.x0.example", "a".repeat(600));
    assert_eq!(ids(&long), ["000000000000", "000000000035"]);
    for name in ["x3.example", "ax3.example", "a.x3.example.org", ".", "x"] {
        assert_eq!(ids(name), Vec::<String>::new(), "{name}");
    }
}

/// Two letters are too few to search for, and yet all that a rule about a country has.
#[test]
fn a_rule_by_country_alone_is_found_by_its_country_alone() {
    let pack = pack_of(&[
        rule_file(1, "  a: {dst.country: cn}\n  condition: a"),
        rule_file(2, "  a: {dst.country: [SE, 'NO']}\n  condition: a"),
    ]);
    for (country, expected) in [
        ("CN", vec![1]),
        ("SE", vec![2]),
        ("NO", vec![2]),
        ("DE", vec![]),
    ] {
        let event = format!("{{\"dst.country\": \"{country}\", \"http.path\": \"/cn/se/no\"}}");
        Sample::from_json(&event).unwrap().judged(|facts| {
            let found: Vec<usize> = pack
                .matching(facts)
                .iter()
                .map(|rule| rule.id[24..].parse().unwrap())
                .collect();
            assert_eq!(found, expected, "{country}");
            assert_eq!(evaluated(&pack, facts), expected.len(), "{country}");
        });
    }
    let part = rule_file(3, "  a: {dst.country|startswith: C}\n  condition: a");
    assert!(Pack::parse(&[("x.yml", &part)]).is_err());
}

#[test]
fn a_pack_has_a_largest_size() {
    let files: Vec<String> = (0..=1024)
        .map(|id| {
            rule_file(
                id,
                &format!("  a: {{dns.query: x{id}.example}}\n  condition: a"),
            )
        })
        .collect();
    let sources: Vec<(&str, &str)> = files.iter().map(|text| ("x.yml", &**text)).collect();
    assert!(Pack::parse(&sources[1..]).is_ok());
    let error = Pack::parse(&sources).unwrap_err();
    assert_eq!(
        error.to_string(),
        "x.yml: one rule too many: a pack holds 1024"
    );
}
