//! The ClientHello at the start of a TLS connection (RFC 8446, section 4.1.2; RFC 5246, section
//! 7.4.1.2), put together over record boundaries.

use std::net::IpAddr;

use super::ClientHello;
use super::reader::Reader;

/// Longest ClientHello that is put together, in bytes. Post-quantum key shares make about 2 KiB.
pub const HELLO_MAX: usize = 64 * 1024;

/// Bytes of stream after which no further record is begun. A hello cut into tiny records carries up
/// to five bytes of header for one of hello; nobody does that, so the allowance is a quarter.
const STREAM_MAX: usize = HELLO_MAX + HELLO_MAX / 4;

/// Most bytes that are held before [`HelloReader::read`] decides: the last record begins within a
/// quarter over [`HELLO_MAX`].
pub const HELLO_HOLD: usize = STREAM_MAX + RECORD_HEADER + RECORD_MAX;

const RECORD_HEADER: usize = 5;
/// Longest fragment of a plaintext record (RFC 8446, section 5.1).
const RECORD_MAX: usize = 1 << 14;
const CONTENT_HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const HANDSHAKE_HEADER: usize = 4;

const EXT_SERVER_NAME: u16 = 0;
const EXT_ALPN: u16 = 16;
const EXT_ECH: u16 = 0xfe0d;

/// What the start of a stream turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelloStep {
    /// Not a TLS client's first flight.
    NotTls,
    /// A ClientHello so far; more bytes are needed.
    NeedMore,
    /// The hello, and how many bytes of the stream it took.
    Hello {
        /// What it says.
        hello: ClientHello,
        /// Bytes of the stream up to its end, record headers included.
        len: usize,
    },
    /// Began as a ClientHello and broke off the format.
    Malformed(&'static str),
}

/// Puts a ClientHello together from a stream that arrives in pieces of any size. Every byte is
/// looked at once, however small the pieces.
#[derive(Debug, Default)]
pub struct HelloReader {
    /// Bytes of the stream already read.
    at: usize,
    /// Bytes of the current record still to come.
    record_left: usize,
    /// The handshake message, header included.
    message: Vec<u8>,
}

impl HelloReader {
    /// A reader at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads on. `stream` is the stream from its first byte, longer at every call.
    pub fn read(&mut self, stream: &[u8]) -> HelloStep {
        loop {
            if self.record_left == 0 {
                if self.at >= STREAM_MAX {
                    return HelloStep::Malformed("hello in too many records");
                }
                match record_header(stream.get(self.at..).unwrap_or_default()) {
                    Ok(Some(len)) => {
                        self.at += RECORD_HEADER;
                        self.record_left = len;
                    }
                    Ok(None) => return HelloStep::NeedMore,
                    Err(_) if self.at == 0 => return HelloStep::NotTls,
                    Err(why) => return HelloStep::Malformed(why),
                }
            }
            let wanted = self.missing().min(self.record_left);
            let there = stream.get(self.at..).unwrap_or_default();
            let piece = there.get(..wanted).unwrap_or(there);
            if piece.is_empty() {
                return HelloStep::NeedMore;
            }
            self.message.extend_from_slice(piece);
            self.at += piece.len();
            self.record_left -= piece.len();
            if self.message.first() != Some(&CLIENT_HELLO) {
                return HelloStep::NotTls;
            }
            if self.missing() > HELLO_MAX {
                return HelloStep::Malformed("hello too long");
            }
            if self.missing() == 0 {
                let body = self.message.get(HANDSHAKE_HEADER..).unwrap_or_default();
                return match parse_client_hello(body) {
                    Ok(hello) => HelloStep::Hello {
                        hello,
                        len: self.at,
                    },
                    Err(why) => HelloStep::Malformed(why),
                };
            }
        }
    }

    /// Bytes of the message not yet here: of its header first, then of all of it.
    fn missing(&self) -> usize {
        message_len(&self.message)
            .unwrap_or(HANDSHAKE_HEADER)
            .saturating_sub(self.message.len())
    }
}

/// Length of a handshake message, header included, once its header is there.
pub(super) fn message_len(message: &[u8]) -> Option<usize> {
    let &[_, high, mid, low] = message.first_chunk()?;
    let body = u32::from_be_bytes([0, high, mid, low]);
    usize::try_from(body)
        .ok()
        .map(|body| body + HANDSHAKE_HEADER)
}

/// The fragment length of a handshake record, or `None` while the header is incomplete. A header
/// that cannot become one is refused at the first byte that shows it.
fn record_header(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut reader = Reader::new(bytes);
    if reader.u8().is_some_and(|kind| kind != CONTENT_HANDSHAKE) {
        return Err("hello interrupted by another record type");
    }
    if reader.u8().is_some_and(|major| major != 3) {
        return Err("record version");
    }
    if reader.u8().is_some_and(|minor| minor > 4) {
        return Err("record version");
    }
    match reader.u16().map(usize::from) {
        Some(len) if len == 0 || len > RECORD_MAX => Err("record length"),
        len => Ok(len),
    }
}

/// Parses the body of a ClientHello (without the handshake header), as TLS and QUIC both carry it.
///
/// # Errors
/// Says what is wrong when lengths do not fit or an extension that names something is there twice.
pub fn parse_client_hello(body: &[u8]) -> Result<ClientHello, &'static str> {
    let mut reader = Reader::new(body);
    let extensions = skip_to_extensions(&mut reader).ok_or("hello cut short")?;
    let mut hello = ClientHello::default();
    let mut seen = Vec::new();
    let mut reader = Reader::new(extensions);
    while !reader.is_empty() {
        let kind = reader.u16().ok_or("extension cut short")?;
        let body = reader.vec16().ok_or("extension cut short")?;
        if !matches!(kind, EXT_SERVER_NAME | EXT_ALPN | EXT_ECH) {
            continue;
        }
        if seen.contains(&kind) {
            return Err("extension repeated");
        }
        seen.push(kind);
        match kind {
            EXT_SERVER_NAME => hello.server_name = server_name(body)?,
            EXT_ALPN => hello.alpn = alpn(body)?,
            // 0 is the outer hello; 1 marks an inner one, which is never on the wire.
            _ => hello.encrypted_client_hello = body.first() == Some(&0),
        }
    }
    Ok(hello)
}

fn skip_to_extensions<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    const VERSION_AND_RANDOM: usize = 2 + 32;
    reader.take(VERSION_AND_RANDOM)?;
    let _session_id = reader.vec8()?;
    let _cipher_suites = reader.vec16()?;
    let _compression_methods = reader.vec8()?;
    if reader.is_empty() {
        return Some(&[]);
    }
    let extensions = reader.vec16()?;
    reader.is_empty().then_some(extensions)
}

/// The host name of a `server_name` extension (RFC 6066, section 3).
fn server_name(body: &[u8]) -> Result<Option<String>, &'static str> {
    const HOST_NAME: u8 = 0;
    let mut outer = Reader::new(body);
    let mut list = Reader::new(outer.vec16().ok_or("server_name cut short")?);
    let mut found = None;
    while !list.is_empty() {
        let kind = list.u8().ok_or("server_name cut short")?;
        let name = list.vec16().ok_or("server_name cut short")?;
        if kind != HOST_NAME {
            continue;
        }
        if found.is_some() {
            return Err("two server names");
        }
        found = Some(host_name(name));
    }
    Ok(found.flatten())
}

/// The protocols of an ALPN extension (RFC 7301, section 3.1).
fn alpn(body: &[u8]) -> Result<Vec<String>, &'static str> {
    let mut outer = Reader::new(body);
    let mut list = Reader::new(outer.vec16().ok_or("alpn cut short")?);
    let mut protocols = Vec::new();
    while !list.is_empty() {
        let name = list.vec8().ok_or("alpn cut short")?;
        protocols.push(String::from_utf8_lossy(name).into_owned());
    }
    Ok(protocols)
}

/// A host name in lower case and without its trailing dot, if it is one: letters, digits, hyphen
/// and (seen in the wild) underscore, labels of 1 to 63, 253 in all, and not an IP address.
fn host_name(name: &[u8]) -> Option<String> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label
                .iter()
                .all(|&c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    };
    if name.len() > 253 || !name.split(|&c| c == b'.').all(label) {
        return None;
    }
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    name.parse::<IpAddr>().is_err().then_some(name)
}

#[cfg(test)]
pub(super) mod tests;
