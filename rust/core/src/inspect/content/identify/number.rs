//! What makes a number an identifier: check digits, number ranges, country codes.

/// Digits of `text` as values, if it is nothing but digits.
pub(super) fn digits(text: &str) -> Option<Vec<u8>> {
    let value = |b: u8| b.is_ascii_digit().then(|| b - b'0');
    text.bytes().map(value).collect()
}

/// Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B).
pub(in crate::inspect::content) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(nth, &digit)| match u32::from(digit) << (nth & 1) {
            doubled @ 10.. => doubled - 9,
            value => value,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether all digits are the same: what a sender puts where it has no value.
pub(in crate::inspect::content) fn uniform(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |sum, &d| sum * 10 + u16::from(d))
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
pub(super) fn operational_country(mcc: u16) -> bool {
    COUNTRIES
        .iter()
        .any(|&(first, last)| (first..=last).contains(&mcc))
}

/// Whether an IMSI may begin like this.
pub(super) fn subscriber_country(digits: &[u8]) -> bool {
    digits
        .get(..3)
        .is_some_and(|three| operational_country(number(three)))
}

/// Country codes of ITU-T E.164 by length, as inclusive ranges. `01` is what North American
/// issuers write for 1.
const CALLING_CODES: [(usize, u16, u16); 32] = [
    (1, 1, 1),
    (1, 7, 7),
    (2, 1, 1),
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

/// Whether an ICCID may begin like this: major industry 89, then a country (ITU-T E.118).
pub(super) fn issuer(digits: &[u8]) -> bool {
    digits.starts_with(&[8, 9])
        && CALLING_CODES.iter().any(|&(length, first, last)| {
            digits
                .get(2..2 + length)
                .is_some_and(|code| (first..=last).contains(&number(code)))
        })
}
