//! Prefixes of hardware addresses that IEEE has assigned to makers, from oui-data: docs/DATA.md.

use super::bytes::{Codes, last_not_greater, number, size};

/// The number of blocks in two bytes; of each block the first prefix in three and the offset of its
/// distances in two; the distances to the next prefixes. Little-endian.
const VENDORS: &[u8] = include_bytes!("vendors.bin");

const HEAD: usize = 2;
const BLOCK: usize = 5;

/// Whether the first three bytes of a hardware address belong to a maker. Never so for group and
/// locally administered (randomised) addresses.
pub fn is_assigned(oui: [u8; 3]) -> bool {
    let [high, middle, low] = oui;
    search(u32::from_be_bytes([0, high, middle, low])).unwrap_or(false)
}

fn search(wanted: u32) -> Option<bool> {
    let first = |block: usize| number(VENDORS, HEAD + block * BLOCK, 3).unwrap_or(u64::MAX);
    let block = last_not_greater(block_count(), |at| first(at).cmp(&wanted.into()))?;
    let mut prefix = u32::try_from(first(block)).ok()?;
    let mut distances = Codes::new(distances(block)?);
    while prefix < wanted {
        prefix = prefix.checked_add(distances.small()?)?;
    }
    Some(prefix == wanted)
}

fn block_count() -> usize {
    size(VENDORS, 0, HEAD).unwrap_or(0)
}

fn distances(block: usize) -> Option<&'static [u8]> {
    let all = VENDORS.get(HEAD + block_count() * BLOCK..)?;
    let offset = |block: usize| size(VENDORS, HEAD + block * BLOCK + 3, 2);
    let end = match block + 1 < block_count() {
        true => offset(block + 1)?,
        false => all.len(),
    };
    all.get(offset(block)?..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_makers_are_known() {
        for known in [[0, 0, 0], [0x00, 0x1b, 0x63], [0xb8, 0x27, 0xeb]] {
            assert!(is_assigned(known), "{known:x?}");
        }
        // Placeholder, randomised, group, broadcast, and a gap in the registry.
        for unknown in [
            [0x02, 0, 0],
            [0xda, 0xa1, 0x19],
            [0x01, 0, 0x5e],
            [0xff; 3],
            [0x04, 0xff, 0xff],
        ] {
            assert!(!is_assigned(unknown), "{unknown:x?}");
        }
    }

    #[test]
    fn every_prefix_of_every_block_is_found_and_none_besides() {
        assert!(VENDORS.len() <= 64 * 1024, "{}", VENDORS.len());
        let mut listed = Vec::new();
        for block in 0..block_count() {
            let mut prefix = size(VENDORS, HEAD + block * BLOCK, 3).unwrap();
            let mut codes = Codes::new(distances(block).unwrap());
            listed.push(prefix);
            while !codes.is_empty() {
                prefix += codes.small().unwrap() as usize;
                listed.push(prefix);
            }
        }
        assert!(listed.is_sorted_by(|a, b| a < b));
        assert!((35_000..50_000).contains(&listed.len()), "{}", listed.len());
        let mut expected = listed.iter().copied().peekable();
        for prefix in 0..1 << 24 {
            let [_, a, b, c] = u32::try_from(prefix).unwrap().to_be_bytes();
            let is_listed = expected.next_if_eq(&prefix).is_some();
            // Around each that is listed; all 16 million would take seconds.
            if is_listed || prefix % 61 == 0 {
                assert_eq!(is_assigned([a, b, c]), is_listed, "{prefix:06x}");
            }
        }
    }
}
