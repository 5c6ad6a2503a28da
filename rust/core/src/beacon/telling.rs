//! What speaks for somebody who tells, and against one who fetches: sizes of connections.
//!
//! What is inside of TLS is known where the records were counted ([`super::Traffic::inside`]). Else a handshake is in the
//! figures: about as large each time, and smaller where a session is resumed.

use super::Traffic;
use super::evidence::Telling;

/// Sizes that are kept of each sort of connection.
pub(super) const SAMPLES: usize = 5;
/// Sorts of connection whose sizes are kept apart: see [`Sort`].
pub(super) const SORTS: usize = 3;
/// Sizes that there must be.
const SAMPLES_MIN: usize = 3;
/// Who tells sends at least as many bytes: fewer are hardly more than what any request has.
const TOLD_MIN: u16 = 256;
/// From so many received bytes on, a handshake with certificates may be among them; without, there are fewer.
const FULL_MIN: u16 = 2000;
/// A handshake with certificates has no more.
const FULL_MAX: u16 = 6500;
/// What a client sends for one, at least and at most: a hello and its end.
const HELLO: u16 = 400;
const HELLO_MAX: u16 = 850;
/// A request that says nothing has fewer: in real captures 84 to 348.
const REPORT_MIN: u16 = 400;
/// An answer with hardly more than headers has no more: these have 225 to 646 bytes in real captures.
const RECEIPT_MAX: u16 = 2048;
/// Uploads of about the same size: their range is at most this part of them.
const RANGE: u16 = 4;
/// The same where each says more than a poll and more than it gets.
const RANGE_REPORTS: u16 = 2;
/// Sizes that differ by no more are about the same, however small.
const SAME: u16 = 32;
/// The same part while somebody uses the phone.
pub(super) const RANGE_ATTENDED: u16 = 8;
/// So many votes a size has at most, so that another can take its place.
const VOTES_MAX: u8 = 6;
/// Contacts after which older ones count half, for how many are like most.
const COUNTED_MAX: u8 = 32;
/// A connection that sends as much, and twice what it receives, uploads, whatever others sent: no request in real captures is as long
/// (772 bytes at most, with a body).
const UPLOAD_MIN: u16 = 800;
/// What says more than it gets is, from as many bytes on, a report whose length may differ: a poll each day, or each few hours, asks in
/// fewer.
const REPORT_VARIES_MIN: u16 = 700;
/// With a handshake there are more received bytes than these: without any answer of its own, a server says hello and that it is done.
const HANDSHAKE_MIN: u16 = 256;
/// An answer has at least headers, of 225 bytes and more in real captures; an alert of TLS has fewer than these.
const ANSWER_MIN: u16 = 100;
/// Uploads of one kind differ by so many times at most, in quarters: while nobody uses the phone, and while somebody does.
const UPLOADS_QUARTERS: u32 = 10;
const UPLOADS_QUARTERS_ATTENDED: u32 = 6;
/// By how much what is sent differs where one handshake resumes a session and another does not.
const RESUMED: u16 = 300;
/// Which bytes are inside of TLS is known: the upper bit of [`Sample::sent`].
const INSIDE: u16 = 0x8000;

/// Connections whose sizes are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// The first after a rare event.
    Rare,
    /// The first after a frequent one.
    Frequent,
    /// A contact while nobody used the phone.
    Alone,
}

impl Sort {
    pub(super) const ALL: [Self; SORTS] = [Self::Rare, Self::Frequent, Self::Alone];

    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// One connection: bytes that were sent, up to 32,767, and received, up to 65,535.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) sent: u16,
    pub(super) received: u16,
}

impl Sample {
    pub(super) fn new(sent: u64, received: u64, is_inside: bool) -> Self {
        let sent = sent.clamp(1, u64::from(INSIDE - 1)) as u16;
        Self {
            sent: if is_inside { sent | INSIDE } else { sent },
            received: received.min(u64::from(u16::MAX)) as u16,
        }
    }

    /// What a connection carried for the app, as far as is known.
    pub(super) fn of(traffic: &Traffic) -> Self {
        let (sent, received) = traffic.inside.unwrap_or((traffic.sent, traffic.received));
        Self::new(sent, received, traffic.inside.is_some())
    }

    pub(super) fn is_there(self) -> bool {
        self.sent > 0
    }

    pub(super) fn is_inside(self) -> bool {
        self.sent & INSIDE != 0
    }

    fn sent(self) -> u16 {
        self.sent & !INSIDE
    }

    /// Whether it may tell by itself, as much of it as can being a handshake.
    pub(super) fn may_tell(self) -> bool {
        let full = self.received.min(FULL_MAX);
        self.tells(Some(full)) || self.reports(Some(full))
    }

    /// By how much another upload differs from this one, where that is little: one part in so many at most, or a few times where both say more
    /// than they get. `is_attended`: somebody used the phone, so that a handshake may not differ.
    pub(super) fn distance(self, other: Self, part: u16, is_attended: bool) -> Option<u16> {
        let distance = self.sent().abs_diff(other.sent());
        let is_like =
            self.is_near(other, part, is_attended) || self.uploads_like(other, is_attended);
        is_like.then_some(distance)
    }

    /// Whether another upload differs by one part in so many at most.
    pub(super) fn is_near(self, other: Self, part: u16, is_attended: bool) -> bool {
        let may_differ = !is_attended;
        // One of them may have resumed a session.
        let is_same_handshake =
            self.is_inside() == other.is_inside() && self.may_be_full() == other.may_be_full();
        let least = if is_same_handshake { SAME } else { RESUMED };
        let slack = (self.sent() / part).max(least);
        let is_comparable = self.is_there() && (is_same_handshake || may_differ);
        is_comparable && self.sent().abs_diff(other.sent()) <= slack
    }

    /// Whether both say more than a poll, and than they get for it, and one at most a few times as much as the other.
    fn uploads_like(self, other: Self, is_attended: bool) -> bool {
        let (least, most) = (self.sent().min(other.sent()), self.sent().max(other.sent()));
        let quarters = match is_attended {
            true => UPLOADS_QUARTERS_ATTENDED,
            false => UPLOADS_QUARTERS,
        };
        let is_like = u32::from(most) * 4 <= u32::from(least) * quarters;
        is_like && self.may_report_more() && other.may_report_more()
    }

    /// Half way to another.
    pub(super) fn towards(self, other: Self) -> Self {
        Self {
            sent: self.sent().midpoint(other.sent()) | other.sent & INSIDE,
            received: other.received,
        }
    }

    /// Whether a handshake with certificates may be in the figures.
    fn may_be_full(self) -> bool {
        !self.is_inside() && self.received >= FULL_MIN
    }

    /// What was sent besides a handshake, if there may be one.
    fn told(self) -> u16 {
        match self.is_inside() {
            true => self.sent(),
            false => self.sent().saturating_sub(HELLO),
        }
    }

    /// What came back besides a handshake, where one with certificates has `full` bytes.
    fn answer(self, full: Option<u16>) -> u16 {
        let handshake = full.filter(|_| self.may_be_full()).unwrap_or(0);
        self.received.saturating_sub(handshake)
    }

    /// What was sent for certain besides a handshake.
    fn surely_told(self) -> u16 {
        match self.is_inside() || self.received < HANDSHAKE_MIN {
            true => self.sent(),
            false => self.sent().saturating_sub(HELLO_MAX),
        }
    }

    /// Whether it says more than a poll does.
    fn is_more_than_a_poll(self) -> bool {
        self.surely_told() >= REPORT_VARIES_MIN
    }

    /// Whether it clearly uploads, where a full handshake has `full` bytes.
    fn uploads(self, full: Option<u16>) -> bool {
        let told = self.surely_told();
        told >= UPLOAD_MIN && told / 2 >= self.answer(full)
    }

    /// Whether it says more than a poll and more than it gets, as much of the answer as can being a handshake.
    fn may_report_more(self) -> bool {
        self.is_more_than_a_poll() && self.tells(Some(self.received.min(FULL_MAX)))
    }

    /// Whether nothing came back that could be an answer.
    pub(super) fn has_no_answer(self) -> bool {
        self.received < ANSWER_MIN
    }

    /// Whether more was told than fetched, where a full handshake has `full` bytes.
    fn tells(self, full: Option<u16>) -> bool {
        if self.sent() >= TOLD_MIN && self.sent() > self.received {
            return true;
        }
        self.may_be_full() && self.told() >= TOLD_MIN && self.told() > self.answer(full)
    }

    /// The same, or whether something was told and little more than a receipt came back.
    fn reports(self, full: Option<u16>) -> bool {
        let request = if self.is_inside() { 0 } else { HELLO_MAX };
        let is_report = self.sent() >= REPORT_MIN + request && self.answer(full) <= RECEIPT_MAX;
        is_report || self.tells(full)
    }
}

/// How much one contact is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// As [`Sample::distance`] has it, uploads whose size varies included.
    Alike,
    /// About as large.
    Near,
}

/// The sizes that most contacts have that tell, of those that nobody began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usual {
    /// Of the latest of them.
    pub(super) sample: Sample,
    /// How many more had it than another, about; 0 where there is none.
    pub(super) votes: u8,
    /// How many contacts were like it, and how many not.
    pub(super) like: u8,
    pub(super) unlike: u8,
}

impl Usual {
    pub(super) fn is_like(self, sample: Sample, is_attended: bool, fit: Fit) -> bool {
        if fit == Fit::Near {
            return self.sample.is_near(sample, RANGE_ATTENDED, is_attended);
        }
        let part = if is_attended { RANGE_ATTENDED } else { RANGE };
        self.sample.distance(sample, part, is_attended).is_some()
    }

    /// A contact that tells; only those that nobody began have a vote. Whether its upload takes the place of another.
    pub(super) fn see(&mut self, sample: Sample, is_attended: bool, fit: Fit) -> bool {
        let is_like = self.is_like(sample, is_attended, fit);
        match (is_like, self.votes) {
            (true, votes) => {
                // Few are nearly as large by chance: one that is outweighs some that are not.
                let weight = if fit == Fit::Near { 3 } else { 1 };
                self.votes = (votes + weight * u8::from(!is_attended)).min(VOTES_MAX);
                if !is_attended {
                    self.sample = sample;
                }
            }
            (false, 0) => {
                let was_other = self.sample.is_there();
                self.sample = sample;
                self.votes = u8::from(!is_attended);
                return was_other;
            }
            (false, votes) => self.votes = votes - u8::from(!is_attended),
        }
        false
    }

    /// Counts a contact, which is like it or not. Whether there are many now that are not.
    pub(super) fn count(&mut self, is_like: bool) -> bool {
        if self.like.max(self.unlike) >= COUNTED_MAX {
            self.like /= 2;
            self.unlike /= 2;
        }
        self.like += u8::from(is_like);
        self.unlike += u8::from(!is_like);
        self.is_one_of_many()
    }

    /// Whether many contacts are not like it.
    pub(super) fn is_one_of_many(self) -> bool {
        u16::from(self.unlike) * 3 > u16::from(self.like) + 3
    }

    /// Whether it can be.
    pub(super) fn is_sound(self) -> bool {
        self.like.max(self.unlike) <= COUNTED_MAX && self.votes <= VOTES_MAX
    }

    /// Whether there were enough.
    pub(super) fn is_settled(self) -> bool {
        usize::from(self.votes) >= SAMPLES_MIN
    }
}

/// The last connections of one sort, the latest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Samples(pub(super) [Sample; SAMPLES]);

impl Samples {
    pub(super) fn add(&mut self, sample: Sample) {
        self.0.rotate_right(1);
        if let Some(first) = self.0.first_mut() {
            *first = sample;
        }
    }

    /// Another takes the place of the latest: it is what that was tried for.
    pub(super) fn replace(&mut self, sample: Sample) {
        if let Some(first) = self.0.first_mut() {
            *first = sample;
        }
    }

    /// Whether most clearly upload; or tell more than they fetch, or get little for it, and those about as much each time.
    pub(super) fn tell(&self) -> Option<Telling> {
        let full = self.full();
        let tells = self.upload(full) || self.tell_more(full) || self.report(full);
        tells.then_some(Telling::Uploads)
    }

    /// The same at intervals, where what says more than a poll and than it gets may differ by half.
    pub(super) fn tell_at_intervals(&self) -> Option<Telling> {
        let full = self.full();
        let reports = |sample: &Sample| sample.is_more_than_a_poll() && sample.tells(full);
        let tells = self.is_steady(RANGE_REPORTS, reports);
        self.tell().or(tells.then_some(Telling::Uploads))
    }

    fn upload(&self, full: Option<u16>) -> bool {
        self.are_most(|sample| sample.uploads(full))
    }

    fn tell_more(&self, full: Option<u16>) -> bool {
        self.is_steady(RANGE, |sample| sample.tells(full))
    }

    fn report(&self, full: Option<u16>) -> bool {
        self.is_steady(RANGE, |sample| sample.reports(full))
    }

    /// Whether most say something, whatever they get for it, and about as much each time.
    pub(super) fn say(&self) -> bool {
        self.is_steady(RANGE, |sample| sample.told() >= TOLD_MIN)
    }

    /// Whether a connection tells by itself.
    pub(super) fn would_tell(&self, sample: Sample) -> bool {
        let known = self.full();
        // One that is smaller than those before is none, where these are.
        let is_full = known.is_some_and(|known| {
            known == FULL_MAX || sample.received.saturating_add(SAME) >= known
        });
        let full = known
            .filter(|_| is_full)
            .map(|known| known.min(sample.received.max(FULL_MIN)));
        let is_report = || !self.tell_more(known) && self.report(known);
        sample.tells(full) || sample.reports(full) && is_report()
    }

    fn there(&self) -> impl Iterator<Item = &Sample> {
        self.0.iter().filter(|sample| sample.is_there())
    }

    /// Whether three in four are such.
    fn are_most(&self, is_such: impl Fn(&Sample) -> bool) -> bool {
        let (of, such) = (
            self.there().count(),
            self.there().filter(|sample| is_such(sample)).count(),
        );
        of >= SAMPLES_MIN && such * 4 >= of * 3
    }

    /// The same, and their uploads are about as large: their range is at most one part in so many.
    fn is_steady(&self, part: u16, is_such: impl Fn(&Sample) -> bool) -> bool {
        if !self.are_most(&is_such) {
            return false;
        }
        let tellers = || self.there().filter(|sample| is_such(sample));
        let told = tellers().count();
        let mut sent = [0; SAMPLES];
        for (place, sample) in sent.iter_mut().zip(tellers()) {
            *place = sample.sent();
        }
        let Some(sent) = sent.get_mut(..told) else {
            return false;
        };
        sent.sort_unstable();
        let middle = sent.get(told / 2).copied().unwrap_or(0);
        let slack = match self.there().all(|sample| sample.is_inside()) {
            true => middle / part,
            false => (middle / part).max(RESUMED),
        };
        // One of five may be another.
        let spare = usize::from(told >= 5);
        let wanted = told - spare;
        let is_stable = |sent: &[u16]| match (sent.first(), sent.last()) {
            (Some(least), Some(most)) => most - least <= slack,
            _ => false,
        };
        sent.windows(wanted).any(is_stable)
    }

    /// What a handshake with certificates has, at most; `None` where there was none.
    fn full(&self) -> Option<u16> {
        let full = self
            .there()
            .filter(|sample| !sample.is_inside() && sample.received >= FULL_MIN)
            .map(|sample| sample.received)
            .min();
        full.map(|full| full.min(FULL_MAX))
    }

    /// The least and the most that one of them sent, where all are there and a sixteenth apart at most.
    pub(super) fn stable(&self) -> Option<(u32, u32)> {
        let all = || self.there();
        let least = all().map(|sample| sample.sent()).min()?;
        let most = all().map(|sample| sample.sent()).max()?;
        let is_stable = all().count() >= SAMPLES_MIN && most - least <= most / 16;
        is_stable.then_some((least.into(), most.into()))
    }
}
