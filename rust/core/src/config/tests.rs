use super::*;

#[test]
fn the_shortest_document_is_the_default() {
    assert_eq!(
        Config::from_json(r#"{"version": 1}"#),
        Ok(Config::default())
    );
}

#[test]
fn a_full_document_survives_a_round_trip() {
    let config = Config {
        version: CONFIG_VERSION,
        mtu: 1280,
        resolver_addresses: vec!["10.111.222.2".parse().unwrap(), "fd00::2".parse().unwrap()],
        dns_upstreams: vec![
            "192.0.2.53:53".parse().unwrap(),
            "[2001:db8::53]:853".parse().unwrap(),
        ],
        ipv6: false,
        default_mode: AppMode::Watch,
        apps: BTreeMap::from([
            (String::from("com.example.browser"), AppMode::Trust),
            (String::from("com.example.weather"), AppMode::Block),
        ]),
        uids: BTreeMap::from([(
            10_123,
            Uid {
                packages: vec![String::from("com.example.a"), String::from("com.example.b")],
                system: true,
            },
        )]),
        blocked_names: vec![
            String::from("tracker.example"),
            String::from("_x.Ads.example."),
        ],
        own_rules: BTreeMap::from([
            (Target::parse("tracker.example").unwrap(), RuleMode::Block),
            (Target::parse("203.0.113.0/24").unwrap(), RuleMode::Warn),
        ]),
        rule_files: BTreeMap::from([(String::from("a.yml"), String::from("title: x"))]),
        families: BTreeMap::from([(String::from("Example"), RuleChoice::Answer)]),
        rules: BTreeMap::from([(String::from("3d2b1c7e"), RuleChoice::On)]),
        identifiers: RuleMode::Block,
        hold_ports: vec![80, 9999],
        report_flows: true,
        ..Config::default()
    };
    let text = serde_json::to_string_pretty(&config).unwrap();
    assert_eq!(Config::from_json(&text), Ok(config));
}

#[test]
fn each_mistake_is_told_with_place_and_remedy() {
    for (text, message) in [
        (
            "",
            "config line 1, column 0: EOF while parsing a value. \
             The document must be one JSON object; check commas, quotes and brackets",
        ),
        (
            "{\"version\": 1,\n \"mtu\": 9000,}",
            "config line 2, column 14: trailing comma. \
             The document must be one JSON object; check commas, quotes and brackets",
        ),
        (
            "{\"version\": 1} {}",
            "config line 1, column 16: trailing characters. \
             The document must be one JSON object; check commas, quotes and brackets",
        ),
        (
            "[1]",
            "config line 1, column 1: a list, where an object belongs. \
             The document must be one JSON object, as in {\"version\": 1}",
        ),
        (
            "{\"mtu\": 9000}",
            "config line 1, column 13: missing field `version`. Add \"version\": 1",
        ),
        (
            "{\"colour\": 1,\n \"version\": 2}",
            "config line 2, column 13, key \"version\": version 2 is not one this build reads. \
             Write \"version\": 1, the only version this build reads",
        ),
        (
            "{\"version\": \"1\"}",
            "config line 1, column 15, key \"version\": invalid type: string \"1\", expected u32. \
             Write \"version\": 1, the only version this build reads",
        ),
        (
            "{\"version\": 1,\n \"hold_port\": [80]}",
            "config line 2, column 12, key \"hold_port\": unknown field `hold_port`, expected one of \
             `version`, `mtu`, `resolver_addresses`, `dns_upstreams`, `ipv6`, `default_mode`, `apps`, \
             `uids`, `blocked_names`, `own_rules`, `rule_files`, `families`, `rules`, `identifiers`, `beacons`, `known_identifiers`, `hold_ports`, `report_flows`, `ask_seconds`. \
             Did you mean \"hold_ports\"?",
        ),
        (
            "{\"version\": 1, \"ipv6\": \"off\"}",
            "config line 1, column 28, key \"ipv6\": invalid type: string \"off\", expected a boolean. \
             Write true or false, without quotes",
        ),
        (
            "{\"version\": 1, \"beacons\": true}",
            "config line 1, column 27, key \"beacons\": no word, where one of several belongs. \
             Write \"off\", \"system\" (of apps that came with the phone) or \"all\"",
        ),
        (
            "{\"version\": 1, \"beacons\": \"sytem\"}",
            "config line 1, column 33, key \"beacons\": unknown variant `sytem`, \
             expected one of `off`, `system`, `all`. Did you mean \"system\"?",
        ),
        (
            "{\"version\": 1, \"mtu\": 1279}",
            "config line 1, column 26, key \"mtu\": an MTU of 1279 bytes is out of range. \
             Write a whole number from 1280 to 65535, without quotes",
        ),
        (
            "{\"version\": 1,\n\"mtu\": 1279\n\n}",
            "config line 2, column 11, key \"mtu\": an MTU of 1279 bytes is out of range. \
             Write a whole number from 1280 to 65535, without quotes",
        ),
        (
            "{\"version\": 1, \"mtu\": 65536}",
            "config line 1, column 27, key \"mtu\": an MTU of 65536 bytes is out of range. \
             Write a whole number from 1280 to 65535, without quotes",
        ),
        (
            "{\"version\": 1, \"apps\": {\"com.example\": \"blok\"}}",
            "config line 1, column 45, key \"apps.com.example\": unknown variant `blok`, \
             expected one of `guard`, `block`, `watch`, `trust`, `ask`. Did you mean \"block\"?",
        ),
        (
            "{\"version\": 1, \"apps\": {\"a\": \"block\", \"a\": \"trust\"}}",
            "config line 1, column 41, key \"apps\": \"a\" is set twice. \
             Write each package once, as in {\"com.example\": \"block\"}: \
             guard, block, watch, trust or ask",
        ),
        (
            "{\"version\": 1, \"uids\": {\"com.example\": {\"packages\": []}}}",
            "config line 1, column 37, key \"uids\": \"com.example\" is not a user id. \
             Write each user id once, as in \
             {\"10123\": {\"packages\": [\"com.example\"], \"system\": false}}",
        ),
        (
            "{\"version\": 1, \"uids\": {\"10123\":\n {\"packages\": \"com.example\"}}}",
            "config line 2, column 27, key \"uids.10123.packages\": \
             invalid type: string \"com.example\", expected a sequence. \
             Write each user id once, as in \
             {\"10123\": {\"packages\": [\"com.example\"], \"system\": false}}",
        ),
        (
            "{\"version\": 1, \"uids\": {\"1\": {\"packages\": [], \"sytem\": true}}}",
            "config line 1, column 53, key \"uids.1.sytem\": unknown field `sytem`, \
             expected `packages` or `system`. Did you mean \"system\"?",
        ),
        (
            "{\"version\": 1, \"rules\": {\"x\": \"allow\"}}",
            "config line 1, column 37, key \"rules.x\": unknown variant `allow`, \
             expected one of `on`, `block`, `warn`, `off`, `answer`. Remove it, or use one of the names above",
        ),
        (
            "{\"version\": 1, \"own_rules\": {\"192.0.2.7/24\": \"block\"}}",
            "config line 1, column 43, key \"own_rules\": \"192.0.2.7/24\" begins within the range that it means; \
             write 192.0.2.0/24, or 192.0.2.7 alone. Write each name or range of addresses once, \
             as in {\"tracker.example\": \"block\", \"203.0.113.0/24\": \"warn\"}",
        ),
        (
            "{\"version\": 1, \"own_rules\": {\"a.example\": \"warn\", \"A.example.\": \"block\"}}",
            "config line 1, column 62, key \"own_rules\": \"A.example.\" is set twice. \
             Write each name or range of addresses once, \
             as in {\"tracker.example\": \"block\", \"203.0.113.0/24\": \"warn\"}",
        ),
        (
            "{\"version\": 1, \"ask_seconds\": 61}",
            "config line 1, column 32, key \"ask_seconds\": 61 seconds are out of range. \
             Write a whole number from 0 to 60, without quotes",
        ),
        (
            "{\"version\": 1, \"hold_ports\": [80, 0]}",
            "config line 1, column 35, key \"hold_ports[1]\": port 0 is never dialled. \
             Write port numbers from 1 to 65535, as in [80, 8080]",
        ),
        (
            "{\"version\": 1, \"dns_upstreams\": [\"192.0.2.53\"]}",
            "config line 1, column 45, key \"dns_upstreams[0]\": invalid socket address syntax. \
             Write addresses with port, as in [\"192.0.2.53:53\", \"[2001:db8::53]:53\"]",
        ),
        (
            "{\"version\": 1, \"blocked_names\": [\"a.example\", \"*.b.example\"]}",
            "config line 1, column 59, key \"blocked_names[1]\": \"*.b.example\" has a wildcard; \
             a name always covers the names below it, so leave \"*.\" out. \
             Write bare host names, as in [\"tracker.example\"]",
        ),
    ] {
        assert_eq!(
            Config::from_json(text).unwrap_err().to_string(),
            message,
            "{text}"
        );
    }
}

#[test]
fn how_long_an_answer_is_waited_for_is_bounded_and_its_default_not_named() {
    for (text, seconds) in [
        (r#"{"version": 1, "apps": {"a": "ask"}}"#, 20),
        (r#"{"version": 1, "ask_seconds": 0}"#, 0),
        (r#"{"version": 1, "ask_seconds": 60}"#, 60),
    ] {
        let config = Config::from_json(text).unwrap();
        assert_eq!(config.ask_seconds, seconds);
        let written = serde_json::to_string(&config).unwrap();
        assert_eq!(written.contains("ask_seconds"), seconds != 20, "{written}");
        assert_eq!(Config::from_json(&written).unwrap(), config);
    }
}

#[test]
fn bad_names_are_refused_and_good_ones_are_not() {
    let document = |name: &str| {
        Config::from_json(&format!(
            "{{\"version\": 1, \"blocked_names\": [\"{name}\"]}}"
        ))
    };
    let long_label = "a".repeat(64);
    let long_name = ["abcdefg"; 32].join(".");
    for name in [
        "",
        ".",
        "http://a.example/",
        "a.example:80",
        "a b.example",
        "a..example",
        ".a.example",
        "192.0.2.1",
        "bücher.example",
        "a,b.example",
        &long_label,
        &long_name,
    ] {
        assert!(document(name).is_err(), "{name}");
    }
    for name in [
        "example",
        "a.example.",
        "A-1.Example",
        "_dmarc.example",
        "xn--bcher-kva.example",
    ] {
        assert!(document(name).is_ok(), "{name}");
    }
}

#[test]
fn a_user_id_has_one_spelling() {
    for id in ["", "-1", "+1", "01", "1.0", "1e3", " 1", "4294967296"] {
        let text = format!(r#"{{"version": 1, "uids": {{"{id}": {{"packages": []}}}}}}"#);
        assert!(Config::from_json(&text).is_err(), "{id:?}");
    }
}

#[test]
fn an_owner_is_who_the_settings_say() {
    let config = Config::from_json(
        r#"{"version": 1, "uids": {"10123": {"packages": ["com.example"], "system": true}}}"#,
    )
    .unwrap();
    let unnamed = |uid| Owner {
        uid,
        packages: Vec::new(),
        system: false,
    };
    let named = config.named(unnamed(10_123));
    assert_eq!(named.packages, ["com.example"]);
    assert!(named.system);
    assert_eq!(config.named(unnamed(10_124)), unnamed(10_124));
}
