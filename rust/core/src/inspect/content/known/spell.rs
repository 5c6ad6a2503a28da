//! The usual spellings of each kind of identifier.

use super::super::IdentifierKind;
use super::super::identify::{luhn, uniform};

/// How a value may stand in a payload.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    /// Tokens in clear: no separators, lower case.
    pub(super) clear: Vec<String>,
    /// What a sender may have hashed.
    pub(super) hashed: Vec<String>,
}

/// Longest address of mail (RFC 5321, 4.5.3.1: 64 octets, an at sign, 255 octets; a path has 256).
pub(super) const EMAIL_MAX: usize = 254;
/// Characters of the longest value but for those: a UUID in braces, with room for blanks.
const VALUE_MAX: usize = 64;

/// Checks `value` and spells it, or says what is wrong with it.
pub(super) fn spell(kind: IdentifierKind, value: &str) -> Result<Spellings, String> {
    let value = value.trim();
    if value.is_empty() {
        return Err("nothing was given".to_owned());
    }
    if value.len() > EMAIL_MAX || (kind != IdentifierKind::Email && value.len() > VALUE_MAX) {
        return Err(format!("{} characters are too many", value.chars().count()));
    }
    if !value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err("it has a character that such an identifier does not have".to_owned());
    }
    match kind {
        IdentifierKind::Imei => imei(&digits(value)?),
        IdentifierKind::Imsi => imsi(&digits(value)?),
        IdentifierKind::Iccid => iccid(&digits(value.trim_end_matches(['F', 'f']))?),
        IdentifierKind::Meid => meid(&hex(value)?),
        IdentifierKind::Mac => mac(&hex(value)?),
        IdentifierKind::DeviceId => device(&hex(value)?),
        IdentifierKind::AdvertisingId => uuid(value),
        IdentifierKind::Serial => serial(value),
        IdentifierKind::Phone => phone(value),
        IdentifierKind::Email => email(value),
        _ => Err("this kind cannot be typed in".to_owned()),
    }
}

fn bare(value: &str) -> String {
    let separator = |c: char| matches!(c, ' ' | '-' | ':' | '.' | '/');
    value
        .chars()
        .filter(|&c| !separator(c))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn digits(value: &str) -> Result<String, String> {
    let bare = bare(value);
    match bare.bytes().position(|b| !b.is_ascii_digit()) {
        None => Ok(bare),
        Some(at) => Err(format!("character {} is no digit", at + 1)),
    }
}

fn hex(value: &str) -> Result<String, String> {
    let bare = bare(value);
    match bare.bytes().position(|b| !b.is_ascii_hexdigit()) {
        None => Ok(bare),
        Some(at) => Err(format!("character {} is no hexadecimal digit", at + 1)),
    }
}

fn count(bare: &str, unit: &str, fits: bool) -> Result<(), String> {
    if !fits {
        Err(format!("it has {} {unit}", bare.len()))
    } else if uniform(bare.as_bytes()) {
        Err("all its digits are the same".to_owned())
    } else {
        Ok(())
    }
}

fn is_checked(digits: &str) -> bool {
    luhn(digits.as_bytes())
}

/// `text` in groups of these lengths; the last group takes what is left.
fn grouped(text: &str, lengths: &[usize], separator: char) -> String {
    let mut out = String::new();
    let (mut group, mut left) = (0, lengths.first().copied().unwrap_or(usize::MAX));
    for c in text.chars() {
        if left == 0 {
            out.push(separator);
            group += 1;
            left = lengths.get(group).copied().unwrap_or(usize::MAX);
        }
        out.push(c);
        left -= 1;
    }
    out
}

/// Each in lower and in upper case.
fn both_cases(spellings: Vec<String>) -> Vec<String> {
    let upper: Vec<_> = spellings.iter().map(|s| s.to_ascii_uppercase()).collect();
    spellings.into_iter().chain(upper).collect()
}

/// 3GPP TS 23.003, 6.2: 14 digits and a check digit; 16 digits if a software version stands for it.
fn imei(typed: &str) -> Result<Spellings, String> {
    count(typed, "digits", (14..=16).contains(&typed.len()))?;
    if typed.len() == 15 && !is_checked(typed) {
        return Err("its last digit does not fit the others: one of them is mistyped".to_owned());
    }
    let head = typed.get(..14).unwrap_or(typed);
    let whole = (0..10)
        .map(|check| format!("{head}{check}"))
        .find(|whole| is_checked(whole))
        .unwrap_or_default();
    let mut hashed = vec![whole.clone(), head.to_owned()];
    let mut clear = hashed.clone();
    if typed.len() == 16 {
        clear.push(typed.to_owned());
        hashed.push(typed.to_owned());
    }
    for groups in [&[2, 6, 6][..], &[6, 2, 6], &[8, 6]] {
        hashed.push(grouped(&whole, groups, '-'));
        hashed.push(grouped(&whole, groups, ' '));
    }
    Ok(Spellings { clear, hashed })
}

fn imsi(typed: &str) -> Result<Spellings, String> {
    count(typed, "digits", (14..=15).contains(&typed.len()))?;
    Ok(Spellings {
        clear: vec![typed.to_owned()],
        hashed: vec![typed.to_owned()],
    })
}

/// ITU-T E.118. Issuers differ in whether there is a check digit, so it is no condition.
fn iccid(typed: &str) -> Result<Spellings, String> {
    count(typed, "digits", (18..=20).contains(&typed.len()))?;
    if !typed.starts_with("89") {
        return Err("it does not begin with 89".to_owned());
    }
    let padded = format!("{typed:f<20}");
    let swapped = padded
        .as_bytes()
        .chunks(2)
        .flat_map(|pair| pair.iter().rev())
        .map(|&b| char::from(b))
        .collect::<String>();
    let mut clear = vec![typed.to_owned()];
    let mut hashed = vec![
        grouped(typed, &[4, 4, 4, 4], ' '),
        grouped(typed, &[4, 4, 4, 4], '-'),
    ];
    if padded != *typed {
        clear.push(padded);
    }
    clear.push(swapped);
    if typed.len() > 18 && is_checked(typed) {
        clear.extend(typed.get(..typed.len() - 1).map(str::to_owned));
    }
    hashed.extend(both_cases(clear.clone()));
    Ok(Spellings { clear, hashed })
}

/// 3GPP2 SC.R4002: 14 hexadecimal digits; in decimal ten digits for the first eight, eight for the
/// last six.
fn meid(typed: &str) -> Result<Spellings, String> {
    count(typed, "hexadecimal digits", typed.len() == 14)?;
    if !matches!(typed.as_bytes(), [b'a'..=b'f', ..] | [b'9', b'9', ..]) {
        return Err("no MEID begins like this".to_owned());
    }
    let number = |part: Option<&str>| u64::from_str_radix(part.unwrap_or_default(), 16);
    let mut clear = vec![typed.to_owned()];
    if let (Ok(head), Ok(tail)) = (number(typed.get(..8)), number(typed.get(8..))) {
        clear.push(format!("{head:010}{tail:08}"));
    }
    Ok(Spellings {
        hashed: both_cases(clear.clone()),
        clear,
    })
}

fn mac(typed: &str) -> Result<Spellings, String> {
    count(typed, "hexadecimal digits", typed.len() == 12)?;
    let first = u8::from_str_radix(typed.get(..2).unwrap_or_default(), 16).unwrap_or(1);
    if first & 1 == 1 || typed.starts_with("000000") {
        return Err("it is not the address of one device".to_owned());
    }
    if typed == "020000000000" {
        return Err("it is what Android gives where it hides the address".to_owned());
    }
    let hashed = vec![
        typed.to_owned(),
        grouped(typed, &[2, 2, 2, 2, 2], ':'),
        grouped(typed, &[2, 2, 2, 2, 2], '-'),
        grouped(typed, &[4, 4], '.'),
    ];
    Ok(Spellings {
        clear: vec![typed.to_owned()],
        hashed: both_cases(hashed),
    })
}

fn device(typed: &str) -> Result<Spellings, String> {
    count(typed, "hexadecimal digits", typed.len() == 16)?;
    Ok(Spellings {
        clear: vec![typed.to_owned()],
        hashed: both_cases(vec![typed.to_owned()]),
    })
}

fn uuid(value: &str) -> Result<Spellings, String> {
    let typed = hex(value.trim_matches(['{', '}']))?;
    count(&typed, "hexadecimal digits", typed.len() == 32)?;
    let hashed = vec![typed.clone(), grouped(&typed, &[8, 4, 4, 4], '-')];
    Ok(Spellings {
        clear: vec![typed],
        hashed: both_cases(hashed),
    })
}

fn serial(typed: &str) -> Result<Spellings, String> {
    if let Some(at) = typed.bytes().position(|b| !b.is_ascii_alphanumeric()) {
        return Err(format!("character {} is neither letter nor digit", at + 1));
    }
    count(typed, "characters", (6..=20).contains(&typed.len()))?;
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    if digits < 2 {
        return Err("a word like this stands in ordinary text, too".to_owned());
    }
    if digits == typed.len() && is_common(typed) {
        return Err("a number like this stands in ordinary text, too".to_owned());
    }
    let lower = typed.to_ascii_lowercase();
    let mut hashed = both_cases(vec![lower.clone()]);
    hashed.push(typed.to_owned());
    Ok(Spellings {
        clear: vec![lower],
        hashed,
    })
}

/// Whether a number is short, or what dates and times look like: it would be met by chance.
fn is_common(digits: &str) -> bool {
    let date = digits.len() == 8 && (digits.starts_with("19") || digits.starts_with("20"));
    // Seconds since 1970, from 2001 to 2033.
    let seconds = digits.len() == 10 && digits.starts_with('1');
    // Milliseconds, likewise.
    let milliseconds = digits.len() == 13 && digits.starts_with('1');
    digits.len() < 8 || date || seconds || milliseconds
}

/// ITU-T E.164. The national forms are looked for where they are long enough to mean something.
fn phone(value: &str) -> Result<Spellings, String> {
    let bare: String = value
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '.' | '/' | '(' | ')'))
        .collect();
    let Some(number) = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")) else {
        return Err("its country code is missing".to_owned());
    };
    let number = digits(number)?;
    if number.starts_with('0') {
        return Err("no country code begins with 0".to_owned());
    }
    count(&number, "digits", (8..=15).contains(&number.len()))?;
    let national = number
        .get(country_code_length(&number)..)
        .unwrap_or_default();
    let forms = [
        number.clone(),
        format!("00{number}"),
        national.to_owned(),
        format!("0{national}"),
    ];
    let clear: Vec<_> = forms.into_iter().filter(|form| !is_common(form)).collect();
    let mut hashed = clear.clone();
    hashed.push(format!("+{number}"));
    Ok(Spellings { clear, hashed })
}

/// Digits of the country code (ITU-T E.164, annex D, assigned codes).
fn country_code_length(number: &str) -> usize {
    const TWO: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    match number.get(..2) {
        Some(head) if head.starts_with(['1', '7']) => 1,
        Some(head) if TWO.contains(&head) => 2,
        _ => 3,
    }
}

fn email(value: &str) -> Result<Spellings, String> {
    let lower = value.to_ascii_lowercase();
    let Some((local, domain)) = lower.split_once('@') else {
        return Err("it has no at sign".to_owned());
    };
    let plain = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    if !plain(local, b"._%+-") || local.len() > 64 {
        return Err("what stands before the at sign is no mailbox".to_owned());
    }
    if !plain(domain, b".-")
        || !domain.contains('.')
        || domain.split('.').any(str::is_empty)
        || domain.ends_with('-')
    {
        return Err("what stands after the at sign is no domain".to_owned());
    }
    let mut hashed = both_cases(vec![lower.clone()]);
    hashed.push(value.to_owned());
    Ok(Spellings {
        clear: vec![lower],
        hashed,
    })
}
