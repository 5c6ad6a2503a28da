//! The tables that are inside the library: operators and makers of network hardware.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::encode::{number, small};

/// Country codes for tests and private networks: never a subscriber's.
const NOBODYS: [&str; 4] = ["001", "991", "995", "999"];

/// Prefixes in a block: what a look-up walks at most.
const BLOCK: usize = 64;

/// Records of country, digits and network code, ordered.
pub(super) fn operators(json: &str) -> Result<Vec<u8>, String> {
    let rows: Vec<BTreeMap<String, Value>> =
        serde_json::from_str(json).map_err(|e| format!("mcc-mnc-list: {e}"))?;
    let mut keys = BTreeSet::new();
    for row in rows {
        let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        let (country, network) = (text("mcc"), text("mnc"));
        if text("status") != "Operational" || NOBODYS.contains(&country) {
            continue;
        }
        // One network's code is given as "?".
        if let (3, 2 | 3, Ok(country), Ok(code)) = (
            country.len(),
            network.len(),
            country.parse::<u64>(),
            network.parse::<u64>(),
        ) {
            keys.insert((country << 11) | (u64::from(network.len() == 3) << 10) | code);
        }
    }
    let mut out = Vec::new();
    keys.into_iter().for_each(|key| number(&mut out, key, 3));
    Ok(out)
}

/// Prefixes of 24 bits in blocks.
pub(super) fn vendors(json: &str) -> Result<Vec<u8>, String> {
    let rows: BTreeMap<String, Value> =
        serde_json::from_str(json).map_err(|e| format!("oui-data: {e}"))?;
    let mut prefixes = BTreeSet::new();
    for key in rows.keys() {
        let prefix = key
            .get(..6)
            .and_then(|six| u64::from_str_radix(six, 16).ok());
        let prefix = prefix.ok_or_else(|| format!("oui-data: {key} is no prefix"))?;
        // Group and locally administered addresses are nobody's.
        if (prefix >> 16) & 3 == 0 {
            prefixes.insert(prefix);
        }
    }
    let prefixes: Vec<u64> = prefixes.into_iter().collect();
    let (mut blocks, mut distances) = (Vec::new(), Vec::new());
    let count = prefixes.chunks(BLOCK).count() as u64;
    number(&mut blocks, count, 2);
    for block in prefixes.chunks(BLOCK) {
        number(&mut blocks, block[0], 3);
        number(&mut blocks, distances.len() as u64, 2);
        for pair in block.windows(2) {
            small(&mut distances, pair[1] - pair[0]);
        }
    }
    if distances.len() > usize::from(u16::MAX) {
        return Err("oui-data: the distances outgrew their offsets of two bytes".to_owned());
    }
    blocks.extend(distances);
    Ok(blocks)
}
