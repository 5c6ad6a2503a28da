//! Finds a name among [`NAMES`], or that nothing ends in one, without comparing it with each.

use super::names::{HASHES, NAMES, Named, SUFFIXES};

/// Slots of the table: three for each name, so that a look-up seldom takes more than two steps.
const SLOTS: usize = 1024;
/// Bits of the filter of endings: fifty for each name, so that one in fifty others is let through.
const BITS: usize = 16 * 1024;
/// Letters of an ending that are looked at.
const TAIL: usize = 4;

static INDEX: Index = Index::build();

/// What a whole name means.
pub(super) fn lookup(name: &[u8]) -> Option<Named> {
    let mut slot = Index::slot(name);
    loop {
        let (kind, nth) = *INDEX.slots.get(slot)?;
        let (named, names) = NAMES.get(usize::from(kind))?;
        if names.get(usize::from(nth))?.as_bytes() == name {
            return Some(*named);
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Whether `text`, in small letters without separators, may end in a name: true of every text that
/// does, and of few others.
pub(super) fn may_end_in_name(text: &[u8]) -> bool {
    INDEX.names.may_end(text.iter().rev().copied())
}

/// Whether a key as it was written may end in a name, or in what may follow one. Spares most keys
/// being written without separators.
pub(super) fn may_be_key(key: &[u8]) -> bool {
    let mut letters = key.iter().rev().filter(|b| b.is_ascii_alphanumeric());
    loop {
        let rest = letters.clone();
        match letters.next() {
            Some(b'0'..=b'9') => return true,
            Some(_) if INDEX.keys.may_end(rest.map(|b| b | 0x20)) => return true,
            // The ending of many words; one of ours stands before it.
            Some(b's' | b'S') => {}
            Some(_) | None => return false,
        }
    }
}

struct Index {
    /// Kind and number of a name, as they stand in [`NAMES`]; [`EMPTY`] ends a search.
    slots: [(u8, u8); SLOTS],
    names: Tails,
    /// Of names, and of what may follow one, but for a single letter.
    keys: Tails,
}

const EMPTY: (u8, u8) = (u8::MAX, 0);

impl Index {
    const fn build() -> Self {
        let mut index = Self {
            slots: [EMPTY; SLOTS],
            names: Tails([0; BITS / 64]),
            keys: Tails([0; BITS / 64]),
        };
        let mut kind = 0;
        while kind < NAMES.len() {
            let mut nth = 0;
            while nth < NAMES[kind].1.len() {
                index.add(NAMES[kind].1[nth].as_bytes(), (kind as u8, nth as u8));
                nth += 1;
            }
            kind += 1;
        }
        index.keys.add_all(&HASHES);
        let mut nth = 0;
        while nth < SUFFIXES.len() {
            if SUFFIXES[nth].len() > 1 {
                index.keys.add(SUFFIXES[nth].as_bytes());
            }
            nth += 1;
        }
        index
    }

    const fn add(&mut self, name: &[u8], entry: (u8, u8)) {
        let mut slot = Self::slot(name);
        while self.slots[slot].0 != EMPTY.0 {
            slot = (slot + 1) % SLOTS;
        }
        self.slots[slot] = entry;
        self.names.add(name);
        self.keys.add(name);
    }

    /// Where a name is looked for first.
    const fn slot(name: &[u8]) -> usize {
        let (mut hash, mut at) = (0_u32, 0);
        while at < name.len() {
            hash = (hash ^ name[at] as u32).wrapping_mul(MIX);
            at += 1;
        }
        (hash >> (u32::BITS - SLOTS.trailing_zeros())) as usize
    }
}

/// A bit for the last letters of each word, all of those of a shorter one.
struct Tails([u64; BITS / 64]);

impl Tails {
    const fn add_all(&mut self, words: &[&str]) {
        let mut nth = 0;
        while nth < words.len() {
            self.add(words[nth].as_bytes());
            nth += 1;
        }
    }

    const fn add(&mut self, word: &[u8]) {
        let (mut tail, mut nth) = (0, 0);
        while nth < TAIL && nth < word.len() {
            tail |= (word[word.len() - 1 - nth] as u32) << (8 * nth);
            nth += 1;
        }
        let bit = Self::bit(tail);
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether there may be a word whose letters, from the last to the first, `letters` begin with.
    fn may_end(&self, letters: impl Iterator<Item = u8>) -> bool {
        let mut tail = 0;
        letters.take(TAIL).enumerate().any(|(nth, letter)| {
            tail |= u32::from(letter) << (8 * nth);
            let bit = Self::bit(tail);
            let word = self.0.get(bit / 64);
            word.is_some_and(|word| word >> (bit % 64) & 1 == 1)
        })
    }

    const fn bit(tail: u32) -> usize {
        (tail.wrapping_mul(MIX) >> (u32::BITS - BITS.trailing_zeros())) as usize
    }
}

/// Odd, with its bits spread: 2^32 divided by the golden ratio (Knuth, TAOCP 6.4).
const MIX: u32 = 0x9e37_79b1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_seen_at_the_end() {
        let mut slots = 0;
        for (named, names) in NAMES {
            for name in names {
                assert_eq!(lookup(name.as_bytes()), Some(named), "{name}");
                for before in ["", "x", "acme", "my2"] {
                    let text = format!("{before}{name}");
                    assert!(may_end_in_name(text.as_bytes()), "{text}");
                    for after in HASHES.iter().chain(&SUFFIXES).chain(&["", "_1", "[]"]) {
                        let key = format!("{text}-{after}").to_uppercase();
                        assert!(may_be_key(key.as_bytes()), "{key}");
                    }
                }
                slots += 1;
            }
        }
        assert!(2 * slots < SLOTS, "{slots} names");
        assert_eq!(lookup(b""), None);
        assert_eq!(lookup(b"imeix"), None);
    }

    #[test]
    fn few_other_words_pass() {
        let words = [
            "interval",
            "hourly",
            "experiment",
            "temperature",
            "pressure",
            "units",
        ];
        let passed = words
            .iter()
            .filter(|word| may_end_in_name(word.as_bytes()))
            .count();
        assert_eq!(passed, 0);
        let keys = words.iter().filter(|word| may_be_key(word.as_bytes()));
        assert!(keys.count() < 2);
    }
}
