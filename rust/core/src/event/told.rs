//! What an event may say of a payload: never the payload itself.

use std::net::IpAddr;

use super::{Asked, NameSource, RequestLine, Subject};
use crate::inspect::Said;
use crate::inspect::content::{BoundsHit, Content, Finding};

/// Characters of a path that an event may carry.
const PATH_MAX: usize = 256;

/// Characters of a name that an event may carry: as many as DNS allows.
const NAME_MAX: usize = 255;

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
    /// Whether it was answered here.
    pub answered: bool,
    /// What the user was asked.
    pub asked: Option<Asked>,
    /// The bounds that kept more of it from being read.
    pub bounds_hit: BoundsHit,
}

impl Told {
    /// Bytes of the texts in it, roughly.
    pub(crate) fn weight(&self) -> usize {
        let request = self.request.as_ref().map_or(0, RequestLine::weight);
        let name = self.name.as_ref().map_or(0, |(name, _)| name.len());
        request + name + self.findings.iter().map(Finding::weight).sum::<usize>()
    }
}

/// Nothing was said: it is about the flow as such.
impl Default for Told {
    fn default() -> Self {
        Self {
            subject: Subject::Flow,
            request: None,
            name: None,
            findings: Vec::new(),
            answered: false,
            asked: None,
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
            name: said.and_then(name_of),
            ..Self::default()
        };
        match said {
            None => {}
            Some(Said::Tls(_) | Said::Quic(_)) => told.subject = Subject::Hello,
            Some(Said::Http(request)) => {
                told.subject = Subject::Request;
                told.request = Some(RequestLine {
                    method: request.method.chars().take(20).collect(),
                    path: masked_path(&request.path),
                });
            }
            Some(Said::Coap(message)) => {
                told.subject = Subject::Request;
                told.request = message.method.map(|method| RequestLine {
                    method: method.to_owned(),
                    path: masked_path(&message.path),
                });
            }
            Some(Said::HttpBody(_) | Said::Raw(_) | Said::Unframed(_)) => {
                told.subject = Subject::Request;
            }
        }
        told
    }
}

/// The name that the payload itself gives, as it may be shown, and how.
pub fn name_of(said: &Said<'_>) -> Option<(String, NameSource)> {
    match said {
        Said::Tls(hello) => name(hello.server_name.as_deref(), NameSource::Tls),
        Said::Quic(hello) => name(hello.server_name.as_deref(), NameSource::Quic),
        Said::Http(request) => {
            let host = request.host.as_deref().and_then(named_host);
            name(host, NameSource::Http)
        }
        Said::Coap(message) => name(message.host.as_deref(), NameSource::Coap),
        Said::HttpBody(_) | Said::Raw(_) | Said::Unframed(_) => None,
    }
}

fn name(said: Option<&str>, source: NameSource) -> Option<(String, NameSource)> {
    let shown = said?.chars().take(NAME_MAX).map(shown);
    Some((shown.collect(), source))
}

/// The character, unless it would act on whatever shows it instead of being seen: control characters, and those that
/// turn the direction of what follows, end lines or show nothing (Unicode categories Cc, Cf, Zl, Zp).
fn shown(c: char) -> char {
    let hides = matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    if hides || c.is_control() {
        '\u{fffd}'
    } else {
        c
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
        shown.push(self::shown(c));
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
    fn a_name_is_seen_and_does_nothing() {
        let said = "a\u{1b}[2J\r\n.\u{202e}moc\u{2066}.\u{200b}\u{feff}ex\u{85}";
        let (name, _) = name(Some(said), NameSource::Http).unwrap();
        assert_eq!(name, "a�[2J��.�moc�.��ex�");
        let long = "n".repeat(10_000);
        let (name, _) = super::name(Some(&long), NameSource::Tls).unwrap();
        assert_eq!(name.len(), NAME_MAX);
        let (name, _) = super::name(Some("bücher.例え.example"), NameSource::Tls).unwrap();
        assert_eq!(name, "bücher.例え.example");
    }

    #[test]
    fn long_digit_runs_are_masked() {
        assert_eq!(
            masked_path("/v2/350000001234562/x"),
            "/v2/•••••••••••••••/x"
        );
        assert_eq!(masked_path("/1234567"), "/1234567");
        assert_eq!(masked_path("/a\rb\u{202e}c"), "/a\u{fffd}b\u{fffd}c");
        assert_eq!(masked_path(&"a".repeat(999)).len(), PATH_MAX);
    }
}
