//! Where in a request the fields are, and the request with them in it.

use crate::chance::Chance;
use crate::encoding::{Encoding, Utf16, compressed, utf16};
use crate::request::Request;

/// A place in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Container {
    Query,
    Form,
    Json,
    Xml,
    Multipart,
    Protobuf,
    Header,
}

impl Container {
    /// All of them, in the order of the tables.
    pub(crate) const ALL: [Self; 7] = [
        Self::Query,
        Self::Form,
        Self::Json,
        Self::Xml,
        Self::Multipart,
        Self::Protobuf,
        Self::Header,
    ];

    /// Its name in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Form => "form",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Multipart => "multipart",
            Self::Protobuf => "protobuf",
            Self::Header => "header",
        }
    }

    fn is_body(self) -> bool {
        !matches!(self, Self::Query | Self::Header)
    }
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// Written without quotation marks where the container knows numbers.
    Number(String),
    List(Vec<String>),
    /// Octets as they are: parts of multipart and fields of protobuf.
    Octets(Vec<u8>),
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::List(items) => items.join(","),
            Self::Octets(octets) => data_encoding::BASE64.encode(octets),
        }
    }

    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Octets(octets) => octets.clone(),
            other => other.text().into_bytes(),
        }
    }
}

/// A key and what is under it.
pub(crate) type Field = (String, Value);

/// What is done with a body once it is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    Nothing,
    /// Compressed, and the head says so.
    Coded {
        by: Encoding,
        raw: bool,
    },
    /// Compressed, and only the format's own magic number says so.
    Silent {
        by: Encoding,
    },
    /// In UTF-16.
    Wide(Utf16),
}

/// `base` with the fields in it.
///
/// # Panics
/// With a wrap of the body where the container is none.
pub(crate) fn fill(
    container: Container,
    base: &Request,
    fields: &[Field],
    wrap: Wrap,
    chance: &mut Chance,
) -> Request {
    assert!(
        container.is_body() || wrap == Wrap::Nothing,
        "only bodies are wrapped"
    );
    let mut request = base.clone();
    match container {
        Container::Query => {
            for (key, value) in fields {
                request.query(&escaped(key), &transport(&value.text()));
            }
            return request;
        }
        Container::Header => {
            header(&mut request, fields, chance);
            return request;
        }
        Container::Form => request.post("application/x-www-form-urlencoded", form(fields)),
        Container::Json => request.post("application/json", json(fields).into_bytes()),
        Container::Xml => request.post("text/xml; charset=utf-8", xml(fields, chance).into_bytes()),
        Container::Multipart => {
            let boundary = format!("----WebKitFormBoundary{}", chance.hex(16));
            let body = multipart(fields, &boundary);
            request.post(&format!("multipart/form-data; boundary={boundary}"), body);
        }
        Container::Protobuf => {
            let media_type = *chance.pick(&["application/x-protobuf", "application/octet-stream"]);
            request.post(media_type, protobuf(fields, chance));
        }
    }
    wrapped(&mut request, wrap);
    request
}

fn wrapped(request: &mut Request, wrap: Wrap) {
    match wrap {
        Wrap::Nothing => {}
        Wrap::Coded { by, raw } => {
            let name = match by {
                Encoding::Gzip => "gzip",
                Encoding::Deflate => "deflate",
                Encoding::Brotli => "br",
                _ => "zstd",
            };
            request.add("Content-Encoding", name);
            request.body = compressed(by, &request.body, raw);
        }
        Wrap::Silent { by } => request.body = compressed(by, &request.body, false),
        Wrap::Wide(way) => {
            let text = String::from_utf8_lossy(&request.body).into_owned();
            let text = text.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\"");
            let body = utf16(&text, way);
            let media_type = request.field("content-type").unwrap_or_default().to_owned();
            let media_type = media_type.split(';').next().unwrap_or_default();
            let media_type = match way {
                Utf16::LittleBare => format!("{media_type}; charset=utf-16le"),
                Utf16::Little | Utf16::Big => format!("{media_type}; charset=utf-16"),
            };
            request.post(&media_type, body);
        }
    }
}

/// A document of the fields as programs wrap it whole: JSON or a form, with harmless company.
pub(crate) fn document(fields: &[Field], chance: &mut Chance) -> String {
    let mut all = company(chance);
    let at = chance.below(all.len() + 1);
    all.splice(at..at, fields.iter().cloned());
    match chance.below(3) {
        0 => String::from_utf8_lossy(&form(&all)).into_owned(),
        _ => json(&all),
    }
}

/// Fields that say nothing about whose phone it is.
pub(crate) fn company(chance: &mut Chance) -> Vec<Field> {
    let all = [
        ("model", Value::Text("GSK-7".to_owned())),
        (
            "os_version",
            Value::Text(format!("{}", 9 + chance.below(8))),
        ),
        ("ts", Value::Number(format!("17{}", chance.digits(11)))),
        (
            "lang",
            Value::Text(chance.pick(&["en", "nb", "de", "fr"]).to_string()),
        ),
        (
            "app_version",
            Value::Text(format!("{}.{}.0", chance.below(9), chance.below(30))),
        ),
        (
            "event",
            Value::Text(
                chance
                    .pick(&["start", "resume", "sync", "open"])
                    .to_string(),
            ),
        ),
    ];
    let skip = chance.below(3);
    all.into_iter()
        .skip(skip)
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

/// JSON (RFC 8259) of the fields, in order.
pub(crate) fn json(fields: &[Field]) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let member = |(key, value): &Field| {
        let value = match value {
            Value::Number(digits) => digits.clone(),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
                format!("[{}]", items.join(","))
            }
            other => quoted(&other.text()),
        };
        format!("{}:{value}", quoted(key))
    };
    let members: Vec<String> = fields.iter().map(member).collect();
    format!("{{{}}}", members.join(","))
}

fn form(fields: &[Field]) -> Vec<u8> {
    let pair = |(key, value): &Field| format!("{}={}", escaped(key), transport(&value.text()));
    fields
        .iter()
        .map(pair)
        .collect::<Vec<_>>()
        .join("&")
        .into_bytes()
}

/// A value as it is put into a query or a form. What is wrapped in percent signs already is left: that
/// is this layer's own escaping.
fn transport(text: &str) -> String {
    if is_percent(text) {
        text.to_owned()
    } else {
        escaped(text)
    }
}

fn is_percent(text: &str) -> bool {
    !text.is_empty() && text.split('%').skip(1).all(|part| part.len() >= 2) && text.starts_with('%')
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn xml(fields: &[Field], chance: &mut Chance) -> String {
    let by_attribute = chance.below(2) == 0;
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
    };
    let element = |(key, value): &Field| {
        let text = escape(&value.text());
        match by_attribute {
            true => format!(
                "  <param name=\"{key}\" value=\"{}\"/>\n",
                text.replace('\n', "&#10;")
            ),
            false => format!("  <{key}>{text}</{key}>\n"),
        }
    };
    let elements: String = fields.iter().map(element).collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request>\n{elements}</request>\n")
}

/// RFC 7578; octets as an uploaded file.
fn multipart(fields: &[Field], boundary: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in fields {
        let file = matches!(value, Value::Octets(_));
        let head = if file {
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{key}\"; \
                 filename=\"{key}.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            )
        } else {
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{key}\"\r\n\r\n")
        };
        body.extend(head.into_bytes());
        body.extend(value.octets());
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").into_bytes());
    body
}

/// A message with a name, a time, and the fields as a `map<string, string>`: each entry a message of
/// key and value, as the protocol buffer encoding lays maps out.
fn protobuf(fields: &[Field], chance: &mut Chance) -> Vec<u8> {
    let mut message = Vec::new();
    lengthy(&mut message, 1, b"device_event");
    message.push(2 << 3);
    varint(
        &mut message,
        1_700_000_000_000 + chance.below(1_000_000_000) as u64,
    );
    for (key, value) in fields {
        let mut entry = Vec::new();
        lengthy(&mut entry, 1, key.as_bytes());
        lengthy(&mut entry, 2, &value.octets());
        lengthy(&mut message, 5, &entry);
    }
    message
}

/// A field of octets, text or message.
pub(crate) fn lengthy(message: &mut Vec<u8>, number: u8, octets: &[u8]) {
    message.push(number << 3 | 2);
    varint(message, octets.len() as u64);
    message.extend(octets);
}

fn varint(message: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        message.push(number as u8 | 0x80);
        number >>= 7;
    }
    message.push(number as u8);
}

/// As fields of the head, under the bare key or `X-…`, or as cookies (RFC 6265).
fn header(request: &mut Request, fields: &[Field], chance: &mut Chance) {
    let way = chance.below(4);
    let mut cookies = Vec::new();
    for (key, value) in fields {
        let text = value.text();
        match way {
            0 => request.add(key, &text),
            1 | 2 => request.add(&format!("X-{}", key.replace('_', "-")), &text),
            _ => cookies.push(format!("{key}={}", transport(&text))),
        }
    }
    if !cookies.is_empty() {
        request.add("Cookie", &cookies.join("; "));
    }
}
