//! Reads keys. `data[device].imei_1`, `X-IMEI`, `SIM1LTEIMSI` and `deviceImeiMd5` all name what they
//! seem to.

use super::looks::passes;
use super::lookup::{lookup, may_be_key, may_end_in_name};
use super::names::{Named, without_hash, without_owner, without_suffix};

/// Longest key that is looked at.
const KEY_MAX: usize = 64;
/// Endings that are taken off one after another: `imei_list_md5_1`.
const ENDINGS_MAX: usize = 4;

/// What a key says its value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    /// The kind.
    pub(super) named: Named,
    /// Whether the key says that the value is a hash.
    pub(super) hashed: bool,
}

/// Reads a key.
pub(super) fn key(text: &str) -> Option<Key> {
    let text = text.trim_ascii();
    let bytes = text.as_bytes();
    if text.len() > KEY_MAX || !passes(may_be_key(bytes)) {
        return None;
    }
    let flat = Flat::of(bytes);
    read(&flat).or_else(|| {
        // Only what is no letter parts a key.
        if flat.length == bytes.len() {
            return None;
        }
        let last = last_segment(bytes);
        (last.len() < bytes.len())
            .then(|| read(&Flat::of(last)))
            .flatten()
    })
}

/// Whether a key may name a Wi-Fi network, whose name can be any text: spares other keys the rest.
pub(super) fn may_name_network(key: &str) -> bool {
    let bytes = key.as_bytes();
    (4..=KEY_MAX).contains(&bytes.len())
        && (bytes
            .windows(4)
            .any(|four| matches!(four, [.., b'd' | b'D']) && four.eq_ignore_ascii_case(b"ssid"))
            || bytes
                .get(..4)
                .is_some_and(|four| four.eq_ignore_ascii_case(b"wifi")))
}

/// The innermost name of `a[b][c]`, `a.b.c`, `ns:c`; an index is no name.
fn last_segment(key: &[u8]) -> &[u8] {
    key.rsplit(|b| matches!(b, b'.' | b'[' | b']' | b':' | b'/'))
        .find(|segment| segment.iter().any(u8::is_ascii_alphabetic))
        .unwrap_or_default()
}

/// A key without separators, in lower case, and where its words begin.
struct Flat {
    letters: [u8; KEY_MAX],
    length: usize,
    starts: u64,
}

impl Flat {
    fn of(key: &[u8]) -> Self {
        let mut flat = Self {
            letters: [0; KEY_MAX],
            length: 0,
            starts: 0,
        };
        let mut before = LETTERS[usize::from(b'_')];
        for &byte in key {
            let letter = LETTERS[usize::from(byte)];
            if letter != 0
                && let Some(slot) = flat.letters.get_mut(flat.length)
            {
                // What tells small letters from capitals is set in digits, too.
                *slot = byte | 0x20;
                flat.starts |= u64::from(BEGINS >> (before << 2 | letter) & 1) << flat.length;
                flat.length += 1;
            }
            before = letter;
        }
        flat
    }
}

const DIGIT: u8 = 1;
const LOWER: u8 = 2;
const UPPER: u8 = 3;

/// The kind of each byte, none being 0.
static LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        letters[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            _ => 0,
        };
        byte += 1;
    }
    letters
};

/// A bit for each kind after each other kind between which a word begins.
const BEGINS: u16 = 0b1110 | 0b1100 << (DIGIT << 2) | 0b1000 << (LOWER << 2);

fn read(flat: &Flat) -> Option<Key> {
    let mut rest = flat.letters.get(..flat.length)?;
    let mut hashed = false;
    for _ in 0..=ENDINGS_MAX {
        if passes(may_end_in_name(rest))
            && let Some(mut key) = find(rest, flat.starts)
        {
            key.hashed |= hashed;
            return Some(key);
        }
        if let Some(shorter) = without_hash(rest) {
            (rest, hashed) = (shorter, true);
        } else {
            rest = without_suffix(rest)?;
        }
    }
    None
}

/// Finds a name at the end of `flat`: the whole of it, what follows words that say whose it is, or,
/// where the name cannot mean anything else, what follows any words.
fn find(flat: &[u8], starts: u64) -> Option<Key> {
    let plain = |named| Key {
        named,
        hashed: false,
    };
    if let Some(named) = lookup(flat) {
        return Some(plain(named));
    }
    let mut rest = flat;
    let mut hashed = false;
    while let Some((shorter, hash)) = without_owner(rest) {
        rest = shorter;
        hashed |= hash;
        if let Some(named) = lookup(rest) {
            return Some(Key { named, hashed });
        }
    }
    let mut later = starts & !1;
    while later != 0 {
        let at = later.trailing_zeros() as usize;
        later &= later - 1;
        let Some(rest) = flat.get(at..) else { break };
        if let Some(named) = lookup(rest).filter(|named| named.stands_alone()) {
            return Some(plain(named));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<Named> {
        key(text).map(|key| key.named)
    }

    #[test]
    fn where_words_begin() {
        for (key, words) in [
            ("deviceImei", &[0, 6][..]),
            ("device-imei", &[0, 6]),
            ("sim2Imsi", &[0, 4]),
            ("_2g", &[0, 1]),
            ("a 1", &[0, 1]),
            ("x22", &[0]),
            ("IMEIs", &[0]),
        ] {
            let starts = words.iter().fold(0_u64, |bits, at| bits | 1 << at);
            assert_eq!(Flat::of(key.as_bytes()).starts, starts, "{key}");
        }
    }

    #[test]
    fn spellings() {
        use Named::*;
        let cases = [
            ("imei", Imei),
            ("IMEI2", Imei),
            ("X-IMEI", Imei),
            ("deviceImei", Imei),
            ("data[device].imei_1", Imei),
            ("imei[0]", Imei),
            ("phone.imei.1", Imei),
            ("imeiSv", Imei),
            ("acme_imei", Imei),
            ("SIM1LTEIMSI", Imsi),
            ("S1LTEIMSI", Imsi),
            ("subscriberId", Imsi),
            ("SIM1ICCID", Iccid),
            ("simSerialNumber", Iccid),
            ("MEID", Meid),
            ("MACID", Mac),
            ("wlan_mac_address", Mac),
            ("wifiBSSID", Mac),
            ("bluetooth_address", Mac),
            ("Android-Id", AndroidId),
            ("X-Device-Id", Device),
            ("dvid", Device),
            ("deviceSN", Serial),
            ("ro.serialno", Serial),
            ("sn", PerhapsSerial),
            ("gps_adid", Advertising),
            ("OAID", Advertising),
            ("user.phoneNumber", Phone),
            ("mobile_phone", Phone),
            ("line1Number", Phone),
            ("userEmail", Mail),
            ("e-mail", Mail),
            ("currentLatitude", Latitude),
            ("gps.lng", Longitude),
            ("last_location", Place),
            ("wifi_ssid", WifiName),
            ("SSID", NetworkName),
            ("installed_apps", Apps),
            ("networkMcc", Country),
            ("gsm_cell_id", Cell),
            ("ns:imsi", Imsi),
            ("order[phone]", Phone),
            ("order.phone[1]", Phone),
            ("customerEmail", Mail),
            ("bluetooth_email", Mail),
            ("deviceEmail", Mail),
            ("home_phone", Phone),
            ("iosPhone", Phone),
            ("my_email", Mail),
            ("ownerEmail", Mail),
            ("profile_email", Mail),
            ("real_phone", Phone),
            ("theEmail", Mail),
            ("wifiEmail", Mail),
            ("X-Email", Mail),
        ];
        for (text, expected) in cases {
            assert_eq!(named(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn other_words() {
        for text in [
            "timeInterval",
            "uptimeI",
            "animei",
            "animeId",
            "gameid",
            "homeid",
            "hmac",
            "cmac",
            "macro",
            "macos",
            "imac",
            "emailed_at",
            "microphone",
            "platform",
            "template",
            "translation",
            "relation",
            "belong",
            "along",
            "session_id",
            "sid",
            "order_sn",
            "support_phone",
            "versionName",
            "line_number",
            "",
            "_",
            "123",
        ] {
            assert_eq!(key(text), None, "{text}");
        }
    }

    #[test]
    fn keys_are_read_up_to_their_longest() {
        let long = |length: usize| format!("x{}imei", "_".repeat(length - 5));
        assert_eq!(named(&long(KEY_MAX)), Some(Named::Imei));
        assert_eq!(named(&long(KEY_MAX + 1)), None);
    }

    #[test]
    fn keys_that_may_name_a_network() {
        let long = |length: usize| format!("{}ssid", "x".repeat(length - 4));
        for text in ["ssid", "x_SSID_2", "wifi", "WiFiName", &long(KEY_MAX)] {
            assert!(may_name_network(text), "{text}");
        }
        for text in ["", "sid", "wif", "abcd", "swifi", &long(KEY_MAX + 1)] {
            assert!(!may_name_network(text), "{text}");
        }
    }

    #[test]
    fn hashes() {
        for text in [
            "imei_md5",
            "imeiMd5",
            "md5Imei",
            "imei1sha256",
            "imei_hash_1",
        ] {
            let expected = Key {
                named: Named::Imei,
                hashed: true,
            };
            assert_eq!(key(text), Some(expected), "{text}");
        }
        assert_eq!(key("hashed_email").map(|key| key.hashed), Some(true));
        assert_eq!(key("imei2").map(|key| key.hashed), Some(false));
    }
}
