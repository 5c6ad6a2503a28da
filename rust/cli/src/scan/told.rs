//! What an event may say of a judged stretch: the same words as the live path's.

use std::net::IpAddr;

use gasket_core::event::{NameSource, RequestLine, Subject};
use gasket_core::inspect::Said;

/// Characters of a path that an event may carry.
const PATH_MAX: usize = 256;

/// Digits in a row from which a part of a path may be an identifier and is masked.
const DIGITS_MASKED: usize = 8;

/// The parts of an event that come from what was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) subject: Subject,
    pub(super) request: Option<RequestLine>,
    pub(super) name: Option<(String, NameSource)>,
}

impl Told {
    /// Nothing was said: it is about the flow as such.
    pub(super) fn flow() -> Self {
        Self {
            subject: Subject::Flow,
            request: None,
            name: None,
        }
    }

    /// A DNS question for `name`.
    pub(super) fn question(name: &str) -> Self {
        Self {
            subject: Subject::DnsQuestion,
            request: None,
            name: Some((name.to_owned(), NameSource::Dns)),
        }
    }

    /// What may be told of `said`.
    pub(super) fn of(said: &Said<'_>) -> Self {
        let request = |method: &str, path: &str| {
            Some(RequestLine {
                method: method.chars().take(20).collect(),
                path: masked_path(path),
            })
        };
        let (subject, request, name) = match said {
            Said::Tls(hello) => (
                Subject::Hello,
                None,
                hello.server_name.clone().map(|n| (n, NameSource::Tls)),
            ),
            Said::Quic(hello) => (
                Subject::Hello,
                None,
                hello.server_name.clone().map(|n| (n, NameSource::Quic)),
            ),
            Said::Http(http) => (
                Subject::Request,
                request(&http.method, &http.path),
                http.host
                    .as_deref()
                    .and_then(named_host)
                    .map(|host| (host.to_owned(), NameSource::Http)),
            ),
            Said::Coap(coap) => (
                Subject::Request,
                coap.method.and_then(|method| request(method, &coap.path)),
                coap.host.clone().map(|n| (n, NameSource::Coap)),
            ),
            Said::HttpBody(_) | Said::Raw(_) | Said::Unframed(_) => (Subject::Request, None, None),
        };
        Self {
            subject,
            request,
            name,
        }
    }
}

/// Whether a request names no host, or names it by its address only.
pub(super) fn is_nameless(said: &Said<'_>) -> bool {
    match said {
        Said::Http(http) => http.host.as_deref().and_then(named_host).is_none(),
        Said::Coap(coap) => coap.method.is_some() && coap.host.is_none(),
        _ => false,
    }
}

/// The name in a host field, unless it is an address.
fn named_host(host: &str) -> Option<&str> {
    let bare = match (host.strip_prefix('['), host.rsplit_once(':')) {
        (Some(bracketed), _) => bracketed.split(']').next().unwrap_or_default(),
        (None, Some((name, _))) if !name.contains(':') => name,
        _ => host,
    };
    (!bare.is_empty() && bare.parse::<IpAddr>().is_err()).then_some(bare)
}

/// A path that can be shown: bounded, long digit runs masked.
fn masked_path(path: &str) -> String {
    let mut shown = String::new();
    let mut digits = String::new();
    let flush = |digits: &mut String, shown: &mut String| {
        if digits.len() >= DIGITS_MASKED {
            shown.push_str(&"•".repeat(digits.len()));
        } else {
            shown.push_str(digits);
        }
        digits.clear();
    };
    for c in path.chars().take(PATH_MAX) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        flush(&mut digits, &mut shown);
        shown.push(c);
    }
    flush(&mut digits, &mut shown);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_nothing() {
        assert_eq!(named_host("example.org:8080"), Some("example.org"));
        assert_eq!(named_host("203.0.113.1"), None);
        assert_eq!(named_host("203.0.113.1:80"), None);
        assert_eq!(named_host("[2001:db8::1]:80"), None);
        assert_eq!(named_host("2001:db8::1"), None);
        assert_eq!(named_host(""), None);
    }

    #[test]
    fn long_digit_runs_are_masked() {
        assert_eq!(
            masked_path("/v2/350000001234562/x"),
            "/v2/•••••••••••••••/x"
        );
        assert_eq!(masked_path("/1234567"), "/1234567");
        assert_eq!(masked_path(&"a".repeat(999)).len(), PATH_MAX);
    }
}
