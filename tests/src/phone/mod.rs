//! A phone in virtual time: apps with stacks of their own, the real guard, an internet that fails in every way, and a
//! reference that says after each step what should have happened. What happens is read from bytes, so that tests with
//! seeds and the fuzzer share one generator, and a failure can be shrunk and replayed.

mod answers;
mod apps;
mod asking;
mod check;
mod figures;
mod internet;
mod log;
mod model;
mod payload;
mod questions;
mod script;
mod shrink;
mod steps;
mod told;
mod world;

use crate::fuzz::input::Input;
use script::Step;
use world::Phone;

pub use figures::Figures;
pub use shrink::shrink;

/// Runs a script from a phone at rest to a phone at rest.
///
/// # Panics
/// Where something happens that should not, or does not happen that should.
pub fn run(script: &[u8]) -> Figures {
    run_watched(script, |_| {})
}

/// As [`run`]; `watch` is told each step before it is taken.
///
/// # Panics
/// As [`run`].
pub fn run_watched(script: &[u8], watch: impl FnMut(&str)) -> Figures {
    let mut life = Life::new();
    life.live(script, u64::MAX, watch);
    life.end()
}

/// A phone that lives on from script to script.
pub struct Life(Phone);

impl Default for Life {
    fn default() -> Self {
        Self::new()
    }
}

impl Life {
    /// A phone at rest.
    #[must_use]
    pub fn new() -> Self {
        log::listen();
        Self(Phone::new())
    }

    /// Lives through a script; no step of it lets more than `most_ms` milliseconds pass.
    ///
    /// # Panics
    /// As [`run`].
    pub fn live(&mut self, script: &[u8], most_ms: u64, mut watch: impl FnMut(&str)) {
        let mut input = Input(script);
        while !input.is_empty() {
            let step = match script::next(&mut input) {
                Step::Pass(millis) => Step::Pass(millis.min(most_ms)),
                other => other,
            };
            watch(&format!("{} {step:?}", self.0.now));
            self.0.step(step);
        }
    }

    /// Seconds since it began.
    pub fn seconds(&self) -> u64 {
        self.0.now.secs().unsigned_abs()
    }

    /// Comes to rest, with nothing left open.
    ///
    /// # Panics
    /// As [`run`].
    pub fn end(mut self) -> Figures {
        self.0.end();
        self.0.figures()
    }
}
