//! CoAP messages over UDP (RFC 7252): carrier device management (LwM2M) speaks it in the clear.

use super::CoapMessage;
use super::reader::Reader;

/// The port of `coap:` (RFC 7252, section 6.1).
pub const PORT: u16 = 5683;

const VERSION: u8 = 1;
const TOKEN_MAX: usize = 8;
const PAYLOAD_MARKER: u8 = 0xff;

const URI_HOST: u32 = 3;
const URI_PATH: u32 = 11;
const URI_QUERY: u32 = 15;
const PROXY_URI: u32 = 35;

/// Options of RFC 7252, 7641, 7959, 7967, 8613, 8768, 9175 and 9177: what a message that only
/// looks like CoAP by chance will not stay within.
const KNOWN_OPTIONS: [u32; 23] = [
    1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 19, 20, 23, 27, 28, 31, 35, 39, 60,
];

/// Parses one message. A payload that is split into blocks (RFC 7959) is not put together: each
/// message stands alone.
///
/// # Errors
/// Says what breaks the format. A response with an unknown option counts as broken.
pub fn parse(datagram: &[u8]) -> Result<CoapMessage<'_>, &'static str> {
    let mut reader = Reader::new(datagram);
    let header = Header::parse(&mut reader)?;
    let mut uri = Uri::default();
    let mut known = true;
    let payload = each_option(reader, |number, value| {
        known &= KNOWN_OPTIONS.contains(&number);
        uri.add(number, value);
    })?;
    // Letters parse as a response whose options swallow the text: better judged as the text it is.
    if !known && header.class() != 0 {
        return Err("CoAP response with an unknown option");
    }
    if header.code == 0 && datagram.len() != 4 {
        return Err("empty message with content");
    }
    let request = header.class() == 0 && header.code != 0;
    if request && uri.path.is_empty() {
        uri.path.push('/');
    }
    let Uri { host, path, query } = uri;
    Ok(CoapMessage {
        method: header.method(),
        host,
        path,
        query,
        payload,
    })
}

/// Whether a datagram on any port can hardly be anything but a CoAP request: a known method, known
/// options only, one of them part of a URI, and text where text must be.
pub fn looks_like_request(datagram: &[u8]) -> bool {
    let mut reader = Reader::new(datagram);
    let Ok(header) = Header::parse(&mut reader) else {
        return false;
    };
    let mut plausible = true;
    let mut named = false;
    let walked = each_option(reader, |number, value| {
        let of_uri = matches!(number, URI_HOST | URI_PATH | URI_QUERY | PROXY_URI);
        named |= of_uri;
        plausible &= KNOWN_OPTIONS.contains(&number) && (!of_uri || is_text(value));
    });
    header.method().is_some() && walked.is_ok() && plausible && named
}

fn is_text(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// The fixed header; the token is skipped (RFC 7252, section 3).
struct Header {
    code: u8,
}

impl Header {
    fn parse(reader: &mut Reader<'_>) -> Result<Self, &'static str> {
        const CUT_SHORT: &str = "CoAP header cut short";
        let first = reader.u8().ok_or(CUT_SHORT)?;
        if first >> 6 != VERSION {
            return Err("not CoAP version 1");
        }
        let code = reader.u8().ok_or(CUT_SHORT)?;
        let _message_id = reader.u16().ok_or(CUT_SHORT)?;
        let token = usize::from(first & 0x0f);
        if token > TOKEN_MAX {
            return Err("CoAP token too long");
        }
        reader.take(token).ok_or(CUT_SHORT)?;
        let header = Self { code };
        match header.class() {
            0 | 2 | 4 | 5 => Ok(header),
            _ => Err("reserved CoAP code"),
        }
    }

    fn class(&self) -> u8 {
        self.code >> 5
    }

    /// RFC 7252, section 12.1.1; RFC 8132.
    fn method(&self) -> Option<&'static str> {
        Some(match self.code {
            1 => "GET",
            2 => "POST",
            3 => "PUT",
            4 => "DELETE",
            5 => "FETCH",
            6 => "PATCH",
            7 => "iPATCH",
            _ => return None,
        })
    }
}

/// Gives each option's number and value, and returns the payload (RFC 7252, section 3.1).
fn each_option<'a>(
    mut reader: Reader<'a>,
    mut option: impl FnMut(u32, &'a [u8]),
) -> Result<&'a [u8], &'static str> {
    const CUT_SHORT: &str = "CoAP option cut short";
    let mut number = 0u32;
    while let Some(first) = reader.u8() {
        if first == PAYLOAD_MARKER {
            let payload = reader.rest();
            return if payload.is_empty() {
                Err("payload marker without payload")
            } else {
                Ok(payload)
            };
        }
        let delta = extended(first >> 4, &mut reader).ok_or(CUT_SHORT)??;
        let len = extended(first & 0x0f, &mut reader).ok_or(CUT_SHORT)??;
        number += delta;
        if number > u32::from(u16::MAX) {
            return Err("CoAP option number too large");
        }
        let len = usize::try_from(len).map_err(|_| CUT_SHORT)?;
        option(number, reader.take(len).ok_or(CUT_SHORT)?);
    }
    Ok(&[])
}

/// A delta or length: four bits, or one or two more bytes; `None` if these are missing.
fn extended(nibble: u8, reader: &mut Reader<'_>) -> Option<Result<u32, &'static str>> {
    Some(match nibble {
        13 => Ok(u32::from(reader.u8()?) + 13),
        14 => Ok(u32::from(reader.u16()?) + 269),
        15 => Err("reserved CoAP option nibble"),
        nibble => Ok(u32::from(nibble)),
    })
}

/// What the options say about the target (RFC 7252, section 5.10.1 and 5.10.2).
#[derive(Default)]
struct Uri {
    host: Option<String>,
    path: String,
    query: String,
}

impl Uri {
    fn add(&mut self, number: u32, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        match number {
            URI_HOST => self.host = host(&text),
            URI_PATH => {
                self.path.push('/');
                self.path.push_str(&text);
            }
            URI_QUERY => {
                if !self.query.is_empty() {
                    self.query.push('&');
                }
                self.query.push_str(&text);
            }
            PROXY_URI => self.replace(&text),
            _ => {}
        }
    }

    /// A Proxy-Uri takes the place of the other options.
    fn replace(&mut self, uri: &str) {
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
            _ => authority,
        };
        *self = Self {
            host: host(name),
            path: format!("/{path}"),
            query: query.to_owned(),
        };
    }
}

fn host(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name);
    (!name.is_empty()).then(|| name.to_lowercase())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::testing::Random;

    /// A message with a token of four bytes and these options, in order.
    pub(in crate::inspect) fn message(
        code: u8,
        options: &[(u32, &[u8])],
        payload: &[u8],
    ) -> Vec<u8> {
        let mut out = vec![0x44, code, 0x12, 0x34, 9, 9, 9, 9];
        let mut last = 0;
        for (number, value) in options {
            let (delta, delta_more) = nibble(number - last);
            let (len, len_more) = nibble(u32::try_from(value.len()).unwrap());
            out.push(delta << 4 | len);
            out.extend([delta_more, len_more].concat());
            out.extend(*value);
            last = *number;
        }
        if !payload.is_empty() {
            out.push(0xff);
            out.extend(payload);
        }
        out
    }

    fn nibble(value: u32) -> (u8, Vec<u8>) {
        match value {
            0..13 => (u8::try_from(value).unwrap(), vec![]),
            13..269 => (13, vec![u8::try_from(value - 13).unwrap()]),
            _ => (
                14,
                u16::try_from(value - 269).unwrap().to_be_bytes().to_vec(),
            ),
        }
    }

    /// The registration of a carrier's device management.
    pub(in crate::inspect) fn registration() -> Vec<u8> {
        let options: [(u32, &[u8]); 5] = [
            (3, b"M.Fxltsbl.com."),
            (11, b"rd"),
            (12, &[40]),
            (15, b"lt=86400"),
            (15, b"b=U"),
        ];
        message(2, &options, b"</6601/0>,</6603/0>")
    }

    #[test]
    fn a_registration() {
        let bytes = registration();
        let expected = CoapMessage {
            method: Some("POST"),
            host: Some("m.fxltsbl.com".into()),
            path: "/rd".into(),
            query: "lt=86400&b=U".into(),
            payload: b"</6601/0>,</6603/0>",
        };
        assert_eq!(parse(&bytes), Ok(expected));
        assert!(looks_like_request(&bytes));
    }

    #[test]
    fn extended_deltas_and_lengths() {
        let long = "a".repeat(300);
        let options: [(u32, &[u8]); 4] = [
            (11, &[b'p'; 13]),
            (15, long.as_bytes()),
            (60, &[0, 9]),
            (2000, b"x"),
        ];
        let bytes = message(1, &options, b"");
        let parsed = parse(&bytes).unwrap();
        assert_eq!(parsed.path, format!("/{}", "p".repeat(13)));
        assert_eq!(parsed.query, long);
        assert_eq!((parsed.method, parsed.payload), (Some("GET"), &b""[..]));
        assert!(!looks_like_request(&bytes), "2000 is nobody's option");
    }

    #[test]
    fn methods_and_other_codes() {
        for (code, method) in [
            (1, Some("GET")),
            (2, Some("POST")),
            (3, Some("PUT")),
            (4, Some("DELETE")),
            (5, Some("FETCH")),
            (6, Some("PATCH")),
            (7, Some("iPATCH")),
            (8, None),
            (0x45, None),
        ] {
            let bytes = message(code, &[(11, b"a")], b"");
            assert_eq!(parse(&bytes).unwrap().method, method);
            assert_eq!(looks_like_request(&bytes), method.is_some());
        }
        assert_eq!(parse(&message(1, &[], b"")).unwrap().path, "/");
        assert_eq!(parse(&message(0x45, &[], b"x")).unwrap().path, "");
        assert!(parse(&[0x40, 0, 1, 2]).is_ok());
    }

    #[test]
    fn a_proxy_uri_is_the_target() {
        let uri = b"coap://A.example:5683/x/y?z=1";
        let parsed = message(1, &[(11, b"other"), (35, uri)], b"");
        let parsed = parse(&parsed).unwrap();
        assert_eq!(parsed.host.as_deref(), Some("a.example"));
        assert_eq!((&*parsed.path, &*parsed.query), ("/x/y", "z=1"));
        let literal = message(1, &[(35, b"coap://[2001:db8::a]/x")], b"");
        let host = parse(&literal).unwrap().host;
        assert_eq!(host.as_deref(), Some("[2001:db8::a]"));
    }

    #[test]
    fn the_longest_token_and_the_largest_option() {
        let token = [0x48, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0xb1, b'a'];
        assert_eq!(parse(&token).unwrap().path, "/a");
        assert!(parse(&message(1, &[(0xffff, b"x")], b"")).is_ok());
    }

    #[test]
    fn broken_messages_say_why() {
        for (bytes, why) in [
            (&b""[..], "CoAP header cut short"),
            (&[0x44, 1, 0, 0, 1], "CoAP header cut short"),
            (&[0x80, 1, 0, 0], "not CoAP version 1"),
            (&[0x40, 0x20, 0, 0], "reserved CoAP code"),
            (
                &[0x40, 0x45, 0, 0, 0x20],
                "CoAP response with an unknown option",
            ),
            (
                &[0x49, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                "CoAP token too long",
            ),
            (&[0x40, 1, 0, 0, 0xff], "payload marker without payload"),
            (&[0x40, 1, 0, 0, 0xb2, b'a'], "CoAP option cut short"),
            (&[0x40, 1, 0, 0, 0xd0], "CoAP option cut short"),
            (&[0x40, 1, 0, 0, 0xe0, 1], "CoAP option cut short"),
            (&[0x40, 1, 0, 0, 0xf0], "reserved CoAP option nibble"),
            (&[0x40, 1, 0, 0, 0x0f], "reserved CoAP option nibble"),
            (
                &[0x40, 1, 0, 0, 0xe0, 0xff, 0xff],
                "CoAP option number too large",
            ),
            (&[0x40, 0, 0, 0, 0xff, 1], "empty message with content"),
        ] {
            assert_eq!(parse(bytes), Err(why), "{bytes:?}");
            assert!(!looks_like_request(bytes));
        }
    }

    #[test]
    fn other_protocols_do_not_look_like_requests() {
        for bytes in [
            // QUIC short header, STUN, RTP, DNS, text
            &[0x41, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12][..],
            &[
                0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
            ],
            &[0x80, 0x60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1],
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01",
            b"A plain line of text\n",
        ] {
            assert!(!looks_like_request(bytes), "{bytes:?}");
        }
        let not_text = message(1, &[(11, b"a\0b")], b"");
        assert!(!looks_like_request(&not_text));
    }

    #[test]
    fn chance_rarely_looks_like_a_request() {
        let mut random = Random::new(7);
        let mut taken = 0;
        for _ in 0..100_000 {
            let mut bytes: Vec<u8> = (0..40).map(|_| random.below(256) as u8).collect();
            // Every one of them with the right version and a method.
            bytes[0] = 0x40 | bytes[0] & 0x3f;
            bytes[1] = 1 + bytes[1] % 4;
            taken += usize::from(looks_like_request(&bytes));
        }
        assert!(taken < 100, "{taken} in 100,000");
    }

    #[test]
    fn mutations_do_not_panic() {
        let mut random = Random::new(8);
        for _ in 0..100_000 {
            let mut bytes = registration();
            random.mutate(&mut bytes);
            if looks_like_request(&bytes) {
                assert!(parse(&bytes).is_ok_and(|message| message.method.is_some()));
            }
        }
    }
}
