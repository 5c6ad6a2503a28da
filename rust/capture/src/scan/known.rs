//! What is known of a flow in a capture before its payload is read.

use std::net::IpAddr;

use gasket_core::event::named_host;
use gasket_core::facts::Facts;
use gasket_core::inspect::Said;
use gasket_core::tables::{Country, Place};

use crate::flows::Flow;

/// Whether a request names no host, or names it by its address only.
pub(super) fn is_nameless(said: &Said<'_>) -> bool {
    match said {
        Said::Http(http) => http.host.as_deref().and_then(named_host).is_none(),
        Said::Coap(coap) => coap.method.is_some() && coap.host.is_none(),
        _ => false,
    }
}

/// What is known of a flow. A capture names no senders, so nobody could be asked.
pub(super) fn facts<'a>(
    flow: Flow,
    name: Option<&'a str>,
    said: Option<&'a Said<'a>>,
    place: &'a Place,
) -> Facts<'a> {
    Facts {
        owner: None,
        owner_asked: false,
        trigger: None,
        protocol: flow.protocol,
        destination: flow.server,
        country: place.country.as_ref().map(Country::as_str),
        asn: place.asn,
        dns_query: name,
        said,
        content: None,
    }
}

pub(super) fn instant(time_ns: u64) -> gasket_core::Instant {
    gasket_core::Instant::from_millis(i64::try_from(time_ns / 1_000_000).unwrap_or(i64::MAX))
}

/// Whether an address is of a private network, where addresses without names are the rule.
pub(super) fn stays_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
