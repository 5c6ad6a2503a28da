//! Cuts text into tokens and looks up those that may be known. No allocation unless one is.
//!
//! A token ends where letters and digits do. Tokens that one value is written in (`35-000000-…`,
//! `48:00:…`, `+47 00 …`) are joined where only digits, or hexadecimal digits, stand on both sides of a
//! separator; base64 runs over the alphabet's own two signs. Only a token whose length and class some
//! needle has is normalised and fingerprinted.

use super::Wanted;
use super::needle::{Class, TOKEN_MAX};
use super::radix;
use super::spell::EMAIL_MAX;

/// Something known.
#[derive(Debug)]
pub(super) struct Hit {
    /// Index of the value.
    pub(super) value: u8,
    /// The hash it was in, if it was in one.
    pub(super) digest: Option<&'static str>,
    /// The encoding it was in by itself, if it was in one.
    pub(super) wrapped: Option<&'static str>,
    /// As it stood there, without separators.
    pub(super) found: String,
}

const DIGIT: u8 = 1;
const HEX: u8 = 2;
const LETTER: u8 = 4;
const WORD: u8 = DIGIT | HEX | LETTER;
const BASE64_STANDARD: u8 = 8;
const BASE64_URL: u8 = 16;
const SEPARATOR: u8 = 32;
const AT: u8 = 64;

const KINDS: [u8; 256] = kinds();

const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        kinds[at] = match at as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' | b'A'..=b'F' => HEX,
            b'g'..=b'z' | b'G'..=b'Z' => LETTER,
            b'+' => BASE64_STANDARD,
            b'/' => BASE64_STANDARD | SEPARATOR,
            b'_' => BASE64_URL,
            b'-' => BASE64_URL | SEPARATOR,
            b' ' | b':' | b'.' | b'(' | b')' => SEPARATOR,
            b'@' => AT,
            _ => 0,
        };
        at += 1;
    }
    kinds
}

fn kind(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// Groups of digits that one value may be written in: a UUID has five, a MAC address six, a telephone
/// number in pairs seven or eight.
const GROUPS: usize = 8;
/// Characters between two groups: `) ` at most.
const GAP_MAX: usize = 2;
/// Shortest run of digits that is looked at where letters touch it: an IMEI without check digit.
const TOUCHED_MIN: usize = 14;
/// Characters of an IMEI without check digit, and of an IMEISV, which begins with them.
const IMEI_HEAD: usize = 14;
const IMEISV: usize = 16;
/// Bytes of the longest digest, a SHA-256.
const DIGEST_MAX: usize = 32;
/// Characters of the shortest value, a serial number or an address of mail.
const VALUE_MIN: usize = 6;
/// Characters of a token that is opened here: that value in base64, and one less than the decode chain
/// takes for a wrapping wherever it stands.
const WRAPPED_MIN: usize = 8;
const WRAPPED_MAX: usize = 23;

/// Shows `hit` what of `text` is known.
pub(super) fn scan(text: &[u8], wanted: &Wanted, hit: &mut dyn FnMut(Hit)) {
    scan_within(text, wanted, false, hit);
}

fn scan_within(text: &[u8], wanted: &Wanted, unwrapped: bool, hit: &mut dyn FnMut(Hit)) {
    let mut scan = Scan {
        text,
        wanted,
        unwrapped,
        hit,
        groups: [Group::default(); GROUPS],
        joined: 0,
        runs: [
            Run {
                alphabet: BASE64_STANDARD,
                start: 0,
            },
            Run {
                alphabet: BASE64_URL,
                start: 0,
            },
        ],
    };
    let mut at = 0;
    while at < text.len() {
        let (end, flags) = span(text, at, |kind| kind & WORD != 0);
        if end > at {
            scan.word(at, end, flags);
        }
        let (next, flags) = span(text, end, |kind| kind & WORD == 0);
        scan.gap(end, next, flags);
        at = next;
    }
}

/// Where the run of bytes that are `inside` ends which begins at `from`, and what was in it.
#[inline]
fn span(text: &[u8], from: usize, inside: impl Fn(u8) -> bool) -> (usize, u8) {
    let (mut end, mut flags) = (from, 0);
    for &byte in text.get(from..).unwrap_or_default() {
        let kind = kind(byte);
        if !inside(kind) {
            break;
        }
        flags |= kind;
        end += 1;
    }
    (end, flags)
}

fn class(flags: u8) -> Class {
    match flags {
        DIGIT => Class::Digits,
        _ if flags & LETTER == 0 => Class::Hex,
        _ => Class::Word,
    }
}

#[derive(Clone, Copy, Default)]
struct Group {
    start: usize,
    end: usize,
    hex: bool,
}

/// A run over one of the two alphabets of base64 (RFC 4648, 4 and 5).
#[derive(Clone, Copy)]
struct Run {
    alphabet: u8,
    start: usize,
}

struct Scan<'t, 'w> {
    text: &'t [u8],
    wanted: &'w Wanted,
    /// Whether the text came out of a token, so that its tokens are not opened again.
    unwrapped: bool,
    hit: &'w mut dyn FnMut(Hit),
    /// The last groups of digits, the latest last; the first `joined` count.
    groups: [Group; GROUPS],
    joined: usize,
    runs: [Run; 2],
}

impl Scan<'_, '_> {
    fn slice(&self, start: usize, end: usize) -> &[u8] {
        self.text.get(start..end).unwrap_or_default()
    }

    fn wants(&self, class: Class, length: usize) -> bool {
        let lengths = self.wanted.lengths.get(class as usize).copied();
        length <= TOKEN_MAX && lengths.unwrap_or(0) >> length & 1 == 1
    }

    fn word(&mut self, start: usize, end: usize, flags: u8) {
        let class = class(flags);
        self.whole(class, start, end, flags & DIGIT != 0);
        let behind = radix::behind_escapes(self.text, start);
        if start < behind && behind < end {
            let (_, flags) = span(self.text, behind, |kind| kind & WORD != 0);
            self.whole(self::class(flags), behind, end, flags & DIGIT != 0);
        }
        if class == Class::Word {
            self.joined = 0;
        } else {
            self.group(start, end, class == Class::Hex);
        }
    }

    /// Looks at a token as it stands.
    fn whole(&mut self, class: Class, start: usize, end: usize, has_digit: bool) {
        let length = end - start;
        // A serial number has digits, the address of a network card need not.
        let may_be_value = has_digit || class == Class::Hex;
        if may_be_value && self.wants(class, length) && !self.is_fraction(start, end) {
            self.clear::<TOKEN_MAX>(class, start, end);
        }
        if class == Class::Digits && length == IMEISV && self.wants(class, IMEI_HEAD) {
            self.clear::<TOKEN_MAX>(class, start, start + IMEI_HEAD);
        }
        if class != Class::Digits && has_digit && length > TOUCHED_MIN {
            self.digits_within(start, end);
        }
        if class != Class::Word {
            self.hexadecimal(start, end);
        }
        self.base64(start, end);
        if !self.unwrapped && (WRAPPED_MIN..=WRAPPED_MAX).contains(&length) {
            self.unwrap(class, start, end);
        }
    }

    /// Looks into a token that is text in hexadecimal digits or base64.
    fn unwrap(&mut self, class: Class, start: usize, end: usize) {
        let all = self.text;
        let token = all.get(start..end).unwrap_or_default();
        let mut room = [0; WRAPPED_MAX];
        let is_text = |bytes: &[u8]| {
            bytes.len() >= VALUE_MIN && bytes.iter().all(|b| b.is_ascii_graphic() || *b == b' ')
        };
        // Nearly no word of a language begins like text in base64: most end at the first three bytes.
        let begins = token.get(..4).map(|head| radix::base64(head, &mut room));
        if begins.is_some_and(|head| head.iter().all(u8::is_ascii_graphic)) {
            let text = radix::base64(token, &mut room);
            if is_text(text) {
                self.within("base64", text);
            }
        }
        if class != Class::Word {
            let text = radix::hex(token, &mut room);
            if is_text(text) {
                self.within("hex", text);
            }
        }
    }

    fn within(&mut self, wrapped: &'static str, text: &[u8]) {
        let hit = &mut *self.hit;
        scan_within(text, self.wanted, true, &mut |found| {
            hit(Hit {
                wrapped: Some(wrapped),
                ..found
            });
        });
    }

    /// Whether a short number is one side of a decimal fraction.
    fn is_fraction(&self, start: usize, end: usize) -> bool {
        let digit = |at: usize| self.text.get(at).is_some_and(u8::is_ascii_digit);
        let dot = |at: usize| self.text.get(at) == Some(&b'.');
        end - start < TOUCHED_MIN
            && ((start >= 2 && dot(start - 1) && digit(start - 2)) || (dot(end) && digit(end + 1)))
    }

    /// Looks up a token of at most `ROOM` bytes in lower case.
    fn clear<const ROOM: usize>(&mut self, class: Class, start: usize, end: usize) {
        let mut buffer = [0; ROOM];
        let token = self.slice(start, end);
        let Some(room) = buffer.get_mut(..token.len()) else {
            return;
        };
        room.copy_from_slice(token);
        room.make_ascii_lowercase();
        if let Some(value) = self.wanted.find(class, room) {
            self.tell(value, None, start, end);
        }
    }

    /// Numbers that letters touch: `IMEI350000…`.
    fn digits_within(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let (stop, _) = span(self.text, at, |kind| kind == DIGIT);
            if stop - at >= TOUCHED_MIN && self.wants(Class::Digits, stop - at) {
                self.clear::<TOKEN_MAX>(Class::Digits, at, stop);
            }
            let (next, _) = span(self.text, stop, |kind| kind & (HEX | LETTER) != 0);
            at = next;
        }
    }

    fn hexadecimal(&mut self, start: usize, end: usize) {
        if matches!(end - start, 32 | 40 | 64) {
            let mut room = [0; DIGEST_MAX];
            let digest = radix::hex(self.slice(start, end), &mut room);
            self.digest(digest, start, end);
        }
    }

    fn base64(&mut self, start: usize, end: usize) {
        if matches!(end - start, 22 | 27 | 43) {
            let mut room = [0; DIGEST_MAX];
            let digest = radix::base64(self.slice(start, end), &mut room);
            self.digest(digest, start, end);
        }
    }

    fn digest(&mut self, digest: &[u8], start: usize, end: usize) {
        if let Some(value) = self.wanted.find(Class::Digest, digest) {
            let name = match digest.len() {
                16 => "md5",
                20 => "sha-1",
                _ => "sha-256",
            };
            self.tell(value, Some(name), start, end);
        }
    }

    fn tell(&mut self, value: u8, digest: Option<&'static str>, start: usize, end: usize) {
        let found = String::from_utf8_lossy(self.slice(start, end)).into_owned();
        (self.hit)(Hit {
            value,
            digest,
            wrapped: None,
            found,
        });
    }

    fn gap(&mut self, start: usize, end: usize, flags: u8) {
        self.end_runs(start, end, flags);
        if flags & AT != 0 && self.wanted.emails {
            self.emails(start, end);
        }
        if flags != flags & (SEPARATOR | BASE64_STANDARD | BASE64_URL)
            || end - start > GAP_MAX
            || !self
                .slice(start, end)
                .iter()
                .all(|&b| kind(b) & SEPARATOR != 0)
        {
            self.joined = 0;
        }
    }

    /// Looks at the runs of base64 that the gap ends.
    fn end_runs(&mut self, start: usize, end: usize, flags: u8) {
        for nth in 0..self.runs.len() {
            let Some(Run {
                alphabet,
                start: run,
            }) = self.runs.get(nth).copied()
            else {
                return;
            };
            let inside = |kind: u8| kind & alphabet != 0;
            // Nearly all gaps have nothing of the alphabet.
            let stop = if flags & alphabet == 0 {
                start
            } else {
                span(self.text, start, inside).0
            };
            if stop == end && end < self.text.len() {
                continue;
            }
            let has_signs = |run: &[u8]| run.iter().any(|&b| inside(kind(b)));
            if matches!(stop - run, 22 | 27 | 43) && has_signs(self.slice(run, stop)) {
                self.base64(run, stop);
            }
            let tail = self.slice(stop, end);
            let signs = tail.iter().rev().take_while(|&&b| inside(kind(b))).count();
            if let Some(run) = self.runs.get_mut(nth) {
                run.start = end - signs;
            }
        }
    }

    /// Takes a further group of digits, and looks at what it makes with those before.
    fn group(&mut self, start: usize, end: usize, hex: bool) {
        if self.joined == GROUPS {
            self.groups.rotate_left(1);
            self.joined -= 1;
        }
        let group = Group { start, end, hex };
        if let Some(room) = self.groups.get_mut(self.joined) {
            *room = group;
        }
        let (mut length, mut class) = (end - start, hex);
        for first in (0..self.joined).rev() {
            let Some(earlier) = self.groups.get(first).copied() else {
                break;
            };
            length += earlier.end - earlier.start;
            class |= earlier.hex;
            let class = if class { Class::Hex } else { Class::Digits };
            if self.wants(class, length) {
                self.joined_groups(class, first, end);
            }
        }
        self.joined += 1;
    }

    fn joined_groups(&mut self, class: Class, first: usize, end: usize) {
        let Some(start) = self.groups.get(first).map(|group| group.start) else {
            return;
        };
        let (mut token, mut length) = ([0; TOKEN_MAX], 0);
        for &byte in self.slice(start, end) {
            if kind(byte) & WORD != 0
                && let Some(room) = token.get_mut(length)
            {
                *room = byte.to_ascii_lowercase();
                length += 1;
            }
        }
        let token = token.get(..length).unwrap_or_default();
        if let Some(value) = self.wanted.find(class, token)
            && !self.goes_on(class, first, start, end)
        {
            let found = String::from_utf8_lossy(token).into_owned();
            (self.hit)(Hit {
                value,
                digest: None,
                wrapped: None,
                found,
            });
        }
    }

    /// Whether the groups are a part of something longer that is written the same way.
    fn goes_on(&self, class: Class, first: usize, start: usize, end: usize) -> bool {
        let inside = self.slice(start, end);
        let joins = |gap: &[u8]| {
            !gap.is_empty()
                && gap
                    .iter()
                    .all(|b| kind(*b) & WORD == 0 && inside.contains(b))
        };
        let before = first
            .checked_sub(1)
            .and_then(|before| self.groups.get(before))
            .is_some_and(|before| joins(self.slice(before.end, start)));
        let (next, _) = span(self.text, end, |kind| kind & WORD == 0);
        let (stop, flags) = span(self.text, next, |kind| kind & WORD != 0);
        let alike = match class {
            Class::Digits => flags == DIGIT,
            _ => flags & LETTER == 0,
        };
        before || (stop > next && alike && joins(self.slice(end, next)))
    }

    /// Looks at the address of mail around each at sign of a gap.
    fn emails(&mut self, start: usize, end: usize) {
        for at in start..end {
            if self.text.get(at) == Some(&b'@') {
                self.email(at);
            }
        }
    }

    fn email(&mut self, at: usize) {
        let local = |&&b: &&u8| kind(b) & WORD != 0 || b"._%+-".contains(&b);
        let domain = |&&b: &&u8| kind(b) & WORD != 0 || b".-".contains(&b);
        let before = self.slice(0, at).iter().rev().take(EMAIL_MAX);
        let start = at - before.take_while(local).count();
        let after = self.slice(at + 1, self.text.len()).iter().take(EMAIL_MAX);
        let mut end = at + 1 + after.take_while(domain).count();
        while matches!(self.text.get(end - 1), Some(b'.' | b'-')) {
            end -= 1;
        }
        self.clear::<EMAIL_MAX>(Class::Email, start, end);
    }
}
