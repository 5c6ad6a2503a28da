use super::super::tls::tests::{message, records, sni};
use super::super::{BODY_HOLD, HttpRequest, STRETCH};
use super::*;
use crate::testing::Random;

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
fn ambiguous_framing_is_refused() {
    for (fields, why) in [
        (
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "two differing Content-Length",
        ),
        ("Content-Length: 1, 2\r\n", "two differing Content-Length"),
        ("Content-Length: +1\r\n", "invalid Content-Length"),
        ("Content-Length: 0x1\r\n", "invalid Content-Length"),
        ("Content-Length: \r\n", "invalid Content-Length"),
        (
            "Content-Length: 99999999999999999999\r\n",
            "invalid Content-Length",
        ),
        (
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length and Transfer-Encoding",
        ),
        (
            "Transfer-Encoding: gzip\r\n",
            "Transfer-Encoding does not end in chunked",
        ),
        (
            "Transfer-Encoding: chunked, gzip\r\n",
            "Transfer-Encoding does not end in chunked",
        ),
        (
            "Transfer-Encoding: xchunked\r\n",
            "Transfer-Encoding does not end in chunked",
        ),
        (
            "Transfer-Encoding: chunked\r\nTE2: a\r\nTransfer-Encoding: chunked\r\n",
            "ambiguous Transfer-Encoding",
        ),
        ("Transfer-Encoding:\r\n chunked\r\n", "folded framing field"),
        ("Content-Length : 1\r\n", "white space before a colon"),
        ("Content Length: 1\r\n", "field name is not a token"),
        ("Content-Length\r\n", "field line without a colon"),
        ("A: b\rContent-Length: 1\r\n", "bare CR in a request head"),
        ("A: b\0\r\n", "NUL in a request head"),
        ("Host: other.example\r\n", "two Host fields"),
    ] {
        assert_eq!(unframed(&post(fields, "x")), Some(why), "{fields:?}");
    }
    // The positive controls: close to the above, and not ambiguous.
    for fields in [
        "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length: 1, 01\r\n",
        "X-Note: a\r\n b\r\nContent-Length: 1\r\n",
    ] {
        assert_eq!(unframed(&post(fields, "x")), None, "{fields:?}");
    }
    let old = b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(unframed(old), Some("Transfer-Encoding in HTTP/1.0"));
    let folded = b"GET / HTTP/1.1\r\n Host: h\r\n\r\n";
    assert_eq!(unframed(folded), Some("white space before the first field"));
    for (stream, why) in [
        (
            &b"GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n"[..],
            "a target and a Host that differ",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n",
            "lines that end in LF among those that end in CRLF",
        ),
        (
            b"POST / HTTP/1.1\r\nA: b\r\n Content-Length: 4\r\n\r\n",
            "framing field in a folded line",
        ),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: \x0cchunked\r\n\r\n",
            "Transfer-Encoding does not end in chunked",
        ),
        (
            b"GET / HTTP/1.1\r\nContent-Length: 18\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
            "a request in the body of another",
        ),
        (
            b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 18\r\n\r\n\
                GET /b HTTP/1.1\r\n\r\n",
            "a request in the body of another",
        ),
        (
            b"GET\t/ HTTP/1.1\r\n\r\n",
            "not a request where one must begin",
        ),
        (
            b" GET / HTTP/1.1\r\n\r\n",
            "not a request where one must begin",
        ),
        (
            &[&[b'\n'; 70][..], b"GET / HTTP/1.1\r\n\r\n"].concat(),
            "not a request where one must begin",
        ),
    ] {
        let text = String::from_utf8_lossy(stream);
        assert_eq!(unframed(stream), Some(why), "{text:?}");
    }
    // Close to those.
    for stream in [
        &b"GET http://a.example:80/ HTTP/1.1\r\nHost: A.example\r\n\r\n"[..],
        b"GET / HTTP/1.1\nHost: h\nA: b\n\n",
        b"POST / HTTP/1.1\r\nA: b\r\n Content-Size: 4\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 18\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
        b" GETTING THERE\r\n",
        b"\t\tone\ttwo\r\n",
    ] {
        let text = String::from_utf8_lossy(stream);
        assert_eq!(unframed(stream), None, "{text:?}");
    }
    // At once: nothing more comes of an HTTP/0.9 client until it is answered.
    let oldest = whole(b"GET /http-0.9\r\n");
    let why = "request line without an HTTP/1.x version";
    assert_eq!(oldest[0], (Seen::Unframed(why), 0));
    let version = b"GET / HTTP/2.0\r\n\r\n";
    assert_eq!(
        unframed(version),
        Some("request line without an HTTP/1.x version")
    );
    let connect = b"CONNECT h:1 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx";
    assert_eq!(unframed(connect), Some("CONNECT with a body"));
}

#[test]
fn broken_chunks_are_refused() {
    let extension = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(300));
    let trailers = format!("0\r\nA: {}\r\n\r\n", "t".repeat(9000));
    for (body, why) in [
        ("g\r\n", "invalid chunk size"),
        ("\r\n", "invalid chunk size"),
        ("-1\r\n", "invalid chunk size"),
        ("0x1\r\n", "invalid chunk size"),
        ("1 2\r\n", "invalid chunk size"),
        ("00000000000000001\r\nx\r\n", "invalid chunk size"),
        ("1\rx\r\nx\r\n", "bare CR in a chunk size"),
        ("1\nx\r\n", "bare LF in a chunk size"),
        ("1;a\nx\r\n", "bare LF in a chunk size"),
        ("1\r\nx\n", "chunk longer than its size"),
        ("1;\0\r\nx\r\n", "NUL in a chunk size"),
        ("1\r\nxy\r\n", "chunk longer than its size"),
        ("1\r\nx\r\r\n", "chunk longer than its size"),
        ("0\r\n\rA", "bare CR after the last chunk"),
        (&extension, "chunk extension too long"),
    ] {
        assert_eq!(
            unframed(&post("Transfer-Encoding: chunked\r\n", body)),
            Some(why),
            "{body:?}"
        );
    }
    for body in ["0\r\nA: \r b\r\n\r\n", "0\r\nA: \0\r\n\r\n", &trailers] {
        let judged = whole(&post("Transfer-Encoding: chunked\r\n", body));
        assert!(matches!(judged[1].0, Seen::Unframed(_)), "{body:?}");
    }
}

#[test]
fn an_unframed_stretch_that_may_pass_is_judged_as_raw() {
    let stream = post("Content-Length: 1\r\nContent-Length: 2\r\n", "xy");
    let judged = whole(&stream);
    assert_eq!(judged[1], (Seen::Raw(stream.clone()), stream.len()));
}

#[test]
fn a_head_that_does_not_end_is_refused_at_the_hold() {
    let stream = [b"GET / HTTP/1.1\r\nA: ", &vec![b'a'; HEAD_HOLD][..]].concat();
    let story = play(stream.chunks(1000), false);
    assert_eq!(
        story.judged[0],
        (Seen::Unframed("request head too long"), 0)
    );
    assert!(story.held_most <= HEAD_HOLD);
    let line = [b"GET /", &vec![b'a'; HEAD_HOLD][..]].concat();
    assert_eq!(whole(&line)[0].0, Seen::Unframed("request head too long"));
    let longest = format!(
        "GET / HTTP/1.1\r\nA: {}\r\n\r\n",
        "a".repeat(HEAD_HOLD - 23)
    );
    assert_eq!(longest.len(), HEAD_HOLD);
    assert!(matches!(only(longest.as_bytes()), Seen::Http { .. }));
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
fn a_body_of_the_hold_is_judged_whole() {
    let body = varied(BODY_HOLD);
    let mut stream = post(&format!("Content-Length: {BODY_HOLD}\r\n"), "");
    stream.extend(&body);
    for stream in [stream, chunked(&body, 5000)] {
        let Seen::Http {
            body: seen,
            complete: true,
            ..
        } = only(&stream)
        else {
            panic!()
        };
        assert_eq!(seen, body);
    }
}

#[test]
fn a_longer_body_is_judged_in_stretches_with_overlap() {
    for len in [BODY_HOLD + 1, BODY_HOLD + STRETCH, BODY_HOLD * 3 + 77] {
        let body = varied(len);
        let mut stream = post(&format!("Content-Length: {len}\r\n"), "");
        stream.extend(&body);
        for stream in [stream, chunked(&body, 5000), chunked(&body, 7)] {
            for size in [1000, usize::MAX] {
                let story = play(stream.chunks(size.min(stream.len())), false);
                assert_eq!(story.released, stream.len());
                check_long_body(&story.judged, &body);
            }
        }
    }
}

#[test]
fn tiny_chunks_cannot_make_the_hold_grow() {
    let stream = chunked(&varied(BODY_HOLD), 1);
    let story = play(stream.chunks(1), false);
    assert!(story.held_most < StreamInspector::HOLD_MAX);
    assert_eq!(story.released, stream.len());
    check_long_body(&story.judged, &varied(BODY_HOLD));
}

#[test]
fn the_largest_hold_is_the_documented_one() {
    let mut stream = b"\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nA: ".to_vec();
    stream.resize(HEAD_HOLD - 4, b'a');
    stream.extend(b"\r\n\r\n");
    let tiny = chunked(&varied(BODY_HOLD), 1);
    let body = tiny.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    stream.extend(&tiny[body..]);
    let story = play(stream.chunks(1), false);
    assert_eq!(story.held_most, StreamInspector::HOLD_MAX - 1);
}

#[test]
fn expect_100_continue_is_said_once_and_the_request_judged_whole() {
    let stream = post("Content-Length: 4\r\nExpect: 100-Continue\r\n", "body");
    let head = stream.len() - 4;
    let mut inspector = StreamInspector::new();
    assert_eq!(
        inspector.step(&stream[..head - 1], false),
        StreamStep::NeedMore
    );
    assert_eq!(inspector.step(&stream[..head], false), StreamStep::Expects);
    assert_eq!(inspector.step(&stream[..head], false), StreamStep::NeedMore);
    assert_eq!(
        inspector.step(&stream[..head + 1], false),
        StreamStep::NeedMore
    );
    let StreamStep::Judge {
        len,
        said: Said::Http(request),
    } = inspector.step(&stream, false)
    else {
        panic!("not judged");
    };
    assert_eq!((len, &request.body[..]), (stream.len(), &b"body"[..]));
    // Nobody waits where the body is there already, or where there is none.
    assert!(matches!(only(&stream), Seen::Http { complete: true, .. }));
    let without_body = post("Expect: 100-continue\r\n", "");
    assert!(matches!(
        only(&without_body),
        Seen::Http { complete: true, .. }
    ));
}

#[test]
fn a_head_whose_expectation_nobody_answers_is_judged_alone_and_again_with_its_body() {
    let stream = post("Content-Length: 4\r\nExpect: 100-continue\r\n", "body");
    let head = stream.len() - 4;
    let mut inspector = StreamInspector::new();
    assert_eq!(inspector.step(&stream[..head], false), StreamStep::Expects);
    let StreamStep::Judge { len, said } = inspector.overdue(&stream[..head]) else {
        panic!("still held");
    };
    let Seen::Http {
        path,
        body,
        complete: false,
        ..
    } = Seen::of(&said)
    else {
        panic!("{said:?}");
    };
    assert_eq!((path.as_str(), body.len(), len), ("/r", 0, head));
    let StreamStep::Judge { len: 4, said } = inspector.step(&stream[head..], false) else {
        panic!("the body is not judged");
    };
    let Seen::Http {
        path,
        headers,
        body,
        complete: true,
        ..
    } = Seen::of(&said)
    else {
        panic!("{said:?}");
    };
    assert_eq!((path.as_str(), &body[..]), ("/r", &b"body"[..]));
    assert!(headers.starts_with(b"Host: h.example\r\n"));
}

#[test]
fn a_long_body_after_expect_goes_on_in_stretches() {
    let body = varied(BODY_HOLD * 2);
    let mut stream = post(
        &format!("Content-Length: {}\r\nExpect: 100-continue\r\n", body.len()),
        "",
    );
    let head = stream.len();
    stream.extend(&body);
    let mut inspector = StreamInspector::new();
    assert_eq!(inspector.step(&stream[..head], false), StreamStep::Expects);
    let StreamStep::Judge { len, .. } = inspector.overdue(&stream[..head]) else {
        panic!("still held");
    };
    let mut judged = Vec::new();
    let mut rest = &stream[len..];
    while let StreamStep::Judge { len, said } = inspector.step(rest, false) {
        judged.push((Seen::of(&said), len));
        rest = &rest[len..];
    }
    check_long_body(&judged, &body);
}

#[test]
fn tls_inside_connect_is_read() {
    let hello = records(&message(&sni(b"inner.example")), 100);
    let mut stream = b"CONNECT proxy.example:443 HTTP/1.1\r\n\r\n".to_vec();
    let head = stream.len();
    stream.extend(&hello);
    stream.extend(b"\x17\x03\x03 the rest passes");
    let story = play([&stream[..]], false);
    assert!(story.passed);
    assert!(matches!(&story.judged[0], (Seen::Http { .. }, len) if *len == head));
    assert_eq!(
        story.judged[1],
        (Seen::Tls(Some("inner.example".into())), hello.len())
    );
    assert_eq!(story.judged.len(), 2);
}

#[test]
fn after_connect_or_upgrade_anything_may_come() {
    let upgrade = "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n";
    for first in [upgrade, "CONNECT h:1 HTTP/1.1\r\n\r\n"] {
        let refused = format!("{first}GET /again HTTP/1.1\r\n\r\n");
        let judged = whole(refused.as_bytes());
        assert!(matches!(&judged[1].0, Seen::Http { path, .. } if path == "/again"));
        let accepted = [first.as_bytes(), b"\x81\x85abcdhello"].concat();
        assert_eq!(
            whole(&accepted)[1].0,
            Seen::Raw(b"\x81\x85abcdhello".into())
        );
    }
    // Without an upgrade the same bytes are a broken stream.
    let stream = b"GET /chat HTTP/1.1\r\n\r\n\x81\x85abcdhello";
    assert_eq!(
        whole(stream)[1].0,
        Seen::Unframed("not a request where one must begin")
    );
}

#[test]
fn a_tls_stream() {
    let hello = records(&message(&sni(b"a.example")), 1000);
    let stream = [&hello[..], b"\x14\x03\x03\0\x01\x01"].concat();
    for size in [1, 3, stream.len()] {
        let story = play(stream.chunks(size), false);
        assert_eq!(
            story.judged,
            [(Seen::Tls(Some("a.example".into())), hello.len())]
        );
        assert!(story.passed);
        assert_eq!(story.released, stream.len());
    }
}

#[test]
fn other_protocols_are_raw() {
    for stream in [
        &b"SSH-2.0-OpenSSH\r\n"[..],
        b"EHLO client.example\r\n",
        b"NICK a\r\nUSER a 0 * :b\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"OPTIONS rtsp://h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n",
        b"OPTIONS sip:u@h SIP/2.0\r\n\r\n",
        b"GET key\r\n",
        b"get / HTTP\r\n",
        b"A \x01\x02\x03",
        b"{\"imei\":\"1\"}",
        b"\x16\x04\x00",
        b"\x16\x03\x01\x00\x04\x02\x00\x00\x00",
        b"\x00\x01\x02",
        b"ABCDEFGHIJKLMNOPQRSTU / HTTP/1.1\r\n\r\n",
    ] {
        assert_eq!(
            whole(stream),
            [(Seen::Raw(stream.into()), stream.len())],
            "{stream:?}"
        );
    }
}

#[test]
fn raw_is_judged_as_it_comes_with_overlap_and_then_passes() {
    let story = play([&b"\0\0\0\x05"[..], b"hello", b"more"], false);
    let raw = |bytes: &[u8]| Seen::Raw(bytes.into());
    assert_eq!(
        story.judged,
        [
            (raw(b"\0\0\0\x05"), 4),
            (raw(b"\0\0\0\x05hello"), 5),
            (raw(b"\0\0\0\x05hellomore"), 4)
        ]
    );
    let long = vec![0; RAW_JUDGED + 5];
    let story = play([&long[..]], false);
    assert_eq!(story.judged, [(raw(&long[..RAW_JUDGED]), RAW_JUDGED)]);
    assert!(story.passed && story.released == long.len());
    let dribble = play(long.chunks(1), false);
    assert_eq!(dribble.judged.len(), RAW_STRETCHES as usize);
    assert!(dribble.passed);
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

#[test]
fn overdue_judges_what_an_answer_may_depend_on() {
    let mut inspector = StreamInspector::new();
    let stream = post("Transfer-Encoding: chunked\r\n", "4\r\nping\r\n");
    assert_eq!(inspector.step(&stream, false), StreamStep::NeedMore);
    let StreamStep::Judge {
        len,
        said: Said::Http(request),
    } = inspector.overdue(&stream)
    else {
        panic!("held forever");
    };
    assert_eq!(
        (len, &*request.body, request.complete),
        (stream.len(), &b"ping"[..], false)
    );
    let more = b"4\r\npong\r\n";
    assert_eq!(inspector.step(more, false), StreamStep::NeedMore);
    let judged = StreamStep::Judge {
        len: more.len(),
        said: Said::HttpBody(b"pingpong"),
    };
    assert_eq!(inspector.overdue(more), judged);

    // A body that has not begun lets its head go, and is judged with that head.
    let mut inspector = StreamInspector::new();
    let head = post("Content-Length: 4\r\n", "");
    assert_eq!(inspector.step(&head, false), StreamStep::NeedMore);
    let StreamStep::Judge {
        len,
        said: Said::Http(request),
    } = inspector.overdue(&head)
    else {
        panic!("held forever");
    };
    assert_eq!((len, request.complete), (head.len(), false));
    assert_eq!(inspector.overdue(b""), StreamStep::NeedMore);
    let StreamStep::Judge {
        len: 4,
        said: Said::Http(request),
    } = inspector.step(b"body", false)
    else {
        panic!("no body");
    };
    assert_eq!(
        (&*request.path, &*request.body, request.complete),
        ("/r", &b"body"[..], true)
    );

    for (held, waits) in [
        (&b"USER a"[..], false),
        (b"\r\n", false),
        (b"GE", true),
        (b"GET /half", true),
        (b"GET / HTTP/1.1\r\nHost: h\r\n", true),
        (b"\x16", true),
        (b"\x16\x03\x01\x02\x00\x01", true),
    ] {
        let mut inspector = StreamInspector::new();
        assert_eq!(
            inspector.overdue(held) == StreamStep::NeedMore,
            waits,
            "{held:?}"
        );
    }
}

/// Streams to cut up and to break.
fn samples() -> Vec<Vec<u8>> {
    let mut two = post("Content-Length: 10\r\nX: a\r\n\tb\r\n", "0123456789");
    two.extend(chunked(b"a chunked body of a few bytes", 5));
    two.extend(b"GET http://a.example/?x HTTP/1.1\n\n");
    let mut trailers = post(
        "Transfer-Encoding: chunked\r\n",
        "1;x\r\nx\r\n0\r\nImei: 1\r\n\r\n",
    );
    trailers.extend(b"\r\nPOST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi");
    let hello = records(&message(&sni(b"a.example")), 40);
    let connect = [&b"CONNECT h:443 HTTP/1.1\r\n\r\n"[..], &hello, b"rest"].concat();
    let upgrade = b"GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n\x81\x85abcdhello".to_vec();
    vec![
        two,
        trailers,
        hello,
        connect,
        upgrade,
        b"MAIL FROM:<a@b>\r\n".to_vec(),
    ]
}

/// Raw stretches are judged as they come, so only their place in the order is compared.
fn comparable(story: &Story) -> Vec<(Seen, usize)> {
    let framed = |(seen, _): &&(Seen, usize)| !matches!(seen, Seen::Raw(_));
    story.judged.iter().take_while(framed).cloned().collect()
}

fn cut<'a>(stream: &'a [u8], most: usize, random: &mut Random) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(most)));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[test]
fn segmentation_does_not_change_what_is_judged() {
    let mut random = Random::new(2);
    for round in 0..30_000 {
        let samples = samples();
        let mut stream = samples[round % samples.len()].clone();
        if round >= 600 {
            random.mutate(&mut stream);
        }
        if stream.is_empty() {
            continue;
        }
        let fin = random.below(2) == 0;
        let at_once = play([&stream[..]], fin);
        let dribbled = play(stream.chunks(1), fin);
        let pieces = play(cut(&stream, 40, &mut random), fin);
        assert_eq!(
            comparable(&dribbled),
            comparable(&at_once),
            "{:?}",
            stream.escape_ascii()
        );
        assert_eq!(
            comparable(&pieces),
            comparable(&at_once),
            "{:?}",
            stream.escape_ascii()
        );
        if fin {
            assert_eq!(at_once.released, stream.len());
            assert_eq!(dribbled.released, stream.len());
        }
    }
}

#[test]
fn segmentation_does_not_change_long_bodies() {
    let mut random = Random::new(3);
    let body = varied(BODY_HOLD + 3 * STRETCH + 100);
    let mut plain = post(&format!("Content-Length: {}\r\n", body.len()), "");
    plain.extend(&body);
    for stream in [plain, chunked(&body, 1000), chunked(&body, 3)] {
        let at_once = play([&stream[..]], false).judged;
        for most in [100, 3000, 100_000] {
            assert_eq!(play(cut(&stream, most, &mut random), false).judged, at_once);
        }
    }
}

#[test]
fn noise_does_not_panic() {
    let mut random = Random::new(4);
    for _ in 0..5_000 {
        let len = random.below(300);
        let mut noise: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        if random.below(2) == 0 {
            noise.splice(..0, b"GET ".iter().copied());
        }
        let story = play(cut(&noise, 50, &mut random), true);
        assert_eq!(story.released, noise.len());
    }
}
