//! What the name of a field says of the token under it.

use crate::inspect::content::identify;

/// Longest name that is read; what is longer is data, not a name.
const NAME_MAX: usize = 64;

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// That the token names a device, an installation or a person.
    Telling,
    /// Nothing.
    Silent,
    /// That it is something else: a session, a credential, a nonce, a digest, a thing asked for.
    Other,
}

/// Words after which a token is no identifier of the user. In order.
const OTHER: [&str; 96] = [
    "access",
    "api",
    "article",
    "asset",
    "auth",
    "authorization",
    "bearer",
    "boundary",
    "build",
    "bundle",
    "cache",
    "cart",
    "challenge",
    "checksum",
    "code",
    "commit",
    "config",
    "correlation",
    "crc",
    "credential",
    "csrf",
    "cursor",
    "date",
    "digest",
    "dpop",
    "etag",
    "experiment",
    "file",
    "game",
    "git",
    "hash",
    "hmac",
    "href",
    "image",
    "img",
    "item",
    "jwt",
    "key",
    "lang",
    "license",
    "match",
    "md5",
    "message",
    "modulus",
    "msg",
    "name",
    "next",
    "nonce",
    "oauth",
    "offset",
    "order",
    "otp",
    "page",
    "pass",
    "passwd",
    "password",
    "path",
    "product",
    "project",
    "publisher",
    "pwd",
    "q",
    "query",
    "random",
    "redirect",
    "ref",
    "referer",
    "referrer",
    "refresh",
    "req",
    "request",
    "rev",
    "revision",
    "rnd",
    "salt",
    "secret",
    "segment",
    "sess",
    "session",
    "sha1",
    "sha256",
    "sid",
    "sig",
    "sign",
    "signature",
    "span",
    "state",
    "time",
    "timestamp",
    "token",
    "trace",
    "transaction",
    "tx",
    "url",
    "version",
    "xsrf",
];

/// The same, where no separator shows the word: `PHPSESSID`, `csrfmiddlewaretoken`.
const OTHER_WITHIN: [&str; 12] = [
    "apikey",
    "appkey",
    "auth",
    "csrf",
    "etag",
    "nonce",
    "passw",
    "requestid",
    "secret",
    "session",
    "sessid",
    "xsrf",
];

/// Ends of names, without separators, that mean a device, an installation or a person.
const TELLING: [&str; 47] = [
    "accountid",
    "aaid",
    "adid",
    "androidid",
    "anonid",
    "anonymousid",
    "browserid",
    "clientuuid",
    "cookieid",
    "cuid",
    "customerid",
    "deviceid",
    "deviceidentifier",
    "devicetoken",
    "deviceuuid",
    "devid",
    "did",
    "distinctid",
    "duid",
    "fcmtoken",
    "fingerprint",
    "gaid",
    "guid",
    "handsetid",
    "hardwareid",
    "hwid",
    "idfa",
    "idfv",
    "iid",
    "installationid",
    "installid",
    "instanceid",
    "instanceuuid",
    "machineid",
    "memberid",
    "muid",
    "oaid",
    "profileid",
    "pushtoken",
    "registrationid",
    "subscriberid",
    "trackingid",
    "udid",
    "uid",
    "userid",
    "uuid",
    "visitorid",
];

/// Header fields of standards that hold random tokens of another purpose (RFC 9110, 6455, 9421; W3C
/// Trace Context). In order.
const HEADERS: [&str; 16] = [
    "b3",
    "baggage",
    "content-type",
    "cookie2",
    "host",
    "if-match",
    "if-none-match",
    "if-range",
    "origin",
    "range",
    "sec-websocket-key",
    "signature-input",
    "traceparent",
    "tracestate",
    "user-agent",
    "via",
];

/// Reads a name; `header` says that it is a header field's.
pub(super) fn role(name: &str, header: bool) -> Role {
    if name.is_empty() || name.len() > NAME_MAX || looks_like_a_value(name) {
        return Role::Other;
    }
    let mut lower = [0; NAME_MAX];
    let flat = flattened(name, &mut lower);
    if header && HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return Role::Other;
    }
    if TELLING.iter().any(|end| ends_with_word(flat, end)) || identify::names_device(name) {
        return Role::Telling;
    }
    let other = words(name).any(|word| OTHER.iter().any(|other| word.eq_ignore_ascii_case(other)));
    if other || OTHER_WITHIN.iter().any(|other| flat.contains(other)) {
        Role::Other
    } else {
        Role::Silent
    }
}

/// Names made of data: a map keyed by identifiers.
fn looks_like_a_value(name: &str) -> bool {
    name.bytes().filter(u8::is_ascii_digit).count() >= 6
}

/// Short ends count only as the whole name or after a word that says whose: `x-uid`, not `fluid`.
fn ends_with_word(flat: &str, end: &str) -> bool {
    const WHOSE: [&str; 14] = [
        "x", "my", "app", "user", "device", "client", "sdk", "ad", "push", "install", "data",
        "the", "phone", "stable",
    ];
    match flat.strip_suffix(end) {
        None => false,
        Some("") => true,
        Some(before) => end.len() >= 8 || WHOSE.iter().any(|whose| before.ends_with(whose)),
    }
}

/// Letters and digits in lower case.
fn flattened<'b>(name: &str, room: &'b mut [u8; NAME_MAX]) -> &'b str {
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    let mut length = 0;
    for (slot, byte) in room.iter_mut().zip(letters) {
        *slot = byte.to_ascii_lowercase();
        length += 1;
    }
    let flat = room.get(..length).unwrap_or_default();
    std::str::from_utf8(flat).unwrap_or_default()
}

/// The words of `sessionId`, `session_id`, `X-Session-ID`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        let begin = from
            + bytes
                .get(from..)?
                .iter()
                .position(u8::is_ascii_alphanumeric)?;
        let mut end = begin + 1;
        while let Some(byte) = bytes.get(end) {
            let begins = byte.is_ascii_uppercase()
                && bytes
                    .get(end - 1)
                    .is_some_and(|before| !before.is_ascii_uppercase());
            if !byte.is_ascii_alphanumeric() || begins {
                break;
            }
            end += 1;
        }
        from = end;
        name.get(begin..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_identifiers() {
        for name in [
            "uid",
            "user_id",
            "userId",
            "X-Device-Id",
            "deviceUUID",
            "install_id",
            "visitorId",
            "anonymous_id",
            "distinct_id",
            "push_token",
            "fcmToken",
            "android_id",
            "udid",
            "x-uid",
            "data[uid]",
        ] {
            assert_eq!(role(name, false), Role::Telling, "{name}");
        }
    }

    #[test]
    fn names_of_other_things() {
        for name in [
            "session_id",
            "PHPSESSID",
            "JSESSIONID",
            "csrfToken",
            "csrfmiddlewaretoken",
            "sid",
            "access_token",
            "Authorization",
            "nonce",
            "apiKey",
            "api_key",
            "sha256",
            "file_hash",
            "X-Request-Id",
            "request_id",
            "state",
            "v_hash",
            "",
            "9f86d081884c7d65",
        ] {
            assert_eq!(role(name, false), Role::Other, "{name}");
        }
        for name in ["If-None-Match", "traceparent", "Sec-WebSocket-Key", "ETag"] {
            assert_eq!(role(name, true), Role::Other, "{name}");
        }
    }

    #[test]
    fn names_that_say_nothing() {
        for name in ["s", "id", "z1", "fluid", "x-zz", "params", "cid", "opaque"] {
            assert_eq!(role(name, false), Role::Silent, "{name}");
        }
    }
}
