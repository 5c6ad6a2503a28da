//! The head of an HTTP/1.x request (RFC 9112, sections 2 to 6.3): where it ends, what it says and
//! how its body is framed.

use std::borrow::Cow;

use memchr::memchr;

use super::super::{HEAD_HOLD, HttpRequest};
use crate::rules::record::bare_host;

/// Methods that ordinary clients use; a first line that starts with one is waited for patiently.
const METHODS: [&[u8]; 9] = [
    b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT", b"TRACE",
];

/// Longest method name taken for one.
const METHOD_MAX: usize = 20;

/// Bytes of CR and LF that may come before a request line (RFC 9112, section 2.2, wants one empty
/// line tolerated; some clients send a few).
const BLANK_MAX: usize = 64;

/// Whether bytes can be the start of a request line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::inspect) enum Start {
    /// Too little to say.
    Unsure,
    /// No.
    No,
    /// A method name and a space.
    Method {
        /// Whether it is one of the methods that ordinary clients use.
        known: bool,
        /// Where the line begins, after empty lines.
        at: usize,
    },
}

/// Looks at a bounded number of bytes, so it may be asked again and again.
pub(in crate::inspect) fn request_start(bytes: &[u8]) -> Start {
    let at = bytes
        .iter()
        .take_while(|&&c| c == b'\r' || c == b'\n')
        .take(BLANK_MAX + 1)
        .count();
    if at > BLANK_MAX {
        return Start::No;
    }
    let line = bytes.get(at..).unwrap_or_default();
    let method = line
        .iter()
        .take_while(|&&c| is_tchar(c))
        .take(METHOD_MAX + 1)
        .count();
    match line.get(method) {
        _ if method > METHOD_MAX => Start::No,
        None => Start::Unsure,
        Some(b' ') if method > 0 => {
            let known = METHODS
                .iter()
                .any(|known| line.get(..method) == Some(known));
            Start::Method { known, at }
        }
        Some(_) => Start::No,
    }
}

/// Whether bytes begin with a whole request line of a known method.
pub(super) fn begins_request(bytes: &[u8]) -> bool {
    let Start::Method { known: true, at } = request_start(bytes) else {
        return false;
    };
    let line = bytes.get(at..).unwrap_or_default();
    let line = line.get(..HEAD_HOLD).unwrap_or(line);
    let line = memchr(b'\n', line).and_then(|end| line.get(..end));
    line.is_some_and(|line| minor_version(version_word(line)).is_some())
}

/// Whether bytes are a request line for lenient servers alone: with white space before it, or another than a space
/// after its method. `None` where that cannot be said yet.
pub(in crate::inspect) fn begins_loosely(bytes: &[u8]) -> Option<bool> {
    let white = bytes.iter().take_while(|&&c| is_white(c)).count();
    let (before, line) = bytes.split_at_checked(white)?;
    if before.len() > BLANK_MAX {
        return Some(true);
    }
    let is_indented = before.iter().any(|c| !matches!(c, b'\r' | b'\n'));
    for method in METHODS {
        match line.strip_prefix(method) {
            Some([b' ', ..]) => return Some(is_indented),
            Some([] | [b'\r']) => return None,
            Some([b'\r', b'\n', ..] | [b'\n', ..]) => return Some(false),
            Some([c, ..]) if is_white(*c) => return Some(true),
            None if method.starts_with(line) => return None,
            Some(_) | None => {}
        }
    }
    Some(false)
}

/// What some language's library takes for white space, of bytes as Latin-1.
pub(in crate::inspect) fn is_white(c: u8) -> bool {
    matches!(c, b'\t'..=b'\r' | 0x1c..=b' ' | 0x85 | 0xa0)
}

/// Whether all of `bytes` may be the beginning of a known method's name.
pub(in crate::inspect) fn begins_known_method(bytes: &[u8]) -> bool {
    METHODS.iter().any(|method| method.starts_with(bytes))
}

/// The last word of a request line, which names the protocol version.
pub(in crate::inspect) fn version_word(line: &[u8]) -> &[u8] {
    line.trim_ascii_end()
        .rsplit(|&c| c == b' ')
        .next()
        .unwrap_or_default()
}

/// The minor version in `HTTP/1.x`.
pub(in crate::inspect) fn minor_version(word: &[u8]) -> Option<u8> {
    match word.strip_prefix(b"HTTP/1.")? {
        &[digit] if digit.is_ascii_digit() => Some(digit - b'0'),
        _ => None,
    }
}

/// Which bytes are token characters (RFC 9110, section 5.6.2).
static TCHARS: [bool; 256] = {
    let mut tchars = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        tchars[byte] = matches!(byte as u8,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\''
            | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    tchars
};

fn is_tchar(c: u8) -> bool {
    TCHARS[usize::from(c)]
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&c| is_tchar(c))
}

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

/// How the body is delimited (RFC 9112, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// By a length; zero for a request without a body.
    Length(u64),
    /// By the chunked transfer coding.
    Chunked,
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

/// What a head says, by where in it that stands: it is kept while the bytes come and go.
#[derive(Debug, Default)]
pub(super) struct Outline {
    method: Span,
    path: Span,
    query: Span,
    host: Option<String>,
    content_type: Option<Value>,
    content_encoding: Option<Value>,
    user_agent: Option<Value>,
    headers: Span,
}

impl Outline {
    /// The request, its body still empty; `head` is what the outline was made of.
    pub(super) fn request<'a>(&'a self, head: &'a [u8]) -> HttpRequest<'a> {
        let text = |span: &Span| String::from_utf8_lossy(span.of(head));
        let value = |value: &'a Option<Value>| value.as_ref().map(|value| value.text(head));
        HttpRequest {
            method: text(&self.method),
            host: self.host.clone(),
            path: text(&self.path),
            query: text(&self.query),
            content_type: value(&self.content_type),
            content_encoding: value(&self.content_encoding),
            user_agent: value(&self.user_agent),
            headers: self.headers.of(head),
            body: Cow::Borrowed(&[]),
            complete: false,
        }
    }
}

/// A part of a head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// Where `part` stands in `head`, which it was cut from.
    fn within(head: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr().addr().wrapping_sub(head.as_ptr().addr());
        Self {
            start,
            end: start.wrapping_add(part.len()),
        }
    }

    fn of<'a>(&self, head: &'a [u8]) -> &'a [u8] {
        head.get(self.start..self.end).unwrap_or_default()
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    At(Span),
    /// Put together from more than one line.
    Joined(Vec<u8>),
}

impl Value {
    fn of(head: &[u8], value: Cow<'_, [u8]>) -> Self {
        match value {
            Cow::Borrowed(part) => Self::At(Span::within(head, part)),
            Cow::Owned(joined) => Self::Joined(joined),
        }
    }

    fn text<'a>(&'a self, head: &'a [u8]) -> Cow<'a, str> {
        String::from_utf8_lossy(match self {
            Self::At(span) => span.of(head),
            Self::Joined(joined) => joined,
        })
    }
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

/// One field line, with its continuations.
struct Field<'a> {
    name: &'a [u8],
    value: Cow<'a, [u8]>,
    folded: bool,
}

impl<'a> Field<'a> {
    fn parse(line: &'a [u8]) -> Result<Self, &'static str> {
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
    fn fold(&mut self, line: &[u8]) {
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
fn frames(line: &[u8]) -> bool {
    let colon = memchr(b':', line).unwrap_or(0);
    let name = line.get(..colon).unwrap_or_default().trim_ascii();
    let is = |framing: &&str| name.eq_ignore_ascii_case(framing.as_bytes());
    FRAMING.iter().any(is)
}

/// What is kept of the fields.
#[derive(Default)]
struct Fields<'a> {
    host_seen: bool,
    host: Option<String>,
    length: Option<u64>,
    codings: Vec<u8>,
    coded: bool,
    content_type: Option<Cow<'a, [u8]>>,
    content_encoding: Option<Cow<'a, [u8]>>,
    user_agent: Option<Cow<'a, [u8]>>,
    expects: bool,
    upgrade: bool,
}

impl<'a> Fields<'a> {
    fn add(&mut self, field: Field<'a>) -> Result<(), &'static str> {
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

    fn framing(&self, minor: u8, connect: bool) -> Result<Framing, &'static str> {
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

/// A request target (RFC 9112, section 3.2).
#[derive(Default)]
struct Target<'a> {
    authority: Option<&'a [u8]>,
    path: &'a [u8],
    query: &'a [u8],
}

impl<'a> Target<'a> {
    fn parse(target: &'a [u8], connect: bool) -> Self {
        if connect {
            return Self {
                authority: Some(target),
                ..Self::default()
            };
        }
        let (authority, rest) = match absolute(target) {
            Some(rest) => {
                let end = rest
                    .iter()
                    .position(|c| b"/?#".contains(c))
                    .unwrap_or(rest.len());
                let (authority, rest) = rest.split_at_checked(end).unwrap_or_default();
                (Some(authority), rest)
            }
            None => (None, target),
        };
        let end = memchr(b'?', rest).unwrap_or(rest.len());
        let (path, query) = rest.split_at_checked(end).unwrap_or_default();
        Self {
            authority,
            path,
            query: query.strip_prefix(b"?").unwrap_or(query),
        }
    }
}

/// What follows `scheme://`, if the target begins so.
fn absolute(target: &[u8]) -> Option<&[u8]> {
    let colon = memchr(b':', target)?;
    let (scheme, rest) = target.split_at_checked(colon)?;
    let named = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|&c| c.is_ascii_alphanumeric() || b"+-.".contains(&c));
    rest.strip_prefix(b"://").filter(|_| named)
}

/// Host and port in the form that rules compare: lower case, no user, no trailing dot on the name.
fn authority(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.rsplit(|&c| c == b'@').next().unwrap_or(bytes);
    let mut authority = String::from_utf8_lossy(bytes).trim().to_ascii_lowercase();
    let colon = authority.rfind(':').filter(|colon| {
        authority
            .bytes()
            .skip(colon + 1)
            .all(|c| c.is_ascii_digit())
    });
    let end = colon.unwrap_or(authority.len());
    if colon == authority.len().checked_sub(1) {
        authority.truncate(end);
    }
    let name = authority.get(..end).unwrap_or_default();
    if matches!(name, "" | ".") {
        return None;
    }
    if name.ends_with('.') {
        authority.remove(end - 1);
    }
    Some(authority)
}
