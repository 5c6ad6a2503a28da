//! Mutated messages through everything that reads messages: nothing may panic, and what is accepted
//! must keep its promises.

use super::decoy::{Decoys, Family};
use super::forward::Frames;
use super::memory::{ENTRIES_MAX, Memory};
use super::message::{Message, RecordType};
use super::samples::{self, Sample, wire_name};
use super::{answer, forward};
use crate::Instant;

/// Marsaglia's xorshift64: the same octets on every run.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

fn mutate(random: &mut Xorshift, octets: &mut Vec<u8>) {
    // Octets that mean something to a parser: ends, label lengths, pointers.
    const TELLING: [u8; 8] = [0, 1, 0x3f, 0x40, 0x7f, 0xc0, 0xc1, 0xff];

    for _ in 0..=random.below(4) {
        if octets.is_empty() {
            return;
        }
        let at = random.below(octets.len());
        match random.below(6) {
            0 => octets[at] = random.next() as u8,
            1 => octets[at] = TELLING[random.below(TELLING.len())],
            2 => octets[at] ^= 1 << random.below(8),
            3 => octets.truncate(at),
            4 => octets.insert(at, random.next() as u8),
            _ => {
                let end = at + random.below(octets.len() - at);
                let piece = octets[at..end].to_vec();
                octets.extend(piece);
            }
        }
    }
}

fn exercise(octets: &[u8], memory: &mut Memory, decoys: &mut Decoys) -> bool {
    let mut frames = Frames::new();
    let _ = frames.push(octets);
    while frames.pull().is_some() {}

    let Ok(message) = Message::parse(octets) else {
        return false;
    };
    // Each record takes at least 11 octets, so no count can be believed beyond that.
    assert!(message.records().count() <= octets.len() / 11);
    let name = message.question().name.clone();
    memory.learn(Instant::ZERO, None, &name, &message);
    assert!(memory.len() <= ENTRIES_MAX);

    for family in [Family::V4, Family::V6] {
        let decoy = decoys.address_for(None, &name, family);
        assert_eq!(decoys.name_of(decoy), Some(&*name));
        let built = answer::address(&message, decoy, 10);
        Message::parse(&built).expect("an answer of ours is well formed");
    }
    for built in [
        answer::blocked(&message),
        answer::no_data(&message),
        answer::server_failure(&message),
    ] {
        assert!(built.len() <= 512);
        let built = Message::parse(&built).expect("an answer of ours is well formed");
        assert_eq!(built.question(), message.question());
        assert_eq!(forward::matches(&message, &built), !message.is_response());
    }
    let fitted = answer::fit(&message, &message);
    assert!(fitted.len() <= message.udp_limit());
    Message::parse(&fitted).expect("a cut answer is well formed");
    true
}

#[test]
fn mutated_messages_never_panic() {
    const ROUNDS: usize = 60_000;

    let seeds = [
        samples::aliased_answer(),
        samples::service_answer(),
        Sample::query(7, "beacon.example.org", RecordType::A)
            .opt(1232, 0x8000)
            .build(),
        Sample::answer(7, "a.b.c.example", RecordType::AAAA)
            .record(
                "a.b.c.example",
                RecordType::CNAME,
                9,
                &wire_name("d.example"),
            )
            .record("d.example", RecordType::AAAA, 9, &[0x20; 16])
            .record("d.example", RecordType(16), 9, b"\x05hello")
            .additional("e.example", RecordType::A, 9, &[192, 0, 2, 1])
            .build(),
    ];
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    let mut memory = Memory::new();
    let mut decoys = Decoys::new();
    let mut accepted = 0;
    for round in 0..ROUNDS {
        let mut octets = seeds[round % seeds.len()].clone();
        mutate(&mut random, &mut octets);
        accepted += usize::from(exercise(&octets, &mut memory, &mut decoys));
    }
    // Both sides of the border must have been tried.
    assert!(
        (ROUNDS / 10..ROUNDS * 9 / 10).contains(&accepted),
        "{accepted}"
    );
}

#[test]
fn random_octets_never_panic() {
    let mut random = Xorshift(0x2545_f491_4f6c_dd1d);
    let mut memory = Memory::new();
    let mut decoys = Decoys::new();
    for _ in 0..20_000 {
        let mut octets: Vec<u8> = (0..random.below(200))
            .map(|_| random.next() as u8)
            .collect();
        if let Some(count) = octets.get_mut(4..6) {
            count.copy_from_slice(&[0, 1]);
        }
        exercise(&octets, &mut memory, &mut decoys);
    }
}
