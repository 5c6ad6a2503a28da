//! Finds which of many literals stand in a text, letter case ignored, and looks at few of its bytes
//! more than once: four at a time, with as many left out as the shortest literal allows.

/// Bytes that are looked at together, if all literals are that long.
const WINDOW: usize = 4;
/// Most bytes from one look to the next: each further one costs a window for each literal.
const STRIDE_MAX: usize = 8;
/// Comparisons for each byte of text before all literals are taken to be there: those that begin alike are compared
/// with each place that does, too.
const COMPARED_MAX: usize = 4;
/// Comparisons that are made in any text.
const COMPARED_MIN: usize = 1024;
/// Bits for each window, so that one in thirty-two others is let through; and their number at most,
/// which is what a core keeps close by.
const BITS_EACH: usize = 32;
const BITS_MAX: usize = 1 << 20;

/// Literals and what each stands for.
#[derive(Debug, Default)]
pub(super) struct Literals {
    parts: Vec<(Vec<u8>, usize)>,
    width: usize,
    stride: usize,
    is_ascii: bool,
    /// A bit for each window that begins a look at a literal.
    bits: Vec<u64>,
    /// These windows in order, with the literal and how far inside of it they begin.
    windows: Vec<(u32, usize, usize)>,
}

impl Literals {
    /// Adds one, which is not empty.
    pub(super) fn add(&mut self, literal: &[u8], stands_for: usize) {
        self.parts.push((literal.to_vec(), stands_for));
    }

    /// Makes ready for [`Self::find`], when all are in.
    pub(super) fn finish(&mut self) {
        let lengths = self.parts.iter().map(|(literal, _)| literal.len());
        let shortest = lengths.min().unwrap_or_default();
        self.width = shortest.min(WINDOW);
        self.stride = (shortest - self.width + 1).min(STRIDE_MAX);
        self.is_ascii = self.parts.iter().all(|(literal, _)| literal.is_ascii());
        self.windows.clear();
        for (nth, (literal, _)) in self.parts.iter().enumerate() {
            let windows = literal.windows(self.width.max(1)).take(self.stride);
            let windows = windows
                .enumerate()
                .map(|(at, bytes)| (folded(bytes), nth, at));
            self.windows.extend(windows);
        }
        self.windows.sort_unstable();
        let bits = (self.windows.len() * BITS_EACH).next_power_of_two();
        self.bits = vec![0; bits.clamp(64, BITS_MAX) / 64];
        for (window, ..) in &self.windows {
            let (word, bit) = place(*window, self.bits.len());
            if let Some(word) = self.bits.get_mut(word) {
                *word |= bit;
            }
        }
    }

    /// Shows `found` what each literal in `text` stands for, as often as it is there; where telling that would take too
    /// long, what all of them stand for.
    pub(super) fn find(&self, text: &[u8], found: &mut impl FnMut(usize)) {
        match self.width {
            0 => {}
            1 => self.look::<1>(text, found),
            2 => self.look::<2>(text, found),
            3 => self.look::<3>(text, found),
            _ => self.look::<WINDOW>(text, found),
        }
    }

    /// The same for literals of `WIDTH` bytes or more. Of a literal anywhere in the text, one of its
    /// first `stride` windows begins at a multiple of `stride`.
    fn look<const WIDTH: usize>(&self, text: &[u8], found: &mut impl FnMut(usize)) {
        let others = if self.is_ascii { 0x8080_8080 } else { 0 };
        let mut left = text.len() * COMPARED_MAX + COMPARED_MIN;
        let mut at = 0;
        while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk::<WIDTH>) {
            let window = folded(bytes);
            let (word, bit) = place(window, self.bits.len());
            // The bit that tells small letters from capitals is none of these.
            if window & others == 0 && self.bits.get(word).is_some_and(|word| word & bit != 0) {
                let Some(fewer) = left.checked_sub(self.compare(text, at, window, found)) else {
                    return self
                        .parts
                        .iter()
                        .for_each(|(_, stands_for)| found(*stands_for));
                };
                left = fewer;
            }
            at += self.stride;
        }
    }

    /// Returns how many comparisons it took.
    #[cold]
    fn compare(&self, text: &[u8], at: usize, window: u32, found: &mut impl FnMut(usize)) -> usize {
        let mut compared = 0;
        let first = self.windows.partition_point(|(other, ..)| *other < window);
        let same = self.windows.iter().skip(first);
        for (_, nth, inside) in same.take_while(|(other, ..)| *other == window) {
            compared += 1;
            let Some((literal, stands_for)) = self.parts.get(*nth) else {
                continue;
            };
            let there = at.checked_sub(*inside).and_then(|start| text.get(start..));
            let there = there.and_then(|rest| rest.get(..literal.len()));
            if there.is_some_and(|there| there.eq_ignore_ascii_case(literal)) {
                found(*stands_for);
            }
        }
        compared
    }
}

/// Up to four bytes as a number, the same for small letters and capitals, and for some that are
/// neither.
fn folded(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(byte | 0x20))
}

/// Which bit of which word is a window's, of `words` words, a power of two.
fn place(window: u32, words: usize) -> (usize, u64) {
    // Odd, with its bits spread: 2^32 divided by the golden ratio (Knuth, TAOCP 6.4).
    let mixed = window.wrapping_mul(0x9e37_79b1);
    let word = (mixed >> 12) as usize & words.wrapping_sub(1);
    (word, 1 << (mixed >> 26))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    fn text(random: &mut Random, length: usize, letters: &[u8]) -> Vec<u8> {
        (0..length)
            .map(|_| letters[random.below(letters.len())])
            .collect()
    }

    /// Whatever the lengths, it finds what comparing each place with each literal finds.
    #[test]
    fn finds_what_is_there() {
        let mut random = Random::new(7);
        let mut seen = [0; 2];
        for round in 0..2_000 {
            let letters: &[u8] = if round % 4 == 0 {
                b"aB@\"\xc3\xe3"
            } else {
                b"aAbB@`"
            };
            let shortest = 1 + random.below(14);
            let mut literals = Literals::default();
            let mut all = Vec::new();
            for nth in 0..1 + random.below(20) {
                let length = shortest + random.below(4);
                let literal = text(&mut random, length, letters);
                literals.add(&literal, nth);
                all.push(literal);
            }
            literals.finish();
            let length = random.below(60);
            let mut text = text(&mut random, length, letters);
            if round % 2 == 0 {
                let at = random.below(text.len() + 1);
                let literal = all[random.below(all.len())].to_ascii_uppercase();
                text.splice(at..at, literal);
            }
            let mut found = Vec::new();
            literals.find(&text, &mut |nth| found.push(nth));
            found.sort_unstable();
            let mut expected = Vec::new();
            for (nth, literal) in all.iter().enumerate() {
                let same = |part: &&[u8]| part.eq_ignore_ascii_case(literal);
                expected.extend(text.windows(literal.len()).filter(same).map(|_| nth));
            }
            assert_eq!(found, expected, "{all:?} in {text:?}");
            seen[usize::from(expected.is_empty())] += 1;
        }
        assert!(seen.iter().all(|count| *count > 200), "{seen:?}");
    }

    #[test]
    fn without_literals_nothing_is_found() {
        let mut none = Literals::default();
        none.find(b"text", &mut |_| panic!("found"));
        none.finish();
        none.find(b"text", &mut |_| panic!("found"));
    }

    /// Each place in the text begins like all literals.
    #[test]
    fn where_comparing_takes_too_long_all_are_taken_to_be_there() {
        const COUNT: usize = 3_000;
        let mut literals = Literals::default();
        for nth in 0..COUNT {
            literals.add(format!("begin{nth:04}").as_bytes(), nth);
        }
        literals.finish();
        let count = |times: usize| {
            let mut found = std::collections::BTreeSet::new();
            literals.find("begin ".repeat(times).as_bytes(), &mut |nth| {
                found.extend([nth])
            });
            found.len()
        };
        assert_eq!((count(0), count(10_000)), (0, COUNT));
    }
}
