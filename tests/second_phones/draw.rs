//! Repeatable chance.

/// Xorshift64* (Vigna 2016), seeded through one step of splitmix64.
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

impl Draw {
    /// A stream for each phone, matter and number, so that draws in one leave the others as they are.
    pub(crate) fn of(seed: u64, matter: &str, number: u64) -> Self {
        let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.rotate_left(32);
        for byte in matter.bytes() {
            mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self((mixed ^ (mixed >> 31)) | 1)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 up to 1, without 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((self.bits() >> 16) % bound as u64) as usize
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Milliseconds between two numbers of seconds.
    pub(crate) fn seconds(&mut self, (low, high): (f64, f64)) -> u64 {
        (self.between(low, high) * 1000.0) as u64
    }

    pub(crate) fn chance(&mut self, of_one: f64) -> bool {
        self.unit() < of_one
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Which of some weights.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (at, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return at;
            }
        }
        weights.len() - 1
    }

    /// The normal distribution around 0 with a deviation of 1 (Box and Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// How many of something that comes by chance, with this mean (Knuth's way, for small means).
    pub(crate) fn count(&mut self, mean: f64) -> usize {
        let (mut left, mut count) = (self.exponential(1.0), 0);
        while left < mean && count < 10_000 {
            left += self.exponential(1.0);
            count += 1;
        }
        count
    }
}
