//! Which pair of country and network holds for which stretch of the address space.

use std::cmp::Ordering;

use crate::tables::bytes::{Codes, last_not_greater, number, size};

/// Bytes of a block's entry: the block's first unit, and where its lengths and its values begin.
const BLOCK: usize = 6 + 3 + 3;

/// Ranges without gaps, in blocks. A range is a value, and, but for the very last, a length.
pub(super) struct Ranges<'a> {
    pub(super) blocks: &'a [u8],
    pub(super) lengths: &'a [u8],
    pub(super) values: &'a [u8],
}

impl<'a> Ranges<'a> {
    /// The value that holds for a unit.
    pub(super) fn find(&self, unit: u64) -> Option<u32> {
        let block = last_not_greater(self.count(), |at| {
            self.first(at)
                .map_or(Ordering::Greater, |first| first.cmp(&unit))
        })?;
        let mut end = self.first(block)?;
        let mut lengths = self.lengths(block)?;
        let mut before = 0;
        while let Some(length) = lengths.length() {
            end = end.checked_add(length)?;
            if end > unit {
                break;
            }
            before += 1;
        }
        let mut values = self.values(block)?;
        for _ in 0..before {
            values.small()?;
        }
        values.small()
    }

    /// Whether every unit has a value, and every value is below `limit`.
    pub(super) fn is_sound(&self, limit: usize) -> bool {
        let count = self.count();
        count > 0
            && self.blocks.len().is_multiple_of(BLOCK)
            && self.first(0) == Some(0)
            && (0..count).all(|block| self.block_is_sound(block, limit).unwrap_or(false))
    }

    fn block_is_sound(&self, block: usize, limit: usize) -> Option<bool> {
        let mut lengths = self.lengths(block)?;
        let mut values = self.values(block)?;
        let mut end = self.first(block)?;
        while !lengths.is_empty() {
            end = end.checked_add(lengths.length()?)?;
            if usize::try_from(values.small()?).ok()? >= limit {
                return Some(false);
            }
        }
        if block + 1 < self.count() {
            return Some(end == self.first(block + 1)? && values.is_empty());
        }
        let last = usize::try_from(values.small()?).ok()?;
        Some(last < limit && values.is_empty())
    }

    fn count(&self) -> usize {
        self.blocks.len() / BLOCK
    }

    fn first(&self, block: usize) -> Option<u64> {
        number(self.blocks, block.checked_mul(BLOCK)?, 6)
    }

    fn lengths(&self, block: usize) -> Option<Codes<'a>> {
        self.stretch(self.lengths, block, 6)
    }

    fn values(&self, block: usize) -> Option<Codes<'a>> {
        self.stretch(self.values, block, 9)
    }

    fn stretch(&self, all: &'a [u8], block: usize, field: usize) -> Option<Codes<'a>> {
        let offset = |block: usize| size(self.blocks, block * BLOCK + field, 3);
        let end = match block + 1 < self.count() {
            true => offset(block + 1)?,
            false => all.len(),
        };
        Some(Codes::new(all.get(offset(block)?..end)?))
    }
}
