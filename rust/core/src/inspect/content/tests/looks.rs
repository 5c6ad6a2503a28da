//! Whole requests come to the same with and without the first looks that spare most of them the rest.

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

/// The control: a test that cannot fail would pass here, too.
#[test]
fn without_them_more_is_looked_at() {
    assert!(!looks::passes(false));
    assert!(looks::without(|| looks::passes(false)));
    assert!(!looks::passes(false));
}
