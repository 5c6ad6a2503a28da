//! HTTP/1.x requests on a stream (RFC 9112): one after the other, each with its body, as units to
//! judge.

mod chunks;
mod fields;
mod head;
mod outline;
mod start;
mod target;

use std::borrow::Cow;

use self::chunks::{Chunks, Fed};
use self::fields::Framing;
use self::head::{HeadEnd, HeadScan};
use self::outline::Outline;
pub(super) use self::start::{
    Start, begins_known_method, begins_loosely, is_white, minor_version, request_start,
    version_word,
};
use super::{BODY_HOLD, HEAD_HOLD, OVERLAP, STRETCH, Said};

/// Stream bytes of a chunked body that are held for the first judgement: [`BODY_HOLD`] and a
/// quarter for chunk sizes. Chunks of 24 bytes or more stay within it; smaller ones are judged with
/// less body.
const CHUNKED_HOLD: usize = BODY_HOLD + BODY_HOLD / 4;

/// Most bytes that are held before [`Requests::decide`] decides.
pub(super) const REQUEST_HOLD: usize = HEAD_HOLD + CHUNKED_HOLD;

const _: () = assert!(STRETCH <= CHUNKED_HOLD && OVERLAP < STRETCH);

/// Whether more bytes will follow those that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// Yes, soon.
    More,
    /// Perhaps not before the peer answers.
    Overdue,
    /// Never.
    Ended,
}

/// What to do about the held bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Hold on.
    NeedMore,
    /// Hold on; but the client holds on, too, until it is told to go on with the body. Said once
    /// for a request.
    Expects,
    /// Judge this; [`Requests::said`] tells it.
    Judge(Unit),
    /// The framing is ambiguous, for this reason.
    Unframed(&'static str),
    /// What comes now may be any protocol: a CONNECT or an `Upgrade` has been released.
    Tunnel,
    /// The stream ended in the middle of a request line.
    Fragment,
    /// The stream ended with empty lines.
    Blank,
}

/// A piece of the stream to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// Bytes to release if it may pass.
    pub(super) len: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A head, and as much of the body as was waited for.
    Request {
        head: usize,
        body: usize,
        complete: bool,
    },
    /// More of a body.
    Stretch,
}

#[derive(Debug)]
enum Body {
    Length(u64),
    Chunked(Chunks),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waiting for the end of a head.
    Head,
    /// Waiting for the body that is judged with the head.
    Body,
    /// In a body whose first part is judged.
    Rest,
    /// Behind a CONNECT or an `Upgrade`.
    Tunnel,
}

/// What becomes true once the last unit has been released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The request is over.
    Next,
    /// Its body goes on.
    Rest,
    /// Its body is over and the trailers come.
    Trailers,
    /// Only the head was judged: the body is judged with the same head.
    Body,
}

/// The requests of one client, in order.
#[derive(Debug)]
pub(super) struct Requests {
    phase: Phase,
    scan: HeadScan,
    /// Where the head ends in the held bytes; 0 if it has been released.
    head_len: usize,
    /// What it says.
    outline: Outline,
    /// A copy of a head that was released before its body came.
    head: Vec<u8>,
    body: Body,
    /// Bytes of the body's framing and data already in `decoded`.
    taken: usize,
    /// A chunked body so far, or a stretch with its overlap.
    decoded: Vec<u8>,
    body_may_be_left: bool,
    tunnel: bool,
    then: Option<Then>,
}

impl Requests {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Head,
            scan: HeadScan::default(),
            head_len: 0,
            outline: Outline::default(),
            head: Vec::new(),
            body: Body::Length(0),
            taken: 0,
            decoded: Vec::new(),
            body_may_be_left: false,
            tunnel: false,
            then: None,
        }
    }

    /// Looks at what is held. After [`Decision::Judge`] the next call is made with that unit gone.
    pub(super) fn decide(&mut self, held: &[u8], outlook: Outlook) -> Decision {
        self.settle();
        if self.phase == Phase::Head
            && let Some(decision) = self.read_head(held, outlook)
        {
            return decision;
        }
        match self.phase {
            Phase::Tunnel => Decision::Tunnel,
            Phase::Rest => self.read_rest(held, outlook),
            Phase::Head | Phase::Body => self.read_body(held, outlook),
        }
    }

    /// The unit that [`Self::decide`] has just found in `held`.
    pub(super) fn said<'a>(&'a self, held: &'a [u8], unit: Unit) -> Said<'a> {
        let Kind::Request {
            head,
            body,
            complete,
        } = unit.kind
        else {
            return Said::HttpBody(&self.decoded);
        };
        let in_place = held.get(..head).unwrap_or_default();
        let copied_or_in_place = if self.head.is_empty() {
            in_place
        } else {
            &self.head
        };
        let body = match self.body {
            Body::Length(_) => held.get(head..head + body).unwrap_or_default(),
            Body::Chunked(_) => &self.decoded,
        };
        Said::Http(super::HttpRequest {
            body: Cow::Borrowed(body),
            complete,
            ..self.outline.request(copied_or_in_place)
        })
    }

    /// Makes true what the release of the last unit brought about.
    fn settle(&mut self) {
        let Some(then) = self.then.take() else { return };
        self.taken = 0;
        self.head_len = 0;
        match then {
            Then::Next => {
                let phase = if self.tunnel {
                    Phase::Tunnel
                } else {
                    Phase::Head
                };
                *self = Self {
                    phase,
                    ..Self::new()
                };
            }
            Then::Rest => {
                let kept = self.decoded.len().saturating_sub(OVERLAP);
                self.decoded.drain(..kept);
                self.head = Vec::new();
                self.phase = Phase::Rest;
            }
            Then::Trailers => {
                self.decoded.clear();
                self.head = Vec::new();
                self.phase = Phase::Rest;
            }
            Then::Body => self.phase = Phase::Body,
        }
    }

    fn judge(&mut self, len: usize, kind: Kind, then: Then) -> Decision {
        self.then = Some(then);
        Decision::Judge(Unit { len, kind })
    }

    /// Reads a head; `None` once it is there and the body is next.
    fn read_head(&mut self, held: &[u8], outlook: Outlook) -> Option<Decision> {
        if !self.scan.started && request_start(held) == Start::No {
            return Some(Decision::Unframed("not a request where one must begin"));
        }
        let head_len = match self.scan.find(held) {
            HeadEnd::At(len) => len,
            HeadEnd::TooLong => return Some(Decision::Unframed("request head too long")),
            HeadEnd::NeedMore if outlook == Outlook::Ended => return Some(self.cut_off(held)),
            HeadEnd::NeedMore => return Some(Decision::NeedMore),
        };
        let head_bytes = held.get(..head_len).unwrap_or_default();
        let head = match head::parse(head_bytes) {
            Ok(head) => head,
            Err(why) => return Some(Decision::Unframed(why)),
        };
        self.head_len = head_len;
        self.outline = head.outline;
        self.tunnel = head.tunnel;
        self.body_may_be_left = head.body_may_be_left;
        self.body = match head.framing {
            Framing::Length(length) => Body::Length(length),
            Framing::Chunked => Body::Chunked(Chunks::new()),
        };
        self.phase = Phase::Body;
        let waits = head.expects && !self.bodiless() && held.len() == head_len;
        (waits && outlook == Outlook::More).then_some(Decision::Expects)
    }

    /// Judges what is there of a head whose stream has ended.
    fn cut_off(&mut self, held: &[u8]) -> Decision {
        if held.iter().all(|&c| c == b'\r' || c == b'\n') {
            return Decision::Blank;
        }
        if !self.scan.started {
            return Decision::Fragment;
        }
        match head::parse(held) {
            Ok(head) => {
                self.outline = head.outline;
                let kind = Kind::Request {
                    head: held.len(),
                    body: 0,
                    complete: false,
                };
                self.body = Body::Length(0);
                self.judge(held.len(), kind, Then::Next)
            }
            Err(why) => Decision::Unframed(why),
        }
    }

    /// Judges the head before its body is there, because the body waits for the server. The head
    /// is kept, so that rules can see both together afterwards.
    fn judge_head_alone(&mut self, held: &[u8]) -> Decision {
        self.head = held.get(..self.head_len).unwrap_or_default().to_vec();
        let kind = Kind::Request {
            head: self.head_len,
            body: 0,
            complete: false,
        };
        self.judge(self.head_len, kind, Then::Body)
    }

    /// Reads the part of the body that is judged together with the head.
    fn read_body(&mut self, held: &[u8], outlook: Outlook) -> Decision {
        let head = self.head_len;
        let there = held.get(head..).unwrap_or_default();
        if outlook == Outlook::Overdue
            && there.is_empty()
            && self.head.is_empty()
            && !self.bodiless()
        {
            return self.judge_head_alone(held);
        }
        let stop = outlook == Outlook::Ended || (outlook == Outlook::Overdue && !there.is_empty());
        match &mut self.body {
            Body::Length(left) => {
                let Some(len) = piece(*left, there.len(), BODY_HOLD, stop) else {
                    return Decision::NeedMore;
                };
                *left -= len as u64;
                let complete = *left == 0;
                let body = there.get(..len).unwrap_or_default();
                if self.body_may_be_left && start::begins_request(body) {
                    return Decision::Unframed("a request in the body of another");
                }
                let tail = body.get(len.saturating_sub(OVERLAP)..).unwrap_or_default();
                self.decoded = if complete { Vec::new() } else { tail.to_vec() };
                let then = if complete { Then::Next } else { Then::Rest };
                self.judge(
                    head + len,
                    Kind::Request {
                        head,
                        body: len,
                        complete,
                    },
                    then,
                )
            }
            Body::Chunked(chunks) => {
                let hold = there.get(..CHUNKED_HOLD).unwrap_or(there);
                let raw = hold.get(self.taken..).unwrap_or_default();
                let room = BODY_HOLD.saturating_sub(self.decoded.len());
                let (used, fed) = match chunks.feed(raw, room, &mut self.decoded) {
                    Ok(fed) => fed,
                    Err(why) => return Decision::Unframed(why),
                };
                self.taken += used;
                let (complete, then) = match fed {
                    Fed::End => (true, Then::Next),
                    Fed::Trailers => (true, Then::Trailers),
                    Fed::Full => (false, Then::Rest),
                    Fed::NeedMore if self.taken == CHUNKED_HOLD || stop => (false, Then::Rest),
                    Fed::NeedMore => return Decision::NeedMore,
                };
                let kind = Kind::Request {
                    head,
                    body: 0,
                    complete,
                };
                self.judge(head + self.taken, kind, then)
            }
        }
    }

    /// Reads on in a long body.
    fn read_rest(&mut self, held: &[u8], outlook: Outlook) -> Decision {
        let stop = outlook != Outlook::More;
        match &mut self.body {
            Body::Length(left) => {
                let Some(len) = piece(*left, held.len(), STRETCH, stop) else {
                    return Decision::NeedMore;
                };
                *left -= len as u64;
                let then = if *left == 0 { Then::Next } else { Then::Rest };
                self.decoded
                    .extend_from_slice(held.get(..len).unwrap_or_default());
                self.judge(len, Kind::Stretch, then)
            }
            Body::Chunked(chunks) => {
                let hold = held.get(..STRETCH).unwrap_or(held);
                let raw = hold.get(self.taken..).unwrap_or_default();
                let (used, fed) = match chunks.feed(raw, usize::MAX, &mut self.decoded) {
                    Ok(fed) => fed,
                    Err(why) => return Decision::Unframed(why),
                };
                self.taken += used;
                let then = match fed {
                    Fed::End => Then::Next,
                    Fed::Trailers => Then::Trailers,
                    Fed::NeedMore if self.taken < STRETCH && !stop => return Decision::NeedMore,
                    Fed::Full | Fed::NeedMore => Then::Rest,
                };
                self.judge(self.taken, Kind::Stretch, then)
            }
        }
    }

    fn bodiless(&self) -> bool {
        matches!(self.body, Body::Length(0))
    }
}

/// How much of a body of `left` bytes to judge now, of which `there` are: what `most` allows, or
/// less if waiting must `stop`.
fn piece(left: u64, there: usize, most: usize, stop: bool) -> Option<usize> {
    let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(most);
    if there >= wanted {
        Some(wanted)
    } else {
        stop.then_some(there)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However small the segments, no byte of head or body framing is read twice: after every call
    /// the cursors stand at the end of what is held.
    #[test]
    fn the_cursors_never_go_back() {
        let head = b"\r\nPOST / HTTP/1.1\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n";
        let stream = [&head[..], b"5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"].concat();
        let mut requests = Requests::new();
        for len in 1..stream.len() {
            assert_eq!(
                requests.decide(&stream[..len], Outlook::More),
                Decision::NeedMore
            );
            assert_eq!(requests.scan.scanned, len.min(head.len()));
            assert_eq!(requests.taken, len.saturating_sub(head.len()));
        }
        let decision = requests.decide(&stream, Outlook::More);
        assert!(matches!(decision, Decision::Judge(unit) if unit.len == stream.len()));
        assert_eq!(requests.decide(b"GET", Outlook::More), Decision::NeedMore);
        assert_eq!(requests.scan.scanned, 3);
    }

    #[test]
    fn small_chunks_are_held_for_80_kib_and_no_longer() {
        let head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        let stream = [head, &*b"1\r\nx\r\n".repeat(15_000)].concat();
        let held = head.len() + 80 * 1024;
        let mut requests = Requests::new();
        assert_eq!(
            requests.decide(&stream[..held - 1], Outlook::More),
            Decision::NeedMore
        );
        let decision = requests.decide(&stream[..held], Outlook::More);
        assert!(matches!(decision, Decision::Judge(_)), "{decision:?}");
    }

    #[test]
    fn a_plain_body_is_not_read_before_it_is_there() {
        let head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n";
        let stream = [&head[..], b"body"].concat();
        let mut requests = Requests::new();
        for len in 1..stream.len() {
            assert_eq!(
                requests.decide(&stream[..len], Outlook::More),
                Decision::NeedMore
            );
            assert!(requests.decoded.is_empty());
        }
        let Decision::Judge(unit) = requests.decide(&stream, Outlook::More) else {
            panic!()
        };
        let Said::Http(request) = requests.said(&stream, unit) else {
            panic!()
        };
        assert!(matches!(request.body, Cow::Borrowed(b"body")));
    }
}
