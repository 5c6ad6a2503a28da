//! Every identifier in every wrapping.

use super::invented::*;
use super::*;
use IdentifierKind::*;

const BROTLI: [u8; 58] = [
    0xa2, 0x07, 0x00, 0xbf, 0x23, 0xc1, 0xc6, 0x91, 0x6e, 0xa3, 0x53, 0x3b, 0xc5, 0x1e, 0x7c, 0xfe,
    0x2d, 0xf5, 0x0b, 0xe9, 0xcf, 0xcc, 0x23, 0x23, 0x5c, 0x90, 0xa4, 0x0e, 0x4b, 0x5f, 0x69, 0xd2,
    0x52, 0xc8, 0x50, 0xe4, 0x77, 0x1d, 0xa2, 0x2c, 0x00, 0x20, 0x5a, 0xf6, 0x0a, 0xa5, 0xef, 0x17,
    0xde, 0xdb, 0x47, 0x34, 0xd7, 0x1c, 0x24, 0x00, 0x48, 0x0d,
];

/// A keyed value of each kind that one pair can carry.
fn identifiers() -> Vec<(IdentifierKind, &'static str, String)> {
    vec![
        (Imei, "imei", imei()),
        (Imei, "device_id", second_imei()),
        (Meid, "MEID", "A0000000123456".to_owned()),
        (Imsi, "SIM1LTEIMSI", imsi()),
        (Iccid, "sim2_iccid", iccid()),
        (Mac, "wifiMac", mac()),
        (Mac, "bssid", "00-00-5E-00-53-5A".to_owned()),
        (DeviceId, "android_id", android_id()),
        (DeviceId, "hwid", hex(&Noise(7).bytes(16))),
        (Serial, "serialno", serial()),
        (
            AdvertisingId,
            "gaid",
            "3f0a9c1e-5b7d-4e2f-8a6b-0c1d2e3f4a5b".to_owned(),
        ),
    ]
}

type Wrapping = (&'static str, fn(&str, &str) -> Vec<u8>);

fn json(key: &str, value: &str) -> String {
    format!(r#"{{"a":{{"v":2,"{key}":"{value}"}},"lang":"en"}}"#)
}

fn wrappings() -> Vec<Wrapping> {
    vec![
        ("form", |k, v| {
            format!("a=1&{k}={}&z=0", percent(v.as_bytes())).into()
        }),
        ("form percent x2", |k, v| {
            let twice = percent(percent(v.as_bytes()).as_bytes());
            format!("a=1&{k}={twice}").into()
        }),
        ("percent x1", |k, v| percent(json(k, v).as_bytes()).into()),
        ("percent x2", |k, v| {
            percent(percent(json(k, v).as_bytes()).as_bytes()).into()
        }),
        ("percent x3", |k, v| {
            percent(percent(percent(json(k, v).as_bytes()).as_bytes()).as_bytes()).into()
        }),
        ("json", |k, v| json(k, v).into()),
        ("json in json", |k, v| {
            let inner = json(k, v).replace('\\', "\\\\").replace('"', "\\\"");
            format!(r#"{{"payload":"{inner}"}}"#).into()
        }),
        ("name and value", |k, v| {
            format!(r#"[{{"name":"{k}","value":"{v}"}}]"#).into()
        }),
        ("xml attributes", |k, v| {
            format!(r#"<p><param name="{k}" value="{v}"/></p>"#).into()
        }),
        ("xml element", |k, v| format!("<{k}>{v}</{k}>").into()),
        ("lines", |k, v| {
            format!("start of report\n{k}: {v}\nend\n").into()
        }),
        ("base64 in lines", |k, v| {
            base64_lines(json(k, v).as_bytes()).into()
        }),
        ("base64 url unpadded", |k, v| {
            base64_of(json(k, v).as_bytes(), true, false).into()
        }),
        ("base64 form", |k, v| {
            base64_of(format!("x=1&{k}={v}").as_bytes(), false, true).into()
        }),
        ("base64 value", |k, v| {
            format!(r#"{{"{k}":"{}"}}"#, base64_of(v.as_bytes(), false, true)).into()
        }),
        ("hex value", |k, v| {
            format!("{k}={}", hex(v.as_bytes())).into()
        }),
        ("base64 of gzip value", |k, v| {
            let inner = base64_of(&gzip(v.as_bytes()), false, true);
            format!("{k}={}", percent(inner.as_bytes())).into()
        }),
        ("utf-16le value", |k, v| {
            format!("{k}={}", percent(&utf16le(v))).into()
        }),
        ("gzip value", |k, v| {
            format!("{k}={}", percent(&gzip(v.as_bytes()))).into()
        }),
        ("percent x3 value", |k, v| {
            let thrice = percent(percent(percent(v.as_bytes()).as_bytes()).as_bytes());
            format!("{k}={thrice}").into()
        }),
        ("gzip", |k, v| gzip(json(k, v).as_bytes())),
        ("zlib", |k, v| zlib(json(k, v).as_bytes())),
        ("hex", |k, v| hex(json(k, v).as_bytes()).into()),
        ("hex in form", |k, v| {
            format!("data={}", hex(json(k, v).as_bytes())).into()
        }),
        ("utf-16le", |k, v| utf16le(&json(k, v))),
        ("utf-16be", |k, v| utf16be(&json(k, v))),
        ("base64 of utf-16le", |k, v| {
            base64_lines(&utf16le(&json(k, v))).into()
        }),
        ("multipart", |k, v| {
            format!(
                "--b0undary\r\nContent-Disposition: form-data; name=\"{k}\"\r\n\r\n{v}\r\n--b0undary--\r\n"
            )
            .into()
        }),
        ("gzip in multipart", |k, v| {
            let mut body =
                b"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.gz\"\r\n\
                Content-Type: application/gzip\r\n\r\n"
                    .to_vec();
            body.extend(gzip(json(k, v).as_bytes()));
            body.extend(b"\r\n--b--\r\n");
            body
        }),
        ("binary around", |k, v| {
            let mut body = vec![0, 0, 0, 1, 0x92, 0x8f, 0xff];
            body.extend(json(k, v).bytes());
            body.extend([0, 0x80, 0x81, 0x07]);
            body
        }),
        ("form, percent, gzip, base64", |k, v| {
            let inner = base64_of(&gzip(json(k, v).as_bytes()), false, true);
            format!("data={}", percent(percent(inner.as_bytes()).as_bytes())).into()
        }),
    ]
}

#[test]
fn every_identifier_in_every_wrapping() {
    let mut missed = Vec::new();
    for (kind, key, value) in identifiers() {
        for (name, wrap) in wrappings() {
            let content = of_body(&wrap(key, &value));
            if !alerting(&content).contains(&kind) || !content.bounds_hit.is_empty() {
                missed.push(format!("{kind:?} {key} in {name}: {:?}", content.findings));
            }
        }
    }
    assert!(missed.is_empty(), "{}\n{}", missed.len(), missed.join("\n"));
}

/// A query is read as a body is.
#[test]
fn every_identifier_in_a_query() {
    for (kind, key, value) in identifiers() {
        for value in [
            percent(value.as_bytes()),
            percent(base64_of(value.as_bytes(), false, true).as_bytes()),
        ] {
            let query = format!("v=1&{key}={value}");
            assert!(alerting(&of_query(&query)).contains(&kind), "{query}");
        }
    }
}

#[test]
fn declared_codings() {
    let body = json("imei", &imei());
    let cases = [
        ("gzip", gzip(body.as_bytes()), "gzip → json:a.imei"),
        ("deflate", zlib(body.as_bytes()), "deflate → json:a.imei"),
        ("Deflate", deflate(body.as_bytes()), "deflate → json:a.imei"),
        (
            "gzip, deflate",
            deflate(&gzip(body.as_bytes())),
            "deflate → gzip → json:a.imei",
        ),
        ("br", BROTLI.to_vec(), "brotli → json:IMEI1"),
        ("gzip", body.clone().into_bytes(), "json:a.imei"),
    ];
    for (coding, body, path) in cases {
        let content = examine(&Parts {
            content_encoding: Some(coding),
            body: &body,
            ..Parts::default()
        });
        assert!(
            content
                .findings
                .iter()
                .any(|f| f.path == path && f.alerts()),
            "{coding}: {content:#?}"
        );
    }
}

#[test]
fn outside_the_body() {
    let imei = imei();
    let header = format!("Host: h.example\r\nX-IMEI: {imei}\r\n");
    let cookie = format!("Cookie: s=1; imei={imei}\r\nAccept: */*\r\n");
    let agent = format!("User-Agent: Client/1.0 (imei:{imei})\r\n");
    let referer = format!("Referer: http://h.example/a?b=1&imei={imei}\r\n");
    let path = format!("/v1/imei/{imei}/check");
    let query = format!("imei={imei}&v=1");
    let nested = format!(
        "to={}",
        percent(format!("http://h.example/?imei={imei}").as_bytes())
    );
    let cases = [
        (
            "header:X-IMEI",
            Parts {
                headers: header.as_bytes(),
                ..Parts::default()
            },
        ),
        (
            "cookie:imei",
            Parts {
                headers: cookie.as_bytes(),
                ..Parts::default()
            },
        ),
        (
            "header:User-Agent",
            Parts {
                headers: agent.as_bytes(),
                ..Parts::default()
            },
        ),
        (
            "header:Referer → form:imei",
            Parts {
                headers: referer.as_bytes(),
                ..Parts::default()
            },
        ),
        (
            "path",
            Parts {
                path: path.as_bytes(),
                ..Parts::default()
            },
        ),
        (
            "query:imei",
            Parts {
                query: query.as_bytes(),
                ..Parts::default()
            },
        ),
        (
            "query:to → form:imei",
            Parts {
                query: nested.as_bytes(),
                ..Parts::default()
            },
        ),
    ];
    for (path, parts) in cases {
        let content = examine(&parts);
        assert!(
            content
                .findings
                .iter()
                .any(|f| f.path == path && f.alerts()),
            "{path}: {:#?}",
            content.findings
        );
    }
}

#[test]
fn decoded_holds_body_then_query() {
    let content = examine(&Parts {
        query: b"q=%7B%22x%22%3A1%7D",
        headers: b"X-Secret: never\r\n",
        body: b"d=aGVsbG8gd29ybGQgaGVsbG8%3D",
        ..Parts::default()
    });
    let lines: Vec<_> = content.decoded.lines().collect();
    assert_eq!(
        lines,
        [
            "d=aGVsbG8gd29ybGQgaGVsbG8%3D",
            "aGVsbG8gd29ybGQgaGVsbG8=",
            "hello world hello",
            "q=%7B%22x%22%3A1%7D",
            r#"{"x":1}"#,
        ]
    );
}

#[test]
fn printed_forms() {
    let digits = imei();
    let printed = format!(
        "IMEI {}-{}-{}-{}",
        &digits[..2],
        &digits[2..8],
        &digits[8..14],
        &digits[14..]
    );
    assert_eq!(alerting(&of_body(printed.as_bytes())), [Imei]);
    let padded = format!("card {}F", &checked("898603000000001234"));
    assert_eq!(alerting(&of_body(padded.as_bytes())), [Iccid]);
    let bare = of_body(iccid().as_bytes());
    assert_eq!(alerting(&bare), [Iccid]);
    assert_eq!(bare.findings.first().map(|f| f.path.as_str()), Some("text"));
    let query = of_query(&iccid());
    assert_eq!(
        query.findings.first().map(|f| f.path.as_str()),
        Some("query")
    );
    assert_eq!(
        alerting(&of_query(&format!("x={}", percent(mac().as_bytes())))),
        [Mac]
    );
}

/// Without a key an IMEI is a number like others; beside a SIM's number it is not.
#[test]
fn company_counts() {
    assert_eq!(alerting(&of_body(imei().as_bytes())), []);
    let line = format!("{};{};1.0", imei(), iccid());
    assert_eq!(alerting(&of_body(line.as_bytes())), [Imei, Iccid]);
}

#[test]
fn cells() {
    let yes = [
        r#"{"mcc":460,"mnc":3,"lac":4301,"cid":27447297}"#,
        "mcc=460&mnc=00&tac=4301&v=1",
        "mccmnc=46003&cellid=27447297",
        r#"{"net":"46003","cells":[{"lac":"4301","cid":"27447297"}]}"#,
        r#"{"SIM1CELLID":"27447297","SIM1TYPE":"2"}"#,
    ];
    for body in yes {
        assert_eq!(alerting(&of_body(body.as_bytes())), [Cell], "{body}");
    }
    let no = [
        r#"{"mcc":460,"mnc":3}"#,
        "cid=27447297&v=3",
        "tac=4301",
        "mcc=310&mnc=410&cid=8812345",
        r#"{"SIM1CELLID":"0","SIM1TYPE":"2"}"#,
        r#"{"mcc":460,"mnc":3,"lac":2147483647,"cid":2147483647}"#,
        r#"{"a":{"lac":4301},"b":{"cid":27447297}}"#,
    ];
    for body in no {
        assert_eq!(alerting(&of_body(body.as_bytes())), [], "{body}");
    }
}

#[test]
fn hashes_under_a_telling_key() {
    let md5 = hex(&Noise(3).bytes(16));
    assert_eq!(alerting(&of_query(&format!("imei_md5={md5}"))), [Imei]);
    assert_eq!(alerting(&of_query(&format!("imei={md5}"))), [Imei]);
    assert_eq!(
        alerting(&of_query(&format!("androidIdMd5={md5}"))),
        [DeviceId]
    );
    assert_eq!(alerting(&of_query(&format!("sig={md5}"))), []);
}
