//! Clients that wait for an answer before they go on.

use super::*;

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
