//! What an event may say of a payload: never the payload itself.

use std::net::IpAddr;

use super::{NameSource, RequestLine, Subject};
use crate::inspect::Said;
use crate::inspect::content::{BoundsHit, Content, Finding};

/// Characters of a path that an event may carry.
const PATH_MAX: usize = 256;

/// Digits in a row from which a part of a path may be an identifier and is masked.
const DIGITS_MASKED: usize = 8;

/// What an event says about the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What the event is about.
    pub subject: Subject,
    /// The request line, where there was one.
    pub request: Option<RequestLine>,
    /// The name that the payload itself gives, and how.
    pub name: Option<(String, NameSource)>,
    /// The identifiers in it, masked.
    pub findings: Vec<Finding>,
    /// The bounds that kept more of it from being read.
    pub bounds_hit: BoundsHit,
}

/// Nothing was said: it is about the flow as such.
impl Default for Told {
    fn default() -> Self {
        Self {
            subject: Subject::Flow,
            request: None,
            name: None,
            findings: Vec::new(),
            bounds_hit: BoundsHit::default(),
        }
    }
}

impl Told {
    /// A DNS question for `name`.
    pub fn question(name: &str) -> Self {
        Self {
            subject: Subject::DnsQuestion,
            name: Some((name.to_owned(), NameSource::Dns)),
            ..Self::default()
        }
    }

    /// What may be told of a judged stretch.
    pub fn of(said: Option<&Said<'_>>, content: Content) -> Self {
        let mut told = Self {
            findings: content.findings,
            bounds_hit: content.bounds_hit,
            ..Self::default()
        };
        match said {
            None => {}
            Some(Said::Tls(hello)) => {
                told.subject = Subject::Hello;
                told.name = hello.server_name.clone().map(|n| (n, NameSource::Tls));
            }
            Some(Said::Quic(hello)) => {
                told.subject = Subject::Hello;
                told.name = hello.server_name.clone().map(|n| (n, NameSource::Quic));
            }
            Some(Said::Http(request)) => {
                told.subject = Subject::Request;
                told.request = Some(RequestLine {
                    method: request.method.chars().take(20).collect(),
                    path: masked_path(&request.path),
                });
                told.name = request
                    .host
                    .as_deref()
                    .and_then(named_host)
                    .map(|host| (host.to_owned(), NameSource::Http));
            }
            Some(Said::Coap(message)) => {
                told.subject = Subject::Request;
                told.request = message.method.map(|method| RequestLine {
                    method: method.to_owned(),
                    path: masked_path(&message.path),
                });
                told.name = message.host.clone().map(|n| (n, NameSource::Coap));
            }
            Some(Said::HttpBody(_) | Said::Raw(_) | Said::Unframed(_)) => {
                told.subject = Subject::Request;
            }
        }
        told
    }
}

/// The name in an HTTP host field, without its port; `None` for an address.
pub fn named_host(host: &str) -> Option<&str> {
    let bare = match (host.strip_prefix('['), host.rsplit_once(':')) {
        (Some(bracketed), _) => bracketed.split(']').next().unwrap_or_default(),
        (None, Some((name, _))) if !name.contains(':') => name,
        _ => host,
    };
    (!bare.is_empty() && bare.parse::<IpAddr>().is_err()).then_some(bare)
}

/// A path that can be shown: bounded, printable, long digit runs masked.
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
        shown.push(if c.is_control() { '\u{fffd}' } else { c });
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
        assert_eq!(masked_path("/a\rb"), "/a\u{fffd}b");
        assert_eq!(masked_path(&"a".repeat(999)).len(), PATH_MAX);
    }
}
