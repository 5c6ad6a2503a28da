//! Events written down as `field: value`, made into facts: the samples of the rules, and what
//! `gasket rules test` reads.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::Value as Json;

use super::error::{Problem, unknown};
use super::field::{Field, Kind};
use super::yaml::Node;
use crate::facts::{DeviceEvent, Facts, Protocol, Trigger};
use crate::inspect::content::{
    ALERT_CONFIDENCE, Basis, BoundsHit, Content, Finding, IdentifierKind,
};
use crate::inspect::{ClientHello, CoapMessage, HttpRequest, Said};
use crate::owner::Owner;

/// One event; owns what [`Facts`] borrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    values: BTreeMap<Field, Datum>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Datum {
    Text(String),
    Number(u64),
    Flag(bool),
}

impl Sample {
    /// Reads a JSON object of `field: value`.
    ///
    /// # Errors
    /// What is wrong, in words: no object, a field that no rule could ask for, a value of the
    /// wrong type, or fields that exclude each other.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let json: BTreeMap<String, Json> =
            serde_json::from_str(text).map_err(|error| format!("not a sample: {error}"))?;
        let mut values = BTreeMap::new();
        for (name, json) in &json {
            let field = Field::named(name)?;
            let datum = match json {
                Json::String(text) => Datum::Text(text.clone()),
                Json::Bool(flag) => Datum::Flag(*flag),
                Json::Number(number) => Datum::Number(
                    number
                        .as_u64()
                        .ok_or_else(|| format!("{name} must be a whole number from 0 on"))?,
                ),
                _ => return Err(format!("{name} must be a text, a number or true/false")),
            };
            values.insert(field, datum);
        }
        Self::of(values)
    }

    /// Reads a map of a rule file.
    pub(super) fn from_node(node: &Node) -> Result<Self, Problem> {
        let mut values = BTreeMap::new();
        for entry in node.map("a sample")? {
            let name = &*entry.key;
            let field = Field::named(name).map_err(|text| Problem::at(entry.line, text))?;
            let datum = match field.kind() {
                Kind::Number(largest) => Datum::Number(entry.value.number(name, largest)?),
                Kind::Flag => Datum::Flag(entry.value.flag(name)?),
                _ => Datum::Text(entry.value.text(name)?.to_owned()),
            };
            values.insert(field, datum);
        }
        Self::of(values).map_err(|text| Problem::at(node.line, text))
    }

    /// Checks the values, so that [`Self::judged`] need not.
    fn of(values: BTreeMap<Field, Datum>) -> Result<Self, String> {
        for (field, datum) in &values {
            let name = field.name();
            match (field.kind(), datum) {
                (Kind::Number(largest), Datum::Number(number)) if *number <= largest => {}
                (Kind::Number(largest), _) => {
                    return Err(format!("{name} must be a whole number from 0 to {largest}"));
                }
                (Kind::Flag, Datum::Flag(_)) => {}
                (Kind::Flag, _) => return Err(format!("{name} must be true or false")),
                (Kind::Address, Datum::Text(text)) => {
                    text.parse::<IpAddr>()
                        .map_err(|_| format!("{name}: `{text}` is no IP address"))?;
                }
                (Kind::Choice(words), Datum::Text(text)) if !words.contains(&&**text) => {
                    return Err(unknown(name, text, words));
                }
                (_, Datum::Text(text)) if *field == Field::PiiTypes => {
                    text.split(',').try_for_each(|word| kind(word).map(drop))?;
                }
                (_, Datum::Text(_)) => {}
                _ => return Err(format!("{name} must be a text")),
            }
        }
        let sample = Self { values };
        sample.coherent().map(|()| sample)
    }

    /// One flow says one thing: a hello or a request.
    fn coherent(&self) -> Result<(), String> {
        let spoken: Vec<&str> = PROTOCOLS
            .into_iter()
            .filter(|prefix| self.speaks(prefix))
            .collect();
        if let [first, second, ..] = spoken[..] {
            return Err(format!(
                "{first}* and {second}* exclude each other: one event is one message"
            ));
        }
        let encrypted = matches!(spoken[..], ["tls." | "quic."]);
        match self.flag(Field::Cleartext) {
            Some(cleartext) if !spoken.is_empty() && cleartext == encrypted => Err(format!(
                "cleartext: {cleartext} contradicts {}*",
                spoken.concat()
            )),
            _ => Ok(()),
        }
    }

    /// Shows the event as facts. What a sample leaves open is taken as 192.0.2.1, port 80, TCP.
    pub fn judged<T>(&self, look: impl FnOnce(&Facts<'_>) -> T) -> T {
        let owner = self.text(Field::AppPackage).map(|package| Owner {
            uid: self.number(Field::AppUid).unwrap_or(10_001),
            // A shared uid has several packages.
            packages: package.split(',').map(str::to_owned).collect(),
            system: self.flag(Field::AppSystem).unwrap_or(false),
        });
        let trigger = self.text(Field::Trigger).and_then(trigger);
        let trigger = trigger.map(|kind| DeviceEvent {
            kind,
            age_s: self.number(Field::TriggerAge).unwrap_or(0),
        });
        let said = self.said();
        let content = self.content();
        let address = self.text(Field::DstIp).and_then(|text| text.parse().ok());
        look(&Facts {
            owner: owner.as_ref(),
            owner_asked: true,
            trigger: trigger.as_ref(),
            protocol: match self.text(Field::Proto) {
                Some("udp") => Protocol::Udp,
                Some("icmp") => Protocol::Icmp,
                _ => Protocol::Tcp,
            },
            destination: SocketAddr::new(
                address.unwrap_or(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
                self.number(Field::DstPort).unwrap_or(80),
            ),
            country: self.text(Field::DstCountry),
            asn: self.number(Field::DstAsn),
            dns_query: self.text(Field::DnsQuery),
            said: said.as_ref(),
            content: content.as_ref(),
        })
    }

    fn said(&self) -> Option<Said<'_>> {
        let owned = |field: Field| self.text(field).map(str::to_owned);
        let borrowed = |field: Field| self.text(field).map(Into::into);
        if self.speaks("tls.") {
            Some(Said::Tls(ClientHello {
                server_name: owned(Field::TlsSni),
                encrypted_client_hello: self.flag(Field::TlsEch).unwrap_or(false),
                ..ClientHello::default()
            }))
        } else if self.speaks("quic.") {
            Some(Said::Quic(ClientHello {
                server_name: owned(Field::QuicSni),
                ..ClientHello::default()
            }))
        } else if self.speaks("http.") {
            let body = self.text(Field::HttpBody).unwrap_or_default();
            Some(Said::Http(HttpRequest {
                method: self.text(Field::HttpMethod).unwrap_or("GET").into(),
                host: owned(Field::HttpHost),
                path: self.text(Field::HttpPath).unwrap_or("/").into(),
                query: self.text(Field::HttpQuery).unwrap_or_default().into(),
                content_type: borrowed(Field::HttpContentType),
                content_encoding: None,
                user_agent: borrowed(Field::HttpUserAgent),
                headers: b"",
                body: body.as_bytes().into(),
                complete: true,
            }))
        } else if self.speaks("coap.") {
            Some(Said::Coap(CoapMessage {
                method: Some("POST"),
                host: owned(Field::CoapHost),
                path: self.text(Field::CoapPath).unwrap_or("/").to_owned(),
                query: self.text(Field::CoapQuery).unwrap_or_default().to_owned(),
                payload: b"",
            }))
        } else if self.flag(Field::Cleartext) == Some(true) {
            Some(Said::Raw(b"\x01"))
        } else {
            None
        }
    }

    fn content(&self) -> Option<Content> {
        let path = self.text(Field::PiiEncodings).unwrap_or_default();
        let words = self.text(Field::PiiTypes).into_iter();
        let findings: Vec<Finding> = words
            .flat_map(|list| list.split(','))
            .filter_map(|word| kind(word).ok())
            .map(|kind| Finding {
                kind,
                masked: String::from("•"),
                path: path.to_owned(),
                confidence: ALERT_CONFIDENCE,
                basis: Basis::Likeness,
            })
            .collect();
        let decoded = self.text(Field::BodyDecoded);
        (decoded.is_some() || !findings.is_empty()).then(|| Content {
            decoded: decoded.unwrap_or_default().to_owned(),
            findings,
            bounds_hit: BoundsHit::default(),
        })
    }

    fn speaks(&self, prefix: &str) -> bool {
        self.values
            .keys()
            .any(|field| field.name().starts_with(prefix))
    }

    fn text(&self, field: Field) -> Option<&str> {
        match self.values.get(&field) {
            Some(Datum::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn number<N: TryFrom<u64>>(&self, field: Field) -> Option<N> {
        match self.values.get(&field) {
            Some(Datum::Number(number)) => (*number).try_into().ok(),
            _ => None,
        }
    }

    fn flag(&self, field: Field) -> Option<bool> {
        match self.values.get(&field) {
            Some(Datum::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }
}

/// What begins the names of the fields that a message itself fills.
const PROTOCOLS: [&str; 4] = ["tls.", "quic.", "http.", "coap."];

fn trigger(word: &str) -> Option<Trigger> {
    serde_json::from_value(word.into()).ok()
}

fn kind(word: &str) -> Result<IdentifierKind, String> {
    serde_json::from_value(word.into()).map_err(|error| format!("pii.types: {error}"))
}
