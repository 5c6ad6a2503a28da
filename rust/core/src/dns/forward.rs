//! What a forwarder needs to pass a question on: identifiers, a check that an answer belongs to its
//! question, and the framing of DNS over TCP.

use std::fmt;

use super::message::{HEADER_LEN, Message};

/// Identifier of a message; `None` if it is shorter than a header.
#[must_use]
pub fn id(octets: &[u8]) -> Option<u16> {
    let (id, _) = octets.split_first_chunk::<2>()?;
    (octets.len() >= HEADER_LEN).then_some(u16::from_be_bytes(*id))
}

/// Writes `id` into a message; `false`, and nothing written, if it is shorter than a header.
pub fn with_id(octets: &mut [u8], id: u16) -> bool {
    let whole = octets.len() >= HEADER_LEN;
    if whole {
        octets[..2].copy_from_slice(&id.to_be_bytes());
    }
    whole
}

/// Whether `answer` is a response to `query`: same identifier, opcode and question (RFC 5452
/// section 9.1). Names are compared without case. What does not match may be forged and must be
/// dropped, while the wait goes on.
#[must_use]
pub fn matches(query: &Message<'_>, answer: &Message<'_>) -> bool {
    !query.is_response()
        && answer.is_response()
        && answer.id() == query.id()
        && answer.opcode() == query.opcode()
        && answer.question() == query.question()
}

/// A message of more octets than the length prefix of DNS over TCP can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DNS message over 65535 octets")
    }
}

impl std::error::Error for TooLong {}

/// A message with its length before it, as sent over TCP (RFC 1035 section 4.2.2), in one piece so
/// that it can go out in one segment (RFC 7766 section 8).
///
/// # Errors
/// [`TooLong`].
pub fn framed(message: &[u8]) -> Result<Vec<u8>, TooLong> {
    let len = u16::try_from(message.len()).map_err(|_| TooLong)?;
    Ok([&len.to_be_bytes(), message].concat())
}

/// Splits a TCP stream into messages. Holds one message of the greatest length at most.
#[derive(Debug, Default)]
pub struct Frames {
    held: Vec<u8>,
}

impl Frames {
    /// A length prefix and the longest message there is.
    pub const HELD_MAX: usize = PREFIX + u16::MAX as usize;

    /// At the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes octets of the stream, as many as there is room for, and says how many. If it was not
    /// all, a whole message is held: [`pull`](Self::pull) it and push the rest.
    #[must_use = "octets that were not taken must be pushed again"]
    pub fn push(&mut self, octets: &[u8]) -> usize {
        let taken = octets.len().min(Self::HELD_MAX - self.held.len());
        self.held.extend_from_slice(&octets[..taken]);
        taken
    }

    /// The next whole message, of whatever length the sender gave it, 0 included.
    pub fn pull(&mut self) -> Option<Vec<u8>> {
        let (prefix, rest) = self.held.split_first_chunk::<PREFIX>()?;
        let len = usize::from(u16::from_be_bytes(*prefix));
        let message = rest.get(..len)?.to_vec();
        self.held.drain(..PREFIX + len);
        Some(message)
    }
}

/// Octets of the length before a message.
const PREFIX: usize = 2;

#[cfg(test)]
mod tests {
    use super::super::message::RecordType;
    use super::super::samples::Sample;
    use super::*;

    #[test]
    fn identifiers_are_read_and_written() {
        let mut octets = Sample::query(0x1234, "a.example", RecordType::A).build();
        assert_eq!(id(&octets), Some(0x1234));
        assert!(with_id(&mut octets, 0xabcd));
        assert_eq!(id(&octets), Some(0xabcd));
        assert_eq!(id(&octets[..11]), None);
        assert!(!with_id(&mut octets[..11], 1));
        assert_eq!(id(&octets), Some(0xabcd));
    }

    #[test]
    fn only_the_answer_to_the_question_matches() {
        let name = "a.example";
        let query = Sample::query(7, name, RecordType::A).build();
        let mut other_opcode = Sample::answer(7, name, RecordType::A).build();
        other_opcode[2] |= 0x10;
        let mut other_class = Sample::answer(7, name, RecordType::A).build();
        *other_class.last_mut().unwrap() = 3;
        for (what, answer, expected) in [
            (
                "answer",
                Sample::answer(7, name, RecordType::A).build(),
                true,
            ),
            (
                "other case",
                Sample::answer(7, "A.eXample", RecordType::A).build(),
                true,
            ),
            (
                "failure",
                Sample::answer(7, name, RecordType::A).code(2).build(),
                true,
            ),
            (
                "identifier",
                Sample::answer(8, name, RecordType::A).build(),
                false,
            ),
            (
                "name",
                Sample::answer(7, "b.example", RecordType::A).build(),
                false,
            ),
            (
                "type",
                Sample::answer(7, name, RecordType::AAAA).build(),
                false,
            ),
            ("class", other_class, false),
            ("opcode", other_opcode, false),
            ("query", query.clone(), false),
        ] {
            let query = Message::parse(&query).unwrap();
            let answer = Message::parse(&answer).unwrap();
            assert_eq!(matches(&query, &answer), expected, "{what}");
        }
    }

    #[test]
    fn a_stream_is_split_wherever_it_is_cut() {
        let messages = [&b"first"[..], b"", b"third one"];
        let stream = messages.map(|message| framed(message).unwrap()).concat();
        for step in 1..=stream.len() {
            let mut frames = Frames::new();
            let mut got = Vec::new();
            for piece in stream.chunks(step) {
                assert_eq!(frames.push(piece), piece.len());
                while let Some(message) = frames.pull() {
                    got.push(message);
                }
            }
            assert_eq!(got, messages, "steps of {step}");
        }
    }

    #[test]
    fn what_is_held_is_bounded() {
        let longest = framed(&[7; u16::MAX as usize]).unwrap();
        let stream = [&longest[..], &longest].concat();
        let mut frames = Frames::new();
        assert_eq!(frames.push(&stream), Frames::HELD_MAX);
        assert_eq!(frames.push(&stream), 0);
        assert_eq!(frames.pull().unwrap().len(), usize::from(u16::MAX));
        assert_eq!(frames.push(&longest), longest.len());
        assert_eq!(framed(&[0; 65536]), Err(TooLong));
    }
}
