use super::super::tagged::{is_cbor, is_message_pack, walk_cbor, walk_message_pack};
use super::super::tree::NESTING;
use super::*;

/// An item, and what is heard of it under the key `k`.
type Case = (Vec<u8>, &'static [&'static str]);

fn bytes(head: &[u8], rest: &[u8]) -> Vec<u8> {
    [head, rest].concat()
}

fn check(
    cases: &[Case],
    is: fn(&[u8]) -> bool,
    walk: fn(&[u8], &mut Heard),
    begin: &[u8],
    end: &[u8],
) {
    for (item, expected) in cases {
        let document = [begin, item, end].concat();
        assert!(is(&document), "{item:x?}");
        let mut expected = expected.to_vec();
        expected.push("t=hello");
        let mut heard = Heard::default();
        walk(&document, &mut heard);
        heard.lines.retain(|line| !line.starts_with('{'));
        assert_eq!(heard.lines, expected, "{item:x?}");
        // Neither cut short nor with something behind it.
        assert!(!is(&document[..document.len() - 1]), "{item:x?}");
        assert!(!is(&bytes(&document, &[0])), "{item:x?}");
    }
}

#[test]
fn every_item_of_message_pack() {
    let blob = [0xff, 0, 1];
    let shown: &[&str] = &["k=\u{fffd}\0\u{1}"];
    let cases: Vec<Case> = vec![
        (vec![7], &["k=7"]),
        (
            vec![0x83, 1, 2, 0xa1, b'b', 3, 0xa1, b'c', 4],
            &["k.1=2", "k.b=3", "k.c=4", "k{1=2 b=3 c=4}"],
        ),
        (vec![0x93, 1, 2, 3], &["k=1", "k=2", "k=3"]),
        (vec![0xa2, b'h', b'i'], &["k=hi"]),
        (vec![0xc0], &[]),
        (vec![0xc2], &[]),
        (vec![0xc3], &[]),
        (vec![0xff], &[]),
        (bytes(&[0xc4, 3], &blob), shown),
        (bytes(&[0xc5, 0, 3], &blob), shown),
        (bytes(&[0xc6, 0, 0, 0, 3], &blob), shown),
        (bytes(&[0xc7, 2, 5], &[8; 2]), &[]),
        (bytes(&[0xc8, 0, 2, 5], &[8; 2]), &[]),
        (bytes(&[0xc9, 0, 0, 0, 2, 5], &[8; 2]), &[]),
        (bytes(&[0xca], &[8; 4]), &[]),
        (bytes(&[0xcb], &[8; 8]), &[]),
        (vec![0xcc, 0xff], &["k=255"]),
        (vec![0xcd, 1, 2], &["k=258"]),
        (vec![0xce, 0, 1, 0, 2], &["k=65538"]),
        (vec![0xcf, 0, 0, 0, 1, 0, 0, 0, 2], &["k=4294967298"]),
        (vec![0xd0, 0x7f], &["k=127"]),
        (vec![0xd1, 1, 2], &["k=258"]),
        (vec![0xd2, 0, 1, 0, 2], &["k=65538"]),
        (vec![0xd3, 0, 0, 0, 1, 0, 0, 0, 2], &["k=4294967298"]),
        (bytes(&[0xd4, 5], &[8]), &[]),
        (bytes(&[0xd5, 5], &[8; 2]), &[]),
        (bytes(&[0xd6, 5], &[8; 4]), &[]),
        (bytes(&[0xd7, 5], &[8; 8]), &[]),
        (bytes(&[0xd8, 5], &[8; 16]), &[]),
        (bytes(&[0xd9, 2], b"hi"), &["k=hi"]),
        (bytes(&[0xda, 0, 2], b"hi"), &["k=hi"]),
        (bytes(&[0xdb, 0, 0, 0, 2], b"hi"), &["k=hi"]),
        (vec![0xdc, 0, 2, 1, 2], &["k=1", "k=2"]),
        (vec![0xdd, 0, 0, 0, 2, 1, 2], &["k=1", "k=2"]),
        (vec![0xde, 0, 1, 0xa1, b'b', 2], &["k.b=2", "k{b=2}"]),
        (vec![0xdf, 0, 0, 0, 1, 0xa1, b'b', 2], &["k.b=2", "k{b=2}"]),
    ];
    let end = b"\xa1t\xa5hello";
    check(
        &cases,
        is_message_pack,
        |bytes, sink| walk_message_pack(bytes, sink),
        b"\x82\xa1k",
        end,
    );
    // In an array nothing is a key.
    assert_eq!(
        heard(|sink| walk_message_pack(b"\x93\xa4imei\x07\xa5hello", sink)),
        ["=imei", "=7", "=hello"]
    );
    assert!(!is_message_pack(b"\x93\x01\x02\x03"), "no text");
    assert!(
        !is_message_pack(b"\x82\xa1k\xc1\xa1t\xa5hello"),
        "no such type"
    );
}

#[test]
fn every_item_of_cbor() {
    let blob = [0xff, 0, 1];
    let shown: &[&str] = &["k=\u{fffd}\0\u{1}"];
    let cases: Vec<Case> = vec![
        (vec![7], &["k=7"]),
        (vec![0x17], &["k=23"]),
        (vec![0x18, 0xff], &["k=255"]),
        (vec![0x19, 1, 2], &["k=258"]),
        (vec![0x1a, 0, 1, 0, 2], &["k=65538"]),
        (vec![0x1b, 0, 0, 0, 1, 0, 0, 0, 2], &["k=4294967298"]),
        (vec![0x20], &[]),
        (bytes(&[0x43], &blob), shown),
        (bytes(&[0x58, 3], &blob), shown),
        (bytes(&[0x62], b"hi"), &["k=hi"]),
        (vec![0x83, 1, 2, 3], &["k=1", "k=2", "k=3"]),
        (
            vec![0xa3, 1, 2, 0x61, b'b', 3, 0x61, b'c', 4],
            &["k.1=2", "k.b=3", "k.c=4", "k{1=2 b=3 c=4}"],
        ),
        (bytes(&[0xc0, 0x62], b"hi"), &["k=hi"]),
        (bytes(&[0xd8, 32, 0x62], b"hi"), &["k=hi"]),
        (bytes(&[0xd9, 0xd9, 0xf7, 0xc1, 0x62], b"hi"), &["k=hi"]),
        (vec![0xf5], &[]),
        (vec![0xf9, 0x3c, 0], &[]),
        (vec![0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], &[]),
    ];
    check(
        &cases,
        is_cbor,
        |bytes, sink| walk_cbor(bytes, sink),
        b"\xa2\x61k",
        b"\x61t\x65hello",
    );
    assert!(!is_cbor(b"\x83\x01\x02\x03"), "no text");
    assert!(!is_cbor(b"\xa2\x61k\x1f\x61t\x65hello"), "no such length");
}

/// Tags before tags are no depth.
#[test]
fn a_row_of_tags_is_walked_without_end_of_the_stack() {
    let mut document = b"\x82\x65hello".to_vec();
    document.resize(PART_MAX - 1, 0xc1);
    document.push(7);
    assert!(is_cbor(&document));
    assert_eq!(heard(|sink| walk_cbor(&document, sink)), ["=hello", "=7"]);
}

#[test]
fn containers_are_walked_as_deep_as_is_said() {
    for (depth, expected) in [(2 * NESTING, &["=hello"][..]), (2 * NESTING + 1, &[])] {
        let document = [&vec![0x91; depth][..], b"\xa5hello"].concat();
        assert!(is_message_pack(&document));
        assert_eq!(
            heard(|sink| walk_message_pack(&document, sink)),
            expected,
            "{depth}"
        );
    }
}
