//! The fields that rules may look at: a fixed taxonomy.

use super::error::unknown;

/// What a field holds, and so what it can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text; letter case does not count, as ever in Sigma.
    Text,
    /// Text that may be long, so that regular expressions are kept away from it.
    LongText,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A whole number up to the given one.
    Number(u64),
    /// True or false.
    Flag,
    /// An IP address.
    Address,
}

macro_rules! fields {
    ($($variant:ident $name:literal $kind:expr, $doc:literal;)*) => {
        /// A field of the taxonomy.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) enum Field { $(#[doc = $doc] $variant,)* }

        impl Field {
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];
            const NAMES: &'static [&'static str] = &[$($name,)*];

            /// What the field holds.
            pub(super) fn kind(self) -> Kind {
                match self { $(Self::$variant => $kind,)* }
            }
        }
    };
}

fields! {
    AppPackage "app.package" Kind::Text, "Any package of the sending uid.";
    AppUid "app.uid" Kind::Number(u32::MAX as u64), "The sending uid.";
    AppSystem "app.system" Kind::Flag, "Whether the app came with the phone.";
    Trigger "trigger" Kind::Choice(&["boot", "connectivity", "sim_change", "service_change", "screen_on", "unlock", "alarm", "package_change", "screen_off", "charging", "time_zone", "airplane", "unknown"]), "The device event before the flow.";
    TriggerAge "trigger.age_s" Kind::Number(u64::MAX), "Seconds since that event.";
    DnsQuery "dns.query" Kind::Text, "The name asked for, or the name that gave the address.";
    TlsSni "tls.sni" Kind::Text, "Server name of a TLS hello.";
    TlsEch "tls.ech" Kind::Flag, "Whether a TLS hello is an encrypted one.";
    QuicSni "quic.sni" Kind::Text, "Server name of a QUIC hello.";
    DstIp "dst.ip" Kind::Address, "Address of the destination.";
    DstPort "dst.port" Kind::Number(u16::MAX as u64), "Port of the destination.";
    DstCountry "dst.country" Kind::Text, "ISO 3166 code of the destination's registration.";
    DstAsn "dst.asn" Kind::Number(u32::MAX as u64), "Autonomous system of the destination.";
    Proto "proto" Kind::Choice(&["tcp", "udp", "icmp"]), "Transport protocol.";
    HttpMethod "http.method" Kind::Text, "Method of the request.";
    HttpHost "http.host" Kind::Text, "Host of the request, without port.";
    HttpPath "http.path" Kind::Text, "Path of the request, without query.";
    HttpQuery "http.query" Kind::Text, "Query of the request, without question mark.";
    HttpContentType "http.content_type" Kind::Text, "Media type of the body, as sent.";
    HttpUserAgent "http.user_agent" Kind::Text, "User agent, as sent.";
    HttpBody "http.body" Kind::LongText, "Body of the request, as sent.";
    CoapHost "coap.host" Kind::Text, "Uri-Host of the message.";
    CoapPath "coap.path" Kind::Text, "Uri-Path of the message, with a leading slash.";
    CoapQuery "coap.query" Kind::Text, "Uri-Query of the message, joined by ampersands.";
    BodyDecoded "body.decoded" Kind::LongText, "Every text layer of the payload, decoded.";
    PiiTypes "pii.types" Kind::Text, "Kinds of identifier found, joined by commas.";
    PiiEncodings "pii.encodings" Kind::Text, "How the identifiers were wrapped, joined by commas.";
    Cleartext "cleartext" Kind::Flag, "Whether the payload is readable by anyone on the way.";
}

impl Field {
    /// The fields that hold the name of the destination.
    pub(super) const HOSTS: [Self; 5] = [
        Self::DnsQuery,
        Self::TlsSni,
        Self::QuicSni,
        Self::HttpHost,
        Self::CoapHost,
    ];

    /// The field of that name, or what is wrong with the name.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        Self::NAMES
            .iter()
            .zip(Self::ALL)
            .find_map(|(candidate, field)| (*candidate == name).then_some(*field))
            .ok_or_else(|| unknown("field", name, Self::NAMES))
    }

    pub(super) fn name(self) -> &'static str {
        Self::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// Whether the field says no more than which machine is addressed.
    pub(super) fn is_address(self) -> bool {
        matches!(
            self,
            Self::DstIp | Self::DstAsn | Self::DstCountry | Self::Proto
        )
    }

    /// Whether only a request of HTTP has it.
    pub(super) fn is_of_http(self) -> bool {
        matches!(
            self,
            Self::HttpMethod
                | Self::HttpHost
                | Self::HttpPath
                | Self::HttpQuery
                | Self::HttpContentType
                | Self::HttpUserAgent
                | Self::HttpBody
        )
    }
}
