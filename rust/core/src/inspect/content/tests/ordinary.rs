//! What looks like an identifier and is none: nothing here may alert.

use super::invented::*;
use super::*;

#[test]
fn nothing_alerts() {
    let facebook = checked("10000123456789");
    let order = checked("35000000099999");
    let card = checked("411111111111111");
    let amex = checked("37828224631000");
    let uuid = "3f0a9c1e-5b7d-4e2f-8a6b-0c1d2e3f4a5b";
    let sha256 = hex(&Noise(5).bytes(32));
    let cases = [
        format!(r#"{{"id":"{facebook}","friends":[{facebook}]}}"#),
        format!("user={facebook}&order={order}"),
        format!("order number {order}, thank you"),
        format!("pan={card}&card2={amex}&isbn=9780306406157"),
        format!("uuid={uuid}&session={uuid}&deviceid={uuid}"),
        format!("uuid:{uuid}::upnp:rootdevice"),
        "NT: uuid:2fac1234-31f8-11b4-a222-08002b34c003".to_owned(),
        format!("sig={sha256}&etag={}", hex(&Noise(9).bytes(16))),
        "t=1650284179&ts=1650284179123456&us=1650284179123456789".to_owned(),
        r#"{"versionCode":123456789012345,"v":"1.2.3.4","build":"V12.0.3.0.QJZMIXM"}"#.to_owned(),
        "bssid=02%3A00%3A00%3A00%3A00%3A00&mac=00:00:00:00:00:00&x=ff:ff:ff:ff:ff:ff".to_owned(),
        "mac=da:a1:19:12:34:56&peer=01:00:5e:00:00:fb".to_owned(),
        "mac=020000000000&wifi_mac=unknown&imei=&imsi=null".to_owned(),
        "imei=000000000000000&imei2=unknown&android_id=0000000000000000".to_owned(),
        "android_id=9774d56d682e549c&serial=unknown&serialno=0123456789ABCDEF".to_owned(),
        "gaid=00000000-0000-0000-0000-000000000000".to_owned(),
        "timeinterval=350000000123450&gameid=A0000000123456&homeid=99000000123456".to_owned(),
        "sn=42&serial=7&esn=12&sn=20240512".to_owned(),
        "hmac=48000012345a&macro=48000012345a&cmac=48000012345a".to_owned(),
        "fingerprint 48:00:00:12:34:5a:48:00:00:12:34:5a:48:00:00:12".to_owned(),
        "at 20:24:05:12:34:56 and 20-24-05-12-34-56".to_owned(),
        "8912345678901234567 is no card: its check digit is wrong".to_owned(),
        "push_token=emNy9TLICzlHcujWNhbDhiYVnlvLrxfWf8jLmAlnY02k35UdnhFKF7j8rSZI0Z4jXt3pZpMH"
            .to_owned(),
        "<svg d=\"M35.0000000123450 12.3456789012345 L48 00\"/>".to_owned(),
        r#"{"color":"aabbccddeeff","size":"1080x2160","dpi":"480"}"#.to_owned(),
        "tracking 1Z999AA10123456784, iban DE89370400440532013000".to_owned(),
    ];
    for body in &cases {
        for content in [of_body(body.as_bytes()), of_query(body)] {
            let loud: Vec<_> = content.findings.iter().filter(|f| f.alerts()).collect();
            assert!(loud.is_empty(), "{body}: {loud:?}");
        }
    }
}

/// Random numbers without a key: what alerts must be rare.
#[test]
fn random_numbers() {
    let mut noise = Noise(0x9e37_79b9);
    let mut alerts = 0;
    for _ in 0..20_000 {
        let length = 13 + noise.below(7);
        let digits: String = (0..length)
            .map(|_| char::from(b'0' + noise.below(10) as u8))
            .collect();
        alerts += usize::from(!alerting(&of_query(&format!("id={digits}"))).is_empty());
    }
    // Of 19 digits, one in seven here, one in a hundred begins with 89, and of those one in ten
    // passes Luhn: 3 expected.
    assert!(alerts <= 8, "{alerts} of 20,000");
}

/// A key could be a value in disguise, so it is not shown.
#[test]
fn keys_are_masked_too() {
    let body = format!(r#"{{"{}":{{"iccid":"{}"}}}}"#, imei(), iccid());
    let content = of_body(body.as_bytes());
    assert_eq!(
        content.findings.first().map(|f| f.path.as_str()),
        Some("json:•.iccid")
    );
}
