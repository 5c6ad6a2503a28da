//! How much each flow may have under way.

use super::Guard;
use super::turns::Tally;
use crate::Instant;
use crate::flow::Payer;
use crate::tcp::Stack;

/// Share of the tunnel's queue that the windows of all active flows may fill. Android gives a TUN
/// 500 packets; a full queue drops silently.
const TUN_QUEUE_PACKETS: usize = 500 * 8 / 10;

/// Length of an activity epoch in milliseconds: some round trips of a loaded local link.
const ACTIVITY_EPOCH_MS: i64 = 50;

/// How many flows of each app have sent data of late: the window budget is divided among the apps, and what an app
/// has among its flows.
#[derive(Default)]
pub(super) struct Activity {
    epoch: i64,
    current: Tally,
    previous: Tally,
}

impl Activity {
    fn advance(&mut self, now: Instant) -> i64 {
        let epoch = now.total_millis() / ACTIVITY_EPOCH_MS;
        if epoch != self.epoch {
            let is_next = epoch == self.epoch + 1;
            std::mem::swap(&mut self.previous, &mut self.current);
            self.current.clear();
            if !is_next {
                self.previous.clear();
            }
            self.epoch = epoch;
        }
        epoch
    }

    /// Notes that a flow of an app, last active in epoch `seen`, sent data now.
    pub(super) fn note(&mut self, now: Instant, payer: Payer, seen: &mut i64) {
        let epoch = self.advance(now);
        if *seen != epoch {
            *seen = epoch;
            self.current.add(payer, 1);
        }
    }

    /// Among how many a flow of an app shares.
    fn shares(&self, payer: Payer) -> usize {
        let (current, previous) = (self.current.get(payer), self.previous.get(payer));
        let own = current.max(previous).max(1);
        let apps = self.current.len().max(self.previous.len()).max(1);
        own * apps
    }
}

impl Guard {
    /// Bytes that an active flow of an app may have under way.
    pub(super) fn window(&self, payer: Payer) -> usize {
        let mtu = usize::from(self.judge.config().mtu);
        let segment = Stack::segment_size(mtu);
        (TUN_QUEUE_PACKETS * segment / self.activity.shares(payer)).max(2 * segment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Duration;

    /// A hundred flows of one app, and one of another.
    #[test]
    fn an_app_shares_with_apps_and_not_with_their_flows() {
        let mut activity = Activity::default();
        let start = Instant::from_secs(1);
        assert_eq!(activity.shares(Some(1)), 1);
        for _ in 0..100 {
            activity.note(start, Some(2), &mut 0);
        }
        let mut seen = 0;
        for _ in 0..3 {
            activity.note(start, Some(1), &mut seen);
        }
        assert_eq!([Some(1), Some(2)].map(|app| activity.shares(app)), [2, 200]);
        let epoch = Duration::from_millis(ACTIVITY_EPOCH_MS.unsigned_abs());
        activity.note(start + epoch, Some(1), &mut seen);
        assert_eq!([Some(1), Some(2)].map(|app| activity.shares(app)), [2, 200]);
        activity.note(start + epoch + epoch, Some(1), &mut seen);
        assert_eq!([Some(1), Some(2)].map(|app| activity.shares(app)), [1, 1]);
        activity.note(start + Duration::from_secs(9), Some(2), &mut seen);
        assert_eq!(activity.shares(Some(1)), 1);
        assert_eq!(activity.previous.len(), 0);
    }
}
