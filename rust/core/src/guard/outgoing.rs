//! Packets for the apps that no connection sends: datagrams, answers, resets. Each app has room of its own, and they
//! take turns, so that what comes for one does not keep what comes for another.

use std::collections::VecDeque;

use crate::flow::Payer;
use crate::packet::PacketQueue;

/// A bounded queue for each app.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Of the apps that may have packets, the next in front. They are few.
    queues: VecDeque<(Payer, PacketQueue)>,
    /// An empty one, so that the usual packet allocates nothing.
    spare: PacketQueue,
}

impl Outgoing {
    /// The queue of an app, or of all that belongs to nobody known.
    pub(super) fn of(&mut self, payer: Payer) -> &mut PacketQueue {
        let at = self.queues.iter().position(|(other, _)| *other == payer);
        let at = at.unwrap_or_else(|| {
            let queue = std::mem::take(&mut self.spare);
            self.queues.push_back((payer, queue));
            self.queues.len() - 1
        });
        &mut self.queues[at].1
    }

    pub(super) fn pop(&mut self, buf: &mut [u8]) -> Option<usize> {
        while let Some((_, queue)) = self.queues.front_mut() {
            if let Some(len) = queue.pop(buf) {
                if self.queues.len() > 1 {
                    self.queues.rotate_left(1);
                }
                return Some(len);
            }
            // The last stays in place for what comes next.
            if self.queues.len() == 1 {
                return None;
            }
            if let Some((_, queue)) = self.queues.pop_front() {
                self.spare = queue;
            }
        }
        None
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queues.iter().all(|(_, queue)| queue.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(outgoing: &mut Outgoing, payer: Payer, byte: u8, len: usize) -> bool {
        outgoing.of(payer).push_with(len, |room| room.fill(byte))
    }

    /// One app's packets are as many as there is room for; the other's one packet is taken, and comes second.
    #[test]
    fn a_flood_for_one_app_keeps_no_packet_of_another() {
        let mut outgoing = Outgoing::default();
        let mut flood = 0;
        while push(&mut outgoing, Some(2), 2, 1000) {
            flood += 1;
        }
        assert!(flood > 1000, "there is room for some");
        assert!(push(&mut outgoing, Some(1), 1, 1000));
        let mut buf = [0; 1500];
        let order: Vec<_> = (0..3)
            .map(|_| outgoing.pop(&mut buf).map(|_| buf[0]))
            .collect();
        assert_eq!(order, [Some(2), Some(1), Some(2)]);
        assert!(push(&mut outgoing, Some(1), 1, 1000), "as ever");
        while outgoing.pop(&mut buf).is_some() {}
        assert!(outgoing.is_empty() && outgoing.queues.len() == 1);
    }
}
