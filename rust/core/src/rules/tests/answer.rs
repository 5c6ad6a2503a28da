//! The answer that a rule may carry.

use super::*;

const REQUEST: &str = "  post: {http.host: bad.example, http.method: POST}\n  condition: post";

fn rule(detection: &str, answer: &str) -> String {
    rule_file(1, detection)
        .replace("action: warn", "action: block")
        .replace("confidence: suspected", "confidence: observed")
        .replace("  receipt:", &format!("  answer: {answer}\n  receipt:"))
}

fn answer(answer: &str) -> Result<Answer, String> {
    let pack =
        Pack::parse(&[("x.yml", &rule(REQUEST, answer))]).map_err(|error| error.to_string())?;
    Ok(pack.rules()[0].answer.clone().expect("an answer"))
}

#[test]
fn an_answer_is_said_as_http() {
    let answer = answer("{status: 200, content_type: text/plain, body: 'ok, ä'}").unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\n";
    assert_eq!(answer.to_method("POST"), format!("{head}ok, ä").as_bytes());
    assert_eq!(answer.to_method("HEAD"), head.as_bytes());
}

#[test]
fn an_answer_that_could_do_harm_is_refused() {
    let long_body = format!(
        "{{status: 200, content_type: text/plain, body: '{}'}}",
        "x".repeat(4097)
    );
    let long_type = format!(
        "{{status: 200, content_type: 'text/{}', body: x}}",
        "x".repeat(96)
    );
    for (text, problem) in [
        (
            "{status: 200, content_type: text/plain}",
            "line 17: answer lacks the key `body`",
        ),
        (
            "{status: 200, body: x}",
            "answer lacks the key `content_type`",
        ),
        (
            "{content_type: text/plain, body: x}",
            "answer lacks the key `status`",
        ),
        (
            "{status: 200, content_type: text/plain, body: x, header: y}",
            "unknown key in answer `header`",
        ),
        (
            "{status: 204, content_type: text/plain, body: x}",
            "status 204 cannot be answered; valid are: 200",
        ),
        (
            "{status: 302, content_type: text/plain, body: x}",
            "status 302 cannot be answered",
        ),
        (
            "{status: '200', content_type: text/plain, body: x}",
            "status must be a whole number",
        ),
        (
            "{status: 200, content_type: \"text/plain\\r\\nSet-Cookie: a=b\", body: x}",
            "visible ASCII characters",
        ),
        (
            "{status: 200, content_type: \"text/plain\\n\", body: x}",
            "visible ASCII characters",
        ),
        (
            "{status: 200, content_type: plain, body: x}",
            "must be a media type",
        ),
        (
            "{status: 200, content_type: text/ä, body: x}",
            "visible ASCII characters",
        ),
        (
            "{status: 200, content_type: text/plain, body: ''}",
            "body is empty",
        ),
        (
            "{status: 200, content_type: text/plain, body: [a]}",
            "body must be a text",
        ),
        (&long_body, "the body of an answer has at most 4096 bytes"),
        (&long_type, "at most 100 visible ASCII characters"),
        ("ok", "answer must be a map"),
    ] {
        let refused = answer(text).unwrap_err();
        assert!(refused.contains(problem), "{problem}: {refused}");
    }
}

#[test]
fn only_a_rule_that_blocks_requests_of_http_may_answer() {
    let good = rule(REQUEST, "{status: 200, content_type: text/plain, body: x}");
    assert!(Pack::parse(&[("x.yml", &good)]).is_ok());
    let by_name = "  host: {dns.query: bad.example}\n  condition: host";
    for (text, problem) in [
        (
            good.replace("action: block", "action: warn"),
            "line 17: only a rule that blocks may carry an answer",
        ),
        (
            rule(by_name, "{status: 200, content_type: text/plain, body: x}"),
            "only a rule that looks at a request of HTTP may carry an answer",
        ),
    ] {
        let refused = Pack::parse(&[("x.yml", &text)]).unwrap_err().to_string();
        assert!(refused.contains(problem), "{problem}: {refused}");
    }
}
