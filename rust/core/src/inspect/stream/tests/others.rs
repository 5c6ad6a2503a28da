//! What is no HTTP, from the first byte or after a CONNECT.

use super::super::super::tls::tests::{message, records, sni};
use super::*;

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

/// Nobody waits for a line's end beyond the hold of a head.
#[test]
fn a_first_line_that_does_not_end_is_waited_for_up_to_the_hold() {
    for (begin, is_http) in [("\nBREW /", false), ("\n\nGET /", true)] {
        let mut line = begin.as_bytes().to_vec();
        line.resize(HEAD_HOLD - 1, b'a');
        assert_eq!(whole(&line), []);
        line.push(b'a');
        let seen = if is_http {
            (Seen::Unframed("request head too long"), 0)
        } else {
            (Seen::Raw(line.clone()), HEAD_HOLD)
        };
        assert_eq!(whole(&line)[0], seen);
    }
}

#[test]
fn a_method_is_as_long_as_is_taken_for_one() {
    let seen = http("ABCDEFGHIJKLMNOPQRST", "", "/", "", "", "");
    assert_eq!(only(b"ABCDEFGHIJKLMNOPQRST / HTTP/1.1\r\n\r\n"), seen);
    assert_eq!(whole(b"ABCDEFGHIJKLMNOPQRST"), []);
    // What may become one for lenient servers alone is waited for, too.
    assert_eq!(whole(b" GE"), []);
    assert_eq!(whole(b" GX"), [(Seen::Raw(b" GX".into()), 3)]);
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
    let story = play([&long[..10], &long[10..]], false);
    let (lens, all): (Vec<_>, _) = (
        story.judged.iter().map(|(_, len)| *len).collect(),
        story.released,
    );
    assert_eq!((lens, all), (vec![10, RAW_JUDGED - 10], long.len()));
    let dribble = play(long.chunks(1), false);
    assert_eq!(dribble.judged.len(), RAW_STRETCHES as usize);
    assert!(dribble.passed);
}
