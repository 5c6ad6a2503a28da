//! The requests: tokens that stay, and what is none.

use crate::chance::Chance;
use crate::request::Request;

/// How a token is written.
pub(crate) const FORMS: [&str; 8] = [
    "hex 16",
    "hex 32",
    "UUID",
    "base64url 22",
    "base64 24",
    "decimal 20",
    "base62 11",
    "prefixed",
];

pub(super) fn token(form: usize, chance: &mut Chance) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    match form {
        0 => chance.hex(16),
        1 => chance.hex(32).to_uppercase(),
        2 => chance.uuid(),
        3 => data_encoding::BASE64URL_NOPAD.encode(&chance.bytes(16)),
        4 => data_encoding::BASE64.encode(&chance.bytes(16)),
        5 => format!("{}{}", 1 + chance.below(9), chance.digits(19)),
        6 => chance.text(LETTERS, 11),
        _ => format!("usr_{}", chance.hex(24)),
    }
}

/// Where it stands.
pub(super) const CONTAINERS: usize = 6;

pub(super) fn put(request: &mut Request, container: usize, key: &str, value: &str) {
    let form = |value: &str| form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    match container {
        0 => request.query(key, &form(value)),
        1 => {
            let body = format!("v=1&t=event&{key}={}&ev=open", form(value));
            request.post("application/x-www-form-urlencoded", body.into_bytes());
        }
        2 => {
            let body = format!(r#"{{"event":"open","{key}":"{value}","n":3}}"#);
            request.post("application/json", body.into_bytes());
        }
        3 => {
            let body =
                format!(r#"{{"batch":[{{"type":"track"}}],"context":{{"{key}":"{value}"}}}}"#);
            request.post("application/json", body.into_bytes());
        }
        4 => request.add(&format!("X-{}", key.replace('_', "-")), value),
        _ => request.add("Cookie", &format!("lang=en; {key}={}", form(value))),
    }
}

/// What does not stay, or is not the user's, under names like those of identifiers.
pub(super) const HARMLESS: [&str; 10] = [
    "an ordinary request",
    "a nonce, telling name",
    "a nonce",
    "a session of hours, telling name",
    "a session of hours, two receivers",
    "a session of days by its name",
    "an asset's hash",
    "an entity tag",
    "an article's id",
    "a key of the app's maker by its name",
];

/// Makes one; `app` and `day` and `hour` say what stays for how long.
pub(super) fn harmless(
    nth: usize,
    (seed, app, hour): (u64, usize, u64),
    base: &Request,
    chance: &mut Chance,
) -> Request {
    let mut request = base.clone();
    // Of a thing that stays as long as `period` does.
    let of = |what: &str, period: u64| Chance::of(seed ^ period, what);
    let named = |what: &str| format!("{what} {app}");
    let container = chance.below(CONTAINERS);
    let mut set_host = |host: String| {
        request
            .fields
            .retain(|(key, _)| !key.eq_ignore_ascii_case("host"));
        request.fields.insert(0, ("Host".to_owned(), host));
    };
    match nth {
        0 => {}
        1..=5 => set_host(format!(
            "m{app}.metrics{}.test",
            if nth == 4 { chance.below(2) } else { 0 }
        )),
        6..=8 => set_host("static.content.test".to_owned()),
        _ => set_host(format!("m{}.metrics.test", chance.below(3))),
    }
    match nth {
        0 => {}
        1 => put(&mut request, container, "event_uuid", &chance.uuid()),
        2 => put(&mut request, container, "n", &chance.hex(32)),
        3 => put(
            &mut request,
            container,
            "uid",
            &of(&named("session"), hour / 8).hex(32),
        ),
        4 => put(
            &mut request,
            container,
            "s",
            &of(&named("visit"), hour / 6).hex(32),
        ),
        5 => put(
            &mut request,
            container,
            "session_id",
            &of(&named("login"), 0).uuid(),
        ),
        6 => {
            request.method = "GET".to_owned();
            request.body.clear();
            request.target = format!(
                "/s/app.{}.js?v={}",
                of("asset", 0).hex(20),
                of("v", 0).hex(32)
            )
        }
        7 => request.add("If-None-Match", &format!("\"{}\"", of("etag", 0).hex(32))),
        8 => put(
            &mut request,
            0,
            "article_id",
            &Chance::of(seed, &format!("article {}", chance.below(5))).uuid(),
        ),
        _ => put(
            &mut request,
            container,
            "api_key",
            &of(&named("maker"), 0).hex(32),
        ),
    }
    request
}

/// What all users of an app or a library share.
pub(super) fn shared(seed: u64, nth: usize, base: &Request, chance: &mut Chance) -> Request {
    let mut request = base.clone();
    let of = |what: &str| Chance::of(seed, what);
    let host = match nth {
        0 => "libs.build.test".to_owned(),
        _ => format!("api.maker{}.test", chance.below(2)),
    };
    request
        .fields
        .retain(|(key, _)| !key.eq_ignore_ascii_case("host"));
    request.fields.insert(0, ("Host".to_owned(), host));
    let (key, value) = match nth {
        0 => ("lib", of("library").hex(40)),
        _ => ("tenant", of("tenant").uuid()),
    };
    put(&mut request, chance.below(3), key, &value);
    request
}

/// An ordinary request to add something to.
pub(super) fn base(bases: &[Request], chance: &mut Chance) -> Request {
    let mut request = chance.pick(bases).clone();
    // Who sends it from which page decides whose server it is: without that, nobody's own.
    request.fields.retain(|(key, _)| {
        !["referer", "origin", "upgrade-insecure-requests"]
            .contains(&key.to_ascii_lowercase().as_str())
    });
    request
}
