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
const OTHER: [&str; 113] = [
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
    "campaign",
    "cart",
    "category",
    "challenge",
    "channel",
    "checksum",
    "code",
    "comment",
    "commit",
    "config",
    "content",
    "correlation",
    "crc",
    "creative",
    "credential",
    "csrf",
    "cursor",
    "date",
    "digest",
    "document",
    "dpop",
    "etag",
    "event",
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
    "media",
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
    "placement",
    "post",
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
    "store",
    "story",
    "template",
    "time",
    "timestamp",
    "token",
    "trace",
    "track",
    "transaction",
    "tx",
    "url",
    "version",
    "video",
    "xsrf",
    "zone",
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

/// Length from which on such an end counts whatever stands before it.
const TELLING_ALONE: usize = 8;

/// Ends of names, without separators, that mean a device, an installation or a person. In order.
const TELLING: [&str; 53] = [
    "aaid",
    "accountid",
    "adid",
    "androidid",
    "anonid",
    "anonymousid",
    "browserid",
    "clientguid",
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
    "installationuuid",
    "installid",
    "instanceid",
    "instanceuuid",
    "machineid",
    "memberid",
    "muid",
    "oaid",
    "playerid",
    "profileid",
    "pushtoken",
    "qimei",
    "registrationid",
    "subscriberid",
    "trackingid",
    "udid",
    "uid",
    "umid",
    "userid",
    "utdid",
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
    if TELLING.binary_search(&flat).is_ok() || identify::names_device(name) {
        return Role::Telling;
    }
    let mut longest = 0;
    let mut is_other = false;
    let mut rest = flat;
    for word in words(name) {
        // The words of the name, one after the other, are what is in `flat`.
        let Some((lower, after)) = rest.split_at_checked(word.len()) else {
            break;
        };
        if longest == 0 && TELLING.binary_search(&rest).is_ok() {
            longest = rest.len();
        }
        is_other |= OTHER.binary_search(&lower).is_ok();
        rest = after;
    }
    // `random_device_token` is a device's, `article_uuid` an article's.
    if longest >= TELLING_ALONE {
        Role::Telling
    } else if is_other || OTHER_WITHIN.iter().any(|other| flat.contains(other)) {
        Role::Other
    } else if longest > 0 {
        Role::Telling
    } else {
        Role::Silent
    }
}

/// Reads a name inside of an object that has a name: what `id` means, the object's name says.
pub(super) fn role_within(outer: &str, name: &str) -> Role {
    const BARE: [&str; 5] = ["guid", "id", "identifier", "uuid", "value"];
    if !BARE.iter().any(|bare| name.eq_ignore_ascii_case(bare)) {
        return role(name, false);
    }
    let outer_role = role(outer, false);
    if outer_role != Role::Silent {
        return outer_role;
    }
    let room = NAME_MAX.saturating_sub(name.len());
    let mut joined = [0; NAME_MAX];
    let letters = outer.bytes().take(room).chain(name.bytes());
    let mut length = 0;
    for (slot, byte) in joined.iter_mut().zip(letters) {
        *slot = byte;
        length += 1;
    }
    let joined = joined.get(..length).unwrap_or_default();
    match role(std::str::from_utf8(joined).unwrap_or_default(), false) {
        Role::Telling => Role::Telling,
        Role::Silent | Role::Other => role(name, false),
    }
}

/// Names made of data: a map keyed by identifiers.
fn looks_like_a_value(name: &str) -> bool {
    name.bytes().filter(u8::is_ascii_digit).count() >= 6
}

/// Whether a word begins at `at`.
fn begins_word(name: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| name.get(before)) else {
        return true;
    };
    let is_capital = name.get(at).is_some_and(u8::is_ascii_uppercase);
    !before.is_ascii_alphanumeric() || (is_capital && !before.is_ascii_uppercase())
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
            if !byte.is_ascii_alphanumeric() || begins_word(bytes, end) {
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
            "network_userid",
            "android_uuid",
            "randomized_device_token",
            "data[uid]",
            "serialNumber",
            "ssaid",
            "advertisingId",
        ] {
            assert_eq!(role(name, false), Role::Telling, "{name}");
        }
    }

    #[test]
    fn names_are_read_up_to_their_longest() {
        let long = |length: usize| format!("{}_user_id", "x".repeat(length - 8));
        assert_eq!(role(&long(NAME_MAX), false), Role::Telling);
        assert_eq!(role(&long(NAME_MAX + 1), false), Role::Other);
        assert_eq!(role(&long(NAME_MAX + 2), false), Role::Other);
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
            "article_uuid",
            "contentUuid",
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
    fn words_are_in_order() {
        assert!(TELLING.is_sorted() && OTHER.is_sorted());
    }

    #[test]
    fn a_bare_name_means_what_the_object_around_it_does() {
        for (outer, name, expected) in [
            ("device", "id", Role::Telling),
            ("user", "uuid", Role::Telling),
            ("visitor", "id", Role::Telling),
            ("session", "id", Role::Other),
            ("product", "uuid", Role::Other),
            ("context", "id", Role::Silent),
            ("request", "visitor_id", Role::Telling),
            ("request", "zz", Role::Silent),
        ] {
            assert_eq!(role_within(outer, name), expected, "{outer}.{name}");
        }
    }

    #[test]
    fn names_that_say_nothing() {
        for name in ["s", "id", "z1", "fluid", "x-zz", "params", "cid", "opaque"] {
            assert_eq!(role(name, false), Role::Silent, "{name}");
        }
    }
}
