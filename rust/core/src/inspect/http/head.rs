//! The head of an HTTP/1.x request (RFC 9112, sections 2 to 6.3): where it ends, what it says and
//! how its body is framed.

use std::borrow::Cow;

use memchr::memchr;

use super::super::HEAD_HOLD;
use super::fields::{Field, Fields, Framing, frames};
use super::outline::{Outline, Span, Value};
use super::start::{is_token, minor_version, version_word};
use super::target::{Target, authority};
use crate::rules::record::bare_host;

/// Where a head that is arriving ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadEnd {
    /// Not here yet.
    NeedMore,
    /// After this many bytes, its empty line included.
    At(usize),
    /// Not within [`HEAD_HOLD`].
    TooLong,
}

/// Searches for the end of a head and never looks at a byte twice.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    /// Bytes searched.
    pub(super) scanned: usize,
    /// Where the current line begins.
    line: usize,
    /// Whether a line that is not empty has ended.
    pub(super) started: bool,
}

impl HeadScan {
    /// Searches on; `held` is longer at every call. A line ends at LF, with or without a CR before.
    pub(super) fn find(&mut self, held: &[u8]) -> HeadEnd {
        let searched = held.get(..HEAD_HOLD).unwrap_or(held);
        while let Some(found) = memchr(b'\n', searched.get(self.scanned..).unwrap_or_default()) {
            let lf = self.scanned + found;
            let line = searched.get(self.line..lf).unwrap_or_default();
            let empty = matches!(line, [] | [b'\r']);
            self.scanned = lf + 1;
            self.line = lf + 1;
            if empty && self.started {
                return HeadEnd::At(self.scanned);
            }
            self.started |= !empty;
        }
        self.scanned = searched.len();
        if searched.len() == HEAD_HOLD {
            HeadEnd::TooLong
        } else {
            HeadEnd::NeedMore
        }
    }
}

/// A parsed head.
#[derive(Debug)]
pub(super) struct Head {
    /// What it says.
    pub(super) outline: Outline,
    /// How the body is delimited.
    pub(super) framing: Framing,
    /// `Expect: 100-continue`: the client waits for the server before it sends the body.
    pub(super) expects: bool,
    /// Whether there are servers that do not read the body: for them it is what comes next.
    pub(super) body_may_be_left: bool,
    /// CONNECT or `Upgrade`: what comes after the request may be another protocol.
    pub(super) tunnel: bool,
}

/// Parses a head: empty lines, request line, fields, empty line. A head that was cut off parses as
/// far as it goes.
///
/// # Errors
/// The reason why recipients may disagree about what this head frames.
pub(super) fn parse(head: &[u8]) -> Result<Head, &'static str> {
    if memchr(0, head).is_some() {
        return Err("NUL in a request head");
    }
    let mut lines = Lines::of(head);
    let line = loop {
        match lines.next_line()? {
            Some([]) => {}
            Some(line) => break line,
            None => return Err("no request line"),
        }
    };
    let (method, target, minor) = request_line(line)?;
    let block = lines.rest;
    let mut fields = Fields::default();
    let mut field: Option<Field<'_>> = None;
    let mut block_len = block.len();
    loop {
        let before = lines.rest.len();
        let Some(line) = lines.next_line()? else {
            break;
        };
        if line.is_empty() {
            block_len = block.len() - before;
            break;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            let field = field.as_mut().ok_or("white space before the first field")?;
            if frames(line) {
                return Err("framing field in a folded line");
            }
            field.fold(line);
        } else if let Some(done) = field.replace(Field::parse(line)?) {
            fields.add(done)?;
        }
    }
    if let Some(done) = field {
        fields.add(done)?;
    }
    let connect = method == b"CONNECT";
    let framing = fields.framing(minor, connect)?;
    let target = Target::parse(target, connect);
    if let Some(named) = target.authority.filter(|_| !connect)
        && let Some(host) = &fields.host
        && authority(named).is_none_or(|named| bare_host(&named) != bare_host(host))
    {
        return Err("a target and a Host that differ");
    }
    let span = |part: &[u8]| Span::within(head, part);
    let value = |value: Option<Cow<'_, [u8]>>| value.map(|value| Value::of(head, value));
    Ok(Head {
        outline: Outline {
            method: span(method),
            path: span(target.path),
            query: span(target.query),
            host: target.authority.map_or(fields.host, authority),
            content_type: value(fields.content_type),
            content_encoding: value(fields.content_encoding),
            user_agent: value(fields.user_agent),
            headers: span(block.get(..block_len).unwrap_or_default()),
        },
        framing,
        expects: fields.expects,
        body_may_be_left: fields.expects || !matches!(method, b"POST" | b"PUT" | b"PATCH"),
        tunnel: connect || fields.upgrade,
    })
}

struct Lines<'a> {
    rest: &'a [u8],
    /// Whether the lines end in LF alone; known after the first that is not empty.
    bare: Option<bool>,
}

impl<'a> Lines<'a> {
    fn of(rest: &'a [u8]) -> Self {
        Self { rest, bare: None }
    }

    /// The next line without its CRLF or LF.
    fn next_line(&mut self) -> Result<Option<&'a [u8]>, &'static str> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, &[]));
        let is_whole = !rest.is_empty();
        self.rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        let stripped = line.strip_suffix(b"\r");
        let (bare, line) = (stripped.is_none(), stripped.unwrap_or(line));
        if memchr(b'\r', line).is_some() {
            return Err("bare CR in a request head");
        }
        // Whoever ends lines at CRLF alone takes the next for a part of this one.
        if is_whole && !line.is_empty() && *self.bare.get_or_insert(bare) != bare {
            return Err("lines that end in LF among those that end in CRLF");
        }
        Ok(Some(line))
    }
}

/// Method, target and minor version. Servers split at any number of spaces, and so do we; spaces
/// inside the target stay in it, to be searched.
fn request_line(line: &[u8]) -> Result<(&[u8], &[u8], u8), &'static str> {
    let line = line.trim_ascii_end();
    let space = memchr(b' ', line).ok_or("request line without a target")?;
    let (method, rest) = line.split_at_checked(space).unwrap_or_default();
    if !is_token(method) {
        return Err("method is not a token");
    }
    let word = version_word(rest);
    let minor = minor_version(word).ok_or("request line without an HTTP/1.x version")?;
    let target = rest.strip_suffix(word).unwrap_or(rest).trim_ascii();
    if target.is_empty() {
        return Err("request line without a target");
    }
    if target.iter().any(u8::is_ascii_control) {
        return Err("control character in a request target");
    }
    Ok((method, target, minor))
}
