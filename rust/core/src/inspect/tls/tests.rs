use super::*;
use crate::testing::Random;

/// One extension.
pub(in crate::inspect) fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut out = kind.to_be_bytes().to_vec();
    out.extend(vec16(body));
    out
}

pub(in crate::inspect) fn vec16(body: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    out.extend(body);
    out
}

fn name_entry(name: &[u8]) -> Vec<u8> {
    let mut out = vec![0];
    out.extend(vec16(name));
    out
}

pub(in crate::inspect) fn sni(name: &[u8]) -> Vec<u8> {
    extension(0, &vec16(&name_entry(name)))
}

/// A ClientHello handshake message, header included.
pub(in crate::inspect) fn message(extensions: &[u8]) -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([4, 1, 2, 3, 4]);
    body.extend([0, 4, 0x13, 1, 0x13, 2]);
    body.extend([1, 0]);
    body.extend(vec16(extensions));
    let len = u32::try_from(body.len()).unwrap().to_be_bytes();
    let mut out = vec![1, len[1], len[2], len[3]];
    out.extend(body);
    out
}

/// `message` in handshake records of at most `size` bytes.
pub(in crate::inspect) fn records(message: &[u8], size: usize) -> Vec<u8> {
    message
        .chunks(size)
        .flat_map(|piece| [vec![22, 3, 1], vec16(piece)].concat())
        .collect()
}

fn usual() -> Vec<u8> {
    let alpn = extension(16, &vec16(b"\x02h2\x08http/1.1"));
    let grease = extension(0x0a0a, b"");
    message(
        &[
            grease,
            sni(b"Example.COM."),
            alpn,
            extension(0xfe0d, &[0, 0, 1, 0, 1]),
        ]
        .concat(),
    )
}

fn expected() -> ClientHello {
    ClientHello {
        server_name: Some("example.com".into()),
        alpn: vec!["h2".into(), "http/1.1".into()],
        encrypted_client_hello: true,
    }
}

fn named(extensions: &[u8]) -> Result<Option<String>, &'static str> {
    parse_client_hello(&message(extensions)[4..]).map(|hello| hello.server_name)
}

#[test]
fn a_hello_in_one_record() {
    let stream = records(&usual(), RECORD_MAX);
    let len = stream.len();
    let step = HelloReader::new().read(&[&stream[..], b"later"].concat());
    assert_eq!(
        step,
        HelloStep::Hello {
            hello: expected(),
            len
        }
    );
}

#[test]
fn any_fragmentation_byte_by_byte() {
    let message = usual();
    for size in [1, 2, 3, 4, 5, 7, 50, 10_000] {
        let stream = records(&message, size);
        let mut reader = HelloReader::new();
        for cut in 0..stream.len() {
            assert_eq!(
                reader.read(&stream[..cut]),
                HelloStep::NeedMore,
                "{size} {cut}"
            );
            // Linear: at most an incomplete record header is looked at again.
            assert!(cut - reader.at < RECORD_HEADER);
        }
        let len = stream.len();
        assert_eq!(
            reader.read(&stream),
            HelloStep::Hello {
                hello: expected(),
                len
            }
        );
    }
}

#[test]
fn other_streams_are_not_tls() {
    for stream in [
        &b"GET / HTTP/1.1\r\n"[..],
        &[22, 2, 0],
        &[22, 3, 5],
        &[22, 3, 1, 0, 0],
        &[22, 3, 1, 0xff, 0xff],
        &[22, 3, 1, 0, 4, 2],
        &[21, 3, 1],
    ] {
        assert_eq!(
            HelloReader::new().read(stream),
            HelloStep::NotTls,
            "{stream:?}"
        );
    }
    assert_eq!(HelloReader::new().read(&[]), HelloStep::NeedMore);
    for begun in [&[22][..], &[22, 3, 0], &[22, 3, 4, 0, 4, 1]] {
        assert_eq!(HelloReader::new().read(begun), HelloStep::NeedMore);
    }
}

#[test]
fn a_broken_hello_is_malformed() {
    let interrupted = [&[22, 3, 1, 0, 2, 1, 0][..], &[21, 3, 1, 0, 2]].concat();
    assert!(matches!(
        HelloReader::new().read(&interrupted),
        HelloStep::Malformed(_)
    ));
    let too_long = [22, 3, 1, 0, 4, 1, 1, 0, 1];
    assert_eq!(
        HelloReader::new().read(&too_long),
        HelloStep::Malformed("hello too long")
    );
    let longest = [22, 3, 1, 0, 4, 1, 1, 0, 0];
    assert_eq!(HelloReader::new().read(&longest), HelloStep::NeedMore);
    let cut_short = [22, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    assert_eq!(
        HelloReader::new().read(&cut_short),
        HelloStep::Malformed("hello cut short")
    );
}

#[test]
fn tiny_records_cannot_make_the_hold_grow() {
    let mut message = message(&extension(21, &vec![0; 60_000]));
    message.extend([0; 100]);
    let stream = records(&message, 1);
    let mut reader = HelloReader::new();
    let decided = (0..stream.len()).find(|&n| reader.read(&stream[..n]) != HelloStep::NeedMore);
    assert!(decided.unwrap() <= HELLO_HOLD);
    // Its positive control: the same hello in full records is read.
    let step = HelloReader::new().read(&records(&message, RECORD_MAX));
    assert!(matches!(step, HelloStep::Hello { .. }));
}

/// With records of twenty bytes one begins just where none may any more.
#[test]
fn no_record_is_begun_beyond_the_bound() {
    let within = STREAM_MAX / 20 * 15;
    let hello = |len: usize| {
        message(&extension(
            21,
            &vec![0; len - message(&extension(21, &[])).len()],
        ))
    };
    let step = HelloReader::new().read(&records(&hello(within), 15));
    assert!(
        matches!(
            step,
            HelloStep::Hello {
                len: STREAM_MAX,
                ..
            }
        ),
        "{step:?}"
    );
    let step = HelloReader::new().read(&records(&hello(within + 1), 15));
    assert_eq!(step, HelloStep::Malformed("hello in too many records"));
}

#[test]
fn only_host_names_are_server_names() {
    for (sent, name) in [
        (&b"zzhc.vnet.cn"[..], Some("zzhc.vnet.cn")),
        (b"A_b-C.example", Some("a_b-c.example")),
        (b"localhost", Some("localhost")),
        (b"", None),
        (b".", None),
        (b"a..b", None),
        (b"a b", None),
        (b"nul\0.example", None),
        (b"192.0.2.1", None),
        (b"2001:db8::1", None),
        ("bücher.example".as_bytes(), None),
        (&[b'a'; 64], None),
        (&[b'a'; 63], Some(std::str::from_utf8(&[b'a'; 63]).unwrap())),
    ] {
        assert_eq!(named(&sni(sent)).unwrap().as_deref(), name, "{sent:?}");
    }
    let long = "a.".repeat(127);
    assert_eq!(
        named(&sni(long.as_bytes())).unwrap().as_deref(),
        Some(&long[..253])
    );
    assert_eq!(named(&sni("a.".repeat(128).as_bytes())), Ok(None));
}

#[test]
fn ambiguous_names_are_refused() {
    let twice = [sni(b"a.example"), sni(b"b.example")].concat();
    assert_eq!(named(&twice), Err("extension repeated"));
    let two = [name_entry(b"a.example"), name_entry(b"b.example")].concat();
    assert_eq!(named(&extension(0, &vec16(&two))), Err("two server names"));
    assert_eq!(
        named(&extension(0, &[0, 9, 0])),
        Err("server_name cut short")
    );
}

#[test]
fn a_hello_without_extensions_names_nobody() {
    let with = message(&[]);
    let without = &with[4..with.len() - 2];
    assert_eq!(parse_client_hello(without), Ok(ClientHello::default()));
}

#[test]
fn an_inner_ech_extension_is_not_an_outer_one() {
    let hello = parse_client_hello(&message(&extension(0xfe0d, &[1]))[4..]).unwrap();
    assert!(!hello.encrypted_client_hello);
}

#[test]
fn mutations_and_segmentation() {
    let mut random = Random::new(1);
    for _ in 0..20_000 {
        let mut stream = records(&usual(), 1 + random.below(200));
        random.mutate(&mut stream);
        let whole = HelloReader::new().read(&stream);
        let mut reader = HelloReader::new();
        let mut cut = 0;
        let pieces = loop {
            cut = stream.len().min(cut + 1 + random.below(30));
            let step = reader.read(&stream[..cut]);
            if step != HelloStep::NeedMore || cut == stream.len() {
                break step;
            }
        };
        assert_eq!(pieces, whole);
    }
}

/// The last record that may be begun, begun as late as it can be, and as long as one can be.
#[test]
fn no_more_is_held_than_said() {
    let mut stream = records(&[&[1, 0, 0xea, 0x60][..], &[7; 13_648]].concat(), 1);
    stream.extend(records(&[7; 2], 2));
    assert_eq!(stream.len(), STREAM_MAX - 1);
    stream.extend(records(&[7; RECORD_MAX], RECORD_MAX));
    assert_eq!(stream.len(), HELLO_HOLD - 1);
    let mut reader = HelloReader::new();
    let (_, before) = stream.split_last().unwrap();
    assert_eq!(reader.read(before), HelloStep::NeedMore);
    let refused = HelloStep::Malformed("hello in too many records");
    assert_eq!(reader.read(&stream), refused);
}
