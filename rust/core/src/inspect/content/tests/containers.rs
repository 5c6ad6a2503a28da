//! Every encoding in every container that can carry it.

use super::invented::*;
use super::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn lines(bytes: &[u8], end: &str) -> Vec<u8> {
    let plain = base64_of(bytes, false, true);
    let pieces: Vec<&str> = (0..plain.len())
        .step_by(20)
        .map(|at| &plain[at..plain.len().min(at + 20)])
        .collect();
    pieces.join(end).into()
}

type Encoding = (&'static str, fn(&str) -> Vec<u8>);

fn encodings() -> Vec<Encoding> {
    vec![
        ("plain", |v| v.into()),
        ("percent", |v| percent_all(v.as_bytes()).into()),
        ("percent x2", |v| {
            percent(percent_all(v.as_bytes()).as_bytes()).into()
        }),
        ("percent x3", |v| {
            percent(percent(percent_all(v.as_bytes()).as_bytes()).as_bytes()).into()
        }),
        ("base64", |v| base64_of(v.as_bytes(), false, true).into()),
        ("base64url", |v| base64_of(v.as_bytes(), true, true).into()),
        ("base64 unpadded", |v| {
            base64_of(v.as_bytes(), false, false).into()
        }),
        ("base64 LF", |v| lines(v.as_bytes(), "\n")),
        ("base64 CRLF", |v| lines(v.as_bytes(), "\r\n")),
        ("base64 spaces", |v| lines(v.as_bytes(), " ")),
        ("hex", |v| hex(v.as_bytes()).into()),
        ("json string", |v| format!(r#"{{"k":"{v}"}}"#).into()),
        ("gzip", |v| gzip(v.as_bytes())),
        ("zlib", |v| zlib(v.as_bytes())),
        ("brotli", |v| brotli(v.as_bytes())),
        ("zstd", |v| zstd(v.as_bytes())),
        ("utf-16le", utf16le),
        ("utf-16be", utf16be),
        ("base64 of gzip", |v| {
            base64_of(&gzip(v.as_bytes()), false, true).into()
        }),
        ("base64 of brotli", |v| {
            base64_of(&brotli(v.as_bytes()), false, true).into()
        }),
        ("base64 of zstd", |v| {
            base64_of(&zstd(v.as_bytes()), false, true).into()
        }),
        ("hex of utf-16", |v| hex(&utf16le(v)).into()),
    ]
}

fn percent_all(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("%{b:02X}")).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

/// A message with a map of strings in field 3, as protobuf writes `map<string, bytes>`.
fn protobuf(key: &str, value: &[u8]) -> Vec<u8> {
    let entry = [field(1, key.as_bytes()), field(2, value)].concat();
    [
        varint(1 << 3),
        varint(7),
        field(2, b"telemetry"),
        field(3, &entry),
    ]
    .concat()
}

fn message_pack(key: &str, value: &[u8]) -> Vec<u8> {
    let mut out = vec![0x82, 0xa1, b'v', 7, 0xd9, key.len() as u8];
    out.extend(key.bytes());
    match std::str::from_utf8(value) {
        Ok(_) => out.extend([0xda, (value.len() >> 8) as u8, value.len() as u8]),
        Err(_) => out.extend([0xc5, (value.len() >> 8) as u8, value.len() as u8]),
    }
    out.extend(value);
    out
}

fn cbor(key: &str, value: &[u8]) -> Vec<u8> {
    let mut out = vec![0xa2, 0x61, b'v', 7, 0x78, key.len() as u8];
    out.extend(key.bytes());
    let kind = if std::str::from_utf8(value).is_ok() {
        0x79
    } else {
        0x59
    };
    out.extend([kind, (value.len() >> 8) as u8, value.len() as u8]);
    out.extend(value);
    out
}

fn multipart(key: &str, value: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n");
    [head.as_bytes(), value, b"\r\n--b--\r\n"].concat()
}

struct Request {
    query: Vec<u8>,
    headers: Vec<u8>,
    body: Vec<u8>,
}

fn body(body: Vec<u8>) -> Option<Request> {
    Some(Request {
        query: Vec::new(),
        headers: Vec::new(),
        body,
    })
}

type Container = (&'static str, fn(&str, &[u8]) -> Option<Request>);

/// `None` where the container cannot carry these bytes.
fn containers() -> Vec<Container> {
    fn text(value: &[u8]) -> Option<&str> {
        let text = std::str::from_utf8(value).ok()?;
        (!text.contains('\0')).then_some(text)
    }
    vec![
        ("query", |k, v| {
            let query = format!("v=1&{k}={}", percent(v));
            Some(Request {
                query: query.into(),
                headers: Vec::new(),
                body: Vec::new(),
            })
        }),
        ("form", |k, v| {
            body(format!("v=1&{k}={}", percent(v)).into())
        }),
        ("json", |k, v| {
            let value = text(v)?
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\r', "\\r")
                .replace('\n', "\\n");
            body(format!(r#"{{"a":{{"v":2,"{k}":"{value}"}}}}"#).into())
        }),
        ("xml text", |k, v| {
            body(
                format!(
                    "<?xml version=\"1.0\"?><a><v>2</v><n:{k} t=\"x\">{}</n:{k}></a>",
                    escaped(text(v)?)
                )
                .into(),
            )
        }),
        ("xml attribute", |k, v| {
            body(format!("<a v=\"2\"><b {k}=\"{}\"/></a>", escaped(text(v)?)).into())
        }),
        ("xml named", |k, v| {
            body(
                format!(
                    "<map><string name=\"{k}\">{}</string></map>",
                    escaped(text(v)?)
                )
                .into(),
            )
        }),
        ("property list", |k, v| {
            body(
                format!(
                    "<plist><dict><key>{k}</key><string>{}</string></dict></plist>",
                    escaped(text(v)?)
                )
                .into(),
            )
        }),
        ("multipart", |k, v| body(multipart(k, v))),
        ("protobuf", |k, v| body(protobuf(k, v))),
        ("msgpack", |k, v| body(message_pack(k, v))),
        ("cbor", |k, v| body(cbor(k, v))),
        ("header", |k, v| {
            let value = text(v)?;
            if value.contains(['\r', '\n']) {
                return None;
            }
            Some(Request {
                query: Vec::new(),
                headers: format!("Accept: */*\r\nX-{k}: {value}\r\n").into(),
                body: Vec::new(),
            })
        }),
        ("folded header", |k, v| {
            let value = text(v)?.replace("\r\n", "\n").replace('\n', "\r\n ");
            Some(Request {
                query: Vec::new(),
                headers: format!("X-{k}: {value}\r\nAccept: */*\r\n").into(),
                body: Vec::new(),
            })
        }),
        ("cookie", |k, v| {
            Some(Request {
                query: Vec::new(),
                headers: format!("Cookie: s=1; {k}={}\r\n", percent(v)).into(),
                body: Vec::new(),
            })
        }),
    ]
}

/// Combinations that are known to be missed, of 794. May only fall.
const MISSED: usize = 29;

#[test]
fn every_encoding_in_every_container() {
    let (mut missed, mut tried) = (Vec::new(), 0);
    for (kind, key, value) in [
        (IdentifierKind::Imei, "imei", imei()),
        (IdentifierKind::Iccid, "iccid", iccid()),
        (IdentifierKind::Mac, "wifi_mac", mac()),
    ] {
        for (encoding, encode) in encodings() {
            for (container, wrap) in containers() {
                let Some(request) = wrap(key, &encode(&value)) else {
                    continue;
                };
                tried += 1;
                let content = examine(&Parts {
                    query: &request.query,
                    headers: &request.headers,
                    body: &request.body,
                    ..Parts::default()
                });
                if !alerting(&content).contains(&kind) {
                    missed.push(format!("{kind:?}, {encoding}, {container}"));
                }
            }
        }
    }
    assert!(tried > 700, "{tried}");
    // Not found yet: an IMEI under a JSON string's own key, which names nothing; compressed or UTF-16 values of
    // a protobuf map with a short key; a stored brotli block around 15 digits.
    assert!(
        missed.len() <= MISSED,
        "{} of {tried}:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

/// A whole document, compressed and encoded, in each of the structured formats.
#[test]
fn structures_within_wrappings() {
    let value = imei();
    let documents = [
        ("protobuf", protobuf("imei", value.as_bytes())),
        ("msgpack", message_pack("imei", value.as_bytes())),
        ("cbor", cbor("imei", value.as_bytes())),
        ("xml", format!("<a><imei>{value}</imei></a>").into()),
        ("multipart", multipart("imei", value.as_bytes())),
    ];
    for (name, document) in documents {
        let wrapped = [
            gzip(&document),
            zlib(&document),
            zstd(&document),
            base64_lines(&document).into(),
            base64_lines(&gzip(&document)).into(),
            format!("d={}", percent(&document)).into(),
            format!(r#"{{"d":"{}"}}"#, base64_of(&zstd(&document), true, false)).into(),
        ];
        for (nth, body) in wrapped.iter().enumerate() {
            let content = of_body(body);
            assert_eq!(
                alerting(&content),
                [IdentifierKind::Imei],
                "{name} {nth}: {content:#?}"
            );
        }
    }
}

#[test]
fn paths_name_field_numbers() {
    let content = of_body(&protobuf("n", format!("imei={}", imei()).as_bytes()));
    let paths: Vec<_> = content.findings.iter().map(|f| f.path.as_str()).collect();
    assert!(
        paths.iter().any(|path| path.starts_with("protobuf:3.n")),
        "{paths:?}"
    );
}

/// Numbers without a name are told by their length alone; binary fields are shown in digits.
#[test]
fn numbers_in_binary() {
    let number = 8_986_030_000_000_012_345_u64;
    let inner = [field(1, b"telemetry"), varint(2 << 3), varint(number)].concat();
    let body = [field(1, b"telemetry"), field(4, &inner)].concat();
    assert!(
        of_body(&body).decoded.contains("8986030000000012345"),
        "varint"
    );
    let packed = [0x98, 0x68, 0x30, 0, 0, 0, 0, 0x10, 0x32, 0xf4];
    let body = [field(1, b"telemetry"), field(2, &packed)].concat();
    assert!(of_body(&body).decoded.contains("986830000000001032f4"));
}

#[test]
fn noise_is_no_structure() {
    let mut noise = Noise(77);
    let mut read = 0;
    for round in 0..20_000 {
        let bytes = noise.bytes(8 + round % 200);
        read += usize::from(!of_body(&bytes).decoded.is_empty());
    }
    // Text by chance, mostly of fifteen letters in a row.
    assert!(read <= 20, "{read} of 20,000");
}

#[test]
fn zstd_of_a_large_window_is_refused() {
    // The window of the frame header (RFC 8878, 3.1.1.1.2): the 8 MiB of HTTP, a step more, 2 GiB. Then one raw block.
    for (window, is_read) in [(0x68, true), (0x69, false), (0xa8, false)] {
        let mut body = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x79, 0, 0];
        body.extend(imei().bytes());
        let found = of_body(&body).findings;
        assert_eq!(!found.is_empty(), is_read, "{window:#x}: {found:?}");
    }
}
