use super::*;
use crate::inspect::tls::HELLO_MAX;
use crate::inspect::tls::tests::{extension, message, sni};
use crate::testing::Random;

/// The connection ID of RFC 9001, appendix A.
pub(in crate::inspect) const CID: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

/// The CRYPTO frame of RFC 9001, appendix A.2, and RFC 9369, appendix A.2.
const CRYPTO_FRAME: &str = "\
    060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868\
    04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578\
    616d706c652e636f6dff01000100000a00080006001d00170018001000070005\
    04616c706e000500050100000000003300260024001d00209370b2c9caa47fba\
    baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400\
    0d0010000e0403050306030203080408050806002d00020101001c0002400100\
    3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000\
    75300901100f088394c8f03e51570806048000ffff";

fn hex(digits: &str) -> Vec<u8> {
    assert!(digits.len().is_multiple_of(2));
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// What the sender of a packet chooses.
#[derive(Clone, Copy)]
pub(in crate::inspect) struct Sealing<'a> {
    version: Version,
    destination: &'a [u8],
    /// The connection ID the keys come from, if another.
    keys_of: &'a [u8],
    token: &'a [u8],
    number: u32,
    number_len: usize,
}

pub(in crate::inspect) const USUAL: Sealing<'_> = Sealing {
    version: Version::One,
    destination: &CID,
    keys_of: &CID,
    token: &[],
    number: 2,
    number_len: 4,
};

fn varint(value: usize) -> [u8; 4] {
    (u32::try_from(value).unwrap() | 0x8000_0000).to_be_bytes()
}

/// Protects an Initial as a client does (RFC 9001, section 5).
pub(in crate::inspect) fn seal(how: Sealing<'_>, payload: &[u8]) -> Vec<u8> {
    let (number, kind) = match how.version {
        Version::One => (1u32, 0),
        Version::Two => (0x6b33_43cf, 1 << 4),
    };
    let mut packet = vec![0xc0 | kind | u8::try_from(how.number_len - 1).unwrap()];
    packet.extend(number.to_be_bytes());
    packet.push(u8::try_from(how.destination.len()).unwrap());
    packet.extend(how.destination);
    packet.push(0);
    match how.token.len() {
        0 => packet.push(0),
        len => packet.extend(varint(len)),
    }
    packet.extend(how.token);
    // Two bytes, as in the vectors.
    let len = u16::try_from(how.number_len + payload.len() + 16).unwrap();
    packet.extend((len | 0x4000).to_be_bytes());
    let number_at = packet.len();
    packet.extend(&how.number.to_be_bytes()[4 - how.number_len..]);
    let keys = Keys::derive(how.version, how.keys_of).unwrap();
    let nonce = keys.nonce(u64::from(how.number)).into();
    let sealed = keys
        .aead
        .encrypt(
            &nonce,
            Payload {
                msg: payload,
                aad: &packet,
            },
        )
        .unwrap();
    packet.extend(sealed);
    let sample = packet[number_at + 4..].first_chunk().unwrap();
    let mask = keys.mask(*sample);
    packet[0] ^= mask[0] & 0x0f;
    for at in 0..how.number_len {
        packet[number_at + at] ^= mask[1 + at];
    }
    packet
}

pub(in crate::inspect) fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
    [&[6], &varint(offset)[..], &varint(bytes.len()), bytes].concat()
}

/// An Initial padded to a full datagram.
pub(in crate::inspect) fn padded(how: Sealing<'_>, frames: &[u8]) -> Vec<u8> {
    let mut payload = frames.to_vec();
    payload.resize(frames.len().max(1162), 0);
    seal(how, &payload)
}

fn named(name: &str) -> InitialStep {
    InitialStep::Hello(ClientHello {
        server_name: Some(name.into()),
        ..ClientHello::default()
    })
}

#[test]
fn keys_of_the_rfcs() {
    for (version, key, iv, hp) in [
        (
            Version::One,
            "1f369613dd76d5467730efcbe3b1a22d",
            "fa044b2f42a3fd3b46fb255c",
            "9f50449e04a0e810283a1e9933adedd2",
        ),
        (
            Version::Two,
            "8b1a0bc121284290a29e0971b5cd045d",
            "91f73e2351d8fa91660e909f",
            "45b95e15235d6f45a6b19cbcb0294ba9",
        ),
    ] {
        let (_, initial) = Hkdf::<Sha256>::extract(Some(&version.salt()), &CID);
        let client: [u8; 32] = expand_label(&initial, "client in").unwrap();
        let client = Hkdf::<Sha256>::from_prk(&client).unwrap();
        let [key_label, iv_label, hp_label] = version.labels();
        assert_eq!(
            expand_label::<16>(&client, key_label).unwrap()[..],
            hex(key)
        );
        assert_eq!(expand_label::<12>(&client, iv_label).unwrap()[..], hex(iv));
        assert_eq!(expand_label::<16>(&client, hp_label).unwrap()[..], hex(hp));
    }
}

/// The protected packets of RFC 9001 and RFC 9369, appendix A.2: sealing the plain ones must give
/// their first and last bytes, the tag over all the others included; opening gives the hello.
#[test]
fn packets_of_the_rfcs() {
    for (version, begin, end) in [
        (
            Version::One,
            "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
            "e221af44860018ab0856972e194cd934",
        ),
        (
            Version::Two,
            "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
            "a18b2faa745b6fe189cf772a9f84cbfc",
        ),
    ] {
        let packet = padded(Sealing { version, ..USUAL }, &hex(CRYPTO_FRAME));
        assert_eq!(packet.len(), 1200);
        assert!(packet.starts_with(&hex(begin)));
        assert!(packet.ends_with(&hex(end)));
        let hello = ClientHello {
            server_name: Some("example.com".into()),
            alpn: vec!["alpn".into()],
            encrypted_client_hello: false,
        };
        assert_eq!(Initials::new().push(&packet), InitialStep::Hello(hello));
    }
}

#[test]
fn a_hello_in_pieces_out_of_order() {
    let hello = message(&sni(b"a.example"));
    let piece = |from: usize, to: usize| crypto(from, &hello[from..to]);
    let frames = [
        piece(40, hello.len()),
        vec![1, 0, 0],
        piece(0, 10),
        // An ACK with one further range and ECN counts, and a repetition.
        vec![3, 5, 0, 1, 1, 0, 0, 1, 2, 3],
        piece(4, 20),
    ]
    .concat();
    let mut initials = Initials::new();
    assert_eq!(
        initials.push(&padded(USUAL, &frames)),
        InitialStep::NeedMore
    );
    let last = padded(
        Sealing {
            number: 3,
            number_len: 1,
            ..USUAL
        },
        &piece(20, 40),
    );
    assert_eq!(initials.push(&last), named("a.example"));
}

#[test]
fn coalesced_packets() {
    let hello = message(&sni(b"a.example"));
    let first = seal(USUAL, &[&crypto(0, &hello[..30])[..], &[0; 20]].concat());
    let second = seal(Sealing { number: 3, ..USUAL }, &crypto(30, &hello[30..]));
    let zero_rtt = [&[0xd0, 0, 0, 0, 1, 8][..], &CID, &[0, 4, 1, 2, 3, 4]].concat();
    let short = [0x40; 30];
    for after in [&[][..], &[0; 100], &short] {
        let datagram = [&first[..], &zero_rtt, &second, after].concat();
        assert_eq!(Initials::new().push(&datagram), named("a.example"));
    }
    assert_eq!(Initials::new().push(&zero_rtt), InitialStep::NeedMore);
    let handshake = [&[0xe0, 0, 0, 0, 1, 8][..], &CID, &[0, 4, 1, 2, 3, 4]].concat();
    let datagram = [&first[..], &handshake, &second].concat();
    assert_eq!(Initials::new().push(&datagram), named("a.example"));
    // It has no length, so nothing follows it.
    let retry = [&[0xf0, 0, 0, 0, 1, 8][..], &CID, &[0, 4, 1, 2, 3, 4]].concat();
    let datagram = [&first[..], &retry, &second].concat();
    assert_eq!(Initials::new().push(&datagram), InitialStep::NeedMore);
}

#[test]
fn frames_beside_the_hello_are_passed_over() {
    let hello = crypto(0, &message(&sni(b"a.example")));
    // CONNECTION_CLOSE with an error, a kind of frame and a reason of three bytes.
    let close = [0x1c, 0x40, 1, 6, 3, 0x1c, 0x1c, 0x1c];
    let frames = [&close[..], &hello].concat();
    assert_eq!(
        Initials::new().push(&padded(USUAL, &frames)),
        named("a.example")
    );
    for cut in 1..close.len() {
        let frames = [&[0; 30][..], &close[..cut]].concat();
        assert_eq!(
            Initials::new().push(&seal(USUAL, &frames)),
            InitialStep::Undecipherable("QUIC frame cut short"),
            "{cut}"
        );
    }
}

#[test]
fn a_packet_number_of_several_bytes() {
    for number_len in [2, 3, 4] {
        let how = Sealing {
            number: 0x0102,
            number_len,
            ..USUAL
        };
        let packet = padded(how, &crypto(0, &message(&sni(b"a.example"))));
        assert_eq!(Initials::new().push(&packet), named("a.example"));
    }
}

/// A hello may be as long as that, and not a byte longer.
#[test]
fn the_longest_hello() {
    let longest = u32::try_from(HELLO_MAX - 4).unwrap().to_be_bytes();
    let begin = [1, longest[1], longest[2], longest[3]];
    let too_long = [1, longest[1], longest[2], longest[3] + 1];
    for frames in [crypto(0, &begin), crypto(HELLO_MAX - 1, b"x")] {
        assert_eq!(
            Initials::new().push(&padded(USUAL, &frames)),
            InitialStep::NeedMore
        );
    }
    for frames in [crypto(0, &too_long), crypto(HELLO_MAX, b"x")] {
        assert_eq!(
            Initials::new().push(&padded(USUAL, &frames)),
            InitialStep::Undecipherable("hello too long")
        );
    }
}

#[test]
fn after_a_retry_the_keys_come_from_the_new_connection_id() {
    let hello = message(&sni(b"a.example"));
    let mut initials = Initials::new();
    let first = padded(USUAL, &crypto(0, &hello[..30]));
    assert_eq!(initials.push(&first), InitialStep::NeedMore);
    let retried = Sealing {
        destination: b"retry-id",
        keys_of: b"retry-id",
        token: &[9; 100],
        number: 3,
        ..USUAL
    };
    let second = padded(retried, &crypto(0, &hello));
    assert_eq!(initials.push(&second), named("a.example"));
}

#[test]
fn after_the_server_answered_the_keys_stay() {
    let hello = message(&sni(b"a.example"));
    let mut initials = Initials::new();
    let first = padded(USUAL, &crypto(0, &hello[..30]));
    assert_eq!(initials.push(&first), InitialStep::NeedMore);
    let answered = Sealing {
        destination: b"server",
        number: 3,
        ..USUAL
    };
    assert_eq!(
        initials.push(&padded(answered, &crypto(30, &hello[30..]))),
        named("a.example")
    );
    // Without the first packet these keys cannot be known.
    let alone = Initials::new().push(&padded(answered, &crypto(0, &hello)));
    assert_eq!(
        alone,
        InitialStep::Undecipherable("Initial does not decrypt")
    );
}

#[test]
fn what_cannot_be_read_says_why() {
    let hello = message(&sni(b"a.example"));
    let good = padded(USUAL, &crypto(0, &hello));
    let versioned = |version: u32| {
        let mut packet = good.clone();
        packet[1..5].copy_from_slice(&version.to_be_bytes());
        packet
    };
    let mut kind = good.clone();
    kind[0] |= 0x20;
    let mut cut = good.clone();
    cut.pop();
    let clash = [crypto(0, &hello), crypto(5, b"??")].concat();
    for (datagram, why) in [
        (versioned(0), "version negotiation from a client"),
        (versioned(0x1a2a_3a4a), "reserved QUIC version"),
        (versioned(0xff00_001d), "unknown QUIC version"),
        (kind, "no Initial before other packets"),
        (cut, "QUIC packet cut short"),
        (padded(USUAL, &clash), "conflicting CRYPTO frames"),
        (padded(USUAL, &crypto(70_000, b"x")), "hello too long"),
        (padded(USUAL, &crypto(0, &[1, 1, 0, 0])), "hello too long"),
        (
            padded(USUAL, &crypto(0, &[2])),
            "no ClientHello where one must be",
        ),
        (
            padded(USUAL, &[8]),
            "frame that is not allowed in an Initial",
        ),
        (
            seal(USUAL, &[0, 0, 6, 0, 9, 1, 1, 1]),
            "QUIC frame cut short",
        ),
        (
            padded(USUAL, &crypto(0, &message(&extension(0, &[9])))),
            "server_name cut short",
        ),
    ] {
        assert_eq!(
            Initials::new().push(&datagram),
            InitialStep::Undecipherable(why)
        );
    }
}

#[test]
fn other_datagrams_are_not_quic() {
    let mut short_unknown = [&[0xc3, 0xff, 0, 0, 1, 0, 0][..], &[0; 500]].concat();
    for datagram in [
        &[][..],
        &[0x40; 1200],
        &[0x80, 0, 0, 0, 1, 0, 0],
        &[0xc0],
        &short_unknown,
    ] {
        assert_eq!(Initials::new().push(datagram), InitialStep::NotQuic);
    }
    short_unknown.resize(1200, 0);
    assert!(matches!(
        Initials::new().push(&short_unknown),
        InitialStep::Undecipherable(_)
    ));
    for (destination, source, is_quic) in [(20, 20, true), (21, 0, false), (0, 21, false)] {
        let version = [0xc0, 0x1a, 0x2a, 0x3a, 0x4a];
        let mut packet = [&version[..], &[destination]].concat();
        packet.resize(packet.len() + usize::from(destination), 0);
        packet.push(source);
        packet.resize(1200, 0);
        let step = if is_quic {
            InitialStep::Undecipherable("reserved QUIC version")
        } else {
            InitialStep::NotQuic
        };
        assert_eq!(
            Initials::new().push(&packet),
            step,
            "{destination} {source}"
        );
    }
}

#[test]
fn waiting_for_the_hello_is_bounded() {
    let ping = padded(USUAL, &[1]);
    let mut initials = Initials::new();
    let steps: Vec<_> = (0..HELLO_DATAGRAMS).map(|_| initials.push(&ping)).collect();
    let (last, before) = steps.split_last().unwrap();
    assert!(before.iter().all(|step| *step == InitialStep::NeedMore));
    assert!(matches!(last, InitialStep::Undecipherable(_)));
    // Other datagrams in between count too.
    let mut initials = Initials::new();
    assert_eq!(initials.push(&ping), InitialStep::NeedMore);
    assert_eq!(initials.push(b"other"), InitialStep::NeedMore);
    assert!(matches!(
        initials.push(&[0; HELLO_BYTES]),
        InitialStep::Undecipherable(_)
    ));
}

#[test]
fn mutations_never_forge_a_hello() {
    let mut random = Random::new(5);
    let hello = message(&sni(b"a.example"));
    let good = seal(USUAL, &crypto(0, &hello));
    for _ in 0..3_000 {
        let mut datagram = good.clone();
        random.mutate(&mut datagram);
        match Initials::new().push(&datagram) {
            InitialStep::Hello(found) => {
                assert_eq!(found.server_name.as_deref(), Some("a.example"));
            }
            InitialStep::NotQuic | InitialStep::NeedMore | InitialStep::Undecipherable(_) => {}
        }
    }
}

/// Mutations below the encryption, which an attacker can make too.
#[test]
fn mutated_frames_in_any_order() {
    let mut random = Random::new(6);
    let hello = message(&sni(b"a.example"));
    let mut whole = 0;
    for round in 0..3_000 {
        let mut frames: Vec<_> = (0..hello.len())
            .step_by(20)
            .map(|at| crypto(at, &hello[at..hello.len().min(at + 20)]))
            .collect();
        for at in 0..frames.len() {
            let other = random.below(frames.len());
            frames.swap(at, other);
        }
        let (one, two) = frames.split_at(random.below(frames.len()));
        let mut initials = Initials::new();
        let mut steps = Vec::new();
        for part in [one, two] {
            let mut payload = part.concat();
            payload.resize(payload.len().max(30), 0);
            if round >= 500 {
                random.mutate(&mut payload);
                payload.resize(payload.len().max(30), 0);
            }
            steps.push(initials.push(&seal(USUAL, &payload)));
        }
        whole += usize::from(steps[1] == named("a.example"));
        assert!(round >= 500 || whole == round + 1, "{steps:?}");
    }
}

/// A datagram has room for a thousand packets of a connection ID each, and keys cost more than all else.
#[test]
fn keys_are_derived_a_few_times_for_a_hello() {
    let hello = message(&sni(b"a.example"));
    let datagram = |ids: u8| -> Vec<u8> {
        let pings = (0..ids).flat_map(|id| {
            let connection = [id];
            let how = Sealing {
                destination: &connection,
                keys_of: &connection,
                ..USUAL
            };
            seal(how, &[1; 4])
        });
        pings.chain(padded(USUAL, &crypto(0, &hello))).collect()
    };
    let few = u8::try_from(KEYS_MAX - 1).unwrap();
    assert_eq!(Initials::new().push(&datagram(few)), named("a.example"));
    for many in [few + 1, 100] {
        let step = Initials::new().push(&datagram(many));
        assert_eq!(
            step,
            InitialStep::Undecipherable("Initial does not decrypt")
        );
    }
}
