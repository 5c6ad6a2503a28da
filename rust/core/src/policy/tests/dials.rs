//! Which dials are held until the first request was judged.

use super::*;

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
