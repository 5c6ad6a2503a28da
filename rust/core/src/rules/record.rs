//! The facts of a flow as the fields of the taxonomy. Borrowed: made for one look at the pack.

use std::borrow::Cow;
use std::net::IpAddr;

use super::field::Field;
use crate::facts::{Facts, Protocol, Trigger};
use crate::inspect::Said;
use crate::inspect::content::{Basis, Content, Finding, IdentifierKind};

/// What one field holds at the moment.
#[derive(Debug, Default)]
pub(super) enum Value<'a> {
    #[default]
    Absent,
    Text(Cow<'a, [u8]>),
    /// Any of several; only the packages of a shared uid.
    Texts(&'a [String]),
    Number(u64),
    Flag(bool),
    Address(IpAddr),
}

/// All fields of one event.
#[derive(Debug)]
pub(super) struct Record<'a> {
    values: [Value<'a>; Field::ALL.len()],
}

impl<'a> Record<'a> {
    /// No field holds anything.
    pub(super) fn empty() -> Self {
        Self {
            values: std::array::from_fn(|_| Value::Absent),
        }
    }

    pub(super) fn of(facts: &Facts<'a>) -> Self {
        let mut record = Self::empty();
        if let Some(owner) = facts.owner {
            record.set(Field::AppPackage, Value::Texts(&owner.packages));
            record.set(Field::AppUid, Value::Number(owner.uid.into()));
            record.set(Field::AppSystem, Value::Flag(owner.system));
        }
        record.text(
            Field::Trigger,
            facts.trigger.map_or("unknown", |event| word(event.kind)),
        );
        if let Some(event) = facts.trigger {
            record.set(Field::TriggerAge, Value::Number(event.age_s));
        }
        if let Some(name) = facts.dns_query {
            record.text(Field::DnsQuery, name);
        }
        let address = facts.destination.ip().to_canonical();
        record.set(Field::DstIp, Value::Address(address));
        record.set(
            Field::DstPort,
            Value::Number(facts.destination.port().into()),
        );
        if let Some(country) = facts.country {
            record.text(Field::DstCountry, country);
        }
        if let Some(asn) = facts.asn {
            record.set(Field::DstAsn, Value::Number(asn.into()));
        }
        record.text(
            Field::Proto,
            match facts.protocol {
                Protocol::Tcp => "tcp",
                Protocol::Udp => "udp",
                Protocol::Icmp => "icmp",
            },
        );
        if let Some(said) = facts.said {
            record.said(said);
        }
        if let Some(content) = facts.content {
            record.content(content);
        }
        record
    }

    fn said(&mut self, said: &'a Said<'a>) {
        match said {
            Said::Tls(hello) => {
                self.optional(Field::TlsSni, hello.server_name.as_deref());
                self.set(Field::TlsEch, Value::Flag(hello.encrypted_client_hello));
            }
            Said::Quic(hello) => self.optional(Field::QuicSni, hello.server_name.as_deref()),
            Said::Http(request) => {
                self.text(Field::HttpMethod, &request.method);
                self.optional(Field::HttpHost, request.host.as_deref().map(bare_host));
                self.text(Field::HttpPath, &request.path);
                self.text(Field::HttpQuery, &request.query);
                self.optional(Field::HttpContentType, request.content_type.as_deref());
                self.optional(Field::HttpUserAgent, request.user_agent.as_deref());
                self.set(Field::HttpBody, Value::Text(Cow::Borrowed(&request.body)));
            }
            Said::HttpBody(stretch) => {
                self.set(Field::HttpBody, Value::Text(Cow::Borrowed(stretch)));
            }
            Said::Coap(message) => {
                self.optional(Field::CoapHost, message.host.as_deref().map(bare_host));
                self.text(Field::CoapPath, &message.path);
                self.text(Field::CoapQuery, &message.query);
            }
            Said::Raw(_) | Said::Unframed(_) => {}
        }
        let encrypted = matches!(said, Said::Tls(_) | Said::Quic(_));
        self.set(Field::Cleartext, Value::Flag(!encrypted));
    }

    fn content(&mut self, content: &'a Content) {
        self.text(Field::BodyDecoded, &content.decoded);
        // What was learned is no fact that a rule, which may block, could rest on.
        let fit = |finding: &&Finding| finding.alerts() && finding.basis != Basis::Learned;
        let alerting = || content.findings.iter().filter(fit);
        if alerting().next().is_none() {
            return;
        }
        let mut kinds: Vec<_> = alerting().map(|finding| finding.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let kinds: Vec<_> = kinds.into_iter().map(kind_word).collect();
        let paths: Vec<_> = alerting().map(|finding| &*finding.path).collect();
        self.owned(Field::PiiTypes, kinds.join(","));
        self.owned(Field::PiiEncodings, paths.join(","));
    }

    pub(super) fn value(&self, field: Field) -> &Value<'a> {
        self.values.get(field as usize).unwrap_or(&Value::Absent)
    }

    /// The texts that a field holds.
    pub(super) fn texts(&self, field: Field) -> impl Iterator<Item = &[u8]> {
        let (one, several) = match self.value(field) {
            Value::Text(text) => (Some(&**text), [].as_slice()),
            Value::Texts(texts) => (None, *texts),
            _ => (None, [].as_slice()),
        };
        one.into_iter().chain(several.iter().map(String::as_bytes))
    }

    pub(super) fn set(&mut self, field: Field, value: Value<'a>) {
        if let Some(slot) = self.values.get_mut(field as usize) {
            *slot = value;
        }
    }

    pub(super) fn text(&mut self, field: Field, text: &'a str) {
        self.set(field, Value::Text(Cow::Borrowed(text.as_bytes())));
    }

    fn owned(&mut self, field: Field, text: String) {
        self.set(field, Value::Text(Cow::Owned(text.into_bytes())));
    }

    fn optional(&mut self, field: Field, text: Option<&'a str>) {
        if let Some(text) = text {
            self.text(field, text);
        }
    }
}

/// An authority without port, brackets and trailing dot.
pub(crate) fn bare_host(authority: &str) -> &str {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    let host = match authority.rsplit_once(':') {
        // More than one colon without brackets: an IPv6 address that someone wrote bare.
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => {
            host
        }
        _ => authority,
    };
    host.strip_suffix('.').unwrap_or(host)
}

fn word(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Boot => "boot",
        Trigger::Connectivity => "connectivity",
        Trigger::SimChange => "sim_change",
        Trigger::ServiceChange => "service_change",
        Trigger::ScreenOn => "screen_on",
        Trigger::Unlock => "unlock",
        Trigger::Alarm => "alarm",
        Trigger::PackageChange => "package_change",
        Trigger::ScreenOff => "screen_off",
        Trigger::Charging => "charging",
        Trigger::TimeZone => "time_zone",
        Trigger::Airplane => "airplane",
    }
}

fn kind_word(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Imei => "imei",
        IdentifierKind::Imsi => "imsi",
        IdentifierKind::Iccid => "iccid",
        IdentifierKind::Mac => "mac",
        IdentifierKind::Cell => "cell",
        IdentifierKind::DeviceId => "device_id",
        IdentifierKind::Serial => "serial",
        IdentifierKind::Meid => "meid",
        IdentifierKind::AdvertisingId => "advertising_id",
        IdentifierKind::Phone => "phone",
        IdentifierKind::Email => "email",
        IdentifierKind::Location => "location",
        IdentifierKind::Ssid => "ssid",
        IdentifierKind::AppList => "app_list",
        IdentifierKind::StableId => "stable_id",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_port_brackets_and_dot() {
        for (authority, host) in [
            ("a.example", "a.example"),
            ("a.example:80", "a.example"),
            ("a.example.:80", "a.example"),
            ("a.example.", "a.example"),
            ("a.example:", "a.example"),
            ("a.example:x", "a.example:x"),
            ("[2001:db8::1]:80", "2001:db8::1"),
            ("[2001:db8::1", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("", ""),
            (":", ""),
        ] {
            assert_eq!(bare_host(authority), host, "{authority}");
        }
    }
}
