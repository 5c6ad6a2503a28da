//! Answers given on the device, and answers cut to what the client takes.
//!
//! An answer echoes the query's identifier, opcode, question, RD and CD flags, and speaks EDNS if
//! the query did (RFC 6891 section 6.1.1). A negative answer has no SOA record, so that no cache
//! keeps it (RFC 2308 section 5) and a changed rule works at once.

use std::borrow::Cow;
use std::net::IpAddr;

use super::message::{CLASS_IN, Edns, HEADER_LEN, Message, RecordType, UDP_LEN_MIN};

/// Octets of a UDP message that we say we take: fits a packet on any path without fragments (DNS
/// flag day 2020).
pub const UDP_LEN: u16 = 1232;

/// What a user reads who looks into a blocked answer, with `dig` for example.
const BLOCKED_TEXT: &[u8] = b"blocked by Gasket";

const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NAME_ERROR: u8 = 3;

/// Octets of an OPT record without options.
const OPT_LEN: usize = 11;

/// The longest answer built here, with a question of 255 octets of name, needs no truncation.
const _: () = assert!(
    HEADER_LEN + (255 + 4) + (2 + 10 + 16) + OPT_LEN + (4 + 2 + BLOCKED_TEXT.len())
        <= UDP_LEN_MIN as usize
);

/// NXDOMAIN; to a query with EDNS, with the extended error "Blocked" (RFC 8914 section 4.16).
#[must_use]
pub fn blocked(query: &Message<'_>) -> Vec<u8> {
    const OPTION_EXTENDED_ERROR: u16 = 15;
    const BLOCKED: u16 = 15;

    let len = 2 + BLOCKED_TEXT.len() as u16;
    let option = [
        &OPTION_EXTENDED_ERROR.to_be_bytes()[..],
        &len.to_be_bytes(),
        &BLOCKED.to_be_bytes(),
        BLOCKED_TEXT,
    ]
    .concat();
    reply(query, NAME_ERROR, &[], &option)
}

/// The name exists, but has nothing of the type asked for (RFC 2308 section 2.2).
#[must_use]
pub fn no_data(query: &Message<'_>) -> Vec<u8> {
    reply(query, NO_ERROR, &[], &[])
}

/// SERVFAIL: no resolver gave a usable answer.
#[must_use]
pub fn server_failure(query: &Message<'_>) -> Vec<u8> {
    reply(query, SERVER_FAILURE, &[], &[])
}

/// One address, to be kept for `ttl` seconds; [`no_data`] if the question is for another type than
/// that address has.
#[must_use]
pub fn address(query: &Message<'_>, address: IpAddr, ttl: u32) -> Vec<u8> {
    const QUESTION_NAME: [u8; 2] = [0xc0, HEADER_LEN as u8];

    let question = query.question();
    let (record_type, v4, v6);
    let rdata: &[u8] = match address {
        IpAddr::V4(address) => {
            record_type = RecordType::A;
            v4 = address.octets();
            &v4
        }
        IpAddr::V6(address) => {
            record_type = RecordType::AAAA;
            v6 = address.octets();
            &v6
        }
    };
    let asked = question.record_type == record_type || question.record_type == RecordType::ANY;
    if !asked || question.class != CLASS_IN {
        return no_data(query);
    }
    let record = [
        &QUESTION_NAME[..],
        &record_type.0.to_be_bytes(),
        &CLASS_IN.to_be_bytes(),
        &ttl.to_be_bytes(),
        &(rdata.len() as u16).to_be_bytes(),
        rdata,
    ]
    .concat();
    reply(query, NO_ERROR, &record, &[])
}

/// `answer` as the sender of `query` takes it over UDP: as it is if it fits, else header, question
/// and the fixed part of OPT with TC set, so that the client asks again over TCP.
#[must_use]
pub fn fit<'a>(query: &Message<'_>, answer: &Message<'a>) -> Cow<'a, [u8]> {
    let octets = answer.octets();
    if octets.len() <= query.udp_limit() {
        return Cow::Borrowed(octets);
    }
    const TRUNCATED: u8 = 0x02;
    let flags = [octets[2] | TRUNCATED, octets[3]];
    let opt = query
        .edns()
        .and(answer.edns())
        .map(|edns| opt_record(edns, &[]));
    Cow::Owned(message(answer, flags, &[], opt.as_deref()))
}

/// An answer with at most one record.
fn reply(query: &Message<'_>, code: u8, record: &[u8], options: &[u8]) -> Vec<u8> {
    const RESPONSE: u8 = 0x80;
    const OPCODE_AND_RECURSION_DESIRED: u8 = 0x79;
    const RECURSION_AVAILABLE: u8 = 0x80;
    const CHECKING_DISABLED: u8 = 0x10;

    let asked = &query.octets()[2..4];
    let flags = [
        RESPONSE | asked[0] & OPCODE_AND_RECURSION_DESIRED,
        RECURSION_AVAILABLE | asked[1] & CHECKING_DISABLED | code,
    ];
    let opt = query.edns().map(|edns| {
        let ours = Edns {
            udp_len: UDP_LEN,
            extended_code: 0,
            version: 0,
            // RFC 3225 section 3: the bit is copied.
            dnssec_ok: edns.dnssec_ok,
        };
        opt_record(ours, options)
    });
    message(query, flags, record, opt.as_deref())
}

fn message(like: &Message<'_>, flags: [u8; 2], record: &[u8], opt: Option<&[u8]>) -> Vec<u8> {
    let counts = [
        0,
        1,
        0,
        u8::from(!record.is_empty()),
        0,
        0,
        0,
        u8::from(opt.is_some()),
    ];
    [
        &like.octets()[..2],
        &flags,
        &counts,
        like.question_octets(),
        record,
        opt.unwrap_or_default(),
    ]
    .concat()
}

fn opt_record(edns: Edns, options: &[u8]) -> Vec<u8> {
    let flags = if edns.dnssec_ok { 0x80 } else { 0 };
    [
        &[0][..],
        &RecordType::OPT.0.to_be_bytes(),
        &edns.udp_len.to_be_bytes(),
        &[edns.extended_code, edns.version, flags, 0],
        &(options.len() as u16).to_be_bytes(),
        options,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::super::message::Value;
    use super::super::samples::Sample;
    use super::*;

    fn parsed<R>(octets: &[u8], look: impl FnOnce(Message<'_>) -> R) -> R {
        look(Message::parse(octets).unwrap())
    }

    /// What each answer must hold, whatever it says.
    fn assert_answers(answer: &[u8], query: &[u8], code: u16) {
        let (answer, query) = (
            Message::parse(answer).unwrap(),
            Message::parse(query).unwrap(),
        );
        assert!(answer.is_response());
        assert!(!answer.is_truncated());
        assert_eq!(answer.id(), query.id());
        assert_eq!(answer.question_octets(), query.question_octets());
        assert_eq!(answer.response_code(), code);
        assert_eq!(answer.edns().is_some(), query.edns().is_some());
        assert_eq!(answer.octets()[2] & 0x01, query.octets()[2] & 0x01, "RD");
        assert!(answer.octets().len() <= 512);
    }

    #[test]
    fn blocked_is_nxdomain_with_the_reason_where_edns_allows() {
        let plain = Sample::query(0xbeef, "Beacon.Example", RecordType::A).build();
        let answer = parsed(&plain, |query| blocked(&query));
        assert_answers(&answer, &plain, 3);
        assert_eq!(answer.len(), plain.len());

        let edns = Sample::query(0xbeef, "Beacon.Example", RecordType::A)
            .opt(4096, 0x8000)
            .build();
        let answer = parsed(&edns, |query| blocked(&query));
        assert_answers(&answer, &edns, 3);
        assert!(answer.ends_with(b"\0\x17\0\x0f\0\x13\0\x0fblocked by Gasket"));
        assert!(parsed(&answer, |answer| answer.edns().unwrap().dnssec_ok));
    }

    #[test]
    fn no_data_and_failure_have_no_records() {
        let query = Sample::query(7, "a.example", RecordType::HTTPS)
            .opt(1232, 0)
            .build();
        for (answer, code) in [
            (parsed(&query, |query| no_data(&query)), 0),
            (parsed(&query, |query| server_failure(&query)), 2),
        ] {
            assert_answers(&answer, &query, code);
            assert_eq!(parsed(&answer, |answer| answer.answers().count()), 0);
        }
    }

    #[test]
    fn flags_of_the_query_are_echoed_only_where_they_should_be() {
        let mut query = Sample::query(7, "a.example", RecordType::A).build();
        // Opcode 2, AA, TC, RD; AD, CD, and a response code that makes no sense here.
        query[2] = 0x17;
        query[3] = 0x35;
        let answer = parsed(&query, |query| no_data(&query));
        assert_eq!(answer[2..4], [0x91, 0x90]);
    }

    #[test]
    fn an_address_answers_its_own_type() {
        let v4: IpAddr = [198, 18, 0, 1].into();
        let v6: IpAddr = "2001:2::1".parse().unwrap();
        for (record_type, given, answered) in [
            (RecordType::A, v4, true),
            (RecordType::AAAA, v6, true),
            (RecordType::ANY, v4, true),
            (RecordType::A, v6, false),
            (RecordType::AAAA, v4, false),
            (RecordType::HTTPS, v4, false),
        ] {
            let query = Sample::query(7, "Beacon.Example", record_type).build();
            let answer = parsed(&query, |query| address(&query, given, 10));
            assert_answers(&answer, &query, 0);
            let records: Vec<_> = parsed(&answer, |answer| {
                answer
                    .answers()
                    .map(|record| (record.owner, record.ttl, record.value))
                    .collect()
            });
            let expected = ("beacon.example".to_owned(), 10, Value::Address(given));
            assert_eq!(records, if answered { vec![expected] } else { vec![] });
        }
    }

    #[test]
    fn the_longest_name_fits() {
        let name = [63, 63, 63, 61].map(|len| "x".repeat(len)).join(".");
        let query = Sample::query(7, &name, RecordType::AAAA)
            .opt(512, 0)
            .build();
        let v6 = "2001:2::1".parse().unwrap();
        assert_answers(&parsed(&query, |query| address(&query, v6, 10)), &query, 0);
        assert_answers(&parsed(&query, |query| blocked(&query)), &query, 3);
    }

    fn long_answer() -> Vec<u8> {
        let mut sample = Sample::answer(7, "a.example", RecordType::A);
        for host in 0..40 {
            sample = sample.record("a.example", RecordType::A, 60, &[192, 0, 2, host]);
        }
        sample.opt_extended(1400, 0).build()
    }

    #[test]
    fn what_fits_is_left_alone() {
        let answer = long_answer();
        let query = Sample::query(7, "a.example", RecordType::A)
            .opt(answer.len() as u16, 0)
            .build();
        let (query, answer) = (
            Message::parse(&query).unwrap(),
            Message::parse(&answer).unwrap(),
        );
        assert!(matches!(fit(&query, &answer), Cow::Borrowed(same) if same == answer.octets()));
    }

    #[test]
    fn what_does_not_fit_is_cut_to_its_question() {
        let long = long_answer();
        for edns in [None, Some(long.len() as u16 - 1)] {
            let mut query = Sample::query(7, "a.example", RecordType::A);
            if let Some(len) = edns {
                query = query.opt(len, 0);
            }
            let query = query.build();
            let (query, answer) = (
                Message::parse(&query).unwrap(),
                Message::parse(&long).unwrap(),
            );
            let cut = fit(&query, &answer);
            let cut = Message::parse(&cut).unwrap();
            assert!(cut.is_truncated());
            assert!(cut.is_response());
            assert_eq!(cut.id(), 7);
            assert_eq!(cut.question(), answer.question());
            assert_eq!(cut.answers().count(), 0);
            assert_eq!(cut.edns(), edns.and(answer.edns()));
            assert!(cut.octets().len() <= query.udp_limit());
        }
    }
}
