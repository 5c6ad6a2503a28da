//! Who sends, to whom, and whether the two belong together.

use std::net::IpAddr;

use crate::event::named_host;
use crate::facts::Facts;
use crate::inspect::{HttpRequest, Said};
use crate::tables::Places;

use crate::seal::Seal;

/// Endings of files that many people fetch the same of: a token in such a query names the file.
const ASSETS: [&str; 22] = [
    "apk", "avif", "css", "deb", "gz", "ico", "jpeg", "jpg", "js", "json", "m3u8", "m4s", "map",
    "mjs", "mp3", "mp4", "svg", "ttf", "webp", "woff", "woff2", "zip",
];

/// Labels of package names and hosts that name no company.
const NOBODY: [&str; 8] = [
    "android", "app", "apps", "co", "com", "mobile", "net", "org",
];

/// Who sends to whom, as far as the memory tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parties {
    /// Fingerprint of the app.
    pub(super) app: u64,
    /// Whether the platform named it.
    pub(super) is_known: bool,
    /// Fingerprint of the registrable domain, or of the address where there is no name.
    pub(super) domain: u64,
}

/// Where a request comes from and goes to.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    facts: Facts<'a>,
    places: Option<&'a Places>,
}

impl<'a> Sender<'a> {
    /// The sender of what `facts.said` is. Without `places`, and so without the list of public
    /// suffixes, the last two labels of a name are taken for what somebody registered.
    pub fn new(facts: Facts<'a>, places: Option<&'a Places>) -> Self {
        Self { facts, places }
    }

    /// Whether there may be something to learn: nothing of later stretches of a body, which do not
    /// tell what they belong to.
    pub(super) fn is_worth_reading(&self) -> bool {
        !matches!(self.facts.said, None | Some(Said::HttpBody(_)))
    }

    /// Whether the query belongs to a file that is fetched.
    pub(super) fn fetches_asset(&self) -> bool {
        let Some(request) = self.http() else {
            return false;
        };
        let ending = request.path.rsplit_once('.').map(|(_, ending)| ending);
        request.method == "GET"
            && ending.is_some_and(|end| ASSETS.iter().any(|one| end.eq_ignore_ascii_case(one)))
    }

    /// App and destination; `None` where the destination is the app's own, the site's own, or near.
    pub(super) fn parties(&self, seal: &Seal) -> Option<Parties> {
        if is_near(self.facts.destination.ip()) {
            return None;
        }
        let address;
        let host = match self.host() {
            Some(host) => host,
            None => {
                address = self.facts.destination.ip().to_string();
                &address
            }
        };
        let domain = self.registrable(host);
        if self.is_own(domain)
            || self
                .http()
                .is_some_and(|http| self.is_of_site(http, domain))
        {
            return None;
        }
        let owner = self.facts.owner;
        Some(Parties {
            app: seal.app(owner),
            is_known: owner.is_some(),
            domain: seal.domain(domain),
        })
    }

    fn http(&self) -> Option<&'a HttpRequest<'a>> {
        match self.facts.said {
            Some(Said::Http(request)) => Some(request),
            _ => None,
        }
    }

    /// The name of the destination, by the request or by DNS.
    fn host(&self) -> Option<&'a str> {
        let said = match self.facts.said {
            Some(Said::Http(request)) => request.host.as_deref().and_then(named_host),
            Some(Said::Coap(message)) => message.host.as_deref(),
            _ => None,
        };
        said.or(self.facts.dns_query)
    }

    fn registrable<'h>(&self, host: &'h str) -> &'h str {
        registrable(self.places, host)
    }

    /// Whether `domain` is of the company that a package name begins with: `com.example.shop`.
    fn is_own(&self, domain: &str) -> bool {
        let packages = self.facts.owner.map_or(&[][..], |owner| &owner.packages);
        let label = first_label(domain);
        packages.iter().any(|package| {
            // `com.example.shop`, `uk.co.example.shop`.
            let mut company = package.split('.').skip(1).filter(|label| !is_nobody(label));
            company
                .next()
                .is_some_and(|company| company.eq_ignore_ascii_case(label))
        })
    }

    /// Whether a page of `domain` sent the request: by `Referer` or `Origin`, or, where neither is
    /// there, because a browser says that the user went there (`Upgrade-Insecure-Requests`).
    fn is_of_site(&self, request: &HttpRequest<'_>, domain: &str) -> bool {
        let headers = String::from_utf8_lossy(request.headers);
        let (mut from, mut navigates) = (None, false);
        for (name, value) in headers.lines().filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("referer") || name.eq_ignore_ascii_case("origin") {
                from = host_of(value.trim()).or(from);
            }
            navigates |= name.eq_ignore_ascii_case("upgrade-insecure-requests");
        }
        match from {
            Some(host) => self.registrable(host).eq_ignore_ascii_case(domain),
            None => navigates,
        }
    }
}

/// What somebody registered of a host name; without `places`, its last two labels.
pub(crate) fn registrable<'h>(places: Option<&Places>, host: &'h str) -> &'h str {
    match places {
        Some(places) => places.registrable(host),
        None => last_two_labels(host),
    }
}

fn is_nobody(label: &str) -> bool {
    NOBODY
        .iter()
        .any(|nobody| label.eq_ignore_ascii_case(nobody))
}

/// The host in `https://host:port/path`.
fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    named_host(authority)
}

fn first_label(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

fn last_two_labels(host: &str) -> &str {
    if host.parse::<IpAddr>().is_ok() {
        return host;
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let dot = name.rmatch_indices('.').nth(1);
    dot.and_then(|(at, _)| name.get(at + 1..)).unwrap_or(name)
}

/// Whether the address is in the same house, so that nobody else learns anything.
pub(crate) fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Protocol;
    use crate::inspect::CoapMessage;
    use crate::owner::Owner;

    fn facts<'a>(owner: Option<&'a Owner>, said: Option<&'a Said<'a>>) -> Facts<'a> {
        Facts {
            owner,
            owner_asked: true,
            trigger: None,
            protocol: Protocol::Udp,
            destination: "203.0.113.9:5683".parse().expect("an address"),
            country: None,
            asn: None,
            dns_query: None,
            said,
            content: None,
        }
    }

    fn coap(host: Option<&str>) -> Said<'static> {
        Said::Coap(CoapMessage {
            method: Some("POST"),
            host: host.map(str::to_owned),
            path: String::new(),
            query: String::new(),
            payload: b"",
        })
    }

    #[test]
    fn what_may_be_worth_reading() {
        fn worth(said: Option<&Said<'_>>) -> bool {
            Sender::new(facts(None, said), None).is_worth_reading()
        }
        assert!(worth(Some(&coap(None))));
        assert!(worth(Some(&Said::Raw(b"x"))));
        assert!(!worth(Some(&Said::HttpBody(b"x"))));
        assert!(!worth(None));
    }

    #[test]
    fn the_name_of_a_destination() {
        fn domain(said: &Said<'_>, owner: Option<&Owner>) -> Option<u64> {
            let parties = Sender::new(facts(owner, Some(said)), None).parties(&Seal::unsaved(3));
            parties.map(|parties| parties.domain)
        }
        let seal = Seal::unsaved(3);
        let named = coap(Some("log.example.net"));
        assert_eq!(domain(&named, None), Some(seal.domain("example.net")));
        assert_eq!(domain(&coap(None), None), Some(seal.domain("203.0.113.9")));
        for (package, is_own) in [
            ("com.example.shop", true),
            ("org.mobile.example", true),
            ("org.mobile.test.example", false),
            ("test.shop.example", false),
        ] {
            let owner = Owner {
                uid: 10_100,
                packages: vec![package.to_owned()],
                system: false,
            };
            assert_eq!(domain(&named, Some(&owner)).is_none(), is_own, "{package}");
        }
    }

    #[test]
    fn addresses_in_the_same_house() {
        for near in [
            "192.168.1.1",
            "10.1.2.3",
            "127.0.0.1",
            "169.254.7.7",
            "224.0.0.251",
            "255.255.255.255",
            "::ffff:192.168.1.1",
            "::1",
            "ff02::fb",
            "fd00::1",
            "fe80::1",
        ] {
            assert!(is_near(near.parse().expect("an address")), "{near}");
        }
        for far in ["203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"] {
            assert!(!is_near(far.parse().expect("an address")), "{far}");
        }
    }
}
