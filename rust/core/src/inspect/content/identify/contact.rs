//! How a person is reached and where they are at home: phone number, mailbox, Wi-Fi's name.

use super::super::IdentifierKind;
use super::Evidence;
use super::bare::{is_hex, is_percent_encoded};
use super::number;
use super::value::Match;

/// Fewest digits of a number that is dialled within a country.
const NATIONAL_MIN: usize = 8;
/// Most digits of any (ITU-T E.164).
const PHONE_MAX: usize = 15;
/// Fewest digits behind a plus sign that count without a key: country code and number.
const BARE_MIN: usize = 10;
/// Longest mailbox (RFC 5321, 4.5.3.1, as far as one is ever typed).
const MAIL_MAX: usize = 80;
/// Bytes of the longest name of a Wi-Fi network (IEEE 802.11, 9.4.2.2), and so its characters: in UTF-8 it may
/// have become longer than it was.
const SSID_MAX: usize = 32;
/// Mailboxes of offices (RFC 2142 and custom).
const OFFICES: [&str; 18] = [
    "abuse",
    "admin",
    "contact",
    "feedback",
    "hello",
    "help",
    "hostmaster",
    "info",
    "mail",
    "no-reply",
    "noreply",
    "office",
    "postmaster",
    "privacy",
    "sales",
    "security",
    "support",
    "webmaster",
];

/// Endings of files that read as mailboxes: `icon@2x.png`.
const FILES: [&str; 8] = ["css", "gif", "jpeg", "jpg", "js", "png", "svg", "webp"];

/// Digits of a phone number, and whether a plus sign or `00` is before them.
fn dialled(value: &str) -> Option<(String, bool)> {
    let text = value.strip_prefix("tel:").unwrap_or(value);
    let plus = text.starts_with('+');
    let text = text.trim_start_matches('+');
    let shaped = text.len() <= 24
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b' ' | b'-' | b'(' | b')' | b'.' | b'/'));
    if !shaped {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("00") {
        Some(rest) if !plus => Some((rest.to_owned(), true)),
        _ => Some((digits, plus)),
    }
}

/// Judges the value of a key that names a phone number.
pub(super) fn phone(value: &str) -> Option<Match> {
    let (digits, international) = dialled(value)?;
    let bytes = digits.as_bytes();
    let filler = number::uniform(bytes) || number::counts_up(bytes);
    if filler || !(NATIONAL_MIN..=PHONE_MAX).contains(&bytes.len()) {
        return None;
    }
    // Fifteen digits without a plus sign are an IMEI or an account more often.
    let evidence = if international && number::calling_code(bytes) {
        Evidence::NamedRange
    } else if bytes.len() <= 13 {
        Evidence::PhoneNational
    } else {
        Evidence::NamedDoubtful
    };
    Some((IdentifierKind::Phone, digits, evidence))
}

/// Judges a whole value under a key that does not say so.
pub(super) fn unkeyed_phone(value: &str) -> Option<Match> {
    if !value.starts_with('+') {
        return None;
    }
    let (digits, _) = dialled(value)?;
    let bytes = digits.as_bytes();
    ((BARE_MIN..=PHONE_MAX).contains(&bytes.len())
        && number::calling_code(bytes)
        && !number::uniform(bytes))
    .then_some((IdentifierKind::Phone, digits, Evidence::BarePhone))
}

/// Whether `value` is one mailbox (RFC 5322 addr-spec, without quoting and literals).
fn is_mailbox(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else {
        return false;
    };
    let local_part = |b: u8| b.is_ascii_alphanumeric() || b"!#$&'*+-./=?^_`{|}~".contains(&b);
    let top = domain.rsplit('.').next().unwrap_or_default();
    value.len() <= MAIL_MAX
        && !local.is_empty()
        && local.bytes().all(local_part)
        && domain.contains('.')
        && domain
            .split('.')
            .all(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        && top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && !FILES.iter().any(|file| top.eq_ignore_ascii_case(file))
}

/// Judges the value of a key that names a mailbox, or (`named` false) the user.
pub(super) fn mail(value: &str, named: bool) -> Option<Match> {
    if !value.contains('@') {
        return None;
    }
    let inner = value.strip_prefix("mailto:").unwrap_or(value);
    // "Name <mailbox>"
    let inner = match (inner.find('<'), inner.ends_with('>')) {
        (Some(at), true) => inner.get(at + 1..inner.len() - 1)?,
        _ => inner,
    };
    let evidence = match (office(inner), named) {
        (true, _) => Evidence::MailOfOffice,
        (false, true) => Evidence::NamedRange,
        (false, false) => Evidence::MailOfUser,
    };
    is_mailbox(inner).then(|| (IdentifierKind::Email, inner.to_ascii_lowercase(), evidence))
}

/// Judges a word with an `@` in it that no key names.
pub(super) fn unkeyed_mail(word: &str) -> Option<Match> {
    let word = word.trim_matches('.');
    is_mailbox(word).then(|| {
        (
            IdentifierKind::Email,
            word.to_ascii_lowercase(),
            Evidence::BareMail,
        )
    })
}

fn office(mailbox: &str) -> bool {
    let local = mailbox.split(['@', '+']).next().unwrap_or_default();
    OFFICES.iter().any(|name| local.eq_ignore_ascii_case(name))
}

/// Judges the value of a key that names a Wi-Fi network; `sure` if it can name nothing else.
pub(super) fn network_name(value: &str, sure: bool) -> Option<Match> {
    const NONE: [&str; 12] = [
        "<unknown ssid>",
        "unknown ssid",
        "unknown",
        "none",
        "null",
        "nil",
        "0x",
        "n/a",
        "false",
        "true",
        "undefined",
        "wifi",
    ];
    let name = value.trim_matches(|c| matches!(c, '"' | '\'' | '\\'));
    let empty = name.trim().is_empty() || NONE.iter().any(|none| name.eq_ignore_ascii_case(none));
    // Percent signs, and base64 filled up with `=`: the decode chain shows what is inside.
    let wrapped = name.ends_with('=') || is_percent_encoded(name);
    if empty || wrapped || name.chars().any(char::is_control) {
        return None;
    }
    let bytes = name.as_bytes();
    let token = number::all_digits(bytes)
        || (bytes.len() >= 16 && is_hex(bytes))
        || (bytes.len() >= 20 && is_random(bytes));
    let evidence = match (sure, token) {
        (true, _) => Evidence::WifiName,
        (false, false) => Evidence::NetworkName,
        (false, true) => Evidence::NetworkNameDoubtful,
    };
    (name.chars().count() <= SSID_MAX).then(|| (IdentifierKind::Ssid, name.to_owned(), evidence))
}

/// Capitals, small letters and digits without a gap, as tokens of sessions have.
fn is_random(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_uppercase)
        && bytes.iter().any(u8::is_ascii_lowercase)
        && bytes.iter().any(u8::is_ascii_digit)
        && !bytes.contains(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Evidence::*;

    fn told(found: Option<Match>) -> Option<(String, Evidence)> {
        found.map(|(_, value, evidence)| (value, evidence))
    }

    #[test]
    fn numbers_under_a_key() {
        for (value, expected) in [
            ("+47 90 00 00 12", Some(("4790000012", NamedRange))),
            ("tel:+47-90-00-00-12", Some(("4790000012", NamedRange))),
            ("004790000012", Some(("4790000012", NamedRange))),
            ("00479000001234567", Some(("479000001234567", NamedRange))),
            // Both ways at once is neither.
            ("+004790000012", Some(("004790000012", PhoneNational))),
            ("4790000012", Some(("4790000012", PhoneNational))),
            ("+2100000001", Some(("2100000001", PhoneNational))),
            ("90000012", Some(("90000012", PhoneNational))),
            ("1200000000012", Some(("1200000000012", PhoneNational))),
            ("12000000000123", Some(("12000000000123", NamedDoubtful))),
            ("9000001", None),
            ("1200000000001234", None),
            ("001200000000001234", None),
            ("no. 90000012", None),
            ("90 00 00 12 - - - - - - - -", None),
            ("12345678", None),
            ("00000000", None),
            ("", None),
        ] {
            let expected = expected.map(|(digits, evidence)| (digits.to_owned(), evidence));
            assert_eq!(told(phone(value)), expected, "{value}");
        }
    }

    #[test]
    fn numbers_without_a_key() {
        let found = told(unkeyed_phone("+47 90000012"));
        assert_eq!(found, Some(("4790000012".to_owned(), BarePhone)));
        assert!(unkeyed_phone("+123456789012345").is_some());
        for other in [
            "4790000012",
            "+479000001",
            "+1234567890123456",
            "+2100000001",
            "+1111111111",
        ] {
            assert_eq!(unkeyed_phone(other), None, "{other}");
        }
    }

    #[test]
    fn mailboxes() {
        let long = format!("{}@example.org", "k".repeat(MAIL_MAX - 12));
        for mailbox in ["k@e.no", "kari+n@mail.ex-ample.org", &long] {
            assert!(is_mailbox(mailbox), "{mailbox}");
        }
        for other in [
            "kari",
            "@example.org",
            "ka ri@example.org",
            "kari@example",
            "kari@example..org",
            "kari@exa$mple.org",
            "kari@example.o",
            "kari@192.0.2.1",
            "kari@2x.png",
            &format!("k{long}"),
        ] {
            assert!(!is_mailbox(other), "{other}");
        }
    }

    #[test]
    fn mailboxes_under_a_key_and_without() {
        let kari = |evidence| Some(("kari@example.org".to_owned(), evidence));
        assert_eq!(told(mail("Kari@example.org", true)), kari(NamedRange));
        assert_eq!(
            told(mail("mailto:kari@example.org", false)),
            kari(MailOfUser)
        );
        assert_eq!(
            told(mail("Kari N. <kari@example.org>", true)),
            kari(NamedRange)
        );
        assert_eq!(mail("Kari N. <kari@example.org", true), None);
        assert_eq!(told(unkeyed_mail("kari@example.org.")), kari(BareMail));
        for office in ["support@example.org", "Info+x@example.org"] {
            let evidence = told(mail(office, true)).map(|(_, evidence)| evidence);
            assert_eq!(evidence, Some(MailOfOffice), "{office}");
        }
    }

    #[test]
    fn names_of_networks() {
        let longest = "n".repeat(SSID_MAX);
        // Sixteen characters of two bytes each, as some makers' phones send them, are more in UTF-8.
        let foreign = "\u{6211}".repeat(SSID_MAX / 2);
        for name in [
            "hjemme",
            "\"hjemme\"",
            "\\\"hjemme\\\"",
            "1a2b3c4d5e6f7a8",
            "aB3dE5gH7jK9mN1pQ3s",
            "NordmannsTraadloseNett",
            "nordmanns-nett-hjemme-24",
            "NORDMANNS-NETT-HJEMME-24",
            "Nordmanns Nett Hjemme 24",
            &longest,
            &foreign,
        ] {
            let bare = name.trim_matches(['"', '\\']);
            let told = |sure| told(network_name(name, sure));
            assert_eq!(told(true), Some((bare.to_owned(), WifiName)), "{name}");
            assert_eq!(told(false), Some((bare.to_owned(), NetworkName)), "{name}");
        }
        for token in ["123456", "1a2b3c4d5e6f7a8b", "aB3dE5gH7jK9mN1pQ3s5"] {
            let evidence = told(network_name(token, false)).map(|(_, evidence)| evidence);
            assert_eq!(evidence, Some(NetworkNameDoubtful), "{token}");
        }
        for none in [
            "",
            "\" \"",
            "<unknown ssid>",
            "hjemme\nnett",
            "aGplbW1l==",
            "%68jemme",
            &format!("{longest}n"),
        ] {
            assert_eq!(network_name(none, true), None, "{none}");
        }
    }
}
