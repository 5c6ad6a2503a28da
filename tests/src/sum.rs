//! What is compared at both ends of a transfer.

/// FNV-1a over all bytes, 64 bits: tells a lost, doubled or swapped byte.
#[derive(Debug, Clone, Copy)]
pub struct Sum(pub u64);

impl Sum {
    /// The sum of nothing.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "the sum of nothing is no default of anything"
    )]
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Goes on with these.
    pub fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// `LENGTH SUM` of these bytes, as the servers of the network tests tell it.
    #[must_use]
    pub fn told(bytes: &[u8]) -> String {
        let mut sum = Self::new();
        sum.add(bytes);
        format!("{} {:016x}", bytes.len(), sum.0)
    }
}
