//! Events as field -> value in JSON, made into facts.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde_json::Value;

use crate::facts::{DeviceEvent, Facts, Protocol, Trigger};
use crate::inspect::content::{Basis, Content, Finding, IdentifierKind};
use crate::inspect::{ClientHello, CoapMessage, HttpRequest, Said};
use crate::owner::Owner;
use crate::rules::field::Field;

/// Owns what [`Facts`] borrow.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    fields: BTreeMap<String, Value>,
}

impl Sample {
    pub(crate) fn named(name: &str) -> Self {
        let path = folder().join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self::from_json(&text).unwrap_or_else(|problem| panic!("{name}: {problem}"))
    }

    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let fields: BTreeMap<String, Value> =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        for name in fields.keys() {
            Field::named(name)?;
        }
        Ok(Self { fields })
    }

    pub(crate) fn judged<T>(&self, look: impl FnOnce(&Facts<'_>) -> T) -> T {
        let owner = self.text("app.package").map(|package| Owner {
            uid: u32::try_from(self.number("app.uid").unwrap_or(10_001)).unwrap(),
            packages: vec![package.to_owned()],
            system: self.flag("app.system").unwrap_or(false),
        });
        let trigger = self
            .text("trigger")
            .filter(|word| *word != "unknown")
            .map(|word| {
                let kind: Trigger = serde_json::from_value(word.into()).unwrap();
                DeviceEvent {
                    kind,
                    age_s: self.number("trigger.age_s").unwrap_or(0),
                }
            });
        let body = self.text("http.body").unwrap_or_default().as_bytes();
        let said = self.said(body);
        if let (Some(cleartext), Some(said)) = (self.flag("cleartext"), &said) {
            assert_eq!(cleartext, !matches!(said, Said::Tls(_) | Said::Quic(_)));
        }
        let content = self.content();
        let address = self
            .text("dst.ip")
            .map_or(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), |text| {
                text.parse().unwrap()
            });
        let port = u16::try_from(self.number("dst.port").unwrap_or(80)).unwrap();
        look(&Facts {
            owner: owner.as_ref(),
            owner_asked: true,
            trigger: trigger.as_ref(),
            protocol: match self.text("proto") {
                Some("udp") => Protocol::Udp,
                Some("icmp") => Protocol::Icmp,
                _ => Protocol::Tcp,
            },
            destination: SocketAddr::new(address, port),
            country: self.text("dst.country"),
            asn: self
                .number("dst.asn")
                .map(|asn| u32::try_from(asn).unwrap()),
            dns_query: self.text("dns.query"),
            said: said.as_ref(),
            content: content.as_ref(),
        })
    }

    fn said<'a>(&'a self, body: &'a [u8]) -> Option<Said<'a>> {
        let has = |prefix: &str| self.fields.keys().any(|name| name.starts_with(prefix));
        let optional = |name: &str| self.text(name).map(Into::into);
        if has("tls.") {
            Some(Said::Tls(ClientHello {
                server_name: optional("tls.sni"),
                encrypted_client_hello: self.flag("tls.ech").unwrap_or(false),
                ..ClientHello::default()
            }))
        } else if has("quic.") {
            Some(Said::Quic(ClientHello {
                server_name: optional("quic.sni"),
                ..ClientHello::default()
            }))
        } else if has("http.") {
            Some(Said::Http(HttpRequest {
                method: self.text("http.method").unwrap_or("GET").into(),
                host: optional("http.host"),
                path: self.text("http.path").unwrap_or("/").into(),
                query: self.text("http.query").unwrap_or_default().into(),
                content_type: self.text("http.content_type").map(Into::into),
                content_encoding: None,
                user_agent: self.text("http.user_agent").map(Into::into),
                headers: b"",
                body: body.into(),
                complete: true,
            }))
        } else if has("coap.") {
            Some(Said::Coap(CoapMessage {
                method: Some("POST"),
                host: optional("coap.host"),
                path: self.text("coap.path").unwrap_or("/").to_owned(),
                query: self.text("coap.query").unwrap_or_default().to_owned(),
                payload: b"",
            }))
        } else if self.flag("cleartext") == Some(true) {
            Some(Said::Raw(b"\x01"))
        } else {
            None
        }
    }

    fn content(&self) -> Option<Content> {
        let path = self.text("pii.encodings").unwrap_or_default();
        let kinds = self
            .text("pii.types")
            .into_iter()
            .flat_map(|list| list.split(','));
        let findings: Vec<Finding> = kinds
            .map(|word| Finding {
                kind: serde_json::from_value::<IdentifierKind>(word.into()).unwrap(),
                masked: String::from("35•6"),
                path: path.to_owned(),
                confidence: 90,
                basis: Basis::Likeness,
            })
            .collect();
        let decoded = self.text("body.decoded");
        (decoded.is_some() || !findings.is_empty()).then(|| Content {
            decoded: decoded.unwrap_or_default().to_owned(),
            findings,
            cut_short: false,
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields
            .get(name)
            .map(|value| value.as_str().unwrap_or_else(|| panic!("{name}")))
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.fields
            .get(name)
            .map(|value| value.as_u64().unwrap_or_else(|| panic!("{name}")))
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.fields
            .get(name)
            .map(|value| value.as_bool().unwrap_or_else(|| panic!("{name}")))
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules/samples")
}

/// The names of all samples, in order.
pub(crate) fn all() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The samples whose names fit a pattern with at most one star.
pub(crate) fn fitting(pattern: &str) -> Vec<String> {
    let (start, end) = pattern.split_once('*').unwrap_or((pattern, ""));
    let fits = |name: &String| match pattern.contains('*') {
        true => name.len() >= pattern.len() - 1 && name.starts_with(start) && name.ends_with(end),
        false => name == pattern,
    };
    all().into_iter().filter(fits).collect()
}
