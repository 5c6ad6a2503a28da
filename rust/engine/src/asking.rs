//! Asks the platform for owners on a thread of its own, so that no packet waits for it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use gasket_core::flow::FlowId;
use gasket_core::packet::FiveTuple;

use crate::host::Host;
use crate::{Command, Shared, lock};

/// Questions that may wait; beyond, the owners of the oldest count as unknown.
const QUEUE: usize = 8192;

/// The thread's inbox. The thread ends when this is dropped.
pub(crate) struct Asking {
    questions: Arc<Questions>,
}

/// The questions that wait. The newest and the oldest are asked by turns: whoever opens thousands of connections at
/// once delays those, and not what another app opens a moment later; nor is one that waits passed over for ever.
#[derive(Default)]
struct Questions {
    waiting: Mutex<Waiting>,
    came: Condvar,
}

#[derive(Default)]
struct Waiting {
    queue: VecDeque<(FlowId, FiveTuple)>,
    is_oldest_next: bool,
    is_closed: bool,
}

impl Asking {
    pub(crate) fn start(host: Arc<dyn Host>, shared: Arc<Shared>) -> io::Result<Self> {
        let questions = Arc::new(Questions::default());
        let inbox = Arc::clone(&questions);
        std::thread::Builder::new()
            .name("gasket-owners".to_owned())
            .spawn(move || {
                while let Some((id, tuple)) = inbox.take() {
                    let owner = host.owner(tuple.protocol, tuple.source, tuple.destination);
                    shared.command(Command::Owner(id, owner));
                }
            })?;
        Ok(Self { questions })
    }

    /// Asks. Returns whose owner stays unknown for it, where too many wait.
    pub(crate) fn ask(&self, id: FlowId, tuple: FiveTuple) -> Option<FlowId> {
        self.questions.put(id, tuple)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        lock(&self.questions.waiting).is_closed = true;
        self.questions.came.notify_all();
    }
}

impl Questions {
    fn put(&self, id: FlowId, tuple: FiveTuple) -> Option<FlowId> {
        let queue = &mut lock(&self.waiting).queue;
        let dropped = if queue.len() < QUEUE {
            None
        } else {
            queue.pop_front()
        };
        queue.push_back((id, tuple));
        self.came.notify_one();
        dropped.map(|(id, _)| id)
    }

    /// The next question, once there is one; `None` when no more will come.
    fn take(&self) -> Option<(FlowId, FiveTuple)> {
        let idle = |waiting: &mut Waiting| waiting.queue.is_empty() && !waiting.is_closed;
        let waiting = self.came.wait_while(lock(&self.waiting), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        if waiting.is_closed {
            return None;
        }
        let is_oldest = waiting.is_oldest_next;
        waiting.is_oldest_next = !is_oldest;
        if is_oldest {
            waiting.queue.pop_front()
        } else {
            waiting.queue.pop_back()
        }
    }
}

#[cfg(test)]
mod tests {
    use gasket_core::facts::Protocol;

    use super::*;

    const TUPLE: FiveTuple = FiveTuple {
        protocol: Protocol::Tcp,
        source: std::net::SocketAddr::new(
            std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 111, 222, 1)),
            40_000,
        ),
        destination: std::net::SocketAddr::new(
            std::net::IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 10)),
            4444,
        ),
    };

    fn taken(questions: &Questions) -> Option<u64> {
        questions.take().map(|(id, _)| id.to_u64())
    }

    #[test]
    fn what_comes_after_a_flood_does_not_wait_for_it() {
        let questions = Questions::default();
        let mut unknown = Vec::new();
        for number in 0..10_000 {
            unknown.extend(questions.put(FlowId::from_u64(number), TUPLE));
        }
        let oldest: Vec<_> = (0..10_000 - QUEUE as u64).map(FlowId::from_u64).collect();
        assert_eq!(unknown, oldest);
        questions.put(FlowId::from_u64(77_777), TUPLE);
        assert_eq!(taken(&questions), Some(77_777));
        assert_eq!(taken(&questions), Some(10_000 + 1 - QUEUE as u64));
        assert_eq!(taken(&questions), Some(9_999));
    }

    #[test]
    fn a_question_is_not_passed_over_while_newer_ones_keep_coming() {
        let questions = Questions::default();
        questions.put(FlowId::from_u64(0), TUPLE);
        questions.put(FlowId::from_u64(1), TUPLE);
        let mut asked = Vec::new();
        for number in 2..6 {
            asked.extend(taken(&questions));
            questions.put(FlowId::from_u64(number), TUPLE);
        }
        assert!(asked.contains(&0), "{asked:?}");
    }

    #[test]
    fn nothing_is_asked_after_the_end() {
        let asking = Asking {
            questions: Arc::default(),
        };
        let questions = Arc::clone(&asking.questions);
        asking.ask(FlowId::from_u64(1), TUPLE);
        drop(asking);
        assert_eq!(taken(&questions), None);
    }
}
