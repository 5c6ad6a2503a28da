//! A config of someone who typed in all that a phone with two SIMs has; invented.

use gasket_core::config::Config;
use gasket_core::inspect::content::known::{IdentifierKey, KEY_LEN, kind_named};

/// None of them is in the requests.
const TYPED: [(&str, &str); 12] = [
    ("imei", "350000001234562"),
    ("imei", "350000001234570"),
    ("imsi", "242019999999991"),
    ("iccid", "89470100000000000012"),
    ("meid", "A0000000123456"),
    ("mac", "00:00:5e:00:53:5a"),
    ("device_id", "0a1b2c3d4e5f6071"),
    ("serial", "ZZ00TEST1234"),
    ("advertising_id", "0a1b2c3d-1111-4222-8333-0123456789ab"),
    ("phone", "+47 00 11 22 33"),
    ("phone", "+1 212 555 0123"),
    ("email", "some.one@example.org"),
];

/// The defaults with these identifiers, unlocked.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    let key = IdentifierKey::new(&[7; KEY_LEN]).unwrap_or_else(|error| panic!("{error}"));
    for (kind, value) in TYPED {
        let kind = kind_named(kind).unwrap_or_else(|error| panic!("{error}"));
        if let Err(error) = config.known_identifiers.add(&key, kind, value, None) {
            panic!("{error}");
        }
    }
    if let Err(error) = config.unlock(key) {
        panic!("{error}");
    }
    config
}
