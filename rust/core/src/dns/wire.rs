//! What every part of a DNS message's reading shares.

use std::fmt;

/// Octets of the header (RFC 1035 section 4.1.1).
pub const HEADER_LEN: usize = 12;

/// Octets of a UDP message that every client takes (RFC 1035 section 2.3.4).
pub const UDP_LEN_MIN: u16 = 512;

/// The Internet class, the only one that is looked into.
pub const CLASS_IN: u16 = 1;

/// Why octets are not a DNS message that is served here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// It ends inside its header, a name or a record.
    Short,
    /// Not exactly one question. More are undefined (RFC 9619) and could carry a name past a rule.
    QuestionCount,
    /// A label of a reserved type (RFC 1035 section 4.1.4).
    Label,
    /// A name over 255 octets.
    NameTooLong,
    /// A compression pointer that is no prior occurrence, or one of too many.
    Pointer,
    /// Data of a record that its type does not allow.
    RecordData,
    /// A misplaced or second OPT record (RFC 6891 section 6.1.1).
    Opt,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "message ends too soon",
            Self::QuestionCount => "not exactly one question",
            Self::Label => "reserved label type",
            Self::NameTooLong => "name over 255 octets",
            Self::Pointer => "bad compression pointer",
            Self::RecordData => "record data does not fit its type",
            Self::Opt => "misplaced or second OPT record",
        })
    }
}

impl std::error::Error for Malformed {}
