use super::super::form::{self, Form, pieces};
use super::super::json::{start, walk};
use super::*;

#[test]
fn a_body_is_shown_once() {
    for (body, lines) in [
        ("hello", &["text text: hello"][..]),
        (
            r#"{"a":"b"}"#,
            &[r#"whole text: {"a":"b"}"#, "InWhole json:a: a=b"],
        ),
        (r#"["ab"]"#, &[r#"whole text: ["ab"]"#, "InWhole json: =ab"]),
        (
            r#"say {"a":"b"}"#,
            &[r#"text text: say {"a":"b"}"#, "InText json:a: a=b"],
        ),
        (
            "a=1&b=%2B47",
            &[
                "whole text: a=1&b=%2B47",
                "InWhole form:a: a=1",
                "Decoded form:b: b=+47",
            ],
        ),
        // A number may have begun with the plus sign.
        (
            "a=1&b=+47",
            &[
                "whole text: a=1&b=+47",
                "text form: b=+47",
                "InWhole form:a: a=1",
                "Decoded form:b: b= 47",
            ],
        ),
        (
            "a=1&junk",
            &[
                "whole text: a=1&junk",
                "text form: a=1&junk",
                "InWhole form:a: a=1",
            ],
        ),
        ("a=+47", &["text text: a=+47", "Decoded form:a: a= 47"]),
        ("a=1;junk", &["text text: a=1;junk", "InText form:a: a=1"]),
        (
            "<r>\na=b&amp;c\n</r>",
            &["text text: <r>\na=b&amp;c\n</r>", "Decoded xml:r: r=a=b&c"],
        ),
    ] {
        assert_eq!(notes(body), lines, "{body}");
    }
    assert_eq!(decoded("a=1&b=2").text, "a=1&b=2");
}

#[test]
fn what_stands_outside_the_body_is_shown() {
    let parts = Parts {
        path: b"/ab/c%64;k=%65",
        headers: b"Cookie: a=%41b; c=d\r\nX: y\r\n",
        ..Parts::default()
    };
    assert_eq!(
        shown(&parts).0,
        [
            "Alone path: =",
            "Alone path: =ab",
            "Alone path: ab=cd",
            "Decoded path:k: k=e",
            "Decoded cookie:a: a=Ab",
            "Alone cookie:c: c=d",
            "Alone header:X: X=y",
        ]
    );
}

/// Where not all of JSON is said by its values with their keys, its text is searched besides.
#[test]
fn the_text_of_json_is_searched_where_it_says_more() {
    for (body, is_searched) in [
        (r#"{"a":"b"}"#, false),
        (r#"{"a" : "b", "c":[1,2,{"d":null}]}"#, false),
        (r#"{"a":"350000000123450"}"#, false),
        (r#"{"\u0061":"b"}"#, true),
        (r#"{"a#b":"c"}"#, true),
        (r#"["ab","c1"]"#, false),
        (r#"["35000000012"]"#, false),
        (r#"["350000000123"]"#, true),
        (r#"["abcdefabcdef"]"#, false),
        (r#"["5.12"]"#, false),
        (r#"["5.123"]"#, true),
        (r#"["51234"]"#, false),
        (r#"["a.bcd"]"#, false),
        (r#"{"a":1234567890123}"#, false),
        (r#"{"a":12345678901234}"#, true),
        ("[1]", false),
        ("[5.12]", false),
        ("[5.123]", true),
        ("[12345678901]", false),
        ("[123456789012]", true),
        (r#"{"a":1} 5"#, true),
        (r#"{"a":1}|"#, true),
        (r#"{"a":1"#, true),
        (r#"{"a":1}}"#, true),
        (r#"["a":"b"]"#, true),
    ] {
        let lines = notes(body);
        let is_text = lines.iter().any(|line| line.starts_with("text"));
        assert_eq!(is_text, is_searched, "{body}: {lines:?}");
    }
}

#[test]
fn what_is_heard_of_json() {
    let deep = format!(
        r#"{{"d":{}"x"{},"imei":"1"}}"#,
        "[".repeat(70),
        "]".repeat(70)
    );
    for (text, lines) in [
        (r#"{"a" : "b"}"#, &["a=b", "{a=b}"][..]),
        (r#"["a":"b"]"#, &["=a", "=b"]),
        (r#"{"a":"b":"c"}"#, &["a=b", "=c", "{a=b}"]),
        (r#"{"a":,"b":"c"}"#, &["b=c", "{b=c}"]),
        (r#"{"a":"b""#, &["a=b", "{a=b}"]),
        (
            r#"{"name":"imei","x":"1"}"#,
            &["name=imei", "x=1", "{name=imei x=1}"],
        ),
        (
            r#"{"p":{"name":"imei","value":"1"}}"#,
            &["p.name=imei", "p.imei=1", "p{name=imei imei=1}", "{imei=1}"],
        ),
        (&deep, &["d=x", "imei=1", "{imei=1}"]),
        (
            r#"["\u0041\ud83d\ude00|\ud83d|\ud83d\u0042|\u0041\ude00|\u00\b\f\n\r\t\/"]"#,
            &["=A\u{1f600}|\u{fffd}|\u{fffd}B|A\u{fffd}|\u{fffd}00\u{8}\u{c}\n\r\t/"],
        ),
    ] {
        let heard = heard(|sink| {
            walk(text, sink);
        });
        assert_eq!(heard, lines, "{text}");
    }
}

#[test]
fn where_json_begins() {
    for (text, at) in [
        (r#"x {"a":1}"#, Some(2)),
        (r#"a {b} { "c":1}"#, Some(6)),
        ("a {b}", None),
        ("none", None),
    ] {
        assert_eq!(start(text), at, "{text}");
    }
}

#[test]
fn what_reads_as_a_form() {
    let longest = format!("{}=1", "k".repeat(64));
    let too_long = format!("{}=1", "k".repeat(65));
    for (text, form) in [
        ("a=1&b=2", Some(("a=1&b=2", true))),
        ("?a=1&b=2", Some(("a=1&b=2", true))),
        ("a=1", Some(("a=1", false))),
        ("junk&a=1", Some(("junk&a=1", true))),
        ("j&k&a=1", Some(("j&k&a=1", true))),
        ("j&k&l&a=1", None),
        ("a b=1", None),
        ("=1", None),
        ("a=", None),
        (&longest, Some((&longest, false))),
        (&too_long, None),
        ("http://h/?a=1&junk", Some(("a=1&junk", false))),
        ("/p?a=1", Some(("a=1", false))),
        ("/p?a", None),
        ("word?a=1", None),
        ("see http://h/?a=1", None),
    ] {
        let found = Form::find(text);
        let found = found.as_ref().map(|found| (found.text, found.is_all()));
        assert_eq!(found, form, "{text}");
    }
}

#[test]
fn pairs_of_a_form() {
    for (text, parts) in [
        ("a=1&b=2\nc", &["a=1", "b=2\nc"][..]),
        ("a=1\n\nb=2", &["a=1", "", "b=2"]),
        ("a=1\nb", &["a=1\nb"]),
        ("a=1;b=2", &["a=1", "b=2"]),
    ] {
        let pieces: Vec<_> = pieces(text).collect();
        assert_eq!(pieces, parts, "{text}");
    }
}

#[test]
fn values_of_a_form() {
    for (raw, value, changed) in [
        ("ab", "ab", false),
        ("a%20b", "a b", true),
        ("a+b", "a b", true),
        ("a%2Bb", "a+b", true),
        ("100%", "100%", false),
        // Base64 that was not encoded.
        ("aGVsbG8+d29ybGQh", "aGVsbG8+d29ybGQh", false),
        ("aGVsbG8+d29ybGQ%3D", "aGVsbG8+d29ybGQ=", true),
        ("aGVsbG8+d29ybGQ.", "aGVsbG8 d29ybGQ.", true),
    ] {
        let (found, is_changed) = form::value(raw);
        let found = String::from_utf8_lossy(&found);
        assert_eq!((&*found, is_changed), (value, changed), "{raw}");
    }
}
