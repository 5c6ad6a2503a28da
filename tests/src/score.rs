//! Counting, and how sure a count makes us.

use std::iter::Sum;

use serde_json::{Value as Json, json};

/// A share with its Wilson score interval at 95 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// How often it was so.
    pub hits: usize,
    /// How often it could have been.
    pub of: usize,
}

impl Share {
    /// Counts one more.
    pub fn add(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.of += 1;
    }

    /// Counts those of another, too.
    pub fn merge(&mut self, other: Self) {
        self.hits += other.hits;
        self.of += other.of;
    }

    /// The share itself; of nothing, 1.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.of == 0 {
            1.0
        } else {
            self.hits as f64 / self.of as f64
        }
    }

    /// Lower and upper bound (Wilson 1927), for the two-sided 95 % quantile of the normal distribution.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        let (z, n, p) = (1.959_964_f64, self.of as f64, self.value());
        let centre = p + z * z / (2.0 * n);
        let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z * z / n;
        (
            ((centre - spread) / scale).max(0.0),
            ((centre + spread) / scale).min(1.0),
        )
    }

    /// `0.987 (0.981–0.991), 1200 of 1216`.
    #[must_use]
    pub fn told(self) -> String {
        let (low, high) = self.interval();
        format!(
            "{:.4} ({low:.4}–{high:.4}), {} of {}",
            self.value(),
            self.hits,
            self.of
        )
    }

    /// For programs.
    #[must_use]
    pub fn json(self) -> Json {
        let (low, high) = self.interval();
        json!({"hits": self.hits, "of": self.of, "share": self.value(), "low": low, "high": high})
    }
}

impl Sum for Share {
    fn sum<I: Iterator<Item = Self>>(shares: I) -> Self {
        shares.fold(Self::default(), |mut sum, share| {
            sum.merge(share);
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe (1998), table I: Wilson's interval without continuity correction.
    #[test]
    fn intervals_are_those_of_published_examples() {
        for ((hits, of), (low, high)) in [
            ((81, 263), (0.2553, 0.3662)),
            ((15, 148), (0.0624, 0.1605)),
            ((0, 20), (0.0, 0.1611)),
            ((1, 29), (0.0061, 0.1718)),
        ] {
            let share = Share { hits, of };
            let found = share.interval();
            assert!(
                (found.0 - low).abs() < 6e-5 && (found.1 - high).abs() < 6e-5,
                "{found:?}"
            );
        }
    }
}
