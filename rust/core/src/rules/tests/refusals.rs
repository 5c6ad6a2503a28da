//! What the pack refuses, and in which words.

use super::*;

pub(super) const GOOD: &str = "  host: {dns.query: bad.example}\n  condition: host";

fn refused(file: &str) -> String {
    Pack::parse(&[("x.yml", file)]).unwrap_err().to_string()
}

#[test]
fn the_rule_that_the_others_are_broken_from_is_good() {
    assert!(Pack::parse(&[("x.yml", &rule_file(1, GOOD))]).is_ok());
}

#[test]
fn a_wrong_file_is_told_with_line_and_remedy() {
    let good = rule_file(1, GOOD);
    for (from, to, message) in [
        (
            "status: test",
            "stauts: test",
            "x.yml, line 3: unknown key in rule `stauts`; did you mean `status`?",
        ),
        (
            "title: Test rule",
            "",
            "x.yml, line 2: rule lacks the key `title`",
        ),
        (
            "status: test",
            "status: tested",
            "x.yml, line 3: unknown status `tested`; did you mean `test`?",
        ),
        (
            "level: low",
            "level: extreme",
            "x.yml, line 4: unknown level `extreme`; valid are: informational, low, medium, high, critical",
        ),
        (
            "references: [nowhere]",
            "references: []",
            "x.yml, line 6: references is empty",
        ),
        (
            "description: A rule for tests",
            "description:",
            "x.yml, line 5: description is empty",
        ),
        (
            "00000000-0000",
            "0000-0000",
            "x.yml, line 2: `0000-0000-4000-8000-000000000001` is no UUID in small letters; make one with `uuidgen`",
        ),
        (
            "product: android",
            "product: linux",
            "x.yml, line 7: logsource must be {product: android, category: flow}",
        ),
        (
            "logsource: {product: android, category: flow}\n",
            "",
            "x.yml, line 1: rule lacks the key `logsource`",
        ),
        (
            "dns.query:",
            "dns.qury:",
            "x.yml, line 9: unknown field `dns.qury`; did you mean `dns.query`?",
        ),
        (
            "dns.query:",
            "dns.query|contain:",
            "x.yml, line 9: unknown modifier `contain`; did you mean `contains`?",
        ),
        (
            "bad.example}",
            "'*.bad.example'}",
            "x.yml, line 9: the wildcard in '*.bad.example' is no part of our subset; use contains, startswith, endswith or re, or write \\* and \\? for the characters",
        ),
        (
            "bad.example}",
            "80}",
            "x.yml, line 9: dns.query must be a text: write '80' in quotes",
        ),
        (
            "dns.query: bad.example",
            "dst.port: 70000",
            "x.yml, line 9: dst.port must be a whole number from 0 to 65535, without quotes",
        ),
        (
            "dns.query: bad.example",
            "dst.port: '80'",
            "x.yml, line 9: dst.port must be a whole number from 0 to 65535, without quotes",
        ),
        (
            "dns.query: bad.example",
            "dst.port|contains: 80",
            "x.yml, line 9: dst.port cannot be compared by `contains`; valid here: no modifier",
        ),
        (
            "dns.query: bad.example",
            "cleartext: yes",
            "x.yml, line 9: cleartext must be true or false, without quotes",
        ),
        (
            "dns.query: bad.example",
            "proto: tpc",
            "x.yml, line 9: unknown proto `tpc`; valid are: tcp, udp, icmp",
        ),
        (
            "dns.query: bad.example",
            "dst.ip: 1.2.3",
            "x.yml, line 9: `1.2.3` is no IP address; for a range use dst.ip|cidr",
        ),
        (
            "dns.query: bad.example",
            "dst.ip: 192.0.2.0/24",
            "x.yml, line 9: `192.0.2.0/24` is no IP address; for a range use dst.ip|cidr",
        ),
        (
            "dns.query: bad.example",
            "dst.ip|cidr: 192.0.2.1/24",
            "x.yml, line 9: `192.0.2.1/24` is no network; write it as 192.0.2.0/24, with no bit set behind the prefix",
        ),
        (
            "dns.query: bad.example",
            "body.decoded|re: a+",
            "x.yml, line 9: re on body.decoded, which may be long, is too slow; use contains",
        ),
        (
            "dns.query: bad.example",
            "http.path|all: [/a, /b]",
            "x.yml, line 9: `all` on http.path needs contains, startswith, endswith or re beside it",
        ),
        (
            "dns.query: bad.example",
            "http.path|contains: []",
            "x.yml, line 9: http.path has no value to compare with",
        ),
        (
            "{dns.query: bad.example}",
            "[bad, worse]",
            "x.yml, line 9: selection `host`: bare keywords are no part of our subset; write `field: value`",
        ),
        (
            "{dns.query: bad.example}",
            "{}",
            "x.yml, line 9: selection `host` is empty",
        ),
        (
            "condition: host",
            "condition: hosts",
            "x.yml, line 10: unknown selection `hosts`; did you mean `host`?",
        ),
        (
            "condition: host",
            "condition: host or",
            "x.yml, line 10: the condition ends where a selection's name belongs",
        ),
        (
            "  condition: host",
            "  other: {dst.port: 1}\n  condition: host",
            "x.yml, line 10: the condition does not use the selection `other`",
        ),
        (
            "\n  condition: host",
            "",
            "x.yml, line 9: detection lacks its condition",
        ),
        (
            "  host:",
            "  Host:",
            "x.yml, line 9: `Host` cannot name a selection; write small letters, digits and underscores, a letter first, and none of and, or, not, of, all, them",
        ),
        (
            "  action: warn",
            "  action: allow",
            "x.yml, line 14: unknown action `allow`; valid are: log, warn, block",
        ),
        (
            "  action: warn",
            "  action: block",
            "x.yml, line 14: only what was observed or read in source code may block; write `action: warn`",
        ),
        (
            "  receipt: Nobody gets anything.\n",
            "",
            "x.yml, line 13: custom lacks the key `receipt`",
        ),
        (
            "    no_match: [b.json]\n",
            "",
            "x.yml, line 19: tests lacks the key `no_match`",
        ),
        (
            "    match: [a.json]",
            "    match: []",
            "x.yml, line 19: tests.match is empty",
        ),
        (
            "  breakage: none",
            "  breakage: none\n  breakage: none",
            "x.yml, line 17: `breakage` stands here a second time, first in line 16",
        ),
        (
            "references: [nowhere]",
            "references: &a [nowhere]",
            "x.yml, line 6: anchors, aliases and tags are no part of our subset; write the value out",
        ),
        (
            "status: test",
            "status: !x test",
            "x.yml, line 3: anchors, aliases and tags are no part of our subset; write the value out",
        ),
    ] {
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good, "{from}");
        assert_eq!(refused(&broken), message);
    }
}

#[test]
fn what_may_block_is_bounded() {
    let grave = |detection: &str, breakage: &str| {
        rule_file(1, detection)
            .replace("level: low", "level: critical")
            .replace("action: warn", "action: block")
            .replace("confidence: suspected", "confidence: observed")
            .replace("breakage: none", breakage)
    };
    assert!(Pack::parse(&[("x.yml", &grave(GOOD, "breakage: none known"))]).is_ok());
    assert_eq!(
        refused(&grave(GOOD, "breakage: some")),
        "x.yml, line 14: a rule may block only if that breaks nothing: `breakage` must begin with \
         `none`; otherwise write `action: warn`"
    );
    let alone = "x.yml, line 15: an address, network, country or autonomous system alone may not \
                 block, because others share it; add what is sent, or write `action: warn`";
    for (selections, condition, refusal) in [
        ("  a: {dst.ip: 192.0.2.1}", "a", true),
        ("  a: {dst.asn: 64496}", "a", true),
        ("  a: {dst.country: CN}", "a", true),
        ("  a: {dst.ip|cidr: 192.0.2.0/24, proto: tcp}", "a", true),
        ("  a: {dst.ip: 192.0.2.1, dst.port: 9999}", "a", false),
        (
            "  a: [{dst.ip: 192.0.2.1}, {dns.query: bad.example}]",
            "a",
            true,
        ),
        ("  a: {dst.ip: 192.0.2.1}", "a and not b", true),
        ("  a: {dst.ip: 192.0.2.1}", "a and b", false),
        ("  a: {dst.ip: 192.0.2.1}", "a or b", true),
    ] {
        let b = if condition.contains('b') {
            "\n  b: {http.path: /ok}"
        } else {
            ""
        };
        let detection = format!("{selections}{b}\n  condition: {condition}");
        let lines = 13 + detection.lines().count() - 1;
        let file = grave(&detection, "breakage: none");
        match Pack::parse(&[("x.yml", &file)]) {
            Ok(_) => assert!(!refusal, "{detection}"),
            Err(error) => {
                let expected = alone.replace("line 15", &format!("line {lines}"));
                assert_eq!(
                    (error.to_string(), refusal),
                    (expected, true),
                    "{detection}"
                );
            }
        }
    }
}

#[test]
fn a_rule_that_every_event_would_have_to_be_evaluated_for_is_refused() {
    for (selections, condition) in [
        ("  a: {http.method: POST}", "a"),
        ("  a: {cleartext: true}", "a"),
        ("  a: {trigger: boot, trigger.age_s: 60}", "a"),
        ("  a: {http.path: /}", "a"),
        ("  a: {http.path|re: '^/register$'}", "a"),
        ("  a: {dns.query: bad.example}", "not a"),
        ("  a: {dns.query: bad.example}\n  b: {proto: udp}", "a or b"),
        ("  a: {http.path|contains: [/register, x]}", "a"),
    ] {
        assert_eq!(
            refused(&rule_file(
                1,
                &format!("{selections}\n  condition: {condition}")
            )),
            "x.yml: nothing literal must occur for it to match, so that every event would have to \
             be evaluated; each alternative of the condition needs a text of three bytes or more \
             (not in a regular expression), a number or an address",
        );
    }
}

#[test]
fn two_rules_of_one_id_are_refused() {
    let file = rule_file(1, GOOD);
    let error = Pack::parse(&[("a.yml", &file), ("b.yml", &file)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a.yml: its id is also that of b.yml; make a new one"
    );
}

#[test]
fn what_is_no_rule_at_all_is_refused_and_never_panics() {
    let deep = "[".repeat(10_000);
    let nested = "a: ".repeat(100);
    for (text, begins) in [
        ("", "x.yml, line 1: the file is empty"),
        ("# only a comment\n", "x.yml, line 1: the file is empty"),
        (
            "just text",
            "x.yml, line 1: rule must be a map of `key: value`",
        ),
        (
            "- a\n- b",
            "x.yml, line 1: rule must be a map of `key: value`",
        ),
        (
            "a: b\n---\nc: d",
            "x.yml, line 3: a second document; write one rule a file",
        ),
        ("a: [b", "x.yml, line "),
        ("a: 'b", "x.yml, line "),
        ("? [a]\n: b", "x.yml, line 1: a key must be a plain text"),
        (&deep, "x.yml, line 1: "),
        (&nested, "x.yml, line 1: "),
        ("a: *b", "x.yml, line 1: "),
        ("\u{0}", "x.yml, line "),
    ] {
        let message = refused(text);
        assert!(message.starts_with(begins), "{message}");
    }
    // Prefixes of each shipped file, and the file from there on, are read without panic.
    for (_, text) in SOURCES {
        for cut in (0..text.len())
            .step_by(7)
            .filter(|cut| text.is_char_boundary(*cut))
        {
            let _ = Pack::parse(&[("x.yml", &text[cut..])]);
            let _ = Pack::parse(&[("x.yml", &text[..cut])]);
        }
    }
}
