//! How much each flow may have under way.

use super::Guard;
use crate::Instant;
use crate::tcp::Stack;

/// Share of the tunnel's queue that the windows of all active flows may fill. Android gives a TUN
/// 500 packets; a full queue drops silently.
const TUN_QUEUE_PACKETS: usize = 500 * 8 / 10;

/// Length of an activity epoch in milliseconds: some round trips of a loaded local link.
const ACTIVITY_EPOCH_MS: i64 = 50;

/// How many flows have sent data of late: the window budget is divided among them.
#[derive(Default)]
pub(super) struct Activity {
    epoch: i64,
    current: usize,
    previous: usize,
}

impl Activity {
    fn advance(&mut self, now: Instant) -> i64 {
        let epoch = now.total_millis() / ACTIVITY_EPOCH_MS;
        if epoch != self.epoch {
            let is_next = epoch == self.epoch + 1;
            self.previous = if is_next { self.current } else { 0 };
            self.current = 0;
            self.epoch = epoch;
        }
        epoch
    }

    /// Notes that a flow, last active in epoch `seen`, sent data now.
    pub(super) fn note(&mut self, now: Instant, seen: &mut i64) {
        let epoch = self.advance(now);
        if *seen != epoch {
            *seen = epoch;
            self.current += 1;
        }
    }

    fn flows(&self) -> usize {
        self.current.max(self.previous).max(1)
    }
}

impl Guard {
    /// Bytes each active flow may have under way from the app.
    pub(super) fn window(&self) -> usize {
        let mtu = usize::from(self.judge.config().mtu);
        let segment = Stack::segment_size(mtu);
        (TUN_QUEUE_PACKETS * segment / self.activity.flows()).max(2 * segment)
    }
}
