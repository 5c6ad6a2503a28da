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
        "hmac=00005e00535a&macro=00005e00535a&cmac=00005e00535a".to_owned(),
        "fingerprint 00:00:5e:00:53:5a:00:00:5e:00:53:5a:00:00:5e:00".to_owned(),
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

/// One row of each thing that programs send all day.
#[test]
fn near_misses() {
    let commit = hex(&Noise(11).bytes(20));
    let md5 = hex(&Noise(12).bytes(16));
    let rows = [
        r#"{"ts":1650284179,"ms":1650284179123,"us":1650284179123456,"iso":"2022-04-18T12:16:19.123Z"}"#.to_owned(),
        r#"{"time":"20220418121619","expires":"Mon, 18 Apr 2022 12:16:19 GMT","date":20220418}"#.to_owned(),
        r#"{"order_id":"350000000123451","orderNo":"4060300000123459","invoice":"89470000000001"}"#.to_owned(),
        "order_sn=202204181216191234&tracking_number=00370730254738210093&parcel=99999999999".to_owned(),
        r#"{"version":"12.0.3.0","versionCode":"2204181216","sdk":"31","build":"SP1A.210812.016"}"#.to_owned(),
        "appver=8.3.2.1204&osver=12&api_level=31&chrome=100.0.4896.127".to_owned(),
        "request_id=3f0a9c1e-5b7d-4e2f-8a6b-0c1d2e3f4a5b&session_id=3f0a9c1e5b7d4e2f8a6b0c1d2e3f4a5b".to_owned(),
        format!("ETag: \"{md5}\"\r\nIf-None-Match: W/\"{commit}\""),
        format!(r#"{{"commit":"{commit}","parents":["{commit}"],"tree":"{commit}"}}"#),
        format!("build {commit} (main) of {md5}.apk"),
        "fbid=100001234567891&id=1000123456789012&story_fbid=100009876543210".to_owned(),
        r##"{"color":"#35ff00","bg":"#aabbccdd","tint":"0xff00005e00535a"}"##.to_owned(),
        "bssid=02:00:00:00:00:00&mac=02-00-00-00-00-00&wifi=020000000000".to_owned(),
        r#"{"help":"write to support@example.com or call +47 800 00 123","by":"info@example.org"}"#.to_owned(),
        "User-Agent: Example/1.0 (+https://example.org/bot; bot@example.org)".to_owned(),
        "git@example.com:team/repo.git and me@host and icon@2x.png".to_owned(),
        r#"<svg viewBox="0 0 24 24"><path d="M12.0045,9.1234 L17.5567,3.4432 59.91387,10.75225"/></svg>"#.to_owned(),
        r#"{"points":[[12.0045,9.1234],[17.5567,3.4432]],"x":12.00451,"y":9.12341}"#.to_owned(),
        r#"{"width":1080.0,"height":2160.0,"scale":2.625,"ratio":0.56251}"#.to_owned(),
        r#"{"lang":"nb","lat":"1.0","relation":"59.91387","belong":"10.75225"}"#.to_owned(),
        r#"{"mcc":"242","mnc":"01","carrier":"Example","country":"no"}"#.to_owned(),
        r#"{"cid":"27447297","campaign":"4301","tac":"accepted","ci":"build-42"}"#.to_owned(),
        r#"{"phone":"Pixel 4a","mobile":"true","tel":"","phone_model":"SM-G991B"}"#.to_owned(),
        r#"{"serial":"3","sn":"ok","serialVersionUID":"3049201837462910","cert_serial":"0a1b2c3d4e5f"}"#.to_owned(),
        r#"{"package":"com.example.app","installer":"com.android.vending","app":"Example"}"#.to_owned(),
        r#"{"imports":["com.a.b","com.a.c","com.a.d","com.a.e","com.a.f","com.a.g","com.a.h","com.a.i"]}"#.to_owned(),
        r#"{"device":"generic_x86","device_id":"42","deviceid":"unknown","user_id":"kari"}"#.to_owned(),
    ];
    for body in &rows {
        let as_headers = Parts {
            headers: body.as_bytes(),
            ..Parts::default()
        };
        for content in [
            of_body(body.as_bytes()),
            of_query(body),
            examine(&as_headers),
        ] {
            let loud: Vec<_> = content.findings.iter().filter(|f| f.alerts()).collect();
            assert!(loud.is_empty(), "{body}: {loud:?}");
        }
    }
}

/// What a key says, if only perhaps, is not guessed at besides: no other number is what it looks like, in good company.
#[test]
fn a_number_that_a_key_names_is_taken_for_nothing_else() {
    let with = |key: &str| {
        let body = serde_json::json!({key: second_imei(), "iccid": iccid()});
        alerting(&of_body(body.to_string().as_bytes()))
    };
    assert_eq!(with("imsi"), [IdentifierKind::Iccid]);
    assert_eq!(with("v"), [IdentifierKind::Imei, IdentifierKind::Iccid]);
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
