use super::super::inflate::Coding;
use super::super::tree::Shown;
use super::*;
use crate::inspect::content::tests::invented::*;

#[test]
fn every_look_is_paid_for() {
    let letters = hex(b"hello worl");
    let multipart = "--b\r\nContent-Disposition: form-data\r\n\r\nhi\r\n--b--";
    for (body, work) in [
        // Its nature, its text, its tokens and their ends.
        ("hello world", 11 + 11 + 12),
        ("zzzzzzzzzzzzzzzzzzzz", 20 + 20 + 21),
        // Its nature, its text, its structure and the values.
        (r#"{"a":"b"}"#, 9 + 9 + 9 + 1),
        ("<a>b</a>", 8 + 8 + 8 + 1),
        ("a=1&b=2", 7 + 7 + 7 + 2),
        ("a=1&junk", 8 + 8 + 8 + 8 + 1),
        // Itself and its values.
        (multipart, multipart.len() + 2),
        // Its nature, its text and its decoding; then those of what comes out.
        (&letters, 20 + 20 + 20 + 10 + 10 + 11),
        ("%41 b", 5 + 5 + 5 + 3 + 3 + 4),
    ] {
        assert_eq!(decoded(body).work, work, "{body}");
    }
    let parts = Parts {
        path: b"/ab",
        query: b"a=1&b=2",
        body: b"hello world",
        ..Parts::default()
    };
    assert_eq!(shown(&parts).1.work, 3 + 23 + 34);
}

#[test]
fn no_more_is_spent_than_there_is() {
    let mut notes = Notes::default();
    let mut scratch = Scratch::default();
    let mut chain = Chain::new(&mut notes, &mut scratch, 100);
    let all = 100 * PASSES;
    assert!(chain.spend(all - 1) && chain.spend(1));
    assert!(!chain.spend(1) && !chain.spend(1));
    assert!(chain.inflate(Coding::Gzip, &gzip(b"hello")).is_empty());
    let decoded = chain.finish();
    assert_eq!((decoded.work, decoded.bounds_hit.work), (all, 3));
}

#[test]
fn no_more_layers_are_opened_than_is_said() {
    let mut notes = Notes::default();
    let mut scratch = Scratch::default();
    let mut chain = Chain::new(&mut notes, &mut scratch, 100);
    let layer = Layer::kept(b"some", "form");
    assert!((0..LAYERS_MAX).all(|_| chain.admits(&layer)));
    assert!(!chain.admits(&layer) && !chain.admits(&layer));
    assert!(!chain.admits(&Layer::kept(b"", "form")));
    assert_eq!(chain.finish().bounds_hit.work, 2);
}

#[test]
fn no_more_is_made_than_is_said() {
    type Make = fn(&mut Chain<'_>, usize) -> usize;
    let makes: [(&str, Make, bool); 3] = [
        (
            "inflated",
            |chain, n| chain.inflate(Coding::Gzip, &gzip(&vec![b'a'; n])).len(),
            true,
        ),
        (
            "decoded",
            |chain, n| {
                let (layer, mut level) = (Layer::kept(b"some", "form"), Vec::new());
                chain.decoded(&layer, "base64", vec![b'a'; n], &mut level);
                level.iter().map(|layer| layer.bytes.len()).sum()
            },
            true,
        ),
        (
            "a changed value",
            |chain, n| {
                let (bytes, layer, mut level) =
                    (vec![b'a'; n], Layer::kept(b"some", "form"), Vec::new());
                chain.nest(
                    &layer,
                    "form",
                    &[],
                    Shown::lasting(&bytes),
                    true,
                    &mut level,
                );
                level.iter().map(|layer| layer.bytes.len()).sum()
            },
            false,
        ),
    ];
    for (name, make, in_part) in makes {
        let rest = if in_part { 100 } else { 0 };
        for (sizes, made, hit) in [
            ([100, 100, 0], [100, 100, 0], 0),
            ([100, 101, 0], [100, rest, 0], 1),
            ([100, 101, 100], [100, rest, 100 - rest], 1 + rest / 100),
        ] {
            let mut notes = Notes::default();
            let mut scratch = Scratch::default();
            let mut chain = Chain::new(&mut notes, &mut scratch, 200);
            assert_eq!(sizes.map(|n| make(&mut chain, n)), made, "{name}");
            let counted = usize::try_from(chain.finish().bounds_hit.output);
            assert_eq!(counted, Ok(hit), "{name}: {sizes:?}");
        }
    }
}

#[test]
fn every_part_is_read_as_far_as_is_said() {
    for (len, hit) in [(PART_MAX, 0), (PART_MAX + 1, 4)] {
        let spaces = vec![b' '; len];
        let parts = Parts {
            path: &spaces,
            query: &spaces,
            headers: &spaces,
            body: &spaces,
            ..Parts::default()
        };
        assert_eq!(shown(&parts).1.bounds_hit.input, hit, "{len}");
    }
}

#[test]
fn what_is_not_shown_whole_is_counted() {
    // As much as a body may make, and one more; rules are shown a part of either.
    for (len, hit) in [(OUT_MAX - OUT_HEAD, 1), (OUT_MAX - OUT_HEAD + 1, 2)] {
        assert_eq!(
            decoded(gzip(&vec![b' '; len])).bounds_hit.output,
            hit,
            "{len}"
        );
    }
    // A text that just fits leaves no room for the query's.
    for (query, hit) in [("", 0), ("a=1", 1)] {
        let body = gzip(&vec![b' '; TEXT_MAX]);
        let parts = Parts {
            query: query.as_bytes(),
            ..of(&body)
        };
        assert_eq!(shown(&parts).1.bounds_hit.output, hit, "{query}");
    }
}

/// `times` wrappings around a text, and what is to be hit and shown of them.
fn onions(wrap: impl Fn(Vec<u8>) -> Vec<u8>, times: u8) {
    for (times, hit) in [(times, 0), (times + 1, 1)] {
        let body = (0..times).fold(b"hello world".to_vec(), |inner, _| wrap(inner));
        let (notes, decoded) = shown(&of(&body));
        assert_eq!(decoded.bounds_hit.depth, hit, "{times}");
        let ends = [": hello world", "=hello world"];
        let is_shown = notes
            .iter()
            .any(|line| ends.iter().any(|end| line.ends_with(end)));
        assert_eq!(is_shown, hit == 0, "{times}: {notes:?}");
    }
}

#[test]
fn wrappings_are_opened_as_deep_as_is_said() {
    onions(|inner| gzip(&inner), DEPTH_MAX);
    // The body's own structure is no wrapping.
    onions(
        |inner| {
            let text = String::from_utf8(inner).unwrap();
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{{\"k\":\"{text}\"}}").into()
        },
        DEPTH_MAX + 1,
    );
    let form = |inner: Vec<u8>| format!("k={}&z=1", percent(&inner)).into();
    onions(form, DEPTH_MAX + 1);
    let multipart = |inner: Vec<u8>| {
        let begin = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n",
            inner.len()
        );
        [begin.as_bytes(), &inner].concat()
    };
    onions(multipart, DEPTH_MAX + 1);
    let packed = (0..=DEPTH_MAX).fold(b"hello world".to_vec(), |inner, _| gzip(&inner));
    let parts = Parts {
        content_encoding: Some("gzip, gzip, gzip, gzip"),
        ..of(&packed)
    };
    assert_eq!(shown(&parts).1.bounds_hit.depth, 1);
}

/// What holds nothing but more of its kind ends where the others do, too.
#[test]
fn a_long_row_of_multiparts_is_no_trouble() {
    let mut body = Vec::new();
    for nth in 0..400 {
        body.extend(
            format!("--{nth:03}\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\n").bytes(),
        );
    }
    assert_eq!(decoded(gzip(&body)).bounds_hit.depth, 1);
}

/// Only what comes out of query and body is shown to the rules, and only once.
#[test]
fn of_a_nested_multipart_no_more_is_kept_than_of_others() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"k\"\r\n\r\nhello world\r\n--b--";
    let packed = base64_of(part.as_bytes(), false, true);
    let headers = format!("X-Data: {packed}\r\n");
    let parts = Parts {
        headers: headers.as_bytes(),
        ..Parts::default()
    };
    let (notes, decoded) = shown(&parts);
    assert!(
        notes.iter().any(|line| line.ends_with("k=hello world")),
        "{notes:?}"
    );
    assert_eq!(decoded.text, "");
    let body = format!("d={packed}&v=1");
    assert_eq!(super::decoded(&body).text, format!("{body}\n{part}"));
    // A value that is one as it stands.
    let body = part.replace("hello world", &part.replace("--b", "--c"));
    let (notes, decoded) = shown(&of(body.as_bytes()));
    assert!(
        notes
            .iter()
            .any(|line| line.ends_with("multipart:k → multipart:k: k=hello world")),
        "{notes:?}"
    );
    assert_eq!(decoded.text, body);
}

/// Each for one reason of those that make a value worth it.
#[test]
fn a_value_with_something_in_it_is_opened() {
    let pack = b"\x81\xa1k\xafhello you there";
    for (value, line) in [
        (
            &b"aGVsbG8gd29ybGQh"[..],
            "text form:k → base64: hello world!",
        ),
        (br#"["ab", 1, 2, 3, 4]"#, "InText form:k → json: =ab"),
        (&utf16le("12345678"), "text form:k → utf-16le: 12345678"),
        (pack, "Decoded form:k → msgpack:k: k=hello you there"),
        (
            b"a=bcd e=fgh i=jkl",
            "InText form:k → form:a: a=bcd e=fgh i=jkl",
        ),
        (
            b"(see aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ) aaa",
            "text form:k → base64: hello world hello world",
        ),
    ] {
        let notes = notes(format!("k={}&z=1", percent(value)));
        assert!(notes.iter().any(|l| l == line), "{line}: {notes:#?}");
    }
}
