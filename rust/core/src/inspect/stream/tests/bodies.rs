//! Bodies longer than what is held.

use super::*;

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
