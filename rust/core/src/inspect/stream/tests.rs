//! Streams, played as their caller would.

mod bodies;
mod framing;
mod others;
mod segmentation;
mod waiting;

use super::super::tls::tests::{message, records, sni};
use super::super::{BODY_HOLD, HttpRequest, STRETCH};
use super::*;

/// One judgement, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Tls(Option<String>),
    Http {
        method: String,
        host: Option<String>,
        path: String,
        query: String,
        headers: Vec<u8>,
        body: Vec<u8>,
        complete: bool,
    },
    Body(Vec<u8>),
    Raw(Vec<u8>),
    Unframed(&'static str),
}

impl Seen {
    fn of(said: &Said<'_>) -> Self {
        match said {
            Said::Tls(hello) => Self::Tls(hello.server_name.clone()),
            Said::Http(request) => Self::Http {
                method: request.method.to_string(),
                host: request.host.clone(),
                path: request.path.to_string(),
                query: request.query.to_string(),
                headers: request.headers.to_vec(),
                body: request.body.to_vec(),
                complete: request.complete,
            },
            Said::HttpBody(bytes) => Self::Body(bytes.to_vec()),
            Said::Raw(bytes) => Self::Raw(bytes.to_vec()),
            Said::Unframed(why) => Self::Unframed(why),
            Said::Quic(_) | Said::Coap(_) => panic!("datagrams only: {said:?}"),
        }
    }
}

/// What became of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Story {
    judged: Vec<(Seen, usize)>,
    /// Bytes released in all.
    released: usize,
    /// Most bytes held after a step that decided nothing.
    held_most: usize,
    passed: bool,
}

/// Plays the caller: gives pieces, releases what is judged, and ends the stream if `fin`.
fn play<'p>(pieces: impl IntoIterator<Item = &'p [u8]>, fin: bool) -> Story {
    let mut inspector = StreamInspector::new();
    let mut story = Story::default();
    let mut held = Vec::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        held.extend_from_slice(piece);
        let ended = fin && pieces.peek().is_none();
        loop {
            match inspector.step(&held, ended) {
                StreamStep::NeedMore | StreamStep::Expects => {
                    assert!(!ended, "held forever: {held:?}");
                    break;
                }
                StreamStep::Judge { len, said } => {
                    assert!(len > 0 || matches!(said, Said::Unframed(_)));
                    story.judged.push((Seen::of(&said), len));
                    story.released += len;
                    held.drain(..len);
                }
                StreamStep::Pass => {
                    story.passed = true;
                    story.released += held.len();
                    held.clear();
                    break;
                }
            }
        }
        story.held_most = story.held_most.max(held.len());
    }
    story
}

fn whole(stream: &[u8]) -> Vec<(Seen, usize)> {
    play([stream], false).judged
}

fn only(stream: &[u8]) -> Seen {
    let mut judged = whole(stream);
    assert_eq!(judged.len(), 1, "{judged:?}");
    assert_eq!(judged[0].1, stream.len());
    judged.remove(0).0
}

fn http(method: &str, host: &str, path: &str, query: &str, headers: &str, body: &str) -> Seen {
    Seen::Http {
        method: method.into(),
        host: (!host.is_empty()).then(|| host.into()),
        path: path.into(),
        query: query.into(),
        headers: headers.into(),
        body: body.into(),
        complete: true,
    }
}

fn unframed(stream: &[u8]) -> Option<&'static str> {
    match &play([stream], true).judged[0] {
        (Seen::Unframed(why), 0) => Some(why),
        (Seen::Unframed(_), _) => panic!("an unframed stretch is released as raw"),
        _ => None,
    }
}

fn post(fields: &str, body: &str) -> Vec<u8> {
    format!("POST /r HTTP/1.1\r\nHost: h.example\r\n{fields}\r\n{body}").into_bytes()
}

/// The new bytes of each stretch, and the length of its overlap.
fn check_long_body(judged: &[(Seen, usize)], body: &[u8]) {
    let (
        Seen::Http {
            body: first,
            complete: false,
            ..
        },
        _,
    ) = &judged[0]
    else {
        panic!("{:?}", judged[0].0);
    };
    let mut at = first.len();
    assert_eq!(first, &body[..at]);
    for (seen, _) in &judged[1..] {
        let Seen::Body(stretch) = seen else {
            panic!("{seen:?}")
        };
        let from = at - at.min(OVERLAP);
        assert_eq!(stretch, &body[from..from + stretch.len()]);
        at = from + stretch.len();
    }
    assert_eq!(at, body.len());
}

fn varied(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i * 7 + i / 251) as u8).collect()
}

fn chunked(body: &[u8], size: usize) -> Vec<u8> {
    let mut out = post("Transfer-Encoding: chunked\r\n", "");
    for piece in body.chunks(size) {
        out.extend(format!("{:x}\r\n", piece.len()).bytes());
        out.extend(piece);
        out.extend(b"\r\n");
    }
    out.extend(b"0\r\n\r\n");
    out
}

#[test]
fn a_get_request() {
    let head = "Host: Www.Example.COM.:8080\r\nUser-Agent: x/1\r\n";
    let stream = format!("GET /a/b?c=d&e HTTP/1.1\r\n{head}\r\n");
    let seen = http("GET", "www.example.com:8080", "/a/b", "c=d&e", head, "");
    assert_eq!(only(stream.as_bytes()), seen);
}

#[test]
fn what_the_fields_say() {
    let stream = b"POST /?q HTTP/1.1\r\nhost: h\r\nCONTENT-TYPE:  application/encrypted-json \r\n\
        content-encoding: gzip\r\nContent-Encoding: br\r\nUser-Agent: a\r\n  b\r\n\
        Content-Length: 2\r\n\r\nhi";
    let mut inspector = StreamInspector::new();
    let StreamStep::Judge {
        len,
        said: Said::Http(request),
    } = inspector.step(stream, false)
    else {
        panic!("no request");
    };
    assert_eq!(len, stream.len());
    let HttpRequest {
        content_type,
        content_encoding,
        user_agent,
        body,
        complete,
        ..
    } = request;
    assert_eq!(content_type.as_deref(), Some("application/encrypted-json"));
    assert_eq!(content_encoding.as_deref(), Some("gzip, br"));
    assert_eq!(user_agent.as_deref(), Some("a b"));
    assert_eq!((&*body, complete), (&b"hi"[..], true));
}

#[test]
fn forms_of_the_target() {
    for (line, host, path, query) in [
        (
            "GET http://User@A.example:80/x?y HTTP/1.1",
            "a.example:80",
            "/x",
            "y",
        ),
        ("GET http://a.example?y HTTP/1.1", "a.example", "", "y"),
        ("GET HTTP://a.example HTTP/1.0", "a.example", "", ""),
        ("OPTIONS * HTTP/1.1", "other", "*", ""),
        (
            "GET /?u=http://a.example/ HTTP/1.1",
            "other",
            "/",
            "u=http://a.example/",
        ),
        ("GET   /two words   HTTP/1.1  ", "other", "/two words", ""),
        (
            "GET http://[2001:DB8::1]:8080/ HTTP/1.1",
            "[2001:db8::1]:8080",
            "/",
            "",
        ),
        ("CONNECT a.example:443 HTTP/1.1", "a.example:443", "", ""),
        ("BREW /pot HTTP/1.1", "other", "/pot", ""),
        (
            "GET x/?u=http://a.example/ HTTP/1.1",
            "other",
            "x/",
            "u=http://a.example/",
        ),
        (
            "GET 1http://a.example/ HTTP/1.1",
            "other",
            "1http://a.example/",
            "",
        ),
    ] {
        let method = line.split(' ').next().unwrap();
        let fields = format!("Host: {host}\r\n");
        let stream = format!("{line}\r\n{fields}\r\n");
        let seen = http(method, host, path, query, &fields, "");
        assert_eq!(only(stream.as_bytes()), seen, "{line}");
    }
}

#[test]
fn lenient_line_endings() {
    let seen = http("GET", "h", "/", "", "Host: h\n", "");
    assert_eq!(only(b"GET / HTTP/1.1\nHost: h\n\n"), seen);
    let seen = http("GET", "h", "/", "", "Host: h\r\n", "");
    assert_eq!(only(b"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\n"), seen);
}

#[test]
fn kept_alive_and_pipelined() {
    let stream = b"POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\nGET /2 HTTP/1.1\r\n\r\n\
        HEAD /3 HTTP/1.1\r\nContent-Length: 1\r\n\r\nxDELETE /4 HTTP/1.1\r\n\r\n";
    let judged = whole(stream);
    let (seen, lens): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    assert_eq!(lens.iter().sum::<usize>(), stream.len());
    assert_eq!(
        seen,
        [
            http("POST", "", "/1", "", "Content-Length: 3\r\n", "abc"),
            http("GET", "", "/2", "", "", ""),
            http("HEAD", "", "/3", "", "Content-Length: 1\r\n", "x"),
            http("DELETE", "", "/4", "", "", ""),
        ]
    );
}

#[test]
fn a_chunked_body_is_dechunked() {
    let fields = "Transfer-Encoding: chunked\r\n";
    let headers = "Host: h.example\r\nTransfer-Encoding: chunked\r\n";
    let seen = http("POST", "h.example", "/r", "", headers, "{\"imei\":1}");
    for body in [
        "4\r\n{\"im\r\n6\r\nei\":1}\r\n0\r\n\r\n",
        "0004;name=\"v\"\r\n{\"im\r\n6 ; x\r\nei\":1}\r\n000\r\n\r\n",
        "A\r\n{\"imei\":1}\r\n0\r\n\r\n",
    ] {
        assert_eq!(only(&post(fields, body)), seen, "{body:?}");
    }
}

#[test]
fn trailers_are_judged() {
    let stream = post(
        "Transfer-Encoding: chunked\r\n",
        "1\r\nx\r\n0\r\nImei: 1\r\nB: 2\r\n\r\n",
    );
    let next = b"GET / HTTP/1.1\r\n\r\n";
    let judged = whole(&[&stream[..], next].concat());
    assert!(matches!(&judged[0].0, Seen::Http { body, complete: true, .. } if body == b"x"));
    assert_eq!(
        judged[1],
        (Seen::Body(b"Imei: 1\r\nB: 2\r\n\r\n".into()), 17)
    );
    assert_eq!(judged[2].1, next.len());
}

#[test]
fn an_ended_stream_is_judged_as_far_as_it_goes() {
    let hello = records(&message(&sni(b"a.example")), 1000);
    for stream in [
        &b"G"[..],
        b"GET /x?imei=1",
        &hello[..20],
        b"\x16",
        b"LOGIN a",
    ] {
        let story = play([stream], true);
        assert_eq!(story.judged, [(Seen::Raw(stream.into()), stream.len())]);
    }
    let head = b"GET /x?imei=1 HTTP/1.1\r\nHost: h\r\nCook";
    assert_eq!(
        play([&head[..]], true).judged[0].0,
        Seen::Unframed("field line without a colon")
    );
    let head = b"GET /x?imei=1 HTTP/1.1\r\nHost: h";
    let judged = play([&head[..]], true).judged;
    assert_eq!(judged.len(), 1);
    let (
        Seen::Http {
            query,
            host,
            complete: false,
            ..
        },
        len,
    ) = &judged[0]
    else {
        panic!()
    };
    assert_eq!(
        (query.as_str(), host.as_deref(), *len),
        ("imei=1", Some("h"), head.len())
    );
    for stream in [
        post("Content-Length: 9\r\n", "four"),
        post("Transfer-Encoding: chunked\r\n", "9\r\nfour"),
    ] {
        let judged = play([&stream[..]], true).judged;
        assert_eq!(judged.len(), 1);
        assert!(
            matches!(&judged[0].0, Seen::Http { body, complete: false, .. } if body == b"four")
        );
        assert_eq!(judged[0].1, stream.len());
    }
    // Empty lines after a request are nothing to judge.
    let story = play([&b"GET / HTTP/1.1\r\n\r\n\r\n"[..]], true);
    assert_eq!((story.judged.len(), story.passed), (1, true));
    assert!(play([&b""[..]], true).passed);
}
