use super::super::nature::{Nature, nature, readable};
use crate::inspect::content::tests::invented::{utf16be, utf16le};

/// `len` bytes of which the last ones are `odd`, so many times.
fn with(len: usize, odd: &[(u8, usize)]) -> Vec<u8> {
    let mut bytes = b"abcdefg ".repeat(len / 8 + 1);
    bytes.truncate(len - odd.iter().map(|(_, times)| times).sum::<usize>());
    for &(byte, times) in odd {
        bytes.resize(bytes.len() + times, byte);
    }
    bytes
}

#[test]
fn text_is_text_with_little_else_in_it() {
    for (bytes, is) in [
        (with(64, &[]), true),
        // UTF-8 with control characters: one in 32.
        (with(64, &[(1, 2)]), true),
        (with(64, &[(1, 3)]), false),
        // What is not UTF-8 has 32 bytes at least,
        (with(32, &[(0xe9, 4)]), true),
        (with(31, &[(0xe9, 4)]), false),
        // is ASCII but for three in twenty,
        (with(40, &[(0xe9, 6)]), true),
        (with(40, &[(0xe9, 7)]), false),
        // and of 64 bytes one may be a control character.
        (with(128, &[(0xe9, 1), (1, 2)]), true),
        (with(128, &[(0xe9, 1), (1, 3)]), false),
        // Form feeds, tabs and line ends are none.
        (
            with(32, &[(0x0c, 8), (b'\t', 4), (b'\r', 4), (b'\n', 8)]),
            true,
        ),
        (with(32, &[(0x7f, 8)]), false),
    ] {
        assert_eq!(nature(&bytes) == Nature::Text, is, "{bytes:x?}");
    }
}

#[test]
fn utf_16_is_told_by_its_mark_or_its_zeros() {
    let odd =
        |ascii: usize, other: usize| utf16le(&("a".repeat(ascii) + &"\u{4e2d}".repeat(other)));
    let high =
        |ascii: usize, other: usize| utf16le(&("a".repeat(ascii) + &"\u{100}".repeat(other)));
    let swapped = |mut bytes: Vec<u8>| {
        bytes
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .for_each(|pair| pair.swap(0, 1));
        bytes
    };
    for (bytes, is) in [
        (b"\xff\xfea\0".to_vec(), true),
        (utf16le("1234567"), false),
        (utf16le("12345678"), true),
        (utf16le(&"text ".repeat(300)), true),
        (odd(6, 2), true),
        (odd(5, 3), false),
        (high(15, 1), true),
        (high(14, 2), false),
        (vec![0; 32], false),
    ] {
        assert_eq!(nature(&bytes) == Nature::Utf16Le, is, "{bytes:x?}");
        let bytes = swapped(bytes);
        assert_eq!(nature(&bytes) == Nature::Utf16Be, is, "{bytes:x?}");
    }
    assert_eq!(nature(&utf16be("12345678")), Nature::Utf16Be, "the control");
}

#[test]
fn stretches_are_read_as_lines() {
    let binary = b"\0abcdef\x01ghijk\x02lm\topq\x03";
    assert_eq!(readable(binary), "abcdef\nlm\topq");
}
