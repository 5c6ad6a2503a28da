//! What is known of one connection, request, datagram or DNS question at the moment it is judged.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::inspect::Said;
use crate::inspect::content::Content;
use crate::owner::Owner;

/// Transport protocol of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Transmission Control Protocol (RFC 9293).
    Tcp,
    /// User Datagram Protocol (RFC 768).
    Udp,
    /// ICMP or ICMPv6 echo; the port fields carry the echo identifier.
    Icmp,
}

/// How the destination's name was learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameSource {
    /// From the DNS answer that gave the address, or the DNS question itself.
    Dns,
    /// From the server name in a TLS ClientHello.
    Tls,
    /// From the server name in a QUIC Initial.
    Quic,
    /// From the request's own Host field or absolute target.
    Http,
    /// From the Uri-Host option of a CoAP request.
    Coap,
}

/// Something that happened to the device and may explain why an app speaks now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceEvent {
    /// What happened.
    pub kind: Trigger,
    /// Whole seconds between the event and the flow's first packet.
    pub age_s: u64,
}

/// Kinds of device event (the values of the rule field `trigger`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// The device was powered on.
    Boot,
    /// The default network changed.
    Connectivity,
    /// A SIM was inserted, removed or became the default.
    SimChange,
    /// Mobile service came or went, or roaming began or ended.
    ServiceChange,
    /// The screen came on.
    ScreenOn,
    /// The user unlocked the device.
    Unlock,
    /// A timer of the app fired.
    Alarm,
    /// An app was installed, updated or removed.
    PackageChange,
    /// The screen went off.
    ScreenOff,
    /// A charger was connected or taken away.
    Charging,
    /// The time zone changed.
    TimeZone,
    /// Airplane mode was switched on or off.
    Airplane,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Boot,
        Self::Connectivity,
        Self::SimChange,
        Self::ServiceChange,
        Self::ScreenOn,
        Self::Unlock,
        Self::Alarm,
        Self::PackageChange,
        Self::ScreenOff,
        Self::Charging,
        Self::TimeZone,
        Self::Airplane,
    ];
}

/// A device event as the app's shell tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happening {
    /// What happened.
    pub kind: Trigger,
    /// Of [`Trigger::PackageChange`], which app was installed or updated, where it is told.
    #[serde(default)]
    pub package: Option<String>,
}

impl Happening {
    /// Reads one JSON object, `{"kind": "boot"}` or `{"kind": "package_change", "package": "com.example.app"}`, and
    /// nothing else in it.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        // serde would read a list as the fields in their order.
        if text.trim_start().starts_with('[') {
            return Err(serde::de::Error::custom("a list, where an object belongs"));
        }
        serde_json::from_str(text)
    }
}

impl From<Trigger> for Happening {
    fn from(kind: Trigger) -> Self {
        Self {
            kind,
            package: None,
        }
    }
}

/// Everything a rule or the policy may look at. Borrowed, because it lives for one judgement.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The sending app; `None` while or where the platform does not say.
    pub owner: Option<&'a Owner>,
    /// Whether the platform was asked for the owner and has not said: with `owner` `None`, the
    /// owner is final, not pending. False for what is judged again later (DNS questions to
    /// Gasket's resolver).
    pub owner_asked: bool,
    /// The latest device event before the flow, if recent enough to matter.
    pub trigger: Option<&'a DeviceEvent>,
    /// Transport protocol.
    pub protocol: Protocol,
    /// Where the flow goes. A DNS question has its resolver here.
    pub destination: SocketAddr,
    /// ISO 3166 code of the destination's registration, where known.
    pub country: Option<&'a str>,
    /// Autonomous system number of the destination, where known.
    pub asn: Option<u32>,
    /// The name that led to the address: the DNS question itself, or what the DNS memory holds for
    /// the address. Lower case, no trailing dot.
    pub dns_query: Option<&'a str>,
    /// What the flow says about itself; `None` before its first payload.
    pub said: Option<&'a Said<'a>>,
    /// The decoded payload and the identifiers in it; `None` where there is no readable payload.
    pub content: Option<&'a Content>,
}
