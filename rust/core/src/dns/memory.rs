//! The memory of which name gave which address, so that a connection to a bare address can be
//! judged and shown by the name its app asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::message::{Message, Record, Section, Value};
use crate::{Duration, Instant};

/// How long an address is remembered at least, whatever its TTL. Apps keep an address well past it:
/// connection pools and HTTP stacks reconnect to what they resolved when they started, and many
/// services answer with a TTL under a minute.
pub const KEPT_MIN: Duration = Duration::from_secs(10 * 60);

/// How long an address is remembered at most without being answered again.
pub const KEPT_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Addresses remembered at most. An entry takes about 150 bytes in the two indexes and shares its
/// name (typically 30 bytes, at worst 1 KiB escaped) with the others of its answer: about 1.5 MiB
/// when full, 10 MiB at the very worst. At four addresses a name it is 2,000 names.
pub const ENTRIES_MAX: usize = 8192;

/// Aliases followed from the question: more than resolvers follow, and it bounds the work that one
/// answer can ask for.
const ALIASES_MAX: usize = 16;

/// Records of one answer that are read: more than come by UDP from any resolver. A record of fourteen octets may take two
/// KiB when it is written out.
const RECORDS_MAX: usize = 256;

/// Which app asked, by its uid; one for all whose is not known.
pub type Asker = Option<u32>;

/// Which name gave which address, for each app that asked. Where there is no more room, the app with the most
/// addresses loses one of them: no flood of answers has another app's forgotten.
#[derive(Debug, Default)]
pub struct Memory {
    entries: BTreeMap<(IpAddr, Asker), Entry>,
    by_expiry: BTreeMap<Asker, BTreeSet<(Instant, IpAddr)>>,
    learned: u64,
}

#[derive(Debug)]
struct Entry {
    name: Arc<str>,
    expires: Instant,
    /// Counts up from entry to entry.
    learned: u64,
}

impl Memory {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Books every address that `answer` gives `asker` for `question_name` (lower case, no trailing dot)
    /// under that name, aliases and service targets in between or not. Records about other names are
    /// not believed. An address that the app knows by another name changes hands.
    pub fn learn(&mut self, now: Instant, asker: Asker, question_name: &str, answer: &Message<'_>) {
        self.forget_expired(now);
        let records: Vec<_> = answer
            .records()
            .filter(|record| record.section != Section::Authority)
            .take(RECORDS_MAX)
            .collect();
        let reached = reached(question_name, &records);
        let name: Arc<str> = question_name.into();
        for record in &records {
            if !reached.contains(record.owner.as_str()) {
                continue;
            }
            let ttl = Duration::from_secs(record.ttl.into());
            let expires = now + ttl.clamp(KEPT_MIN, KEPT_MAX);
            match &record.value {
                Value::Address(address) => self.book(*address, asker, &name, expires),
                Value::Service { hints, .. } => {
                    for hint in hints {
                        self.book(*hint, asker, &name, expires);
                    }
                }
                Value::Alias(_) | Value::Other(_) => {}
            }
        }
    }

    /// The name that most recently gave `address`, whoever asked, if that is not too long ago.
    #[must_use]
    pub fn name_of(&self, now: Instant, address: IpAddr) -> Option<&str> {
        let of_address = self
            .entries
            .range((address, None)..=(address, Some(u32::MAX)));
        let there = of_address.filter(|(_, entry)| now < entry.expires);
        let (_, latest) = there.max_by_key(|(_, entry)| entry.learned)?;
        Some(&latest.name)
    }

    /// The name that most recently gave `address` to the app itself, if that is not too long ago: what other apps
    /// are told of that address says nothing of this one.
    #[must_use]
    pub fn own_name_of(&self, now: Instant, address: IpAddr, uid: u32) -> Option<&str> {
        let entry = self.entries.get(&(address, Some(uid)))?;
        (now < entry.expires).then_some(&*entry.name)
    }

    /// Addresses held, expired ones that have not been cleared included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no address is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn book(&mut self, address: IpAddr, asker: Asker, name: &Arc<str>, mut expires: Instant) {
        if let Some(old) = self.forget(address, asker) {
            if old.name == *name {
                expires = expires.max(old.expires);
            }
        } else if self.entries.len() >= ENTRIES_MAX {
            self.make_room();
        }
        self.learned += 1;
        let entry = Entry {
            name: Arc::clone(name),
            expires,
            learned: self.learned,
        };
        self.entries.insert((address, asker), entry);
        let by_expiry = self.by_expiry.entry(asker).or_default();
        by_expiry.insert((expires, address));
    }

    /// Forgets what expires first of whoever has the most.
    fn make_room(&mut self) {
        let most = self.by_expiry.iter().max_by_key(|(_, held)| held.len());
        let first = most.and_then(|(asker, held)| Some((*asker, held.first()?.1)));
        if let Some((asker, address)) = first {
            self.forget(address, asker);
        }
    }

    fn forget(&mut self, address: IpAddr, asker: Asker) -> Option<Entry> {
        let entry = self.entries.remove(&(address, asker))?;
        if let Some(held) = self.by_expiry.get_mut(&asker) {
            held.remove(&(entry.expires, address));
            if held.is_empty() {
                self.by_expiry.remove(&asker);
            }
        }
        Some(entry)
    }

    fn forget_expired(&mut self, now: Instant) {
        let expired = |held: &BTreeSet<(Instant, IpAddr)>| {
            let first = held.first().filter(|(expires, _)| *expires <= now)?;
            Some(first.1)
        };
        let askers: Vec<Asker> = self.by_expiry.keys().copied().collect();
        for asker in askers {
            while let Some(address) = self.by_expiry.get(&asker).and_then(expired) {
                self.forget(address, asker);
            }
        }
    }
}

/// The names that `question_name` leads to, itself included, in whatever order the records stand.
fn reached<'a>(question_name: &'a str, records: &'a [Record]) -> BTreeSet<&'a str> {
    let mut leads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for record in records {
        if let Value::Alias(target) | Value::Service { target, .. } = &record.value
            && !target.is_empty()
        {
            leads.entry(&record.owner).or_default().push(target);
        }
    }
    let mut reached = BTreeSet::from([question_name]);
    let mut latest = vec![question_name];
    for _ in 0..ALIASES_MAX {
        let targets = latest.iter().filter_map(|name| leads.get(name)).flatten();
        latest = targets
            .copied()
            .filter(|name| reached.insert(name))
            .collect();
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::message::RecordType;
    use super::super::samples::{self, Sample, wire_name};
    use super::*;

    fn learn(memory: &mut Memory, now: Instant, octets: &[u8]) {
        let answer = Message::parse(octets).unwrap();
        memory.learn(now, None, &answer.question().name.clone(), &answer);
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_secs(seconds)
    }

    fn answer(name: &str, address: [u8; 4], ttl: u32) -> Vec<u8> {
        Sample::answer(1, name, RecordType::A)
            .record(name, RecordType::A, ttl, &address)
            .build()
    }

    #[test]
    fn an_aliased_address_is_booked_under_the_question() {
        let mut memory = Memory::new();
        learn(&mut memory, at(0), &samples::aliased_answer());
        let address = [192, 0, 2, 7].into();
        assert_eq!(memory.name_of(at(1), address), Some("www.example.org"));
        assert_eq!(memory.name_of(at(1), [192, 0, 2, 8].into()), None);
    }

    #[test]
    fn hints_of_both_families_are_booked() {
        let mut memory = Memory::new();
        learn(&mut memory, at(0), &samples::service_answer());
        for address in ["192.0.2.1", "192.0.2.2", "2001:db8::1"] {
            let address = address.parse().unwrap();
            assert_eq!(memory.name_of(at(1), address), Some("svc.example"));
        }
    }

    #[test]
    fn aliases_are_followed_in_any_order_and_loops_end() {
        let octets = Sample::answer(1, "a.example", RecordType::A)
            .record("c.example", RecordType::A, 60, &[192, 0, 2, 3])
            .record("b.example", RecordType::CNAME, 60, &wire_name("c.example"))
            .record("A.example", RecordType::CNAME, 60, &wire_name("B.example"))
            .record("c.example", RecordType::CNAME, 60, &wire_name("a.example"))
            .build();
        let mut memory = Memory::new();
        learn(&mut memory, at(0), &octets);
        let name = memory.name_of(at(1), [192, 0, 2, 3].into());
        assert_eq!(name, Some("a.example"));
    }

    #[test]
    fn an_additional_address_of_a_service_target_is_booked() {
        let mut rdata = b"\0\x01".to_vec();
        rdata.extend(wire_name("pool.example"));
        let octets = Sample::answer(1, "a.example", RecordType::HTTPS)
            .record("a.example", RecordType::HTTPS, 60, &rdata)
            .additional("pool.example", RecordType::A, 60, &[192, 0, 2, 9])
            .build();
        let mut memory = Memory::new();
        learn(&mut memory, at(0), &octets);
        let name = memory.name_of(at(1), [192, 0, 2, 9].into());
        assert_eq!(name, Some("a.example"));
    }

    #[test]
    fn records_about_other_names_are_not_believed() {
        let octets = Sample::answer(1, "a.example", RecordType::A)
            .record("bank.example", RecordType::A, 60, &[192, 0, 2, 66])
            .additional("bank.example", RecordType::A, 60, &[192, 0, 2, 67])
            .build();
        let mut memory = Memory::new();
        learn(&mut memory, at(0), &octets);
        assert!(memory.is_empty());
    }

    #[test]
    fn the_ttl_has_a_floor_and_a_ceiling() {
        const WEEK: u32 = 7 * 24 * 3600;
        for (ttl, kept) in [(0, 600), (601, 601), (7200, 7200), (WEEK, 86_400)] {
            let mut memory = Memory::new();
            learn(
                &mut memory,
                at(5),
                &answer("a.example", [192, 0, 2, 1], ttl),
            );
            let address = [192, 0, 2, 1].into();
            assert!(memory.name_of(at(5 + kept - 1), address).is_some(), "{ttl}");
            assert!(memory.name_of(at(5 + kept), address).is_none(), "{ttl}");
        }
    }

    #[test]
    fn the_latest_name_wins_and_the_same_name_is_not_shortened() {
        let address = [192, 0, 2, 1].into();
        let mut memory = Memory::new();
        learn(
            &mut memory,
            at(0),
            &answer("a.example", [192, 0, 2, 1], 7200),
        );
        learn(&mut memory, at(1), &answer("a.example", [192, 0, 2, 1], 0));
        assert_eq!(memory.name_of(at(7199), address), Some("a.example"));
        learn(&mut memory, at(2), &answer("b.example", [192, 0, 2, 1], 0));
        assert_eq!(memory.name_of(at(3), address), Some("b.example"));
        assert_eq!(memory.name_of(at(700), address), None);
        assert_eq!(memory.len(), 1);
    }

    #[test]
    fn what_expires_first_makes_room_and_what_expired_is_cleared() {
        let mut memory = Memory::new();
        learn(
            &mut memory,
            at(0),
            &answer("short.example", [10, 0, 0, 1], 700),
        );
        learn(
            &mut memory,
            at(0),
            &answer("long.example", [10, 0, 0, 2], 7200),
        );
        for n in 0..u32::try_from(ENTRIES_MAX).unwrap() - 1 {
            let address = (0x0b00_0000 | n).to_be_bytes();
            learn(&mut memory, at(1), &answer("many.example", address, 3600));
        }
        assert_eq!(memory.len(), ENTRIES_MAX);
        assert_eq!(memory.name_of(at(2), [10, 0, 0, 1].into()), None);
        assert!(memory.name_of(at(2), [10, 0, 0, 2].into()).is_some());
        learn(
            &mut memory,
            at(7300),
            &answer("late.example", [10, 0, 0, 3], 60),
        );
        assert_eq!(memory.len(), 1);
        assert_eq!(
            memory.by_expiry.values().map(BTreeSet::len).sum::<usize>(),
            1
        );
    }

    /// As much as fits, and twice that, of one app; the other's is older and expires first.
    #[test]
    fn a_flood_of_one_app_forgets_nothing_of_another() {
        let mut memory = Memory::new();
        let mut learn = |uid, octets: &[u8]| {
            let answer = Message::parse(octets).unwrap();
            memory.learn(at(0), Some(uid), &answer.question().name.clone(), &answer);
        };
        learn(1, &answer("quiet.example", [192, 0, 2, 1], 700));
        for n in 0..2 * u32::try_from(ENTRIES_MAX).unwrap() {
            let address = (0x0b00_0000 | n).to_be_bytes();
            learn(2, &answer("flood.example", address, 86_400));
        }
        let address = [192, 0, 2, 1].into();
        assert_eq!(memory.name_of(at(1), address), Some("quiet.example"));
        assert_eq!(memory.len(), ENTRIES_MAX);
    }

    #[test]
    fn one_app_cannot_rename_what_another_has_asked_for() {
        let mut memory = Memory::new();
        let address = IpAddr::from([192, 0, 2, 1]);
        for (uid, name) in [(1, "mine.example"), (2, "theirs.example")] {
            let octets = answer(name, [192, 0, 2, 1], 60);
            let message = Message::parse(&octets).unwrap();
            memory.learn(at(0), Some(uid), name, &message);
        }
        assert_eq!(memory.own_name_of(at(1), address, 1), Some("mine.example"));
        assert_eq!(
            memory.own_name_of(at(1), address, 2),
            Some("theirs.example")
        );
        assert_eq!(memory.own_name_of(at(1), address, 3), None);
        assert_eq!(memory.name_of(at(1), address), Some("theirs.example"));
        assert_eq!(memory.own_name_of(at(601), address, 1), None, "expired");
    }

    #[test]
    fn of_an_answer_so_many_records_are_read() {
        let records = u16::try_from(2 * RECORDS_MAX).unwrap();
        let mut octets = Sample::answer(1, "a.example", RecordType::A).build();
        octets[6..8].copy_from_slice(&records.to_be_bytes());
        for n in 0..records {
            octets.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0]);
            octets.extend(n.to_be_bytes());
        }
        let mut memory = Memory::new();
        learn(&mut memory, at(0), &octets);
        assert_eq!(memory.len(), RECORDS_MAX);
    }
}
