//! Draws from the distributions that lives are made of.

use std::f64::consts::TAU;

use gasket_tests::chance::Chance;

/// A stream of draws.
#[derive(Debug, Clone)]
pub(crate) struct Dice(Chance);

impl Dice {
    /// A stream of its own for each `name`.
    pub(crate) fn of(seed: u64, name: &str) -> Self {
        let mut chance = Chance::of(seed, name);
        // Neighbouring seeds differ in few bits of the first state.
        chance.next();
        Self(chance)
    }

    /// From 0 on, below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A time between the two.
    pub(crate) fn span(&mut self, low: u64, high: u64) -> u64 {
        self.between(low as f64, high as f64) as u64
    }

    /// A whole number between the two, both of them possible.
    pub(crate) fn whole(&mut self, low: usize, high: usize) -> usize {
        low + self.0.below(high - low + 1)
    }

    pub(crate) fn is(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *self.0.pick(from)
    }

    /// One of the numbers below `weights.len()`, each as often as its weight says.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (nth, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return nth;
            }
        }
        weights.len() - 1
    }

    /// Normal (Box and Muller 1958).
    pub(crate) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        mean + deviation * radius * (TAU * self.unit()).cos()
    }

    /// A time whose logarithm is normal.
    pub(crate) fn lognormal(&mut self, median: u64, sigma: f64) -> u64 {
        (median as f64 * self.normal(0.0, sigma).exp()) as u64
    }

    /// A time between the two, each order of magnitude as often.
    pub(crate) fn log_between(&mut self, low: u64, high: u64) -> u64 {
        self.between((low as f64).ln(), (high as f64).ln()).exp() as u64
    }

    /// A waiting time.
    pub(crate) fn wait(&mut self, mean: u64) -> u64 {
        (-(1.0 - self.unit()).ln() * mean as f64) as u64
    }

    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for nth in (1..all.len()).rev() {
            all.swap(nth, self.0.below(nth + 1));
        }
    }
}
