//! Whose turn it is. There is one thread for all apps: whoever has much to be done waits behind whoever has little.

use std::collections::VecDeque;

use super::Guard;
use super::transport::Transport;
use crate::Instant;
use crate::flow::{FlowId, Payer};

/// A number for each of a few apps. Emptied and filled again and again, and so a list that keeps its memory.
#[derive(Default)]
pub(super) struct Tally(Vec<(Payer, usize)>);

impl Tally {
    pub(super) fn get(&self, payer: Payer) -> usize {
        let found = self.0.iter().find(|(other, _)| *other == payer);
        found.map_or(0, |(_, count)| *count)
    }

    pub(super) fn add(&mut self, payer: Payer, count: usize) {
        match self.0.iter_mut().find(|(other, _)| *other == payer) {
            Some((_, so_far)) => *so_far += count,
            None => self.0.push((payer, count)),
        }
    }

    /// How many apps have a number.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Flows that wait, those of each app in order, and the apps one after the other.
#[derive(Default)]
pub(super) struct Turns {
    /// Of the apps that have any, the next in front. They are few.
    apps: VecDeque<(Payer, VecDeque<FlowId>)>,
    /// An empty list, so that the usual flow allocates nothing.
    spare: VecDeque<FlowId>,
}

impl Turns {
    pub(super) fn is_empty(&self) -> bool {
        self.apps.is_empty()
    }

    pub(super) fn push(&mut self, payer: Payer, id: FlowId) {
        if let Some((_, flows)) = self.apps.iter_mut().find(|(other, _)| *other == payer) {
            return flows.push_back(id);
        }
        let mut flows = std::mem::take(&mut self.spare);
        flows.push_back(id);
        self.apps.push_back((payer, flows));
    }

    pub(super) fn front(&self) -> Option<FlowId> {
        let (_, flows) = self.apps.front()?;
        flows.front().copied()
    }

    /// Takes the flow in front; the next app's turn comes.
    pub(super) fn pop_front(&mut self) -> Option<FlowId> {
        let (_, flows) = self.apps.front_mut()?;
        let id = flows.pop_front();
        if !flows.is_empty() {
            self.apps.rotate_left(1);
        } else if let Some((_, flows)) = self.apps.pop_front() {
            self.spare = flows;
        }
        id
    }

    /// Puts the flow in front behind the others of its app, and the app behind the others.
    pub(super) fn rotate(&mut self) {
        if let Some((_, flows)) = self.apps.front_mut() {
            flows.rotate_left(1);
            self.apps.rotate_left(1);
        }
    }

    /// Takes the first flow of the first app that `may` go on.
    fn pop_of(&mut self, may: impl Fn(Payer) -> bool) -> Option<FlowId> {
        let at = self.apps.iter().position(|(payer, _)| may(*payer))?;
        self.apps.rotate_left(at);
        self.pop_front()
    }
}

/// Bytes that may be looked at for one app before the others have their turn: some dozen ordinary requests. What is
/// under way then is ended; what one request may cost is bounded (`inspect::content`).
const TURN: usize = 256 * 1024;

/// What a verdict costs besides the bytes that are looked at for it, as so many bytes.
const VERDICT: usize = 4 * 1024;

/// What each app has had of this turn, and the flows that wait for the next to be judged.
#[derive(Default)]
pub(super) struct Judging {
    spent: Tally,
    waiting: Turns,
}

impl Judging {
    /// Whether an app has had its part of this turn.
    pub(super) fn is_spent(&self, payer: Payer) -> bool {
        self.spent.get(payer) >= TURN
    }

    /// Notes a verdict for which `work` bytes were looked at.
    pub(super) fn charge(&mut self, payer: Payer, work: usize) {
        self.spent.add(payer, VERDICT + work);
    }

    /// Has a flow wait for the next turn, if it does not yet.
    pub(super) fn defer(&mut self, payer: Payer, id: FlowId, awaits_turn: &mut bool) {
        if !std::mem::replace(awaits_turn, true) {
            self.waiting.push(payer, id);
        }
    }
}

impl Guard {
    /// Whether flows wait for a turn that can begin at once.
    pub(super) fn awaits_turn(&self) -> bool {
        !self.judging.waiting.is_empty()
    }

    /// Begins a turn with the flows that were left over from the one before.
    pub(super) fn take_turn(&mut self, now: Instant) {
        self.now = now;
        self.judging.spent.clear();
        loop {
            let Judging { spent, waiting } = &mut self.judging;
            let may = |payer| spent.get(payer) < TURN;
            let Some(id) = waiting.pop_of(may) else {
                return;
            };
            let Some(flow) = self.flows.get_mut(id) else {
                continue;
            };
            flow.awaits_turn = false;
            match &flow.transport {
                Transport::Tcp(_) => self.service(id),
                Transport::Udp(udp) if udp.is_blocked() => {}
                Transport::Udp(_) => self.resume_udp(id),
            }
            self.weigh(id);
            self.arm(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_take_turns_and_flows_of_an_app_too() {
        let id = FlowId::from_u64;
        let mut turns = Turns::default();
        for (payer, flow) in [
            (Some(1), 10),
            (Some(1), 11),
            (Some(1), 12),
            (None, 20),
            (Some(2), 30),
        ] {
            turns.push(payer, id(flow));
        }
        assert_eq!(turns.front(), Some(id(10)));
        turns.rotate();
        let left = std::iter::from_fn(|| turns.pop_front()).map(FlowId::to_u64);
        assert_eq!(left.collect::<Vec<_>>(), [20, 30, 11, 12, 10]);
        assert!(turns.is_empty() && turns.front().is_none());
    }

    #[test]
    fn who_may_not_go_on_is_passed_over() {
        let id = FlowId::from_u64;
        let mut turns = Turns::default();
        for (payer, flow) in [(Some(1), 10), (Some(2), 20), (Some(1), 11), (Some(2), 21)] {
            turns.push(payer, id(flow));
        }
        let may = |payer| payer == Some(2);
        assert_eq!(turns.pop_of(may), Some(id(20)));
        assert_eq!(turns.pop_of(may), Some(id(21)));
        assert_eq!(turns.pop_of(may), None);
        assert_eq!(turns.pop_front(), Some(id(10)));
    }
}
