//! Bytes between a flow's socket and its rings, copied once each way.

use smoltcp::socket::tcp::State;

use super::Upstream;
use super::gate::Gate;
use crate::flow::FlowId;
use crate::guard::transport::Transport;
use crate::guard::{Guard, Io};
use crate::{Duration, Instant};

impl Guard {
    /// Moves bytes from the flow's socket into the ring towards the app, through `read`, until
    /// that blocks, ends or the ring is full (`Io::Moved(0)`).
    pub fn fill(&mut self, now: Instant, id: FlowId, mut read: impl FnMut(&mut [u8]) -> Io) -> Io {
        self.now = now;
        self.wake(id);
        let counts_records = self.judge.config().beacons.is_on();
        let Some(flow) = self.flows.get_mut(id) else {
            return Io::Reset;
        };
        flow.last_used = now;
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return Io::Reset;
        };
        let Some(stack) = tcp.stack.as_mut() else {
            return Io::WouldBlock;
        };
        if tcp.upstream_ended {
            // The system may tell of the end once more after it was read. Only a reset is news.
            if read(&mut [0]) != Io::Reset {
                return Io::Ended;
            }
            self.reset_app(id);
            self.end_flow(id, true);
            return Io::Reset;
        }
        let records = &mut tcp.records;
        let outcome = loop {
            let socket = stack.socket_mut();
            if !socket.may_send() {
                break if socket.state() == State::SynReceived {
                    tcp.wants_room = true;
                    Io::Moved(0)
                } else {
                    Io::Reset
                };
            }
            let moved = socket.send(|ring| match ring {
                [] => (0, Io::Moved(0)),
                ring => match read(ring) {
                    Io::Moved(n) => {
                        if counts_records {
                            records.received(ring.get(..n).unwrap_or_default());
                        }
                        (n.min(ring.len()), Io::Moved(n))
                    }
                    other => (0, other),
                },
            });
            match moved {
                Ok(Io::Moved(0)) => {
                    tcp.wants_room = true;
                    break Io::Moved(0);
                }
                Ok(Io::Moved(n)) => flow.bytes_back += n as u64,
                Ok(other) => break other,
                Err(_) => break Io::Reset,
            }
        };
        match outcome {
            Io::Ended => {
                tcp.upstream_ended = true;
                stack.socket_mut().close();
                self.mark_dirty(id);
                self.service(id);
            }
            Io::Reset => {
                self.reset_app(id);
                self.end_flow(id, true);
            }
            Io::Moved(_) | Io::WouldBlock => self.mark_dirty(id),
        }
        self.weigh(id);
        outcome
    }

    /// Moves bytes of the app that may leave to the flow's socket, through `write`, until that
    /// blocks or nothing is left (`Io::Moved(0)`).
    pub fn drain(&mut self, now: Instant, id: FlowId, mut write: impl FnMut(&[u8]) -> Io) -> Io {
        self.now = now;
        let counts_records = self.judge.config().beacons.is_on();
        let Some(flow) = self.flows.get_mut(id) else {
            return Io::Reset;
        };
        flow.last_used = now;
        let Transport::Tcp(tcp) = &mut flow.transport else {
            return Io::Reset;
        };
        let Some(stack) = tcp.stack.as_mut() else {
            return Io::Moved(0);
        };
        let records = &mut tcp.records;
        if tcp.upstream != Upstream::Connected {
            return Io::Moved(0);
        }
        tcp.send_announced = false;
        let outcome = loop {
            let moved = match &mut tcp.gate {
                Gate::Inspect(held) => {
                    let pending = held.bytes.get(held.sent..held.released).unwrap_or_default();
                    if pending.is_empty() {
                        held.compact();
                        if held.finished && held.bytes.is_empty() {
                            tcp.gate = Gate::Pass;
                            continue;
                        }
                        break Io::Moved(0);
                    }
                    let moved = write(pending);
                    if let Io::Moved(n) = moved {
                        if counts_records {
                            records.sent(pending.get(..n).unwrap_or_default());
                        }
                        held.sent += n.min(held.released - held.sent);
                    }
                    moved
                }
                Gate::Answered => break Io::Moved(0),
                Gate::Pass => {
                    let moved = stack.socket_mut().recv(|ring| match ring {
                        [] => (0, Io::Moved(0)),
                        ring => match write(ring) {
                            Io::Moved(n) => {
                                if counts_records {
                                    records.sent(ring.get(..n).unwrap_or_default());
                                }
                                (n.min(ring.len()), Io::Moved(n))
                            }
                            other => (0, other),
                        },
                    });
                    moved.unwrap_or(Io::Moved(0))
                }
            };
            match moved {
                Io::Moved(0) => break Io::Moved(0),
                Io::Moved(n) => flow.bytes_left += n as u64,
                other => break other,
            }
        };
        match outcome {
            Io::Ended | Io::Reset => {
                self.reset_app(id);
                self.end_flow(id, true);
            }
            Io::WouldBlock => tcp.send_announced = true,
            Io::Moved(_) => {}
        }
        self.report_due_warnings(id);
        self.mark_dirty(id);
        self.service(id);
        self.weigh(id);
        outcome
    }

    /// The next packet of a flow for the app.
    pub(in crate::guard) fn egress(&mut self, id: FlowId, buf: &mut [u8]) -> Option<usize> {
        let (now, window) = (self.now, self.window(self.payer(id)));
        self.tcp_mut(id)?.stack.as_mut()?.egress(now, buf, window)
    }

    /// After a flow has sent the app all it had: its timers, and whether it is over.
    pub(in crate::guard) fn after_egress(&mut self, id: FlowId) {
        let now = self.now;
        let Some(tcp) = self.tcp_mut(id) else { return };
        if let Some(stack) = tcp.stack.as_mut() {
            // Nothing can be due now: `egress` has just had its turn.
            let soon = now + Duration::from_millis(1);
            tcp.stack_deadline = stack.poll_at(now).map(|at| at.max(soon));
        }
        self.arm(id);
        self.settle(id);
    }
}
