//! Puts one direction of a TCP connection together from segments in any order (RFC 9293).

use std::collections::BTreeMap;

/// Bytes held while an earlier part is missing. Far above any window a phone advertises without
/// having lost the packet for good.
const MAX_AHEAD: u64 = 4 << 20;

/// Segments held while an earlier part is missing.
const MAX_SEGMENTS_AHEAD: usize = 4096;

/// One direction of one connection. Where segments overlap, the byte seen first wins.
#[derive(Debug, Default)]
pub struct Assembly {
    /// Sequence number of the byte at `delivered`; `None` until a segment came.
    next: Option<u32>,
    /// Bytes handed out.
    delivered: u64,
    /// Parts that lie ahead, by stream offset; disjoint.
    ahead: BTreeMap<u64, Vec<u8>>,
    /// Stream offset of the end, once a FIN told it.
    end: Option<u64>,
    broken: bool,
}

/// A part of the stream is missing for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap;

impl Assembly {
    /// Sets the stream's beginning: the byte after the SYN with number `syn`.
    pub fn begin_after(&mut self, syn: u32) {
        if self.next.is_none() {
            self.next = Some(syn.wrapping_add(1));
        }
    }

    /// Whether the beginning is known.
    pub fn has_begun(&self) -> bool {
        self.next.is_some()
    }

    /// Takes a segment's payload at `sequence` and appends to `out` whatever is now in order.
    /// Without a SYN, the first segment seen is the beginning.
    pub fn push(&mut self, sequence: u32, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Gap> {
        if self.broken {
            return Err(Gap);
        }
        if payload.is_empty() {
            return Ok(());
        }
        let next = *self.next.get_or_insert(sequence);
        // The signed distance: sequence numbers wrap (RFC 9293 section 3.4).
        let distance = i64::from(sequence.wrapping_sub(next).cast_signed());
        let start = self.delivered as i64 + distance;
        let already = (self.delivered as i64 - start).max(0) as usize;
        let Some(fresh) = payload.get(already..).filter(|fresh| !fresh.is_empty()) else {
            return Ok(());
        };
        let start = (start + already as i64) as u64;
        if start + fresh.len() as u64 > self.delivered + MAX_AHEAD
            || self.ahead.len() >= MAX_SEGMENTS_AHEAD
        {
            return self.give_up();
        }
        self.hold(start, fresh);
        self.release(out);
        Ok(())
    }

    /// Notes that the sender's last byte comes before sequence number `sequence`.
    pub fn finish(&mut self, sequence: u32) {
        let next = *self.next.get_or_insert(sequence);
        let distance = i64::from(sequence.wrapping_sub(next).cast_signed());
        if let Ok(end) = u64::try_from(self.delivered as i64 + distance) {
            self.end.get_or_insert(end);
        }
    }

    /// Whether everything up to the FIN has been handed out.
    pub fn is_complete(&self) -> bool {
        self.end.is_some_and(|end| self.delivered >= end)
    }

    /// Whether parts wait for an earlier one, or did when it was given up.
    pub fn has_gap(&self) -> bool {
        self.broken || !self.ahead.is_empty()
    }

    /// Ends the stream here: a part of it is missing for good.
    fn give_up(&mut self) -> Result<(), Gap> {
        self.broken = true;
        self.ahead = BTreeMap::new();
        Err(Gap)
    }

    /// Keeps those bytes of `fresh` (at stream offset `start`) that no held part has yet.
    fn hold(&mut self, mut start: u64, mut fresh: &[u8]) {
        if let Some((&at, part)) = self.ahead.range(..=start).next_back() {
            let covered = (at + part.len() as u64).saturating_sub(start);
            let Some(rest) = fresh.get(covered as usize..) else {
                return;
            };
            start += covered;
            fresh = rest;
        }
        while !fresh.is_empty() {
            let follower = self.ahead.range(start..).next();
            let follower = follower.map(|(&at, part)| (at, part.len() as u64));
            let room = follower.map_or(usize::MAX, |(at, _)| (at - start) as usize);
            let (free, rest) = fresh.split_at(room.min(fresh.len()));
            if !free.is_empty() {
                self.ahead.insert(start, free.to_vec());
            }
            let Some((at, length)) = follower else {
                return;
            };
            let Some(after) = rest.get(length as usize..) else {
                return;
            };
            start = at + length;
            fresh = after;
        }
    }

    fn release(&mut self, out: &mut Vec<u8>) {
        while let Some(entry) = self.ahead.first_entry() {
            if *entry.key() != self.delivered {
                return;
            }
            let part = entry.remove();
            self.delivered += part.len() as u64;
            self.next = self.next.map(|next| next.wrapping_add(part.len() as u32));
            out.extend(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds segments of a stream that begins after SYN 99 and gives what came out.
    fn assembled(segments: &[(u32, &[u8])]) -> (Vec<u8>, Assembly) {
        let mut assembly = Assembly::default();
        assembly.begin_after(99);
        let mut out = Vec::new();
        for (sequence, payload) in segments {
            let _ = assembly.push(*sequence, payload, &mut out);
        }
        (out, assembly)
    }

    #[test]
    fn any_order_gives_the_same_stream() {
        let (out, assembly) = assembled(&[(103, b"defg"), (108, b"i"), (107, b"h"), (100, b"abc")]);
        assert_eq!(out, b"abcdefghi");
        assert!(!assembly.has_gap());
    }

    #[test]
    fn the_first_seen_byte_wins() {
        let (out, _) = assembled(&[(100, b"abc"), (101, b"XXd"), (100, b"YYYYY")]);
        assert_eq!(out, b"abcdY");
        let (out, _) = assembled(&[(102, b"cd"), (106, b"gh"), (101, b"XXXXXXXi"), (100, b"a")]);
        assert_eq!(out, b"aXcdXXghi");
        let (out, _) = assembled(&[(102, b"cdef"), (103, b"XX"), (102, b"YYYYg"), (100, b"ab")]);
        assert_eq!(out, b"abcdefg");
    }

    #[test]
    fn retransmissions_and_keepalive_probes_add_nothing() {
        let (out, assembly) = assembled(&[(100, b"abc"), (100, b"abc"), (102, b"?"), (50, b"old")]);
        assert_eq!(out, b"abc");
        assert!(!assembly.has_gap());
    }

    #[test]
    fn numbers_wrap() {
        let mut assembly = Assembly::default();
        let mut out = Vec::new();
        assembly.begin_after(u32::MAX - 3);
        assembly.push(2, b"ef", &mut out).expect("in reach");
        assembly
            .push(u32::MAX - 2, b"abcXX", &mut out)
            .expect("in reach");
        assert_eq!(out, b"abcXXef");
        assembly.finish(4);
        assert!(assembly.is_complete());
    }

    #[test]
    fn without_a_syn_the_first_segment_is_the_beginning() {
        let mut assembly = Assembly::default();
        let mut out = Vec::new();
        assert!(!assembly.has_begun());
        assembly.push(7, b"GET", &mut out).expect("in order");
        assembly.push(3, b"late", &mut out).expect("passed over");
        assert_eq!(out, b"GET");
    }

    #[test]
    fn a_hole_is_a_gap_and_too_far_ahead_ends_it() {
        let (out, mut assembly) = assembled(&[(105, b"later")]);
        assert_eq!(out, b"");
        assert!(assembly.has_gap() && !assembly.broken);
        let mut out = Vec::new();
        let far = 100 + MAX_AHEAD as u32;
        assert_eq!(assembly.push(far, b"x", &mut out), Err(Gap));
        assert_eq!(assembly.push(100, b"abcde", &mut out), Err(Gap));
        assert!(assembly.broken);
    }

    #[test]
    fn the_end_is_complete_only_when_all_before_it_came() {
        let (_, mut assembly) = assembled(&[(103, b"d")]);
        assembly.finish(104);
        assert!(!assembly.is_complete());
        let mut out = Vec::new();
        assembly.push(100, b"abc", &mut out).expect("in order");
        assert!(assembly.is_complete());
    }
}
