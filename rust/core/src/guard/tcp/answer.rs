//! The polite end: a request that is not relayed has the answer its server would give.

use super::DOOMED_SILENCE;
use super::gate::Gate;
use crate::event::Told;
use crate::flow::FlowId;
use crate::guard::Guard;
use crate::policy::Verdict;

impl Guard {
    /// Answers a request of a flow that was never dialled, ends our half and tells. The app is given a while to end its own.
    pub(super) fn answer_tcp(&mut self, id: FlowId, verdict: &Verdict, told: Told, answer: &[u8]) {
        let until = self.now + DOOMED_SILENCE;
        let Some(tcp) = self.tcp_mut(id) else { return };
        let Some(stack) = tcp.stack.as_mut() else {
            return;
        };
        let sent = stack.socket_mut().send_slice(answer);
        if sent != Ok(answer.len()) {
            return self.block_tcp(id, verdict, Some(told));
        }
        stack.socket_mut().close();
        tcp.gate = Gate::Answered;
        tcp.silence = Some(until);
        // As of a peer that has said all it had to say and takes nothing more.
        tcp.upstream_ended = true;
        tcp.shutdown_sent = true;
        let answered = Told {
            answered: true,
            ..told
        };
        self.report(id, verdict, answered);
        self.mark_dirty(id);
        self.arm(id);
    }
}
