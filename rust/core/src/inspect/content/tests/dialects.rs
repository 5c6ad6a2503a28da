//! The self-registration that this stage was built for, in the ways it is sent.

use super::invented::{self, base64_lines, base64_of, gzip, percent, registration};
use super::*;

/// What every dialect must yield, whatever it is wrapped in.
fn expect_registration(content: &Content, wrapping: &str) {
    use IdentifierKind::*;
    assert_eq!(
        alerting(content),
        [Imei, Meid, Imsi, Iccid, Mac, Cell],
        "{wrapping}: {:#?}",
        content.findings
    );
    assert!(content.bounds_hit.is_empty(), "{wrapping}");
    assert!(content.decoded.contains(r#""SIM1ICCID""#), "{wrapping}");
    assert!(
        content.decoded.contains(&registration()),
        "{wrapping}: the text stands as it was sent"
    );
    for secret in [invented::imei(), invented::imsi(), invented::iccid()] {
        assert!(content.findings.iter().all(|f| !f.masked.contains(&secret)));
    }
}

#[test]
fn plain_json() {
    let content = of_body(registration().as_bytes());
    expect_registration(&content, "plain");
    let iccid = content
        .findings
        .iter()
        .find(|f| f.kind == IdentifierKind::Iccid);
    let iccid = iccid.expect("an ICCID");
    assert_eq!(iccid.path, "json:SIM1ICCID");
    assert_eq!(iccid.masked, "89•••••••••••••••••3");
    assert_eq!(iccid.confidence, 95);
}

#[test]
fn base64_in_lines() {
    let content = of_body(base64_lines(registration().as_bytes()).as_bytes());
    expect_registration(&content, "base64 in lines");
    assert!(
        content.decoded.starts_with("eyJSRUdWRVIi"),
        "the raw body comes first"
    );
    assert!(
        content
            .findings
            .iter()
            .any(|f| f.path == "base64 → json:IMEI1")
    );
}

#[test]
fn other_wrappings() {
    let json = registration();
    let lines = base64_lines(json.as_bytes());
    let crlf = lines.replace('\n', "\r\n");
    let cases: [(&str, Vec<u8>); 9] = [
        ("base64 with CRLF", crlf.into_bytes()),
        (
            "base64 url",
            base64_of(json.as_bytes(), true, false).into_bytes(),
        ),
        ("percent", percent(json.as_bytes()).into_bytes()),
        ("percent of base64", percent(lines.as_bytes()).into_bytes()),
        ("gzip", gzip(json.as_bytes())),
        ("gzip of base64", gzip(lines.as_bytes())),
        (
            "base64 of gzip",
            base64_lines(&gzip(json.as_bytes())).into_bytes(),
        ),
        (
            "form",
            format!("v=1&d={}", percent(lines.as_bytes())).into_bytes(),
        ),
        ("form, unencoded", format!("d={lines}").into_bytes()),
    ];
    for (wrapping, body) in cases {
        expect_registration(&of_body(&body), wrapping);
    }
}

#[test]
fn path_names_every_step() {
    let body = format!(
        "v=1&d={}",
        percent(base64_lines(registration().as_bytes()).as_bytes())
    );
    let content = of_body(body.as_bytes());
    let path = "form:d → base64 → json:SIM1ICCID";
    assert!(
        content.findings.iter().any(|f| f.path == path),
        "{:#?}",
        content.findings
    );
}

/// Keys may come in any order, as from a hash map; the older dialect has other names.
#[test]
fn older_dialect() {
    let body = format!(
        r#"{{"S1LTEIMSI":"{}","SIM1ICCID":"{}","MODELSMS":"XXX-model"}}"#,
        invented::imsi(),
        invented::iccid()
    );
    let content = of_body(base64_lines(body.as_bytes()).as_bytes());
    assert_eq!(
        alerting(&content),
        [IdentifierKind::Imsi, IdentifierKind::Iccid]
    );
}

/// A body is judged by its first 64 KiB, so it may end anywhere.
#[test]
fn cut_off_anywhere() {
    let json = registration();
    let lines = base64_lines(json.as_bytes());
    let cut = lines.len() * 2 / 3;
    let content = of_body(&lines.as_bytes()[..cut]);
    assert!(alerting(&content).contains(&IdentifierKind::Imei));
    let packed = gzip(json.as_bytes());
    let content = of_body(&packed[..packed.len() - 40]);
    assert!(
        alerting(&content).contains(&IdentifierKind::Imei),
        "{content:#?}"
    );
}

/// A body beyond the hold comes in stretches that begin anywhere.
#[test]
fn stretch_from_the_middle() {
    let lines = base64_lines(registration().repeat(8).as_bytes());
    for from in 200..208 {
        let content = of_body(&lines.as_bytes()[from..]);
        assert!(
            alerting(&content).contains(&IdentifierKind::Imei),
            "from {from}: {content:#?}"
        );
    }
}
