//! The fields of a head, and how those frame the body (RFC 9112, sections 5 and 6).

use std::borrow::Cow;

use memchr::memchr;

use super::start::is_token;
use super::target::authority;

/// How the body is delimited (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// By a length; zero for a request without a body.
    Length(u64),
    /// By the chunked transfer coding.
    Chunked,
}

/// One field line, with its continuations.
pub(super) struct Field<'a> {
    name: &'a [u8],
    value: Cow<'a, [u8]>,
    folded: bool,
}

impl<'a> Field<'a> {
    pub(super) fn parse(line: &'a [u8]) -> Result<Self, &'static str> {
        let colon = memchr(b':', line).ok_or("field line without a colon")?;
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        if name.last().is_some_and(|&c| c == b' ' || c == b'\t') {
            return Err("white space before a colon");
        }
        if !is_token(name) {
            return Err("field name is not a token");
        }
        let value = trim_blanks(value.strip_prefix(b":").unwrap_or(value));
        Ok(Self {
            name,
            value: Cow::Borrowed(value),
            folded: false,
        })
    }

    /// Adds a continuation line (obs-fold) as RFC 9112, section 5.2, tells a proxy to: as a space.
    pub(super) fn fold(&mut self, line: &[u8]) {
        let value = self.value.to_mut();
        value.push(b' ');
        value.extend_from_slice(trim_blanks(line));
        self.folded = true;
    }

    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// Fields that say where a message ends and whom it is for.
const FRAMING: [&str; 3] = ["host", "content-length", "transfer-encoding"];

/// Whether a continuation line would be a framing field for somebody who knows no continuations.
pub(super) fn frames(line: &[u8]) -> bool {
    let colon = memchr(b':', line).unwrap_or(0);
    let name = line.get(..colon).unwrap_or_default().trim_ascii();
    let is = |framing: &&str| name.eq_ignore_ascii_case(framing.as_bytes());
    FRAMING.iter().any(is)
}

/// What is kept of the fields.
#[derive(Default)]
pub(super) struct Fields<'a> {
    host_seen: bool,
    pub(super) host: Option<String>,
    length: Option<u64>,
    codings: Vec<u8>,
    coded: bool,
    pub(super) content_type: Option<Cow<'a, [u8]>>,
    pub(super) content_encoding: Option<Cow<'a, [u8]>>,
    pub(super) user_agent: Option<Cow<'a, [u8]>>,
    pub(super) expects: bool,
    pub(super) upgrade: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn add(&mut self, field: Field<'a>) -> Result<(), &'static str> {
        if field.folded && FRAMING.iter().any(|name| field.is(name)) {
            return Err("folded framing field");
        }
        if field.is("host") {
            if self.host_seen {
                return Err("two Host fields");
            }
            self.host_seen = true;
            self.host = authority(&field.value);
        } else if field.is("content-length") {
            self.add_lengths(&field.value)?;
        } else if field.is("transfer-encoding") {
            if self.coded {
                self.codings.push(b',');
            }
            self.coded = true;
            self.codings.extend_from_slice(&field.value);
        } else if field.is("content-type") {
            self.content_type.get_or_insert(field.value);
        } else if field.is("user-agent") {
            self.user_agent.get_or_insert(field.value);
        } else if field.is("content-encoding") {
            match &mut self.content_encoding {
                Some(codings) => {
                    let codings = codings.to_mut();
                    codings.extend_from_slice(b", ");
                    codings.extend_from_slice(&field.value);
                }
                none => *none = Some(field.value),
            }
        } else if field.is("expect") {
            self.expects |= field.value.eq_ignore_ascii_case(b"100-continue");
        } else if field.is("upgrade") {
            self.upgrade = true;
        }
        Ok(())
    }

    /// A list of equal lengths counts as that length (RFC 9112, section 6.3).
    fn add_lengths(&mut self, value: &[u8]) -> Result<(), &'static str> {
        for length in value.split(|&c| c == b',').map(trim_blanks) {
            let length = decimal(length).ok_or("invalid Content-Length")?;
            if self.length.is_some_and(|other| other != length) {
                return Err("two differing Content-Length");
            }
            self.length = Some(length);
        }
        Ok(())
    }

    pub(super) fn framing(&self, minor: u8, connect: bool) -> Result<Framing, &'static str> {
        if !self.coded {
            return match self.length {
                Some(1..) if connect => Err("CONNECT with a body"),
                length => Ok(Framing::Length(length.unwrap_or(0))),
            };
        }
        if self.length.is_some() {
            return Err("Content-Length and Transfer-Encoding");
        }
        if minor == 0 {
            return Err("Transfer-Encoding in HTTP/1.0");
        }
        if connect {
            return Err("CONNECT with a body");
        }
        let mut codings = self.codings.split(|&c| c == b',').map(trim_blanks).rev();
        let chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
        if !codings.next().is_some_and(chunked) {
            return Err("Transfer-Encoding does not end in chunked");
        }
        if codings.any(|coding| coding.is_empty() || chunked(coding)) {
            return Err("ambiguous Transfer-Encoding");
        }
        Ok(Framing::Chunked)
    }
}

/// Without the spaces and tabs around it. Other white space is a part of a value (RFC 9110, section 5.5), for some.
fn trim_blanks(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// Digits only, and small enough.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}
