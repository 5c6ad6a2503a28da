use super::super::inflate::{Coding, guess_brotli};
use super::super::multipart;
use super::super::radix::{has_percent, may_be_base64, may_be_hex};
use super::super::sources::unfolded;
use super::*;
use crate::inspect::content::tests::invented::*;

#[test]
fn what_may_be_encoded() {
    for (text, percent, base64, hex) in [
        ("100%a", false, false, false),
        ("%g1 5%1g", false, false, false),
        ("%41", true, false, false),
        ("aGVsbG8gd29ybGQh", false, true, false),
        ("aGVsbG8gd29ybGQ", false, false, false),
        ("hello, world! hello, world!", false, false, false),
        ("00112233445566778899", false, true, true),
        ("0011223344556677889", false, true, false),
        ("00112233445566778899x", false, true, false),
    ] {
        let bytes = text.as_bytes();
        assert_eq!(has_percent(bytes), percent, "{text}");
        assert_eq!(may_be_base64(bytes), base64, "{text}");
        assert_eq!(may_be_hex(bytes), hex, "{text}");
    }
}

#[test]
fn codings_by_their_names() {
    for (name, coding) in [
        ("gzip", Some(Coding::Gzip)),
        (" X-GZip ", Some(Coding::Gzip)),
        ("deflate", Some(Coding::Deflate)),
        ("br", Some(Coding::Brotli)),
        ("zstd", Some(Coding::Zstd)),
        ("identity", None),
    ] {
        assert_eq!(Coding::of(name), coding, "{name}");
    }
}

#[test]
fn no_more_is_made_than_the_limit() {
    let packed = gzip(&[b'a'; 100]);
    for (limit, made, more) in [(101, 100, false), (100, 100, false), (99, 99, true)] {
        assert_eq!(Coding::Gzip.undo(&packed, limit), (vec![b'a'; made], more));
    }
}

#[test]
fn brotli_is_guessed_by_what_is_in_it() {
    let text = b"hello world, hello";
    let packed = brotli(text);
    let guess = |bytes: &[u8]| guess_brotli(bytes, 1000);
    assert_eq!(guess(&packed), Some(text.to_vec()));
    assert_eq!(guess(&packed[..packed.len() - 1]), None, "cut off");
    assert_eq!(guess(&brotli(b"hello world")), None, "too short");
    assert_eq!(guess(&brotli(b"hello \0orld, hello")), None, "binary");
    // A window that no common encoder asks for: of 18 bits.
    let mut other = packed;
    other[0] = other[0] & 0xf0 | 0x3;
    assert_eq!(Coding::Brotli.undo(&other, 1000).0, text, "the control");
    assert_eq!(guess(&other), None);
}

#[test]
fn folded_header_lines_are_one() {
    assert_eq!(unfolded("A: b\r\nC: d\r\n"), None);
    assert_eq!(unfolded("A: b\r\n c\r\n").as_deref(), Some("A: b c\n"));
    assert_eq!(unfolded("A: b\r\n\tc\r\n").as_deref(), Some("A: b c\n"));
}

#[test]
fn delimiters_of_multipart() {
    let begun = |line: usize, head: &str| {
        let body = format!("{}\r\n{head}: form-data\r\n\r\n", "-".repeat(line));
        multipart::delimiter(body.as_bytes(), None).map(|found| found.len())
    };
    for (line, found) in [(2, None), (3, Some(3)), (72, Some(72)), (73, None)] {
        assert_eq!(begun(line, "Content-Disposition"), found, "{line}");
    }
    assert_eq!(begun(10, "Content-Type"), None);
}

#[test]
fn parts_of_multipart() {
    let head = "Content-Disposition: form-data; name=\"k\"";
    let body = format!("--b\n{head}\n\nfirst\n--b\r\n{head}\r\n\r\nsecond\r\n--b--\r\n");
    let parts = multipart::parts(body.as_bytes(), b"--b");
    let bodies: Vec<_> = parts.iter().map(|part| part.body).collect();
    assert_eq!(bodies, [&b"first"[..], b"second"]);
    assert!(parts.iter().all(|part| part.name == "k"));
    // Its text is kept for the rules as it is, what is short or not ASCII included.
    let body = "--b\r\nContent-Disposition: form-data\r\n\r\n\u{e9}\r\n--b--\r\n";
    assert_eq!(decoded(body).text, body);
}

/// Each encoding, of text that none of the others fits.
#[test]
fn what_is_undone_in_text() {
    let token = "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ";
    let text = "hello world hello world";
    for (body, inner) in [
        (format!("(see {token})"), Some(text)),
        (
            format!("(see {})", &token[..24]),
            Some("hello world hello "),
        ),
        (format!("(see {})", &token[..23]), None),
        (
            r#"{"k":"id:aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ"}"#.into(),
            Some(text),
        ),
        (
            "data:text/plain;base64,aGVsbG8gd29ybGQh".into(),
            Some("hello world!"),
        ),
        // Each third letter is a plus sign in base64, and became a space.
        (
            base64_of("ab>".repeat(20).as_bytes(), false, true).replace('+', " "),
            Some("ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab>ab"),
        ),
    ] {
        let expected = match inner {
            Some(inner) => format!("{}\n{inner}", body.trim()),
            None => body.clone(),
        };
        assert_eq!(decoded(body.trim()).text, expected);
    }
}

/// One that was cut out of the middle of a body, in a single line.
#[test]
fn base64_from_the_middle_is_read_wherever_it_begins() {
    let packed = base64_of("a text of some words ".repeat(60).as_bytes(), false, true);
    assert!(packed.len() > SAMPLE + 4);
    for from in 0..4 {
        let text = decoded(&packed[from..]).text;
        assert!(text.ends_with("a text of some words "), "{from}");
    }
}
