//! What frames ambiguously is refused, and what is close to that is not.

use super::*;

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

/// Of what is tolerated around a request, as much as is said and not a byte more.
#[test]
fn what_is_tolerated_ends_at_its_bound() {
    let request = b"GET / HTTP/1.1\r\n\r\n";
    let blank = |lines: usize| [&vec![b'\n'; lines][..], request].concat();
    assert!(matches!(only(&blank(64)), Seen::Http { .. }));
    let why = "not a request where one must begin";
    assert_eq!(unframed(&blank(65)), Some(why));
    let other = |lines: usize| [&vec![b'\n'; lines][..], b"SSH-2.0-x\r\n"].concat();
    assert_eq!(unframed(&other(64)), None);
    assert_eq!(unframed(&other(65)), Some(why));
    let trailers = |lines: usize| {
        let body = format!("0\r\n{}\r\n", "A:\r\n".repeat(lines));
        whole(&post("Transfer-Encoding: chunked\r\n", &body))
    };
    assert!(matches!(&trailers(2047)[1].0, Seen::Body(_)));
    assert_eq!(
        trailers(2048)[1].0,
        Seen::Unframed("trailers too long"),
        "8 KiB, and then the empty line"
    );
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
