//! The incidents of `tests/data/replays/`, read, and their bytes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gasket_core::facts::Trigger;
use gasket_core::policy::Decision;
use serde::Deserialize;

use crate::world::World;
use crate::zzhc::{with_check_digit, wrapped_base64};

/// The sender where the incident names none.
const NOBODY: &str = "com.example.sender";

/// What stands in the templates for identifiers; invented, with check digits that hold.
fn identifiers() -> [(&'static str, String); 7] {
    [
        ("$IMEI1", with_check_digit("35999900000201")),
        ("$IMEI2", with_check_digit("35999900000202")),
        ("$ICCID", with_check_digit("8986039900000000201")),
        ("$IMSI", "460119900000201".to_owned()),
        ("$MEID", "A0000099000201".to_owned()),
        ("$MAC_ESCAPED", "00%3A60%3A2F%3A00%3A02%3A01".to_owned()),
        ("$MAC", "00:60:2F:00:02:01".to_owned()),
    ]
}

/// One file: what happened, how that is known, and what was sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Incident {
    pub(crate) incident: String,
    /// How the format is known, and what of it is not.
    #[expect(
        dead_code,
        reason = "for whoever reads the file; that it stands there is checked"
    )]
    source: String,
    pub(crate) replays: Vec<Replay>,
}

/// One thing that was sent, and what must become of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    /// `NAME:PORT` or `ADDRESS:PORT`.
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) protocol: Protocol,
    /// The package that sends it, where that is known.
    pub(crate) sender: Option<String>,
    #[serde(default)]
    pub(crate) preinstalled: bool,
    /// What happened to the phone just before, where that is known. `gasket run` has no such events:
    /// it is read, and not replayed.
    #[expect(dead_code, reason = "that it is a trigger is checked by reading it")]
    trigger: Option<Trigger>,
    /// What tells it from the others of the incident.
    pub(crate) what: Option<String>,
    send: Send,
    pub(crate) verdict: Decision,
    /// Ids of all rules that must be named.
    pub(crate) rules: BTreeSet<String>,
    /// Kinds of identifier that must be named.
    #[serde(default)]
    pub(crate) findings: BTreeSet<String>,
    /// Whether the name is asked for outside although the rest is blocked: it is on no list.
    #[serde(default)]
    pub(crate) asks: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    #[default]
    Tcp,
    Udp,
}

/// The bytes, as a template.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Send {
    /// Server name of a TLS hello, made by a real TLS stack.
    client_hello: Option<String>,
    /// Request line and fields; the length of the body is added.
    http: Option<Vec<String>>,
    /// A body or message as it is.
    text: Option<String>,
    /// A body or message in hexadecimal.
    hex: Option<String>,
    /// A body: a document in base64 as Android wraps it.
    wrapped_base64: Option<serde_json::Value>,
    coap: Option<Coap>,
}

/// A confirmable POST (RFC 7252).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coap {
    host: Option<String>,
    path: Vec<String>,
    query: Vec<String>,
    payload: String,
}

/// All incidents, in the order of their files' names.
pub(crate) fn incidents() -> Vec<Incident> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/replays");
    let entries = fs::read_dir(&folder).expect("the folder of replays");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("a readable file");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(read).collect()
}

impl Replay {
    /// Host and port.
    pub(crate) fn place(&self) -> (&str, u16) {
        let (host, port) = self.to.rsplit_once(':').expect("HOST:PORT");
        (host, port.parse().expect("a port"))
    }

    pub(crate) fn sender(&self) -> &str {
        self.sender.as_deref().unwrap_or(NOBODY)
    }

    /// The server name of the hello that is all of it, if it is one.
    pub(crate) fn server_name(&self) -> Option<&str> {
        self.send.client_hello.as_deref()
    }

    /// What is sent; `hello` gives a TLS hello for a server name.
    pub(crate) fn bytes(&self, hello: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
        let send = &self.send;
        if let Some(name) = &send.client_hello {
            return hello(name);
        }
        if let Some(coap) = &send.coap {
            return coap.message();
        }
        let body = match (&send.text, &send.hex, &send.wrapped_base64) {
            (Some(text), None, None) => filled(text).into_bytes(),
            (None, Some(hex), None) => data_encoding::HEXLOWER
                .decode(hex.as_bytes())
                .expect("hexadecimal"),
            (None, None, Some(json)) => wrapped_base64(&filled(&json.to_string())).into_bytes(),
            (None, None, None) => Vec::new(),
            _ => panic!("{}: more than one body", self.to),
        };
        let Some(lines) = &send.http else {
            assert!(!body.is_empty(), "{}: nothing is sent", self.to);
            return body;
        };
        let mut head = filled(&lines.join("\r\n"));
        if !body.is_empty() {
            head += &format!("\r\nContent-Length: {}", body.len());
        }
        head += "\r\n\r\n";
        [head.into_bytes(), body].concat()
    }
}

impl Coap {
    fn message(&self) -> Vec<u8> {
        const URI_HOST: u16 = 3;
        const URI_PATH: u16 = 11;
        const URI_QUERY: u16 = 15;
        let host = self.host.iter().map(|host| (URI_HOST, host.clone()));
        let path = self.path.iter().map(|part| (URI_PATH, part.clone()));
        let query = self.query.iter().map(|part| (URI_QUERY, filled(part)));
        // Version 1, confirmable, a token of one byte; POST; message id.
        let mut message = vec![0x41, 0x02, 0x12, 0x34, 0x77];
        let mut before = 0;
        for (number, value) in host.chain(path).chain(query) {
            let delta = u8::try_from(number - before).expect("below 13");
            before = number;
            let length = u8::try_from(value.len()).expect("a short option");
            match length {
                0..13 => message.push(delta << 4 | length),
                13.. => message.extend([delta << 4 | 13, length - 13]),
            }
            message.extend(value.bytes());
        }
        if !self.payload.is_empty() {
            message.push(0xff);
            message.extend(self.payload.bytes());
        }
        message
    }
}

/// The template with the identifiers in it.
fn filled(template: &str) -> String {
    let filled = identifiers()
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        });
    assert!(!filled.contains('$'), "what is in the place of {filled}?");
    filled
}

/// Prints a hello for each name given, in hexadecimal, one a line. As an Android app would: TLS 1.2
/// and 1.3, HTTP/2 or 1.1.
const HELLOS: &str = "
import ssl, sys
for name in sys.argv[1:]:
    context = ssl.create_default_context()
    context.set_alpn_protocols(['h2', 'http/1.1'])
    out = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    print(out.read().hex())
";

/// TLS hellos for `names`, by Python's OpenSSL.
pub(crate) fn hellos(world: &World, names: &[&str]) -> Vec<Vec<u8>> {
    let words = [&["python3", "-c", HELLOS], names].concat();
    let decode = |line: &str| data_encoding::HEXLOWER.decode(line.as_bytes());
    let hellos: Result<Vec<_>, _> = world.run_ok(&words).lines().map(decode).collect();
    let hellos = hellos.expect("hexadecimal");
    assert_eq!(hellos.len(), names.len());
    hellos
}

/// Rules that no replay can show, and why: what they name is known, what is sent is not.
const NOT_REPLAYED: [(&str, &str); 4] = [
    (
        "gigaset/redstone.yml",
        "no server or message of the updater is published",
    ),
    (
        "gigaset/wagd.yml",
        "no server or message of the malware is published",
    ),
    ("hmd/evenwell.yml", "what these services send is not known"),
    ("oneplus/clipboard.yml", "dormant code: nobody saw it send"),
];

#[test]
fn every_rule_has_a_replay_or_a_reason() {
    let incidents = incidents();
    let replays = || incidents.iter().flat_map(|incident| &incident.replays);
    let pack = gasket_core::rules::Pack::embedded();
    let ids: BTreeSet<&str> = pack.rules().iter().map(|rule| &*rule.id).collect();
    let named: BTreeSet<&str> = replays()
        .flat_map(|replay| &replay.rules)
        .map(|id| &**id)
        .collect();
    let unknown: Vec<_> = named.difference(&ids).collect();
    assert!(
        unknown.is_empty(),
        "rules that no longer exist: {unknown:?}"
    );
    let mut silent: Vec<&str> = pack
        .rules()
        .iter()
        .filter(|rule| !named.contains(&*rule.id))
        .map(|rule| &*rule.file)
        .collect();
    silent.sort_unstable();
    assert_eq!(silent, NOT_REPLAYED.map(|(file, _)| file));
}
