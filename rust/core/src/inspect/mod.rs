//! What a flow says about itself, read from its own bytes: TLS and QUIC server names, HTTP/1.x
//! requests, CoAP; and the identifiers in whatever is readable.

pub mod coap;
pub mod content;
pub mod datagram;
mod http;
mod parts;
pub mod quic;
mod reader;
pub mod stream;
pub mod tls;

pub use parts::parts;

use std::borrow::Cow;

/// The server name and friends of a TLS or QUIC hello.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientHello {
    /// `server_name` (RFC 6066), lower case, no trailing dot; with ECH, the outer one.
    pub server_name: Option<String>,
    /// Application protocols offered (RFC 7301), as text.
    pub alpn: Vec<String>,
    /// Whether an `encrypted_client_hello` extension of type outer is present (RFC 9849).
    pub encrypted_client_hello: bool,
}

/// One HTTP/1.x request (RFC 9112).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest<'a> {
    /// Method, as sent.
    pub method: Cow<'a, str>,
    /// Authority the request is for: of an absolute-form or CONNECT target, else the Host field.
    /// Lower case, with the port if one was written.
    pub host: Option<String>,
    /// Path of the target, without the query.
    pub path: Cow<'a, str>,
    /// Query of the target, without the question mark.
    pub query: Cow<'a, str>,
    /// `Content-Type`, as sent.
    pub content_type: Option<Cow<'a, str>>,
    /// `Content-Encoding`, as sent.
    pub content_encoding: Option<Cow<'a, str>>,
    /// `User-Agent`, as sent.
    pub user_agent: Option<Cow<'a, str>>,
    /// The header block, request line excluded.
    pub headers: &'a [u8],
    /// Body, transfer coding undone; at most [`BODY_HOLD`] bytes.
    pub body: Cow<'a, [u8]>,
    /// Whether `body` is the whole body.
    pub complete: bool,
}

/// One CoAP message (RFC 7252).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoapMessage<'a> {
    /// Method name (`GET`, `POST` …) of a request; `None` for a response or an empty message.
    pub method: Option<&'static str>,
    /// `Uri-Host` option, lower case.
    pub host: Option<String>,
    /// `Uri-Path` options joined by `/`, with a leading one.
    pub path: String,
    /// `Uri-Query` options joined by `&`.
    pub query: String,
    /// Payload.
    pub payload: &'a [u8],
}

/// Bytes of a request body that are held back until the verdict; a longer body is judged by this
/// much of it first, and then scanned as it streams.
pub const BODY_HOLD: usize = 64 * 1024;

/// Bytes of a request head that are held back; a longer one is refused as [`Said::Unframed`].
pub const HEAD_HOLD: usize = 32 * 1024;

/// What a later stretch repeats of what came before it, in bytes, so that a value cut in two is seen
/// whole: longer than any identifier with its key, three times percent-encoded.
pub const OVERLAP: usize = 1024;

/// Bytes of a long body that are judged at a time after the first [`BODY_HOLD`]: few enough to wait
/// for, many enough that repeating [`OVERLAP`] costs one part in sixteen.
pub const STRETCH: usize = 16 * 1024;

/// What a stretch of a flow says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said<'a> {
    /// A TLS ClientHello on a stream.
    Tls(ClientHello),
    /// A ClientHello inside QUIC Initial packets.
    Quic(ClientHello),
    /// A plaintext request, whole or with the first [`BODY_HOLD`] bytes of its body.
    Http(HttpRequest<'a>),
    /// A further stretch of a body that is longer than [`BODY_HOLD`], with up to [`OVERLAP`] bytes
    /// of what came just before it repeated (they have been released already and are not in `len`);
    /// or the trailer fields of a chunked request.
    HttpBody(&'a [u8]),
    /// A CoAP message.
    Coap(CoapMessage<'a>),
    /// Plaintext or binary of no protocol known here. Later stretches of a stream repeat up to
    /// [`OVERLAP`] bytes that have been released already and are not in `len`.
    Raw(&'a [u8]),
    /// A request whose framing is ambiguous (two Content-Length, both codings, bare CR …).
    Unframed(&'static str),
}
