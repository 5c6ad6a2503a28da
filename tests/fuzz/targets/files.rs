//! What comes as a file or a text: captures, settings, rules, device events, tables.

use std::net::IpAddr;

use gasket_capture::file::Capture;
use gasket_core::config::Config;
use gasket_core::facts::Happening;
use gasket_core::rules::Pack;
use gasket_core::rules::signed::{self, LARGEST_PACK, PackFileError, SecretKey, SignedPack};
use gasket_core::tables::Places;

use super::input::Input;

/// Damage lies within the file.
pub(super) fn capture(data: &[u8]) {
    let outcome = Capture::open(data).and_then(|mut capture| {
        while capture.next_record()?.is_some() {}
        Ok(())
    });
    if let Err(damage) = outcome {
        assert!(damage.offset <= data.len() as u64, "{damage}");
    }
}

/// What is accepted is written and read back the same; what is refused is refused at a place in it.
pub(super) fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Config::from_json(text) {
        Ok(config) => {
            let written = serde_json::to_string(&config).expect("a config is JSON");
            assert_eq!(Config::from_json(&written), Ok(config));
        }
        Err(error) => assert!(error.line <= text.split('\n').count(), "{error}"),
    }
}

/// Only an object is an event.
pub(super) fn device_event(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && Happening::from_json(text).is_ok()
    {
        assert!(text.trim_start().starts_with('{'), "not an object: {text}");
    }
}

/// A refusal names a line of the file.
pub(super) fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Pack::parse(&[("rule.yml", text)]) {
        Ok(pack) => assert_eq!(pack.rules().len(), 1),
        Err(error) => {
            // YAML ends a line at a lone CR, too.
            let lines = text.split(['\r', '\n']).count() + 1;
            assert!(error.line.is_none_or(|line| line <= lines), "{error}");
        }
    }
}

/// The bytes as they are: nobody has signed them. Then the same signed, so that what is behind the signature is reached, too:
/// a pack that is taken has the rules it says, and can be made again of them.
pub(super) fn pack(data: &[u8]) {
    let key = SecretKey::new(&[7; 32]);
    let trusted = [key.public()];
    let Ok(signed) = signed::sign(data, &key) else {
        assert!(SignedPack::open(data, &trusted).is_err());
        return;
    };
    assert!(signed.len() == data.len() && signed.len() <= LARGEST_PACK);
    match SignedPack::open(&signed, &trusted) {
        Ok(pack) => {
            assert_eq!(pack.signer(), &trusted[0]);
            assert_eq!(pack.fingerprint().len(), 8);
            let changes = pack.changes();
            let told = changes.added.len() + changes.changed.len();
            assert!(told <= pack.pack().rules().len());
        }
        Err(PackFileError::Rules(errors)) => assert!(!errors.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A file of places from its thirteen parts, so that its table of contents is right; then an address, a
/// number and a name to look up in it. Whatever is accepted can be looked up in.
pub(super) fn places(data: &[u8]) {
    const PARTS: usize = 13;
    let mut input = Input(data);
    let parts: [&[u8]; PARTS] = std::array::from_fn(|_| input.long_field());
    let lengths = parts.map(|part| u32::try_from(part.len()).expect("two bytes").to_le_bytes());
    let file = [b"GSKTPLC1", lengths.as_flattened(), &parts.concat()].concat();
    let Ok(places) = Places::parse(file) else {
        return;
    };
    let number = u128::from_le_bytes(std::array::from_fn(|_| input.byte()));
    for address in [
        IpAddr::from(number.to_be_bytes()),
        (number as u32).to_be_bytes().into(),
    ] {
        if let Some(asn) = places.place(address).asn {
            assert!(places.network(asn).name.is_none_or(|name| !name.is_empty()));
        }
    }
    let host = String::from_utf8_lossy(input.0);
    assert!(
        host.trim_end_matches('.')
            .ends_with(places.registrable(&host).trim_end_matches('.'))
    );
}
