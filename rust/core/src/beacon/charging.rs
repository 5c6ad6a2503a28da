//! When the phone was charged: a job may wait for that, and then comes about once a day as the charger does.

use std::collections::VecDeque;

/// Stretches that are remembered: of a month, three a day.
pub(super) const CHARGED_MAX: usize = 96;
/// A charger is not connected for longer, in seconds: an event was missed.
pub(super) const CHARGED_S: u32 = 12 * 3600;

/// The last stretches of time in which a charger was connected, in seconds since 1970. That one was connected or taken away is
/// told alike, so that each other event is taken for the one or the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Charging {
    /// Beginning and end of those that are over, the earliest first.
    pub(super) over: VecDeque<(u32, u32)>,
    /// Since when one is connected; 0 where none is.
    pub(super) since: u32,
}

impl Charging {
    /// A charger was connected or taken away.
    pub(super) fn change(&mut self, at: u32) {
        if self.since == 0 || at.saturating_sub(self.since) > CHARGED_S {
            self.since = at;
            return;
        }
        if self.over.len() == CHARGED_MAX {
            self.over.pop_front();
        }
        self.over.push_back((self.since, at.max(self.since)));
        self.since = 0;
    }

    /// Since when one was connected at a moment.
    pub(super) fn since(&self, at: u32) -> Option<u32> {
        self.until(at)
            .next()
            .filter(|(_, to)| at <= *to)
            .map(|(from, _)| from)
    }

    /// Seconds of a stretch in which one was.
    pub(super) fn within(&self, from: u32, to: u32) -> u32 {
        let all = self.until(to).take_while(|(_, ended)| *ended > from);
        all.map(|(began, ended)| ended.min(to).saturating_sub(began.max(from)))
            .sum()
    }

    /// Whether a moment is one of those that are remembered.
    pub(super) fn is_known(&self, at: u32) -> bool {
        self.over.front().is_some_and(|(from, _)| at >= *from)
    }

    /// The stretches that began before a moment, the latest first. One that is not over goes on.
    fn until(&self, at: u32) -> impl Iterator<Item = (u32, u32)> {
        let lasting = (self.since > 0 && self.since < at)
            .then(|| (self.since, self.since.saturating_add(CHARGED_S)));
        let began = self.over.partition_point(|(from, _)| *from < at);
        lasting
            .into_iter()
            .chain(self.over.range(..began).rev().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_S: u32 = 3600;

    #[test]
    fn each_other_event_begins_a_stretch_unless_one_was_missed() {
        let mut charging = Charging::default();
        // The first is that one was taken away.
        for hour in [7, 23, 31, 47, 55] {
            charging.change(hour * HOUR_S);
        }
        assert_eq!(
            charging.over,
            [(23 * HOUR_S, 31 * HOUR_S), (47 * HOUR_S, 55 * HOUR_S)]
        );
        charging.change(71 * HOUR_S);
        assert_eq!(charging.within(30 * HOUR_S, 48 * HOUR_S), 2 * HOUR_S);
        assert_eq!(charging.within(50 * HOUR_S, 73 * HOUR_S), 7 * HOUR_S);
        assert_eq!(charging.within(71 * HOUR_S, 99 * HOUR_S), CHARGED_S);
        assert_eq!(charging.since(24 * HOUR_S), Some(23 * HOUR_S));
        assert_eq!(charging.since(72 * HOUR_S), Some(71 * HOUR_S));
        assert_eq!(charging.since(32 * HOUR_S), None);
        assert!(!charging.is_known(22 * HOUR_S) && charging.is_known(23 * HOUR_S));
        for n in 4..400 {
            charging.change(n * 24 * HOUR_S);
            charging.change((n * 24 + 8) * HOUR_S);
        }
        assert_eq!(charging.over.len(), CHARGED_MAX);
    }
}
