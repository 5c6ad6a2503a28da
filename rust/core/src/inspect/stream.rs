//! One direction of a TCP connection, from the app: what protocol it speaks, and the units in
//! which it is judged.

use std::mem;

use memchr::memchr;

use super::http::{
    self, Decision, Outlook, Requests, Start, Unit, begins_known_method, begins_loosely, is_white,
    minor_version, request_start, version_word,
};
use super::tls::{HELLO_HOLD, HelloReader, HelloStep};
use super::{ClientHello, HEAD_HOLD, OVERLAP, Said};

/// Bytes of a stream of no known protocol that are judged; the rest passes.
const RAW_JUDGED: usize = 64 * 1024;

/// Stretches in which these bytes may come. A protocol often writes its length or tag first and the
/// message after it, so the first segment alone says too little; after this many it is a dialogue.
const RAW_STRETCHES: u32 = 64;

/// What to do with the bytes an app has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "matched on at once, never stored"
)]
pub enum StreamStep<'a> {
    /// Hold them and wait for more.
    NeedMore,
    /// Hold them, too; they are the head of a request whose body the app sends only when told to
    /// go on (`Expect: 100-continue`, RFC 9110, section 10.1.1). Said once for a request. Either
    /// tell it so, or call [`StreamInspector::overdue`] to have the head judged alone.
    Expects,
    /// A unit to judge. If it may pass, the caller releases `len` bytes and steps again.
    Judge {
        /// Bytes to release. Zero for [`Said::Unframed`]: if the policy lets that pass, the next
        /// step offers the same bytes once more as [`Said::Raw`].
        len: usize,
        /// What they say.
        said: Said<'a>,
    },
    /// Everything held and everything to come may pass.
    Pass,
}

/// Recognises TLS and HTTP/1.x on a stream and cuts it into units to judge. What the units are does
/// not depend on how the stream was cut into segments, except for [`Said::Raw`], which is judged as
/// it comes; the work is linear in the stream's length however small the segments.
#[derive(Debug)]
pub struct StreamInspector {
    state: State,
    /// Overlap and stretch of an unknown protocol.
    raw: Vec<u8>,
}

#[derive(Debug)]
enum State {
    /// Nothing known yet; so many bytes have been searched for the end of the first line.
    Sniff { searched: usize },
    /// A TLS hello is arriving.
    Tls(HelloReader),
    /// HTTP/1.x.
    Http(Box<Requests>),
    /// No protocol known here.
    Raw { judged: usize, stretches: u32 },
    /// Nothing more to inspect.
    Done,
}

/// A step without the bytes it speaks of, so that the state may still change.
enum Found {
    NeedMore,
    Expects,
    Pass,
    Hello(usize, ClientHello),
    Request(Unit),
    Unframed(&'static str),
    Raw(usize),
}

enum Sniffed {
    Unsure,
    Tls,
    Http,
    /// A request that is refused whatever follows, for this reason.
    Refused(&'static str),
    Other,
}

impl StreamInspector {
    /// Most bytes that may have to be held before a step decides: a request head and a chunked
    /// body's first part ([`HEAD_HOLD`], and [`super::BODY_HOLD`] with a quarter for chunk sizes:
    /// 112 KiB). A TLS hello stays below it.
    pub const HOLD_MAX: usize = http::REQUEST_HOLD;

    /// An inspector at the start of a stream.
    pub fn new() -> Self {
        Self {
            state: State::Sniff { searched: 0 },
            raw: Vec::new(),
        }
    }

    /// Looks at `held`, the app's bytes not yet released, oldest first. Call it again with a longer
    /// `held` after [`StreamStep::NeedMore`], or with the first `len` bytes gone after a
    /// [`StreamStep::Judge`] was released. `ended`: the app's FIN is behind `held`.
    pub fn step<'a>(&'a mut self, held: &'a [u8], ended: bool) -> StreamStep<'a> {
        self.advance(held, if ended { Outlook::Ended } else { Outlook::More })
    }

    /// Like [`Self::step`], for a `held` that has not grown for so long that the app may be waiting
    /// for an answer: judges what is there. Only what cannot be answered yet (half a head, half a
    /// TLS hello) is held on.
    pub fn overdue<'a>(&'a mut self, held: &'a [u8]) -> StreamStep<'a> {
        self.advance(held, Outlook::Overdue)
    }

    fn advance<'a>(&'a mut self, held: &'a [u8], outlook: Outlook) -> StreamStep<'a> {
        match self.find(held, outlook) {
            Found::NeedMore => StreamStep::NeedMore,
            Found::Expects => StreamStep::Expects,
            Found::Pass => StreamStep::Pass,
            Found::Hello(len, hello) => StreamStep::Judge {
                len,
                said: Said::Tls(hello),
            },
            Found::Unframed(why) => StreamStep::Judge {
                len: 0,
                said: Said::Unframed(why),
            },
            Found::Raw(len) => StreamStep::Judge {
                len,
                said: Said::Raw(&self.raw),
            },
            Found::Request(unit) => match &self.state {
                State::Http(requests) => StreamStep::Judge {
                    len: unit.len,
                    said: requests.said(held, unit),
                },
                _ => StreamStep::NeedMore,
            },
        }
    }

    fn find(&mut self, held: &[u8], outlook: Outlook) -> Found {
        if matches!(self.state, State::Done) {
            return Found::Pass;
        }
        if held.is_empty() {
            return if outlook == Outlook::Ended {
                Found::Pass
            } else {
                Found::NeedMore
            };
        }
        loop {
            self.state = match &mut self.state {
                State::Sniff { searched } => match sniff(held, searched) {
                    Sniffed::Tls => State::Tls(HelloReader::new()),
                    Sniffed::Http => State::Http(Box::new(Requests::new())),
                    Sniffed::Refused(why) => {
                        self.state = State::raw();
                        return Found::Unframed(why);
                    }
                    Sniffed::Other => State::raw(),
                    Sniffed::Unsure if gives_up(held, outlook) => State::raw(),
                    Sniffed::Unsure => return Found::NeedMore,
                },
                State::Tls(reader) => match reader.read(held) {
                    HelloStep::NeedMore if outlook != Outlook::Ended => return Found::NeedMore,
                    HelloStep::Hello { hello, len } => {
                        self.state = State::Done;
                        return Found::Hello(len, hello);
                    }
                    HelloStep::NeedMore | HelloStep::NotTls | HelloStep::Malformed(_) => {
                        State::raw()
                    }
                },
                State::Http(requests) => match requests.decide(held, outlook) {
                    Decision::NeedMore => return Found::NeedMore,
                    Decision::Expects => return Found::Expects,
                    Decision::Judge(unit) => return Found::Request(unit),
                    Decision::Unframed(why) => {
                        self.state = State::raw();
                        return Found::Unframed(why);
                    }
                    Decision::Tunnel => State::Sniff { searched: 0 },
                    Decision::Fragment => State::raw(),
                    Decision::Blank => return Found::Pass,
                },
                State::Raw { judged, stretches } => {
                    let len = held.len().min(RAW_JUDGED - *judged);
                    *judged += len;
                    *stretches += 1;
                    let finished = *judged == RAW_JUDGED || *stretches == RAW_STRETCHES;
                    self.add_raw(held.get(..len).unwrap_or_default());
                    if finished {
                        self.state = State::Done;
                    } else if self.raw.iter().all(u8::is_ascii_whitespace) {
                        // Empty lines, and then silence: the request may still come.
                        self.state = State::Sniff { searched: 0 };
                    }
                    return Found::Raw(len);
                }
                State::Done => return Found::Pass,
            };
        }
    }

    /// Makes `raw` the overlap with the stretch before, and `stretch`.
    fn add_raw(&mut self, stretch: &[u8]) {
        let before = self.raw.len().saturating_sub(OVERLAP);
        self.raw.drain(..before);
        self.raw.extend_from_slice(stretch);
    }
}

impl Default for StreamInspector {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn raw() -> Self {
        Self::Raw {
            judged: 0,
            stretches: 0,
        }
    }
}

/// Tells what the stream begins as. `searched` remembers how far the first line was searched.
fn sniff(held: &[u8], searched: &mut usize) -> Sniffed {
    match held {
        [0x16] => return Sniffed::Unsure,
        [0x16, 3, ..] => return Sniffed::Tls,
        _ => {}
    }
    let (known, at) = match request_start(held) {
        Start::Unsure => return Sniffed::Unsure,
        // What some server takes for a request is refused as one that nobody can frame.
        Start::No => {
            return match begins_loosely(held) {
                Some(true) => Sniffed::Refused("not a request where one must begin"),
                Some(false) => Sniffed::Other,
                None => Sniffed::Unsure,
            };
        }
        Start::Method { known, at } => (known, at),
    };
    let line = held
        .get(at..HEAD_HOLD)
        .or(held.get(at..))
        .unwrap_or_default();
    let from = mem::replace(searched, line.len());
    let fresh = line.get(from..).unwrap_or_default();
    let Some(lf) = memchr(b'\n', fresh) else {
        return match line.len() + at {
            HEAD_HOLD.. if known => Sniffed::Http,
            HEAD_HOLD.. => Sniffed::Other,
            // A method nobody knows, and then no text: not worth waiting for its line to end.
            _ if !known && fresh.iter().any(|&c| is_control(c)) => Sniffed::Other,
            _ => Sniffed::Unsure,
        };
    };
    let text = known || !fresh.iter().take(lf).any(|&c| is_control(c));
    let line = line.get(..from + lf).unwrap_or_default();
    if known && is_oldest(line) {
        return Sniffed::Refused("request line without an HTTP/1.x version");
    }
    // A known method with another version, or the version run together with something, is HTTP gone wrong, unlike
    // RTSP and SIP.
    let http_like = known && names_http(line);
    if text && (minor_version(version_word(line)).is_some() || http_like) {
        Sniffed::Http
    } else {
        Sniffed::Other
    }
}

fn names_http(line: &[u8]) -> bool {
    line.windows(5)
        .any(|name| name.eq_ignore_ascii_case(b"HTTP/"))
}

/// Whether a line is a request of HTTP/0.9, which has no version and is still served: GET and one word that is a path
/// or an address.
fn is_oldest(line: &[u8]) -> bool {
    let rest = line.strip_prefix(b"GET ");
    rest.is_some_and(|rest| {
        let white = rest.iter().take_while(|&&c| is_white(c)).count();
        let target = rest.get(white..).unwrap_or_default().trim_ascii_end();
        let is_path = target.first() == Some(&b'/');
        let is_address = target.windows(3).any(|part| part == b"://");
        !target.contains(&b' ') && (is_path || is_address)
    })
}

fn is_control(c: u8) -> bool {
    c.is_ascii_control() && c != b'\t' && c != b'\r'
}

/// Whether to stop waiting for a first line: at the end of the stream, or when overdue and it is
/// not the beginning of something that is waited for.
fn gives_up(held: &[u8], outlook: Outlook) -> bool {
    match outlook {
        Outlook::More => false,
        Outlook::Ended => true,
        Outlook::Overdue => {
            let white = held.iter().take_while(|&&c| is_white(c)).count();
            let begun = held.get(white..).unwrap_or_default();
            let known = matches!(request_start(held), Start::Method { known: true, .. });
            !(known || held == [0x16] || (!begun.is_empty() && begins_known_method(begun)))
        }
    }
}

const _: () =
    assert!(HELLO_HOLD <= StreamInspector::HOLD_MAX && RAW_JUDGED <= StreamInspector::HOLD_MAX);

#[cfg(test)]
mod tests;
