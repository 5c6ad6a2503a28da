//! A UDP or echo flow: what it holds, and how long it lives.

use std::collections::VecDeque;

use crate::guard::beacons::Nameless;
use crate::guard::dns::Asked;
use crate::guard::report::Unit;
use crate::inspect::datagram::DatagramInspector;
use crate::policy::Verdict;

use crate::{Duration, Instant};

/// Datagrams a flow holds until they are judged; beyond, the newest are dropped.
const HELD_MAX: usize = 32;

/// How long a UDP flow lives after its last datagram while nobody answered (RFC 4787 asks for two
/// minutes of a NAT; unanswered flows are probes and name look-ups).
const UNANSWERED: Duration = Duration::from_secs(30);

/// How long an answered UDP flow lives after its last datagram.
const ANSWERED: Duration = Duration::from_secs(180);

/// IPsec (VoWiFi) speaks rarely and must stay reachable (ports 500 and 4500).
const IPSEC: Duration = Duration::from_secs(20 * 60);

/// How long a question's flow lives after its answer.
const DNS_ANSWERED: Duration = Duration::from_secs(5);

/// A UDP or echo flow.
pub(crate) struct UdpFlow {
    pub(in crate::guard) gate: Gate,
    /// The gate was opened unlooked at, because the app is trusted.
    pub(in crate::guard) is_unread: bool,
    pub(in crate::guard) held: VecDeque<Vec<u8>>,
    /// How many of `held` the inspector has seen.
    pub(super) looked_at: usize,
    /// How many of `held` may leave.
    pub(super) released: usize,
    pub(in crate::guard) link: Link,
    pub(in crate::guard) kind: Kind,
    /// When what is held is judged although the inspector would like to see more.
    pub(in crate::guard) overdue: Option<Instant>,
    /// Set where nothing of the flow may leave and it is only read for the history.
    pub(super) doom: Option<Verdict>,
    pub(in crate::guard) unit: Unit,
    /// For the search for beacons.
    pub(in crate::guard) nameless: Option<Box<Nameless>>,
    pub(super) is_answered: bool,
    is_ipsec: bool,
}

pub(in crate::guard) enum Kind {
    Plain,
    Echo,
    /// Questions to a DNS server, with those not yet answered.
    Dns(Asked),
}

pub(in crate::guard) enum Gate {
    /// Datagrams are held until judged.
    Inspect(DatagramInspector),
    /// Datagrams pass.
    Pass,
    /// Datagrams are refused; the flow is kept so that it is told once only.
    Blocked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::guard) enum Link {
    None,
    Connecting,
    Connected,
}

impl UdpFlow {
    pub(in crate::guard) fn new(kind: Kind, destination_port: u16) -> Self {
        Self {
            gate: match kind {
                Kind::Plain => Gate::Inspect(DatagramInspector::new(destination_port)),
                Kind::Echo => Gate::Inspect(DatagramInspector::of_echo()),
                // Each question is judged as it comes.
                Kind::Dns(_) => Gate::Pass,
            },
            is_unread: false,
            held: VecDeque::new(),
            looked_at: 0,
            released: 0,
            link: Link::None,
            kind,
            overdue: None,
            doom: None,
            unit: Unit::default(),
            nameless: None,
            is_answered: false,
            is_ipsec: matches!(destination_port, 500 | 4500),
        }
    }

    /// How many of the held datagrams were judged and only wait for the socket.
    pub(in crate::guard) fn released_count(&self) -> usize {
        self.released
    }

    /// Whether it carries questions, which are judged one by one.
    pub(in crate::guard) fn is_dns(&self) -> bool {
        matches!(self.kind, Kind::Dns(_))
    }

    /// Whether it is kept only to be refused.
    pub(in crate::guard) fn is_blocked(&self) -> bool {
        matches!(self.gate, Gate::Blocked)
    }

    /// Begins anew with datagrams that were judged before.
    pub(in crate::guard) fn start_over(&mut self, judged: VecDeque<Vec<u8>>) {
        self.held = judged;
        (self.looked_at, self.released) = (0, 0);
        self.link = Link::None;
    }

    /// How long the flow may go unused.
    pub(in crate::guard) fn idle_limit(&self) -> Duration {
        match (&self.kind, self.is_answered) {
            (Kind::Dns(_), true) => DNS_ANSWERED,
            _ if self.is_ipsec => IPSEC,
            (_, false) => UNANSWERED,
            (_, true) => ANSWERED,
        }
    }

    /// Bytes of datagrams and questions that it keeps.
    pub(in crate::guard) fn buffers(&self) -> usize {
        let asked = match &self.kind {
            Kind::Dns(asked) => asked.bytes(),
            Kind::Plain | Kind::Echo => 0,
        };
        self.held.iter().map(Vec::len).sum::<usize>() + asked + self.unit.weight()
    }

    /// Holds a datagram back; `false` if there was no room.
    pub(in crate::guard) fn hold(&mut self, payload: Vec<u8>) -> bool {
        if self.held.len() == HELD_MAX {
            return false;
        }
        self.held.push_back(payload);
        true
    }
}
