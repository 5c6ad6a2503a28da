use super::super::protobuf::{NESTING, NUMBER_MIN, is_message, walk};
use super::*;
use crate::inspect::content::tests::invented::{field as bytes, varint};

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn fixed(field: u64, value: u64) -> Vec<u8> {
    [&varint(field << 3 | 1)[..], &value.to_le_bytes()].concat()
}

fn message(fields: &[Vec<u8>]) -> Vec<u8> {
    fields.concat()
}

/// `inner` within that many messages, each in its field 1.
fn wrapped(mut inner: Vec<u8>, times: u8) -> Vec<u8> {
    for _ in 0..times {
        inner = bytes(1, &inner);
    }
    inner
}

/// No text, and no message.
const BLOB: [u8; 8] = [0, 0xff, 0x80, 1, 2, 3, 4, 5];

#[test]
fn a_message_is_one_that_tells() {
    let text = bytes(1, b"telemetry data");
    let fixed32 = [5 << 3 | 5, 1, 2, 3, 4];
    for (of, document, is) in [
        ("text", text.clone(), true),
        ("short text", bytes(1, b"tele"), false),
        ("six letters", bytes(1, b"teleme"), true),
        ("nothing", vec![], false),
        ("a blob", bytes(1, &BLOB), false),
        (
            "text and a blob",
            message(&[text.clone(), bytes(2, &BLOB)]),
            true,
        ),
        (
            "text and zero",
            message(&[text.clone(), number(2, 0)]),
            true,
        ),
        (
            "text and eight bytes",
            message(&[text.clone(), fixed(2, 1)]),
            true,
        ),
        (
            "text and four bytes",
            message(&[text.clone(), fixed32.to_vec()]),
            true,
        ),
        (
            "a longer zero",
            message(&[text.clone(), vec![2 << 3, 0x80, 0]]),
            false,
        ),
        ("a number", number(1, NUMBER_MIN), false),
        ("a number inside", wrapped(number(1, NUMBER_MIN), 1), true),
        (
            "a small one inside",
            wrapped(number(1, NUMBER_MIN - 1), 1),
            false,
        ),
        (
            "one that is not last",
            wrapped(message(&[number(1, NUMBER_MIN), number(2, 1)]), 1),
            false,
        ),
        ("text inside", wrapped(text.clone(), NESTING - 1), true),
        ("text too deep", wrapped(text, NESTING), false),
    ] {
        assert_eq!(is_message(&document), is, "{of}");
    }
}

#[test]
fn what_is_heard_of_a_message() {
    let entry = message(&[bytes(1, b"imei"), number(2, 12345)]);
    let document = message(&[
        bytes(1, b"telemetry"),
        number(2, NUMBER_MIN - 1),
        number(2, NUMBER_MIN),
        fixed(3, NUMBER_MIN + 1),
        vec![4 << 3 | 5, 1, 2, 3, 4],
        bytes(5, &entry),
        bytes(6, &message(&[number(1, 7), bytes(2, b"inside")])),
        bytes(7, &BLOB),
    ]);
    assert_eq!(
        heard(|sink| walk(&document, sink)),
        [
            "1=telemetry",
            "2=10000000000000",
            "3=10000000000001",
            "5.1=imei",
            "5.imei=12345",
            "5{1=imei imei=12345}",
            "6.2=inside",
            "6{2=inside}",
            "7=\0\u{fffd}\u{fffd}\u{1}\u{2}\u{3}\u{4}\u{5}",
            "7=00ff800102030405",
            "{1=telemetry 2=10000000000000 3=10000000000001 imei=12345 7=00ff800102030405}",
        ]
    );
}

/// Each message names its level and holds the next one.
#[test]
fn messages_are_walked_as_deep_as_is_said() {
    let levels = |end: Vec<u8>, count: u8| {
        (0..count).rev().fold(end, |inner, level| {
            let name = format!("level-{level:02}");
            message(&[bytes(1, name.as_bytes()), bytes(2, &inner)])
        })
    };
    let named = |document: &[u8]| {
        let lines = heard(|sink| walk(document, sink));
        let whole = lines.iter().filter(|line| {
            line.rsplit_once('=')
                .is_some_and(|(_, v)| v.starts_with("level-") && v.len() == 8)
        });
        whole.filter(|line| !line.contains('{')).count()
    };
    let deep = levels(bytes(3, b"telemetry"), 2 * NESTING);
    assert_eq!(named(&deep), usize::from(NESTING));
    // An entry of a map is known without its telling anything, but not any deeper.
    let entry = |depth: u8| {
        let inner = message(&[bytes(1, b"k"), number(2, 1)]);
        let wrapped = levels(inner, depth);
        let lines = heard(|sink| walk(&wrapped, sink));
        lines.iter().any(|line| line.ends_with(".k=1"))
    };
    assert!(entry(NESTING - 1));
    assert!(!entry(NESTING));
    // Of what is too deep nothing tells that there is a message around it.
    let beside = |depth: u8| {
        let inner = wrapped(bytes(1, b"telemetry data"), depth);
        let document = message(&[bytes(1, b"telemetry"), bytes(3, &inner)]);
        let lines = heard(|sink| walk(&document, sink));
        lines.iter().any(|line| line.starts_with("3.1."))
    };
    assert!(beside(NESTING - 2));
    assert!(!beside(NESTING - 1));
}
