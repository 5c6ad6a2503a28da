//! The detector as a stranger calls it: bytes of an app in, what was found and decided out.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};

use gasket_core::config::Config;
use gasket_core::facts::{Facts, Protocol};
use gasket_core::inspect::content::Examiner;
use gasket_core::inspect::datagram::{DatagramInspector, DatagramStep};
use gasket_core::inspect::stream::{StreamInspector, StreamStep};
use gasket_core::inspect::{Said, parts};
use gasket_core::policy::{Decision, Judge};
use gasket_core::rules::Pack;

/// Where the requests of the corpora go: an address nobody has (RFC 5737).
pub(crate) const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 80)), 80);

/// What became of the bytes of one flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The kinds that alert, as events spell them, each once.
    pub(crate) alerts: Vec<String>,
    /// Kind and path of what was found but does not alert.
    pub(crate) quiet: Vec<String>,
    /// Whether anything of it would have been blocked.
    pub(crate) blocked: bool,
    /// Whether anything of it would have been warned of.
    pub(crate) warned: bool,
    /// The rules that matched.
    pub(crate) rules: Vec<String>,
    /// The requests, hellos and datagrams that were judged.
    pub(crate) judged: usize,
}

/// The detector with its settings as they come.
pub(crate) struct Subject {
    judge: Judge,
    examiner: RefCell<Examiner>,
}

impl Subject {
    pub(crate) fn new() -> Self {
        Self {
            judge: Judge::new(Config::default(), Pack::embedded()),
            examiner: RefCell::default(),
        }
    }

    /// A whole connection, from its first byte to its end.
    pub(crate) fn stream(&self, to: SocketAddr, name: Option<&str>, bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        self.opening(Protocol::Tcp, to, name, &mut seen);
        let mut inspector = StreamInspector::new();
        let mut rest = bytes;
        loop {
            let before = rest.len();
            let (len, said) = match inspector.step(rest, true) {
                StreamStep::Judge { len, said } => (len, said),
                StreamStep::NeedMore | StreamStep::Expects | StreamStep::Pass => break,
            };
            let unframed = matches!(said, Said::Unframed(_));
            self.said(Protocol::Tcp, to, name, &said, &mut seen);
            rest = rest.get(len..).unwrap_or_default();
            if rest.is_empty() || (rest.len() == before && !unframed) {
                break;
            }
        }
        seen
    }

    /// A datagram, the first of its flow.
    pub(crate) fn datagram(&self, to: SocketAddr, name: Option<&str>, bytes: &[u8]) -> Seen {
        let mut seen = Seen::default();
        self.opening(Protocol::Udp, to, name, &mut seen);
        if let DatagramStep::Judge(said) = DatagramInspector::new(to.port()).push(bytes) {
            self.said(Protocol::Udp, to, name, &said, &mut seen);
        }
        seen
    }

    /// A flow that has said nothing yet, or a DNS question.
    pub(crate) fn silent(&self, protocol: Protocol, to: SocketAddr, name: Option<&str>) -> Seen {
        let mut seen = Seen::default();
        self.opening(protocol, to, name, &mut seen);
        seen
    }

    fn opening(&self, protocol: Protocol, to: SocketAddr, name: Option<&str>, seen: &mut Seen) {
        self.judge(&facts(protocol, to, name), seen);
    }

    /// One thing said, judged.
    pub(crate) fn said(
        &self,
        protocol: Protocol,
        to: SocketAddr,
        name: Option<&str>,
        said: &Said<'_>,
        seen: &mut Seen,
    ) {
        let examine = |parts| {
            self.examiner
                .borrow_mut()
                .examine(&parts, self.judge.known())
        };
        let content = parts(said).map(examine);
        for finding in content.iter().flat_map(|content| &content.findings) {
            let kind = word(finding);
            if !finding.alerts() {
                seen.quiet.push(format!(
                    "{kind} by {} ({} %)",
                    finding.path, finding.confidence
                ));
            } else if !seen.alerts.contains(&kind) {
                seen.alerts.push(kind);
            }
        }
        let facts = Facts {
            said: Some(said),
            content: content.as_ref(),
            ..facts(protocol, to, name)
        };
        self.judge(&facts, seen);
        seen.judged += 1;
    }

    fn judge(&self, facts: &Facts<'_>, seen: &mut Seen) {
        let verdict = self.judge.judge(facts);
        seen.blocked |= verdict.decision == Decision::Block;
        seen.warned |= verdict.decision == Decision::Warn;
        for rule in verdict.rules {
            if !seen.rules.contains(&rule) {
                seen.rules.push(rule);
            }
        }
    }
}

/// What is known of a flow whose sender is not.
pub(crate) fn facts<'a>(protocol: Protocol, to: SocketAddr, name: Option<&'a str>) -> Facts<'a> {
    Facts {
        owner: None,
        owner_asked: false,
        trigger: None,
        protocol,
        destination: to,
        country: None,
        asn: None,
        dns_query: name,
        said: None,
        content: None,
    }
}

/// The kind as events spell it.
fn word(finding: &gasket_core::inspect::content::Finding) -> String {
    match serde_json::to_value(finding.kind) {
        Ok(serde_json::Value::String(word)) => word,
        other => format!("{other:?}"),
    }
}
