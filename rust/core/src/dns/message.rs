//! Checked reading of a DNS message (RFC 1035 section 4).

use super::name;
pub use super::record::{Edns, Record, RecordType, Section, Value};
use super::record::{RawRecord, read_u16};
pub use super::wire::{CLASS_IN, HEADER_LEN, Malformed, UDP_LEN_MIN};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Name in lower case, without trailing dot; the root is empty. Dots inside a label and octets
    /// outside printable ASCII are escaped as in a zone file.
    pub name: String,
    /// Type asked for.
    pub record_type: RecordType,
    /// Class asked for; [`CLASS_IN`] in practice.
    pub class: u16,
}

/// A message of which every name and record has been checked.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    octets: &'a [u8],
    question: Question,
    question_end: usize,
    edns: Option<Edns>,
}

impl<'a> Message<'a> {
    /// Checks a whole message. What follows its last record is ignored.
    ///
    /// # Errors
    /// [`Malformed`], with the first thing found wrong.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Malformed> {
        let mut message = Self::head(octets)?;
        message.edns = message.check_records()?;
        Ok(message)
    }

    /// Reads the header and the question, of a message whose records have been checked before or do not matter.
    pub(crate) fn head(octets: &'a [u8]) -> Result<Self, Malformed> {
        if octets.len() < HEADER_LEN {
            return Err(Malformed::Short);
        }
        if read_u16(octets, 4)? != 1 {
            return Err(Malformed::QuestionCount);
        }
        let (name, at) = name::read(octets, HEADER_LEN)?;
        let question = Question {
            name,
            record_type: RecordType(read_u16(octets, at)?),
            class: read_u16(octets, at + 2)?,
        };
        Ok(Message {
            octets,
            question,
            question_end: at + 4,
            edns: None,
        })
    }

    /// Identifier that ties an answer to its query.
    #[must_use]
    pub fn id(&self) -> u16 {
        u16::from_be_bytes([self.octets[0], self.octets[1]])
    }

    /// Whether it is a response (QR set).
    #[must_use]
    pub fn is_response(&self) -> bool {
        self.octets[2] & 0x80 != 0
    }

    /// Kind of query; 0 is the ordinary one.
    #[must_use]
    pub fn opcode(&self) -> u8 {
        self.octets[2] >> 3 & 0x0f
    }

    /// Whether it was cut to fit (TC set).
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.octets[2] & 0x02 != 0
    }

    /// Response code, with the high bits EDNS gives it; 0 is success.
    #[must_use]
    pub fn response_code(&self) -> u16 {
        let high = self.edns.map_or(0, |edns| edns.extended_code);
        u16::from(high) << 4 | u16::from(self.octets[3] & 0x0f)
    }

    /// The question.
    #[must_use]
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// The fixed part of the OPT record, if there is one.
    #[must_use]
    pub fn edns(&self) -> Option<Edns> {
        self.edns
    }

    /// Octets of a UDP answer that the sender of this query takes. Less than 512 counts as 512
    /// (RFC 6891 section 6.2.3).
    #[must_use]
    pub fn udp_limit(&self) -> usize {
        let asked = self.edns.map_or(UDP_LEN_MIN, |edns| edns.udp_len);
        usize::from(asked.max(UDP_LEN_MIN))
    }

    /// The message as it came.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The records of the answer section.
    pub fn answers(&self) -> impl Iterator<Item = Record> + use<'a> {
        self.records()
            .take_while(|record| record.section == Section::Answer)
    }

    /// All records, OPT included, in the order they stand.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        let count = |at| u16::from_be_bytes([self.octets[at], self.octets[at + 1]]);
        Records {
            octets: self.octets,
            at: self.question_end,
            left: [
                (Section::Answer, count(6)),
                (Section::Authority, count(8)),
                (Section::Additional, count(10)),
            ],
        }
    }

    /// The question as it came. It is not compressed: in the first name of a message there is no
    /// prior occurrence to point to.
    pub(super) fn question_octets(&self) -> &'a [u8] {
        &self.octets[HEADER_LEN..self.question_end]
    }

    fn check_records(&self) -> Result<Option<Edns>, Malformed> {
        let mut edns = None;
        let mut records = self.records();
        while let Some(raw) = records.step() {
            let raw = raw?;
            if raw.record_type == RecordType::OPT {
                if edns.is_some() || raw.section != Section::Additional || !raw.is_of_root {
                    return Err(Malformed::Opt);
                }
                edns = Some(raw.edns());
            } else {
                raw.check(self.octets)?;
            }
        }
        Ok(edns)
    }
}

/// Iterator over the records of a checked message.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    octets: &'a [u8],
    at: usize,
    left: [(Section, u16); 3],
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        // `Message::parse` has been over every record, so neither error comes up.
        self.step()?.ok()?.record(self.octets).ok()
    }
}

impl Records<'_> {
    fn step(&mut self) -> Option<Result<RawRecord, Malformed>> {
        let (section, left) = self.left.iter_mut().find(|(_, left)| *left > 0)?;
        *left -= 1;
        let section = *section;
        let record = RawRecord::read(self.octets, self.at, section);
        if let Ok(record) = &record {
            self.at = record.end;
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, Sample};
    use super::*;

    #[test]
    fn a_query_is_read() {
        let octets = Sample::query(0x1234, "Www.Example.ORG", RecordType::AAAA)
            .opt(1232, 0x8000)
            .build();
        let message = Message::parse(&octets).unwrap();
        assert_eq!(message.id(), 0x1234);
        assert!(!message.is_response());
        assert_eq!(message.opcode(), 0);
        assert_eq!(
            *message.question(),
            Question {
                name: "www.example.org".to_owned(),
                record_type: RecordType::AAAA,
                class: CLASS_IN,
            }
        );
        assert_eq!(
            message.edns(),
            Some(Edns {
                udp_len: 1232,
                extended_code: 0,
                version: 0,
                dnssec_ok: true,
            })
        );
        assert_eq!(message.udp_limit(), 1232);
        assert_eq!(message.answers().count(), 0);
    }

    #[test]
    fn a_small_or_missing_edns_size_counts_as_512() {
        let plain = Sample::query(1, "a.example", RecordType::A).build();
        assert_eq!(Message::parse(&plain).unwrap().udp_limit(), 512);
        let tiny = Sample::query(1, "a.example", RecordType::A)
            .opt(100, 0)
            .build();
        assert_eq!(Message::parse(&tiny).unwrap().udp_limit(), 512);
    }

    #[test]
    fn aliases_and_addresses_are_read_through_compression() {
        let octets = samples::aliased_answer();
        let message = Message::parse(&octets).unwrap();
        assert!(message.is_response());
        let answers: Vec<_> = message
            .answers()
            .map(|record| (record.owner, record.ttl, record.value))
            .collect();
        assert_eq!(
            answers,
            [
                (
                    "www.example.org".to_owned(),
                    300,
                    Value::Alias("edge.example.org".to_owned())
                ),
                (
                    "edge.example.org".to_owned(),
                    60,
                    Value::Address([192, 0, 2, 7].into())
                ),
            ]
        );
    }

    #[test]
    fn service_hints_are_read() {
        let octets = samples::service_answer();
        let message = Message::parse(&octets).unwrap();
        let values: Vec<_> = message.answers().map(|record| record.value).collect();
        assert_eq!(
            values,
            [Value::Service {
                target: String::new(),
                hints: vec![
                    [192, 0, 2, 1].into(),
                    [192, 0, 2, 2].into(),
                    "2001:db8::1".parse().unwrap(),
                ],
            }]
        );
    }

    #[test]
    fn sections_are_told_apart() {
        let octets = Sample::answer(1, "a.example", RecordType::A)
            .record("a.example", RecordType::A, 1, &[192, 0, 2, 1])
            .additional("b.example", RecordType::A, 1, &[192, 0, 2, 2])
            .opt(1232, 0)
            .build();
        let message = Message::parse(&octets).unwrap();
        assert_eq!(message.answers().count(), 1);
        let sections: Vec<_> = message.records().map(|record| record.section).collect();
        assert_eq!(
            sections,
            [Section::Answer, Section::Additional, Section::Additional]
        );
    }

    #[test]
    fn a_ttl_with_the_sign_bit_is_zero() {
        let octets = Sample::answer(1, "a.example", RecordType::A)
            .record("a.example", RecordType::A, 0x8000_0001, &[192, 0, 2, 1])
            .build();
        let ttl = Message::parse(&octets)
            .unwrap()
            .answers()
            .next()
            .unwrap()
            .ttl;
        assert_eq!(ttl, 0);
    }

    #[test]
    fn other_types_and_classes_are_stepped_over() {
        let mut octets = Sample::answer(1, "a.example", RecordType::A)
            .record("a.example", RecordType(16), 1, b"\x02hi")
            .record("a.example", RecordType::A, 1, &[9, 9])
            .build();
        // The second record's class becomes CHAOS, where an A record is not an IPv4 address.
        let class = octets.len() - 2 - 2 - 4 - 1;
        octets[class] = 3;
        let message = Message::parse(&octets).unwrap();
        let values: Vec<_> = message.answers().map(|record| record.value).collect();
        assert_eq!(
            values,
            [Value::Other(RecordType(16)), Value::Other(RecordType::A)]
        );
    }

    #[test]
    fn the_extended_response_code_is_put_together() {
        let octets = Sample::answer(1, "a.example", RecordType::A)
            .code(1)
            .opt_extended(1232, 1)
            .build();
        assert_eq!(Message::parse(&octets).unwrap().response_code(), 17);
    }

    #[test]
    fn malformed_messages_are_refused() {
        let answer = |record_type, rdata: &[u8]| {
            Sample::answer(1, "a.example", RecordType::A)
                .record("a.example", record_type, 1, rdata)
                .build()
        };
        let with_counts = |questions: u8, answers: u8| {
            let mut octets = Sample::query(1, "a.example", RecordType::A).build();
            octets[5] = questions;
            octets[7] = answers;
            octets
        };
        let table = [
            ("empty", vec![], Malformed::Short),
            ("cut header", vec![0; 11], Malformed::Short),
            ("no question", with_counts(0, 0), Malformed::QuestionCount),
            ("two questions", with_counts(2, 0), Malformed::QuestionCount),
            ("missing answer", with_counts(1, 1), Malformed::Short),
            (
                "A of 5",
                answer(RecordType::A, &[0; 5]),
                Malformed::RecordData,
            ),
            (
                "AAAA of 4",
                answer(RecordType::AAAA, &[0; 4]),
                Malformed::RecordData,
            ),
            (
                "CNAME and more",
                answer(RecordType::CNAME, b"\x01b\0x"),
                Malformed::RecordData,
            ),
            (
                "CNAME to itself",
                answer(RecordType::CNAME, b"\xc0\x30"),
                Malformed::Pointer,
            ),
            (
                "cut CNAME",
                answer(RecordType::CNAME, b"\x05b"),
                Malformed::Short,
            ),
            (
                "SVCB without target",
                answer(RecordType::SVCB, b"\0\x01"),
                Malformed::Short,
            ),
            (
                "hint of 3",
                answer(RecordType::HTTPS, b"\0\x01\0\0\x04\0\x03abc"),
                Malformed::RecordData,
            ),
            (
                "empty hint",
                answer(RecordType::HTTPS, b"\0\x01\0\0\x06\0\0"),
                Malformed::RecordData,
            ),
            (
                "long parameter",
                answer(RecordType::HTTPS, b"\0\x01\0\0\x01\0\x09a"),
                Malformed::RecordData,
            ),
            (
                "cut parameter",
                answer(RecordType::HTTPS, b"\0\x01\0\0\x01"),
                Malformed::RecordData,
            ),
            (
                "two OPT",
                Sample::query(1, "a.example", RecordType::A)
                    .opt(512, 0)
                    .opt(512, 0)
                    .build(),
                Malformed::Opt,
            ),
            (
                "OPT as answer",
                answer(RecordType::OPT, b""),
                Malformed::Opt,
            ),
        ];
        for (what, octets, error) in table {
            assert_eq!(Message::parse(&octets).map(|_| ()), Err(error), "{what}");
        }
    }

    #[test]
    fn every_cut_of_a_message_is_refused() {
        let octets = samples::service_answer();
        for len in 0..octets.len() {
            assert!(Message::parse(&octets[..len]).is_err(), "{len}");
        }
    }

    /// A record of fourteen octets names two names of as many labels as there can be.
    #[test]
    fn of_a_message_that_is_checked_only_the_question_is_written_out() {
        let mut octets = Sample::answer(1, &["a"; 120].join("."), RecordType::A).build();
        let records = 4_000_u16;
        octets[6..8].copy_from_slice(&records.to_be_bytes());
        for _ in 0..records {
            octets.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 12]);
        }
        name::WRITTEN.set(0);
        let message = Message::parse(&octets).unwrap();
        assert_eq!(name::WRITTEN.get(), 120);
        let alias = message.answers().next().map(|record| record.value);
        assert_eq!(alias, Some(Value::Alias(message.question().name.clone())));
    }
}
