//! The ways in which people break YAML, and how they are told.

use super::refusals::GOOD;
use super::*;

#[test]
fn everything_that_is_wrong_with_a_file_is_told() {
    let file = rule_file(
        1,
        "  host: {dns.qury: a.example, dst.port: x}\n  other: {proto: tpc}\n  condition: host",
    )
    .replace("level: low", "level: lowest")
    .replace("confidence: suspected", "confidnce: suspected")
    .replace(
        "[b.json]",
        "[{dst.prt: 80}, {tls.sni: a.example, http.path: /}]",
    );
    let told: Vec<_> = Pack::check(&[("x.yml", &file)])
        .unwrap_err()
        .into_iter()
        .map(|error| (error.line.unwrap(), error.problem))
        .collect();
    let told: Vec<_> = told
        .iter()
        .map(|(line, problem)| (*line, &**problem))
        .collect();
    assert_eq!(
        told,
        [
            (
                4,
                "unknown level `lowest`; valid are: informational, low, medium, high, critical"
            ),
            (9, "unknown field `dns.qury`; did you mean `dns.query`?"),
            (
                9,
                "dst.port must be a whole number from 0 to 65535, without quotes"
            ),
            (10, "unknown proto `tpc`; valid are: tcp, udp, icmp"),
            (10, "the condition does not use the selection `other`"),
            (
                16,
                "unknown key in custom `confidnce`; did you mean `confidence`?"
            ),
            (21, "unknown field `dst.prt`; did you mean `dst.port`?"),
            (
                21,
                "tls.* and http.* exclude each other: one event is one message"
            ),
        ]
    );
}

/// Broken by hand in the ways that people break YAML.
#[test]
fn slips_of_yaml_are_told_with_their_line() {
    let good = rule_file(1, GOOD);
    for (from, to, begins) in [
        ("level: low", "level:\tlow", ""),
        ("level: low", "\tlevel: low", "x.yml, line 3: not YAML: "),
        ("level: low", "level: low # why", ""),
        (
            "level: low",
            "level: [low]",
            "x.yml, line 4: level must be a text",
        ),
        (
            "level: low",
            "level: {low: 1}",
            "x.yml, line 4: level must be a text",
        ),
        (
            "level: low",
            "level: 1",
            "x.yml, line 4: level must be a text: write '1' in quotes",
        ),
        ("level: low", "level: 'low", "x.yml, line "),
        (
            "level: low",
            "level: low\nlevel: low",
            "x.yml, line 5: `level` stands here a second time",
        ),
        ("level: low", "level: *low", "x.yml, line "),
        (
            "level: low",
            "<<: {level: low}",
            "x.yml, line 4: unknown key in rule `<<`",
        ),
        (
            "level: low",
            "level: low\n? x\n: y",
            "x.yml, line 5: unknown key in rule `x`",
        ),
        (
            "level: low",
            "level: low: very",
            "x.yml, line 4: not YAML: ",
        ),
        ("title: Test rule", "title: >-\n  Test\n  rule", ""),
        (
            "title: Test rule",
            "title: 2026",
            "x.yml, line 1: title must be a text: write '2026' in quotes",
        ),
        (
            "title: Test rule",
            "title: true",
            "x.yml, line 1: title must be a text: write 'true' in quotes",
        ),
        (
            "title: Test rule",
            "title: ''",
            "x.yml, line 1: title is empty",
        ),
        ("references: [nowhere]", "references: nowhere", ""),
        (
            "references: [nowhere]",
            "references: [nowhere, '']",
            "x.yml, line 6: references is empty",
        ),
        (
            "references: [nowhere]",
            "references: [[nowhere]]",
            "x.yml, line 6: references must be a text",
        ),
        (
            "references: [nowhere]",
            "references: [nowhere]\ntags: [Leak]",
            "x.yml, line 7: `Leak` is no tag",
        ),
        (
            "{dns.query: bad.example}",
            "{dns.query: bad.example, dns.query: b.example}",
            "x.yml, line 9: `dns.query` stands here a second time",
        ),
        (
            "{dns.query: bad.example}",
            "{dns.query|contains|endswith: bad.example}",
            "x.yml, line 9: dns.query cannot be compared by `contains|endswith`",
        ),
        (
            "{dns.query: bad.example}",
            "{dns.query|: bad.example}",
            "x.yml, line 9: unknown modifier ``",
        ),
        (
            "{dns.query: bad.example}",
            "{'|contains': bad.example}",
            "x.yml, line 9: unknown field ``",
        ),
        (
            "{dns.query: bad.example}",
            "{dns.query: {a: b}}",
            "x.yml, line 9: dns.query must be a text",
        ),
        (
            "{dns.query: bad.example}",
            "{dns.query|re: '('}",
            "x.yml, line 9: not a regular expression",
        ),
        (
            "{dns.query: bad.example}",
            "{dst.port: -1}",
            "x.yml, line 9: dst.port must be a whole number",
        ),
        (
            "{dns.query: bad.example}",
            "{dst.port: 80.0}",
            "x.yml, line 9: dst.port must be a whole number",
        ),
        (
            "{dns.query: bad.example}",
            "{dst.ip|cidr: 192.0.2.0}",
            "x.yml, line 9: `192.0.2.0` is no network",
        ),
        (
            "condition: host",
            "condition: [host]",
            "x.yml, line 10: condition must be a text",
        ),
        (
            "[b.json]",
            "[../b.json]",
            "x.yml, line 20: `../b.json` names no sample file",
        ),
        (
            "[b.json]",
            "[{cleartext: maybe}]",
            "x.yml, line 20: cleartext must be true or false",
        ),
        (
            "[b.json]",
            "[{dst.ip: 1.2.3}]",
            "x.yml, line 20: dst.ip: `1.2.3` is no IP address",
        ),
        (
            "[b.json]",
            "[{pii.types: ime}]",
            "x.yml, line 20: pii.types: unknown variant",
        ),
        (
            "[b.json]",
            "[{tls.sni: a.example, cleartext: true}]",
            "x.yml, line 20: cleartext: true contradicts tls.*",
        ),
    ] {
        let broken = good.replacen(from, to, 1);
        assert_ne!(broken, good, "{from}");
        match Pack::parse(&[("x.yml", &broken)]) {
            Ok(_) => assert_eq!(begins, "", "{to} is taken"),
            Err(error) => {
                let told = error.to_string();
                assert!(
                    !begins.is_empty() && told.starts_with(begins),
                    "{to}: {told}"
                );
            }
        }
    }
}
