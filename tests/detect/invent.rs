//! Invented identifiers: shapes and check digits hold, the devices, cards and people do not exist.

use crate::chance::Chance;
use crate::kinds::Kind;

/// `digits` with their check digit (ISO/IEC 7812-1, annex B).
pub(crate) fn with_luhn(digits: &str) -> String {
    let doubled = |(at, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0');
        if at % 2 == 0 {
            digit * 2 / 10 + digit * 2 % 10
        } else {
            digit
        }
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(doubled).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// An invented value of `kind`, as that key would carry it: one text for each word of the key.
pub(crate) fn invent(kind: Kind, key: &str, chance: &mut Chance) -> Vec<String> {
    match kind {
        Kind::Imei => vec![imei(key, chance)],
        Kind::Imsi => vec![imsi(chance)],
        Kind::Iccid => vec![iccid(chance)],
        Kind::Meid => vec![meid(chance)],
        Kind::Mac => vec![mac(chance)],
        Kind::AdvertisingId => vec![advertising_id(chance)],
        Kind::AndroidId => vec![chance.hex(16)],
        Kind::Serial => vec![serial(chance)],
        Kind::Phone => vec![phone(chance)],
        Kind::Email => vec![email(chance)],
        Kind::Cell => cell(key, chance),
        Kind::Location => location(chance),
        Kind::Ssid => vec![ssid(chance)],
        Kind::AppList => vec![apps(chance)],
    }
}

/// Reporting body (3GPP TS 23.003, section 6.2), a type that nobody was given (all nines), a serial
/// number, the check digit; with the key `imeisv` two digits of software version instead.
fn imei(key: &str, chance: &mut Chance) -> String {
    let body = chance.pick(&["35", "86", "01"]);
    let number = format!("{body}9999{}{}", chance.digits(2), chance.digits(6));
    if key == "imeisv" {
        return format!("{number}{}", chance.digits(2));
    }
    with_luhn(&number)
}

/// Networks that exist (ITU Operational Bulletin), subscribers that do not.
fn imsi(chance: &mut Chance) -> String {
    let network = chance.pick(&[
        "24201", "26201", "310260", "310410", "46000", "46001", "46011", "23410", "20801", "40410",
        "24405", "24001", "72405", "45005",
    ]);
    format!("{network}{}", chance.digits(15 - network.len()))
}

/// Issuers that exist (ITU-T E.118), cards that do not. Nineteen or twenty digits.
fn iccid(chance: &mut Chance) -> String {
    let issuer = chance.pick(&[
        "894701", "894902", "8901260", "8901410", "898600", "898601", "898603", "894410", "893301",
        "899110", "8935805", "894602", "895505",
    ]);
    let len = chance.pick(&[18, 19]);
    with_luhn(&format!("{issuer}{}", chance.digits(len - issuer.len())))
}

/// Fourteen hexadecimal digits that begin with a regional code of A0 to FF (3GPP2 SC.R4002).
fn meid(chance: &mut Chance) -> String {
    let text = format!("{}{}", chance.pick(&["A0", "A1", "FF"]), chance.hex(12));
    match chance.below(2) {
        0 => text.to_uppercase(),
        _ => text.to_lowercase(),
    }
}

/// Under the prefixes of known makers, in the usual spellings.
fn mac(chance: &mut Chance) -> String {
    let maker = chance.pick(&[
        "001a11", "3c5ab4", "00602f", "ac5f3e", "f8a45f", "001cb3", "8c8590", "d85d4c", "000c29",
        "d4970b", "00e04c", "b827eb",
    ]);
    let plain = format!("{maker}{}", chance.hex(6));
    let pairs: Vec<&str> = (0..6).map(|at| &plain[2 * at..2 * at + 2]).collect();
    match chance.below(4) {
        0 => pairs.join(":"),
        1 => pairs.join(":").to_uppercase(),
        2 => pairs.join("-").to_uppercase(),
        _ => pairs.join("-"),
    }
}

fn advertising_id(chance: &mut Chance) -> String {
    let uuid = chance.uuid();
    match chance.below(4) {
        0 => uuid.to_uppercase(),
        _ => uuid,
    }
}

/// Makers' usual shapes: letters and digits, or eight or more hexadecimal digits.
fn serial(chance: &mut Chance) -> String {
    match chance.below(4) {
        0 => format!("R58{}", chance.text("ABCDEFGHJKLMNPQRSTVWXYZ0123456789", 8)),
        1 => format!("ZY22{}", chance.text("ABCDEFGHJKLMNPQRSTVWXYZ23456789", 6)),
        2 => format!("{}{}", chance.hex(7), chance.text("0123456789", 1)),
        _ => format!(
            "{}A{}",
            chance.digits(2),
            chance.text("0123456789ABCDEFGHJKLMNPQR", 7)
        ),
    }
}

/// Numbers kept free for fiction: North America's 555-01xx, Ofcom's and ACMA's drama ranges.
fn phone(chance: &mut Chance) -> String {
    let plain = match chance.below(3) {
        0 => format!(
            "1{}55501{}",
            chance.pick(&["202", "312", "415", "617"]),
            chance.digits(2)
        ),
        1 => format!("447700900{}", chance.digits(3)),
        _ => format!("6149157{}", chance.digits(4)),
    };
    match chance.below(3) {
        0 => plain,
        _ => format!("+{plain}"),
    }
}

fn email(chance: &mut Chance) -> String {
    let first = chance.pick(&[
        "anna", "kofi", "li.wei", "maria", "olav", "priya", "sam", "yusuf",
    ]);
    let last = chance.pick(&[
        "berg", "mensah", "novak", "rossi", "silva", "tanaka", "weber",
    ]);
    let host = chance.pick(&["example.com", "example.org", "mail.example.net"]);
    match chance.below(3) {
        0 => format!("{first}.{last}@{host}"),
        1 => format!("{first}{}@{host}", chance.digits(2)),
        _ => format!("{first}_{last}{}@{host}", chance.digits(1)),
    }
}

/// Country, network, area, cell: 16 bits of area; 16 or 28 bits of cell.
fn cell(key: &str, chance: &mut Chance) -> Vec<String> {
    let (country, network) = *chance.pick(&[
        ("242", "01"),
        ("262", "01"),
        ("310", "260"),
        ("460", "00"),
        ("234", "10"),
        ("404", "10"),
        ("244", "05"),
        ("240", "01"),
    ]);
    let area = 1 + chance.below(65_533);
    let wide = key.contains("tac");
    let cell = 1 + chance.below(if wide { 0x0fff_fffe } else { 65_533 });
    [
        country.to_owned(),
        network.to_owned(),
        area.to_string(),
        cell.to_string(),
    ]
    .to_vec()
}

/// Four to six decimals, in the band where people live.
fn location(chance: &mut Chance) -> Vec<String> {
    let decimals = 4 + chance.below(3);
    let latitude = format!("{}.{}", chance.below(60), fraction(chance, decimals));
    let longitude = format!("{}.{}", chance.below(120), fraction(chance, decimals));
    let signed = |chance: &mut Chance, text: String| match chance.below(3) {
        0 => format!("-{text}"),
        _ => text,
    };
    vec![signed(chance, latitude), signed(chance, longitude)]
}

/// So many decimals, the last not 0.
fn fraction(chance: &mut Chance, decimals: usize) -> String {
    format!("{}{}", chance.digits(decimals - 1), 1 + chance.below(9))
}

fn ssid(chance: &mut Chance) -> String {
    match chance.below(5) {
        0 => format!(
            "FRITZ!Box 7590 {}",
            chance.text("ABCDEFGHJKLMNPQRSTUVWXYZ", 2)
        ),
        1 => format!("TP-Link_{}", chance.text("0123456789ABCDEF", 4)),
        2 => format!(
            "{} Family Wifi",
            chance.pick(&["Berg", "Novak", "Rossi", "Weber"])
        ),
        3 => format!("Vodafone-{}", chance.text("0123456789ABCDEF", 4)),
        _ => format!("NETGEAR{}-5G", chance.digits(2)),
    }
}

/// Ten to fourteen package names of well-known apps, joined by commas.
fn apps(chance: &mut Chance) -> String {
    const KNOWN: [&str; 22] = [
        "com.whatsapp",
        "org.telegram.messenger",
        "com.instagram.android",
        "com.spotify.music",
        "com.netflix.mediaclient",
        "com.facebook.katana",
        "com.twitter.android",
        "com.snapchat.android",
        "com.zhiliaoapp.musically",
        "org.mozilla.firefox",
        "com.android.chrome",
        "com.linkedin.android",
        "com.ubercab",
        "com.booking",
        "com.amazon.mShop.android.shopping",
        "com.paypal.android.p2pmobile",
        "org.thoughtcrime.securesms",
        "com.duolingo",
        "com.reddit.frontpage",
        "com.discord",
        "us.zoom.videomeetings",
        "com.microsoft.teams",
    ];
    let count = 10 + chance.below(5);
    let from = chance.below(KNOWN.len());
    let names: Vec<&str> = (0..count)
        .map(|at| KNOWN[(from + at) % KNOWN.len()])
        .collect();
    names.join(",")
}

#[test]
fn check_digits_are_those_of_published_examples() {
    assert_eq!(with_luhn("7992739871"), "79927398713");
}
