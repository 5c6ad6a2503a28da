//! Whole requests come to the same with and without the first looks that spare most of them the rest.

use std::collections::BTreeSet;

use super::invented::*;
use super::*;
use crate::inspect::content::identify::looks;

/// What mutations put in: pieces that keys and values are made of, and what separates them.
const PIECES: [&str; 40] = [
    "imei",
    "imsi=",
    "iccid",
    "\"mac\":",
    "ssid",
    "wifiName: ",
    "phones",
    "serialno",
    "gaid_md5",
    "lat=",
    "lng: ",
    "mcc",
    "mnc",
    "lac",
    "cid",
    "location",
    "user",
    "email",
    "s",
    "_s",
    "S1",
    "no",
    "value",
    "name",
    ":",
    "=",
    "\":\"",
    ">",
    "&",
    "\n",
    "%3D",
    "%",
    "+47",
    ".",
    "-",
    "@",
    "0",
    "f",
    "35",
    " ",
];
const ROUNDS: usize = 1_500;
/// Requests in which something is found, of those: fewer would compare nothing with nothing.
const TELLING: usize = 500;

fn shapes() -> Vec<String> {
    let (imei, imsi, iccid, mac) = (imei(), imsi(), iccid(), mac());
    let (id, serial) = (android_id(), serial());
    vec![
        registration(),
        base64_lines(registration().as_bytes()),
        format!(
            "imei={imei}&imsi={imsi}&iccid={iccid}&mac={}&aid={id}",
            percent(mac.as_bytes())
        ),
        format!("d={}", base64_of(registration().as_bytes(), true, false)),
        format!(r#"{{"device":{{"imeis":["{imei}"],"bssid":"{mac}","sn":"{serial}"}},"v":"1.2"}}"#),
        format!(r#"{{"name":"android_id","value":"{id}","inner":"{{\"imsi\":\"{imsi}\"}}"}}"#),
        format!("<r><imei>{imei}</imei><p name=\"iccid\" value=\"{iccid}\"/></r>"),
        format!("IMEI: {imei}, serial number {serial}; wifi ssid: some-net\nMAC {mac}\n{iccid}"),
        format!(
            "35-000000-{}-{} and 0a1b2c3d-1111-4222-8333-0123456789ab",
            "012345", 0
        ),
        "latitude=59.91387&longitude=10.75225&acc=12.1;ll=59.91387,10.75225".to_owned(),
        "lat: 59.91387 lon: 10.75225 mcc=242 mnc=01 lac=3301 cid=27447297".to_owned(),
        r#"{"mcc":242,"mnc":1,"tac":3301,"cellId":27447297,"networkOperator":"24201"}"#.to_owned(),
        r#"{"phone":"+4790000000","user":"someone@example.org","mail":"x@example.net"}"#.to_owned(),
        "GAID=0a1b2c3d-1111-4222-8333-0123456789ab imei_md5=0123456789abcdef0123456789abcdef"
            .to_owned(),
        "uuid:3f0a9c1e-5b7d-4e2f-8a6b-0c1d2e3f4a5b hmac=00005e00535a days=7&units=metric"
            .to_owned(),
    ]
}

fn mutated(text: &str, noise: &mut Noise) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..noise.below(4) {
        let at = noise.below(bytes.len() + 1);
        let end = (at + noise.below(4)).min(bytes.len());
        let piece = PIECES[noise.below(PIECES.len())];
        bytes.splice(at..end, piece.bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn the_first_looks_change_nothing() {
    let shapes = shapes();
    let mut noise = Noise(23);
    let mut telling = 0;
    for _ in 0..ROUNDS {
        let [body, query, header] = [(); 3].map(|()| {
            let shape = &shapes[noise.below(shapes.len())];
            mutated(shape, &mut noise)
        });
        let headers = format!(
            "Host: www.example.com\r\nX-Data: {}\r\n",
            header.replace('\n', " ")
        );
        let path = format!("/v1/{}/{}", query.replace('&', "/"), imei());
        let parts = Parts {
            path: path.as_bytes(),
            query: query.as_bytes(),
            headers: headers.as_bytes(),
            body: body.as_bytes(),
            ..Parts::default()
        };
        let with = examine(&parts);
        let without = looks::without(|| examine(&parts));
        assert_eq!(with, without, "{path}\n{query}\n{headers}\n{body}");
        telling += usize::from(!of_body(body.as_bytes()).findings.is_empty());
    }
    assert!(telling > TELLING, "{telling}");
}

/// What alerts, without the way to it.
fn alerts(content: &Content) -> BTreeSet<(IdentifierKind, String)> {
    let alerting = content.findings.iter().filter(|finding| finding.alerts());
    alerting.map(|f| (f.kind, f.masked.clone())).collect()
}

/// None names a network: in running text its name may be cut anywhere.
const KEYS: [&str; 20] = [
    "imei", "value", "v", "type", "sn", "mac", "name", "id", "t", "aid", "text", "iccid", "d",
    "mail", "bssid", "msisdn", "lat", "lng", "location", "cell",
];

fn values() -> Vec<String> {
    let mut values = vec![
        imei(),
        second_imei(),
        imsi(),
        iccid(),
        mac(),
        android_id(),
        serial(),
        format!("imei:{}", imei()),
        format!("IMEI {} MAC {}", imei(), mac()),
        format!("text \\ {}", serial()),
    ];
    values.extend(
        [
            "someone@example.org",
            "+4790000000",
            "0a1b2c3d-1111-4222-8333-0123456789ab",
            "imei",
            "serial",
            "android_id",
            "7",
            "59.91387",
            "10.75225",
            "460-03-4301-27447297",
        ]
        .map(str::to_owned),
    );
    values
}

/// What is searched part by part: whatever alerts in `as_text`, the same in a dialect that is searched
/// as running text, alerts there, too.
fn in_parts_is_no_less(text: &str, as_text: &str) -> bool {
    let in_parts = alerts(&of_body(text.as_bytes()));
    let as_text = alerts(&of_body(as_text.as_bytes()));
    assert!(
        in_parts.is_superset(&as_text),
        "{text}\n{in_parts:?}\n{as_text:?}"
    );
    !as_text.is_empty()
}

#[test]
fn a_form_in_parts_is_no_less_than_its_text() {
    let values = values();
    let mut noise = Noise(41);
    let mut telling = 0;
    for _ in 0..ROUNDS {
        let pieces: Vec<String> = (0..2 + noise.below(5))
            .map(|_| {
                let value = &values[noise.below(values.len())];
                match noise.below(12) {
                    0 => value.clone(),
                    1 => format!("{value}=1"),
                    _ => format!("{}={value}", KEYS[noise.below(KEYS.len())]),
                }
            })
            .collect();
        let form = format!("a=1&{}", pieces.join("&"));
        telling += usize::from(in_parts_is_no_less(&form, &format!("(a line) {form}")));
    }
    assert!(telling > TELLING, "{telling}");
}

/// Some JSON, with numbers as such and in quotes, lists and what is broken.
fn json(values: &[String], depth: usize, noise: &mut Noise) -> String {
    let text = |value: &str| format!("\"{}\"", value.replace('\\', "\\\\"));
    match noise.below(if depth == 0 { 6 } else { 9 }) {
        0 => "19".repeat(noise.below(11)) + "0",
        1 => values[noise.below(7)].clone(),
        2..6 => text(&values[noise.below(values.len())]),
        6 => {
            let inner: Vec<String> = (0..=noise.below(3))
                .map(|_| json(values, depth - 1, noise))
                .collect();
            format!("[{}]", inner.join(","))
        }
        _ => {
            let inner: Vec<String> = (0..=noise.below(4))
                .map(|_| {
                    let key = match noise.below(12) {
                        0 => &values[noise.below(values.len())],
                        _ => KEYS[noise.below(KEYS.len())],
                    };
                    format!("{}:{}", text(key), json(values, depth - 1, noise))
                })
                .collect();
            let separator = if noise.below(20) == 0 { " | " } else { "," };
            format!("{{{}}}", inner.join(separator))
        }
    }
}

#[test]
fn json_in_parts_is_no_less_than_its_text() {
    let values = values();
    let mut noise = Noise(43);
    let mut telling = 0;
    for _ in 0..ROUNDS {
        let json = format!("{{\"a\":{}}}", json(&values, 3, &mut noise));
        let end = json.floor_char_boundary(json.len() - noise.below(4) / 3);
        let json = &json[..end];
        telling += usize::from(in_parts_is_no_less(json, &format!("{json} |")));
    }
    assert!(telling > TELLING, "{telling}");
}

/// The control: a test that cannot fail would pass here, too.
#[test]
fn without_them_more_is_looked_at() {
    assert!(!looks::passes(false));
    assert!(looks::without(|| looks::passes(false)));
    assert!(!looks::passes(false));
}
