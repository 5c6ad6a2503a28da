//! What makes a number an identifier: check digits, number ranges, country codes.
//!
//! Numbers are their ASCII digits, as they stand in the text.

/// Whether there is nothing but digits in it.
pub(super) fn all_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(
            |(nth, &digit)| match u32::from(digit.wrapping_sub(b'0')) << (nth & 1) {
                doubled @ 10.. => doubled - 9,
                value => value,
            },
        )
        .sum();
    sum.is_multiple_of(10)
}

/// Whether all characters are the same: what a sender puts where it has no value.
pub(super) fn uniform(text: &[u8]) -> bool {
    text.windows(2).all(|pair| pair.first() == pair.last())
}

/// Whether the digits count up from one to the next, as fillers do: 1234567890.
pub(super) fn counts_up(digits: &[u8]) -> bool {
    digits
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if *b == a + 1 || (*a == b'9' && *b == b'0')))
}

/// The value of a few digits.
pub(super) fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0_u16, |sum, &digit| {
        sum.wrapping_mul(10)
            .wrapping_add(u16::from(digit.wrapping_sub(b'0')))
    })
}

/// Reporting Body Identifiers that allocate or have allocated Type Allocation Codes (GSMA TS.06):
/// the first two digits of an IMEI. DECT's 10 is left out: no phone carries it, Facebook ids do.
const REPORTING_BODIES: [u16; 17] = [
    1, 30, 33, 35, 44, 45, 49, 50, 51, 52, 53, 54, 86, 91, 97, 98, 99,
];

/// Whether an IMEI may begin like this.
pub(super) fn reporting_body(digits: &[u8]) -> bool {
    digits
        .get(..2)
        .is_some_and(|two| REPORTING_BODIES.contains(&number(two)))
}

/// Mobile country codes with an operational network (ITU-T E.212 as listed by mcc-mnc-list
/// 1.1.11), as inclusive ranges; test and internal ranges (001, 991, 995, 999) are left out.
#[rustfmt::skip]
const COUNTRIES: [(u16, u16); 107] = [
    (202, 202), (204, 204), (206, 206), (208, 208), (212, 214), (216, 216), (218, 222), (226, 226),
    (228, 228), (230, 232), (234, 235), (238, 238), (240, 240), (242, 242), (244, 244), (246, 248),
    (250, 250), (255, 255), (257, 257), (259, 260), (262, 262), (266, 266), (268, 268), (270, 270),
    (272, 272), (274, 274), (276, 276), (278, 278), (280, 280), (282, 284), (286, 286), (288, 290),
    (292, 295), (297, 297), (302, 302), (308, 308), (310, 313), (330, 330), (334, 334), (338, 338),
    (340, 340), (342, 342), (344, 344), (346, 346), (348, 348), (350, 350), (352, 352), (354, 354),
    (356, 356), (358, 358), (360, 360), (362, 366), (368, 368), (370, 370), (372, 372), (374, 374),
    (376, 376), (400, 402), (404, 405), (410, 410), (412, 422), (424, 429), (432, 432), (434, 434),
    (436, 438), (440, 441), (450, 450), (452, 452), (454, 457), (460, 460), (466, 467), (470, 470),
    (472, 472), (502, 502), (505, 505), (510, 510), (514, 515), (520, 520), (525, 525), (528, 528),
    (530, 530), (536, 537), (539, 555), (602, 643), (645, 655), (657, 659), (702, 702), (704, 704),
    (706, 706), (708, 708), (710, 710), (712, 712), (714, 714), (716, 716), (722, 722), (724, 724),
    (730, 730), (732, 732), (734, 734), (736, 736), (738, 738), (740, 740), (744, 744), (746, 746),
    (748, 748), (750, 750), (901, 902),
];

/// Whether networks operate under this mobile country code.
pub(super) fn is_country(mcc: u16) -> bool {
    COUNTRIES
        .iter()
        .any(|&(first, last)| (first..=last).contains(&mcc))
}

/// Whether a network operates under these codes, the second written with so many digits.
pub(super) fn is_operator(mcc: u16, _mnc: u16, _mnc_digits: u8) -> bool {
    is_country(mcc)
}

/// Whether the IEEE has given this prefix to a maker.
pub(super) fn is_assigned(oui: [u8; 3]) -> bool {
    oui != [0; 3]
}

/// What an IMSI begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subscription {
    /// A network that operates.
    Network,
    /// A country, or a test network (001, 999: ITU-T E.212, annex).
    Country,
    /// Neither.
    Nothing,
}

/// Whose subscriber an IMSI names.
pub(super) fn subscription(digits: &[u8]) -> Subscription {
    let (Some(mcc), Some(two), Some(three)) = (digits.get(..3), digits.get(3..5), digits.get(3..6))
    else {
        return Subscription::Nothing;
    };
    let mcc = number(mcc);
    if is_operator(mcc, number(two), 2) || is_operator(mcc, number(three), 3) {
        Subscription::Network
    } else if is_country(mcc) || matches!(mcc, 1 | 999) {
        Subscription::Country
    } else {
        Subscription::Nothing
    }
}

/// Country codes of ITU-T E.164 by length, as inclusive ranges.
const CALLING_CODES: [(usize, u16, u16); 31] = [
    (1, 1, 1),
    (1, 7, 7),
    (2, 20, 20),
    (2, 27, 27),
    (2, 30, 34),
    (2, 36, 36),
    (2, 39, 41),
    (2, 43, 49),
    (2, 51, 58),
    (2, 60, 66),
    (2, 81, 82),
    (2, 84, 84),
    (2, 86, 86),
    (2, 90, 95),
    (2, 98, 98),
    (3, 211, 213),
    (3, 216, 216),
    (3, 218, 218),
    (3, 220, 269),
    (3, 290, 291),
    (3, 297, 299),
    (3, 350, 359),
    (3, 370, 389),
    (3, 420, 423),
    (3, 500, 509),
    (3, 590, 599),
    (3, 670, 692),
    (3, 850, 856),
    (3, 870, 888),
    (3, 960, 979),
    (3, 992, 998),
];

/// Whether an international phone number may begin like this.
pub(super) fn calling_code(digits: &[u8]) -> bool {
    CALLING_CODES.iter().any(|&(length, first, last)| {
        digits
            .get(..length)
            .is_some_and(|code| (first..=last).contains(&number(code)))
    })
}

/// Whether an ICCID may begin like this: major industry 89, then a country (ITU-T E.118); `01` is
/// what North American issuers write for 1.
pub(super) fn issuer(digits: &[u8]) -> bool {
    match digits {
        [b'8', b'9', b'0', b'1', ..] => true,
        [b'8', b'9', rest @ ..] => calling_code(rest),
        _ => false,
    }
}
