//! Judging what an app sends, before any of it leaves.

use super::{Gate, Link};
use crate::Duration;
use crate::dns::decoy::Decoys;
use crate::event::{Asked, Told};
use crate::facts::{Facts, Protocol};
use crate::flow::FlowId;
use crate::guard::transport::Transport;
use crate::guard::view::FlowView;
use crate::guard::{Action, Guard, flow_facts, refuses_outright};
use crate::inspect::content;
use crate::inspect::datagram::DatagramStep;
use crate::packet::{self, Unreachable, quote};
use crate::policy::{Decision, Verdict};

/// How long the rest of a QUIC hello is waited for. Its datagrams are sent back to back.
const OVERDUE: Duration = Duration::from_millis(500);

impl Guard {
    /// Judges a flow as such, before any of its payload is looked at.
    pub(super) fn admits_flow(&mut self, id: FlowId) -> bool {
        let device_event = self.device_event();
        let Some(flow) = self.flows.get_mut(id) else {
            return false;
        };
        let facts = flow_facts(flow, device_event.as_ref());
        let verdict = self.judge.judge(&facts);
        let is_trusted = self.judge.trusts(facts.owner);
        let is_echo = flow.tuple.protocol == Protocol::Icmp;
        let is_decoy = Decoys::contains(flow.tuple.destination.ip());
        // An echo says nothing that could be read first.
        let ends = refuses_outright(&verdict) || is_echo && verdict.decision == Decision::Block;
        if let Transport::Udp(udp) = &mut flow.transport {
            if verdict.decision == Decision::Block || is_decoy {
                udp.doom = Some(verdict.clone().into_block());
            } else if is_trusted {
                udp.gate = Gate::Pass;
                udp.is_unread = true;
            }
        }
        if ends {
            self.block_udp(id, &verdict, None);
        }
        !ends
    }

    /// Judges held datagrams up to the next release; `true` if another round may get further.
    pub(super) fn judge_datagrams(&mut self, id: FlowId) -> bool {
        let device_event = self.device_event();
        let unix_ms = self.unix_ms();
        let Some(flow) = self.flows.get_mut(id) else {
            return false;
        };
        let payer = flow.payer();
        let (view, transport, awaits_turn) = FlowView::beside(flow);
        let Transport::Udp(udp) = transport else {
            return false;
        };
        let Gate::Inspect(inspector) = &mut udp.gate else {
            self.release_datagrams(id, usize::MAX);
            return false;
        };
        if udp.looked_at < udp.held.len() && self.judging.is_spent(payer) {
            self.judging.defer(payer, id, awaits_turn);
            return false;
        }
        let mut release = 0;
        let mut blocked = None;
        for (at, datagram) in udp.held.iter().enumerate().skip(udp.looked_at) {
            udp.looked_at = at + 1;
            let said = match inspector.push(datagram) {
                DatagramStep::NeedMore => {
                    self.judging.charge(payer, datagram.len());
                    udp.overdue = Some(self.now + OVERDUE);
                    continue;
                }
                DatagramStep::Pass => {
                    release = at + 1;
                    if udp.doom.is_none() {
                        udp.gate = Gate::Pass;
                    }
                    break;
                }
                DatagramStep::Judge(said) => said,
            };
            if let Some(nameless) = &mut udp.nameless {
                nameless.hear(Some(&said));
            }
            let facts = view.facts(device_event.as_ref(), Some(&said), None);
            let content = self.judge.examine(
                facts,
                self.places.as_deref(),
                &mut self.examiner,
                &mut self.learned,
                unix_ms,
            );
            self.judging.charge(payer, self.examiner.take_work());
            let mut verdict = self.judge.judge(&Facts {
                content: content.as_ref(),
                ..facts
            });
            if let Some(doom) = &udp.doom
                && verdict.decision != Decision::Block
            {
                verdict = doom.clone();
            }
            udp.overdue = None;
            release = at + 1;
            let judged = udp.held.iter().take(release).skip(udp.released);
            udp.unit.begin(None, judged.map(Vec::len).sum());
            let told = Told::of(Some(&said), content.unwrap_or_default());
            match verdict.decision {
                Decision::Allow => {}
                // Whoever sent it would not wait; what it says instead may be asked about.
                Decision::Warn if self.judge.asks(view.ownership.owner()) => {
                    let asked = Some(Asked::NEVER);
                    blocked = Some((verdict.into_block(), Told { asked, ..told }));
                }
                Decision::Warn => udp.unit.warn(verdict, told),
                Decision::Block => blocked = Some((verdict, told)),
            }
            break;
        }
        let doom = udp.doom.clone();
        if release > 0 {
            self.notice_words(id);
        }
        if let Some((verdict, told)) = blocked {
            self.block_udp(id, &verdict, Some(told));
            return false;
        }
        if release == 0 {
            return false;
        }
        if let Some(doom) = doom {
            self.block_udp(id, &doom, None);
            return false;
        }
        self.release_datagrams(id, release);
        true
    }

    /// The rest of a hello did not come: what is there passes for what it is.
    pub(in crate::guard) fn datagrams_are_overdue(&mut self, id: FlowId) {
        let device_event = self.device_event();
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let (view, transport, _) = FlowView::beside(flow);
        let Transport::Udp(udp) = transport else {
            return;
        };
        udp.overdue = None;
        let Gate::Inspect(inspector) = &mut udp.gate else {
            return;
        };
        let Some(said) = inspector.overdue() else {
            return;
        };
        let facts = view.facts(device_event.as_ref(), Some(&said), None);
        let verdict = self.judge.judge(&facts);
        let verdict = match &udp.doom {
            Some(doom) if verdict.decision != Decision::Block => doom.clone(),
            _ => verdict,
        };
        if verdict.decision == Decision::Block {
            let told = Told::of(Some(&said), content::Content::default());
            return self.block_udp(id, &verdict, Some(told));
        }
        self.notice_words(id);
        self.release_datagrams(id, usize::MAX);
    }

    /// Refuses a flow by verdict, tells once, and keeps refusing.
    pub(in crate::guard) fn block_udp(
        &mut self,
        id: FlowId,
        verdict: &Verdict,
        told: Option<Told>,
    ) {
        self.report(id, verdict, told.unwrap_or_default());
        let Some(flow) = self.flows.get_mut(id) else {
            return;
        };
        let (original, payer) = (quote(&flow.tuple, 0), flow.payer());
        let dialled = std::mem::replace(&mut flow.dialled, false);
        if let Transport::Udp(udp) = &mut flow.transport {
            udp.held.clear();
            (udp.looked_at, udp.released, udp.overdue) = (0, 0, None);
            udp.gate = Gate::Blocked;
            udp.link = Link::None;
        }
        packet::unreachable(self.out.of(payer), &original, Unreachable::Prohibited);
        if dialled {
            self.actions.push_back(Action::Close {
                flow: id,
                abort: true,
            });
        }
    }
}
