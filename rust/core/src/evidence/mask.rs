//! A second mask over what the record says: names, paths and samples in rule files may hold whole identifiers.

use crate::event::Event;

/// Digits in a row from which they may be an identifier. A day and a time are shorter, an IMEI and an IMSI longer.
const DIGITS: usize = 10;

/// Hexadecimal digits in a row from which they may be one, if some of them are decimal: a MEID has 14, a MAC address 12.
const HEX: usize = 12;

/// The event without anything that could be an identifier in clear.
pub(super) fn event(event: &Event) -> Event {
    let mut masked = event.clone();
    let destination = &mut masked.destination;
    destination.name = destination.name.as_deref().map(text);
    if let Some(request) = &mut masked.request {
        request.method = text(&request.method);
        request.path = text(&request.path);
    }
    for finding in &mut masked.findings {
        finding.masked = text(&finding.masked);
        finding.path = text(&finding.path);
    }
    if let Some(app) = &mut masked.app {
        app.packages = app.packages.iter().map(|name| text(name)).collect();
    }
    masked
}

/// The text with every run that could be an identifier as bullets. A run goes on over single `:`, `-`, `.` and `%3A`'s kin, as
/// hardware addresses are written; UUIDs, which rules go by, are left alone.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = run(rest);
        if run == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            let (word, behind) = rest.split_at(run);
            if is_uuid(word) || !is_identifier(word) {
                out.push_str(word);
            } else {
                out.extend(
                    word.chars()
                        .map(|c| if c.is_ascii_hexdigit() { '•' } else { c }),
                );
            }
            rest = behind;
        }
    }
    out
}

/// Digits that no number of a record has: an IMEI has 15, a time in milliseconds 13.
const NUMBER: usize = 14;

/// The same for a text in JSON: in its strings, and in numbers too long to be any of a record's.
pub(super) fn record(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (token, masked) = match first {
            '"' => {
                let token = literal(rest);
                (token, string(token))
            }
            _ if digits >= NUMBER => (&rest[..digits], format!("\"{}\"", "•".repeat(digits))),
            _ => {
                let token = &rest[..digits.max(first.len_utf8())];
                (token, token.to_owned())
            }
        };
        out.push_str(&masked);
        rest = &rest[token.len()..];
    }
    out
}

/// The string that `json` begins with, quotes included.
fn literal(json: &str) -> &str {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(json, |end| &json[..end + 2])
}

/// A string as it stands in JSON: as it was, unless something in it is masked.
fn string(literal: &str) -> String {
    let Ok(plain) = serde_json::from_str::<String>(literal) else {
        // Half of a surrogate pair: who knows what else is written that way.
        return "\"•\"".to_owned();
    };
    let masked = text(&plain);
    if masked == plain {
        literal.to_owned()
    } else {
        serde_json::to_string(&masked).unwrap_or_default()
    }
}

/// Bytes of the word of letters, digits and single separators that `text` begins with.
fn run(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let separates = matches!(byte, b':' | b'-') && at == end && at > 0;
        if byte.is_ascii_alphanumeric() {
            end = at + 1;
        } else if !separates || !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric) {
            break;
        }
        if separates {
            end = at + 1;
        }
    }
    end
}

fn is_uuid(word: &str) -> bool {
    let lengths: Vec<_> = word.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && word.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn is_identifier(word: &str) -> bool {
    let longest = |fits: fn(&u8) -> bool| {
        let runs = word.as_bytes().split(|byte| !fits(byte));
        runs.map(<[u8]>::len).max().unwrap_or(0)
    };
    let is_address = word
        .bytes()
        .filter(|byte| matches!(byte, b':' | b'-'))
        .count()
        >= 5
        && word.split([':', '-']).all(|part| part.len() == 2);
    let has_digits = word.bytes().filter(u8::is_ascii_digit).count() >= 4;
    longest(u8::is_ascii_digit) >= DIGITS
        || (longest(u8::is_ascii_hexdigit) >= HEX && has_digits)
        || (is_address && has_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_masked_in_its_strings_and_stays_what_it_was_else() {
        let exact = r#"{ "time_ms" :1795490680903,"a":["x\"y\\",-1.5e3,true,null],"b":{"masked":"35••••••••••••2","\u00e4":"\n"}}"#;
        assert_eq!(record(exact), exact);
        for (clear, masked) in [
            (
                r#"{"a":"d350000001234562.example"}"#,
                r#"{"a":"••••••••••••••••.example"}"#,
            ),
            // Written so that a reader of bytes does not see it.
            (
                r#"{"a":"\u003350000001234562"}"#,
                r#"{"a":"•••••••••••••••"}"#,
            ),
            (r#"{"350000001234562":"\""}"#, r#"{"•••••••••••••••":"\""}"#),
            (r#"{"a":"\ud800 350000001234562"}"#, r#"{"a":"•"}"#),
            (r#"{"a":350000001234562}"#, r#"{"a":"•••••••••••••••"}"#),
        ] {
            assert_eq!(record(clear), masked);
        }
    }

    #[test]
    fn what_could_be_an_identifier_is_masked_and_nothing_else() {
        for secret in [
            "350000001234562",
            "a-350000001234562.example",
            "ep=350000001234562&x",
            "urn:imei:350000001234562",
            "89470000000123456781",
            "00:00:5e:00:53:2a",
            "mac=00-00-5E-00-53-2A;",
            "A0000012345678",
            "imeiA0000012345678x",
        ] {
            let masked = text(secret);
            assert!(masked.contains("••"), "{masked}");
            assert!(
                !masked.contains("5345") && !masked.contains("1234"),
                "{masked}"
            );
            assert!(
                !masked.contains("53:2a") && !masked.contains("53-2A"),
                "{masked}"
            );
        }
        for harmless in [
            "1b210107-04cb-49db-ba05-8aef7ecc53e4",
            "https://example.org/2019/03/21/some-nokia-phones",
            "date: 2019-03-21 07:45:00",
            "zzhc.vnet.cn",
            "feedbeefdeadfeed",
            "35••••••••••••6",
            "",
        ] {
            assert_eq!(text(harmless), harmless);
        }
    }
}
