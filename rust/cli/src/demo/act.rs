//! The incidents that are re-enacted. Hosts, paths, headers and keys are those of the incidents; the
//! devices and their identifiers are invented, with check digits that hold.

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gasket_core::facts::{Protocol, Trigger};

/// What a run must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nothing reaches the fake internet: no byte, no SYN, no name question.
    NothingLeaves,
    /// Nothing but the question where the server is: its name is on no list.
    OnlyTheQuestionLeaves,
    /// All arrives, and Gasket says what it was.
    ArrivesWithWarning,
    /// All arrives, byte for byte both ways, and there is nothing to say.
    Arrives,
    /// Blocked, nothing leaves and the app tries again and again; answered by the phone, nothing leaves either, and it is
    /// content at once.
    Answered,
}

/// Where an app sends to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A name, to be looked up, and a port.
    Name(&'static str, u16),
    /// A literal address.
    Address(SocketAddr),
}

/// One thing an app does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Act {
    pub(super) title: &'static str,
    pub(super) story: &'static str,
    pub(super) package: &'static str,
    pub(super) is_preinstalled: bool,
    /// What happened to the phone just before.
    pub(super) trigger: Option<Trigger>,
    pub(super) protocol: Protocol,
    pub(super) to: Place,
    pub(super) payload: Vec<u8>,
    /// How often the app tries again as long as no server was content.
    pub(super) retries: usize,
    pub(super) claim: Claim,
}

/// The rules that know the registration by its name.
pub(super) const REGISTRATION: &str = "1b210107-04cb-49db-ba05-8aef7ecc53e4";

/// What a server says that is content with a registration.
pub(super) const CONTENT: &[u8] = br#"{"resultCode":"0","resultDesc":"Success"}"#;

/// The acts, in the order they are shown.
pub(super) fn acts() -> Vec<Act> {
    let literal = SocketAddr::from((Ipv4Addr::new(42, 99, 2, 15), 80));
    let httpdns = SocketAddr::from((Ipv4Addr::new(203, 107, 1, 65), 80));
    vec![
        Act {
            title: "The Nokia 7 Plus registers itself in China",
            story: "At every power-on and unlock: IMEI, SIM numbers and radio cell, in base64 that \
                    only looks encrypted (NRK, March 2019).",
            package: "com.qualcomm.qti.autoregistration",
            is_preinstalled: true,
            trigger: Some(Trigger::Boot),
            protocol: Protocol::Tcp,
            to: Place::Name("zzhc.vnet.cn", 80),
            payload: registration("zzhc.vnet.cn"),
            retries: 0,
            claim: Claim::NothingLeaves,
        },
        Act {
            title: "The same, to its fixed address",
            story: "No name is looked up, so no list of names can see it.",
            package: "com.qualcomm.qti.autoregistration",
            is_preinstalled: true,
            trigger: Some(Trigger::Unlock),
            protocol: Protocol::Tcp,
            to: Place::Address(literal),
            payload: registration("42.99.2.15"),
            retries: 0,
            claim: Claim::NothingLeaves,
        },
        Act {
            title: "The same, from another app to a server on no list",
            story: "Only what it says gives it away.",
            package: "com.example.weather",
            is_preinstalled: false,
            trigger: None,
            protocol: Protocol::Tcp,
            to: Place::Name("sync.example", 80),
            payload: registration("sync.example"),
            retries: 0,
            claim: Claim::OnlyTheQuestionLeaves,
        },
        Act {
            title: "The first one again, answered by the phone",
            story: "As long as it fails it is tried again: every hour, ten times (here without the hours). With \"answer\" \
                    chosen for the rule, the phone says what the server would.",
            package: "com.qualcomm.qti.autoregistration",
            is_preinstalled: true,
            trigger: Some(Trigger::Boot),
            protocol: Protocol::Tcp,
            to: Place::Name("zzhc.vnet.cn", 80),
            payload: registration("zzhc.vnet.cn"),
            retries: 10,
            claim: Claim::Answered,
        },
        Act {
            title: "Registration with China Mobile, over CoAP",
            story: "UDP instead of HTTP, with the IMEI as the device's name.",
            package: "com.example.dmclient",
            is_preinstalled: true,
            trigger: Some(Trigger::Connectivity),
            protocol: Protocol::Udp,
            to: Place::Name("m.fxltsbl.com", 5683),
            payload: coap_registration(),
            retries: 0,
            claim: Claim::NothingLeaves,
        },
        Act {
            title: "A look-up service that goes around DNS",
            story: "Seen on Xiaomi phones. Blocking it breaks apps, so Gasket reports it and lets it \
                    pass, unless told otherwise.",
            package: "com.example.appstore",
            is_preinstalled: true,
            trigger: None,
            protocol: Protocol::Tcp,
            to: Place::Address(httpdns),
            payload: b"GET /100001/sign_d?host=appmarket.example&net=wifi HTTP/1.1\r\n\
                       Host: 203.107.1.65\r\nConnection: close\r\n\r\n"
                .to_vec(),
            retries: 0,
            claim: Claim::ArrivesWithWarning,
        },
        Act {
            title: "An ordinary request beside them",
            story: "What is no leak must not notice Gasket.",
            package: "com.example.weather",
            is_preinstalled: false,
            trigger: None,
            protocol: Protocol::Tcp,
            to: Place::Name("weather.example", 80),
            payload: ordinary_request(),
            retries: 0,
            claim: Claim::Arrives,
        },
    ]
}

/// The registration as handsets post it: JSON, base64 with a line feed after every 76 characters.
fn registration(host: &str) -> Vec<u8> {
    const KEYS: &str = concat!(
        r#"{"REGVER":"8.0","MEID":"A0000012345678","MODEL":"ABC-model","SWVER":"00WW_1_230","#,
        r#""OSVER":"Android8.1.0","UETYPE":"1","IMEI1":"350000001234562","#,
        r#""IMEI2":"350000006543215","SIM1ICCID":"89470000000123456781","#,
        r#""SIM1LTEIMSI":"001010123456789","SIM1TYPE":"2","SIM1CELLID":"21506","DATASIM":"1","#,
        r#""ACCESSTYPE":"2","MACID":"00:00:5e:00:53:2a","REGDATE":"2019-01-02 03:04:05"}"#,
    );
    let encoded = STANDARD.encode(KEYS);
    let lines = encoded.as_bytes().chunks(76);
    let body: Vec<u8> = lines.flat_map(|line| [line, b"\n"].concat()).collect();
    let head = format!(
        "POST / HTTP/1.1\r\nContent-Type: application/encrypted-json\r\nContent-Length: {}\r\n\
         Host: {host}\r\nConnection: Keep-Alive\r\n\
         User-Agent: Apache-HttpClient/UNAVAILABLE (java 1.4)\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// An LwM2M registration (RFC 7252): confirmable POST /rd?ep=…&lt=86400&b=U.
fn coap_registration() -> Vec<u8> {
    const URI_HOST: u8 = 3;
    const URI_PATH: u8 = 11;
    const URI_QUERY: u8 = 15;
    let options: [(u8, &[u8]); 5] = [
        (URI_HOST, b"m.fxltsbl.com"),
        (URI_PATH, b"rd"),
        (URI_QUERY, b"ep=350000001234562"),
        (URI_QUERY, b"lt=86400"),
        (URI_QUERY, b"b=U"),
    ];
    // Version 1, confirmable, a token of one byte; POST; message id.
    let mut message = vec![0x41, 0x02, 0x12, 0x34, 0x77];
    let mut before = 0;
    for (number, value) in options {
        let (delta, len) = (number - before, value.len() as u8);
        before = number;
        match len {
            13.. => message.extend([delta << 4 | 13, len - 13]),
            _ => message.push(delta << 4 | len),
        }
        message.extend(value);
    }
    message.push(0xff);
    message.extend(br#"</>;rt="oma.lwm2m",</6601/0>,</6603/0>,</6613/0>,</6614/0>"#);
    message
}

/// A form with every byte value in it, so that a changed one would show.
fn ordinary_request() -> Vec<u8> {
    let body: Vec<u8> = (0..4096_u32).map(|n| ((n * n) >> 4) as u8).collect();
    let head = format!(
        "POST /photos HTTP/1.1\r\nHost: weather.example\r\nContent-Type: \
         application/octet-stream\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}
