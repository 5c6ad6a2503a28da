//! The version of the rules is that of the rules.

use sha2::{Digest, Sha256};

use super::super::SOURCES;
use crate::rules::PACK_VERSION;

#[test]
fn whoever_changes_a_rule_renews_the_version() {
    let mut hash = Sha256::new();
    for (name, text) in SOURCES {
        // With lengths, so that nothing can move from one to the other.
        hash.update((name.len() as u64).to_be_bytes());
        hash.update(name);
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    let fingerprint: String = hash
        .finalize()
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        PACK_VERSION.fingerprint, fingerprint,
        "the rules changed: write this, and today's date, into rules/version.rs"
    );
    let day: Vec<_> = PACK_VERSION.date.split('-').map(str::len).collect();
    assert_eq!(day, [4, 2, 2]);
}
