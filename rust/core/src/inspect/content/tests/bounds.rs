//! Nothing a sender can write makes this stage run long, grow large or fall over.

use super::super::BoundsHit;
use super::super::decode::{self, DEPTH_MAX, OUT_MAX, PART_MAX, Scratch, TEXT_MAX, WORK_MAX};
use super::super::identify::Search;
use super::invented::*;
use super::*;

/// The bytes looked at for a body, and whether a bound was hit.
fn work(body: &[u8]) -> (usize, bool) {
    let parts = Parts {
        body,
        ..Parts::default()
    };
    let decoded = decode::open(&parts, &mut Search::default(), &mut Scratch::default());
    (decoded.work, !decoded.bounds_hit.is_empty())
}

#[test]
fn full_bodies_take_linear_work() {
    let noise = Noise(11).bytes(PART_MAX);
    let fit = |mut bytes: Vec<u8>| {
        bytes.truncate(PART_MAX);
        bytes
    };
    let records = registration().repeat(PART_MAX / 300);
    let short = format!("[{}]", vec![r#"{"k":"aGVsbG8gd29ybGQh"}"#; 400].join(","));
    let cases = [
        ("random", noise.clone(), 2),
        ("base64 of random", fit(base64_lines(&noise).into()), 8),
        ("hex of random", fit(hex(&noise).into()), 8),
        (
            "base64 of text",
            fit(base64_lines(records.as_bytes()).into()),
            12,
        ),
        ("json", fit(records.clone().into()), 8),
        ("wrapped values", fit(short.into()), 12),
        ("digits", b"350000000123450 ".repeat(PART_MAX / 16), 8),
        ("percent", fit(percent(&noise).into()), 16),
    ];
    for (name, body, passes) in cases {
        let (work, cut) = work(&body);
        assert!(
            work <= body.len() * passes,
            "{name}: {} passes",
            work / body.len()
        );
        assert!(!cut, "{name}");
    }
}

#[test]
fn hostile_bodies_end_at_a_bound() {
    let bomb = gzip(&vec![b'a'; 16 * OUT_MAX]);
    let bomb_of_bombs = gzip(&bomb.repeat(8));
    let mut onion = registration().into_bytes();
    for _ in 0..=DEPTH_MAX {
        onion = gzip(&onion);
    }
    let mut base64 = registration();
    for _ in 0..=DEPTH_MAX {
        base64 = base64_of(base64.as_bytes(), false, true);
    }
    let values = format!("[\"{}\"]", vec!["aGVsbG8gd29ybGQh"; 3000].join("\",\""));
    type Hit = fn(&BoundsHit) -> u32;
    let cases: [(_, _, Hit); 6] = [
        ("bomb", bomb, |hit| hit.output),
        ("bombs in a bomb", bomb_of_bombs, |hit| hit.output),
        ("gzip onion", onion, |hit| hit.depth),
        ("base64 onion", base64.into(), |hit| hit.depth),
        ("many layers", values.into(), |hit| hit.work),
        ("too long", vec![b' '; PART_MAX + 1], |hit| hit.input),
    ];
    for (name, body, hit) in cases {
        let (work, cut) = work(&body);
        assert!(cut, "{name}");
        assert!(work <= WORK_MAX, "{name}");
        let content = of_body(&body);
        assert!(
            hit(&content.bounds_hit) > 0,
            "{name}: {:?}",
            content.bounds_hit
        );
        assert!(content.decoded.len() <= TEXT_MAX, "{name}");
    }
}

/// What a bound cuts off is read up to the cut.
#[test]
fn a_long_decoding_is_read_in_part() {
    let text = registration() + &" ".repeat(OUT_MAX / 2);
    let inner = format!("{{\"d\":\"{}\"}}", base64_of(text.as_bytes(), false, true));
    let content = of_body(&gzip(inner.as_bytes()));
    assert!(content.bounds_hit.output > 0);
    assert!(alerting(&content).contains(&IdentifierKind::Imei));
}

/// "Large window brotli" is no HTTP coding and would make room for a gigabyte.
#[test]
fn large_windows_are_refused() {
    let mut body = vec![0x11, 30];
    body.extend(Noise(2).bytes(64));
    let content = examine(&Parts {
        content_encoding: Some("br"),
        body: &body,
        ..Parts::default()
    });
    assert_eq!(content.findings, []);
}

#[test]
fn nesting_is_no_trouble() {
    for body in [
        "[".repeat(PART_MAX),
        "{\"a\":".repeat(PART_MAX / 5),
        "a=".repeat(PART_MAX / 2),
    ] {
        assert!(work(body.as_bytes()).0 <= WORK_MAX);
    }
    let deep = "[".repeat(200) + &format!(r#"{{"imei":"{}"}}"#, imei());
    assert_eq!(alerting(&of_body(deep.as_bytes())), [IdentifierKind::Imei]);
}

/// Read on a stack a quarter as large as the engine's.
#[test]
fn what_is_repeated_or_nested_without_end_is_no_trouble() {
    let repeated: [&[u8]; 28] = [
        // CBOR: lists, maps, tags, strings, each of a length or without one.
        b"\x81",
        b"\xa1\x61a",
        b"\x9f",
        b"\xbf\x61a",
        b"\xc1",
        b"\xc1\x81",
        b"\xd8\x20\xa1\x61a",
        b"\x5f",
        b"\x7f",
        b"\x9f\x7f",
        // MessagePack.
        b"\x91",
        b"\x81\xa1a",
        b"\xdc\xff\xff",
        b"\xc7\x01\x01",
        // Texts.
        b"<a>",
        b"<a b='",
        b"<![CDATA[",
        b"<!DOCTYPE a [",
        b"&amp;",
        b"%25",
        b"\\\"{",
        b"data:;base64,",
        b"a=b&",
        b"e30.",
        b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n",
        // What announces a coding.
        b"\x1f\x8b\x08\x00",
        b"\x78\x9c",
        b"\x28\xb5\x2f\xfd",
    ];
    let mut bodies: Vec<Vec<u8>> = repeated
        .map(|unit| unit.iter().copied().cycle().take(PART_MAX).collect())
        .to_vec();
    type Nest = fn(&[u8]) -> Vec<u8>;
    let nested: [Nest; 4] = [
        // A message of protobuf within another, a string of JSON, a tag of XML, a list of one text.
        |inner| {
            let length = inner.len();
            let low = (length & 0x7f) as u8 | 0x80;
            [
                &[
                    0x0a,
                    low,
                    (length >> 7 & 0x7f) as u8 | 0x80,
                    (length >> 14) as u8,
                ],
                inner,
            ]
            .concat()
        },
        |inner| {
            let text = String::from_utf8_lossy(inner)
                .replace('\\', r"\\")
                .replace('"', "\\\"");
            format!("[\"{text}\"]").into_bytes()
        },
        |inner| [b"<a>", inner, b"</a>"].concat(),
        |inner| [b"[", inner, b"]"].concat(),
    ];
    for nest in nested {
        let mut body = b"x".to_vec();
        loop {
            let next = nest(&body);
            if next.len() > PART_MAX {
                break;
            }
            body = next;
        }
        bodies.push(body);
    }
    let read = move || {
        for body in bodies {
            let start = String::from_utf8_lossy(&body[..body.len().min(12)]).into_owned();
            assert!(work(&body).0 <= WORK_MAX, "{start}");
        }
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024);
    let thread = thread.spawn(read).expect("a thread");
    thread.join().expect("nothing is too much for it");
}

/// What a hostile body can exhaust is its own share: the query is still read.
#[test]
fn a_bomb_does_not_hide_the_query() {
    let query = format!("imei={}", imei());
    let content = examine(&Parts {
        query: query.as_bytes(),
        body: &gzip(&vec![b'%'; 8 * OUT_MAX]),
        ..Parts::default()
    });
    assert!(content.bounds_hit.output > 0);
    assert_eq!(alerting(&content), [IdentifierKind::Imei]);
    assert!(content.decoded.len() <= TEXT_MAX);
}

/// A flood of doubtful numbers does not push out a sure one, and the report stays short.
#[test]
fn a_flood_does_not_hide_a_finding() {
    let mut body: String = (0..3000)
        .map(|nth| format!("{} ", 460_030_000_000_000_u64 + nth))
        .collect();
    body.push_str(&format!("imei: {}", imei()));
    let content = of_body(body.as_bytes());
    assert_eq!(
        content.findings.first().map(|f| f.kind),
        Some(IdentifierKind::Imei)
    );
    assert!(content.findings.len() <= 64 && content.bounds_hit.findings > 0);
}

/// While searching, 256 doubtful values are kept. Of those 64 are told, and the others are counted, as is
/// what found no room, each time it stands there.
#[test]
fn a_long_list_is_counted_to_its_end() {
    let mut body: String = (0..257)
        .map(|nth| format!("{} ", 460_030_000_000_000_u64 + nth))
        .collect();
    body.push_str(&"460030000000256 ".repeat(2));
    let content = of_body(body.as_bytes());
    assert_eq!(content.findings.len(), 64);
    assert_eq!(content.bounds_hit.findings, 256 - 64 + 3);
}

#[test]
fn mutated_bodies_never_panic() {
    let json = registration();
    let multipart = format!(
        "--b\r\nContent-Disposition: form-data; name=\"imei\"\r\n\r\n{}\r\n--b--\r\n",
        imei()
    );
    let seeds: Vec<Vec<u8>> = vec![
        json.clone().into(),
        base64_lines(json.as_bytes()).into(),
        percent(percent(json.as_bytes()).as_bytes()).into(),
        gzip(json.as_bytes()),
        zlib(json.as_bytes()),
        hex(json.as_bytes()).into(),
        utf16le(&json),
        utf16be(&json),
        format!("a=1&d={}", percent(json.as_bytes())).into(),
        multipart.into(),
        r#"{"a":"\ud83d\ude00\u00","b":"\"#.into(),
        "IMEI: 35-000000-012345-0 00:00:5e:00:53:5a é 日本".into(),
    ];
    let mut noise = Noise(0x5eed);
    for round in 0..6_000 {
        let mut body = seeds[noise.below(seeds.len())].clone();
        for _ in 0..=noise.below(6) {
            let at = noise.below(body.len());
            match noise.below(5) {
                0 if !body.is_empty() => body[at] = noise.next() as u8,
                1 => body.truncate(at),
                2 => body.insert(at, b"\"\\%={}[]&-:\0\xff"[noise.below(13)]),
                3 => {
                    let copy = body[at..].to_vec();
                    body.extend(copy.iter().take(200));
                }
                _ if !body.is_empty() => {
                    body.remove(at);
                }
                _ => {}
            }
        }
        let codings = [
            None,
            Some("gzip"),
            Some("br"),
            Some("deflate"),
            Some("br, gzip"),
        ];
        let content = examine(&Parts {
            path: &body,
            query: &body,
            headers: &body,
            content_type: Some("multipart/form-data; boundary=b"),
            content_encoding: codings[noise.below(codings.len())],
            body: &body,
        });
        assert!(content.decoded.len() <= TEXT_MAX, "round {round}");
    }
}
