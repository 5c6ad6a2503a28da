//! Finds the words of a text, sixty-four bytes at a time: almost all of a payload is words that mean
//! nothing, so that walking through them is most of the work.

/// Bytes that are classed together, a bit of a mask each.
const BLOCK: usize = u64::BITS as usize;
/// Bytes whose bits one multiplication brings together.
const LANES: usize = 8;

/// A run of letters and digits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) has_digit: bool,
}

/// The words of a text, from the first to the last.
pub(super) struct Words<'a> {
    bytes: &'a [u8],
    /// The block that the masks are of; beyond the text before the first look.
    block: usize,
    /// Where letters and digits stand.
    letters: u64,
    digits: u64,
}

impl<'a> Words<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            block: usize::MAX,
            letters: 0,
            digits: 0,
        }
    }

    /// The next word that begins at or after `from`, which may be in the middle of one. Words within a
    /// block are passed over if their length has no bit in `lengths`.
    pub(super) fn next_from(&mut self, from: usize, lengths: u64) -> Option<Word> {
        let mut begin = from;
        loop {
            let mut letters = self.look(begin)?.0;
            let mut left = BLOCK - begin % BLOCK;
            let found = loop {
                if letters == 0 {
                    break false;
                }
                let gap = letters.trailing_zeros();
                letters >>= gap;
                let run = letters.trailing_ones();
                let reach = (gap + run) as usize;
                if reach >= left || lengths >> run & 1 != 0 {
                    begin += gap as usize;
                    break true;
                }
                letters >>= run;
                begin += reach;
                left -= reach;
            };
            if found {
                break;
            }
            begin = (begin / BLOCK + 1) * BLOCK;
        }
        let mut end = begin;
        let mut has_digit = false;
        while let Some((letters, digits)) = self.look(end) {
            let run = letters.trailing_ones();
            let within = u64::MAX.checked_shr(u64::BITS - run).unwrap_or_default();
            has_digit |= digits & within != 0;
            end += run as usize;
            // The word may go on in the next block, and only there.
            if run == 0 || !end.is_multiple_of(BLOCK) {
                break;
            }
        }
        Some(Word {
            begin,
            end,
            has_digit,
        })
    }

    /// Where letters and digits stand from `at` on, to the end of its block; `None` beyond the text.
    fn look(&mut self, at: usize) -> Option<(u64, u64)> {
        let block = at / BLOCK;
        if block != self.block {
            let rest = self.bytes.get(block * BLOCK..).filter(|r| !r.is_empty())?;
            (self.letters, self.digits) = match rest.first_chunk() {
                Some(whole) => classes(whole),
                None => {
                    let mut filled = [0; BLOCK];
                    filled.get_mut(..rest.len())?.copy_from_slice(rest);
                    classes(&filled)
                }
            };
            self.block = block;
        }
        let shift = at % BLOCK;
        Some((self.letters >> shift, self.digits >> shift))
    }
}

/// Where letters and digits stand, and where digits, the first byte being the lowest bit.
fn classes(block: &[u8; BLOCK]) -> (u64, u64) {
    let digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    let letter = |byte: u8| (byte | 0x20).wrapping_sub(b'a') < 26;
    (
        mask(&block.map(|byte| u8::from(letter(byte) | digit(byte)))),
        mask(&block.map(|byte| u8::from(digit(byte)))),
    )
}

/// A bit for each byte, all of them 0 or 1.
fn mask(flags: &[u8; BLOCK]) -> u64 {
    // Brings the lowest bits of eight bytes to the top, those of the last byte highest.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (lanes, _) = flags.as_chunks::<LANES>();
    lanes.iter().rev().fold(0, |mask, lane| {
        mask << LANES | u64::from_le_bytes(*lane).wrapping_mul(GATHER) >> (BLOCK - LANES)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::content::tests::invented::Noise;

    /// One byte after the other, from `from` on.
    fn plainly(bytes: &[u8], from: usize) -> Option<Word> {
        let begin = from
            + bytes
                .get(from..)?
                .iter()
                .position(u8::is_ascii_alphanumeric)?;
        let word = bytes[begin..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric());
        Some(Word {
            begin,
            end: begin + word.clone().count(),
            has_digit: word.clone().any(u8::is_ascii_digit),
        })
    }

    #[test]
    fn words_are_found_from_everywhere() {
        let mut noise = Noise(3);
        let mut seen = 0;
        for length in (0..400).chain([BLOCK - 1, BLOCK, BLOCK + 1]) {
            let spaced = 2 + noise.below(40);
            let bytes: Vec<u8> = (0..length)
                .map(|_| match noise.below(spaced) {
                    0 => b"./@`[{:\0\x7f\xc3\xff "[noise.below(12)],
                    1..3 => b"059"[noise.below(3)],
                    _ => b"azAZm"[noise.below(5)],
                })
                .collect();
            for from in 0..length + 2 {
                let found = Words::new(&bytes).next_from(from, u64::MAX);
                assert_eq!(found, plainly(&bytes, from), "{bytes:?} from {from}");
                seen += usize::from(found.is_some());
            }
            let (mut words, mut at) = (Words::new(&bytes), 0);
            while let Some(word) = words.next_from(at, u64::MAX) {
                assert_eq!(Some(&word), plainly(&bytes, at).as_ref());
                at = word.end;
            }
            assert_eq!(plainly(&bytes, at), None);
            for lengths in [0, 1 << 2, 1 << 3 | 1 << 5, u64::MAX << 6] {
                let (mut words, mut at) = (Words::new(&bytes), 0);
                let mut asked = || loop {
                    let word = words.next_from(at, lengths)?;
                    at = word.end;
                    if lengths >> (word.end - word.begin).min(BLOCK - 1) & 1 != 0 {
                        return Some(word);
                    }
                };
                let mut from = 0;
                while let Some(word) = plainly(&bytes, from) {
                    from = word.end;
                    if lengths >> (word.end - word.begin).min(BLOCK - 1) & 1 != 0 {
                        assert_eq!(asked(), Some(word), "{bytes:?}");
                    }
                }
                assert_eq!(asked(), None, "{bytes:?}");
            }
        }
        assert!(seen > 10_000, "{seen}");
    }

    /// A word that goes on in the next block has its whole length, whatever stood before it.
    #[test]
    fn a_word_over_the_end_of_a_block_is_not_passed_over() {
        let text = format!("a{}{}", " ".repeat(50), "x".repeat(30));
        let found = Words::new(text.as_bytes()).next_from(0, 1 << 30);
        assert_eq!(found.map(|word| (word.begin, word.end)), Some((51, 81)));
    }

    #[test]
    fn every_byte_is_what_it_is() {
        for byte in 0..=u8::MAX {
            let (letters, digits) = classes(&[byte; BLOCK]);
            let all = |is: bool| if is { u64::MAX } else { 0 };
            assert_eq!(letters, all(byte.is_ascii_alphanumeric()), "{byte}");
            assert_eq!(digits, all(byte.is_ascii_digit()), "{byte}");
        }
    }
}
