//! What is told about flows: the same everywhere, one JSON object a line, `schema: 1`.

mod told;
mod waiting;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::beacon::Beacon;
use crate::facts::{DeviceEvent, Protocol};
use crate::inspect::content::{BoundsHit, Finding};
use crate::owner::Owner;
use crate::policy::{Decision, Reason};
use crate::tables::Network;

pub use crate::facts::NameSource;
pub use told::{Told, name_of, named_host};
pub use waiting::Waiting;

/// The version of the event schema this build writes.
pub const EVENT_SCHEMA: u32 = 1;

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A DNS question to Gasket's resolver.
    DnsQuestion,
    /// A connection or UDP flow, before or without any payload.
    Flow,
    /// One request of a plaintext connection, or one datagram.
    Request,
    /// The encrypted hello of a TLS or QUIC flow.
    Hello,
    /// A flow that ended; only with `report_flows`.
    Ended,
    /// All flows of one app to one destination: when they came. The event's bytes are those of all.
    Beacon,
}

/// Where a flow goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Address of the peer.
    pub address: IpAddr,
    /// Port of the peer; 0 for ICMP.
    pub port: u16,
    /// Transport.
    pub protocol: Protocol,
    /// Name, where known.
    pub name: Option<String>,
    /// How the name was learnt.
    pub name_source: Option<NameSource>,
    /// ISO 3166 code of the address's registration, where known.
    pub country: Option<String>,
    /// The network it is in, where known; absent in events of before it was told.
    pub network: Option<Network>,
}

/// A rule that matched, as told to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchedRule {
    /// Sigma rule id (UUID).
    pub id: String,
    /// Sigma title.
    pub title: String,
    /// Whose doing it is; absent in events of before it was told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub family: String,
}

/// What the request line said, where there was one. No payload, no query: both may hold identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestLine {
    /// HTTP or CoAP method.
    pub method: String,
    /// Path without query, at most 256 bytes, long digit runs masked.
    pub path: String,
}

impl RequestLine {
    /// Bytes of its texts.
    fn weight(&self) -> usize {
        self.method.len() + self.path.len()
    }
}

/// What became of the question whether something may leave that the user wants to be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskOutcome {
    /// It is held and nothing is decided: the event is the question itself and no line of a history.
    Waiting,
    /// The user let it through.
    Allowed,
    /// The user said no.
    Blocked,
    /// Nobody answered in time.
    Unanswered,
    /// It was asked before, and is blocked by that answer, or by there having been none.
    AsBefore,
    /// The connection ended before there was an answer.
    Ended,
    /// It could not be asked: it cannot be held, or too much was asked already.
    NotAsked,
}

/// That the user was to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Number of the question, below 2^53 and of no other run; 0 where there is none.
    pub question: u64,
    /// What became of it.
    pub outcome: AskOutcome,
    /// How long an answer was waited for, in seconds.
    pub seconds: u8,
}

impl Asked {
    /// What cannot be held is not asked about.
    pub(crate) const NEVER: Self = Self {
        question: 0,
        outcome: AskOutcome::NotAsked,
        seconds: 0,
    };
}

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Always [`EVENT_SCHEMA`].
    pub schema: u32,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Number of the flow, unique within one run; 0 where the event is about several.
    pub flow: u64,
    /// What the event is about.
    pub subject: Subject,
    /// The sending app, where known.
    pub app: Option<Owner>,
    /// Where it goes.
    pub destination: Destination,
    /// The request line, for plaintext requests.
    pub request: Option<RequestLine>,
    /// What was decided.
    pub verdict: Decision,
    /// Why.
    pub reason: Reason,
    /// Whether the request, which is blocked, was answered here as its server would have; not written where not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answered: bool,
    /// The rules that matched, the gravest first.
    pub rules: Vec<MatchedRule>,
    /// The identifiers seen, masked.
    pub findings: Vec<Finding>,
    /// The bounds of the decode chain that were hit, so that there may be more; not written where none was.
    #[serde(default, skip_serializing_if = "BoundsHit::is_empty")]
    pub bounds_hit: BoundsHit,
    /// Whether a connection to the destination had been opened (a SYN had left).
    pub dialled: bool,
    /// Payload bytes of what the event is about that had left the device when the event was made.
    pub bytes_left: u64,
    /// Payload bytes of the whole flow that had left, what came before included.
    pub flow_bytes_left: u64,
    /// The device event that came before, where there was one.
    pub device_event: Option<DeviceEvent>,
    /// Why the flows of an app to a destination look like a beacon; written only where the event is about that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beacon: Option<Box<Beacon>>,
    /// What the user was asked; written only where the app's treatment is to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_of_before_networks_were_told_still_parses() {
        let old = r#"{"address":"203.0.113.7","port":443,"protocol":"tcp","name":null,"name_source":null,"country":"CN"}"#;
        let told: Destination = serde_json::from_str(old).unwrap();
        assert_eq!(
            (told.country.as_deref(), &told.network),
            (Some("CN"), &None)
        );
        let network = r#"{"asn":4134,"name":"Chinanet"}"#;
        let new = old.replace("\"CN\"", &format!("\"CN\",\"network\":{network}"));
        let told: Destination = serde_json::from_str(&new).unwrap();
        assert_eq!(serde_json::to_string(&told).unwrap(), new);
        assert!(serde_json::from_str::<Destination>(&new.replace("asn", "as")).is_err());
    }

    #[test]
    fn a_rule_of_before_families_were_told_still_parses() {
        let old = r#"{"id":"a","title":"b"}"#;
        let told: MatchedRule = serde_json::from_str(old).unwrap();
        assert_eq!(told.family, "");
        assert_eq!(serde_json::to_string(&told).unwrap(), old);
        let new = r#"{"id":"a","title":"b","family":"c"}"#;
        let told: MatchedRule = serde_json::from_str(new).unwrap();
        assert_eq!(told.family, "c");
        assert_eq!(serde_json::to_string(&told).unwrap(), new);
    }

    #[test]
    fn only_bounds_that_were_hit_are_written() {
        let hit: BoundsHit = serde_json::from_str(r#"{"depth":2}"#).unwrap();
        assert_eq!((hit.depth, hit.input), (2, 0));
        assert_eq!(serde_json::to_string(&hit).unwrap(), r#"{"depth":2}"#);
        assert!(serde_json::from_str::<BoundsHit>(r#"{"deep":2}"#).is_err());
    }

    #[test]
    fn what_was_asked_is_written_as_it_is_read() {
        let text = r#"{"question":9007199254740991,"outcome":"not_asked","seconds":20}"#;
        let asked: Asked = serde_json::from_str(text).unwrap();
        assert_eq!(asked.outcome, AskOutcome::NotAsked);
        assert_eq!(serde_json::to_string(&asked).unwrap(), text);
        assert!(serde_json::from_str::<Asked>(&text.replace("not_asked", "maybe")).is_err());
    }
}
